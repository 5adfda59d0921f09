//! Does a name that the words spell count as the name?
//!
//! In: hits, and the document. Out: the hits whose language, case and context are right, with a confidence. Defaults
//! are what an analyst would accept; a file's `context = "ignore"` switches the weighing off. It compares no hits.

use super::concept::{Cue, Kind, Name};
use super::source::{Case, Context};
use super::tag::Hit;
use super::{Concept, Document, Lexicon, Token, elsewhere};
use crate::text::fold::{fold, hash};
use crate::text::form::stem_language;
use crate::text::lang::{Lang, is_common};
use crate::text::stem::stem;
use crate::text::token::Shape;

/// A name of another language counts in a text of unknown language only with so many letters.
const FOREIGN_LETTERS_MIN: u8 = 5;
/// A form of a word is shorter than the dictionary's by so many letters at most.
const ENDING_LETTERS_MAX: usize = 4;
/// A name with `*` is the last part of a compound only with so many letters before it.
const OPEN_PART_LETTERS_MIN: usize = 6;
/// Of a headline With Capitals, words of so many bytes have one.
const LONG_BYTES_MIN: u32 = 6;
/// What a cue in the same sentence weighs, and elsewhere in the item.
const NEAR: f32 = 1.0;
const FAR: f32 = 0.5;

/// Keeps the hits that count.
pub(super) fn filter(lexicon: &Lexicon, document: &Document, lang: Lang, hits: &mut Vec<Hit>) {
    let view = View { lexicon, document, lang, styles: document.fields.iter().map(|_| Style::default()).collect() };
    let view = View { styles: view.styles(), ..view };
    hits.retain(|hit| {
        view.speaks(hit)
            && view.is_written(hit)
            && view.is_marked(hit)
            && view.is_ended(hit)
            && !elsewhere::is_another_place(document, hit)
    });
    if hits.iter().all(|hit| !view.is_doubtful(hit)) {
        return;
    }
    let all = hits.clone();
    hits.retain_mut(|hit| {
        if !view.is_doubtful(hit) {
            return true;
        }
        let weight = view.weight(hit, &all);
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
            let long = |token: &&Token| token.shape == Shape::Lower && token.end - token.start >= LONG_BYTES_MIN;
            Style {
                shouted: lower == 0 && upper >= 3 && upper > 2 * capital,
                whispered: lower >= 3 && capital + upper == 0,
                titled: capital >= 3 && !tokens.iter().any(|token| long(&token)),
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
        if name.acronym && (!has_own || name.lang.as_str() == "en") && hit_is_upper(self.document, hit) {
            return true;
        }
        match name.lang.as_str() {
            "en" => !has_own || name.words > 1 || (borrows(self.lang) && name.letters >= FOREIGN_LETTERS_MIN),
            _ => !has_own && is_neighbour(self.lang, name.lang),
        }
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
        let tokens = &self.document.tokens[hit.first as usize..hit.last as usize];
        match name.case {
            Case::Exact => {
                let original = self.document.original_between(hit.first, hit.last);
                original == &*name.text || (self.style(hit).shouted && original == name.text.to_uppercase())
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
                let last = tokens.last().filter(|_| whole && ends_in_capital(&name.text));
                let shown = tokens.iter().any(|token| capital(token.shape));
                (shown && last.is_none_or(|last| capital(last.shape))) || self.style(hit).whispered
            }
        }
    }

    /// Whether what follows the letters of a name with `*` may be an ending: "טורקי*" is not in "טורקיז", turquoise.
    fn is_ended(&self, hit: &Hit) -> bool {
        let name = self.name(hit);
        let endings = match name.lang.as_str() {
            "ar" => ARABIC_ENDINGS,
            "he" => HEBREW_ENDINGS,
            _ => return true,
        };
        let word = self.document.folded(&self.document.tokens[hit.last as usize - 1]);
        let prefix = fold(name.text.rsplit(' ').next().unwrap_or_default());
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

    /// Whether the context has a say. What a concept's `against` says is said of its single words: a longer name is plain.
    fn is_doubtful(&self, hit: &Hit) -> bool {
        let name = self.name(hit);
        match name.context {
            Context::Ignore => false,
            Context::Required => true,
            Context::Start if self.is_capital_mute(hit) => true,
            Context::Weighed | Context::Start => {
                let single = name.words == 1 || !name.text.contains(' ');
                let gated = single && !self.concept(hit).against.is_empty();
                self.is_shouted_word(hit)
                    || self.is_shouted_name(hit)
                    || gated
                    || (name.person && self.is_of_a_person(hit))
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
        let same = || self.document.original_between(hit.first, hit.last) == &*name.text;
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

    /// Whether the name stands beside another word with a capital that follows it as a surname would.
    fn is_of_a_person(&self, hit: &Hit) -> bool {
        let tokens = &self.document.tokens;
        let Some(next) = tokens.get(hit.last as usize) else { return false };
        let last = &tokens[hit.last as usize - 1];
        let beside = next.field == last.field && next.shape == Shape::Capital && !self.style(hit).titled;
        beside && &self.document.text(last.field)[last.end as usize..next.start as usize] == " "
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
        let surname = || !all.iter().any(|other| other.first == hit.last);
        let person = if self.name(hit).person && self.is_of_a_person(hit) && surname() { NEAR } else { 0.0 };
        kinship + cues(&concept.context) - cues(&concept.against) - person
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

/// Languages of which many outlets leave names in their English spelling.
fn borrows(lang: Lang) -> bool {
    matches!(lang.as_str(), "vi" | "tl" | "ms" | "id" | "sw")
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
