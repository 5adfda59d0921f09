//! Which texts are matched?
//!
//! In: the kit's headlines (UCI News Aggregator), sentences of timelines and articles (Gun Violence Archive), if they
//! are there. Out: headline items of some 155 bytes, of which every third has a summary, and items of 2 kB.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};

use flate2::read::GzDecoder;
use newswatch::model::{Item, Outlet};
use serde_json::Value;

const ARTICLE_BYTES: usize = 2_000;

/// Items, and where they are from.
pub fn headlines() -> (Vec<Item>, &'static str) {
    let titles = kit("headlines-uci/dev.jsonl.gz");
    let sentences = kit("timelines/dev.jsonl.gz");
    if titles.is_empty() || sentences.is_empty() {
        return (own(), "the kit is absent: items of tests/data/matching");
    }
    let with_summary = |(at, line): (usize, &Value)| {
        let summary = if at % 3 == 0 { word(&sentences[at / 3 % sentences.len()], "text") } else { "" };
        item(word(line, "title"), summary)
    };
    (titles.iter().enumerate().map(with_summary).collect(), "headlines-uci, timelines")
}

/// Items of 2 kB, and where they are from.
pub fn articles() -> (Vec<Item>, &'static str) {
    let articles = kit("incidents-gva/dev.jsonl.gz");
    if articles.is_empty() {
        let texts: Vec<String> = own().iter().map(|item| format!("{}. {} ", item.title, item.summary)).collect();
        let joined: Vec<String> = texts.chunks(15).map(|chunk| chunk.concat()).collect();
        return (joined.iter().map(|text| item(&text[..0], text)).collect(), "items of tests/data/matching, joined");
    }
    let cut = |line: &Value| {
        let text = word(line, "text");
        let end = (0..=ARTICLE_BYTES.min(text.len())).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(0);
        item(word(line, "title"), &text[..end])
    };
    let long = articles.iter().filter(|line| word(line, "text").len() > ARTICLE_BYTES / 2);
    (long.map(cut).collect(), "incidents-gva")
}

fn own() -> Vec<Item> {
    lines(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/matching/items.jsonl"))
        .iter()
        .map(|line| item(word(line, "title"), word(line, "summary")))
        .collect()
}

fn kit(path: &str) -> Vec<Value> {
    let kit = std::env::var_os("NEWSWATCH_KIT").map(PathBuf::from);
    let kit = kit.unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared"));
    lines(&kit.join("data").join(path))
}

fn lines(path: &Path) -> Vec<Value> {
    let Ok(file) = File::open(path) else { return Vec::new() };
    let reader: Box<dyn BufRead> = match path.extension().is_some_and(|ending| ending == "gz") {
        true => Box::new(BufReader::new(GzDecoder::new(file))),
        false => Box::new(BufReader::new(file)),
    };
    reader.lines().map_while(Result::ok).filter_map(|line| serde_json::from_str(&line).ok()).collect()
}

fn word<'a>(line: &'a Value, key: &str) -> &'a str {
    line[key].as_str().unwrap_or_default()
}

fn item(title: &str, summary: &str) -> Item {
    Item {
        summary: summary.to_owned(),
        outlet: Outlet { name: "Daily Example".to_owned(), family: "daily.example".to_owned() },
        lang: Some("en".to_owned()),
        feed_name: "Daily Example World".to_owned(),
        ..Item::bare(title)
    }
}
