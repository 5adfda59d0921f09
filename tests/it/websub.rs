//! Does a hub that pushes make news arrive at once, and can nobody else?
//!
//! In: a real hub and feed on loopback, the real daemon on a stepped clock. Out: failing tests.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::{HeaderName, LINK};
use axum::routing::{get, post};
use newswatch::app::daemon::Running;
use newswatch::app::hooks::Hooks;
use newswatch::app::service::Service;
use newswatch::clock::Clock;
use newswatch::model::Timestamp;
use ring::hmac;

use crate::support::{at, mails, minutes, open, write_config};

type Form = Vec<(String, String)>;

/// A feed with its hub, and what we said to it.
#[derive(Clone, Default)]
struct Hub {
    address: Arc<Mutex<Option<SocketAddr>>>,
    items: Arc<Mutex<Vec<String>>>,
    polls: Arc<Mutex<u32>>,
    asked: Arc<Mutex<Vec<Form>>>,
}

impl Hub {
    async fn start() -> Self {
        let hub = Self::default();
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        *hub.address.lock().unwrap() = Some(listener.local_addr().unwrap());
        let router = Router::new().route("/wire", get(feed)).route("/hub", post(subscribe)).with_state(hub.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        hub
    }

    fn address(&self) -> SocketAddr {
        self.address.lock().unwrap().unwrap()
    }

    fn body(&self, items: &[String]) -> String {
        let base = self.address();
        let links = format!("<atom:link rel=\"self\" href=\"http://{base}/wire\"/>");
        let item = |title: &String| format!("<item><guid>{title}</guid><title>{title}</title></item>");
        let items: String = items.iter().map(item).collect();
        format!("<rss version=\"2.0\"><channel><title>Wire</title>{links}{items}</channel></rss>")
    }

    /// The callback address and the secret of the last request.
    fn last(&self) -> (String, String) {
        let asked = self.asked.lock().unwrap();
        let value = |name: &str| asked.last().unwrap().iter().find(|(key, _)| key == name).unwrap().1.clone();
        (value("hub.callback"), value("hub.secret"))
    }
}

/// The head names the hub, the body the feed's own address; the reader's tests have both in the body.
async fn feed(State(hub): State<Hub>) -> ([(HeaderName, String); 1], String) {
    *hub.polls.lock().unwrap() += 1;
    ([(LINK, format!("<http://{}/hub>; rel=hub", hub.address()))], hub.body(&hub.items.lock().unwrap()))
}

/// Accepts, and asks back as the specification says.
async fn subscribe(State(hub): State<Hub>, form: String) -> StatusCode {
    let form: Vec<(String, String)> = url::form_urlencoded::parse(form.as_bytes()).into_owned().collect();
    let value = |name: &str| form.iter().find(|(key, _)| key == name).unwrap().1.clone();
    let question = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs([("hub.mode", "subscribe"), ("hub.topic", &value("hub.topic")), ("hub.challenge", "say this")])
        .append_pair("hub.lease_seconds", "864000")
        .finish();
    let (callback, asked) = (value("hub.callback"), Arc::clone(&hub.asked));
    tokio::spawn(async move {
        let (status, answer) = request("GET", &format!("{callback}?{question}"), "", b"").await;
        assert_eq!((status, answer.as_str()), (200, "say this"));
        asked.lock().unwrap().push(form);
    });
    StatusCode::ACCEPTED
}

/// One HTTP request without a library; status and body.
async fn request(method: &str, url: &str, headers: &str, body: &[u8]) -> (u16, String) {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let (address, path) = url.trim_start_matches("http://").split_once('/').unwrap();
    let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
    let head = format!(
        "{method} /{path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nContent-Length: {}\r\n{headers}\r\n",
        body.len()
    );
    stream.write_all(&[head.as_bytes(), body].concat()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head.split(' ').nth(1).unwrap().parse().unwrap(), body.to_owned())
}

async fn push(callback: &str, secret: &str, body: &str) -> u16 {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    let tag: String = hmac::sign(&key, body.as_bytes()).as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    request("POST", callback, &format!("X-Hub-Signature: sha256={tag}\r\n"), Bytes::from(body.to_owned()).as_ref())
        .await
        .0
}

async fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    for _ in 0..2_000 {
        if is_so() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("{what}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_hub_pushes_is_told_at_once_and_what_a_stranger_pushes_never() {
    let folder = tempfile::tempdir().unwrap();
    let hub = Hub::start().await;
    hub.items.lock().unwrap().push("Quiet day in the valley".into());
    let config = write_config(folder.path(), hub.address(), &["wire"], &[("troops", "DPRK and troops")]);
    let door = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let main = std::fs::read_to_string(config.join("newswatch.toml")).unwrap();
    let main = format!("{main}\n[websub]\ncallback = \"http://{door}/push\"\nlisten = \"{door}\"\n");
    std::fs::write(config.join("newswatch.toml"), main).unwrap();
    let feeds = std::fs::read_to_string(config.join("feeds.toml")).unwrap();
    let feeds = feeds.replace("interval = \"10m\"", "interval_min = \"5m\"\ninterval_max = \"6h\"");
    std::fs::write(config.join("feeds.toml"), feeds).unwrap();

    let start = at("2024-10-15T09:00:00Z");
    let clock = Clock::stepped(start);
    let running = Running::start(Arc::new(open(&config, clock.clone(), Hooks::default()).await.unwrap()), Service);
    running.progress.reached(start).await;
    until("the hub is asked and confirms", || !hub.asked.lock().unwrap().is_empty()).await;
    let (callback, secret) = hub.last();
    assert!(callback.starts_with(&format!("http://{door}/push/")), "{callback}");

    clock.step_to(start + minutes(1));
    let news = hub.body(&["North Korean troops arrive at the front".into()]);
    assert_eq!(push(&callback, "guessed", &news).await, 202, "a stranger is not told");
    assert_eq!(push(&format!("http://{door}/push/guessed"), &secret, &news).await, 404);
    assert_eq!(
        request("GET", &format!("{callback}?hub.mode=subscribe&hub.topic=x&hub.challenge=y"), "", b"").await.0,
        404
    );
    assert_eq!(push(&callback, &secret, "not a feed at all").await, 202);
    running.progress.nudge.notify_one();
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(mails(folder.path()).len(), 0, "nothing of that was read");
    assert_eq!(push(&callback, &secret, &news).await, 202);
    until("the push is told", || mails(folder.path()).len() == 1).await;
    assert_eq!(*hub.polls.lock().unwrap(), 1, "without a poll");

    // The feed shows it as well, and is polled less, but never left alone.
    hub.items.lock().unwrap().insert(0, "North Korean troops arrive at the front".into());
    let mut now = start;
    let mut step = async |to: Timestamp| {
        while now < to {
            now = (now + minutes(20)).min(to);
            clock.step_to(now);
            running.progress.reached(now).await;
        }
        *hub.polls.lock().unwrap()
    };
    let first_day = step(start + minutes(24 * 60)).await;
    assert!((4..=8).contains(&first_day), "{first_day} polls in a day");
    // The hub forgets us: what a poll finds makes it polled by its own rhythm again, and the news is told.
    hub.items.lock().unwrap().insert(0, "Twelve DPRK troops killed in Kursk, Seoul says".into());
    let later = step(start + minutes(30 * 60)).await;
    assert!(later > first_day);
    until("the poll is told", || mails(folder.path()).len() == 2).await;
    step(start + minutes(10 * 24 * 60)).await;
    assert!(hub.asked.lock().unwrap().len() >= 2, "the lease is renewed before it ends");
    running.stop().await;
}
