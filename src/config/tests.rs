//! Does a folder become the configuration that a person would expect? (How mistakes read is tested in `cli::diagnostics`.)

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::schema::SECTIONS;
use super::*;

const SHIPPED: &str = "config";

fn secret(_: &SecretPlace) -> Result<Secret, String> {
    Ok(Secret { value: "hunter2".into(), warning: None })
}

fn resolved(files: &[(&str, &str)]) -> Config {
    let file = |(path, text): &(&str, &str)| Arc::new(SourceFile { path: (*path).into(), text: (*text).into() });
    let files: Vec<_> = files.iter().map(file).collect();
    let surroundings = Surroundings { config_folder: "etc".into(), state_folder: "var".into(), read_secret: &secret };
    match resolve(&files, &surroundings) {
        Ok((config, _)) => config,
        Err(problems) => panic!("{}", problems.iter().map(|problem| format!("{problem}\n")).collect::<String>()),
    }
}

/// A whole configuration in one file.
const WHOLE: &str = r#"
recipient = [{ name = "desk", address = "desk@example.org", zone = "Asia/Seoul" }]
[admin]
to = "desk"
[mail]
from = "News <news@example.org>"
host = "mail.example.org"
security = "tls"
username = "news"
password_file = "password"
[fetch]
contact = "mailto:me@example.org"
interval_max = "1h"
allow = ["10.0.0.0/8"]
[[feed]]
name = "Quick"
url = "https://b.example/feed"
interval = "2m"
headers = { Z = "1", A = "2" }
proxy = "direct"
token_file = "token"
[[feed]]
name = "Slow"
url = "http://10.1.2.3/feed"
interval_min = "3h"
tags = "own"
[[watch]]
name = "Lists"
all = ["troops"]
any = ["DPRK", "\"North Korea\""]
none = ["football"]
to = "desk"
"#;

#[test]
fn settings_get_their_values_and_defaults() {
    let config = resolved(&[("newswatch.toml", WHOLE)]);
    let feeds: Vec<_> =
        config.feeds.iter().map(|feed| (feed.name.as_str(), feed.interval_min_s, feed.interval_max_s)).collect();
    assert_eq!(feeds, [("Slow", 10_800, 10_800), ("Quick", 120, 120)], "by address; a minimum moves the maximum");
    let headers: Vec<_> = config.feeds[1].headers.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(headers, ["Z", "A", "Authorization"], "in the file's order, then what the credentials make");
    assert_eq!(config.feeds[1].headers[2].1, "Bearer hunter2");
    assert_eq!(config.feeds[1].proxy.as_deref(), Some("direct"));
    assert_eq!(config.admin.as_ref().map(|admin| admin.zone.as_deref()), Some(Some("Asia/Seoul")));
    assert_eq!(config.fetch.user_agent, concat!("newswatch/", env!("CARGO_PKG_VERSION"), " (+mailto:me@example.org)"));
    let watch = &config.watches[0];
    assert_eq!(watch.query_text, r#"troops and (DPRK or "North Korea") and not (football)"#);
    assert_eq!((watch.to.as_slice(), watch.max_per_hour), (["desk".to_owned()].as_slice(), 12));
    assert_eq!(config.state, PathBuf::from("var"));
    let Mail::Smtp(smtp) = &config.mail.way else { panic!("a mail server") };
    assert_eq!(smtp.port, 465);
    assert!(!format!("{config:?}").contains("hunter2"), "a password is never shown");
}

#[test]
fn differences_are_told_in_words() {
    let old = resolved(&[("newswatch.toml", WHOLE)]);
    assert_eq!(changes(&old, &old), Vec::<String>::new());
    let text = WHOLE
        .replace("\"Quick\"", "\"Quicker\"")
        .replace("b.example/feed", "c.example/feed")
        .replace("\"tls\"", "\"starttls\"")
        .replace("any = ", "alert = \"major\"\nany = ");
    let new = resolved(&[("newswatch.toml", &format!("{text}[state]\nfolder = \"/srv/newswatch\"\n"))]);
    let expected = [
        "feed added: `Quicker`",
        "feed removed: `Quick`",
        "watch changed: `Lists`",
        "mail goes to mail.example.org:587, STARTTLS, as news",
        "`[state] folder` changes at the next restart",
    ];
    assert_eq!(changes(&old, &new), expected);
    assert_eq!(needs_restart(&old, &new), ["`[state] folder`"]);
    assert_ne!(old.hash, new.hash);
}

#[test]
fn the_shipped_folder_has_no_problem_and_mentions_every_key() {
    let mut texts = String::new();
    for name in ["newswatch.toml", "feeds.toml", "watches.toml"] {
        let text = fs::read_to_string(Path::new(SHIPPED).join(name)).unwrap();
        texts.push_str(&text);
    }
    for section in SECTIONS {
        assert!(texts.contains(&section.written()), "{}", section.written());
        for key in section.keys {
            let line = |line: &str| {
                line.trim_start_matches(['#', ' ']).split('=').next().unwrap_or_default().trim() == key.name
            };
            assert!(texts.lines().filter(|own| own.contains('=')).any(line), "{} {}", section.written(), key.name);
        }
    }
    match load(Path::new(SHIPPED)) {
        Ok((_, warnings)) => assert_eq!(warnings, [], "warnings"),
        Err(problems) => panic!("{}", problems.iter().map(|problem| format!("{problem}\n")).collect::<String>()),
    }
}

/// The settings that the comments call defaults are the defaults, and the examples would be accepted.
#[test]
fn what_the_comments_of_the_default_file_say_is_so() {
    let text = fs::read_to_string(Path::new(SHIPPED).join("newswatch.toml")).unwrap();
    let uncommented = |wanted: &dyn Fn(&str) -> bool| -> String {
        let line = |line: &str| match line.strip_prefix("# ").filter(|rest| wanted(rest)) {
            Some(rest) => format!("{rest}\n"),
            None => format!("{line}\n"),
        };
        text.lines().map(line).collect()
    };
    let is_setting = |line: &str| line.contains(" = ") && line.starts_with(|char: char| char.is_ascii_lowercase());
    let shipped = resolved(&[("newswatch.toml", &text)]);
    let of_host = |line: &str| line.starts_with("security") || line.starts_with("port");
    let defaults = resolved(&[(
        "newswatch.toml",
        &uncommented(&|line| is_setting(line) && !line.contains("# example") && !of_host(line)),
    )]);
    assert_eq!(
        (&defaults.fetch, defaults.keep_days, defaults.look_back_s),
        (&shipped.fetch, shipped.keep_days, shipped.look_back_s)
    );
    let either = |line: &str| line.starts_with("interval ") || line.starts_with("credential");
    let examples = resolved(&[("newswatch.toml", &uncommented(&|line| is_setting(line) && !either(line)))]);
    assert!(matches!(
        examples.mail.way,
        Mail::Smtp(Smtp { port: 587, security: Security::StartTls, login: Some(_), .. })
    ));
}

#[test]
fn a_folder_is_read_with_its_links_and_parts_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("config");
    for name in ["feeds.d", "lexicon", "odd.toml"] {
        fs::create_dir_all(config.join(name)).unwrap();
    }
    let write = |name: &str, text: &str| fs::write(config.join(name), text).unwrap();
    write("newswatch.toml", "[[recipient]]\nname = \"desk\"\naddress = \"desk@localhost\"\n");
    write("watches.toml", "[[watch]]\nname = \"W\"\nquery = \"troops\"\nto = \"desk\"\n");
    write("feeds.d/b.toml", "[[feed]]\nname = \"B\"\nurl = \"https://b.example/\"\n");
    write("feeds.d/.b.toml.swp", "\0");
    write("feeds.d/#b.toml#", "\0");
    write("lexicon/notes.txt", "not ours");
    fs::write(folder.path().join("elsewhere"), "[[feed]]\nname = \"A\"\nurl = \"https://a.example/\"\n").unwrap();
    std::os::unix::fs::symlink(folder.path().join("elsewhere"), config.join("feeds.d/a.toml")).unwrap();
    let (loaded, warnings) = load(&config).unwrap();
    assert_eq!((loaded.feeds.len(), warnings.len()), (2, 0), "{warnings:?}");
    assert_eq!(fingerprint(&config).unwrap(), loaded.hash);

    write("feeds.d/b.toml", &"#".repeat(MAX_FILE_BYTES as usize + 1));
    std::os::unix::fs::symlink("nowhere", config.join("feeds.d/c.toml")).unwrap();
    std::os::unix::fs::symlink("/dev/zero", config.join("feeds.d/d.toml")).unwrap();
    let problems: Vec<String> = load(&config).unwrap_err().iter().map(|problem| problem.message.clone()).collect();
    let expected =
        ["the file is larger than 5 MB", "the file cannot be read: no such file or folder", "this is not a file"];
    assert_eq!(problems, expected);
}

#[test]
fn a_password_file_is_read_and_its_mode_is_looked_at() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path();
    let mail = "[mail]\nfrom = \"a@b.example\"\nhost = \"b.example\"\nusername = \"a\"\npassword_file = \"password\"\n";
    fs::write(config.join("newswatch.toml"), mail).unwrap();
    fs::write(config.join("password"), "hunter2\n").unwrap();
    let set_mode = |mode| fs::set_permissions(config.join("password"), fs::Permissions::from_mode(mode)).unwrap();
    set_mode(0o644);
    let (_, warnings) = load(config).unwrap();
    assert!(warnings.iter().any(|warning| warning.message.ends_with("can be read by everyone")), "{warnings:?}");
    set_mode(0o600);
    let (loaded, warnings) = load(config).unwrap();
    assert_eq!(warnings.iter().filter(|warning| warning.message.contains("everyone")).count(), 0);
    let Mail::Smtp(Smtp { login: Some(login), .. }) = loaded.mail.way else { panic!("a login") };
    assert_eq!(secrecy::ExposeSecret::expose_secret(&login.password), "hunter2", "without the line end");
}

#[test]
fn garbage_costs_bounded_work() {
    let folder = tempfile::tempdir().unwrap();
    for (name, line) in [("keys", "a b\n"), ("tables", "[[feed]]\nx=1\n"), ("text", "x = \"\n"), ("deep", "[")] {
        let garbage = line.repeat(400_000 / line.len());
        fs::write(folder.path().join("newswatch.toml"), garbage).unwrap();
        let problems = load(folder.path()).unwrap_err();
        assert!(problems.len() <= 510, "{name}: {} problems", problems.len());
    }
}
