//! What is known of a thing of the world?
//!
//! In: nothing. Out: concepts with their kind, their wider concepts and their names, as compiled. Plain data.

use std::sync::Arc;

use super::ConceptIx;
use super::source::{Case, Context};

/// What sort of thing a concept is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    Country,
    Territory,
    Capital,
    City,
    Region,
    Government,
    ArmedForces,
    Intelligence,
    Body,
    Group,
    Person,
    Role,
    Media,
    Event,
    Status,
    Unit,
    Term,
    /// How a field of life talks: it tells what other words mean there, and is never a mention.
    Talk,
}

impl Kind {
    /// All kinds with the word that files use.
    pub const ALL: &[(Kind, &str)] = &[
        (Kind::Country, "country"),
        (Kind::Territory, "territory"),
        (Kind::Capital, "capital"),
        (Kind::City, "city"),
        (Kind::Region, "region"),
        (Kind::Government, "government"),
        (Kind::ArmedForces, "armed-forces"),
        (Kind::Intelligence, "intelligence"),
        (Kind::Body, "body"),
        (Kind::Group, "group"),
        (Kind::Person, "person"),
        (Kind::Role, "role"),
        (Kind::Media, "media"),
        (Kind::Event, "event"),
        (Kind::Status, "status"),
        (Kind::Unit, "unit"),
        (Kind::Term, "term"),
        (Kind::Talk, "talk"),
    ];

    /// From the word that files use.
    pub fn of(word: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, own)| *own == word).map(|(kind, _)| *kind)
    }

    /// The word that files use.
    pub fn word(self) -> &'static str {
        Self::ALL.iter().find(|(kind, _)| *kind == self).map_or("term", |(_, word)| word)
    }

    /// Whether its names are proper names, which keep their spelling across languages of one script; the words of the
    /// other kinds mean something else in the next language ("Brand" is German for fire).
    pub fn is_proper(self) -> bool {
        !matches!(self, Self::Role | Self::Event | Self::Status | Self::Unit | Self::Term | Self::Talk)
    }
}

/// A thing of the world.
#[derive(Clone, Debug)]
pub struct Concept {
    /// Kebab-case, unique in the lexicon, stable for ever.
    pub id: String,
    pub kind: Kind,
    /// The concepts that a mention of this one mentions too.
    pub parents: Vec<ConceptIx>,
    /// Concepts that have to do with it and are not mentioned by it.
    pub related: Vec<ConceptIx>,
    /// Wider than any of its words ("event-cut" is all that goes down): in a query only `@id` means it.
    pub(super) wide: bool,
    /// Its names in [`super::Lexicon::names`].
    pub(super) names: Vec<u32>,
    /// Parents and their parents, sorted.
    pub(super) ancestors: Vec<ConceptIx>,
    /// It and every concept whose mention is one of it, sorted.
    pub(super) narrower: Arc<[ConceptIx]>,
    /// What speaks for and against an ambiguous name.
    pub(super) context: Vec<Cue>,
    pub(super) against: Vec<Cue>,
    /// Bit i: it has names in [`super::Lexicon`]'s language i.
    pub(super) languages: u64,
}

/// Something that speaks for or against a reading.
#[derive(Clone, Debug)]
pub(super) enum Cue {
    Concept(ConceptIx),
    /// Words in order, in the lexicon's [`super::cues::CueWords`].
    Words(Vec<u32>),
    /// Folded text of an unspaced script.
    Text(String),
}

/// One name of a concept.
#[derive(Clone, Debug)]
pub struct Name {
    pub concept: ConceptIx,
    /// The languages that have it, as bits, and those in which it is the concept's first whole name.
    pub(super) langs: u64,
    pub(super) first_in: u64,
    /// As written in the file, without the trailing `*`: bytes of the lexicon's texts.
    pub(super) text: (u32, u16),
    pub case: Case,
    pub context: Context,
    /// People are called so, too.
    pub(super) person: bool,
    /// The text needs a capital: the name is written with one.
    pub(super) capital: bool,
    /// An acronym of at least three letters.
    pub(super) acronym: bool,
    /// The last word may go on.
    pub prefix: bool,
    /// It names a part or kind of the concept, and in a query only itself.
    pub narrow: bool,
    pub(super) words: u8,
    pub(super) letters: u8,
}

impl Name {
    /// What else than its text and language makes it another name.
    pub(super) fn rules(&self) -> (Case, Context, bool, bool, bool) {
        (self.case, self.context, self.prefix, self.narrow, self.person)
    }
}

/// The texts of all names, one after the other: a hundred thousand strings would be as many holes in memory.
#[derive(Debug, Default)]
pub(super) struct Texts(String);

impl Texts {
    /// Adds a text of less than 64 kB.
    pub fn add(&mut self, text: &str) -> (u32, u16) {
        self.0.push_str(text);
        ((self.0.len() - text.len()) as u32, text.len() as u16)
    }

    pub fn of(&self, name: &Name) -> &str {
        let (start, length) = (name.text.0 as usize, usize::from(name.text.1));
        &self.0[start..start + length]
    }

    pub fn shrink(&mut self) {
        self.0.shrink_to_fit();
    }
}
