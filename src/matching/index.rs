//! Which watches does a document satisfy, when there are very many?
//!
//! In: named queries; then documents. Out: matches in the order of the watches. Each watch is posted under *anchors*:
//! terms of which at least one must be there for the watch to hold (for `and` the cheapest part's, for `or` every
//! part's). A document looks up its own words and concepts and evaluates only the watches found, so the cost follows
//! the text, not the number of watches. It never finds less than evaluating every watch would.

use std::collections::BTreeMap;

use super::evaluate::View;
use super::meaning::{Concepts, Meaning, Phrase, Style, Word};
use super::nearly::nearly;
use super::query::{Expr, Query};
use crate::lexicon::{ConceptIx, Document, KeyMap};
use crate::model::{Item, Match};
use crate::text::fold::hash;
use crate::text::lang::Lang;
use crate::text::stem::{stem, without_clitics};

/// A prefix is posted under its first letters, at most so many.
const PREFIX_LETTERS: usize = 3;
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
    /// Watches without an anchor.
    always: Vec<u32>,
    prefixes: bool,
}

/// What a watch is posted under.
enum Anchor<'a> {
    Key(u64),
    Concepts(&'a Concepts),
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
        let view = View::new(document, item);
        let held = self.candidates(document).into_iter().filter_map(|ix| self.judge(ix, &view));
        held.collect()
    }

    /// As [`Self::matches`], and whether a watch that the document does not satisfy is satisfied in part (one under whose
    /// most telling term it was found: others would cost an evaluation of every watch).
    pub fn matches_and_nearly(&self, document: &Document, item: &Item) -> (Vec<Match>, bool) {
        let view = View::new(document, item);
        let (mut held, mut is_near) = (Vec::new(), false);
        for ix in self.candidates(document) {
            match self.judge(ix, &view) {
                Some(matched) => held.push(matched),
                None if is_near => {}
                None => is_near = self.list[ix as usize].query.root.as_ref().is_some_and(|root| nearly(&view, root)),
            }
        }
        (held, is_near)
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
        let anchors = query.root.as_ref().and_then(|root| self.anchors(root));
        let Some((_, anchors)) = anchors else { return self.always.push(ix) };
        for anchor in anchors {
            let list = match anchor {
                Anchor::Key(key) => self.postings.entry(key).or_default(),
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

    /// Anchors with their cost: how many watches a document that has them will evaluate; `None` where there are none.
    fn anchors<'q>(&mut self, expr: &'q Expr) -> Option<(u64, Vec<Anchor<'q>>)> {
        match expr {
            Expr::Term(term) => match &term.meaning {
                Meaning::Concept(concepts) => {
                    let posted =
                        self.group_ids.get(&concepts.own).map_or(0, |&group| self.watches_of[group as usize].len());
                    // A wide concept is in more texts than a narrow one, and any concept in more than a word.
                    let cost = (4 + concepts.narrower.len() as u64) * (1 + posted as u64);
                    Some((cost, vec![Anchor::Concepts(concepts)]))
                }
                Meaning::Words(phrase) => Some(self.word_anchors(phrase)),
                Meaning::Filter(_) => None,
            },
            Expr::And(parts, _) | Expr::Near { parts, .. } => {
                parts.iter().filter_map(|part| self.anchors(part)).min_by_key(|(cost, _)| *cost)
            }
            Expr::Or(parts, _) => {
                let mut all = (0, Vec::new());
                for part in parts {
                    let (cost, anchors) = self.anchors(part)?;
                    all.0 += cost;
                    all.1.extend(anchors);
                }
                Some(all)
            }
            Expr::Title(part, _) => self.anchors(part),
            Expr::Not(..) => None,
        }
    }

    /// A phrase's anchors are those of its longest word, which is the rarest.
    fn word_anchors<'q>(&mut self, phrase: &Phrase) -> (u64, Vec<Anchor<'q>>) {
        let keys = phrase
            .words
            .iter()
            .max_by_key(|word| word.plain.len())
            .map_or(Vec::new(), |word| keys_of(word, phrase.style));
        self.prefixes |= phrase.words.iter().any(|word| word.prefix);
        let posted = keys.iter().filter_map(|key| self.postings.get(key)).map(Vec::len).max().unwrap_or(0);
        (1 + posted as u64, keys.into_iter().map(Anchor::Key).collect())
    }

    /// Watches of which an anchor is in the document, in order.
    fn candidates(&self, document: &Document) -> Vec<u32> {
        let mut found = self.always.clone();
        let mut concepts: Vec<ConceptIx> = document.mentions.iter().map(|mention| mention.concept).collect();
        concepts.sort_unstable();
        concepts.dedup();
        for concept in concepts {
            let groups = self.groups_of.get(concept.0 as usize).map_or(&[][..], Vec::as_slice);
            groups.iter().for_each(|&group| found.extend(&self.watches_of[group as usize]));
        }
        if !self.postings.is_empty() {
            self.by_words(document, &mut found);
        }
        found.sort_unstable();
        found.dedup();
        found
    }

    fn by_words(&self, document: &Document, found: &mut Vec<u32>) {
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

    fn look_up(&self, surface: u64, stem: u64, found: &mut Vec<u32>) {
        for key in [surface, stem ^ STEM] {
            found.extend(self.postings.get(&key).map_or(&[][..], Vec::as_slice));
        }
    }

    fn look_up_prefixes(&self, plain: &str, found: &mut Vec<u32>) {
        let ends = plain.char_indices().map(|(at, char)| at + char.len_utf8()).take(PREFIX_LETTERS);
        for end in ends.filter(|_| self.prefixes) {
            let list = self.postings.get(&(hash(&plain[..end]) ^ PREFIX));
            found.extend(list.map_or(&[][..], Vec::as_slice));
        }
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
