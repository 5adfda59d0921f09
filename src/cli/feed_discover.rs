//! Which feeds does a site have?
//!
//! In: an address. Out: what can be polled there, each thing tried, best first, as TOML for `feeds.toml`: the address itself,
//! feeds that the page names, sitemaps that `robots.txt` names and that those list, the usual addresses; and where there is
//! none of these, a first guess of selectors for the page. It asks a bounded number of times, with the daemon's manners.

use std::collections::BTreeSet;
use std::io::Write;
use std::path::Path;

use serde::Serialize;
use url::Url;

use super::args::FeedDiscover;
use super::feed_test::{self, kind_words};
use super::open::block_on;
use super::table;
use crate::clock::Clock;
use crate::config::toml_string;
use crate::fetch::Fetcher;
use crate::model::{Body, FeedKind, PageRules, Parsed, Timestamp};
use crate::parse::{self, Hints, Robots, offer, parse, robots_address};

/// Requests for one call, the page and `robots.txt` included.
const REQUESTS_MAX: usize = 30;
/// Sitemaps that are looked into in one index.
const SITEMAPS_A_INDEX_MAX: usize = 3;
/// Where feeds usually are, tried where the page names none.
const USUAL: [&str; 9] = [
    "/feed",
    "/rss",
    "/rss.xml",
    "/feed.xml",
    "/atom.xml",
    "/index.xml",
    "/feed.json",
    "/news/rss",
    "/feeds/posts/default",
];
/// Where news sitemaps usually are, tried where `robots.txt` names none.
const USUAL_SITEMAPS: [&str; 4] = ["/news-sitemap.xml", "/sitemap-news.xml", "/sitemap_news.xml", "/sitemap.xml"];

/// Looks for feeds and prints what there is.
pub fn run(folder: &Path, args: &FeedDiscover, json: bool, out: &mut dyn Write) -> anyhow::Result<bool> {
    let config = feed_test::configuration(folder)?;
    let address = if args.url.contains("://") { args.url.clone() } else { format!("https://{}", args.url) };
    let url = Url::parse(&address).map_err(|error| anyhow::anyhow!("`{}` is no address: {error}", args.url))?;
    let mut search = Search::new(feed_test::fetcher(config.as_ref())?);
    block_on(async {
        search.all(&url).await;
        Ok(())
    })?;
    search.found.sort_by_key(Candidate::rank);
    for trouble in &search.troubles {
        eprintln!("note: {trouble}");
    }
    let known: BTreeSet<&str> = config.iter().flat_map(|config| &config.feeds).map(|feed| feed.url.as_str()).collect();
    let now = Clock::system().now();
    for (number, candidate) in search.found.iter().enumerate() {
        if json {
            writeln!(out, "{}", serde_json::to_string(&candidate.line())?)?;
        } else {
            write!(out, "{}", candidate.toml(number == 0, known.contains(candidate.url.as_str()), now))?;
        }
    }
    if search.found.is_empty() {
        eprintln!("no feed, no sitemap and no list of items was found at {address}");
    }
    Ok(!search.found.is_empty())
}

/// Something that can be polled.
struct Candidate {
    url: String,
    /// As the page or the feed calls it.
    name: String,
    kind: Option<FeedKind>,
    items: usize,
    dated: usize,
    /// Items with a headline of their own rather than their address.
    titled: usize,
    latest: Option<Timestamp>,
    page: Option<PageRules>,
}

#[derive(Serialize)]
struct Line<'a> {
    url: &'a str,
    name: &'a str,
    kind: Option<FeedKind>,
    items: usize,
    dated: usize,
    titled: usize,
    latest: Option<Timestamp>,
    page: Option<Vec<(&'static str, &'a str)>>,
}

impl Candidate {
    fn of(url: &str, name: Option<&str>, parsed: &Parsed, page: Option<PageRules>) -> Self {
        let name = name.or(parsed.title.as_deref()).filter(|name| !name.trim().is_empty()).unwrap_or(url);
        let dates = || parsed.entries.iter().filter_map(|entry| entry.published);
        let titled = parsed.entries.iter().filter(|entry| entry.link.as_ref() != Some(&entry.title)).count();
        Self {
            url: url.to_owned(),
            name: name.to_owned(),
            kind: parsed.kind,
            items: parsed.entries.len(),
            dated: dates().count(),
            titled,
            latest: dates().max(),
            page,
        }
    }

    /// Best first: headlines at all, real feeds before sitemaps before guesses, dated ones, then the newest.
    fn rank(&self) -> impl Ord + use<> {
        let form = match self.kind {
            Some(FeedKind::Page) => 2,
            Some(FeedKind::Sitemap) => 1,
            _ => 0,
        };
        let latest = std::cmp::Reverse(self.latest);
        (self.titled == 0, form, self.dated == 0, latest, std::cmp::Reverse(self.items), self.url.clone())
    }

    fn line(&self) -> Line<'_> {
        let page = self.page.as_ref().map(parts);
        let Self { url, name, kind, items, dated, titled, latest, .. } = self;
        Line { url, name, kind: *kind, items: *items, dated: *dated, titled: *titled, latest: *latest, page }
    }

    /// A table for `feeds.toml`; all but the best commented out.
    fn toml(&self, is_best: bool, is_known: bool, now: Timestamp) -> String {
        let latest = self.latest.map(|at| format!(", the newest {}", table::distance(at, now))).unwrap_or_default();
        let mut about = format!("# {}: {} items, {} dated{latest}", kind_words(self.kind), self.items, self.dated);
        if self.titled == 0 {
            about.push_str("; addresses without headlines");
        }
        if self.page.is_some() {
            about.push_str("; a guess, try it with `newswatch feed test`");
        }
        if is_known {
            about.push_str("; configured already");
        }
        let mut lines = vec!["[[feed]]".to_owned(), format!("name = {}", quoted(&self.name))];
        lines.push(format!("url = {}", quoted(&self.url)));
        if let Some(page) = &self.page {
            let parts = parts(page).into_iter().map(|(key, value)| format!("{key} = {}", quoted(value)));
            lines.push(format!("page = {{ {} }}", parts.collect::<Vec<_>>().join(", ")));
        }
        let mark = if is_best && !is_known { "" } else { "# " };
        lines.iter().fold(about, |text, line| format!("{text}\n{mark}{line}")) + "\n\n"
    }
}

/// Keys and selectors, in the order in which a person writes them.
fn parts(page: &PageRules) -> Vec<(&'static str, &str)> {
    let all = [
        ("item", Some(&page.item)),
        ("title", page.title.as_ref()),
        ("link", page.link.as_ref()),
        ("date", page.date.as_ref()),
        ("summary", page.summary.as_ref()),
    ];
    all.into_iter().filter_map(|(key, value)| Some((key, value?.as_str()))).collect()
}

/// A text on one line, as TOML writes it.
fn quoted(text: &str) -> String {
    toml_string(&text.replace(char::is_control, " "))
}

/// A search and what it came to.
struct Search {
    fetcher: Fetcher,
    asked: BTreeSet<String>,
    found: Vec<Candidate>,
    /// Why the things failed that should have been there.
    troubles: Vec<String>,
}

impl Search {
    fn new(fetcher: Fetcher) -> Self {
        Self { fetcher, asked: BTreeSet::new(), found: Vec::new(), troubles: Vec::new() }
    }

    async fn all(&mut self, url: &Url) {
        let Some(body) = self.get(url.as_str(), true).await else { return };
        let (parsed, offer) = read_page(&body);
        if parsed.error.is_none() {
            self.take(url.as_str(), None, &parsed).await;
            return;
        }
        for link in &offer.links {
            self.try_one(&link.url, link.name.as_deref().or(offer.title.as_deref()), link.is_declared).await;
        }
        let is_feed = |candidate: &Candidate| candidate.kind != Some(FeedKind::Sitemap);
        if !self.found.iter().any(is_feed) {
            self.usual(url, &USUAL, is_feed).await;
        }
        self.sitemaps(url).await;
        if self.found.iter().all(|candidate| candidate.titled == 0) {
            self.guess(&body, offer.guess);
        }
    }

    /// Tries usual addresses until one is what was looked for.
    async fn usual(&mut self, url: &Url, paths: &[&str], is_it: impl Fn(&Candidate) -> bool) {
        for path in paths {
            if let Ok(address) = url.join(path) {
                self.try_one(address.as_str(), None, false).await;
            }
            if self.found.iter().any(&is_it) {
                return;
            }
        }
    }

    async fn sitemaps(&mut self, url: &Url) {
        let Some(address) = robots_address(url) else { return };
        self.asked.insert(address.to_string());
        let robots = self.fetcher.file(None, address.as_str()).await.ok().flatten().map(|bytes| Robots::read(&bytes));
        let named: Vec<String> =
            robots.iter().flat_map(|robots| robots.sitemaps()).map(|address| address.to_string()).collect();
        for address in &named {
            self.try_one(address, None, true).await;
        }
        let is_sitemap = |candidate: &Candidate| candidate.kind == Some(FeedKind::Sitemap);
        if !self.found.iter().any(is_sitemap) {
            self.usual(url, &USUAL_SITEMAPS, is_sitemap).await;
        }
    }

    fn guess(&mut self, body: &Body, guess: Option<PageRules>) {
        let Some(rules) = guess else { return };
        let hints = Hints { page: Some(&rules), ..hints(body) };
        let parsed = parse(&body.bytes, &hints);
        if parsed.error.is_none() {
            self.found.push(Candidate::of(&body.final_url, None, &parsed, Some(rules.clone())));
        }
    }

    async fn try_one(&mut self, address: &str, name: Option<&str>, is_expected: bool) {
        let Some(body) = self.get(address, is_expected).await else { return };
        let parsed = parse(&body.bytes, &hints(&body));
        match &parsed.error {
            None => self.take(address, name, &parsed).await,
            Some(error) if is_expected => self.troubles.push(format!("{address}: {error}")),
            Some(_) => {}
        }
    }

    /// Keeps what can be polled; of an index, the most promising sitemaps as well.
    async fn take(&mut self, address: &str, name: Option<&str>, parsed: &Parsed) {
        if !parsed.entries.is_empty() || parsed.sitemaps.is_empty() {
            self.found.push(Candidate::of(address, name, parsed, None));
        }
        for map in parse::newest_sitemaps(&parsed.sitemaps, SITEMAPS_A_INDEX_MAX) {
            let Some(body) = self.get(&map.url, true).await else { continue };
            let inner = parse(&body.bytes, &hints(&body));
            if !inner.entries.is_empty() {
                self.found.push(Candidate::of(&map.url, None, &inner, None));
            }
        }
    }

    /// Asks for an address that was not asked for yet, while requests are left.
    async fn get(&mut self, address: &str, is_expected: bool) -> Option<Body> {
        if self.asked.contains(address) {
            return None;
        }
        if self.asked.len() == REQUESTS_MAX {
            let told = format!("{REQUESTS_MAX} requests were made; what else there may be was not asked for");
            if !self.troubles.contains(&told) {
                self.troubles.push(told);
            }
            return None;
        }
        self.asked.insert(address.to_owned());
        match self.fetcher.get(address).await {
            Ok(body) => Some(body),
            Err(failure) => {
                if is_expected {
                    self.troubles.push(format!("{address}: {}", failure.reason));
                }
                None
            }
        }
    }
}

fn hints(body: &Body) -> Hints<'_> {
    Hints { content_type: body.content_type.as_deref(), base: Some(&body.final_url), page: None }
}

fn read_page(body: &Body) -> (Parsed, parse::Offer) {
    let hints = hints(body);
    (parse(&body.bytes, &hints), offer(&body.bytes, &hints))
}
