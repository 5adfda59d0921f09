//! What happened in a story, and who said it when?
//!
//! In: stories, threads, alerts or items by id. Out: the timeline: each item with its outlet, what was new in it and whether
//! it was told, or why it was kept silent. It reads the archive; it judges nothing anew.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;

use super::explain::outcome;
use super::{args, open, table};
use crate::model::{Alert, AlertId, AlertPlan, Item, ItemId, StoryId, ThreadId, Timestamp};
use crate::store::{DecisionRecord, Store};

/// Alerts looked through for a list.
const ALERTS_MAX: u32 = 10_000;

/// A thread in the list.
struct Listed {
    story: StoryId,
    thread: ThreadId,
    watch: String,
    alerts: usize,
    last: Timestamp,
    title: String,
}

/// Stories with alerts, newest first.
pub fn list(folder: &Path, args: &args::StoryList, json: bool, out: &mut dyn Write) -> anyhow::Result<bool> {
    let (listed, now) = open::block_on(async {
        let opened = open::to_read(folder).await?;
        let alerts = opened.store.alerts_since(open::since(args.since.as_deref(), opened.now)?, ALERTS_MAX).await?;
        Ok((listed(&opened.store, alerts).await?, opened.now))
    })?;
    if json {
        for own in &listed {
            let line = serde_json::json!({
                "id": own.story.to_string(), "thread": own.thread.to_string(), "watch": own.watch,
                "alerts": own.alerts, "last": own.last, "title": own.title,
            });
            writeln!(out, "{line}")?;
        }
        return Ok(true);
    }
    if listed.is_empty() {
        writeln!(out, "no alerts since then")?;
        return Ok(true);
    }
    let rows = listed.iter().map(|own| {
        let last = table::moment(own.last, now);
        vec![own.story.to_string(), last, own.alerts.to_string(), own.watch.clone(), table::short(&own.title, 70)]
    });
    write!(out, "{}", table::aligned(&["story", "last alert", "alerts", "watch", "began with"], rows))?;
    Ok(true)
}

async fn listed(store: &Store, alerts: Vec<Alert>) -> anyhow::Result<Vec<Listed>> {
    let mut by_thread: BTreeMap<ThreadId, Vec<Alert>> = BTreeMap::new();
    for alert in alerts {
        by_thread.entry(alert.thread).or_default().push(alert);
    }
    let mut listed = Vec::new();
    for (thread, mut alerts) in by_thread {
        alerts.sort_by_key(|alert| (alert.decided, alert.id));
        let (Some(first), Some(last)) = (alerts.first(), alerts.last()) else { continue };
        let title = store.item(first.item).await?.map(|item| item.title).unwrap_or_default();
        let (story, watch) = (first.story, first.watch.clone());
        listed.push(Listed { story, thread, watch, alerts: alerts.len(), last: last.decided, title });
    }
    listed.sort_by_key(|own| (std::cmp::Reverse(own.last), own.thread));
    Ok(listed)
}

/// A story's timeline.
pub fn show(folder: &Path, args: &args::StoryShow, json: bool, out: &mut dyn Write) -> anyhow::Result<bool> {
    open::block_on(async {
        let opened = open::to_read(folder).await?;
        let lines = lines(&opened.store, &args.id).await?;
        if lines.is_empty() {
            anyhow::bail!("the archive has no story `{}`; `newswatch story list` shows what it has", args.id);
        }
        for (item, record) in &lines {
            if json {
                print_json(item, record, out)?;
            } else {
                print_line(item, record, opened.now, out)?;
            }
        }
        if !json {
            let told = lines.iter().filter(|(_, record)| matches!(record.plan, AlertPlan::Send(_))).count();
            writeln!(out, "\n{} items, {told} told", lines.len())?;
        }
        Ok(true)
    })
}

/// What an id names: all stories of a thread, the story itself, or that of an alert or item.
async fn lines(store: &Store, id: &str) -> anyhow::Result<Vec<(Item, DecisionRecord)>> {
    let (story, thread) = if let Ok(story) = id.parse::<StoryId>() {
        (Some(story), None)
    } else if let Ok(thread) = id.parse::<ThreadId>() {
        (None, Some(thread))
    } else if let Ok(alert) = id.parse::<AlertId>() {
        (None, store.alert(alert).await?.map(|alert| alert.thread))
    } else if let Ok(item) = id.parse::<ItemId>() {
        (None, store.decisions_of(item).await?.first().map(|record| record.decision.thread))
    } else {
        anyhow::bail!("`{id}` is no id: give a story (s-…), thread (t-…), alert (a-…) or item (i-…)");
    };
    let records = match (story, thread) {
        (_, Some(thread)) => store.decisions_of_thread(thread).await?,
        (Some(story), _) => store.decisions_of_story(story).await?,
        (None, None) => Vec::new(),
    };
    let mut lines = Vec::new();
    for record in records {
        if let Some(item) = store.item(record.decision.item).await? {
            lines.push((item, record));
        }
    }
    Ok(lines)
}

fn print_json(item: &Item, record: &DecisionRecord, out: &mut dyn Write) -> anyhow::Result<()> {
    let line = serde_json::json!({
        "item": item.id.to_string(), "at": record.at, "outlet": item.outlet.name, "lang": item.lang, "title": item.title,
        "link": item.link, "watch": record.decision.watch, "verdict": record.decision.verdict,
        "score": record.decision.score, "new": record.decision.new.iter().map(|unit| &unit.text).collect::<Vec<_>>(),
        "reason": record.decision.reason, "told": matches!(record.plan, AlertPlan::Send(_)),
        "outcome": outcome(&record.plan),
    });
    writeln!(out, "{line}")?;
    Ok(())
}

fn print_line(item: &Item, record: &DecisionRecord, now: Timestamp, out: &mut dyn Write) -> anyhow::Result<()> {
    let told = matches!(record.plan, AlertPlan::Send(_));
    let mark = if told { "●" } else { " " };
    let at = table::moment(record.at, now);
    writeln!(out, "{mark} {at:>17}  {}: {}", item.outlet.name, table::short(&item.title, 100))?;
    let indent = " ".repeat(21);
    if told {
        for unit in &record.decision.new {
            writeln!(out, "{indent}new: {}", unit.text)?;
        }
        writeln!(out, "{indent}{}", outcome(&record.plan))?;
    } else {
        writeln!(out, "{indent}{}", record.decision.reason)?;
    }
    Ok(())
}
