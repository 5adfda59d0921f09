//! Which mails are still to be sent, and what came of the attempts?
//!
//! In: the time, an attempt's new state, a person's wish. Out: deliveries, each lent to one sender at a time. It never
//! changes a message and never decides when to try again.

use sqlx::sqlite::SqliteRow;

use super::error::During;
use super::{DeliveryFilter, DeliveryHead, Durability, Store, StoreError, get, millis, moment, to_json};
use crate::model::{AlertId, Delivery, DeliveryId, DeliveryState, Message, Timestamp};

/// A delivery's state as columns.
pub(super) struct StateColumns<'a> {
    pub name: &'static str,
    pub attempts: u32,
    pub at: i64,
    pub note: Option<&'a str>,
}

impl<'a> StateColumns<'a> {
    pub fn of(state: &'a DeliveryState) -> Self {
        match state {
            DeliveryState::Waiting { attempts, next, last_error } => {
                Self { name: "waiting", attempts: *attempts, at: millis(*next), note: last_error.as_deref() }
            }
            DeliveryState::Sent { attempts, at, answer } => {
                Self { name: "sent", attempts: *attempts, at: millis(*at), note: Some(answer) }
            }
            DeliveryState::Dead { attempts, at, reason } => {
                Self { name: "dead", attempts: *attempts, at: millis(*at), note: Some(reason) }
            }
        }
    }
}

impl Store {
    /// Lends up to `limit` waiting deliveries that are due, oldest first, until `lease_s` seconds from now: nobody else
    /// gets them before. A sender that dies with one loses the lease, not the mail.
    pub async fn claim_deliveries(
        &self,
        now: Timestamp,
        limit: u32,
        lease_s: u32,
    ) -> Result<Vec<Delivery>, StoreError> {
        let sql = "UPDATE delivery SET lease = $2 WHERE id IN (
                SELECT id FROM delivery WHERE state = 'waiting' AND at <= $1 AND lease <= $1
                ORDER BY created, id LIMIT $3)
            RETURNING id, alert, recipient, message_id, envelope_from, envelope_to, subject, message,
                created, state, attempts, at, note";
        let mut change = self.change("claim_deliveries", Durability::Normal).await?;
        let now = millis(now);
        let query = sqlx::query(sql).bind(now).bind(now + i64::from(lease_s) * 1_000).bind(limit);
        let rows = query.fetch_all(&mut *change.sql).await.during("claim_deliveries")?;
        change.commit().await?;
        let mut claimed = rows.iter().map(delivery).collect::<Result<Vec<_>, _>>()?;
        claimed.sort_by_key(|delivery| (delivery.created, delivery.id));
        Ok(claimed)
    }

    /// When the next waiting delivery is due or its lease ends; `None` when nothing waits.
    pub async fn next_delivery(&self) -> Result<Option<Timestamp>, StoreError> {
        let sql = "SELECT min(max(at, lease)) FROM delivery WHERE state = 'waiting'";
        let next: Option<i64> = sqlx::query_scalar(sql).fetch_one(&self.readers).await.during("next_delivery")?;
        next.map(moment).transpose()
    }

    /// Keeps what an attempt came to and ends the lease. What was sent stays sent, whoever else tried.
    pub async fn record_attempt(&self, id: DeliveryId, state: &DeliveryState) -> Result<(), StoreError> {
        let sql = "UPDATE delivery SET state = $2, attempts = $3, at = $4, note = $5, lease = 0
            WHERE id = $1 AND state <> 'sent'";
        self.set_state("record_attempt", sql, id, state).await?;
        Ok(())
    }

    /// Gives a delivery that was given up its new state; `false` if it is not dead (any more).
    pub async fn retry_delivery(&self, id: DeliveryId, state: &DeliveryState) -> Result<bool, StoreError> {
        let sql = "UPDATE delivery SET state = $2, attempts = $3, at = $4, note = $5, lease = 0
            WHERE id = $1 AND state = 'dead'";
        self.set_state("retry_delivery", sql, id, state).await
    }

    async fn set_state(
        &self,
        name: &'static str,
        sql: &'static str,
        id: DeliveryId,
        state: &DeliveryState,
    ) -> Result<bool, StoreError> {
        let columns = StateColumns::of(state);
        let query = sqlx::query(sql).bind(id.sql()).bind(columns.name).bind(columns.attempts);
        let mut change = self.change(name, Durability::Normal).await?;
        let touched = change.run(query.bind(columns.at).bind(columns.note)).await?;
        change.commit().await?;
        Ok(touched > 0)
    }

    /// Forgets an unsent delivery because a person said so; `false` if there is none.
    pub async fn drop_delivery(&self, id: DeliveryId) -> Result<bool, StoreError> {
        let sql = "DELETE FROM delivery WHERE id = $1 AND state <> 'sent'";
        let mut change = self.change("drop_delivery", Durability::Normal).await?;
        let touched = change.run(sqlx::query(sql).bind(id.sql())).await?;
        change.commit().await?;
        Ok(touched > 0)
    }

    /// One delivery with its message.
    pub async fn delivery(&self, id: DeliveryId) -> Result<Option<Delivery>, StoreError> {
        let sql = "SELECT id, alert, recipient, message_id, envelope_from, envelope_to, subject, message,
                created, state, attempts, at, note FROM delivery WHERE id = $1";
        let row = sqlx::query(sql).bind(id.sql()).fetch_optional(&self.readers).await.during("delivery")?;
        row.as_ref().map(delivery).transpose()
    }

    /// Up to `limit` deliveries without their bytes, newest first.
    pub async fn deliveries(&self, filter: DeliveryFilter, limit: u32) -> Result<Vec<DeliveryHead>, StoreError> {
        let sql = "SELECT id, alert, recipient, message_id, '', '', subject, x'', created, state, attempts, at, note
            FROM delivery WHERE state IN (SELECT value FROM json_each($1))
            ORDER BY created DESC, id LIMIT $2";
        let states: &[&str] = match filter {
            DeliveryFilter::All => &["waiting", "sent", "dead"],
            DeliveryFilter::Unfinished => &["waiting", "dead"],
            DeliveryFilter::Dead => &["dead"],
        };
        let rows =
            sqlx::query(sql).bind(to_json(states)).bind(limit).fetch_all(&self.readers).await.during("deliveries")?;
        rows.iter().map(head).collect()
    }

    /// The deliveries of one alert, without their bytes.
    pub async fn deliveries_of(&self, alert: AlertId) -> Result<Vec<DeliveryHead>, StoreError> {
        let sql = "SELECT id, alert, recipient, message_id, '', '', subject, x'', created, state, attempts, at, note
            FROM delivery WHERE alert = $1 ORDER BY recipient";
        let rows = sqlx::query(sql).bind(alert.sql()).fetch_all(&self.readers).await.during("deliveries_of")?;
        rows.iter().map(head).collect()
    }
}

fn delivery(row: &SqliteRow) -> Result<Delivery, StoreError> {
    Ok(Delivery {
        id: DeliveryId::from_sql(get(row, 0)?),
        alert: AlertId::from_sql(get(row, 1)?),
        recipient: get(row, 2)?,
        message: Message {
            message_id: get(row, 3)?,
            envelope_from: get(row, 4)?,
            envelope_to: get(row, 5)?,
            subject: get(row, 6)?,
            bytes: get(row, 7)?,
        },
        created: moment(get(row, 8)?)?,
        state: state(row, 9)?,
    })
}

fn head(row: &SqliteRow) -> Result<DeliveryHead, StoreError> {
    let Delivery { id, alert, recipient, message, created, state } = delivery(row)?;
    let (subject, message_id) = (message.subject, message.message_id);
    Ok(DeliveryHead { id, alert, recipient, subject, message_id, created, state })
}

fn state(row: &SqliteRow, first: usize) -> Result<DeliveryState, StoreError> {
    let name: &str = get(row, first)?;
    let attempts = get(row, first + 1)?;
    let at = moment(get(row, first + 2)?)?;
    let note: Option<String> = get(row, first + 3)?;
    match name {
        "waiting" => Ok(DeliveryState::Waiting { attempts, next: at, last_error: note }),
        "sent" => Ok(DeliveryState::Sent { attempts, at, answer: note.unwrap_or_default() }),
        "dead" => Ok(DeliveryState::Dead { attempts, at, reason: note.unwrap_or_default() }),
        other => Err(StoreError::Row { what: "a delivery's state", value: other.to_owned() }),
    }
}
