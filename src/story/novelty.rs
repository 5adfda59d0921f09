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
const SIGNALS: usize = 26;

/// Weight of a counted figure that changes the picture; measures and money weigh less.
const TURN_WEIGHT: f64 = 0.7;
const TURN_CHANCE: f64 = 0.5;

/// Hours of silence that count; a month is as good as a year.
const SINCE_HOURS_MAX: f64 = 24.0 * 30.0;

/// Fitted weights in the order of [`signals`]; logistic regression over labelled timelines, cross-validated over stories, the
/// constant set where precision and recall meet at [`super::decide::TELL`].
const WEIGHTS: [f64; SIGNALS] = [
    0.15, 0.27, 0.38, 0.27, 0.45, 0.21, -0.88, -1.09, 0.36, -0.95, -0.79, -0.26, 0.40, //
    -2.14, -0.98, -1.19, -0.19, -1.07, -0.19, -1.73, -0.26, -0.15, -0.71, 0.52, -0.39, 0.26,
];

/// How the item came to be.
#[derive(Clone, Copy, Debug, Default)]
pub struct Origin {
    /// Much in common with one earlier item.
    pub derived: bool,
    /// Nothing but a headline.
    pub headline_only: bool,
}

/// The model's view of an item. `figures`: whether the thread had all figures of the headline, where it has any.
pub fn signals(
    new: &[New],
    cues: Cues,
    genre: Genre,
    origin: Origin,
    figures: Option<bool>,
    like: &Likeness,
) -> [f64; SIGNALS] {
    let of = |kind: UnitKind| new.iter().filter(move |own| own.unit.kind == kind);
    let heaviest = |kind| of(kind).map(|own| own.unit.weight).fold(0.0, f64::max);
    let flag = |set: bool| f64::from(u8::from(set));
    let foreign = like.same_language == 0;
    let native = |value: f64| if foreign { 0.0 } else { value };
    [
        1.0,
        typed(new),
        heaviest(UnitKind::Event),
        heaviest(UnitKind::Actor),
        flag(cues.first),
        flag(cues.revised),
        flag(foreign),
        native(like.words_best),
        native(like.title_all),
        native(like.title_best),
        like.bare_recent,
        like.bare_all,
        (1.0 + like.since_told.min(SINCE_HOURS_MAX)).ln(),
        flag(genre.retells()),
        like.untold,
        like.untold_bare,
        like.echo,
        like.cosine,
        flag(origin.derived),
        if origin.headline_only { like.cosine } else { 0.0 },
        flag(cues.hypothetical),
        flag(origin.headline_only),
        like.bare_best,
        flag(figures == Some(false)),
        flag(figures == Some(true)),
        like.title_bare,
    ]
}

/// The chance that the signals make a development.
pub fn chance(signals: &[f64; SIGNALS]) -> f64 {
    let sum: f64 = signals.iter().zip(WEIGHTS).map(|(signal, weight)| signal * weight).sum();
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
