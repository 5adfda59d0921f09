//! Is what is new enough to tell?
//!
//! In: what an item has that the thread's ledger lacks, and how like it is to what the watch had before. Out: the chance that
//! an editor would call it a development, 0 to 1. A logistic model with few, named signals, fitted on labelled timelines
//! (`tools/novelty/fit.py`); `replay --json` shows each item's. It knows no watch and no level.

use super::genre::Genre;
use super::ledger::{New, Novelty};
use super::likeness::Likeness;
use crate::model::{Class, UnitKind};

/// Weight of a counted figure that changes the picture; measures and money weigh less.
const TURN_WEIGHT: f64 = 0.7;
const TURN_CHANCE: f64 = 0.5;

/// The least chance of a correction, and the likeness to an earlier one from which it is the same.
const CORRECTION_CHANCE: f64 = 0.6;
const SAME_CORRECTION: f64 = 0.5;

/// Hours of silence that count; a month is as good as a year.
const SINCE_HOURS_MAX: f64 = 24.0 * 30.0;

/// The model: its signals in the order of [`signals`], and their weights, which `tools/novelty/fit.py` fits: logistic regression
/// over labelled timelines, cross-validated over stories, `always` set for the threshold [`super::decide::TELL`]. Signals that
/// cross-validation can do without are not in it.
pub const MODEL: [(&str, f64); 13] = [
    ("always", -1.88),
    ("opens", 0.60),
    ("retells", -4.31),
    ("typed", 1.65),
    ("headline", 0.55),
    ("headline_typed", -1.29),
    ("figures_known", -0.96),
    ("since_told", 0.50),
    ("covered", -3.07),
    ("headline_covered", -4.73),
    ("rank", 0.40),
    ("foreign_concepts", -3.59),
    ("untold", -2.00),
];

/// What is known of an item besides its words.
#[derive(Clone, Copy, Debug, Default)]
pub struct Origin {
    pub genre: Genre,
    /// No thread of its watch had it.
    pub opens: bool,
    /// It says that something told before is wrong.
    pub corrects: bool,
    /// Hours since the watch's last development; none where nothing was told.
    pub since_told: Option<f64>,
    /// Nothing but a headline.
    pub headline_only: bool,
    /// The thread had all figures of the headline, and there are some.
    pub figures_known: bool,
}

/// The model's view of an item.
pub fn signals(new: &[New], origin: &Origin, like: &Likeness) -> [f64; MODEL.len()] {
    let flag = |set: bool| f64::from(u8::from(set));
    let typed = typed(new);
    // A headline has few words and few units: those that it shares say more, those that it lacks less.
    let headline = flag(origin.headline_only);
    [
        1.0,
        flag(origin.opens),
        flag(origin.genre.retells()),
        typed,
        headline,
        headline * typed,
        flag(origin.figures_known),
        (1.0 + origin.since_told.unwrap_or(SINCE_HOURS_MAX).clamp(0.0, SINCE_HOURS_MAX)).ln(),
        like.covered,
        headline * like.covered,
        like.rank.max(1.0).ln(),
        like.concepts_foreign,
        like.untold,
    ]
}

/// The chance that the signals make a development.
pub fn chance(signals: &[f64; MODEL.len()]) -> f64 {
    let sum: f64 = signals.iter().zip(MODEL).map(|(signal, (_, weight))| signal * weight).sum();
    1.0 / (1.0 + (-sum).exp())
}

/// The least chance that a turn gives, in whatever words it comes: a toll in the headline that changes the picture. A copy whose
/// only change is a figure that matters is the strongest signal there is (methods.md, section 3.4), and its words hide it.
/// `had`: whether the thread had the figure, of whatever and in whatever language.
pub fn floor(new: &[New], genre: Genre, had: impl Fn(f64) -> bool) -> f64 {
    let turn = |own: &New| {
        own.unit.kind == UnitKind::Quantity
            && own.novelty == Novelty::Turn
            && own.position >= 1.0
            && own.unit.weight >= TURN_WEIGHT
            && !own.value.is_some_and(&had)
    };
    if !genre.retells() && new.iter().any(turn) { TURN_CHANCE } else { 0.0 }
}

/// The least chance of an item that takes back what was told: whoever was told has to hear of it, in whatever words. One that
/// tells of a correction already made, or follows one within hours, is no other than any item.
pub fn correction(origin: &Origin, like: &Likeness) -> f64 {
    let new = origin.corrects && origin.since_told.is_some() && like.correction < SAME_CORRECTION;
    if new { CORRECTION_CHANCE } else { 0.0 }
}

/// The weight of all that is new, at most two of a kind and six in all (methods.md, section 3.6).
pub fn typed(new: &[New]) -> f64 {
    let mut rest = 1.0;
    let mut counts = std::collections::BTreeMap::new();
    for own in new.iter().take(12) {
        let count = counts.entry(own.unit.kind).or_insert(0);
        *count += 1;
        if *count <= 2 {
            rest *= 1.0 - own.unit.weight.min(0.9);
        }
    }
    1.0 - rest
}

/// How much a development matters.
pub fn class(new: &[New], score: f64, opens: bool) -> Class {
    let grave = new.iter().any(|own| {
        own.novelty == Novelty::Turn && own.position >= 0.8
            || own.unit.kind == UnitKind::Event && own.severity >= 3.0 && own.position >= 0.8
            || own.unit.kind == UnitKind::Status && own.unit.weight >= 0.7
    });
    match score {
        score if score >= 0.5 && grave => Class::Major,
        score if score >= 0.35 || opens => Class::Notable,
        _ => Class::Minor,
    }
}
