//! What does one term of a query mean?
//!
//! In: a word or phrase and the lexicon. Out: a concept in all its names, or the words' keys in every language that
//! inflects them, or a text letter for letter. It looks at no item.

use std::sync::Arc;

use super::syntax::Facet;
use crate::lexicon::{ConceptIx, Lexicon};
use crate::text::fold::{fold_into, hash};
use crate::text::form::{forms, is_turkic, without_stops};
use crate::text::lang::{Lang, Script};
use crate::text::stem::{STEMMED, stem_into};
use crate::text::token::{is_hangul, is_unspaced};

/// What satisfies a term.
#[derive(Clone, Debug)]
pub(super) enum Meaning {
    Concept(Concepts),
    Words(Phrase),
    Filter(Filter),
}

/// One concept, or namesakes.
#[derive(Clone, Debug)]
pub(super) struct Concepts {
    pub own: Vec<ConceptIx>,
    pub ids: Vec<String>,
    /// A mention of any of these is one of the concept; sorted.
    pub narrower: Arc<[ConceptIx]>,
}

/// Words in order.
#[derive(Clone, Debug)]
pub(super) struct Phrase {
    pub words: Vec<Word>,
    pub style: Style,
}

/// How freely words are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Style {
    /// In any form.
    Inflected,
    /// Letter for letter.
    Exact,
}

/// A word of a phrase.
#[derive(Clone, Debug)]
pub(super) struct Word {
    /// As written, for [`Style::Exact`].
    pub original: String,
    pub plain: String,
    /// With and without the diacritics that Vietnamese keeps.
    pub surfaces: [u64; 2],
    /// Stem, and the languages (bits in the order of [`STEMMED`]) in which it is this word's.
    pub stems: Vec<(u64, u64)>,
    /// It may go on: the user wrote `*`, or the script writes particles onto it.
    pub prefix: bool,
}

/// A property of the item.
#[derive(Clone, Debug)]
pub(super) struct Filter {
    pub facet: Facet,
    /// Folded words of the value.
    pub folded: String,
    pub prefix: bool,
}

impl Concepts {
    pub fn of(lexicon: &Lexicon, own: Vec<ConceptIx>) -> Self {
        let ids = own.iter().map(|&ix| lexicon.concept(ix).id.clone()).collect();
        let narrower = match own.as_slice() {
            [one] => lexicon.narrower(*one),
            several => {
                let mut all: Vec<ConceptIx> = several.iter().flat_map(|&ix| lexicon.narrower(ix).to_vec()).collect();
                all.sort_unstable();
                all.dedup();
                all.into()
            }
        };
        Self { own, ids, narrower }
    }

    pub fn contains(&self, ix: ConceptIx) -> bool {
        self.narrower.binary_search(&ix).is_ok()
    }
}

impl Phrase {
    /// The words of `text`; a trailing `*` lets the last go on. Empty where there is no letter.
    pub fn of(text: &str, style: Style) -> Self {
        let (text, star) = text.strip_suffix('*').map_or((text, false), |bare| (bare, true));
        let marked = forms(text, Lang::of("vi"));
        let plain = forms(text, Lang::UNKNOWN);
        let count = plain.len();
        let word = |(at, (form, marked)): (usize, (_, crate::text::form::Form))| {
            let form: crate::text::form::Form = form;
            let last = at + 1 == count;
            let stems =
                if style == Style::Inflected { stems(&text[form.start..form.end], &form.plain) } else { Vec::new() };
            let korean = style != Style::Exact && form.plain.chars().any(is_hangul);
            Word {
                original: text[form.start..form.end].to_owned(),
                surfaces: [form.hash(), marked.hash()],
                stems,
                prefix: last && (star || korean),
                plain: form.plain,
            }
        };
        Self { words: plain.into_iter().zip(marked).enumerate().map(word).collect(), style }
    }
}

/// The stems of a word in each language of its script, with the languages (bits) in which it has them.
fn stems(word: &str, plain: &str) -> Vec<(u64, u64)> {
    if plain.chars().all(|char| is_unspaced(char) || is_hangul(char) || char.is_ascii_digit()) {
        return Vec::new();
    }
    let script = Script::of_word(plain);
    let folded = [false, true].map(|turkic| {
        let mut folded = String::new();
        fold_into(word, turkic, &mut folded);
        without_stops(folded)
    });
    let own = folded.each_ref().map(|folded| hash(folded));
    let mut stem = String::new();
    let mut stems: Vec<(u64, u64)> = Vec::new();
    for (bit, code) in STEMMED.iter().enumerate() {
        let lang = Lang::of(code);
        if !script.suits(lang) {
            continue;
        }
        let turkic = usize::from(is_turkic(lang));
        stem.clear();
        stem_into(lang, &folded[turkic], &mut stem);
        // Its own letters may be the stem of its forms, where its own stem is shorter.
        for key in [hash(&stem), own[turkic]] {
            match stems.iter_mut().find(|(known, _)| *known == key) {
                Some((_, languages)) => *languages |= 1 << bit,
                None => stems.push((key, 1 << bit)),
            }
        }
    }
    stems
}

/// The bit of a document's language in [`Word::stems`].
pub(super) fn language_bit(lang: Lang) -> u64 {
    let own = crate::text::form::stem_language(lang);
    STEMMED.iter().position(|code| *code == own.as_str()).map_or(0, |bit| 1 << bit)
}

impl Filter {
    pub fn of(facet: Facet, value: &str) -> Self {
        let value = value.trim();
        let (bare, prefix) = value.strip_suffix('*').map_or((value, false), |bare| (bare, true));
        let folded = match facet {
            Facet::Lang => Lang::of(bare).as_str().to_owned(),
            _ => folded(bare),
        };
        Self { facet, folded, prefix }
    }

    /// Whether a property of an item has the value.
    pub fn accepts(&self, property: &str) -> bool {
        let property = folded(property);
        if self.prefix { property.starts_with(&self.folded) } else { property == self.folded }
    }
}

/// The plain words of a name, with one space between.
pub(super) fn folded(name: &str) -> String {
    forms(name, Lang::UNKNOWN).iter().map(|form| form.plain.as_str()).collect::<Vec<_>>().join(" ")
}

impl Meaning {
    /// For `check`.
    pub fn explain(&self, lexicon: &Lexicon) -> String {
        match self {
            Self::Concept(concepts) => {
                let told: Vec<String> = concepts.own.iter().map(|&ix| explain_concept(lexicon, ix)).collect();
                told.join("; or ")
            }
            Self::Words(phrase) => explain_phrase(phrase),
            Self::Filter(filter) => {
                let star = if filter.prefix { "starting with " } else { "" };
                match filter.facet {
                    Facet::Lang => format!("items in the language `{}`", filter.folded),
                    Facet::Feed => format!("items of the feed named {star}`{}`", filter.folded),
                    Facet::Outlet => format!("items of the outlet {star}`{}`", filter.folded),
                    Facet::Tag => format!("items of feeds tagged {star}`{}`", filter.folded),
                }
            }
        }
    }
}

fn explain_concept(lexicon: &Lexicon, ix: ConceptIx) -> String {
    let (names, languages) = lexicon.counts(ix);
    let examples: Vec<&str> =
        ["ru", "ko", "ar", "de", "en", "es"].iter().filter_map(|code| lexicon.label_in(ix, code)).take(3).collect();
    let narrower = lexicon.narrower(ix).len() - 1;
    let within = match narrower {
        0 => String::new(),
        1 => ", and 1 concept that is part of it".to_owned(),
        more => format!(", and {more} concepts that are part of it"),
    };
    let plural = |count: usize, one: &str| if count == 1 { format!("1 {one}") } else { format!("{count} {one}s") };
    format!(
        "concept {} ({}): {} in {}, e.g. {}{within}",
        lexicon.label(ix, "en"),
        lexicon.concept(ix).id,
        plural(names, "name"),
        plural(languages, "language"),
        examples.join(", "),
    )
}

fn explain_phrase(phrase: &Phrase) -> String {
    let star = if phrase.words.last().is_some_and(|word| word.prefix) { "…" } else { "" };
    let several = phrase.words.len() > 1;
    if phrase.style == Style::Exact {
        let text = phrase.words.iter().map(|word| word.original.as_str()).collect::<Vec<_>>().join(" ");
        return format!("the text `{text}{star}`, capitals and all");
    }
    let text = phrase.words.iter().map(|word| word.plain.as_str()).collect::<Vec<_>>().join(" ");
    match several {
        false if star.is_empty() => format!("the word `{text}` and its forms"),
        false => format!("words that begin with `{text}`"),
        true => format!("the words `{text}{star}` in this order, and their forms"),
    }
}
