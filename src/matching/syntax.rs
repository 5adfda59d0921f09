//! Of which signs and words is a query made?
//!
//! In: the text of a query. Out: its lexemes with their places, and problems (an open quote, a comma, an unknown field).
//! It knows no grammar and no concept.

use super::QueryProblem;

/// `near/N` looks no farther.
pub(super) const NEAR_WORDS_MAX: u32 = 100;

/// A part of a query with its bytes in the text.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Lexeme {
    pub kind: Kind,
    pub start: usize,
    pub end: usize,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Kind {
    Open,
    Close,
    And,
    Or,
    Not,
    Near(u32),
    /// `title:`, before a term or a group.
    Title,
    /// A bare word, perhaps with a trailing `*`.
    Word(String),
    Quoted(String),
    Exact(String),
    /// `@id`
    Concept(String),
    /// `lang:`, `feed:` …, with its value.
    Filter(Facet, String),
}

/// What of an item a filter looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Facet {
    Lang,
    Feed,
    Outlet,
    Tag,
}

impl Facet {
    pub const ALL: &[(&str, Facet)] =
        &[("lang", Facet::Lang), ("feed", Facet::Feed), ("outlet", Facet::Outlet), ("tag", Facet::Tag)];

    pub fn word(self) -> &'static str {
        Self::ALL.iter().find(|(_, facet)| *facet == self).map_or("", |(word, _)| word)
    }
}

const FIELDS: &[&str] = &["title", "exact", "lang", "feed", "outlet", "tag"];

/// Splits `text`.
pub(super) fn lexemes(text: &str, problems: &mut Vec<QueryProblem>) -> Vec<Lexeme> {
    let mut lexer = Lexer { text, at: 0, problems, out: Vec::new() };
    while let Some(char) = lexer.text[lexer.at..].chars().next() {
        match char {
            _ if char.is_whitespace() => lexer.at += char.len_utf8(),
            '(' => lexer.push(Kind::Open, 1),
            ')' => lexer.push(Kind::Close, 1),
            _ if closing(char).is_some() => lexer.quoted(),
            _ => lexer.chunk(),
        }
    }
    lexer.out
}

struct Lexer<'a> {
    text: &'a str,
    at: usize,
    problems: &'a mut Vec<QueryProblem>,
    out: Vec<Lexeme>,
}

/// The characters that close a quotation which `open` opens.
fn closing(open: char) -> Option<&'static [char]> {
    match open {
        '"' => Some(&['"']),
        '“' | '”' | '„' => Some(&['”', '“', '"']),
        '«' => Some(&['»']),
        '「' => Some(&['」']),
        _ => None,
    }
}

impl Lexer<'_> {
    fn push(&mut self, kind: Kind, length: usize) {
        self.out.push(Lexeme { kind, start: self.at, end: self.at + length });
        self.at += length;
    }

    fn problem(&mut self, start: usize, end: usize, message: impl Into<String>, hint: &str) {
        let hint = (!hint.is_empty()).then(|| hint.to_owned());
        self.problems.push(QueryProblem { start, end, message: message.into(), hint });
    }

    /// Reads a quotation at the present place: its content and its end.
    fn quotation(&mut self) -> Option<(String, usize)> {
        let mut chars = self.text[self.at..].char_indices();
        let (_, open) = chars.next()?;
        let closers = closing(open)?;
        let mut content = String::new();
        while let Some((offset, char)) = chars.next() {
            match char {
                '\\' => content.extend(chars.next().map(|(_, escaped)| escaped)),
                _ if closers.contains(&char) => return Some((content, self.at + offset + char.len_utf8())),
                _ => content.push(char),
            }
        }
        let (start, end) = (self.at, self.at + open.len_utf8());
        self.problem(start, end, format!("this `{open}` is never closed"), "close the quotation where the phrase ends");
        Some((content, self.text.len()))
    }

    fn quoted(&mut self) {
        let Some((content, mut end)) = self.quotation() else { return };
        let star = self.text[end..].starts_with('*');
        end += usize::from(star);
        let content = if star { content + "*" } else { content };
        self.push(Kind::Quoted(content), end - self.at);
    }

    /// A run up to white space, a parenthesis or a quotation.
    fn chunk(&mut self) {
        let rest = &self.text[self.at..];
        let stop = |char: char| char.is_whitespace() || matches!(char, '(' | ')') || closing(char).is_some();
        let length = rest.find(stop).unwrap_or(rest.len());
        let chunk = &rest[..length];
        if let Some((name, value)) = chunk.split_once(':')
            && !name.is_empty()
            && name.chars().all(char::is_alphabetic)
            && !value.starts_with("//")
        {
            return self.field(name, value, length);
        }
        self.word(chunk);
    }

    fn field(&mut self, name: &str, value: &str, length: usize) {
        let lower = name.to_lowercase();
        let start = self.at;
        self.at += length - value.len();
        if lower == "title" {
            self.out.push(Lexeme { kind: Kind::Title, start, end: self.at });
            return;
        }
        let quoted = if value.is_empty() { self.quotation() } else { None };
        let (value, end) = quoted.unwrap_or_else(|| (value.to_owned(), start + length));
        self.at = end;
        let facet = Facet::ALL.iter().find(|(word, _)| *word == lower).map(|(_, facet)| *facet);
        let kind = match (lower.as_str(), facet) {
            ("exact", _) => Kind::Exact(value.clone()),
            (_, Some(facet)) => Kind::Filter(facet, value.clone()),
            _ => {
                let near = FIELDS.iter().map(|field| (strsim::jaro_winkler(field, &lower), field));
                let near = near.max_by(|left, right| left.0.total_cmp(&right.0)).filter(|(score, _)| *score > 0.7);
                let hint = near.map_or_else(
                    || {
                        "the fields are title:, exact:, lang:, feed:, outlet: and tag:; put text with a colon in quotes"
                            .to_owned()
                    },
                    |(_, field)| format!("did you mean `{field}:`?"),
                );
                return self.problem(start, end, format!("there is no field `{name}:`"), &hint);
            }
        };
        if value.trim().is_empty() {
            return self.problem(start, end, format!("`{lower}:` needs a value"), &format!("as in `{lower}:\"…\"`"));
        }
        self.out.push(Lexeme { kind, start, end });
    }

    fn word(&mut self, chunk: &str) {
        let (start, end) = (self.at, self.at + chunk.len());
        let lower = chunk.to_lowercase();
        let kind = match lower.as_str() {
            "and" => Kind::And,
            "or" => Kind::Or,
            "not" => Kind::Not,
            _ if lower == "near" || lower.starts_with("near/") => match self.near(&lower, start, end) {
                Some(kind) => kind,
                None => return self.at = end,
            },
            _ if let Some(id) = chunk.strip_prefix('@') => Kind::Concept(id.to_owned()),
            _ => match self.odd(chunk, start, end) {
                true => return self.at = end,
                false => Kind::Word(chunk.to_owned()),
            },
        };
        self.push(kind, chunk.len());
    }

    fn near(&mut self, lower: &str, start: usize, end: usize) -> Option<Kind> {
        let words = lower.strip_prefix("near/").and_then(|number| number.parse::<u32>().ok());
        let words = words.filter(|words| (1..=NEAR_WORDS_MAX).contains(words));
        if words.is_none() {
            let hint = "as in `missile near/5 test`: at most 5 words between them";
            self.problem(start, end, format!("`near/` needs a number from 1 to {NEAR_WORDS_MAX}"), hint);
        }
        words.map(Kind::Near)
    }

    /// Signs of other query languages.
    fn odd(&mut self, chunk: &str, start: usize, end: usize) -> bool {
        let (message, hint) = match chunk {
            "&" | "&&" | "+" => (format!("`{chunk}` means nothing here"), "write `and`".to_owned()),
            "|" | "||" | "/" => (format!("`{chunk}` means nothing here"), "write `or`".to_owned()),
            "!" | "-" | "–" | "—" => (format!("`{chunk}` means nothing here"), "write `and not`".to_owned()),
            "*" => ("a `*` alone would match everything".to_owned(), "put it after a word: `drone*`".to_owned()),
            _ if chunk.ends_with([',', ';']) => (
                "a comma means nothing here".to_owned(),
                "write `or` between alternatives, `and` between what must be there together".to_owned(),
            ),
            _ if chunk.starts_with(['-', '!', '+']) && chunk.len() > 1 => {
                let word = &chunk[1..];
                let hint = if chunk.starts_with('+') {
                    format!("write `and {word}`")
                } else {
                    format!("write `and not {word}`")
                };
                (format!("`{}` before a word means nothing here", &chunk[..1]), hint)
            }
            _ if !chunk.chars().any(char::is_alphanumeric) => {
                (format!("`{chunk}` has no letter or digit"), "leave it out".to_owned())
            }
            _ => return false,
        };
        self.problem(start, end, message, &hint);
        true
    }
}
