//! Who gets the mail out?
//!
//! In: the outbox's rows that are due. Out: an attempt for each, and its outcome recorded. The only sender: nothing is sent
//! that is not a row, and a row's bytes are sent as they are. It plans no alert and makes no message.

use std::sync::Arc;

use futures_util::StreamExt;
use futures_util::stream;
use tokio_util::sync::CancellationToken;

use super::engine::Engine;
use super::events::Event;
use super::poller::after;
use crate::model::{Delivery, SendOutcome, Timestamp};
use crate::outbox;

/// Deliveries claimed in one go, and how many are sent beside each other.
const CLAIM_MAX: u32 = 32;
const AT_ONCE_MAX: usize = 4;
/// A claim that was not answered for this long (the process died) may be taken again.
const LEASE_S: u32 = 300;
/// After the store refused, or with nothing to do, look again after this long.
const REST_S: i64 = 30;

/// Delivers until told to stop.
pub async fn run(engine: Arc<Engine>, stop: CancellationToken) {
    while !stop.is_cancelled() {
        let wake = deliver_due(&engine).await;
        let clock = engine.clock.clone();
        tokio::select! {
            () = stop.cancelled() => {}
            () = clock.sleep_until(wake) => {}
            () = engine.outbox_bell.notified() => {}
        }
    }
}

/// Sends everything that is due; says when to look again.
pub async fn deliver_due(engine: &Engine) -> Timestamp {
    loop {
        let now = engine.clock.now();
        let rest = after(now, REST_S);
        match engine.store.claim_deliveries(now, CLAIM_MAX, LEASE_S).await {
            Ok(claimed) if claimed.is_empty() => {
                engine.in_force().mailer.rest().await;
                return rest;
            }
            Ok(claimed) => {
                let attempts = claimed.into_iter().map(|delivery| attempt(engine, delivery));
                let recorded: Vec<bool> = stream::iter(attempts).buffer_unordered(AT_ONCE_MAX).collect().await;
                if !recorded.into_iter().all(|recorded| recorded) {
                    return rest;
                }
            }
            Err(error) => {
                engine.tell(Event::StoreFailed { doing: "reading the outbox".into(), reason: error.to_string() });
                return rest;
            }
        }
    }
}

/// One attempt; false when its outcome could not be stored (it will be repeated under the same Message-ID).
async fn attempt(engine: &Engine, delivery: Delivery) -> bool {
    let outcome = match engine.hooks.before("send") {
        Ok(()) => engine.in_force().mailer.send(&delivery.message).await,
        Err(reason) => SendOutcome::Transient(reason),
    };
    let now = engine.clock.now();
    let state = outbox::after_attempt(&delivery.state, &outcome, now);
    let stored = engine.store.record_attempt(delivery.id, &state).await;
    let (subject, recipient) = (delivery.message.subject, delivery.recipient);
    engine.tell(Event::Delivered { subject, recipient, state });
    match stored {
        Ok(()) => true,
        Err(error) => {
            engine.tell(Event::StoreFailed { doing: "recording a delivery".into(), reason: error.to_string() });
            false
        }
    }
}
