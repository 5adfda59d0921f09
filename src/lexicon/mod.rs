//! Which things of the world does a text name?
//!
//! In: concepts with their names in many languages (shipped and the user's own), and a text. Out: the text's tokens
//! and the concepts mentioned, with offsets. It never decides whether a mention matters.

mod document;

pub use document::*;
