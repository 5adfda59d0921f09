//! What does a text look like to the rest of the program?
//!
//! In: strings as outlets publish them. Out: folded text, tokens, stems, languages, shingles, canonical addresses,
//! plain text of HTML. Pure; it knows no concept and no feed.

pub mod bits;
pub mod fold;
pub mod form;
pub mod html;
pub mod inflect;
pub mod keys;
pub mod lang;
pub mod shingle;
pub mod stem;
pub mod token;
pub mod url;
