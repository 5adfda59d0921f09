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
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
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

/// The names while they are being added.
#[derive(Debug)]
pub(super) struct Builder {
    edges: Edges,
    nodes: u32,
    /// Nodes and the names that end there.
    ends: Vec<(u32, End)>,
    prefixes: KeyMap<Vec<Prefix>>,
    starts: Starts,
}

/// The names, compiled.
#[derive(Clone, Debug)]
pub(super) struct Trie {
    edges: Edges,
    /// By node, where its ends begin.
    first_end: Vec<u32>,
    ends: Vec<End>,
    /// By node, and at the root by the first letters, see [`bucket`].
    prefixes: KeyMap<Vec<Prefix>>,
    starts: Starts,
}

impl Default for Builder {
    fn default() -> Self {
        let (edges, ends) = (Edges::default(), Vec::new());
        let (prefixes, starts) = (KeyMap::default(), Starts(vec![0; START_WORDS]));
        Self { edges, nodes: CHARACTERS + 1, ends, prefixes, starts }
    }
}

impl Builder {
    /// Adds a name, word by word, each under any of its keys; with `prefix`, the words are those before the last.
    pub fn insert(&mut self, root: u32, words: &[Vec<u64>], prefix: Option<&str>, end: End) {
        let mut nodes = vec![root];
        for keys in words {
            // Forms that are new here share one node.
            let fresh = self.nodes;
            let mut next = Vec::new();
            for &node in &nodes {
                for &key in keys {
                    let edge = edge(node, key);
                    if node == root {
                        self.starts.add(edge);
                    }
                    let reached = self.edges.find_or_insert(edge, fresh);
                    if !next.contains(&reached) {
                        next.push(reached);
                    }
                }
            }
            self.nodes += u32::from(next.contains(&fresh));
            nodes = next;
        }
        for node in nodes {
            match prefix {
                Some(text) => {
                    let bucket = bucket(node, text);
                    self.starts.add(bucket);
                    self.prefixes.entry(bucket).or_default().push(Prefix { text: text.into(), end });
                }
                None => self.ends.push((node, end)),
            }
        }
    }

    /// The trie of all names added.
    pub fn finish(mut self) -> Trie {
        self.ends.sort_unstable();
        self.ends.dedup();
        let mut first_end = vec![0; self.nodes as usize + 1];
        self.ends.iter().for_each(|(node, _)| first_end[*node as usize + 1] += 1);
        for at in 1..first_end.len() {
            first_end[at] += first_end[at - 1];
        }
        let ends = self.ends.into_iter().map(|(_, end)| end).collect();
        Trie { edges: self.edges, first_end, ends, prefixes: self.prefixes, starts: self.starts }
    }
}

impl Trie {
    /// The node after `node` by `key`.
    pub fn step(&self, node: u32, key: u64) -> Option<u32> {
        let edge = edge(node, key);
        if node <= CHARACTERS && !self.starts.may_have(edge) { None } else { self.edges.find(edge) }
    }

    /// The names that end at `node`.
    pub fn ends(&self, node: u32) -> &[End] {
        &self.ends[self.first_end[node as usize] as usize..self.first_end[node as usize + 1] as usize]
    }

    /// The prefix names after `node` that `word` (plain) completes.
    pub fn completed<'a>(&'a self, node: u32, word: &'a str) -> impl Iterator<Item = End> + 'a {
        let buckets = buckets(node, word).into_iter().flatten().filter(|key| self.starts.may_have(*key));
        let lists = buckets.filter_map(|key| self.prefixes.get(&key));
        lists.flatten().filter(|prefix| word.starts_with(&*prefix.text)).map(|prefix| prefix.end)
    }
}

/// A hash table from edges (never 0) to nodes by linear probing, a power of two in size: twelve bytes a place.
#[derive(Clone, Debug, Default)]
struct Edges {
    keys: Vec<u64>,
    nodes: Vec<u32>,
    count: usize,
}

impl Edges {
    fn place(&self, key: u64) -> usize {
        let mask = self.keys.len() - 1;
        let mut at = (key >> 20) as usize & mask;
        while self.keys[at] != key && self.keys[at] != 0 {
            at = (at + 1) & mask;
        }
        at
    }

    fn find(&self, key: u64) -> Option<u32> {
        if self.keys.is_empty() {
            return None;
        }
        let at = self.place(key);
        (self.keys[at] == key).then_some(self.nodes[at])
    }

    fn find_or_insert(&mut self, key: u64, fresh: u32) -> u32 {
        if self.count * 4 >= self.keys.len() * 3 {
            self.grow();
        }
        let at = self.place(key);
        if self.keys[at] == 0 {
            (self.keys[at], self.nodes[at]) = (key, fresh);
            self.count += 1;
        }
        self.nodes[at]
    }

    fn grow(&mut self) {
        let size = (self.keys.len() * 2).max(64);
        let keys = std::mem::replace(&mut self.keys, vec![0; size]);
        let nodes = std::mem::replace(&mut self.nodes, vec![0; size]);
        for (key, node) in keys.into_iter().zip(nodes).filter(|(key, _)| *key != 0) {
            let at = self.place(key);
            (self.keys[at], self.nodes[at]) = (key, node);
        }
    }
}

/// Bits for all edges from the roots and all buckets: most words of a text begin no name, and this says so from memory
/// that stays near.
#[derive(Clone, Debug)]
struct Starts(Vec<u64>);

/// Words of the filter, a power of two: 128 kB.
const START_WORDS: usize = 1 << 14;

impl Starts {
    fn add(&mut self, key: u64) {
        self.0[(key >> 6) as usize % START_WORDS] |= 1 << (key & 63);
    }

    fn may_have(&self, key: u64) -> bool {
        self.0[(key >> 6) as usize % START_WORDS] >> (key & 63) & 1 == 1
    }
}

/// Never 0, which marks an empty place.
fn edge(node: u32, key: u64) -> u64 {
    (u64::from(node).wrapping_mul(0xc2b2_ae3d_27d4_eb4f) ^ key)
        .wrapping_mul(0x9fb2_1c65_1e98_df25)
        .rotate_left(17)
        .max(1)
}

/// A prefix has at least so many letters.
pub(super) const PREFIX_LETTERS_MIN: usize = 2;
/// At the root, prefixes share a bucket by their first letters, at most so many.
const BUCKET_LETTERS_MAX: usize = 4;

/// Where a prefix is kept.
fn bucket(node: u32, prefix: &str) -> u64 {
    buckets(node, prefix).into_iter().flatten().last().unwrap_or_default()
}

/// Where the prefixes of a word may be: at the root, by its first two, three and four letters.
fn buckets(node: u32, word: &str) -> [Option<u64>; BUCKET_LETTERS_MAX - PREFIX_LETTERS_MIN + 1] {
    let mut keys = [None; BUCKET_LETTERS_MAX - PREFIX_LETTERS_MIN + 1];
    if node != WORDS {
        keys[0] = Some(edge(node, STEM));
        return keys;
    }
    let mut start = 0u64;
    for (at, char) in word.chars().take(BUCKET_LETTERS_MAX).enumerate() {
        start = start.rotate_left(21) ^ u64::from(u32::from(char));
        if at + 1 >= PREFIX_LETTERS_MIN {
            keys[at + 1 - PREFIX_LETTERS_MIN] = Some(edge(node, start.wrapping_mul(STEM) ^ at as u64));
        }
    }
    keys
}
