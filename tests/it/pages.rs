//! Sites without a proper feed: are pages, sitemaps and articles read over real HTTP, with manners?
//!
//! In: a local site as a table of paths. Out: what is found, polled, asked for and mailed.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use newswatch::app::daemon;
use newswatch::app::hooks::Hooks;
use newswatch::clock::Clock;

use crate::support::{self, at};

/// A site: what each path answers, and which were asked for.
#[derive(Clone, Default)]
pub struct Site(Arc<Mutex<Pages>>);

#[derive(Default)]
struct Pages {
    pages: BTreeMap<String, String>,
    asked: Vec<String>,
}

impl Site {
    pub async fn serve(&self) -> SocketAddr {
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let router = Router::new().fallback(answer).with_state(self.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        address
    }

    pub fn put(&self, path: &str, body: &str) {
        self.0.lock().unwrap().pages.insert(path.to_owned(), body.to_owned());
    }

    pub fn asked(&self, path: &str) -> usize {
        self.0.lock().unwrap().asked.iter().filter(|asked| *asked == path).count()
    }
}

async fn answer(State(site): State<Site>, uri: Uri) -> Response {
    let mut pages = site.0.lock().unwrap();
    pages.asked.push(uri.path().to_owned());
    let Some(body) = pages.pages.get(uri.path()).cloned() else { return StatusCode::NOT_FOUND.into_response() };
    let kind = if body.contains("<html") { "text/html" } else { "application/xml" };
    ([(header::CONTENT_TYPE, kind)], body).into_response()
}

/// A configuration folder with one feed, whose other keys are `more`.
fn configure(folder: &Path, url: &str, more: &str) -> std::path::PathBuf {
    let config = support::write_config(folder, "127.0.0.1:9".parse().unwrap(), &[], &[("troops", "DPRK and troops")]);
    let feed = format!("[[feed]]\nname = \"Site\"\nurl = \"{url}\"\nlang = \"en\"\ninterval = \"10m\"\n{more}\n");
    std::fs::write(config.join("feeds.toml"), feed).unwrap();
    config
}

/// One process: opened, polled once, closed.
async fn round(config: &Path, time: &str) -> newswatch::store::Store {
    let engine = support::open(config, Clock::stepped(at(time)), Hooks::default()).await.unwrap();
    daemon::run_once(engine).await;
    let state = config.parent().unwrap().join("state").join(daemon::DATABASE);
    newswatch::store::Store::open_read_only(&state).await.unwrap()
}

const PAGE: &str = "<!DOCTYPE html><html><head><title>Ministry</title></head><body><ul class=news>\
    <li><h3><a href='/press/1'>The ministry announces a first measure</a></h3><time datetime='2024-10-01T10:00:00Z'>x</time></li>\
    <li><h3><a href='/press/2'>The ministry announces a second one</a></h3><time datetime='2024-10-02T10:00:00Z'>x</time></li>\
    <li><h3><a href='/press/3'>The ministry announces yet another</a></h3><time datetime='2024-10-03T10:00:00Z'>x</time></li>\
    </ul></body></html>";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_is_polled_by_its_selectors() {
    let (site, folder) = (Site::default(), tempfile::tempdir().unwrap());
    site.put("/press", PAGE);
    let url = format!("http://{}/press", site.serve().await);
    let config = configure(folder.path(), &url, "page = { item = 'ul.news > li' }");
    let store = round(&config, "2024-10-04T00:00:00Z").await;
    let items = store.items_after(newswatch::store::Place::at(at("2024-01-01T00:00:00Z")), 10).await.unwrap();
    let titles: Vec<_> = items.iter().map(|item| item.title.as_str()).collect();
    assert_eq!(titles.len(), 3, "{titles:?}");
    assert!(items[0].link.as_deref().unwrap().ends_with("/press/1") && items[0].published.is_some());
    site.put("/press", "<html><title>Moved</title><p>New design</html>");
    let store = round(&config, "2024-10-04T01:00:00Z").await;
    let states = store.feed_states().await.unwrap();
    let error = states.values().next().unwrap().last_error.clone().unwrap();
    assert_eq!(error, "`item = \"ul.news > li\"` selects nothing on this page, `Moved`");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_index_of_sitemaps_is_followed_at_each_poll() {
    let (site, folder) = (Site::default(), tempfile::tempdir().unwrap());
    let map = |number: u32| {
        format!(
            "<urlset xmlns:n='http://www.google.com/schemas/sitemap-news/0.9'><url><loc>https://a.example/{number}</loc><n:news>\
             <n:publication_date>2024-10-01</n:publication_date><n:title>Headline {number}</n:title></n:news></url></urlset>"
        )
    };
    let address = site.serve().await;
    let url = format!("http://{address}/index.xml");
    site.put(
        "/index.xml",
        &format!("<sitemapindex><sitemap><loc>http://{address}/news.xml</loc></sitemap><sitemap><loc>/gone.xml</loc></sitemap></sitemapindex>"),
    );
    site.put("/news.xml", &map(1));
    let config = configure(folder.path(), &url, "");
    round(&config, "2024-10-04T00:00:00Z").await;
    site.put("/news.xml", &map(2));
    let store = round(&config, "2024-10-04T01:00:00Z").await;
    let items = store.items_after(newswatch::store::Place::at(at("2024-01-01T00:00:00Z")), 10).await.unwrap();
    let titles: Vec<_> = items.iter().map(|item| item.title.as_str()).collect();
    assert_eq!(titles, ["Headline 1", "Headline 2"]);
    let states = store.feed_states().await.unwrap();
    assert!(states.values().next().unwrap().warnings.contains_key("sitemap-failed"));
}

async fn discover(folder: &Path, url: &str) -> (bool, String) {
    let config = configure(folder, "https://other.example/feed", "");
    let url = url.to_owned();
    let output = tokio::task::spawn_blocking(move || {
        Command::new(env!("CARGO_BIN_EXE_newswatch"))
            .args(["--config", config.to_str().unwrap(), "feed", "discover", &url])
            .output()
            .unwrap()
    });
    let output = output.await.unwrap();
    (output.status.success(), String::from_utf8(output.stdout).unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn discovery_proposes_feeds_sitemaps_or_selectors_as_toml() {
    let (site, folder) = (Site::default(), tempfile::tempdir().unwrap());
    let address = site.serve().await;
    site.put("/press", PAGE);
    let (found, text) = discover(folder.path(), &format!("http://{address}/press")).await;
    assert!(found && text.contains("page = { item = \"") && text.contains("date = \"time\""), "{text}");
    let toml: toml::Table = text.parse().expect("ready to paste");
    assert_eq!(toml["feed"].as_array().map(Vec::len), Some(1));
    assert!(site.asked("/robots.txt") == 1 && site.asked("/feed") == 1);

    let linked =
        PAGE.replace("</head>", "<link rel=alternate type=application/rss+xml title='Ministry' href=/all.rss></head>");
    site.put("/press", &linked);
    site.put("/all.rss", "<rss><channel><item><title>One</title><link>/1</link><pubDate>Thu, 03 Oct 2024 10:00:00 GMT</pubDate></item></channel></rss>");
    site.put("/robots.txt", &format!("Sitemap: http://{address}/map.xml"));
    site.put("/map.xml", "<urlset><url><loc>/1</loc><lastmod>2024-10-01</lastmod></url></urlset>");
    let (found, text) = discover(folder.path(), &format!("http://{address}/press")).await;
    assert!(found && text.starts_with("# RSS: 1 items, 1 dated, the newest "), "{text}");
    assert!(text.contains("# sitemap: 1 items, 1 dated") && text.contains("addresses without headlines"), "{text}");
    let (found, _) = discover(folder.path(), &format!("http://{address}/nothing")).await;
    assert!(!found);
}

const HEADLINE: &str = "Officers from North Korea killed in a strike";
const TEXT: &str = "Six soldiers from North Korea were killed near Donetsk on Thursday, an intelligence source said, and the troops \
    there were taken by surprise when the missile struck the training ground early in the morning.";

fn feed_of(address: SocketAddr, numbers: &[u32]) -> String {
    let item = |number: &u32| {
        format!(
            "<item><guid>{number}</guid><title>{HEADLINE} {number}</title><link>http://{address}/a/{number}</link></item>"
        )
    };
    format!("<rss><channel><title>Site</title>{}</channel></rss>", numbers.iter().map(item).collect::<String>())
}

fn article() -> String {
    format!("<html><body><article><h1>{HEADLINE}</h1><p>{TEXT}</p><p>{TEXT}</p></article></body></html>")
}

/// The daemon's tasks, until `done`.
async fn until(engine: &Arc<newswatch::app::engine::Engine>, done: impl AsyncFn() -> bool) {
    let running = daemon::Running::start(Arc::clone(engine), newswatch::app::service::Service);
    let waited = tokio::time::timeout(std::time::Duration::from_secs(20), async {
        while !done().await {
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
    });
    waited.await.expect("in time");
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_article_of_a_half_match_is_fetched_and_matched_as_a_version() {
    let (site, folder) = (Site::default(), tempfile::tempdir().unwrap());
    let address = site.serve().await;
    site.put("/feed", &feed_of(address, &[]));
    site.put("/a/1", &article());
    let config = configure(folder.path(), &format!("http://{address}/feed"), "");
    std::fs::write(
        config.join("watches.toml"),
        "[[watch]]\nname = \"troops\"\nquery = 'DPRK and Donetsk'\nalert = \"every article\"\nto = [\"desk\"]\n",
    )
    .unwrap();
    round(&config, "2024-10-04T00:00:00Z").await;
    site.put("/feed", &feed_of(address, &[1]));
    // A round asks for no half match, but keeps that it is wanted: the next process finds it.
    let store = round(&config, "2024-10-04T01:00:00Z").await;
    assert_eq!(
        (site.asked("/a/1"), store.state_rows_of(newswatch::model::StateKind::Article).await.unwrap().len()),
        (0, 1)
    );
    let engine =
        Arc::new(support::open(&config, Clock::stepped(at("2024-10-04T02:00:00Z")), Hooks::default()).await.unwrap());
    let store = engine.store.clone();
    until(&engine, async || store.counts(at("2024-01-01T00:00:00Z")).await.unwrap().sent == 1).await;
    drop((engine, store));
    assert_eq!((site.asked("/robots.txt"), site.asked("/a/1")), (1, 1));
    // The same feed again is no change of the item, and no second request.
    let store = round(&config, "2024-10-04T03:00:00Z").await;
    let items = store.items_after(newswatch::store::Place::at(at("2024-01-01T00:00:00Z")), 10).await.unwrap();
    let versions: Vec<_> = items.iter().map(|item| (item.version, item.text.is_some())).collect();
    assert_eq!(versions, [(1, false), (2, true)]);
    assert!(items[1].text.as_deref().unwrap().contains("Donetsk"));
    assert_eq!(store.state_rows_of(newswatch::model::StateKind::Article).await.unwrap(), []);
    assert_eq!(site.asked("/a/1"), 1);
    let mails = support::mails(folder.path());
    assert_eq!(mails.len(), 1, "told once");
    assert!(mails[0].text.contains("Donetsk"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn full_text_is_fetched_where_robots_may_and_failures_end() {
    let (site, folder) = (Site::default(), tempfile::tempdir().unwrap());
    let address = site.serve().await;
    site.put("/robots.txt", "User-agent: *\nDisallow: /a/2\n");
    site.put("/a/1", &article());
    site.put("/a/2", &article());
    site.put("/feed", &feed_of(address, &[]));
    let config = configure(folder.path(), &format!("http://{address}/feed"), "full_text = true");
    std::fs::write(config.join("watches.toml"), "[[watch]]\nname = \"W\"\nquery = 'penguins'\nto = [\"desk\"]\n")
        .unwrap();
    round(&config, "2024-10-04T00:00:00Z").await;
    site.put("/feed", &feed_of(address, &[1, 2, 3]));
    let store = round(&config, "2024-10-04T01:00:00Z").await;
    let asked = |number: u32| site.asked(&format!("/a/{number}"));
    assert_eq!((asked(1), asked(2), asked(3)), (1, 0, 1));
    let items = store.items_after(newswatch::store::Place::at(at("2024-01-01T00:00:00Z")), 10).await.unwrap();
    assert_eq!(items.iter().filter(|item| item.text.is_some()).count(), 1);
    let facts = store.notes().await.unwrap();
    let line = &facts["articles"].value;
    assert!(line.starts_with("0 wait, 1 read, 2 given up since the start, the last because "), "{line}");
    round(&config, "2024-10-04T05:00:00Z").await;
    assert_eq!((asked(1), asked(2), asked(3)), (1, 0, 1), "what was given up is not asked for again");
}
