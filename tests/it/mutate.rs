//! Does damaged input make a reader panic, hang or grow?
//!
//! In: sound feeds, sitemaps, lists and pages (those in `tests/data`, and the measuring kit's where it is there), changed at random
//! from a seed. Out: a failing test that names the seed. A moment each by default; `NEWSWATCH_FUZZ_S=600` for a long run. The
//! same targets are in `fuzz/` for cargo-fuzz.

use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use newswatch::model::{FeedId, PageRules};
use newswatch::parse::{ENTRIES_MAX, Hints, arrivals, article, offer, opml, parse};

/// Larger seeds make fewer rounds and find nothing more.
const SEED_BYTES_MAX: u64 = 60_000;
/// A body of that size takes well under a millisecond; a debug build on a busy machine is slow.
const ONE_READING_MAX: Duration = Duration::from_secs(5);

/// Splitmix64: chance that can be repeated.
pub struct Chance(pub u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    pub fn below(&mut self, end: usize) -> usize {
        (self.next() % end.max(1) as u64) as usize
    }

    /// At least 1, below two to the power of `bits`, short ones as likely as long ones.
    fn length(&mut self, bits: usize) -> usize {
        let size = 1 << self.below(bits);
        1 + self.below(size)
    }
}

/// What parsers trip over.
const PIECES: &[&str] = &[
    "<",
    ">",
    "</",
    "/>",
    "&",
    "&amp;",
    "&#x0;",
    "&#xD83D;",
    "&#1114112;",
    "&eacute;",
    "&#128512",
    "<![CDATA[",
    "]]>",
    "<!--",
    "-->",
    "<?xml encoding='utf-16'?>",
    "?>",
    "<!DOCTYPE x [<!ENTITY a '&a;&a;'>]>",
    "&a;",
    "\"",
    "'",
    "=",
    "\0",
    "\u{FEFF}",
    "\u{2028}",
    "é",
    "한국",
    "\u{1F600}",
    "İ",
    "ß",
    "<item>",
    "</item>",
    "<entry>",
    "<title>",
    "</title>",
    "<link/>",
    "<link href=",
    "<guid>",
    "<pubDate>99999999999999999999</pubDate>",
    "<pubDate>Thu, 31 Feb 0000 25:61:61 +9999",
    "<updated>-2147483648-13-45T99:99:99Z",
    "<source>",
    "<image>",
    "xml:base='http://['",
    "xmlns:a='",
    "type='xhtml'",
    "mode='base64'",
    "<div>",
    "<url><loc>",
    "<sitemap><loc>",
    "<news:title>",
    "<outline text='",
    "<outline xmlUrl='http://[",
    "xmlUrl=\"feed:",
    "category='/,/,//'",
    "</outline>",
    "{\"items\":[",
    "\"id\":1e999,",
    "\\ud800",
    "[[[[[[[[",
    "<ttl>-1</ttl>",
    "<skipHours><hour>99</hour>",
];

fn mutated(seeds: &[Vec<u8>], chance: &mut Chance) -> Vec<u8> {
    let mut bytes = seeds[chance.below(seeds.len())].clone();
    for _ in 0..=chance.below(8) {
        let at = chance.below(bytes.len() + 1);
        let length = chance.length(11);
        let end = bytes.len().min(at + length);
        match chance.below(8) {
            0 => drop(bytes.drain(at..end)),
            1 => bytes.truncate(at),
            2 => {
                let copy = bytes[at..end].to_vec();
                let to = chance.below(bytes.len() + 1);
                drop(bytes.splice(to..to, copy));
            }
            3 => bytes[at..end].iter_mut().for_each(|byte| *byte = chance.next() as u8),
            4 => bytes[at..end.min(at + 1)].iter_mut().for_each(|byte| *byte ^= 1 << chance.below(8)),
            5 => {
                let other = &seeds[chance.below(seeds.len())];
                let from = chance.below(other.len() + 1);
                let piece = other[from..other.len().min(from + length)].to_vec();
                drop(bytes.splice(at..at, piece));
            }
            6 => {
                let times = chance.length(12);
                let piece = PIECES[chance.below(PIECES.len())].repeat(times);
                drop(bytes.splice(at..at, piece.into_bytes()));
            }
            _ => drop(bytes.splice(at..at, PIECES[chance.below(PIECES.len())].bytes())),
        }
    }
    bytes
}

fn seeds(folders: &[&str], wanted: impl Fn(&Path) -> bool) -> Vec<Vec<u8>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut open: Vec<PathBuf> = folders.iter().map(|folder| root.join(folder)).collect();
    let mut seeds = Vec::new();
    while let Some(path) = open.pop() {
        if path.is_dir() {
            let mut inside: Vec<_> = std::fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()).collect();
            inside.sort();
            open.extend(inside);
        } else if path.metadata().is_ok_and(|metadata| metadata.len() <= SEED_BYTES_MAX) && wanted(&path) {
            let mut bytes = std::fs::read(&path).unwrap();
            if path.extension().is_some_and(|ending| ending == "gz") {
                let packed = std::mem::take(&mut bytes);
                let _ =
                    flate2::read::MultiGzDecoder::new(packed.as_slice()).take(SEED_BYTES_MAX).read_to_end(&mut bytes);
            }
            seeds.push(bytes);
        }
    }
    seeds
}

/// Runs until the time is over; says how far it came.
pub fn run(name: &str, seeds: &[Vec<u8>], read: impl Fn(&[u8])) {
    let number = |key: &str| std::env::var(key).ok().and_then(|text| text.parse::<u64>().ok());
    let (seconds, first) = (number("NEWSWATCH_FUZZ_S").unwrap_or(1), number("NEWSWATCH_FUZZ_SEED").unwrap_or(1));
    let (end, mut round) = (Instant::now() + Duration::from_secs(seconds), first);
    while Instant::now() < end {
        let bytes = mutated(seeds, &mut Chance(round));
        let begun = Instant::now();
        let read = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| read(&bytes)));
        let (took, again) = (begun.elapsed(), format!("{name}: again with NEWSWATCH_FUZZ_SEED={round}"));
        assert!(read.is_ok(), "{again}");
        assert!(took < ONE_READING_MAX, "{again}: {took:?} for {} bytes", bytes.len());
        round += 1;
    }
    println!("{name}: {} inputs from {} seeds", round - first, seeds.len());
}

fn read_feed(bytes: &[u8]) {
    let parsed =
        parse(bytes, &Hints { content_type: None, base: Some("https://feed.example/dir/feed.xml"), page: None });
    assert!(parsed.entries.len() <= ENTRIES_MAX);
    assert!(parsed.error.is_none() || parsed.entries.is_empty());
    let sum = |entry: &newswatch::model::Entry| {
        entry.title.len() + entry.summary.len() + entry.text.as_ref().map_or(0, String::len)
    };
    // What is read cannot be much larger than what came: no entity expands without a bound.
    let kept: usize = parsed.entries.iter().map(sum).sum();
    assert!(kept <= 4 * bytes.len() + 4_000_000, "{kept} bytes out of {}", bytes.len());
    let entries = parsed.entries.len();
    assert!(arrivals(FeedId(1), parsed.entries, &[]).len() <= entries);
}

#[test]
fn feeds_in_any_state_are_read_or_refused() {
    run("feed", &seeds(&["tests/data/feeds", "../shared/data/feeds/corpora"], |_| true), read_feed);
}

#[test]
fn sitemaps_in_any_state_are_read_or_refused() {
    let is_map = |path: &Path| path.to_string_lossy().contains("sitemap");
    run("sitemap", &seeds(&["tests/data/feeds", "../shared/data/feeds/sitemaps"], is_map), read_feed);
}

#[test]
fn lists_in_any_state_are_read_or_refused() {
    let mut lists = seeds(&["../shared/data/feeds/opml"], |_| true);
    lists.push(b"<opml><outline text='a'><outline text='b' xmlUrl='http://a.example/'/></outline></opml>".to_vec());
    run("opml", &lists, |bytes| {
        let list = opml(bytes);
        assert!(list.error.is_none() || list.feeds.is_empty());
        assert!(list.feeds.iter().all(|feed| feed.name.chars().count() <= 255 && feed.tags.len() <= 10));
    });
}

/// A page is read in three ways: for its items, for what it offers, for its article.
fn read_page(bytes: &[u8]) {
    let hints = Hints { content_type: Some("text/html"), base: Some("https://paper.example/world/"), page: None };
    let offer = offer(bytes, &hints);
    let rules = offer.guess.unwrap_or_else(|| PageRules { item: "div, article, li".into(), ..PageRules::default() });
    let parsed = parse(bytes, &Hints { page: Some(&rules), ..hints });
    assert!(parsed.entries.len() <= ENTRIES_MAX);
    let text = article(bytes, &hints).map_or(0, |article| article.text.len());
    assert!(text <= 4 * bytes.len() + 4_000_000, "{text} bytes out of {}", bytes.len());
}

#[test]
fn pages_in_any_state_are_read_or_refused() {
    let mut pages = seeds(&["../shared/data/feeds/articles"], |_| true);
    pages.push(
        b"<html><body><article><h2><a href='/a'>One</a></h2><time datetime='2026-01-01'>x</time></article>".to_vec(),
    );
    run("page", &pages, read_page);
}
