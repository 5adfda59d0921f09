//! What is different in a new configuration?
//!
//! In: the configuration in force and the one to come. Out: the differences in words, for the log and `status`, and the
//! names of settings that only a restart can change. It applies nothing.

use std::collections::BTreeMap;

use super::settings::Config;
use crate::model::{Feed, Recipient};

/// Names listed of one kind of change; what is more is counted.
const MAX_NAMED: usize = 5;

/// The differences, one phrase each; empty where both mean the same.
pub fn changes(old: &Config, new: &Config) -> Vec<String> {
    let mut changes = Vec::new();
    let feed = |feed: &Feed| (feed.url.clone(), (feed.name.clone(), feed.clone()));
    compare("feed", old.feeds.iter().map(feed), new.feeds.iter().map(feed), &mut changes);
    let watches =
        |config: &Config| config.watches.clone().into_iter().map(|own| (own.name.clone(), (own.name.clone(), own)));
    compare("watch", watches(old), watches(new), &mut changes);
    let recipient = |own: &Recipient| (own.name.clone(), (own.name.clone(), own.clone()));
    compare("recipient", old.recipients.iter().map(recipient), new.recipients.iter().map(recipient), &mut changes);
    let mut note = |differs: bool, words: String| changes.extend(differs.then_some(words));
    note(old.mail != new.mail, format!("mail goes to {}", new.mail.way));
    note(old.fetch != new.fetch, "fetch settings changed".into());
    note(old.admin != new.admin, "administrator changed".into());
    note(old.keep_days != new.keep_days, format!("items are kept for {} days", new.keep_days));
    note(old.look_back_s != new.look_back_s, format!("looks back {} hours", new.look_back_s / 3_600));
    note(old.lexicon_sources != new.lexicon_sources, "lexicon changed".into());
    changes.extend(needs_restart(old, new).into_iter().map(|name| format!("{name} changes at the next restart")));
    changes
}

/// Settings, as they are written, that differ and that a reload cannot change.
pub fn needs_restart(old: &Config, new: &Config) -> Vec<&'static str> {
    let mut names = Vec::new();
    if old.state != new.state {
        names.push("`[state] folder`");
    }
    if old.websub != new.websub {
        names.push("`[websub]`");
    }
    names
}

/// Adds what came, went and differs: things by key, each with the name a person calls it.
fn compare<T: PartialEq>(
    what: &str,
    old: impl Iterator<Item = (String, (String, T))>,
    new: impl Iterator<Item = (String, (String, T))>,
    changes: &mut Vec<String>,
) {
    let (old, new): (BTreeMap<_, _>, BTreeMap<_, _>) = (old.collect(), new.collect());
    let names = |from: &BTreeMap<String, (String, T)>, keep: &dyn Fn(&str, &T) -> bool| -> Vec<String> {
        from.iter().filter(|(key, (_, thing))| keep(key, thing)).map(|(_, (name, _))| name.clone()).collect()
    };
    let added = names(&new, &|key, _| !old.contains_key(key));
    let removed = names(&old, &|key, _| !new.contains_key(key));
    let changed = names(&new, &|key, thing| old.get(key).is_some_and(|(_, before)| before != thing));
    for (names, verb) in [(added, "added"), (removed, "removed"), (changed, "changed")] {
        if !names.is_empty() {
            changes.push(format!("{what} {verb}: {}", listed(&names)));
        }
    }
}

fn listed(names: &[String]) -> String {
    let shown: Vec<String> = names.iter().take(MAX_NAMED).map(|name| format!("`{name}`")).collect();
    match names.len().saturating_sub(MAX_NAMED) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}
