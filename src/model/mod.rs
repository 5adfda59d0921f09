//! What crosses a boundary between stages?
//!
//! In: nothing. Out: plain data, one type per hand-over, with identity types that cannot be mixed up.
//! It never computes more than its own text form, never reads a clock and never touches the world.

mod decision;
mod delivery;
mod feed;
mod id;
mod item;
mod state;

pub use decision::*;
pub use delivery::*;
pub use feed::*;
pub use id::*;
pub use item::*;
pub use state::*;

/// Points in time everywhere in the core: UTC, read by `clock` alone and handed down.
pub use jiff::Timestamp;
