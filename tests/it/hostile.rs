//! Is there a page, sitemap or `robots.txt` that makes a reader panic or work without end?
//!
//! In: pieces of markup that readers trip over, put together at random from a seed, and samples bent at random. Out: a
//! failing test that names the seed. `NEWSWATCH_FUZZ_ROUNDS=N` makes more of it; the slowest seed is told.

use std::time::{Duration, Instant};

use newswatch::model::PageRules;
use newswatch::parse::{Hints, Robots, article, check_selector, newest_sitemaps, offer, parse};

const ROUNDS: u64 = 60;
/// In a debug build on a busy machine; a page of this size takes some milliseconds.
const PATIENCE: Duration = Duration::from_secs(20);
const PIECES_MAX: u64 = 400;

const PIECES: &[&str] = &[
    "<html>",
    "<body>",
    "</body>",
    "<div class=\"item\">",
    "</div>",
    "<ul>",
    "<li>",
    "</li>",
    "<p>",
    "</p>",
    "<b>",
    "<b id=x>",
    "</b>",
    "<i>",
    "</i>",
    "<a href='/x'>",
    "<a href=\"https://a.example/long-name-of-a-story\">",
    "</a>",
    "<table>",
    "<tr>",
    "<td>",
    "</td>",
    "</table>",
    "<select>",
    "<option>",
    "<script>",
    "</script>",
    "<script type='application/ld+json'>{\"articleBody\":\"",
    "\"}</script>",
    "<style>",
    "</style>",
    "<svg>",
    "</svg>",
    "<math>",
    "<template>",
    "</template>",
    "<time datetime='2024-10-04'>",
    "</time>",
    "<h2>",
    "</h2>",
    "<article>",
    "</article>",
    "<!--",
    "-->",
    "<![CDATA[",
    "]]>",
    "<!DOCTYPE html>",
    "<br>",
    "<img src=x>",
    "<form>",
    "</form>",
    "<noscript>",
    "</noscript>",
    "<textarea>",
    "<title>",
    "</title>",
    "<base href='//b.example/'>",
    "<meta charset=utf-8>",
    "<link rel=alternate type=application/rss+xml href=/feed>",
    "<frameset>",
    "<plaintext>",
    "<font>",
    "<nobr>",
    "<button>",
    "The minister said on Monday that six officers were killed near Donetsk, and more. ",
    "&amp;",
    "&",
    "<",
    "\"",
    "'",
    "=",
    "\0",
    "\u{FEFF}",
    "한국",
    "🙂",
    "\n",
    " ",
    "<p style='display:none'>",
    "<div hidden>",
    "<span>",
    "</span>",
    "<aside>",
    "</aside>",
];
const SITEMAP_PIECES: &[&str] = &[
    "<?xml version='1.0'?>",
    "<urlset>",
    "</urlset>",
    "<sitemapindex>",
    "</sitemapindex>",
    "<sitemap>",
    "</sitemap>",
    "<url>",
    "</url>",
    "<loc>",
    "</loc>",
    "https://a.example/news-1.xml",
    "/2.xml",
    "<lastmod>",
    "</lastmod>",
    "2024-10-04",
    "2024-10-04T10:00:00Z",
    "9999",
    "<news:news>",
    "</news:news>",
    "<news:title>",
    "Headline",
    "</news:title>",
    "<news:publication_date>",
    "</news:publication_date>",
    "<!--",
    "-->",
    "<![CDATA[",
    "]]>",
    "&",
    "&amp;",
    "<",
    ">",
    "\u{0}",
    "<x",
    " a='",
    "\n",
    "<loc/>",
    "<!DOCTYPE x [<!ENTITY a \"b\">]>",
    "&a;",
];
const ROBOTS_PIECES: &[&str] = &[
    "User-agent: ",
    "*",
    "newswatch",
    "\n",
    "Disallow: ",
    "Allow: ",
    "/",
    "/*",
    "$",
    "%41",
    "#",
    "Sitemap: https://a.example/",
    "\r",
    ":",
    "é",
];

/// A generator of ours: the same seed gives the same inputs for ever.
struct Chance(u64);

impl Chance {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ mixed >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        (mixed ^ mixed >> 31) % bound.max(1)
    }

    /// Pieces in a row; some of them many times, for square time.
    fn text(&mut self, pieces: &[&str]) -> Vec<u8> {
        let mut text = String::new();
        let few = self.below(8) + 1;
        let chosen: Vec<&str> = (0..few).map(|_| pieces[self.below(pieces.len() as u64) as usize]).collect();
        for _ in 0..self.below(PIECES_MAX) {
            let piece = match self.below(3) {
                0 => pieces[self.below(pieces.len() as u64) as usize],
                _ => chosen[self.below(few) as usize],
            };
            let times = if self.below(40) == 0 { self.below(2_000) } else { 1 };
            text.push_str(&piece.repeat(times as usize));
        }
        text.into_bytes()
    }

    /// Some bytes changed, cut out or doubled.
    fn bent(&mut self, mut bytes: Vec<u8>) -> Vec<u8> {
        for _ in 0..self.below(6) {
            let (at, length) = (self.below(bytes.len() as u64) as usize, self.below(60) as usize);
            let end = (at + length).min(bytes.len());
            match self.below(3) {
                0 if at < bytes.len() => bytes[at] = self.below(256) as u8,
                1 => drop(bytes.drain(at.min(end)..end)),
                _ => {
                    let piece = bytes[at.min(end)..end].to_vec();
                    bytes.splice(at.min(end)..at.min(end), piece);
                }
            }
        }
        bytes
    }
}

fn rounds() -> u64 {
    std::env::var("NEWSWATCH_FUZZ_ROUNDS").ok().and_then(|rounds| rounds.parse().ok()).unwrap_or(ROUNDS)
}

fn each(mut read: impl FnMut(&mut Chance)) {
    let mut slowest = (Duration::ZERO, 0);
    for seed in 0..rounds() {
        let begun = Instant::now();
        let done = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| read(&mut Chance(seed))));
        let took = begun.elapsed();
        assert!(done.is_ok(), "seed {seed} panics");
        assert!(took < PATIENCE, "seed {seed} takes {took:?}");
        slowest = slowest.max((took, seed));
    }
    println!("slowest: seed {} with {:?}", slowest.1, slowest.0);
}

#[test]
fn pages_of_any_kind_are_read_in_bounded_time() {
    let rules = PageRules {
        item: "li, .item, article".into(),
        title: Some("h2, a".into()),
        link: None,
        date: None,
        summary: Some("p:has(b), span".into()),
    };
    each(|chance| {
        let text = chance.text(PIECES);
        let page = chance.bent(text);
        let hints = Hints { base: Some("https://a.example/x"), page: Some(&rules), ..Hints::default() };
        let parsed = parse(&page, &hints);
        assert!(parsed.error.is_some() || !parsed.entries.is_empty());
        if let Some(guess) = offer(&page, &Hints { page: None, ..hints }).guess {
            assert!(check_selector(&guess.item).is_ok(), "{}", guess.item);
        }
        if let Some(article) = article(&page, &Hints::default()) {
            assert!(article.text.len() <= 100_000);
        }
    });
}

#[test]
fn sitemaps_of_any_kind_are_read_in_bounded_time() {
    each(|chance| {
        let text = chance.text(SITEMAP_PIECES);
        let parsed = parse(&chance.bent(text), &Hints { base: Some("https://a.example/x"), ..Hints::default() });
        assert!(newest_sitemaps(&parsed.sitemaps, 3).len() <= 3);
    });
}

#[test]
fn robots_files_and_selectors_of_any_kind_are_read() {
    let url = url::Url::parse("https://a.example/a/b?c=%41*").unwrap();
    each(|chance| {
        let text = chance.text(ROBOTS_PIECES);
        let robots = Robots::read(&chance.bent(text));
        let _ = (robots.allows(&url), robots.sitemaps().count());
        let pieces = [
            "a",
            ".",
            "#",
            "[",
            "]",
            "'",
            "(",
            ")",
            ":",
            "::",
            "not",
            " ",
            ">",
            "~",
            "\\",
            "é",
            "*",
            "2n+1",
            ":nth-child",
            ":has",
            "|",
            ",",
        ];
        let selector = chance.text(&pieces);
        let selector = String::from_utf8_lossy(&selector[..selector.len().min(60)]).into_owned();
        if let Err(problem) = check_selector(&selector) {
            assert!(selector.is_char_boundary(problem.at), "{selector}");
        }
    });
}
