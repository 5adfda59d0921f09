//! What does a figure count or measure?
//!
//! In: a figure and the nouns and events around it in its sentence. Out: a quantity: its class ("dead", "euros", "interest
//! rate"), and whether that is beyond doubt. How figures are written is `number`.

use std::collections::BTreeSet;

use super::classes;
use super::facts::{Fact, SENTENCES_MAX, Scene};
use super::grammar::Grammar;
use super::number::Figure;
use crate::lexicon::{Kind, Mention};
use crate::model::{Field, UnitKind};

/// Tokens between a figure and what it counts: "19 people were killed", "the death toll from the storm rises to 19".
const COUNT_REACH: u32 = 6;
const COUNT_REACH_BACK: u32 = 8;
/// The same for a counted noun, and for an event behind the figure, where nobody doubts what is counted.
const NOUN_REACH_SURE: u32 = 2;
const EVENT_REACH_SURE: u32 = 4;
/// Tokens between a measure and what is measured: "raises its key rate by half a point to 7.25 %".
const MEASURED_REACH: u32 = 6;

/// What a figure counts, and whether that is sure.
struct Counted {
    class: String,
    label: String,
    sure: bool,
}

/// A figure's place: its field and sentence, its token, the byte and token where it ends.
#[derive(Clone, Copy)]
struct Spot {
    field: Field,
    sentence: u16,
    at: u32,
    start: u32,
    end: u32,
    next: u32,
}

impl Scene<'_> {
    /// A figure with what it counts or measures.
    pub fn quantity(&self, field: Field, offset: usize, figure: &Figure) -> Option<Fact> {
        let (start, end) = ((offset + figure.start) as u32, (offset + figure.end) as u32);
        let tokens = &self.document.tokens;
        let at = tokens.iter().position(|token| token.field == field && token.end > start)?;
        let sentence = tokens[at].sentence;
        if sentence > SENTENCES_MAX {
            return None;
        }
        let inside = tokens[at..].iter().take_while(|token| token.field == field && token.start < end).count();
        let spot = Spot { field, sentence, at: at as u32, start, end, next: (at + inside.max(1)) as u32 };
        let counted = match figure.measure {
            Some(measure) => self.measured(spot, measure),
            None => self.counted(spot, figure.counter)?,
        };
        Some(Fact {
            kind: UnitKind::Quantity,
            key: format!("count:{}", counted.class),
            label: counted.label,
            value: Some(figure.value),
            level: None,
            source: self.giver(sentence),
            position: self.position(field, sentence),
            severity: 1.0,
            sure: counted.sure,
            about: None,
            revised: false,
        })
    }

    /// What is measured: "interest rate" for percent beside one, else the dimension itself.
    fn measured(&self, spot: Spot, measure: &str) -> Counted {
        let grammar = Grammar { document: self.document };
        let near = |own: &&Mention| own.field == spot.field && self.sentence(own) == spot.sentence;
        let thing = self.document.mentions.iter().filter(near).filter_map(|own| {
            let label = classes::measured(self.id(own.concept), measure)?;
            let behind = own.start >= spot.end;
            let (first, last) = if behind { (spot.next, own.first_token) } else { (own.last_token, spot.at) };
            let clear = grammar.is_one_clause(first, last) || !behind && !grammar.is_parted(first, last);
            let gap = last.checked_sub(first)?;
            (clear && gap <= MEASURED_REACH).then_some((gap, label))
        });
        // "Unemployment rate rises": of two things none is sure.
        let things: BTreeSet<&str> = thing.map(|(_, label)| label).collect();
        match things.first().filter(|_| things.len() == 1) {
            Some(label) => Counted { class: (*label).to_owned(), label: (*label).to_owned(), sure: true },
            None => Counted { class: measure.to_owned(), label: measure.to_owned(), sure: false },
        }
    }

    /// What a figure counts: the victims of the event beside it, else the noun behind it.
    fn counted(&self, spot: Spot, counter: Option<&str>) -> Option<Counted> {
        let noun = self.noun_of(spot, counter);
        let counted = |(class, label): (String, String), sure| Counted { class, label, sure };
        match noun {
            // Things are neither killed nor arrested.
            Some((noun, true)) if !is_person(&noun.0) => return Some(counted(noun, true)),
            _ => {}
        }
        let event = self.event_of(spot);
        match (event, noun) {
            (Some((count, true)), _) if count != "people" => Some(counted((count.clone(), count), true)),
            (_, Some((noun, true))) => Some(counted(noun, true)),
            (Some((count, sure)), _) => Some(counted((count.clone(), count), sure)),
            (None, Some((noun, false))) => Some(counted(noun, false)),
            (None, None) => None,
        }
    }

    /// The noun that is counted: right behind the figure; right before it where a counter follows ("士兵12人").
    fn noun_of(&self, spot: Spot, counter: Option<&str>) -> Option<((String, String), bool)> {
        let grammar = Grammar { document: self.document };
        let mentions =
            self.document.mentions.iter().filter(|own| own.field == spot.field && self.sentence(own) == spot.sentence);
        let behind = mentions.clone().filter(|own| own.start >= spot.end).filter_map(|own| {
            let gap = own.first_token.saturating_sub(spot.next);
            let near = own.first_token <= spot.at + COUNT_REACH && grammar.is_one_clause(spot.next, own.first_token);
            let noun = self.noun(own).filter(|_| near)?;
            Some((is_person(&noun.0) && counter.is_some(), gap, noun))
        });
        let before = mentions.filter(|own| counter.is_some() && own.last_token == spot.at && own.end <= spot.start + 1);
        let before = before.filter_map(|own| Some((false, 0, self.noun(own).filter(|noun| noun.0 != "people")?)));
        let found =
            behind.chain(before).filter(|(_, gap, noun)| counter.is_none() || *gap <= 2 && noun.0 != "people").min();
        let by_counter = || {
            let class = counter?.to_owned();
            Some((false, 0, (class.clone(), class)))
        };
        found.or_else(by_counter).map(|(_, gap, noun)| (noun, gap <= NOUN_REACH_SURE))
    }

    /// The event whose victims a figure counts.
    fn event_of(&self, spot: Spot) -> Option<(String, bool)> {
        let grammar = Grammar { document: self.document };
        let near = |own: &&Mention| {
            own.field == spot.field
                && self.kind(own) == Kind::Event
                && self.sentence(own) == spot.sentence
                && (own.start >= spot.end && own.first_token <= spot.next + COUNT_REACH
                    || own.end <= spot.start && own.last_token + COUNT_REACH_BACK >= spot.at)
        };
        let ranked = self.document.mentions.iter().filter(near).filter_map(|own| {
            let count = classes::count(self.id(own.concept))?;
            let behind = own.start >= spot.end;
            let (first, last) = if behind { (spot.next, own.first_token) } else { (own.last_token, spot.at) };
            let gap = last.saturating_sub(first);
            let clear = grammar.is_one_clause(first, last);
            let close = !behind || gap <= EVENT_REACH_SURE;
            let sure = close
                && clear
                && !self.is_one_of_two(own)
                && !grammar.is_negated(own)
                && !grammar.is_increment(spot.at, spot.next);
            // "killed 12, wounded 35" against "12 killed, 35 wounded".
            let counted = own.first_token.checked_sub(1).is_some_and(|before| grammar.is_number(before));
            let distance = match behind {
                true => gap + 1,
                false if gap == 0 && !counted => 0,
                false => gap + 3,
            };
            Some((u32::from(!clear) * 6 + distance, u32::from(count == "cases"), count, sure))
        });
        ranked.min().map(|(_, _, count, sure)| (count.to_owned(), sure))
    }

    /// A noun that is counted.
    fn noun(&self, mention: &Mention) -> Option<(String, String)> {
        let own = classes::counted(self.id(mention.concept))?;
        Some((own.class.clone(), own.label.clone()))
    }

    /// "killed or wounded": the figure counts neither alone.
    fn is_one_of_two(&self, mention: &Mention) -> bool {
        let grammar = Grammar { document: self.document };
        let counts = |own: &Mention| classes::count(self.id(own.concept));
        let other = |own: &Mention| {
            let apart = if own.first_token >= mention.last_token {
                mention.last_token..own.first_token
            } else {
                own.last_token..mention.first_token
            };
            own.field == mention.field
                && counts(own).is_some_and(|count| Some(count) != counts(mention))
                && apart.len() <= 1
                && !apart.is_empty()
                && grammar.are_joining(apart)
        };
        self.document.mentions.iter().any(other)
    }
}

fn is_person(class: &str) -> bool {
    matches!(class, "people" | "troops")
}
