//! What is an item to each watch that it matched?
//!
//! In: the state, an item with its document and matches. Out: one decision a match, and all that `apply` needs to change the
//! state. `decide` only reads, `apply` only changes. The order of questions: is it a copy or a version, which story, which
//! thread, what is new, is it enough?

use std::cell::LazyCell;

use super::copies::{Print, Relation, Twin};
use super::ledger::New;
use super::likeness::{Likeness, likeness};
use super::novelty;
use super::reading::{self, Reading};
use super::state::State;
use super::stories::CANDIDATES_MAX;
use super::thread::{Thread, Trace};
use super::vector::Feature;
use crate::lexicon::{Document, Lexicon};
use crate::model::{
    Class, Item, ItemId, Match, StateKind, StoryDecision, StoryId, ThreadId, Timestamp, Unit, UnitKind, Verdict,
    content_hash,
};

/// Chance from which an item is called a development; the level `developments` asks for the same.
pub const TELL: f64 = 0.35;
/// Nearness from which an item of another story belongs to a thread.
const CONNECT: f64 = 0.30;
/// Latest items of a watch that its reader could know, as far as an item is compared with them.
const KNOWN_ITEMS: usize = 96;
/// The least score of a watch's first item.
const OPENING: f64 = 0.7;
/// Latest threads of a watch among which a thread's share is taken.
const WATCH_THREADS: usize = 24;
/// Latest threads of a watch that an item is compared with, besides those of like stories.
const LATEST_THREADS: usize = 4;
/// Units named in a decision.
const UNITS_MAX: usize = 6;
/// A shorter headline says nothing that a reader could use.
const HEADLINE_MAX: usize = 120;

/// Decisions on one item, and what they change.
#[derive(Clone, Debug)]
pub struct Decided {
    /// One a match, in their order.
    pub decisions: Vec<StoryDecision>,
    item: ItemId,
    now: Timestamp,
    outlet: String,
    lang: String,
    story: StoryId,
    /// A copy adds nothing to stories and threads.
    copy: bool,
    reading: Reading,
}

/// Decides what an item is; `item.seen` is the present. Reads only.
pub fn decide(state: &State, lexicon: &Lexicon, item: &Item, document: &Document, matches: &[Match]) -> Decided {
    let rarity = |feature: Feature| state.stories.rarity(feature);
    let reading = reading::read(lexicon, item, document, rarity);
    let before = if item.version > 1 { state.copies.get(item.id) } else { None };
    let twin = match before {
        Some(_) => None,
        None => state.copies.twin(item.id, &reading),
    };
    let same_story = twin.as_ref().filter(|twin| twin.relation != Relation::Derived).map(|twin| twin.story);
    let story = before.map(|print| print.story).or(same_story).map(|story| state.resolve(story));
    // A copy or a version of an item in a known thread asks for no stories like it.
    let near = LazyCell::new(|| state.stories.candidates(&reading.words, &reading.bare, CANDIDATES_MAX));
    let found =
        story.or_else(|| state.stories.find(&near, &reading, &document.lang, item.seen).map(|found| found.story));
    let story = found.unwrap_or_else(|| StoryId::of([item.id.to_string()]));
    let copy = twin.as_ref().is_some_and(|twin| twin.relation == Relation::Copy);
    let (twin, version) = (twin.as_ref(), before.is_some());
    let near = || near.as_slice();
    let scene = Scene { state, item, document, reading: &reading, near: &near, twin, story, version };
    let decisions = matches.iter().map(|matched| scene.decide(matched)).collect();
    let (lang, outlet) = (document.lang.clone(), item.outlet.name.clone());
    Decided { decisions, item: item.id, now: item.seen, outlet, lang, story, copy, reading }
}

/// Takes decisions into the state. Changes only.
pub fn apply(state: &mut State, decided: &Decided) {
    let Decided { item, now, story, reading, lang, .. } = decided;
    state.count_item(*now);
    state.add_print(Print::of(*item, *now, *story, reading));
    if decided.copy {
        return;
    }
    if !reading.genre.retells() || state.stories.get(*story).is_none() {
        state.stories.join(*story, reading, lang, *now);
        state.touch(StateKind::Story, story.0);
    }
    for decision in &decided.decisions {
        let told = matches!(decision.verdict, Verdict::NewStory | Verdict::Development);
        let open = || Thread::open(decision.thread, &decision.watch, *story, *now);
        state.tell_further(decision.thread, *story, open, |thread| {
            thread.learn(&reading.facts, *item, &reading.family, *now);
            thread.add(*item, reading, lang, *now, told);
            if told {
                let text = decision.new.first().map_or_else(|| reading.headline.clone(), |unit| unit.text.clone());
                thread.tell(*now, text, &decided.outlet, *item);
            }
        });
    }
}

struct Scene<'a> {
    state: &'a State,
    item: &'a Item,
    document: &'a Document,
    reading: &'a Reading,
    /// Stories like the item.
    near: &'a dyn Fn() -> &'a [StoryId],
    twin: Option<&'a Twin>,
    story: StoryId,
    version: bool,
}

impl Scene<'_> {
    fn decide(&self, matched: &Match) -> StoryDecision {
        let watch = matched.watch.as_str();
        let found = self.thread(matched);
        if let (Some(thread), Some(twin)) = (found, self.twin.filter(|twin| twin.relation == Relation::Copy)) {
            return self.copy(watch, thread, twin);
        }
        let reading = self.reading;
        let blank = Thread::open(ThreadId::of([watch, &self.story.to_string()]), watch, self.story, self.item.seen);
        let thread = found.unwrap_or(&blank);
        let traces = self.traces(thread);
        let new = thread.ledger.new_facts(&reading.facts, reading.cues);
        let like = likeness(&traces, reading, &self.document.lang, self.item.seen);
        let origin = self.origin(found, thread);
        let signals = novelty::signals(&new, &origin, &like);
        let score = novelty::chance(&signals)
            .max(novelty::floor(&new, reading.genre, |value| thread.has_figure(value)))
            .max(novelty::correction(&origin, &like));
        // Whoever was told nothing yet is told.
        let score = if traces.is_empty() { score.max(OPENING) } else { score };
        let verdict = self.verdict(found, &new, score);
        let units = self.units(if found.is_some() { &new } else { &[] }, verdict);
        let reason = self.reason(thread, verdict, (&new, &units), score, &like);
        let families = match verdict {
            // What is new was told by nobody else yet.
            Verdict::Development | Verdict::NewStory => 1,
            _ => self.families(thread),
        };
        StoryDecision {
            watch: watch.to_owned(),
            item: self.item.id,
            story: self.story,
            thread: thread.id,
            verdict,
            of: if verdict == Verdict::Version { Some(self.item.id) } else { like.nearest },
            score,
            class: novelty::class(&new, score, verdict == Verdict::NewStory),
            new: units,
            families,
            reason,
            signals: novelty::MODEL.iter().map(|(name, _)| *name).zip(signals).collect(),
        }
    }

    /// The thread and its watch's latest others.
    fn known_threads<'t>(&'t self, thread: &'t Thread) -> impl Iterator<Item = &'t Thread> {
        let others = self.state.latest_threads(&thread.watch).take(LATEST_THREADS);
        others.filter(|own| own.id != thread.id).chain([thread])
    }

    /// What the watch's reader could know: the latest items of the thread and of the watch's latest others, oldest first.
    /// Whoever split a story in two (a change of language, of subject) does not tell it twice.
    fn traces<'t>(&'t self, thread: &'t Thread) -> Vec<&'t Trace> {
        let mut traces: Vec<&Trace> = self.known_threads(thread).flat_map(Thread::traces).collect();
        traces.sort_by_key(|trace| (trace.at, trace.item));
        traces.split_off(traces.len().saturating_sub(KNOWN_ITEMS))
    }

    /// The watch's thread that the item belongs to; `None` opens one.
    fn thread(&self, matched: &Match) -> Option<&Thread> {
        let watch = matched.watch.as_str();
        if let Some(thread) = self.state.thread_of(watch, self.story) {
            return Some(thread);
        }
        let reading = self.reading;
        let like = (self.near)().iter().filter_map(|story| self.state.thread_of(watch, *story));
        let latest = self.state.latest_threads(watch).take(LATEST_THREADS);
        let items = self.items(watch);
        let share = |thread: &Thread| f64::from(thread.items) / f64::from(items.max(thread.items) + 1);
        let scored =
            like.chain(latest).map(|thread| (thread.affinity(reading, &self.document.lang, share(thread)), thread));
        let best = scored.max_by(|left, right| left.0.total_cmp(&right.0).then(right.1.id.cmp(&left.1.id)));
        best.filter(|(affinity, _)| *affinity >= CONNECT).map(|(_, thread)| thread)
    }

    /// Whether the thread had all figures of the headline, where it has any.
    fn figures_known(&self, thread: &Thread) -> bool {
        let figures = self.reading.facts.iter().filter(|fact| fact.kind == UnitKind::Quantity && fact.position >= 1.0);
        let mut known = figures.filter_map(|fact| Some(thread.ledger.has_value(&fact.key, fact.value?))).peekable();
        known.peek().is_some() && known.all(|known| known)
    }

    /// Items of a watch, of which a thread has its share; in a small watch no thread has a large one.
    fn items(&self, watch: &str) -> u32 {
        self.state.latest_threads(watch).take(WATCH_THREADS).map(|own| own.items).sum()
    }

    fn copy(&self, watch: &str, thread: &Thread, twin: &Twin) -> StoryDecision {
        let share = (twin.containment * 100.0).round();
        StoryDecision {
            watch: watch.to_owned(),
            item: self.item.id,
            story: self.story,
            thread: thread.id,
            verdict: Verdict::Copy,
            of: Some(twin.item),
            score: 0.0,
            class: Class::Minor,
            new: Vec::new(),
            families: 1,
            reason: format!("copy of {} ({share} % of its words)", twin.item),
            signals: Vec::new(),
        }
    }

    /// Families that told of what the item states high up, this one included.
    fn families(&self, thread: &Thread) -> u32 {
        let family = &self.reading.family;
        let stated = self.reading.facts.iter().filter(|fact| {
            fact.position >= 0.8 && matches!(fact.kind, UnitKind::Event | UnitKind::Quantity | UnitKind::Status)
        });
        let told = stated.map(|fact| {
            let own = thread.ledger.is_told_by(&fact.key, family) == Some(true);
            thread.ledger.families(&fact.key) + u32::from(!own)
        });
        told.max().unwrap_or(1)
    }

    fn origin(&self, found: Option<&Thread>, thread: &Thread) -> novelty::Origin {
        let told = self.known_threads(thread).filter_map(|own| own.told.last()).map(|told| told.at).max();
        novelty::Origin {
            genre: self.reading.genre,
            corrects: self.reading.corrects(),
            opens: found.is_none(),
            since_told: told.map(|told| self.item.seen.duration_since(told).as_secs_f64() / 3_600.0),
            headline_only: self.item.summary.is_empty() && self.item.text.is_none(),
            figures_known: self.figures_known(thread),
        }
    }

    fn verdict(&self, thread: Option<&Thread>, new: &[New], score: f64) -> Verdict {
        if score >= TELL {
            return if thread.is_some() { Verdict::Development } else { Verdict::NewStory };
        }
        if self.version {
            return Verdict::Version;
        }
        let Some(thread) = thread else { return Verdict::Repeat };
        let family = &self.reading.family;
        let elsewhere = |key: &str| thread.ledger.is_told_by(key, family) == Some(false);
        let corroborates = self.reading.facts.iter().any(|fact| fact.position >= 0.8 && elsewhere(&fact.key));
        if corroborates && new.iter().all(|own| own.unit.weight < 0.3) {
            Verdict::Corroboration
        } else {
            Verdict::Repeat
        }
    }

    /// What is told as new: the ledger's difference where it is sure, or the headline where the ledger has no word for it.
    fn units(&self, new: &[New], verdict: Verdict) -> Vec<Unit> {
        let weighs = |own: &&New| own.sure && own.unit.weight >= 0.2;
        let mut units: Vec<Unit> = new.iter().filter(weighs).map(|own| own.unit.clone()).collect();
        units.truncate(UNITS_MAX);
        let told = matches!(verdict, Verdict::Development | Verdict::NewStory);
        if told && units.first().is_none_or(|unit| !leads(unit)) {
            units.insert(0, self.headline());
        }
        units
    }

    fn headline(&self) -> Unit {
        let mut text = self.reading.headline.clone();
        if let Some((at, _)) = text.char_indices().nth(HEADLINE_MAX) {
            text.truncate(at);
            text.push('…');
        }
        let key = format!("headline:{:x}", content_hash([text.as_str()]));
        Unit { kind: UnitKind::Event, key, text, weight: 0.45 }
    }

    fn reason(
        &self,
        thread: &Thread,
        verdict: Verdict,
        (new, units): (&[New], &[Unit]),
        score: f64,
        like: &Likeness,
    ) -> String {
        match verdict {
            Verdict::NewStory => "opens a story".to_owned(),
            Verdict::Development => format!("new: {}", units.first().map_or("", |unit| unit.text.as_str())),
            Verdict::Version => "an edited version, with nothing new".to_owned(),
            _ if self.reading.genre.retells() => {
                format!("{}; new in it: {score:.2} < {TELL}", self.reading.genre.words())
            }
            _ if new.is_empty() => {
                let known = self.reading.facts.len();
                let since = self.reading.facts.iter().filter_map(|fact| thread.ledger.first_told(&fact.key)).max();
                let since = since.map_or_else(String::new, |at| format!(" since {}", at.strftime("%-d %b %H:%M")));
                format!("nothing new: all {known} units known{since}")
            }
            _ => {
                format!("told before: {:.0} % of its words; what is new weighs {score:.2} < {TELL}", like.words * 100.0)
            }
        }
    }
}

/// Whether a unit says by itself what happened; "first report of an arrest" says less than the headline.
fn leads(unit: &Unit) -> bool {
    matches!(unit.kind, UnitKind::Quantity | UnitKind::Status) && unit.weight >= 0.5
}
