//! How much of an item could a watch's reader know?
//!
//! In: an item's reading, and traces of the items that its watch had before. Out: how like the item is to the one that comes
//! nearest, counted in several ways, and how long ago that was. What is in every item of the watch tells none apart and weighs
//! little; what was told long ago, in hours or in items, is less likely to be told again. It decides nothing.

use super::reading::Reading;
use super::thread::Trace;
use super::vector::{Feature, Vector};
use crate::model::{ItemId, Timestamp};

/// Items of the watch after which words are a third as likely to retell one: outlets retell what came last.
const FADE_ITEMS: f64 = 12.0;
/// Hours after which the concepts of an item in another language are a third as likely to be the same news.
const FADE_HOURS: f64 = 24.0;
/// Hours after which an item in another language is half as likely to be the same news, whatever it says.
const UNTOLD_HOURS: f64 = 8.0;

/// How much of an item was there before: shares are 0 to 1.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Likeness {
    /// Share of its words in the best single item in its language.
    pub words: f64,
    /// The same, fading with the items since: the less the more of them it is, and never where it is all.
    pub words_recent: f64,
    /// Share of its concepts, names and figures in the best single item in another language, fading with the hours since.
    pub concepts_foreign: f64,
    /// How many items ago the one came that it is most like; 0 where there is none.
    pub rank: f64,
    /// The item it is most like.
    pub nearest: Option<ItemId>,
    /// Share of its words or its concepts in the best single item that corrects something.
    pub correction: f64,
    /// Nearness in time, 1 to 0, of the latest development where that was told in other languages only: an item in this one
    /// probably retells it.
    pub untold: f64,
}

/// The likeness of an item to what came before, oldest first.
pub fn likeness(traces: &[&Trace], reading: &Reading, lang: &str, now: Timestamp) -> Likeness {
    let native = traces.iter().filter(|trace| trace.lang == lang);
    let words = Rarity::among(&reading.words, native.map(|trace| &trace.words));
    let concepts = Rarity::among(&reading.bare, traces.iter().map(|trace| &trace.bare));
    let mut like = Likeness::default();
    let mut best = 0.0;
    for (at, trace) in traces.iter().enumerate() {
        let hours = (now.duration_since(trace.at).as_secs_f64() / 3_600.0).max(0.0);
        let rank = (traces.len() - at) as f64;
        let is_native = trace.lang == lang;
        let own_words = if is_native { words.share_in(&trace.words) } else { 0.0 };
        let own_concepts = concepts.share_in(&trace.bare);
        // Of equals the latest.
        if own_words + own_concepts >= best && own_words + own_concepts > 0.0 {
            best = own_words + own_concepts;
            (like.rank, like.nearest) = (rank, Some(trace.item));
        }
        if trace.corrects {
            like.correction = like.correction.max(own_words).max(own_concepts);
        }
        if is_native {
            like.words = like.words.max(own_words);
            like.words_recent = like.words_recent.max(own_words * (-rank / FADE_ITEMS * (1.0 - own_words)).exp());
            // Told in this language since: a further item of it is compared by its words.
            like.untold = 0.0;
        } else {
            like.concepts_foreign = like.concepts_foreign.max(own_concepts * (-hours / FADE_HOURS).exp());
            if trace.told {
                like.untold = (-hours * std::f64::consts::LN_2 / UNTOLD_HOURS).exp();
            }
        }
    }
    like
}

/// An item's features, weighed by how few earlier items have them.
struct Rarity(Vector);

impl Rarity {
    fn among<'a>(features: &Vector, earlier: impl Iterator<Item = &'a Vector>) -> Self {
        let mut counts = vec![0.0_f32; features.0.len()];
        let mut items = 0.0;
        for other in earlier {
            items += 1.0;
            features.shared_with(other).for_each(|at| counts[at] += 1.0);
        }
        let weigh = |(count, (feature, weight)): (&f32, &(Feature, f32))| {
            (*feature, weight * (1.0 + (items + 1.0) / (count + 0.5)).ln())
        };
        Self(Vector(counts.iter().zip(&features.0).map(weigh).collect()))
    }

    fn share_in(&self, other: &Vector) -> f64 {
        self.0.covered_by(other)
    }
}
