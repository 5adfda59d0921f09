//! Which names begin at this word?
//!
//! In: sequences of word keys, each ending in a name; then the keys of a text. Out: the names that the keys spell.
//! One hash table holds all edges, so that a step costs one look-up however many names there are. Prefix names hang
//! off the node before their last word. It knows no language and no case: that is checked where a name ends.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use super::compile::NAME_WORDS_MAX;
use crate::text::bits::Bits;

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

/// On average, with the forms of its words.
const EDGES_A_NAME: usize = 8;

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
    /// The languages, as bits, that write the name so.
    pub langs: u64,
}

impl End {
    /// The same name, reached in the same way.
    fn is_like(&self, other: &Self) -> bool {
        (self.name, self.stem) == (other.name, other.stem)
    }
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
    edges: KeyMap<u32>,
    nodes: u32,
    /// Nodes and the names that end there.
    ends: Vec<(u32, End)>,
    prefixes: KeyMap<Vec<Prefix>>,
    /// Nodes with an edge or a prefix after them, in no order.
    inner: Vec<u32>,
    filter: Filter,
}

/// The names, compiled.
#[derive(Clone, Debug)]
pub(super) struct Trie {
    steps: Steps,
    /// By node, where its ends begin.
    first_end: Vec<u32>,
    ends: Vec<End>,
    /// By node, and at the root by the first letters, see [`bucket`].
    prefixes: KeyMap<Vec<Prefix>>,
    /// Bits by node.
    goes_on: Vec<u64>,
    filter: Filter,
}

impl Default for Builder {
    fn default() -> Self {
        let (edges, ends) = (KeyMap::default(), Vec::new());
        let (prefixes, filter) = (KeyMap::default(), Filter::default());
        Self { edges, nodes: CHARACTERS + 1, ends, prefixes, inner: Vec::new(), filter }
    }
}

impl Builder {
    /// Adds a name, word by word, each under any of its keys; with `prefix`, the words are those before the last.
    pub fn insert(&mut self, root: u32, words: &[Vec<u64>], prefix: Option<&str>, end: End) {
        if self.is_full() {
            return;
        }
        let mut nodes = vec![root];
        for keys in words {
            // Forms that are new here share one node.
            let fresh = self.nodes;
            let mut next = Vec::new();
            self.inner.extend(&nodes);
            for &node in &nodes {
                for &key in keys {
                    let edge = edge(node, key);
                    self.filter.add(edge);
                    let reached = *self.edges.entry(edge).or_insert(fresh);
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
                    self.inner.push(node);
                    self.filter.add(bucket);
                    let known = self.prefixes.entry(bucket).or_default();
                    match known.iter_mut().find(|own| *own.text == *text && own.end.is_like(&end)) {
                        Some(own) => own.end.langs |= end.langs,
                        None => known.push(Prefix { text: text.into(), end }),
                    }
                }
                None => self.ends.push((node, end)),
            }
        }
    }

    /// Makes room for the edges of so many names.
    pub fn reserve(&mut self, names: usize) {
        self.edges.reserve(names * EDGES_A_NAME);
    }

    /// Whether there was no room for a name.
    pub fn is_full(&self) -> bool {
        u64::from(self.nodes) + NAME_WORDS_MAX as u64 > NODE
    }

    /// The trie of all names added.
    pub fn finish(mut self) -> Trie {
        self.ends.sort_unstable();
        self.ends.dedup_by(|(node, later), (own, end)| {
            let same = node == own && end.is_like(later);
            end.langs |= if same { later.langs } else { 0 };
            same
        });
        let mut first_end = vec![0; self.nodes as usize + 1];
        self.ends.iter().for_each(|(node, _)| first_end[*node as usize + 1] += 1);
        for at in 1..first_end.len() {
            first_end[at] += first_end[at - 1];
        }
        let mut goes_on = vec![0; self.nodes as usize / 64 + 1];
        self.inner.iter().for_each(|node| goes_on[*node as usize / 64] |= 1 << (node % 64));
        let ends = self.ends.into_iter().map(|(_, end)| end).collect();
        Trie { steps: Steps::of(&self.edges), first_end, ends, prefixes: self.prefixes, goes_on, filter: self.filter }
    }
}

impl Trie {
    /// The node after `node` by `key`.
    pub fn step(&self, node: u32, key: u64) -> Option<u32> {
        let edge = edge(node, key);
        if self.filter.may_have(edge) { self.steps.find(edge) } else { None }
    }

    /// Whether names go on after `node`.
    pub fn goes_on(&self, node: u32) -> bool {
        self.goes_on[node as usize / 64] >> (node % 64) & 1 == 1
    }

    /// The names that end at `node`.
    pub fn ends(&self, node: u32) -> &[End] {
        &self.ends[self.first_end[node as usize] as usize..self.first_end[node as usize + 1] as usize]
    }

    /// The prefix names after `node` that `word` (plain) completes.
    pub fn completed<'a>(&'a self, node: u32, word: &'a str) -> impl Iterator<Item = End> + 'a {
        let buckets = buckets(node, word).into_iter().flatten().filter(|key| self.filter.may_have(*key));
        let lists = buckets.filter_map(|key| self.prefixes.get(&key));
        lists.flatten().filter(|prefix| word.starts_with(&*prefix.text)).map(|prefix| prefix.end)
    }
}

/// The edges, each with the node it leads to: linear probing, a power of two in size, eight bytes a place: the edge's
/// upper bits and the node. The edge's lower bits are the place, so that two edges are taken for one once in some 2⁵⁶.
#[derive(Clone, Debug)]
struct Steps(Vec<u64>);

/// Bits of a place that are the node.
const NODE_BITS: u32 = 24;
const NODE: u64 = (1 << NODE_BITS) - 1;

impl Steps {
    fn of(edges: &KeyMap<u32>) -> Self {
        let mut steps = Self(vec![0; (edges.len() * 3 / 2).next_power_of_two()]);
        for (&edge, &node) in edges {
            let at = steps.place(edge);
            steps.0[at] = edge & !NODE | u64::from(node);
        }
        steps
    }

    /// Where the edge is, or the empty place where it would be; no edge leads to a root, and none is 0.
    fn place(&self, edge: u64) -> usize {
        let mask = self.0.len() - 1;
        let mut at = edge as usize & mask;
        while self.0[at] != 0 && (self.0[at] ^ edge) & !NODE != 0 {
            at = (at + 1) & mask;
        }
        at
    }

    fn find(&self, edge: u64) -> Option<u32> {
        let found = self.0[self.place(edge)] & NODE;
        (found != 0).then_some(found as u32)
    }
}

/// All edges and all buckets: most words of a text begin no name and go on with none.
type Filter = Bits<{ 1 << 16 }>;

/// Well mixed in all bits.
fn edge(node: u32, key: u64) -> u64 {
    (u64::from(node).wrapping_mul(0xc2b2_ae3d_27d4_eb4f) ^ key).wrapping_mul(0x9fb2_1c65_1e98_df25).rotate_left(32)
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
