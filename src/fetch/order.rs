//! What is asked for, and what may be told to whom?
//!
//! In: a feed with its past, or a bare address. Out: an [`Order`]: where to start, and for any address on the way the
//! request headers it may see. Credentials and the feed's own headers go to the feed's origin, validators to the origin
//! of the start, nothing of either to any other. It sends nothing.

use reqwest::header::{self, HeaderMap, HeaderName, HeaderValue};
use url::Url;

use super::error;
use crate::model::{Feed, FeedState, FetchFailure, Validators};

/// Polls in a row that must confirm a permanent redirect before its target is asked directly.
const MOVES_CONFIRMED: u32 = 3;
/// Validators longer than this are not worth keeping.
const VALIDATOR_BYTES_MAX: usize = 1024;
const ACCEPT: &str = "application/atom+xml, application/rss+xml, application/feed+json, application/rdf+xml;q=0.9, \
                      application/xml;q=0.9, text/xml;q=0.9, */*;q=0.5";
const ACCEPT_PAGE: &str = "text/html, application/xhtml+xml, */*;q=0.5";
const ACCEPT_ENCODING: &str = "gzip, br, zstd, deflate";
/// Headers that are ours to set; a feed that sets them could break the connection or the bounds.
const OURS: [HeaderName; 11] = [
    header::ACCEPT_ENCODING,
    header::CONNECTION,
    header::CONTENT_LENGTH,
    header::EXPECT,
    header::HOST,
    header::IF_MODIFIED_SINCE,
    header::IF_NONE_MATCH,
    header::RANGE,
    header::TE,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
];

/// One thing to get.
pub struct Order {
    /// The configured address, with the credentials in it.
    home: Url,
    /// Where to begin, without credentials: the configured address, or the one it has moved to for good.
    pub start: Url,
    /// The feed's own headers.
    headers: HeaderMap,
    /// What is understood of the answer.
    accept: &'static str,
    pub validators: Validators,
    /// The feed's own proxy.
    pub proxy: Option<String>,
    /// The last polls failed, so many in a row.
    pub failures: u32,
    /// It has been read before.
    pub worked: bool,
}

impl Order {
    /// The order for the next poll of a feed.
    pub fn of_feed(feed: &Feed, state: &FeedState) -> Result<Self, FetchFailure> {
        let mut order = Self::of_address(&feed.url)?;
        order.headers = own_headers(&feed.headers)?;
        order.validators = state.validators.clone();
        order.proxy = feed.proxy.clone();
        order.failures = state.failures;
        order.worked = state.last_success.is_some();
        let moved = state.moved_to.as_deref().filter(|_| state.moved_seen >= MOVES_CONFIRMED);
        if let Some(moved) = moved.and_then(|moved| Url::parse(moved).ok()) {
            order.start = clean(moved);
        }
        Ok(order)
    }

    /// The order for a bare address.
    pub fn of_address(address: &str) -> Result<Self, FetchFailure> {
        let unreadable = |error| error::broken(format!("the address cannot be read: {error}"));
        let home = Url::parse(address.trim()).map_err(unreadable)?;
        let (start, headers, validators) = (clean(home.clone()), HeaderMap::new(), Validators::default());
        Ok(Self { home, start, headers, accept: ACCEPT, validators, proxy: None, failures: 0, worked: false })
    }

    /// The order for a page that a person would read.
    pub fn of_page(address: &str) -> Result<Self, FetchFailure> {
        Ok(Self { accept: ACCEPT_PAGE, ..Self::of_address(address)? })
    }

    /// Does anything in this order go to its own origin only?
    pub fn is_confidential(&self) -> bool {
        !self.headers.is_empty() || !self.home.username().is_empty() || self.home.password().is_some()
    }

    /// `url` with the credentials it may see; the client makes a header of them.
    pub fn address(&self, url: &Url) -> Url {
        let mut url = url.clone();
        if same_party(&self.home, &url) {
            // Both setters refuse only addresses without a host, which http has none of.
            let _ = url.set_username(self.home.username());
            let _ = url.set_password(self.home.password());
        }
        url
    }

    /// The request headers that `url` may see, and whether they make the request conditional.
    pub fn headers(&self, url: &Url) -> (HeaderMap, bool) {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT, HeaderValue::from_static(self.accept));
        headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static(ACCEPT_ENCODING));
        if same_party(&self.home, url) {
            headers.extend(self.headers.clone());
        }
        let mut conditional = false;
        if same_party(&self.start, url) {
            let Validators { etag, last_modified, .. } = &self.validators;
            for (name, sent) in [(header::IF_NONE_MATCH, etag), (header::IF_MODIFIED_SINCE, last_modified)] {
                if let Some(value) = sent.as_deref().and_then(as_sent) {
                    headers.insert(name, value);
                    conditional = true;
                }
            }
        }
        (headers, conditional)
    }

    /// What to remember of a walk whose permanent redirects led to `settled`: nothing when that is the feed's own
    /// address. A way down from https is never remembered: whoever sits in between could have forged the rest.
    pub fn moved_to(&self, settled: &Url) -> Option<String> {
        let downgraded = self.home.scheme() == "https" && settled.scheme() == "http";
        (*settled != clean(self.home.clone()) && !downgraded).then(|| settled.to_string())
    }
}

/// The same origin, or the same host's step from http to https on the usual ports, which only gains safety.
fn same_party(home: &Url, url: &Url) -> bool {
    let usual_ports = home.port().is_none() && url.port().is_none();
    let upgraded = home.scheme() == "http" && url.scheme() == "https" && home.host() == url.host() && usual_ports;
    home.origin() == url.origin() || upgraded
}

/// An address without credentials and fragment.
pub fn clean(mut url: Url) -> Url {
    let _ = url.set_username("");
    let _ = url.set_password(None);
    url.set_fragment(None);
    url
}

fn own_headers(pairs: &[(String, String)]) -> Result<HeaderMap, FetchFailure> {
    let mut headers = HeaderMap::new();
    for (name, value) in pairs {
        let wrong = |why: &str| error::broken(format!("header `{}` of this feed {why}", name.escape_debug()));
        let key = HeaderName::from_bytes(name.trim().as_bytes()).map_err(|_| wrong("is not a header name"))?;
        if OURS.contains(&key) {
            return Err(wrong("cannot be set: newswatch sets it itself"));
        }
        let mut value = HeaderValue::from_str(value.trim()).map_err(|_| wrong("has a value that cannot be sent"))?;
        value.set_sensitive(true);
        headers.append(key, value);
    }
    Ok(headers)
}

/// A validator as text: each byte is one character (Latin-1), so that any byte survives the way there and back.
pub fn as_text(value: &HeaderValue) -> Option<String> {
    let bytes = value.as_bytes();
    (1..=VALIDATOR_BYTES_MAX).contains(&bytes.len()).then(|| bytes.iter().map(|&byte| char::from(byte)).collect())
}

/// The same validator, byte for byte as the server sent it.
fn as_sent(text: &str) -> Option<HeaderValue> {
    let bytes: Option<Vec<u8>> = text.chars().map(|letter| u8::try_from(letter).ok()).collect();
    HeaderValue::from_bytes(&bytes?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        Url::parse(text).expect(text)
    }

    #[test]
    fn secrets_stay_with_their_origin() {
        let table = [
            ("http://a.example/x", "http://a.example/y", true),
            ("http://a.example/x", "https://a.example/x", true),
            ("https://a.example/x", "http://a.example/x", false),
            ("http://a.example:8080/x", "https://a.example/x", false),
            ("https://a.example/x", "https://b.example/x", false),
            ("https://a.example/x", "https://www.a.example/x", false),
            ("https://a.example/x", "https://a.example:8443/x", false),
        ];
        for (home, other, same) in table {
            assert_eq!(same_party(&url(home), &url(other)), same, "{home} {other}");
        }
    }

    #[test]
    fn a_validator_survives_whatever_its_bytes() {
        for bytes in [&b"W/\"abc\""[..], b"\"caf\xe9\"", b"unquoted", b"\"\xd0\x9a\""] {
            let value = HeaderValue::from_bytes(bytes).expect("a header value");
            let text = as_text(&value).expect("short");
            assert_eq!(as_sent(&text).expect("the same").as_bytes(), bytes);
        }
        assert_eq!(as_text(&HeaderValue::from_bytes(&[b'x'; VALIDATOR_BYTES_MAX + 1]).expect("long")), None);
    }

    #[test]
    fn a_header_that_is_ours_or_broken_is_refused_without_its_value() {
        for name in ["Host", "content-length", "If-None-Match", "a b", ""] {
            let failure = own_headers(&[(name.into(), "secret".into())]).expect_err(name);
            assert!(failure.reason.contains(name) && !failure.reason.contains("secret"), "{}", failure.reason);
        }
        let failure = own_headers(&[("Authorization".into(), "Bearer sec\nret".into())]).expect_err("a line break");
        assert_eq!(failure.reason, "header `Authorization` of this feed has a value that cannot be sent");
    }
}
