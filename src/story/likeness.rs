//! How much of an item could a watch's reader know?
//!
//! In: an item's reading, and traces of the items that its watch had before. Out: how like the item is to the one that comes
//! nearest, counted in several ways, and how long ago that was. What is in every item of the watch tells none apart and weighs
//! little; what was told long ago, in hours or in items, is less likely to be told again. It decides nothing.

use super::reading::Reading;
use super::thread::Trace;
use super::vector::{Feature, Vector};
use crate::model::{ItemId, Timestamp};

/// Items of the watch after which a word that one had counts a third of it as known: outlets retell what came last.
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
    /// Share of its words that any item in its language had, each fading with the items since: one writer's words for what two
    /// others told are rarely all in one of theirs.
    pub covered: f64,
    /// Share of its concepts, names and figures in the best single item in another language, fading with the hours since.
    pub concepts_foreign: f64,
    /// How many items ago the one came that it is most like; 0 where there is none.
    pub rank: f64,
    /// The item it is most like.
    pub nearest: Option<ItemId>,
    /// Share of its words or its concepts in the best single item that corrects something, or nearness in time to one that was
    /// told: others correct the same in other words and languages.
    pub correction: f64,
    /// Nearness in time, 1 to 0, of the latest development where that was told in other languages only: an item in this one
    /// probably retells it.
    pub untold: f64,
}

/// The likeness of an item to what came before, oldest first.
pub fn likeness(traces: &[&Trace], reading: &Reading, lang: &str, now: Timestamp) -> Likeness {
    let rank = |at: usize| (traces.len() - at) as f64;
    let native: Vec<usize> = (0..traces.len()).filter(|&at| traces[at].lang == lang).collect();
    let words = Shared::among(&reading.words, native.iter().map(|&at| &traces[at].words));
    let concepts = Shared::among(&reading.bare, traces.iter().map(|trace| &trace.bare));
    let covered = words.covered(|own| (-rank(native[own]) / FADE_ITEMS).exp());
    let mut like = Likeness { covered, ..Likeness::default() };
    let mut words = native.iter().enumerate().map(|(own, &at)| (at, words.share(own))).peekable();
    let mut best = 0.0;
    for (at, trace) in traces.iter().enumerate() {
        let hours = (now.duration_since(trace.at).as_secs_f64() / 3_600.0).max(0.0);
        let native = words.next_if(|(own, _)| *own == at);
        let own_words = native.map_or(0.0, |(_, share)| share);
        let own_concepts = concepts.share(at);
        // Of equals the latest.
        if own_words + own_concepts >= best && own_words + own_concepts > 0.0 {
            best = own_words + own_concepts;
            (like.rank, like.nearest) = (rank(at), Some(trace.item));
        }
        if trace.corrects {
            let echo = if trace.told { (-hours * std::f64::consts::LN_2 / UNTOLD_HOURS).exp() } else { 0.0 };
            like.correction = like.correction.max(own_words).max(own_concepts).max(echo);
        }
        if native.is_some() {
            like.words = like.words.max(own_words);
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

/// Which of an item's features each earlier item has, and what they weigh: the more, the fewer items have them.
struct Shared {
    weights: Vec<f32>,
    mass: f32,
    /// Places of the features, an earlier item after the other, and where each one's end.
    places: Vec<usize>,
    ends: Vec<usize>,
}

impl Shared {
    fn among<'a>(features: &Vector, earlier: impl Iterator<Item = &'a Vector>) -> Self {
        let mut counts = vec![0.0_f32; features.0.len()];
        let (mut places, mut ends) = (Vec::new(), vec![0]);
        for other in earlier {
            places.extend(features.shared_with(other).inspect(|&at| counts[at] += 1.0));
            ends.push(places.len());
        }
        let items = ends.len() as f32;
        let weigh = |(count, (_, weight)): (&f32, &(Feature, f32))| weight * (1.0 + items / (count + 0.5)).ln();
        let weights: Vec<f32> = counts.iter().zip(&features.0).map(weigh).collect();
        Self { mass: weights.iter().sum(), weights, places, ends }
    }

    /// Share of the item's mass that an earlier one has.
    fn share(&self, earlier: usize) -> f64 {
        let places = &self.places[self.ends[earlier]..self.ends[earlier + 1]];
        let shared: f32 = places.iter().map(|&at| self.weights[at]).sum();
        if self.mass > 0.0 { f64::from(shared / self.mass) } else { 0.0 }
    }

    /// Share of the item's mass that any earlier one has, each feature counted as far as the latest that has it keeps it.
    fn covered(&self, keep: impl Fn(usize) -> f64) -> f64 {
        let mut kept = vec![0.0; self.weights.len()];
        for earlier in 0..self.ends.len() - 1 {
            let keep = keep(earlier);
            self.places[self.ends[earlier]..self.ends[earlier + 1]].iter().for_each(|&at| kept[at] = keep);
        }
        let covered: f64 = kept.iter().zip(&self.weights).map(|(kept, weight)| kept * f64::from(*weight)).sum();
        if self.mass > 0.0 { covered / f64::from(self.mass) } else { 0.0 }
    }
}
