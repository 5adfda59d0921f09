//! What does newswatch see in a feed?
//!
//! In: files and addresses. Out: for each, in order, one JSON line (a contract, see `docs/ARCHITECTURE.md`) or a few lines
//! for a person: kind, items, what had to be repaired. Nothing is stored; the answer is no if any input was no feed.

use std::io::Write;
use std::path::Path;

use anyhow::Context;
use serde::Serialize;

use super::args::FeedTest;
use super::open::block_on;
use super::table;
use crate::app::{daemon, wiring};
use crate::clock::Clock;
use crate::config::Config;
use crate::fetch::{Fetcher, Settings};
use crate::model::{Entry, FeedKind, PageRules, Parsed, Timestamp};
use crate::parse::{Hints, check_selector, parse};

/// Items that a person is shown, newest first.
const ITEMS_SHOWN: usize = 5;
const TITLE_CHARACTERS: usize = 90;
/// A summary in JSON is for looking at, not for keeping.
const SUMMARY_BYTES_MAX: usize = 2_000;

/// Reads every input and prints what it holds.
pub fn run_inputs(folder: &Path, args: &FeedTest, json: bool, out: &mut dyn Write) -> anyhow::Result<bool> {
    let is_address = |input: &String| input.starts_with("http://") || input.starts_with("https://");
    let is_remote = args.inputs.iter().any(is_address);
    let config = if is_remote { configuration(folder)? } else { None };
    let fetcher = if is_remote { Some(fetcher(config.as_ref())?) } else { None };
    let given = page_rules(args)?;
    let mut all_are_feeds = true;
    for (number, input) in args.inputs.iter().enumerate() {
        let page = given.as_ref().or_else(|| configured(config.as_ref()?, input));
        let parsed = match fetcher.as_ref().filter(|_| is_address(input)) {
            Some(fetcher) => fetched(fetcher, input, page)?.0,
            None => from_file(input, args.base.as_deref(), page),
        };
        all_are_feeds &= parsed.error.is_none();
        if json {
            writeln!(out, "{}", serde_json::to_string(&Line::of(input, &parsed))?)?;
        } else {
            let gap = if number > 0 { "\n" } else { "" };
            write!(out, "{gap}{}", for_a_person(input, &parsed, Clock::system().now()))?;
        }
        out.flush()?;
    }
    Ok(all_are_feeds)
}

/// The configuration, where there is one.
pub fn configuration(folder: &Path) -> anyhow::Result<Option<Config>> {
    if folder.is_dir() { Ok(Some(daemon::load(folder)?.0)) } else { Ok(None) }
}

/// The fetcher of the configuration where there is one, so that a test meets what the daemon would meet.
pub fn fetcher(config: Option<&Config>) -> anyhow::Result<Fetcher> {
    let settings = config.map_or_else(Settings::default, |config| wiring::fetch_settings(config, Clock::system()));
    Fetcher::new(settings).context("feeds cannot be fetched on this machine")
}

/// The selectors on the command line.
fn page_rules(args: &FeedTest) -> anyhow::Result<Option<PageRules>> {
    let Some(item) = args.item.clone() else {
        let others = [&args.title, &args.link, &args.date, &args.summary];
        anyhow::ensure!(
            others.iter().all(|other| other.is_none()),
            "selectors look inside of an item: give `--item`, too"
        );
        return Ok(None);
    };
    let (title, link) = (args.title.clone(), args.link.clone());
    let rules = PageRules { item, title, link, date: args.date.clone(), summary: args.summary.clone() };
    let parts =
        [Some(&rules.item), rules.title.as_ref(), rules.link.as_ref(), rules.date.as_ref(), rules.summary.as_ref()];
    for part in parts.into_iter().flatten() {
        check_selector(part).map_err(|problem| {
            let hint = problem.hint.map(|hint| format!(" ({hint})")).unwrap_or_default();
            anyhow::anyhow!("`{part}` {}{hint}", problem.reason)
        })?;
    }
    Ok(Some(rules))
}

/// The selectors of the configured feed with this address.
fn configured<'c>(config: &'c Config, address: &str) -> Option<&'c PageRules> {
    let address = url::Url::parse(address).ok()?;
    config.feeds.iter().find(|feed| feed.url == address.as_str())?.page.as_ref()
}

/// What is at an address, and where it has moved to for good.
pub fn fetched(fetcher: &Fetcher, url: &str, page: Option<&PageRules>) -> anyhow::Result<(Parsed, Option<String>)> {
    block_on(async {
        Ok(match fetcher.get(url).await {
            Ok(body) => {
                let hints = Hints { content_type: body.content_type.as_deref(), base: Some(&body.final_url), page };
                (parse(&body.bytes, &hints), body.moved_to)
            }
            Err(failure) => (unread(failure.reason), None),
        })
    })
}

fn from_file(path: &str, base: Option<&str>, page: Option<&PageRules>) -> Parsed {
    match std::fs::read(path) {
        Ok(bytes) => parse(&bytes, &Hints { content_type: None, base, page }),
        Err(error) => unread(format!("cannot read `{path}`: {error}")),
    }
}

fn unread(error: String) -> Parsed {
    Parsed { error: Some(error), ..Parsed::default() }
}

/// One line of `feed test --json`.
#[derive(Serialize)]
struct Line<'a> {
    file: &'a str,
    ok: bool,
    kind: Option<FeedKind>,
    entries: Vec<LineEntry<'a>>,
    warnings: Vec<&'a str>,
    error: Option<&'a str>,
}

#[derive(Serialize)]
struct LineEntry<'a> {
    id: String,
    title: &'a str,
    link: Option<&'a str>,
    published: Option<Timestamp>,
    summary: &'a str,
}

impl<'a> Line<'a> {
    fn of(file: &'a str, parsed: &'a Parsed) -> Self {
        Self {
            file,
            ok: parsed.error.is_none(),
            kind: parsed.kind,
            entries: parsed.entries.iter().map(LineEntry::of).collect(),
            warnings: parsed.warnings.iter().map(|warning| warning.text.as_str()).collect(),
            error: parsed.error.as_deref(),
        }
    }
}

impl<'a> LineEntry<'a> {
    fn of(entry: &'a Entry) -> Self {
        let summary = if entry.summary.is_empty() { entry.text.as_deref().unwrap_or_default() } else { &entry.summary };
        let summary = &summary[..summary.floor_char_boundary(SUMMARY_BYTES_MAX)];
        let link = entry.link.as_deref();
        Self { id: entry.key(), title: &entry.title, link, published: entry.published, summary }
    }
}

/// The format, for a person.
pub fn kind_words(kind: Option<FeedKind>) -> &'static str {
    match kind {
        Some(FeedKind::Rss) => "RSS",
        Some(FeedKind::Rdf) => "RDF (RSS 1.0)",
        Some(FeedKind::Atom) => "Atom",
        Some(FeedKind::Json) => "JSON Feed",
        Some(FeedKind::Sitemap) => "sitemap",
        Some(FeedKind::Page) => "page",
        None => "unknown",
    }
}

fn for_a_person(input: &str, parsed: &Parsed, now: Timestamp) -> String {
    if let Some(error) = &parsed.error {
        return format!("{input}\n  no feed: {}\n", error.trim_start_matches("no feed: "));
    }
    let kind = kind_words(parsed.kind);
    let title = parsed.title.as_deref().map(|title| format!(", `{title}`")).unwrap_or_default();
    let lang = parsed.lang.as_deref().map(|lang| format!(", language `{lang}`")).unwrap_or_default();
    let items = match parsed.entries.len() {
        1 => "1 item".to_owned(),
        number => format!("{number} items"),
    };
    let mut text = format!("{input}\n  {kind}{title}{lang}: {items}\n");
    for warning in &parsed.warnings {
        text.push_str(&format!("  note: {} ({})\n", warning.text, warning.code));
    }
    for line in newest(&parsed.entries, now).lines() {
        text.push_str(&format!("  {line}\n"));
    }
    text
}

/// The newest items with their dates; in the order of the feed where there are no dates.
fn newest(entries: &[Entry], now: Timestamp) -> String {
    let mut entries: Vec<&Entry> = entries.iter().collect();
    entries.sort_by_key(|entry| std::cmp::Reverse(entry.published));
    let row = |entry: &&Entry| {
        let date = entry.published.map_or_else(|| "no date".to_owned(), |at| table::moment(at, now));
        vec![date, table::short(&entry.title, TITLE_CHARACTERS)]
    };
    table::aligned(&[], entries.iter().take(ITEMS_SHOWN).map(row))
}

#[cfg(test)]
mod tests {
    use super::*;

    const FEED: &[u8] = b"<rss><channel><title>Wire</title><item><title>A & B</title><link>/1</link>\
        <pubDate>Thu, 01 Jan 2004 19:48:21 GMT</pubDate><description>&lt;p&gt;Text</description></item></channel></rss>";

    fn test_file(bytes: &[u8], json: bool) -> (bool, String) {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("feed.xml");
        std::fs::write(&path, bytes).expect("a file");
        let input = path.to_string_lossy().into_owned();
        let base = Some("https://a.example/feed".to_owned());
        let args = FeedTest { inputs: vec![input.clone()], base, ..FeedTest::default() };
        let mut out = Vec::new();
        let answer = run_inputs(folder.path(), &args, json, &mut out).expect("an answer");
        (answer, String::from_utf8(out).expect("text").replace(&input, "FILE"))
    }

    #[test]
    fn the_contract_in_json() {
        let (answer, line) = test_file(FEED, true);
        assert!(answer);
        assert_eq!(
            line,
            "{\"file\":\"FILE\",\"ok\":true,\"kind\":\"rss\",\"entries\":[{\"id\":\"https://a.example/1\",\"title\":\"A & B\",\
             \"link\":\"https://a.example/1\",\"published\":\"2004-01-01T19:48:21Z\",\"summary\":\"Text\"}],\
             \"warnings\":[\"1 ampersand is not escaped\"],\"error\":null}\n"
        );
        let (answer, line) = test_file(b"<html><title>Gone</title>", true);
        assert!(!answer);
        assert_eq!(
            line,
            "{\"file\":\"FILE\",\"ok\":false,\"kind\":null,\"entries\":[],\"warnings\":[],\
             \"error\":\"HTML instead of a feed: `Gone`\"}\n"
        );
    }

    #[test]
    fn a_missing_file_is_an_answer_too() {
        let args = FeedTest { inputs: vec!["/nowhere/feed.xml".to_owned()], ..FeedTest::default() };
        let mut out = Vec::new();
        assert!(!run_inputs(Path::new("/nowhere"), &args, true, &mut out).expect("an answer"));
        assert!(String::from_utf8_lossy(&out).contains("\"ok\":false"));
    }

    #[test]
    fn for_people() {
        let (_, text) = test_file(FEED, false);
        assert!(
            text.starts_with("FILE\n  RSS, `Wire`: 1 item\n  note: 1 ampersand is not escaped (bare-ampersand)\n"),
            "{text}"
        );
        assert!(text.contains("2004") && text.contains("A & B"), "{text}");
    }
}
