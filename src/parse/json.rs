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
    let value = match serde_json::from_str::<Value>(text) {
        Ok(value) => value,
        Err(error) => {
            let whole = mended(text).and_then(|whole| serde_json::from_str(&whole).ok());
            notes.add("cut-off", whole.is_some().into());
            whole.ok_or_else(|| format!("broken JSON: {error}"))?
        }
    };
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
    let home = string(feed, &["home_page_url"]).and_then(|link| complete::absolute(&link, base));
    Ok(Document { kind: Some(FeedKind::Json), is_html: false, title, home, lang, pace, entries, sitemaps: Vec::new() })
}

/// The text up to its last whole item, closed; control characters, which JSON forbids, as blanks.
fn mended(text: &str) -> Option<String> {
    let (mut open, mut is_quoted, mut is_escaped) = (Vec::new(), false, false);
    let mut whole = None;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' => is_escaped = is_quoted,
            b'"' => is_quoted = !is_quoted,
            _ if is_quoted => {}
            b'{' => open.push('}'),
            b'[' => open.push(']'),
            b'}' | b']' => {
                open.pop();
                // In a list of the outermost object, or behind the whole.
                if open.len() == 2 || open.is_empty() {
                    whole = Some((at + 1, open.len()));
                }
                if open.is_empty() {
                    break;
                }
            }
            _ => {}
        }
    }
    let (end, depth) = whole?;
    let mut mended: String = text[..end].chars().map(|sign| if sign.is_control() { ' ' } else { sign }).collect();
    mended.push_str(if depth == 2 { "]}" } else { "" });
    Some(mended)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cut_off_feed_keeps_its_whole_items() {
        let text =
            r#"{"version":"https://jsonfeed.org/version/1","items":[{"id":1,"tags":["a"],"title":"One }"},{"id":2,"ti"#;
        let mut notes = Notes::default();
        let document = read(text, None, &mut notes).expect("a feed");
        assert_eq!(document.entries.iter().map(|entry| entry.title.as_str()).collect::<Vec<_>>(), ["One }"]);
        assert_eq!(notes.warnings().map(|warning| warning.code).collect::<Vec<_>>(), ["cut-off"]);
        let controls = "{\"version\":\"jsonfeed\",\"items\":[{\"id\":1,\"title\":\"Two\nlines\"}]}";
        assert_eq!(read(controls, None, &mut notes).expect("a feed").entries[0].title, "Two lines");
        assert!(read("{\"items\"", None, &mut notes).is_err());
    }
}
