//! Which names stand in these words?
//!
//! In: a document with words, its language, and the words that are the publisher's own name. Out: the document's
//! mentions. Names are looked up word by word in the trie, by surface and by stem; which hits count is for `accept` and
//! `resolve` to say.

use std::ops::Range;

use super::begins::{Begin, Memory, Speller};
use super::compile::NAME_WORDS_MAX;
use super::trie::End;
use super::{ConceptIx, Document, Kind, Lexicon, Mention, accept, characters, resolve};
use crate::model::Field;
use crate::text::lang::Lang;
use crate::text::token::Shape;

/// A name that the words spell, before anything is known of its case, language and context.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Hit {
    pub name: u32,
    pub concept: ConceptIx,
    pub field: Field,
    pub stem: bool,
    /// The languages, as bits, that write the name so.
    pub langs: u64,
    /// Part of a longer written word.
    pub inside: bool,
    /// Tokens, end exclusive.
    pub first: u32,
    pub last: u32,
    /// Bytes in the field.
    pub start: u32,
    pub end: u32,
    pub confidence: f32,
}

/// Hits kept of one document; more is not news but noise.
pub(super) const HITS_MAX: usize = 20_000;

/// Fills `document.mentions`.
pub(super) fn tag(lexicon: &Lexicon, document: &mut Document, lang: Lang, own: &[Range<u32>]) {
    let mut hits = Vec::new();
    let trie = &lexicon.0.trie;
    let mut memory = lexicon.0.memories.lend();
    let view = View { lexicon, document, speller: Speller::of(trie, lang) };
    for field in &document.fields {
        let tokens = &document.tokens[field.tokens.start as usize..field.tokens.end as usize];
        let content = tokens.partition_point(|token| token.end <= field.content.end);
        let last = field.tokens.start + content as u32;
        for at in field.tokens.start..last {
            if hits.len() < HITS_MAX && !own.iter().any(|range| range.contains(&at)) {
                view.names_at(at, last, &mut memory, &mut hits);
            }
        }
        if hits.len() < HITS_MAX {
            characters::names(lexicon, document, field.tokens.start..last, &mut hits);
        }
    }
    lexicon.0.memories.take_back(memory);
    accept::filter(lexicon, document, lang, &mut hits);
    resolve::drop_nested(lexicon, &mut hits);
    hits.retain(|hit| lexicon.concept(hit.concept).kind != Kind::Talk);
    document.mentions = hits.iter().map(mention).collect();
}

fn mention(hit: &Hit) -> Mention {
    Mention {
        concept: hit.concept,
        field: hit.field,
        start: hit.start,
        end: hit.end,
        first_token: hit.first,
        last_token: hit.last,
        confidence: hit.confidence,
    }
}

struct View<'a> {
    lexicon: &'a Lexicon,
    document: &'a Document,
    speller: Speller<'a>,
}

impl View<'_> {
    /// The names that begin at a word.
    fn names_at(&self, at: u32, last: u32, memory: &mut Memory, hits: &mut Vec<Hit>) {
        let token = &self.document.tokens[at as usize];
        if token.shape == Shape::Unspaced {
            return;
        }
        for begin in memory.begins(&self.speller, self.document, token) {
            self.take(*begin, (at, at, last), hits);
        }
    }

    /// A name that ends at the second word, or what goes on after it.
    fn take(&self, begin: Begin, (first, at, last): (u32, u32, u32), hits: &mut Vec<Hit>) {
        match begin {
            Begin::Name(end) => hits.push(self.hit(end, first, at)),
            Begin::Part(end) => hits.push(Hit { inside: true, ..self.hit(end, first, at) }),
            Begin::Node(node) => {
                let goes_on = |at: u32| at + 1 < last && self.document.is_joined(at);
                if !goes_on(at) || (at - first) >= NAME_WORDS_MAX as u32 {
                    return;
                }
                self.walk(node, (first, at + 1, last), hits);
                // "swap 185 prisoners" is "swap prisoners": how many stands between.
                if self.document.tokens[at as usize + 1].shape == Shape::Number && goes_on(at + 1) {
                    self.walk(node, (first, at + 2, last), hits);
                }
            }
        }
    }

    /// The names that go on after `node` with the word at `at`.
    fn walk(&self, node: u32, (first, at, last): (u32, u32, u32), hits: &mut Vec<Hit>) {
        let token = &self.document.tokens[at as usize];
        if token.shape != Shape::Unspaced {
            self.speller.spellings(self.document, token, |spelling| {
                self.speller.follow(node, &spelling, |begin| self.take(begin, (first, at, last), hits));
            });
        }
    }

    fn hit(&self, end: End, first: u32, at: u32) -> Hit {
        let tokens = &self.document.tokens;
        let (start, stop) = (tokens[first as usize].start, tokens[at as usize].end);
        let End { name, stem, langs } = end;
        let (concept, field) = (self.lexicon.0.names[name as usize].concept, tokens[first as usize].field);
        Hit { name, concept, field, stem, langs, inside: false, first, last: at + 1, start, end: stop, confidence: 1.0 }
    }
}
