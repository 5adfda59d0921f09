//! Under which keys is a word looked up?
//!
//! In: a short text (a name, a query) and its language. Out: its words with their folded and plain forms, made exactly as
//! those of an item's text are. It never decides which of the two is to be compared.

use super::fold::{fold_into, hash, plain_into};
use super::lang::Lang;
use super::stem::Rules;
use super::token::{Shape, split};

/// A word of a short text with its forms.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Form {
    /// Bytes in the text.
    pub start: usize,
    pub end: usize,
    pub shape: Shape,
    /// As the text has it after folding.
    pub folded: String,
    /// What is compared: [`folded`](Self::folded) without Latin diacritics, where the language can do without.
    pub plain: String,
}

impl Form {
    /// The key of the plain form.
    pub fn hash(&self) -> u64 {
        hash(&self.plain)
    }

    /// The key of the stem in the language of the rules.
    pub fn stem_hash(&self, rules: &Rules) -> u64 {
        let mut stem = String::with_capacity(self.folded.len());
        rules.stem_into(&self.folded, &mut stem);
        hash(&stem)
    }
}

/// Whether an apostrophe in this language parts a name from its ending, and I is the capital of ı.
pub fn is_turkic(lang: Lang) -> bool {
    matches!(lang.as_str(), "tr" | "az")
}

/// Whether diacritics carry the meaning: without its tones Vietnamese is another text.
pub fn keeps_diacritics(lang: Lang) -> bool {
    lang.as_str() == "vi"
}

/// The language whose stems a text gets: one of unknown language is read as English.
pub fn stem_language(lang: Lang) -> Lang {
    if lang.is_unknown() { Lang::of("en") } else { lang }
}

/// The words of `text`.
pub fn forms(text: &str, lang: Lang) -> Vec<Form> {
    let mut forms = Vec::new();
    split(text, is_turkic(lang), |word| {
        let mut folded = String::new();
        fold_into(&text[word.start..word.end], is_turkic(lang), &mut folded);
        let folded = without_stops(folded);
        let mut plain = String::new();
        match keeps_diacritics(lang) {
            true => plain.push_str(&folded),
            false => plain_into(&folded, &mut plain),
        }
        forms.push(Form { start: word.start, end: word.end, shape: word.shape, folded, plain });
    });
    forms
}

/// "u.s." is "us"; a number keeps its marks.
pub fn without_stops(mut folded: String) -> String {
    if folded.contains('.') && !folded.starts_with(|char: char| char.is_ascii_digit()) {
        folded.retain(|char| char != '.');
    }
    folded
}
