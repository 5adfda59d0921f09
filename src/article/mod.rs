//! Which articles are worth fetching, when, and when is one given up?
//!
//! In: an item with what its feed and the watches say of it; what came of an attempt; the present. Out: a request that is
//! kept with the item's poll, and each time the next step. A headline is decided at once and never waits for its article;
//! the article is a later version of it. It fetches nothing and keeps nothing itself.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::model::{FailureKind, Feed, FeedId, FetchFailure, Item, ItemId, StateKind, StateRow, Timestamp};

/// Attempts for one article.
pub const ATTEMPTS_MAX: u32 = 3;
/// Waiting before the second and the third attempt, in seconds.
const WAITS_S: [i64; 2] = [5 * 60, 60 * 60];
/// An article that could not be had for so long is no news any more.
const AGE_MAX_S: i64 = 24 * 3_600;
/// Items published longer ago are not worth a request.
const PUBLISHED_MAX_S: i64 = 3 * 24 * 3_600;
/// Requests that wait at most; of more, the oldest are given up, those of whole feeds first.
pub const WAITING_MAX: usize = 2_000;
/// Articles that are fetched at once, and of one host.
pub const AT_ONCE_MAX: usize = 8;
/// A feed that carries so much text itself needs no page, in bytes.
const OWN_TEXT_BYTES: usize = 1_500;
/// An item that was edited so often is a live page, read often enough.
const VERSION_MAX: u32 = 10;
/// A longer wait that a server asks for outlives the request anyhow.
const RETRY_AFTER_MAX_S: i64 = AGE_MAX_S;

/// Why an article is wanted; the first is served first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Why {
    /// What is known of it satisfies part of a watch.
    HalfMatch,
    /// Its feed asks for every text.
    FullText,
}

/// An article that is wanted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    pub why: Why,
    pub link: String,
    pub feed: FeedId,
    /// What pages on the same site share.
    pub host: String,
    /// The feed is on that host, too.
    pub is_at_home: bool,
    pub asked: Timestamp,
    pub due: Timestamp,
    pub attempts: u32,
}

/// What to do after an attempt that brought nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Next {
    Again(Request),
    GiveUp(String),
}

/// Whether an item's article should be fetched: `nearly` says that a watch is satisfied in part.
pub fn wanted(feed: &Feed, item: &Item, nearly: bool) -> Option<Request> {
    let why = match (nearly, feed.full_text) {
        (true, _) => Why::HalfMatch,
        (false, true) => Why::FullText,
        (false, false) => return None,
    };
    let link = item.link.as_deref()?;
    let host = host_of(link)?;
    let own = item.text.as_ref().map_or(0, String::len).max(item.summary.len());
    let is_old = item.published.is_some_and(|at| seconds_between(at, item.seen) > PUBLISHED_MAX_S);
    if item.backfill || is_old || own >= OWN_TEXT_BYTES || item.version > VERSION_MAX {
        return None;
    }
    // Items of one poll are seen some milliseconds apart, the last ones later than the present.
    let due = Timestamp::from_second(item.seen.as_second()).unwrap_or(item.seen);
    let is_at_home = host_of(&feed.url).as_ref() == Some(&host);
    Some(Request { why, link: link.to_owned(), feed: feed.id, host, is_at_home, asked: item.seen, due, attempts: 0 })
}

/// What follows an attempt that failed.
pub fn after_failure(request: &Request, failure: &FetchFailure, now: Timestamp) -> Next {
    let attempts = request.attempts + 1;
    let is_final = matches!(failure.kind, FailureKind::Broken | FailureKind::Gone);
    if is_final || attempts >= ATTEMPTS_MAX {
        return Next::GiveUp(failure.reason.clone());
    }
    let asked_for = failure.retry_after_s.map_or(0, i64::from).min(RETRY_AFTER_MAX_S);
    let wait = WAITS_S[(attempts as usize - 1).min(WAITS_S.len() - 1)].max(asked_for);
    let due = now.checked_add(jiff::SignedDuration::from_secs(wait)).unwrap_or(Timestamp::MAX);
    match seconds_between(request.asked, due) > AGE_MAX_S {
        true => Next::GiveUp(failure.reason.clone()),
        false => Next::Again(Request { due, attempts, ..request.clone() }),
    }
}

/// Half matches before the rest, then the newest.
fn urgency(id: ItemId, request: &Request) -> impl Ord + use<> {
    (request.why, std::cmp::Reverse(request.asked), id)
}

/// What may be fetched now: half matches first, then the newest; one of a host at a time, so that its feeds still have a
/// place in its queue.
pub fn next(waiting: &BTreeMap<ItemId, Request>, busy: &BTreeSet<String>, now: Timestamp, room: usize) -> Vec<ItemId> {
    let mut due: Vec<(&ItemId, &Request)> = waiting.iter().filter(|(_, request)| request.due <= now).collect();
    due.sort_by_key(|(id, request)| urgency(**id, request));
    let mut hosts = busy.clone();
    due.into_iter().filter(|(_, request)| hosts.insert(request.host.clone())).take(room).map(|(id, _)| *id).collect()
}

/// Requests that are given up for their age or because too many wait.
pub fn overdue(waiting: &BTreeMap<ItemId, Request>, now: Timestamp) -> Vec<ItemId> {
    let is_old = |request: &Request| seconds_between(request.asked, now) > AGE_MAX_S;
    let (old, mut young): (Vec<_>, Vec<_>) = waiting.iter().partition(|(_, request)| is_old(request));
    young.sort_by_key(|(id, request)| urgency(**id, request));
    old.into_iter().chain(young.into_iter().skip(WAITING_MAX)).map(|(id, _)| *id).collect()
}

/// The row of a request; without one, of a request that is over.
pub fn row(item: ItemId, request: Option<&Request>) -> StateRow {
    let data = request.and_then(|request| serde_json::to_string(request).ok());
    StateRow { kind: StateKind::Article, id: item.0, data }
}

/// The requests in these rows; a row of another shape (of an older version of ours) is over.
pub fn restore(rows: &[StateRow]) -> (BTreeMap<ItemId, Request>, Vec<ItemId>) {
    let (mut waiting, mut unreadable) = (BTreeMap::new(), Vec::new());
    for row in rows.iter().filter(|row| row.kind == StateKind::Article) {
        match row.data.as_deref().and_then(|data| serde_json::from_str(data).ok()) {
            Some(request) => _ = waiting.insert(ItemId(row.id), request),
            None => unreadable.push(ItemId(row.id)),
        }
    }
    (waiting, unreadable)
}

/// Host and port, as one queue sees them.
pub fn host_of(link: &str) -> Option<String> {
    let url = url::Url::parse(link).ok()?;
    let host = url.host_str()?;
    matches!(url.scheme(), "http" | "https").then(|| match url.port() {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    })
}

fn seconds_between(from: Timestamp, to: Timestamp) -> i64 {
    to.as_second().saturating_sub(from.as_second())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_700_000_000 + second).expect("a time")
    }

    fn request(why: Why, host: &str, asked: i64) -> Request {
        let link = format!("https://{host}/{asked}");
        Request {
            why,
            link,
            feed: FeedId(1),
            host: host.into(),
            is_at_home: false,
            asked: at(asked),
            due: at(asked),
            attempts: 0,
        }
    }

    fn failure(kind: FailureKind, retry_after_s: Option<u32>) -> FetchFailure {
        FetchFailure { reason: "`a.example` answered 503".into(), kind, retry_after_s }
    }

    #[test]
    fn half_matches_come_first_and_each_host_once() {
        let waiting: BTreeMap<ItemId, Request> = [
            (ItemId(1), request(Why::FullText, "a", 5)),
            (ItemId(2), request(Why::FullText, "a", 9)),
            (ItemId(3), request(Why::HalfMatch, "b", 1)),
            (ItemId(4), request(Why::FullText, "c", 8)),
            (ItemId(5), request(Why::FullText, "d", 99)),
        ]
        .into();
        assert_eq!(next(&waiting, &BTreeSet::new(), at(10), 9), [ItemId(3), ItemId(2), ItemId(4)]);
        assert_eq!(next(&waiting, &BTreeSet::from(["a".to_owned()]), at(10), 1), [ItemId(3)]);
    }

    #[test]
    fn failures_are_bounded() {
        let first = request(Why::FullText, "a", 0);
        let Next::Again(second) = after_failure(&first, &failure(FailureKind::Transient, None), at(10)) else {
            panic!("tried again")
        };
        assert_eq!((second.attempts, second.due), (1, at(310)));
        let Next::Again(third) = after_failure(&second, &failure(FailureKind::Limited, Some(7_200)), at(310)) else {
            panic!("tried again")
        };
        assert_eq!(third.due, at(7_510), "as the server asked");
        let over = |request: &Request, failure| matches!(after_failure(request, &failure, at(400)), Next::GiveUp(_));
        assert!(over(&third, failure(FailureKind::Transient, None)));
        assert!(over(&first, failure(FailureKind::Broken, None)));
        assert!(over(&first, failure(FailureKind::Limited, Some(u32::MAX))), "it would be no news any more");
    }

    #[test]
    fn what_waits_is_bounded_and_comes_back_from_its_rows() {
        let many =
            (0..WAITING_MAX as i64 + 2).map(|number| (ItemId(number as u64), request(Why::FullText, "a", number)));
        let waiting: BTreeMap<ItemId, Request> = many.collect();
        assert_eq!(overdue(&waiting, at(3_000)), [ItemId(1), ItemId(0)]);
        assert_eq!(overdue(&waiting, at(AGE_MAX_S + 2)).len(), 2);
        let rows: Vec<StateRow> = waiting.iter().map(|(id, request)| row(*id, Some(request))).collect();
        assert_eq!(restore(&rows), (waiting, Vec::new()));
        let odd = StateRow { kind: StateKind::Article, id: 7, data: Some("{}".into()) };
        assert_eq!(restore(&[odd]).1, [ItemId(7)]);
    }
}
