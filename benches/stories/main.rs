//! What does an item cost the story stage, and does it stay so?
//!
//! In: real headlines (`../shared/data/headlines-uci`, else those of `tests/data/matching`), from whose words
//! and invented names as many stories as wanted are made. Out: processor time of an item with 10,000 live stories, headlines and articles, while the
//! archive grows to a million items, and resident memory; printed, never asserted. `cargo bench --bench stories [ITEMS]`.

#[path = "../matching/cpu.rs"]
#[allow(dead_code)]
mod cpu;

use std::path::Path;
use std::process::Command;

use jiff::Timestamp;
use newswatch::lexicon::{Document, Lexicon};
use newswatch::model::{FeedId, Item, ItemId, Match, Outlet};
use newswatch::story::{self, State};

use crate::cpu::{Stopwatch, resident_mb};

/// Items of the archive, unless the command line says otherwise.
const ITEMS: usize = 1_000_000;
/// Items measured at a time; their documents are read before the clock starts, and count as resident.
const CHUNK: usize = 1_000;
/// Chunks between two lines of the report.
const CHUNKS_A_LINE: usize = 100;
/// Items of a story; one item in so many opens one.
const ITEMS_A_STORY: usize = 5;
/// Words of headlines that a story's headlines take theirs from.
const STORY_WORDS: usize = 12;
/// Seconds between items: 10,000 stories open within the three weeks after which a silent one is forgotten.
const PACE_SECONDS: i64 = 36;
/// Items with text that are measured, and words of their texts.
const ARTICLES: usize = 10_000;
const ARTICLE_WORDS: usize = 400;

fn main() {
    let wanted = std::env::args().skip(1).find_map(|word| word.parse().ok()).unwrap_or(ITEMS);
    let words = headlines().iter().flat_map(|title| title.split_whitespace()).map(str::to_owned).collect::<Vec<_>>();
    let stream = Stream { words, lexicon: Lexicon::shipped() };
    println!("{} words of headlines; with the lexicon {:.0} MB resident", stream.words.len(), resident_mb());
    let mut state = State::default();
    let mut spent = Spent::default();
    for (chunk, from) in (0..wanted).step_by(CHUNK).enumerate() {
        spent.add(&stream.run(&mut state, from..wanted.min(from + CHUNK), false));
        if (chunk + 1) % CHUNKS_A_LINE == 0 {
            spent.print(from + CHUNK, "headlines", &state);
            spent = Spent::default();
        }
    }
    let mut articles = Spent::default();
    for from in (wanted..wanted + ARTICLES).step_by(CHUNK) {
        articles.add(&stream.run(&mut state, from..from + CHUNK, true));
    }
    articles.print(wanted + ARTICLES, "articles", &state);
}

/// Processor time in seconds, of so many items.
#[derive(Default)]
struct Spent {
    items: usize,
    deciding: f64,
    merging: f64,
    rows: f64,
}

impl Spent {
    fn add(&mut self, other: &Self) {
        self.items += other.items;
        self.deciding += other.deciding;
        self.merging += other.merging;
        self.rows += other.rows;
    }

    fn print(&self, archive: usize, kind: &str, state: &State) {
        let each = |seconds: f64| seconds * 1e6 / self.items.max(1) as f64;
        println!(
            "{archive:>8} items: {kind} {:.0} µs each (deciding {:.0}, merging {:.0}), rows to store {:.0} µs; {} live stories, {:.0} MB resident",
            each(self.deciding + self.merging),
            each(self.deciding),
            each(self.merging),
            each(self.rows),
            story::live_stories(state),
            resident_mb()
        );
    }
}

struct Stream {
    words: Vec<String>,
    lexicon: Lexicon,
}

impl Stream {
    /// Runs items through the story stage.
    fn run(&self, state: &mut State, numbers: std::ops::Range<usize>, text: bool) -> Spent {
        let items: Vec<Item> = numbers.map(|number| self.item(number, text)).collect();
        let read: Vec<(Item, Document)> =
            items.into_iter().map(|item| (item.clone(), self.lexicon.read(&item))).collect();
        let matches = [Match { watch: "bench".into(), evidence: Vec::new() }];
        let mut spent = Spent { items: read.len(), ..Spent::default() };
        let start = Stopwatch::start();
        for (item, document) in &read {
            let before = std::time::Instant::now();
            story::maintain(state, item.seen);
            let merged = std::time::Instant::now();
            let decided = story::decide(state, &self.lexicon, item, document, &matches);
            story::apply(state, &decided);
            let taken = std::time::Instant::now();
            drop(state.take_changes());
            spent.merging += (merged - before).as_secs_f64();
            spent.deciding += (taken - merged).as_secs_f64();
            spent.rows += taken.elapsed().as_secs_f64();
        }
        // Wall time tells the shares, processor time the sum.
        let share = start.seconds() / (spent.merging + spent.deciding + spent.rows).max(f64::MIN_POSITIVE);
        for seconds in [&mut spent.merging, &mut spent.deciding, &mut spent.rows] {
            *seconds *= share;
        }
        spent
    }

    /// The item of a number: some words of its story, and names that only its story has.
    fn item(&self, number: usize, text: bool) -> Item {
        let story = story_of(number);
        let words = (0..6).map(|at| self.word(story, mix(number * 8 + at) % STORY_WORDS)).collect::<Vec<_>>().join(" ");
        let title = format!("{} {words} {}", name(story, 0), name(story, 1 + number % 2));
        let summary = if text { self.article(number, story) } else { String::new() };
        let outlet = format!("outlet-{}", number % 400);
        Item {
            id: ItemId::of([number.to_string()]),
            feed: FeedId::of([outlet.as_str()]),
            key: number.to_string(),
            summary,
            seen: Timestamp::from_second(1_600_000_000 + number as i64 * PACE_SECONDS).expect("the times are in range"),
            outlet: Outlet { name: outlet.clone(), family: outlet.clone() },
            lang: Some("en".into()),
            feed_name: outlet,
            ..Item::bare(&title)
        }
    }

    /// A word of real headlines, always the same for a story and a place in it.
    fn word(&self, story: usize, place: usize) -> &str {
        &self.words[mix(story * 4_096 + place) % self.words.len()]
    }

    /// Half the words are the story's own, half any words of headlines.
    fn article(&self, number: usize, story: usize) -> String {
        let mut text = String::new();
        for at in 0..ARTICLE_WORDS {
            let chance = mix(number * 4_096 + at);
            let word = if chance.is_multiple_of(2) { self.word(story, chance % 128) } else { self.word(number, at) };
            text.push_str(word);
            text.push_str(if at % 20 == 19 { ". " } else { " " });
            if at % 40 == 0 {
                text.push_str(&name(story, at % 3));
                text.push(' ');
            }
        }
        text
    }
}

/// The story of an item: one of those that opened lately.
fn story_of(number: usize) -> usize {
    let newest = number / ITEMS_A_STORY;
    if number.is_multiple_of(ITEMS_A_STORY) { newest } else { newest - mix(number) % 500.min(newest + 1) }
}

/// An invented name, always the same for a story and a place in it.
fn name(story: usize, place: usize) -> String {
    const SYLLABLES: [&str; 16] =
        ["ba", "ler", "mon", "ti", "vas", "qui", "dor", "fel", "zan", "ru", "kes", "om", "pi", "gar", "nu", "hel"];
    let mut rest = mix(story * 8 + place);
    let mut name = String::from("X");
    for _ in 0..5 {
        name.push_str(SYLLABLES[rest % 16]);
        rest /= 16;
    }
    name
}

/// A number that looks like chance, always the same for one input (splitmix64).
fn mix(number: usize) -> usize {
    let mut state = (number as u64).wrapping_add(0x9e37_79b9_7f4a_7c15);
    state = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    state = (state ^ (state >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    ((state ^ (state >> 31)) >> 1) as usize
}

/// Real headlines: of the measuring kit, else of the repository's own test data.
fn headlines() -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let kit = root.join("../shared/data/headlines-uci/dev.jsonl.gz");
    let packed = Command::new("gzip").arg("-dc").arg(&kit).output().ok().filter(|done| done.status.success());
    let mut lines = packed.map_or_else(String::new, |done| String::from_utf8_lossy(&done.stdout).into_owned());
    if lines.is_empty() {
        println!("`{}` is not there: headlines of tests/data/matching", kit.display());
        let files = std::fs::read_dir(root.join("tests/data/matching")).into_iter().flatten().flatten();
        let mut paths: Vec<_> = files.map(|file| file.path()).collect();
        paths.sort();
        lines = paths.iter().filter_map(|path| std::fs::read_to_string(path).ok()).collect::<Vec<_>>().join("\n");
    }
    let rows = lines.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
    let mut titles: Vec<String> = rows.filter_map(|row| Some(row.get("title")?.as_str()?.to_owned())).collect();
    if titles.is_empty() {
        titles.push("Ferry sinks off Marinduque, six dead".into());
    }
    titles
}
