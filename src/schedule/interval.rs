//! How long to wait before the next poll?
//!
//! In: the feed's own rhythm, what its server asked for, what failed. Out: seconds, or the due time, within the user's
//! bounds. It changes no state.
//!
//! Three voices, in rising order of authority: the rhythm of arrivals, the publisher (`ttl`, update period, max-age,
//! skipped hours and days), and the risk that items leave the feed between two polls. The user's bounds hold over all.

use super::after;
use crate::model::{FailureKind, Feed, FeedState, Pace, Timestamp, content_hash};

/// Polls for each mean gap between arrivals: an item is seen after an eighth of a gap on average, and about a quarter of
/// the polls brings something.
const POLLS_PER_GAP: u64 = 4;
/// The last arrivals that may speak for a rhythm that just became faster.
const RECENT_ARRIVALS: usize = 3;
/// New items may be at most one in so many of those that the feed shows; beyond that it is polled sooner.
const NEW_ONE_IN_MAX: u64 = 4;
/// A due time is spread over so many hundredths of the interval after it.
const JITTER_PERCENT: u64 = 20;
/// A server's Retry-After is believed up to this; after that it is asked again.
pub(super) const RETRY_AFTER_MAX_S: u32 = 24 * 3_600;
/// A broken feed waits for at most so many of the user's longest intervals, but no longer than a day or one of them.
const BROKEN_INTERVALS_MAX: u32 = 4;
/// What is remembered of a feed's turnover doubles in this time.
const TURNOVER_DOUBLES_S: u64 = 7 * 86_400;
const HOUR_S: i64 = 3_600;
const HOURS_A_WEEK: i64 = 7 * 24;

/// The user's bounds in seconds, sane whatever was written.
fn bounds(feed: &Feed) -> (u64, u64) {
    let least = u64::from(feed.interval_min_s.max(1));
    (least, u64::from(feed.interval_max_s).max(least))
}

/// When a feed that answered well is due: not before the interval is over, spread over the time after it.
/// `sooner` is a bound in seconds that nothing but the user's own least interval overrides.
pub(super) fn next_due(feed: &Feed, state: &FeedState, sooner: Option<u64>, now: Timestamp) -> Timestamp {
    let (least, most) = bounds(feed);
    let (rhythm, asked) = (rhythm_s(state, now), asked_s(&state.pace));
    let asked = asked.min(state.turnover_s.map_or(u64::MAX, u64::from));
    let wanted = rhythm.max(asked);
    let hurried = sooner.filter(|&sooner| sooner < wanted);
    let interval = match hurried {
        Some(sooner) => sooner,
        // The longest interval begins earlier, so that its spread stays within the user's bounds.
        None => wanted.min(most * (100 - JITTER_PERCENT) / 100).max(asked),
    };
    let interval = interval.clamp(least, most);
    let due = after(now, seconds((interval + jitter_s(feed, interval, now)).min(most)));
    match hurried {
        // An item that leaves the feed meanwhile weighs more than the publisher's free hours.
        Some(_) => due,
        None => not_skipped(&state.pace, due).min(after(now, seconds(most))),
    }
}

/// Seconds between polls that the arrivals suggest: the faster of the whole memory and its newest part. The time since
/// the last arrival counts, so a feed that falls silent slows down by itself.
fn rhythm_s(state: &FeedState, now: Timestamp) -> u64 {
    let gaps = [RECENT_ARRIVALS, state.arrivals.len()].into_iter().filter_map(|count| {
        let oldest = state.arrivals.get(count.checked_sub(1)?)?;
        since_s(*oldest, now).checked_div(u64::try_from(count).ok()?)
    });
    gaps.min().unwrap_or(0) / POLLS_PER_GAP
}

/// The longest time that the publisher or the server asked to leave between two polls.
fn asked_s(pace: &Pace) -> u64 {
    [pace.ttl_s, pace.update_period_s, pace.max_age_s].into_iter().flatten().max().unwrap_or(0).into()
}

/// Seconds after which, at the pace since the last success, too many of the items shown would be new; 0 when no item was
/// known and some may have been missed. `None` where nothing was new, or nothing can be said after a first poll.
pub(super) fn before_it_rolls_over(state: &FeedState, items: u32, known: u32, now: Timestamp) -> Option<u64> {
    let new = items.saturating_sub(known);
    if !state.primed || new == 0 {
        return None;
    }
    if known == 0 {
        return Some(0);
    }
    let elapsed = since_s(state.last_success?, now);
    Some(elapsed.saturating_mul(items.into()) / (u64::from(new) * NEW_ONE_IN_MAX))
}

/// How long the publisher may hold us up from now on. A poll that found most of the feed new, or all of it, says how fast it
/// can go; that is forgotten slowly, so that the first hour of a morning is not lost again each day.
pub(super) fn turnover_s(state: &FeedState, items: u32, known: u32, now: Timestamp) -> Option<u32> {
    let elapsed = since_s(state.last_success?, now);
    let new = u64::from(items.saturating_sub(known));
    let fast = (state.primed && new * 2 > u64::from(items))
        .then(|| elapsed.saturating_mul(items.into()) / (new * NEW_ONE_IN_MAX));
    let before =
        state.turnover_s.map(u64::from).map(|before| before + before.saturating_mul(elapsed) / TURNOVER_DOUBLES_S);
    [fast, before].into_iter().flatten().min().map(seconds)
}

/// Seconds to wait after a failure, the `failures`-th in a row.
pub(super) fn back_off_s(
    feed: &Feed,
    kind: FailureKind,
    failures: u32,
    retry_after_s: Option<u32>,
    now: Timestamp,
) -> u32 {
    let (least, most) = bounds(feed);
    let day = u64::from(RETRY_AFTER_MAX_S);
    let earlier = failures.saturating_sub(1);
    let (factor, cap) = match kind {
        FailureKind::Transient => (2_u64.checked_pow(earlier), most),
        FailureKind::Limited => (2_u64.checked_pow(failures), most),
        FailureKind::Broken | FailureKind::Gone => {
            (4_u64.checked_pow(earlier), most.saturating_mul(BROKEN_INTERVALS_MAX.into()).min(day).max(most))
        }
    };
    let wait = least.saturating_mul(factor.unwrap_or(u64::MAX)).min(cap);
    let wait = wait + jitter_s(feed, wait, now).min(cap - wait);
    // A server may name a time beyond the user's bounds: those are for feeds that answer.
    seconds(wait.max(retry_after_s.unwrap_or(0).min(RETRY_AFTER_MAX_S).into()))
}

/// Up to a fifth of the interval, by a hash of the feed and the period: feeds that answered together part, and the same
/// history gives the same times.
fn jitter_s(feed: &Feed, interval: u64, now: Timestamp) -> u64 {
    let span = interval * JITTER_PERCENT / 100;
    let period = now.as_second() / i64::try_from(interval.max(1)).unwrap_or(i64::MAX);
    content_hash([feed.id.0.to_le_bytes(), period.to_le_bytes()]) % (span + 1)
}

/// The first moment from `due` on that lies in no skipped hour or day (UTC); `due` itself where all are skipped.
fn not_skipped(pace: &Pace, due: Timestamp) -> Timestamp {
    let skipped = |second: i64| {
        let hour = second.div_euclid(HOUR_S);
        // 1 January 1970 was a Thursday, the fourth day of the ISO week.
        let day = (hour.div_euclid(24) + 3).rem_euclid(7) + 1;
        let is = |list: &[u8], value: i64| list.iter().any(|&skip| i64::from(skip) == value);
        is(&pace.skip_hours, hour.rem_euclid(24)) || is(&pace.skip_days, day)
    };
    let second = due.as_second();
    let hours = (0..HOURS_A_WEEK).find(|hours| !skipped(second + hours * HOUR_S));
    match hours {
        None | Some(0) => due,
        Some(hours) => {
            // The minute within the hour stays, and with it the spread.
            Timestamp::from_second(second + hours * HOUR_S).unwrap_or(due)
        }
    }
}

fn since_s(then: Timestamp, now: Timestamp) -> u64 {
    u64::try_from(now.duration_since(then).as_secs()).unwrap_or(0)
}

fn seconds(value: u64) -> u32 {
    u32::try_from(value).unwrap_or(u32::MAX)
}
