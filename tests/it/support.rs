//! What do the integration tests share?
//!
//! In: feeds as lists of items that a test grows. Out: a local HTTP server for them, a configuration folder, the real daemon
//! on a stepped clock, and what its Maildir holds. It asserts nothing.

use std::collections::BTreeMap;
use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::{Path as UrlPath, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use jiff::{SignedDuration, Timestamp};
use newswatch::app::daemon;
use newswatch::app::engine::Engine;
use newswatch::app::events::Event;
use newswatch::app::hooks::Hooks;
use newswatch::app::wiring::MAILDIR;
use newswatch::clock::Clock;

/// One item that a feed serves.
#[derive(Clone)]
pub struct Entry {
    pub guid: String,
    pub title: String,
    pub text: String,
    pub published: Timestamp,
}

/// Feeds by name; shared between the test and the server.
#[derive(Clone, Default)]
pub struct Feeds(Arc<Mutex<BTreeMap<String, Vec<Entry>>>>);

impl Feeds {
    pub fn publish(&self, feed: &str, guid: &str, title: &str, text: &str, published: Timestamp) {
        let entry = Entry { guid: guid.into(), title: title.into(), text: text.into(), published };
        let mut feeds = self.0.lock().unwrap();
        let entries = feeds.entry(feed.into()).or_default();
        entries.retain(|known| known.guid != entry.guid);
        entries.insert(0, entry);
    }

    pub fn empty(&self, feed: &str) {
        self.0.lock().unwrap().entry(feed.into()).or_default();
    }

    fn body(&self, feed: &str) -> Option<String> {
        let feeds = self.0.lock().unwrap();
        let mut body = format!("<rss version=\"2.0\"><channel><title>{feed}</title>");
        for entry in feeds.get(feed)? {
            let date = jiff::fmt::rfc2822::to_string(&entry.published.to_zoned(jiff::tz::TimeZone::UTC)).unwrap();
            body += &format!(
                "<item><guid isPermaLink=\"false\">{}</guid><link>https://{feed}.example/{}</link><title>{}</title>\
                 <description>{}</description><pubDate>{date}</pubDate></item>",
                entry.guid, entry.guid, entry.title, entry.text
            );
        }
        Some(body + "</channel></rss>")
    }
}

/// Serves the feeds on loopback, with ETags.
pub async fn serve(feeds: Feeds) -> SocketAddr {
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    let router = Router::new().route("/{feed}", get(serve_one)).with_state(feeds);
    tokio::spawn(async move { axum::serve(listener, router).await });
    address
}

async fn serve_one(State(feeds): State<Feeds>, UrlPath(feed): UrlPath<String>, headers: HeaderMap) -> Response {
    let Some(body) = feeds.body(&feed) else { return StatusCode::NOT_FOUND.into_response() };
    let etag = format!("\"{:x}\"", newswatch::model::content_hash([&body]));
    if headers.get(header::IF_NONE_MATCH).is_some_and(|sent| sent.as_bytes() == etag.as_bytes()) {
        return StatusCode::NOT_MODIFIED.into_response();
    }
    ([(header::CONTENT_TYPE, "application/rss+xml".to_owned()), (header::ETAG, etag)], body).into_response()
}

/// Writes a configuration folder with these feeds and one watch a (name, query).
pub fn write_config(folder: &Path, address: SocketAddr, feeds: &[&str], watches: &[(&str, &str)]) -> PathBuf {
    let config = folder.join("config");
    fs::create_dir_all(&config).unwrap();
    let state = folder.join("state");
    let main = format!(
        "[state]\nfolder = \"{}\"\n[fetch]\ncontact = \"test@localhost\"\nallow = [\"127.0.0.0/8\"]\n\
         [[recipient]]\nname = \"desk\"\naddress = \"desk@localhost\"\nzone = \"UTC\"\n",
        state.display()
    );
    fs::write(config.join("newswatch.toml"), main).unwrap();
    let one = |feed: &&str| {
        format!("[[feed]]\nname = \"{feed}\"\nurl = \"http://{address}/{feed}\"\nlang = \"en\"\ninterval = \"10m\"\n")
    };
    fs::write(config.join("feeds.toml"), feeds.iter().map(one).collect::<String>()).unwrap();
    let one = |(name, query): &(&str, &str)| {
        format!("[[watch]]\nname = \"{name}\"\nquery = '{query}'\nalert = \"developments\"\nto = [\"desk\"]\n")
    };
    fs::write(config.join("watches.toml"), watches.iter().map(one).collect::<String>()).unwrap();
    config
}

/// Opens the engine of a configuration folder.
pub async fn open(config: &Path, clock: Clock, hooks: Hooks) -> anyhow::Result<Engine> {
    let (config, _) = daemon::load(config)?;
    daemon::open(config, clock, hooks, None).await
}

/// Collects events.
pub fn recorder() -> (Arc<Mutex<Vec<Event>>>, newswatch::app::events::Listener) {
    let events = Arc::new(Mutex::new(Vec::new()));
    let theirs = Arc::clone(&events);
    (events, Arc::new(move |event: &Event| theirs.lock().unwrap().push(event.clone())))
}

/// One mail of the Maildir: Message-ID and subject line as they stand in the file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mail {
    pub message_id: String,
    pub text: String,
}

/// The mails in the state folder's Maildir, by Message-ID.
pub fn mails(folder: &Path) -> Vec<Mail> {
    let new = folder.join("state").join(MAILDIR).join("new");
    let mut mails: Vec<Mail> = fs::read_dir(new)
        .into_iter()
        .flatten()
        .map(|entry| {
            let text = fs::read_to_string(entry.unwrap().path()).unwrap();
            let message_id = header_of(&text, "Message-ID").expect("every mail has a Message-ID");
            Mail { message_id, text }
        })
        .collect();
    mails.sort();
    mails
}

/// A header's value, unfolded.
pub fn header_of(mail: &str, name: &str) -> Option<String> {
    let head = mail.split("\r\n\r\n").next()?.replace("\r\n ", " ").replace("\r\n\t", " ");
    let line = head.split("\r\n").find(|line| line.to_lowercase().starts_with(&format!("{}:", name.to_lowercase())))?;
    Some(line[name.len() + 1..].trim().to_owned())
}

pub fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub fn minutes(number: i64) -> SignedDuration {
    SignedDuration::from_mins(number)
}
