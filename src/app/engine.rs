//! How do memory and store move together?
//!
//! In: what a poll brought, or the passing of time. Out: one transaction that holds items, decisions, alerts and deliveries,
//! and a memory that equals the store. The only writer of both: one batch at a time. When a transaction fails, the memory
//! that was ahead of the store is thrown away and rebuilt from its rows.

use std::sync::{Arc, RwLock};

use tokio::sync::{Mutex, Notify};

use super::compose::{self, Batch, Composed};
use super::events::{Event, Listener};
use super::hooks::Hooks;
use super::pipeline::{self, Memory};
use super::rules::Rules;
use super::writer::Queue;
use crate::clock::Clock;
use crate::config::Config;
use crate::fetch::{Fetcher, Place};
use crate::mail::{Mailer, RenderError};
use crate::model::{FailureKind, Feed, FeedState, FetchFailure, Fetched, Timestamp};
use crate::store::{self, Store, StoreError};

/// What one loaded configuration put in force, swapped as a whole.
pub struct InForce {
    pub config: Config,
    pub rules: Rules,
    pub fetcher: Fetcher,
    /// For addresses that a feed names, on other hosts than its own: without the networks that the user allowed for feeds.
    pub stranger: Fetcher,
    pub mailer: Mailer,
    /// Grows by one with each configuration.
    pub generation: u64,
}

/// The daemon's one writer.
pub struct Engine {
    pub clock: Clock,
    pub store: Store,
    pub hooks: Hooks,
    /// Rung when the outbox has got new rows.
    pub outbox_bell: Arc<Notify>,
    /// Rung when there are new articles to fetch.
    pub article_bell: Arc<Notify>,
    /// How far back the first poll of a feed may alert.
    pub since: Option<Timestamp>,
    /// What hubs push; `None` where the user has given no callback address.
    pub websub: Option<super::websub::Shared>,
    listener: Option<Listener>,
    in_force: RwLock<Arc<InForce>>,
    /// `None`: to be rebuilt from the store before the next batch.
    pub(super) memory: Mutex<Option<Remembered>>,
    pub(super) queue: Queue,
}

/// Why a batch was not stored. Nothing of it was kept.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("an alert's mail could not be made")]
    Render(#[from] RenderError),
    #[error("the remembered stories cannot be read back: {0}")]
    Memory(String),
    #[error("{0} (a bug of ours; please report it)")]
    Bug(String),
}

impl EngineError {
    /// May a batch have failed for the sake of one poll in it? (The store fails for all.)
    pub(super) fn is_of_one_poll(&self) -> bool {
        matches!(self, Self::Render(_) | Self::Bug(_))
    }
}

/// Memory, and the latest time given to an item.
pub(super) struct Remembered {
    pub memory: Memory,
    pub last_seen: Timestamp,
}

impl Engine {
    /// An engine over an open store.
    pub fn new(clock: Clock, store: Store, hooks: Hooks, in_force: InForce, since: Option<Timestamp>) -> Self {
        Self {
            clock,
            store,
            hooks,
            outbox_bell: Arc::new(Notify::new()),
            article_bell: Arc::new(Notify::new()),
            since,
            websub: None,
            listener: None,
            in_force: RwLock::new(Arc::new(in_force)),
            memory: Mutex::new(None),
            queue: Queue::default(),
        }
    }

    /// Tells each event to `listener`, too.
    pub fn with_listener(mut self, listener: Listener) -> Self {
        self.listener = Some(listener);
        self
    }

    /// The configuration in force: load once per unit of work.
    pub fn in_force(&self) -> Arc<InForce> {
        Arc::clone(&self.in_force.read().unwrap_or_else(std::sync::PoisonError::into_inner))
    }

    /// Puts a new configuration in force; what is under way ends under the old one.
    pub fn put_in_force(&self, new: InForce) {
        *self.in_force.write().unwrap_or_else(std::sync::PoisonError::into_inner) = Arc::new(new);
    }

    /// Number of the configuration in force.
    pub fn generation(&self) -> u64 {
        self.in_force().generation
    }

    /// The fetcher in force for an address that a feed names, on its own host or another: a feed may not lead us into the user's
    /// own networks, unless it is at home there.
    pub fn fetcher_for(&self, is_at_home: bool) -> Fetcher {
        let in_force = self.in_force();
        if is_at_home { in_force.fetcher.clone() } else { in_force.stranger.clone() }
    }

    /// Logs an event and tells the listener.
    pub fn tell(&self, event: Event) {
        event.log();
        if let Some(listener) = &self.listener {
            listener(&event);
        }
    }

    /// Fetches a feed with the fetcher in force. The place is to be kept until what came is stored.
    pub async fn fetch(&self, feed: &Feed, state: &FeedState) -> (Fetched, Place) {
        match self.hooks.before("fetch") {
            Ok(()) => self.in_force().fetcher.fetch_and_hold(feed, state).await,
            Err(reason) => {
                let failure = FetchFailure { reason, kind: FailureKind::Transient, retry_after_s: None };
                (Fetched::Failed(failure), Place::default())
            }
        }
    }

    /// Releases held alerts and digests whose time has come, and lets the stages tidy up; says when to come again.
    pub async fn settle(&self, now: Timestamp) -> Option<Timestamp> {
        match self.try_settle(now).await {
            Ok(next) => next,
            Err(error) => {
                self.tell(Event::StoreFailed { doing: "releasing held alerts".into(), reason: error.to_string() });
                None
            }
        }
    }

    async fn try_settle(&self, now: Timestamp) -> Result<Option<Timestamp>, EngineError> {
        let in_force = self.in_force();
        let mut memory = self.memory.lock().await;
        let mut remembered = self.lend(&mut memory).await?;
        let alerts = pipeline::settle(&in_force.rules, &mut remembered.memory, now);
        let state_rows = remembered.memory.take_changes();
        if !alerts.is_empty() || !state_rows.is_empty() {
            let composed =
                compose::deliveries(&in_force.config, &self.store, &remembered.memory, &alerts, &Batch::new(&[]), now)
                    .await?;
            let (state_rows, deliveries) = (&state_rows[..], &composed.deliveries[..]);
            self.store.commit_due(&store::Outcome { decisions: &[], state_rows, alerts: &alerts, deliveries }).await?;
            self.tell_alerts(&composed);
        }
        let next = remembered.memory.next_due();
        *memory = Some(remembered);
        Ok(next)
    }

    /// The memory, rebuilt from the store's rows where it was lost. Until it is given back it counts as lost.
    pub(super) async fn lend(&self, memory: &mut Option<Remembered>) -> Result<Remembered, EngineError> {
        if let Some(remembered) = memory.take() {
            return Ok(remembered);
        }
        let rows = self.store.state_rows().await?;
        let last_seen = self.store.last_seen().await?.unwrap_or(Timestamp::MIN);
        Ok(Remembered { memory: Memory::restore(rows).map_err(EngineError::Memory)?, last_seen })
    }

    /// The same to look at.
    pub(super) async fn recall<'m>(&self, memory: &'m mut Option<Remembered>) -> Result<&'m Remembered, EngineError> {
        let remembered = self.lend(memory).await?;
        Ok(memory.insert(remembered))
    }

    /// Logs stored alerts and wakes the deliverer.
    pub(super) fn tell_alerts(&self, composed: &Composed) {
        for (alert, subject) in &composed.subjects {
            self.tell(Event::Alerted { alert: Box::new(alert.clone()), subject: subject.clone() });
        }
        if !composed.deliveries.is_empty() {
            self.outbox_bell.notify_one();
        }
    }
}
