//! Which files make the configuration, and can they be read?
//!
//! In: a folder. Out: its files as text, within bounds, or a problem for each that cannot be used; and from them the
//! resolved configuration. With `secrets` and `edit` the only part of `config` that touches the disk. It writes nothing.

use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::problem::{Problem, Problems, SourceFile};
use super::resolve::{Resolved, Surroundings, fingerprint_of, resolve_into};
use super::secrets::read_secret;
use super::settings::Config;
use super::suggest;

/// A configuration file; thousands of feeds are a tenth of this.
pub const MAX_FILE_BYTES: u64 = 5_000_000;
/// Files of a configuration.
pub const MAX_FILES: usize = 1_000;

/// The files at the top of the folder.
const FILES: [&str; 3] = ["newswatch.toml", "feeds.toml", "watches.toml"];

/// Reads and resolves a configuration folder.
pub fn load(folder: &Path) -> Resolved {
    let mut problems = Problems::default();
    let config = load_into(folder, &mut problems);
    match config.filter(|_| !problems.refuse()) {
        Some(config) => Ok((config, problems.into_sorted())),
        None => Err(problems.into_sorted()),
    }
}

/// What can be made of a folder, right or wrong: enough to look at the archive of a daemon that runs on an older edit.
/// Never to be put in force.
pub fn load_to_look(folder: &Path) -> Result<(Config, Vec<Problem>), Vec<Problem>> {
    let mut problems = Problems::default();
    match load_into(folder, &mut problems) {
        Some(config) => Ok((config, problems.into_sorted())),
        None => Err(problems.into_sorted()),
    }
}

/// All problems of the folder, with `text` in the place of one of its files.
pub fn load_with(folder: &Path, text: Option<(&Path, &str)>) -> Vec<Problem> {
    let mut problems = Problems::default();
    let mut files = read_folder(folder, &mut problems);
    if let Some((path, text)) = text {
        let path = path.display().to_string();
        files.retain(|file| file.path != path);
        files.push(Arc::new(SourceFile { path, text: text.to_owned() }));
    }
    let unreadable = problems.refuse();
    resolve_into(&files, &surroundings(folder), unreadable, &mut problems);
    problems.into_sorted()
}

fn surroundings(folder: &Path) -> Surroundings<'static> {
    let state_folder = default_state_folder(folder);
    Surroundings { config_folder: folder.to_owned(), state_folder, read_secret: &read_secret }
}

fn load_into(folder: &Path, problems: &mut Problems) -> Option<Config> {
    let files = read_folder(folder, problems);
    let unreadable = problems.refuse();
    (!files.is_empty()).then(|| resolve_into(&files, &surroundings(folder), unreadable, problems))
}

/// [`super::Config::hash`] of the folder as it is now, right or wrong, to see whether anything was edited.
pub fn fingerprint(folder: &Path) -> io::Result<u64> {
    fs::metadata(folder)?;
    Ok(fingerprint_of(&read_folder(folder, &mut Problems::default())))
}

/// The configuration of the service, and where its unit keeps state: commands that look at it need not be told.
const SERVICE_FOLDERS: (&str, &str) = ("/etc/newswatch", "/var/lib/newswatch");

/// Where state goes when nobody says: what systemd made for us, the service's for the service's configuration, else the
/// user's own state folder.
fn default_state_folder(config: &Path) -> PathBuf {
    let named = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    if let Some(folder) = named("STATE_DIRECTORY") {
        return folder;
    }
    if config == Path::new(SERVICE_FOLDERS.0) {
        return PathBuf::from(SERVICE_FOLDERS.1);
    }
    let own = named("XDG_STATE_HOME").or_else(|| named("HOME").map(|home| home.join(".local/state")));
    own.map_or_else(|| PathBuf::from("newswatch-state"), |folder| folder.join("newswatch"))
}

/// All files of the folder that belong to the configuration.
fn read_folder(folder: &Path, problems: &mut Problems) -> Vec<Arc<SourceFile>> {
    let shown = folder.display().to_string();
    match fs::metadata(folder) {
        Ok(metadata) if metadata.is_dir() => {}
        Ok(_) => {
            let problem = Problem::of_path(shown, "the configuration is a folder, and this is a file");
            problems.add(problem.hint("name the folder that it is in: `--config DIR`"));
            return Vec::new();
        }
        Err(error) => {
            let problem =
                Problem::of_path(shown, format!("the configuration folder cannot be read: {}", cause(&error)));
            problems.add(problem.hint("copy the shipped `config` folder, or name another: `--config DIR`"));
            return Vec::new();
        }
    }
    let mut paths = paths(folder, problems);
    if !paths.iter().any(|path| path.ends_with(FILES[0])) {
        let problem = Problem::of_path(folder.join(FILES[0]).display().to_string(), "the file is missing");
        problems.add(problem.hint("copy it from the shipped `config` folder, or name another: `--config DIR`"));
        return Vec::new();
    }
    if paths.len() > MAX_FILES {
        problems.add(Problem::of_path(shown, format!("more than {MAX_FILES} files")).hint("join some of them"));
        paths.truncate(MAX_FILES);
    }
    paths.iter().filter_map(|path| read_file(path).map_err(|problem| problems.add(problem)).ok()).collect()
}

/// Paths in the order of their names: the known files, `lexicon/*.toml` and `*.d/*.toml`.
fn paths(folder: &Path, problems: &mut Problems) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in listed(folder, problems) {
        let name = entry.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        if entry.is_dir() && (name == "lexicon" || name.ends_with(".d")) {
            let inside = listed(&entry, problems).into_iter().filter(|path| is_toml(path) && !path.is_dir());
            found.extend(inside);
        } else if FILES.contains(&name.as_str()) {
            found.push(entry);
        } else if is_toml(&entry) && !entry.is_dir() {
            let problem = Problem::of_path(entry.display().to_string(), "this file is not read").as_warning();
            let near = suggest::nearest(&name, FILES).map(|near| format!("did you mean `{near}`?"));
            let hint = near.unwrap_or_else(|| "further files go into `feeds.d`, `watches.d` or `lexicon`".into());
            problems.add(problem.hint(hint));
        }
    }
    found
}

fn listed(folder: &Path, problems: &mut Problems) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).and_then(|entries| {
        entries.take(MAX_FILES * 10).map(|entry| entry.map(|entry| entry.path())).collect::<io::Result<Vec<_>>>()
    });
    match entries {
        Ok(mut paths) => {
            paths.sort();
            paths
        }
        Err(error) => {
            let message = format!("the folder cannot be read: {}", cause(&error));
            problems.add(Problem::of_path(folder.display().to_string(), message));
            Vec::new()
        }
    }
}

/// Editors leave `.feeds.toml.swp`, `feeds.toml~` and `#feeds.toml#` behind; none of these is ours.
fn is_toml(path: &Path) -> bool {
    let hidden = path.file_name().is_none_or(|name| name.to_string_lossy().starts_with(['.', '#']));
    !hidden && path.extension().is_some_and(|extension| extension == "toml")
}

/// A file's text, or why it cannot be used.
pub fn read_file(path: &Path) -> Result<Arc<SourceFile>, Problem> {
    let shown = path.display().to_string();
    let wrong = |message: String| Problem::of_path(shown.clone(), message);
    // A pipe or device would never end, or never begin.
    let metadata = fs::metadata(path).map_err(|error| wrong(format!("the file cannot be read: {}", cause(&error))))?;
    if !metadata.is_file() {
        return Err(wrong("this is not a file".into()));
    }
    let mut bytes = Vec::new();
    let file = fs::File::open(path).and_then(|file| file.take(MAX_FILE_BYTES + 1).read_to_end(&mut bytes));
    file.map_err(|error| wrong(format!("the file cannot be read: {}", cause(&error))))?;
    if bytes.len() as u64 > MAX_FILE_BYTES {
        let message = format!("the file is larger than {} MB", MAX_FILE_BYTES / 1_000_000);
        return Err(wrong(message).hint("split it: files in `feeds.d` and `watches.d` are read too"));
    }
    match String::from_utf8(bytes) {
        Ok(text) => Ok(Arc::new(SourceFile { path: shown, text })),
        Err(error) => {
            let line =
                error.as_bytes()[..error.utf8_error().valid_up_to()].iter().filter(|byte| **byte == b'\n').count() + 1;
            Err(wrong(format!("the file is not UTF-8: see line {line}")).hint("save it as UTF-8"))
        }
    }
}

/// The cause without its error number.
pub fn cause(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "no such file or folder".into(),
        io::ErrorKind::PermissionDenied => "permission denied".into(),
        _ => error.to_string(),
    }
}
