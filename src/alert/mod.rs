//! Is a reader told, when, and if not, why not?
//!
//! In: what `story` decided of an item, the user's dials, what was sent and held before. Out: send, hold, fold into a digest
//! or say nothing, each with its reason; and, as time passes, the held alerts and digests that are due. Pure: a function of
//! (state, decision, now). It never judges what is new: that was `story`; it never sends.

mod book;
mod plan;
mod settings;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

pub use book::{RestoreError, State};
pub use plan::plan;
pub use settings::{LOOK_BACK_S, Settings};

use crate::model::{Alert, AlertPlan, StoryDecision, Timestamp};

/// Takes a plan into the state. Changes only.
pub fn apply(state: &mut State, settings: &Settings, decision: &StoryDecision, plan: &AlertPlan, now: Timestamp) {
    state.note(settings, decision, plan, now);
}

/// Held alerts and digests whose time has come; they count as sent. In order of their time and thread.
pub fn release(state: &mut State, settings: &BTreeMap<String, Settings>, now: Timestamp) -> Vec<Alert> {
    state.release(settings, now)
}

/// When [`release`] has something to tell.
pub fn next_due(state: &State) -> Option<Timestamp> {
    state.next_due()
}
