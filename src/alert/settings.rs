//! What does a reader want to hear?
//!
//! In: a watch's level and limits. Out: what each level asks of a development (methods.md, section 4). It holds no state.

use crate::model::{Class, Level, StoryDecision, Timestamp, Verdict};

/// Alerts of one thread an hour, and a day; more are folded into a digest.
pub const MAX_PER_HOUR: u32 = 12;
pub const MAX_PER_DAY: u32 = 48;
/// Seconds after which a published date makes an item old news.
pub const LOOK_BACK_S: u32 = 14 * 86_400;
/// Alerts beyond the limit that major developments may take.
pub const OVERDRAFT: u32 = 2;

/// A watch's dials.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    pub watch: String,
    pub level: Level,
    /// Alerts of one thread; more are folded into a digest.
    pub max_per_hour: u32,
    pub max_per_day: u32,
    /// Items that claim to be older than this when they arrive are no news, in seconds.
    pub look_back_s: u32,
    /// Silence until then.
    pub muted_until: Option<Timestamp>,
}

/// What a level asks for.
pub(super) struct Bar {
    pub score: f64,
    pub class: Class,
    /// Independent families that must have told it, or minutes waited for a second one.
    pub families: u32,
    pub hold_minutes: i64,
}

impl Settings {
    /// A watch with the default limits.
    pub fn new(watch: &str, level: Level) -> Self {
        Self {
            watch: watch.to_owned(),
            level,
            max_per_hour: MAX_PER_HOUR,
            max_per_day: MAX_PER_DAY,
            look_back_s: LOOK_BACK_S,
            muted_until: None,
        }
    }

    pub(super) fn bar(&self) -> Bar {
        let bar = |score, class, families, hold_minutes| Bar { score, class, families, hold_minutes };
        match self.level {
            Level::EveryArticle | Level::DistinctArticles => bar(0.0, Class::Minor, 1, 0),
            Level::Updates => bar(0.20, Class::Minor, 1, 0),
            Level::Developments => bar(0.35, Class::Minor, 1, 0),
            Level::Important => bar(0.60, Class::Notable, 2, 20),
            Level::Major => bar(0.60, Class::Major, 2, 45),
        }
    }

    /// Whether the level tells every article rather than what is new.
    pub(super) fn tells_articles(&self, decision: &StoryDecision) -> bool {
        match self.level {
            Level::EveryArticle => true,
            Level::DistinctArticles => decision.verdict != Verdict::Copy && decision.verdict != Verdict::Version,
            _ => false,
        }
    }
}

/// The level's name, as a watch writes it.
pub(super) fn name(level: Level) -> &'static str {
    match level {
        Level::EveryArticle => "every article",
        Level::DistinctArticles => "distinct articles",
        Level::Updates => "updates",
        Level::Developments => "developments",
        Level::Important => "important",
        Level::Major => "major",
    }
}
