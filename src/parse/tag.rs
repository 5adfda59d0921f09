//! What stands between `<` and `>`?
//!
//! In: text at a start tag, with attributes unquoted, doubled, without value, or with a quote forgotten. Out: name, end,
//! attributes. Of two attributes with one name the first counts.

use crate::text::html::tag_end;

/// A start tag.
pub struct Tag<'a> {
    pub name: &'a [u8],
    /// Everything between the name and the `>`.
    pub attributes: &'a str,
    /// `<name/>`.
    pub is_empty: bool,
    pub start: usize,
    /// Behind the `>`.
    pub end: usize,
}

impl<'a> Tag<'a> {
    /// The start tag at `start`; `None` where the text breaks off in it.
    pub fn at(text: &'a str, start: usize) -> Option<Self> {
        let bytes = &text.as_bytes()[start..];
        let end = tag_end(bytes)?;
        let inside = text[start + 1..start + end].trim_end_matches('>').trim_ascii_end();
        let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || b":_-.".contains(byte) || *byte >= 0x80;
        let length = inside.bytes().take_while(is_name).count();
        let (name, attributes) = inside.split_at(length);
        let is_empty = attributes.ends_with('/') && !ends_in_unquoted_value(attributes);
        Some(Self { name: name.as_bytes(), attributes, is_empty, start, end: start + end })
    }

    /// The value of an attribute, untouched; letters' case in the name never matters.
    pub fn attribute(&self, name: &str) -> Option<&'a str> {
        attributes(self.attributes).find(|(other, _)| other.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    /// Whether the tag may declare namespaces.
    pub fn declares_namespaces(&self) -> bool {
        self.attributes.len() > 8 && memchr::memmem::find(self.attributes.as_bytes(), b"xmlns:").is_some()
    }
}

/// In `<link href=http://a.example/>` the slash belongs to the address.
fn ends_in_unquoted_value(attributes: &str) -> bool {
    attributes.rsplit(char::is_whitespace).next().is_some_and(|last| last.contains('=') && !last.contains(['"', '\'']))
}

/// Names and values, values untouched.
pub fn attributes(text: &str) -> impl Iterator<Item = (&str, &str)> {
    let mut rest = text;
    std::iter::from_fn(move || {
        rest = rest
            .trim_start_matches(|sign: char| sign.is_ascii_whitespace() || sign == '/' || sign == '"' || sign == '\'');
        if rest.is_empty() {
            return None;
        }
        // At least one sign is taken, so that the loop ends.
        let length = rest.find(|sign: char| sign.is_ascii_whitespace() || sign == '=').unwrap_or(rest.len());
        let (name, after) = rest.split_at(length);
        let Some(value) = after.trim_ascii_start().strip_prefix('=') else {
            rest = after;
            return Some((name, ""));
        };
        let value = value.trim_ascii_start();
        let quote = value.chars().next().filter(|quote| matches!(quote, '"' | '\''));
        let (value, after) = match quote {
            Some(quote) => value[1..].split_once(quote).unwrap_or((&value[1..], "")),
            None => value.split_at(value.find(|sign: char| sign.is_ascii_whitespace()).unwrap_or(value.len())),
        };
        rest = after;
        Some((name, value))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lenient_attributes() {
        let text = "<link a=1 a='2' href = \"x>y\" checked rel=self/>rest";
        let tag = Tag::at(text, 0).expect("a tag");
        assert_eq!(tag.name, b"link");
        let all: Vec<_> = attributes(tag.attributes).collect();
        assert_eq!(all, [("a", "1"), ("a", "2"), ("href", "x>y"), ("checked", ""), ("rel", "self/")]);
        assert_eq!(tag.attribute("A"), Some("1"));
        assert_eq!(&text[tag.end..], "rest");
        assert!(Tag::at("<guid/>", 0).is_some_and(|tag| tag.is_empty));
        assert!(Tag::at("<link href=\"a/\" />", 0).is_some_and(|tag| tag.is_empty));
        assert!(Tag::at("<link href=\"a", 0).is_none());
    }
}
