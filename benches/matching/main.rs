//! How fast does it match, and in how much memory?
//!
//! In: real headlines and articles of the measuring kit beside the repository (`../shared/data`), or the items of
//! `tests/data/matching` where it is absent. Out: items a second of one core for 1,000, 10,000 and 100,000 watches
//! with the whole lexicon, beside three yardsticks in the same run: one compiled regex a watch, the bare aho-corasick
//! automaton over the same names, and the token floor. Figures are printed, never asserted. `cargo bench --bench matching
//! [WORD…]`: only the measurements whose names have one of the words.

mod cpu;
mod rules;
mod texts;

use std::hint::black_box;

use aho_corasick::{AhoCorasick, AhoCorasickKind};
use newswatch::lexicon::Lexicon;
use newswatch::matching::{Query, Watches};
use newswatch::model::Item;
use newswatch::text::fold::{fold_into, hash};
use newswatch::text::token::split;
use regex::{Regex, RegexBuilder};

use crate::cpu::{Stopwatch, resident_mb};
use crate::rules::Rule;

const WATCHES: &[usize] = &[1_000, 10_000, 100_000];
/// The yardstick that costs most is measured with few watches and few texts.
const REGEXES_MAX: usize = 1_000;
const REGEX_ITEMS: usize = 1_000;
/// Each measurement goes through its texts until so many CPU seconds are gone.
const SECONDS_MIN: f64 = 1.5;

fn main() {
    match std::env::var("NEWSWATCH_BENCH_QUERIES") {
        Ok(path) => load(&path),
        Err(_) => compare(),
    }
}

/// In a process of its own, which knows nothing yet: what loading the lexicon and the queries of a file costs.
fn load(path: &str) {
    let queries = std::fs::read_to_string(path).expect("the file of queries is there");
    let rules: Vec<&str> = queries.lines().collect();
    let before = resident_mb();
    let watch = Stopwatch::start();
    let lexicon = Lexicon::shipped();
    let (lexicon_ms, lexicon_mb) = (watch.seconds() * 1e3, resident_mb() - before);
    let watch = Stopwatch::start();
    let watches = compile(&rules, &lexicon);
    let watches_ms = watch.seconds() * 1e3;
    let (count, all_mb) = (rules.len(), resident_mb() - before);
    println!(
        "lexicon {lexicon_ms:.0} ms, {lexicon_mb:.1} MB; {count} watches {watches_ms:.0} ms; together {:.0} ms, {all_mb:.1} MB",
        lexicon_ms + watches_ms
    );
    black_box((lexicon, watches));
}

/// Loads as many watches in another process.
fn load_apart(rules: &[Rule]) {
    let file = tempfile::NamedTempFile::new().expect("a scratch file can be made");
    let queries: Vec<&str> = rules.iter().map(|rule| rule.query.as_str()).collect();
    std::fs::write(file.path(), queries.join("\n")).expect("a scratch file can be written");
    let program = std::env::current_exe().expect("this program has a path");
    let status = std::process::Command::new(program).env("NEWSWATCH_BENCH_QUERIES", file.path()).status();
    assert!(status.is_ok_and(|status| status.success()), "the loading process ends well");
}

fn compare() {
    let (headlines, whence) = texts::headlines();
    let (articles, articles_whence) = texts::articles();
    let lexicon = Lexicon::shipped();
    if is_wanted("loading") {
        println!("== loading, in processes of their own");
        WATCHES.iter().for_each(|&count| load_apart(&rules::rules(count, &lexicon, &headlines)));
    }
    for (kind, items, whence) in [("headlines", &headlines, whence), ("articles", &articles, articles_whence)] {
        let bytes = items.iter().map(|item| item.title.len() + item.summary.len()).sum::<usize>() / items.len();
        println!("== {} {kind} of {bytes} bytes ({whence})", items.len());
        report("token floor", items, token_floor);
        report("lexicon only (read)", items, |item| lexicon.read(item).mentions.len());
        for &count in WATCHES.iter().filter(|count| is_wanted(&format!("{count} watches"))) {
            let rules = rules::rules(count, &lexicon, &headlines);
            with_watches(&rules, items, &lexicon);
        }
    }
}

fn with_watches(rules: &[Rule], items: &[Item], lexicon: &Lexicon) {
    let count = rules.len();
    let queries: Vec<&str> = rules.iter().map(|rule| rule.query.as_str()).collect();
    let watches = compile(&queries, lexicon);
    let ours = report(&format!("{count} watches"), items, |item| watches.matches(&lexicon.read(item), item).len());
    drop(watches);
    if !is_wanted("yardsticks") {
        return;
    }
    let names = names(rules, lexicon);
    let automaton = AhoCorasick::builder()
        .ascii_case_insensitive(true)
        .kind(Some(AhoCorasickKind::ContiguousNFA))
        .build(&names)
        .expect("the names fit an automaton");
    report(&format!("  aho-corasick, {} names", names.len()), items, |item| {
        let found =
            |text: &str| automaton.find_overlapping_iter(text).filter(|hit| is_whole(text, hit.range())).count();
        found(&item.title) + found(&item.summary)
    });
    if count <= REGEXES_MAX {
        let regexes: Vec<Regex> = rules.iter().map(regex).collect();
        let few = &items[..items.len().min(REGEX_ITEMS)];
        let theirs = report(&format!("  {count} regexes in a loop"), few, |item| {
            regexes.iter().filter(|regex| regex.is_match(&item.title) || regex.is_match(&item.summary)).count()
        });
        println!("{:>44} {:.0} x", "ours against the loop:", ours / theirs);
    }
}

/// Chance now and then writes a query that excludes itself; such a one is refused and left out.
fn compile(queries: &[&str], lexicon: &Lexicon) -> Watches {
    let query = |(at, text): (usize, &&str)| Some((format!("watch {at}"), Query::parse(text, lexicon).ok()?));
    Watches::compile(queries.iter().enumerate().filter_map(query).collect())
}

/// Only the first name of a watch: less than the watch asks.
fn regex(rule: &Rule) -> Regex {
    let pattern = format!(r"\b{}\b", regex::escape(&rule.name));
    RegexBuilder::new(&pattern).case_insensitive(true).build().expect("an escaped name is a regex")
}

fn names(rules: &[Rule], lexicon: &Lexicon) -> Vec<String> {
    let known = lexicon.concepts().flat_map(|(ix, _)| lexicon.names(ix)).map(|name| lexicon.text(name).to_owned());
    let mut names: Vec<String> = known.chain(rules.iter().map(|rule| rule.name.clone())).collect();
    names.sort_unstable();
    names.dedup();
    names
}

fn is_whole(text: &str, range: std::ops::Range<usize>) -> bool {
    let letter = |char: Option<char>| char.is_some_and(char::is_alphanumeric);
    !letter(text[..range.start].chars().next_back()) && !letter(text[range.end..].chars().next())
}

fn token_floor(item: &Item) -> usize {
    let mut scratch = String::new();
    let mut sum = 0;
    for text in [&item.title, &item.summary] {
        split(text, false, |word| {
            scratch.clear();
            fold_into(&text[word.start..word.end], false, &mut scratch);
            sum ^= hash(&scratch) as usize;
        });
    }
    sum
}

/// Whether the command line asks for this measurement, or for none by name.
fn is_wanted(what: &str) -> bool {
    let mut wanted = std::env::args().skip(1).filter(|word| !word.starts_with('-')).peekable();
    wanted.peek().is_none() || wanted.any(|word| what.contains(&word))
}

/// Prints the items a second of CPU, and returns it; nothing where the command line asks for other measurements.
fn report(what: &str, items: &[Item], mut each: impl FnMut(&Item) -> usize) -> f64 {
    if !is_wanted(what) {
        return f64::NAN;
    }
    let watch = Stopwatch::start();
    let (mut done, mut found) = (0_usize, 0_usize);
    while done == 0 || watch.seconds() < SECONDS_MIN {
        for item in items.iter().cycle().skip(done % items.len()).take(500.min(items.len())) {
            found = found.wrapping_add(black_box(each(item)));
            done += 1;
        }
    }
    let rate = done as f64 / watch.seconds();
    let hits = if what.contains("floor") { 0.0 } else { found as f64 / done as f64 };
    println!("{what:>44} {rate:>10.0} items/s  {hits:.2} hits an item");
    rate
}
