//! How do feeds get into `feeds.toml` without losing what a person wrote there?
//!
//! In: a configuration folder, feeds to add. Out: the same file with their tables at its end, replaced in one step, the old
//! one beside it; or why nothing was changed. What stands in the file already is not touched: no comment moves, no order
//! changes. A text that would make the configuration worse is never written.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use url::Url;

use super::load::{MAX_FILE_BYTES, cause, load_to_look, load_with};
use super::problem::{Problem, Severity};
use super::resolve::same_feed;
use super::settings::Config;
use super::values;

/// The file that is added to.
const FEEDS_FILE: &str = "feeds.toml";
/// Characters of a name that are kept, and of a host that is added to it.
const NAME_PART_MAX: usize = 100;
/// What is added to its name for the text before the last change.
const BACKUP_ENDING: &str = ".before";

/// A feed to be added.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewFeed {
    pub url: String,
    /// A wish: where it is taken, something is added to it.
    pub name: String,
    pub tags: Vec<String>,
    pub lang: Option<String>,
}

/// What would be added.
pub struct Addition {
    pub path: PathBuf,
    /// The tables, as they will stand in the file.
    pub tables: String,
    /// As they will be named.
    pub added: Vec<NewFeed>,
    /// Address and reason of those that were not taken.
    pub refused: Vec<(NewFeed, String)>,
    before: String,
}

/// Why nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum EditError {
    #[error("`{path}` cannot be {doing}: {cause}")]
    File { path: String, doing: &'static str, cause: String },
    #[error("`{0}` was changed by somebody else meanwhile: nothing was written, try again")]
    Changed(String),
    #[error("`{path}` would be larger than {megabytes} MB: nothing was written")]
    TooLarge { path: String, megabytes: u64 },
    #[error("with these feeds the configuration could not be used ({first}): nothing was written")]
    Worse { first: String },
}

/// Makes the tables for those feeds that are not there yet and that the configuration would accept.
pub fn addition(folder: &Path, feeds: Vec<NewFeed>) -> Result<Addition, EditError> {
    let path = folder.join(FEEDS_FILE);
    let before = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
        Err(error) => return Err(failed(&path, "read", &error)),
    };
    let config = load_to_look(folder).map(|(config, _)| config).ok();
    let mut taken = Taken::of(config.as_ref());
    let mut addition = Addition { path, tables: String::new(), added: Vec::new(), refused: Vec::new(), before };
    for feed in feeds {
        match taken.admit(feed) {
            Ok(feed) => {
                addition.tables.push_str(&table(&feed));
                addition.added.push(feed);
            }
            Err((feed, why)) => addition.refused.push((feed, why)),
        }
    }
    Ok(addition)
}

/// Writes it: checks the whole configuration with it first, keeps the old text, replaces the file in one step.
pub fn write(folder: &Path, addition: &Addition) -> Result<(), EditError> {
    let Addition { before, tables, path, .. } = addition;
    let shown = path.display().to_string();
    let gap = if before.is_empty() || before.ends_with('\n') { "" } else { "\n" };
    let after = format!("{before}{gap}{}", if before.is_empty() { tables.trim_start() } else { tables });
    if after.len() as u64 > MAX_FILE_BYTES {
        return Err(EditError::TooLarge { path: shown, megabytes: MAX_FILE_BYTES / 1_000_000 });
    }
    let errors = |problems: &[Problem]| problems.iter().filter(|one| one.severity == Severity::Error).count();
    let old = errors(&load_with(folder, None));
    let new = load_with(folder, Some((path, &after)));
    if errors(&new) > old {
        let first = new.iter().rfind(|one| one.severity == Severity::Error).map(|one| one.message.clone());
        return Err(EditError::Worse { first: first.unwrap_or_default() });
    }
    // A link is followed, so that what it points to is changed and not the link.
    let target = fs::canonicalize(path).unwrap_or_else(|_| path.clone());
    let now = fs::read_to_string(&target).unwrap_or_default();
    if now != *before {
        return Err(EditError::Changed(shown));
    }
    if !before.is_empty() {
        let mut backup = target.clone().into_os_string();
        backup.push(BACKUP_ENDING);
        replace(Path::new(&backup), before.as_bytes(), &target)?;
    }
    replace(&target, after.as_bytes(), &target)
}

/// Puts `bytes` in the place of a file in one step, with the rights of `like`, on the disk before it returns.
fn replace(path: &Path, bytes: &[u8], like: &Path) -> Result<(), EditError> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let beside = folder.join(format!(".{name}.{}", std::process::id()));
    let written = (|| {
        let mut file = fs::OpenOptions::new().write(true).create_new(true).open(&beside)?;
        if let Ok(metadata) = fs::metadata(like) {
            use std::os::unix::fs::MetadataExt as _;
            file.set_permissions(metadata.permissions())?;
            // Only root may give a file away; for everyone else it is their own already.
            let _ = std::os::unix::fs::fchown(&file, Some(metadata.uid()), Some(metadata.gid()));
        }
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&beside, path)?;
        fs::File::open(folder)?.sync_all()
    })();
    written.map_err(|error| {
        let _ = fs::remove_file(&beside);
        failed(path, "written", &error)
    })
}

fn failed(path: &Path, doing: &'static str, error: &io::Error) -> EditError {
    EditError::File { path: path.display().to_string(), doing, cause: cause(error) }
}

/// What is in the configuration already.
struct Taken {
    names: BTreeSet<String>,
    /// Name by address.
    feeds: BTreeMap<String, String>,
    allow: Vec<values::Network>,
}

impl Taken {
    fn of(config: Option<&Config>) -> Self {
        let feeds = config.map(|config| config.feeds.as_slice()).unwrap_or_default();
        let key = |url: &str| Url::parse(url).map(|url| same_feed(&url)).unwrap_or_default();
        Self {
            names: feeds.iter().map(|feed| feed.name.clone()).collect(),
            feeds: feeds.iter().map(|feed| (key(&feed.url), feed.name.clone())).collect(),
            allow: config.map(|config| config.fetch.allow.clone()).unwrap_or_default(),
        }
    }

    fn admit(&mut self, mut feed: NewFeed) -> Result<NewFeed, (NewFeed, String)> {
        if let Err(wrong) = values::feed_url(&feed.url) {
            return Err((feed, wrong.message));
        }
        let Ok(url) = Url::parse(feed.url.trim()) else { return Err((feed, "the address cannot be read".into())) };
        if let Some(address) = private(&url).filter(|address| !self.allow.iter().any(|net| net.contains(*address))) {
            return Err((feed, format!("`{address}` is an address of a private network")));
        }
        if let Some(name) = self.feeds.get(&same_feed(&url)) {
            let why = format!("already there as `{name}`");
            return Err((feed, why));
        }
        feed.url = url.as_str().to_owned();
        feed.name = self.free_name(&feed.name, url.host_str().unwrap_or("feed"));
        feed.tags.retain(|tag| values::name(tag).is_ok());
        feed.lang = feed.lang.filter(|lang| values::language(lang).is_ok());
        self.names.insert(feed.name.clone());
        self.feeds.insert(same_feed(&url), feed.name.clone());
        Ok(feed)
    }

    /// The wish, or with the host behind it, or with a number.
    fn free_name(&self, wish: &str, host: &str) -> String {
        // Short enough for a number behind it: the search ends.
        let short = |text: &str| text.chars().take(NAME_PART_MAX).collect::<String>().trim().to_owned();
        let host = short(host);
        let wish = Some(short(wish)).filter(|wish| values::name(wish).is_ok()).unwrap_or_else(|| host.clone());
        let numbered = (2..).map(|number| format!("{wish} {number}"));
        let with_host = format!("{wish} ({host})");
        let all = [wish.to_owned(), with_host].into_iter().chain(numbered);
        let mut free = all.filter(|name| values::name(name).is_ok() && !self.names.contains(name));
        free.next().unwrap_or(host)
    }
}

fn private(url: &Url) -> Option<std::net::IpAddr> {
    let address = match url.host()? {
        url::Host::Ipv4(address) => address.into(),
        url::Host::Ipv6(address) => address.into(),
        url::Host::Domain(_) => return None,
    };
    values::is_private(address).then_some(address)
}

/// A feed as a person would write it.
fn table(feed: &NewFeed) -> String {
    let mut table = format!("\n[[feed]]\nname = {}\nurl = {}\n", toml_string(&feed.name), toml_string(&feed.url));
    if !feed.tags.is_empty() {
        let tags: Vec<String> = feed.tags.iter().map(|tag| toml_string(tag)).collect();
        let _ = writeln!(table, "tags = [{}]", tags.join(", "));
    }
    if let Some(lang) = &feed.lang {
        let _ = writeln!(table, "lang = {}", toml_string(lang));
    }
    table
}

/// A basic string of TOML.
pub fn toml_string(value: &str) -> String {
    let mut out = String::from("\"");
    for sign in value.chars() {
        match sign {
            '"' | '\\' => out.extend(['\\', sign]),
            sign if sign.is_control() => _ = write!(out, "\\u{:04X}", u32::from(sign)),
            sign => out.push(sign),
        }
    }
    out + "\""
}

#[cfg(test)]
mod tests {
    use super::*;

    const OLD: &str = "# Mine.\n[[feed]] # first\nname = \"A\"\nurl = \"https://www.a.example/rss/\"";

    fn folder() -> tempfile::TempDir {
        let folder = tempfile::tempdir().expect("a folder");
        let recipient = "[[recipient]]\nname = \"desk\"\naddress = \"desk@localhost\"\n";
        let watch = "[[watch]]\nname = \"W\"\nquery = \"DPRK\"\nto = [\"desk\"]\n";
        for (name, text) in [("newswatch.toml", recipient), ("watches.toml", watch), (FEEDS_FILE, OLD)] {
            fs::write(folder.path().join(name), text).expect("written");
        }
        folder
    }

    fn new(name: &str, url: &str) -> NewFeed {
        NewFeed { url: url.into(), name: name.into(), tags: vec!["x".into()], lang: None }
    }

    #[test]
    fn what_stands_there_stays_and_the_rest_is_added() {
        let folder = folder();
        let feeds = vec![
            new("B \"quoted\" \\ name", "https://b.example/"),
            new("A", "http://a.example/rss"),
            new("A", "https://a.example/other"),
            new("Home", "http://192.168.1.1/rss"),
            new("", &format!("https://{}example/", "long.".repeat(40))),
            new(&"long ".repeat(40), &format!("https://{}example/2", "long.".repeat(40))),
        ];
        let addition = addition(folder.path(), feeds).expect("readable");
        let names: Vec<&str> = addition.added.iter().map(|feed| feed.name.as_str()).collect();
        assert_eq!(names[..2], ["B \"quoted\" \\ name", "A (a.example)"]);
        let refused: Vec<&str> = addition.refused.iter().map(|(_, why)| why.as_str()).collect();
        assert_eq!(refused, ["already there as `A`", "`192.168.1.1` is an address of a private network"]);
        write(folder.path(), &addition).expect("written");
        let text = fs::read_to_string(folder.path().join(FEEDS_FILE)).expect("there");
        assert!(text.starts_with(&format!("{OLD}\n\n[[feed]]\nname = \"B \\\"quoted")), "{text}");
        let (config, _) = super::super::load(folder.path()).expect("a configuration");
        assert_eq!(config.feeds.len(), 5);
        let backup = fs::read_to_string(folder.path().join("feeds.toml.before")).expect("kept");
        assert_eq!(backup, OLD);
        assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 4, "nothing else is left");
    }

    #[test]
    fn a_file_that_changed_or_would_break_is_left_alone() {
        let folder = folder();
        let made = |folder: &Path| addition(folder, vec![new("B", "https://b.example/")]).expect("readable");
        let stale = made(folder.path());
        fs::write(folder.path().join(FEEDS_FILE), "feed = [{ name = \"A\", url = \"https://a.example/\" }]\n")
            .expect("written");
        assert!(matches!(write(folder.path(), &stale), Err(EditError::Changed(_))));
        // An inline list cannot be added to with a table.
        let error = write(folder.path(), &made(folder.path())).expect_err("refused");
        assert!(matches!(error, EditError::Worse { .. }), "{error}");
        assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 3);
    }
}
