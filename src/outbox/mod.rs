//! When is a delivery tried again, when is it given up, and under which name does it travel?
//!
//! In: a delivery's state, what an attempt came to, the time. Out: its next state; identities of deliveries, messages
//! and mail threads. Pure: it sends nothing, stores nothing and reads no clock.
//!
//! An unknown outcome (the connection was lost after the message was handed over) is tried again: the message keeps its
//! Message-ID, so a receiver can tell the copies, while a mail not sent would be a promise broken.

use jiff::SignedDuration;

use crate::model::{AlertId, DeliveryId, DeliveryState, SendOutcome, ThreadId, Timestamp};

/// Minutes to wait after the first, second, … attempt; the last one repeats. Greylisting passes within the first few, an
/// outage within the later ones (RFC 5321, section 4.5.4.1: 30 minutes by default, varied with the reason).
const WAITS_MIN: [u32; 7] = [1, 2, 5, 15, 60, 180, 360];
/// Temporary failures are borne for this long in all (RFC 5321 asks for four to five days at the least).
const PATIENCE_DAYS: u32 = 7;
/// Characters of a server's answer that are kept.
const ANSWER_CHARS_MAX: usize = 500;

/// The state after an attempt that ended at `now`. What was sent stays sent.
///
/// Patience is counted in waits and not by the calendar: while the daemon is off nothing runs out.
pub fn after_attempt(state: &DeliveryState, outcome: &SendOutcome, now: Timestamp) -> DeliveryState {
    let before = match state {
        DeliveryState::Waiting { attempts, .. } | DeliveryState::Dead { attempts, .. } => *attempts,
        DeliveryState::Sent { .. } => return state.clone(),
    };
    let attempts = before.saturating_add(1);
    match outcome {
        SendOutcome::Accepted(answer) => DeliveryState::Sent { attempts, at: now, answer: shortened(answer) },
        SendOutcome::Permanent(reason) => DeliveryState::Dead { attempts, at: now, reason: shortened(reason) },
        SendOutcome::Transient(error) | SendOutcome::Unknown(error) => after_failure(attempts, error, now),
    }
}

fn after_failure(attempts: u32, error: &str, now: Timestamp) -> DeliveryState {
    let error = shortened(error);
    if waited_min(attempts) > PATIENCE_DAYS * 24 * 60 {
        let reason = format!("gave up after {attempts} attempts over {PATIENCE_DAYS} days; the last said: {error}");
        return DeliveryState::Dead { attempts, at: now, reason };
    }
    let wait = SignedDuration::from_mins(wait_min(attempts).into());
    let next = now.checked_add(wait).unwrap_or(Timestamp::MAX);
    DeliveryState::Waiting { attempts, next, last_error: Some(error) }
}

/// A dead delivery, tried again from now on with fresh patience; any other state as it is.
pub fn retry(state: &DeliveryState, now: Timestamp) -> DeliveryState {
    match state {
        DeliveryState::Dead { reason, .. } => {
            DeliveryState::Waiting { attempts: 0, next: now, last_error: Some(reason.clone()) }
        }
        other => other.clone(),
    }
}

/// The delivery of an alert to a recipient, by the recipient's name in the configuration.
pub fn delivery_id(alert: AlertId, recipient: &str) -> DeliveryId {
    DeliveryId::of([alert.to_string().as_bytes(), recipient.as_bytes()])
}

/// The Message-ID of a delivery, without angle brackets: the same whenever it is asked for.
pub fn message_id(delivery: DeliveryId, domain: &str) -> String {
    format!("{delivery}@{domain}")
}

/// The id that all mails of a thread refer to, without angle brackets. No mail carries it as its own, so a thread holds
/// together even where its first mail was lost.
pub fn thread_root_id(thread: ThreadId, domain: &str) -> String {
    format!("{thread}@{domain}")
}

/// Minutes to wait after this attempt, the first being 1.
fn wait_min(attempt: u32) -> u32 {
    let place = usize::try_from(attempt.saturating_sub(1)).unwrap_or(usize::MAX);
    WAITS_MIN[place.min(WAITS_MIN.len() - 1)]
}

/// Minutes that this many attempts and their waits take in all.
fn waited_min(attempts: u32) -> u32 {
    let steps = u32::try_from(WAITS_MIN.len()).unwrap_or(u32::MAX);
    let listed: u32 = (1..=attempts.min(steps)).map(wait_min).sum();
    let repeated = attempts.saturating_sub(steps).saturating_mul(wait_min(u32::MAX));
    listed.saturating_add(repeated)
}

fn shortened(text: &str) -> String {
    text.trim().chars().take(ANSWER_CHARS_MAX).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minute: i64) -> Timestamp {
        Timestamp::from_second(1_729_000_000 + minute * 60).expect("in range")
    }

    fn fresh() -> DeliveryState {
        DeliveryState::Waiting { attempts: 0, next: at(0), last_error: None }
    }

    #[test]
    fn waits_grow_and_patience_ends_with_the_reason() {
        let busy = SendOutcome::Transient("451 try later".into());
        let (mut state, mut now, mut waits) = (fresh(), at(0), Vec::new());
        while let DeliveryState::Waiting { next, .. } = after_attempt(&state, &busy, now) {
            waits.push(next.duration_since(now).as_mins());
            state = after_attempt(&state, &busy, now);
            now = next;
        }
        assert_eq!(waits[..8], [1, 2, 5, 15, 60, 180, 360, 360]);
        let days = now.duration_since(at(0)).as_hours() / 24;
        assert!((6..=7).contains(&days), "{days}");
        let DeliveryState::Dead { reason, .. } = after_attempt(&state, &busy, now) else { panic!("still waiting") };
        assert!(reason.ends_with("the last said: 451 try later"), "{reason}");
    }

    #[test]
    fn ends_are_ends() {
        let refused = after_attempt(&fresh(), &SendOutcome::Permanent("550 no such user".into()), at(1));
        assert_eq!(refused, DeliveryState::Dead { attempts: 1, at: at(1), reason: "550 no such user".into() });
        let sent = after_attempt(&fresh(), &SendOutcome::Accepted("250 ok".into()), at(1));
        assert_eq!(after_attempt(&sent, &SendOutcome::Transient("late".into()), at(2)), sent);
        assert_eq!(retry(&sent, at(3)), sent);
        let again = retry(&refused, at(3));
        let error = Some("550 no such user".into());
        assert_eq!(again, DeliveryState::Waiting { attempts: 0, next: at(3), last_error: error });
    }

    #[test]
    fn a_lost_connection_is_tried_again() {
        let state = after_attempt(&fresh(), &SendOutcome::Unknown("connection reset".into()), at(0));
        assert!(matches!(state, DeliveryState::Waiting { attempts: 1, next, .. } if next == at(1)));
    }

    #[test]
    fn names_are_stable_for_ever() {
        // Mails in people's archives carry these: a change of this line breaks their threads.
        let delivery = delivery_id(AlertId(1), "desk");
        assert_eq!(message_id(delivery, "example.org"), "d-6a9dqmvxdjdhe@example.org");
        assert_eq!(thread_root_id(ThreadId(1), "example.org"), "t-0000000000001@example.org");
        assert_ne!(delivery, delivery_id(AlertId(1), "editor"));
    }
}
