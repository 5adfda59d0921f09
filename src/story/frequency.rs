//! How common is a word?
//!
//! In: a folded word and its language. Out: its weight (inverse document frequency) before any stream was seen, from the
//! word lists in `data/frequency` (zipf values; sources and licences in the folder's README). It
//! never learns: what the stream teaches is added by the caller.

use std::collections::HashMap;
use std::sync::OnceLock;

use crate::text::fold;

/// Occurrences per thousand million words, as a decimal logarithm, of a word that is in no list.
const UNLISTED_ZIPF: f32 = 3.2;
/// Of a word in a language without a list.
const UNKNOWN_ZIPF: f32 = 3.6;

macro_rules! lists {
    ($($lang:literal),*) => {
        &[$(($lang, include_str!(concat!("data/frequency/", $lang, ".txt")))),*]
    };
}

const LISTS: &[(&str, &str)] =
    lists!["ar", "cs", "de", "en", "es", "fr", "id", "it", "ko", "nl", "pl", "pt", "ru", "sv", "tr", "uk"];

type List = HashMap<String, f32>;

/// The weight of a folded word: 0.3 for the commonest to about 6 for one that is in no list.
pub fn weight(lang: &str, folded: &str) -> f32 {
    from_zipf(list(lang).map_or(UNKNOWN_ZIPF, |list| list.get(folded).copied().unwrap_or(UNLISTED_ZIPF)))
}

/// methods.md, section 3.5: 0.55 times the natural logarithm of how much rarer than one in ten a word is.
fn from_zipf(zipf: f32) -> f32 {
    (0.55 * std::f32::consts::LN_10 * (8.0 - zipf)).clamp(0.3, 9.0)
}

fn list(lang: &str) -> Option<&'static List> {
    static READ: [OnceLock<List>; LISTS.len()] = [const { OnceLock::new() }; LISTS.len()];
    let at = LISTS.iter().position(|(own, _)| *own == lang)?;
    Some(READ[at].get_or_init(|| read(LISTS[at].1)))
}

/// A list's lines are a zipf value and the words that have it, commonest first.
fn read(text: &str) -> List {
    let mut list = List::new();
    for line in text.lines() {
        let mut words = line.split(' ');
        let Some(zipf) = words.next().and_then(|value| value.parse::<f32>().ok()) else { continue };
        for word in words {
            list.entry(fold::fold(word)).or_insert(zipf);
        }
    }
    list
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn common_words_weigh_little_in_each_language() {
        for (lang, common, rare) in [("en", "the", "chlorine"), ("ru", "и", "манифест"), ("de", "und", "fähre")]
        {
            assert!(weight(lang, common) < 2.5, "{lang} {common} {}", weight(lang, common));
            assert!(weight(lang, rare) > 4.0, "{lang} {rare} {}", weight(lang, rare));
        }
    }
}
