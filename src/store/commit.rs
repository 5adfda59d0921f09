//! What happened, and is kept as one?
//!
//! In: polls with their items, decisions, alerts and deliveries; alerts that became due. Out: one transaction, whole or
//! not at all. Writing the same thing twice changes nothing: rows are named by their content.

use std::sync::LazyLock;

use super::outbox::StateColumns;
use super::rows::Insert;
use super::{DecisionRecord, Durability, Outcome, PollCommit, Query, Store, StoreError, millis, to_json};
use crate::model::{Alert, AlertPlan, Delivery, Item, ItemId, StateRow, Timestamp};

/// A known item's `listed` is renewed when it is this old: a write a day instead of one at each poll.
const LISTED_RENEWED_AFTER_MS: i64 = 24 * 3_600_000;

impl Store {
    /// Keeps what several polls came to, and the `outcome` of all of it. No feed twice.
    pub async fn commit_polls(&self, polls: &[PollCommit<'_>], result: &Outcome<'_>) -> Result<(), StoreError> {
        let mut statements = FEEDS.of(polls, bind_feed);
        for poll in polls {
            let now = millis(poll.now);
            let bind = |query, item: &Item| bind_item(query, item, item.fingerprint()).bind(now);
            statements.extend(ITEMS.of(poll.items, bind));
            statements.extend(still_listed(poll.seen, now));
        }
        statements.extend(outcome(result));
        self.commit("commit_poll", durability(!result.deliveries.is_empty()), statements).await
    }

    /// Keeps a version of an item whose text did not come from its feed, and what follows from it. `fingerprint` is what
    /// the feed says, so that the feed's item is known and unchanged at the next poll.
    pub async fn commit_article(
        &self,
        item: &Item,
        fingerprint: u64,
        decided: &Outcome<'_>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let now = millis(now);
        let mut statements = ITEMS.of([item], |query, item| bind_item(query, item, fingerprint).bind(now));
        statements.extend(outcome(decided));
        self.commit("commit_article", durability(!decided.deliveries.is_empty()), statements).await
    }

    /// Keeps what the passing of time decided: holds that ended, digests that are due.
    pub async fn commit_due(&self, due: &Outcome<'_>) -> Result<(), StoreError> {
        let mails = !due.deliveries.is_empty();
        self.commit("commit_due", durability(mails), outcome(due)).await
    }

    /// All statements or none. They are ready before the transaction begins, so that it waits for nothing.
    async fn commit(
        &self,
        name: &'static str,
        durability: Durability,
        statements: Vec<Query>,
    ) -> Result<(), StoreError> {
        let mut change = self.change(name, durability).await?;
        for statement in statements {
            change.run(statement).await?;
        }
        change.commit().await
    }
}

/// A mail may leave right after the commit that holds it.
fn durability(mails: bool) -> Durability {
    if mails { Durability::Full } else { Durability::Normal }
}

fn outcome(outcome: &Outcome<'_>) -> Vec<Query> {
    let mut statements = DECISIONS.of(outcome.decisions, bind_decision);
    let (kept, forgotten): (Vec<_>, Vec<_>) = outcome.state_rows.iter().partition(|row| row.data.is_some());
    statements.extend(STATE_ROWS.of(kept, bind_state_row));
    let forgotten = forgotten.chunk_by(|left, right| left.kind == right.kind);
    statements.extend(forgotten.map(forget));
    // Alerts before the deliveries that name them.
    statements.extend(ALERTS.of(outcome.alerts, bind_alert));
    statements.extend(DELIVERIES.of(outcome.deliveries, bind_delivery));
    statements
}

/// Rows of one kind.
fn forget(rows: &[&StateRow]) -> Query {
    let ids: Vec<i64> = rows.iter().map(|row| row.id.cast_signed()).collect();
    let sql = "DELETE FROM state WHERE kind = $1 AND id IN (SELECT value FROM json_each($2))";
    sqlx::query(sql).bind(rows[0].kind.as_str()).bind(to_json(&ids))
}

static FEEDS: LazyLock<Insert> = LazyLock::new(|| {
    Insert::new(
        "feed (id, url, next_due, state)",
        "ON CONFLICT (id) DO UPDATE SET url = excluded.url, next_due = excluded.next_due, state = excluded.state",
    )
});

fn bind_feed(query: Query, poll: &PollCommit<'_>) -> Query {
    let next_due = poll.state.next_due.map(millis);
    query.bind(poll.feed.sql()).bind(poll.url.to_owned()).bind(next_due).bind(to_json(poll.state))
}

/// A version that is there already stays as it is.
static ITEMS: LazyLock<Insert> = LazyLock::new(|| {
    Insert::new(
        "item (id, version, feed, key, link, canonical_link, title, summary, text, published, seen, outlet, family, \
         lang, feed_name, tags, backfill, fingerprint, listed)",
        "ON CONFLICT (id, version) DO NOTHING",
    )
});

fn bind_item(query: Query, item: &Item, fingerprint: u64) -> Query {
    query
        .bind(item.id.sql())
        .bind(item.version)
        .bind(item.feed.sql())
        .bind(item.key.clone())
        .bind(item.link.clone())
        .bind(item.canonical_link.clone())
        .bind(item.title.clone())
        .bind(item.summary.clone())
        .bind(item.text.clone())
        .bind(item.published.map(millis))
        .bind(millis(item.seen))
        .bind(item.outlet.name.clone())
        .bind(item.outlet.family.clone())
        .bind(item.lang.clone())
        .bind(item.feed_name.clone())
        .bind(to_json(&item.tags))
        .bind(item.backfill)
        .bind(fingerprint.cast_signed())
}

fn still_listed(seen: &[ItemId], now: i64) -> Option<Query> {
    if seen.is_empty() {
        return None;
    }
    let sql = "UPDATE item SET listed = $2 WHERE id IN (SELECT value FROM json_each($1)) AND listed < $3";
    Some(sqlx::query(sql).bind(to_json(seen)).bind(now).bind(now - LISTED_RENEWED_AFTER_MS))
}

static DECISIONS: LazyLock<Insert> = LazyLock::new(|| {
    Insert::new(
        "decision (item, watch, version, at, story, thread, plan_kind, suppressed, config_hash, decision, plan, evidence)",
        "ON CONFLICT (item, watch, version, at) DO NOTHING",
    )
});

fn bind_decision(query: Query, record: &DecisionRecord) -> Query {
    let (kind, suppressed) = match &record.plan {
        AlertPlan::Send(_) => ("send", None),
        AlertPlan::Hold { .. } => ("hold", None),
        AlertPlan::Digest { .. } => ("digest", None),
        AlertPlan::Suppress { reason, .. } => ("suppress", Some(to_json(reason))),
    };
    query
        .bind(record.decision.item.sql())
        .bind(record.decision.watch.clone())
        .bind(record.version)
        .bind(millis(record.at))
        .bind(record.decision.story.sql())
        .bind(record.decision.thread.sql())
        .bind(kind)
        .bind(suppressed)
        // A hash may use all 64 bits; SQL's integers are signed, and the bits are the same.
        .bind(record.config_hash.cast_signed())
        .bind(to_json(&record.decision))
        .bind(to_json(&record.plan))
        .bind(to_json(&record.evidence))
}

static STATE_ROWS: LazyLock<Insert> = LazyLock::new(|| {
    Insert::new("state (kind, id, data)", "ON CONFLICT (kind, id) DO UPDATE SET data = excluded.data")
});

fn bind_state_row(query: Query, row: &StateRow) -> Query {
    query.bind(row.kind.as_str()).bind(row.id.cast_signed()).bind(row.data.clone())
}

static ALERTS: LazyLock<Insert> =
    LazyLock::new(|| Insert::new("alert (id, thread, decided, data)", "ON CONFLICT (id) DO NOTHING"));

fn bind_alert(query: Query, alert: &Alert) -> Query {
    query.bind(alert.id.sql()).bind(alert.thread.sql()).bind(millis(alert.decided)).bind(to_json(alert))
}

/// A second delivery of one alert to one recipient is not an error and changes nothing, least of all the message.
static DELIVERIES: LazyLock<Insert> = LazyLock::new(|| {
    Insert::new(
        "delivery (id, alert, recipient, message_id, envelope_from, envelope_to, subject, message, created, \
         state, attempts, at, note, lease)",
        "ON CONFLICT DO NOTHING",
    )
});

fn bind_delivery(query: Query, delivery: &Delivery) -> Query {
    let (message, state) = (&delivery.message, StateColumns::of(&delivery.state));
    query
        .bind(delivery.id.sql())
        .bind(delivery.alert.sql())
        .bind(delivery.recipient.clone())
        .bind(message.message_id.clone())
        .bind(message.envelope_from.clone())
        .bind(message.envelope_to.clone())
        .bind(message.subject.clone())
        .bind(message.bytes.clone())
        .bind(millis(delivery.created))
        .bind(state.name)
        .bind(state.attempts)
        .bind(state.at)
        .bind(state.note.map(str::to_owned))
        .bind(0_i64)
}
