//! Do the house rules hold?
//!
//! In: the sources, the README, the program's own help. Out: a failing test that names file, line and rule.
//! The rules are those of `docs/ARCHITECTURE.md`; a limit may be tightened, never loosened.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Which of our modules a module may name. `app` and `cli` may name everything.
const IMPORTS: &[(&str, &[&str])] = &[
    ("model", &[]),
    ("text", &[]),
    ("clock", &[]),
    ("lexicon", &["model", "text"]),
    ("schedule", &["model", "text"]),
    ("article", &["model", "text"]),
    ("parse", &["model", "text"]),
    ("alert", &["model", "text"]),
    ("outbox", &["model", "text"]),
    ("matching", &["model", "text", "lexicon"]),
    ("story", &["model", "text", "lexicon"]),
    ("config", &["model", "text", "lexicon", "matching", "story", "alert", "schedule", "parse"]),
    ("fetch", &["model", "clock"]),
    ("store", &["model", "clock"]),
    ("mail", &["model", "text", "clock"]),
];

/// Modules that are pure: no clock, no chance, no I/O, no `async`.
const PURE: &[&str] =
    &["model", "text", "lexicon", "schedule", "article", "parse", "matching", "story", "alert", "outbox"];
const IMPURE_WORDS: &[&str] = &[
    "std::fs",
    "std::net",
    "std::env",
    "std::thread",
    "std::time::Instant",
    "SystemTime",
    "tokio::",
    "async fn",
    "rand::",
];

/// Only these modules may name these words.
const ONLY_IN: &[(&str, &[&str])] = &[
    ("sqlx::", &["store"]),
    ("lettre::", &["mail"]),
    ("reqwest::", &["fetch"]),
    ("scraper::", &["parse"]),
    ("dom_smoothie::", &["parse"]),
    ("toml::", &["config", "lexicon", "story", "matching"]),
];

const LINES_A_FILE_MAX: usize = 600;
const LINES_A_FUNCTION_MAX: usize = 70;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            files.push(path);
        }
    }
    files.sort();
    files
}

/// Source files with their top module: `src/store/sqlite.rs` → `store`.
fn sources() -> Vec<(String, PathBuf, String)> {
    let folder = root().join("src");
    let read = |path: PathBuf| {
        let inside = path.strip_prefix(&folder).expect("listed below src").to_path_buf();
        let top = inside.components().next().expect("has a name").as_os_str().to_string_lossy().into_owned();
        let text = fs::read_to_string(&path).expect("a source file is readable");
        (top.trim_end_matches(".rs").to_owned(), Path::new("src").join(inside), text)
    };
    rust_files(&folder).into_iter().map(read).collect()
}

fn complain(problems: String) {
    assert!(problems.is_empty(), "\n{problems}");
}

/// A line without its comment, good enough for looking for words.
fn code_of(line: &str) -> &str {
    line.split("//").next().unwrap_or(line)
}

#[test]
fn imports_point_down() {
    let allowed: BTreeMap<_, _> = IMPORTS.iter().copied().collect();
    let ours: Vec<&str> = IMPORTS.iter().map(|(name, _)| *name).chain(["app", "cli", "web"]).collect();
    let mut problems = String::new();
    for (top, path, text) in sources() {
        let Some(may) = allowed.get(top.as_str()) else { continue };
        for (number, line) in text.lines().enumerate() {
            for other in ours.iter().filter(|other| **other != top && !may.contains(other)) {
                let code = code_of(line);
                if code.contains(&format!("crate::{other}::")) || code.contains(&format!("crate::{other};")) {
                    let _ = writeln!(problems, "{}:{}: `{top}` may not name `{other}`", path.display(), number + 1);
                }
            }
        }
    }
    complain(problems);
}

#[test]
fn the_core_is_pure() {
    let mut problems = String::new();
    for (top, path, text) in sources().into_iter().filter(|(top, ..)| PURE.contains(&top.as_str())) {
        if path.ends_with("tests.rs") {
            continue;
        }
        let product = text.split("#[cfg(test)]").next().unwrap_or(&text);
        for (number, line) in product.lines().enumerate() {
            for word in IMPURE_WORDS.iter().filter(|word| code_of(line).contains(**word)) {
                let _ = writeln!(problems, "{}:{}: `{top}` is pure, but names `{word}`", path.display(), number + 1);
            }
        }
    }
    complain(problems);
}

#[test]
fn each_library_has_its_door() {
    let mut problems = String::new();
    for (top, path, text) in sources() {
        for (word, may) in ONLY_IN.iter().filter(|(_, may)| !may.contains(&top.as_str())) {
            for (number, _) in text.lines().enumerate().filter(|(_, line)| code_of(line).contains(word)) {
                let may = may.join("`, `");
                let _ = writeln!(problems, "{}:{}: only `{may}` may name `{word}`", path.display(), number + 1);
            }
        }
    }
    complain(problems);
}

#[test]
fn every_file_opens_with_its_question() {
    let mut problems = String::new();
    for (_, path, text) in sources() {
        let head: String = text.lines().take_while(|line| line.starts_with("//!")).collect();
        if head.len() < 60 {
            let _ = writeln!(problems, "{}: no `//!` head that says what goes in and what comes out", path.display());
        }
    }
    complain(problems);
}

#[test]
fn files_and_functions_fit_a_screen() {
    let mut problems = String::new();
    for (_, path, text) in sources() {
        let lines: Vec<&str> = text.lines().collect();
        if lines.len() > LINES_A_FILE_MAX {
            let _ = writeln!(problems, "{}: {} lines, {LINES_A_FILE_MAX} at most", path.display(), lines.len());
        }
        for (start, length) in functions(&lines) {
            if length > LINES_A_FUNCTION_MAX {
                let _ = writeln!(
                    problems,
                    "{}:{}: a function of {length} lines, {LINES_A_FUNCTION_MAX} at most",
                    path.display(),
                    start + 1
                );
            }
        }
    }
    complain(problems);
}

/// Start line and length of each function, by rustfmt's indentation: it ends with a brace in the column it began in.
fn functions(lines: &[&str]) -> Vec<(usize, usize)> {
    let is_head = |line: &str| {
        let line = line.trim_start();
        let line = ["pub(crate) ", "pub(super) ", "pub ", "const ", "async "]
            .iter()
            .fold(line, |line, word| line.strip_prefix(word).unwrap_or(line));
        line.starts_with("fn ")
    };
    let mut found = Vec::new();
    for (start, line) in lines.iter().enumerate().filter(|(_, line)| is_head(line)) {
        let indent = line.len() - line.trim_start().len();
        let close = format!("{}}}", " ".repeat(indent));
        if let Some(length) = lines[start..].iter().position(|line| *line == close) {
            found.push((start, length + 1));
        }
    }
    found
}

#[test]
fn the_readme_shows_the_programs_own_help() {
    let help = Command::new(env!("CARGO_BIN_EXE_newswatch")).arg("--help").env("COLUMNS", "100").output();
    let help = help.expect("the program starts");
    let help = String::from_utf8(help.stdout).expect("help is UTF-8");
    let readme = fs::read_to_string(root().join("README.md")).expect("README.md is there");
    let shown = readme.split("<!-- help -->\n```text\n").nth(1).and_then(|rest| rest.split("```").next());
    assert_eq!(shown, Some(help.as_str()), "README.md must hold the output of `newswatch --help` after <!-- help -->");
}

#[test]
fn nothing_names_this_workplace() {
    let mut problems = String::new();
    let words = [concat!("artif", "actory"), concat!("/work", "/main"), concat!(".libr", "ary/")];
    for folder in ["src", "tests", "docs", "config", "systemd", "tools", ".ci", "benches"] {
        visit(&root().join(folder), &mut |path, text| {
            for word in words.iter().filter(|word| text.contains(**word)) {
                let _ = writeln!(problems, "{}: names `{word}`", path.display());
            }
        });
    }
    complain(problems);
}

fn visit(folder: &Path, look: &mut dyn FnMut(&Path, &str)) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            visit(&path, look);
        } else if let Ok(text) = fs::read_to_string(&path) {
            look(&path, &text);
        }
    }
}
