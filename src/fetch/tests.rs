//! Does the fetcher hold its promises against real servers, friendly and hostile?
//!
//! In: servers on loopback addresses, each path a behaviour. Out: failing tests. Time-outs are milliseconds here, and
//! nothing else is waited for.

mod server;
mod tls;
mod ways;

use std::time::Duration;

use server::{FEED, Server};

use super::{Fetcher, Settings, SetupError};
use crate::model::{Body, FailureKind, Feed, FeedId, FeedState, FetchFailure, Fetched, Validators};

fn settings() -> Settings {
    Settings {
        user_agent: "newswatch-test (admin@example.org)".into(),
        allow: vec!["127.0.0.0/8".parse().expect("a network")],
        connect_timeout: Duration::from_millis(500),
        read_timeout: Duration::from_millis(150),
        total_timeout: Duration::from_millis(400),
        max_body_bytes: 65_536,
        host_pace: Duration::ZERO,
        ..Settings::default()
    }
}

fn fetcher() -> Fetcher {
    Fetcher::new(settings()).expect("a CA store and a client")
}

fn feed(url: &str) -> Feed {
    Feed {
        id: FeedId::of([url]),
        url: url.into(),
        name: "test".into(),
        tags: Vec::new(),
        lang: None,
        interval_min_s: 300,
        interval_max_s: 3600,
        headers: Vec::new(),
        proxy: None,
        paused: false,
        page: None,
        full_text: false,
    }
}

fn body(fetched: Fetched) -> Body {
    match fetched {
        Fetched::Body(body) => body,
        other => panic!("no body: {other:?}"),
    }
}

fn failure(fetched: Fetched) -> FetchFailure {
    match fetched {
        Fetched::Failed(failure) => failure,
        other => panic!("no failure: {other:?}"),
    }
}

/// Fetches `path` as it is and expects to be told `reason`, in which HOST stands for the server.
async fn check_failure(server: &Server, path: &str, kind: FailureKind, reason: &str) {
    let failure = failure(fetcher().fetch(&feed(&server.url(path)), &FeedState::default()).await);
    let host = server.base.trim_start_matches("http://");
    assert_eq!((failure.kind, failure.reason.replace(host, "HOST").as_str()), (kind, reason), "{path}");
}

#[tokio::test]
async fn what_came_with_a_body_makes_the_next_request_conditional() {
    let server = Server::on("127.0.0.1").await;
    let (fetcher, feed) = (fetcher(), feed(&server.url("/feed")));
    let first = body(fetcher.fetch(&feed, &FeedState::default()).await);
    assert_eq!(first.bytes, FEED.as_bytes());
    assert_eq!((first.content_type.as_deref(), first.final_url.as_str()), (Some("text/xml"), feed.url.as_str()));
    assert_eq!((first.moved_to, first.validators.etag.as_deref()), (None, Some("W/\"v 1\"")));

    let state = FeedState { validators: first.validators.clone(), ..FeedState::default() };
    let second = fetcher.fetch(&feed, &state).await;
    assert_eq!(second, Fetched::NotModified { validators: first.validators, max_age_s: Some(600) });
    let heads = server.heads();
    assert!(!heads[0].contains("if-"), "{}", heads[0]);
    assert!(heads[0].contains("user-agent: newswatch-test (admin@example.org)"), "{}", heads[0]);
    assert!(heads[0].contains("accept-encoding: gzip, br, zstd, deflate"), "{}", heads[0]);
    assert!(heads[1].contains("if-modified-since: sun, 06 nov 1994 08:49:37 gmt"), "{}", heads[1]);
}

#[tokio::test]
async fn a_body_equal_to_the_last_one_is_no_news() {
    let server = Server::on("127.0.0.1").await;
    let (fetcher, feed) = (fetcher(), feed(&server.url("/gzip")));
    let first = body(fetcher.fetch(&feed, &FeedState::default()).await);
    assert_eq!(first.bytes, FEED.as_bytes());
    assert_eq!((&first.validators.etag, &first.validators.last_modified), (&None, &None));
    let state = FeedState { validators: first.validators.clone(), ..FeedState::default() };
    let second = fetcher.fetch(&feed, &state).await;
    assert_eq!(second, Fetched::NotModified { validators: first.validators, max_age_s: None });
}

#[tokio::test]
async fn a_sloppy_server_is_understood() {
    let server = Server::on("127.0.0.1").await;
    assert_eq!(fetcher().get(&server.url("/sloppy")).await.expect("a body").bytes, FEED.as_bytes());
}

#[tokio::test]
async fn permanent_moves_are_told_apart_and_used_once_confirmed() {
    let server = Server::on("127.0.0.1").await;
    let (target, fetcher) = (server.url("/feed"), fetcher());
    let moved = |path: String| {
        let (fetcher, feed) = (fetcher.clone(), feed(&server.url(&path)));
        async move { body(fetcher.fetch(&feed, &FeedState::default()).await).moved_to }
    };
    assert_eq!(moved("/hop/9".into()).await, Some(target.clone()));
    assert_eq!(moved(format!("/to/302/{target}")).await, None);
    assert_eq!(moved(format!("/to/302/{}", server.url("/hop/0"))).await, None);
    let for_now = server.url(&format!("/to/307/{target}"));
    assert_eq!(moved(format!("/to/308/{for_now}")).await, Some(for_now), "the address that should be used from now on");

    let state = FeedState { moved_to: Some(target.clone()), moved_seen: 3, ..FeedState::default() };
    let before = server.heads().len();
    let direct = body(fetcher.fetch(&feed(&server.url("/hop/0")), &state).await);
    assert_eq!((server.heads().len() - before, direct.moved_to), (1, Some(target)));
}

#[tokio::test]
async fn redirects_have_an_end_and_lead_nowhere_private() {
    let server = Server::on("127.0.0.1").await;
    let broken = FailureKind::Broken;
    let cases = [
        ("/hop/10", "`HOST` redirects after 10 redirects: given up"),
        ("/to/302/", "`HOST` redirects in a circle"),
        ("/status/302", "`HOST` redirects without saying where"),
        ("/to/302/ftp://a.example/x", "`ftp` addresses are not fetched, only http and https"),
        ("/to/302/file:///etc/passwd", "`file` addresses are not fetched, only http and https"),
        ("/to/302/http://[", "`HOST` redirects to an address that cannot be read: invalid IPv6 address"),
    ];
    for (path, reason) in cases {
        check_failure(&server, path, broken, reason).await;
    }
    check_failure(&server, "/to/302//to/302//to/302/http://10.0.0.5/", broken, &private("10.0.0.5")).await;
    for odd in [
        "http://0xa9fea9fe/latest",
        "http://2852039166/",
        "http://0251.0376.0251.0376/",
        "http://[::ffff:169.254.169.254]/",
        "http://[::ffff:a9fe:a9fe]/",
        "http://[64:ff9b::a9fe:a9fe]/",
        "http://user@169.254.43518/",
    ] {
        let failure =
            failure(fetcher().fetch(&feed(&server.url(&format!("/to/301/{odd}"))), &FeedState::default()).await);
        assert!(failure.reason.contains("is link-local: not fetched"), "{}", failure.reason);
    }
}

fn private(ip: &str) -> String {
    format!("address {ip} is private: not fetched (if you trust it: `allow = [\"{ip}\"]` under `[fetch]`)")
}

#[tokio::test]
async fn a_name_that_leads_home_is_refused() {
    let server = Server::on("127.0.0.1").await;
    let fetcher = Fetcher::new(Settings { allow: Vec::new(), ..settings() }).expect("a client");
    let by_name = server.url("/feed").replace("127.0.0.1", "localhost");
    for url in [by_name.as_str(), &server.url("/feed"), "http://127.1/", "http://[::1]/"] {
        let failure = fetcher.get(url).await.expect_err("refused");
        assert!(failure.reason.contains("is loopback: not fetched"), "{}", failure.reason);
        assert_eq!(failure.kind, FailureKind::Broken);
    }
    assert_eq!(server.heads(), Vec::<String>::new(), "nothing was connected to");
}

#[tokio::test]
async fn another_origin_sees_neither_credentials_nor_validators() {
    let (home, other) = (Server::on("127.0.0.1").await, Server::on("127.0.0.2").await);
    let url = home.url(&format!("/to/301//to/302/{}", other.url("/feed"))).replacen("http://", "http://me:p%40ss@", 1);
    let mut feed = feed(&url);
    feed.headers = vec![("X-Token".into(), "secret".into())];
    let validators = Validators { etag: Some("\"v 0\"".into()), ..Validators::default() };
    let got = body(fetcher().fetch(&feed, &FeedState { validators, ..FeedState::default() }).await);
    assert_eq!(got.final_url, other.url("/feed"));
    assert!(!got.moved_to.expect("one permanent step").contains("me:"));

    for head in home.heads() {
        for ours in ["authorization: basic bwu6cebzcw==", "x-token: secret", "if-none-match: \"v 0\""] {
            assert!(head.contains(ours), "{ours} in {head}");
        }
    }
    assert_eq!((home.heads().len(), other.heads().len()), (2, 1));
    for secret in ["authorization", "x-token", "if-none-match"] {
        assert!(!other.heads()[0].contains(secret), "{}", other.heads()[0]);
    }
}

#[tokio::test]
async fn hostile_bodies_cost_no_more_than_their_bounds() {
    let server = Server::on("127.0.0.1").await;
    let large = "answer of `HOST` is larger than 64 KiB";
    for path in ["/endless", "/bomb", "/zstd-bomb", "/deflate-bomb", "/brotli-bomb", "/large"] {
        check_failure(&server, path, FailureKind::Broken, large).await;
    }
    check_failure(&server, "/large-headers", FailureKind::Broken, "headers of `HOST` are larger than 64 KiB").await;
    let many = "request to `HOST` failed: message head is too large";
    check_failure(&server, "/many-headers", FailureKind::Transient, many).await;
    let no_http = "request to `HOST` failed: invalid HTTP version parsed";
    check_failure(&server, "/not-http", FailureKind::Transient, no_http).await;
    check_failure(&server, "/empty", FailureKind::Transient, "empty answer from `HOST`").await;
}

#[tokio::test]
async fn silence_and_dripping_end_in_time() {
    let server = Server::on("127.0.0.1").await;
    let late = FailureKind::Transient;
    tokio::join!(
        check_failure(&server, "/hang", late, "`HOST` did not finish within 0.4 s"),
        check_failure(&server, "/stall", late, "`HOST` said nothing for 0.15 s"),
        check_failure(&server, "/drip", late, "`HOST` did not finish within 0.4 s"),
    );
}

#[tokio::test]
async fn a_body_that_always_breaks_off_is_read_as_far_as_it_goes() {
    let server = Server::on("127.0.0.1").await;
    let (fetcher, feed) = (fetcher(), feed(&server.url("/cut")));
    let first = failure(fetcher.fetch(&feed, &FeedState::default()).await);
    assert!(first.reason.contains("broke off: "), "{}", first.reason);
    let third = body(fetcher.fetch(&feed, &FeedState { failures: 2, ..FeedState::default() }).await);
    assert_eq!(third.bytes, b"<rss><channel>");
    assert_eq!(third.validators, Validators::default(), "the next poll asks for all of it again");
}

#[tokio::test]
async fn each_status_bears_on_the_next_attempt() {
    use FailureKind::{Broken, Gone, Limited, Transient};
    let server = Server::on("127.0.0.1").await;
    let fetcher = fetcher();
    let table = [
        (204, Transient),
        (401, Broken),
        (403, Limited),
        (404, Broken),
        (408, Transient),
        (410, Gone),
        (429, Limited),
        (500, Transient),
        (503, Limited),
        (599, Transient),
    ];
    for (status, kind) in table {
        let url = server.url(&format!("/status/{status}"));
        let failure = failure(fetcher.fetch(&feed(&url), &FeedState::default()).await);
        assert_eq!(failure.kind, kind, "{status}");
        assert_eq!(failure.retry_after_s, (status != 204).then_some(120), "{status}");
    }
    let not_asked = fetcher.get(&server.url("/not-asked")).await.expect_err("no validators were sent");
    assert_eq!(not_asked.kind, Transient);
    let elsewhere = server.url(&format!("/to/302/{}", server.url("/status/410")));
    assert_eq!(
        failure(fetcher.fetch(&feed(&elsewhere), &FeedState::default()).await).kind,
        Broken,
        "not the feed itself"
    );
    let limited = failure(fetcher.fetch(&feed(&server.url("/status/429")), &FeedState::default()).await);
    assert!(limited.reason.ends_with("` answered 429 Too Many Requests, asks us to wait 120 s"), "{}", limited.reason);
}

#[tokio::test]
async fn a_host_gets_two_requests_at_once_and_delays_no_other() {
    let (one, other) = (Server::on("127.0.0.1").await, Server::on("127.0.0.2").await);
    let fetcher = fetcher();
    let mut flights = tokio::task::JoinSet::new();
    for path in ["/slow", "/slow", "/slow", "/slow", "/slow", "/slow"] {
        let (fetcher, url) = (fetcher.clone(), one.url(path));
        flights.spawn(async move { fetcher.get(&url).await.map(|_| ()) });
    }
    assert!(flights.join_all().await.iter().all(Result::is_ok));
    assert_eq!(one.busiest(), 2);

    let mut hanging = tokio::task::JoinSet::new();
    for _ in 0..6 {
        let (fetcher, url) = (fetcher.clone(), one.url("/hang"));
        hanging.spawn(async move { fetcher.get(&url).await.map(|_| ()) });
    }
    while one.heads().len() < 8 {
        tokio::task::yield_now().await;
    }
    assert!(fetcher.get(&other.url("/feed")).await.is_ok());
    assert!(hanging.try_join_next().is_none(), "the hanging host is still being waited for");
    hanging.abort_all();
}

#[tokio::test]
async fn what_cannot_be_reached_is_named() {
    let closed = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
        listener.local_addr().expect("bound")
    };
    let fetcher = fetcher();
    let said = async |url: String| fetcher.get(&url).await.expect_err("no answer").reason;
    assert_eq!(said(format!("http://me:secret@{closed}/x")).await, format!("connection to `{closed}` refused"));
    let unknown = said("http://feeds.invalid/x".into()).await;
    assert!(unknown.starts_with("`feeds.invalid` cannot be found: "), "{unknown}");
    let server = Server::on("127.0.0.1").await;
    let no_tls = said(server.url("/feed").replace("http:", "https:")).await;
    assert!(no_tls.starts_with("TLS with `127.0.0.1:") && no_tls.contains("failed: "), "{no_tls}");
    assert_eq!(said("feeds.example/x".into()).await, "the address cannot be read: relative URL without a base");
    assert_eq!(said("gopher://a.example/".into()).await, "`gopher` addresses are not fetched, only http and https");
}

#[tokio::test]
async fn a_proxy_carries_the_request_and_its_password_stays_secret() {
    let proxy = Server::on("127.0.0.3").await;
    let configured = Settings { proxy: Some(proxy.base.clone()), ..settings() };
    let through = Fetcher::new(configured).expect("a client").get("http://feeds.invalid/feed").await;
    assert_eq!(through.expect("the proxy's answer").bytes, FEED.as_bytes());
    assert!(proxy.heads()[0].starts_with("get http://feeds.invalid/feed "));

    for wrong in ["ftp://me:secret@proxy/", "http://me:secret@:x/", "me:secret"] {
        let error = Fetcher::new(Settings { proxy: Some(wrong.into()), ..settings() }).err().expect(wrong);
        assert!(matches!(error, SetupError::Proxy(_)) && !error.to_string().contains("secret"), "{error}");
    }
    let wrong = Fetcher::new(Settings { user_agent: "a\nb".into(), ..settings() }).err();
    assert!(matches!(wrong, Some(SetupError::UserAgent(_))), "{wrong:?}");
}
