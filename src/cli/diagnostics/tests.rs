//! Does each mistake read well?
//!
//! In: the folders of `tests/data/config/bad`, one a mistake, read as the program reads them. Out: a failing test where
//! what is shown differs from the `.expected` file beside it; `NEWSWATCH_BLESS=1` writes those files anew.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use anyhow::Context;

use super::*;
use crate::config;

const BAD: &str = "tests/data/config/bad";

fn shown(folder: &Path) -> String {
    let problems = match config::load(folder) {
        Ok((_, warnings)) => warnings,
        Err(problems) => problems,
    };
    let text = rendered(&problems, false).replace(&format!("{BAD}/"), "");
    text.lines().map(|line| format!("{}\n", line.trim_end())).collect()
}

#[test]
fn each_mistake_is_shown_as_expected() {
    let bless = std::env::var_os("NEWSWATCH_BLESS").is_some();
    let entries = fs::read_dir(BAD).unwrap().map(|entry| entry.unwrap().path());
    let names: BTreeSet<String> =
        entries.map(|path| path.file_stem().unwrap().to_string_lossy().into_owned()).collect();
    assert!(names.len() >= 25, "{} mistakes", names.len());
    let mut failed = Vec::new();
    for name in names {
        let expected = Path::new(BAD).join(format!("{name}.expected"));
        let text = shown(&Path::new(BAD).join(&name));
        assert!(!text.is_empty(), "nothing is wrong with {name}");
        if bless {
            fs::write(&expected, &text).unwrap();
        } else if fs::read_to_string(&expected).unwrap_or_default() != text {
            failed.push(format!("{name}:\n{text}"));
        }
    }
    assert!(failed.is_empty(), "look at these, then NEWSWATCH_BLESS=1 cargo test\n{}", failed.join("\n"));
}

#[test]
fn an_error_shows_its_causes_once_and_its_hint() {
    let cause = std::io::Error::other("disk full");
    let error = Err::<(), _>(cause).context("cannot write `mail/new`\nhint: make room").unwrap_err();
    let error = error.context("alert `a-1` is not stored");
    let text = error_text(&error);
    let expected = "error: alert `a-1` is not stored\ncaused by: cannot write `mail/new`\ncaused by: disk full\n\nhint: make room\n";
    assert_eq!(text, expected);
}

#[test]
fn an_endless_line_is_no_endless_screen() {
    let folder = tempfile::tempdir().unwrap();
    let far = format!("x = [{} 15m ]\n[[feed]]\n", "1,".repeat(50_000));
    fs::write(folder.path().join("newswatch.toml"), far).unwrap();
    let text = shown(folder.path());
    assert!(text.contains("newswatch.toml:1:100007"), "{text}");
    assert!(text.len() < 10_000, "{}", text.len());
}

/// A file cut off anywhere, or with a stray character anywhere, is reported or read, and can be shown.
#[test]
fn no_edit_makes_it_fall_over() {
    let text = "[[watch]]\nname = 'Tr\u{f6}\u{f6}ps'\nquery = \"\"\"\ntroops \\\n \\u043A\"\"\"\nto = [\"desk\", 7]\nmuted = true\n\
                [fetch]\nallow = [\"10.0.0.0/8\"]\nmax_body = \"8 MB\"\nfeed = [{ name = \"A\", headers.X = \"b\" }]\n";
    let surroundings = config::Surroundings {
        config_folder: "etc".into(),
        state_folder: "var".into(),
        read_secret: &|_| Err("none".into()),
    };
    let boundaries = (0..=text.len()).filter(|at| text.is_char_boundary(*at));
    for at in boundaries {
        for stray in ["", "\"", "'", "[", "]", "\n", "=", "\\", "\u{0}", "\u{fffd}"] {
            for rest in ["", &text[at..]] {
                let source =
                    config::SourceFile { path: "x.toml".into(), text: format!("{}{stray}{rest}", &text[..at]) };
                let problems = config::resolve(&[source.into()], &surroundings).map_or_else(|all| all, |(_, all)| all);
                assert!(!rendered(&problems, true).is_empty());
            }
        }
    }
}
