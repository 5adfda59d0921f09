//! May this process use the store, and is it of our version?
//!
//! In: the path of the file. Out: an open [`Store`], or why not. One daemon at a time owns a store; commands beside it
//! read, or make small changes. It never deletes or repairs a file.

use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use sqlx::ConnectOptions;
use sqlx::migrate::{MigrateError, Migration, MigrationType, Migrator};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions};
use sqlx::{Connection, SqlSafeStr};

use super::error::BUSY_TIMEOUT_S;
use super::{Store, StoreError};

/// Connections that read at the same time; each costs a thread and at most [`CACHE_KIB`] of memory.
const READERS: u32 = 2;
const CACHE_KIB: u32 = 4_000;
/// What the log may keep on disk after it was folded into the file.
const LOG_BYTES_MAX: u32 = 32 << 20;

/// Released migrations; never edited, only added to.
const MIGRATIONS: &[(i64, &str, &str)] = &[(1, "init", include_str!("migrations/0001_init.sql"))];

impl Store {
    /// Opens the store for the daemon, making folder (0700) and file (0600) where they are absent and bringing the
    /// schema up to date. Refused while another process has it open this way.
    pub async fn open(path: &Path) -> Result<Self, StoreError> {
        let refused = |source| StoreError::Open { path: path.to_owned(), source };
        let lock = prepare(path).map_err(refused)?;
        lock.try_lock().map_err(|error| match error {
            TryLockError::WouldBlock => StoreError::InUse { path: path.to_owned() },
            TryLockError::Error(source) => refused(source),
        })?;
        let store = connect(path, false, Some(lock));
        store.migrate().await?;
        Ok(store)
    }

    /// Opens the store beside a daemon, for a small change: no schema change, no claim to be the only one.
    pub async fn open_beside(path: &Path) -> Result<Self, StoreError> {
        Self::open_existing(path, false).await
    }

    /// Opens the store to look only; works while a daemon runs.
    pub async fn open_read_only(path: &Path) -> Result<Self, StoreError> {
        Self::open_existing(path, true).await
    }

    async fn open_existing(path: &Path, read_only: bool) -> Result<Self, StoreError> {
        if !path.exists() {
            return Err(StoreError::Missing { path: path.to_owned() });
        }
        let store = connect(path, read_only, None);
        let found = store.schema().await?;
        let (path, known) = (path.to_owned(), newest());
        match found.cmp(&known) {
            std::cmp::Ordering::Less => Err(StoreError::Older { path, found }),
            std::cmp::Ordering::Equal => Ok(store),
            std::cmp::Ordering::Greater => Err(StoreError::Newer { path, found, known }),
        }
    }

    /// The last migration that was applied; 0 in an empty file.
    async fn schema(&self) -> Result<i64, StoreError> {
        let tables = "SELECT count(*) FROM sqlite_schema WHERE name = '_sqlx_migrations'";
        let name = "opening the store";
        let translate = |source| StoreError::of(name, source);
        let tables: i64 = sqlx::query_scalar(tables).fetch_one(&self.readers).await.map_err(translate)?;
        if tables == 0 {
            return Ok(0);
        }
        let newest = "SELECT coalesce(max(version), 0) FROM _sqlx_migrations";
        sqlx::query_scalar(newest).fetch_one(&self.readers).await.map_err(translate)
    }

    async fn migrate(&self) -> Result<(), StoreError> {
        let step = |&(version, name, sql): &(i64, &'static str, &'static str)| {
            Migration::new(version, name.into(), MigrationType::Simple, sql.into_sql_str(), false)
        };
        let migrator = Migrator::with_migrations(MIGRATIONS.iter().map(step).collect());
        let path = self.path.clone();
        migrator.run(&self.writer).await.map_err(|error| match error {
            MigrateError::VersionMissing(found) => StoreError::Newer { path, found, known: newest() },
            MigrateError::Execute(source) | MigrateError::ExecuteMigration(source, _) => {
                StoreError::of("bringing the schema up to date", source)
            }
            source => StoreError::Migration { path, source },
        })
    }
}

fn newest() -> i64 {
    MIGRATIONS.last().map_or(0, |(version, ..)| *version)
}

/// Makes folder and file with their modes, so that SQLite finds them and gives its own files the same; the lock file.
fn prepare(path: &Path) -> io::Result<File> {
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    }
    let touch = |path: &Path| OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(path);
    touch(path)?;
    touch(&lock_path(path))
}

/// Beside the file: SQLite's own locks on the file itself must not be disturbed.
fn lock_path(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".lock");
    name.into()
}

fn connect(path: &Path, read_only: bool, lock: Option<File>) -> Store {
    let options = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(false)
        .read_only(read_only)
        .busy_timeout(Duration::from_secs(BUSY_TIMEOUT_S))
        .pragma("cache_size", format!("-{CACHE_KIB}"))
        .pragma("temp_store", "MEMORY")
        .disable_statement_logging();
    let reading = options.clone().pragma("query_only", "ON");
    let writing = match read_only {
        true => reading.clone(),
        false => options.journal_mode(SqliteJournalMode::Wal).pragma("journal_size_limit", LOG_BYTES_MAX.to_string()),
    };
    Store {
        writer: pool(1).connect_lazy_with(writing),
        readers: pool(READERS).connect_lazy_with(reading),
        path: path.to_owned(),
        fault: None,
        _lock: lock.map(Arc::new),
    }
}

fn pool(connections: u32) -> SqlitePoolOptions {
    SqlitePoolOptions::new()
        .max_connections(connections)
        .idle_timeout(None)
        .max_lifetime(None)
        .test_before_acquire(false)
        // After some errors (full disk) SQLite ends a transaction by itself; sqlx then still counts it as open and
        // refuses every later one. Such a connection is replaced.
        .after_release(|connection, _| Box::pin(async move { Ok(!connection.is_in_transaction()) }))
}
