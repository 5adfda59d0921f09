//! Does the whole program keep its promises?
//!
//! In: real HTTP, SMTP and SQLite on this machine, a clock that the test steps. Out: a failing test that says which promise.
//! The only integration binary, by topic; nothing here leaves loopback.

mod cli;
mod daemon;
mod faults;
mod hostile;
mod mutate;
mod oracle;
mod pages;
mod pipeline;
mod queries;
mod smtp;
mod support;
mod websub;
