//! In which rows is a thread stored?
//!
//! In: a thread. Out: a row for each line of its ledger, each of its latest items and each line of what was told, and the thread
//! back from them. A busy thread has some hundred kilobytes; an item changes some ten small rows of it, and only these are
//! written. Items and lines have as many places as are kept, so that the next one takes the place of the oldest.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::ledger::Known;
use super::thread::{TOLD_MAX, TRACES_MAX, Thread, Told, Trace};
use crate::model::{StateKind, StateRow, ThreadId, content_hash};

/// A part of a thread.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// The ledger's line under this key.
    Known(String),
    /// The item, or the line that was told, in this place.
    Trace(u32),
    Told(u32),
}

impl Part {
    /// The place of the thread's item of this number.
    pub fn trace(number: u32) -> Self {
        Self::Trace(number % TRACES_MAX as u32)
    }

    /// The place of the line of this number.
    pub fn told(number: u32) -> Self {
        Self::Told(number % TOLD_MAX as u32)
    }

    /// The id of the row of this part.
    pub fn id(&self, thread: ThreadId) -> u64 {
        let (kind, own) = match self {
            Self::Known(key) => ("known", key.clone()),
            Self::Trace(place) => ("trace", place.to_string()),
            Self::Told(place) => ("told", place.to_string()),
        };
        content_hash([thread.0.to_string().as_str(), kind, &own])
    }
}

/// A row of kind `part`.
#[derive(Serialize, Deserialize)]
pub struct PartRow<'a> {
    thread: ThreadId,
    content: Content<'a>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Content<'a> {
    Known(Cow<'a, str>, Cow<'a, Known>),
    Trace(Cow<'a, Trace>),
    Told(Cow<'a, Told>),
}

impl PartRow<'_> {
    /// Whose part it is.
    pub fn thread(&self) -> ThreadId {
        self.thread
    }
}

impl Thread {
    /// All parts that it has.
    pub fn parts(&self) -> impl Iterator<Item = Part> {
        let known = self.ledger.0.keys().map(|key| Part::Known(key.clone()));
        let traces = self.traces().map(|trace| Part::trace(trace.number));
        known.chain(traces).chain(self.told.iter().map(|told| Part::told(told.number)))
    }

    /// Adds a row for each part that changed since the last call.
    pub fn take_changed_parts(&mut self, rows: &mut Vec<StateRow>) {
        for part in std::mem::take(&mut self.changed) {
            let content = self.content(&part).map(|content| PartRow { thread: self.id, content });
            let data = content.and_then(|row| serde_json::to_string(&row).ok());
            rows.push(StateRow { kind: StateKind::Part, id: part.id(self.id), data });
        }
    }

    fn content(&self, part: &Part) -> Option<Content<'_>> {
        match part {
            Part::Known(key) => {
                let known = self.ledger.0.get_key_value(key);
                known.map(|(key, known)| Content::Known(Cow::Borrowed(key), Cow::Borrowed(known)))
            }
            Part::Trace(_) => {
                let mut latest = self.traces().rev();
                latest.find(|own| Part::trace(own.number) == *part).map(|own| Content::Trace(Cow::Borrowed(own)))
            }
            Part::Told(_) => {
                let mut latest = self.told.iter().rev();
                latest.find(|own| Part::told(own.number) == *part).map(|own| Content::Told(Cow::Borrowed(own)))
            }
        }
    }

    /// Takes a part in, in any order; [`Self::join`] comes after the last.
    pub fn take_part(&mut self, row: PartRow<'_>) {
        match row.content {
            Content::Known(key, known) => drop(self.ledger.0.insert(key.into_owned(), known.into_owned())),
            Content::Trace(trace) => self.traces.push_back(trace.into_owned()),
            Content::Told(told) => self.told.push(told.into_owned()),
        }
    }

    /// Puts the parts in order. Whether they came from a row of an earlier version, which had them all and no numbers: these
    /// have yet to be stored as parts.
    pub fn join(&mut self) -> bool {
        let is_numbered = self.traces.iter().all(|trace| trace.number > 0);
        if is_numbered {
            self.traces.make_contiguous().sort_unstable_by_key(|trace| trace.number);
            self.told.sort_unstable_by_key(|told| told.number);
            return false;
        }
        let before = self.items.saturating_sub(self.traces.len() as u32);
        (before + 1..).zip(&mut self.traces).for_each(|(number, trace)| trace.number = number);
        (0..).zip(&mut self.told).for_each(|(number, told)| told.number = number);
        self.changed = self.parts().collect();
        true
    }
}
