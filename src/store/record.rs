//! What is handed to the store, and what does it answer?
//!
//! In: nothing. Out: the contents of one transaction, and the shapes of answers that are no type of the model.

use std::collections::BTreeMap;

use crate::model::{
    Alert, AlertPlan, Delivery, DeliveryState, Evidence, FeedId, FeedState, Item, ItemId, StateRow, StoryDecision,
    Suppression, Timestamp,
};

/// What one poll came to.
#[derive(Clone, Debug)]
pub struct PollCommit<'a> {
    pub feed: FeedId,
    /// The address in the configuration, for a person who reads the table.
    pub url: &'a str,
    /// The validators are in it: they are kept only with the items that came with them.
    pub state: &'a FeedState,
    /// New items and new versions; a version that is there already is left as it is.
    pub items: &'a [Item],
    /// Known items that the feed still shows.
    pub seen: &'a [ItemId],
    pub now: Timestamp,
}

/// What the stages made of polls, or of the passing of time.
#[derive(Clone, Copy, Debug, Default)]
pub struct Outcome<'a> {
    pub decisions: &'a [DecisionRecord],
    pub state_rows: &'a [StateRow],
    pub alerts: &'a [Alert],
    /// Each belongs to an alert that is here or was kept before.
    pub deliveries: &'a [Delivery],
}

/// What one watch made of an item, with all that `explain` needs.
#[derive(Clone, Debug, PartialEq)]
pub struct DecisionRecord {
    /// The item's version that was decided on.
    pub version: u32,
    /// Names item and watch.
    pub decision: StoryDecision,
    pub plan: AlertPlan,
    pub evidence: Vec<Evidence>,
    /// Which configuration was in force.
    pub config_hash: u64,
    pub at: Timestamp,
}

/// Which deliveries are meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeliveryFilter {
    All,
    /// The outbox: waiting or given up.
    Unfinished,
    Dead,
}

/// A delivery for a list: everything but the message's bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeliveryHead {
    pub id: crate::model::DeliveryId,
    pub alert: crate::model::AlertId,
    pub recipient: String,
    pub subject: String,
    pub message_id: String,
    pub created: Timestamp,
    pub state: DeliveryState,
}

/// How much there is, for `status`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    pub feeds: u64,
    pub items: u64,
    /// Items that satisfied at least one watch.
    pub matched: u64,
    pub stories: u64,
    pub alerts: u64,
    pub waiting: u64,
    pub sent: u64,
    pub dead: u64,
    /// Decisions not to tell, by reason.
    pub suppressed: BTreeMap<Suppression, u64>,
    /// Size of the file, without its log.
    pub bytes: u64,
}

/// Something worth telling in `status`: "last reload", "task poll".
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fact {
    pub value: String,
    pub at: Timestamp,
}

/// What one call to `prune` removed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pruned {
    /// Versions of items.
    pub items: u64,
    pub decisions: u64,
    /// Sent ones; what waits or was given up stays.
    pub deliveries: u64,
    pub alerts: u64,
    /// A bound was met: call again soon.
    pub more: bool,
}
