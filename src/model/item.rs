//! What did a feed say?
//!
//! In: nothing. Out: the entry as parsed, the item as kept, and how an entry relates to the items already known.
//! An item's identity never comes from its headline where it has an id or a link.

use serde::{Deserialize, Serialize};

use super::{FeedId, ItemId, Pace, Timestamp};

/// The format a body turned out to have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FeedKind {
    Rss,
    Rdf,
    Atom,
    Json,
    Sitemap,
    Page,
}

/// A body, read.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Parsed {
    pub kind: Option<FeedKind>,
    pub title: Option<String>,
    pub lang: Option<String>,
    pub pace: Pace,
    pub entries: Vec<Entry>,
    /// The sitemaps that an index of sitemaps lists, as it lists them.
    pub sitemaps: Vec<Sitemap>,
    /// What was repaired or is odd, one line each, most important first.
    pub warnings: Vec<Warning>,
    /// Why it is no feed at all; entries are empty then.
    pub error: Option<String>,
}

/// A sitemap that an index names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sitemap {
    /// Absolute.
    pub url: String,
    /// When it changed last, where the index says so.
    pub changed: Option<Timestamp>,
}

/// Something that was repaired or skipped while reading.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    /// Stable and countable: "bare-ampersand".
    pub code: &'static str,
    /// For a person.
    pub text: String,
}

/// One entry of a feed, as text: tags stripped, entities resolved, links absolute.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Entry {
    /// guid, id or rdf:about as sent; `None` where there is none or where the feed uses one for several entries.
    pub guid: Option<String>,
    /// Absolute, as sent.
    pub link: Option<String>,
    /// The link without tracking parameters and other noise; what identity compares.
    pub canonical_link: Option<String>,
    pub title: String,
    /// Plain text.
    pub summary: String,
    /// Plain text of a full content element, where the feed carries one.
    pub text: Option<String>,
    pub published: Option<Timestamp>,
    pub lang: Option<String>,
    /// Who the entry says it is from (RSS `source`, author's outlet), where it differs from the feed.
    pub source: Option<String>,
}

impl Entry {
    /// The key that identifies the entry within its feed: guid, else link, else a hash of what it says.
    pub fn key(&self) -> String {
        match (&self.guid, &self.canonical_link) {
            (Some(guid), _) => guid.clone(),
            (None, Some(link)) => link.clone(),
            (None, None) => {
                let day = self.published.map(|at| at.as_second().to_string()).unwrap_or_default();
                format!("hash:{:x}", super::content_hash([self.title.as_str(), day.as_str(), &self.summary]))
            }
        }
    }

    /// A hash of everything a reader would notice to have changed.
    pub fn fingerprint(&self) -> u64 {
        super::content_hash([self.title.as_str(), &self.summary, self.text.as_deref().unwrap_or_default()])
    }
}

/// What the store knows of an item that an entry may be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownItem {
    pub id: ItemId,
    pub key: String,
    pub canonical_link: Option<String>,
    pub fingerprint: u64,
    pub version: u32,
    /// The headline of that version: a known id under a wholly other headline is another story.
    pub title: String,
}

impl KnownItem {
    /// What will be known of an entry once it is kept.
    pub fn of(id: ItemId, version: u32, entry: &Entry) -> Self {
        let (key, title) = (entry.key(), entry.title.clone());
        Self { id, key, canonical_link: entry.canonical_link.clone(), fingerprint: entry.fingerprint(), version, title }
    }
}

/// An item: one entry of a feed, at one version of itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Item {
    pub id: ItemId,
    pub feed: FeedId,
    /// 1 as first seen; each change of headline or text adds one.
    pub version: u32,
    pub key: String,
    pub link: Option<String>,
    pub canonical_link: Option<String>,
    pub title: String,
    pub summary: String,
    pub text: Option<String>,
    /// What the feed claims; never trusted for order.
    pub published: Option<Timestamp>,
    /// When newswatch saw this version: the time that all decisions use.
    pub seen: Timestamp,
    pub outlet: Outlet,
    pub lang: Option<String>,
    /// Name and tags of the feed, for `feed:` and `tag:`.
    pub feed_name: String,
    pub tags: Vec<String>,
    /// Found at the first poll of its feed, or older than the daemon looks back: stored and known, never alerted.
    pub backfill: bool,
}

impl Item {
    /// An item that says `title` and nothing else: the first version of one, of no feed, seen when time began. What a caller
    /// knows beyond that it adds: `Item { summary, ..Item::bare(title) }`.
    pub fn bare(title: &str) -> Self {
        Self {
            id: ItemId(1),
            feed: FeedId(1),
            version: 1,
            key: String::new(),
            link: None,
            canonical_link: None,
            title: title.to_owned(),
            summary: String::new(),
            text: None,
            published: None,
            seen: Timestamp::UNIX_EPOCH,
            outlet: Outlet::default(),
            lang: None,
            feed_name: String::new(),
            tags: Vec::new(),
            backfill: false,
        }
    }

    /// What [`Entry::fingerprint`] gives for the entry that says the same.
    pub fn fingerprint(&self) -> u64 {
        super::content_hash([self.title.as_str(), &self.summary, self.text.as_deref().unwrap_or_default()])
    }
}

/// Who publishes.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Outlet {
    /// For a reader: "Yonhap".
    pub name: String,
    /// For counting independent sources: registered domain or owner, lower case.
    pub family: String,
}
