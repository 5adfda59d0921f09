//! Can a watch hold for a document at all?
//!
//! In: for each watch, clauses, each a set of bits of which a document must have one; then the bits of a document. Out: no,
//! or perhaps: two words may share a bit. It never says no to a watch that holds.

use crate::text::bits::Bits;

/// What a document has: its words and concepts as bits, which are the values of `u16`: 8 kB.
pub(super) type Present = Bits<{ 1 << 10 }>;

/// The bit of a word's key.
pub(super) fn bit_of_key(key: u64) -> u16 {
    (key >> 40) as u16
}

/// The bit of a group of concepts.
pub(super) fn bit_of_group(group: u32) -> u16 {
    bit_of_key(u64::from(group).wrapping_mul(0x9e37_79b9_7f4a_7c15))
}

/// The clauses of all watches, one after the other.
#[derive(Clone, Debug, Default)]
pub(super) struct Guards {
    bits: Vec<u16>,
    /// By clause, where its bits end.
    clauses: Vec<u32>,
    /// By watch, where its clauses end.
    watches: Vec<u32>,
}

impl Guards {
    /// Adds the clauses of the next watch.
    pub fn push(&mut self, clauses: Vec<Vec<u16>>) {
        for clause in clauses {
            self.bits.extend(clause);
            self.clauses.push(self.bits.len() as u32);
        }
        self.watches.push(self.clauses.len() as u32);
    }

    /// Whether the document has something of each clause of a watch.
    pub fn admit(&self, watch: u32, present: &Present) -> bool {
        let clauses = range(&self.watches, watch as usize);
        clauses
            .into_iter()
            .all(|clause| self.bits[range(&self.clauses, clause)].iter().any(|&bit| present.may_have(bit.into())))
    }
}

/// The range that ends at `ends[at]` and starts where the one before ends.
fn range(ends: &[u32], at: usize) -> std::ops::Range<usize> {
    let start = at.checked_sub(1).map_or(0, |before| ends[before]);
    start as usize..ends[at] as usize
}
