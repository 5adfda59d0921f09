//! Are feeds read for what they mean?
//!
//! In: small feeds written for these tests, in `tests/data/feeds` and below. Out: failing assertions. Nothing here is taken
//! from a real feed.

use super::*;
use crate::model::{Entry, FeedKind};

const BASE: &str = "https://wire.example/feeds/all.xml";

fn read(bytes: &[u8]) -> Parsed {
    parse(bytes, &Hints { base: Some(BASE), ..Hints::default() })
}

fn codes(parsed: &Parsed) -> Vec<&'static str> {
    parsed.warnings.iter().map(|warning| warning.code).collect()
}

/// Headline, link and date of each entry, a line each.
fn outline(parsed: &Parsed) -> Vec<String> {
    let line = |entry: &Entry| {
        let date = entry.published.map(|at| at.to_string()).unwrap_or_default();
        format!("{} | {} | {date}", entry.title, entry.link.as_deref().unwrap_or_default())
    };
    parsed.entries.iter().map(line).collect()
}

/// The entries of an RSS channel with this inside.
fn items(inside: &str) -> Vec<Entry> {
    read(format!("<rss version=\"2.0\"><channel>{inside}</channel></rss>").as_bytes()).entries
}

#[test]
fn a_sloppy_feed_loses_nothing() {
    let parsed = read(include_bytes!("../../tests/data/feeds/sloppy-rss.xml"));
    assert_eq!(parsed.kind, Some(FeedKind::Rss));
    assert_eq!(
        outline(&parsed),
        [
            "Ferry & crew safe – “all fine” | https://wire.example/news/1?utm_source=rss&utm_medium=feed | 2020-10-05T10:00:00Z",
            "Tide & wind warnings | https://wire.example/news/2 | 2020-10-04T08:30:00Z",
            "Lighthouse closes | https://wire.example/news/3 | ",
            "Only a description, which has to stand in for the headline that nobody wrote. |  | ",
        ]
    );
    let first = &parsed.entries[0];
    assert_eq!((first.guid.as_deref(), first.summary.as_str()), (Some("wire-1"), "The ferry Aurora\nis back in port."));
    assert_eq!(first.canonical_link.as_deref(), Some("https://wire.example/news/1"));
    assert_eq!(parsed.entries[1].summary, "Two metres.");
    assert_eq!(parsed.entries[2].source.as_deref(), Some("Coast Daily"));
    assert_eq!(
        codes(&parsed),
        [
            "cut-off",
            "unfinished-item",
            "junk-before-feed",
            "cdata-not-closed",
            "unclosed-element",
            "unclosed-item",
            "bare-ampersand",
            "no-id",
            "bad-date",
            "wrong-encoding"
        ]
    );
}

#[test]
fn a_feed_tells_its_pace() {
    let parsed = read(include_bytes!("../../tests/data/feeds/sloppy-rss.xml"));
    assert_eq!((parsed.title.as_deref(), parsed.lang.as_deref()), (Some("Harbour Wire Example & Co"), Some("en")));
    let pace = parsed.pace;
    assert_eq!(
        (pace.ttl_s, pace.update_period_s, pace.hub.as_deref()),
        (Some(900), Some(900), Some("https://hub.example/"))
    );
    assert_eq!((pace.skip_hours, pace.skip_days), (vec![0, 3], vec![7]));
}

#[test]
fn atom_under_a_prefix() {
    let parsed = read(include_bytes!("../../tests/data/feeds/atom.xml"));
    assert_eq!((parsed.kind, parsed.title.as_deref()), (Some(FeedKind::Atom), Some("Blog & mehr")));
    assert_eq!(
        outline(&parsed),
        ["Un titre < deux | https://atom.example/blog/1 | 2020-10-05T08:00:00Z", "Example |  | 2020-10-04T00:00:00Z",]
    );
    let first = &parsed.entries[0];
    assert_eq!((first.lang.as_deref(), first.source.as_deref()), (Some("fr"), Some("Autre journal")));
    assert_eq!(first.text.as_deref(), Some("Premier\nSecond"));
    assert_eq!(first.guid.as_deref(), Some("tag:atom.example,2020:1"));
    assert_eq!(parsed.entries[1].summary, "Kurz");
    assert!(parsed.warnings.is_empty(), "{:?}", parsed.warnings);
}

#[test]
fn rdf_json_and_sitemaps() {
    let rdf = read(include_bytes!("../../tests/data/feeds/rdf.xml"));
    assert_eq!(rdf.kind, Some(FeedKind::Rdf));
    assert_eq!(
        outline(&rdf),
        ["First | https://rdf.example/a | 2004-05-27T16:31:15Z", "Second | https://rdf.example/b.html | "]
    );
    assert_eq!(rdf.entries[1].guid.as_deref(), Some("https://rdf.example/b"));

    let json = read(include_bytes!("../../tests/data/feeds/feed.json"));
    assert_eq!((json.kind, json.pace.hub.as_deref()), (Some(FeedKind::Json), Some("https://hub.example/")));
    assert_eq!(
        outline(&json),
        [
            "Numbers as ids | https://wire.example/17 | 2020-10-05T16:00:00Z",
            "a < b & c | https://json.example/18 | 2020-10-05T00:00:00Z",
        ]
    );
    assert_eq!(json.entries[0].text.as_deref(), Some("One\nTwo"));

    let map = read(include_bytes!("../../tests/data/feeds/news-sitemap.xml"));
    assert_eq!(map.kind, Some(FeedKind::Sitemap));
    assert_eq!(outline(&map), ["Bridge & tunnel open | https://map.example/news/1 | 2020-10-05T10:00:00Z"]);
    assert_eq!((map.entries[0].lang.as_deref(), map.entries[0].source.as_deref()), (Some("en"), Some("The Map")));
}

#[test]
fn windows_1251_with_russian_dates() {
    let parsed = read(include_bytes!("../../tests/data/feeds/windows-1251.xml"));
    assert_eq!(outline(&parsed), ["Паром вернулся в порт | https://port.example/1 | 2020-10-05T09:00:00Z"]);
}

#[test]
fn what_is_no_feed_says_why() {
    for (body, expected) in [
        ("", "the answer is empty"),
        ("<!DOCTYPE html><html><head><title>Log &amp; in</title>", "HTML instead of a feed: `Log & in`"),
        ("<html><script>var x = '<item>';</script><item>", "HTML instead of a feed"),
        ("{\"a\": 1}", "JSON, but no JSON Feed: it has no list of items"),
        ("hello", "no feed: it has no `rss`, `feed` or `RDF` element and begins with `hello`"),
        ("<opml version='1.0'><body/></opml>", "a list of feeds (OPML) instead of a feed"),
    ] {
        let parsed = read(body.as_bytes());
        assert_eq!((parsed.error.as_deref(), parsed.kind), (Some(expected), None));
    }
    let index = read(
        b"<sitemapindex><sitemap><loc>https://a.example/1.xml</loc><lastmod>2024-10-05</lastmod></sitemap>\
          <sitemap><loc>/2.xml</loc><lastmod>2024-10-06</lastmod></sitemap><sitemap><loc>/news.xml</loc></sitemapindex>",
    );
    assert_eq!((codes(&index), index.error), (vec!["sitemap-index", "no-items"], None));
    let newest: Vec<_> = newest_sitemaps(&index.sitemaps, 2).iter().map(|map| map.url.as_str()).collect();
    assert_eq!(newest, ["https://wire.example/news.xml", "https://wire.example/2.xml"]);
}

#[test]
fn links_from_wherever_they_are() {
    for (inside, expected) in [
        ("<guid>https://a.example/1</guid>", Some("https://a.example/1")),
        ("<guid isPermaLink='false'>https://a.example/1</guid><atom:link href='/2'/>", Some("https://wire.example/2")),
        ("<guid>no-address</guid><enclosure url='https://a.example/3.mp3'/>", Some("https://a.example/3.mp3")),
        ("<guid>/4</guid>", Some("https://wire.example/4")),
        ("<link/>https://a.example/5", Some("https://a.example/5")),
        ("<link>javascript:alert(1)</link>", None),
        ("<link>\n https://a.example/6?a=1&amp;amp;b=2\n</link>", Some("https://a.example/6?a=1&b=2")),
        ("<link href=https://a.example/7/></link>", Some("https://a.example/7/")),
    ] {
        let entries = items(&format!("<item><title>T</title>{inside}</item>"));
        assert_eq!(entries[0].link.as_deref(), expected, "{inside}");
    }
    let burned = items(
        "<item><link>https://x.example/~r/1</link><feedburner:origLink>https://a.example/1</feedburner:origLink></item>",
    );
    assert_eq!(burned[0].link.as_deref(), Some("https://x.example/~r/1"));
    assert_eq!(burned[0].canonical_link.as_deref(), Some("https://a.example/1"));
}

#[test]
fn elements_that_belong_to_something_else() {
    let entries = items(
        "<item><media:title>Other</media:title><image><title>Logo</title></image><title>Own</title>\
         <title>Second</title><foo:title>Foreign</foo:title></item>",
    );
    assert_eq!(entries[0].title, "Own");
}

#[test]
fn an_unclosed_description_keeps_its_neighbours() {
    let entries =
        items("<item><description>Text <p>more<pubDate>2020-10-05</pubDate></item><item><title>Next</title></item>");
    assert_eq!((entries[0].summary.as_str(), entries[0].published.is_some()), ("Text\nmore", true));
    assert_eq!(entries[1].title, "Next");
}

#[test]
fn bounds_are_kept_and_told() {
    let many = "<item><guid>1</guid></item>".repeat(ENTRIES_MAX + 3);
    let parsed = read(format!("<rss><channel>{many}</channel></rss>").as_bytes());
    assert_eq!((parsed.entries.len(), codes(&parsed)), (ENTRIES_MAX, vec!["too-many-items"]));
    assert_eq!(parsed.warnings[0].text, "3 items beyond the limit were not read");
    let long = items(&format!("<item><title>{}</title></item>", "word ".repeat(1_000)));
    assert_eq!(long[0].title.len(), complete::TITLE_BYTES_MAX - 1);
}

/// Each of these would take minutes if any search were repeated from every place.
#[test]
fn hostile_bodies_take_linear_time() {
    let pieces = [
        "<!--",
        "<?",
        "<![CDATA[",
        "<item><description>",
        "<item><description><guid>x</item>",
        "<description></b>",
        "<source>",
        "<description><![CDATA[</description>",
        "<a b=\"<a\" ",
        "<a b='",
        "</",
        "&a;",
        "<title>&amp;",
        "<x:y xmlns:z='a'>",
    ];
    for prefix in ["<rss><channel>", "<rss><channel><item><description>", "<rss><channel><item><description><![CDATA["]
    {
        for piece in pieces {
            read(format!("{prefix}{}]]>", piece.repeat(200_000 / piece.len())).as_bytes());
        }
    }
}

#[test]
fn damage_anywhere_never_panics() {
    let whole = include_bytes!("../../tests/data/feeds/sloppy-rss.xml");
    for end in 0..whole.len() {
        read(&whole[..end]);
        let mut bent = whole.to_vec();
        bent[end] = bent[end].wrapping_mul(31) ^ 0x5A;
        read(&bent);
    }
}
