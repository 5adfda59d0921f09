//! What was decided, and what do the stages remember?
//!
//! In: an item, a time, an identity. Out: decisions with their evidence, alerts, the stages' own rows. It only reads.

use std::collections::BTreeMap;

use sqlx::sqlite::SqliteRow;

use super::error::During;
use super::{DecisionRecord, Store, StoreError, from_json, get, millis, moment};
use crate::model::{Alert, AlertId, FeedId, FeedState, ItemId, StateKind, StateRow, StoryId, ThreadId, Timestamp};

/// Decisions that one item, story or thread is answered with at the most.
const DECISIONS_PER_ANSWER_MAX: u32 = 10_000;

/// Decisions by a condition on `$1`, at most `$2`; the columns are those that [`decision`] reads, in its order.
macro_rules! decisions {
    ($condition:literal) => {
        concat!(
            "SELECT version, at, config_hash, decision, plan, evidence FROM decision WHERE ",
            $condition,
            " ORDER BY at, item, watch, version LIMIT $2"
        )
    };
}

impl Store {
    /// Every feed that was ever polled and what is remembered about it.
    pub async fn feed_states(&self) -> Result<BTreeMap<FeedId, FeedState>, StoreError> {
        let rows = sqlx::query("SELECT id, state FROM feed").fetch_all(&self.readers).await.during("feed_states")?;
        let read = |row: &SqliteRow| Ok((FeedId::from_sql(get(row, 0)?), from_json("a feed's state", get(row, 1)?)?));
        rows.iter().map(read).collect()
    }

    /// What the stages asked to remember, by kind and identity.
    pub async fn state_rows(&self) -> Result<Vec<StateRow>, StoreError> {
        let sql = "SELECT kind, id, data FROM state ORDER BY kind, id";
        let rows = sqlx::query(sql).fetch_all(&self.readers).await.during("state_rows")?;
        rows.iter().map(state_row).collect()
    }

    /// The rows of one kind, by identity.
    pub async fn state_rows_of(&self, kind: StateKind) -> Result<Vec<StateRow>, StoreError> {
        let sql = "SELECT kind, id, data FROM state WHERE kind = $1 ORDER BY id";
        let rows = sqlx::query(sql).bind(kind.as_str()).fetch_all(&self.readers).await.during("state_rows_of")?;
        rows.iter().map(state_row).collect()
    }

    /// What was decided about an item, all watches and versions, in the order it was decided.
    pub async fn decisions_of(&self, item: ItemId) -> Result<Vec<DecisionRecord>, StoreError> {
        let sql = decisions!("item = $1");
        self.decisions("decisions_of", sqlx::query(sql).bind(item.sql()).bind(DECISIONS_PER_ANSWER_MAX)).await
    }

    /// What was decided in a story, in the order it was decided; the first of them, where there are very many.
    pub async fn decisions_of_story(&self, story: StoryId) -> Result<Vec<DecisionRecord>, StoreError> {
        let sql = decisions!("story = $1");
        self.decisions("decisions_of_story", sqlx::query(sql).bind(story.sql()).bind(DECISIONS_PER_ANSWER_MAX)).await
    }

    /// What was decided in a watch's thread, in the order it was decided; the first of them, where there are very many.
    pub async fn decisions_of_thread(&self, thread: ThreadId) -> Result<Vec<DecisionRecord>, StoreError> {
        let sql = decisions!("thread = $1");
        self.decisions("decisions_of_thread", sqlx::query(sql).bind(thread.sql()).bind(DECISIONS_PER_ANSWER_MAX)).await
    }

    /// Up to `limit` decisions from `since` on, oldest first.
    pub async fn decisions_since(&self, since: Timestamp, limit: u32) -> Result<Vec<DecisionRecord>, StoreError> {
        let query = sqlx::query(decisions!("at >= $1")).bind(millis(since)).bind(limit);
        self.decisions("decisions_since", query).await
    }

    async fn decisions(&self, name: &'static str, query: super::Query) -> Result<Vec<DecisionRecord>, StoreError> {
        let rows = query.fetch_all(&self.readers).await.during(name)?;
        rows.iter().map(decision).collect()
    }

    /// One alert.
    pub async fn alert(&self, id: AlertId) -> Result<Option<Alert>, StoreError> {
        let sql = "SELECT data FROM alert WHERE id = $1";
        let row = sqlx::query(sql).bind(id.sql()).fetch_optional(&self.readers).await.during("alert")?;
        row.as_ref().map(alert).transpose()
    }

    /// Up to `limit` alerts decided from `since` on, oldest first.
    pub async fn alerts_since(&self, since: Timestamp, limit: u32) -> Result<Vec<Alert>, StoreError> {
        let sql = "SELECT data FROM alert WHERE decided >= $1 ORDER BY decided, id LIMIT $2";
        let query = sqlx::query(sql).bind(millis(since)).bind(limit);
        let rows = query.fetch_all(&self.readers).await.during("alerts_since")?;
        rows.iter().map(alert).collect()
    }
}

fn alert(row: &SqliteRow) -> Result<Alert, StoreError> {
    from_json("an alert", get(row, 0)?)
}

fn state_row(row: &SqliteRow) -> Result<StateRow, StoreError> {
    let kind: &str = get(row, 0)?;
    let unknown = |()| StoreError::Row { what: "the kind of a stage's row", value: kind.to_owned() };
    Ok(StateRow {
        kind: kind.parse().map_err(unknown)?,
        id: get::<i64>(row, 1)?.cast_unsigned(),
        data: Some(get(row, 2)?),
    })
}

fn decision(row: &SqliteRow) -> Result<DecisionRecord, StoreError> {
    Ok(DecisionRecord {
        version: get(row, 0)?,
        at: moment(get(row, 1)?)?,
        config_hash: get::<i64>(row, 2)?.cast_unsigned(),
        decision: from_json("a decision", get(row, 3)?)?,
        plan: from_json("a plan", get(row, 4)?)?,
        evidence: from_json("the evidence of a match", get(row, 5)?)?,
    })
}
