//! What does the content of an element say?
//!
//! In: what stands between a start tag and its end, untouched. Out: its characters: CDATA unwrapped, references resolved,
//! base64 decoded. Entities of the DOCTYPE are known here, capped in number and size; they never expand further entities.

use std::borrow::Cow;
use std::cell::Cell;

use memchr::{memchr, memmem};

use crate::text::html::{Reference, reference};

/// Entities a DOCTYPE may declare, and the longest text one may stand for.
const ENTITIES_MAX: usize = 256;
const ENTITY_BYTES_MAX: usize = 1_000;
/// What all references to such entities in one document may grow to.
const EXPANSION_BYTES_MAX: usize = 1_000_000;

const CDATA: &[u8] = b"<![CDATA[";

/// The content of an element as it stands in the document.
#[derive(Clone, Copy, Debug, Default)]
pub struct Leaf<'a> {
    pub raw: &'a str,
    /// Tags stand in it that are not wrapped: it is read as the markup it is.
    pub has_tags: bool,
    /// CDATA sections stand in it.
    pub has_cdata: bool,
    pub is_base64: bool,
}

impl Leaf<'_> {
    /// Whether it says nothing at all.
    pub fn is_blank(&self) -> bool {
        let raw = self.raw.trim_ascii();
        raw.is_empty()
            || raw.strip_prefix("<![CDATA[").is_some_and(|inner| inner.trim_ascii() == "]]>" || inner.is_empty())
    }
}

/// The entities that a DOCTYPE declares.
#[derive(Default)]
pub struct Entities {
    known: Vec<(String, String)>,
    expanded: Cell<usize>,
}

impl Entities {
    /// Reads `<!ENTITY name "value">` declarations; external and parameter entities are left alone.
    pub fn declare(&mut self, doctype: &str) {
        for piece in doctype.split("<!ENTITY").skip(1).take(ENTITIES_MAX) {
            let piece = piece.trim_start();
            let Some((name, rest)) = piece.split_once(char::is_whitespace) else { continue };
            let rest = rest.trim_start();
            let Some(quote) = rest.chars().next().filter(|quote| matches!(quote, '"' | '\'')) else { continue };
            let Some((value, _)) = rest[1..].split_once(quote) else { continue };
            if value.len() <= ENTITY_BYTES_MAX && self.known.len() < ENTITIES_MAX {
                self.known.push((name.to_owned(), unescape(value, &Entities::default()).0.into_owned()));
            }
        }
    }

    fn find(&self, rest: &str) -> Option<(&str, usize)> {
        if self.known.is_empty() || self.expanded.get() > EXPANSION_BYTES_MAX {
            return None;
        }
        let end = memchr(b';', &rest.as_bytes()[..rest.len().min(64)])?;
        let name = rest.get(1..end)?;
        let (_, value) = self.known.iter().find(|(known, _)| known == name)?;
        self.expanded.set(self.expanded.get() + value.len());
        Some((value.as_str(), end + 1))
    }
}

/// Resolves references, and counts the ampersands that begin none.
pub fn unescape<'t>(text: &'t str, entities: &Entities) -> (Cow<'t, str>, u32) {
    let Some(first) = memchr(b'&', text.as_bytes()) else { return (Cow::Borrowed(text), 0) };
    let mut out = String::with_capacity(text.len());
    let (mut at, mut next, mut bare) = (0, first, 0);
    loop {
        out.push_str(&text[at..next]);
        let rest = &text[next..];
        at = next;
        if let Some((decoded, length)) = reference(rest) {
            match decoded {
                Reference::Char(character) => out.push(character),
                Reference::Named(decoded) => out.push_str(decoded),
            }
            at += length;
        } else if let Some((value, length)) = entities.find(rest) {
            out.push_str(value);
            at += length;
        } else {
            out.push('&');
            bare += 1;
            at += 1;
        }
        match memchr(b'&', &text.as_bytes()[at..]) {
            Some(found) => next = at + found,
            None => break,
        }
    }
    out.push_str(&text[at..]);
    (Cow::Owned(out), bare)
}

/// The characters of a leaf, and how many bare ampersands stood in it. Markup that was not wrapped comes back as markup.
pub fn characters<'a>(leaf: &Leaf<'a>, entities: &Entities) -> (Cow<'a, str>, u32) {
    if leaf.is_base64 {
        let decoded = from_base64(leaf.raw).and_then(|bytes| String::from_utf8(bytes).ok());
        return (decoded.map_or(Cow::Borrowed(leaf.raw), Cow::Owned), 0);
    }
    let raw = leaf.raw;
    let first = if leaf.has_cdata { memmem::find(raw.as_bytes(), CDATA) } else { None };
    let Some(mut next) = first else {
        if leaf.has_tags && entities.known.is_empty() {
            return (Cow::Borrowed(raw), 0);
        }
        return unescape(raw, entities);
    };
    let whole = raw.trim_ascii();
    if let Some(inner) = whole.strip_prefix("<![CDATA[") {
        // One wrapped text, which may have lost its end.
        match memmem::find(inner.as_bytes(), b"]]>") {
            None => return (Cow::Borrowed(inner), 0),
            Some(end) if end + 3 == inner.len() => return (Cow::Borrowed(&inner[..end]), 0),
            Some(_) => {}
        }
    }
    let mut out = String::with_capacity(raw.len());
    let (mut at, mut bare) = (0, 0);
    loop {
        let (text, count) = unescape(&raw[at..next], entities);
        out.push_str(&text);
        bare += count;
        let inner = &raw[next + CDATA.len()..];
        let Some(end) = memmem::find(inner.as_bytes(), b"]]>") else {
            out.push_str(inner);
            return (Cow::Owned(out), bare);
        };
        out.push_str(&inner[..end]);
        at = next + CDATA.len() + end + 3;
        match memmem::find(&raw.as_bytes()[at..], CDATA) {
            Some(found) => next = at + found,
            None => break,
        }
    }
    let (text, count) = unescape(&raw[at..], entities);
    out.push_str(&text);
    (Cow::Owned(out), bare + count)
}

/// Decodes base64, passing over blanks; `None` where other signs stand in it.
fn from_base64(text: &str) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(text.len() * 3 / 4);
    let (mut bits, mut count) = (0u32, 0);
    for byte in text.bytes().filter(|byte| !byte.is_ascii_whitespace() && *byte != b'=') {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            _ => return None,
        };
        bits = bits << 6 | u32::from(value);
        count += 6;
        if count >= 8 {
            count -= 8;
            out.push((bits >> count) as u8);
            bits &= (1 << count) - 1;
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(raw: &str) -> String {
        characters(&Leaf { raw, has_cdata: true, ..Leaf::default() }, &Entities::default()).0.into_owned()
    }

    #[test]
    fn wrapped_and_unwrapped() {
        assert_eq!(read(" <![CDATA[a &amp; b]]> "), "a &amp; b");
        assert_eq!(read("x &lt; <![CDATA[<b>]]> &amp;<![CDATA[c]]>&eacute;"), "x < <b> &cé");
        assert_eq!(read("<![CDATA[never ends"), "never ends");
        assert_eq!(read("R&D & Q"), "R&D & Q");
    }

    #[test]
    fn entities_of_the_doctype_are_bounded() {
        let mut entities = Entities::default();
        entities.declare("<!DOCTYPE rss [<!ENTITY co \"Example &amp; Co\"><!ENTITY % p SYSTEM 'x'>]>");
        let leaf = Leaf { raw: "&co; &p;", ..Leaf::default() };
        assert_eq!(characters(&leaf, &entities).0, "Example & Co &p;");
        let mut bomb = Entities::default();
        bomb.declare(&format!("<!ENTITY a \"{}\">", "x".repeat(ENTITY_BYTES_MAX)));
        assert!(unescape(&"&a;".repeat(100_000), &bomb).0.len() < 1_500_000);
    }

    #[test]
    fn base64() {
        let leaf = Leaf { raw: "RXhhbXBsZSA8Yj50ZXN0PC9iPg==", is_base64: true, ..Leaf::default() };
        assert_eq!(characters(&leaf, &Entities::default()).0, "Example <b>test</b>");
    }
}
