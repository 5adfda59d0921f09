//! What would have been sent?
//!
//! In: items in order of time (from a file or the archive) and rules. Out: one line an item with its decisions, a line for
//! each alert decided later, and the merges: the contract of `newswatch replay --json`. The clock is the items' own time;
//! the pipeline is the daemon's. It reads no file and prints nothing.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::mutes::Mutes;
use super::pipeline::{self, Memory, Outcome};
use super::rules::Rules;
use crate::model::{Alert, AlertPlan, FeedId, Item, ItemId, Outlet, Timestamp, Verdict};
use crate::text::url::{canonical_link, registered_domain};

/// An item as a replay file has it, one JSON object a line.
#[derive(Clone, Debug, Deserialize)]
pub struct FileItem {
    pub id: String,
    /// Arrival: the simulated clock.
    pub time: Timestamp,
    pub published: Option<Timestamp>,
    pub outlet: Option<String>,
    pub feed: Option<String>,
    pub lang: Option<String>,
    pub title: String,
    pub summary: Option<String>,
    pub text: Option<String>,
    pub url: Option<String>,
}

/// An item to replay, under the name that the output gives it.
pub struct Replayed {
    pub name: String,
    pub item: Item,
}

/// One line of output.
#[derive(Clone, Debug, Serialize)]
#[serde(untagged)]
pub enum Line {
    Item { id: String, matches: Vec<MatchLine> },
    Later { alert: String, item: String, thread: String, at: Timestamp },
    Merged { story: String, into: String },
}

/// One watch's view of an item.
#[derive(Clone, Debug, Serialize)]
pub struct MatchLine {
    pub watch: String,
    pub story: String,
    pub thread: String,
    pub verdict: Verdict,
    pub of: Option<String>,
    pub score: f64,
    pub alert: Option<String>,
    pub new: Vec<String>,
    pub evidence: Vec<String>,
    pub reason: String,
    /// What the score was made of.
    pub signals: BTreeMap<&'static str, f64>,
}

/// Gives file items the identity that the daemon would: the same address in the same feed is the same item, changed.
#[derive(Default)]
pub struct Identify {
    versions: BTreeMap<ItemId, u32>,
    last_seen: Option<Timestamp>,
}

impl Identify {
    /// The item of a line; `seen` is its time, made unique.
    pub fn item(&mut self, line: FileItem) -> Replayed {
        let feed_name = line.feed.clone().or_else(|| line.outlet.clone()).unwrap_or_default();
        let link = line.url.as_deref().map(canonical_link);
        let key = link.clone().unwrap_or_else(|| line.id.clone());
        let id = ItemId::of([feed_name.as_str(), &key]);
        let version = self.versions.entry(id).and_modify(|version| *version += 1).or_insert(1);
        let tick = |last: Timestamp| last.checked_add(jiff::SignedDuration::from_millis(1)).unwrap_or(last);
        let seen = self.last_seen.map_or(line.time, |last| line.time.max(tick(last)));
        self.last_seen = Some(seen);
        let name = line.outlet.unwrap_or_else(|| feed_name.clone());
        let family = line.url.as_deref().and_then(registered_domain).unwrap_or_else(|| name.to_lowercase());
        let item = Item {
            id,
            feed: FeedId::of([feed_name.as_str()]),
            version: *version,
            key,
            link: line.url,
            canonical_link: link,
            title: line.title,
            summary: line.summary.unwrap_or_default(),
            text: line.text,
            published: line.published,
            seen,
            outlet: Outlet { name, family },
            lang: line.lang,
            feed_name,
            tags: Vec::new(),
            backfill: false,
        };
        Replayed { name: line.id, item }
    }
}

/// Runs items through the pipeline; `tell` gets each line, and the alerts in full.
pub fn run(rules: &Rules, items: impl IntoIterator<Item = Replayed>, tell: &mut dyn FnMut(Line, &[Alert])) {
    let mut memory = Memory::default();
    let mut names = BTreeMap::new();
    let mut merges = Vec::new();
    for Replayed { name, item } in items {
        names.entry(item.id).or_insert_with(|| name.clone());
        release(rules, &mut memory, item.seen, &names, tell);
        let advanced = pipeline::advance(rules, &mut memory, &Mutes::default(), &item);
        merges.extend(advanced.merges);
        let outcomes = advanced.outcomes;
        // The first name stands for the item in `of`; this line has its own.
        let matches = outcomes.iter().map(|outcome| match_line(outcome, &item, &names)).collect();
        tell(Line::Item { id: name, matches }, &alerts(&outcomes));
    }
    release(rules, &mut memory, Timestamp::MAX, &names, tell);
    for merge in merges {
        tell(Line::Merged { story: merge.story.to_string(), into: merge.into.to_string() }, &[]);
    }
}

/// Alerts whose hold ends up to `now`.
fn release(
    rules: &Rules,
    memory: &mut Memory,
    now: Timestamp,
    names: &BTreeMap<ItemId, String>,
    tell: &mut dyn FnMut(Line, &[Alert]),
) {
    for alert in pipeline::settle(rules, memory, now) {
        let item = names.get(&alert.item).cloned().unwrap_or_else(|| alert.item.to_string());
        let (id, thread, at) = (alert.id.to_string(), alert.thread.to_string(), alert.decided);
        tell(Line::Later { alert: id, item, thread, at }, &[alert]);
    }
}

fn alerts(outcomes: &[Outcome]) -> Vec<Alert> {
    let sent = |outcome: &Outcome| match &outcome.plan {
        AlertPlan::Send(alert) => Some(alert.clone()),
        _ => None,
    };
    outcomes.iter().filter_map(sent).collect()
}

fn match_line(outcome: &Outcome, item: &Item, names: &BTreeMap<ItemId, String>) -> MatchLine {
    let decision = &outcome.decision;
    let of = decision.of.map(|of| names.get(&of).cloned().unwrap_or_else(|| of.to_string()));
    let alert = match &outcome.plan {
        AlertPlan::Send(alert) => Some(alert.id.to_string()),
        _ => None,
    };
    let evidence = outcome.evidence.iter().map(|found| match &found.concept {
        Some(concept) => format!("{} → {} ({concept})", found.term, found.text),
        None => format!("{} → {}", found.term, found.text),
    });
    debug_assert_eq!(decision.item, item.id);
    MatchLine {
        watch: decision.watch.clone(),
        story: decision.story.to_string(),
        thread: decision.thread.to_string(),
        verdict: decision.verdict,
        of,
        score: decision.score,
        alert,
        new: decision.new.iter().map(|unit| unit.text.clone()).collect(),
        evidence: evidence.collect(),
        reason: decision.reason.clone(),
        signals: decision.signals.iter().copied().collect(),
    }
}
