//! Where does the way lead?
//!
//! In: an order. Out: the last hop's answer, or why there is none. Each hop is checked against the address policy, waits
//! for its turn at its host, and sees only what is meant for its origin. It reads no meaning into the last status
//! (`outcome` does) and tries nothing twice.

use reqwest::header::{HeaderMap, LOCATION};
use reqwest::{Method, Response, StatusCode};
use tokio::time::{Instant, timeout};
use url::Url;

use super::body::{self, Bounds};
use super::client::{DIRECT, MAX_HEADER_BYTES};
use super::error;
use super::host::{Place, Slot};
use super::order::{Order, clean};
use super::{Policy, Shared};
use crate::model::FetchFailure;

/// Redirects followed for one order.
pub const REDIRECTS_MAX: usize = 10;

/// What the last hop answered.
pub struct Answer {
    pub url: Url,
    /// The furthest address to which only permanent redirects led.
    pub settled: Url,
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: body::Read,
    /// The request carried validators.
    pub conditional: bool,
}

/// What one hop came to.
enum Hop {
    Answered { status: StatusCode, headers: HeaderMap, body: body::Read, conditional: bool },
    Redirected { permanent: bool, to: Url },
}

impl Shared {
    /// Walks from the order's start to an answer that is no redirect.
    pub async fn follow(&self, order: &Order) -> Result<(Answer, Place), FetchFailure> {
        let mut visited = vec![order.start.clone()];
        let mut settled = order.start.clone();
        let mut left = self.settings.total_timeout;
        loop {
            let url = &visited[visited.len() - 1];
            let host = allowed_host(&self.policy, url)?;
            let slot = self.hosts.enter(host.trim_end_matches('.'), &url.origin()).await?;
            let started = Instant::now();
            let hop = timeout(left, self.hop(order, url, &slot)).await;
            // The place must be free before the next hop waits for one: two hosts that point at each other could
            // otherwise wait for each other's places.
            let place = slot.leave();
            left = left.saturating_sub(started.elapsed());
            match hop.map_err(|_| error::too_long(&error::name(url), self.settings.total_timeout))?? {
                Hop::Answered { status, headers, body, conditional } => {
                    let answer = Answer { url: url.clone(), settled, status, headers, body, conditional };
                    return Ok((answer, place));
                }
                Hop::Redirected { permanent, to } => {
                    drop(place);
                    let all_permanent = settled == *url && permanent;
                    step(order, &mut visited, to)?;
                    if all_permanent {
                        settled = visited[visited.len() - 1].clone();
                    }
                }
            }
        }
    }

    /// One request and its answer.
    async fn hop(&self, order: &Order, url: &Url, slot: &Slot) -> Result<Hop, FetchFailure> {
        let (headers, conditional) = order.headers(url);
        let client = self.clients.suited(order.proxy.as_deref(), slot.is_crowded());
        let client = client.map_err(|error| error::broken(error.to_string()))?;
        let request = client.request(Method::GET, order.address(url)).headers(headers);
        let patience = self.settings.connect_timeout + self.settings.read_timeout;
        let host = error::name(url);
        let response = match timeout(patience, request.send()).await {
            Ok(Ok(response)) => response,
            Ok(Err(error)) => {
                let mut failure = error::not_answered(&host, &error, self.settings.connect_timeout);
                if error.is_connect() {
                    if order.proxy.as_deref().or(self.settings.proxy.as_deref()).is_some_and(|proxy| proxy != DIRECT) {
                        failure.reason.push_str(" (through the proxy)");
                    }
                    slot.out_of_reach(url.origin(), &failure);
                }
                return Err(failure);
            }
            Err(_) => return Err(error::silent(&host, patience)),
        };
        if header_bytes(response.headers()) > MAX_HEADER_BYTES {
            return Err(error::headers_too_large(&host, MAX_HEADER_BYTES));
        }
        let status = response.status();
        tracing::debug!(host, status = status.as_u16(), from = ?response.remote_addr(), "answered");
        if let Some(permanent) = redirects(status) {
            return Ok(Hop::Redirected { permanent, to: target(&response, url)? });
        }
        let mut body = body::Read::default();
        let headers = response.headers().clone();
        if carries_feed(status) {
            body = body::read(response, &host, self.bounds()).await?;
        }
        Ok(Hop::Answered { status, headers, body, conditional })
    }

    fn bounds(&self) -> Bounds {
        Bounds { bytes_max: self.settings.max_body_bytes, silence_max: self.settings.read_timeout }
    }
}

/// The host of an address that we may connect to, as far as the address alone tells.
fn allowed_host<'u>(policy: &Policy, url: &'u Url) -> Result<&'u str, FetchFailure> {
    if !matches!(url.scheme(), "http" | "https") {
        return Err(error::broken(format!("`{}` addresses are not fetched, only http and https", url.scheme())));
    }
    if let Some((ip, class)) = policy.refuses_literal(url) {
        return Err(error::refused(&error::name(url), ip, class));
    }
    url.host_str().ok_or_else(|| error::broken("the address names no host".into()))
}

/// Adds the next address to the way, unless the way should end here.
fn step(order: &Order, visited: &mut Vec<Url>, to: Url) -> Result<(), FetchFailure> {
    let from = &visited[visited.len() - 1];
    let host = error::name(from);
    if order.is_confidential() && from.scheme() == "https" && to.scheme() == "http" {
        let reason =
            format!("`{host}` redirects from https to http: not followed, as this feed has credentials or headers");
        return Err(error::broken(reason));
    }
    if visited.contains(&to) {
        return Err(error::broken(format!("`{host}` redirects in a circle")));
    }
    if visited.len() > REDIRECTS_MAX {
        return Err(error::broken(format!("`{host}` redirects after {REDIRECTS_MAX} redirects: given up")));
    }
    visited.push(to);
    Ok(())
}

/// Is this status a redirect, and one for good? (303 and 300 without a choice of ours are not.)
fn redirects(status: StatusCode) -> Option<bool> {
    match status.as_u16() {
        301 | 308 => Some(true),
        302 | 303 | 307 => Some(false),
        _ => None,
    }
}

/// 203 is a 200 that a proxy has touched.
pub fn carries_feed(status: StatusCode) -> bool {
    matches!(status.as_u16(), 200 | 203)
}

/// Servers send raw UTF-8 here, which `Url` escapes as browsers do.
fn target(response: &Response, from: &Url) -> Result<Url, FetchFailure> {
    let host = error::name(from);
    let nowhere = || error::broken(format!("`{host}` redirects without saying where"));
    let location = response.headers().get(LOCATION).ok_or_else(nowhere)?;
    let location = String::from_utf8_lossy(location.as_bytes());
    let to = from.join(location.trim());
    let to =
        to.map_err(|error| error::broken(format!("`{host}` redirects to an address that cannot be read: {error}")))?;
    Ok(clean(to))
}

fn header_bytes(headers: &HeaderMap) -> usize {
    headers.iter().map(|(name, value)| name.as_str().len() + value.len()).sum()
}
