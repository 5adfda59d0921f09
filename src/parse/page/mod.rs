//! What does a web page say?
//!
//! In: the text of an HTML page. Out: its items where selectors say where they stand ([`items`]), a first guess of
//! such selectors ([`guess`]), the feeds it names ([`links`]), the text of an article
//! ([`article`]). Whatever the page holds, it is read behind the gate of
//! [`tree`]. It never fetches.

pub mod article;
pub mod guess;
pub mod items;
pub mod links;
pub mod selector;
pub mod tree;
