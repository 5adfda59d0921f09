//! What was decided about an item, and why?
//!
//! In: nothing. Out: the verdicts of `matching`, `story` and `alert`, each with its reason and its evidence, in the
//! form that is stored, mailed and explained.

use serde::{Deserialize, Serialize};

use super::{AlertId, ItemId, StoryId, ThreadId, Timestamp};

/// Where in an item a text stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Field {
    Title,
    Summary,
    Text,
}

/// One part of a query, and the text that satisfied it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Evidence {
    /// As the user wrote it: "DPRK".
    pub term: String,
    /// The concept it was understood as, where it was one: "north-korea".
    pub concept: Option<String>,
    /// As the item has it: "КНДР".
    pub text: String,
    pub field: Field,
    /// Byte offsets of `text` in the field.
    pub start: u32,
    pub end: u32,
}

/// A watch that an item satisfies.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Match {
    /// The watch's name.
    pub watch: String,
    pub evidence: Vec<Evidence>,
}

/// What an item is to its story, as one watch sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    NewStory,
    Development,
    Corroboration,
    Repeat,
    Copy,
    Version,
}

/// What kind of information a unit is (design.md, section 1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum UnitKind {
    Actor,
    Place,
    Event,
    Quantity,
    Status,
    Tuple,
    Quote,
    Date,
    Origin,
}

/// One typed piece of information that was new.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Unit {
    pub kind: UnitKind,
    /// Stable key in the ledger.
    pub key: String,
    /// For a reader, as the ledger's difference: "dead: 61 → 187 (civil protection)".
    pub text: String,
    /// Weight after position, source and damping: 0 to 1.
    pub weight: f64,
}

/// How much a development matters (methods.md, section 3.6).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Class {
    Minor,
    Notable,
    Major,
}

/// One watch's view of one item.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StoryDecision {
    pub watch: String,
    pub item: ItemId,
    pub story: StoryId,
    pub thread: ThreadId,
    pub verdict: Verdict,
    /// The item copied, changed or repeated.
    pub of: Option<ItemId>,
    /// Weight of what is new against the thread's ledger: 0 to 1.
    pub score: f64,
    pub class: Class,
    /// What is new, heaviest first.
    pub new: Vec<Unit>,
    /// Independent families that told of these units so far, this item included.
    pub families: u32,
    /// One line: "copy of i-… (97 % of its words)", "nothing new: all 7 units known since 15 Oct 17:52".
    pub reason: String,
    /// What the score was made of, by name; empty where nothing was weighed (a copy). Kept in memory only, for `replay`.
    #[serde(skip)]
    pub signals: Vec<(&'static str, f64)>,
}

/// How much a watch's reader wants to hear, least selective first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Level {
    #[serde(rename = "every article")]
    EveryArticle,
    #[serde(rename = "distinct articles")]
    DistinctArticles,
    #[serde(rename = "updates")]
    Updates,
    #[default]
    #[serde(rename = "developments")]
    Developments,
    #[serde(rename = "important")]
    Important,
    #[serde(rename = "major")]
    Major,
}

/// What becomes of a decision.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "plan")]
pub enum AlertPlan {
    /// Tell the recipients now.
    Send(Alert),
    /// Wait for a second source or until `until`, then decide again.
    Hold { until: Timestamp, reason: String },
    /// Too many for now: it will be in the thread's next digest at `until`.
    Digest { until: Timestamp, reason: String },
    /// Say nothing, and why.
    Suppress { reason: Suppression, detail: String },
}

/// Why nothing is said: a closed list, so that it can be counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Suppression {
    Copy,
    Version,
    NothingNew,
    BelowLevel,
    Echo,
    Backfill,
    Muted,
    Stale,
}

impl Suppression {
    /// For a table or a sentence.
    pub fn words(self) -> &'static str {
        match self {
            Self::Copy => "copied from an item already seen",
            Self::Version => "edited, with nothing new in it",
            Self::NothingNew => "nothing new in the story",
            Self::BelowLevel => "new, but below the watch's level",
            Self::Echo => "echo of an alert just sent",
            Self::Backfill => "older than the first poll of the feed",
            Self::Muted => "muted",
            Self::Stale => "too old when it arrived",
        }
    }
}

/// The decision to tell.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Alert {
    pub id: AlertId,
    pub watch: String,
    pub thread: ThreadId,
    pub story: StoryId,
    /// The item that decided it.
    pub item: ItemId,
    pub decided: Timestamp,
    pub score: f64,
    pub class: Class,
    /// What is new, heaviest first; empty for the levels that tell every article.
    pub new: Vec<Unit>,
    /// Further decisions folded into this alert (digest, hold).
    pub folded: Vec<ItemId>,
}
