//! Which words speak for and against the readings of names?
//!
//! In: the folded words of all cues. Out: the keys under which a text of a language has each of them. Stems are made once
//! a language, when its first doubtful name is met: most processes meet few languages.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use crate::text::fold::{hash, plain_into};
use crate::text::lang::Lang;
use crate::text::stem::{STEMMED, stem};

/// The words, by number.
#[derive(Debug, Default)]
pub(super) struct CueWords {
    words: Vec<String>,
    surfaces: Vec<u64>,
    /// In the order of [`STEMMED`]; the last for all languages without stems.
    stems: Vec<OnceLock<Vec<u64>>>,
}

impl CueWords {
    /// Words with their numbers, from 0.
    pub fn of(numbered: &BTreeMap<String, u32>) -> Self {
        let mut words = vec![String::new(); numbered.len()];
        numbered.iter().for_each(|(word, &number)| words[number as usize].clone_from(word));
        let surfaces = words.iter().map(|word| plain_hash(word)).collect();
        Self { words, surfaces, stems: vec![OnceLock::new(); STEMMED.len() + 1] }
    }

    /// The key of a word's plain form, in any language.
    pub fn surface(&self, word: u32) -> u64 {
        self.surfaces[word as usize]
    }

    /// The keys of all words' stems in a language.
    pub fn stems(&self, lang: Lang) -> &[u64] {
        let at = STEMMED.iter().position(|code| *code == lang.as_str()).unwrap_or(STEMMED.len());
        self.stems[at].get_or_init(|| self.words.iter().map(|word| hash(&stem(lang, word))).collect())
    }
}

/// The key of a folded word's plain form.
pub(super) fn plain_hash(folded: &str) -> u64 {
    let mut plain = String::new();
    plain_into(folded, &mut plain);
    hash(&plain)
}
