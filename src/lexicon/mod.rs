//! Which things of the world does a text name?
//!
//! In: concepts with their names in many languages (shipped and the user's own), and a text. Out: the text's tokens
//! and the concepts mentioned, with offsets. It never decides whether a mention matters.

mod accept;
mod begins;
mod characters;
mod company;
mod compile;
mod concept;
mod content;
mod cues;
mod document;
mod elsewhere;
mod named;
mod read;
mod resolve;
mod shipped;
mod source;
mod tag;
#[cfg(test)]
mod tests;
mod tongue;
mod trie;

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

pub use concept::{Concept, Kind, Name};
pub use document::*;
pub use source::{Case, Context, LexiconProblem};

use crate::model::{Field, Item};
use crate::text::lang::Lang;

/// All concepts known, compiled. Cheap to clone; immutable.
#[derive(Clone, Debug)]
pub struct Lexicon(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    ids: BTreeMap<String, ConceptIx>,
    concepts: Vec<Concept>,
    names: Vec<Name>,
    texts: concept::Texts,
    /// Languages that have names; the position is the bit in [`Concept::languages`].
    languages: Vec<Lang>,
    /// What may stand in a text of each of them.
    tongues: Vec<tongue::Tongue>,
    cue_words: cues::CueWords,
    trie: trie::Trie,
    memories: begins::Memories,
}

impl Lexicon {
    /// The lexicon that ships with the program; compiled once for the process.
    ///
    /// # Panics
    /// Never in a released program: a test compiles the shipped files.
    pub fn shipped() -> Self {
        static SHIPPED: LazyLock<Lexicon> = LazyLock::new(|| {
            let compiled = Lexicon::compile(shipped::FILES);
            compiled.unwrap_or_else(|problems| panic!("the shipped lexicon is wrong: {:?}", problems.first()))
        });
        SHIPPED.clone()
    }

    /// The shipped lexicon and the user's own files (path, TOML) after it: they add to it, or replace names. A file of
    /// one's own takes the place of the shipped file of the same name, so that a copied folder means what it says.
    pub fn with(own: &[(&str, &str)]) -> Result<Self, Vec<LexiconProblem>> {
        let name = |path: &str| path.rsplit('/').next().unwrap_or_default().to_owned();
        let differs = |(path, text): &&(&str, &str)| !shipped::FILES.contains(&(name(path).as_str(), *text));
        let Some(_) = own.iter().find(differs) else { return Ok(Self::shipped()) };
        let replaced = |shipped: &str| own.iter().any(|(path, _)| name(path) == shipped);
        let kept = shipped::FILES.iter().filter(|(shipped, _)| !replaced(shipped));
        let all: Vec<(&str, &str)> = kept.chain(own).copied().collect();
        Self::compile(&all)
    }

    /// Compiles files, each a name and a TOML text; all problems at once.
    pub fn compile(sources: &[(&str, &str)]) -> Result<Self, Vec<LexiconProblem>> {
        compile::compile(sources).map(|inner| Self(Arc::new(inner)))
    }

    /// Reads an item: its tokens, language and mentions.
    pub fn read(&self, item: &Item) -> Document {
        read::read(self, item)
    }

    /// Reads one text that belongs to no item, as a title.
    pub fn read_text(&self, text: &str, lang: &str) -> Document {
        read::read_fields(self, &[(Field::Title, text)], Lang::of(lang), &[])
    }

    /// A concept of this lexicon.
    pub fn concept(&self, ix: ConceptIx) -> &Concept {
        &self.0.concepts[ix.0 as usize]
    }

    /// All concepts, in the order of their files.
    pub fn concepts(&self) -> impl Iterator<Item = (ConceptIx, &Concept)> {
        self.0.concepts.iter().enumerate().map(|(at, concept)| (ConceptIx(at as u32), concept))
    }

    /// The concept with this id.
    pub fn by_id(&self, id: &str) -> Option<ConceptIx> {
        self.0.ids.get(id).copied()
    }

    /// The concepts that a mention of this one mentions too: parents and theirs, sorted.
    pub fn ancestors(&self, ix: ConceptIx) -> &[ConceptIx] {
        &self.concept(ix).ancestors
    }

    /// Whether a mention of `narrow` counts as one of `wide`.
    pub fn covers(&self, wide: ConceptIx, narrow: ConceptIx) -> bool {
        wide == narrow || self.ancestors(narrow).binary_search(&wide).is_ok()
    }

    /// The concept and all whose mention is one of it, sorted; cheap to keep.
    pub fn narrower(&self, ix: ConceptIx) -> Arc<[ConceptIx]> {
        self.concept(ix).narrower.clone()
    }

    /// The names of a concept, each once however many languages share it.
    pub fn names(&self, ix: ConceptIx) -> impl Iterator<Item = &Name> {
        self.concept(ix).names.iter().map(|&name| &self.0.names[name as usize])
    }

    /// A name as its file writes it, without a trailing `*`.
    pub fn text(&self, name: &Name) -> &str {
        self.0.texts.of(name)
    }

    /// What to call a concept in a language: its first name there, else in English, else its id.
    pub fn label(&self, ix: ConceptIx, lang: &str) -> &str {
        self.label_in(ix, lang).or_else(|| self.label_in(ix, "en")).unwrap_or(&self.concept(ix).id)
    }

    /// A concept's first name in a language.
    pub fn label_in(&self, ix: ConceptIx, lang: &str) -> Option<&str> {
        let own = tongue::bit(&self.0.languages, Lang::of(lang));
        self.names(ix).find(|name| name.first_in & own != 0).map(|name| self.text(name))
    }

    /// In how many spellings and languages a concept has names.
    pub fn counts(&self, ix: ConceptIx) -> (usize, usize) {
        let concept = self.concept(ix);
        (concept.names.len(), concept.languages.count_ones() as usize)
    }

    /// The concepts of which `text`, as a whole, is a name, however it is inflected; for the words of a query, which
    /// stand in no context. Several where a name is shared and none is the likelier.
    pub fn named(&self, text: &str) -> Vec<ConceptIx> {
        named::named(self, text)
    }

    /// "did you mean …" for an id that is none.
    pub fn nearest_id(&self, id: &str) -> Option<String> {
        compile::nearest(id, self.0.ids.keys().map(String::as_str))
    }
}
