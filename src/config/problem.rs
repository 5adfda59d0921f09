//! What is wrong with the configuration, and where?
//!
//! In: findings, in any order, from the readers and the checks. Out: problems with file, position, message and next
//! step, sorted and bounded. It never prints: `cli::diagnostics` does.

use std::ops::Range;
use std::sync::Arc;

/// Problems kept at most; a file of garbage is not worth more. What exceeds it is counted in a last problem.
const MAX_PROBLEMS: usize = 500;
/// Characters of a value that a message repeats.
const MAX_QUOTED_CHARS: usize = 60;

/// A file as read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SourceFile {
    /// As a person would name it: "config/feeds.toml".
    pub path: String,
    pub text: String,
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

    /// The file's path.
    pub fn file(&self) -> &str {
        &self.source.path
    }

    /// Line and column, from 1, where a place in the file is meant.
    pub fn line_column(&self) -> Option<(usize, usize)> {
        self.span.as_ref().map(|span| self.source.line_column(span.start))
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

/// A value for a message: in backticks, on one line, cut where it is long.
pub fn quoted(value: &str) -> String {
    let mut shown: String = value.chars().take(MAX_QUOTED_CHARS).flat_map(printable).collect();
    if value.chars().nth(MAX_QUOTED_CHARS).is_some() {
        shown.push('…');
    }
    format!("`{shown}`")
}

/// A character, or how to write it where it would spoil the line.
fn printable(char: char) -> Vec<char> {
    match char {
        char if char.is_control() => char.escape_default().collect(),
        char => vec![char],
    }
}
