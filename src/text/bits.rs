//! Is a key perhaps in a set?
//!
//! In: keys, which are hashes. Out: no, or perhaps (B. Bloom, 1970, with one hash): most of what is looked up is not there,
//! and this says so from memory that stays near. It never says no to a key that was added.

/// So many words of 64 bits, a power of two.
#[derive(Clone, Debug)]
pub struct Bits<const WORDS: usize>(Box<[u64; WORDS]>);

impl<const WORDS: usize> Default for Bits<WORDS> {
    fn default() -> Self {
        Self(Box::new([0; WORDS]))
    }
}

impl<const WORDS: usize> Bits<WORDS> {
    /// Adds a key.
    pub fn add(&mut self, key: u64) {
        self.0[(key >> 6) as usize % WORDS] |= 1 << (key & 63);
    }

    /// Whether the key may have been added.
    pub fn may_have(&self, key: u64) -> bool {
        self.0[(key >> 6) as usize % WORDS] >> (key & 63) & 1 == 1
    }
}

impl<const WORDS: usize> FromIterator<u64> for Bits<WORDS> {
    fn from_iter<I: IntoIterator<Item = u64>>(keys: I) -> Self {
        let mut bits = Self::default();
        keys.into_iter().for_each(|key| bits.add(key));
        bits
    }
}
