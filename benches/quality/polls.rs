//! Which items of a feed that is polled again and again are new, which are edited, which only came back?
//!
//! In: real polls of real feeds with what a person's program saw in them (`../shared/data/feeds/polls*`). Out: our own
//! answers, by the same parser and the same rules of identity that the daemon uses, beside the goal. The store is a list
//! in memory that answers as the real one does.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;
use std::path::Path;

use newswatch::model::{FeedId, KnownItem};
use newswatch::parse::{Arrival, Hints, arrivals, lookup_keys, parse};

/// Found, of those that there are, and wrongly found.
#[derive(Default)]
struct Score {
    truth: usize,
    hit: usize,
    extra: usize,
}

impl Score {
    fn add(&mut self, truth: &BTreeSet<String>, ours: &BTreeSet<String>) {
        self.truth += truth.len();
        self.hit += truth.intersection(ours).count();
        self.extra += ours.difference(truth).count();
    }

    fn line(&self, name: &str, goal: &str) {
        let share = self.hit as f64 / self.truth.max(1) as f64;
        let Self { truth, hit, extra } = self;
        println!("  {name:<22} {hit} of {truth} ({share:.4}), {extra} too many   goal: {goal}");
    }
}

/// What the daemon would remember of one feed.
#[derive(Default)]
struct Remembered {
    items: BTreeMap<u64, KnownItem>,
    /// Every key and link that any version of an item had, as the store looks them up.
    names: BTreeMap<String, BTreeSet<u64>>,
}

impl Remembered {
    fn known(&self, keys: &[String], links: &[String]) -> Vec<KnownItem> {
        let ids: BTreeSet<u64> =
            keys.iter().chain(links).filter_map(|name| self.names.get(name)).flatten().copied().collect();
        ids.iter().filter_map(|id| self.items.get(id)).cloned().collect()
    }

    fn keep(&mut self, item: KnownItem) {
        for name in [Some(&item.key), item.canonical_link.as_ref()].into_iter().flatten() {
            self.names.entry(name.clone()).or_default().insert(item.id.0);
        }
        self.items.insert(item.id.0, item);
    }
}

/// Replays every poll of every source and prints the scores.
pub fn run(data: &Path) {
    let truth = data.join("polls_truth.jsonl.gz");
    if !truth.exists() {
        println!("skipped, `{}` is not there", truth.display());
        return;
    }
    let truth = lines(&truth);
    let (mut new, mut edits, mut back) = (Score::default(), Score::default(), Score::default());
    let (mut titles_only, mut polls) = (Score::default(), 0);
    let mut feeds: BTreeMap<String, Remembered> = BTreeMap::new();
    let mut cases = Vec::new();
    for row in &truth {
        let file = row["file"].as_str().unwrap_or_default();
        let source = file.trim_start_matches("polls/").split('/').next().unwrap_or_default().to_owned();
        let path = [data.join(file), data.join("polls").join(file)].into_iter().find(|path| path.exists());
        let Some(bytes) = path.map(|path| unpacked(&path)) else { continue };
        polls += 1;
        let parsed =
            parse(&bytes, &Hints { content_type: None, base: Some("https://feed.example/dir/feed.xml"), page: None });
        if parsed.error.is_some() {
            if row["feed"] == true {
                cases.push(format!("{file}: not read"));
            }
            continue;
        }
        let memory = feeds.entry(source.clone()).or_default();
        let ours = poll(memory, FeedId::of([source.as_str()]), parsed.entries);
        let ids = |key: &str| -> BTreeSet<String> {
            let list = row[key].as_array().cloned().unwrap_or_default();
            list.iter().filter_map(|one| one.as_str().or(one[0].as_str()).map(str::to_owned)).collect()
        };
        let (truly_new, edited) = (ids("new"), ids("title_changed"));
        let missed = truly_new.difference(&ours.new).map(|id| format!("{file}: not new {id}"));
        let invented = ours.new.difference(&truly_new).map(|id| format!("{file}: wrongly new {id}"));
        cases.extend(missed.chain(invented));
        cases.extend(edited.difference(&ours.versions).map(|id| format!("{file}: no version {id}")));
        new.add(&truly_new, &ours.new);
        edits.add(&edited, &ours.versions.intersection(&edited).cloned().collect());
        titles_only.add(&edited, &ours.versions);
        let returned = ids("came_back");
        back.add(&returned, &returned.difference(&ours.new).cloned().collect());
    }
    println!("  {polls} polls of {} feeds", feeds.len());
    new.line("new", "exact");
    back.line("returned, not new", "exact");
    edits.line("edits as versions", ">= 0.99");
    println!("  versions beside those (text changed, headline not): {}", titles_only.extra);
    for case in cases.iter().take(if std::env::var_os("CASES").is_some() { 1_000 } else { 0 }) {
        println!("    {case}");
    }
}

/// Names as the truth has them: id, else link.
#[derive(Default)]
struct Poll {
    new: BTreeSet<String>,
    versions: BTreeSet<String>,
}

fn poll(memory: &mut Remembered, feed: FeedId, entries: Vec<newswatch::model::Entry>) -> Poll {
    let (keys, links) = lookup_keys(&entries);
    let known = memory.known(&keys, &links);
    let mut poll = Poll::default();
    for arrival in arrivals(feed, entries, &known) {
        let (id, version, entry) = match arrival {
            Arrival::New { id, entry } => (id, 1, entry),
            Arrival::Version { id, version, entry } => (id, version, entry),
            Arrival::Seen { .. } => continue,
        };
        let name = entry.guid.clone().or_else(|| entry.link.clone()).unwrap_or_default();
        _ = if version == 1 { poll.new.insert(name) } else { poll.versions.insert(name) };
        memory.keep(KnownItem::of(id, version, &entry));
    }
    poll
}

fn lines(path: &Path) -> Vec<serde_json::Value> {
    let text = String::from_utf8_lossy(&unpacked(path)).into_owned();
    text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
}

fn unpacked(path: &Path) -> Vec<u8> {
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path).expect("the file is there");
    flate2::read::MultiGzDecoder::new(file).read_to_end(&mut bytes).expect("sound data");
    bytes
}
