//! How alike are two bags of weighted features?
//!
//! In: features (hashes of a stem, a concept, a figure) with weights. Out: sparse vectors in order of feature, their
//! cosine, overlap and decayed sums. Sums run in that order, so that equal input gives equal bytes. It knows no words.

use serde::{Deserialize, Serialize};

use super::packed;

/// A stem, a concept, a figure: half of its hash. Two of a hundred thousand that meet by chance cost nothing, the other half
/// would cost every vector twice the memory.
pub type Feature = u32;

/// The feature of a hash.
pub fn feature(hash: u64) -> Feature {
    (hash >> 32) as Feature
}

/// A sparse vector: features ascending, each once.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Vector(#[serde(with = "packed::pairs")] pub Vec<(Feature, f32)>);

impl Vector {
    /// From features in any order; weights of one feature add up.
    pub fn of(mut features: Vec<(Feature, f32)>) -> Self {
        features.sort_by(|left, right| left.0.cmp(&right.0).then(left.1.total_cmp(&right.1)));
        features.dedup_by(|next, kept| {
            let same = next.0 == kept.0;
            if same {
                kept.1 += next.1;
            }
            same
        });
        Self(features)
    }

    /// From mentions of features in any order: a feature mentioned n times alike weighs 1 + ln n mentions, or its subject's
    /// name would be all that a long text is about.
    pub fn of_mentions(mut mentions: Vec<(Feature, f32)>) -> Self {
        mentions.sort_by(|left, right| left.0.cmp(&right.0).then(right.1.total_cmp(&left.1)));
        let features = mentions.chunk_by(|left, right| left.0 == right.0).map(|same| {
            let (feature, heaviest) = same[0];
            let times = same.iter().map(|(_, weight)| weight).sum::<f32>() / heaviest.max(f32::MIN_POSITIVE);
            (feature, heaviest * (1.0 + times.max(1.0).ln()))
        });
        Self(features.collect())
    }

    /// The sum of the weights.
    pub fn mass(&self) -> f32 {
        sum(&self.0, |weight| weight)
    }

    /// Its length.
    pub fn norm(&self) -> f32 {
        sum(&self.0, |weight| weight * weight).sqrt()
    }

    /// The same direction with length 1; the empty vector stays empty.
    pub fn unit(mut self) -> Self {
        let norm = self.norm();
        if norm > 0.0 {
            self.0.iter_mut().for_each(|(_, weight)| *weight /= norm);
        }
        self
    }

    /// The weight of a feature; 0 where it has none.
    pub fn get(&self, feature: Feature) -> f32 {
        self.0.binary_search_by_key(&feature, |(own, _)| *own).map_or(0.0, |at| self.0[at].1)
    }

    /// Cosine: 0 to 1.
    pub fn cosine(&self, other: &Self) -> f64 {
        let norms = self.norm() * other.norm();
        if norms > 0.0 { f64::from(self.dot(other) / norms) } else { 0.0 }
    }

    /// Cosine without a share of the strongest common feature: likeness that does not hang on one word.
    pub fn cosine_beside(&self, other: &Self, strongest: f32) -> f64 {
        let norms = self.norm() * other.norm();
        let (mut sum, mut most) = (0.0, 0.0_f32);
        for (own, others) in self.pairs(other) {
            sum += own * others;
            most = most.max(own * others);
        }
        if norms > 0.0 { f64::from((sum - strongest * most) / norms) } else { 0.0 }
    }

    /// The scalar product.
    pub fn dot(&self, other: &Self) -> f32 {
        self.pairs(other).map(|(own, others)| own * others).sum()
    }

    /// The scalar product, and how many features both have.
    pub fn dot_and_shared(&self, other: &Self) -> (f32, usize) {
        self.pairs(other).fold((0.0, 0), |(sum, count), (own, others)| (sum + own * others, count + 1))
    }

    /// How many features both have.
    pub fn shared(&self, other: &Self) -> usize {
        self.pairs(other).count()
    }

    /// The places of the features that `other` has, too.
    pub fn shared_with<'a>(&'a self, other: &'a Self) -> impl Iterator<Item = usize> + 'a {
        self.common(other).map(|(at, _)| at)
    }

    /// Weights of the features that both have.
    fn pairs<'a>(&'a self, other: &'a Self) -> impl Iterator<Item = (f32, f32)> + 'a {
        self.common(other).map(|(at, there)| (self.0[at].1, other.0[there].1))
    }

    /// Places of the features that both have, here and there. Both lists are walked side by side, without a branch to guess
    /// wrong.
    fn common<'a>(&'a self, other: &'a Self) -> impl Iterator<Item = (usize, usize)> + 'a {
        let (mut at, mut there) = (0, 0);
        std::iter::from_fn(move || {
            while let (Some((own, _)), Some((others, _))) = (self.0.get(at), other.0.get(there)) {
                let found = (at, there);
                at += usize::from(own <= others);
                there += usize::from(others <= own);
                if own == others {
                    return Some(found);
                }
            }
            None
        })
    }

    /// This vector times `keep`, plus `other`; only the `limit` heaviest features stay.
    pub fn blend(&mut self, keep: f32, other: &Self, limit: usize) {
        let mut sum = Vec::with_capacity(self.0.len() + other.0.len());
        let mut others = other.0.iter().copied().peekable();
        for &(feature, weight) in &self.0 {
            while let Some(before) = others.next_if(|(own, _)| *own < feature) {
                sum.push(before);
            }
            let added = others.next_if(|(own, _)| *own == feature).map_or(0.0, |(_, weight)| weight);
            sum.push((feature, weight * keep + added));
        }
        sum.extend(others);
        *self = Self(sum).heaviest(limit);
    }

    /// Only the `limit` heaviest features; ties go to the smaller hash.
    pub fn heaviest(mut self, limit: usize) -> Self {
        if self.0.len() > limit {
            self.0.select_nth_unstable_by(limit, heavier_first);
            self.0.truncate(limit);
            self.0.sort_unstable_by_key(|(feature, _)| *feature);
        }
        self
    }

    /// The heaviest features, at most `limit`, in no order.
    pub fn top(&self, limit: usize) -> Vec<(Feature, f32)> {
        let mut features = self.0.clone();
        if features.len() > limit {
            features.select_nth_unstable_by(limit, heavier_first);
            features.truncate(limit);
        }
        features
    }
}

/// A sum over the weights, in four lanes: one would wait for itself at each step.
fn sum(features: &[(Feature, f32)], of: impl Fn(f32) -> f32) -> f32 {
    let (chunks, rest) = features.as_chunks::<4>();
    let mut lanes = [0.0; 4];
    for chunk in chunks {
        for (lane, (_, weight)) in lanes.iter_mut().zip(chunk) {
            *lane += of(*weight);
        }
    }
    lanes.iter().sum::<f32>() + rest.iter().map(|(_, weight)| of(*weight)).sum::<f32>()
}

/// Heaviest first; ties go to the smaller hash, so that the order is one for equal input.
fn heavier_first(left: &(Feature, f32), right: &(Feature, f32)) -> std::cmp::Ordering {
    right.1.total_cmp(&left.1).then(left.0.cmp(&right.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cosine_and_cover() {
        let left = Vector::of(vec![(3, 1.0), (1, 2.0), (3, 1.0)]);
        let right = Vector::of(vec![(3, 2.0), (9, 2.0)]);
        assert_eq!(left.0, vec![(1, 2.0), (3, 2.0)]);
        assert!((left.cosine(&right) - 0.5).abs() < 1e-6);
        assert_eq!(left.cosine(&Vector::default()), 0.0);
    }

    #[test]
    fn only_the_heaviest_stay() {
        let mut sum = Vector::of(vec![(1, 1.0), (2, 3.0)]);
        sum.blend(0.5, &Vector::of(vec![(3, 2.0)]), 2);
        assert_eq!(sum.0, vec![(2, 1.5), (3, 2.0)]);
    }
}
