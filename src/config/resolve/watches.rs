//! What is watched for, and who is told?
//!
//! In: the `[[watch]]` tables and the recipients. Out: watches in the order of the files.

use std::path::Path;
use std::sync::Arc;

use super::{Raw, Table, queries, recipient_hint, setting, unique};
use crate::config::problem::{Problem, Problems, SourceFile, quoted};
use crate::config::settings::Watch;
use crate::config::values::LEVELS;
use crate::lexicon::Lexicon;
use crate::model::{Level, Recipient};

/// Alerts of one watch in an hour before they are folded into a digest.
const MAX_PER_HOUR: u64 = 12;

pub(super) fn watches(
    raw: &Raw,
    recipients: &[Recipient],
    lexicon: Option<&Lexicon>,
    folder: &Path,
    problems: &mut Problems,
) -> Vec<Watch> {
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
    resolved(raw, lexicon, problems)
}

/// The watches of one file, without a configuration around it, for `replay`: recipients need not exist, nor be named.
pub fn watches_alone(path: &str, text: &str, lexicon: &Lexicon) -> Result<Vec<Watch>, Vec<Problem>> {
    let file = Arc::new(SourceFile { path: path.to_owned(), text: text.to_owned() });
    let mut problems = Problems::default();
    let mut raw = Raw::default();
    raw.read(&file, &mut problems);
    super::incomplete(&raw, &mut problems);
    let watches = resolved(&raw, Some(lexicon), &mut problems);
    match problems.refuse() {
        true => Err(problems.into_sorted()),
        false => Ok(watches),
    }
}

/// Without a lexicon the queries are not read: what is wrong in it would be reported again as unknown concepts.
fn resolved(raw: &Raw, lexicon: Option<&Lexicon>, problems: &mut Problems) -> Vec<Watch> {
    unique(raw, "watch", "name", problems);
    let per_hour = setting(raw, "alerts", "max_per_hour", MAX_PER_HOUR);
    let watch = |table: &Table| {
        let readable = one_query(table, raw, problems);
        let query = lexicon.filter(|_| readable).and_then(|lexicon| queries::query(table, lexicon, problems))?;
        Some(Watch {
            name: table.text("name")?.to_owned(),
            query_text: query.text().to_owned(),
            query,
            level: table.text("alert").map(level).unwrap_or_default(),
            to: table.strings("to"),
            max_per_hour: table.number("max_per_hour").unwrap_or(per_hour) as u32,
            muted: table.flag("muted"),
        })
    };
    raw.all("watch").filter_map(watch).collect()
}

fn level(text: &str) -> Level {
    LEVELS.iter().find(|(name, _)| *name == text).map(|(_, level)| *level).unwrap_or_default()
}

/// Whether there is one query, either `query` or lists, fit to be read.
fn one_query(table: &Table, raw: &Raw, problems: &mut Problems) -> bool {
    let keys = ["query", "all", "any", "none"];
    let lists = keys[1..].iter().find(|key| table.has(key));
    match (table.has("query"), lists) {
        (true, Some(list)) => {
            let problem = Problem::error(table.spot_of(list), format!("`query` and `{list}` in one watch"));
            problems.add(problem.hint("write it all as a `query`, or all as lists"));
        }
        (false, None) if !raw.broken => {
            let problem = Problem::error(&table.spot, "`[[watch]]` needs a `query`");
            let hint = "add `query = \"DPRK and Ukraine and troops\"`, or the lists `all`, `any`, `none`";
            problems.add(problem.hint(hint));
        }
        (false, None) => {}
        _ => return !keys.iter().any(|key| table.refused(key)),
    }
    false
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
