//! Are feeds read for what they mean?
//!
//! In: small feeds written for these tests. Out: failing assertions. Nothing here is taken from a real feed.
