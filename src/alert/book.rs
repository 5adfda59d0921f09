//! What was sent, and what waits?
//!
//! In: plans, and the passing of time. Out: per thread the times of its alerts, the units told lately, the alert that waits for a
//! second source and the digest that waits for room; and rows for what changed. A state rebuilt from its rows equals the one
//! that grew. It does no I/O.

use std::collections::{BTreeMap, BTreeSet};

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

use super::plan::{alert, later};
use super::settings::{OVERDRAFT, Settings};
use crate::model::{
    Alert, AlertPlan, Class, ItemId, StateKind, StateRow, StoryDecision, ThreadId, Timestamp, Unit, Verdict,
};

/// Hours in which the same units are an echo of an alert.
pub const ECHO_HOURS: i64 = 12;
/// Units remembered of one thread's alerts.
const ECHO_MAX: usize = 64;
/// Units listed in a digest, and items folded into one alert; more are counted by the items' own decisions.
const DIGEST_UNITS_MAX: usize = 40;
const FOLDED_MAX: usize = 200;

/// A row that cannot be read back.
#[derive(Debug, thiserror::Error)]
#[error("stored state `alert {id}` cannot be read: {cause}; it was written by another version of newswatch")]
pub struct RestoreError {
    pub id: u64,
    pub cause: serde_json::Error,
}

/// All that the alert stage remembers.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct State {
    books: BTreeMap<ThreadId, Book>,
    due: BTreeSet<(Timestamp, ThreadId)>,
    changed: BTreeSet<ThreadId>,
}

/// One thread's account.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Book {
    /// Times of the alerts of the last day.
    sent: Vec<Timestamp>,
    /// Units told within the echo window.
    told: Vec<(String, Timestamp)>,
    /// Waits for a second source.
    held: Option<Waiting>,
    /// Waits for room.
    digest: Option<Waiting>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Waiting {
    until: Timestamp,
    alert: Alert,
}

impl State {
    /// Back from rows, in any order; rows of other stages are passed over.
    pub fn restore<R: IntoIterator<Item = StateRow>>(rows: R) -> Result<Self, RestoreError> {
        let mut state = Self::default();
        for row in rows.into_iter().filter(|row| row.kind == StateKind::Alert) {
            let Some(data) = row.data else { continue };
            let book = serde_json::from_str(&data).map_err(|cause| RestoreError { id: row.id, cause })?;
            state.put(ThreadId(row.id), book);
        }
        state.changed.clear();
        Ok(state)
    }

    /// Rows that changed since the last call.
    pub fn take_changes(&mut self) -> Vec<StateRow> {
        let row = |id: ThreadId| {
            let data = self.books.get(&id).and_then(|book| serde_json::to_string(book).ok());
            StateRow { kind: StateKind::Alert, id: id.0, data }
        };
        let rows = self.changed.iter().map(|id| row(*id)).collect();
        self.changed.clear();
        rows
    }

    /// When something waits for no longer.
    pub fn next_due(&self) -> Option<Timestamp> {
        self.due.first().map(|(at, _)| *at)
    }

    /// When the same was told, where all units of a decision were within the echo window.
    pub(super) fn echo(&self, decision: &StoryDecision, now: Timestamp) -> Option<Timestamp> {
        let book = self.books.get(&decision.thread)?;
        let window = now.checked_sub(SignedDuration::from_hours(ECHO_HOURS)).unwrap_or(Timestamp::MIN);
        let told = |unit: &Unit| {
            book.told.iter().filter(|(key, at)| *key == echo_key(unit) && *at >= window).map(|(_, at)| *at).max()
        };
        let times: Option<Vec<Timestamp>> = decision.new.iter().map(told).collect();
        times?.into_iter().max()
    }

    /// Until when a thread has no room for a further alert; `None` where it has.
    pub(super) fn full_until(
        &self,
        settings: &Settings,
        decision: &StoryDecision,
        now: Timestamp,
    ) -> Option<Timestamp> {
        let book = self.books.get(&decision.thread)?;
        let more = if decision.class == Class::Major { OVERDRAFT } else { 0 };
        let limits = [(settings.max_per_hour, 1), (settings.max_per_day, 24)];
        let full = limits.into_iter().filter_map(|(limit, hours)| {
            let span = SignedDuration::from_hours(hours);
            let from = now.checked_sub(span).unwrap_or(Timestamp::MIN);
            let recent = book.sent.iter().filter(|at| **at > from);
            let oldest = recent.clone().min().copied()?;
            (recent.count() as u32 >= limit.max(1) + more).then(|| later(oldest, span))
        });
        full.max()
    }

    pub(super) fn note(&mut self, settings: &Settings, decision: &StoryDecision, plan: &AlertPlan, now: Timestamp) {
        let mut book = self.take(decision.thread);
        match plan {
            AlertPlan::Send(alert) => book.send(alert, now),
            AlertPlan::Hold { until, .. } => fold(&mut book.held, *until, alert(decision, now)),
            AlertPlan::Digest { until, .. } => fold(&mut book.digest, *until, alert(decision, now)),
            AlertPlan::Suppress { .. } => book.hear(settings, decision, now),
        }
        self.put(decision.thread, book);
    }

    pub(super) fn release(&mut self, settings: &BTreeMap<String, Settings>, now: Timestamp) -> Vec<Alert> {
        let mut alerts = Vec::new();
        while let Some((at, thread)) = self.due.first().copied().filter(|(at, _)| *at <= now) {
            let mut book = self.take(thread);
            let from = alerts.len();
            for slot in [&mut book.held, &mut book.digest] {
                if slot.as_ref().is_some_and(|waiting| waiting.until <= at) {
                    alerts.extend(slot.take().map(|waiting| waiting.alert));
                }
            }
            for alert in &mut alerts[from..] {
                alert.decided = now;
                book.send(alert, now);
            }
            self.put(thread, book);
        }
        // A watch that was removed meanwhile has no reader.
        alerts.retain(|alert| settings.contains_key(&alert.watch));
        alerts
    }

    fn take(&mut self, thread: ThreadId) -> Book {
        let book = self.books.remove(&thread).unwrap_or_default();
        for until in book.waits() {
            self.due.remove(&(until, thread));
        }
        book
    }

    fn put(&mut self, thread: ThreadId, book: Book) {
        self.changed.insert(thread);
        for until in book.waits() {
            self.due.insert((until, thread));
        }
        if book != Book::default() {
            self.books.insert(thread, book);
        }
    }
}

impl Book {
    fn waits(&self) -> Vec<Timestamp> {
        [&self.held, &self.digest].into_iter().flatten().map(|waiting| waiting.until).collect()
    }

    fn send(&mut self, alert: &Alert, now: Timestamp) {
        let ago = |hours| now.checked_sub(SignedDuration::from_hours(hours)).unwrap_or(Timestamp::MIN);
        self.sent.retain(|at| *at > ago(24));
        self.sent.push(now);
        self.told.retain(|(_, at)| *at > ago(ECHO_HOURS));
        self.told.extend(alert.new.iter().map(|unit| (echo_key(unit), now)));
        let excess = self.told.len().saturating_sub(ECHO_MAX);
        self.told.drain(..excess);
    }

    /// A second source ends the wait.
    fn hear(&mut self, settings: &Settings, decision: &StoryDecision, now: Timestamp) {
        let confirms = decision.families >= settings.bar().families && decision.verdict != Verdict::Copy;
        if let Some(held) = self.held.as_mut().filter(|_| confirms) {
            held.until = held.until.min(now);
            add_folded(&mut held.alert, decision.item);
        }
    }
}

/// Adds an alert to what waits: units add up, the first item stays the one that decided.
fn fold(slot: &mut Option<Waiting>, until: Timestamp, alert: Alert) {
    let Some(waiting) = slot else {
        *slot = Some(Waiting { until, alert });
        return;
    };
    let own = &mut waiting.alert;
    own.score = own.score.max(alert.score);
    own.class = own.class.max(alert.class);
    for unit in alert.new {
        if own.new.len() < DIGEST_UNITS_MAX
            && !own.new.iter().any(|known| known.key == unit.key && known.text == unit.text)
        {
            own.new.push(unit);
        }
    }
    add_folded(own, alert.item);
}

fn add_folded(alert: &mut Alert, item: ItemId) {
    if alert.folded.len() < FOLDED_MAX && alert.item != item && !alert.folded.contains(&item) {
        alert.folded.push(item);
    }
}

/// A unit and what it says: a figure that changed again is no echo.
fn echo_key(unit: &Unit) -> String {
    format!("{} {}", unit.key, unit.text)
}
