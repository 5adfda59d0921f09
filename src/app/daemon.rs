//! How does the daemon start, reload and stop?
//!
//! In: a configuration folder, a clock, the process's signals. Out: running tasks, joined at the end. Starting is a reload
//! from nothing: everything that can fail is built first, then one pointer is swapped. It judges no item.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::articles;
use super::deliverer;
use super::engine::{Engine, InForce};
use super::events::Event;
use super::hooks::Hooks;
use super::notices;
use super::poller::{Poller, Progress};
use super::rules::Rules;
use super::service::Service;
use super::wiring;
use crate::clock::Clock;
use crate::config::{self, Config, Problem};
use crate::fetch::{self, Fetcher};
use crate::mail::Mailer;
use crate::model::Timestamp;
use crate::store::Store;

/// How often the configuration folder is looked at, beside SIGHUP.
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// How often old items are forgotten.
const PRUNE_EVERY: Duration = Duration::from_secs(3600);

/// The state database's name in the state folder.
pub const DATABASE: &str = "newswatch.sqlite";
/// Builds everything that a configuration needs, and fails before anything is swapped.
pub fn build(config: Config, clock: &Clock, generation: u64) -> anyhow::Result<InForce> {
    let rules = Rules::of(&config);
    let settings = wiring::fetch_settings(&config, clock.clone());
    let stranger = fetch::Settings { allow: Vec::new(), ..settings.clone() };
    let allows_none = settings.allow.is_empty();
    let fetcher = Fetcher::new(settings)?;
    // One set of queues and connections, as long as there is nothing to keep apart.
    let stranger = if allows_none { fetcher.clone() } else { Fetcher::new(stranger)? };
    let mailer = Mailer::new(wiring::transport(&config))?;
    Ok(InForce { config, rules, fetcher, stranger, mailer, generation })
}

/// An engine over the configuration's state folder.
pub async fn open(config: Config, clock: Clock, hooks: Hooks, since: Option<Timestamp>) -> anyhow::Result<Engine> {
    let state = config.state.clone();
    let in_force = build(config, &clock, 0)?;
    let store = Store::open(&state.join(DATABASE)).await?.with_fault(hooks.fault());
    Ok(Engine::new(clock, store, hooks, in_force, since))
}

/// The daemon's tasks.
pub struct Running {
    pub engine: Arc<Engine>,
    pub progress: Arc<Progress>,
    stop: CancellationToken,
    tasks: TaskTracker,
}

impl Running {
    /// Starts polling and delivering.
    pub fn start(engine: Arc<Engine>, service: Service) -> Self {
        let (stop, tasks, progress) = (CancellationToken::new(), TaskTracker::new(), Arc::new(Progress::default()));
        tasks.spawn(Poller::new(Arc::clone(&engine), service, Arc::clone(&progress)).run(stop.clone()));
        tasks.spawn(deliverer::run(Arc::clone(&engine), stop.clone()));
        tasks.spawn(articles::run(Arc::clone(&engine), stop.clone()));
        tasks.close();
        Self { engine, progress, stop, tasks }
    }

    /// Stops all tasks and waits for them; what is being stored or sent is finished.
    pub async fn stop(self) {
        self.stop.cancel();
        self.tasks.wait().await;
        self.engine.store.close().await;
    }
}

/// Polls everything that is due once, delivers what can be delivered, and returns.
pub async fn run_once(engine: Engine) {
    let engine = Arc::new(engine);
    Poller::new(Arc::clone(&engine), Service, Arc::default()).run_once().await;
    articles::run_once(&engine).await;
    deliverer::deliver_due(&engine).await;
    engine.store.close().await;
}

/// Runs until SIGTERM or SIGINT; reloads at SIGHUP and when the folder changes.
pub async fn run(engine: Engine, folder: &Path) -> anyhow::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut hang_up = signal(SignalKind::hangup())?;
    let mut look = tokio::time::interval(LOOK_EVERY);
    let mut prune = tokio::time::interval(PRUNE_EVERY);
    let service = Service;
    let engine = Arc::new(engine);
    let mut reload = Reload::new(folder, &engine);
    reload.note(&engine, "started").await;
    let running = Running::start(Arc::clone(&engine), service);
    service.ready(&summary(&engine));
    loop {
        tokio::select! {
            _ = terminate.recv() => break,
            _ = interrupt.recv() => break,
            _ = hang_up.recv() => reload.now(&running, service).await,
            _ = look.tick() => if reload.folder_changed() { reload.now(&running, service).await },
            _ = prune.tick() => forget_old(&engine).await,
        }
    }
    tracing::info!("stopping");
    service.stopping();
    running.stop().await;
    Ok(())
}

/// One line for `systemctl status` and the log.
pub fn summary(engine: &Engine) -> String {
    let in_force = engine.in_force();
    let config = &in_force.config;
    format!("{} feeds, {} watches, mail {}", config.feeds.len(), config.watches.len(), in_force.mailer.way())
}

async fn forget_old(engine: &Engine) {
    let keep_days = engine.in_force().config.keep_days;
    if let Err(error) = engine.store.prune(engine.clock.now(), keep_days).await {
        engine.tell(Event::StoreFailed { doing: "forgetting old items".into(), reason: error.to_string() });
    }
}

/// Reading the configuration again.
struct Reload {
    folder: PathBuf,
    /// Fingerprint of the files when they were last read, so that one bad edit is complained of once.
    seen: u64,
    /// Fingerprint of the last edit that was refused: the administrator hears of each once.
    refused: Option<u64>,
}

impl Reload {
    fn new(folder: &Path, engine: &Engine) -> Self {
        Self { folder: folder.to_owned(), seen: engine.in_force().config.hash, refused: None }
    }

    fn folder_changed(&self) -> bool {
        config::fingerprint(&self.folder).is_ok_and(|now| now != self.seen)
    }

    async fn now(&mut self, running: &Running, service: Service) {
        service.reloading();
        let engine = &running.engine;
        self.seen = config::fingerprint(&self.folder).unwrap_or(self.seen);
        match self.load(engine) {
            Ok(changes) => {
                let words = if changes.is_empty() { "nothing changed".to_owned() } else { changes.join("; ") };
                self.note(engine, &format!("reloaded: {words}")).await;
                engine.tell(Event::Reloaded { changes });
                running.progress.nudge.notify_one();
            }
            Err(refused) => {
                self.note(engine, &format!("refused, the old configuration stays in force: {refused}")).await;
                self.notify(engine, &refused).await;
                engine.tell(Event::ReloadRefused { reason: refused });
            }
        }
        service.ready(&summary(engine));
    }

    fn load(&self, engine: &Engine) -> Result<Vec<String>, String> {
        let (config, _) = config::load(&self.folder).map_err(|problems| first_of(&problems))?;
        let old = engine.in_force();
        let changes = config::changes(&old.config, &config);
        let new = build(config, &engine.clock, old.generation + 1).map_err(|error| format!("{error:#}"))?;
        engine.put_in_force(new);
        Ok(changes)
    }

    async fn notify(&mut self, engine: &Engine, problem: &str) {
        if self.refused.replace(self.seen) != Some(self.seen) {
            let folder = self.folder.display();
            let paragraphs = [
                format!("The configuration in {folder} was edited and cannot be used:"),
                problem.to_owned(),
                "The configuration from before the edit stays in force. `newswatch check` shows all problems."
                    .to_owned(),
            ];
            notices::tell(engine, "newswatch refused an edit of its configuration", &paragraphs).await;
        }
    }

    async fn note(&self, engine: &Engine, result: &str) {
        let now = engine.clock.now();
        if let Err(error) = engine.store.note("configuration", result, now).await {
            engine.tell(Event::StoreFailed { doing: "noting the reload".into(), reason: error.to_string() });
        }
    }
}

fn first_of(problems: &[Problem]) -> String {
    let first = problems.first().map(ToString::to_string).unwrap_or_default();
    match problems.len() {
        1 => first,
        more => format!("{first} (and {} more: `newswatch check` shows all)", more - 1),
    }
}

/// Reads a configuration or says what is wrong with it, for commands.
pub fn load(folder: &Path) -> anyhow::Result<(Config, Vec<Problem>)> {
    config::load(folder)
        .map_err(|problems| anyhow::anyhow!("{}", first_of(&problems)))
        .with_context(|| format!("the configuration in `{}` cannot be used", folder.display()))
}
