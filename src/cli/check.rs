//! Is the configuration right, and was it understood as it was meant?
//!
//! In: a configuration folder. Out: all that is wrong with it (exit code 1), or for each watch how each of its words was
//! understood, how many feeds there are and where mail goes. It changes nothing and connects to nothing.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::Path;

use serde_json::{Value, json};

use super::{diagnostics, table};
use crate::config::{self, Config, Mail, Problem, Severity, Watch};
use crate::matching::Understood;

/// Checks a folder. Problems go to standard error, or with `json` as lines to `out` like everything else.
pub fn run(folder: &Path, json: bool, out: &mut dyn Write) -> anyhow::Result<bool> {
    let (config, problems) = match config::load(folder) {
        Ok((config, warnings)) => (Some(config), warnings),
        Err(problems) => (None, problems),
    };
    if json {
        json_lines(config.as_ref(), &problems).iter().try_for_each(|line| writeln!(out, "{line}"))?;
    } else {
        out.write_all(config.as_ref().map(for_a_person).unwrap_or_default().as_bytes())?;
        out.flush()?;
        diagnostics::print_problems(&problems, &mut io::stderr())?;
    }
    Ok(config.is_some())
}

/// Everything, for the screen.
fn for_a_person(config: &Config) -> String {
    let mut text = String::new();
    for watch in &config.watches {
        text.push_str(&format!("{}\n", watch_line(watch)));
        for line in watch.query_text.lines().filter(|line| !line.trim().is_empty()) {
            text.push_str(&format!("    {}\n", line.trim()));
        }
        let rows =
            watch.query.understood(&config.lexicon).into_iter().map(|word| vec!["   ".into(), word.term, word.meaning]);
        text.push_str(&table::aligned(&[], rows));
        text.push('\n');
    }
    let feeds = by_tag(config).into_iter().map(|(tag, count)| vec![tag, format!("{count:>5}")]);
    text.push_str(&format!("{} feeds\n", config.feeds.len()));
    text.push_str(&table::aligned(&[], feeds.map(|row| [vec!["   ".into()], row].concat())));
    text.push_str(&format!("\nstate   {}\n", config.state.display()));
    text.push_str(&format!("mail    {}\n", config.mail.way));
    for recipient in &config.recipients {
        let zone = recipient.zone.as_deref().unwrap_or("the zone of this machine");
        text.push_str(&format!("        {}: {}, {zone}\n", recipient.name, recipient.address));
    }
    text.push_str("\nthe configuration is right\n");
    text
}

/// "DPRK troops in Ukraine: developments, to desk".
fn watch_line(watch: &Watch) -> String {
    let muted = if watch.muted { ", muted" } else { "" };
    format!("{}: {}, to {}{muted}", watch.name, config::level_name(watch.level), watch.to.join(", "))
}

/// Feeds per tag; a feed counts under each of its tags.
fn by_tag(config: &Config) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for feed in &config.feeds {
        let untagged = ["(no tag)".to_owned()];
        let tags = if feed.tags.is_empty() { untagged.as_slice() } else { feed.tags.as_slice() };
        tags.iter().for_each(|tag| *counts.entry(tag.clone()).or_default() += 1);
        if feed.paused {
            *counts.entry("(paused)".to_owned()).or_default() += 1;
        }
    }
    counts
}

/// One object a line: watches, tags, mail, problems, and the sum last.
fn json_lines(config: Option<&Config>, problems: &[Problem]) -> Vec<Value> {
    let mut lines = Vec::new();
    if let Some(config) = config {
        lines.extend(config.watches.iter().map(|watch| watch_json(config, watch)));
        lines.extend(by_tag(config).into_iter().map(|(tag, feeds)| json!({"kind": "tag", "tag": tag, "feeds": feeds})));
        lines.push(mail_json(config));
    }
    lines.extend(problems.iter().map(problem_json));
    let errors = problems.iter().filter(|problem| problem.severity == Severity::Error).count();
    lines.push(json!({
        "kind": "summary",
        "ok": config.is_some(),
        "errors": errors,
        "warnings": problems.len() - errors,
        "feeds": config.map(|config| config.feeds.len()),
        "watches": config.map(|config| config.watches.len()),
        "state": config.map(|config| config.state.display().to_string()),
    }));
    lines
}

fn watch_json(config: &Config, watch: &Watch) -> Value {
    let word =
        |word: Understood| json!({"term": word.term, "meaning": word.meaning, "start": word.start, "end": word.end});
    let terms: Vec<Value> = watch.query.understood(&config.lexicon).into_iter().map(word).collect();
    json!({
        "kind": "watch",
        "name": watch.name,
        "query": watch.query_text,
        "alert": config::level_name(watch.level),
        "to": watch.to,
        "max_per_hour": watch.max_per_hour,
        "muted": watch.muted,
        "terms": terms,
    })
}

fn mail_json(config: &Config) -> Value {
    let (way, host, port) = match &config.mail.way {
        Mail::Maildir => ("maildir", None, None),
        Mail::Smtp(smtp) => ("smtp", Some(&smtp.host), Some(smtp.port)),
    };
    let recipients: Vec<Value> = config
        .recipients
        .iter()
        .map(|own| json!({"name": own.name, "address": own.address, "zone": own.zone}))
        .collect();
    json!({"kind": "mail", "way": way, "host": host, "port": port, "from": config.mail.from, "recipients": recipients})
}

fn problem_json(problem: &Problem) -> Value {
    let severity = match problem.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    };
    let (line, column) = problem.line_column().unzip();
    json!({
        "kind": "problem",
        "severity": severity,
        "file": problem.file(),
        "line": line,
        "column": column,
        "message": problem.message,
        "hint": problem.hint,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_folder_is_a_considered_no_with_stable_names() {
        let mut out = Vec::new();
        let folder = Path::new("tests/data/config/bad/unknown-recipient");
        assert!(!run(folder, true, &mut out).unwrap());
        let text = String::from_utf8(out).unwrap();
        let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(lines.len(), 4, "{text}");
        assert_eq!(lines[1]["hint"], "did you mean `desk`?");
        assert_eq!((&lines[1]["line"], &lines[1]["column"]), (&4.into(), &7.into()));
        assert_eq!((&lines[3]["ok"], &lines[3]["errors"]), (&false.into(), &3.into()));
    }
}
