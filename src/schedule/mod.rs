//! When is a feed due, and what does a poll teach about it?
//!
//! In: a feed with its user's bounds, what is remembered about it, what a poll came to, the time. Out: what to remember
//! now, the next due time in it, and the address to use. Pure: it fetches nothing and reads no clock; chance is a hash.

mod interval;
#[cfg(test)]
mod tests;
pub mod websub;

use std::collections::BTreeMap;

use jiff::SignedDuration;

use crate::model::{Body, FailureKind, Feed, FeedState, FetchFailure, Lease, Pace, Timestamp, Validators, Warning};

/// Arrivals that are remembered, newest first.
const ARRIVALS_MAX: usize = 16;
/// A permanent redirect is used from the poll on that shows it for the third time: servers err, too.
const MOVED_AFTER_POLLS: u32 = 3;
/// Feeds that may be polled at once when the daemon starts, and how many more each second after that.
const STARTS_AT_ONCE: usize = 50;
const STARTS_PER_S: usize = 20;

/// What one poll came to.
#[derive(Clone, Copy, Debug)]
pub enum PollResult<'a> {
    /// A feed was read: how many items it shows, and how many of them were known (changed ones included).
    Read { items: u32, known: u32, pace: &'a Pace, body: &'a Body, warnings: &'a [Warning] },
    /// A hub pushed some of the feed: so many of its items are new. Says nothing about what the feed shows.
    Pushed { new: u32 },
    /// Nothing changed since the last poll.
    NotModified { validators: &'a Validators, max_age_s: Option<u32> },
    /// Nothing usable came.
    Failed(&'a FetchFailure),
    /// Something came, but it is no feed.
    NotAFeed { reason: &'a str },
}

/// When the daemon began, and with how many feeds: what came due while it was off is spread from there.
#[derive(Clone, Copy, Debug)]
pub struct Start {
    pub at: Timestamp,
    pub feeds: usize,
}

/// When to poll a feed next; `None` for one that is paused or gone.
///
/// A due time from before the start is moved into the spread after it. One beyond the feed's bounds, because they were
/// edited or the machine's clock was wrong for a while, is brought back.
pub fn due_at(feed: &Feed, state: &FeedState, start: Start, now: Timestamp) -> Option<Timestamp> {
    if feed.paused || state.gone {
        return None;
    }
    let first = after(start.at, spread_s(feed, start.feeds));
    let (Some(due), Some(last)) = (state.next_due, state.last_attempt) else { return Some(first) };
    // Failures may be waited out for longer than the bounds allow.
    let longest_s = if state.failures > 0 { interval::RETRY_AFTER_MAX_S } else { 0 }.max(feed.interval_max_s);
    let due = due.min(after(last, longest_s));
    Some(if due < start.at || last > now { first } else { due })
}

/// The address to poll: the one that permanent redirects agree on, else the configured one.
pub fn address<'a>(feed: &'a Feed, state: &'a FeedState) -> &'a str {
    match &state.moved_to {
        Some(moved) if state.moved_seen >= MOVED_AFTER_POLLS => moved,
        _ => &feed.url,
    }
}

/// What to remember after a poll that ended at `now`; total: any result leads to a state with a due time, or to `gone`.
pub fn after_poll(feed: &Feed, state: &FeedState, result: &PollResult<'_>, now: Timestamp) -> FeedState {
    match *result {
        PollResult::Read { items, known, pace, body, warnings } => {
            let mut next = succeeded(state, now);
            next.validators = body.validators.clone();
            let (hub, topic) = (body.hub.clone(), body.topic.clone());
            next.pace = Pace {
                max_age_s: body.max_age_s,
                hub: hub.or_else(|| pace.hub.clone()),
                topic: topic.or_else(|| pace.topic.clone()),
                ..pace.clone()
            };
            next.warnings = counted(warnings);
            note_move(&mut next, body.moved_to.as_deref());
            note_items(&mut next, state, items, known, now);
            next.turnover_s = interval::turnover_s(state, items, known, now);
            let sooner = interval::before_it_rolls_over(state, items, known, now);
            next.next_due = Some(interval::next_due(feed, &next, sooner, now));
            next
        }
        PollResult::Pushed { new } => {
            let mut next = state.clone();
            if new > 0 {
                note_arrival(&mut next, now);
            }
            next.lease = state.lease.clone().map(|lease| Lease { pushed: true, ..lease });
            next
        }
        PollResult::NotModified { validators, max_age_s } => {
            let mut next = succeeded(state, now);
            next.validators = renewed(&state.validators, validators);
            next.pace.max_age_s = max_age_s.or(state.pace.max_age_s);
            next.last_known = state.last_items;
            next.next_due = Some(interval::next_due(feed, &next, None, now));
            next
        }
        PollResult::Failed(failure) => failed(feed, state, &failure.reason, failure.kind, failure.retry_after_s, now),
        PollResult::NotAFeed { reason } => failed(feed, state, reason, FailureKind::Broken, None, now),
    }
}

fn succeeded(state: &FeedState, now: Timestamp) -> FeedState {
    FeedState { last_attempt: Some(now), last_success: Some(now), failures: 0, last_error: None, ..state.clone() }
}

fn note_arrival(next: &mut FeedState, now: Timestamp) {
    next.arrivals.insert(0, now);
    next.arrivals.truncate(ARRIVALS_MAX);
}

/// New items are an arrival; the first poll counts as one, so that silence is measured from there.
fn note_items(next: &mut FeedState, before: &FeedState, items: u32, known: u32, now: Timestamp) {
    let known = known.min(items);
    if known < items || !before.primed {
        note_arrival(next, now);
    }
    // What comes into an empty feed displaces nothing.
    if before.last_items > 0 && items > 0 && known == 0 {
        next.possibly_missed = before.possibly_missed.saturating_add(1);
    }
    if let Some(lease) = next.lease.as_mut().filter(|_| known < items) {
        // It was found, not brought.
        lease.pushed = false;
    }
    (next.primed, next.last_items, next.last_known) = (true, items, known);
}

/// One poll that was not redirected for good sets the count back, unless the move is in use already: then nothing redirects.
fn note_move(next: &mut FeedState, moved_to: Option<&str>) {
    match moved_to {
        Some(address) if next.moved_to.as_deref() == Some(address) => {
            next.moved_seen = next.moved_seen.saturating_add(1);
        }
        Some(address) => (next.moved_to, next.moved_seen) = (Some(address.to_owned()), 1),
        None if next.moved_seen >= MOVED_AFTER_POLLS => {}
        None => (next.moved_to, next.moved_seen) = (None, 0),
    }
}

/// A 304 may bring new validators; what it does not mention stays (RFC 9111, section 4.3.4).
fn renewed(old: &Validators, new: &Validators) -> Validators {
    Validators {
        etag: new.etag.clone().or_else(|| old.etag.clone()),
        last_modified: new.last_modified.clone().or_else(|| old.last_modified.clone()),
        body_hash: new.body_hash.or(old.body_hash),
    }
}

fn counted(warnings: &[Warning]) -> BTreeMap<String, u32> {
    let mut counts = BTreeMap::new();
    for warning in warnings {
        let count: &mut u32 = counts.entry(warning.code.to_owned()).or_default();
        *count = count.saturating_add(1);
    }
    counts
}

fn failed(
    feed: &Feed,
    state: &FeedState,
    reason: &str,
    kind: FailureKind,
    retry_after_s: Option<u32>,
    now: Timestamp,
) -> FeedState {
    let failures = state.failures.saturating_add(1);
    let last_error = Some(reason.to_owned());
    let mut next = FeedState { last_attempt: Some(now), failures, last_error, ..state.clone() };
    let elsewhere = state.moved_seen >= MOVED_AFTER_POLLS;
    if elsewhere && matches!(kind, FailureKind::Broken | FailureKind::Gone) {
        // The move led nowhere. What the user wrote is asked again before anything is believed.
        (next.moved_to, next.moved_seen) = (None, 0);
    }
    next.gone = kind == FailureKind::Gone && !elsewhere;
    next.next_due = match next.gone {
        true => None,
        false => Some(after(now, interval::back_off_s(feed, kind, failures, retry_after_s, now))),
    };
    next
}

/// Seconds after the start at which a feed may first be polled: a few at once, the others by the second.
fn spread_s(feed: &Feed, feeds: usize) -> u32 {
    let window_s = feeds.saturating_sub(STARTS_AT_ONCE) / STARTS_PER_S;
    match u64::try_from(window_s).unwrap_or(u64::MAX) {
        0 => 0,
        window_s => u32::try_from(feed.id.0 % window_s).unwrap_or(u32::MAX),
    }
}

/// Time does not end here, but its arithmetic does: saturates.
fn after(at: Timestamp, seconds: u32) -> Timestamp {
    at.checked_add(SignedDuration::from_secs(seconds.into())).unwrap_or(Timestamp::MAX)
}
