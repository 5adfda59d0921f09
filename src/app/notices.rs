//! What must the administrator know?
//!
//! In: a trouble in words. Out: a mail to the configured administrator, through the outbox like any other. It judges nothing:
//! whoever meets the trouble says that it is worth a mail, once.

use super::engine::{Engine, EngineError};
use super::events::Event;
use super::wiring;
use crate::mail::{self, Notice};
use crate::model::{AlertId, Delivery, DeliveryState};
use crate::outbox;
use crate::store::Outcome;

/// Puts a notice into the outbox; without an administrator in the configuration, the log has to do.
pub async fn tell(engine: &Engine, subject: &str, paragraphs: &[String]) {
    if let Err(error) = try_tell(engine, subject, paragraphs).await {
        engine.tell(Event::StoreFailed { doing: format!("the notice `{subject}`"), reason: error.to_string() });
    }
}

async fn try_tell(engine: &Engine, subject: &str, paragraphs: &[String]) -> Result<(), EngineError> {
    let in_force = engine.in_force();
    let config = &in_force.config;
    let Some(recipient) = &config.admin else { return Ok(()) };
    let now = engine.clock.now();
    let notice = AlertId::of(["notice", subject, now.to_string().as_str()]);
    let id = outbox::delivery_id(notice, &recipient.name);
    let message = mail::render_notice(&Notice {
        recipient,
        zone: &mail::zone_of(recipient),
        from: &config.mail.from,
        message_id: &outbox::message_id(id, &wiring::domain(config)),
        at: now,
        subject,
        paragraphs,
    })?;
    let state = DeliveryState::Waiting { attempts: 0, next: now, last_error: None };
    let delivery = Delivery { id, alert: notice, recipient: recipient.name.clone(), message, created: now, state };
    engine.store.commit_due(&Outcome { deliveries: &[delivery], ..Outcome::default() }).await?;
    engine.outbox_bell.notify_one();
    Ok(())
}
