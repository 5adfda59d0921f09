//! How do the stages become a running program?
//!
//! In: a checked configuration, a clock, a folder for state. Out: the daemon, and the same pipeline for `replay`.
//! Straight-line wiring: it decides nothing about items, feeds or mails that a stage could decide.

pub mod articles;
pub mod compose;
pub mod daemon;
pub mod deliverer;
pub mod demo;
pub mod engine;
pub mod events;
pub mod hooks;
pub mod intake;
pub mod mutes;
pub mod notices;
pub mod pipeline;
pub mod poller;
pub mod replay;
pub mod rules;
pub mod service;
mod sitemaps;
pub mod wiring;
pub mod writer;
