//! Which typed pieces of information does an item state?
//!
//! In: an item's document (tokens and concepts with their places). Out: facts: places, actors, events, figures with what they
//! count and who gives them, and who says, denies or confirms what. Each has a key that is the same in every language. It
//! does not know what is new: that is `ledger`.

use serde::{Deserialize, Serialize};

use super::classes;
use super::grammar::Grammar;
use super::number::{self, Figure};
use crate::lexicon::{ConceptIx, Document, Kind, Lexicon, Mention};
use crate::model::{Field, UnitKind};

/// Facts kept of one item, those that stand first.
const FACTS_MAX: usize = 48;
/// Tokens between a figure and what it counts: "19 people were killed", "the death toll from the storm rises to 19".
const COUNT_REACH: u32 = 6;
const COUNT_REACH_BACK: u32 = 8;
/// The same for a counted noun, and for an event behind the figure, where nobody doubts what is counted.
const NOUN_REACH_SURE: u32 = 2;
const EVENT_REACH_SURE: u32 = 4;
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
    /// Read beyond doubt: what a reader may be told. The others only weigh.
    pub sure: bool,
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
    /// The headline says that something is corrected or taken back.
    pub takes_back: bool,
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
        let fact = |kind, key: String, label, severity, sure| {
            Some(Fact { kind, key, label, value: None, level: None, source: None, position, severity, sure })
        };
        let grammar = Grammar { document: self.document };
        match self.kind(mention) {
            Kind::City | Kind::Region | Kind::Territory => {
                let label = self.label(mention.concept);
                let sure = position >= 0.8 && grammar.is_named_so(mention, &label);
                fact(UnitKind::Place, format!("place:{id}"), label, 1.0, sure)
            }
            Kind::Event => {
                let class = classes::event(id);
                let label =
                    class.map_or_else(|| humanise(id.strip_prefix("event-").unwrap_or(id)), |own| own.label.clone());
                let sure = class.is_some() && self.is_told_twice(mention) && !grammar.is_negated(mention);
                fact(UnitKind::Event, format!("event:{id}"), label, class.map_or(1.0, |own| own.severity), sure)
            }
            kind if is_actor(kind) => {
                let principal = self.principal(mention.concept);
                let sure = mention.field == Field::Title && grammar.opens(mention);
                fact(UnitKind::Actor, format!("actor:{}", self.id(principal)), self.label(principal), 1.0, sure)
            }
            _ => None,
        }
    }

    /// Whether headline and text both tell of an event: one word alone may be a figure of speech.
    fn is_told_twice(&self, mention: &Mention) -> bool {
        let same = |own: &&Mention| own.concept == mention.concept && own.field != mention.field;
        mention.field == Field::Title && self.document.mentions.iter().any(|own| same(&own))
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
    fn subject(&self, cue: &Mention, sentence: u16) -> Option<ConceptIx> {
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
        let (class, label, sure) = match figure.measure {
            Some(measure) => (measure.to_owned(), measure.to_owned(), false),
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
            sure,
        })
    }

    /// What a figure counts: the victims of the event beside it, else the noun behind it; and whether that is sure.
    fn counted(&self, field: Field, sentence: u16, at: u32, end: u32) -> Option<(String, String, bool)> {
        let grammar = Grammar { document: self.document };
        let near = |mention: &&Mention| {
            mention.field == field
                && self.sentence(mention) == sentence
                && (mention.start >= end && mention.first_token <= at + COUNT_REACH
                    || mention.last_token <= at && mention.last_token + COUNT_REACH_BACK >= at)
        };
        let ranked = self.document.mentions.iter().filter(near).filter_map(|mention| {
            let behind = mention.start >= end;
            let (first, last) = if behind { (at + 1, mention.first_token) } else { (mention.last_token, at) };
            let gap = last.saturating_sub(first);
            let clear = grammar.is_one_clause(first, last);
            let (class, label, rank, sure) = match self.kind(mention) {
                Kind::Event => {
                    let count = classes::event(self.id(mention.concept))?.count.clone()?;
                    let near = !behind || gap <= EVENT_REACH_SURE;
                    let sure = near && !self.is_one_of_two(mention) && !grammar.is_negated(mention);
                    (count.clone(), count, 0, sure && !grammar.is_increment(at))
                }
                _ => {
                    let (class, label) = self.noun(mention)?;
                    (class, label, 12, behind && gap <= NOUN_REACH_SURE)
                }
            };
            let distance = if behind { mention.first_token.saturating_sub(at) } else { 3 + gap };
            (clear || !sure).then_some((u32::from(!clear) * 6 + rank + distance, class, label, sure && clear))
        });
        ranked.min().map(|(_, class, label, sure)| (class, label, sure))
    }

    /// A noun that is counted.
    fn noun(&self, mention: &Mention) -> Option<(String, String)> {
        let id = self.id(mention.concept);
        match self.kind(mention) {
            Kind::Unit => classes::counted(id).map(|counted| (counted.class.clone(), counted.label.clone())),
            Kind::Term if id.contains("personnel") || id.contains("troops") => {
                Some(("troops".to_owned(), "troops".to_owned()))
            }
            _ => None,
        }
    }

    /// "killed or wounded": the figure counts neither alone.
    fn is_one_of_two(&self, mention: &Mention) -> bool {
        let counts = |own: &Mention| {
            self.kind(own) == Kind::Event && classes::event(self.id(own.concept)).is_some_and(|own| own.count.is_some())
        };
        let other = |own: &&Mention| {
            own.field == mention.field
                && own.concept != mention.concept
                && counts(own)
                && (own.first_token == mention.last_token + 1 || own.last_token + 1 == mention.first_token)
        };
        self.document.mentions.iter().any(|own| other(&own))
    }

    /// Who gives the figures of a sentence: the actor beside its status cue.
    fn giver(&self, sentence: u16) -> Option<String> {
        let cue = self
            .document
            .mentions
            .iter()
            .find(|own| self.kind(own) == Kind::Status && self.sentence(own) == sentence)?;
        self.subject(cue, sentence).map(|speaker| self.label(speaker))
    }

    fn cues(&self) -> Cues {
        let mut cues = Cues::default();
        for mention in self.document.mentions.iter().filter(|own| self.kind(own) == Kind::Status) {
            let head = self.position(mention.field, self.sentence(mention)) >= 0.8;
            match self.id(mention.concept) {
                "status-first" if head => cues.first = true,
                id @ ("status-correct" | "status-retract" | "status-revise") if head => {
                    cues.revised = true;
                    cues.takes_back |= mention.field == Field::Title && id != "status-revise";
                }
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
