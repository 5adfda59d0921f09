//! What stands in a configuration file, before anyone asks what it means?
//!
//! In: a file's text. Out: its tables as the schema knows them, every value with its place, and a problem for each
//! syntax error, unknown key and value of the wrong type: all of them, not the first.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::problem::{At, Problem, Problems, SourceFile, Spot, quoted};
use super::schema::{Key, Kind, REFUSED, SECTIONS, Section};
use super::suggest::{did_you_mean, nearest};
use super::values::{self, Wrong};

/// A table of a known section, its values of the right type and within their bounds.
#[derive(Debug)]
pub struct Table {
    pub section: &'static Section,
    /// Its header.
    pub spot: Spot,
    entries: BTreeMap<&'static str, At<Value>>,
    /// Keys that were there with a value that was refused.
    refused: Vec<&'static str>,
}

/// A value of a [`Kind`].
#[derive(Debug)]
enum Value {
    Text(String),
    Texts(Vec<At<String>>),
    Flag(bool),
    /// Seconds, bytes or a count.
    Number(u64),
    Pairs(Vec<(At<String>, At<String>)>),
}

/// Everything that was read.
#[derive(Debug, Default)]
pub struct Raw {
    pub tables: Vec<Table>,
    /// A file could not be read to its end: what is missing may be a consequence of that.
    pub broken: bool,
}

impl Table {
    pub fn has(&self, key: &str) -> bool {
        self.entries.contains_key(key) || self.refused(key)
    }

    /// Whether the key is there with a value that is reported already.
    pub fn refused(&self, key: &str) -> bool {
        self.refused.contains(&key)
    }

    /// Where a key's value stands; the header where the key is missing.
    pub fn spot_of(&self, key: &str) -> &Spot {
        self.entries.get(key).map_or(&self.spot, |at| &at.spot)
    }

    pub fn text(&self, key: &str) -> Option<&str> {
        self.value(key, |value| match value {
            Value::Text(text) => Some(text.as_str()),
            _ => None,
        })
    }

    pub fn texts(&self, key: &str) -> &[At<String>] {
        let texts = self.value(key, |value| match value {
            Value::Texts(texts) => Some(texts.as_slice()),
            _ => None,
        });
        texts.unwrap_or_default()
    }

    /// The list without places.
    pub fn strings(&self, key: &str) -> Vec<String> {
        self.texts(key).iter().map(|text| text.value.clone()).collect()
    }

    pub fn flag(&self, key: &str) -> bool {
        self.value(key, |value| match value {
            Value::Flag(flag) => Some(*flag),
            _ => None,
        })
        .unwrap_or(false)
    }

    /// A count, seconds or bytes.
    pub fn number(&self, key: &str) -> Option<u64> {
        self.value(key, |value| match value {
            Value::Number(number) => Some(*number),
            _ => None,
        })
    }

    pub fn pairs(&self, key: &str) -> Vec<(String, String)> {
        let pairs = self.value(key, |value| match value {
            Value::Pairs(pairs) => Some(pairs.as_slice()),
            _ => None,
        });
        pairs.unwrap_or_default().iter().map(|(key, value)| (key.value.clone(), value.value.clone())).collect()
    }

    fn value<'a, T>(&'a self, key: &str, take: impl Fn(&'a Value) -> Option<T>) -> Option<T> {
        debug_assert!(self.section.key(key).is_some(), "the schema has no `{key}` in {}", self.section.written());
        self.entries.get(key).and_then(|at| take(&at.value))
    }
}

impl Raw {
    /// Adds a file's tables.
    pub fn read(&mut self, source: &Arc<SourceFile>, problems: &mut Problems) {
        let (root, errors) = DeTable::parse_recoverable(&source.text);
        let broken = !errors.is_empty();
        let mut syntax = Problems::default();
        syntax.extend(errors.iter().map(|error| syntax_problem(source, error)));
        // What else is wrong on such a line is a consequence; a header that was lost takes its keys' meaning with it.
        let lines: Vec<_> = syntax.iter().filter_map(|problem| problem.line_column().map(|(line, _)| line)).collect();
        let follows = |problem: &Problem| problem.line_column().is_some_and(|(line, _)| lines.contains(&line));

        let mut reader = Reader { source, broken, problems: Problems::default(), tables: Vec::new() };
        reader.root(root.get_ref());
        problems.absorb(reader.problems, |problem| !follows(problem));
        problems.absorb(syntax, |_| true);
        self.tables.append(&mut reader.tables);
        self.broken |= broken;
    }

    /// The tables of a section, in order of file and position.
    pub fn all<'a>(&'a self, section: &'a str) -> impl Iterator<Item = &'a Table> {
        self.tables.iter().filter(move |table| table.section.name == section)
    }

    /// The only table of a section.
    pub fn one(&self, section: &str) -> Option<&Table> {
        self.tables.iter().find(|table| table.section.name == section)
    }

    /// Whether any file wrote this section, however wrongly.
    pub fn any(&self, section: &str) -> bool {
        self.one(section).is_some()
    }
}

/// Reads one file's tree.
struct Reader<'a> {
    source: &'a Arc<SourceFile>,
    broken: bool,
    problems: Problems,
    tables: Vec<Table>,
}

impl Reader<'_> {
    fn spot(&self, span: Range<usize>) -> Spot {
        Spot { source: Arc::clone(self.source), span }
    }

    fn root(&mut self, root: &DeTable<'_>) {
        for (name, value) in root {
            let spot = self.spot(name.span());
            let Some(section) = SECTIONS.iter().find(|section| section.name == name.get_ref()) else {
                let hint = did_you_mean(name.get_ref(), SECTIONS.iter().map(|section| section.name));
                // A key outside all tables may have lost its header to a syntax error.
                if self.broken && nearest(name.get_ref(), SECTIONS.iter().map(|section| section.name)).is_none() {
                    continue;
                }
                let message = format!("unknown section or key {}", quoted(name.get_ref()));
                self.problems.add(Problem::error(&spot, message).maybe_hint(hint));
                continue;
            };
            match (value.get_ref(), section.list) {
                (DeValue::Table(table), false) => self.table(section, spot, table),
                (DeValue::Array(tables), true) => self.list(section, tables),
                _ => {
                    let message = format!("`{}` is written as a table: `{}`", section.name, section.written());
                    self.problems.add(Problem::error(&spot, message).hint(brackets(section)));
                }
            }
        }
    }

    fn list(&mut self, section: &'static Section, tables: &toml::de::DeArray<'_>) {
        for item in tables.iter() {
            let spot = self.spot(item.span());
            match item.get_ref() {
                DeValue::Table(table) => self.table(section, spot, table),
                other => {
                    let message = format!("expected a table, found {}", found(other));
                    self.problems.add(Problem::error(&spot, message).hint(brackets(section)));
                }
            }
        }
    }

    fn table(&mut self, section: &'static Section, spot: Spot, table: &DeTable<'_>) {
        let mut read = Table { section, spot, entries: BTreeMap::new(), refused: Vec::new() };
        for (name, value) in table {
            let Some(key) = section.key(name.get_ref()) else {
                let (problem, meant) = unknown_key(section, name.get_ref(), &self.spot(name.span()));
                self.problems.add(problem);
                read.refused.extend(meant);
                continue;
            };
            match self.value(key, value) {
                Some(value_read) => {
                    read.entries.insert(key.name, At { value: value_read, spot: self.spot(value.span()) });
                }
                None => read.refused.push(key.name),
            }
        }
        self.tables.push(read);
    }

    /// A value of the key's kind, or a problem.
    fn value(&mut self, key: &Key, value: &Spanned<DeValue<'_>>) -> Option<Value> {
        let spot = self.spot(value.span());
        let name = key.name;
        match (key.kind, value.get_ref()) {
            (Kind::Text(check), DeValue::String(text)) => {
                self.checked(name, &spot, check(text)).then(|| Value::Text(text.clone().into_owned()))
            }
            (Kind::Texts(check), DeValue::String(text)) => {
                let text = At { value: text.clone().into_owned(), spot: spot.clone() };
                self.checked(name, &spot, check(&text.value)).then(|| Value::Texts(vec![text]))
            }
            (Kind::Texts(check), DeValue::Array(texts)) => self.texts(key, check, texts),
            (Kind::Flag, DeValue::Boolean(flag)) => Some(Value::Flag(*flag)),
            (Kind::Number(min, max), DeValue::Integer(number)) => {
                let number = u64::from_str_radix(number.as_str(), number.radix()).ok();
                self.bounded(key, &spot, number, (min, max), |bound| bound.to_string())
            }
            (Kind::Duration(min, max), DeValue::String(text)) => {
                let seconds = self.parsed(name, &spot, values::duration(text))?;
                self.bounded(key, &spot, Some(seconds), (min, max), duration_words)
            }
            (Kind::Size(min, max), DeValue::String(text)) => {
                let bytes = self.parsed(name, &spot, values::size(text))?;
                self.bounded(key, &spot, Some(bytes), (min, max), size_words)
            }
            (Kind::Pairs(..), DeValue::Table(table)) => self.pairs(key, table),
            (_, other) => {
                self.problems.add(wrong_type(key, other, &spot));
                None
            }
        }
    }

    fn texts(
        &mut self,
        key: &Key,
        check: fn(&str) -> Result<(), Wrong>,
        list: &[Spanned<DeValue<'_>>],
    ) -> Option<Value> {
        let mut texts = Vec::with_capacity(list.len());
        for item in list {
            let spot = self.spot(item.span());
            let DeValue::String(text) = item.get_ref() else {
                self.problems.add(wrong_type(key, item.get_ref(), &spot));
                continue;
            };
            if self.checked(key.name, &spot, check(text)) {
                texts.push(At { value: text.clone().into_owned(), spot });
            }
        }
        // A list of which nothing was left is refused, not empty: "watch without recipients" would mislead.
        (texts.len() == list.len() || !texts.is_empty()).then_some(Value::Texts(texts))
    }

    fn pairs(&mut self, key: &Key, table: &DeTable<'_>) -> Option<Value> {
        let Kind::Pairs(check_name, check_value) = key.kind else { return None };
        let mut pairs = Vec::with_capacity(table.len());
        for (name, value) in table {
            let (name_spot, value_spot) = (self.spot(name.span()), self.spot(value.span()));
            let DeValue::String(text) = value.get_ref() else {
                self.problems.add(wrong_type(key, value.get_ref(), &value_spot));
                continue;
            };
            let name_fits = self.checked(key.name, &name_spot, check_name(name.get_ref()));
            if name_fits & self.checked(key.name, &value_spot, check_value(text)) {
                let name = At { value: name.get_ref().clone().into_owned(), spot: name_spot };
                pairs.push((name, At { value: text.clone().into_owned(), spot: value_spot }));
            }
        }
        // The tree has its keys sorted; a person's order is the file's.
        pairs.sort_by_key(|(name, _)| name.spot.span.start);
        Some(Value::Pairs(pairs))
    }

    fn checked(&mut self, key: &str, spot: &Spot, result: Result<(), Wrong>) -> bool {
        self.parsed(key, spot, result).is_some()
    }

    fn parsed<T>(&mut self, key: &str, spot: &Spot, result: Result<T, Wrong>) -> Option<T> {
        // A header's value, or an address with a user name, may be a secret.
        let secret = key == "headers" || spot.source.text.get(spot.span.clone()).is_some_and(|text| text.contains('@'));
        let problem = |wrong: Wrong| match secret && key != "address" && key != "from" {
            true => value_problem(key, spot, wrong).concealed(),
            false => value_problem(key, spot, wrong),
        };
        result.map_err(|wrong| self.problems.add(problem(wrong))).ok()
    }

    fn bounded(
        &mut self,
        key: &Key,
        spot: &Spot,
        number: Option<u64>,
        (min, max): (u64, u64),
        words: fn(u64) -> String,
    ) -> Option<Value> {
        let fits = number.filter(|number| (min..=max).contains(number));
        if fits.is_none() {
            let message = format!("`{}` must lie between {} and {}", key.name, words(min), words(max));
            self.problems.add(Problem::error(spot, message));
        }
        fits.map(Value::Number)
    }
}

/// A wrong value of a key.
pub fn value_problem(key: &str, spot: &Spot, wrong: Wrong) -> Problem {
    Problem::error(spot, format!("`{key}`: {}", wrong.message)).maybe_hint(wrong.hint)
}

/// The problem, and the key that was probably meant: that one is not missing, it is misspelt.
fn unknown_key(section: &Section, name: &str, spot: &Spot) -> (Problem, Option<&'static str>) {
    let refused = REFUSED.iter().find(|(in_section, key, ..)| *in_section == section.name && *key == name);
    if let Some((_, key, message, hint)) = refused {
        return (Problem::error(spot, *message).hint(*hint).concealed(), Some(key));
    }
    let problem = Problem::error(spot, format!("unknown key {} in `{}`", quoted(name), section.written()));
    if let Some(meant) = nearest(name, section.keys.iter().map(|key| key.name)) {
        return (problem.hint(format!("did you mean `{meant}`?")), Some(meant));
    }
    let elsewhere = SECTIONS.iter().find(|other| other.key(name).is_some());
    let hint = elsewhere.map(|other| format!("`{name}` belongs in `{}`", other.written()));
    (problem.maybe_hint(hint.or_else(|| did_you_mean(name, section.keys.iter().map(|key| key.name)))), None)
}

fn wrong_type(key: &Key, found_value: &DeValue<'_>, spot: &Spot) -> Problem {
    let message = format!("`{}` must be {}, found {}", key.name, key.kind.words(), found(found_value));
    Problem::error(spot, message).hint(format!("write it like `{} = {}`", key.name, key.example))
}

fn found(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a text",
        DeValue::Integer(_) | DeValue::Float(_) => "a number",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}

fn brackets(section: &Section) -> &'static str {
    match section.list {
        true => "there can be many: use double brackets",
        false => "there is only one: use single brackets",
    }
}

fn duration_words(seconds: u64) -> String {
    let units = [(86_400, "d"), (3_600, "h"), (60, "m")];
    let whole = units.iter().find(|(unit, _)| seconds >= *unit && seconds.is_multiple_of(*unit));
    whole.map_or_else(|| format!("`{seconds}s`"), |(unit, letter)| format!("`{}{letter}`", seconds / unit))
}

fn size_words(bytes: u64) -> String {
    match bytes {
        0..1_000_000 => format!("`{} kB`", bytes / 1_000),
        _ => format!("`{} MB`", bytes / 1_000_000),
    }
}

/// What the TOML parser says, in our words where ours are better.
fn syntax_problem(source: &Arc<SourceFile>, error: &toml::de::Error) -> Problem {
    /// Beginning of the parser's message, our message, a hint.
    const WORDS: &[(&str, &str, &str)] = &[
        ("duplicate key", "this is written twice", "keep one of them"),
        ("unclosed table", "the header is not closed", "add the missing bracket"),
        ("unclosed array", "the list is not closed", "add the missing `]`"),
        ("missing comma", "a comma is missing between two entries of the list", "add `,`"),
        ("key with no value", "a key without a value", "write it as `key = value`"),
        ("invalid basic string", "the text is not closed", "add the missing `\"`"),
    ];
    let span = error.span().unwrap_or(0..0);
    let written = source.text.get(span.clone()).unwrap_or_default();
    let spot = Spot { source: Arc::clone(source), span };
    let message = error.message();
    if message.starts_with("string values must be quoted") || message.starts_with("invalid boolean") {
        let text = written.trim_matches(['“', '”', '„', '‘', '’', '«', '»']);
        let message = match text == written {
            true => "a text must stand in quotes",
            false => "these quotes are typographic; TOML knows only the straight ones",
        };
        let hint = format!("write `\"{}\"`", quoted(text).trim_matches('`'));
        return Problem::error(&spot, message).hint(hint);
    }
    match WORDS.iter().find(|(begins, ..)| message.starts_with(begins)) {
        Some((_, message, hint)) => Problem::error(&spot, *message).hint(*hint),
        None => Problem::error(&spot, format!("not TOML: {message}")),
    }
}
