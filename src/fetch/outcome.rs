//! What does this answer mean for the feed?
//!
//! In: the last hop's status, headers and body, the order, and the time (for servers that name a time but not their own).
//! Out: a [`Fetched`], for every status there is. A pure function; it sees no connection.

use jiff::fmt::rfc2822;
use jiff::fmt::strtime::BrokenDownTime;
use reqwest::StatusCode;
use reqwest::header::{
    AGE, AsHeaderName, CACHE_CONTROL, CONTENT_TYPE, DATE, ETAG, EXPIRES, HeaderMap, LAST_MODIFIED, RETRY_AFTER,
};

use super::error;
use super::link::{Links, links};
use super::order::{Order, as_text};
use super::request::{Answer, carries_feed};
use crate::model::{Body, FailureKind, FetchFailure, Fetched, Timestamp, Validators, content_hash};

/// A feed that always breaks off is read as far as it goes once this many polls in a row have failed.
const DAMAGE_TAKEN_AFTER: u32 = 2;
/// Refusals (403) in a row that are read as "slower" from a server that has served this feed before.
const REFUSALS_AS_LIMIT: u32 = 3;
/// Longest wait a server may ask for: 30 days.
const RETRY_AFTER_MAX_S: i64 = 30 * 86_400;

/// Judges an answer.
pub fn judge(answer: Answer, order: &Order, now: Timestamp) -> Fetched {
    let host = error::name(&answer.url);
    match answer.status {
        status if carries_feed(status) => with_body(answer, order, now),
        StatusCode::NOT_MODIFIED if answer.conditional => {
            let max_age_s = max_age_s(&answer.headers, now);
            Fetched::NotModified { validators: renewed(&answer.headers, &order.validators), max_age_s }
        }
        StatusCode::NO_CONTENT | StatusCode::RESET_CONTENT => Fetched::Failed(error::empty(&host)),
        status => {
            let kind = kind(&answer, order);
            let retry_after_s = retry_after_s(&answer.headers, now);
            Fetched::Failed(FetchFailure { reason: error::status(&host, status, retry_after_s), kind, retry_after_s })
        }
    }
}

fn with_body(answer: Answer, order: &Order, now: Timestamp) -> Fetched {
    let whole = answer.body.damage.is_none();
    let bytes = answer.body.bytes;
    if let Some(damage) = answer.body.damage {
        if order.failures < DAMAGE_TAKEN_AFTER {
            return Fetched::Failed(error::transient(damage));
        }
        tracing::warn!(damage, "the feed breaks off every time; reading what came");
    }
    if bytes.trim_ascii().is_empty() {
        return Fetched::Failed(error::empty(&error::name(&answer.url)));
    }
    let max_age_s = max_age_s(&answer.headers, now);
    let hash = content_hash([&bytes]);
    // A body that broke off is never remembered: the next poll must ask for all of it again.
    let validators = if whole { given(&answer.headers, hash) } else { Validators::default() };
    if order.validators.body_hash == Some(hash) {
        return Fetched::NotModified { validators, max_age_s };
    }
    let Links { hub, topic } = links(&answer.headers, &answer.url);
    Fetched::Body(Body {
        bytes,
        content_type: text(&answer.headers, CONTENT_TYPE),
        final_url: answer.url.to_string(),
        moved_to: order.moved_to(&answer.settled),
        validators,
        max_age_s,
        hub,
        topic,
    })
}

fn kind(answer: &Answer, order: &Order) -> FailureKind {
    // A poll that was sent elsewhere for the moment learns nothing final about the feed's own address.
    let at_home = answer.settled == answer.url;
    let limits_again = order.worked && order.failures < REFUSALS_AS_LIMIT;
    match answer.status.as_u16() {
        410 if at_home => FailureKind::Gone,
        429 | 503 => FailureKind::Limited,
        403 if limits_again || answer.headers.contains_key(RETRY_AFTER) => FailureKind::Limited,
        408 | 421 | 425 | 200..=299 | 304 | 500.. => FailureKind::Transient,
        _ => FailureKind::Broken,
    }
}

fn given(headers: &HeaderMap, hash: u64) -> Validators {
    let etag = headers.get(ETAG).and_then(as_text);
    Validators { etag, last_modified: headers.get(LAST_MODIFIED).and_then(as_text), body_hash: Some(hash) }
}

/// A 304 may bring new validators; the others stay (RFC 9111, section 4.3.4).
fn renewed(headers: &HeaderMap, before: &Validators) -> Validators {
    Validators {
        etag: headers.get(ETAG).and_then(as_text).or_else(|| before.etag.clone()),
        last_modified: headers.get(LAST_MODIFIED).and_then(as_text).or_else(|| before.last_modified.clone()),
        body_hash: before.body_hash,
    }
}

/// How long the answer stays fresh from now on: `max-age` less the time it lay in caches, else Expires less Date
/// (RFC 9111, section 4.2). Nothing for what may not be kept.
fn max_age_s(headers: &HeaderMap, now: Timestamp) -> Option<u32> {
    let lines = headers.get_all(CACHE_CONTROL);
    let directives: Vec<String> =
        lines.iter().filter_map(|line| line.to_str().ok()).map(str::to_ascii_lowercase).collect();
    let mut directives = directives.iter().flat_map(|line| line.split(',')).map(str::trim);
    if directives.clone().any(|directive| matches!(directive, "no-cache" | "no-store")) {
        return None;
    }
    let age = directives.find_map(|directive| whole_seconds(directive.strip_prefix("max-age=")?.trim_matches('"')));
    let lain = text(headers, AGE).and_then(|age| whole_seconds(&age)).unwrap_or(0);
    let fresh = match age {
        Some(age) => age.saturating_sub(lain),
        None => date(headers, EXPIRES)?.as_second().saturating_sub(sent_at(headers, now).as_second()),
    };
    u32::try_from(fresh.max(0)).ok()
}

/// Retry-After in both its forms (RFC 9110, section 10.2.3). A date is read against the server's own clock.
fn retry_after_s(headers: &HeaderMap, now: Timestamp) -> Option<u32> {
    let wait = match text(headers, RETRY_AFTER).and_then(|value| whole_seconds(&value)) {
        Some(seconds) => seconds,
        None => date(headers, RETRY_AFTER)?.as_second().saturating_sub(sent_at(headers, now).as_second()),
    };
    u32::try_from(wait.clamp(0, RETRY_AFTER_MAX_S)).ok()
}

fn sent_at(headers: &HeaderMap, now: Timestamp) -> Timestamp {
    date(headers, DATE).unwrap_or(now)
}

fn date(headers: &HeaderMap, name: impl AsHeaderName) -> Option<Timestamp> {
    http_date(text(headers, name)?.trim())
}

/// The three forms of RFC 9110, section 5.6.7; a wrong weekday does not matter.
fn http_date(text: &str) -> Option<Timestamp> {
    const USUAL: rfc2822::DateTimeParser = rfc2822::DateTimeParser::new().relaxed_weekday(true);
    if let Ok(at) = USUAL.parse_timestamp(text) {
        return Some(at);
    }
    // RFC 850 and asctime, both without their weekday and in UTC.
    let (_, rest) = text.split_once([',', ' '])?;
    let rest = rest.trim().trim_end_matches(" GMT");
    ["%d-%b-%y %H:%M:%S", "%b %e %H:%M:%S %Y"].iter().find_map(|form| {
        let civil = BrokenDownTime::parse(form, rest).ok()?.to_datetime().ok()?;
        civil.to_zoned(jiff::tz::TimeZone::UTC).ok().map(|zoned| zoned.timestamp())
    })
}

/// Digits alone; more of them than fit are "very long".
fn whole_seconds(text: &str) -> Option<i64> {
    let text = text.trim();
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().unwrap_or(i64::MAX))
}

fn text(headers: &HeaderMap, name: impl AsHeaderName) -> Option<String> {
    headers.get(name).map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use reqwest::header::{HeaderName, HeaderValue};

    const NOW: &str = "1994-11-06T08:49:37Z";

    fn headers(lines: &[(HeaderName, &'static str)]) -> HeaderMap {
        lines.iter().map(|(name, value)| (name.clone(), HeaderValue::from_static(value))).collect()
    }

    fn now() -> Timestamp {
        NOW.parse().expect("a time")
    }

    #[test]
    fn all_three_forms_of_a_date_are_read() {
        for text in [
            "Sun, 06 Nov 1994 08:49:37 GMT",
            "Mon, 06 Nov 1994 08:49:37 GMT",
            "Sun, 6 Nov 1994 08:49:37 +0000",
            "Sunday, 06-Nov-94 08:49:37 GMT",
            "Sun Nov  6 08:49:37 1994",
        ] {
            assert_eq!(http_date(text), Some(now()), "{text}");
        }
        for text in ["", "0", "-1", "soon", "Sun, 36 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 199408:49:37"] {
            assert_eq!(http_date(text), None, "{text}");
        }
    }

    #[test]
    fn retry_after_is_read_in_both_forms_against_the_servers_clock() {
        let wait = |lines: &[_]| retry_after_s(&headers(lines), now());
        assert_eq!(wait(&[(RETRY_AFTER, "120")]), Some(120));
        assert_eq!(wait(&[(RETRY_AFTER, "Sun, 06 Nov 1994 08:50:37 GMT")]), Some(60));
        let fast = (DATE, "Sun, 06 Nov 1994 09:50:00 GMT");
        assert_eq!(wait(&[(RETRY_AFTER, "Sun, 06 Nov 1994 09:50:30 GMT"), fast]), Some(30));
        assert_eq!(wait(&[(RETRY_AFTER, "Sun, 06 Nov 1990 08:50:37 GMT")]), Some(0));
        assert_eq!(wait(&[(RETRY_AFTER, "99999999999999999999999")]), Some(30 * 86_400));
        assert_eq!(wait(&[(RETRY_AFTER, "-5")]), None);
        assert_eq!(wait(&[]), None);
    }

    #[test]
    fn freshness_is_what_is_left_of_it() {
        let fresh = |lines: &[_]| max_age_s(&headers(lines), now());
        assert_eq!(fresh(&[(CACHE_CONTROL, "public, Max-Age=600")]), Some(600));
        assert_eq!(fresh(&[(CACHE_CONTROL, "max-age=\"600\""), (AGE, "100")]), Some(500));
        assert_eq!(fresh(&[(CACHE_CONTROL, "max-age=60"), (AGE, "100")]), Some(0));
        assert_eq!(fresh(&[(CACHE_CONTROL, "no-store, max-age=600")]), None);
        assert_eq!(fresh(&[(CACHE_CONTROL, "max-age=soon")]), None);
        let expires = (EXPIRES, "Sun, 06 Nov 1994 09:49:37 GMT");
        assert_eq!(fresh(std::slice::from_ref(&expires)), Some(3600));
        assert_eq!(fresh(&[expires.clone(), (DATE, "Sun, 06 Nov 1994 09:49:00 GMT")]), Some(37));
        assert_eq!(fresh(&[expires, (CACHE_CONTROL, "max-age=5")]), Some(5));
        assert_eq!(fresh(&[(EXPIRES, "0")]), None);
        assert_eq!(fresh(&[(EXPIRES, "Sun, 06 Nov 1990 08:49:37 GMT")]), Some(0));
        assert_eq!(fresh(&[]), None);
    }

    #[test]
    fn a_refusal_is_a_limit_only_where_reading_went_well_before() {
        let mut order = Order::of_address("http://a.example/feed").expect("an address");
        let mut answer = Answer {
            url: order.start.clone(),
            settled: order.start.clone(),
            status: StatusCode::FORBIDDEN,
            headers: HeaderMap::new(),
            body: Default::default(),
            conditional: false,
        };
        assert_eq!(kind(&answer, &order), FailureKind::Broken);
        order.worked = true;
        assert_eq!(kind(&answer, &order), FailureKind::Limited);
        order.failures = REFUSALS_AS_LIMIT;
        assert_eq!(kind(&answer, &order), FailureKind::Broken);
        answer.headers = headers(&[(RETRY_AFTER, "60")]);
        assert_eq!(kind(&answer, &order), FailureKind::Limited);
    }

    #[test]
    fn every_status_has_a_judgement() {
        for status in (100..1000).filter_map(|status| StatusCode::from_u16(status).ok()) {
            let order = Order::of_address("http://a.example/feed").expect("an address");
            let (url, settled) = (order.start.clone(), order.start.clone());
            let (headers, body) = (HeaderMap::new(), Default::default());
            let answer = Answer { url, settled, status, headers, body, conditional: false };
            assert!(matches!(judge(answer, &order, now()), Fetched::Failed(_)), "{status} without a body");
        }
    }
}
