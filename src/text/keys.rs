//! How is a table kept whose keys are hashes already?
//!
//! In: keys that are hashes, or halves of them. Out: a map that hashes them no further. Its order is no order: nothing may
//! depend on it.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// A table keyed by hashes.
pub type KeyMap<V> = HashMap<u64, V, BuildHasherDefault<PassThrough>>;

/// A table keyed by halves of hashes.
pub type HalfKeyMap<V> = HashMap<u32, V, BuildHasherDefault<PassThrough>>;

/// Passes a key on.
#[derive(Clone, Copy, Debug, Default)]
pub struct PassThrough(u64);

impl Hasher for PassThrough {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(byte);
        }
    }

    fn write_u32(&mut self, half: u32) {
        // The map looks at the top and at the bottom bits.
        self.0 = u64::from(half).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }

    fn write_u64(&mut self, key: u64) {
        self.0 = key;
    }
}
