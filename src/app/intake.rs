//! Which items does a poll bring?
//!
//! In: a feed, its state, the arrivals that `parse` told apart, the present. Out: items in the order in which they are
//! judged, each with a `seen` of its own, so that the archive can repeat the order. Pure; it reads no store.

use crate::model::{Entry, Feed, FeedState, Item, ItemId, Outlet, Timestamp};
use crate::parse::Arrival;
use crate::text::url::registered_domain;

/// What a poll brought.
#[derive(Default)]
pub struct Intake {
    /// New items and versions, oldest first.
    pub items: Vec<Item>,
    /// Items that were known and unchanged.
    pub seen: Vec<ItemId>,
    /// How many of `items` are new.
    pub new: u32,
}

/// Turns arrivals into items. `last_seen` is the latest `seen` ever given; `since` is how far back the first poll of a
/// feed may alert, where the user asked for that.
pub fn take(
    feed: &Feed,
    state: &FeedState,
    arrivals: Vec<Arrival>,
    since: Option<Timestamp>,
    now: Timestamp,
    last_seen: Timestamp,
) -> Intake {
    let mut intake = Intake::default();
    for arrival in arrivals {
        match arrival {
            Arrival::New { id, entry } => {
                intake.new += 1;
                let backfill = is_backfill(state, &entry, since);
                intake.items.push(item(feed, id, 1, entry, backfill, now));
            }
            // A change of something old is a change now; the story stage decides whether it says anything new.
            Arrival::Version { id, version, entry } => {
                let backfill = !state.primed;
                intake.items.push(item(feed, id, version, entry, backfill, now));
            }
            Arrival::Seen { id } => intake.seen.push(id),
        }
    }
    // Feeds list the newest first; what claims no time keeps its place in that order.
    intake.items.reverse();
    intake.items.sort_by_key(|item| item.published.map_or(now, |at| at.min(now)));
    let mut seen = last_seen;
    for item in &mut intake.items {
        seen = seen_after(seen, now);
        item.seen = seen;
    }
    intake
}

/// The next version of an item, with the text of its article. The item is at its last version.
pub fn with_article(item: Item, text: String, now: Timestamp, last_seen: Timestamp) -> Item {
    let seen = seen_after(last_seen, now);
    Item { version: item.version.saturating_add(1), text: Some(text), seen, ..item }
}

/// The present, as a time that no item has yet.
fn seen_after(last: Timestamp, now: Timestamp) -> Timestamp {
    now.max(last.checked_add(jiff::SignedDuration::from_millis(1)).unwrap_or(now))
}

/// What a feed holds at its first poll is known from then on and alerts nobody, unless the user asked to look back.
fn is_backfill(state: &FeedState, entry: &Entry, since: Option<Timestamp>) -> bool {
    let asked_for = since.zip(entry.published).is_some_and(|(since, published)| published >= since);
    !state.primed && !asked_for
}

fn item(feed: &Feed, id: ItemId, version: u32, entry: Entry, backfill: bool, now: Timestamp) -> Item {
    let key = entry.key();
    Item {
        id,
        feed: feed.id,
        version,
        key,
        outlet: outlet(feed, &entry),
        link: entry.link,
        canonical_link: entry.canonical_link,
        title: entry.title,
        summary: entry.summary,
        text: entry.text,
        published: entry.published,
        seen: now,
        lang: entry.lang.or_else(|| feed.lang.clone()),
        feed_name: feed.name.clone(),
        tags: feed.tags.clone(),
        backfill,
    }
}

/// The outlet is the entry's own source where it names one, else the feed; its family the registered domain of the link.
fn outlet(feed: &Feed, entry: &Entry) -> Outlet {
    let name = entry.source.clone().unwrap_or_else(|| feed.name.clone());
    let link = entry.link.as_deref().unwrap_or(&feed.url);
    let family = registered_domain(link).unwrap_or_else(|| name.to_lowercase());
    Outlet { name, family }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::FeedId;

    #[test]
    fn no_date_loses_an_item_or_makes_an_old_one_look_new() {
        let at = |text: &str| text.parse::<Timestamp>().expect("a time");
        let now = at("2024-10-15T12:00:00Z");
        let arrival = |number: u64, published: Option<&str>| Arrival::New {
            id: ItemId(number),
            entry: Entry { title: number.to_string(), published: published.map(at), ..Entry::default() },
        };
        let arrivals = vec![
            arrival(1, Some("2099-01-01T00:00:00Z")),
            arrival(2, None),
            arrival(3, Some("0001-01-01T00:00:00Z")),
            arrival(4, Some("2024-10-15T11:00:00Z")),
        ];
        let feed = Feed {
            id: FeedId(7),
            url: "https://a.example/".into(),
            name: "A".into(),
            tags: vec![],
            lang: None,
            interval_min_s: 300,
            interval_max_s: 600,
            headers: vec![],
            proxy: None,
            paused: false,
            full_text: false,
            page: None,
        };
        let primed = FeedState { primed: true, ..FeedState::default() };
        let taken = take(&feed, &primed, arrivals, None, now, Timestamp::MIN);
        let order: Vec<u64> = taken.items.iter().map(|item| item.id.0).collect();
        assert_eq!(order, [3, 4, 2, 1], "what claims the future, or nothing, comes now");
        assert!(taken.items.iter().all(|item| item.seen >= now && !item.backfill));
        assert_eq!(
            taken.items[0].published,
            Some(at("0001-01-01T00:00:00Z")),
            "kept as claimed: `alert` looks back so far"
        );
    }
}
