//! Which names begin at this word?
//!
//! In: sequences of word keys, each ending in a name; then the keys of a text. Out: the names that the keys spell.
//! One hash table holds all edges, so that a step costs one look-up however many names there are. Prefix names hang
//! off the node before their last word. It knows no language and no case: that is checked where a name ends.

use crate::text::bits::Bits;
use crate::text::keys::KeyMap;

/// Nodes that one name may add: its words, and the shared ones that it parts.
const NODES_A_NAME_MAX: usize = 1 << 16;
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
///
/// The forms of one word share a node, which keeps the table small. Where a further name has some of these forms and not
/// the others ("Mal" of one word's forms, "Mali" of another's), the form that both have gets a node of its own first.
#[derive(Debug)]
pub(super) struct Builder {
    edges: KeyMap<u32>,
    nodes: Vec<Node>,
    /// What hangs off nodes, as lists from each node's latest entry to its first.
    ends: Vec<(End, u32)>,
    children: Vec<(u64, u32)>,
    prefixes: KeyMap<Vec<Prefix>>,
    filter: Filter,
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
        let root = Node { forms: 0, edges: 0, last_end: NONE, last_child: NONE };
        Self {
            edges: KeyMap::default(),
            nodes: vec![root; CHARACTERS as usize + 1],
            ends: Vec::new(),
            children: Vec::new(),
            prefixes: KeyMap::default(),
            filter: Filter::default(),
        }
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
                    self.filter.add(bucket);
                    let known = self.prefixes.entry(bucket).or_default();
                    match known.iter_mut().find(|own| *own.text == *text && own.end.is_like(&end)) {
                        Some(own) => own.end.langs |= end.langs,
                        None => known.push(Prefix { text: text.into(), end }),
                    }
                }
                None => self.add_end(node, end),
            }
        }
    }

    /// Makes room for the edges of so many names.
    pub fn reserve(&mut self, names: usize) {
        self.edges.reserve(names * EDGES_A_NAME);
    }

    /// Whether there was no room for a name.
    pub fn is_full(&self) -> bool {
        self.nodes.len() + NODES_A_NAME_MAX > NODE as usize
    }

    /// The node after `node` by `key`, one of `forms`; those that are new here share the node `fresh`.
    fn reach(&mut self, node: u32, key: u64, forms: u64, fresh: &mut Option<u32>) -> u32 {
        let edge = edge(node, key);
        if let Some(&known) = self.edges.get(&edge) {
            let shared = self.nodes[known as usize];
            return if shared.edges > 1 && shared.forms != forms { self.part(edge, known) } else { known };
        }
        self.filter.add(edge);
        let new = *fresh.get_or_insert_with(|| {
            self.nodes.push(Node { forms, edges: 0, last_end: NONE, last_child: NONE });
            self.nodes.len() as u32 - 1
        });
        self.nodes[new as usize].edges += 1;
        self.edges.insert(edge, new);
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
        self.edges.insert(edge_in, own);
        while let Some(&(end, before)) = self.ends.get(last_end as usize) {
            self.add_end(own, end);
            last_end = before;
        }
        while let Some(&(key, before)) = self.children.get(last_child as usize) {
            if let Some(&child) = self.edges.get(&edge(shared, key)) {
                self.filter.add(edge(own, key));
                self.edges.insert(edge(own, key), child);
                self.nodes[child as usize].edges += 1;
            }
            let head = std::mem::replace(&mut self.nodes[own as usize].last_child, self.children.len() as u32);
            self.children.push((key, head));
            last_child = before;
        }
        if let Some(prefixes) = self.prefixes.get(&edge(shared, STEM)).cloned() {
            self.filter.add(edge(own, STEM));
            self.prefixes.insert(edge(own, STEM), prefixes);
        }
        own
    }

    /// The trie of all names added.
    pub fn finish(self) -> Trie {
        let mut first_end = Vec::with_capacity(self.nodes.len() + 1);
        let mut ends: Vec<End> = Vec::with_capacity(self.ends.len());
        let mut goes_on = vec![0; self.nodes.len() / 64 + 1];
        for (at, node) in self.nodes.iter().enumerate() {
            first_end.push(ends.len() as u32);
            let more = node.last_child != NONE || self.prefixes.contains_key(&edge(at as u32, STEM));
            goes_on[at / 64] |= u64::from(more) << (at % 64);
            let list = std::iter::successors(self.ends.get(node.last_end as usize), |(_, before)| {
                self.ends.get(*before as usize)
            });
            ends.extend(united(list.map(|(end, _)| *end).collect()));
        }
        first_end.push(ends.len() as u32);
        ends.shrink_to_fit();
        Trie { steps: Steps::of(&self.edges), first_end, ends, prefixes: self.prefixes, goes_on, filter: self.filter }
    }
}

/// The ends of one node, each name once in each way, with all its languages.
fn united(mut ends: Vec<End>) -> Vec<End> {
    ends.sort_unstable();
    ends.dedup_by(|later, end| {
        let same = end.is_like(later);
        end.langs |= if same { later.langs } else { 0 };
        same
    });
    ends
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
