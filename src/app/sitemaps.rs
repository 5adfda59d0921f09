//! What stands behind an index of sitemaps?
//!
//! In: a feed whose body turned out to be such an index. Out: the items of its most promising sitemaps, as if the feed had
//! held them. It fetches a bounded number of them, with the feed's manners, and judges no item.

use super::engine::Engine;
use super::poller::parse_aside;
use super::writer::Came;
use crate::article;
use crate::model::{Body, Feed, Parsed, Validators, Warning};
use crate::parse::{self, ENTRIES_MAX};

/// Sitemaps that are read of one index at each poll.
const SITEMAPS_A_POLL_MAX: usize = 3;

/// Reads what an index names. The index is asked for without validators from then on: a sitemap may change while the index
/// that names it stays the same.
pub async fn follow(engine: &Engine, feed: &Feed, mut body: Body, mut parsed: Box<Parsed>) -> Came {
    body.validators = Validators::default();
    let mut failures = Vec::new();
    for map in parse::newest_sitemaps(&parsed.sitemaps, SITEMAPS_A_POLL_MAX) {
        let is_at_home = article::host_of(&map.url) == article::host_of(&feed.url);
        match engine.fetcher_for(is_at_home).get_for(feed, &map.url).await {
            Ok(mut inner) => match parse_aside(&mut inner, None, "a sitemap").await {
                Ok(inner) => {
                    let room = ENTRIES_MAX.saturating_sub(parsed.entries.len());
                    parsed.entries.extend(inner.entries.into_iter().take(room));
                }
                Err(reason) => failures.push(reason),
            },
            Err(failure) => failures.push(failure.reason),
        }
    }
    let (failed, first) = (failures.len(), failures.into_iter().next().unwrap_or_default());
    if failed > 0 && parsed.entries.is_empty() {
        return Came::NotAFeed(format!("none of the sitemaps in the index could be read: {first}"));
    }
    if failed > 0 {
        let text = format!("{failed} sitemaps of the index could not be read: {first}");
        parsed.warnings.insert(0, Warning { code: "sitemap-failed", text });
    }
    tracing::debug!(feed = feed.name, items = parsed.entries.len(), failed, "index of sitemaps followed");
    Came::Entries { body, parsed, pushed: false }
}
