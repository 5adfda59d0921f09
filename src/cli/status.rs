//! How is the daemon doing?
//!
//! In: the archive's facts and counts, the configuration. Out: feeds in trouble, the last reload, the outbox, what was kept
//! silent, one line each; exit code 1 when something needs a person.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;

use super::{open, table};
use crate::model::{Feed, FeedId, FeedState, Timestamp};
use crate::store::{Counts, Fact};

/// Counts look back this far.
const LOOK_BACK: &str = "7d";
/// A feed that failed this often in a row needs a look.
const FAILURES_WORTH_A_LOOK: u32 = 3;

/// Shows the status.
pub fn run(folder: &Path, json: bool, out: &mut dyn Write) -> anyhow::Result<bool> {
    let (config, counts, facts, states, now) = open::block_on(async {
        let opened = open::to_read(folder).await?;
        // An archive that rests (a demo's, a stopped daemon's) is counted up to its last item.
        let to = opened.store.last_seen().await?.unwrap_or(opened.now).min(opened.now);
        let from = open::ago(LOOK_BACK, if open::ago(LOOK_BACK, opened.now)? > to { to } else { opened.now })?;
        let counts = opened.store.counts(from).await?;
        let all = opened.store.counts(Timestamp::MIN).await?;
        let facts = opened.store.notes().await?;
        let states = opened.store.feed_states().await?;
        Ok((opened.config, (counts, all), facts, states, opened.now))
    })?;
    let feeds: Vec<Row> = config.feeds.iter().map(|feed| Row::of(feed, &states)).collect();
    let (recent, all) = &counts;
    let healthy = all.dead == 0 && feeds.iter().all(|feed| feed.trouble.is_none());
    if json {
        print_json(&feeds, recent, all, &facts, out)?;
        return Ok(healthy);
    }
    print_feeds(&feeds, now, out)?;
    print_counts(recent, all, now, &facts, out)?;
    Ok(healthy)
}

/// A feed, for the table.
struct Row {
    name: String,
    url: String,
    state: FeedState,
    /// What a person should know of it.
    trouble: Option<String>,
    note: Option<String>,
}

impl Row {
    fn of(feed: &Feed, states: &BTreeMap<FeedId, FeedState>) -> Self {
        let state = states.get(&feed.id).cloned().unwrap_or_default();
        let error = state.last_error.clone().unwrap_or_default();
        let trouble = if state.gone {
            Some("gone (410): remove it from the configuration".to_owned())
        } else if state.failures >= FAILURES_WORTH_A_LOOK {
            Some(format!("failed {} times: {error}", state.failures))
        } else {
            None
        };
        let mut notes = Vec::new();
        if feed.paused {
            notes.push("paused".to_owned());
        }
        if let (Some(moved), true) = (&state.moved_to, trouble.is_none()) {
            notes.push(format!("moved for good to {moved}"));
        }
        if let Some(until) = state.lease.as_ref().filter(|lease| lease.pushed).and_then(|lease| lease.until) {
            notes.push(format!("pushed by its hub, until {until}"));
        }
        if state.possibly_missed > 0 {
            notes.push(format!("possibly missed items, {} times", state.possibly_missed));
        }
        if !state.warnings.is_empty() {
            notes.push(format!("warnings: {}", state.warnings.keys().cloned().collect::<Vec<_>>().join(", ")));
        }
        if state.failures > 0 && trouble.is_none() {
            notes.push(format!("failed: {error}"));
        }
        let note = (!notes.is_empty()).then(|| notes.join("; "));
        Self { name: feed.name.clone(), url: feed.url.clone(), state, trouble, note }
    }
}

fn print_feeds(feeds: &[Row], now: Timestamp, out: &mut dyn Write) -> anyhow::Result<()> {
    let polled = feeds.iter().filter(|feed| feed.state.last_success.is_some()).count();
    let troubled = feeds.iter().filter(|feed| feed.trouble.is_some()).count();
    writeln!(out, "feeds     {} configured, {polled} read so far, {troubled} in trouble", feeds.len())?;
    let shown = feeds.iter().filter(|feed| feed.trouble.is_some() || feed.note.is_some());
    let rows = shown.map(|feed| {
        let mark = if feed.trouble.is_some() { "!" } else { " " };
        let when = feed.state.last_success.map_or("never read".to_owned(), |at| table::distance(at, now));
        let words = feed.trouble.as_ref().or(feed.note.as_ref()).cloned().unwrap_or_default();
        vec![format!("  {mark}"), table::short(&feed.name, 32), when, words]
    });
    write!(out, "{}", table::aligned(&[], rows))?;
    let next = feeds.iter().filter_map(|feed| feed.state.next_due).min();
    if let Some(next) = next {
        writeln!(out, "next poll {}", table::distance(next, now))?;
    }
    Ok(())
}

fn print_counts(
    recent: &Counts,
    all: &Counts,
    now: Timestamp,
    facts: &BTreeMap<String, Fact>,
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    writeln!(out, "archive   {} items in {}", all.items, table::bytes(all.bytes))?;
    writeln!(
        out,
        "in 7 d    {} items, {} matched, {} stories, {} alerts",
        recent.items, recent.matched, recent.stories, recent.alerts
    )?;
    let silent = recent.suppressed.iter().map(|(reason, count)| {
        vec!["  ".to_owned(), format!("{count:>6}"), format!("kept silent: {}", reason.words())]
    });
    write!(out, "{}", table::aligned(&[], silent))?;
    writeln!(out, "outbox    {} waiting, {} delivered in 7 d, {} given up", all.waiting, recent.sent, all.dead)?;
    if all.dead > 0 {
        writeln!(out, "          see `newswatch outbox list`")?;
    }
    for (name, fact) in facts.iter().filter(|(name, _)| !name.starts_with(super::mute::FACT)) {
        writeln!(out, "{:<9} {} ({})", name, fact.value, table::distance(fact.at, now))?;
    }
    Ok(())
}

fn print_json(
    feeds: &[Row],
    recent: &Counts,
    all: &Counts,
    facts: &BTreeMap<String, Fact>,
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    for feed in feeds {
        let line =
            serde_json::json!({ "feed": feed.name, "url": feed.url, "state": feed.state, "trouble": feed.trouble });
        writeln!(out, "{line}")?;
    }
    let suppressed: BTreeMap<String, u64> =
        recent.suppressed.iter().map(|(reason, count)| (reason.words().to_owned(), *count)).collect();
    let facts: BTreeMap<_, _> = facts.iter().map(|(name, fact)| (name, (&fact.value, fact.at))).collect();
    let line = serde_json::json!({
        "items": all.items, "bytes": all.bytes, "waiting": all.waiting, "dead": all.dead,
        "last_7d": { "items": recent.items, "matched": recent.matched, "stories": recent.stories,
                     "alerts": recent.alerts, "sent": recent.sent, "suppressed": suppressed },
        "facts": facts,
    });
    writeln!(out, "{line}")?;
    Ok(())
}
