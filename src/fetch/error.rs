//! What went wrong, in one sentence?
//!
//! In: the errors of other people's libraries, and our own refusals. Out: a [`FetchFailure`] that names the host and the
//! cause, for a tired person. No address is printed whole: it may hold a password or a token. It decides no retry.

use std::error::Error;
use std::io;
use std::net::IpAddr;
use std::time::Duration;

use reqwest::StatusCode;
use rustls::CertificateError;
use url::Url;

use super::resolve::Unresolved;
use crate::model::{FailureKind, FetchFailure};

/// Why no fetcher could be built.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    #[error(
        "no CA certificates on this machine, so no https server can be trusted (install the package `ca-certificates`)"
    )]
    NoCertificates,
    #[error("the proxy's address cannot be used: {0}")]
    Proxy(String),
    #[error("the user agent `{0}` cannot be sent: use plain ASCII on one line")]
    UserAgent(String),
    #[error("the HTTP client cannot be set up: {0}")]
    Client(String),
}

/// Reads the error of what builds the client, or its TLS.
pub fn setup(error: &(dyn Error + 'static)) -> SetupError {
    let cause = root(error).to_string();
    if cause.contains("No CA certificates") { SetupError::NoCertificates } else { SetupError::Client(cause) }
}

/// A failure that time may heal.
pub fn transient(reason: String) -> FetchFailure {
    FetchFailure { reason, kind: FailureKind::Transient, retry_after_s: None }
}

/// A failure that a person should look at.
pub fn broken(reason: String) -> FetchFailure {
    FetchFailure { reason, kind: FailureKind::Broken, retry_after_s: None }
}

/// The host as it is called in messages: with its port where that is not the usual one.
pub fn name(url: &Url) -> String {
    let host = url.host_str().unwrap_or("?");
    url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

pub fn refused(host: &str, ip: IpAddr, class: &str) -> FetchFailure {
    let which =
        if host.contains(&ip.to_string()) { format!("address {ip}") } else { format!("address {ip} of `{host}`") };
    broken(format!("{which} is {class}: not fetched (if you trust it: `allow = [\"{ip}\"]` under `[fetch]`)"))
}

pub fn queue_too_long(host: &str, waited: Duration) -> FetchFailure {
    transient(format!("waited {} for a turn at `{host}`, which is slow or has many feeds", seconds(waited)))
}

pub fn too_long(host: &str, limit: Duration) -> FetchFailure {
    transient(format!("`{host}` did not finish within {}", seconds(limit)))
}

pub fn silent(host: &str, limit: Duration) -> FetchFailure {
    transient(format!("`{host}` said nothing for {}", seconds(limit)))
}

pub fn empty(host: &str) -> FetchFailure {
    transient(format!("empty answer from `{host}`"))
}

pub fn headers_too_large(host: &str, limit: usize) -> FetchFailure {
    broken(format!("headers of `{host}` are larger than {}", size(limit)))
}

pub fn body_too_large(host: &str, limit: usize) -> FetchFailure {
    broken(format!("answer of `{host}` is larger than {}", size(limit)))
}

pub fn packing_unknown(host: &str, declared: &str) -> FetchFailure {
    broken(format!("answer of `{host}` is packed in a way we did not ask for: `{}`", declared.escape_debug()))
}

pub fn damaged(host: &str, error: &io::Error) -> String {
    format!("answer of `{host}` cannot be unpacked: {error}")
}

pub fn cut_off(host: &str, error: &reqwest::Error) -> String {
    format!("answer of `{host}` broke off: {}", root(error))
}

/// A status that is no feed, with what it asks of us.
pub fn status(host: &str, status: StatusCode, retry_after_s: Option<u32>) -> String {
    let words = status.canonical_reason().map(|words| format!(" {words}")).unwrap_or_default();
    let advice = match status.as_u16() {
        401 | 407 => " (does this feed need credentials?)",
        403 => " (it may want fewer requests, credentials, or another user agent)",
        404 => " (has the feed moved?)",
        410 => ": the feed is retired",
        _ => "",
    };
    let when = retry_after_s.map(|wait| format!(", asks us to wait {wait} s")).unwrap_or_default();
    format!("`{host}` answered {}{words}{advice}{when}", status.as_u16())
}

/// A request that got no answer.
pub fn not_answered(host: &str, error: &reqwest::Error, connect_timeout: Duration) -> FetchFailure {
    match find::<Unresolved>(error) {
        Some(Unresolved::Refused { ip, class }) => return refused(host, *ip, class),
        Some(cause) => return transient(format!("`{host}` cannot be found: {}", resolver_words(cause))),
        None => {}
    }
    if let Some(cause) = find::<rustls::Error>(error) {
        return transient(tls_words(host, cause));
    }
    if error.is_timeout() {
        return transient(format!("connection to `{host}` timed out after {}", seconds(connect_timeout)));
    }
    if error.is_builder() {
        return broken(format!("the address at `{host}` cannot be asked for: {}", root(error)));
    }
    let cause = find::<io::Error>(error).map_or_else(|| root(error).to_string(), io_words);
    let what = if error.is_connect() { "connection to" } else { "request to" };
    transient(format!("{what} `{host}` {}", if cause == "refused" { cause } else { format!("failed: {cause}") }))
}

fn io_words(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::ConnectionRefused => "refused".into(),
        io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe => "it hung up".into(),
        io::ErrorKind::UnexpectedEof => "it hung up early".into(),
        io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable => "there is no way there".into(),
        _ => error.to_string(),
    }
}

/// The system's words without their preamble.
fn resolver_words(error: &Unresolved) -> String {
    error.to_string().trim_start_matches("failed to lookup address information: ").to_owned()
}

fn tls_words(host: &str, error: &rustls::Error) -> String {
    let rustls::Error::InvalidCertificate(cause) = error else {
        return format!("TLS with `{host}` failed: {error}");
    };
    let why = match cause {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => "it has expired".into(),
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            "it is not valid yet (is this machine's clock right?)".into()
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            "it is for another host name".into()
        }
        CertificateError::UnknownIssuer => "no authority we know has signed it".into(),
        CertificateError::Revoked => "it was revoked".into(),
        other if format!("{other:?}").contains("CaUsedAsEndEntity") => {
            "it signs itself, as an authority's would".into()
        }
        other => other.to_string(),
    };
    format!("certificate of `{host}` is not trusted: {why}")
}

/// The first error of type `T` among the causes. An `io::Error` hides the error it wraps from `source`, so that is
/// looked into as well.
fn find<'e, T: Error + 'static>(error: &'e (dyn Error + 'static)) -> Option<&'e T> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref::<T>() {
            return Some(found);
        }
        next = inner(error);
    }
    None
}

/// The last cause: the only one that says something.
fn root<'e>(error: &'e (dyn Error + 'static)) -> &'e (dyn Error + 'static) {
    let mut last = error;
    while let Some(next) = inner(last) {
        last = next;
    }
    last
}

fn inner<'e>(error: &'e (dyn Error + 'static)) -> Option<&'e (dyn Error + 'static)> {
    let wrapped = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
    wrapped.map(|wrapped| wrapped as &(dyn Error + 'static)).or_else(|| error.source())
}

/// `10 s`, `0.2 s`.
fn seconds(duration: Duration) -> String {
    format!("{} s", duration.as_secs_f64())
}

/// `16 MiB`, `64 KiB`, `100 bytes`.
fn size(bytes: usize) -> String {
    const KIB: usize = 1024;
    const MIB: usize = 1024 * KIB;
    match bytes {
        _ if bytes >= MIB && bytes.is_multiple_of(MIB) => format!("{} MiB", bytes / MIB),
        _ if bytes >= KIB && bytes.is_multiple_of(KIB) => format!("{} KiB", bytes / KIB),
        _ => format!("{bytes} bytes"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn certificates_are_spoken_of_plainly() {
        let said = |cause| tls_words("a.example", &rustls::Error::InvalidCertificate(cause));
        let unknown = "certificate of `a.example` is not trusted: no authority we know has signed it";
        assert_eq!(said(CertificateError::UnknownIssuer), unknown);
        assert_eq!(said(CertificateError::Expired), "certificate of `a.example` is not trusted: it has expired");
    }

    #[test]
    fn an_error_inside_an_io_error_is_found() {
        let tls = rustls::Error::InvalidCertificate(CertificateError::Revoked);
        let wrapped = io::Error::other(io::Error::other(tls.clone()));
        assert_eq!(find::<rustls::Error>(&wrapped), Some(&tls));
        assert_eq!(root(&wrapped).to_string(), tls.to_string());
    }

    #[test]
    fn a_host_is_named_without_what_is_secret() {
        let url = Url::parse("https://me:secret@a.example:8443/feed?token=secret").expect("an address");
        assert_eq!(name(&url), "a.example:8443");
        let words = refused("10.0.0.5", IpAddr::from([10, 0, 0, 5]), "private").reason;
        assert_eq!(
            words,
            "address 10.0.0.5 is private: not fetched (if you trust it: `allow = [\"10.0.0.5\"]` under `[fetch]`)"
        );
    }
}
