//! How does what a feed says of an entry become an entry?
//!
//! In: an entry's facts as the reader of any format found them, still markup and relative links. Out: an [`Entry`]: text
//! without markup, absolute links, bounds kept. The fallbacks are the same for all formats.

use std::borrow::Cow;

use url::Url;

use super::decode::undo_double_utf8;
use super::notes::Notes;
use crate::model::{Entry, Timestamp, content_hash};
use crate::text::html;
use crate::text::url::canonical_link;

/// Longest texts that are kept, in bytes; longer ones are cut at a word and noted.
pub const TITLE_BYTES_MAX: usize = 1_000;
pub const SUMMARY_BYTES_MAX: usize = 16_000;
pub const TEXT_BYTES_MAX: usize = 256_000;
/// Longer ids are kept as their hash, longer links not at all.
const GUID_BYTES_MAX: usize = 2_000;
const LINK_BYTES_MAX: usize = 4_000;
/// How much of a text stands in for a missing headline.
const STAND_IN_BYTES_MAX: usize = 120;

/// What a feed says of one entry. Texts may hold markup; links may be relative.
#[derive(Default)]
pub struct Facts<'a> {
    pub guid: Option<Cow<'a, str>>,
    pub link: Option<Cow<'a, str>>,
    /// Where the link leads in the end, where the feed tells (`feedburner:origLink`).
    pub orig_link: Option<Cow<'a, str>>,
    pub title: Cow<'a, str>,
    pub summary: Cow<'a, str>,
    pub content: Cow<'a, str>,
    pub published: Option<Timestamp>,
    pub lang: Option<Cow<'a, str>>,
    pub source: Option<Cow<'a, str>>,
}

/// Makes the entry.
pub fn entry(facts: Facts<'_>, base: Option<&Url>, notes: &mut Notes) -> Entry {
    let link = facts.link.and_then(|link| absolute(&link, base));
    let orig_link = facts.orig_link.and_then(|link| absolute(&link, base));
    let canonical_link = orig_link.as_deref().or(link.as_deref()).map(canonical_link);
    let summary = text(&facts.summary, SUMMARY_BYTES_MAX, notes);
    let content = text(&facts.content, TEXT_BYTES_MAX, notes);
    let mut title = headline(&facts.title, notes);
    if title.is_empty() {
        title = stand_in(if summary.is_empty() { &content } else { &summary });
    }
    if title.is_empty() {
        title = link.clone().unwrap_or_default();
    }
    Entry {
        guid: facts.guid.and_then(|guid| identifier(&guid)),
        link,
        canonical_link,
        title,
        text: Some(content).filter(|content| !content.is_empty() && *content != summary),
        summary,
        published: facts.published,
        lang: facts.lang.and_then(|lang| language(&lang)),
        source: facts.source.map(|source| html::line_within(&source, TITLE_BYTES_MAX).0).filter(|name| is_name(name)),
    }
}

/// A headline as one line of text. Feeds escape once, twice or three times.
pub fn headline(markup: &str, notes: &mut Notes) -> String {
    let (mut title, mut is_cut) = html::line_within(&undo_double_utf8(markup), TITLE_BYTES_MAX);
    let still_escaped = title.bytes().position(|byte| byte == b'&').is_some_and(|at| title[at..].contains(';'));
    if still_escaped || title.contains("</") {
        (title, is_cut) = html::line_within(&title, TITLE_BYTES_MAX);
    }
    notes.add("text-cut", is_cut.into());
    title
}

fn text(markup: &str, bytes_max: usize, notes: &mut Notes) -> String {
    if markup.is_empty() {
        return String::new();
    }
    let (text, is_cut) = html::plain_within(&undo_double_utf8(markup), bytes_max);
    notes.add("text-cut", is_cut.into());
    text
}

/// The first words of a text.
fn stand_in(text: &str) -> String {
    let line = text.lines().next().unwrap_or_default();
    let mut words = line.to_owned();
    html::cut(&mut words, STAND_IN_BYTES_MAX);
    if words.len() < line.len() {
        words.push('…');
    }
    words
}

fn identifier(guid: &str) -> Option<String> {
    let guid = guid.trim();
    match guid.len() {
        0 => None,
        1..=GUID_BYTES_MAX if !guid.contains(char::is_whitespace) => Some(guid.to_owned()),
        1..=GUID_BYTES_MAX => Some(guid.split_whitespace().collect::<Vec<_>>().join(" ")),
        _ => Some(format!("hash:{:x}", content_hash([guid]))),
    }
}

/// Whether a source is the name of somebody rather than an address.
fn is_name(source: &str) -> bool {
    !source.is_empty() && !source.contains("://")
}

/// The language of a BCP 47 tag: "en" of "en-GB".
pub fn language(tag: &str) -> Option<String> {
    let primary = tag.trim().split(['-', '_']).next()?.to_ascii_lowercase();
    (matches!(primary.len(), 2..=3) && primary.bytes().all(|byte| byte.is_ascii_lowercase())).then_some(primary)
}

/// A link that leads somewhere, absolute and otherwise as sent. `None` where it cannot be made so, or runs a program.
pub fn absolute(link: &str, base: Option<&Url>) -> Option<String> {
    let link = link.trim_matches(|sign: char| sign.is_whitespace() || sign.is_control());
    if link.is_empty() || link.len() > LINK_BYTES_MAX {
        return None;
    }
    let mut link = Cow::Borrowed(link);
    if link.contains(['\n', '\r', '\t']) {
        link = Cow::Owned(link.chars().filter(|sign| !matches!(sign, '\n' | '\r' | '\t')).collect());
    }
    // Escaped twice: no address means "&amp;".
    if link.contains("&amp;") {
        link = Cow::Owned(link.replace("&amp;", "&"));
    }
    match scheme(&link) {
        Some(scheme) => is_harmless(scheme).then(|| link.into_owned()),
        None => base?.join(&link).ok().map(String::from),
    }
}

/// Schemes that run something or read this machine's files when a reader follows them.
fn is_harmless(scheme: &str) -> bool {
    !["javascript", "vbscript", "data", "file", "blob"].iter().any(|bad| scheme.eq_ignore_ascii_case(bad))
}

fn scheme(link: &str) -> Option<&str> {
    let (scheme, _) = link.split_once(':')?;
    let first = scheme.bytes().next()?.is_ascii_alphabetic();
    (first && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))).then_some(scheme)
}

/// Whether a link is an address on the web.
pub fn is_web(link: &str) -> bool {
    scheme(link.trim_start()).is_some_and(|scheme| {
        (scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https")) && link.contains("://")
    })
}
