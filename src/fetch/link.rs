//! Which links does an answer's head declare?
//!
//! In: the `Link` fields of an answer and the address it came from. Out: the feed's WebSub hub and the address that the
//! publisher gives as the feed's own (RFC 8288; WebSub, section 4, by which these come before the feed's own links). It reads
//! no body.

use reqwest::header::{HeaderMap, LINK};
use url::Url;

/// Links read of one answer; a feed's head has a handful.
const LINKS_MAX: usize = 64;

/// A feed's links.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Links {
    pub hub: Option<String>,
    pub topic: Option<String>,
}

/// Reads all `Link` fields; the first link of a kind counts.
pub fn links(headers: &HeaderMap, base: &Url) -> Links {
    let mut links = Links::default();
    let fields = headers.get_all(LINK).iter().filter_map(|field| field.to_str().ok());
    for (target, relations) in fields.flat_map(entries).take(LINKS_MAX) {
        let is = |wanted: &str| relations.split_ascii_whitespace().any(|own| own.eq_ignore_ascii_case(wanted));
        let place = match (is("hub"), is("self")) {
            (true, _) => &mut links.hub,
            (_, true) => &mut links.topic,
            _ => continue,
        };
        let target = || base.join(target).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
        *place = place.take().or_else(|| target().map(String::from));
    }
    links
}

/// The links of one field, each with its relations.
fn entries(field: &str) -> impl Iterator<Item = (&str, String)> {
    let mut rest = field;
    std::iter::from_fn(move || {
        let (_, after) = rest.split_once('<')?;
        let (target, after) = after.split_once('>')?;
        let end = unquoted(after, b',');
        rest = &after[end..];
        Some((target.trim(), relations(&after[..end])))
    })
}

/// Where `mark` first stands in no quoted text; the end where it does not.
fn unquoted(text: &str, mark: u8) -> usize {
    let (mut quoted, mut escaped) = (false, false);
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            _ if byte == mark && !quoted => return at,
            _ => {}
        }
    }
    text.len()
}

/// The value of the first `rel`.
fn relations(parameters: &str) -> String {
    let mut rest = parameters;
    let each = std::iter::from_fn(move || {
        let (own, after) = rest.split_at(unquoted(rest, b';'));
        rest = after.get(1..).unwrap_or_default();
        (!own.is_empty() || !rest.is_empty()).then_some(own)
    });
    let named = each.filter_map(|own| own.split_once('='));
    let mut rel = named.filter(|(name, _)| name.trim().eq_ignore_ascii_case("rel"));
    rel.next().map(|(_, value)| value.trim().trim_matches('"').to_owned()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(fields: &[&str]) -> (Option<String>, Option<String>) {
        let mut headers = HeaderMap::new();
        for field in fields {
            headers.append(LINK, field.parse().unwrap());
        }
        let Links { hub, topic } = links(&headers, &Url::parse("https://feeds.example/world/rss").unwrap());
        (hub, topic)
    }

    #[test]
    fn hub_and_self_are_found_in_one_field_or_several() {
        let both = (Some("https://hub.example/".to_owned()), Some("https://feeds.example/world/rss.xml".to_owned()));
        assert_eq!(read(&["<https://hub.example/>; rel=\"hub\", <rss.xml>; rel=self"]), both);
        let apart = ["<rss.xml>; title=\"a, b\"; rel=\"alternate SELF\"", "<https://hub.example/>;rel=hub"];
        assert_eq!(read(&apart), both);
    }

    #[test]
    fn what_is_no_link_is_none() {
        assert_eq!(read(&["<javascript:alert(1)>; rel=hub", "https://hub.example/; rel=hub", "<", "<a"]), (None, None));
        assert_eq!(
            read(&["<https://a.example/>; rel=\"next\"; title=\"x\\\", <https://b.example/>; rel=hub\""]),
            (None, None)
        );
        assert_eq!(read(&["<https://a.example/>; title=\"x; rel=hub; y\"; rel=next"]), (None, None));
    }
}
