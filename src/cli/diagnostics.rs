//! How does a mistake look on the screen?
//!
//! In: problems of the configuration, or an error on its way out. Out: text: for problems rustc's own look, with file,
//! line, excerpt and hint; for errors the cause chain. Colour only for a terminal. The only place that renders either.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io::{self, IsTerminal, Write};

use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet, normalize_untrusted_str};

use crate::config::{Problem, Severity};

/// Problems shown on a screen; a person mends the first ones first.
const MAX_SHOWN: usize = 50;
/// Bytes of a line that are shown before a mistake, and from it on.
const MAX_EXCERPT_BYTES: usize = 2_000;

/// Shows all problems, in colour where standard error is a terminal. No problems, no output.
pub fn print_problems(problems: &[Problem], out: &mut dyn Write) -> io::Result<()> {
    let coloured = io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    out.write_all(rendered(problems, coloured).as_bytes())
}

/// All problems as text, sorted by file and position, with a line of counts at the end.
pub fn rendered(problems: &[Problem], coloured: bool) -> String {
    let mut problems: Vec<&Problem> = problems.iter().collect();
    problems.sort_by_key(|problem| (problem.file(), problem.span.as_ref().map_or(0, |span| span.start)));
    let renderer = if coloured { Renderer::styled() } else { Renderer::plain() };
    let mut text = String::new();
    for problem in problems.iter().take(MAX_SHOWN) {
        text.push_str(&renderer.render(&[group(problem)]));
        text.push_str("\n\n");
    }
    if let Some(counts) = counts(&problems) {
        text.push_str(&counts);
        text.push('\n');
    }
    text
}

fn group(problem: &Problem) -> Group<'_> {
    let level = match problem.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let title = level.primary_title(normalize_untrusted_str(&problem.message));
    let mut group = match excerpt(problem) {
        Some(snippet) => title.element(snippet),
        None => title.element(origin(problem)),
    };
    if let Some(hint) = &problem.hint {
        group = group.element(Level::HELP.with_name(Some("hint")).message(normalize_untrusted_str(hint)));
    }
    group
}

/// The marked line, of a mark over several lines the first; nothing where the mark is far out on an endless line.
fn excerpt(problem: &Problem) -> Option<Snippet<'_, annotate_snippets::Annotation<'_>>> {
    let text = &problem.source.text;
    let span = problem.span.clone()?;
    let begin = text.floor_char_boundary(span.start);
    let from = text[..begin].rfind('\n').map_or(0, |newline| newline + 1);
    let line_end = text[begin..].find(['\r', '\n']).map_or(text.len(), |newline| begin + newline);
    let to = text.floor_char_boundary(line_end.min(begin + MAX_EXCERPT_BYTES));
    let end = text.floor_char_boundary(span.end).clamp(begin, to);
    let annotation = AnnotationKind::Primary.span(begin - from..end - from).label(problem.label.as_deref());
    let (line, _) = problem.source.line_column(begin);
    let snippet = Snippet::source(&text[from..to]).line_start(line).path(problem.file()).annotation(annotation);
    let shows = begin - from <= MAX_EXCERPT_BYTES && !problem.concealed && !may_hold_a_secret(&text[from..line_end]);
    shows.then_some(snippet)
}

/// What is printed ends up in logs and bug reports: a line that looks like a password is not shown, whatever is wrong.
fn may_hold_a_secret(line: &str) -> bool {
    let line = line.to_ascii_lowercase();
    let key = line.split('=').next().unwrap_or_default().trim();
    if ["name", "query", "all", "any", "none", "to", "from"].contains(&key) {
        return false;
    }
    let words = ["authorization", "cookie", "token", "secret", "api-key", "api_key", "apikey"];
    let authority = line.split_once("://").and_then(|(_, rest)| rest.split('/').next()).unwrap_or_default();
    key == "password" || authority.contains('@') || words.iter().any(|word| line.contains(word))
}

/// File, and line and column where they are known.
fn origin(problem: &Problem) -> Origin<'_> {
    let origin = Origin::path(problem.file());
    match problem.line_column() {
        Some((line, column)) => origin.line(line).char_column(column),
        None => origin,
    }
}

/// "3 problems in 2 files; nothing was changed".
fn counts(problems: &[&Problem]) -> Option<String> {
    let errors = problems.iter().filter(|problem| problem.severity == Severity::Error).count();
    let warnings = problems.len() - errors;
    let files = problems.iter().map(|problem| problem.file()).collect::<BTreeSet<_>>().len();
    let many = |count: usize, word: &str| format!("{count} {word}{}", if count == 1 { "" } else { "s" });
    let found = match (errors, warnings) {
        (0, 0) => return None,
        (0, warnings) => many(warnings, "warning"),
        (errors, 0) => many(errors, "problem"),
        (errors, warnings) => format!("{} and {}", many(errors, "problem"), many(warnings, "warning")),
    };
    let mut line = format!("{found} in {}", many(files, "file"));
    if errors > 0 {
        line.push_str("; nothing was changed");
    }
    if problems.len() > MAX_SHOWN {
        let _ = write!(line, " (the first {MAX_SHOWN} are shown)");
    }
    Some(line)
}

/// Prints an error: `error: …`, its causes a line each, and a hint after an empty line where there is one. An error of
/// any stage gives a hint by ending its text with a line `hint: …`; the outermost one counts.
pub fn print_error(error: &anyhow::Error, out: &mut dyn Write) {
    // Nothing can be done about a standard error that is closed.
    let _ = out.write_all(error_text(error).as_bytes());
}

fn error_text(error: &anyhow::Error) -> String {
    let mut lines: Vec<String> = Vec::new();
    let mut hint = None;
    for cause in error.chain() {
        let text = cause.to_string();
        let (said, advice) =
            text.rsplit_once("\nhint: ").map_or((text.as_str(), None), |(said, own)| (said, Some(own)));
        hint = hint.or_else(|| advice.map(|advice| normalize_untrusted_str(advice.trim())));
        let said = normalize_untrusted_str(said.trim());
        // Some libraries repeat their cause in their own text.
        if !lines.iter().any(|earlier| earlier.ends_with(&said)) {
            lines.push(said);
        }
    }
    let mut text = String::new();
    for (index, line) in lines.iter().enumerate() {
        let _ = writeln!(text, "{}: {line}", if index == 0 { "error" } else { "caused by" });
    }
    if let Some(hint) = hint {
        let _ = write!(text, "\nhint: {hint}\n");
    }
    text
}

#[cfg(test)]
mod tests;
