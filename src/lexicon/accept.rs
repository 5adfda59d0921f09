//! Does a name that the words spell count as the name?
//!
//! In: hits, and the document. Out: the hits whose language, case and context are right, with a confidence. Defaults
//! are what an analyst would accept; a file's `context = "ignore"` switches the weighing off. It compares no hits.

use super::concept::{Cue, Name};
use super::source::{Case, Context};
use super::tag::Hit;
use super::{Concept, Document, Lexicon};
use crate::text::fold::{fold, hash};
use crate::text::form::stem_language;
use crate::text::lang::{Lang, is_common};
use crate::text::stem::stem;
use crate::text::token::Shape;

/// A name of another language counts in a text of unknown language only with so many letters.
const FOREIGN_LETTERS_MIN: u8 = 5;
/// A form of a word is shorter than the dictionary's by so many letters at most.
const ENDING_LETTERS_MAX: usize = 4;
/// What a cue in the same sentence weighs, and elsewhere in the item.
const NEAR: f32 = 1.0;
const FAR: f32 = 0.5;

/// Keeps the hits that count.
pub(super) fn filter(lexicon: &Lexicon, document: &Document, lang: Lang, hits: &mut Vec<Hit>) {
    let view = View { lexicon, document, lang, styles: document.fields.iter().map(|_| Style::default()).collect() };
    let view = View { styles: view.styles(), ..view };
    hits.retain(|hit| view.speaks(hit) && view.is_written(hit) && view.is_marked(hit));
    if hits.iter().all(|hit| !view.is_doubtful(hit)) {
        return;
    }
    let all = hits.clone();
    hits.retain_mut(|hit| {
        if !view.is_doubtful(hit) {
            return true;
        }
        let weight = view.weight(hit, &all);
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

struct View<'a> {
    lexicon: &'a Lexicon,
    document: &'a Document,
    lang: Lang,
    styles: Vec<Style>,
}

impl View<'_> {
    fn styles(&self) -> Vec<Style> {
        let style = |tokens: std::ops::Range<u32>| {
            let tokens = &self.document.tokens[tokens.start as usize..tokens.end as usize];
            let count = |shape: Shape| tokens.iter().filter(|token| token.shape == shape).count();
            let (lower, capital, upper) = (count(Shape::Lower), count(Shape::Capital), count(Shape::Upper));
            Style {
                shouted: lower == 0 && upper >= 3 && upper > 2 * capital,
                whispered: lower >= 3 && capital + upper == 0,
            }
        };
        self.document.fields.iter().map(|field| style(field.tokens.clone())).collect()
    }

    fn name(&self, hit: &Hit) -> &Name {
        &self.lexicon.0.names[hit.name as usize]
    }

    fn concept(&self, hit: &Hit) -> &Concept {
        self.lexicon.concept(self.name(hit).concept)
    }

    fn style(&self, hit: &Hit) -> Style {
        let field = self.document.tokens[hit.first as usize].field;
        let at = self.document.fields.iter().position(|own| own.field == field);
        at.map_or(Style::default(), |at| self.styles[at])
    }

    fn shouted(&self, hit: &Hit) -> bool {
        self.style(hit).shouted && self.name(hit).case == Case::Upper
    }

    /// Whether a name of this language may stand in this text.
    fn speaks(&self, hit: &Hit) -> bool {
        let name = self.name(hit);
        if name.lang == self.lang || name.lang.is_unknown() || is_sister(name.lang, self.lang) {
            return true;
        }
        let concept = self.concept(hit);
        let own = self.lexicon.0.languages.iter().position(|own| *own == self.lang);
        let has_own = own.is_some_and(|bit| concept.languages >> bit & 1 == 1);
        if !has_own && is_close(self.lang, name.lang) {
            return true;
        }
        if hit.stem {
            return self.lang.is_unknown() && name.lang.as_str() == "en";
        }
        if self.lang.is_unknown() {
            return name.lang.as_str() == "en" || (concept.kind.is_proper() && name.letters >= FOREIGN_LETTERS_MIN);
        }
        if !concept.kind.is_proper() {
            return false;
        }
        if name.acronym && hit_is_upper(self.document, hit) {
            return true;
        }
        match name.lang.as_str() {
            "en" => !has_own || name.words > 1,
            _ => !has_own && is_neighbour(self.lang, name.lang),
        }
    }

    /// Whether the name is written as its case rule wants it.
    fn is_written(&self, hit: &Hit) -> bool {
        let name = self.name(hit);
        let tokens = &self.document.tokens[hit.first as usize..hit.last as usize];
        match name.case {
            Case::Exact => self.document.original_between(hit.first, hit.last) == &*name.text,
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
        if name.words > 1 || name.prefix || hit.inside || self.concept(hit).kind.is_proper() || name.lang != self.lang {
            return true;
        }
        let original = self.document.original(token);
        if original.is_ascii() && name.text.is_ascii() {
            return true;
        }
        let (text, own) = (fold(original), fold(&name.text));
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

    /// What speaks for the reading less what speaks against it.
    fn weight(&self, hit: &Hit, all: &[Hit]) -> f32 {
        let concept = self.concept(hit);
        let ix = self.name(hit).concept;
        let cues = |cues: &[Cue]| cues.iter().map(|cue| self.cue(hit, cue, all)).sum::<f32>();
        let kin = |other: &&Hit| {
            let own = self.name(other).concept;
            let sure = !self.is_doubtful(other) && !overlaps(other, hit);
            sure && (own == ix
                || self.lexicon.covers(ix, own)
                || self.lexicon.concept(own).related.contains(&ix)
                || concept.related.contains(&own))
        };
        let kinship = all.iter().filter(kin).map(|other| self.nearness(hit, other.first)).fold(0.0, f32::max);
        kinship + cues(&concept.context) - cues(&concept.against)
    }

    fn cue(&self, hit: &Hit, cue: &Cue, all: &[Hit]) -> f32 {
        match cue {
            Cue::Concept(ix) => {
                let named = |other: &&Hit| !overlaps(other, hit) && self.lexicon.covers(*ix, self.name(other).concept);
                all.iter().filter(named).map(|other| self.nearness(hit, other.first)).fold(0.0, f32::max)
            }
            Cue::Text(text) => {
                if self.document.folded.contains(text.as_str()) {
                    NEAR
                } else {
                    0.0
                }
            }
            Cue::Words(words) => self.words(hit, words),
        }
    }

    fn words(&self, hit: &Hit, words: &[String]) -> f32 {
        let keys: Vec<(u64, u64)> =
            words.iter().map(|word| (plain_hash(word), hash(&stem(stem_language(self.lang), word)))).collect();
        let tokens = &self.document.tokens;
        let places = tokens.windows(keys.len()).enumerate().filter(|(_, window)| {
            window.iter().zip(&keys).all(|(token, (surface, stem))| token.hash == *surface || token.stem == *stem)
        });
        places.map(|(at, _)| self.nearness(hit, at as u32)).fold(0.0, f32::max)
    }

    fn nearness(&self, hit: &Hit, token: u32) -> f32 {
        let tokens = &self.document.tokens;
        if tokens[hit.first as usize].sentence == tokens[token as usize].sentence { NEAR } else { FAR }
    }
}

fn plain_hash(folded: &str) -> u64 {
    let mut plain = String::new();
    crate::text::fold::plain_into(folded, &mut plain);
    hash(&plain)
}

fn overlaps(left: &Hit, right: &Hit) -> bool {
    left.first < right.last && right.first < left.last
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

/// Languages that share their stems and most of their words.
fn is_sister(left: Lang, right: Lang) -> bool {
    const SISTERS: &[&[&str]] = &[&["hr", "sr", "bs"], &["id", "ms"], &["zh", "yue"]];
    SISTERS.iter().any(|group| group.contains(&left.as_str()) && group.contains(&right.as_str()))
}

/// Languages near enough to lend their words, and stems where they share the rules, to one without its own.
fn is_close(lang: Lang, lender: Lang) -> bool {
    const CLOSE: &[(&str, &str)] =
        &[("af", "nl"), ("sk", "cs"), ("be", "ru"), ("mk", "bg"), ("gl", "pt"), ("da", "no"), ("no", "da")];
    CLOSE.contains(&(lang.as_str(), lender.as_str()))
}

/// Whose names a language without its own borrows.
fn is_neighbour(lang: Lang, lender: Lang) -> bool {
    const LENDERS: &[(&str, &[&str])] = &[
        ("af", &["nl"]),
        ("gl", &["pt", "es"]),
        ("ca", &["es", "fr"]),
        ("be", &["ru"]),
        ("mk", &["bg", "sr"]),
        ("bg", &["ru", "mk"]),
        ("sk", &["cs"]),
        ("cs", &["sk"]),
        ("no", &["da", "sv"]),
        ("da", &["no", "sv"]),
        ("sv", &["no", "da"]),
        ("ur", &["fa", "ar"]),
        ("fa", &["ar"]),
        ("ps", &["fa"]),
        ("ja", &["zh"]),
        ("zh", &["ja"]),
        ("kk", &["ru"]),
        ("ky", &["ru"]),
        ("tg", &["ru"]),
        ("az", &["tr"]),
        ("mr", &["hi"]),
        ("ne", &["hi"]),
        ("pt", &["es"]),
        ("es", &["pt"]),
        ("nl", &["de"]),
        ("et", &["fi"]),
        ("uk", &["ru"]),
        ("sr", &["ru"]),
    ];
    LENDERS.iter().any(|(own, lenders)| *own == lang.as_str() && lenders.contains(&lender.as_str()))
}
