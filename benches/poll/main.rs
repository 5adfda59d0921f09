//! What does a round of polls cost?
//!
//! In: a running load server of the measuring kit (`feedload`, at `NEWSWATCH_LOAD`, by default 127.0.0.1:8700) and its
//! floor, a bare loop that fetches, parses and keeps no item (`NEWSWATCH_FLOOR`, the path of `poll`). Out: for 1,000 and
//! 5,000 feeds, as far as the server has them, and 1,000 watches: processor seconds and peak memory of `newswatch run
//! --once` when it knows no feed, when none has changed, and when 5 % have a new item, each as a ratio to the floor run
//! just before. Figures are printed, never asserted; without a server it says so and ends.

#[path = "../matching/cpu.rs"]
#[allow(dead_code)]
mod cpu;
#[path = "../matching/rules.rs"]
#[allow(dead_code)]
mod rules;
mod server;
#[path = "../matching/texts.rs"]
#[allow(dead_code)]
mod texts;
mod used;

use std::fs;
use std::path::Path;
use std::process::Command;

use newswatch::lexicon::Lexicon;
use newswatch::matching::Query;

use crate::used::run;

const FEEDS: &[usize] = &[1_000, 5_000];
const WATCHES: usize = 1_000;

fn main() {
    let Some(all) = server::get("/ctl/urls?n=1000000") else {
        println!("skipped: no load server answers at {}; `feedload` of the kit is one", server::address());
        return;
    };
    let urls: Vec<&str> = all.lines().collect();
    let asked: Vec<usize> = std::env::args().filter_map(|word| word.parse().ok()).collect();
    let counts = FEEDS.iter().filter(|&&count| count <= urls.len() && (asked.is_empty() || asked.contains(&count)));
    for &count in counts {
        println!("== {count} feeds, {WATCHES} watches");
        let folder = tempfile::tempdir().expect("a scratch folder can be made");
        configure(folder.path(), &urls[..count]);
        phase(folder.path(), "cold");
        make_due(folder.path());
        phase(folder.path(), "all 304");
        make_due(folder.path());
        server::get("/ctl/tick?pct=5").expect("the server still answers");
        phase(folder.path(), "5 % new");
    }
}

/// One round of the floor, and one of ours.
fn phase(folder: &Path, what: &str) {
    let floor = std::env::var_os("NEWSWATCH_FLOOR").map(|program| {
        let mut floor = Command::new(program);
        floor.arg(folder.join("urls.txt")).arg(folder.join("floor")).args(["64", "feed-rs"]).env("NOIDLE", "1");
        run(&mut floor)
    });
    let mut ours = Command::new(env!("CARGO_BIN_EXE_newswatch"));
    ours.args(["run", "--once", "--config"]).arg(folder.join("config")).env("MALLOC_ARENA_MAX", "1");
    let ours = run(&mut ours);
    println!("{what:>10}: {ours}");
    if let Some(floor) = floor {
        let ratio = |ours: f64, floor: f64| if floor > 0.0 { ours / floor } else { f64::NAN };
        println!("{:>10}  {floor}: {:.1} x", "floor", ratio(ours.cpu_s, floor.cpu_s));
    }
}

fn configure(folder: &Path, urls: &[&str]) {
    let config = folder.join("config");
    fs::create_dir(&config).expect("a scratch folder can be written");
    let write = |name: &str, text: String| fs::write(config.join(name), text).expect("a scratch file can be written");
    let state = folder.join("state");
    write(
        "newswatch.toml",
        format!(
            "[state]\nfolder = {state:?}\n[fetch]\ncontact = \"bench@localhost\"\nallow = [\"127.0.0.0/8\"]\n\
             [[recipient]]\nname = \"desk\"\naddress = \"desk@localhost\"\n"
        ),
    );
    let feed = |(at, url): (usize, &&str)| format!("[[feed]]\nname = \"f{at}\"\nurl = \"{url}\"\n");
    write("feeds.toml", urls.iter().enumerate().map(feed).collect());
    let lexicon = Lexicon::shipped();
    let mut rules = rules::rules(WATCHES, &lexicon, &texts::headlines().0);
    // Chance now and then writes a query that excludes itself; such a one is refused.
    rules.retain(|rule| Query::parse(&rule.query, &lexicon).is_ok());
    let watch = |(at, rule): (usize, &rules::Rule)| {
        format!("[[watch]]\nname = \"w{at}\"\nquery = '''{}'''\nto = [\"desk\"]\n", rule.query)
    };
    write("watches.toml", rules.iter().enumerate().map(watch).collect());
    fs::write(folder.join("urls.txt"), urls.join("\n")).expect("a scratch file can be written");
}

/// Sets every feed's next poll back to a time that is past.
fn make_due(folder: &Path) {
    let path = folder.join("state/newswatch.sqlite");
    let change = "UPDATE feed SET next_due = 0, state = json_set(state, '$.last_attempt', '2020-01-01T00:00:00Z', \
                  '$.next_due', '2020-01-01T00:05:00Z')";
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime can be made");
    runtime.block_on(async {
        let options = sqlx::sqlite::SqliteConnectOptions::new().filename(path);
        let mut store = sqlx::ConnectOptions::connect(&options).await.expect("the store opens");
        sqlx::query(change).execute(&mut store).await.expect("the schedule can be changed");
    });
}
