//! Which names stand in these words?
//!
//! In: a document with words, its language, and the words that are the publisher's own name. Out: the document's
//! mentions. Names are looked up word by word in the trie, by surface and by stem; which hits count is for `accept` and
//! `resolve` to say.

use std::ops::Range;

use super::compile::NAME_WORDS_MAX;
use super::trie::{self, End, Trie, WORDS};
use super::{Document, Lexicon, Mention, accept, characters, resolve};
use crate::text::fold::hash;
use crate::text::lang::Lang;
use crate::text::stem::{Rules, without_clitics};
use crate::text::token::Shape;

/// A name that the words spell, before anything is known of its case, language and context.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Hit {
    pub name: u32,
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
    let clitics = matches!(lang.as_str(), "ar" | "ur" | "he");
    let view = View { document, lang, rules: Rules::of(lang), clitics, compounds: compounds(lang), trie };
    for field in &document.fields {
        let counts = |at: &u32| document.tokens[*at as usize].end <= field.content.end;
        let last = field.tokens.clone().take_while(counts).last().map_or(field.tokens.start, |at| at + 1);
        for at in field.tokens.start..last {
            if hits.len() < HITS_MAX && !own.iter().any(|range| range.contains(&at)) {
                view.names_at(at, last, &mut hits);
            }
        }
        if hits.len() < HITS_MAX {
            characters::names(trie, document, field.tokens.start..last, &mut hits);
        }
    }
    accept::filter(lexicon, document, lang, &mut hits);
    resolve::drop_nested(lexicon, document, &mut hits);
    document.mentions = hits.iter().map(|hit| mention(lexicon, document, hit)).collect();
}

fn mention(lexicon: &Lexicon, document: &Document, hit: &Hit) -> Mention {
    Mention {
        concept: lexicon.0.names[hit.name as usize].concept,
        field: document.tokens[hit.first as usize].field,
        start: hit.start,
        end: hit.end,
        first_token: hit.first,
        last_token: hit.last,
        confidence: hit.confidence,
    }
}

struct View<'a> {
    document: &'a Document,
    lang: Lang,
    rules: Rules,
    /// Small words are written onto the front of others.
    clitics: bool,
    /// Compounds are written as one word.
    compounds: bool,
    trie: &'a Trie,
}

/// The keys and the plain form under which one word may continue a name.
struct Spelling {
    surface: u64,
    stem: u64,
    /// Bytes cut from the front of the plain form.
    cut: usize,
}

impl View<'_> {
    fn names_at(&self, at: u32, last: u32, hits: &mut Vec<Hit>) {
        let before = hits.len();
        self.walk(WORDS, at, at, last, hits);
        if self.compounds && hits[before..].iter().all(|hit| hit.last > at + 1) {
            self.compound(at, hits);
        }
    }

    fn walk(&self, node: u32, first: u32, at: u32, last: u32, hits: &mut Vec<Hit>) {
        let token = &self.document.tokens[at as usize];
        if token.shape == Shape::Unspaced {
            return;
        }
        let plain = self.document.folded(token);
        self.spellings(at, |spelling| {
            self.trie.completed(node, &plain[spelling.cut..]).for_each(|end| hits.push(self.hit(end, first, at)));
            let stem = (spelling.stem != spelling.surface).then_some(spelling.stem);
            for key in [Some(spelling.surface), stem].into_iter().flatten() {
                let Some(next) = self.trie.step(node, key) else { continue };
                self.trie.ends(next).iter().for_each(|&end| hits.push(self.hit(end, first, at)));
                if at + 1 < last && (at - first) < NAME_WORDS_MAX as u32 && self.document.is_joined(at) {
                    self.walk(next, first, at + 1, last, hits);
                }
            }
        });
    }

    fn spellings(&self, at: u32, mut with: impl FnMut(Spelling)) {
        let token = &self.document.tokens[at as usize];
        with(Spelling { surface: trie::surface(token.hash), stem: trie::stem(token.stem), cut: 0 });
        if !self.clitics {
            return;
        }
        let plain = self.document.folded(token);
        let mut stem = String::new();
        without_clitics(self.lang, plain, |form| {
            if form.len() < plain.len() {
                stem.clear();
                self.rules.stem_into(form, &mut stem);
                let cut = plain.len() - form.len();
                with(Spelling { surface: trie::surface(hash(form)), stem: trie::stem(hash(&stem)), cut });
            }
        });
    }

    fn hit(&self, end: End, first: u32, at: u32) -> Hit {
        let tokens = &self.document.tokens;
        let (start, stop) = (tokens[first as usize].start, tokens[at as usize].end);
        let End { name, stem, langs } = end;
        Hit { name, stem, langs, inside: false, first, last: at + 1, start, end: stop, confidence: 1.0 }
    }

    /// A long word of a language that writes compounds as one: its first or last part may be a name.
    fn compound(&self, at: u32, hits: &mut Vec<Hit>) {
        let token = &self.document.tokens[at as usize];
        let plain = self.document.folded(token);
        if plain.len() < COMPOUND_BYTES_MIN || plain.len() > COMPOUND_BYTES_MAX {
            return;
        }
        let mut stem = String::new();
        for (cut, _) in plain.char_indices().skip(PART_LETTERS_MIN) {
            let (left, right) = plain.split_at(cut);
            if right.chars().nth(PART_LETTERS_MIN - 1).is_none() {
                break;
            }
            let mut add = |key: u64| {
                let ends = self.trie.step(WORDS, key).map_or(&[][..], |node| self.trie.ends(node));
                hits.extend(ends.iter().map(|&end| Hit { inside: true, ..self.hit(end, at, at) }));
            };
            if left.chars().count() > PART_LETTERS_MIN || right.chars().count() > PART_LETTERS_MIN + 1 {
                add(trie::surface(hash(left)));
            }
            if right.chars().count() > PART_LETTERS_MIN {
                add(trie::surface(hash(right)));
                stem.clear();
                self.rules.stem_into(right, &mut stem);
                add(trie::stem(hash(&stem)));
            }
        }
    }
}

/// A compound has parts of at least so many letters, one of them more.
const PART_LETTERS_MIN: usize = 4;
const COMPOUND_BYTES_MIN: usize = 9;
const COMPOUND_BYTES_MAX: usize = 48;

fn compounds(lang: Lang) -> bool {
    matches!(lang.as_str(), "de" | "nl" | "af" | "sv" | "no" | "da" | "fi" | "et" | "hu")
}
