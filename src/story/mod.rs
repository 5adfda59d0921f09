//! Which story does an item tell, and what in it is new?
//!
//! In: matched items in order of arrival, with their documents and the watches they matched. Out: for each watch the item's
//! story, thread and verdict (copy, version, repeat, corroboration, development, new story), what is new against the thread's
//! ledger in words, and why. Pure: a function of (state, item), whose `seen` is the present. It never decides whether
//! anybody is told: that is `alert`.

mod claims;
mod classes;
mod copies;
mod counts;
mod decide;
mod facts;
mod frequency;
mod genre;
mod grammar;
mod index;
mod ledger;
mod likeness;
mod novelty;
mod number;
mod packed;
mod parts;
mod reading;
mod state;
mod stories;
#[cfg(test)]
mod tests;
mod thread;
mod vector;

pub use decide::{Decided, apply, decide};
pub use facts::Fact;
pub use state::{Merge, RestoreError, State};
pub use stories::STORIES_MAX;
pub use thread::Told;

use crate::lexicon::{Document, Lexicon};
use crate::model::{ThreadId, Timestamp};

/// The typed pieces of information that a text states, headline first; for measuring.
pub fn stated(lexicon: &Lexicon, document: &Document) -> Vec<Fact> {
    facts::facts(lexicon, document).0
}

/// Merges stories that turned out to be one, and forgets what is long silent. Does nothing until it is due (every 15 minutes
/// or 256 items); deterministic; to be called between items.
pub fn maintain(state: &mut State, now: Timestamp) -> Vec<Merge> {
    state.maintain(now)
}

/// How many stories are live; never more than [`STORIES_MAX`].
pub fn live_stories(state: &State) -> usize {
    state.stories.len()
}

/// What a thread's reader was told, oldest first: the story so far.
pub fn timeline(state: &State, thread: ThreadId) -> Vec<Told> {
    state.told(thread)
}
