//! Which characters are these bytes?
//!
//! In: a body as it came over the wire, and what the server said of it. Out: text, and what had to be guessed. Bytes that
//! are UTF-8 are taken for UTF-8 whatever the declaration says, because declarations are wrong more often than bytes.
//! It never fails: in the worst case there are replacement characters.

use std::borrow::Cow;

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE};

use super::Hints;
use crate::model::Warning;

/// How far into a body the declaration is looked for; blanks and warnings of PHP may stand before it.
const DECLARATION_BYTES_MAX: usize = 1_024;
/// How much of a body the detector reads.
const DETECTION_BYTES_MAX: usize = 256 * 1_024;
/// A body is UTF-8 with damage when it has so many good multi-byte characters for each bad place. A character that lost
/// its last byte is one bad place, however many bytes are left of it.
const GOOD_CHARACTERS_A_BAD_PLACE: usize = 4;

/// The text of a body.
pub fn decode<'b>(bytes: &'b [u8], hints: &Hints<'_>, warnings: &mut Vec<Warning>) -> Cow<'b, str> {
    if let Some(text) = wide(bytes) {
        return Cow::Owned(text);
    }
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let declared = declared(bytes, hints);
    let valid = std::str::from_utf8(bytes);
    if let (Ok(text), false) = (valid, declared.is_some_and(is_escaped) && bytes.contains(&0x1B)) {
        if let Some(wrong) = declared.filter(|encoding| *encoding != UTF_8 && !text.is_ascii()) {
            let text = format!("the feed claims to be {}, but is UTF-8", wrong.name());
            warnings.push(Warning { code: "wrong-encoding", text });
        }
        return Cow::Borrowed(text);
    }
    if is_mostly_utf8(bytes) {
        // Left out rather than replaced: a stray byte is noise in the middle of a good word or address.
        let text = "some bytes are no UTF-8 and were left out".to_owned();
        warnings.push(Warning { code: "bad-bytes", text });
        return Cow::Owned(bytes.utf8_chunks().map(|chunk| chunk.valid()).collect());
    }
    let named = declared.filter(|encoding| ![UTF_8, UTF_16LE, UTF_16BE].contains(encoding));
    let encoding = named.unwrap_or_else(|| detect(bytes, hints));
    let (text, is_damaged) = encoding.decode_without_bom_handling(bytes);
    if is_damaged {
        let text = format!("some bytes are no {} and were replaced", encoding.name());
        warnings.push(Warning { code: "bad-bytes", text });
    } else if named.is_none() {
        let text = format!("the encoding is not declared, or declared wrongly; read as {}", encoding.name());
        warnings.push(Warning { code: "guessed-encoding", text });
    }
    text
}

/// UTF-16 and UTF-32, known by their mark or by the zeros in their first characters; declarations do not count.
fn wide(bytes: &[u8]) -> Option<String> {
    let (skip, width, is_big) = match bytes {
        [0, 0, 0xFE, 0xFF, ..] => (4, 4, true),
        [0xFF, 0xFE, 0, 0, ..] => (4, 4, false),
        [0xFE, 0xFF, ..] => (2, 2, true),
        [0xFF, 0xFE, ..] => (2, 2, false),
        [0, 0, 0, b'<', ..] => (0, 4, true),
        [b'<', 0, 0, 0, ..] => (0, 4, false),
        [0, first, 0, second, ..] if first.is_ascii() && second.is_ascii() && *second != 0 => (0, 2, true),
        [first, 0, second, 0, ..] if first.is_ascii() && second.is_ascii() && *second != 0 => (0, 2, false),
        _ => return None,
    };
    let body = &bytes[skip..];
    if width == 2 {
        let encoding = if is_big { UTF_16BE } else { UTF_16LE };
        return Some(encoding.decode_without_bom_handling(body).0.into_owned());
    }
    let one = |unit: &[u8]| {
        let unit = [unit[0], unit[1], unit[2], unit[3]];
        let code = if is_big { u32::from_be_bytes(unit) } else { u32::from_le_bytes(unit) };
        char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER)
    };
    Some(body.chunks_exact(4).map(one).collect())
}

/// ISO-2022 is ASCII with escapes, so it is valid UTF-8 and must be believed.
fn is_escaped(encoding: &'static Encoding) -> bool {
    encoding == encoding_rs::ISO_2022_JP
}

/// The server's word first, then the declaration's.
fn declared(bytes: &[u8], hints: &Hints<'_>) -> Option<&'static Encoding> {
    let head = &bytes[..bytes.len().min(DECLARATION_BYTES_MAX)];
    let server = hints.content_type.and_then(|value| label_after(value.as_bytes(), b"charset"));
    let declaration = memchr::memmem::find(head, b"<?xml").and_then(|start| {
        let end = memchr::memmem::find(&head[start..], b"?>")?;
        label_after(&head[start..start + end], b"encoding")
    });
    let meta = || {
        let start = memchr::memmem::find(head, b"<meta").or_else(|| memchr::memmem::find(head, b"<META"))?;
        label_after(&head[start..], b"charset")
    };
    server.and_then(Encoding::for_label).or_else(|| declaration.or_else(meta).and_then(Encoding::for_label))
}

/// The value in `…name = "value"…`, quoted or not.
fn label_after<'v>(text: &'v [u8], name: &[u8]) -> Option<&'v [u8]> {
    let found = text.windows(name.len()).position(|window| window.eq_ignore_ascii_case(name))?;
    let value = text[found + name.len()..].trim_ascii_start().strip_prefix(b"=")?.trim_ascii_start();
    let value = value.strip_prefix(b"\"").or_else(|| value.strip_prefix(b"'")).unwrap_or(value);
    let end = value.iter().position(|byte| !(byte.is_ascii_alphanumeric() || b"-_.:".contains(byte)));
    Some(&value[..end.unwrap_or(value.len())])
}

/// Whether good multi-byte characters of UTF-8 outnumber the places that are none by far, or nothing but bytes that no
/// encoding of letters puts into otherwise plain ASCII disturbs it.
fn is_mostly_utf8(bytes: &[u8]) -> bool {
    let (mut good, mut bad, mut bytes_bad, mut noise) = (0usize, 0usize, 0usize, 0usize);
    for chunk in bytes.utf8_chunks() {
        good += chunk.valid().bytes().filter(|byte| *byte >= 0xC0).count();
        bad += usize::from(!chunk.invalid().is_empty());
        bytes_bad += chunk.invalid().len();
        noise += chunk.invalid().iter().filter(|byte| **byte >= 0xFE).count();
    }
    good > 0 && good >= GOOD_CHARACTERS_A_BAD_PLACE.saturating_mul(bad) || bad > 0 && bytes_bad == noise
}

fn detect(bytes: &[u8], hints: &Hints<'_>) -> &'static Encoding {
    let start = bytes.iter().position(|byte| !byte.is_ascii()).unwrap_or(0);
    let sample = &bytes[start..bytes.len().min(start + DETECTION_BYTES_MAX)];
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Allow);
    detector.feed(sample, true);
    let host = hints.base.and_then(|base| url::Url::parse(base).ok()).and_then(|url| url.domain().map(str::to_owned));
    let tld = host.as_deref().and_then(|host| host.rsplit('.').next()).filter(|tld| tld.is_ascii());
    detector.guess(tld.map(str::as_bytes), Utf8Detection::Deny)
}

/// UTF-8 that was read as Windows-1252 and encoded again ("â€™" for "’") comes back as it was meant.
pub fn undo_double_utf8(text: &str) -> Cow<'_, str> {
    // The first byte of a sequence shows as one of these letters.
    let first = text.bytes().position(|byte| byte >= 0x80).and_then(|at| text[at..].chars().next());
    if first.is_none_or(|first| !matches!(first, '\u{C2}'..='\u{F4}')) {
        return Cow::Borrowed(text);
    }
    let mut bytes = Vec::with_capacity(text.len());
    for character in text.chars() {
        if let Ok(byte) = u8::try_from(character) {
            bytes.push(byte);
            continue;
        }
        let mut letter = [0; 4];
        match encoding_rs::WINDOWS_1252.encode(character.encode_utf8(&mut letter)) {
            (encoded, _, false) if encoded.len() == 1 => bytes.extend_from_slice(&encoded),
            _ => return Cow::Borrowed(text),
        }
    }
    String::from_utf8(bytes).map_or(Cow::Borrowed(text), Cow::Owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8], content_type: Option<&str>) -> (String, Vec<&'static str>) {
        let mut warnings = Vec::new();
        let text = decode(bytes, &Hints { content_type, ..Hints::default() }, &mut warnings).into_owned();
        (text, warnings.iter().map(|warning| warning.code).collect())
    }

    #[test]
    fn valid_utf8_wins_over_any_declaration() {
        let feed = "<?xml version='1.0' encoding='iso-8859-1'?><t>naïve</t>";
        assert_eq!(read(feed.as_bytes(), Some("text/xml; charset=koi8-r")), (feed.to_owned(), vec!["wrong-encoding"]));
        assert_eq!(read("\u{FEFF}<t>é</t>".as_bytes(), None), ("<t>é</t>".to_owned(), vec![]));
    }

    #[test]
    fn declared_and_detected() {
        let (cyrillic, ..) =
            encoding_rs::WINDOWS_1251.encode("<?xml version='1.0' encoding='windows-1251'?><t>Пхеньян</t>");
        assert!(read(&cyrillic, None).0.ends_with("<t>Пхеньян</t>"));
        let long = "<t>Военные из Северной Кореи прибыли в Россию, сообщает разведка</t>";
        let (cyrillic, ..) = encoding_rs::WINDOWS_1251.encode(long);
        assert_eq!(read(&cyrillic, None), (long.to_owned(), vec!["guessed-encoding"]));
        assert_eq!(read(b"\x1b$B8=Bj\x1b(B", Some("text/xml; charset=iso-2022-jp")).0, "現題");
    }

    #[test]
    fn zeros_tell_wide_characters() {
        let text = "<a>né</a>";
        let le: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let be: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        let widest: Vec<u8> = text.chars().flat_map(|character| u32::from(character).to_be_bytes()).collect();
        for bytes in [le, be, widest] {
            assert_eq!(read(&bytes, None).0, text);
        }
    }

    #[test]
    fn one_bad_byte_is_no_other_encoding() {
        let mut bytes = "<?xml version='1.0' encoding='utf-8'?>ééééé".as_bytes().to_vec();
        bytes.push(0xFF);
        assert_eq!(read(&bytes, None).1, ["bad-bytes"]);
        assert_eq!(read(b"<?xml encoding=\"utf-8\"?>caf\xe9 ol\xe9", None).0, "<?xml encoding=\"utf-8\"?>café olé");
    }

    #[test]
    fn doubled_utf8_is_undone() {
        assert_eq!(undo_double_utf8("Itâ€™s cafÃ©"), "It’s café");
        for kept in ["café", "Ã la carte", "Äpfel", "plain"] {
            assert_eq!(undo_double_utf8(kept), kept);
        }
    }
}
