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
///
/// The forms of one word share a node, which keeps the table small. Where a further name has some of these forms and not
/// the others ("Mal" of one word's forms, "Mali" of another's), the form that both have gets a node of its own first.
#[derive(Debug)]
pub(super) struct Builder {
    edges: Edges,
    nodes: Vec<Node>,
    /// What hangs off nodes, as lists from each node's latest entry to its first.
    ends: Vec<(End, u32)>,
    children: Vec<(u64, u32)>,
    prefixes: KeyMap<Vec<Prefix>>,
    starts: Starts,
}

/// A node while names are being added.
#[derive(Clone, Copy, Debug)]
struct Node {
    /// The keys that lead here, as one number; they are `edges` many.
    forms: u64,
    edges: u32,
    last_end: u32,
    last_child: u32,
}

/// The end of a list.
const NONE: u32 = u32::MAX;

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
        let root = Node { forms: 0, edges: 0, last_end: NONE, last_child: NONE };
        Self {
            edges: Edges::default(),
            nodes: vec![root; CHARACTERS as usize + 1],
            ends: Vec::new(),
            children: Vec::new(),
            prefixes: KeyMap::default(),
            starts: Starts(vec![0; START_WORDS]),
        }
    }
}

impl Builder {
    /// Adds a name, word by word, each under any of its keys; with `prefix`, the words are those before the last.
    pub fn insert(&mut self, root: u32, words: &[Vec<u64>], prefix: Option<&str>, end: End) {
        let mut nodes = vec![root];
        for keys in words {
            let forms = keys.iter().fold(keys.len() as u64, |all, &key| all.wrapping_add(edge(1, key)));
            let mut next = Vec::new();
            for &node in &nodes {
                let mut fresh = None;
                for &key in keys {
                    let reached = self.reach(node, key, forms, &mut fresh);
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
                    let bucket = bucket(node, text);
                    self.starts.add(bucket);
                    self.prefixes.entry(bucket).or_default().push(Prefix { text: text.into(), end });
                }
                None => self.add_end(node, end),
            }
        }
    }

    /// The node after `node` by `key`, one of `forms`; those that are new here share the node `fresh`.
    fn reach(&mut self, node: u32, key: u64, forms: u64, fresh: &mut Option<u32>) -> u32 {
        let edge = edge(node, key);
        if let Some(known) = self.edges.find(edge) {
            let shared = self.nodes[known as usize];
            return if shared.edges > 1 && shared.forms != forms { self.part(edge, known) } else { known };
        }
        if node <= CHARACTERS {
            self.starts.add(edge);
        }
        let new = *fresh.get_or_insert_with(|| {
            self.nodes.push(Node { forms, edges: 0, last_end: NONE, last_child: NONE });
            self.nodes.len() as u32 - 1
        });
        self.nodes[new as usize].edges += 1;
        self.edges.set(edge, new);
        if node > CHARACTERS {
            let before = std::mem::replace(&mut self.nodes[node as usize].last_child, self.children.len() as u32);
            self.children.push((key, before));
        }
        new
    }

    fn add_end(&mut self, node: u32, end: End) {
        let before = std::mem::replace(&mut self.nodes[node as usize].last_end, self.ends.len() as u32);
        self.ends.push((end, before));
    }

    /// Gives one of the edges that lead to `shared` a node of its own, with all that hangs off the shared one.
    fn part(&mut self, edge_in: u64, shared: u32) -> u32 {
        let Node { mut last_end, mut last_child, .. } = self.nodes[shared as usize];
        let own = self.nodes.len() as u32;
        self.nodes[shared as usize].edges -= 1;
        self.nodes.push(Node { forms: 0, edges: 1, last_end: NONE, last_child: NONE });
        self.edges.set(edge_in, own);
        while let Some(&(end, before)) = self.ends.get(last_end as usize) {
            self.add_end(own, end);
            last_end = before;
        }
        while let Some(&(key, before)) = self.children.get(last_child as usize) {
            if let Some(child) = self.edges.find(edge(shared, key)) {
                self.edges.set(edge(own, key), child);
                self.nodes[child as usize].edges += 1;
            }
            let head = std::mem::replace(&mut self.nodes[own as usize].last_child, self.children.len() as u32);
            self.children.push((key, head));
            last_child = before;
        }
        if let Some(prefixes) = self.prefixes.get(&edge(shared, STEM)).cloned() {
            self.starts.add(edge(own, STEM));
            self.prefixes.insert(edge(own, STEM), prefixes);
        }
        own
    }

    /// The trie of all names added.
    pub fn finish(self) -> Trie {
        let mut first_end = Vec::with_capacity(self.nodes.len() + 1);
        let mut ends = Vec::with_capacity(self.ends.len());
        for node in &self.nodes {
            let first = ends.len();
            first_end.push(first as u32);
            let mut last = node.last_end;
            while let Some(&(end, before)) = self.ends.get(last as usize) {
                ends.push(end);
                last = before;
            }
            ends[first..].sort_unstable();
        }
        first_end.push(ends.len() as u32);
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

    fn set(&mut self, key: u64, node: u32) {
        if self.count * 4 >= self.keys.len() * 3 {
            self.grow();
        }
        let at = self.place(key);
        self.count += usize::from(self.keys[at] == 0);
        (self.keys[at], self.nodes[at]) = (key, node);
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
