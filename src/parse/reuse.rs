//! Is this another story under a known id?
//!
//! In: an entry, and the item that is known under the entry's id. Out: yes or no. Some sites number the places of their feed
//! ("item-1" to "item-20") or use an id again months later. An edited headline must stay an edit, so both witnesses have to
//! agree: the link leads to another page, and the headline shares next to no word with the old one. Where either cannot
//! tell, it is the same item: a new version is judged too, so nothing is lost by that.

use std::collections::BTreeSet;

use crate::model::{Entry, KnownItem};
use crate::text::fold::fold;
use crate::text::token::{is_unspaced, words};

/// Shorter words are mostly grammar; scripts without spaces have no such.
const WORD_CHARACTERS_MIN: usize = 4;
/// Headlines of fewer such words tell nothing.
const WORDS_MIN: usize = 2;
/// Of the shorter headline's words, at most one in so many may be in the other.
const SHARED_ONE_IN: usize = 6;
/// A number of so many digits in a link is the article's own, unless it is a date.
const NUMBER_DIGITS_MIN: usize = 6;

/// Whether `entry` tells of something else than the item that has its id.
pub fn is_other_story(known: &KnownItem, entry: &Entry) -> bool {
    let other_page = match (&known.canonical_link, &entry.canonical_link) {
        (Some(old), Some(new)) => old != new && numbers(old).is_disjoint(&numbers(new)),
        (None, None) => true,
        _ => false,
    };
    other_page && is_other_headline(&known.title, &entry.title)
}

fn is_other_headline(old: &str, new: &str) -> bool {
    let (old, new) = (content_words(old), content_words(new));
    let shorter = old.len().min(new.len());
    shorter >= WORDS_MIN && old.intersection(&new).count() * SHARED_ONE_IN <= shorter
}

fn content_words(headline: &str) -> BTreeSet<String> {
    let tells = |word: &String| word.chars().any(is_unspaced) || word.chars().count() >= WORD_CHARACTERS_MIN;
    words(headline).into_iter().map(fold).filter(tells).collect()
}

/// "business-52350082" has the number of its article: the words before it may change.
fn numbers(link: &str) -> BTreeSet<&str> {
    let runs = link.split(|sign: char| !sign.is_ascii_digit());
    let is_date = |run: &str| run.len() == 8 && (run.starts_with("19") || run.starts_with("20"));
    runs.filter(|run| run.len() >= NUMBER_DIGITS_MIN && !is_date(run)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ItemId;

    fn other(old: (&str, Option<&str>), new: (&str, Option<&str>)) -> bool {
        let entry = |(title, link): (&str, Option<&str>)| Entry {
            guid: Some("item-1".into()),
            canonical_link: link.map(str::to_owned),
            title: title.into(),
            ..Entry::default()
        };
        is_other_story(&KnownItem::of(ItemId(1), 1, &entry(old)), &entry(new))
    }

    #[test]
    fn both_witnesses_have_to_agree() {
        let (a, b) = (Some("https://a.example/floods"), Some("https://a.example/elections"));
        let (floods, vote) = ("Floods hit three provinces overnight", "Parliament dissolved before elections");
        assert!(other((floods, a), (vote, b)));
        assert!(other((floods, None), (vote, None)));
        assert!(!other((floods, a), (vote, a)), "the page is the same");
        assert!(!other((floods, a), (vote, None)), "nobody knows");
        assert!(!other((floods, a), ("Three provinces under water", b)), "a new address of the same story");
        assert!(!other(("Live", a), ("Update", b)), "too short to tell");
        let slugs = (Some("https://a.example/uk-floods-52350082"), Some("https://a.example/uk-vote-52350082"));
        assert!(!other((floods, slugs.0), (vote, slugs.1)), "the article's number is the same");
        let dated = (Some("https://a.example/20200421/x"), Some("https://a.example/20200421/y"));
        assert!(other((floods, dated.0), (vote, dated.1)), "a day has many stories");
        assert!(other(("北朝鮮がミサイル発射", a), ("大阪万博の入場券発売", b)), "scripts without spaces");
    }
}
