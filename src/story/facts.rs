//! Which typed pieces of information does an item state?
//!
//! In: an item's document (tokens and concepts with their places). Out: facts: places, actors, events, figures with what they
//! count and who gives them, and who says, denies or confirms what. Each has a key that is the same in every language. It
//! does not know what is new: that is `ledger`.

use serde::{Deserialize, Serialize};

use super::classes;
use super::grammar::Grammar;
use super::number;
use crate::lexicon::{ConceptIx, Document, Kind, Lexicon, Mention};
use crate::model::{Field, UnitKind};

/// Facts kept of one item, those that stand first.
const FACTS_MAX: usize = 48;
/// Sentences read for facts; a longer article repeats itself.
pub const SENTENCES_MAX: u16 = 12;

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
    /// The headline that says it, for what is hard to understand alone: "first confirmation: IMF".
    #[serde(default)]
    pub about: Option<String>,
    /// The item says of this figure that it was wrong before.
    #[serde(default)]
    pub revised: bool,
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
    let cues = scene.cues();
    for fact in facts.iter_mut().filter(|fact| fact.kind == UnitKind::Quantity && fact.position >= 0.8) {
        fact.revised = cues.revised;
    }
    (strongest(facts), cues)
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

/// A document with the lexicon that its mentions are of.
pub struct Scene<'a> {
    pub lexicon: &'a Lexicon,
    pub document: &'a Document,
}

impl Scene<'_> {
    pub fn id(&self, concept: ConceptIx) -> &str {
        &self.lexicon.concept(concept).id
    }

    pub fn kind(&self, mention: &Mention) -> Kind {
        self.lexicon.concept(mention.concept).kind
    }

    pub fn sentence(&self, mention: &Mention) -> u16 {
        self.document.tokens.get(mention.first_token as usize).map_or(0, |token| token.sentence)
    }

    /// 1 in the headline, .8 in the first sentence below it, then .6, .3.
    pub fn position(&self, field: Field, sentence: u16) -> f64 {
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
            Some(Fact {
                kind,
                key,
                label,
                value: None,
                level: None,
                source: None,
                position,
                severity,
                sure,
                about: None,
                revised: false,
            })
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
                let plain = self.is_told_twice(mention) && self.is_told_plainly(mention);
                let sure = class.is_some() && plain && !grammar.is_negated(mention);
                fact(UnitKind::Event, format!("event:{id}"), label, class.map_or(1.0, |own| own.severity), sure)
            }
            kind if is_actor(kind) => {
                let principal = self.principal(mention.concept);
                let label = self.label(principal);
                // "The police" are always there: a new actor has a name.
                let named = label.chars().next().is_some_and(|first| !first.is_lowercase());
                let sure = named && mention.field == Field::Title && grammar.opens(mention);
                fact(UnitKind::Actor, format!("actor:{}", self.id(principal)), label, 1.0, sure)
            }
            _ => None,
        }
    }

    /// Whether headline and text both tell of an event: one word alone may be a figure of speech.
    fn is_told_twice(&self, mention: &Mention) -> bool {
        let same = |own: &&Mention| own.concept == mention.concept && own.field != mention.field;
        mention.field == Field::Title && self.document.mentions.iter().any(|own| same(&own))
    }

    /// Whether a headline says that something happened, without "denies", "plans", "calls for" or "not".
    fn is_told_plainly(&self, mention: &Mention) -> bool {
        let cue = |own: &&Mention| own.field == Field::Title && self.kind(own) == Kind::Status;
        let mut cues = self.document.mentions.iter().filter(cue);
        let plain = |own: &Mention| classes::status(self.id(own.concept)).is_some_and(|status| status.level >= 4);
        mention.field == Field::Title && mention.confidence >= 1.0 && cues.all(plain)
    }

    /// Who speaks for this concept: the country of a capital, ministry, army or politician; else itself.
    pub fn principal(&self, concept: ConceptIx) -> ConceptIx {
        let country = |ix: &ConceptIx| self.lexicon.concept(*ix).kind == Kind::Country;
        match self.lexicon.concept(concept).kind {
            Kind::Country => concept,
            _ => self.lexicon.ancestors(concept).iter().copied().find(country).unwrap_or(concept),
        }
    }

    /// What the gravest event of a sentence is about.
    pub fn family(&self, sentence: u16) -> &'static str {
        let events =
            self.document.mentions.iter().filter(|own| self.kind(own) == Kind::Event && self.sentence(own) == sentence);
        let classes = events.filter_map(|own| classes::event(self.id(own.concept)));
        classes
            .max_by(|left, right| left.severity.total_cmp(&right.severity))
            .map_or("it", |class| class.family.as_str())
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
    pub fn label(&self, concept: ConceptIx) -> String {
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
