//! Which watches does an item satisfy, by which words?
//!
//! In: queries as users write them, the lexicon, documents. Out: checked queries and what their words mean; the watches
//! that a document satisfies, with evidence; for one that it does not, what failed. It never decides whether to tell.
//! The language is described in `docs/WATCHES.md`.

mod evaluate;
mod guards;
mod index;
mod meaning;
mod nearly;
mod parse;
mod query;
mod sense;
mod syntax;
#[cfg(test)]
mod tests;
mod why;

pub use index::Watches;
pub use query::{ListProblem, Query, QueryProblem, Understood};
pub use why::WhyNot;
