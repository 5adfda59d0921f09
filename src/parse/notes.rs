//! What was repaired on the way?
//!
//! In: codes of repairs as they happen. Out: one warning for each kind, counted, most important first. It decides nothing.

use crate::model::Warning;

/// What can be noted, most important first: code, and the words for one and for many ("#" stands for the number).
const KINDS: &[(&str, &str, &str)] = &[
    ("cut-off", "the feed breaks off in the middle", "the feed breaks off in the middle"),
    ("too-many-items", "1 item beyond the limit was not read", "# items beyond the limit were not read"),
    (
        "too-large",
        "the body is too large; only its beginning was read",
        "the body is too large; only its beginning was read",
    ),
    ("unfinished-item", "1 item without headline or link was cut off and left out", "# unfinished items were left out"),
    (
        "sitemap-index",
        "an index of 1 sitemap, which the daemon reads",
        "an index of # sitemaps, of which the daemon reads the most promising",
    ),
    (
        "page-cut",
        "the page is too large or too deep; only its beginning was read",
        "the page is too large or too deep; only its beginning was read",
    ),
    ("page-no-title", "1 item has no headline that `title` selects", "# items have no headline that `title` selects"),
    ("page-no-link", "1 item has no link that `link` selects", "# items have no link that `link` selects"),
    ("page-no-date", "1 item has no date that `date` selects", "# items have no date that `date` selects"),
    ("page-no-summary", "1 item has no text that `summary` selects", "# items have no text that `summary` selects"),
    ("no-items", "the feed has no items", "the feed has no items"),
    ("empty-item", "1 item says nothing and will be passed over", "# items say nothing and will be passed over"),
    ("junk-before-feed", "text stands before the feed", "text stands before the feed"),
    ("cdata-not-closed", "1 CDATA section never ends", "# CDATA sections never end"),
    ("unclosed-element", "1 element was not closed", "# elements were not closed"),
    ("unclosed-item", "1 item was not closed", "# items were not closed"),
    ("bare-ampersand", "1 ampersand is not escaped", "# ampersands are not escaped"),
    ("doubled-id", "1 item shares its id with another item", "# items share their id with another item"),
    ("shared-link", "1 item shares its link with another item", "# items share their link with another item"),
    ("no-id", "1 item has neither id nor link", "# items have neither id nor link"),
    ("bad-date", "1 date could not be read", "# dates could not be read"),
    ("text-cut", "1 text was too long and cut", "# texts were too long and cut"),
];

/// Counts of repairs by kind.
#[derive(Debug, Default)]
pub struct Notes([u32; KINDS.len()]);

impl Notes {
    /// Counts `count` more of a kind; a code outside the table is a mistake of ours and not counted.
    pub fn add(&mut self, code: &str, count: u32) {
        let kind = KINDS.iter().position(|(known, ..)| *known == code);
        debug_assert!(kind.is_some(), "{code} is in the table");
        if let Some(kind) = kind {
            self.0[kind] = self.0[kind].saturating_add(count);
        }
    }

    /// The warnings, most important first.
    pub fn warnings(&self) -> impl Iterator<Item = Warning> + '_ {
        let counted = KINDS.iter().zip(self.0).filter(|(_, count)| *count > 0);
        counted.map(|(&(code, one, many), count)| {
            let text = if count == 1 { one.to_owned() } else { many.replace('#', &count.to_string()) };
            Warning { code, text }
        })
    }
}
