//! What is polled, and what is remembered about it between two polls?
//!
//! In: the resolved configuration of a feed; what the server and the last polls taught. Out: plain data for
//! `schedule`, `fetch`, `parse` and `store`. Nothing here decides when or how to poll.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::{FeedId, Timestamp};

/// A feed as the user configured it, resolved and checked.
#[derive(Clone, PartialEq, Eq)]
pub struct Feed {
    pub id: FeedId,
    /// Absolute http(s) address.
    pub url: String,
    /// What a person calls it; the outlet's name in mails unless an item says better.
    pub name: String,
    pub tags: Vec<String>,
    /// BCP 47 primary language, where the user said so.
    pub lang: Option<String>,
    /// Seconds between polls at the least and at the most.
    pub interval_min_s: u32,
    pub interval_max_s: u32,
    /// Extra request headers, in order; credentials are resolved here and never logged.
    pub headers: Vec<(String, String)>,
    /// A proxy of its own, or "direct"; `None` is the one that all feeds use.
    pub proxy: Option<String>,
    pub paused: bool,
    /// The address is a page without a feed, and its items stand where these say.
    pub page: Option<PageRules>,
    /// The text of every item is fetched from its own page.
    pub full_text: bool,
}

/// Where a page has its items, as CSS selectors; all but `item` look inside of an item.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PageRules {
    pub item: String,
    /// Without it: the item's heading, else the text of its link.
    pub title: Option<String>,
    /// Without it: the link in the title, else the first one.
    pub link: Option<String>,
    /// Without it: the item's `time` element.
    pub date: Option<String>,
    pub summary: Option<String>,
}

/// Headers and proxies hold passwords and tokens: only their names are shown.
impl fmt::Debug for Feed {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let headers: Vec<&str> = self.headers.iter().map(|(name, _)| name.as_str()).collect();
        let mut shown = out.debug_struct("Feed");
        shown.field("id", &self.id).field("name", &self.name).field("url", &self.url).field("headers", &headers);
        shown.field("interval_s", &(self.interval_min_s, self.interval_max_s)).finish_non_exhaustive()
    }
}

/// What the server gave to make the next request conditional, byte for byte as sent.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Validators {
    pub etag: Option<String>,
    pub last_modified: Option<String>,
    /// Hash of the last body, for servers that send no validators.
    pub body_hash: Option<u64>,
}

/// A feed's row: everything `schedule` and `fetch` need from the past.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct FeedState {
    pub validators: Validators,
    /// Never polled successfully yet: what it holds at first is stored, not alerted.
    pub primed: bool,
    pub next_due: Option<Timestamp>,
    pub last_attempt: Option<Timestamp>,
    pub last_success: Option<Timestamp>,
    /// Consecutive failures; 0 after any success.
    pub failures: u32,
    pub last_error: Option<String>,
    /// Address after permanent redirects, and how many polls in a row confirmed it.
    pub moved_to: Option<String>,
    pub moved_seen: u32,
    /// 410 Gone was answered: not polled any more until the configuration changes.
    pub gone: bool,
    /// What the feed or its server asked for.
    pub pace: Pace,
    /// Newest first: when the last new items arrived, at most 16.
    pub arrivals: Vec<Timestamp>,
    /// Items in the last poll, and how many of them were known before.
    pub last_items: u32,
    pub last_known: u32,
    /// Two polls shared no item: some may have been missed in between.
    pub possibly_missed: u32,
    /// What its hub has promised to push, where we asked for it.
    pub lease: Option<Lease>,
    /// The publisher is not to hold us up for longer than this: so fast has most of the feed been replaced before.
    pub turnover_s: Option<u32>,
    /// Repairs and oddities of the last poll, by warning code.
    pub warnings: BTreeMap<String, u32>,
}

/// Polling hints by the publisher: RSS `ttl`, `skipHours`, `skipDays`, `sy:update*`, HTTP caching and Retry-After.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Pace {
    pub ttl_s: Option<u32>,
    /// UTC hours, 0 to 23.
    pub skip_hours: Vec<u8>,
    /// ISO weekdays, Monday = 1.
    pub skip_days: Vec<u8>,
    pub update_period_s: Option<u32>,
    /// Cache-Control max-age or Expires, from the response.
    pub max_age_s: Option<u32>,
    /// WebSub hub, where one is declared, and the address that the feed gives as its own.
    pub hub: Option<String>,
    pub topic: Option<String>,
}

/// A subscription at a WebSub hub.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Lease {
    pub hub: String,
    /// The address under which the hub knows the feed.
    pub topic: String,
    /// When we last asked, and how often since the hub last confirmed.
    pub asked: Option<Timestamp>,
    pub unanswered: u32,
    /// The end of what was confirmed, and its whole length in seconds.
    pub until: Option<Timestamp>,
    pub granted_s: u32,
    /// The last news came by a push, and no poll has found any that did not.
    pub pushed: bool,
}

/// What came of one attempt to fetch a feed.
#[derive(Clone, Debug, PartialEq)]
pub enum Fetched {
    /// A body to parse.
    Body(Body),
    /// 304, or a body equal to the last one.
    NotModified { validators: Validators, max_age_s: Option<u32> },
    /// Nothing usable, and what to do about it.
    Failed(FetchFailure),
}

/// A response body within its bounds.
#[derive(Clone, Debug, PartialEq)]
pub struct Body {
    pub bytes: Vec<u8>,
    pub content_type: Option<String>,
    /// Where the body really came from: the base of relative links.
    pub final_url: String,
    /// All redirects on the way were permanent (301, 308): the address that should be used from now on.
    pub moved_to: Option<String>,
    pub validators: Validators,
    pub max_age_s: Option<u32>,
    /// WebSub hub and own address of the feed, where the head declares them: they come before those in the body.
    pub hub: Option<String>,
    pub topic: Option<String>,
}

/// Why a fetch gave nothing, in words for a person, and when it is worth trying again.
#[derive(Clone, Debug, PartialEq)]
pub struct FetchFailure {
    /// One line, naming host and cause: "connection to `feeds.example` timed out after 10 s".
    pub reason: String,
    pub kind: FailureKind,
    /// The server named a time (Retry-After): seconds from the response.
    pub retry_after_s: Option<u32>,
}

/// How a failure bears on the next attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum FailureKind {
    /// Network, time-out, 5xx: back off and try again.
    Transient,
    /// 429, 503, or 403 after fast polling: slow down.
    Limited,
    /// 401, 403, 404, wrong content, refused address: back off far; a person should look.
    Broken,
    /// 410: stop.
    Gone,
}
