//! What does a lexicon file say?
//!
//! In: a TOML text and its name. Out: its concepts as written, each value with its place in the text, or problems with
//! place, reason and hint. It knows the format of one file and nothing of other files.

use std::collections::BTreeMap;
use std::ops::Range;

use serde::Deserialize;
use serde::de::{self, Deserializer, MapAccess, Visitor};
use toml::Spanned;

/// What is wrong in a lexicon file, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LexiconProblem {
    /// The file's name as given to `compile`.
    pub file: String,
    /// Bytes in the file.
    pub span: Range<usize>,
    pub message: String,
    pub hint: Option<String>,
}

/// One file, read.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    #[serde(default, rename = "concept")]
    pub concepts: Vec<Spanned<RawConcept>>,
}

impl File {
    /// How many names there are.
    pub fn names(&self) -> usize {
        let count = |names: &BTreeMap<String, Vec<Spanned<RawName>>>| names.values().map(Vec::len).sum::<usize>();
        self.concepts.iter().map(|concept| count(&concept.get_ref().names) + count(&concept.get_ref().also)).sum()
    }
}

/// A concept as written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawConcept {
    pub id: Spanned<String>,
    pub kind: Spanned<String>,
    #[serde(default)]
    pub parents: Vec<Spanned<String>>,
    #[serde(default)]
    pub related: Vec<Spanned<String>>,
    #[serde(default)]
    pub context: Vec<Spanned<String>>,
    #[serde(default)]
    pub against: Vec<Spanned<String>>,
    /// Wider than any of its words: no word of a query means it, only `@id`.
    #[serde(default)]
    pub wide: bool,
    /// These names replace those of the files before instead of adding to them.
    #[serde(default)]
    pub replaces: bool,
    #[serde(default)]
    pub names: BTreeMap<String, Vec<Spanned<RawName>>>,
    /// Names of parts and kinds of the thing: each is a mention of it, but a query's "cricket" is not all of sport.
    #[serde(default)]
    pub also: BTreeMap<String, Vec<Spanned<RawName>>>,
}

/// A name as written: a string, or a table with rules.
#[derive(Debug, Default)]
pub(super) struct RawName {
    pub text: String,
    pub case: Case,
    pub context: Context,
    /// People are called so, too: beside another unknown name it is one of theirs ("Georgia Meloni").
    pub person: bool,
}

/// How a name must be written to count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Case {
    /// Folded; a name with a capital needs one in the text.
    #[default]
    Folded,
    /// Letter for letter.
    Exact,
    /// In capitals, and not because everything is.
    Upper,
}

/// Whether a name needs company.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Context {
    /// Counts unless what speaks against it outweighs what speaks for it.
    #[default]
    Weighed,
    /// Counts only where something speaks for it.
    Required,
    /// As `required` where its capital says nothing: at the start of a sentence, in a headline all in capitals. For names
    /// that are words of their language with a small letter ("Mali" in Polish: the little ones).
    Start,
    /// Counts always.
    Ignore,
}

impl<'de> Deserialize<'de> for RawName {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(NameVisitor)
    }
}

struct NameVisitor;

impl<'de> Visitor<'de> for NameVisitor {
    type Value = RawName;

    fn expecting(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(
            "a name: \"text\" or { text = \"…\", case = \"exact\" or \"upper\", context = \"required\", \"start\" or \
             \"ignore\", person = true }",
        )
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<RawName, E> {
        Ok(RawName { text: text.to_owned(), ..RawName::default() })
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<RawName, M::Error> {
        let mut name = RawName::default();
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "text" => name.text = map.next_value()?,
                "case" => name.case = map.next_value()?,
                "context" => name.context = map.next_value()?,
                "person" => name.person = map.next_value()?,
                other => return Err(de::Error::unknown_field(other, &["text", "case", "context", "person"])),
            }
        }
        Ok(name)
    }
}

/// Reads one file.
pub(super) fn read(name: &str, text: &str) -> Result<File, LexiconProblem> {
    toml::from_str(text).map_err(|error| LexiconProblem {
        file: name.to_owned(),
        span: error.span().unwrap_or(0..0),
        message: error.message().trim().to_owned(),
        hint: None,
    })
}
