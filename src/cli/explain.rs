//! Why did an item match or not, and what became of it?
//!
//! In: an item of the archive, by id or link, or a text on standard input. Out: for each watch the words that satisfied it
//! or the part that failed, the story, what was new, whether anybody was told and by which mail, and if not, why.

use std::io::{Read, Write};
use std::path::Path;

use serde::Serialize;

use super::{args, open, table};
use crate::app::daemon;
use crate::app::replay::{FileItem, Identify};
use crate::app::rules::Rules;
use crate::clock::Clock;
use crate::model::{AlertPlan, DeliveryState, Evidence, Item, ItemId, Timestamp};
use crate::store::{DecisionRecord, DeliveryHead, Store};
use crate::text::url::canonical_link;

/// A text on standard input is cut here.
const INPUT_BYTES_MAX: u64 = 4 * 1024 * 1024;

/// What is known of one item under one watch.
#[derive(Serialize)]
struct Explained {
    watch: String,
    matches: bool,
    evidence: Vec<Evidence>,
    /// For a watch that does not match: the part of its query that failed, in the user's words.
    failed: Option<String>,
    decisions: Vec<Decided>,
}

/// One decision of the past.
#[derive(Serialize)]
struct Decided {
    at: Timestamp,
    version: u32,
    story: String,
    thread: String,
    verdict: String,
    score: f64,
    reason: String,
    new: Vec<String>,
    outcome: String,
    deliveries: Vec<String>,
}

/// Explains.
pub fn run(folder: &Path, args: &args::Explain, json: bool, out: &mut dyn Write) -> anyhow::Result<bool> {
    if args.item == "-" {
        let (config, _) = daemon::load(folder)?;
        let item = from_input()?;
        let explained = now(&Rules::of(&config), &item);
        return print(&item, explained, json, out);
    }
    open::block_on(async {
        let opened = open::to_read(folder).await?;
        let Some(item) = find(&opened.store, &args.item).await? else {
            anyhow::bail!("the archive has no item `{}`; give an id (i-…) or the item's link", args.item);
        };
        let mut explained = now(&Rules::of(&opened.config), &item);
        past(&opened.store, &item, &mut explained).await?;
        print(&item, explained, json, out)
    })
}

async fn find(store: &Store, text: &str) -> anyhow::Result<Option<Item>> {
    if let Ok(id) = text.parse::<ItemId>() {
        return Ok(store.item(id).await?);
    }
    let mut found = store.items_by_link_or_key(&canonical_link(text)).await?;
    if found.is_empty() {
        found = store.items_by_link_or_key(text).await?;
    }
    Ok(found.pop())
}

fn from_input() -> anyhow::Result<Item> {
    let mut text = String::new();
    std::io::stdin().take(INPUT_BYTES_MAX).read_to_string(&mut text)?;
    let (title, rest) = text.trim().split_once('\n').unwrap_or((text.trim(), ""));
    anyhow::ensure!(!title.is_empty(), "there is no text on standard input");
    let line = FileItem {
        id: "stdin".into(),
        time: Clock::system().now(),
        published: None,
        outlet: None,
        feed: None,
        lang: None,
        title: title.to_owned(),
        summary: Some(rest.trim().to_owned()),
        text: None,
        url: None,
    };
    Ok(Identify::default().item(line).item)
}

/// What today's configuration makes of the item's words.
fn now(rules: &Rules, item: &Item) -> Vec<Explained> {
    let document = rules.lexicon.read(item);
    if document.cut_bytes > 0 {
        eprintln!("the item is very long: its last {} bytes were not read", document.cut_bytes);
    }
    let matches = rules.watches.matches(&document, item);
    let explain = |watch: &String| match matches.iter().find(|matched| matched.watch == *watch) {
        Some(matched) => Explained {
            watch: watch.clone(),
            matches: true,
            evidence: matched.evidence.clone(),
            failed: None,
            decisions: Vec::new(),
        },
        None => {
            let why_not = rules.watches.why_not(watch, &document, item);
            let (evidence, failed) = why_not.map(|why| (why.satisfied, why.failed)).unzip();
            let evidence = evidence.unwrap_or_default();
            Explained { watch: watch.clone(), matches: false, evidence, failed, decisions: Vec::new() }
        }
    };
    rules.settings.keys().map(explain).collect()
}

/// What was decided when the item came.
async fn past(store: &Store, item: &Item, explained: &mut Vec<Explained>) -> anyhow::Result<()> {
    for record in store.decisions_of(item.id).await? {
        let watch = record.decision.watch.clone();
        let decided = decided(store, record).await?;
        match explained.iter_mut().find(|own| own.watch == watch) {
            Some(own) => own.decisions.push(decided),
            // A watch of the past: its decisions stay explained.
            None => explained.push(Explained {
                watch: format!("{watch} (no longer configured)"),
                matches: true,
                evidence: Vec::new(),
                failed: None,
                decisions: vec![decided],
            }),
        }
    }
    Ok(())
}

async fn decided(store: &Store, record: DecisionRecord) -> anyhow::Result<Decided> {
    let deliveries = match &record.plan {
        AlertPlan::Send(alert) => store.deliveries_of(alert.id).await?,
        _ => Vec::new(),
    };
    let decision = record.decision;
    Ok(Decided {
        at: record.at,
        version: record.version,
        story: decision.story.to_string(),
        thread: decision.thread.to_string(),
        verdict: serde_json::to_value(decision.verdict)?.as_str().unwrap_or_default().to_owned(),
        score: decision.score,
        reason: decision.reason,
        new: decision.new.into_iter().map(|unit| unit.text).collect(),
        outcome: outcome(&record.plan),
        deliveries: deliveries.iter().map(delivery).collect(),
    })
}

/// What the plan came to, in a sentence.
pub fn outcome(plan: &AlertPlan) -> String {
    match plan {
        AlertPlan::Send(alert) => format!("told, as alert {}", alert.id),
        AlertPlan::Hold { until, reason } => format!("held until {until:.0}: {reason}"),
        AlertPlan::Digest { until, reason } => format!("folded into the digest of {until:.0}: {reason}"),
        AlertPlan::Suppress { reason, detail } if detail.is_empty() => format!("not told: {}", reason.words()),
        AlertPlan::Suppress { detail, .. } => format!("not told: {detail}"),
    }
}

fn delivery(head: &DeliveryHead) -> String {
    match &head.state {
        DeliveryState::Sent { at, .. } => format!("{} to {}: delivered {at:.0}", head.id, head.recipient),
        DeliveryState::Waiting { attempts: 0, .. } => format!("{} to {}: waiting", head.id, head.recipient),
        DeliveryState::Waiting { next, last_error, .. } => {
            let error = last_error.as_deref().unwrap_or("no answer");
            format!("{} to {}: to be tried again at {next:.0} ({error})", head.id, head.recipient)
        }
        DeliveryState::Dead { reason, .. } => format!("{} to {}: given up ({reason})", head.id, head.recipient),
    }
}

fn print(item: &Item, explained: Vec<Explained>, json: bool, out: &mut dyn Write) -> anyhow::Result<bool> {
    let any = explained.iter().any(|own| own.matches);
    if json {
        let line = serde_json::json!({ "item": item.id.to_string(), "title": item.title, "watches": explained });
        writeln!(out, "{line}")?;
        return Ok(any);
    }
    writeln!(out, "{}", item.title)?;
    if !item.outlet.name.is_empty() {
        let lang = item.lang.as_deref().unwrap_or("language not declared");
        writeln!(
            out,
            "{} · {} · seen {:.0} · {lang} · version {}",
            item.id, item.outlet.name, item.seen, item.version
        )?;
    }
    if let Some(link) = &item.link {
        writeln!(out, "{link}")?;
    }
    for own in &explained {
        print_watch(own, out)?;
    }
    Ok(any)
}

fn print_watch(own: &Explained, out: &mut dyn Write) -> anyhow::Result<()> {
    writeln!(out, "\nwatch `{}`: {}", own.watch, if own.matches { "matches" } else { "does not match" })?;
    let words = own.evidence.iter().map(|found| {
        let meaning = found.concept.as_ref().map(|concept| format!("({concept})")).unwrap_or_default();
        let place = serde_json::to_value(found.field).ok().and_then(|field| field.as_str().map(str::to_owned));
        let place = format!("in the {}", place.unwrap_or_default());
        vec!["  ".to_owned(), found.term.clone(), "→".to_owned(), found.text.clone(), meaning, place]
    });
    write!(out, "{}", table::aligned(&[], words))?;
    if let Some(failed) = &own.failed {
        writeln!(out, "   missing: {failed}")?;
    }
    for decided in &own.decisions {
        writeln!(
            out,
            "   {:.0}  {} in story {}, thread {}",
            decided.at, decided.verdict, decided.story, decided.thread
        )?;
        writeln!(out, "      {} (score {:.2})", decided.reason, decided.score)?;
        for new in &decided.new {
            writeln!(out, "      new: {new}")?;
        }
        writeln!(out, "      {}", decided.outcome)?;
        for delivery in &decided.deliveries {
            writeln!(out, "      {delivery}")?;
        }
    }
    Ok(())
}
