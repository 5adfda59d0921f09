//! How do two words of a sentence hang together?
//!
//! In: a document and places in it. Out: whether they stand in one clause, and whether a name is a verb's subject. Only plain
//! cases are answered with yes: an explanation that is wrong is worse than none. Word lists are in `data/grammar.toml`.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Range;
use std::sync::LazyLock;

use serde::Deserialize;

use crate::lexicon::{Document, Mention, Shape};
use crate::model::Field;
use crate::text::fold::{fold, plain_into};

/// Letters that a name and what the text calls it have in common, at least.
const SAME_LETTERS: usize = 3;
/// Words between a subject and its verb: "NATO has officially confirmed", "Turkey's finance minister denies".
const SUBJECT_REACH: u32 = 3;
/// Words behind the verb that ends a sentence.
const VERB_FINAL_REST: u32 = 3;
/// Characters between a subject with its particle and the verb that ends the sentence.
const VERB_FINAL_REACH: u32 = 60;

/// A name in a document: a mention, or a word that no concept has.
#[derive(Clone, Copy)]
pub struct Span {
    pub field: Field,
    pub start: u32,
    pub end: u32,
    pub first_token: u32,
    pub last_token: u32,
}

impl From<&Mention> for Span {
    fn from(own: &Mention) -> Self {
        let Mention { field, start, end, first_token, last_token, .. } = *own;
        Self { field, start, end, first_token, last_token }
    }
}

#[derive(Deserialize)]
struct Table {
    prepositions: BTreeSet<String>,
    auxiliaries: BTreeSet<String>,
    articles: BTreeSet<String>,
    offices: BTreeSet<String>,
    /// Word to label.
    sources: BTreeMap<String, Vec<String>>,
    speaks_in: BTreeMap<String, BTreeSet<String>>,
    verb_first: BTreeSet<String>,
    verb_last: BTreeSet<String>,
    openers: Vec<String>,
    joining: BTreeSet<String>,
    /// Of those, the ones that mean something else in other languages.
    joining_in: BTreeMap<String, BTreeSet<String>>,
    according: BTreeSet<String>,
    negations: BTreeSet<String>,
    more: BTreeSet<String>,
    subject_particles: Vec<String>,
}

static TABLE: LazyLock<Table> = LazyLock::new(|| {
    let mut table: Table = toml::from_str(include_str!("data/grammar.toml")).expect("the shipped table is tested");
    let Table { prepositions, auxiliaries, joining, according, negations, more, articles, offices, .. } = &mut table;
    for set in [prepositions, auxiliaries, joining, according, negations, more, articles, offices] {
        *set = set.iter().flat_map(|word| forms(word)).collect();
    }
    for set in table.joining_in.values_mut() {
        *set = set.iter().flat_map(|word| forms(word)).collect();
    }
    table
});

/// A word as a document has it: in some languages without its diacritics.
fn forms(word: &str) -> [String; 2] {
    let (folded, mut plain) = (fold(word), String::new());
    plain_into(&folded, &mut plain);
    [folded, plain]
}

/// Institutions by the words for them, folded.
static SOURCES: LazyLock<HashMap<String, &'static str>> = LazyLock::new(|| {
    let table: &'static Table = &TABLE;
    let words = table
        .sources
        .iter()
        .flat_map(|(label, words)| words.iter().flat_map(|word| forms(word)).map(move |word| (word, label.as_str())));
    words.collect()
});

/// The plain grammar of a document.
pub struct Grammar<'a> {
    pub document: &'a Document,
}

impl Grammar<'_> {
    fn word(&self, at: u32) -> &str {
        self.document.tokens.get(at as usize).map_or("", |token| self.document.folded(token))
    }

    /// The text between two tokens, and whether they are of one field and sentence.
    fn between(&self, left: u32, right: u32) -> Option<&str> {
        let (left, right) = (self.document.tokens.get(left as usize)?, self.document.tokens.get(right as usize)?);
        let same = left.field == right.field && left.sentence == right.sentence && left.end <= right.start;
        if same { self.document.text(left.field).get(left.end as usize..right.start as usize) } else { None }
    }

    /// Whether the tokens from `first` to `last` (exclusive) and their neighbours are of one clause: no comma, dash, quote,
    /// "and" or further figure parts them.
    pub fn is_one_clause(&self, first: u32, last: u32) -> bool {
        let Some(before) = first.checked_sub(1) else { return false };
        if first > last {
            return true;
        }
        let parted = self.between(before, last).is_none_or(parts);
        let word = |at: u32| {
            let figure = self.document.tokens.get(at as usize).is_some_and(|token| token.shape == Shape::Number);
            figure || self.joins(at)
        };
        !parted && !(first..last).any(word)
    }

    /// Whether a word joins clauses in the document's language: "o" is "or" in Spanish, "the" in Portuguese.
    fn joins(&self, at: u32) -> bool {
        let word = self.word(at);
        let own = TABLE.joining_in.get(&self.document.lang);
        TABLE.joining.contains(word) || own.is_some_and(|own| own.contains(word))
    }

    /// Whether a token is a figure in digits.
    pub fn is_number(&self, at: u32) -> bool {
        self.document.tokens.get(at as usize).is_some_and(|token| token.shape == Shape::Number)
    }

    /// Whether all tokens of a range join what stands beside them: "and", "or".
    pub fn are_joining(&self, mut range: Range<u32>) -> bool {
        range.all(|at| self.joins(at))
    }

    /// Whether punctuation parts the tokens from `first` to `last` (exclusive) from their neighbours.
    pub fn is_parted(&self, first: u32, last: u32) -> bool {
        first.checked_sub(1).and_then(|before| self.between(before, last)).is_none_or(parts)
    }

    /// Whether what a mention says is denied by the word before it: "no injuries".
    pub fn is_negated(&self, mention: &Mention) -> bool {
        let near = mention.first_token.saturating_sub(2)..mention.first_token;
        near.clone().any(|at| TABLE.negations.contains(self.word(at)))
    }

    /// Whether a figure comes on top of one that is known: "two more bodies", "another six".
    pub fn is_increment(&self, at: u32, next: u32) -> bool {
        [at.checked_sub(1), Some(next)].into_iter().flatten().any(|at| TABLE.more.contains(self.word(at)))
    }

    /// Whether a name is the subject of a cue; `of` tells which tokens may be a country that it belongs to ("police of Georgia").
    pub fn is_subject(&self, actor: &Span, cue: &Mention, of: impl Fn(u32) -> bool) -> bool {
        let lang = self.document.lang.as_str();
        if actor.first_token >= cue.last_token {
            return self.is_subject_behind(actor, cue, lang);
        }
        if actor.last_token > cue.first_token || self.follows_preposition(actor) && !self.is_said_in(actor) {
            return false;
        }
        if self.announces(actor) {
            return true;
        }
        if TABLE.verb_last.contains(lang) {
            return self.opens_for(actor, cue);
        }
        if lang == "zh" {
            return actor.last_token == cue.first_token;
        }
        let gap = actor.last_token..cue.first_token;
        let word = |at: u32| self.word(at);
        let office = gap.clone().any(|at| TABLE.offices.contains(word(at)));
        let between = |at: u32| TABLE.auxiliaries.contains(word(at)) || TABLE.offices.contains(word(at)) || of(at);
        gap.len() as u32 <= SUBJECT_REACH
            && self.is_one_clause(actor.last_token, cue.first_token)
            && gap.clone().all(between)
            && (office || self.is_bare(actor))
    }

    /// "according to the police", "…, says NATO"; where verbs open the sentence, right behind the verb.
    fn is_subject_behind(&self, actor: &Span, cue: &Mention, lang: &str) -> bool {
        let mut gap = cue.last_token..actor.first_token;
        let near = gap.len() <= 2 && gap.all(|at| TABLE.articles.contains(self.word(at)));
        if !near || self.between(cue.last_token.saturating_sub(1), actor.first_token).is_none_or(parts) {
            return false;
        }
        let before = cue.first_token.checked_sub(1);
        let opens = before.is_none_or(|before| self.between(before, cue.first_token).is_none());
        if self.is_according(cue) {
            return self.is_bare(actor);
        }
        let parted = before.and_then(|before| self.between(before, cue.first_token)).is_some_and(parts);
        let ends = self.between(actor.last_token.saturating_sub(1), actor.last_token).is_none_or(parts);
        (parted && ends || opens && TABLE.verb_first.contains(lang)) && self.is_bare(actor)
    }

    /// "according to".
    pub fn is_according(&self, cue: &Mention) -> bool {
        (cue.first_token..cue.last_token).any(|at| TABLE.according.contains(self.word(at)))
    }

    /// "Seoul: …": a name that opens the text, and a colon or quote.
    fn announces(&self, actor: &Span) -> bool {
        let behind = self.document.text(actor.field).get(actor.end as usize..).unwrap_or_default();
        let quote = behind.trim_start().starts_with(['"', '“', '「', '『']) && behind.starts_with([' ', '「', '『']);
        self.is_first(actor) && (behind.starts_with([':', '：']) || quote)
    }

    /// Where the verb ends the sentence: a name that opens it, or carries the particle of a subject.
    fn opens_for(&self, actor: &Span, cue: &Mention) -> bool {
        let behind = self.document.text(actor.field).get(actor.end as usize..).unwrap_or_default();
        let near = cue.start.saturating_sub(actor.end) <= VERB_FINAL_REACH * 3;
        let marked = TABLE.subject_particles.iter().any(|particle| behind.starts_with(particle.as_str()));
        let opens = self.is_first(actor) && TABLE.openers.iter().any(|opener| behind.starts_with(opener.as_str()));
        let unmarked =
            self.is_first(actor) && matches!(self.document.lang.as_str(), "tr" | "fa") && self.is_bare(actor);
        let sentence = self.document.tokens.get(cue.first_token as usize).map(|token| token.sentence);
        let rest = self.document.tokens[cue.last_token as usize..].iter().take(8);
        let rest = rest.filter(|token| token.field == cue.field && Some(token.sentence) == sentence).count() as u32;
        let unspaced = self.document.lang == "ja";
        near && (marked || (opens || unmarked) && (unspaced || rest <= VERB_FINAL_REST))
    }

    fn is_first(&self, actor: &Span) -> bool {
        let first = self.document.tokens.iter().position(|token| token.field == actor.field);
        first == Some(actor.first_token as usize)
    }

    /// The institution that a word or two name.
    pub fn source(&self, at: u32) -> Option<(Span, &'static str)> {
        let token = self.document.tokens.get(at as usize)?;
        let span = |last: u32| {
            let end = self.document.tokens[last as usize - 1].end;
            Span { field: token.field, start: token.start, end, first_token: at, last_token: last }
        };
        let word = self.word(at);
        if self.between(at, at + 1).is_some_and(|gap| gap == " ") {
            let pair = format!("{word} {}", self.word(at + 1));
            if let Some(label) = SOURCES.get(&pair) {
                return Some((span(at + 2), label));
            }
        }
        SOURCES.get(word).map(|label| (span(at + 1), *label))
    }

    /// "South Africa", not "South Africa's" nor "Panama-flagged".
    fn is_bare(&self, actor: &Span) -> bool {
        let behind = self.document.text(actor.field).get(actor.end as usize..).unwrap_or_default();
        let written = self.document.text(actor.field).get(actor.start as usize..actor.end as usize).unwrap_or_default();
        let possessed = written.ends_with("'s") || written.ends_with("’s");
        !possessed && !behind.starts_with(['\'', '’', '-'])
    }

    fn follows_preposition(&self, mention: &Span) -> bool {
        let Some(before) = mention.first_token.checked_sub(1) else { return false };
        self.between(before, mention.first_token).is_some() && TABLE.prepositions.contains(self.word(before))
    }

    /// "В Кремле опровергли": the place speaks, where it opens the sentence.
    fn is_said_in(&self, actor: &Span) -> bool {
        let Some(at) = actor.first_token.checked_sub(1) else { return false };
        let opens = at == 0 || self.between(at - 1, at).is_none();
        opens && TABLE.speaks_in.get(&self.document.lang).is_some_and(|words| words.contains(self.word(at)))
    }

    /// Whether a mention opens its field and stands for itself.
    pub fn opens(&self, mention: &Mention) -> bool {
        let first = self.document.tokens.iter().position(|token| token.field == mention.field);
        first == Some(mention.first_token as usize) && self.is_bare(&Span::from(mention))
    }

    /// Whether the text calls a thing by (the beginning of) its name: "Rohingya" speaks of Rakhine, and does not name it.
    pub fn is_named_so(&self, mention: &Mention, label: &str) -> bool {
        let (written, label) = (fold(self.document.mentioned(mention)), fold(label));
        let latin = written.chars().all(|char| char < '\u{250}');
        let same = written.chars().zip(label.chars()).take_while(|(left, right)| left == right).count();
        let part = mention.first_token.checked_sub(1).is_some_and(|before| matches!(self.word(before), "of" | "von"));
        !part && (!latin || same >= SAME_LETTERS.min(label.chars().count())) && self.is_bare(&Span::from(mention))
    }
}

/// Whether a text has a sign that parts clauses.
fn parts(text: &str) -> bool {
    let sign = |char: char| {
        matches!(char, ',' | ';' | ':' | '"' | '“' | '”' | '«' | '»' | '(' | ')' | '，' | '、' | '；' | '·')
            || matches!(char, '–' | '—' | '「' | '」' | '…')
    };
    text.contains(sign) || text.contains(" - ")
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_table_is_whole() {
        assert!(super::TABLE.prepositions.contains("near") && super::TABLE.joining.contains("and"));
    }
}
