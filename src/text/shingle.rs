//! How much of one text is in another?
//!
//! In: the hashes of a text's words, in order. Out: its set of n-word shingles, and the share of the smaller of two sets
//! that the other contains (Broder 1997). Containment, not Jaccard: a wire copy is cut (methods.md, section 1.4). It keeps
//! no text and knows no language.

use xxhash_rust::xxh3::xxh3_64;

/// Shingles kept of one text. A longer text is sampled below a fixed cut of the hash space, the same for every text, so
/// that containment stays unbiased between texts of unequal length; plain bottom-k is not.
pub const SHINGLES_KEPT: usize = 256;

/// A text's shingles, sorted, each once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shingles {
    /// Hashes at most `cut`. Half a hash is enough: two texts of 256 share one by chance once in 60,000 pairs.
    hashes: Vec<u32>,
    cut: u32,
}

impl Shingles {
    /// The shingles of `n` words each; a text shorter than that is one shingle.
    pub fn of(words: &[u64], n: usize) -> Self {
        let mut hashes: Vec<u32> = match words.len() {
            0 => Vec::new(),
            short if short < n => vec![hash(words)],
            _ => words.windows(n.max(1)).map(hash).collect(),
        };
        hashes.sort_unstable();
        hashes.dedup();
        let mut cut = u32::MAX;
        // Halving the hash space until few enough are left makes any two cuts comparable: the smaller holds for both.
        while hashes.partition_point(|hash| *hash <= cut) > SHINGLES_KEPT {
            cut >>= 1;
        }
        hashes.truncate(hashes.partition_point(|hash| *hash <= cut));
        Self { hashes, cut }
    }

    /// Back from what was stored: [`Self::hashes`] and [`Self::cut`].
    pub fn from_parts(hashes: Vec<u32>, cut: u32) -> Self {
        Self { hashes, cut }
    }

    /// The hashes kept, ascending.
    pub fn hashes(&self) -> &[u32] {
        &self.hashes
    }

    /// The largest hash that would have been kept.
    pub fn cut(&self) -> u32 {
        self.cut
    }

    /// The share of the smaller text's shingles that the larger one has: 0 to 1.
    pub fn containment(&self, other: &Self) -> f64 {
        let (shared, own, others) = self.compare(other);
        if own.min(others) == 0 { 0.0 } else { shared as f64 / own.min(others) as f64 }
    }

    /// The share of this text's shingles that `other` has.
    pub fn share_in(&self, other: &Self) -> f64 {
        let (shared, own, _) = self.compare(other);
        if own == 0 { 0.0 } else { shared as f64 / own as f64 }
    }

    /// Shared shingles, and how many each has, below the cut that holds for both.
    fn compare(&self, other: &Self) -> (usize, usize, usize) {
        let cut = self.cut.min(other.cut);
        let below = |set: &Self| set.hashes.partition_point(|hash| *hash <= cut);
        let (own, others) = (&self.hashes[..below(self)], &other.hashes[..below(other)]);
        (shared(own, others), own.len(), others.len())
    }
}

/// How many values two ascending lists share.
pub fn shared<T: Ord>(left: &[T], right: &[T]) -> usize {
    let (mut i, mut j, mut count) = (0, 0, 0);
    while i < left.len() && j < right.len() {
        match left[i].cmp(&right[j]) {
            std::cmp::Ordering::Less => i += 1,
            std::cmp::Ordering::Greater => j += 1,
            std::cmp::Ordering::Equal => {
                count += 1;
                i += 1;
                j += 1;
            }
        }
    }
    count
}

fn hash(words: &[u64]) -> u32 {
    let mut bytes = [0u8; 64];
    let mut at = 0;
    for word in words.iter().take(8) {
        bytes[at..at + 8].copy_from_slice(&word.to_le_bytes());
        at += 8;
    }
    (xxh3_64(&bytes[..at]) >> 32) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cut_copy_is_contained() {
        let long: Vec<u64> = (0..4_000).map(|word| word * 7919).collect();
        let whole = Shingles::of(&long, 4);
        let cut = Shingles::of(&long[..400], 4);
        let other = Shingles::of(&(0..400).map(|word| word * 104_729 + 1).collect::<Vec<_>>(), 4);
        assert!(whole.hashes().len() <= SHINGLES_KEPT);
        assert!(whole.containment(&cut) > 0.99, "{}", whole.containment(&cut));
        assert!(whole.containment(&other) < 0.01);
        assert!(whole.share_in(&cut) < 0.2);
    }

    #[test]
    fn the_empty_text_is_in_nothing() {
        assert_eq!(Shingles::of(&[], 3).containment(&Shingles::of(&[1, 2], 3)), 0.0);
        assert_eq!(Shingles::of(&[1, 2], 3).containment(&Shingles::of(&[1, 2], 3)), 1.0);
    }
}
