//! What happened, and is kept as one?
//!
//! In: polls with their items, decisions, alerts and deliveries; alerts that became due. Out: one transaction, whole or
//! not at all. Writing the same thing twice changes nothing: rows are named by their content.

use serde::Serialize;

use super::outbox::StateColumns;
use super::{Change, DecisionRecord, Durability, Outcome, PollCommit, Store, StoreError, millis, to_json};
use crate::model::{Alert, AlertPlan, Delivery, FeedId, FeedState, Item, ItemId, StateRow, Timestamp};

/// Rows sent to SQLite in one statement; bounds the memory of its JSON.
const ROWS_PER_STATEMENT: usize = 200;
/// A known item's `listed` is renewed when it is this old: a write a day instead of one at each poll.
const LISTED_RENEWED_AFTER_MS: i64 = 24 * 3_600_000;

impl Store {
    /// Keeps what one poll came to.
    pub async fn commit_poll(&self, poll: &PollCommit<'_>) -> Result<(), StoreError> {
        self.commit_polls(std::slice::from_ref(poll)).await
    }

    /// Keeps what several polls came to, in one transaction: for polls that brought nothing, which cost little else.
    pub async fn commit_polls(&self, polls: &[PollCommit<'_>]) -> Result<(), StoreError> {
        let mut change = self.change("commit_poll", sync_for(polls.iter().map(|poll| &poll.outcome))).await?;
        for poll in polls {
            feed_state(&mut change, poll.feed, poll.url, poll.state).await?;
            items(&mut change, poll.items, poll.now).await?;
            still_listed(&mut change, poll.seen, poll.now).await?;
            outcome(&mut change, &poll.outcome).await?;
        }
        change.commit().await
    }

    /// Keeps what the passing of time decided: holds that ended, digests that are due.
    pub async fn commit_due(&self, due: &Outcome<'_>) -> Result<(), StoreError> {
        let mut change = self.change("commit_due", sync_for([due])).await?;
        outcome(&mut change, due).await?;
        change.commit().await
    }
}

/// A mail may leave right after the commit that holds it.
fn sync_for<'a>(outcomes: impl IntoIterator<Item = &'a Outcome<'a>>) -> Durability {
    let mails = outcomes.into_iter().any(|outcome| !outcome.deliveries.is_empty());
    if mails { Durability::Full } else { Durability::Normal }
}

async fn feed_state(change: &mut Change, feed: FeedId, url: &str, state: &FeedState) -> Result<(), StoreError> {
    let sql = "INSERT INTO feed (id, url, next_due, state) VALUES ($1, $2, $3, $4)
        ON CONFLICT (id) DO UPDATE SET url = excluded.url, next_due = excluded.next_due, state = excluded.state";
    let next_due = state.next_due.map(millis);
    change.run(sqlx::query(sql).bind(feed.sql()).bind(url).bind(next_due).bind(to_json(state))).await?;
    Ok(())
}

/// A row of `item`, as the JSON that one statement inserts for all.
#[derive(Serialize)]
struct ItemRow<'a> {
    id: i64,
    version: u32,
    feed: i64,
    key: &'a str,
    link: Option<&'a str>,
    canonical_link: Option<&'a str>,
    title: &'a str,
    summary: &'a str,
    text: Option<&'a str>,
    published: Option<i64>,
    seen: i64,
    outlet: &'a str,
    family: &'a str,
    lang: Option<&'a str>,
    feed_name: &'a str,
    tags: String,
    backfill: u8,
    fingerprint: u64,
}

impl<'a> ItemRow<'a> {
    fn of(item: &'a Item) -> Self {
        Self {
            id: item.id.sql(),
            version: item.version,
            feed: item.feed.sql(),
            key: &item.key,
            link: item.link.as_deref(),
            canonical_link: item.canonical_link.as_deref(),
            title: &item.title,
            summary: &item.summary,
            text: item.text.as_deref(),
            published: item.published.map(millis),
            seen: millis(item.seen),
            outlet: &item.outlet.name,
            family: &item.outlet.family,
            lang: item.lang.as_deref(),
            feed_name: &item.feed_name,
            tags: to_json(&item.tags),
            backfill: item.backfill.into(),
            fingerprint: item.fingerprint(),
        }
    }
}

/// `WHERE true` tells SQLite's parser that the `ON` that follows belongs to no join.
const INSERT_ITEMS: &str = "
    INSERT INTO item (id, version, feed, key, link, canonical_link, title, summary, text, published, seen,
        outlet, family, lang, feed_name, tags, backfill, fingerprint, listed)
    SELECT value ->> 'id', value ->> 'version', value ->> 'feed', value ->> 'key', value ->> 'link',
        value ->> 'canonical_link', value ->> 'title', value ->> 'summary', value ->> 'text', value ->> 'published',
        value ->> 'seen', value ->> 'outlet', value ->> 'family', value ->> 'lang', value ->> 'feed_name',
        value ->> 'tags', value ->> 'backfill', value ->> 'fingerprint', $2
    FROM json_each($1) WHERE true
    ON CONFLICT (id, version) DO NOTHING";

async fn items(change: &mut Change, items: &[Item], now: Timestamp) -> Result<(), StoreError> {
    for some in items.chunks(ROWS_PER_STATEMENT) {
        let rows = to_json(&some.iter().map(ItemRow::of).collect::<Vec<_>>());
        change.run(sqlx::query(INSERT_ITEMS).bind(rows).bind(millis(now))).await?;
    }
    Ok(())
}

async fn still_listed(change: &mut Change, seen: &[ItemId], now: Timestamp) -> Result<(), StoreError> {
    if seen.is_empty() {
        return Ok(());
    }
    let sql = "UPDATE item SET listed = $2 WHERE id IN (SELECT value FROM json_each($1)) AND listed < $3";
    let now = millis(now);
    change.run(sqlx::query(sql).bind(to_json(seen)).bind(now).bind(now - LISTED_RENEWED_AFTER_MS)).await?;
    Ok(())
}

async fn outcome(change: &mut Change, outcome: &Outcome<'_>) -> Result<(), StoreError> {
    for record in outcome.decisions {
        decision(change, record).await?;
    }
    for row in outcome.state_rows {
        state_row(change, row).await?;
    }
    for each in outcome.alerts {
        alert(change, each).await?;
    }
    for each in outcome.deliveries {
        delivery(change, each).await?;
    }
    Ok(())
}

async fn decision(change: &mut Change, record: &DecisionRecord) -> Result<(), StoreError> {
    let sql = "INSERT INTO decision
        (item, watch, version, at, story, plan_kind, suppressed, config_hash, decision, plan, evidence)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT (item, watch, version, at) DO NOTHING";
    let (kind, suppressed) = match &record.plan {
        AlertPlan::Send(_) => ("send", None),
        AlertPlan::Hold { .. } => ("hold", None),
        AlertPlan::Digest { .. } => ("digest", None),
        AlertPlan::Suppress { reason, .. } => ("suppress", Some(to_json(reason))),
    };
    let query = sqlx::query(sql)
        .bind(record.decision.item.sql())
        .bind(&record.decision.watch)
        .bind(record.version)
        .bind(millis(record.at))
        .bind(record.decision.story.sql())
        .bind(kind)
        .bind(suppressed)
        // A hash may use all 64 bits; SQL's integers are signed, and the bits are the same.
        .bind(record.config_hash.cast_signed())
        .bind(to_json(&record.decision))
        .bind(to_json(&record.plan))
        .bind(to_json(&record.evidence));
    change.run(query).await?;
    Ok(())
}

async fn state_row(change: &mut Change, row: &StateRow) -> Result<(), StoreError> {
    let (kind, id) = (row.kind.as_str(), row.id.cast_signed());
    match &row.data {
        Some(data) => {
            let sql = "INSERT INTO state (kind, id, data) VALUES ($1, $2, $3)
                ON CONFLICT (kind, id) DO UPDATE SET data = excluded.data";
            change.run(sqlx::query(sql).bind(kind).bind(id).bind(data)).await?;
        }
        None => {
            let sql = "DELETE FROM state WHERE kind = $1 AND id = $2";
            change.run(sqlx::query(sql).bind(kind).bind(id)).await?;
        }
    }
    Ok(())
}

async fn alert(change: &mut Change, alert: &Alert) -> Result<(), StoreError> {
    let sql = "INSERT INTO alert (id, thread, decided, data) VALUES ($1, $2, $3, $4) ON CONFLICT (id) DO NOTHING";
    let query = sqlx::query(sql).bind(alert.id.sql()).bind(alert.thread.sql());
    change.run(query.bind(millis(alert.decided)).bind(to_json(alert))).await?;
    Ok(())
}

/// A second delivery of one alert to one recipient is not an error and changes nothing, least of all the message.
async fn delivery(change: &mut Change, delivery: &Delivery) -> Result<(), StoreError> {
    let sql = "INSERT INTO delivery (id, alert, recipient, message_id, envelope_from, envelope_to, subject, message,
            created, state, attempts, at, note, lease)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, 0) ON CONFLICT DO NOTHING";
    let (message, state) = (&delivery.message, StateColumns::of(&delivery.state));
    let query = sqlx::query(sql)
        .bind(delivery.id.sql())
        .bind(delivery.alert.sql())
        .bind(&delivery.recipient)
        .bind(&message.message_id)
        .bind(&message.envelope_from)
        .bind(&message.envelope_to)
        .bind(&message.subject)
        .bind(message.bytes.as_slice())
        .bind(millis(delivery.created))
        .bind(state.name)
        .bind(state.attempts)
        .bind(state.at)
        .bind(state.note);
    change.run(query).await?;
    Ok(())
}
