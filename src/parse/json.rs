//! What does a JSON Feed say?
//!
//! In: JSON that may be a feed, strict or not: numbers for ids, tags as text, any version. Out: the same facts as from XML.
//! Source: <https://www.jsonfeed.org/version/1.1/>.

use std::borrow::Cow;

use serde_json::{Map, Value};
use url::Url;

use super::complete::{self, Facts};
use super::date;
use super::notes::Notes;
use super::xml::{Document, ENTRIES_MAX};
use crate::model::{FeedKind, Pace};

/// Reads a JSON Feed, or says why it is none.
pub fn read(text: &str, base: Option<&Url>, notes: &mut Notes) -> Result<Document, String> {
    let value: Value = serde_json::from_str(text).map_err(|error| format!("broken JSON: {error}"))?;
    let none = || "JSON, but no JSON Feed: it has no list of items".to_owned();
    let items = value.get("items").and_then(Value::as_array).ok_or_else(none)?;
    let feed = value.as_object().ok_or_else(none)?;
    let is_feed = string(feed, &["version"]).is_some_and(|version| version.contains("jsonfeed"))
        || ["home_page_url", "feed_url", "title"].iter().any(|key| feed.contains_key(*key));
    if !is_feed {
        return Err(none());
    }
    if items.len() > ENTRIES_MAX {
        notes.add("too-many-items", u32::try_from(items.len() - ENTRIES_MAX).unwrap_or(u32::MAX));
    }
    let mut entries = Vec::new();
    for item in items.iter().take(ENTRIES_MAX).filter_map(Value::as_object) {
        let facts = facts(item, notes);
        entries.push(complete::entry(facts, base, notes));
    }
    let title = string(feed, &["title"]).map(|title| complete::headline(&title, notes));
    let lang = string(feed, &["language"]).and_then(|lang| complete::language(&lang));
    let pace = Pace { hub: hub(feed), ..Pace::default() };
    Ok(Document { kind: Some(FeedKind::Json), is_html: false, title, lang, pace, entries })
}

fn facts<'v>(item: &'v Map<String, Value>, notes: &mut Notes) -> Facts<'v> {
    let dates = ["date_published", "date_modified"].iter().filter_map(|key| string(item, &[key]));
    let mut published = None;
    for text in dates {
        published = published.or_else(|| date::parse(&text));
        notes.add("bad-date", published.is_none().into());
    }
    let plain = string(item, &["content_text"]).map(|text| Cow::Owned(escape(&text)));
    Facts {
        guid: string(item, &["id", "guid"]),
        link: string(item, &["url", "external_url"]),
        orig_link: None,
        title: string(item, &["title"]).unwrap_or_default(),
        summary: string(item, &["summary"]).unwrap_or_default(),
        content: string(item, &["content_html"]).or(plain).unwrap_or_default(),
        published,
        lang: string(item, &["language"]),
        source: None,
    }
}

/// Plain text as markup that means the same; empty lines between its paragraphs become breaks.
fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace("\n\n", "<p>")
}

/// The first of these members that is a text or number and not empty.
fn string<'v>(object: &'v Map<String, Value>, keys: &[&str]) -> Option<Cow<'v, str>> {
    keys.iter().find_map(|key| match object.get(*key)? {
        Value::String(text) if !text.trim().is_empty() => Some(Cow::Borrowed(text.as_str())),
        Value::Number(number) => Some(Cow::Owned(number.to_string())),
        _ => None,
    })
}

fn hub(feed: &Map<String, Value>) -> Option<String> {
    let hubs = feed.get("hubs")?.as_array()?;
    let of_kind =
        |hub: &&Value| hub.get("type").and_then(Value::as_str).is_some_and(|kind| kind.eq_ignore_ascii_case("websub"));
    hubs.iter().find(of_kind)?.get("url")?.as_str().map(str::to_owned)
}
