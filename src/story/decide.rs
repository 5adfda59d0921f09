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
use super::thread::{Likeness, Thread, Told};
use crate::lexicon::{Document, Lexicon};
use crate::model::{
    Class, Item, ItemId, Match, StateKind, StoryDecision, StoryId, ThreadId, Timestamp, Unit, UnitKind, Verdict, content_hash,
};

/// Chance from which an item is called a development; the level `developments` asks for the same.
pub const TELL: f64 = 0.35;
/// Nearness from which an item of another story belongs to a thread.
const CONNECT: f64 = 0.30;
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
    /// Signals of the novelty model, one a match; for measuring.
    pub signals: Vec<Option<[f64; novelty::SIGNALS]>>,
}

/// Decides what an item is; `item.seen` is the present. Reads only.
pub fn decide(state: &State, lexicon: &Lexicon, item: &Item, document: &Document, matches: &[Match]) -> Decided {
    let rarity = |feature| state.stories.rarity(feature);
    let reading = reading::read(lexicon, item, document, rarity);
    let before = if item.version > 1 { state.copies.get(item.id) } else { None };
    let twin = match before {
        Some(_) => None,
        None => state.copies.twin(item.id, &reading),
    };
    let same_story = twin.as_ref().filter(|twin| twin.relation != Relation::Derived).map(|twin| twin.story);
    let story = before.map(|print| print.story).or(same_story).map(|story| state.resolve(story));
    let found = story.or_else(|| state.stories.find(&reading, &document.lang, item.seen).map(|found| found.story));
    let story = found.unwrap_or_else(|| StoryId::of([item.id.to_string()]));
    let copy = twin.as_ref().is_some_and(|twin| twin.relation == Relation::Copy);
    let scene = Scene { state, item, document, reading: &reading, twin: twin.as_ref(), story, version: before.is_some() };
    let (decisions, signals) = matches.iter().map(|matched| scene.decide(matched)).unzip();
    let (lang, outlet) = (document.lang.clone(), item.outlet.name.clone());
    Decided { decisions, item: item.id, now: item.seen, outlet, lang, story, copy, reading, signals }
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
        let mut thread = state
            .take_thread(decision.thread)
            .unwrap_or_else(|| Thread::open(decision.thread, &decision.watch, *story, *now));
        let told = matches!(decision.verdict, Verdict::NewStory | Verdict::Development);
        thread.stories.insert(*story);
        thread.ledger.learn(&reading.facts, *item, &reading.family, *now);
        thread.add(*item, reading, lang, *now, told);
        if told {
            let text = decision.new.first().map_or_else(|| reading.headline.clone(), |unit| unit.text.clone());
            thread.tell(Told { at: *now, text, outlet: decided.outlet.clone(), item: *item });
        }
        state.put_thread(thread);
    }
}

struct Scene<'a> {
    state: &'a State,
    item: &'a Item,
    document: &'a Document,
    reading: &'a Reading,
    twin: Option<&'a Twin>,
    story: StoryId,
    version: bool,
}

impl Scene<'_> {
    fn decide(&self, matched: &Match) -> (StoryDecision, Option<[f64; novelty::SIGNALS]>) {
        let watch = matched.watch.as_str();
        let Some(thread) = self.thread(matched) else {
            return (self.opening(watch), None);
        };
        if let Some(twin) = self.twin.filter(|twin| twin.relation == Relation::Copy) {
            return (self.copy(watch, thread, twin), None);
        }
        let reading = self.reading;
        let new = thread.ledger.new_facts(&reading.facts, reading.cues);
        let like = thread.likeness(reading, &self.document.lang, self.item.seen);
        let signals = novelty::signals(&new, reading.cues, reading.genre, self.origin(), &like);
        let score = novelty::chance(&signals);
        let verdict = self.verdict(thread, &new, score);
        let units = self.units(&new, verdict);
        let reason = self.reason(thread, verdict, &units, score, &like);
        let families = units.iter().map(|unit| thread.ledger.families(&unit.key)).max().unwrap_or(0) + 1;
        let decision = StoryDecision {
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
        };
        (decision, Some(signals))
    }

    /// The watch's thread that the item belongs to; `None` opens one.
    fn thread(&self, matched: &Match) -> Option<&Thread> {
        let watch = matched.watch.as_str();
        if let Some(thread) = self.state.thread_of(watch, self.story) {
            return Some(thread);
        }
        // What the watch asked for is in every item it matches, and tells no stories apart.
        let common: BTreeSet<u64> = matched
            .evidence
            .iter()
            .flat_map(|evidence| evidence.concept.iter())
            .map(|concept| content_hash(["concept", concept.as_str()]))
            .collect();
        let reading = self.reading;
        let stories = self.state.stories.candidates(&reading.words, &reading.bare);
        let like = stories.iter().filter_map(|story| self.state.thread_of(watch, *story));
        let latest = self.state.latest_threads(watch).take(LATEST_THREADS);
        let scored = like.chain(latest).map(|thread| (thread.affinity(reading, &self.document.lang, &common), thread));
        let best = scored.max_by(|left, right| left.0.total_cmp(&right.0).then(right.1.id.cmp(&left.1.id)));
        best.filter(|(affinity, _)| *affinity >= CONNECT).map(|(_, thread)| thread)
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

    fn origin(&self) -> novelty::Origin {
        let relation = self.twin.map(|twin| twin.relation);
        novelty::Origin {
            update: relation == Some(Relation::Update),
            derived: relation == Some(Relation::Derived),
            version: self.version,
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
        if corroborates && new.iter().all(|own| own.unit.weight < 0.3) { Verdict::Corroboration } else { Verdict::Repeat }
    }

    /// What is told as new: the ledger's difference, or the headline where the ledger has no word for it.
    fn units(&self, new: &[New], verdict: Verdict) -> Vec<Unit> {
        let mut units: Vec<Unit> = new.iter().filter(|own| own.unit.weight >= 0.2).map(|own| own.unit.clone()).collect();
        units.truncate(UNITS_MAX);
        let told = matches!(verdict, Verdict::Development | Verdict::NewStory);
        if told && units.first().is_none_or(|unit| unit.weight < 0.45) {
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

    fn reason(&self, thread: &Thread, verdict: Verdict, units: &[Unit], score: f64, like: &Likeness) -> String {
        match verdict {
            Verdict::Development => format!("new: {}", units.first().map_or("", |unit| unit.text.as_str())),
            Verdict::Version => "an edited version, with nothing new".to_owned(),
            _ if self.reading.genre.retells() => format!("{}; new in it: {score:.2} < {TELL}", self.reading.genre.words()),
            _ if units.is_empty() => {
                let known = self.reading.facts.len();
                let since = self.reading.facts.iter().filter_map(|fact| thread.ledger.first_told(&fact.key)).max();
                let since = since.map_or_else(String::new, |at| format!(" since {}", at.strftime("%-d %b %H:%M")));
                format!("nothing new: all {known} units known{since}")
            }
            _ => format!("told before: {:.0} % of its words; what is new weighs {score:.2} < {TELL}", like.words_best * 100.0),
        }
    }
}
