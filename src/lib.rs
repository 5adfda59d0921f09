//! newswatch: polls news feeds, matches them against watches, and tells of new developments once.
//!
//! The map is in `docs/ARCHITECTURE.md`; each module opens with the question it answers.

pub mod alert;
pub mod app;
pub mod article;
pub mod cli;
pub mod clock;
pub mod config;
pub mod fetch;
pub mod lexicon;
pub mod mail;
pub mod matching;
pub mod model;
pub mod outbox;
pub mod parse;
pub mod schedule;
pub mod store;
pub mod story;
pub mod text;
