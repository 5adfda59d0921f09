//! Is what is new enough to tell?
//!
//! In: what an item has that the thread's ledger lacks, and how much of its words the thread had. Out: the chance that an
//! editor would call it a development, 0 to 1. A logistic model with few, named signals, fitted on labelled timelines; its
//! weights are data, its signals are explained one by one. It knows no watch and no level.

use super::facts::Cues;
use super::genre::Genre;
use super::ledger::{New, Novelty};
use super::thread::Likeness;
use crate::model::{Class, UnitKind};

/// Signals of the model.
pub const SIGNALS: usize = 30;

/// Names of the signals, in their order.
pub const NAMES: [&str; SIGNALS] = [
    "constant", "typed", "event", "place", "actor", "figure", "figure-turn", "status", "status-turn", "first-time", "revised",
    "foreign", "words-best", "words-all", "title-all", "title-best", "bare-recent", "bare-all", "since-told", "retells",
    "untold", "untold-bare", "echo", "since-item", "update", "derived", "version", "hypothetical", "headline-only", "bare-best",
];

/// Fitted weights; `constant` first.
const WEIGHTS: [f64; SIGNALS] = [
    0.0, 2.0, 0.5, 0.3, 0.3, 0.3, 1.0, 0.3, 1.0, 0.5, 0.5, -0.6, -2.0, -1.0, -0.5, -1.0, -1.5, -0.3, 0.35, -2.5, //
    -1.0, -0.5, -0.3, 0.0, 0.5, 0.0, 0.0, 0.0, 0.0, 0.0,
];

/// How the item came to be.
#[derive(Clone, Copy, Debug, Default)]
pub struct Origin {
    /// An earlier item's words but for something critical.
    pub update: bool,
    /// Much in common with one earlier item.
    pub derived: bool,
    /// A further version of itself.
    pub version: bool,
    /// Nothing but a headline.
    pub headline_only: bool,
}

/// The model's view of an item.
pub fn signals(new: &[New], cues: Cues, genre: Genre, origin: Origin, like: &Likeness) -> [f64; SIGNALS] {
    let of = |kind: UnitKind| new.iter().filter(move |own| own.unit.kind == kind);
    let heaviest = |kind| of(kind).map(|own| own.unit.weight).fold(0.0, f64::max);
    let turn = |kind| f64::from(u8::from(of(kind).any(|own| own.novelty == Novelty::Turn && own.position >= 0.6)));
    let flag = |set: bool| f64::from(u8::from(set));
    let foreign = like.same_language == 0;
    let native = |value: f64| if foreign { 0.0 } else { value };
    [
        1.0,
        typed(new),
        heaviest(UnitKind::Event),
        heaviest(UnitKind::Place),
        heaviest(UnitKind::Actor),
        heaviest(UnitKind::Quantity),
        turn(UnitKind::Quantity),
        heaviest(UnitKind::Status),
        turn(UnitKind::Status),
        flag(cues.first),
        flag(cues.revised),
        flag(foreign),
        native(like.words_best),
        native(like.words_all),
        native(like.title_all),
        native(like.title_best),
        like.bare_recent,
        like.bare_all,
        (1.0 + like.since_told.min(24.0 * 30.0)).ln(),
        flag(genre.retells()),
        like.untold,
        like.untold_bare,
        like.echo,
        (1.0 + like.since_item.min(24.0 * 30.0)).ln(),
        flag(origin.update),
        flag(origin.derived),
        flag(origin.version),
        flag(cues.hypothetical),
        flag(origin.headline_only),
        like.bare_best,
    ]
}

/// The chance that the signals make a development.
pub fn chance(signals: &[f64; SIGNALS]) -> f64 {
    let weights = lab_weights();
    let sum: f64 = signals.iter().zip(weights).map(|(signal, weight)| signal * weight).sum();
    1.0 / (1.0 + (-sum).exp())
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

fn lab_weights() -> &'static [f64] {
    static W: std::sync::OnceLock<Vec<f64>> = std::sync::OnceLock::new();
    W.get_or_init(|| match std::env::var("WEIGHTS") {
        Ok(path) => std::fs::read_to_string(path).unwrap().split_whitespace().map(|value| value.parse().unwrap()).collect(),
        Err(_) => WEIGHTS.to_vec(),
    })
}
