//! What does a body say?
//!
//! In: the bytes of a response, and what the server said of them. Out: kind, entries, polling hints, and a warning for
//! everything that had to be repaired; or why it is no feed. Pure: it never fetches, stores or panics, and takes time linear
//! in the size of the body. Which entry is which item is told by [`arrivals`].

mod complete;
mod date;
mod date_words;
mod decode;
mod draft;
mod identity;
mod json;
mod leaf;
mod names;
mod notes;
mod opml;
mod pace;
mod page;
mod reuse;
mod robots;
mod tag;
#[cfg(test)]
mod tests;
mod xml;

use url::Url;

pub use identity::{Arrival, arrivals, lookup_keys};
pub use opml::{Listed, Opml, opml};
pub use page::article::{Article, Source as ArticleSource};
pub use page::links::FeedLink;
pub use page::selector::{SelectorProblem, check as check_selector};
pub use robots::{ROBOT, Robots, robots_address};
pub use xml::ENTRIES_MAX;

use crate::model::{PageRules, Parsed, Sitemap, Warning};
use notes::Notes;

/// Larger bodies are read up to here; `fetch` stops earlier by default.
pub const BODY_BYTES_MAX: usize = 64 * 1024 * 1024;
/// How much of a body that is no feed is quoted.
const QUOTED_CHARACTERS: usize = 60;

const GZIP: &[u8] = &[0x1F, 0x8B];

/// What is known of a body besides its bytes.
#[derive(Clone, Copy, Debug, Default)]
pub struct Hints<'a> {
    /// The server's `Content-Type`.
    pub content_type: Option<&'a str>,
    /// The address it came from, for relative links.
    pub base: Option<&'a str>,
    /// It is a page without a feed, and its items stand where these say.
    pub page: Option<&'a PageRules>,
}

/// Reads a body.
pub fn parse(bytes: &[u8], hints: &Hints<'_>) -> Parsed {
    let mut notes = Notes::default();
    let mut warnings = Vec::new();
    let bytes = match bytes.get(..BODY_BYTES_MAX) {
        Some(beginning) => {
            notes.add("too-large", 1);
            beginning
        }
        None => bytes,
    };
    if bytes.starts_with(GZIP) {
        return no_feed("compressed data (gzip) instead of a feed".to_owned(), warnings);
    }
    let text = decode::decode(bytes, hints, &mut warnings);
    let text = text.trim_start_matches(|sign: char| sign.is_whitespace() || sign == '\u{FEFF}' || sign == '\0');
    if text.is_empty() {
        return no_feed("the answer is empty".to_owned(), warnings);
    }
    let base = hints.base.and_then(|base| Url::parse(base).ok());
    let read = match hints.page {
        Some(rules) => page::items::read(text, base.as_ref(), rules, &mut notes),
        None if text.starts_with('{') => json::read(text, base.as_ref(), &mut notes),
        None => Ok(xml::read(text, base.as_ref(), &mut notes)),
    };
    let document = match read {
        Ok(document) => document,
        Err(error) => return no_feed(error, warnings),
    };
    if document.kind.is_none() {
        return no_feed(reason(text, document.is_html), warnings);
    }
    let mut entries = document.entries;
    identity::disown_shared(&mut entries, document.home.as_deref(), &mut notes);
    if entries.is_empty() {
        notes.add("no-items", 1);
    }
    let warnings = notes.warnings().chain(warnings).collect();
    let (kind, title, lang, pace) = (document.kind, document.title, document.lang, document.pace);
    Parsed { kind, title, lang, pace, entries, sitemaps: document.sitemaps, warnings, error: None }
}

/// What a page without a feed offers to somebody who looks for one.
#[derive(Clone, Debug, Default)]
pub struct Offer {
    pub title: Option<String>,
    pub links: Vec<FeedLink>,
    /// Where its items may stand.
    pub guess: Option<PageRules>,
}

/// Looks for feeds, and for items, in a page.
pub fn offer(bytes: &[u8], hints: &Hints<'_>) -> Offer {
    let text = decode::decode(&bytes[..bytes.len().min(BODY_BYTES_MAX)], hints, &mut Vec::new());
    let base = hints.base.and_then(|base| Url::parse(base).ok());
    let (title, links) = page::links::read(&text, base.as_ref());
    Offer { title, links, guess: page::guess::guess(&text, base.as_ref()) }
}

/// The article of a page; `None` where there is none.
pub fn article(bytes: &[u8], hints: &Hints<'_>) -> Option<Article> {
    if bytes.starts_with(GZIP) {
        return None;
    }
    let text = decode::decode(&bytes[..bytes.len().min(BODY_BYTES_MAX)], hints, &mut Vec::new());
    page::article::read(&text)
}

/// Of the sitemaps of an index, the most promising ones: those for news, then those that changed last.
pub fn newest_sitemaps(sitemaps: &[Sitemap], max: usize) -> Vec<&Sitemap> {
    let mut sorted: Vec<&Sitemap> = sitemaps.iter().collect();
    let is_news = |map: &Sitemap| map.url.to_ascii_lowercase().contains("news");
    sorted.sort_by(|a, b| (is_news(b), b.changed).cmp(&(is_news(a), a.changed)).then_with(|| a.url.cmp(&b.url)));
    sorted.truncate(max);
    sorted
}

fn no_feed(error: String, warnings: Vec<Warning>) -> Parsed {
    Parsed { error: Some(error), warnings, ..Parsed::default() }
}

/// Why a text is no feed.
fn reason(text: &str, is_html: bool) -> String {
    if is_html {
        let title = memchr::memmem::find(text.as_bytes(), b"<title").and_then(|start| {
            let (_, title) = text[start..].split_once('>')?;
            title.split("</").next().map(|title| complete::headline(title, &mut Notes::default()))
        });
        return match title.filter(|title| !title.is_empty()) {
            Some(title) => format!("HTML instead of a feed: `{}`", beginning(&title)),
            None => "HTML instead of a feed".to_owned(),
        };
    }
    if memchr::memmem::find(text.as_bytes(), b"<opml").is_some() {
        return "a list of feeds (OPML) instead of a feed".to_owned();
    }
    format!("no feed: it has no `rss`, `feed` or `RDF` element and begins with `{}`", beginning(text))
}

fn beginning(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().take(QUOTED_CHARACTERS).collect();
    let mut line: String = words.join(" ").chars().filter(|sign| !sign.is_control()).collect();
    if let Some((end, _)) = line.char_indices().nth(QUOTED_CHARACTERS) {
        line.truncate(end);
        line.push('…');
    }
    line
}
