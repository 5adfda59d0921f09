//! Within which bounds may we ask?
//!
//! In: nothing, or what the user wrote. Out: one plain value with defaults that suit thousands of feeds. It checks
//! nothing by itself; what cannot work is named when the fetcher is built.

use std::time::Duration;

use super::Network;
use crate::clock::Clock;

/// Name resolution, TCP and TLS together.
pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// Silence between connection and answer, and between two pieces of a body.
pub const READ_TIMEOUT: Duration = Duration::from_secs(20);
/// One request with all its redirects, waiting in queues not counted.
pub const TOTAL_TIMEOUT: Duration = Duration::from_secs(60);
/// Waiting for a turn at a host.
pub const QUEUE_TIMEOUT: Duration = Duration::from_secs(300);
/// A body after decompression, and also before it.
pub const MAX_BODY_BYTES: usize = 16 * 1024 * 1024;
/// Requests on their way at once, over all hosts: with [`MAX_BODY_BYTES`] the bound of our memory.
pub const MAX_IN_FLIGHT: usize = 64;
/// Requests on their way at once to one host.
pub const MAX_PER_HOST: usize = 2;
/// Between the starts of two requests to one host.
pub const HOST_PACE: Duration = Duration::from_millis(200);

/// How to ask, whom not to, and for how long.
#[derive(Clone)]
pub struct Settings {
    /// Name, version and a contact for those whose servers we ask.
    pub user_agent: String,
    /// Private networks that may be asked all the same.
    pub allow: Vec<Network>,
    /// `http://`, `https://`, `socks5://` or `socks5h://`; behind the first two and the last it is the proxy that
    /// resolves names, so it must refuse private addresses itself. May hold credentials: never print it.
    pub proxy: Option<String>,
    /// Certificates that are trusted besides the system's.
    pub extra_roots: Vec<rustls::pki_types::CertificateDer<'static>>,
    pub connect_timeout: Duration,
    pub read_timeout: Duration,
    pub total_timeout: Duration,
    pub queue_timeout: Duration,
    pub max_body_bytes: usize,
    pub max_in_flight: usize,
    pub max_per_host: usize,
    pub host_pace: Duration,
    /// For servers that name a time but not their own.
    pub clock: Clock,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            user_agent: concat!("newswatch/", env!("CARGO_PKG_VERSION")).into(),
            allow: Vec::new(),
            proxy: None,
            extra_roots: Vec::new(),
            connect_timeout: CONNECT_TIMEOUT,
            read_timeout: READ_TIMEOUT,
            total_timeout: TOTAL_TIMEOUT,
            queue_timeout: QUEUE_TIMEOUT,
            max_body_bytes: MAX_BODY_BYTES,
            max_in_flight: MAX_IN_FLIGHT,
            max_per_host: MAX_PER_HOST,
            host_pace: HOST_PACE,
            clock: Clock::system(),
        }
    }
}
