//! Does a name that the words spell count as the name?
//!
//! In: hits, and the document. Out: the hits whose language, case and context are right, with a confidence. Defaults
//! are what an analyst would accept; a file's `context = "ignore"` switches the weighing off. It compares no hits.

use super::company::Company;
use super::concept::{Kind, Name};
use super::cues::plain_hash;
use super::elsewhere::{self, Fronts};
use super::source::{Case, Context};
use super::tag::Hit;
use super::tongue::Tongue;
use super::{Concept, Document, Lexicon, Token};
use crate::text::fold::{fold, plain_into};
use crate::text::form::stem_language;
use crate::text::lang::{Lang, is_common};
use crate::text::token::Shape;

/// A name of another language counts in a text of unknown language only with so many letters.
const FOREIGN_LETTERS_MIN: u8 = 5;
/// A form of a word is shorter than the dictionary's by so many letters at most.
const ENDING_LETTERS_MAX: usize = 4;
/// A name with `*` is the last part of a compound only with so many letters before it.
const OPEN_PART_LETTERS_MIN: usize = 6;
/// Of a headline With Capitals, words of so many bytes have one.
const LONG_BYTES_MIN: u32 = 6;
/// Letters of a name by which it is found in a compound; later ones may change with the form.
const LEAD_LETTERS: usize = 4;
/// Before a name in one word: parts of a country, and what is before or against it.
const DIRECTIONS: &[&str] = &[
    "ost", "west", "sud", "nord", "zentral", "mittel", "gesamt", "exil", "anti", "pro", "oost", "zuid", "noord",
    "midden", "syd", "soder", "norr", "vast", "oster", "mellan", "nordost", "nordwest", "sudost", "sudwest",
];
/// What a surname beside a name that people have, too, weighs against it.
const PERSON: f32 = 1.0;

/// Keeps the hits that count.
pub(super) fn filter(lexicon: &Lexicon, document: &Document, lang: Lang, hits: &mut Vec<Hit>) {
    let view = View::new(lexicon, document, lang);
    let fronts = Fronts::of(lexicon, hits);
    hits.retain(|hit| {
        view.speaks(hit)
            && view.is_written(hit)
            && view.is_marked(hit)
            && view.is_ended(hit)
            && !elsewhere::is_another_place(document, hit)
            && !fronts.claim(lexicon, document, hit)
    });
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
        let person = view.is_of_a_person(hit) && !company.starts_at(hit.last);
        let weight = company.weight(hit) - if person { PERSON } else { 0.0 };
        hit.confidence = if weight > 0.0 { 0.9 } else { 0.6 };
        match view.name(hit).context {
            Context::Ignore => true,
            Context::Weighed if !view.is_shouted_word(hit) && !view.is_shouted_name(hit) => weight >= 0.0,
            Context::Start if !view.is_capital_mute(hit) => weight >= 0.0,
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
    /// Each Longer Word With a Capital.
    titled: bool,
}

impl Style {
    fn of(tokens: &[Token]) -> Self {
        let (mut lower, mut capital, mut upper) = (0, 0, 0);
        for token in tokens {
            lower += u32::from(token.shape == Shape::Lower);
            capital += u32::from(token.shape == Shape::Capital);
            upper += u32::from(token.shape == Shape::Upper);
        }
        let long = |token: &Token| token.shape == Shape::Lower && token.end - token.start >= LONG_BYTES_MIN;
        Self {
            shouted: lower == 0 && upper >= 3 && upper > 2 * capital,
            whispered: lower >= 3 && capital + upper == 0,
            titled: capital >= 3 && !tokens.iter().any(long),
        }
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
        if name.acronym && (!has_own || from(tongue.english)) && hit_is_upper(self.document, hit) {
            return true;
        }
        let foreign = name.words > 1 || (self.may_borrow(concept.kind) && name.letters >= FOREIGN_LETTERS_MIN);
        if has_own { foreign && from(tongue.english) } else { from(tongue.english | tongue.neighbours) }
    }

    /// Whether names of this kind stand here in their English spelling though the language has its own: in languages that
    /// borrow them, in scripts that have no such letters ("Fed降息"), and of actors, whom some outlets spell so ("Mossad").
    fn may_borrow(&self, kind: Kind) -> bool {
        borrows(self.lang)
            || writes_without_spaces(self.lang)
            || matches!(kind, Kind::Person | Kind::Group | Kind::Body | Kind::Intelligence)
    }

    /// Whether the name is written as its case rule wants it.
    fn is_written(&self, hit: &Hit) -> bool {
        let name = self.name(hit);
        if hit.inside
            && name.prefix
            && (usize::from(name.letters) < OPEN_PART_LETTERS_MIN || self.concept(hit).kind.is_proper())
        {
            return false;
        }
        if hit.inside && self.concept(hit).kind.is_proper() && !self.leads(hit) {
            return false;
        }
        let tokens = &self.document.tokens[hit.first as usize..hit.last as usize];
        match name.case {
            Case::Exact => {
                let original = self.document.original_between(hit.first, hit.last);
                let text = self.lexicon.text(name);
                original == text || (self.style(hit).shouted && original == text.to_uppercase())
            }
            Case::Upper => {
                tokens.iter().all(|token| matches!(token.shape, Shape::Upper | Shape::Number | Shape::Other))
                    || single_capital(self.document, hit)
            }
            Case::Folded if !name.capital => true,
            Case::Folded => {
                let capital =
                    |shape: Shape| matches!(shape, Shape::Capital | Shape::Upper | Shape::Other | Shape::Unspaced);
                // "Islamic state schools" are none of the Islamic State's.
                let whole = name.words > 1 && matches!(self.concept(hit).kind, Kind::Group | Kind::Body);
                let last = tokens.last().filter(|_| whole && ends_in_capital(self.lexicon.text(name)));
                let shown = tokens.iter().any(|token| capital(token.shape));
                (shown && last.is_none_or(|last| capital(last.shape))) || self.style(hit).whispered
            }
        }
    }

    /// Whether a name is the first part of a compound, as proper names are ("Kremlsprecher"), but for a direction before it
    /// ("Ostukraine"): "Kasjmieren" has no Irish ("Ieren") in it.
    fn leads(&self, hit: &Hit) -> bool {
        let word = self.document.folded(&self.document.tokens[hit.first as usize]);
        let start: String = fold(self.lexicon.text(self.name(hit))).chars().take(LEAD_LETTERS).collect();
        let mut plain = String::new();
        plain_into(&start, &mut plain);
        let Some(at) = word.find(&plain) else { return true };
        at == 0 || DIRECTIONS.contains(&&word[..at])
    }

    /// Whether what follows the letters of a name with `*` may be an ending: "טורקי*" is not in "טורקיז", turquoise.
    fn is_ended(&self, hit: &Hit) -> bool {
        let foreign = hit.langs & self.tongue.own == 0;
        let is_of = |bit: u64| hit.langs & bit != 0 && (foreign || self.tongue.own == bit);
        let endings = if is_of(self.tongue.arabic) {
            ARABIC_ENDINGS
        } else if is_of(self.tongue.hebrew) {
            HEBREW_ENDINGS
        } else {
            return true;
        };
        let word = self.document.folded(&self.document.tokens[hit.last as usize - 1]);
        let prefix = fold(self.lexicon.text(self.name(hit)).rsplit(' ').next().unwrap_or_default());
        let rest = word.find(&prefix).map(|at| &word[at + prefix.len()..]);
        rest.is_none_or(|rest| endings.contains(&rest))
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

    /// Whether the context has a say. What a concept's `against` says is said of its single words: a longer name is plain.
    fn is_doubtful(&self, hit: &Hit) -> bool {
        let name = self.name(hit);
        match name.context {
            Context::Ignore => false,
            Context::Required => true,
            Context::Start if self.is_capital_mute(hit) => true,
            Context::Weighed | Context::Start => {
                let single = name.words == 1 || !self.lexicon.text(name).contains(' ');
                let gated = single && !self.concept(hit).against.is_empty();
                self.is_shouted_word(hit) || self.is_shouted_name(hit) || gated || self.is_of_a_person(hit)
            }
        }
    }

    /// "JOIN US": in a headline of capitals, an acronym that is a common word; "U.S." is none.
    fn is_shouted_word(&self, hit: &Hit) -> bool {
        let token = &self.document.tokens[hit.first as usize];
        let shouted = self.style(hit).shouted && self.name(hit).case == Case::Upper;
        shouted
            && is_common(stem_language(self.lang), self.document.folded(token))
            && !self.document.original(token).contains('.')
    }

    /// "TURKEY": in a headline of capitals, a name of which the capital tells it from a word.
    fn is_shouted_name(&self, hit: &Hit) -> bool {
        let name = self.name(hit);
        let same = || self.document.original_between(hit.first, hit.last) == self.lexicon.text(name);
        name.case == Case::Exact && name.words == 1 && self.style(hit).shouted && !same()
    }

    /// Whether a capital here is no evidence of a name.
    fn is_capital_mute(&self, hit: &Hit) -> bool {
        let tokens = &self.document.tokens;
        let (first, before) = (&tokens[hit.first as usize], hit.first.checked_sub(1).map(|at| &tokens[at as usize]));
        let starts = before.is_none_or(|before| before.sentence != first.sentence || before.field != first.field);
        let style = self.style(hit);
        starts || style.shouted || style.titled
    }

    /// Whether a name that people have, too, stands beside a word with a capital that follows it as a surname would.
    fn is_of_a_person(&self, hit: &Hit) -> bool {
        if !self.name(hit).person {
            return false;
        }
        let tokens = &self.document.tokens;
        let Some(next) = tokens.get(hit.last as usize) else { return false };
        let last = &tokens[hit.last as usize - 1];
        let beside = next.field == last.field && next.shape == Shape::Capital && !self.style(hit).titled;
        beside && &self.document.text(last.field)[last.end as usize..next.start as usize] == " "
    }
}

fn hit_is_upper(document: &Document, hit: &Hit) -> bool {
    document.tokens[hit.first as usize..hit.last as usize].iter().all(|token| token.shape == Shape::Upper)
}

/// "E" of a name of one letter counts as upper.
fn single_capital(document: &Document, hit: &Hit) -> bool {
    let tokens = &document.tokens[hit.first as usize..hit.last as usize];
    tokens.iter().all(|token| {
        token.shape == Shape::Upper
            || (token.shape == Shape::Capital && document.folded(token).chars().nth(1).is_none())
    })
}

fn ends_in_capital(name: &str) -> bool {
    name.rsplit(' ').next().is_some_and(|last| last.starts_with(char::is_uppercase))
}

/// What may follow an Arabic adjective or noun, on unified letters.
const ARABIC_ENDINGS: &[&str] = &[
    "", "ا", "ه", "ون", "ين", "ان", "ات", "ي", "يه", "يا", "يون", "يين", "يان", "يات", "تان", "تين", "ها", "هم", "و",
    "تها", "يتان", "يتين",
];
/// What may follow a Hebrew one.
const HEBREW_ENDINGS: &[&str] = &[
    "", "ה", "ת", "ים", "ות", "ם", "י", "יה", "ית", "יים", "יות", "יים", "ני", "נית", "נים", "ניים", "ניות", "אי",
    "אית", "אים", "איות", "אות", "יו", "יהם", "תיים",
];

/// Languages of which a Latin word in a text is a foreign name.
fn writes_without_spaces(lang: Lang) -> bool {
    matches!(lang.as_str(), "zh" | "ja" | "ko" | "th")
}

/// Languages of which many outlets leave names in their English spelling.
fn borrows(lang: Lang) -> bool {
    matches!(lang.as_str(), "vi" | "tl" | "ms" | "id" | "sw")
}
