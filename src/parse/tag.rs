//! What stands between `<` and `>`?
//!
//! In: text at a start tag, with attributes unquoted, doubled, without value, or with a quote forgotten. Out: name, end,
//! attributes; and where marks such as `]]>` come next. Of two attributes with one name the first counts.

use memchr::memmem;

use crate::text::html::tag_end;

/// A start tag.
pub struct Tag<'a> {
    pub name: &'a [u8],
    /// Everything between the name and the `>`.
    pub attributes: &'a str,
    /// `<name/>`.
    pub is_empty: bool,
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
        Some(Self { name: name.as_bytes(), attributes, is_empty, end: start + end })
    }

    /// The value of an attribute, untouched; letters' case in the name never matters.
    pub fn attribute(&self, name: &str) -> Option<&'a str> {
        attributes(self.attributes).find(|(other, _)| other.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    /// Whether the tag may declare namespaces.
    pub fn declares_namespaces(&self) -> bool {
        self.attributes.len() > 8 && memmem::find(self.attributes.as_bytes(), b"xmlns:").is_some()
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

/// The name that stands at `at`.
pub fn name_at(bytes: &[u8], at: usize) -> &[u8] {
    let rest = &bytes[at.min(bytes.len())..];
    let is_end = |byte: &u8| byte.is_ascii_whitespace() || matches!(byte, b'>' | b'/' | b'<' | b'=' | b'"' | b'\'');
    &rest[..rest.iter().position(is_end).unwrap_or(rest.len())]
}

/// Finds the next of a mark, and remembers it: searches cost linear time together, however often they are asked for, as long
/// as the places asked for rise but for short ways back.
pub struct Ahead {
    mark: &'static [u8],
    /// Where the last search began, and the end of what it found; `usize::MAX` where it found nothing.
    from: usize,
    next: usize,
}

impl Ahead {
    /// Nothing is known yet.
    pub fn new(mark: &'static [u8]) -> Self {
        Self { mark, from: 0, next: 0 }
    }

    /// Behind the next mark that begins at `at` or later.
    pub fn after(&mut self, text: &str, at: usize) -> Option<usize> {
        let bytes = text.as_bytes();
        if at < self.from {
            let window = &bytes[at..bytes.len().min(self.from + self.mark.len() - 1)];
            if let Some(found) = memmem::find(window, self.mark) {
                return Some(at + found + self.mark.len());
            }
        } else if self.next < at + self.mark.len() {
            let found = memmem::find(&bytes[at..], self.mark);
            self.next = found.map_or(usize::MAX, |found| at + found + self.mark.len());
            self.from = at;
        }
        Some(self.next).filter(|next| *next != usize::MAX)
    }
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

    #[test]
    fn marks_ahead() {
        let text = "a]]>b]]>c";
        let mut ahead = Ahead::new(b"]]>");
        for (at, expected) in
            [(0, Some(4)), (1, Some(4)), (2, Some(8)), (6, None), (1, Some(4)), (3, Some(8)), (8, None)]
        {
            assert_eq!(ahead.after(text, at), expected, "from {at}");
        }
    }
}
