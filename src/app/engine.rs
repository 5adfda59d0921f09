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
use super::intake::{self, Intake};
use super::mutes::Mutes;
use super::pipeline::{self, Memory, Outcome};
use super::rules::Rules;
use crate::clock::Clock;
use crate::config::Config;
use crate::fetch::Fetcher;
use crate::mail::{Mailer, RenderError};
use crate::model::{
    Alert, AlertPlan, Body, FailureKind, Feed, FeedState, FetchFailure, Fetched, Item, Parsed, Timestamp,
};
use crate::parse;
use crate::schedule::{self, PollResult};
use crate::store::{self, DecisionRecord, PollCommit, Store, StoreError};

/// What one loaded configuration put in force, swapped as a whole.
pub struct InForce {
    pub config: Config,
    pub rules: Rules,
    pub fetcher: Fetcher,
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
    /// How far back the first poll of a feed may alert.
    pub since: Option<Timestamp>,
    listener: Option<Listener>,
    in_force: RwLock<Arc<InForce>>,
    /// `None`: to be rebuilt from the store before the next batch.
    memory: Mutex<Option<Remembered>>,
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
}

/// Memory, and the latest time given to an item.
struct Remembered {
    memory: Memory,
    last_seen: Timestamp,
}

impl Engine {
    /// An engine over an open store.
    pub fn new(clock: Clock, store: Store, hooks: Hooks, in_force: InForce, since: Option<Timestamp>) -> Self {
        Self {
            clock,
            store,
            hooks,
            outbox_bell: Arc::new(Notify::new()),
            since,
            listener: None,
            in_force: RwLock::new(Arc::new(in_force)),
            memory: Mutex::new(None),
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

    /// Logs an event and tells the listener.
    pub fn tell(&self, event: Event) {
        event.log();
        if let Some(listener) = &self.listener {
            listener(&event);
        }
    }

    /// Fetches a feed with the fetcher in force.
    pub async fn fetch(&self, feed: &Feed, state: &FeedState) -> Fetched {
        match self.hooks.before("fetch") {
            Ok(()) => self.in_force().fetcher.fetch(feed, state).await,
            Err(reason) => Fetched::Failed(FetchFailure { reason, kind: FailureKind::Transient, retry_after_s: None }),
        }
    }

    /// Stores a poll that brought no items: not modified, or failed.
    pub async fn note_poll(
        &self,
        feed: &Feed,
        state: &FeedState,
        result: &PollResult<'_>,
        now: Timestamp,
    ) -> Result<FeedState, EngineError> {
        let next = schedule::after_poll(feed, state, result, now);
        self.store.commit_poll(&commit(feed, &next, &Intake::default(), store::Outcome::default(), now)).await?;
        Ok(next)
    }

    /// Takes a poll's entries through the pipeline and stores everything that follows from them, or nothing.
    pub async fn ingest(
        &self,
        feed: &Feed,
        state: &FeedState,
        body: &Body,
        parsed: Parsed,
        now: Timestamp,
    ) -> Result<FeedState, EngineError> {
        let in_force = self.in_force();
        let mut memory = self.memory.lock().await;
        let mut remembered = match memory.take() {
            Some(remembered) => remembered,
            None => self.remember().await?,
        };
        let (keys, links) = parse::lookup_keys(&parsed.entries);
        let known = self.store.known_items(feed.id, &keys, &links).await?;
        let entries = parsed.entries.len() as u32;
        let arrivals = parse::arrivals(feed.id, parsed.entries, &known);
        let intake = intake::take(feed, state, arrivals, self.since, now, remembered.last_seen);
        let result = PollResult::Read {
            items: entries,
            known: entries.saturating_sub(intake.new),
            pace: &parsed.pace,
            body,
            warnings: &parsed.warnings,
        };
        let next = schedule::after_poll(feed, state, &result, now);
        let mutes = Mutes::of(&self.store.notes().await?, now);
        let judged =
            tokio::task::block_in_place(|| judge(&in_force.rules, &mut remembered.memory, &mutes, &intake.items));
        let alerts = sent(&judged);
        let composed =
            compose::deliveries(&in_force.config, &self.store, &remembered.memory, &alerts, &Batch::new(&judged), now)
                .await?;
        let outcome = store::Outcome {
            decisions: &records(&judged, in_force.rules.hash),
            state_rows: &remembered.memory.take_changes(),
            alerts: &alerts,
            deliveries: &composed.deliveries,
        };
        self.store.commit_poll(&commit(feed, &next, &intake, outcome, now)).await?;
        remembered.last_seen = intake.items.last().map_or(remembered.last_seen, |item| item.seen);
        *memory = Some(remembered);
        drop(memory);
        let read = Event::FeedRead {
            feed: feed.name.clone(),
            items: entries as usize,
            new: intake.new as usize,
            versions: intake.items.len() - intake.new as usize,
            warnings: next.warnings.len(),
        };
        self.tell_of(read, judged, &composed);
        Ok(next)
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
        let mut remembered = match memory.take() {
            Some(remembered) => remembered,
            None => self.remember().await?,
        };
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

    /// Rebuilds memory from the store's rows.
    async fn remember(&self) -> Result<Remembered, EngineError> {
        let memory = Memory::restore(self.store.state_rows().await?).map_err(EngineError::Memory)?;
        let last_seen = self.store.last_seen().await?.unwrap_or(Timestamp::MIN);
        Ok(Remembered { memory, last_seen })
    }

    fn tell_of(&self, read: Event, judged: Vec<(Item, Vec<Outcome>)>, composed: &Composed) {
        self.tell(read);
        for (item, outcomes) in judged {
            for outcome in outcomes {
                let (item, decision) = (Box::new(item.clone()), Box::new(outcome.decision));
                self.tell(Event::Decided { item, decision, plan: Box::new(outcome.plan) });
            }
        }
        self.tell_alerts(composed);
    }

    fn tell_alerts(&self, composed: &Composed) {
        for (alert, subject) in &composed.subjects {
            self.tell(Event::Alerted { alert: Box::new(alert.clone()), subject: subject.clone() });
        }
        if !composed.deliveries.is_empty() {
            self.outbox_bell.notify_one();
        }
    }
}

fn commit<'a>(
    feed: &'a Feed,
    state: &'a FeedState,
    intake: &'a Intake,
    outcome: store::Outcome<'a>,
    now: Timestamp,
) -> PollCommit<'a> {
    PollCommit { feed: feed.id, url: &feed.url, state, items: &intake.items, seen: &intake.seen, outcome, now }
}

/// The items that match something, each with its outcomes.
fn judge(rules: &Rules, memory: &mut Memory, mutes: &Mutes, items: &[Item]) -> Vec<(Item, Vec<Outcome>)> {
    let judge = |item: &Item| {
        let outcomes = pipeline::advance(rules, memory, mutes, item).outcomes;
        (!outcomes.is_empty()).then(|| (item.clone(), outcomes))
    };
    items.iter().filter_map(judge).collect()
}

fn sent(judged: &[(Item, Vec<Outcome>)]) -> Vec<Alert> {
    let plans = judged.iter().flat_map(|(_, outcomes)| outcomes).map(|outcome| &outcome.plan);
    plans.filter_map(|plan| if let AlertPlan::Send(alert) = plan { Some(alert.clone()) } else { None }).collect()
}

fn records(judged: &[(Item, Vec<Outcome>)], config_hash: u64) -> Vec<DecisionRecord> {
    let of_item = |(item, outcomes): &(Item, Vec<Outcome>)| {
        let record = |outcome: &Outcome| DecisionRecord {
            version: item.version,
            at: item.seen,
            decision: outcome.decision.clone(),
            plan: outcome.plan.clone(),
            evidence: outcome.evidence.clone(),
            config_hash,
        };
        outcomes.iter().map(record).collect::<Vec<_>>()
    };
    judged.iter().flat_map(of_item).collect()
}
