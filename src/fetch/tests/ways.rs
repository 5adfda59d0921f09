//! Which ways lead to a server: IPv6, proxies of one feed, names with several addresses?
//!
//! In: servers and proxies on loopback addresses. Out: failing tests.

use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};

use super::{FEED, Fetcher, Server, Settings, body, failure, feed, fetcher, settings};
use crate::model::{Feed, FeedState};

#[tokio::test]
async fn ipv6_is_spoken() {
    if std::net::TcpListener::bind("[::1]:0").is_err() {
        println!("skipped: this machine has no IPv6");
        return;
    }
    let server = Server::on("::1").await;
    let allowed = Settings { allow: vec!["::1".parse().expect("a network")], ..settings() };
    let got = Fetcher::new(allowed).expect("a client").get(&server.url("/feed")).await;
    assert_eq!(got.expect("an answer").bytes, FEED.as_bytes());
    assert!(fetcher().get(&server.url("/feed")).await.expect_err("refused").reason.contains("is loopback"));
}

#[tokio::test]
async fn a_feed_may_have_a_proxy_of_its_own() {
    let (own, general, direct) =
        (Server::on("127.0.0.3").await, Server::on("127.0.0.4").await, Server::on("127.0.0.1").await);
    let fetcher = Fetcher::new(Settings { proxy: Some(general.base.clone()), ..settings() }).expect("a client");
    let through = |proxy: Option<&str>, url: &str| {
        let (fetcher, feed) = (fetcher.clone(), Feed { proxy: proxy.map(str::to_owned), ..feed(url) });
        async move { fetcher.fetch(&feed, &FeedState::default()).await }
    };
    body(through(Some(&own.base), "http://feeds.invalid/feed").await);
    body(through(None, "http://feeds.invalid/feed").await);
    body(through(Some("direct"), &direct.url("/feed")).await);
    assert_eq!((own.heads().len(), general.heads().len(), direct.heads().len()), (1, 1, 1));
    assert!(direct.heads()[0].starts_with("get /feed "), "{}", direct.heads()[0]);
    let wrong = failure(through(Some("gopher://me:secret@x/"), "http://feeds.invalid/feed").await);
    assert!(!wrong.reason.contains("secret"), "{}", wrong.reason);
}

/// A SOCKS5 proxy without a password (RFC 1928) for IPv4 addresses; answers how many bytes of greeting it got.
async fn socks() -> String {
    let listener = TcpListener::bind("127.0.0.5:0").await.expect("a free port");
    let address = format!("socks5://{}", listener.local_addr().expect("bound"));
    tokio::spawn(async move {
        while let Ok((mut client, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut greeting = [0; 2];
                client.read_exact(&mut greeting).await?;
                client.read_exact(&mut vec![0; greeting[1].into()]).await?;
                client.write_all(&[5, 0]).await?;
                let mut request = [0; 10];
                client.read_exact(&mut request).await?;
                assert_eq!(request[..4], [5, 1, 0, 1], "connect to an IPv4 address");
                let ip = std::net::Ipv4Addr::new(request[4], request[5], request[6], request[7]);
                let mut server = TcpStream::connect((ip, u16::from_be_bytes([request[8], request[9]]))).await?;
                client.write_all(&[5, 0, 0, 1, 0, 0, 0, 0, 0, 0]).await?;
                copy_bidirectional(&mut client, &mut server).await
            });
        }
    });
    address
}

#[tokio::test]
async fn socks_proxies_are_used_and_private_targets_stay_refused_behind_them() {
    let (server, proxy) = (Server::on("127.0.0.1").await, socks().await);
    let own = |url: &str| Feed { proxy: Some(proxy.clone()), ..feed(url) };
    let got = body(fetcher().fetch(&own(&server.url("/feed")), &FeedState::default()).await);
    assert_eq!(got.bytes, FEED.as_bytes());
    let closed = Settings { allow: vec!["127.0.0.5".parse().expect("a network")], ..settings() };
    let closed = Fetcher::new(closed).expect("a client");
    for url in [server.url("/feed"), server.url("/feed").replace("127.0.0.1", "localhost")] {
        let refused = failure(closed.fetch(&own(&url), &FeedState::default()).await);
        assert!(refused.reason.contains("loopback"), "{}", refused.reason);
    }
    assert_eq!(server.heads().len(), 1);
}

#[tokio::test]
async fn a_hostile_host_takes_no_time_from_others() {
    let (bad, good) = (Server::on("127.0.0.6").await, Server::on("127.0.0.7").await);
    let patience = Duration::from_secs(30);
    let slow = Settings { total_timeout: patience, read_timeout: patience, max_in_flight: 4, ..settings() };
    let fetcher = Fetcher::new(slow).expect("a client");
    let mut hostile = tokio::task::JoinSet::new();
    for number in 0..40 {
        let path = ["/hang", "/drip", "/stall"][number % 3];
        let (fetcher, url) = (fetcher.clone(), bad.url(path));
        hostile.spawn(async move { fetcher.get(&url).await.map(|_| ()) });
    }
    while bad.heads().len() < 2 {
        tokio::task::yield_now().await;
    }
    // Two of the four places are taken for half a minute; the others serve everyone else.
    let begun = std::time::Instant::now();
    for _ in 0..20 {
        fetcher.get(&good.url("/feed")).await.expect("an answer");
    }
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    assert_eq!(bad.heads().len(), 2, "the others wait in its own queue");
    hostile.abort_all();
}
