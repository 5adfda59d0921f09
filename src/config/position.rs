//! Where in the file stands this part of a text?
//!
//! In: a TOML string as written, quotes and escapes included, and a byte offset in the text that it means. Out: the byte
//! offset in what was written. So a mistake inside a query is shown under the very word, however it is quoted.

/// The offset in `written` of the character that holds byte `offset` of the text it means; the closing quotes where the
/// offset is the text's end.
pub fn in_written(written: &str, offset: usize) -> usize {
    let quoting = Quoting::of(written);
    let mut at = quoting.begin;
    let mut decoded = 0;
    while at < quoting.end {
        let (read, meant) = quoting.unit(&written[at..quoting.end]);
        if meant > 0 && offset < decoded + meant {
            return at;
        }
        at += read;
        decoded += meant;
    }
    quoting.end
}

/// How a string is written, and where its content lies.
struct Quoting {
    escapes: bool,
    begin: usize,
    end: usize,
}

impl Quoting {
    fn of(written: &str) -> Self {
        let quotes = ["\"\"\"", "'''", "\"", "'"];
        let Some(quotes) = quotes.into_iter().find(|quotes| written.starts_with(quotes)) else {
            // Recovered from a syntax error: a text without quotes.
            return Self { escapes: false, begin: 0, end: written.len() };
        };
        let mut begin = quotes.len();
        // Recovered from another: quotes that nobody closed.
        let end = begin + written[begin..].strip_suffix(quotes).unwrap_or(&written[begin..]).len();
        if quotes.len() == 3 {
            // A line end right after the opening quotes is not part of the text.
            let rest = &written[begin..];
            begin += if rest.starts_with("\r\n") { 2 } else { usize::from(rest.starts_with('\n')) };
        }
        Self { escapes: quotes.starts_with('"'), begin: begin.min(end), end }
    }

    /// Bytes written and bytes meant by the first character or escape of `rest`.
    fn unit(&self, rest: &str) -> (usize, usize) {
        let first = rest.chars().next().map_or(1, char::len_utf8);
        if !self.escapes || !rest.starts_with('\\') {
            return (first, first);
        }
        let digits = match rest[1..].chars().next() {
            Some('x') => 2,
            Some('u') => 4,
            Some('U') => 8,
            Some(char) if char.is_whitespace() => {
                // A backslash at the end of a line swallows all white space up to the next character.
                let blank = rest[1..].len() - rest[1..].trim_start().len();
                return (1 + blank, 0);
            }
            Some(char) => return (1 + char.len_utf8(), 1),
            None => return (1, 1),
        };
        // An escape that is none was reported as a syntax error.
        let hex = rest.get(2..2 + digits).and_then(|hex| u32::from_str_radix(hex, 16).ok());
        hex.map_or((2, 1), |code| (2 + digits, char::from_u32(code).map_or(1, char::len_utf8)))
    }
}

#[cfg(test)]
mod tests {
    use toml::de::{DeTable, DeValue};

    use super::*;

    /// Every `w…` of the meant text is found where it was written.
    fn check(toml: &str) {
        let table = DeTable::parse(toml).expect("TOML");
        let value = table.get_ref().get("q").expect("q");
        let DeValue::String(meant) = value.get_ref() else { panic!("a text") };
        let written = &toml[value.span()];
        for (offset, _) in meant.match_indices('w') {
            let word: String = meant[offset..].chars().take(2).collect();
            assert!(written[in_written(written, offset)..].starts_with(&word), "{word} of {written}");
        }
        let end = in_written(written, meant.len());
        assert!(written[end..].chars().all(|char| char == '"' || char == '\''), "end of {written}");
    }

    #[test]
    fn words_are_found_however_they_are_written() {
        check(r#"q = "w1 and w2""#);
        check(r#"q = 'w1 "w2" \ w3'"#);
        check(r#"q = "w1 \"w2\" \t \u043A\U0001F600\x41 w3 К w4\\ w5""#);
        check("q = '''\nw1\r\n w2 'w3' '''");
        check("q = \"\"\"\r\nw1 \\\n   \n  w2 \\\"w3\\\" \"w4\"\n\nw5\"\"\"");
        check("q = \"\"");
    }
}
