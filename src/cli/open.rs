//! How does a command reach the configuration and the archive?
//!
//! In: a configuration folder, times as people write them. Out: the configuration, a store to read (beside a running
//! daemon) or to change, and points in time. Shared by the commands; it prints nothing.

use std::path::Path;

use anyhow::Context;

use crate::app::daemon::{self, DATABASE};
use crate::clock::Clock;
use crate::config::{self, Config, Severity};
use crate::model::Timestamp;
use crate::store::Store;

/// What a command works on.
pub struct Opened {
    pub config: Config,
    pub store: Store,
    pub now: Timestamp,
}

/// Configuration and archive, for looking only.
pub async fn to_read(folder: &Path) -> anyhow::Result<Opened> {
    let config = to_look(folder)?;
    let path = config.state.join(DATABASE);
    anyhow::ensure!(path.exists(), "there is no archive at `{}` yet: start `newswatch run` first", path.display());
    let store = Store::open_read_only(&path).await?;
    Ok(Opened { config, store, now: Clock::system().now() })
}

/// The configuration, as far as it is right: whoever looks for what happened at night must not be stopped by a bad edit.
pub fn to_look(folder: &Path) -> anyhow::Result<Config> {
    match config::load_to_look(folder) {
        Ok((config, problems)) => {
            let errors = problems.iter().filter(|problem| problem.severity == Severity::Error).count();
            if errors > 0 {
                eprintln!("note: the configuration has {errors} problems and is not in force; see `newswatch check`\n");
            }
            Ok(config)
        }
        Err(_) => Ok(daemon::load(folder)?.0),
    }
}

/// Runs a command's future on a small runtime.
pub fn block_on<T>(work: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?.block_on(work)
}

/// The time that lies `text` ("24h", "30d", "2 weeks") before `now`.
pub fn ago(text: &str, now: Timestamp) -> anyhow::Result<Timestamp> {
    let span = span(text)?;
    now.checked_sub(span).with_context(|| format!("`{text}` is too long ago"))
}

/// The time that lies `text` before `now`; without a text, before everything.
pub fn since(text: Option<&str>, now: Timestamp) -> anyhow::Result<Timestamp> {
    text.map_or(Ok(Timestamp::UNIX_EPOCH), |text| ago(text, now))
}

/// The time that lies `text` after `now`.
pub fn ahead(text: &str, now: Timestamp) -> anyhow::Result<Timestamp> {
    now.checked_add(span(text)?).with_context(|| format!("`{text}` is too far away"))
}

fn span(text: &str) -> anyhow::Result<jiff::SignedDuration> {
    let span: jiff::Span =
        text.parse().with_context(|| format!("`{text}` is no length of time: write for example 90m, 24h or 30d"))?;
    let days_are_24_hours = jiff::SpanRelativeTo::days_are_24_hours();
    span.to_duration(days_are_24_hours).with_context(|| format!("`{text}` is no length of time in days or less"))
}
