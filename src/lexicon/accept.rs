//! Does a name that the words spell count as the name?
//!
//! In: hits, and the document. Out: the hits whose language, case and context are right, with a confidence. Defaults
//! are what an analyst would accept; a file's `context = "ignore"` switches the weighing off. It compares no hits.

use super::company::Company;
use super::concept::Name;
use super::cues::plain_hash;
use super::source::{Case, Context};
use super::tag::Hit;
use super::tongue::Tongue;
use super::{Concept, Document, Lexicon, Token};
use crate::text::fold::fold;
use crate::text::form::stem_language;
use crate::text::lang::{Lang, is_common};
use crate::text::token::Shape;

/// A name of another language counts in a text of unknown language only with so many letters.
const FOREIGN_LETTERS_MIN: u8 = 5;
/// A form of a word is shorter than the dictionary's by so many letters at most.
const ENDING_LETTERS_MAX: usize = 4;

/// Keeps the hits that count.
pub(super) fn filter(lexicon: &Lexicon, document: &Document, lang: Lang, hits: &mut Vec<Hit>) {
    let view = View::new(lexicon, document, lang);
    hits.retain(|hit| view.speaks(hit) && view.is_written(hit) && view.is_marked(hit));
    let doubtful: Vec<bool> = hits.iter().map(|hit| view.is_doubtful(hit)).collect();
    if !doubtful.contains(&true) {
        return;
    }
    let company = Company::of(lexicon, document, stem_language(lang), (hits, &doubtful));
    let mut doubtful = doubtful.iter();
    hits.retain_mut(|hit| {
        if doubtful.next() != Some(&true) {
            return true;
        }
        let weight = company.weight(hit);
        let name = view.name(hit);
        hit.confidence = if weight > 0.0 { 0.9 } else { 0.6 };
        match name.context {
            Context::Ignore => true,
            Context::Weighed if !view.shouted(hit) => weight >= 0.0,
            _ => weight > 0.0,
        }
    });
}

/// How a field is written.
#[derive(Clone, Copy, Debug, Default)]
struct Style {
    /// All in capitals: case says nothing.
    shouted: bool,
    /// All in small letters.
    whispered: bool,
}

impl Style {
    fn of(tokens: &[Token]) -> Self {
        let (mut lower, mut capital, mut upper) = (0, 0, 0);
        for token in tokens {
            lower += u32::from(token.shape == Shape::Lower);
            capital += u32::from(token.shape == Shape::Capital);
            upper += u32::from(token.shape == Shape::Upper);
        }
        let shouted = lower == 0 && upper >= 3 && upper > 2 * capital;
        Self { shouted, whispered: lower >= 3 && capital + upper == 0 }
    }
}

struct View<'a> {
    lexicon: &'a Lexicon,
    document: &'a Document,
    lang: Lang,
    tongue: Tongue,
    styles: Vec<Style>,
}

impl<'a> View<'a> {
    fn new(lexicon: &'a Lexicon, document: &'a Document, lang: Lang) -> Self {
        let languages = &lexicon.0.languages;
        let known = languages.iter().position(|own| *own == lang);
        let tongue = known.map_or_else(|| Tongue::of(lang, languages), |at| lexicon.0.tongues[at]);
        let style =
            |tokens: std::ops::Range<u32>| Style::of(&document.tokens[tokens.start as usize..tokens.end as usize]);
        let styles = document.fields.iter().map(|field| style(field.tokens.clone())).collect();
        Self { lexicon, document, lang, tongue, styles }
    }

    fn name(&self, hit: &Hit) -> &Name {
        &self.lexicon.0.names[hit.name as usize]
    }

    fn concept(&self, hit: &Hit) -> &Concept {
        self.lexicon.concept(hit.concept)
    }

    fn style(&self, hit: &Hit) -> Style {
        let at = self.document.fields.iter().position(|own| own.field == hit.field);
        at.map_or(Style::default(), |at| self.styles[at])
    }

    fn shouted(&self, hit: &Hit) -> bool {
        self.style(hit).shouted && self.name(hit).case == Case::Upper
    }

    /// Whether a name of this language may stand in this text.
    fn speaks(&self, hit: &Hit) -> bool {
        let (name, tongue) = (self.name(hit), &self.tongue);
        let from = |languages: u64| hit.langs & languages != 0;
        if from(tongue.sisters) {
            return true;
        }
        let concept = self.concept(hit);
        let has_own = concept.languages & tongue.own != 0;
        if !has_own && from(tongue.close) {
            return true;
        }
        if hit.stem {
            return self.lang.is_unknown() && from(tongue.english);
        }
        if self.lang.is_unknown() {
            return from(tongue.english) || (concept.kind.is_proper() && name.letters >= FOREIGN_LETTERS_MIN);
        }
        if !concept.kind.is_proper() {
            return false;
        }
        if name.acronym && hit_is_upper(self.document, hit) {
            return true;
        }
        if has_own { name.words > 1 && from(tongue.english) } else { from(tongue.english | tongue.neighbours) }
    }

    /// Whether the name is written as its case rule wants it.
    fn is_written(&self, hit: &Hit) -> bool {
        let name = self.name(hit);
        let tokens = &self.document.tokens[hit.first as usize..hit.last as usize];
        match name.case {
            Case::Exact => self.document.original_between(hit.first, hit.last) == self.lexicon.text(name),
            Case::Upper => {
                tokens.iter().all(|token| matches!(token.shape, Shape::Upper | Shape::Number | Shape::Other))
                    || single_capital(self.document, hit)
            }
            Case::Folded if !name.capital => true,
            Case::Folded => {
                let capital =
                    |shape: Shape| matches!(shape, Shape::Capital | Shape::Upper | Shape::Other | Shape::Unspaced);
                tokens.iter().any(|token| capital(token.shape)) || self.style(hit).whispered
            }
        }
    }

    /// Whether the text has only the root of which the name is derived: the stem of "brasileirão" is that of "Brasil".
    fn is_root(&self, hit: &Hit, letters: u8) -> bool {
        let token = &self.document.tokens[hit.first as usize];
        self.document.folded(token).chars().count() + ENDING_LETTERS_MAX < usize::from(letters)
    }

    /// Whether a word of the text's own language has the diacritics of the name: "oldu" is not "öldü", "schon" not
    /// "schön". A text without any, and capitals, may leave them out.
    fn is_marked(&self, hit: &Hit) -> bool {
        let (name, token) = (self.name(hit), &self.document.tokens[hit.first as usize]);
        if hit.stem && name.words == 1 && !name.prefix && !hit.inside && self.is_root(hit, name.letters) {
            return false;
        }
        if name.words > 1
            || name.prefix
            || hit.inside
            || hit.langs & self.tongue.own == 0
            || self.concept(hit).kind.is_proper()
        {
            return true;
        }
        let (original, text) = (self.document.original(token), self.lexicon.text(name));
        if original.is_ascii() && text.is_ascii() {
            return true;
        }
        let (text, own) = (fold(original), fold(text));
        let same_but_for_marks = text != own && plain_hash(&own) == token.hash;
        let bare = text == self.document.folded(token) && (token.shape == Shape::Upper || self.document.lacks_marks());
        !same_but_for_marks || bare
    }

    /// Whether the context has a say.
    fn is_doubtful(&self, hit: &Hit) -> bool {
        let name = self.name(hit);
        match name.context {
            Context::Ignore => false,
            Context::Required => true,
            Context::Weighed => self.shouted_word(hit) || !self.concept(hit).against.is_empty(),
        }
    }

    /// "JOIN US": in a headline of capitals, an acronym that is a common word.
    fn shouted_word(&self, hit: &Hit) -> bool {
        self.shouted(hit)
            && is_common(stem_language(self.lang), self.document.folded(&self.document.tokens[hit.first as usize]))
    }
}

fn hit_is_upper(document: &Document, hit: &Hit) -> bool {
    document.tokens[hit.first as usize..hit.last as usize].iter().all(|token| token.shape == Shape::Upper)
}

/// "E" of a name of one letter counts as upper.
fn single_capital(document: &Document, hit: &Hit) -> bool {
    let tokens = &document.tokens[hit.first as usize..hit.last as usize];
    tokens
        .iter()
        .all(|token| token.shape == Shape::Upper || (token.shape == Shape::Capital && token.end - token.start <= 2))
}
