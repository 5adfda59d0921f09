//! What has a watch's reader been told, and how like it is an item?
//!
//! In: the items of connected stories, one watch's view of them. Out: the thread's ledger, its latest items, what was told, and
//! how much of a further item was in them. It decides nothing.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use serde::{Deserialize, Serialize};

use super::ledger::Ledger;
use super::reading::{self, Reading};
use super::vector::{Feature, Vector};
use crate::model::{ItemId, StoryId, ThreadId, Timestamp};

/// Latest items of which the words are kept.
const TRACES_MAX: usize = 48;
/// Features kept of each.
const TRACE_FEATURES: usize = 40;
/// Features kept of a thread's words in one language, and of its concepts.
const VOCABULARY_MAX: usize = 400;
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
}

/// An item of the thread, as far as it is needed for comparing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Trace {
    pub item: ItemId,
    pub at: Timestamp,
    pub lang: String,
    pub words: Vector,
    pub bare: Vector,
    /// It was found to be a development.
    pub told: bool,
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
    pub ledger: Ledger,
    pub told: Vec<Told>,
    traces: VecDeque<Trace>,
    words: BTreeMap<String, Vector>,
    bare: Vector,
}

/// How much of an item the thread had.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Likeness {
    /// Items of the thread in the item's language.
    pub same_language: usize,
    /// Share of its words in the best single item.
    pub words_best: f64,
    /// Share of its headline in the best single item, and in all of them.
    pub title_best: f64,
    pub title_all: f64,
    /// Cosine with the best single item.
    pub cosine: f64,
    /// Share of its concepts, names and figures in the best single item, in the best of the last hours, and in all.
    pub bare_best: f64,
    pub bare_recent: f64,
    pub bare_all: f64,
    /// The same of the headline, in all of them.
    pub title_bare: f64,
    /// Hours since the last development.
    pub since_told: f64,
    /// Share of words in the best single item of the last hours.
    pub echo: f64,
    /// Nearness in time (1 to 0) of the latest development that was told in other languages only: an item in this one
    /// probably retells it; and the share of concepts, names and figures that the two have in common.
    pub untold: f64,
    pub untold_bare: f64,
    /// The item it is most like.
    pub nearest: Option<ItemId>,
}

/// Hours after which an item in another language is half as likely to be the same news.
const UNTOLD_HOURS: f64 = 8.0;
/// Hours within which other outlets retell a development.
const RECENT_HOURS: f64 = 36.0;

impl Likeness {
    /// What either of two threads had.
    pub fn or(self, other: Self) -> Self {
        let (most, least) = if self.words_best >= other.words_best { (self, other) } else { (other, self) };
        Self {
            same_language: self.same_language + other.same_language,
            words_best: most.words_best,
            title_best: self.title_best.max(other.title_best),
            title_all: self.title_all.max(other.title_all),
            cosine: self.cosine.max(other.cosine),
            bare_best: self.bare_best.max(other.bare_best),
            bare_recent: self.bare_recent.max(other.bare_recent),
            bare_all: self.bare_all.max(other.bare_all),
            title_bare: self.title_bare.max(other.title_bare),
            since_told: self.since_told.min(other.since_told),
            echo: self.echo.max(other.echo),
            untold: self.untold.max(other.untold),
            untold_bare: self.untold_bare.max(other.untold_bare),
            nearest: most.nearest.or(least.nearest),
        }
    }
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
        }
    }

    /// How much of an item the thread had.
    pub fn likeness(&self, reading: &Reading, lang: &str, now: Timestamp) -> Likeness {
        let mut like = Likeness { since_told: f64::MAX, ..Likeness::default() };
        for trace in &self.traces {
            let hours = (now.duration_since(trace.at).as_secs_f64() / 3_600.0).max(0.0);
            if trace.told {
                like.since_told = like.since_told.min(hours);
            }
            let bare = reading.bare.covered_by(&trace.bare);
            like.bare_best = like.bare_best.max(bare);
            if hours <= RECENT_HOURS {
                like.bare_recent = like.bare_recent.max(bare);
            }
            if trace.lang != lang {
                if trace.told {
                    like.untold = (-hours * std::f64::consts::LN_2 / UNTOLD_HOURS).exp();
                    like.untold_bare = bare;
                }
                continue;
            }
            // Told in this language since: a further item of it is compared by its words.
            (like.untold, like.untold_bare) = (0.0, 0.0);
            like.same_language += 1;
            let words = reading.words.covered_by(&trace.words);
            if words > like.words_best {
                like.words_best = words;
                like.nearest = Some(trace.item);
            }
            like.cosine = like.cosine.max(reading.words.cosine(&trace.words));
            if hours <= RECENT_HOURS {
                like.echo = like.echo.max(words);
            }
            like.title_best = like.title_best.max(reading.title.covered_by(&trace.words));
        }
        if let Some(words) = self.words.get(lang) {
            like.title_all = reading.title.covered_by(words);
        }
        like.title_bare = reading.title_bare.covered_by(&self.bare);
        like.bare_all = reading.bare.covered_by(&self.bare);
        like
    }

    /// Whether an item of the thread had this figure.
    pub fn has_figure(&self, value: f64) -> bool {
        self.bare.get(reading::figure_feature(value)) > 0.0
    }

    /// Whether the thread has items in a language.
    pub fn speaks(&self, lang: &str) -> bool {
        self.words.contains_key(lang)
    }

    /// How near an item is to the thread as a whole: 0 to 1.
    pub fn affinity(&self, reading: &Reading, lang: &str, common: &BTreeSet<Feature>) -> f64 {
        let strip = |vector: &Vector| {
            Vector(vector.0.iter().filter(|(feature, _)| !common.contains(feature)).copied().collect())
        };
        let bare = strip(&reading.bare);
        let concepts = bare.covered_by(&self.bare);
        match self.words.get(lang) {
            Some(words) => (strip(&reading.words).covered_by(words) + concepts) / 2.0,
            None => concepts,
        }
    }

    /// Takes an item in.
    pub fn add(&mut self, item: ItemId, reading: &Reading, lang: &str, now: Timestamp, told: bool) {
        self.items += 1;
        self.latest = self.latest.max(now);
        self.words.entry(lang.to_owned()).or_default().blend(1.0, &reading.words, VOCABULARY_MAX);
        self.bare.blend(1.0, &reading.bare, VOCABULARY_MAX);
        self.traces.push_back(Trace {
            item,
            at: now,
            lang: lang.to_owned(),
            words: reading.words.clone().heaviest(TRACE_FEATURES),
            bare: reading.bare.clone().heaviest(TRACE_FEATURES),
            told,
        });
        if self.traces.len() > TRACES_MAX {
            self.traces.pop_front();
        }
    }

    /// Adds a line to what was told.
    pub fn tell(&mut self, told: Told) {
        self.told.push(told);
        if self.told.len() > TOLD_MAX {
            self.told.remove(0);
        }
    }
}
