//! Which thing is meant?
//!
//! In: the words that identify a thing (a feed's address, an entry's key). Out: 64-bit identities, one type per
//! kind of thing, that are the same on every machine and after every restart. They never depend on arrival order.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::Xxh3;

/// Hashes parts to 63 bits (so that the value is a positive SQL integer), keeping part boundaries apart.
pub fn content_hash<P: AsRef<[u8]>>(parts: impl IntoIterator<Item = P>) -> u64 {
    let mut hasher = Xxh3::new();
    for part in parts {
        let part = part.as_ref();
        hasher.update(&(part.len() as u64).to_le_bytes());
        hasher.update(part);
    }
    hasher.digest() >> 1
}

macro_rules! identity {
    ($(#[$doc:meta])* $name:ident, $prefix:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub u64);

        impl $name {
            /// The identity of the thing that these parts name.
            pub fn of<P: AsRef<[u8]>>(parts: impl IntoIterator<Item = P>) -> Self {
                Self(content_hash(parts))
            }
            /// The value as an SQL integer; never negative.
            pub fn sql(self) -> i64 {
                self.0 as i64
            }
            /// Back from [`Self::sql`].
            pub fn from_sql(value: i64) -> Self {
                Self(value as u64)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(out, concat!($prefix, "{}"), base32(self.0))
            }
        }

        impl FromStr for $name {
            type Err = ();
            fn from_str(text: &str) -> Result<Self, ()> {
                text.strip_prefix($prefix).and_then(from_base32).map(Self).ok_or(())
            }
        }
    };
}

identity!(
    /// A feed: the address in `feeds.toml`.
    FeedId,
    "f-"
);
identity!(
    /// An item: its feed and the key under which it was first seen there.
    ItemId,
    "i-"
);
identity!(
    /// A story: the item that opened it.
    StoryId,
    "s-"
);
identity!(
    /// A thread: a watch's name and the story that opened it.
    ThreadId,
    "t-"
);
identity!(
    /// An alert: its thread and the item and units that decided it.
    AlertId,
    "a-"
);
identity!(
    /// A delivery: its alert and its recipient.
    DeliveryId,
    "d-"
);

/// Crockford's alphabet in lower case: no i, l, o, u, so that an id can be read out and typed.
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

fn base32(mut value: u64) -> String {
    let mut digits = [0u8; 13];
    for digit in digits.iter_mut().rev() {
        *digit = ALPHABET[(value & 31) as usize];
        value >>= 5;
    }
    digits.iter().map(|&digit| digit as char).collect()
}

fn from_base32(text: &str) -> Option<u64> {
    if text.len() != 13 {
        return None;
    }
    text.bytes().try_fold(0u64, |value, byte| {
        let digit = ALPHABET.iter().position(|&known| known == byte.to_ascii_lowercase())?;
        value.checked_mul(32)?.checked_add(digit as u64)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_survives_its_text_form() {
        for value in [0, 1, 31, 32, u64::MAX >> 1] {
            assert_eq!(ItemId(value).to_string().parse(), Ok(ItemId(value)));
        }
        assert_eq!("s-0000000000000".parse::<ItemId>(), Err(()));
        assert_eq!("i-00000000000".parse::<ItemId>(), Err(()));
    }

    #[test]
    fn part_boundaries_count() {
        assert_ne!(content_hash(["ab", "c"]), content_hash(["a", "bc"]));
    }
}
