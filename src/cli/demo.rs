//! What does the demo show?
//!
//! In: the demo's events. Out: a screen that a person can follow: each day's items in counts, each alert as it is decided
//! with what is new and from whom, and at the end what was kept silent and why, and where the mails lie.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use anyhow::Context;

use super::args;
use crate::app::demo::{Demo, WATCH};
use crate::app::events::Event;
use crate::model::{Alert, AlertPlan, Item, Suppression, Timestamp};

/// After each step with something to read, so long; the whole demo stays under half a minute.
const PAUSE: Duration = Duration::from_millis(230);

/// Runs the demo.
pub fn run(args: &args::Demo, out: &mut dyn Write) -> anyhow::Result<bool> {
    let temporary;
    let folder: &Path = match &args.keep {
        Some(folder) => {
            let used = folder.join("state").exists();
            anyhow::ensure!(!used, "`{}` holds an earlier demo: remove it or name another folder", folder.display());
            folder
        }
        None => {
            temporary = std::env::temp_dir().join(format!("newswatch-demo-{}", std::process::id()));
            &temporary
        }
    };
    let pause = if args.no_pause { Duration::ZERO } else { PAUSE };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(play(folder, pause, args.keep.is_some(), out))
}

async fn play(folder: &Path, pause: Duration, keep: bool, out: &mut dyn Write) -> anyhow::Result<bool> {
    let screen = Arc::new(Mutex::new(Screen::default()));
    let listener = Arc::clone(&screen);
    let demo = Demo::start(folder, Arc::new(move |event: &Event| lock(&listener).note(event))).await?;
    writeln!(
        out,
        "{} items of {} outlets, October 2024 to April 2025, served over HTTP from {}\nwatch: {WATCH}\n",
        demo.timeline.pieces.len(),
        demo.timeline.outlets.len(),
        demo.address
    )?;
    let stepped = |at: Timestamp| {
        let text = lock(&screen).take_text(at);
        let quiet = text.is_empty();
        let _ = std::io::stdout().write_all(text.as_bytes()).and_then(|()| std::io::stdout().flush());
        if quiet { Duration::ZERO } else { pause }
    };
    demo.play(stepped).await;
    let maildir = demo.finish().await;
    let screen = lock(&screen);
    out.write_all(screen.summary().as_bytes())?;
    let mails = std::fs::read_dir(maildir.join("new")).map(Iterator::count).context("the Maildir is missing")?;
    writeln!(out, "{mails} mails in {}", maildir.display())?;
    writeln!(out, "  read them:  mutt -f {}", maildir.display())?;
    if keep {
        let config = folder.join("config").display().to_string();
        writeln!(out, "  look inside: newswatch --config {config} status | story list | story show s-… | explain i-…")?;
    } else {
        writeln!(out, "  with --keep the archive stays too, for `explain`, `story show` and `status`")?;
    }
    Ok(true)
}

fn lock(screen: &Mutex<Screen>) -> std::sync::MutexGuard<'_, Screen> {
    screen.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// What was seen so far, and what of it is not on the screen yet.
#[derive(Default)]
struct Screen {
    items: usize,
    matched: BTreeSet<crate::model::ItemId>,
    stories: BTreeSet<crate::model::StoryId>,
    alerts: usize,
    silent: BTreeMap<Suppression, usize>,
    held: usize,
    /// By item, so that an alert can name its outlet and headline.
    by_item: BTreeMap<crate::model::ItemId, Item>,
    pending: Pending,
    day: String,
}

#[derive(Default)]
struct Pending {
    items: usize,
    alerts: Vec<(Alert, String)>,
    silent: BTreeMap<Suppression, usize>,
}

impl Screen {
    fn note(&mut self, event: &Event) {
        match event {
            Event::FeedRead { new, versions, .. } => {
                self.items += new + versions;
                self.pending.items += new + versions;
            }
            Event::Decided { item, decision, plan } => {
                self.matched.insert(item.id);
                self.stories.insert(decision.story);
                self.by_item.insert(item.id, (**item).clone());
                match &**plan {
                    AlertPlan::Suppress { reason, .. } => {
                        *self.silent.entry(*reason).or_default() += 1;
                        *self.pending.silent.entry(*reason).or_default() += 1;
                    }
                    AlertPlan::Hold { .. } | AlertPlan::Digest { .. } => self.held += 1,
                    AlertPlan::Send(_) => {}
                }
            }
            Event::Alerted { alert, subject } => {
                self.alerts += 1;
                self.pending.alerts.push(((**alert).clone(), subject.clone()));
            }
            _ => {}
        }
    }

    /// The text of one step; empty when nothing happened.
    fn take_text(&mut self, at: Timestamp) -> String {
        let pending = std::mem::take(&mut self.pending);
        if pending.items == 0 && pending.alerts.is_empty() {
            return String::new();
        }
        let day = at.strftime("%e %b %Y").to_string();
        let mut text = String::new();
        if day != self.day {
            text += &format!("{}\n", bold(&day));
            self.day = day;
        }
        for (alert, subject) in &pending.alerts {
            text += &self.alert_text(alert, subject);
        }
        for (reason, count) in &pending.silent {
            text += &format!("    {}\n", dim(&format!("{} silent: {count} {}", at.strftime("%H:%M"), reason.words())));
        }
        text
    }

    fn alert_text(&self, alert: &Alert, subject: &str) -> String {
        let item = self.by_item.get(&alert.item);
        let from = item
            .map_or(String::new(), |item| format!("{} ({})", item.outlet.name, item.lang.as_deref().unwrap_or("?")));
        let mut text = format!("  ✉ {} {}\n", alert.decided.strftime("%H:%M"), bold(subject));
        // A headline that is itself what is new stands below, with its outlet.
        let headline = item.map_or("", |item| item.title.as_str());
        for unit in alert.new.iter().filter(|unit| unit.text != headline).take(4) {
            text += &format!("          new: {}\n", unit.text);
        }
        if let Some(item) = item {
            text += &format!("          from {from}: {}\n", dim(&item.title));
        }
        text
    }

    fn summary(&self) -> String {
        let mut text = format!(
            "\n{} items seen · {} matched · {} stories · {}\n",
            self.items,
            self.matched.len(),
            self.stories.len(),
            bold(&format!("{} alerts", self.alerts))
        );
        let silent: usize = self.silent.values().sum();
        text += &format!("{silent} matches kept silent:\n");
        for (reason, count) in &self.silent {
            text += &format!("  {count:>4}  {}\n", reason.words());
        }
        if self.held > 0 {
            text += &format!("{} held for a second source or a digest first\n", self.held);
        }
        text
    }
}

fn styled(code: &str, text: &str) -> String {
    let plain = !super::is_for_a_person() || std::env::var_os("NO_COLOR").is_some();
    if plain { text.to_owned() } else { format!("\x1b[{code}m{text}\x1b[0m") }
}

fn bold(text: &str) -> String {
    styled("1", text)
}

fn dim(text: &str) -> String {
    styled("2", text)
}
