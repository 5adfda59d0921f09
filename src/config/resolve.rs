//! What do these files say, taken together?
//!
//! In: files as read, and what the surroundings provide (default folders, a way to read a secret). Out: a resolved
//! configuration with warnings, or every problem there is. It opens no file by itself.

mod auth;
mod feeds;
mod mail;
mod queries;
mod watches;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::problem::{Problem, Problems, SourceFile, quoted};
use super::raw::{Raw, Table};
use super::secrets::{Secret, SecretPlace};
use super::settings::{Config, FetchSettings, MailSettings};
use super::suggest;
use super::values;
use crate::lexicon::Lexicon;
use crate::model::{self, Recipient};

pub use feeds::same_feed;
pub use watches::watches_alone;

/// Items published longer ago than this are known, not news.
const LOOK_BACK_S: u64 = 14 * 86_400;
const KEEP_S: u64 = 90 * 86_400;
const TIMEOUT_S: u64 = 60;
const MAX_BODY_BYTES: u64 = 16_000_000;
const IN_FLIGHT: u64 = 64;

/// What the machine provides.
pub struct Surroundings<'a> {
    pub config_folder: PathBuf,
    /// Used when the configuration names no state folder.
    pub state_folder: PathBuf,
    pub read_secret: &'a dyn Fn(&SecretPlace) -> Result<Secret, String>,
}

/// A configuration with its warnings, or what is wrong with it.
pub type Resolved = Result<(Config, Vec<Problem>), Vec<Problem>>;

/// Resolves the files of a configuration folder.
pub fn resolve(files: &[Arc<SourceFile>], surroundings: &Surroundings<'_>) -> Resolved {
    let mut problems = Problems::default();
    let config = resolve_into(files, surroundings, false, &mut problems);
    match problems.refuse() {
        true => Err(problems.into_sorted()),
        false => Ok((config, problems.into_sorted())),
    }
}

/// Resolves as well as it goes; the result counts only when no problem refuses it. `broken`: a file is missing, so that
/// what refers to it would be reported as a mistake of its own.
pub fn resolve_into(
    files: &[Arc<SourceFile>],
    surroundings: &Surroundings<'_>,
    broken: bool,
    problems: &mut Problems,
) -> Config {
    let folder = &surroundings.config_folder;
    let hash = fingerprint_of(files);
    let mut files = files.to_vec();
    files.sort_by(|a, b| a.path.cmp(&b.path));
    let (lexicon_files, files): (Vec<_>, Vec<_>) = files.into_iter().partition(|file| is_lexicon(&file.path, folder));
    let mut raw = Raw { broken, ..Raw::default() };
    for file in &files {
        match file.text.trim_start_matches('\u{feff}').trim().is_empty() {
            true => problems.add(empty_file(file)),
            false => raw.read(file, problems),
        }
    }
    twice(&raw, problems);
    incomplete(&raw, problems);

    let lexicon = queries::lexicon(&lexicon_files, problems);
    let recipients = recipients(&raw, problems);
    let fetch = fetch(&raw);
    Config {
        hash,
        folder: folder.clone(),
        state: state_folder(&raw, surroundings),
        feeds: feeds::feeds(&raw, &fetch, surroundings, problems),
        watches: watches::watches(&raw, &recipients, lexicon.as_ref(), folder, problems),
        admin: admin(&raw, &recipients, problems),
        mail: mail::mail(&raw, surroundings, problems),
        keep_days: (setting(&raw, "keep", "items", KEEP_S) / 86_400) as u32,
        look_back_s: setting(&raw, "alerts", "look_back", LOOK_BACK_S) as u32,
        lexicon: Arc::new(lexicon.unwrap_or_else(Lexicon::shipped)),
        lexicon_sources: lexicon_files.iter().map(|file| (file.path.clone(), file.text.clone())).collect(),
        recipients,
        fetch,
    }
}

/// One number for the contents of all files, whatever their order.
pub fn fingerprint_of(files: &[Arc<SourceFile>]) -> u64 {
    let mut files: Vec<&SourceFile> = files.iter().map(Arc::as_ref).collect();
    files.sort_by(|a, b| a.path.cmp(&b.path));
    model::content_hash(files.iter().map(|file| &file.text))
}

/// Lexicon files have a folder and a grammar of their own.
fn is_lexicon(path: &str, folder: &Path) -> bool {
    let inside = Path::new(path).strip_prefix(folder).unwrap_or(Path::new(path));
    inside.starts_with("lexicon") || inside.starts_with("lexicon.d")
}

fn empty_file(file: &Arc<SourceFile>) -> Problem {
    Problem::of_path(file.path.clone(), "the file is empty")
        .hint("was it cut off while it was written? Delete it if nothing belongs in it")
}

/// A number of a section that may be missing.
fn setting(raw: &Raw, section: &str, key: &str, default: u64) -> u64 {
    raw.one(section).and_then(|table| table.number(key)).unwrap_or(default)
}

/// Sections that may stand only once, over all files.
fn twice(raw: &Raw, problems: &mut Problems) {
    for (index, table) in raw.tables.iter().enumerate().filter(|(_, table)| !table.section.list) {
        let first = raw.tables[..index].iter().find(|other| other.section.name == table.section.name);
        if let Some(first) = first {
            let message = format!("`{}` is written twice", table.section.written());
            problems.add(Problem::error(&table.spot, message).hint(format!("the first is in {}", place(first))));
        }
    }
}

/// Keys that must be there.
fn incomplete(raw: &Raw, problems: &mut Problems) {
    for table in raw.tables.iter().filter(|_| !raw.broken) {
        for key in table.section.keys.iter().filter(|key| key.required && !table.has(key.name)) {
            let message = format!("`{}` needs a `{}`", table.section.written(), key.name);
            problems.add(Problem::error(&table.spot, message).hint(format!("add `{} = {}`", key.name, key.example)));
        }
    }
}

/// "config/feeds.toml:12", for a person.
fn place(table: &Table) -> String {
    let source = &table.spot.source;
    format!("{}:{}", source.path, source.line_column(table.spot.span.start).0)
}

/// Reports every table whose `key` an earlier table of the section has too.
fn unique(raw: &Raw, section: &str, key: &str, problems: &mut Problems) {
    let mut first: BTreeMap<&str, &Table> = BTreeMap::new();
    for table in raw.all(section) {
        let Some(name) = table.text(key) else { continue };
        match first.get(name) {
            Some(first) => {
                let message = format!("there are two of this {key}: {}", quoted(name));
                let hint = format!("the first is in {}; rename or remove one", place(first));
                problems.add(Problem::error(table.spot_of(key), message).hint(hint));
            }
            None => _ = first.insert(name, table),
        }
    }
}

fn recipients(raw: &Raw, problems: &mut Problems) -> Vec<Recipient> {
    unique(raw, "recipient", "name", problems);
    let recipient = |table: &Table| {
        Some(Recipient {
            name: table.text("name")?.to_owned(),
            address: table.text("address").unwrap_or_default().to_owned(),
            zone: table.text("zone").map(str::to_owned),
        })
    };
    raw.all("recipient").filter_map(recipient).collect()
}

/// "did you mean `desk`?", or what to write where there is no recipient at all.
fn recipient_hint(name: &str, recipients: &[Recipient]) -> Option<String> {
    match recipients.is_empty() {
        true => Some("there is no `[[recipient]]` yet: add one with a `name` and an `address`".into()),
        false => suggest::did_you_mean(name, recipients.iter().map(|recipient| recipient.name.as_str())),
    }
}

fn admin(raw: &Raw, recipients: &[Recipient], problems: &mut Problems) -> Option<Recipient> {
    let table = raw.one("admin")?;
    let name = table.text("to")?;
    let found = recipients.iter().find(|recipient| recipient.name == name);
    if found.is_none() && !raw.broken {
        let message = format!("unknown recipient {}", quoted(name));
        problems.add(Problem::error(table.spot_of("to"), message).maybe_hint(recipient_hint(name, recipients)));
    }
    found.cloned()
}

fn state_folder(raw: &Raw, surroundings: &Surroundings<'_>) -> PathBuf {
    let named = raw.one("state").and_then(|table| table.text("folder"));
    // A relative folder is meant from where it is written, not from where the daemon was started.
    named.map_or_else(|| surroundings.state_folder.clone(), |folder| surroundings.config_folder.join(folder))
}

fn fetch(raw: &Raw) -> FetchSettings {
    let table = raw.one("fetch");
    let text = |key| table.and_then(|table| table.text(key)).map(str::to_owned);
    let networks = table.map(|table| table.texts("allow")).unwrap_or_default();
    FetchSettings {
        user_agent: text("user_agent").unwrap_or_else(|| user_agent(text("contact").as_deref())),
        allow: networks.iter().filter_map(|network| values::network(&network.value).ok()).collect(),
        timeout_s: setting(raw, "fetch", "timeout", TIMEOUT_S) as u32,
        max_body_bytes: setting(raw, "fetch", "max_body", MAX_BODY_BYTES),
        in_flight: setting(raw, "fetch", "in_flight", IN_FLIGHT) as u32,
        proxy: text("proxy"),
        articles: table.is_none_or(|table| !table.has("articles") || table.flag("articles")),
    }
}

/// Name and version, and whom to write to when we are a nuisance.
fn user_agent(contact: Option<&str>) -> String {
    let own = concat!("newswatch/", env!("CARGO_PKG_VERSION"));
    contact.map_or_else(|| own.to_owned(), |contact| format!("{own} (+{contact})"))
}

/// The mail settings while there is no `[mail]`.
fn no_mail() -> MailSettings {
    MailSettings { from: "newswatch <newswatch@localhost>".into(), way: super::settings::Mail::Maildir }
}
