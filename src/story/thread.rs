//! What has a watch's reader been told of a story?
//!
//! In: the items of connected stories, one watch's view of them. Out: the thread's ledger, its latest items, what was told, and
//! how near a further item is to them. It decides nothing.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use serde::{Deserialize, Serialize};

use super::facts::Fact;
use super::ledger::Ledger;
use super::parts::Part;
use super::reading::{self, Reading};
use super::vector::{Feature, Vector, feature};
use crate::model::{ItemId, StoryId, ThreadId, Timestamp};

/// Latest items of which the words are kept.
pub(super) const TRACES_MAX: usize = 48;
/// Features kept of each.
const TRACE_FEATURES: usize = 40;
/// Features kept of a thread's words in one language, and of its concepts.
const VOCABULARY_MAX: usize = 400;
/// What concepts and names weigh beside words, which are more, in saying where an item belongs.
const CONCEPTS_WEIGHT: f64 = 2.0;
/// What a thread's share of its watch weighs beside them: as much as a few concepts.
const PRIOR_MASS: f64 = 1.0;
/// Lines kept of what was told.
pub const TOLD_MAX: usize = 200;

/// One line of a thread's story so far.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    pub at: Timestamp,
    /// What was new.
    pub text: String,
    pub outlet: String,
    pub item: ItemId,
    /// Which of the thread's lines it is.
    #[serde(default)]
    pub(super) number: u32,
}

/// An item of the thread, as far as it is needed for comparing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Trace {
    /// Which of the thread's items it is.
    #[serde(default)]
    pub number: u32,
    pub item: ItemId,
    pub at: Timestamp,
    pub lang: String,
    pub words: Vector,
    pub bare: Vector,
    /// It was found to be a development.
    pub told: bool,
    /// It said that something was wrong.
    #[serde(default)]
    pub corrects: bool,
}

/// A watch's view of connected stories.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Thread {
    pub id: ThreadId,
    pub watch: String,
    pub stories: BTreeSet<StoryId>,
    pub opened: Timestamp,
    pub latest: Timestamp,
    pub items: u32,
    // These three are stored in parts, see `parts`; threads of earlier versions have them in their own row.
    #[serde(default, skip_serializing)]
    pub ledger: Ledger,
    #[serde(default, skip_serializing)]
    pub told: Vec<Told>,
    #[serde(default, skip_serializing)]
    pub(super) traces: VecDeque<Trace>,
    words: BTreeMap<String, Vector>,
    bare: Vector,
    /// Parts that changed since they were last stored.
    #[serde(skip)]
    pub(super) changed: BTreeSet<Part>,
}

impl Thread {
    /// A thread that nothing is known of.
    pub fn open(id: ThreadId, watch: &str, story: StoryId, now: Timestamp) -> Self {
        Self {
            id,
            watch: watch.to_owned(),
            stories: BTreeSet::from([story]),
            opened: now,
            latest: now,
            items: 0,
            ledger: Ledger::default(),
            told: Vec::new(),
            traces: VecDeque::new(),
            words: BTreeMap::new(),
            bare: Vector::default(),
            changed: BTreeSet::new(),
        }
    }

    /// Its latest items, oldest first.
    pub fn traces(&self) -> impl DoubleEndedIterator<Item = &Trace> {
        self.traces.iter()
    }

    /// Whether an item of the thread had this figure.
    pub fn has_figure(&self, value: f64) -> bool {
        self.bare.get(reading::figure_feature(value)) > 0.0
    }

    /// How probably an item belongs to the thread: 0 to 1. Its words and its concepts and names speak as far as they go,
    /// `prior` (what share of its watch's items the thread has) beside them. Figures do not count: that they change is a
    /// story's news. What the watch asks for counts as everything else does, so that a watch that asks for several things at
    /// once, and gets little else in common, has few threads, and a broad one many.
    pub fn affinity(&self, reading: &Reading, lang: &str, prior: f64) -> f64 {
        let empty = Vector::default();
        let figures: Vec<Feature> = reading.figures.iter().map(|&hash| feature(hash)).collect();
        let words = self.words.get(lang);
        let parts = [
            (CONCEPTS_WEIGHT, &reading.bare, &self.bare),
            (1.0, if words.is_some() { &reading.words } else { &empty }, words.unwrap_or(&empty)),
        ];
        let (mut covered, mut mass) = (PRIOR_MASS * prior, PRIOR_MASS);
        for (weight, item, own) in parts {
            for (feature, value) in item.0.iter().filter(|(feature, _)| !figures.contains(feature)) {
                let value = weight * f64::from(*value);
                mass += value;
                covered += if own.get(*feature) > 0.0 { value } else { 0.0 };
            }
        }
        covered / mass
    }

    /// Takes an item in.
    pub fn add(&mut self, item: ItemId, reading: &Reading, lang: &str, now: Timestamp, told: bool) {
        self.items += 1;
        self.latest = self.latest.max(now);
        self.words.entry(lang.to_owned()).or_default().blend(1.0, &reading.words, VOCABULARY_MAX);
        self.bare.blend(1.0, &reading.bare, VOCABULARY_MAX);
        self.traces.push_back(Trace {
            number: self.items,
            item,
            at: now,
            lang: lang.to_owned(),
            words: reading.words.clone().heaviest(TRACE_FEATURES),
            bare: reading.bare.clone().heaviest(TRACE_FEATURES),
            told,
            corrects: reading.corrects(),
        });
        if self.traces.len() > TRACES_MAX {
            self.traces.pop_front();
        }
        self.changed.insert(Part::trace(self.items));
    }

    /// Takes an item's facts into the ledger.
    pub fn learn(&mut self, facts: &[Fact], item: ItemId, family: &str, now: Timestamp) {
        let gone = self.ledger.learn(facts, item, family, now);
        let learnt = facts.iter().map(|fact| fact.key.clone());
        self.changed.extend(learnt.chain(gone).map(Part::Known));
    }

    /// Adds a line to what was told.
    pub fn tell(&mut self, at: Timestamp, text: String, outlet: &str, item: ItemId) {
        let number = self.told.last().map_or(0, |told| told.number + 1);
        self.told.push(Told { at, text, outlet: outlet.to_owned(), item, number });
        self.changed.insert(Part::told(number));
        if self.told.len() > TOLD_MAX {
            self.told.remove(0);
        }
    }
}
