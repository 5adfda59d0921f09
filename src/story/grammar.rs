//! How do two words of a sentence hang together?
//!
//! In: a document and places in it. Out: whether they stand in one clause, and whether a name is a verb's subject. Only plain
//! cases are answered with yes: an explanation that is wrong is worse than none. Word lists are in `data/grammar.toml`.

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::LazyLock;

use serde::Deserialize;

use crate::lexicon::{Document, Mention, Shape};
use crate::text::fold::fold;

/// Letters that a name and what the text calls it have in common, at least.
const SAME_LETTERS: usize = 3;
/// Words between a subject and its verb: "NATO has officially confirmed".
const SUBJECT_REACH: u32 = 2;
/// Characters between a subject with its particle and the verb that ends the sentence.
const VERB_FINAL_REACH: u32 = 60;

#[derive(Deserialize)]
struct Table {
    prepositions: BTreeSet<String>,
    auxiliaries: BTreeSet<String>,
    joining: BTreeSet<String>,
    according: BTreeSet<String>,
    negations: BTreeSet<String>,
    more: BTreeSet<String>,
    subject_particles: Vec<String>,
}

static TABLE: LazyLock<Table> = LazyLock::new(|| {
    let mut table: Table = toml::from_str(include_str!("data/grammar.toml")).expect("the shipped table is tested");
    let Table { prepositions, auxiliaries, joining, according, negations, more, .. } = &mut table;
    for set in [prepositions, auxiliaries, joining, according, negations, more] {
        *set = set.iter().map(|word| fold(word)).collect();
    }
    table
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
            figure || TABLE.joining.contains(self.word(at))
        };
        !parted && !(first..last).any(word)
    }

    /// Whether all tokens of a range join what stands beside them: "and", "or".
    pub fn are_joining(&self, mut range: Range<u32>) -> bool {
        range.all(|at| TABLE.joining.contains(self.word(at)))
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

    /// Whether an actor is the subject of a cue.
    pub fn is_subject(&self, actor: &Mention, cue: &Mention) -> bool {
        let after = actor.first_token == cue.last_token;
        if after {
            let according = (cue.first_token..cue.last_token).any(|at| TABLE.according.contains(self.word(at)));
            return according && self.is_bare(actor);
        }
        if actor.last_token > cue.first_token || self.follows_preposition(actor) {
            return false;
        }
        match self.document.lang.as_str() {
            "ko" | "ja" => {
                let behind = self.document.text(actor.field).get(actor.end as usize..).unwrap_or_default();
                let marked = TABLE.subject_particles.iter().any(|particle| behind.starts_with(particle.as_str()));
                marked && cue.start - actor.end <= VERB_FINAL_REACH * 3
            }
            "zh" => actor.last_token == cue.first_token,
            _ => {
                let gap = actor.last_token..cue.first_token;
                gap.len() as u32 <= SUBJECT_REACH
                    && self.is_one_clause(actor.last_token, cue.first_token)
                    && gap.clone().all(|at| TABLE.auxiliaries.contains(self.word(at)))
                    && self.is_bare(actor)
            }
        }
    }

    /// "South Africa", not "South Africa's" nor "Panama-flagged".
    fn is_bare(&self, actor: &Mention) -> bool {
        let behind = self.document.text(actor.field).get(actor.end as usize..).unwrap_or_default();
        let possessed =
            self.document.mentioned(actor).ends_with("'s") || self.document.mentioned(actor).ends_with("’s");
        !possessed && !behind.starts_with(['\'', '’', '-'])
    }

    fn follows_preposition(&self, mention: &Mention) -> bool {
        let Some(before) = mention.first_token.checked_sub(1) else { return false };
        self.between(before, mention.first_token).is_some() && TABLE.prepositions.contains(self.word(before))
    }

    /// Whether a mention opens its field and stands for itself.
    pub fn opens(&self, mention: &Mention) -> bool {
        let first = self.document.tokens.iter().position(|token| token.field == mention.field);
        first == Some(mention.first_token as usize) && self.is_bare(mention)
    }

    /// Whether the text calls a thing by (the beginning of) its name: "Rohingya" speaks of Rakhine, and does not name it.
    pub fn is_named_so(&self, mention: &Mention, label: &str) -> bool {
        let (written, label) = (fold(self.document.mentioned(mention)), fold(label));
        let latin = written.chars().all(|char| char < '\u{250}');
        let same = written.chars().zip(label.chars()).take_while(|(left, right)| left == right).count();
        let part = mention.first_token.checked_sub(1).is_some_and(|before| matches!(self.word(before), "of" | "von"));
        !part && (!latin || same >= SAME_LETTERS.min(label.chars().count())) && self.is_bare(mention)
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
