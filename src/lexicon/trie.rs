//! Which names begin at this word?
//!
//! In: sequences of word keys, each ending in a name; then the keys of a text. Out: the names that the keys spell.
//! One hash table holds all edges, so that a step costs one look-up however many names there are. Prefix names hang
//! off the node before their last word. It knows no language and no case: that is checked where a name ends.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// Keys are hashes already.
#[derive(Clone, Copy, Default)]
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
    fn write_u64(&mut self, key: u64) {
        self.0 = key;
    }
}

/// A table keyed by hashes.
pub type KeyMap<V> = HashMap<u64, V, BuildHasherDefault<PassThrough>>;

/// Where names over words start, and names over characters.
pub(super) const WORDS: u32 = 0;
pub(super) const CHARACTERS: u32 = 1;

/// Keeps stems apart from surface forms.
const STEM: u64 = 0x9e37_79b9_7f4a_7c15;

/// The key of a surface form, by its hash.
pub(super) fn surface(hash: u64) -> u64 {
    hash
}

/// The key of a stem, by its hash.
pub(super) fn stem(hash: u64) -> u64 {
    hash ^ STEM
}

/// The key of a character.
pub(super) fn character(char: char) -> u64 {
    u64::from(u32::from(char)).wrapping_mul(0xff51_afd7_ed55_8ccd).rotate_left(31)
}

/// A name that ends at a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct End {
    pub name: u32,
    /// Reached over stems: only for texts in the name's language.
    pub stem: bool,
}

/// A last word that may go on.
#[derive(Clone, Debug)]
struct Prefix {
    text: Box<str>,
    end: End,
}

/// The names, compiled.
#[derive(Clone, Debug)]
pub(super) struct Trie {
    edges: KeyMap<u32>,
    ends: Vec<Vec<End>>,
    /// By node, and at the root by the first letters, see [`bucket`].
    prefixes: KeyMap<Vec<Prefix>>,
}

impl Trie {
    pub fn new() -> Self {
        Self { edges: KeyMap::default(), ends: vec![Vec::new(), Vec::new()], prefixes: KeyMap::default() }
    }

    /// Adds a name, word by word, each under any of its keys; with `prefix`, the words are those before the last.
    pub fn insert(&mut self, root: u32, words: &[Vec<u64>], prefix: Option<&str>, end: End) {
        let mut nodes = vec![root];
        for keys in words {
            let mut fresh = None;
            let mut next = Vec::new();
            for &node in &nodes {
                for &key in keys {
                    let reached = *self.edges.entry(edge(node, key)).or_insert_with(|| {
                        // Forms that are new here share one node.
                        *fresh.get_or_insert_with(|| {
                            self.ends.push(Vec::new());
                            self.ends.len() as u32 - 1
                        })
                    });
                    if !next.contains(&reached) {
                        next.push(reached);
                    }
                }
            }
            nodes = next;
        }
        for node in nodes {
            match prefix {
                Some(text) => {
                    let list = self.prefixes.entry(bucket(node, text)).or_default();
                    list.push(Prefix { text: text.into(), end });
                }
                None if !self.ends[node as usize].contains(&end) => self.ends[node as usize].push(end),
                None => {}
            }
        }
    }

    /// The node after `node` by `key`.
    pub fn step(&self, node: u32, key: u64) -> Option<u32> {
        self.edges.get(&edge(node, key)).copied()
    }

    /// The names that end at `node`.
    pub fn ends(&self, node: u32) -> &[End] {
        &self.ends[node as usize]
    }

    /// The prefix names after `node` that `word` (plain) completes.
    pub fn completed<'a>(&'a self, node: u32, word: &'a str) -> impl Iterator<Item = End> + 'a {
        let list = self.prefixes.get(&bucket(node, word)).map_or(&[][..], Vec::as_slice);
        list.iter().filter(|prefix| word.starts_with(&*prefix.text)).map(|prefix| prefix.end)
    }
}

fn edge(node: u32, key: u64) -> u64 {
    (u64::from(node).wrapping_mul(0xc2b2_ae3d_27d4_eb4f) ^ key).wrapping_mul(0x9fb2_1c65_1e98_df25).rotate_left(17)
}

/// At the root, prefixes share a bucket by their first letters; such a prefix has at least so many.
pub(super) const PREFIX_LETTERS_MIN: usize = 2;

fn bucket(node: u32, word: &str) -> u64 {
    if node != WORDS {
        return edge(node, STEM);
    }
    let start = word.chars().take(PREFIX_LETTERS_MIN).fold(0u64, |key, char| key << 21 ^ u64::from(u32::from(char)));
    edge(node, start ^ STEM)
}
