//! When is what polled?
//!
//! In: the configured feeds with what is remembered of them, the clock. Out: each due feed fetched, read and handed to the
//! engine; held alerts released when their time comes. One task; polls run beside each other, within bounds.
//! It decides no due time (`schedule` does) and keeps no item.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use tokio::sync::{Notify, Semaphore, watch};
use tokio::task::{self, JoinSet};
use tokio_util::sync::CancellationToken;

use super::engine::Engine;
use super::events::Event;
use super::notices;
use super::service::Service;
use super::sitemaps;
use super::writer::{Came, Poll};
use crate::model::{Body, Feed, FeedId, FeedState, Fetched, Lease, PageRules, Parsed, Timestamp};
use crate::parse;
use crate::schedule::{self, Start};

/// Polls that run or queue for their host at once; `fetch` bounds the requests. Far more than those, so that one slow host
/// with many feeds does not keep the others out.
const IN_FLIGHT_MAX: usize = 1_000;
/// Bodies read at once: more would share the same cores, each with a thread and memory of its own.
static READERS: Semaphore = Semaphore::const_new(2);
/// After the store refused a poll, its feed rests this long.
const STORE_REST_S: i64 = 60;
/// The loop looks at the world at least this often, so that the watchdog hears of it.
const TICK_MAX_S: i64 = 20;

/// The polling task's own state.
pub struct Poller {
    engine: Arc<Engine>,
    service: Service,
    start: Start,
    feeds: BTreeMap<FeedId, (FeedState, Feed)>,
    flights: JoinSet<Option<FeedState>>,
    in_flight: HashMap<task::Id, FeedId>,
    flying: BTreeSet<FeedId>,
    progress: Arc<Progress>,
}

/// A poll's end: the feed's next state, or nothing where nothing was stored.
type Landed = Result<(task::Id, Option<FeedState>), task::JoinError>;

/// How far the poller has come, for those who wait for it.
pub struct Progress {
    /// Everything that was due up to this time is done.
    done: watch::Sender<Timestamp>,
    /// Wakes the poller before its time.
    pub nudge: Notify,
}

impl Default for Progress {
    fn default() -> Self {
        Self { done: watch::Sender::new(Timestamp::MIN), nudge: Notify::new() }
    }
}

impl Progress {
    /// Waits until everything due up to `at` is done.
    pub async fn reached(&self, at: Timestamp) {
        let _ = self.done.subscribe().wait_for(|done| *done >= at).await;
    }
}

impl Poller {
    /// A poller of the engine's current feeds.
    pub fn new(engine: Arc<Engine>, service: Service, progress: Arc<Progress>) -> Self {
        Self {
            engine,
            service,
            start: Start { at: Timestamp::MIN, feeds: 0 },
            feeds: BTreeMap::new(),
            flights: JoinSet::new(),
            in_flight: HashMap::new(),
            flying: BTreeSet::new(),
            progress,
        }
    }

    /// Polls until told to stop; lets what is being stored finish.
    pub async fn run(mut self, stop: CancellationToken) {
        let mut generation = None;
        while !stop.is_cancelled() {
            if generation != Some(self.engine.generation()) {
                // Where the store could not be read, the next turn tries again.
                let new = self.engine.generation();
                generation = if self.adopt().await { Some(new) } else { None };
            }
            let wake = self.turn(&stop).await;
            self.service.alive();
            let clock = self.engine.clock.clone();
            let progress = Arc::clone(&self.progress);
            tokio::select! {
                () = stop.cancelled() => {}
                () = clock.sleep_until(wake) => {}
                () = progress.nudge.notified() => {}
                Some(landed) = self.flights.join_next_with_id() => self.land_all(landed),
            }
        }
        while let Some(landed) = self.flights.join_next_with_id().await {
            self.land(landed);
        }
    }

    /// Polls everything that is due now, once, and returns when all of it is stored.
    pub async fn run_once(mut self) {
        if !self.adopt().await {
            return;
        }
        // A round is over when all is done: nothing is put off to spread the load.
        self.start.feeds = 0;
        let stop = CancellationToken::new();
        loop {
            // The present each time: a feed that was just polled is not due, by any earlier clock it would seem to be.
            self.start_due(self.engine.clock.now(), &stop);
            match self.flights.join_next_with_id().await {
                Some(landed) => self.land_all(landed),
                None => break,
            }
        }
        self.engine.settle(self.engine.clock.now()).await;
    }

    /// Releases what is held, starts what is due; says when to look again.
    async fn turn(&mut self, stop: &CancellationToken) -> Timestamp {
        let now = self.engine.clock.now();
        let held = self.engine.settle(now).await;
        self.take_pushes(now);
        self.start_due(now, stop);
        if self.in_flight.is_empty() {
            self.progress.done.send_replace(now);
        }
        let feeds = self.feeds.iter().filter(|(id, _)| !self.flying.contains(id));
        let next_feed = feeds.filter_map(|(_, (state, feed))| schedule::due_at(feed, state, self.start, now)).min();
        let tick = after(now, TICK_MAX_S);
        // A feed that is due but found no room waits for a landing, not for a time.
        let next_feed = next_feed.filter(|at| *at > now);
        [next_feed, held, Some(tick)].into_iter().flatten().min().unwrap_or(tick)
    }

    /// Takes over the configured feeds; what is in flight lands as it may. Never without their states: a feed without one is
    /// a new feed, whose first items alert nobody.
    async fn adopt(&mut self) -> bool {
        let mut states = match self.engine.store.feed_states().await {
            Ok(states) => states,
            Err(error) => {
                self.engine.tell(Event::StoreFailed { doing: "reading feed states".into(), reason: error.to_string() });
                return false;
            }
        };
        let now = self.engine.clock.now();
        let feeds = self.engine.in_force().config.feeds.clone();
        self.start = Start { at: now, feeds: feeds.len() };
        let with_state = |feed: Feed| (feed.id, (states.remove(&feed.id).unwrap_or_default(), feed));
        self.feeds = feeds.into_iter().map(with_state).collect();
        if let Some(websub) = &self.engine.websub {
            websub.adopt(self.feeds.values());
        }
        true
    }

    /// What hubs pushed is stored like a poll. Where they only said that there is something, it is polled for.
    fn take_pushes(&mut self, now: Timestamp) {
        let Some(websub) = self.engine.websub.clone() else { return };
        for push in websub.take(|id| !self.flying.contains(&id)) {
            let Some((state, feed)) = self.feeds.get_mut(&push.feed).filter(|(state, _)| state.primed) else {
                continue;
            };
            let Some(bytes) = push.bytes else {
                let soonest = state.last_attempt.map_or(now, |last| after(last, feed.interval_min_s.into()));
                state.next_due = state.next_due.map(|due| due.min(soonest.max(now)));
                continue;
            };
            let (state, feed, engine) = (state.clone(), feed.clone(), Arc::clone(&self.engine));
            let body = Body {
                bytes,
                content_type: push.content_type,
                final_url: push.topic,
                moved_to: None,
                validators: state.validators.clone(),
                max_age_s: None,
                hub: None,
                topic: None,
            };
            let flight = self.flights.spawn(async move { pushed(&engine, feed, state, body).await });
            self.in_flight.insert(flight.id(), push.feed);
            self.flying.insert(push.feed);
        }
    }

    fn start_due(&mut self, now: Timestamp, stop: &CancellationToken) {
        let ready = |(id, (state, feed)): (&FeedId, &(FeedState, Feed))| {
            let due = schedule::due_at(feed, state, self.start, now).filter(|at| *at <= now)?;
            (!self.flying.contains(id)).then_some((due, *id))
        };
        let mut due: Vec<_> = self.feeds.iter().filter_map(ready).collect();
        due.sort();
        let room = IN_FLIGHT_MAX.saturating_sub(self.in_flight.len());
        for (_, id) in due.into_iter().take(room) {
            let (state, feed) = self.feeds[&id].clone();
            let (engine, stop) = (Arc::clone(&self.engine), stop.clone());
            let flight = self.flights.spawn(async move { poll(&engine, feed, state, &stop).await });
            self.in_flight.insert(flight.id(), id);
            self.flying.insert(id);
        }
    }

    /// Polls are stored together and land together: all of them at once, before the next look at what is due.
    fn land_all(&mut self, first: Landed) {
        self.land(first);
        while let Some(landed) = self.flights.try_join_next_with_id() {
            self.land(landed);
        }
    }

    fn land(&mut self, landed: Landed) {
        let (flight, state) = match landed {
            Ok((flight, state)) => (flight, state),
            Err(error) => {
                tracing::error!(%error, "a poll ended in a bug of ours; its feed will be polled again");
                (error.id(), None)
            }
        };
        let Some(id) = self.in_flight.remove(&flight) else { return };
        self.flying.remove(&id);
        match (state, self.feeds.get_mut(&id)) {
            (Some(state), Some(known)) => known.0 = state,
            (None, Some(_)) => self.rest(id, self.engine.clock.now()),
            (_, None) => {}
        }
    }

    fn rest(&mut self, id: FeedId, now: Timestamp) {
        if let Some((state, _)) = self.feeds.get_mut(&id) {
            state.last_attempt = Some(now);
            state.next_due = Some(after(now, STORE_REST_S));
        }
    }
}

/// So many seconds later; time does not end here, but its arithmetic does: saturates.
pub(super) fn after(now: Timestamp, seconds: i64) -> Timestamp {
    now.checked_add(jiff::SignedDuration::from_secs(seconds)).unwrap_or(Timestamp::MAX)
}

/// A push, from its bytes to a stored result. What cannot be read or stored is left to the next poll.
async fn pushed(engine: &Engine, feed: Feed, mut state: FeedState, body: Body) -> Option<FeedState> {
    let at = engine.clock.now();
    state.lease = lease(engine, &feed, &state);
    let Came::Entries { body, parsed, .. } = read(&feed, body).await else {
        tracing::info!(feed = feed.name, "a push that is no feed was left unread");
        return Some(state);
    };
    let (id, before) = (feed.id, state.clone());
    let came = Came::Entries { body, parsed, pushed: true };
    match engine.store_poll(Poll { feed, state, came, at }).await {
        Ok(next) => {
            note_lease(engine, id, &next);
            Some(next)
        }
        Err(error) => {
            engine.tell(Event::StoreFailed { doing: "storing a push".into(), reason: error.to_string() });
            // The next poll finds what the push brought.
            Some(FeedState { next_due: Some(after(at, STORE_REST_S)), ..before })
        }
    }
}

fn lease(engine: &Engine, feed: &Feed, state: &FeedState) -> Option<Lease> {
    engine.websub.as_ref().map_or_else(|| state.lease.clone(), |websub| websub.lease(feed.id))
}

fn note_lease(engine: &Engine, id: FeedId, next: &FeedState) {
    if let Some(websub) = &engine.websub {
        websub.note(id, next.lease.as_ref());
    }
}

/// One poll, from request to stored result. `None`: nothing was stored, try again soon.
async fn poll(engine: &Engine, feed: Feed, mut state: FeedState, stop: &CancellationToken) -> Option<FeedState> {
    let (fetched, mut place) = tokio::select! {
        fetched = engine.fetch(&feed, &state) => fetched,
        () = stop.cancelled() => return None,
    };
    let at = engine.clock.now();
    let came = match fetched {
        Fetched::Body(body) => match read(&feed, body).await {
            // What it names waits for places of its own.
            Came::Entries { body, parsed, .. } if !parsed.sitemaps.is_empty() => {
                drop(std::mem::take(&mut place));
                tokio::select! {
                    came = sitemaps::follow(engine, &feed, body, parsed) => came,
                    () = stop.cancelled() => return None,
                }
            }
            came => came,
        },
        Fetched::NotModified { validators, max_age_s } => Came::NotModified { validators, max_age_s },
        Fetched::Failed(failure) => Came::Failed(failure),
    };
    let failed = !matches!(came, Came::Entries { .. } | Came::NotModified { .. });
    let (was_gone, name, url) = (state.gone, feed.name.clone(), feed.url.clone());
    state.lease = lease(engine, &feed, &state);
    let subscriber = engine.websub.as_ref().map(|websub| (websub, feed.clone()));
    let stored = engine.store_poll(Poll { feed, state, came, at }).await;
    // Until here, so that what waits to be stored is bounded like what is on its way.
    drop(place);
    if let (Some((websub, feed)), Ok(next)) = (subscriber, &stored) {
        websub.note(feed.id, next.lease.as_ref());
        websub.renew(&engine.in_force().fetcher, &feed, next, at).await;
    }
    match stored {
        Ok(next) if failed => {
            if next.gone && !was_gone {
                tell_gone(engine, &name, &url).await;
            }
            let reason = next.last_error.clone().unwrap_or_default();
            engine.tell(Event::FeedFailed { feed: name, reason, failures: next.failures });
            Some(next)
        }
        Ok(next) => Some(next),
        Err(error) => {
            let doing = format!("storing the poll of `{name}`");
            engine.tell(Event::StoreFailed { doing, reason: error.to_string() });
            None
        }
    }
}

/// Parses on a blocking thread: it is CPU work on hostile input, and a panic there costs this feed one error.
pub(super) async fn parse_aside(body: &mut Body, page: Option<PageRules>, what: &str) -> Result<Parsed, String> {
    // Never closed, so a permit always comes.
    let _permit = READERS.acquire().await;
    let bytes = std::mem::take(&mut body.bytes);
    let (content_type, base) = (body.content_type.clone(), body.final_url.clone());
    let parsed = tokio::task::spawn_blocking(move || {
        let content_type = content_type.as_deref();
        parse::parse(&bytes, &parse::Hints { content_type, base: Some(&base), page: page.as_ref() })
    });
    match parsed.await {
        Ok(Parsed { error: Some(reason), .. }) => Err(reason),
        Ok(parsed) => Ok(parsed),
        Err(_) => Err(format!("the reader gave up on {what} (a bug of ours; please report it)")),
    }
}

async fn read(feed: &Feed, mut body: Body) -> Came {
    match parse_aside(&mut body, feed.page.clone(), "this feed").await {
        Ok(parsed) => Came::Entries { body, parsed: Box::new(parsed), pushed: false },
        Err(reason) => Came::NotAFeed(reason),
    }
}

async fn tell_gone(engine: &Engine, name: &str, url: &str) {
    let gone = format!("The server of {name} says that the feed is gone for good (410): {url}");
    let advice = "It is not polled any more. Remove it from the configuration, or give its new address.".to_owned();
    notices::tell(engine, "a feed is gone", &[gone, advice]).await;
}
