//! How do we connect?
//!
//! In: the settings and the address policy. Out: the HTTP clients of the program, with their bounds. They follow no
//! redirect, know no proxy but the configured one and undo no compression: those are decided here, not by a library.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use reqwest::header::HeaderValue;
use reqwest::{Client, ClientBuilder, Proxy, redirect};
use rustls::client::Resumption;
use rustls::pki_types::CertificateDer;
use rustls_platform_verifier::Verifier;
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
/// Proxies that feeds name for themselves.
const PROXIES_MAX: usize = 64;
/// In the place of a proxy: none, whatever the others use.
pub const DIRECT: &str = "direct";
const PROXY_SCHEMES: [&str; 4] = ["http", "https", "socks5", "socks5h"];

/// Chooses ring for TLS in this process; to be called before anything speaks TLS, as often as you like.
pub fn install_tls() {
    // An error says that one is installed already, which is what we want.
    let _ = rustls::crypto::ring::default_provider().install_default();
}

/// The clients of the program: one pair for all feeds, and one for each proxy that a feed names for itself.
pub struct Clients {
    general: Pair,
    settings: Settings,
    policy: Arc<Policy>,
    tls: rustls::ClientConfig,
    others: Mutex<BTreeMap<String, Pair>>,
}

/// Two clients, alike but for their connections.
#[derive(Clone)]
struct Pair {
    /// Keeps no connection: polls are minutes apart, and kept connections are memory for nothing (measured: 153 MB
    /// against 16 MB at 5,000 feeds).
    lone: Client,
    /// Keeps a connection for a moment, for hosts whose next feed is already waiting.
    sharing: Client,
}

impl Clients {
    /// Builds the general pair, or says what is missing on this machine.
    pub fn build(settings: &Settings, policy: Arc<Policy>) -> Result<Self, SetupError> {
        install_tls();
        let agent = &settings.user_agent;
        HeaderValue::from_str(agent).map_err(|_| SetupError::UserAgent(agent.escape_debug().to_string()))?;
        // Clones of one configuration share their remembered sessions, whichever client uses them.
        let tls = tls(&settings.extra_roots)?;
        let general = Pair::build(settings, settings.proxy.as_deref(), &policy, &tls)?;
        Ok(Self { general, settings: settings.clone(), policy, tls, others: Mutex::default() })
    }

    /// The client for a feed with a proxy of its own ([`DIRECT`]: with none at all), and for a host that others are waiting
    /// for as well, or not.
    pub fn suited(&self, proxy: Option<&str>, crowded: bool) -> Result<Client, SetupError> {
        let pair = match proxy {
            None => self.general.clone(),
            Some(proxy) => self.through(proxy)?,
        };
        Ok(if crowded { pair.sharing } else { pair.lone })
    }

    fn through(&self, proxy: &str) -> Result<Pair, SetupError> {
        let mut others = self.others.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(pair) = others.get(proxy) {
            return Ok(pair.clone());
        }
        if others.len() >= PROXIES_MAX {
            return Err(SetupError::Proxy(format!("there are more than {PROXIES_MAX} of them")));
        }
        let address = (proxy != DIRECT).then_some(proxy);
        let pair = Pair::build(&self.settings, address, &self.policy, &self.tls)?;
        others.insert(proxy.to_owned(), pair.clone());
        Ok(pair)
    }
}

impl Pair {
    fn build(
        settings: &Settings,
        address: Option<&str>,
        policy: &Arc<Policy>,
        tls: &rustls::ClientConfig,
    ) -> Result<Self, SetupError> {
        let proxy = address.map(proxy).transpose()?;
        let resolver = Arc::new(Resolver::new(Arc::clone(policy), proxy.as_ref().map(|(_, host)| host.clone())));
        let client = |idle_max: usize| {
            let mut builder = bounded(settings, idle_max).dns_resolver(Arc::clone(&resolver));
            builder = builder.tls_backend_preconfigured(tls.clone());
            if let Some((proxy, _)) = &proxy {
                builder = builder.proxy(proxy.clone());
            }
            builder.build().map_err(|error| error::setup(&error))
        };
        Ok(Self { lone: client(0)?, sharing: client(settings.max_per_host.max(1))? })
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
fn tls(extra_roots: &[CertificateDer<'static>]) -> Result<rustls::ClientConfig, SetupError> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let verifier = Verifier::new_with_extra_roots(extra_roots.to_vec(), Arc::clone(&provider));
    let verifier = verifier.map_err(|error| error::setup(&error))?;
    let mut config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| error::setup(&error))?
        .dangerous() // The name for any verifier that is not rustls's own; this one checks all that rustls does.
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth();
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
