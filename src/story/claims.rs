//! Who says, confirms, doubts or denies what?
//!
//! In: a document's cues ("denies", "according to") and the actors beside them. Out: status facts: the principal, what the claim
//! is about, and how firmly. Only a plain grammatical subject makes a fact sure; who probably spoke is a hint that weighs.

use super::classes;
use super::facts::{Fact, SENTENCES_MAX, Scene, is_actor};
use super::grammar::Grammar;
use crate::lexicon::{ConceptIx, Kind, Mention};
use crate::model::UnitKind;

/// Tokens behind a cue among which its actor is looked for where none stands before it.
const BEHIND: u32 = 6;

impl Scene<'_> {
    /// Who says, confirms or denies what.
    pub fn statuses(&self, facts: &mut Vec<Fact>) {
        for cue in self.document.mentions.iter().filter(|mention| self.kind(mention) == Kind::Status) {
            let sentence = self.sentence(cue);
            let Some(status) = classes::status(self.id(cue.concept)).filter(|_| sentence <= SENTENCES_MAX) else {
                continue;
            };
            let subject = self.subject(cue, sentence);
            let Some(speaker) = subject.or_else(|| self.speaker(cue, sentence)) else { continue };
            let principal = self.principal(speaker);
            let family = self.family(sentence);
            // Who probably spoke is kept apart from who did: a reader is told of turns between sure words only.
            let says = if subject.is_some() { "says" } else { "hints" };
            facts.push(Fact {
                kind: UnitKind::Status,
                key: format!("{says}:{}/{family}", self.id(principal)),
                label: self.label(speaker),
                value: None,
                level: Some(status.level),
                source: Some(self.id(cue.concept).to_owned()),
                position: self.position(cue.field, sentence),
                severity: 1.0,
                sure: subject.is_some() && self.position(cue.field, sentence) >= 0.8,
            });
        }
    }

    /// The grammatical subject of a cue: an actor that stands right before it (or right behind "according to"), in its clause
    /// and behind no preposition; where verbs end the sentence, one that carries the particle of a subject. `None` in doubt.
    pub fn subject(&self, cue: &Mention, sentence: u16) -> Option<ConceptIx> {
        let grammar = Grammar { document: self.document };
        let mut actors = self.document.mentions.iter().filter(|own| {
            is_actor(self.kind(own))
                && own.field == cue.field
                && self.sentence(own) == sentence
                && own.confidence >= 0.9
        });
        actors.find(|actor| grammar.is_subject(actor, cue)).map(|actor| actor.concept)
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
