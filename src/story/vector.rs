//! How alike are two bags of weighted features?
//!
//! In: features (64-bit hashes of a stem, a concept, a figure) with weights. Out: sparse vectors in order of feature, their
//! cosine, overlap and decayed sums. Sums run in that order, so that equal input gives equal bytes. It knows no words.

use serde::{Deserialize, Serialize};

/// A sparse vector: features ascending, each once.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Vector(pub Vec<(u64, f32)>);

impl Vector {
    /// From features in any order; weights of one feature add up.
    pub fn of(mut features: Vec<(u64, f32)>) -> Self {
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
    pub fn of_mentions(mut mentions: Vec<(u64, f32)>) -> Self {
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
        self.0.iter().map(|(_, weight)| weight).sum()
    }

    fn norm(&self) -> f32 {
        self.0.iter().map(|(_, weight)| weight * weight).sum::<f32>().sqrt()
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
    pub fn get(&self, feature: u64) -> f32 {
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

    /// The share of this vector's mass on features that `other` has, too.
    pub fn covered_by(&self, other: &Self) -> f64 {
        let mass = self.mass();
        if mass > 0.0 { f64::from(self.pairs(other).map(|(own, _)| own).sum::<f32>() / mass) } else { 0.0 }
    }

    /// How many features both have.
    pub fn shared(&self, other: &Self) -> usize {
        self.pairs(other).count()
    }

    /// Weights of the features that both have.
    fn pairs<'a>(&'a self, other: &'a Self) -> impl Iterator<Item = (f32, f32)> + 'a {
        // The shorter list is walked, the longer searched forward.
        let (short, long, swapped) =
            if self.0.len() <= other.0.len() { (&self.0, &other.0, false) } else { (&other.0, &self.0, true) };
        let mut from = 0;
        short.iter().filter_map(move |(feature, weight)| {
            from += long[from..].partition_point(|(own, _)| own < feature);
            let (found, others) = *long.get(from)?;
            (found == *feature).then_some(if swapped { (others, *weight) } else { (*weight, others) })
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

    /// Features from the heaviest down, at most `limit`.
    pub fn top(&self, limit: usize) -> Vec<u64> {
        let mut features = self.0.clone();
        if features.len() > limit {
            features.select_nth_unstable_by(limit, heavier_first);
            features.truncate(limit);
        }
        features.sort_unstable_by(heavier_first);
        features.into_iter().map(|(feature, _)| feature).collect()
    }
}

/// Heaviest first; ties go to the smaller hash, so that the order is one for equal input.
fn heavier_first(left: &(u64, f32), right: &(u64, f32)) -> std::cmp::Ordering {
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
        assert!((left.covered_by(&right) - 0.5).abs() < 1e-6);
        assert_eq!(left.cosine(&Vector::default()), 0.0);
    }

    #[test]
    fn only_the_heaviest_stay() {
        let mut sum = Vector::of(vec![(1, 1.0), (2, 3.0)]);
        sum.blend(0.5, &Vector::of(vec![(3, 2.0)]), 2);
        assert_eq!(sum.0, vec![(2, 1.5), (3, 2.0)]);
    }
}
