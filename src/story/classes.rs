//! What do the lexicon's classes of events, statuses and counted things weigh?
//!
//! In: a concept's id. Out: severity, label, family and level from `data/classes.toml`. The words that name them are in the
//! lexicon; a concept that the table lacks (a user's own event) weighs as a middling one.

use std::collections::HashMap;
use std::sync::LazyLock;

use serde::Deserialize;

/// A class of events.
#[derive(Debug, Deserialize)]
pub struct Event {
    pub label: String,
    /// 0.5 talk, 1 move or measure, 2 fight, arrest, sanction, 3 death, capture, fall of an office.
    pub severity: f64,
    /// What a claim about it is about.
    pub family: String,
    /// The class of figures that stand beside it: "dead".
    pub count: Option<String>,
}

/// A way of saying or denying.
#[derive(Debug, Deserialize)]
pub struct Status {
    /// 0 denied, 1 cannot confirm, 2 claimed, 3 likely, 4 said, 5 confirmed.
    pub level: u8,
}

/// A counted thing.
#[derive(Debug, Deserialize)]
pub struct Counted {
    pub label: String,
    pub class: String,
}

/// A thing that has a size: "interest rate", in percent.
#[derive(Debug, Deserialize)]
struct Measured {
    label: String,
    of: Vec<String>,
}

#[derive(Deserialize)]
struct Table {
    events: HashMap<String, Event>,
    statuses: HashMap<String, Status>,
    units: HashMap<String, Counted>,
    counts: HashMap<String, String>,
    measured: HashMap<String, Measured>,
}

static TABLE: LazyLock<Table> =
    LazyLock::new(|| toml::from_str(include_str!("data/classes.toml")).expect("the shipped table is tested"));

/// An event's class.
pub fn event(id: &str) -> Option<&'static Event> {
    TABLE.events.get(id)
}

/// A status cue that has a level of its own.
pub fn status(id: &str) -> Option<&'static Status> {
    TABLE.statuses.get(id)
}

/// A counted thing's class.
pub fn counted(id: &str) -> Option<&'static Counted> {
    TABLE.units.get(id)
}

/// What figures beside an event count: "dead".
pub fn count(id: &str) -> Option<&'static str> {
    let own = TABLE.events.get(id).and_then(|event| event.count.as_ref());
    own.or_else(|| TABLE.counts.get(id)).map(String::as_str)
}

/// What a figure of a dimension is a measure of, beside a concept.
pub fn measured(id: &str, dimension: &str) -> Option<&'static str> {
    let own = TABLE.measured.get(id)?;
    own.of.iter().any(|of| of == dimension).then_some(own.label.as_str())
}

/// Whether a label is that of something measured, with a name of its own.
pub fn is_measured(label: &str) -> bool {
    TABLE.measured.values().any(|own| own.label == label)
}

/// Whether a label is one of things that are counted, not measured.
pub fn is_counted(label: &str) -> bool {
    is_toll(label) || label == "people" || TABLE.units.values().any(|own| own.label == label)
}

/// Whether figures of a label are counted beside an event: "dead", "missing".
pub fn is_toll(label: &str) -> bool {
    let mut counts = TABLE.events.values().filter_map(|event| event.count.as_ref()).chain(TABLE.counts.values());
    label != "people" && counts.any(|count| count == label)
}

/// The verb of a level, for "earlier: …".
pub fn verb(level: u8) -> &'static str {
    match level {
        0 => "denied",
        1 => "could not confirm",
        2 => "claimed",
        3 => "thought likely",
        4 => "said",
        _ => "confirmed",
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_table_is_whole() {
        assert_eq!(super::event("event-kill").and_then(|event| event.count.as_deref()), Some("dead"));
        assert_eq!(super::status("status-deny").map(|status| status.level), Some(0));
        assert!(super::counted("unit-people").is_some());
    }
}
