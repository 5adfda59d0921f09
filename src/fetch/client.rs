//! How do we connect?
//!
//! In: the settings and the address policy. Out: the HTTP clients of the program, with their bounds. They follow no
//! redirect, know no proxy but the configured one and undo no compression: those are decided here, not by a library.

use std::sync::Arc;
use std::time::Duration;

use reqwest::header::HeaderValue;
use reqwest::{Client, ClientBuilder, Proxy, redirect};
use rustls::client::Resumption;
use rustls_platform_verifier::BuilderVerifierExt;
use url::Url;

use super::error::{self, SetupError};
use super::policy::Policy;
use super::resolve::Resolver;
use super::settings::Settings;

/// Header lines of one answer.
pub const MAX_HEADERS: usize = 200;
/// All header lines of one answer together.
pub const MAX_HEADER_BYTES: usize = 64 * 1024;
/// Longer than the pace of one host's queue.
const IDLE_TIMEOUT: Duration = Duration::from_secs(1);
/// Servers whose TLS sessions are remembered: about 7 KB each (measured), taken when first used.
const RESUMABLE_HOSTS_MAX: usize = 2048;
/// How many sessions rustls keeps a server, by which it counts.
const SESSIONS_PER_HOST: usize = 8;
const PROXY_SCHEMES: [&str; 4] = ["http", "https", "socks5", "socks5h"];

/// Chooses ring for TLS in this process; to be called before anything speaks TLS, as often as you like.
pub fn install_tls() {
    // An error says that one is installed already, which is what we want.
    let _ = rustls::crypto::ring::default_provider().install_default();
}

/// The two clients, alike but for their connections.
pub struct Clients {
    /// Keeps no connection: polls are minutes apart, and kept connections are memory for nothing (measured: 153 MB
    /// against 16 MB at 5,000 feeds).
    lone: Client,
    /// Keeps a connection for a moment, for hosts whose next feed is already waiting.
    sharing: Client,
}

impl Clients {
    /// Builds both, or says what is missing on this machine.
    pub fn build(settings: &Settings, policy: Arc<Policy>) -> Result<Self, SetupError> {
        install_tls();
        let agent = &settings.user_agent;
        HeaderValue::from_str(agent).map_err(|_| SetupError::UserAgent(agent.escape_debug().to_string()))?;
        let proxy = settings.proxy.as_deref().map(proxy).transpose()?;
        let resolver = Arc::new(Resolver::new(policy, proxy.as_ref().map(|(_, host)| host.clone())));
        let proxy = proxy.map(|(proxy, _)| proxy);
        // Clones of one configuration share their remembered sessions.
        let tls = tls()?;
        let client = |idle_max: usize| {
            let mut builder = bounded(settings, idle_max).dns_resolver(Arc::clone(&resolver));
            builder = builder.tls_backend_preconfigured(tls.clone());
            if let Some(proxy) = &proxy {
                builder = builder.proxy(proxy.clone());
            }
            builder.build().map_err(|error| error::setup(&error))
        };
        Ok(Self { lone: client(0)?, sharing: client(settings.max_per_host.max(1))? })
    }

    /// The client for a host that others are waiting for as well, or not.
    pub fn suited(&self, crowded: bool) -> &Client {
        if crowded { &self.sharing } else { &self.lone }
    }
}

fn bounded(settings: &Settings, idle_max: usize) -> ClientBuilder {
    Client::builder()
        .user_agent(settings.user_agent.as_str())
        .redirect(redirect::Policy::none())
        .referer(false)
        .no_proxy()
        .connect_timeout(settings.connect_timeout)
        .pool_idle_timeout(IDLE_TIMEOUT)
        .pool_max_idle_per_host(idle_max)
        .http1_max_headers(MAX_HEADERS)
        .http1_ignore_invalid_headers_in_responses(true)
        .http1_allow_obsolete_multiline_headers_in_responses(true)
        .http1_allow_spaces_after_header_name_in_responses(true)
        .http2_max_header_list_size(MAX_HEADER_BYTES as u32)
}

/// TLS under the system's CA store, resuming sessions: a full handshake costs four times a 304. The default cache holds
/// 32 servers, first in, first out, so polling 33 in turn would never find its own session again.
fn tls() -> Result<rustls::ClientConfig, SetupError> {
    let verified = rustls::ClientConfig::builder().with_platform_verifier().map_err(|error| error::setup(&error))?;
    let mut config = verified.with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    config.resumption = Resumption::in_memory_sessions(RESUMABLE_HOSTS_MAX * SESSIONS_PER_HOST);
    Ok(config)
}

/// The proxy, and its host name for the resolver. What is wrong with it is said without repeating it: it may hold a
/// password.
fn proxy(address: &str) -> Result<(Proxy, String), SetupError> {
    let url = Url::parse(address).map_err(|error| SetupError::Proxy(error.to_string()))?;
    if !PROXY_SCHEMES.contains(&url.scheme()) {
        return Err(SetupError::Proxy(format!("`{}` is not one of {}", url.scheme(), PROXY_SCHEMES.join(", "))));
    }
    let host = url.host_str().ok_or_else(|| SetupError::Proxy("it names no host".into()))?.to_owned();
    let proxy = Proxy::all(url).map_err(|error| SetupError::Proxy(error.without_url().to_string()))?;
    Ok((proxy, host))
}
