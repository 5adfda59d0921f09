//! What is wrong with the configuration, and where?
//!
//! In: findings, in any order, from the readers and the checks. Out: problems with file, position, message and next
//! step, sorted and bounded. It never prints: `cli::diagnostics` does.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

/// Problems kept at most; a file of garbage is not worth more. What exceeds it is counted in a last problem.
const MAX_PROBLEMS: usize = 500;
/// Characters of a value that a message repeats.
const MAX_QUOTED_CHARS: usize = 60;

/// A file as read.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct SourceFile {
    /// As a person would name it: "config/feeds.toml".
    pub path: String,
    pub text: String,
}

/// Without the text, which may hold what nobody should read in a log.
impl fmt::Debug for SourceFile {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{:?} ({} bytes)", self.path, self.text.len())
    }
}

impl SourceFile {
    /// Line and column of a byte offset, both from 1; a column is a character.
    pub fn line_column(&self, offset: usize) -> (usize, usize) {
        let mut offset = offset.min(self.text.len());
        while !self.text.is_char_boundary(offset) {
            offset -= 1;
        }
        let before = &self.text[..offset];
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
    }
}

/// A place in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spot {
    pub source: Arc<SourceFile>,
    /// Bytes of the file's text.
    pub span: Range<usize>,
}

/// A value, and where it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct At<T> {
    pub value: T,
    pub spot: Spot,
}

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The configuration is refused.
    Error,
    /// It is used, but a person should look.
    Warning,
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    pub severity: Severity,
    pub source: Arc<SourceFile>,
    /// Bytes of the file's text; `None` where the file as a whole is meant.
    pub span: Option<Range<usize>>,
    /// One sentence without a full stop.
    pub message: String,
    /// A few words under the marked text.
    pub label: Option<String>,
    /// What to do next.
    pub hint: Option<String>,
    /// The marked line may hold a password: it is not to be shown.
    pub concealed: bool,
}

impl Problem {
    /// The configuration is refused for what stands at `spot`.
    pub fn error(spot: &Spot, message: impl Into<String>) -> Self {
        Self {
            severity: Severity::Error,
            source: Arc::clone(&spot.source),
            span: Some(spot.span.clone()),
            message: message.into(),
            label: None,
            hint: None,
            concealed: false,
        }
    }

    /// A person should look at what stands at `spot`.
    pub fn warning(spot: &Spot, message: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(spot, message) }
    }

    /// A whole file or folder is refused, by its path; there is nothing to show of it.
    pub fn of_path(path: impl Into<String>, message: impl Into<String>) -> Self {
        let source = Arc::new(SourceFile { path: path.into(), text: String::new() });
        Self { span: None, ..Self::error(&Spot { source, span: 0..0 }, message) }
    }

    /// The same, but the configuration is used.
    pub fn as_warning(mut self) -> Self {
        self.severity = Severity::Warning;
        self
    }

    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    pub fn maybe_hint(mut self, hint: Option<String>) -> Self {
        self.hint = hint;
        self
    }

    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.label = Some(label.into());
        self
    }

    /// Says where, without showing what is written there.
    pub fn concealed(mut self) -> Self {
        self.concealed = true;
        self
    }

    /// The file's path.
    pub fn file(&self) -> &str {
        &self.source.path
    }

    /// Line and column, from 1, where a place in the file is meant.
    pub fn line_column(&self) -> Option<(usize, usize)> {
        self.span.as_ref().map(|span| self.source.line_column(span.start))
    }
}

/// One line, for a log: "config/feeds.toml:3:1: unknown key `nam` in `[[feed]]` (did you mean `name`?)".
impl fmt::Display for Problem {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line_column() {
            Some((line, column)) => write!(out, "{}:{line}:{column}: {}", self.file(), self.message)?,
            None => write!(out, "{}: {}", self.file(), self.message)?,
        }
        self.hint.as_ref().map_or(Ok(()), |hint| write!(out, " ({hint})"))
    }
}

/// All problems found so far.
#[derive(Debug, Default)]
pub struct Problems {
    list: Vec<Problem>,
    omitted: usize,
    errors: usize,
}

impl Problems {
    pub fn add(&mut self, problem: Problem) {
        self.errors += usize::from(problem.severity == Severity::Error);
        match self.list.len() < MAX_PROBLEMS {
            true => self.list.push(problem),
            false => self.omitted += 1,
        }
    }

    pub fn extend(&mut self, problems: impl IntoIterator<Item = Problem>) {
        problems.into_iter().for_each(|problem| self.add(problem));
    }

    pub fn iter(&self) -> impl Iterator<Item = &Problem> {
        self.list.iter()
    }

    /// Takes over what another collection found, where it counts.
    pub fn absorb(&mut self, other: Self, counts: impl Fn(&Problem) -> bool) {
        self.omitted += other.omitted;
        self.errors += other.omitted;
        self.extend(other.list.into_iter().filter(counts));
    }

    /// Whether the configuration has to be refused.
    pub fn refuse(&self) -> bool {
        self.errors > 0
    }

    /// By file and position, each once.
    pub fn into_sorted(mut self) -> Vec<Problem> {
        self.list.sort_by(|a, b| {
            let key = |p: &Problem| (p.span.as_ref().map_or(0, |span| span.start), p.severity);
            a.file().cmp(b.file()).then(key(a).cmp(&key(b))).then(a.message.cmp(&b.message))
        });
        self.list.dedup();
        if let Some(last) = self.list.last().filter(|_| self.omitted > 0) {
            let message = format!("{} more problems are not shown", self.omitted);
            self.list.push(Problem::of_path(last.file().to_owned(), message).hint("mend these first"));
        }
        self.list
    }
}

/// A value for a message: in backticks, on one line, cut where it is long, without a password.
pub fn quoted(value: &str) -> String {
    let value = without_password(value);
    let mut shown: String = value.chars().take(MAX_QUOTED_CHARS).flat_map(printable).collect();
    if value.chars().nth(MAX_QUOTED_CHARS).is_some() {
        shown.push('…');
    }
    format!("`{shown}`")
}

/// "https://user:secret@host/" as "https://…@host/".
fn without_password(value: &str) -> String {
    let Some((scheme, rest)) = value.split_once("://") else { return value.to_owned() };
    let authority = rest.split('/').next().unwrap_or_default();
    match authority.rfind('@') {
        Some(at) => format!("{scheme}://…{}", &rest[at..]),
        None => value.to_owned(),
    }
}

/// A character, or how to write it where it would spoil the line.
fn printable(char: char) -> Vec<char> {
    match char {
        char if char.is_control() => char.escape_default().collect(),
        char => vec![char],
    }
}
