//! What did the user configure, or what is wrong with it?
//!
//! In: a folder of TOML files. Out: a resolved, immutable [`Config`] with warnings, or every problem there is, with
//! file, position and next step. Two types: what was written ([`raw`], with places) and what it means
//! ([`settings`]). Only [`edit`] changes a file, by adding to it. It never guesses: what it does not know,
//! it refuses.

mod changes;
mod edit;
mod load;
mod position;
mod problem;
mod raw;
mod resolve;
mod schema;
mod secrets;
mod settings;
mod suggest;
mod values;

pub use changes::{changes, needs_restart};
pub use edit::{Addition, EditError, NewFeed, addition, toml_string, write};
pub use load::{MAX_FILE_BYTES, fingerprint, load, load_to_look, read_file};
pub use problem::{At, Problem, Severity, SourceFile, Spot};
pub use resolve::{Resolved, Surroundings, resolve, watches_alone};
pub use secrets::{Secret, SecretPlace};
pub use settings::*;
pub use values::{Network, level_name};

#[cfg(test)]
mod tests;
