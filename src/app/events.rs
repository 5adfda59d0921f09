//! What just happened, for the log and for whoever watches?
//!
//! In: one value per occurrence. Out: a log line with its level, and a call to the listener (the demo's screen).
//! Text, level and fields of an event live together here, so that the same thing is always said the same way.

use std::sync::Arc;

use crate::model::{Alert, AlertPlan, DeliveryState, Item, StoryDecision};

/// Everything the daemon tells about itself. Errors mean that somebody must act.
#[derive(Clone, Debug)]
pub enum Event {
    /// A feed was read: how many entries, how many of them new or changed.
    FeedRead { feed: String, items: usize, new: usize, versions: usize, warnings: usize },
    /// A feed gave nothing; `failures` in a row.
    FeedFailed { feed: String, reason: String, failures: u32 },
    /// An item matched a watch, and what became of it.
    Decided { item: Box<Item>, decision: Box<StoryDecision>, plan: Box<AlertPlan> },
    /// An alert was stored with its deliveries.
    Alerted { alert: Box<Alert>, subject: String },
    /// An attempt to deliver ended.
    Delivered { subject: String, recipient: String, state: DeliveryState },
    /// Configuration read again.
    Reloaded { changes: Vec<String> },
    /// A new configuration was refused; the old one stays in force.
    ReloadRefused { reason: String },
    /// The store refused a transaction; nothing of it was kept and it will be tried again.
    StoreFailed { doing: String, reason: String },
}

/// Called for each event, on the task that caused it: must be quick.
pub type Listener = Arc<dyn Fn(&Event) + Send + Sync>;

impl Event {
    /// Writes the event to the log.
    pub fn log(&self) {
        match self {
            Self::FeedRead { feed, items, new, versions, warnings } => {
                tracing::debug!(feed, items, new, versions, warnings, "feed read");
            }
            Self::FeedFailed { feed, reason, failures } => {
                // The first failure may pass by itself; one that lasts is worth a person's look.
                if *failures <= 1 {
                    tracing::info!(feed, reason, "feed failed");
                } else {
                    tracing::warn!(feed, reason, failures, "feed keeps failing");
                }
            }
            Self::Decided { item, decision, .. } => {
                tracing::debug!(item = %item.id, watch = decision.watch, reason = decision.reason, "decided");
            }
            Self::Alerted { alert, subject } => {
                tracing::info!(alert = %alert.id, watch = alert.watch, subject, "alert");
            }
            Self::Delivered { subject, recipient, state } => log_delivery(subject, recipient, state),
            Self::Reloaded { changes } if changes.is_empty() => {
                tracing::info!("configuration reloaded, nothing changed")
            }
            Self::Reloaded { changes } => tracing::info!(changes = changes.join("; "), "configuration reloaded"),
            Self::ReloadRefused { reason } => {
                tracing::error!(reason, "new configuration refused; the old one stays in force");
            }
            Self::StoreFailed { doing, reason } => tracing::error!(doing, reason, "the store refused; will try again"),
        }
    }
}

fn log_delivery(subject: &str, recipient: &str, state: &DeliveryState) {
    match state {
        DeliveryState::Sent { attempts, answer, .. } => {
            tracing::info!(recipient, subject, attempts, answer, "delivered");
        }
        DeliveryState::Waiting { attempts, next, last_error } => {
            let error = last_error.as_deref().unwrap_or("none");
            tracing::warn!(recipient, subject, attempts, %next, error, "delivery deferred");
        }
        DeliveryState::Dead { attempts, reason, .. } => {
            tracing::error!(recipient, subject, attempts, reason, "delivery given up; see `newswatch outbox list`");
        }
    }
}
