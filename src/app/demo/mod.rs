//! How does the demo make half a year pass in half a minute?
//!
//! In: a folder, the shipped timeline. Out: a configuration folder, a local feed server, the real daemon on a clock that
//! steps from event to event, and its mails in a Maildir. Only the clock and the feeds are staged; everything between
//! them is what `newswatch run` runs.

mod feeds;
mod server;
mod timeline;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;

use super::daemon::{self, Running};
use super::deliverer;
use super::events::Listener;
use super::hooks::Hooks;
use super::service::Service;
use super::wiring::MAILDIR;
use crate::clock::Clock;
use crate::model::Timestamp;

pub use timeline::{Piece, Timeline};

/// Items reach their feed at their time; the poll that finds them comes this much later.
const POLL_DELAY: jiff::SignedDuration = jiff::SignedDuration::from_secs(60);
/// After the last item, holds and digests get this long.
const AFTERMATH: jiff::SignedDuration = jiff::SignedDuration::from_hours(24);

/// A demo, ready to run.
pub struct Demo {
    pub timeline: Arc<Timeline>,
    pub folder: PathBuf,
    pub address: std::net::SocketAddr,
    clock: Clock,
    running: Running,
}

impl Demo {
    /// Starts server and daemon in `folder`.
    pub async fn start(folder: &Path, listener: Listener) -> anyhow::Result<Self> {
        let timeline = Arc::new(Timeline::shipped());
        let clock = Clock::stepped(timeline.begin());
        let address = server::start(Arc::clone(&timeline), clock.clone()).await.context("cannot serve on 127.0.0.1")?;
        let config = write_config(folder, &timeline, address)?;
        let (config, _) = daemon::load(&config)?;
        let engine = daemon::open(config, clock.clone(), Hooks::default(), None).await?.with_listener(listener);
        let running = Running::start(Arc::new(engine), Service);
        Ok(Self { timeline, folder: folder.to_owned(), address, clock, running })
    }

    /// Lets the story happen; calls `pause` after each step with the time it stepped to.
    pub async fn play(&self, pause: impl Fn(Timestamp) -> Duration) {
        for at in self.steps() {
            self.clock.step_to(at);
            self.running.progress.reached(at).await;
            tokio::time::sleep(pause(at)).await;
        }
    }

    /// The moments at which something happens: the first poll, each item's, and the end.
    fn steps(&self) -> Vec<Timestamp> {
        let later = |at: Timestamp, by| at.checked_add(by).unwrap_or(at);
        let mut steps: Vec<_> = self.timeline.pieces.iter().map(|piece| later(piece.time, POLL_DELAY)).collect();
        steps.insert(0, self.timeline.begin());
        steps.extend(steps.last().map(|last| later(*last, AFTERMATH)));
        steps
    }

    /// Waits for the outbox to empty and stops everything. Returns the Maildir.
    pub async fn finish(self) -> PathBuf {
        deliverer::deliver_due(&self.running.engine).await;
        let maildir = self.running.engine.in_force().config.state.join(MAILDIR);
        self.running.stop().await;
        maildir
    }
}

/// Writes the demo's configuration: the shipped troops watch over the demo's feeds.
fn write_config(folder: &Path, timeline: &Timeline, address: std::net::SocketAddr) -> anyhow::Result<PathBuf> {
    let config = folder.join("config");
    fs::create_dir_all(&config).with_context(|| format!("cannot create `{}`", config.display()))?;
    let state = std::path::absolute(folder)?.join("state");
    let quoted = |path: &Path| toml_string(&path.display().to_string());
    let main = format!(
        "# Written by `newswatch demo`.\n[state]\nfolder = {}\n\n[fetch]\ncontact = \"demo@localhost\"\n\
         allow = [\"127.0.0.0/8\"]\n\n[[recipient]]\nname = \"desk\"\naddress = \"desk@localhost\"\nzone = \"UTC\"\n",
        quoted(&state)
    );
    let watch = format!(
        "[[watch]]\nname = \"DPRK troops in Ukraine\"\nquery = {}\nalert = \"developments\"\nto = [\"desk\"]\n",
        toml_string(WATCH)
    );
    let mut feeds = String::new();
    for outlet in &timeline.outlets {
        feeds += &format!(
            "[[feed]]\nname = {}\nurl = \"http://{address}{}\"\nlang = \"{}\"\ntags = [\"demo\"]\ninterval = \"10m\"\n\n",
            toml_string(&outlet.name),
            outlet.path(),
            outlet.lang
        );
    }
    for (name, text) in [("newswatch.toml", &main), ("watches.toml", &watch), ("feeds.toml", &feeds)] {
        fs::write(config.join(name), text).with_context(|| format!("cannot write `{name}`"))?;
    }
    Ok(config)
}

/// The first of the shipped watches.
pub const WATCH: &str = "DPRK and (Ukraine or Russia) and troops";

/// A TOML basic string; JSON's escapes are a subset of TOML's.
fn toml_string(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
