//! What does a fragment of HTML say?
//!
//! In: markup as feeds carry it, balanced or not. Out: its text, with entities decoded, blanks folded, block elements as
//! line breaks, scripts and styles left out. One pass, no recursion, no tree. It never fails, renders or fetches.

use memchr::{memchr, memchr2, memmem};

/// Longest name of an entity that is looked up ("CounterClockwiseContourIntegral" has 31 letters).
const ENTITY_BYTES_MAX: usize = 33;

/// Elements whose start and end break the line, sorted.
const BLOCKS: &[&str] = &[
    "address",
    "article",
    "aside",
    "blockquote",
    "br",
    "caption",
    "center",
    "dd",
    "details",
    "dialog",
    "dir",
    "div",
    "dl",
    "dt",
    "fieldset",
    "figcaption",
    "figure",
    "footer",
    "form",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "header",
    "hgroup",
    "hr",
    "legend",
    "li",
    "main",
    "menu",
    "nav",
    "ol",
    "option",
    "p",
    "pre",
    "section",
    "summary",
    "table",
    "tbody",
    "td",
    "tfoot",
    "th",
    "thead",
    "title",
    "tr",
    "ul",
];

/// Other elements of HTML, sorted: in headlines only known names are tags, so that `Vec<T>` keeps its T.
const INLINES: &[&str] = &[
    "a", "abbr", "acronym", "b", "bdi", "bdo", "big", "blink", "body", "cite", "code", "del", "em", "font", "head",
    "html", "i", "iframe", "img", "input", "ins", "kbd", "label", "link", "mark", "marquee", "meta", "nobr",
    "noscript", "object", "q", "rp", "rt", "ruby", "s", "samp", "script", "small", "span", "strike", "strong", "style",
    "sub", "sup", "svg", "template", "textarea", "time", "tt", "u", "var", "video", "wbr",
];

/// Elements whose content is no text for readers, sorted.
const UNSEEN: &[&str] =
    &["head", "iframe", "noembed", "object", "script", "select", "style", "svg", "template", "textarea"];

/// The text of `html`, blocks on lines of their own.
pub fn plain(html: &str) -> String {
    plain_within(html, usize::MAX).0
}

/// The text of `html`, at most `bytes_max` long, and whether anything was cut off.
pub fn plain_within(html: &str, bytes_max: usize) -> (String, bool) {
    Writer::new(html, '\n', bytes_max).run(false)
}

/// The text of a headline on one line: tags that HTML does not know stay as they are written.
pub fn line_within(html: &str, bytes_max: usize) -> (String, bool) {
    Writer::new(html, ' ', bytes_max).run(true)
}

/// What stands between the last word written and the next.
#[derive(Clone, Copy, PartialEq, PartialOrd)]
enum Gap {
    None,
    Blank,
    Break,
}

struct Writer<'a> {
    html: &'a str,
    at: usize,
    out: String,
    gap: Gap,
    /// What a block boundary becomes.
    line: char,
    bytes_max: usize,
    /// A tag was seen that never ends: what looks like a tag from there on is text.
    tags_are_over: bool,
    /// Bit n: the n-th of `UNSEEN` has no end tag from here on. Without this memory, many starts would cost square time.
    endless: u16,
}

impl<'a> Writer<'a> {
    fn new(html: &'a str, line: char, bytes_max: usize) -> Self {
        let out = String::with_capacity(html.len().min(bytes_max));
        Self { html, at: 0, out, gap: Gap::None, line, bytes_max, tags_are_over: false, endless: 0 }
    }

    fn run(mut self, only_known_tags: bool) -> (String, bool) {
        while self.at < self.html.len() {
            if self.out.len() > self.bytes_max {
                cut(&mut self.out, self.bytes_max);
                return (self.out, true);
            }
            let rest = &self.html[self.at..];
            let next = memchr2(b'<', b'&', rest.as_bytes()).unwrap_or(rest.len());
            self.write(&rest[..next]);
            self.at += next;
            match self.html.as_bytes().get(self.at) {
                Some(b'<') => self.markup(only_known_tags),
                Some(_) => self.entity(),
                None => {}
            }
        }
        let is_cut = self.out.len() > self.bytes_max;
        if is_cut {
            cut(&mut self.out, self.bytes_max);
        }
        (self.out, is_cut)
    }

    /// Appends text, folding blanks and leaving out control characters and soft hyphens.
    fn write(&mut self, text: &str) {
        let bytes = text.as_bytes();
        let mut at = 0;
        while at < bytes.len() {
            let start = at;
            while at < bytes.len() && !is_special(bytes[at]) {
                at += 1;
            }
            if at > start {
                self.close_gap();
                self.out.push_str(&text[start..at]);
            }
            let Some(&special) = bytes.get(at) else { break };
            at += 1;
            match special {
                b'\t' | b'\n' | b'\x0c' | b'\r' | b' ' => self.widen(Gap::Blank),
                0xC2 => {
                    match bytes[at] {
                        0xA0 => self.widen(Gap::Blank),
                        0x80..=0x9F | 0xAD => {}
                        _ => {
                            self.close_gap();
                            self.out.push_str(&text[at - 1..at + 1]);
                        }
                    }
                    at += 1;
                }
                _ => {}
            }
        }
    }

    fn widen(&mut self, gap: Gap) {
        if self.gap < gap {
            self.gap = gap;
        }
    }

    fn close_gap(&mut self) {
        if self.gap != Gap::None && !self.out.is_empty() {
            self.out.push(if self.gap == Gap::Break { self.line } else { ' ' });
        }
        self.gap = Gap::None;
    }

    /// At a `<`: skips a tag, comment or declaration, or writes the sign itself.
    fn markup(&mut self, only_known_tags: bool) {
        let rest = &self.html.as_bytes()[self.at..];
        if rest.starts_with(b"<!--") {
            self.at += memmem::find(&rest[4..], b"-->").map_or(rest.len(), |end| end + 7);
            return;
        }
        if rest.starts_with(b"<![CDATA[") {
            self.at += 9;
            return;
        }
        if matches!(rest.get(1), Some(b'!' | b'?')) {
            self.at += memchr(b'>', rest).map_or(rest.len(), |end| end + 1);
            return;
        }
        let mut name = [0u8; 12];
        let Some((name, is_end)) = tag_name(rest, &mut name) else { return self.sign() };
        if self.tags_are_over || only_known_tags && !is_block(name) && INLINES.binary_search(&name).is_err() {
            return self.sign();
        }
        let Some(end) = tag_end(rest) else {
            self.tags_are_over = true;
            return self.sign();
        };
        self.at += end;
        if is_block(name) {
            self.widen(Gap::Break);
        } else if let (false, Ok(which)) = (is_end || rest[..end].ends_with(b"/>"), UNSEEN.binary_search(&name)) {
            self.skip_unseen(which);
        }
    }

    /// A `<` or `&` that begins nothing.
    fn sign(&mut self) {
        let sign = self.html[self.at..].chars().next().unwrap_or('<');
        self.close_gap();
        self.out.push(sign);
        self.at += 1;
    }

    /// Jumps behind the end tag of an element without text; where there is none, reads on as if it were not there,
    /// except that a script without end is no text either.
    fn skip_unseen(&mut self, which: usize) {
        let rest = &self.html.as_bytes()[self.at..];
        let name = UNSEEN[which].as_bytes();
        if self.endless & 1 << which != 0 {
            return;
        }
        for found in memmem::find_iter(rest, b"</") {
            let at = found + 2;
            if rest.get(at..at + name.len()).is_some_and(|other| other.eq_ignore_ascii_case(name)) {
                self.at += memchr(b'>', &rest[at..]).map_or(rest.len(), |end| at + end + 1);
                return;
            }
        }
        self.endless |= 1 << which;
        if matches!(name, b"script" | b"style") {
            self.at = self.html.len();
        }
    }

    fn entity(&mut self) {
        match reference(&self.html[self.at..]) {
            Some((Reference::Char(decoded), length)) => {
                self.write(decoded.encode_utf8(&mut [0; 4]));
                self.at += length;
            }
            Some((Reference::Named(decoded), length)) => {
                self.write(decoded);
                self.at += length;
            }
            None => self.sign(),
        }
    }
}

/// Bytes that end a run which can be copied as it is.
fn is_special(byte: u8) -> bool {
    byte <= b' ' || byte == 0x7F || byte == 0xC2
}

fn is_block(name: &str) -> bool {
    BLOCKS.binary_search(&name).is_ok()
}

/// The lower-cased name of the tag that `rest` begins with, and whether it is an end tag. Names longer than any that
/// matter come back cut.
fn tag_name<'n>(rest: &[u8], name: &'n mut [u8; 12]) -> Option<(&'n str, bool)> {
    let is_end = rest.get(1) == Some(&b'/');
    let letters = &rest[if is_end { 2 } else { 1 }..];
    if !letters.first()?.is_ascii_alphabetic() {
        return None;
    }
    let mut length = 0;
    for byte in letters.iter().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b':' || **byte == b'-') {
        if length == name.len() {
            break;
        }
        name[length] = byte.to_ascii_lowercase();
        length += 1;
    }
    std::str::from_utf8(&name[..length]).ok().map(|name| (name, is_end))
}

/// Where the tag that `rest` begins with ends: behind its `>`, or before the next `<` where that comes first. A quoted
/// value ends at a quote that a blank, `/` or `>` follows; any other quote was forgotten, and the tag ends at the next
/// `>` or `<`. `None` where the text ends first: no later tag needs to be looked at then.
pub(crate) fn tag_end(rest: &[u8]) -> Option<usize> {
    let mut at = 1;
    let mut last = b' ';
    loop {
        let byte = *rest.get(at)?;
        match byte {
            b'>' => return Some(at + 1),
            b'<' => return Some(at),
            b'"' | b'\'' if last == b'=' => {
                let inside = &rest[at + 1..];
                match memchr(byte, inside) {
                    Some(end)
                        if matches!(inside.get(end + 1), None | Some(b'>' | b'/' | b'?' | b' ' | b'\t'..=b'\r')) =>
                    {
                        at += end + 1;
                    }
                    _ => {
                        let end = memchr2(b'>', b'<', inside)?;
                        return Some(at + 1 + end + usize::from(inside[end] == b'>'));
                    }
                }
            }
            _ => {}
        }
        if !byte.is_ascii_whitespace() {
            last = byte;
        }
        at += 1;
    }
}

/// What a character or entity reference stands for.
pub(crate) enum Reference {
    Char(char),
    Named(&'static str),
}

/// The reference that `rest` (from its `&`) begins with, and its length in bytes.
/// Numbers 128 to 159 mean Windows-1252, as in HTML; zero and what is no character give U+FFFD.
pub(crate) fn reference(rest: &str) -> Option<(Reference, usize)> {
    let bytes = rest.as_bytes();
    if bytes.get(1) == Some(&b'#') {
        let is_hex = matches!(bytes.get(2), Some(b'x' | b'X'));
        let (start, radix) = if is_hex { (3, 16) } else { (2, 10) };
        let digits = bytes[start..].iter().take(10).take_while(|byte| (**byte as char).is_digit(radix)).count();
        if digits == 0 {
            return None;
        }
        let code = u32::from_str_radix(&rest[start..start + digits], radix).unwrap_or(0);
        let end = start + digits;
        let end = if bytes.get(end) == Some(&b';') { end + 1 } else { end };
        return Some((Reference::Char(numbered(code)), end));
    }
    let length = memchr(b';', &bytes[1..bytes.len().min(ENTITY_BYTES_MAX)])?;
    let name = rest.get(1..1 + length)?;
    let decoded = match name {
        "amp" => "&",
        "lt" => "<",
        "gt" => ">",
        "quot" => "\"",
        "apos" => "'",
        _ => quick_xml::escape::resolve_html5_entity(name)?,
    };
    Some((Reference::Named(decoded), length + 2))
}

fn numbered(code: u32) -> char {
    /// Windows-1252 for 0x80 to 0x9F; 0 where it has nothing.
    const WINDOWS_1252: [u32; 32] = [
        0x20AC, 0, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0, 0x017D,
        0, 0, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0,
        0x017E, 0x0178,
    ];
    let code = match code {
        0x80..=0x9F => WINDOWS_1252[code as usize - 0x80],
        other => other,
    };
    char::from_u32(code).filter(|_| code != 0).unwrap_or(char::REPLACEMENT_CHARACTER)
}

/// Shortens `text` to at most `bytes_max`, at the end of a word where one is near.
pub fn cut(text: &mut String, bytes_max: usize) {
    if text.len() <= bytes_max {
        return;
    }
    let end = text.floor_char_boundary(bytes_max);
    let word = text[..end].rfind([' ', '\n']).filter(|at| *at * 10 > end * 9).unwrap_or(end);
    text.truncate(word);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_sorted() {
        for list in [BLOCKS, INLINES, UNSEEN] {
            assert!(list.is_sorted());
        }
    }

    #[test]
    fn blocks_break_and_the_rest_flows() {
        let html = "<p>Six <b>officers</b> were\n killed&nbsp;&mdash; <a href='x>y'>Kyiv</a> says.<br/>More<script>if(a<b){}</script></p>\
                    <ul><li>one<li>two</ul><!-- <p>no</p> --><style>p{}</style>end";
        assert_eq!(plain(html), "Six officers were killed — Kyiv says.\nMore\none\ntwo\nend");
    }

    #[test]
    fn what_is_no_markup_stays() {
        assert_eq!(
            plain("1 < 2 && R&D &unknown; AT&amp;T &#146;s &#X41;&#0;"),
            "1 < 2 && R&D &unknown; AT&T ’s A\u{FFFD}"
        );
        assert_eq!(line_within("Vec<T> in <i>Rust</i>\n<br>now", 100).0, "Vec<T> in Rust now");
        assert_eq!(plain("ends in a <b"), "ends in a <b");
        assert_eq!(plain("soft\u{AD}hy\u{0}phen"), "softhyphen");
    }

    #[test]
    fn a_forgotten_quote_costs_one_tag() {
        assert_eq!(plain("<a href=\"x>one</a> <a href=\"y\">two</a>"), "one two");
    }

    #[test]
    fn cut_at_a_word() {
        let (text, is_cut) = plain_within(&"word ".repeat(100), 42);
        assert!(is_cut && text.len() <= 42 && text.ends_with("word"));
        assert!(!plain_within("word", 4).1);
    }

    #[test]
    fn hostile_markup_is_linear() {
        for piece in ["<", "&", "<a ", "<a href=\"", "<script>", "<!--", "</", "<textarea>", "<svg></", "'\""] {
            plain(&piece.repeat(50_000));
        }
    }
}
