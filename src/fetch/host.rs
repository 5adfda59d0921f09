//! Whose turn is it?
//!
//! In: the name of a host. Out: a [`Slot`], which is the right to send one request to it, held until it is dropped. Each
//! host has a queue of its own, so that one that hangs delays nobody else; the bound over all hosts is taken last.
//! It never speaks to the host.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, sleep_until, timeout};
use url::Origin;

use super::error;
use super::policy::Network;
use super::settings::Settings;
use crate::model::FetchFailure;

/// Hosts remembered before those that nobody needs are forgotten.
const HOSTS_SWEPT_AT: usize = 1024;

/// The bounds of the queues.
#[derive(Clone, Copy)]
pub struct Limits {
    pub in_flight: usize,
    pub per_host: usize,
    pub pace: Duration,
    pub queue_timeout: Duration,
}

/// The queues of all hosts in use.
pub struct Hosts {
    limits: Limits,
    /// Networks of the user's own, which need no manners.
    own: Vec<Network>,
    everywhere: Arc<Semaphore>,
    table: Mutex<Table>,
}

struct Table {
    hosts: BTreeMap<String, Arc<Host>>,
    sweep_at: usize,
}

/// One host's queue.
struct Host {
    places: Arc<Semaphore>,
    /// Between the starts of two requests.
    pace: Duration,
    /// When the next request may start.
    next_start: Mutex<Instant>,
    /// The last time that no connection came about, and what was said of it.
    down: Mutex<Option<(Instant, Origin, FetchFailure)>>,
}

/// The right to send one request to one host.
pub struct Slot {
    host: Arc<Host>,
    _place_at_host: Option<OwnedSemaphorePermit>,
    place: Place,
}

/// One of the requests that may be on their way at once, over all hosts.
#[derive(Debug, Default)]
pub struct Place(#[expect(dead_code, reason = "held, not used")] Option<OwnedSemaphorePermit>);

impl Limits {
    /// The bounds in the settings; a bound of zero would wait for ever and means one.
    pub fn of(settings: &Settings) -> Self {
        Self {
            in_flight: settings.max_in_flight.max(1),
            per_host: settings.max_per_host.max(1),
            pace: settings.host_pace,
            queue_timeout: settings.queue_timeout,
        }
    }
}

impl Hosts {
    /// Empty queues.
    pub fn new(limits: Limits, own: Vec<Network>) -> Self {
        let table = Table { hosts: BTreeMap::new(), sweep_at: HOSTS_SWEPT_AT };
        Self { limits, own, everywhere: Arc::new(Semaphore::new(limits.in_flight)), table: Mutex::new(table) }
    }

    /// Waits for a turn at `name`: first come, first served. Who is waiting while another finds the same `origin` out of
    /// reach shares that answer instead of finding out again, so a dead host's queue is empty at once.
    pub async fn enter(&self, name: &str, origin: &Origin) -> Result<Slot, FetchFailure> {
        let waited = timeout(self.limits.queue_timeout, self.wait(self.host(name), origin)).await;
        waited.unwrap_or_else(|_| Err(error::queue_too_long(name, self.limits.queue_timeout)))
    }

    async fn wait(&self, host: Arc<Host>, origin: &Origin) -> Result<Slot, FetchFailure> {
        let queued = Instant::now();
        // The semaphores are never closed, so a permit always comes.
        let place_at_host = Arc::clone(&host.places).acquire_owned().await.ok();
        if let Some(failure) = host.down_since(queued, origin) {
            return Err(failure);
        }
        if let Some(start) = host.take_start() {
            sleep_until(start).await;
        }
        let place = Place(Arc::clone(&self.everywhere).acquire_owned().await.ok());
        Ok(Slot { host, _place_at_host: place_at_host, place })
    }

    /// An address within the networks that the user allowed: a server of one's own.
    fn is_own(&self, name: &str) -> bool {
        let address = name.trim_matches(['[', ']']).parse::<IpAddr>();
        address.is_ok_and(|address| self.own.iter().any(|network| network.contains(address)))
    }

    fn host(&self, name: &str) -> Arc<Host> {
        let mut table = locked(&self.table);
        if let Some(host) = table.hosts.get(name) {
            return Arc::clone(host);
        }
        table.sweep();
        let host = Arc::new(Host {
            places: Arc::new(Semaphore::new(self.limits.per_host)),
            pace: if self.is_own(name) { Duration::ZERO } else { self.limits.pace },
            next_start: Mutex::new(Instant::now()),
            down: Mutex::new(None),
        });
        table.hosts.insert(name.to_owned(), Arc::clone(&host));
        host
    }
}

impl Table {
    /// Forgets hosts that nobody uses and that may be asked at once. Grows with those in use, which the callers bound.
    fn sweep(&mut self) {
        if self.hosts.len() < self.sweep_at {
            return;
        }
        let now = Instant::now();
        self.hosts.retain(|_, host| Arc::strong_count(host) > 1 || *locked(&host.next_start) > now);
        self.sweep_at = HOSTS_SWEPT_AT.max(self.hosts.len() * 2);
    }
}

impl Host {
    /// Reserves the next start, `None` for at once (a timer would cost a millisecond); the one after it is `pace` later.
    fn take_start(&self) -> Option<Instant> {
        let mut next = locked(&self.next_start);
        let now = Instant::now();
        let start = now.max(*next);
        *next = start + self.pace;
        (start > now).then_some(start)
    }

    fn down_since(&self, queued: Instant, origin: &Origin) -> Option<FetchFailure> {
        let down = locked(&self.down);
        let same = down.as_ref().filter(|(at, which, _)| *at >= queued && which == origin);
        same.map(|(_, _, failure)| failure.clone())
    }
}

impl Slot {
    /// Leaves the host to others.
    pub fn leave(self) -> Place {
        self.place
    }

    /// Are others being served by this host, or waiting for it?
    pub fn is_crowded(&self) -> bool {
        // One reference is in the table, one here.
        Arc::strong_count(&self.host) > 2
    }

    /// No connection to `origin` came about: those who wait already need not try.
    pub fn out_of_reach(&self, origin: Origin, failure: &FetchFailure) {
        *locked(&self.host.down) = Some((Instant::now(), origin, failure.clone()));
    }
}

/// Nothing can be left half done under these locks, so a panic elsewhere does not matter.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hosts(per_host: usize, pace_ms: u64, queue_ms: u64) -> Hosts {
        let (pace, queue_timeout) = (Duration::from_millis(pace_ms), Duration::from_millis(queue_ms));
        Hosts::new(Limits { in_flight: 8, per_host, pace, queue_timeout }, Vec::new())
    }

    fn origin(url: &str) -> Origin {
        url::Url::parse(url).expect(url).origin()
    }

    async fn enter(hosts: &Hosts, name: &str) -> Result<Slot, FetchFailure> {
        hosts.enter(name, &origin(&format!("http://{name}/"))).await
    }

    #[tokio::test]
    async fn those_who_wait_share_a_dead_hosts_answer_and_later_ones_try_anew() {
        let hosts = hosts(1, 0, 5_000);
        let first = enter(&hosts, "dead").await.expect("free");
        let elsewhere = origin("https://dead/");
        let (second, other_port, ()) = tokio::join!(enter(&hosts, "dead"), hosts.enter("dead", &elsewhere), async {
            tokio::task::yield_now().await;
            first.out_of_reach(origin("http://dead/"), &error::transient("connection refused".into()));
            drop(first);
        });
        assert_eq!(second.err().map(|failure| failure.reason).as_deref(), Some("connection refused"));
        assert!(other_port.is_ok(), "another port may be alive");
        drop(other_port);
        assert!(enter(&hosts, "dead").await.is_ok());
    }

    #[tokio::test]
    async fn starts_are_spread_and_waiting_has_an_end() {
        let hosts = hosts(2, 30, 60);
        let begun = Instant::now();
        let _first = enter(&hosts, "a").await.expect("free");
        let _second = enter(&hosts, "a").await.expect("free");
        assert!(begun.elapsed() >= Duration::from_millis(30));
        let third = enter(&hosts, "a").await.err().expect("both places are taken");
        assert_eq!(third.reason, "waited 0.06 s for a turn at `a`, which is slow or has many feeds");
        assert!(enter(&hosts, "b").await.is_ok(), "another host is free");
    }

    #[tokio::test]
    async fn unused_hosts_are_forgotten() {
        let hosts = hosts(2, 0, 100);
        let kept = enter(&hosts, "kept").await;
        for number in 0..3 * HOSTS_SWEPT_AT {
            let _ = enter(&hosts, &number.to_string()).await;
        }
        let table = locked(&hosts.table);
        assert!(table.hosts.len() <= HOSTS_SWEPT_AT && table.hosts.contains_key("kept"));
        drop(kept);
    }
}
