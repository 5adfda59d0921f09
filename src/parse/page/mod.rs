//! What does a web page say?
//!
//! In: the text of an HTML page. Out: its items where selectors say where they stand ([`items`]). Whatever the page holds,
//! it is read behind the gate of [`tree`]. It never fetches.

pub mod items;
pub mod selector;
pub mod tree;
