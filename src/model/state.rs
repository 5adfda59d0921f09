//! What do the stages want remembered?
//!
//! In: nothing. Out: rows whose content only their stage understands, so that `story` and `alert` can grow without a
//! new table each time. It never looks into the content.

use std::str::FromStr;

/// Whose row it is; with the id it names one row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum StateKind {
    Story,
    Thread,
    /// A line of a thread's ledger, an item of it, a line of what was told.
    Part,
    Item,
    Alert,
    /// An article that is to be fetched.
    Article,
}

impl StateKind {
    /// The name that is stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Story => "story",
            Self::Thread => "thread",
            Self::Part => "part",
            Self::Item => "item",
            Self::Alert => "alert",
            Self::Article => "article",
        }
    }
}

impl FromStr for StateKind {
    type Err = ();
    fn from_str(text: &str) -> Result<Self, ()> {
        [Self::Story, Self::Thread, Self::Part, Self::Item, Self::Alert, Self::Article]
            .into_iter()
            .find(|kind| kind.as_str() == text)
            .ok_or(())
    }
}

/// A stage's row: what it wants to find again after a restart.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct StateRow {
    pub kind: StateKind,
    /// At most 63 bits, as all identities are.
    pub id: u64,
    /// JSON of the owner's own shape; `None` forgets the row.
    pub data: Option<String>,
}
