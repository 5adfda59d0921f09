//! How much is there, what is worth telling about, and what may go?
//!
//! In: the time, how long to keep things. Out: counts and facts for `status`; old rows removed, a bounded number at a
//! time. It never removes a mail that was not sent, nor an item that its feed still shows: that would come back as new.

use std::collections::BTreeMap;

use super::error::During;
use super::{Counts, Durability, Fact, Pruned, Store, StoreError, from_json, get, millis, moment};
use crate::model::{Suppression, Timestamp};

/// Rows of a table that one call to [`Store::prune`] removes at the most, so that it never holds the writer for long.
const PRUNED_PER_CALL_MAX: u32 = 1_000;
const DAY_MS: i64 = 24 * 3_600_000;

impl Store {
    /// What there is; items (by when they were first seen), matches, alerts, sent mails and reasons only from `since` on.
    pub async fn counts(&self, since: Timestamp) -> Result<Counts, StoreError> {
        let sql = "SELECT (SELECT count(*) FROM feed),
            (SELECT count(*) FROM item WHERE seen >= $1 AND version = 1),
            (SELECT count(DISTINCT item) FROM decision WHERE at >= $1),
            (SELECT count(DISTINCT story) FROM decision WHERE at >= $1),
            (SELECT count(*) FROM alert WHERE decided >= $1),
            (SELECT count(*) FROM delivery WHERE state = 'waiting'),
            (SELECT count(*) FROM delivery WHERE state = 'sent' AND at >= $1),
            (SELECT count(*) FROM delivery WHERE state = 'dead'),
            (SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size())";
        let row = sqlx::query(sql).bind(millis(since)).fetch_one(&self.readers).await.during("counts")?;
        let count = |column| get::<i64>(&row, column).map(i64::cast_unsigned);
        Ok(Counts {
            feeds: count(0)?,
            items: count(1)?,
            matched: count(2)?,
            stories: count(3)?,
            alerts: count(4)?,
            waiting: count(5)?,
            sent: count(6)?,
            dead: count(7)?,
            bytes: count(8)?,
            suppressed: self.suppressed(since).await?,
        })
    }

    /// How often nothing was said, by reason.
    async fn suppressed(&self, since: Timestamp) -> Result<BTreeMap<Suppression, u64>, StoreError> {
        let sql = "SELECT suppressed, count(*) FROM decision WHERE at >= $1 AND suppressed IS NOT NULL GROUP BY 1";
        let rows = sqlx::query(sql).bind(millis(since)).fetch_all(&self.readers).await.during("counts")?;
        let read = |row| Ok((from_json("a reason", get(row, 0)?)?, get::<i64>(row, 1)?.cast_unsigned()));
        rows.iter().map(read).collect()
    }

    /// Keeps a fact for `status` under its name; the last one stays.
    pub async fn note(&self, name: &str, value: &str, now: Timestamp) -> Result<(), StoreError> {
        let sql = "INSERT INTO fact (name, value, at) VALUES ($1, $2, $3)
            ON CONFLICT (name) DO UPDATE SET value = excluded.value, at = excluded.at";
        let mut change = self.change("note", Durability::Normal).await?;
        change.run(sqlx::query(sql).bind(name).bind(value).bind(millis(now))).await?;
        change.commit().await
    }

    /// All facts by name.
    pub async fn notes(&self) -> Result<BTreeMap<String, Fact>, StoreError> {
        let rows = sqlx::query("SELECT name, value, at FROM fact").fetch_all(&self.readers).await.during("notes")?;
        let read = |row| Ok((get(row, 0)?, Fact { value: get(row, 1)?, at: moment(get(row, 2)?)? }));
        rows.iter().map(read).collect()
    }

    /// Removes what is older than `keep_days`, some of it; call again while it says that there is more.
    pub async fn prune(&self, now: Timestamp, keep_days: u32) -> Result<Pruned, StoreError> {
        let before = millis(now) - i64::from(keep_days) * DAY_MS;
        let mut change = self.change("prune", Durability::Normal).await?;
        let mut removed = [0; 4];
        for (removed, sql) in removed.iter_mut().zip(PRUNE) {
            *removed = change.run(sqlx::query(sql).bind(before).bind(PRUNED_PER_CALL_MAX)).await?;
        }
        change.commit().await?;
        let [items, decisions, deliveries, alerts] = removed;
        let more = removed.iter().any(|&rows| rows >= u64::from(PRUNED_PER_CALL_MAX));
        Ok(Pruned { items, decisions, deliveries, alerts, more })
    }
}

/// Deliveries before alerts, which they name.
const PRUNE: [&str; 4] = [
    "DELETE FROM item WHERE (id, version) IN
        (SELECT id, version FROM item WHERE seen < $1 AND listed < $1 ORDER BY seen LIMIT $2)",
    "DELETE FROM decision WHERE (item, watch, version, at) IN
        (SELECT item, watch, version, at FROM decision WHERE at < $1 ORDER BY at LIMIT $2)",
    "DELETE FROM delivery WHERE id IN (SELECT id FROM delivery WHERE state = 'sent' AND at < $1 ORDER BY at LIMIT $2)",
    "DELETE FROM alert WHERE id IN (SELECT id FROM alert WHERE decided < $1
        AND NOT EXISTS (SELECT 1 FROM delivery WHERE delivery.alert = alert.id) ORDER BY decided LIMIT $2)",
];
