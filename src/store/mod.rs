//! What is remembered, and what is changed together?
//!
//! In: what a poll, a due alert or an attempt to deliver came to. Out: transactions named for what they mean, and the
//! questions that the other parts ask. It commits whole or not at all, and never decides anything.
//!
//! One connection writes and a few read (WAL): a reader never waits for the writer and sees only whole transactions.
//! A commit that carries deliveries is synced to the disk before it returns (`synchronous=FULL`, some milliseconds),
//! because a mail may leave right after it, and a mail whose decision a power cut forgets would be decided, and sent,
//! again. All others (`NORMAL`) survive a crash of the program but may be lost in a power cut, whole and from the end:
//! then a feed is fetched once more, or a mail sent once more under its old Message-ID. Nothing is ever corrupted.

mod commit;
mod error;
mod items;
mod open;
mod outbox;
mod record;
mod rows;
#[cfg(test)]
mod tests;
mod upkeep;
mod verdicts;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use sqlx::sqlite::{SqlitePool, SqliteRow};
use sqlx::{Row, Sqlite, Transaction};

use crate::model::Timestamp;

use error::During;
pub use error::StoreError;
pub use items::Place;
pub use record::*;

/// Asked with the operation's name when a transaction starts and again before it commits: an error is that call's fault.
pub type Fault = Arc<dyn Fn(&'static str) -> Result<(), String> + Send + Sync>;

/// The store of one state folder. Cheap to clone; clones share its connections.
#[derive(Clone)]
pub struct Store {
    /// One connection, so that transactions queue here, in order, instead of failing with `database is locked`.
    writer: SqlitePool,
    readers: SqlitePool,
    path: PathBuf,
    fault: Option<Fault>,
    /// Held as long as any clone lives; `None` for commands beside the daemon.
    _lock: Option<Arc<std::fs::File>>,
}

/// Must a commit outlive a power cut?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Durability {
    /// Synced before it returns.
    Full,
    /// Synced with the next full commit or checkpoint.
    Normal,
}

/// A transaction that knows its name.
struct Change {
    sql: Transaction<'static, Sqlite>,
    name: &'static str,
    fault: Option<Fault>,
}

impl Store {
    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Each transaction asks `fault` first; for tests of what a failure costs.
    pub fn with_fault(mut self, fault: Option<Fault>) -> Self {
        self.fault = fault;
        self
    }

    /// Finishes what runs, folds the log into the file, lets go. Other clones are closed with it.
    pub async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
    }

    async fn change(&self, name: &'static str, durability: Durability) -> Result<Change, StoreError> {
        ask(self.fault.as_ref(), name)?;
        // SQLite takes the pragma outside a transaction only; sent together they cost one trip to the connection.
        let begin = match durability {
            Durability::Full => "PRAGMA synchronous = FULL; BEGIN IMMEDIATE",
            Durability::Normal => "PRAGMA synchronous = NORMAL; BEGIN IMMEDIATE",
        };
        let sql = self.writer.begin_with(begin).await.during(name)?;
        Ok(Change { sql, name, fault: self.fault.clone() })
    }
}

impl Change {
    /// Runs a statement; the number of rows it touched.
    async fn run(&mut self, query: Query) -> Result<u64, StoreError> {
        let done = query.execute(&mut *self.sql).await.during(self.name)?;
        Ok(done.rows_affected())
    }

    /// All of it, or, on an error, nothing. Dropping a change undoes it.
    async fn commit(self) -> Result<(), StoreError> {
        ask(self.fault.as_ref(), self.name)?;
        self.sql.commit().await.during(self.name)
    }
}

fn ask(fault: Option<&Fault>, name: &'static str) -> Result<(), StoreError> {
    fault.map_or(Ok(()), |fault| fault(name).map_err(StoreError::Fault))
}

/// A statement with its values, which it owns.
type Query = sqlx::query::Query<'static, Sqlite, sqlx::sqlite::SqliteArguments>;

/// A moment as SQL has it.
fn millis(at: Timestamp) -> i64 {
    at.as_millisecond()
}

fn moment(millis: i64) -> Result<Timestamp, StoreError> {
    Timestamp::from_millisecond(millis).map_err(|_| StoreError::Row { what: "a time", value: millis.to_string() })
}

/// A column by its place, of a type that the schema promises.
fn get<'r, T>(row: &'r SqliteRow, column: usize) -> Result<T, StoreError>
where
    T: sqlx::Decode<'r, Sqlite> + sqlx::Type<Sqlite>,
{
    row.try_get(column).during("reading a row")
}

fn to_json<T: serde::Serialize + ?Sized>(value: &T) -> String {
    // Plain data with text keys: serde_json has no way to refuse it.
    serde_json::to_string(value).unwrap_or_default()
}

fn from_json<T: serde::de::DeserializeOwned>(what: &'static str, text: &str) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|cause| {
        let start: String = text.chars().take(60).collect();
        StoreError::Row { what, value: format!("{start}… ({cause})") }
    })
}
