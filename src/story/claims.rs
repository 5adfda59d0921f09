//! Who says, confirms, doubts or denies what?
//!
//! In: a document's cues ("denies", "according to") and the actors beside them. Out: status facts: the principal, what the claim
//! is about, and how firmly. Only a plain grammatical subject makes a fact sure; who probably spoke is a hint that weighs.

use super::classes;
use super::facts::{Fact, SENTENCES_MAX, Scene, is_actor};
use super::frequency;
use super::grammar::{Grammar, Span};
use crate::lexicon::{ConceptIx, Kind, Mention, Shape, Token};
use crate::model::UnitKind;
use crate::text::fold::fold;

/// Tokens behind a cue among which its actor is looked for where none stands before it.
const BEHIND: u32 = 6;
/// Tokens before and behind a cue among which an institution without a concept is looked for.
const SOURCE_BEFORE: u32 = 4;
const SOURCE_BEHIND: u32 = 4;
/// Confidence in a name from which it may be a subject: the verb beside it speaks for it.
const NAMED: f32 = 0.5;
/// Weight of a word from which a capitalised one that opens a headline is taken for a name.
const NAME: f32 = 5.0;
/// Levels of what an unknown name may be heard with: it denies, cannot confirm, confirms.
const PLAIN_LEVELS: [u8; 3] = [0, 1, 5];

/// Characters of a sentence that explains who says what.
const ABOUT_MAX: usize = 90;

/// Who speaks: its key, and how a reader calls it.
struct Speaker {
    key: String,
    label: String,
}

impl Scene<'_> {
    /// Who says, confirms or denies what.
    pub fn statuses(&self, facts: &mut Vec<Fact>) {
        let cues = self.document.mentions.iter().filter(|mention| self.kind(mention) == Kind::Status);
        for cue in cues {
            let sentence = self.sentence(cue);
            let Some(status) = classes::status(self.id(cue.concept)).filter(|_| sentence <= SENTENCES_MAX) else {
                continue;
            };
            let grammar = Grammar { document: self.document };
            let denied =
                grammar.is_negated(cue) && !grammar.is_parted(cue.first_token.saturating_sub(1), cue.first_token);
            let level = if denied { negated(status.level) } else { status.level };
            let subject = self.speaks(cue, level);
            let says = if subject.is_some() { "says" } else { "hints" };
            let guessed = || self.speaker(cue, sentence).map(|actor| self.speaker_of(actor));
            // Who probably spoke is kept apart from who did: a reader is told of turns between sure words only.
            let Some(speaker) = subject.or_else(guessed) else { continue };
            facts.push(Fact {
                kind: UnitKind::Status,
                key: format!("{says}:{}/{}", speaker.key, self.family(sentence)),
                label: speaker.label,
                value: None,
                level: Some(level),
                source: Some(self.id(cue.concept).to_owned()),
                position: self.position(cue.field, sentence),
                severity: 1.0,
                sure: says == "says" && self.position(cue.field, sentence) >= 0.8,
                about: (says == "says").then(|| self.said(cue, sentence)),
                revised: false,
            });
        }
    }

    /// The sentence of a cue, cut to what a subject line can hold beside who says it.
    fn said(&self, cue: &Mention, sentence: u16) -> String {
        let own = |at: &u32| {
            let token = &self.document.tokens[*at as usize];
            token.field == cue.field && token.sentence == sentence && self.document.is_content(token)
        };
        let first = (0..cue.first_token).rev().take_while(own).last().unwrap_or(cue.first_token);
        let last = (cue.last_token..self.document.tokens.len() as u32).take_while(own).last();
        let mut text = self.document.original_between(first, last.map_or(cue.last_token, |at| at + 1)).to_owned();
        if let Some((at, _)) = text.char_indices().nth(ABOUT_MAX) {
            text.truncate(at);
            text.push('…');
        }
        text
    }

    fn speaker_of(&self, actor: ConceptIx) -> Speaker {
        Speaker { key: self.id(self.principal(actor)).to_owned(), label: self.label(actor) }
    }

    /// Who gives the figures of a sentence: the subject of its first cue that has one.
    pub fn giver(&self, sentence: u16) -> Option<String> {
        let own = |cue: &&Mention| self.kind(cue) == Kind::Status && self.sentence(cue) == sentence;
        let mut cues = self.document.mentions.iter().filter(own);
        cues.find_map(|cue| {
            let status = classes::status(self.id(cue.concept))?;
            self.speaks(cue, status.level).map(|speaker| speaker.label)
        })
    }

    /// The grammatical subject of a cue, known or not; `None` in doubt.
    fn speaks(&self, cue: &Mention, level: u8) -> Option<Speaker> {
        // "Likely" is what a text says, not who stands before it.
        if level == 3 {
            return None;
        }
        let known = self.subject(cue).map(|actor| self.speaker_of(actor));
        known.or_else(|| self.institution(cue)).or_else(|| self.name(cue, level))
    }

    /// An actor of the lexicon that is the subject of a cue.
    fn subject(&self, cue: &Mention) -> Option<ConceptIx> {
        let grammar = Grammar { document: self.document };
        let sentence = self.sentence(cue);
        let actors = self.document.mentions.iter().filter(|own| {
            is_actor(self.kind(own))
                && own.field == cue.field
                && self.sentence(own) == sentence
                && own.confidence >= NAMED
                && !self.is_object(own, cue)
        });
        let of = |token: u32| {
            self.document.mentions.iter().any(|own| {
                own.first_token <= token
                    && token < own.last_token
                    && matches!(self.kind(own), Kind::Country | Kind::City)
            })
        };
        actors.clone().find(|actor| grammar.is_subject(&Span::from(*actor), cue, of)).map(|actor| actor.concept)
    }

    /// "denied Iranian claims": what another cue stands right before is its object.
    fn is_object(&self, actor: &Mention, of: &Mention) -> bool {
        let cued = |own: &&Mention| {
            own.last_token == actor.first_token && self.kind(own) == Kind::Status && own.first_token != of.first_token
        };
        let grammar = Grammar { document: self.document };
        let mut cues = self.document.mentions.iter().filter(cued);
        cues.any(|cue| classes::status(self.id(cue.concept)).is_some() && !grammar.is_according(cue))
    }

    /// An institution that has no concept: "prosecutors", "civil protection".
    fn institution(&self, cue: &Mention) -> Option<Speaker> {
        let grammar = Grammar { document: self.document };
        let from = cue.first_token.saturating_sub(SOURCE_BEFORE);
        let to = (cue.last_token + SOURCE_BEHIND).min(self.document.tokens.len() as u32);
        let mut spans = (from..cue.first_token).rev().chain(cue.last_token..to).filter_map(|at| grammar.source(at));
        let (_, label) = spans.find(|(span, _)| span.field == cue.field && grammar.is_subject(span, cue, |_| false))?;
        Some(Speaker { key: format!("source-{}", label.replace(' ', "-")), label: label.to_owned() })
    }

    /// A name that no lexicon has, where it opens the headline and the cue follows: "Corvane denies".
    fn name(&self, cue: &Mention, level: u8) -> Option<Speaker> {
        let first = self.document.tokens.first()?;
        let span = 0..cue.first_token;
        let plain = PLAIN_LEVELS.contains(&level) && first.field == cue.field && (1..=2).contains(&span.len());
        if !plain || self.document.mentions.iter().any(|own| own.first_token < cue.first_token) {
            return None;
        }
        let tokens = &self.document.tokens;
        // Any word that opens a headline has a capital; a name has one elsewhere too.
        let elsewhere = |hash: u64| {
            let inside = |pair: &[Token]| pair[1].hash == hash && pair[0].sentence == pair[1].sentence;
            tokens.windows(2).any(|pair| inside(pair) && matches!(pair[1].shape, Shape::Capital | Shape::Upper))
        };
        let named = |at: u32| {
            let token = &tokens[at as usize];
            let rare = frequency::weight(&self.document.lang, self.document.folded(token)) >= NAME;
            rare && (token.shape == Shape::Upper || token.shape == Shape::Capital && elsewhere(token.hash))
        };
        let grammar = Grammar { document: self.document };
        let words = self.document.original_between(span.start, span.end);
        let joined = words.chars().all(|char| char.is_alphanumeric() || char == ' ');
        (joined && span.clone().all(named) && grammar.is_one_clause(span.end, cue.first_token))
            .then(|| Speaker { key: format!("name-{}", fold(words)), label: words.to_owned() })
    }

    /// The nearest actor before the cue; after it where none stands before. Where verbs end the sentence (Korean, Japanese),
    /// the first actor of the sentence.
    fn speaker(&self, cue: &Mention, sentence: u16) -> Option<ConceptIx> {
        let actor = |mention: &&Mention| {
            let kind = self.kind(mention);
            self.sentence(mention) == sentence && is_actor(kind) && mention.field == cue.field
        };
        let actors = || self.document.mentions.iter().filter(actor);
        let before = |mention: &&Mention| mention.last_token <= cue.first_token;
        let found = if matches!(self.document.lang.as_str(), "ko" | "ja" | "zh") {
            actors().next()
        } else {
            actors().rfind(before).or_else(|| actors().find(|mention| mention.first_token < cue.last_token + BEHIND))
        };
        found.map(|mention| mention.concept)
    }
}

/// The level of a cue that is denied itself: "did not confirm", "does not deny".
fn negated(level: u8) -> u8 {
    match level {
        0 => 2,
        5 => 1,
        other => other,
    }
}
