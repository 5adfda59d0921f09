//! What is watched for, and who is told?
//!
//! In: the `[[watch]]` tables and the recipients. Out: watches in the order of the files.

use std::path::Path;
use std::sync::Arc;

use super::{Raw, Table, recipient_hint, setting, unique};
use crate::config::problem::{Problem, Problems, SourceFile, quoted};
use crate::config::settings::Watch;
use crate::config::values::LEVELS;
use crate::model::{Level, Recipient};

/// Alerts of one watch in an hour before they are folded into a digest.
const MAX_PER_HOUR: u64 = 12;

pub(super) fn watches(raw: &Raw, recipients: &[Recipient], folder: &Path, problems: &mut Problems) -> Vec<Watch> {
    if !raw.any("watch") && !raw.broken && !problems.refuse() {
        let problem = Problem::of_path(
            folder.join("watches.toml").display().to_string(),
            "no watch is configured: nothing will be alerted",
        )
        .as_warning();
        problems.add(problem.hint("write a `[[watch]]` with a `name`, a `query` and `to`"));
    }
    for table in raw.all("watch") {
        recipients_of(table, raw, recipients, problems);
    }
    resolved(raw, problems)
}

/// The watches of one file, without a configuration around it, for `replay`: recipients need not exist, nor be named.
pub fn watches_alone(path: &str, text: &str) -> Result<Vec<Watch>, Vec<Problem>> {
    let file = Arc::new(SourceFile { path: path.to_owned(), text: text.to_owned() });
    let mut problems = Problems::default();
    let mut raw = Raw::default();
    raw.read(&file, &mut problems);
    super::incomplete(&raw, &mut problems);
    let watches = resolved(&raw, &mut problems);
    match problems.refuse() {
        true => Err(problems.into_sorted()),
        false => Ok(watches),
    }
}

fn resolved(raw: &Raw, problems: &mut Problems) -> Vec<Watch> {
    unique(raw, "watch", "name", problems);
    let per_hour = setting(raw, "alerts", "max_per_hour", MAX_PER_HOUR);
    raw.all("watch").filter_map(|table| watch(table, raw, per_hour, problems)).collect()
}

fn watch(table: &Table, raw: &Raw, per_hour: u64, problems: &mut Problems) -> Option<Watch> {
    let query_text = query_text(table, raw, problems);
    Some(Watch {
        name: table.text("name")?.to_owned(),
        query_text: query_text?,
        level: table.text("alert").map(level).unwrap_or_default(),
        to: table.strings("to"),
        max_per_hour: table.number("max_per_hour").unwrap_or(per_hour) as u32,
        muted: table.flag("muted"),
    })
}

fn level(text: &str) -> Level {
    LEVELS.iter().find(|(name, _)| *name == text).map(|(_, level)| *level).unwrap_or_default()
}

/// The query as one text: either `query`, or the lists written out.
fn query_text(table: &Table, raw: &Raw, problems: &mut Problems) -> Option<String> {
    let lists = ["all", "any", "none"].into_iter().find(|key| table.has(key));
    match (table.has("query"), lists) {
        (true, Some(list)) => {
            let problem = Problem::error(table.spot_of(list), format!("`query` and `{list}` in one watch"));
            problems.add(problem.hint("write it all as a `query`, or all as lists"));
            None
        }
        (true, None) => table.text("query").map(str::to_owned),
        (false, Some(_)) => from_lists(table, problems),
        (false, None) => {
            if !raw.broken {
                let problem = Problem::error(&table.spot, "`[[watch]]` needs a `query`");
                problems.add(
                    problem.hint("add `query = \"DPRK and Ukraine and troops\"`, or the lists `all`, `any`, `none`"),
                );
            }
            None
        }
    }
}

fn from_lists(table: &Table, problems: &mut Problems) -> Option<String> {
    let (all, any, none) = (table.strings("all"), table.strings("any"), table.strings("none"));
    if all.is_empty() && any.is_empty() {
        let problem = Problem::error(table.spot_of("none"), "a watch that only says what it is not");
        problems.add(problem.hint("add `all` or `any`"));
        return None;
    }
    let mut parts = all;
    if !any.is_empty() {
        parts.push(format!("({})", any.join(" or ")));
    }
    parts.extend(none.into_iter().map(|term| format!("not {term}")));
    Some(parts.join(" and "))
}

fn recipients_of(table: &Table, raw: &Raw, recipients: &[Recipient], problems: &mut Problems) {
    let to = table.texts("to");
    if to.is_empty() && !table.refused("to") && !raw.broken {
        let problem = Problem::error(table.spot_of("to"), "a watch that tells nobody");
        problems.add(problem.hint("name a recipient: `to = [\"desk\"]`"));
    }
    for name in to.iter().filter(|_| !raw.broken) {
        if !recipients.iter().any(|recipient| recipient.name == name.value) {
            let message = format!("unknown recipient {}", quoted(&name.value));
            let hint = recipient_hint(&name.value, recipients);
            problems.add(Problem::error(&name.spot, message).maybe_hint(hint));
        }
    }
}
