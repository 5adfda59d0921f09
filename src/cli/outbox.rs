//! What waits to be delivered, and what was given up?
//!
//! In: the outbox. Out: its unfinished deliveries; dead ones tried again or forgotten, because a person says so. The daemon
//! may run meanwhile: it takes up what was revived at its next look.

use std::io::Write;
use std::path::Path;

use super::{args, open, table};
use crate::app::daemon::{self, DATABASE};
use crate::clock::Clock;
use crate::model::{DeliveryId, DeliveryState};
use crate::outbox;
use crate::store::{DeliveryFilter, DeliveryHead, Store};

/// Deliveries shown or revived in one go.
const LIST_MAX: u32 = 10_000;

/// Lists unfinished deliveries.
pub fn list(folder: &Path, json: bool, out: &mut dyn Write) -> anyhow::Result<bool> {
    let (heads, now) = open::block_on(async {
        let opened = open::to_read(folder).await?;
        Ok((opened.store.deliveries(DeliveryFilter::Unfinished, LIST_MAX).await?, opened.now))
    })?;
    if json {
        for head in &heads {
            let line = serde_json::json!({
                "id": head.id.to_string(), "alert": head.alert.to_string(), "recipient": head.recipient,
                "subject": head.subject, "message_id": head.message_id, "created": head.created, "state": head.state,
            });
            writeln!(out, "{line}")?;
        }
        return Ok(true);
    }
    if heads.is_empty() {
        writeln!(out, "the outbox is empty")?;
        return Ok(true);
    }
    let rows = heads.iter().map(|head| {
        let (state, why) = words(&head.state, now);
        vec![head.id.to_string(), head.recipient.clone(), state, table::short(&head.subject, 60), why]
    });
    write!(out, "{}", table::aligned(&["delivery", "to", "state", "subject", "why"], rows))?;
    Ok(true)
}

fn words(state: &DeliveryState, now: crate::model::Timestamp) -> (String, String) {
    match state {
        DeliveryState::Waiting { attempts, next, last_error } => {
            let why = last_error.clone().unwrap_or_default();
            (format!("attempt {} {}", attempts + 1, table::distance(*next, now)), why)
        }
        DeliveryState::Sent { at, .. } => (format!("delivered {}", table::distance(*at, now)), String::new()),
        DeliveryState::Dead { at, reason, .. } => (format!("given up {}", table::distance(*at, now)), reason.clone()),
    }
}

/// Tries dead deliveries again.
pub fn retry(folder: &Path, which: &args::Which, out: &mut dyn Write) -> anyhow::Result<bool> {
    open::block_on(async {
        let store = to_change(folder).await?;
        let now = Clock::system().now();
        let mut all_there = true;
        for head in chosen(&store, which).await? {
            let state = outbox::retry(&head.state, now);
            let done = store.retry_delivery(head.id, &state).await?;
            all_there &= done;
            let word = if done { "will be tried again" } else { "is not dead (any more)" };
            writeln!(out, "{} to {}: {word}", head.id, head.recipient)?;
        }
        Ok(all_there)
    })
}

/// Forgets deliveries that were not sent.
pub fn drop(folder: &Path, which: &args::Which, out: &mut dyn Write) -> anyhow::Result<bool> {
    open::block_on(async {
        let store = to_change(folder).await?;
        let mut all_there = true;
        for head in chosen(&store, which).await? {
            let done = store.drop_delivery(head.id).await?;
            all_there &= done;
            let word = if done { "dropped; its alert stays in the archive" } else { "was sent already" };
            writeln!(out, "{} to {}: {word}", head.id, head.recipient)?;
        }
        Ok(all_there)
    })
}

async fn to_change(folder: &Path) -> anyhow::Result<Store> {
    let (config, _) = daemon::load(folder)?;
    Ok(Store::open_beside(&config.state.join(DATABASE)).await?)
}

async fn chosen(store: &Store, which: &args::Which) -> anyhow::Result<Vec<DeliveryHead>> {
    if which.ids.iter().any(|id| id == "all") {
        return Ok(store.deliveries(DeliveryFilter::Dead, LIST_MAX).await?);
    }
    let unfinished = store.deliveries(DeliveryFilter::Unfinished, LIST_MAX).await?;
    let mut chosen = Vec::new();
    for text in &which.ids {
        let id: Option<DeliveryId> = text.parse().ok();
        let found = unfinished.iter().find(|head| Some(head.id) == id);
        let Some(found) = found else {
            anyhow::bail!("the outbox has no delivery `{text}`; `newswatch outbox list` shows what it has");
        };
        chosen.push(found.clone());
    }
    Ok(chosen)
}
