//! What is to be kept silent?
//!
//! In: the store's facts, the present. Out: which threads and watches a person muted, and until when. It decides nothing:
//! `alert` does.

use std::collections::BTreeMap;

use crate::model::{StoryDecision, Timestamp};
use crate::store::Fact;

/// Facts about mutes begin with this.
pub const FACT: &str = "mute ";

/// What is muted at a moment.
#[derive(Clone, Debug, Default)]
pub struct Mutes(BTreeMap<String, Timestamp>);

impl Mutes {
    /// The mutes among the facts that have not ended.
    pub fn of(facts: &BTreeMap<String, Fact>, now: Timestamp) -> Self {
        let mute = |(name, fact): (&String, &Fact)| {
            let what = name.strip_prefix(FACT)?;
            let until: Timestamp = fact.value.parse().ok()?;
            (until > now).then(|| (what.to_owned(), until))
        };
        Self(facts.iter().filter_map(mute).collect())
    }

    /// The name under which the store keeps a mute.
    pub fn fact(what: &str) -> String {
        format!("{FACT}{what}")
    }

    /// Until when a decision's watch or thread is muted.
    pub fn until(&self, decision: &StoryDecision) -> Option<Timestamp> {
        let thread = self.0.get(&decision.thread.to_string());
        thread.max(self.0.get(&decision.watch)).copied()
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = (&str, Timestamp)> {
        self.0.iter().map(|(what, until)| (what.as_str(), *until))
    }
}
