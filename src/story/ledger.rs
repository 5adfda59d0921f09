//! What could a thread's reader know, and what is new against it?
//!
//! In: the facts of an item. Out: the facts that the ledger lacks, each with a weight and the difference in words ("dead: 61 →
//! 187 (civil protection)"). The ledger takes in every item that is no copy, alerted or not. It never judges whether the new is
//! enough: that is `novelty`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::classes;
use super::facts::{Cues, Fact};
use crate::model::{ItemId, Timestamp, Unit, UnitKind};

/// Entries of one ledger; the longest unseen goes first.
pub const ENTRIES_MAX: usize = 500;
/// Values kept of one figure.
const VALUES_MAX: usize = 12;
/// Figures below this are exact; above, a tenth more or less is rounding.
const EXACT: f64 = 100.0;
const ROUNDING: f64 = 0.1;
/// A figure is not corrected to less than this part of it, nor grows by more, once it is no handful: it is another figure.
const FALL_MAX: f64 = 20.0;
const RISE_MAX: f64 = 50.0;
const FEW: f64 = 10.0;
/// Victims from which a figure is money or a population misread.
const TOLL_MAX: f64 = 1e6;
/// Ratio from which a changed figure changes the picture.
const STEP: f64 = 1.35;

/// What is known under one key.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Known {
    pub label: String,
    pub first: Timestamp,
    pub last: Timestamp,
    /// The first item that told it.
    pub item: ItemId,
    pub items: u32,
    /// Values of a figure in order of arrival, with who gave them.
    pub values: Vec<(f64, Option<String>)>,
    /// The figure that an explanation starts from: the latest that was read beyond doubt, for a toll the highest.
    #[serde(default)]
    pub stated: Option<f64>,
    /// Latest level of a status.
    pub level: Option<u8>,
    /// Families that told it.
    pub families: Vec<String>,
}

/// The ledger of a thread.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Ledger(pub(super) BTreeMap<String, Known>);

/// What a new fact is to the ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Novelty {
    /// The same within rounding, or a small step.
    Little,
    New,
    /// A figure that changes the picture, a turn from denial to confirmation.
    Turn,
}

/// A fact that the ledger lacks.
#[derive(Clone, Debug, PartialEq)]
pub struct New {
    pub unit: Unit,
    /// A figure's value.
    pub value: Option<f64>,
    pub novelty: Novelty,
    pub severity: f64,
    pub position: f64,
    /// A reader may be told so.
    pub sure: bool,
}

impl Ledger {
    /// Families that told of a key.
    pub fn families(&self, key: &str) -> u32 {
        self.0.get(key).map_or(0, |known| known.families.len() as u32)
    }

    /// Whether a family told of a key; `None` where nobody did.
    pub fn is_told_by(&self, key: &str, family: &str) -> Option<bool> {
        self.0.get(key).map(|known| known.families.iter().any(|own| own == family))
    }

    /// Whether a figure of about this value was told under its key.
    pub fn has_value(&self, key: &str, value: f64) -> bool {
        self.0.get(key).is_some_and(|known| known.values.iter().any(|(own, _)| is_same(*own, value)))
    }

    /// When a key was first told.
    pub fn first_told(&self, key: &str) -> Option<Timestamp> {
        self.0.get(key).map(|known| known.first)
    }

    /// The facts that are new, heaviest first.
    pub fn new_facts(&self, facts: &[Fact], cues: Cues) -> Vec<New> {
        let mut new: Vec<New> = facts.iter().filter_map(|fact| self.compare(fact, cues)).collect();
        new.sort_by(|left, right| {
            right.unit.weight.total_cmp(&left.unit.weight).then_with(|| left.unit.key.cmp(&right.unit.key))
        });
        // "Dead: 6" says that there are deaths.
        let counted: Vec<String> = new
            .iter()
            .filter(|own| own.sure && own.unit.kind == UnitKind::Quantity)
            .map(|own| own.unit.key.clone())
            .collect();
        for own in new.iter_mut().filter(|own| own.unit.kind == UnitKind::Event) {
            let count = own.unit.key.strip_prefix("event:").and_then(classes::count);
            own.sure &= count.is_none_or(|count| !counted.contains(&format!("count:{count}")));
        }
        // Two concepts of one name ("arrest") are one piece of news, and so are two speakers of one item.
        let mut seen: Vec<String> = Vec::new();
        new.retain(|own| {
            let text = own.unit.text.to_lowercase();
            let said = own.unit.kind == UnitKind::Status && own.sure;
            let text = if said { text.split(':').next().unwrap_or_default().to_owned() } else { text };
            let names = [own.unit.key.clone(), text];
            let first = !names.iter().any(|name| seen.contains(name));
            seen.extend(names);
            first
        });
        new
    }

    fn compare(&self, fact: &Fact, cues: Cues) -> Option<New> {
        let known = self.0.get(&fact.key);
        let found = match fact.kind {
            UnitKind::Quantity => figure(fact, known, cues),
            UnitKind::Status => self.status(fact, known),
            _ if known.is_some() => None,
            UnitKind::Place => Some((0.55, Novelty::New, format!("new place: {}", fact.label))),
            UnitKind::Actor => Some((0.5, Novelty::New, format!("new actor: {}", fact.label))),
            UnitKind::Event => {
                let modal = if cues.hypothetical { 0.6 } else { 1.0 };
                Some((0.25 * fact.severity * modal, Novelty::New, format!("first report of {}", fact.label)))
            }
            _ => None,
        };
        let (weight, novelty, mut text) = found?;
        if let Some(about) = fact.about.as_ref().filter(|_| fact.sure && fact.kind == UnitKind::Status) {
            text = format!("{text} — {about}");
        }
        let unit = Unit { kind: fact.kind, key: fact.key.clone(), text, weight: (weight * fact.position).min(0.9) };
        let sure = fact.sure && self.is_tellable(fact, cues);
        Some(New { unit, value: fact.value, novelty, severity: fact.severity, position: fact.position, sure })
    }

    /// Whether the difference means something to a reader. That somebody spoke, or that a headline of a plan has a grave word in
    /// it, does not; a figure of whatever kind of things is the same figure only where it is said to be revised.
    fn is_tellable(&self, fact: &Fact, cues: Cues) -> bool {
        let before = self.0.get(&fact.key).and_then(|known| known.level);
        match fact.kind {
            UnitKind::Status => match (before, fact.level) {
                (None, Some(level)) => level == 5 || level <= 1,
                (Some(before), Some(level)) => level == 5 || level == 0 || before <= 1,
                _ => false,
            },
            UnitKind::Quantity => {
                let stated = self.0.get(&fact.key).and_then(|known| known.stated).zip(fact.value);
                let toll = classes::is_toll(&fact.label) || fact.label == "troops";
                let thing = stated.is_some() && fact.position >= 1.0 && fact.label != "people";
                // A toll that falls without a word on why is another toll, and so is one that falls to nearly nothing.
                let falls = stated.is_some_and(|(before, now)| now < before);
                let jumps =
                    |(before, now): (f64, f64)| now * FALL_MAX < before || before >= FEW && now > before * RISE_MAX;
                let large = fact.value.is_some_and(|value| value >= TOLL_MAX) && toll && fact.label != "evacuated";
                if large || stated.is_some_and(|(before, now)| now == before || jumps((before, now))) {
                    return false;
                }
                let measured = classes::is_measured(&fact.label) && fact.position >= 1.0 && !cues.hypothetical;
                if cues.revised { toll || thing } else { toll && !falls || measured }
            }
            UnitKind::Event => fact.severity >= 2.0 && !cues.hypothetical,
            _ => true,
        }
    }

    /// A first word by someone, or another word than before.
    fn status(&self, fact: &Fact, known: Option<&Known>) -> Option<(f64, Novelty, String)> {
        let level = fact.level?;
        let before = known.and_then(|known| known.level);
        let family = fact.key.rsplit('/').next().unwrap_or_default();
        match before {
            Some(before) if before == level => None,
            Some(before) => {
                let turn = before.abs_diff(level) >= 3 && (before <= 1 || level <= 1 || level == 5);
                let text = match (before, level) {
                    (2..=4, 5) => format!("first confirmation: {}", fact.label),
                    (_, 0) if takes_back(fact) => format!("taken back: {}", fact.label),
                    (2..=4, 0) => format!("denial: {}", fact.label),
                    (0..=1, 2) if fact.source.as_deref() == Some("status-not-deny") => {
                        format!("{}: {} → does not deny", fact.label, classes::verb(before))
                    }
                    _ => format!("{}: {} → {}", fact.label, classes::verb(before), classes::verb(level)),
                };
                let weight = if turn {
                    0.85
                } else if level == 5 || level == 0 {
                    0.55
                } else {
                    0.2
                };
                Some((weight, if turn { Novelty::Turn } else { Novelty::New }, text))
            }
            None => {
                let others = self.speakers(family, level);
                let earlier =
                    if others.is_empty() { String::new() } else { format!(" (earlier: {})", others.join(", ")) };
                let (weight, text) = match level {
                    5 => (0.75, format!("first confirmation: {}{earlier}", fact.label)),
                    0 if takes_back(fact) => (0.75, format!("taken back: {}", fact.label)),
                    0 => (0.75, format!("first denial: {}{earlier}", fact.label)),
                    4 => (0.34, format!("first statement: {}{earlier}", fact.label)),
                    3 => (0.56, format!("{} thinks it likely", fact.label)),
                    2 => (0.45, format!("first reaction: {}", fact.label)),
                    _ => (0.2, format!("{} cannot confirm", fact.label)),
                };
                Some((weight, Novelty::New, text))
            }
        }
    }

    /// Who else said the same thing, in order of time.
    fn speakers(&self, family: &str, level: u8) -> Vec<String> {
        let ending = format!("/{family}");
        let says = |key: &str| key.starts_with("says:") && key.ends_with(&ending);
        let said = self.0.iter().filter(|(key, known)| says(key) && known.level == Some(level));
        let mut said: Vec<(Timestamp, &str)> = said.map(|(_, known)| (known.first, known.label.as_str())).collect();
        said.sort_unstable();
        said.into_iter().take(3).map(|(_, label)| label.to_owned()).collect()
    }

    /// Takes an item's facts in; the keys of the entries that went for them.
    pub fn learn(&mut self, facts: &[Fact], item: ItemId, family: &str, now: Timestamp) -> Vec<String> {
        // What stands first is taken in last: it is what the item says now, the rest is how it came to it.
        for fact in facts.iter().rev() {
            let known = self.0.entry(fact.key.clone()).or_insert_with(|| Known {
                label: fact.label.clone(),
                first: now,
                last: now,
                item,
                items: 0,
                values: Vec::new(),
                stated: None,
                level: None,
                families: Vec::new(),
            });
            known.last = known.last.max(now);
            known.items += 1;
            if let Some(value) = fact.value.filter(|value| !known.values.iter().any(|(own, _)| own == value)) {
                known.values.push((value, fact.source.clone()));
                if known.values.len() > VALUES_MAX {
                    known.values.remove(0);
                }
            }
            if let Some(value) = fact.value.filter(|_| fact.sure && fact.position >= 0.8) {
                // A toll only rises, but for one that is said to have been wrong.
                let toll = classes::is_toll(&fact.label) && !fact.revised;
                known.stated = known.stated.filter(|before| toll && *before > value).or(Some(value));
            }
            if fact.level.is_some() {
                known.level = fact.level;
            }
            if known.families.len() < 8 && !known.families.iter().any(|own| own == family) {
                known.families.push(family.to_owned());
            }
        }
        let mut gone = Vec::new();
        while self.0.len() > ENTRIES_MAX {
            let oldest = self.0.iter().min_by_key(|(key, known)| (known.last, *key)).map(|(key, _)| key.clone());
            if let Some(key) = oldest {
                self.0.remove(&key);
                gone.push(key);
            }
        }
        gone
    }
}

/// Whether a claim is withdrawn, not another's denied.
fn takes_back(fact: &Fact) -> bool {
    fact.source.as_deref() == Some("status-retract")
}

/// A figure against those known under its key.
fn figure(fact: &Fact, known: Option<&Known>, cues: Cues) -> Option<(f64, Novelty, String)> {
    let value = fact.value?;
    let counted = classes::is_counted(&fact.label);
    let by = fact.source.as_ref().map_or_else(String::new, |source| format!(" ({source})"));
    let shown = show(value, &fact.label);
    let base = if counted { 0.6 } else { 0.35 };
    let Some(known) = known.filter(|known| !known.values.is_empty()) else {
        return Some((base, Novelty::New, format!("{}: {shown}{by}", fact.label)));
    };
    if known.values.iter().any(|(own, _)| is_same(*own, value)) {
        return None;
    }
    let latest = known.values.last().map_or(value, |(own, _)| *own);
    if latest == value {
        return None;
    }
    let ratio = if value > latest { value / latest.max(1e-9) } else { latest / value.max(1e-9) };
    let within = known.values.iter().any(|(own, _)| *own > value) && known.values.iter().any(|(own, _)| *own < value);
    // One rate is not another; only who corrects a measure says which.
    let comparable = !classes::is_measured(&fact.label) || cues.revised;
    let text = match known.stated.filter(|before| *before != value && comparable) {
        Some(before) => format!("{}: {} → {shown}{by}", fact.label, show(before, &fact.label)),
        None => format!("{}: {shown}{by}", fact.label),
    };
    if cues.revised {
        return Some((0.8, Novelty::Turn, text));
    }
    if ratio >= STEP && !within {
        return Some((if counted { 0.75 } else { 0.4 }, Novelty::Turn, text));
    }
    Some((if within { 0.08 } else { 0.15 }, Novelty::Little, text))
}

/// Equal but for rounding.
fn is_same(left: f64, right: f64) -> bool {
    let larger = left.max(right);
    if larger < EXACT { left == right } else { (left - right).abs() <= ROUNDING * larger }
}

/// A figure for a reader.
fn show(value: f64, label: &str) -> String {
    let whole = if value >= 1_000.0 { large(value) } else { format!("{}", (value * 100.0).round() / 100.0) };
    match label {
        "percent" | "interest rate" | "inflation" | "unemployment" => format!("{whole} %"),
        "points" => format!("{whole} points"),
        "speed" => format!("{} km/h", value.round()),
        "duration" => format!("{} days", value.round()),
        "distance" => format!("{} m", grouped(value.round() as u64)),
        _ => whole,
    }
}

/// "12,000", "2.1 million", "10 billion".
fn large(value: f64) -> String {
    let scaled = |scale: f64, name: &str| format!("{} {name}", (value / scale * 100.0).round() / 100.0);
    match value {
        1e12.. => scaled(1e12, "trillion"),
        1e9.. => scaled(1e9, "billion"),
        1e6.. => scaled(1e6, "million"),
        _ => grouped(value.round() as u64),
    }
}

/// Thousands apart: "12,000".
fn grouped(value: u64) -> String {
    let digits = value.to_string();
    let mut shown = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            shown.push(',');
        }
        shown.push(digit);
    }
    shown
}
