//! What went wrong in the store, and what can be done about it?
//!
//! In: errors of SQLite, of the file system, of a row that cannot be read. Out: one [`StoreError`] in plain words.
//! It never decides whether to try again; it says whether that can help.

use std::path::PathBuf;

/// Why a transaction or a query gave nothing. Nothing of a failed transaction was kept.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("no space left on the disk of the store (during `{during}`); nothing was lost, free some space")]
    Full { during: &'static str },
    #[error("another program is writing to the store (waited {BUSY_TIMEOUT_S} s during `{during}`)")]
    Busy { during: &'static str },
    #[error("the store may not be written (during `{during}`); check the owner of its files")]
    ReadOnly { during: &'static str },
    #[error("the store is damaged (during `{during}`): {detail}; restore a copy, or move the file away to start anew")]
    Corrupt { during: &'static str, detail: String },
    #[error("the disk of the store failed (during `{during}`): {detail}")]
    Disk { during: &'static str, detail: String },
    #[error("the store failed (during `{during}`)")]
    Sql {
        during: &'static str,
        #[source]
        source: sqlx::Error,
    },
    #[error("a row of the store cannot be read: {what} has `{value}`")]
    Row { what: &'static str, value: String },
    #[error("{0}")]
    Fault(String),
    #[error("another newswatch is running on `{path}`; stop it first")]
    InUse { path: PathBuf },
    #[error("there is no store at `{path}`; `newswatch run` makes one")]
    Missing { path: PathBuf },
    #[error(
        "`{path}` was written by a newer newswatch (schema {found}, this one knows up to {known}); install that one"
    )]
    Newer { path: PathBuf, found: i64, known: i64 },
    #[error(
        "`{path}` was written by an older newswatch (schema {found}); start `newswatch run` once to bring it up to date"
    )]
    Older { path: PathBuf, found: i64 },
    #[error("the schema of `{path}` cannot be brought up to date")]
    Migration {
        path: PathBuf,
        #[source]
        source: sqlx::migrate::MigrateError,
    },
    #[error("cannot open the store `{path}`")]
    Open {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
}

/// How long a writer waits for another process (a command beside the daemon) to finish its transaction.
pub(super) const BUSY_TIMEOUT_S: u64 = 10;

impl StoreError {
    /// The disk is full: the same call will work once there is space.
    pub fn is_full(&self) -> bool {
        matches!(self, Self::Full { .. })
    }

    /// The same call may work later without anybody's doing.
    pub fn may_pass(&self) -> bool {
        matches!(self, Self::Full { .. } | Self::Busy { .. } | Self::Disk { .. } | Self::Fault(_))
    }

    /// Translates at the door; `during` is the name of the operation.
    pub(super) fn of(during: &'static str, source: sqlx::Error) -> Self {
        let sqlx::Error::Database(database) = &source else {
            return Self::Sql { during, source };
        };
        // SQLite's primary result code is the low byte of the extended one.
        let code = database.code().and_then(|code| code.parse::<u32>().ok()).unwrap_or(0);
        let detail = database.message().to_owned();
        match code & 0xff {
            5 | 6 => Self::Busy { during },
            8 => Self::ReadOnly { during },
            10 => Self::Disk { during, detail },
            11 | 26 => Self::Corrupt { during, detail },
            13 => Self::Full { during },
            _ => Self::Sql { during, source },
        }
    }
}

/// `result.during("commit_poll")?`
pub(super) trait During<T> {
    fn during(self, name: &'static str) -> Result<T, StoreError>;
}

impl<T> During<T> for Result<T, sqlx::Error> {
    fn during(self, name: &'static str) -> Result<T, StoreError> {
        self.map_err(|source| StoreError::of(name, source))
    }
}
