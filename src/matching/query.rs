//! What is a query, once it is understood?
//!
//! In: nothing. Out: the tree of a checked query with the place of each part in the user's text, and the problems of
//! one that is not. It belongs to the lexicon that it was read with.

use std::fmt;

use super::meaning::Meaning;
use super::sense;
use crate::lexicon::Lexicon;

/// What is wrong in a query, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueryProblem {
    /// Bytes in the query's text.
    pub start: usize,
    pub end: usize,
    pub message: String,
    pub hint: Option<String>,
}

impl fmt::Display for QueryProblem {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.message)?;
        self.hint.iter().try_for_each(|hint| write!(out, " ({hint})"))
    }
}

/// What is wrong in an entry of `all`, `any` or `none`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListProblem {
    /// "all", "any" or "none".
    pub list: &'static str,
    /// Position in the list; `None` where the lists as a whole are wrong.
    pub entry: Option<usize>,
    /// Its bytes are those of the entry.
    pub problem: QueryProblem,
}

/// How a part of a query was understood, for `check`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Understood {
    /// As the user wrote it.
    pub term: String,
    /// "concept North Korea (north-korea): 41 names in 12 languages, e.g. КНДР, 북한".
    pub meaning: String,
    /// Bytes in [`Query::text`].
    pub start: usize,
    pub end: usize,
}

/// A checked query.
#[derive(Clone, Debug)]
pub struct Query {
    pub(super) text: String,
    /// `None`: every item (see [`super::Watches::everything`]).
    pub(super) root: Option<Expr>,
}

/// Bytes of a part in the query's text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Place {
    pub start: usize,
    pub end: usize,
}

/// A part of a query.
#[derive(Clone, Debug)]
pub(super) enum Expr {
    Term(Term),
    And(Vec<Expr>, Place),
    Or(Vec<Expr>, Place),
    Not(Box<Expr>, Place),
    /// All in one field, each at most `words` words from the first.
    Near {
        parts: Vec<Expr>,
        words: u32,
        place: Place,
    },
    Title(Box<Expr>, Place),
}

/// A leaf.
#[derive(Clone, Debug)]
pub(super) struct Term {
    pub meaning: Meaning,
    pub place: Place,
}

impl Expr {
    pub fn place(&self) -> Place {
        match self {
            Self::Term(term) => term.place,
            Self::And(_, place) | Self::Or(_, place) | Self::Not(_, place) | Self::Title(_, place) => *place,
            Self::Near { place, .. } => *place,
        }
    }

    /// Calls `with` with each leaf, in the order of the text.
    pub fn terms<'a>(&'a self, with: &mut impl FnMut(&'a Term)) {
        match self {
            Self::Term(term) => with(term),
            Self::And(parts, _) | Self::Or(parts, _) | Self::Near { parts, .. } => {
                parts.iter().for_each(|part| part.terms(with))
            }
            Self::Not(part, _) | Self::Title(part, _) => part.terms(with),
        }
    }
}

/// A longer query is a mistake, or somebody's file.
pub(super) const QUERY_BYTES_MAX: usize = 256 << 10;
pub(super) const TERMS_MAX: usize = 10_000;

impl Query {
    /// Reads a query; all problems at once.
    pub fn parse(text: &str, lexicon: &Lexicon) -> Result<Self, Vec<QueryProblem>> {
        let root = super::parse::parse(text, lexicon)?;
        let problems = sense::check(text, &root);
        if problems.is_empty() { Ok(Self { text: text.to_owned(), root: Some(root) }) } else { Err(problems) }
    }

    /// Reads the list form: every entry of `all`, at least one of `any`, no entry of `none`; each entry is a query of
    /// its own, mostly one word or phrase.
    pub fn from_lists(
        all: &[String],
        any: &[String],
        none: &[String],
        lexicon: &Lexicon,
    ) -> Result<Self, Vec<ListProblem>> {
        super::parse::lists(all, any, none, lexicon)
    }

    /// The query of a watch that every item satisfies.
    pub fn everything() -> Self {
        Self { text: String::new(), root: None }
    }

    /// As the user wrote it; for the list form, as it would be written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// How each part was understood.
    pub fn understood(&self, lexicon: &Lexicon) -> Vec<Understood> {
        let mut understood = Vec::new();
        if let Some(root) = &self.root {
            root.terms(&mut |term| {
                let Place { start, end } = term.place;
                let (term, meaning) = (self.text[start..end].to_owned(), term.meaning.explain(lexicon));
                understood.push(Understood { term, meaning, start, end });
            });
        }
        understood
    }
}
