//! What does the server answer?
//!
//! In: a feed and what is remembered of it, or a bare address. Out: a [`Fetched`]: a body within its bounds, "nothing
//! new", or one plain sentence about what went wrong. It connects only to addresses that the policy allows, keeps to two
//! requests a host, and follows redirects itself. It never retries (`schedule` decides when) and never reads a feed.
//!
//! One file, one idea: [`policy`] addresses, [`resolve`] names, [`client`] the connection, [`host`] the queue of each
//! host, [`order`] what is asked for, [`request`] the walk along redirects, [`body`] and [`decode`] bytes within bounds,
//! [`outcome`] status and headers, [`error`] the words.

mod body;
mod client;
mod decode;
mod error;
mod host;
mod link;
mod order;
mod outcome;
mod policy;
mod post;
mod request;
mod resolve;
mod settings;
#[cfg(test)]
mod tests;

use std::sync::Arc;

pub use client::install_tls;
pub use error::SetupError;
pub use host::Place;
pub use policy::{Network, NetworkError};
pub use settings::Settings;

use crate::model::{Body, Feed, FeedState, FetchFailure, Fetched};
use client::Clients;
use host::Hosts;
use order::Order;
use policy::Policy;

/// Asks servers for feeds. Cheap to clone; all clones share their queues and connections.
#[derive(Clone)]
pub struct Fetcher(Arc<Shared>);

/// What all requests share.
struct Shared {
    settings: Settings,
    policy: Arc<Policy>,
    clients: Clients,
    hosts: Arc<Hosts>,
}

impl Fetcher {
    /// A fetcher with these settings, or what is missing on this machine. Connects to nothing yet.
    pub fn new(settings: Settings) -> Result<Self, SetupError> {
        let policy = Arc::new(Policy::new(settings.allow.clone()));
        let clients = Clients::build(&settings, Arc::clone(&policy))?;
        let hosts = Arc::new(Hosts::new(host::Limits::of(&settings), settings.allow.clone()));
        Ok(Self(Arc::new(Shared { settings, policy, clients, hosts })))
    }

    /// The same queues and the same TLS, without the networks that the user allowed: for addresses that strangers name.
    pub fn for_strangers(&self) -> Result<Self, SetupError> {
        if self.0.settings.allow.is_empty() {
            return Ok(self.clone());
        }
        let settings = Settings { allow: Vec::new(), ..self.0.settings.clone() };
        let policy = Arc::new(Policy::new(Vec::new()));
        let clients = self.0.clients.under(&settings, Arc::clone(&policy))?;
        let hosts = Arc::clone(&self.0.hosts);
        Ok(Self(Arc::new(Shared { settings, policy, clients, hosts })))
    }

    /// Polls a feed once. Waits for its turn in the host's queue first. Dropping the future gives the request up. The [`Place`]
    /// is one of the requests that may be on their way; who holds it until the body is dealt with bounds the bodies that
    /// wait for that, too.
    pub async fn fetch_and_hold(&self, feed: &Feed, state: &FeedState) -> (Fetched, Place) {
        match Order::of_feed(feed, state) {
            Ok(order) => self.place(&order).await,
            Err(failure) => (Fetched::Failed(failure), Place::default()),
        }
    }

    /// The same without the place.
    #[cfg(test)]
    async fn fetch(&self, feed: &Feed, state: &FeedState) -> Fetched {
        self.fetch_and_hold(feed, state).await.0
    }

    /// Gets what is at an address, unconditionally and without credentials of ours.
    pub async fn get(&self, url: &str) -> Result<Body, FetchFailure> {
        self.body(&Order::of_address(url)?).await
    }

    /// As [`Self::get`], through a feed's own proxy where it has one.
    pub async fn get_for(&self, feed: &Feed, url: &str) -> Result<Body, FetchFailure> {
        self.body(&Order::of_address(url)?.through(feed.proxy.clone())).await
    }

    /// Gets a page that a person would read, as [`Self::get_for`] does.
    pub async fn page(&self, feed: &Feed, url: &str) -> Result<Body, FetchFailure> {
        self.body(&Order::of_page(url)?.through(feed.proxy.clone())).await
    }

    /// Gets a file that need not be there, and may be empty: `None` where the server says that it has none (RFC 9309,
    /// section 2.3.1.3: any 4xx but 429).
    pub async fn file(&self, feed: Option<&Feed>, url: &str) -> Result<Option<Vec<u8>>, FetchFailure> {
        let order = Order::of_address(url)?.through(feed.and_then(|feed| feed.proxy.clone()));
        let (answer, _) = self.0.follow(&order).await?;
        match answer.status.as_u16() {
            200..=299 => Ok(Some(answer.body.bytes)),
            400..=428 | 430..=499 => Ok(None),
            _ => Err(error::transient(error::status(&error::name(&answer.url), answer.status, None))),
        }
    }

    async fn body(&self, order: &Order) -> Result<Body, FetchFailure> {
        match self.place(order).await.0 {
            Fetched::Body(body) => Ok(body),
            Fetched::Failed(failure) => Err(failure),
            Fetched::NotModified { .. } => {
                Err(error::broken("the server answered a question that was not asked".into()))
            }
        }
    }

    async fn place(&self, order: &Order) -> (Fetched, Place) {
        match self.0.follow(order).await {
            Ok((answer, place)) => (outcome::judge(answer, order, self.0.settings.clock.now()), place),
            Err(failure) => (Fetched::Failed(failure), Place::default()),
        }
    }
}
