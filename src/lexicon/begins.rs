//! Which names begin at this word?
//!
//! In: a word with its keys, and the rules of its language. Out: the names that the word is, or that are a part of it where
//! compounds are written as one, and the nodes of the trie where names of more words go on. The same few words make up
//! most of the news: what one came to is remembered, which changes no answer.

use std::sync::{Mutex, PoisonError};

use super::trie::{self, End, Trie, WORDS};
use super::{Document, Token};
use crate::text::fold::hash;
use crate::text::lang::Lang;
use crate::text::stem::{Rules, without_clitics};

/// A compound has parts of at least so many letters, one of them more.
const PART_LETTERS_MIN: usize = 4;
const COMPOUND_BYTES_MIN: usize = 9;
const COMPOUND_BYTES_MAX: usize = 48;

/// What begins at a word.
#[derive(Clone, Copy, Debug)]
pub(super) enum Begin {
    /// A name of this one word.
    Name(End),
    /// A name that is a part of the word.
    Part(End),
    /// Names that go on with the next word.
    Node(u32),
}

/// The rules by which the words of one text begin names.
pub(super) struct Speller<'a> {
    trie: &'a Trie,
    lang: Lang,
    rules: Rules,
    /// Small words are written onto the front of others.
    clitics: bool,
    /// Compounds are written as one word.
    compounds: bool,
}

/// The keys and the plain form under which one word may continue a name.
pub(super) struct Spelling<'a> {
    pub surface: u64,
    pub stem: u64,
    pub plain: &'a str,
}

impl<'a> Speller<'a> {
    pub fn of(trie: &'a Trie, lang: Lang) -> Self {
        let code = lang.as_str();
        let clitics = matches!(code, "ar" | "ur" | "he");
        let compounds = matches!(code, "de" | "nl" | "af" | "sv" | "no" | "da" | "fi" | "et" | "hu");
        Self { trie, lang, rules: Rules::of(lang), clitics, compounds }
    }

    /// All that begins at a word.
    fn begins(&self, document: &Document, token: &Token) -> Vec<Begin> {
        let mut begins = Vec::new();
        self.spellings(document, token, |spelling| self.follow(WORDS, &spelling, |begin| begins.push(begin)));
        if self.compounds && !begins.iter().any(|begin| matches!(begin, Begin::Name(_))) {
            self.parts(document.folded(token), &mut begins);
        }
        begins
    }

    /// What a word in one of its spellings comes to after `node`.
    pub fn follow(&self, node: u32, spelling: &Spelling, mut found: impl FnMut(Begin)) {
        self.trie.completed(node, spelling.plain).for_each(|end| found(Begin::Name(end)));
        let stem = (spelling.stem != spelling.surface).then_some(spelling.stem);
        for key in [Some(spelling.surface), stem].into_iter().flatten() {
            let Some(next) = self.trie.step(node, key) else { continue };
            self.trie.ends(next).iter().for_each(|&end| found(Begin::Name(end)));
            if self.trie.goes_on(next) {
                found(Begin::Node(next));
            }
        }
    }

    /// The ways to read a word: as it is, and without the small words at its front.
    pub fn spellings(&self, document: &Document, token: &Token, mut with: impl FnMut(Spelling)) {
        let plain = document.folded(token);
        with(Spelling { surface: trie::surface(token.hash), stem: trie::stem(token.stem), plain });
        if !self.clitics {
            return;
        }
        without_clitics(self.lang, plain, |form| {
            if form.len() < plain.len() {
                let stem = trie::stem(self.stem(form));
                with(Spelling { surface: trie::surface(hash(form)), stem, plain: form });
            }
        });
    }

    fn stem(&self, word: &str) -> u64 {
        let mut stem = String::new();
        self.rules.stem_into(word, &mut stem);
        hash(&stem)
    }

    /// A long word of a language that writes compounds as one: its first or last part may be a name.
    fn parts(&self, plain: &str, begins: &mut Vec<Begin>) {
        if plain.len() < COMPOUND_BYTES_MIN || plain.len() > COMPOUND_BYTES_MAX {
            return;
        }
        for (cut, _) in plain.char_indices().skip(PART_LETTERS_MIN) {
            let (left, right) = plain.split_at(cut);
            if right.chars().nth(PART_LETTERS_MIN - 1).is_none() {
                break;
            }
            let mut add = |key: u64| {
                let ends = self.trie.step(WORDS, key).map_or(&[][..], |node| self.trie.ends(node));
                begins.extend(ends.iter().map(|&end| Begin::Part(end)));
            };
            let longer = |part: &str, by: usize| part.chars().nth(PART_LETTERS_MIN + by).is_some();
            if longer(left, 0) || longer(right, 1) {
                add(trie::surface(hash(left)));
                // "Regierungskrise", "Truppenabzug": a letter links, or the part is in the plural.
                if let Some(bare) = left.strip_suffix('s').filter(|bare| bare.len() > PART_LETTERS_MIN) {
                    add(trie::surface(hash(bare)));
                } else if left.ends_with('n') {
                    add(trie::stem(self.stem(left)));
                }
            }
            if longer(right, 0) {
                add(trie::surface(hash(right)));
                add(trie::stem(self.stem(right)));
                begins.extend(self.trie.completed(WORDS, right).map(Begin::Part));
            }
        }
    }
}

/// What words came to before, each in the one place where it may be.
#[derive(Debug)]
pub(super) struct Memory(Vec<(u64, Box<[Begin]>)>);

/// Words remembered, a power of two: 200 kB and what they begin.
const REMEMBERED: usize = 1 << 13;
/// Keeps the stem apart from the surface, and the language from both.
const STEM: u64 = 0x9e37_79b9_7f4a_7c15;
const LANG: u64 = 0xd6e8_feb8_6659_fd93;

impl Memory {
    fn new() -> Self {
        Self((0..REMEMBERED).map(|_| (0, Box::default())).collect())
    }

    /// All that begins at a word.
    pub fn begins(&mut self, speller: &Speller, document: &Document, token: &Token) -> &[Begin] {
        let key = token.hash ^ token.stem.wrapping_mul(STEM) ^ speller.lang.number().wrapping_mul(LANG);
        let place = &mut self.0[(key >> 32) as usize % REMEMBERED];
        if place.0 != key {
            *place = (key, speller.begins(document, token).into());
        }
        &place.1
    }
}

/// Memories that nobody uses now: one for each reader at work at once.
#[derive(Debug, Default)]
pub(super) struct Memories(Mutex<Vec<Memory>>);

impl Memories {
    pub fn lend(&self) -> Memory {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).pop().unwrap_or_else(Memory::new)
    }

    pub fn take_back(&self, memory: Memory) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(memory);
    }
}
