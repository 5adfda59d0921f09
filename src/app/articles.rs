//! Who gets the articles?
//!
//! In: the requests in the store that are due. Out: each page fetched as its site's `robots.txt` allows, its text handed to
//! the engine as a later version of its item, and what failed tried again or given up. One task beside the poller; no alert
//! waits for it. What to fetch, when, and when to stop is decided by `article`.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use url::Url;

use super::engine::Engine;
use super::events::Event;
use super::poller::after;
use crate::article::{self, AT_ONCE_MAX, Next, Request, Why};
use crate::fetch::Fetcher;
use crate::model::{FailureKind, FetchFailure, ItemId, StateKind, Timestamp};
use crate::parse::{self, Hints, Robots, robots_address};
use crate::store::Outcome;

/// With nothing to do, look again after this long.
const REST_S: i64 = 60;
/// How long a site's `robots.txt` counts, and how long its absence by a fault does (RFC 9309, section 2.4).
const ROBOTS_KEPT_S: i64 = 24 * 3_600;
const ROBOTS_RETRIED_S: i64 = 600;
/// Sites whose `robots.txt` is remembered; beyond that all are forgotten and asked again.
const SITES_MAX: usize = 1_000;
/// A text shorter than this tells no more than its headline, in bytes.
const TEXT_BYTES_MIN: usize = 200;
/// Name of the line in `status`.
const FACT: &str = "articles";

/// What one attempt came to.
enum Landed {
    /// From its site, or from an item of another feed that has the same article.
    Text(String),
    Failed(FetchFailure),
    /// The daemon stops.
    Stopped,
}

/// The task's own state.
struct Articles {
    engine: Arc<Engine>,
    sites: Sites,
    flights: JoinSet<(ItemId, Request, Landed)>,
    busy: BTreeSet<String>,
    told: Told,
}

/// What `status` is told, since the start.
#[derive(Default)]
struct Told {
    read: u64,
    given_up: u64,
    last_failure: Option<String>,
    /// The line as it was stored last.
    is_told: Option<String>,
}

/// Fetches until told to stop.
pub async fn run(engine: Arc<Engine>, stop: CancellationToken) {
    let mut articles = Articles::new(Arc::clone(&engine));
    while !stop.is_cancelled() {
        let wake = articles.turn(&stop, false).await;
        let clock = engine.clock.clone();
        tokio::select! {
            () = stop.cancelled() => {}
            () = clock.sleep_until(wake) => {}
            () = engine.article_bell.notified() => {}
            Some(landed) = articles.flights.join_next() => articles.land(landed).await,
        }
    }
    while let Some(landed) = articles.flights.join_next().await {
        articles.land(landed).await;
    }
}

/// Fetches what is due of whole feeds, once: for `run --once`, which must end. Half matches are the daemon's.
pub async fn run_once(engine: &Arc<Engine>) {
    let stop = CancellationToken::new();
    let mut articles = Articles::new(Arc::clone(engine));
    loop {
        articles.turn(&stop, true).await;
        match articles.flights.join_next().await {
            Some(landed) => articles.land(landed).await,
            None => return,
        }
    }
}

impl Articles {
    fn new(engine: Arc<Engine>) -> Self {
        let (sites, flights) = (Sites::default(), JoinSet::new());
        Self { engine, sites, flights, busy: BTreeSet::new(), told: Told::default() }
    }

    /// Gives up what is overdue and starts what is due; says when to look again.
    async fn turn(&mut self, stop: &CancellationToken, only_full: bool) -> Timestamp {
        let now = self.engine.clock.now();
        let rows = match self.engine.store.state_rows_of(StateKind::Article).await {
            Ok(rows) => rows,
            Err(error) => {
                self.trouble("reading the articles to fetch", error.to_string());
                return after(now, REST_S);
            }
        };
        let (mut waiting, mut over) = article::restore(&rows);
        over.extend(article::overdue(&waiting, now));
        for id in &over {
            waiting.remove(id);
        }
        self.give_up(&over).await;
        let fitting: BTreeMap<ItemId, Request> = waiting
            .iter()
            .filter(|(_, own)| !only_full || own.why == Why::FullText)
            .map(|(id, own)| (*id, own.clone()))
            .collect();
        let room = AT_ONCE_MAX.saturating_sub(self.flights.len());
        for id in article::next(&fitting, &self.busy, now, room) {
            let request = fitting[&id].clone();
            self.busy.insert(request.host.clone());
            let (engine, sites, stop) = (Arc::clone(&self.engine), self.sites.clone(), stop.clone());
            self.flights.spawn(async move {
                let landed = tokio::select! {
                    landed = attempt(&engine, &sites, id, &request) => landed,
                    () = stop.cancelled() => Landed::Stopped,
                };
                (id, request, landed)
            });
        }
        let later = fitting.values().map(|own| own.due).filter(|due| *due > now).min();
        self.tell(waiting.len(), now).await;
        later.unwrap_or(Timestamp::MAX).min(after(now, REST_S))
    }

    async fn land(&mut self, landed: Result<(ItemId, Request, Landed), tokio::task::JoinError>) {
        let (id, request, landed) = match landed {
            Ok(landed) => landed,
            Err(error) => {
                // Which host it was is lost with the task; none may stay busy for ever.
                tracing::error!(%error, "fetching an article ended in a bug of ours; it will be tried again");
                if self.flights.is_empty() {
                    self.busy.clear();
                }
                return;
            }
        };
        self.busy.remove(&request.host);
        let now = self.engine.clock.now();
        match landed {
            Landed::Text(text) => match self.engine.take_article(id, text, now).await {
                Ok(_) => self.told.read += 1,
                // The request is still in the store.
                Err(error) => self.trouble("storing an article", error.to_string()),
            },
            Landed::Failed(failure) => match article::after_failure(&request, &failure, now) {
                Next::Again(again) => self.store_rows(&[article::row(id, Some(&again))]).await,
                Next::GiveUp(reason) => {
                    tracing::debug!(item = %id, reason, "article given up");
                    self.told.last_failure = Some(reason);
                    self.give_up(&[id]).await;
                }
            },
            Landed::Stopped => {}
        }
    }

    async fn give_up(&mut self, ids: &[ItemId]) {
        if !ids.is_empty() {
            self.told.given_up += ids.len() as u64;
            let rows: Vec<_> = ids.iter().map(|id| article::row(*id, None)).collect();
            self.store_rows(&rows).await;
        }
    }

    async fn store_rows(&self, rows: &[crate::model::StateRow]) {
        let outcome = Outcome { state_rows: rows, ..Outcome::default() };
        if let Err(error) = self.engine.store.commit_due(&outcome).await {
            self.trouble("storing what became of an article", error.to_string());
        }
    }

    fn trouble(&self, doing: &str, reason: String) {
        self.engine.tell(Event::StoreFailed { doing: doing.into(), reason });
    }

    /// The line in `status`; none as long as no article was ever wanted.
    async fn tell(&mut self, waiting: usize, now: Timestamp) {
        let Told { read, given_up, last_failure, .. } = &self.told;
        if waiting == 0 && *read == 0 && *given_up == 0 {
            return;
        }
        let last = last_failure.as_ref().map(|reason| format!(", the last because {reason}")).unwrap_or_default();
        let line = format!("{waiting} wait, {read} read, {given_up} given up since the start{last}");
        if self.told.is_told.as_ref() != Some(&line) {
            if let Err(error) = self.engine.store.note(FACT, &line, now).await {
                self.trouble("noting the articles", error.to_string());
            }
            self.told.is_told = Some(line);
        }
    }
}

/// One article: from the store where it is there already, else from its site.
async fn attempt(engine: &Engine, sites: &Sites, id: ItemId, request: &Request) -> Landed {
    if let Some(text) = known(engine, id).await {
        return Landed::Text(text);
    }
    match fetch(engine, sites, request).await {
        Ok(text) => Landed::Text(text),
        Err(failure) => Landed::Failed(failure),
    }
}

/// The text that another item with the same link has.
async fn known(engine: &Engine, id: ItemId) -> Option<String> {
    let link = engine.store.item(id).await.ok()??.canonical_link?;
    let items = engine.store.items_with_link(&link).await.ok()?;
    let same = items.into_iter().filter(|item| item.id != id && item.canonical_link.as_ref() == Some(&link));
    same.filter_map(|item| item.text).find(|text| text.len() >= 5 * TEXT_BYTES_MIN)
}

async fn fetch(engine: &Engine, sites: &Sites, request: &Request) -> Result<String, FetchFailure> {
    engine.hooks.before("fetch").map_err(|reason| failed(reason, FailureKind::Transient))?;
    let fetcher = engine.fetcher_for(request.is_at_home);
    sites.allow(engine, &fetcher, &request.link).await?;
    let body = fetcher.page(&request.link).await?;
    if body.final_url != request.link {
        sites.allow(engine, &fetcher, &body.final_url).await?;
    }
    let host = request.host.clone();
    let read = tokio::task::spawn_blocking(move || {
        parse::article(
            &body.bytes,
            &Hints { content_type: body.content_type.as_deref(), base: Some(&body.final_url), page: None },
        )
    });
    let bug =
        |_| failed("the reader gave up on an article (a bug of ours; please report it)".into(), FailureKind::Broken);
    let text = read.await.map_err(bug)?.map(|article| article.text).filter(|text| text.len() >= TEXT_BYTES_MIN);
    text.ok_or_else(|| failed(format!("no text was found in a page of `{host}`"), FailureKind::Broken))
}

fn failed(reason: String, kind: FailureKind) -> FetchFailure {
    FetchFailure { reason, kind, retry_after_s: None }
}

/// What the sites' `robots.txt` allow.
#[derive(Clone, Default)]
struct Sites(Arc<tokio::sync::Mutex<BTreeMap<String, (Robots, Timestamp)>>>);

impl Sites {
    /// Whether a page may be fetched; asks its site where that is not known.
    async fn allow(&self, engine: &Engine, fetcher: &Fetcher, link: &str) -> Result<(), FetchFailure> {
        let url = Url::parse(link).map_err(|error| failed(format!("no address: {error}"), FailureKind::Broken))?;
        let address = robots_address(&url).ok_or_else(|| failed("no web address".into(), FailureKind::Broken))?;
        let host = url.host_str().unwrap_or_default().to_owned();
        let now = engine.clock.now();
        let known = self.0.lock().await.get(address.as_str()).filter(|(_, until)| *until > now).cloned();
        let robots = match known {
            Some((robots, _)) => robots,
            None => {
                let (robots, kept_s) = match fetcher.file(address.as_str()).await {
                    Ok(Some(bytes)) => (Robots::read(&bytes), ROBOTS_KEPT_S),
                    Ok(None) => (Robots::absent(), ROBOTS_KEPT_S),
                    Err(failure) if failure.kind == FailureKind::Broken => return Err(failure),
                    Err(failure) => {
                        tracing::debug!(host, failure.reason, "no robots.txt");
                        (Robots::unreachable(), ROBOTS_RETRIED_S)
                    }
                };
                let mut sites = self.0.lock().await;
                if sites.len() >= SITES_MAX {
                    sites.clear();
                }
                sites.insert(address.into(), (robots.clone(), after(now, kept_s)));
                robots
            }
        };
        match robots.allows(&url) {
            true => Ok(()),
            false if robots.is_unreachable() => {
                Err(failed(format!("the robots.txt of `{host}` cannot be had"), FailureKind::Transient))
            }
            false => Err(failed(format!("the robots.txt of `{host}` asks not to read its pages"), FailureKind::Broken)),
        }
    }
}
