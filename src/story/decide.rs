//! What is an item to each watch that it matched?
//!
//! In: the state, an item with its document and matches. Out: one decision a match, and all that `apply` needs to change the
//! state. `decide` only reads, `apply` only changes. The order of questions: is it a copy or a version, which story, which
//! thread, what is new, is it enough?

use std::collections::BTreeSet;

use super::copies::{Print, Relation, Twin};
use super::ledger::New;
use super::novelty;
use super::reading::{self, Reading};
use super::state::State;
use super::stories::CANDIDATES_MAX;
use super::thread::{Likeness, Thread, Told};
use super::vector::Feature;
use crate::lexicon::{Document, Lexicon};
use crate::model::{
    Class, Item, ItemId, Match, StateKind, StoryDecision, StoryId, ThreadId, Timestamp, Unit, UnitKind, Verdict,
    content_hash,
};

/// Chance from which an item is called a development; the level `developments` asks for the same.
pub const TELL: f64 = 0.35;
/// Nearness from which an item of another story belongs to a thread.
const CONNECT: f64 = 0.24;
/// How much less a thread asks for that has all items of its watch.
const CONNECT_EASED: f64 = 0.65;
/// Share from which a thread is its watch's main one.
const MAIN_SHARE: f64 = 0.5;
/// Within this time of a thread's latest item, one in a new language may name little of what the thread knows.
const FOREIGN_HOURS: i64 = 24;
const FOREIGN_EASED: f64 = 0.6;
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
    let near = state.stories.candidates(&reading.words, &reading.bare, CANDIDATES_MAX);
    let found =
        story.or_else(|| state.stories.find(&near, &reading, &document.lang, item.seen).map(|found| found.story));
    let story = found.unwrap_or_else(|| StoryId::of([item.id.to_string()]));
    let copy = twin.as_ref().is_some_and(|twin| twin.relation == Relation::Copy);
    let (twin, version) = (twin.as_ref(), before.is_some());
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
            thread.ledger.learn(&reading.facts, *item, &reading.family, *now);
            thread.add(*item, reading, lang, *now, told);
            if told {
                let text = decision.new.first().map_or_else(|| reading.headline.clone(), |unit| unit.text.clone());
                thread.tell(Told { at: *now, text, outlet: decided.outlet.clone(), item: *item });
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
    near: &'a [StoryId],
    twin: Option<&'a Twin>,
    story: StoryId,
    version: bool,
}

impl Scene<'_> {
    fn decide(&self, matched: &Match) -> StoryDecision {
        let watch = matched.watch.as_str();
        let Some(thread) = self.thread(matched) else {
            return self.opening(watch);
        };
        if let Some(twin) = self.twin.filter(|twin| twin.relation == Relation::Copy) {
            return self.copy(watch, thread, twin);
        }
        let reading = self.reading;
        let new = thread.ledger.new_facts(&reading.facts, reading.cues);
        let like = self.likeness(thread);
        let figures = self.figures_known(thread);
        let signals = novelty::signals(&new, reading.cues, reading.genre, self.origin(), figures, &like);
        let score =
            novelty::chance(&signals).max(novelty::floor(&new, reading.genre, |value| thread.has_figure(value)));
        let verdict = self.verdict(thread, &new, score);
        let units = self.units(&new, verdict);
        let reason = self.reason(thread, verdict, (&new, &units), score, &like);
        let families = match verdict {
            // What is new was told by nobody else yet.
            Verdict::Development => 1,
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
            class: novelty::class(&new, score, false),
            new: units,
            families,
            reason,
        }
    }

    /// The watch's thread that the item belongs to; `None` opens one.
    fn thread(&self, matched: &Match) -> Option<&Thread> {
        let watch = matched.watch.as_str();
        if let Some(thread) = self.state.thread_of(watch, self.story) {
            return Some(thread);
        }
        // What the watch asked for is in every item it matches, and tells no stories apart.
        let common: BTreeSet<_> = matched
            .evidence
            .iter()
            .flat_map(|evidence| evidence.concept.iter())
            .map(|concept| reading::concept_feature(concept.as_str()))
            .collect();
        let reading = self.reading;
        let like = self.near.iter().filter_map(|story| self.state.thread_of(watch, *story));
        let latest = self.state.latest_threads(watch).take(LATEST_THREADS);
        let scored = like.chain(latest).map(|thread| (thread.affinity(reading, &self.document.lang, &common), thread));
        let best = scored.max_by(|left, right| left.0.total_cmp(&right.0).then(right.1.id.cmp(&left.1.id)));
        best.filter(|(affinity, thread)| *affinity >= self.connect(thread)).map(|(_, thread)| thread)
    }

    /// How much of the item the thread had, and the watch's main thread where it has one: what was told there was told.
    fn likeness(&self, thread: &Thread) -> Likeness {
        let own = thread.likeness(self.reading, &self.document.lang, self.item.seen);
        let others =
            self.state.latest_threads(&thread.watch).take(LATEST_THREADS).filter(|other| other.id != thread.id);
        let main = others.filter(|other| self.share(other) > MAIN_SHARE).max_by_key(|other| (other.items, other.id));
        match main {
            Some(main) => own.or(main.likeness(self.reading, &self.document.lang, self.item.seen)),
            None => own,
        }
    }

    /// Whether the thread had all figures of the headline; `None` where it has none.
    fn figures_known(&self, thread: &Thread) -> Option<bool> {
        let values = self.reading.facts.iter().filter(|fact| fact.kind == UnitKind::Quantity && fact.position >= 1.0);
        let known: Vec<bool> =
            values.filter_map(|fact| Some(thread.ledger.has_value(&fact.key, fact.value?))).collect();
        (!known.is_empty()).then(|| known.into_iter().all(|known| known))
    }

    /// Nearness that a thread asks for. A watch of which most items are in one thread asks for one story: what matches it
    /// probably belongs there, in whatever words; a broad watch has many threads, and each asks for more.
    fn connect(&self, thread: &Thread) -> f64 {
        let sure = (f64::from(thread.items) / 3.0).min(1.0);
        let told = self.item.seen.duration_since(thread.latest) <= jiff::SignedDuration::from_hours(FOREIGN_HOURS);
        let foreign = if told && !thread.speaks(&self.document.lang) { FOREIGN_EASED } else { 1.0 };
        foreign * CONNECT * (1.0 - CONNECT_EASED * self.share(thread) * sure)
    }

    /// A thread's share of its watch's items.
    fn share(&self, thread: &Thread) -> f64 {
        let items: u32 = self.state.latest_threads(&thread.watch).take(WATCH_THREADS).map(|own| own.items).sum();
        f64::from(thread.items) / f64::from(items.max(thread.items).max(1))
    }

    fn opening(&self, watch: &str) -> StoryDecision {
        let reading = self.reading;
        let new = super::ledger::Ledger::default().new_facts(&reading.facts, reading.cues);
        let score = if reading.genre.retells() { 0.5 } else { novelty::typed(&new).max(0.7) };
        StoryDecision {
            watch: watch.to_owned(),
            item: self.item.id,
            story: self.story,
            thread: ThreadId::of([watch, &self.story.to_string()]),
            verdict: Verdict::NewStory,
            of: None,
            score,
            class: novelty::class(&new, score, true),
            new: self.units(&[], Verdict::NewStory),
            families: 1,
            reason: "opens a story".to_owned(),
        }
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

    fn origin(&self) -> novelty::Origin {
        let relation = self.twin.map(|twin| twin.relation);
        novelty::Origin {
            derived: relation == Some(Relation::Derived),
            headline_only: self.item.summary.is_empty() && self.item.text.is_none(),
        }
    }

    fn verdict(&self, thread: &Thread, new: &[New], score: f64) -> Verdict {
        if score >= TELL {
            return Verdict::Development;
        }
        if self.version {
            return Verdict::Version;
        }
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
            _ => format!(
                "told before: {:.0} % of its words; what is new weighs {score:.2} < {TELL}",
                like.words_best * 100.0
            ),
        }
    }
}

/// Whether a unit says by itself what happened; "first report of an arrest" says less than the headline.
fn leads(unit: &Unit) -> bool {
    matches!(unit.kind, UnitKind::Quantity | UnitKind::Status) && unit.weight >= 0.5
}
