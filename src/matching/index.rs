//! Which watches does a document satisfy, when there are very many?
//!
//! In: named queries; then documents. Out: matches in the order of the watches. A query comes to *clauses*: sets of words
//! and concepts of which a document must have one each. The watch is posted under its cheapest clause and guarded by the
//! others. A document looks up its own words and concepts and evaluates the watches found whose guards it passes, so the
//! cost follows the text, not the number of watches. It never finds less than evaluating every watch would.

use std::collections::BTreeMap;

use super::evaluate::View;
use super::guards::{Guards, Present, bit_of_group, bit_of_key};
use super::meaning::{Concepts, Meaning, Phrase, Style, Word};
use super::nearly::nearly;
use super::query::{Expr, Query};
use crate::lexicon::{ConceptIx, Document};
use crate::model::{Item, Match};
use crate::text::fold::hash;
use crate::text::keys::KeyMap;
use crate::text::lang::Lang;
use crate::text::stem::{stem, without_clitics};

/// A prefix is posted under its first letters, at most so many.
const PREFIX_LETTERS: usize = 3;
/// Clauses that guard a watch, besides the one that it is posted under.
const GUARDS_MAX: usize = 3;
const STEM: u64 = 0x51_7c_c1_b7_27_22_0a_95;
const PREFIX: u64 = 0x2545_f491_4f6c_dd1d;

/// A named query.
#[derive(Clone, Debug)]
pub(super) struct Watch {
    pub name: String,
    pub query: Query,
}

/// Compiled watches. Immutable.
#[derive(Clone, Debug, Default)]
pub struct Watches {
    pub(super) list: Vec<Watch>,
    /// Watches by word, stem or first letters.
    postings: KeyMap<Vec<u32>>,
    /// Groups of concepts by concept, and watches by group: a wide concept is posted once, not under each narrower one.
    groups_of: Vec<Vec<u32>>,
    watches_of: Vec<Vec<u32>>,
    group_ids: BTreeMap<Vec<ConceptIx>, u32>,
    /// Watches without a clause.
    always: Vec<u32>,
    prefixes: bool,
    /// Whether any watch is posted under a word, or guarded by one.
    words: bool,
    guards: Guards,
}

/// What a document may have.
#[derive(Clone, Copy)]
enum Anchor<'a> {
    Key(u64),
    Concepts(&'a Concepts),
}

/// A document must have one of these.
struct Clause<'a> {
    anchors: Vec<Anchor<'a>>,
    /// How many watches a document that has one will look at.
    cost: u64,
}

impl Watches {
    /// Compiles queries that were all read with one lexicon, each with its watch's name.
    pub fn compile(queries: Vec<(String, Query)>) -> Self {
        let mut watches = Self::default();
        for (name, query) in queries {
            let ix = watches.list.len() as u32;
            watches.post(ix, &query);
            watches.list.push(Watch { name, query });
        }
        watches
    }

    /// One watch that every item satisfies.
    pub fn everything(name: &str) -> Self {
        Self::compile(vec![(name.to_owned(), Query::everything())])
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// The watches that the document satisfies, in their order, with the evidence.
    pub fn matches(&self, document: &Document, item: &Item) -> Vec<Match> {
        self.held(&self.find(document), &View::new(document, item)).into_iter().map(|(_, matched)| matched).collect()
    }

    /// As [`Self::matches`], and whether a watch that the document does not satisfy is satisfied in part (one under whose
    /// most telling term it was found: others would cost an evaluation of every watch).
    pub fn matches_and_nearly(&self, document: &Document, item: &Item) -> (Vec<Match>, bool) {
        let (view, found) = (View::new(document, item), self.find(document));
        let held = self.held(&found, &view);
        let others = found.watches().filter(|ix| held.binary_search_by_key(ix, |(own, _)| *own).is_err());
        let is_near =
            others.filter_map(|ix| self.list[ix as usize].query.root.as_ref()).any(|root| nearly(&view, root));
        (held.into_iter().map(|(_, matched)| matched).collect(), is_near)
    }

    /// Of the watches found, those that hold, in order.
    fn held(&self, found: &Found, view: &View) -> Vec<(u32, Match)> {
        let mut admitted: Vec<u32> = found.watches().filter(|&ix| self.guards.admit(ix, &found.present)).collect();
        admitted.sort_unstable();
        admitted.dedup();
        admitted.into_iter().filter_map(|ix| Some((ix, self.judge(ix, view)?))).collect()
    }

    /// Evaluates one watch.
    fn judge(&self, ix: u32, view: &View) -> Option<Match> {
        let watch = &self.list[ix as usize];
        let mut evidence = Vec::new();
        if let Some(root) = &watch.query.root {
            if !view.holds(root, None) {
                return None;
            }
            view.evidence(&watch.query.text, root, None, &mut evidence);
            evidence.dedup();
        }
        Some(Match { watch: watch.name.clone(), evidence })
    }

    /// As [`Self::matches`], without the index; for tests.
    #[cfg(test)]
    pub(super) fn matches_slowly(&self, document: &Document, item: &Item) -> Vec<Match> {
        let view = View::new(document, item);
        (0..self.list.len() as u32).filter_map(|ix| self.judge(ix, &view)).collect()
    }

    fn post(&mut self, ix: u32, query: &Query) {
        let mut clauses = query.root.as_ref().map_or(Vec::new(), |root| self.clauses(root));
        clauses.sort_by_key(|clause| clause.cost);
        let mut guards = Vec::new();
        for clause in clauses.iter().skip(1).take(GUARDS_MAX) {
            guards.push(clause.anchors.iter().map(|anchor| self.bit(anchor)).collect());
        }
        self.guards.push(guards);
        let Some(cheapest) = clauses.first() else { return self.always.push(ix) };
        for anchor in &cheapest.anchors {
            let list = match anchor {
                Anchor::Key(key) => self.postings.entry(*key).or_default(),
                Anchor::Concepts(concepts) => {
                    let group = self.group(concepts);
                    &mut self.watches_of[group as usize]
                }
            };
            if list.last() != Some(&ix) {
                list.push(ix);
            }
        }
    }

    fn bit(&mut self, anchor: &Anchor) -> u16 {
        match anchor {
            Anchor::Key(key) => bit_of_key(*key),
            Anchor::Concepts(concepts) => bit_of_group(self.group(concepts)),
        }
    }

    fn group(&mut self, concepts: &Concepts) -> u32 {
        if let Some(&known) = self.group_ids.get(&concepts.own) {
            return known;
        }
        let fresh = self.watches_of.len() as u32;
        self.watches_of.push(Vec::new());
        self.group_ids.insert(concepts.own.clone(), fresh);
        for concept in concepts.narrower.iter() {
            let at = concept.0 as usize;
            if self.groups_of.len() <= at {
                self.groups_of.resize(at + 1, Vec::new());
            }
            self.groups_of[at].push(fresh);
        }
        fresh
    }

    /// What a document must have, all of it, for the expression to hold.
    fn clauses<'q>(&mut self, expr: &'q Expr) -> Vec<Clause<'q>> {
        match expr {
            Expr::Term(term) => match &term.meaning {
                Meaning::Concept(concepts) => {
                    let posted =
                        self.group_ids.get(&concepts.own).map_or(0, |&group| self.watches_of[group as usize].len());
                    // A wide concept is in more texts than a narrow one, and any concept in more than a word.
                    let cost = (4 + concepts.narrower.len() as u64) * (1 + posted as u64);
                    vec![Clause { anchors: vec![Anchor::Concepts(concepts)], cost }]
                }
                Meaning::Words(phrase) => self.word_clauses(phrase),
                Meaning::Filter(_) => Vec::new(),
            },
            Expr::And(parts, _) | Expr::Near { parts, .. } => {
                parts.iter().flat_map(|part| self.clauses(part)).collect()
            }
            Expr::Or(parts, _) => {
                let mut any = Clause { anchors: Vec::new(), cost: 0 };
                for part in parts {
                    let cheapest = self.clauses(part).into_iter().min_by_key(|clause| clause.cost);
                    let Some(cheapest) = cheapest else { return Vec::new() };
                    any.anchors.extend(cheapest.anchors);
                    any.cost += cheapest.cost;
                }
                vec![any]
            }
            Expr::Title(part, _) => self.clauses(part),
            Expr::Not(..) => Vec::new(),
        }
    }

    /// Every word of a phrase; the longest is the rarest.
    fn word_clauses<'q>(&mut self, phrase: &Phrase) -> Vec<Clause<'q>> {
        let longest = phrase.words.iter().map(|word| word.plain.len()).max().unwrap_or(0);
        self.words = true;
        self.prefixes |= phrase.words.iter().any(|word| word.prefix);
        let clause = |word: &Word| {
            let keys = keys_of(word, phrase.style);
            let posted = keys.iter().filter_map(|key| self.postings.get(key)).map(Vec::len).max().unwrap_or(0);
            let cost = (1 + posted as u64) * (1 + (longest - word.plain.len()) as u64);
            Clause { anchors: keys.into_iter().map(Anchor::Key).collect(), cost }
        };
        phrase.words.iter().map(clause).collect()
    }

    /// Watches that are posted under something in the document, and what the document has.
    fn find(&self, document: &Document) -> Found<'_> {
        let mut found = Found { lists: vec![&self.always], present: Present::default() };
        let mut concepts: Vec<ConceptIx> = document.mentions.iter().map(|mention| mention.concept).collect();
        concepts.sort_unstable();
        concepts.dedup();
        for concept in concepts {
            for &group in self.groups_of.get(concept.0 as usize).map_or(&[][..], Vec::as_slice) {
                found.add(bit_of_group(group), Some(&self.watches_of[group as usize]));
            }
        }
        if self.words {
            self.by_words(document, &mut found);
        }
        found
    }

    fn by_words<'s>(&'s self, document: &Document, found: &mut Found<'s>) {
        let lang = Lang::of(&document.lang);
        let clitics = matches!(lang.as_str(), "ar" | "ur" | "he");
        for token in &document.tokens {
            self.look_up(token.hash, token.stem, found);
            if !clitics && !self.prefixes {
                continue;
            }
            let plain = document.folded(token);
            if clitics {
                without_clitics(lang, plain, |form| {
                    self.look_up(hash(form), hash(&stem(lang, form)), found);
                    self.look_up_prefixes(form, found);
                });
            } else {
                self.look_up_prefixes(plain, found);
            }
        }
    }

    fn look_up<'s>(&'s self, surface: u64, stem: u64, found: &mut Found<'s>) {
        for key in [surface, stem ^ STEM] {
            found.add(bit_of_key(key), self.postings.get(&key));
        }
    }

    fn look_up_prefixes<'s>(&'s self, plain: &str, found: &mut Found<'s>) {
        let ends = plain.char_indices().map(|(at, char)| at + char.len_utf8()).take(PREFIX_LETTERS);
        for end in ends.filter(|_| self.prefixes) {
            let key = hash(&plain[..end]) ^ PREFIX;
            found.add(bit_of_key(key), self.postings.get(&key));
        }
    }
}

/// Lists of watches that a document led to, and what it has.
struct Found<'a> {
    lists: Vec<&'a [u32]>,
    present: Present,
}

impl<'a> Found<'a> {
    fn add(&mut self, bit: u16, list: Option<&'a Vec<u32>>) {
        self.present.add(bit.into());
        self.lists.extend(list.map(Vec::as_slice));
    }

    /// In no order, some twice.
    fn watches(&self) -> impl Iterator<Item = u32> {
        self.lists.iter().flat_map(|list| list.iter().copied())
    }
}

fn keys_of(word: &Word, style: Style) -> Vec<u64> {
    let mut keys = word.surfaces.to_vec();
    if word.prefix {
        let end = word.plain.char_indices().nth(PREFIX_LETTERS).map_or(word.plain.len(), |(at, _)| at);
        keys.push(hash(&word.plain[..end]) ^ PREFIX);
    }
    if style == Style::Inflected {
        keys.extend(word.stems.iter().map(|(stem, _)| stem ^ STEM));
    }
    keys.sort_unstable();
    keys.dedup();
    keys
}
