//! How is a message handed to a mail server?
//!
//! In: settings and finished messages. Out: what came of each attempt. A burst of mails shares a few connections, which
//! are closed soon after; their number is bounded. No certificate is ever taken unverified and nothing is retried, except
//! on a fresh connection when a kept one turns out to have gone stale before a message was named.

mod fault;
mod session;
mod wire;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use lettre::Address;
use lettre::transport::smtp::authentication::Credentials;
use rustls::ClientConfig;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls_platform_verifier::Verifier;
use secrecy::{ExposeSecret as _, SecretString};
use tokio::sync::Semaphore;
use tokio::time::Instant;
use tokio_rustls::TlsConnector;

use crate::model::{Message, SendOutcome};
use session::Session;

/// Seconds to wait for an answer, where the configuration does not say: RFC 5321 would allow five minutes for most, but a
/// submission server that needs more than one is better tried again.
pub const TIMEOUT_S: u32 = 60;

/// Connections open at once.
const CONNECTIONS_MAX: usize = 3;

/// Messages over one connection; many servers allow a hundred.
const MESSAGES_A_CONNECTION_MAX: u32 = 50;

/// A connection unused for longer is closed rather than used; most servers would allow five minutes.
const IDLE_MAX: Duration = Duration::from_secs(15);

/// How a connection is protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Security {
    /// Begins in clear and must become encrypted before anything else is said: port 587.
    StartTls,
    /// Encrypted from the first byte: port 465.
    Tls,
    /// In clear, for a relay on this machine or network that wants no password: port 25.
    None,
}

/// A mail server as the configuration has it.
#[derive(Clone, Debug)]
pub struct SmtpSettings {
    pub host: String,
    pub port: u16,
    pub security: Security,
    pub username: Option<String>,
    pub password: Option<SecretString>,
    /// Our name; the machine's own where it is a full one.
    pub ehlo_name: Option<String>,
    /// Seconds to wait for each answer, but for the answer to a whole message, which may take ten minutes.
    pub timeout_s: u32,
    /// Certificates (PEM) of authorities to trust besides the system's.
    pub ca_file: Option<PathBuf>,
}

/// Why a mailer cannot be made from its settings.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    #[error("a password would go to `{0}` in clear; set `security` to `starttls` or `tls`")]
    PasswordInClear(String),
    #[error("`{0}` has a user name without a password, or a password without a user name")]
    HalfCredentials(String),
    #[error("`{0}` is neither a host name nor an address")]
    Host(String),
    #[error("`{0}` is not a name that can be given to a mail server")]
    EhloName(String),
    #[error("cannot read certificates from `{path}`: {reason}")]
    CaFile { path: PathBuf, reason: String },
    #[error("cannot use the system's certificates; is the package `ca-certificates` installed?")]
    Roots(#[source] rustls::Error),
}

/// Settings, checked and resolved.
struct Server {
    host: String,
    port: u16,
    security: Security,
    credentials: Option<Credentials>,
    ehlo_name: Option<String>,
    patience: Duration,
    name: ServerName<'static>,
    tls: TlsConnector,
}

/// Sends by SMTP. One for the whole process.
pub struct SmtpSender {
    server: Server,
    permits: Semaphore,
    idle: Mutex<Vec<Kept>>,
}

/// A connection between two messages.
struct Kept {
    session: Session,
    messages: u32,
    since: Instant,
}

impl SmtpSender {
    /// Checks the settings; opens no connection.
    pub fn new(settings: SmtpSettings) -> Result<Self, SetupError> {
        let server = Server::new(settings)?;
        Ok(Self { server, permits: Semaphore::new(CONNECTIONS_MAX), idle: Mutex::new(Vec::new()) })
    }

    /// `host:port`.
    pub fn place(&self) -> String {
        format!("{}:{}", self.server.host, self.server.port)
    }

    /// One attempt.
    pub async fn send(&self, message: &Message) -> SendOutcome {
        let (from, to) = match (address(&message.envelope_from), address(&message.envelope_to)) {
            (Ok(from), Ok(to)) => (from, to),
            (Err(reason), _) | (_, Err(reason)) => return SendOutcome::Permanent(reason),
        };
        let Ok(_permit) = self.permits.acquire().await else {
            return SendOutcome::Transient("newswatch is shutting down".to_owned());
        };
        if let Some(mut kept) = self.take_kept() {
            match kept.session.transfer(&from, &to, &message.bytes).await {
                Err(fault) if fault.is_stale() => {}
                result => return self.conclude(kept, result).await,
            }
        }
        match Session::open(&self.server).await {
            Ok(session) => {
                let mut fresh = Kept { session, messages: 0, since: Instant::now() };
                let result = fresh.session.transfer(&from, &to, &message.bytes).await;
                self.conclude(fresh, result).await
            }
            Err(fault) => fault.outcome(&self.place()),
        }
    }

    /// Keeps a connection that did its work, closes one that did not.
    async fn conclude(&self, mut used: Kept, result: Result<String, fault::Fault>) -> SendOutcome {
        used.messages += 1;
        match result {
            Ok(answer) => {
                if used.messages < MESSAGES_A_CONNECTION_MAX {
                    used.since = Instant::now();
                    self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(used);
                } else {
                    used.session.quit().await;
                }
                SendOutcome::Accepted(format!("`{}` answered: {answer}", self.place()))
            }
            Err(fault) => {
                used.session.quit().await;
                fault.outcome(&self.place())
            }
        }
    }

    /// The connection used last, if it is young enough; older ones are dropped with it.
    fn take_kept(&self) -> Option<Kept> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        idle.retain(|kept| kept.since.elapsed() < IDLE_MAX);
        idle.pop()
    }

    /// Closes kept connections politely: to be called when nothing is left to send for now.
    pub async fn rest(&self) {
        let kept = std::mem::take(&mut *self.idle.lock().unwrap_or_else(PoisonError::into_inner));
        for kept in kept {
            kept.session.quit().await;
        }
    }

    /// Connects, encrypts, signs in, and tells what was seen, a fact a line.
    pub async fn probe(&self) -> Result<String, String> {
        let session = Session::open(&self.server).await.map_err(|fault| fault.sentence(&self.place()))?;
        let facts = session.facts.lines.join("\n");
        session.quit().await;
        Ok(facts)
    }
}

fn address(text: &str) -> Result<Address, String> {
    text.parse().map_err(|_| format!("`{text}` is not a mail address"))
}

impl Server {
    fn new(settings: SmtpSettings) -> Result<Self, SetupError> {
        let host = ascii_host(&settings.host).ok_or_else(|| SetupError::Host(settings.host.clone()))?;
        let credentials = match (settings.username, settings.password) {
            (Some(user), Some(password)) => Some(Credentials::new(user, password.expose_secret().to_owned())),
            (None, None) => None,
            _ => return Err(SetupError::HalfCredentials(host)),
        };
        if credentials.is_some() && settings.security == Security::None {
            return Err(SetupError::PasswordInClear(host));
        }
        let plain = |name: &String| !name.is_empty() && name.chars().all(|c| c.is_ascii_graphic());
        if let Some(name) = settings.ehlo_name.as_ref().filter(|name| !plain(name)) {
            return Err(SetupError::EhloName(name.clone()));
        }
        Ok(Self {
            name: ServerName::try_from(host.clone()).map_err(|_| SetupError::Host(host.clone()))?,
            host,
            port: settings.port,
            security: settings.security,
            credentials,
            ehlo_name: settings.ehlo_name,
            patience: Duration::from_secs(settings.timeout_s.max(1).into()),
            tls: trust(settings.ca_file.as_deref())?,
        })
    }
}

/// A host name in ASCII, or an address without brackets.
fn ascii_host(text: &str) -> Option<String> {
    let text = text.trim();
    if let Ok(address) = text.trim_matches(['[', ']']).parse::<std::net::IpAddr>() {
        return Some(address.to_string());
    }
    match url::Host::parse(text) {
        Ok(url::Host::Domain(name)) => Some(name),
        _ => None,
    }
}

/// Trusts the system's authorities, and those in `ca_file`.
fn trust(ca_file: Option<&Path>) -> Result<TlsConnector, SetupError> {
    let extra = ca_file.map(certificates).transpose()?.unwrap_or_default();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let verifier = Verifier::new_with_extra_roots(extra, provider.clone()).map_err(SetupError::Roots)?;
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(SetupError::Roots)?
        .dangerous() // The name for any verifier that is not rustls's own; this one checks all that rustls does.
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth();
    Ok(TlsConnector::from(Arc::new(config)))
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, SetupError> {
    let problem = |reason: String| SetupError::CaFile { path: path.to_owned(), reason };
    let read = CertificateDer::pem_file_iter(path).map_err(|error| problem(error.to_string()))?;
    let certificates: Vec<_> = read.collect::<Result<_, _>>().map_err(|error| problem(error.to_string()))?;
    if certificates.is_empty() { Err(problem("it holds none".to_owned())) } else { Ok(certificates) }
}
