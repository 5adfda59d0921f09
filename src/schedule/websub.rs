//! What is owed to a hub that pushes a feed?
//!
//! In: what a feed declares, the lease that we hold or asked for, the time. Out: the lease to ask for now, or what became of
//! it (WebSub, W3C 2018). A push makes news arrive sooner; it is never relied on: polling slows only for a hub that has
//! proved itself, and stops for none.

use jiff::SignedDuration;

use super::{address, after};
use crate::model::{Feed, FeedState, Lease, Timestamp};

/// What we ask for; hubs give less or more.
pub const LEASE_ASKED_S: u32 = 10 * 86_400;
/// Shorter leases would be renewed without end, and longer ones are not believed.
const LEASE_S: (u32, u32) = (300, 30 * 86_400);
/// A lease is renewed so long before its end, or half-way where it is shorter.
const RENEWED_BEFORE_S: u32 = 86_400;
/// A hub that does not confirm is asked again after this; twice as long each time.
const ASKED_AGAIN_AFTER_S: u32 = 600;
const ASKED_AGAIN_MAX_S: u32 = 86_400;

/// The lease to ask for now, as it is to be remembered; `None` while nothing is owed.
pub fn to_ask(feed: &Feed, state: &FeedState, lease: Option<&Lease>, now: Timestamp) -> Option<Lease> {
    let hub = state.pace.hub.clone().filter(|_| state.primed && !feed.paused && !state.gone)?;
    let topic = state.pace.topic.clone().unwrap_or_else(|| address(feed, state).to_owned());
    let held = lease.filter(|lease| lease.hub == hub && lease.topic == topic).cloned();
    let held = held.unwrap_or_else(|| Lease { hub, topic, ..Lease::default() });
    // The next chance may come only after the longest interval.
    let ahead = RENEWED_BEFORE_S.max(feed.interval_max_s.saturating_mul(2)).min(held.granted_s / 2);
    if held.until.is_some_and(|until| after(now, ahead) < until) {
        return None;
    }
    if let Some(asked) = held.asked {
        let wait = ASKED_AGAIN_AFTER_S.saturating_mul(2_u32.saturating_pow(held.unanswered.saturating_sub(1)));
        if now < after(asked, wait.min(ASKED_AGAIN_MAX_S)) {
            return None;
        }
    }
    Some(Lease { asked: Some(now), unanswered: held.unanswered.saturating_add(1), ..held })
}

/// The hub has confirmed what we asked for, for so many seconds (or the ones we asked for).
pub fn confirmed(lease: &Lease, lease_s: Option<u32>, now: Timestamp) -> Lease {
    let granted_s = lease_s.unwrap_or(LEASE_ASKED_S).clamp(LEASE_S.0, LEASE_S.1);
    Lease { until: Some(after(now, granted_s)), granted_s, unanswered: 0, ..lease.clone() }
}

/// The hub refuses: nothing is pushed any more, and it is asked again after a day.
pub fn denied(lease: &Lease, now: Timestamp) -> Lease {
    Lease { until: None, pushed: false, asked: Some(now), unanswered: u32::BITS, ..lease.clone() }
}

/// Whether polls may be as far apart as the user allows: the lease runs, and all that was new came by it.
pub fn is_proved(state: &FeedState, now: Timestamp) -> bool {
    let runs = |lease: &Lease| lease.pushed && lease.until.is_some_and(|until| now < until);
    state.lease.as_ref().is_some_and(runs)
}

/// A verification by the hub is believed for this long after we asked.
pub fn was_asked(lease: &Lease, topic: &str, now: Timestamp) -> bool {
    let recent = |asked: Timestamp| now.duration_since(asked) <= SignedDuration::from_secs(ASKED_AGAIN_MAX_S.into());
    lease.topic == topic && lease.asked.is_some_and(recent)
}
