//! Which typed pieces of information does an item state?
//!
//! In: an item's document (tokens and concepts with their places). Out: facts: places, actors, events, figures with what they
//! count and who gives them, and who says, denies or confirms what. Each has a key that is the same in every language. It
//! does not know what is new: that is `ledger`.

use serde::{Deserialize, Serialize};

use super::classes;
use super::number::{self, Figure};
use crate::lexicon::{ConceptIx, Document, Kind, Lexicon, Mention};
use crate::model::{Field, UnitKind};

/// Facts kept of one item, those that stand first.
const FACTS_MAX: usize = 48;
/// Tokens between a figure and what it counts: "19 people were killed", "the death toll from the storm rises to 19".
const COUNT_REACH: u32 = 6;
const COUNT_REACH_BACK: u32 = 8;
/// Sentences read for facts; a longer article repeats itself.
const SENTENCES_MAX: u16 = 12;

/// A typed piece of information.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Fact {
    pub kind: UnitKind,
    /// "place:kursk", "count:dead", "says:nato/presence".
    pub key: String,
    /// For a reader: "Kursk", "dead", "NATO".
    pub label: String,
    /// A figure's value.
    pub value: Option<f64>,
    /// A status's level, 0 denied to 5 confirmed.
    pub level: Option<u8>,
    /// Who gives the figure.
    pub source: Option<String>,
    /// 1 in the headline, less further down.
    pub position: f64,
    /// An event's severity; 1 for other kinds.
    pub severity: f64,
}

/// What the item says about how its facts are known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cues {
    /// "for the first time".
    pub first: bool,
    /// "correction", "retracts", "revised": in headline or first sentence.
    pub revised: bool,
    /// "could", "may", "will", or a question, in the headline.
    pub hypothetical: bool,
}

/// The facts of an item, headline first.
pub fn facts(lexicon: &Lexicon, document: &Document) -> (Vec<Fact>, Cues) {
    let scene = Scene { lexicon, document };
    let mut facts = Vec::new();
    for mention in &document.mentions {
        facts.extend(scene.named(mention));
    }
    scene.statuses(&mut facts);
    for text in &document.fields {
        let offset = text.content.start as usize;
        let content = text.text.get(offset..text.content.end as usize).unwrap_or_default();
        for figure in number::figures(content, &document.lang) {
            facts.extend(scene.quantity(text.field, offset, &figure));
        }
    }
    (strongest(facts), scene.cues())
}

/// One fact a key and value, where it stands first; the best-placed stay.
fn strongest(mut facts: Vec<Fact>) -> Vec<Fact> {
    facts.sort_by(|left, right| right.position.total_cmp(&left.position).then_with(|| left.key.cmp(&right.key)));
    let mut kept: Vec<Fact> = Vec::new();
    for fact in facts {
        let known = kept.iter().any(|own| own.key == fact.key && own.value == fact.value);
        if !known && kept.len() < FACTS_MAX {
            kept.push(fact);
        }
    }
    kept
}

struct Scene<'a> {
    lexicon: &'a Lexicon,
    document: &'a Document,
}

impl Scene<'_> {
    fn id(&self, concept: ConceptIx) -> &str {
        &self.lexicon.concept(concept).id
    }

    fn kind(&self, mention: &Mention) -> Kind {
        self.lexicon.concept(mention.concept).kind
    }

    fn sentence(&self, mention: &Mention) -> u16 {
        self.document.tokens.get(mention.first_token as usize).map_or(0, |token| token.sentence)
    }

    /// 1 in the headline, .8 in the first sentence below it, then .6, .3.
    fn position(&self, field: Field, sentence: u16) -> f64 {
        if field == Field::Title {
            return 1.0;
        }
        let first =
            self.document.tokens.iter().find(|token| token.field != Field::Title).map_or(0, |token| token.sentence);
        match sentence.saturating_sub(first) {
            0 => 0.8,
            1 | 2 => 0.6,
            _ => 0.3,
        }
    }

    /// A place, an actor or an event that is named.
    fn named(&self, mention: &Mention) -> Option<Fact> {
        let sentence = self.sentence(mention);
        if sentence > SENTENCES_MAX {
            return None;
        }
        let id = self.id(mention.concept);
        let position = self.position(mention.field, sentence) * f64::from(mention.confidence);
        let fact = |kind, key: String, label, severity| {
            Some(Fact { kind, key, label, value: None, level: None, source: None, position, severity })
        };
        match self.kind(mention) {
            Kind::City | Kind::Region | Kind::Territory => {
                fact(UnitKind::Place, format!("place:{id}"), self.label(mention.concept), 1.0)
            }
            Kind::Event => {
                let class = classes::event(id);
                let label =
                    class.map_or_else(|| humanise(id.strip_prefix("event-").unwrap_or(id)), |own| own.label.clone());
                fact(UnitKind::Event, format!("event:{id}"), label, class.map_or(1.0, |own| own.severity))
            }
            kind if is_actor(kind) => {
                let principal = self.principal(mention.concept);
                fact(UnitKind::Actor, format!("actor:{}", self.id(principal)), self.label(principal), 1.0)
            }
            _ => None,
        }
    }

    /// Who speaks for this concept: the country of a capital, ministry, army or politician; else itself.
    fn principal(&self, concept: ConceptIx) -> ConceptIx {
        let country = |ix: &ConceptIx| self.lexicon.concept(*ix).kind == Kind::Country;
        match self.lexicon.concept(concept).kind {
            Kind::Country => concept,
            _ => self.lexicon.ancestors(concept).iter().copied().find(country).unwrap_or(concept),
        }
    }

    /// Who says, confirms or denies what.
    fn statuses(&self, facts: &mut Vec<Fact>) {
        for cue in self.document.mentions.iter().filter(|mention| self.kind(mention) == Kind::Status) {
            let sentence = self.sentence(cue);
            let Some(status) = classes::status(self.id(cue.concept)).filter(|_| sentence <= SENTENCES_MAX) else {
                continue;
            };
            let Some(speaker) = self.speaker(cue, sentence) else { continue };
            let principal = self.principal(speaker);
            let family = self.family(sentence);
            facts.push(Fact {
                kind: UnitKind::Status,
                key: format!("says:{}/{family}", self.id(principal)),
                label: self.label(speaker),
                value: None,
                level: Some(status.level),
                source: Some(self.id(cue.concept).to_owned()),
                position: self.position(cue.field, sentence),
                severity: 1.0,
            });
        }
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
            actors()
                .rfind(before)
                .or_else(|| actors().find(|mention| mention.first_token < cue.last_token + COUNT_REACH))
        };
        found.map(|mention| mention.concept)
    }

    /// What the gravest event of a sentence is about.
    fn family(&self, sentence: u16) -> &'static str {
        let events =
            self.document.mentions.iter().filter(|own| self.kind(own) == Kind::Event && self.sentence(own) == sentence);
        let classes = events.filter_map(|own| classes::event(self.id(own.concept)));
        classes
            .max_by(|left, right| left.severity.total_cmp(&right.severity))
            .map_or("it", |class| class.family.as_str())
    }

    /// A figure with what it counts or measures.
    fn quantity(&self, field: Field, offset: usize, figure: &Figure) -> Option<Fact> {
        let (start, end) = (offset + figure.start, offset + figure.end);
        let at = self.document.tokens.iter().position(|token| token.field == field && token.end as usize > start)?;
        let token = self.document.tokens[at];
        if token.sentence > SENTENCES_MAX {
            return None;
        }
        let (class, label) = match figure.measure {
            Some(measure) => (measure.to_owned(), measure.to_owned()),
            None => self.counted(field, token.sentence, at as u32, end as u32)?,
        };
        Some(Fact {
            kind: UnitKind::Quantity,
            key: format!("count:{class}"),
            label,
            value: Some(figure.value),
            level: None,
            source: self.giver(token.sentence),
            position: self.position(field, token.sentence),
            severity: 1.0,
        })
    }

    /// What a figure counts: the victims of the event beside it, else the noun behind it.
    fn counted(&self, field: Field, sentence: u16, at: u32, end: u32) -> Option<(String, String)> {
        let near = |mention: &&Mention| {
            mention.field == field
                && self.sentence(mention) == sentence
                && (mention.start >= end && mention.first_token <= at + COUNT_REACH
                    || mention.last_token <= at && mention.last_token + COUNT_REACH_BACK >= at)
        };
        let ranked = self.document.mentions.iter().filter(near).filter_map(|mention| {
            let id = self.id(mention.concept);
            let (class, label, rank) = match self.kind(mention) {
                Kind::Event => {
                    let count = classes::event(id)?.count.clone()?;
                    (count.clone(), count, 0)
                }
                Kind::Unit => {
                    let counted = classes::counted(id)?;
                    (counted.class.clone(), counted.label.clone(), 12)
                }
                Kind::Term if id.contains("personnel") || id.contains("troops") => {
                    ("people".to_owned(), "troops".to_owned(), 12)
                }
                _ => return None,
            };
            let behind = mention.start >= end;
            let distance =
                if behind { mention.first_token.saturating_sub(at) } else { 3 + at.saturating_sub(mention.last_token) };
            Some((rank + distance, class, label))
        });
        ranked.min().map(|(_, class, label)| (class, label))
    }

    /// Who gives the figures of a sentence: the actor beside its status cue.
    fn giver(&self, sentence: u16) -> Option<String> {
        let cue = self
            .document
            .mentions
            .iter()
            .find(|own| self.kind(own) == Kind::Status && self.sentence(own) == sentence)?;
        self.speaker(cue, sentence).map(|speaker| self.label(speaker))
    }

    fn cues(&self) -> Cues {
        let mut cues = Cues::default();
        for mention in self.document.mentions.iter().filter(|own| self.kind(own) == Kind::Status) {
            let head = self.position(mention.field, self.sentence(mention)) >= 0.8;
            match self.id(mention.concept) {
                "status-first" if head => cues.first = true,
                "status-correct" | "status-retract" | "status-revise" if head => cues.revised = true,
                "status-plan" if mention.field == Field::Title => cues.hypothetical = true,
                _ => {}
            }
        }
        cues.hypothetical |= self.document.text(Field::Title).trim_end().ends_with(['?', '？', '؟']);
        cues
    }

    /// The English name.
    fn label(&self, concept: ConceptIx) -> String {
        label(self.lexicon, concept)
    }
}

/// A concept as a sentence in English calls it.
pub fn label(lexicon: &Lexicon, concept: ConceptIx) -> String {
    lexicon.label(concept, "en").to_owned()
}

fn humanise(id: &str) -> String {
    let word = |word: &str| {
        let mut chars = word.chars();
        chars.next().map(|first| first.to_uppercase().chain(chars).collect::<String>()).unwrap_or_default()
    };
    id.split('-').map(word).collect::<Vec<_>>().join(" ")
}

/// Whether a thing of this kind can act or speak.
pub fn is_actor(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::Country
            | Kind::Capital
            | Kind::Government
            | Kind::ArmedForces
            | Kind::Intelligence
            | Kind::Body
            | Kind::Group
            | Kind::Person
    )
}
