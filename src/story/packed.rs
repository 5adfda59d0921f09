//! How are long lists of numbers stored?
//!
//! In: lists of hashes, and of features with weights. Out: base64 of their bytes, little end first, and back, bit for bit: a
//! third of the size of decimal numbers, and many times faster to write. What earlier versions stored as JSON lists is read, too.

use std::fmt;
use std::marker::PhantomData;

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use serde::de::value::SeqAccessDeserializer;
use serde::de::{Error, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serializer};

/// What may be stored: packed bytes, or a JSON list of `T` as earlier versions wrote it.
enum Stored<T> {
    Packed(Vec<u8>),
    Plain(Vec<T>),
}

impl<'de, T: Deserialize<'de>> Stored<T> {
    fn read<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Both(PhantomData))
    }
}

struct Both<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for Both<T> {
    type Value = Stored<T>;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("base64 or a list")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Stored<T>, E> {
        STANDARD_NO_PAD.decode(text).map(Stored::Packed).map_err(E::custom)
    }

    fn visit_seq<S: SeqAccess<'de>>(self, list: S) -> Result<Stored<T>, S::Error> {
        Vec::deserialize(SeqAccessDeserializer::new(list)).map(Stored::Plain)
    }
}

/// Packed bytes in chunks of `N`.
fn chunks<E: Error, const N: usize>(bytes: &[u8]) -> Result<Vec<[u8; N]>, E> {
    let (chunks, rest) = bytes.as_chunks::<N>();
    if rest.is_empty() { Ok(chunks.to_vec()) } else { Err(E::custom("a packed list is cut")) }
}

/// Features with weights.
pub mod pairs {
    use super::*;
    use crate::story::vector::{Feature, feature};

    pub fn serialize<S: Serializer>(pairs: &[(Feature, f32)], serializer: S) -> Result<S::Ok, S::Error> {
        let mut bytes = Vec::with_capacity(pairs.len() * 8);
        for (feature, weight) in pairs {
            bytes.extend_from_slice(&feature.to_le_bytes());
            bytes.extend_from_slice(&weight.to_le_bytes());
        }
        serializer.serialize_str(&STANDARD_NO_PAD.encode(bytes))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<(Feature, f32)>, D::Error> {
        let pair = |[a, b, c, d, e, f, g, h]: [u8; 8]| {
            (Feature::from_le_bytes([a, b, c, d]), f32::from_le_bytes([e, f, g, h]))
        };
        match Stored::<(u64, f32)>::read(deserializer)? {
            Stored::Packed(bytes) => Ok(chunks(&bytes)?.into_iter().map(pair).collect()),
            Stored::Plain(list) => {
                let mut pairs: Vec<_> = list.into_iter().map(|(hash, weight)| (feature(hash), weight)).collect();
                pairs.sort_unstable_by_key(|(feature, _)| *feature);
                pairs.dedup_by_key(|(feature, _)| *feature);
                Ok(pairs)
            }
        }
    }
}

/// A hash, or half of one.
pub trait Number: Copy {
    /// Adds its bytes.
    fn write(self, bytes: &mut Vec<u8>);
    /// All that `bytes` hold.
    fn read<E: Error>(bytes: &[u8]) -> Result<Vec<Self>, E>;
}

macro_rules! number {
    ($($own:ty),*) => {$(
        impl Number for $own {
            fn write(self, bytes: &mut Vec<u8>) {
                bytes.extend_from_slice(&self.to_le_bytes());
            }

            fn read<E: Error>(bytes: &[u8]) -> Result<Vec<Self>, E> {
                Ok(chunks(bytes)?.into_iter().map(Self::from_le_bytes).collect())
            }
        }
    )*};
}

number!(u32, u64);

/// Hashes, or halves of them.
pub mod hashes {
    use super::*;

    pub fn serialize<T: Number, S: Serializer>(hashes: &[T], serializer: S) -> Result<S::Ok, S::Error> {
        let mut bytes = Vec::with_capacity(size_of_val(hashes));
        hashes.iter().for_each(|hash| hash.write(&mut bytes));
        serializer.serialize_str(&STANDARD_NO_PAD.encode(bytes))
    }

    pub fn deserialize<'de, T: Number + Deserialize<'de>, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Vec<T>, D::Error> {
        match Stored::read(deserializer)? {
            Stored::Packed(bytes) => T::read(&bytes),
            Stored::Plain(list) => Ok(list),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::story::vector::{Vector, feature};

    #[test]
    fn lists_of_earlier_versions_are_read() {
        let old: Vector = serde_json::from_str("[[12297829382473034411,0.5],[3,1.5]]").unwrap();
        let mut expected = vec![(feature(12_297_829_382_473_034_411), 0.5), (feature(3), 1.5)];
        expected.sort_unstable_by_key(|(feature, _)| *feature);
        assert_eq!(old.0, expected);
        let again: Vector = serde_json::from_str(&serde_json::to_string(&old).unwrap()).unwrap();
        assert_eq!(again, old);
        assert!(serde_json::from_str::<Vector>("\"AAAA\"").is_err(), "a cut list is told");
    }
}
