//! What would have been sent?
//!
//! In: items from a file (JSON lines) or the archive, watches from a file or the configuration. Out: the JSON contract of
//! `app::replay`, or for a person the alerts and how many there would be at each level. It sends and stores nothing.

use std::fs::File;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;

use anyhow::Context;

use super::{args, open, table};
use crate::app::daemon;
use crate::app::replay::{FileItem, Identify, Line, Replayed, run as play};
use crate::app::rules::Rules;
use crate::lexicon::Lexicon;
use crate::model::{Alert, Item, Level};
use crate::store::Place;
use crate::{alert, config};

/// A line of a replay file is no longer than this.
const LINE_BYTES_MAX: u64 = 16 * 1024 * 1024;
/// Archive items read in one go.
const PAGE: u32 = 1_000;

const LEVELS: [Level; 6] =
    [Level::EveryArticle, Level::DistinctArticles, Level::Updates, Level::Developments, Level::Important, Level::Major];

/// Replays.
pub fn run(folder: &Path, args: &args::Replay, json: bool, out: &mut dyn Write) -> anyhow::Result<bool> {
    let rules = rules(folder, args)?;
    let items = match &args.items {
        Some(path) => from_file(path)?,
        None => open::block_on(from_archive(folder, args.since.as_deref()))?,
    };
    if json { print_json(&rules, items, out) } else { print_for_a_person(&rules, items, out) }
}

fn rules(folder: &Path, args: &args::Replay) -> anyhow::Result<Rules> {
    if args.all {
        return Ok(Rules::everything(Lexicon::shipped()));
    }
    match &args.watches {
        Some(path) => {
            let text = std::fs::read_to_string(path).with_context(|| format!("cannot read `{}`", path.display()))?;
            let lexicon = Lexicon::shipped();
            let watches = config::watches_alone(&path.display().to_string(), &text, &lexicon);
            let watches = watches.map_err(|problems| {
                let _ = super::diagnostics::print_problems(&problems, &mut std::io::stderr());
                anyhow::anyhow!("the watches in `{}` cannot be used", path.display())
            })?;
            Ok(Rules::of_watches(lexicon, &watches, alert::LOOK_BACK_S))
        }
        None => Ok(Rules::of(&daemon::load(folder)?.0)),
    }
}

fn from_file(path: &Path) -> anyhow::Result<Vec<Replayed>> {
    let file = File::open(path).with_context(|| format!("cannot read `{}`", path.display()))?;
    let packed = path.extension().is_some_and(|ending| ending == "gz");
    let reader: Box<dyn Read> = if packed { Box::new(flate2::read::MultiGzDecoder::new(file)) } else { Box::new(file) };
    let mut reader = BufReader::new(reader);
    let (mut identify, mut items, mut line) = (Identify::default(), Vec::new(), String::new());
    for number in 1.. {
        line.clear();
        let read = reader.by_ref().take(LINE_BYTES_MAX).read_line(&mut line);
        if read.with_context(|| format!("cannot read line {number} of `{}`", path.display()))? == 0 {
            break;
        }
        if line.trim().is_empty() {
            continue;
        }
        let item: FileItem = serde_json::from_str(&line).with_context(|| {
            format!("line {number} of `{}` is no item: {}", path.display(), table::short(&line, 80))
        })?;
        items.push(identify.item(item));
    }
    Ok(items)
}

async fn from_archive(folder: &Path, since: Option<&str>) -> anyhow::Result<Vec<Replayed>> {
    let opened = open::to_read(folder).await?;
    let mut place = Place::at(open::since(since, opened.now)?);
    let mut items = Vec::new();
    loop {
        let page = opened.store.items_after(place, PAGE).await?;
        let Some(last) = page.last() else { return Ok(items) };
        place = Place::of(last);
        items.extend(page.into_iter().map(|item: Item| Replayed { name: item.id.to_string(), item }));
    }
}

fn print_json(rules: &Rules, items: Vec<Replayed>, out: &mut dyn Write) -> anyhow::Result<bool> {
    let mut out = std::io::BufWriter::new(out);
    let mut written = Ok(());
    play(rules, items, &mut |line, _| {
        if written.is_ok() {
            written = serde_json::to_writer(&mut out, &line).map_err(Into::into).and_then(|()| out.write_all(b"\n"));
        }
    });
    written.and_then(|()| out.flush())?;
    Ok(true)
}

fn print_for_a_person(rules: &Rules, items: Vec<Replayed>, out: &mut dyn Write) -> anyhow::Result<bool> {
    let titles: std::collections::BTreeMap<_, _> =
        items.iter().map(|own| (own.item.id, (own.item.outlet.name.clone(), own.item.title.clone()))).collect();
    let (mut matched, mut alerts) = (0, Vec::new());
    let count = items.len();
    let again = |items: &[Replayed]| -> Vec<Replayed> {
        items.iter().map(|own| Replayed { name: own.name.clone(), item: own.item.clone() }).collect()
    };
    play(rules, again(&items), &mut |line, decided| {
        if let Line::Item { matches, .. } = &line {
            matched += usize::from(!matches.is_empty());
        }
        alerts.extend_from_slice(decided);
    });
    for alert in &alerts {
        let (outlet, title) = titles.get(&alert.item).cloned().unwrap_or_default();
        let at = alert.decided.strftime("%e %b %Y %H:%M");
        writeln!(out, "{at}  {}  [{}]", what(alert).unwrap_or_else(|| title.clone()), alert.watch)?;
        writeln!(out, "                   {outlet}: {}", table::short(&title, 100))?;
    }
    writeln!(out, "\n{count} items, {matched} matched, {} alerts as configured. At each level:", alerts.len())?;
    for level in LEVELS {
        let mut number = 0;
        play(&rules.with_level(level), again(&items), &mut |_, decided| number += decided.len());
        writeln!(out, "  {number:>5}  {}", level_name(level))?;
    }
    Ok(true)
}

fn what(alert: &Alert) -> Option<String> {
    let units: Vec<&str> = alert.new.iter().take(3).map(|unit| unit.text.as_str()).collect();
    (!units.is_empty()).then(|| units.join(" · "))
}

fn level_name(level: Level) -> String {
    serde_json::to_value(level).ok().and_then(|name| name.as_str().map(str::to_owned)).unwrap_or_default()
}
