//! Does the command line keep its contracts?
//!
//! In: the real program, files written here. Out: exit codes, JSON lines, words on the screen.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

fn newswatch(arguments: &[&str], input: &str, folder: &Path) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_newswatch"))
        .args(arguments)
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn json_lines(output: &Output) -> Vec<serde_json::Value> {
    text(&output.stdout).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn replay_keeps_its_contract_and_repeats_itself_byte_for_byte() {
    let folder = tempfile::tempdir().unwrap();
    let items = r#"{"id":"a","time":"2024-10-04T12:00:00Z","outlet":"Dnipro Post","lang":"en","title":"Six North Korean officers killed near Donetsk in Ukraine","summary":"Six soldiers from North Korea died in a strike.","url":"https://one.example/a"}
{"id":"b","time":"2024-10-04T13:00:00Z","outlet":"Bugle","lang":"en","title":"Six North Korean officers killed near Donetsk in Ukraine - Dnipro Post","summary":"Six soldiers from North Korea died in a strike.","url":"https://two.example/b"}
{"id":"c","time":"2024-10-04T14:00:00Z","outlet":"Garden News","lang":"en","title":"How to prune roses","summary":"","url":"https://three.example/c"}
"#;
    std::fs::write(folder.path().join("items.jsonl"), items).unwrap();
    let watches = "[[watch]]\nname = \"troops\"\nquery = \"DPRK and Ukraine and troops\"\nto = [\"nobody-known\"]\n";
    std::fs::write(folder.path().join("watches.toml"), watches).unwrap();
    let arguments = ["replay", "--json", "--items", "items.jsonl", "--watches", "watches.toml"];
    let first = newswatch(&arguments, "", folder.path());
    assert!(first.status.success(), "{}", text(&first.stderr));
    let lines = json_lines(&first);
    let ids: Vec<&str> = lines.iter().filter_map(|line| line["id"].as_str()).collect();
    assert_eq!(ids, ["a", "b", "c"]);
    let verdict = |n: usize| lines[n]["matches"][0]["verdict"].as_str();
    assert_eq!((verdict(0), verdict(1), verdict(2)), (Some("new-story"), Some("copy"), None));
    assert!(lines[0]["matches"][0]["alert"].is_string());
    assert!(lines[1]["matches"][0]["alert"].is_null());
    assert_eq!(lines[1]["matches"][0]["of"], "a");
    assert_eq!(lines[2]["matches"], serde_json::json!([]));
    assert_eq!(newswatch(&arguments, "", folder.path()).stdout, first.stdout);
}

#[test]
fn feed_test_prints_one_line_an_input_whatever_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let feed = "<rss version='2.0'><channel><title>T</title><item><title>R&D</title><link>/x?utm_source=a</link>\
        <guid isPermaLink='false'>7</guid><pubDate>Wed, 02 Oct 2024 13:00:00 GMT</pubDate></item></channel></rss>";
    std::fs::write(folder.path().join("a.xml"), feed).unwrap();
    std::fs::write(folder.path().join("b.html"), "<!DOCTYPE html><html><title>Sorry</title></html>").unwrap();
    let arguments =
        ["feed", "test", "--json", "--base", "https://feed.example/dir/feed.xml", "a.xml", "b.html", "none"];
    let output = newswatch(&arguments, "", folder.path());
    assert_eq!(output.status.code(), Some(1), "{}", text(&output.stderr));
    let lines = json_lines(&output);
    assert_eq!(lines.len(), 3);
    assert_eq!(lines[0]["file"], "a.xml");
    assert_eq!((&lines[0]["ok"], &lines[0]["kind"]), (&true.into(), &"rss".into()));
    let entry = &lines[0]["entries"][0];
    assert_eq!((&entry["id"], &entry["title"]), (&"7".into(), &"R&D".into()));
    assert_eq!(entry["published"], "2024-10-02T13:00:00Z");
    assert_eq!(lines[1]["ok"], false);
    assert!(lines[1]["error"].as_str().unwrap().contains("HTML"));
    assert_eq!(lines[2]["ok"], false);
}

#[test]
fn lists_of_feeds_go_in_and_out() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("config");
    std::fs::create_dir(&config).unwrap();
    let recipient = "[[recipient]]\nname = \"desk\"\naddress = \"desk@localhost\"\n";
    std::fs::write(config.join("newswatch.toml"), recipient).unwrap();
    std::fs::write(config.join("watches.toml"), "[[watch]]\nname = \"W\"\nquery = \"DPRK\"\nto = [\"desk\"]\n")
        .unwrap();
    let list = "<opml><outline text='Asia'><outline text='A &amp; B' xmlUrl='https://a.example/rss'/></outline>\
        <outline text='C' xmlUrl='ftp://c.example/'/></opml>";
    let dry = newswatch(&["feed", "import", "-", "--dry-run"], list, folder.path());
    assert!(dry.status.success(), "{}", text(&dry.stderr));
    assert!(!config.join("feeds.toml").exists());
    let import = newswatch(&["feed", "import", "-", "--json"], list, folder.path());
    let lines = json_lines(&import);
    let told: Vec<_> =
        lines.iter().map(|line| (line["status"].as_str().unwrap(), line["name"].as_str().unwrap())).collect();
    assert_eq!(told, [("skipped", "C"), ("added", "A & B")]);
    let export = newswatch(&["feed", "export"], "", folder.path());
    assert!(text(&export.stdout).contains("text=\"A &amp; B\""), "{}", text(&export.stdout));
    let again = newswatch(&["feed", "import", "-"], &text(&export.stdout), folder.path());
    assert!(
        again.status.success() && text(&again.stdout).contains("already there as `A & B`"),
        "{}",
        text(&again.stdout)
    );
    assert_eq!(newswatch(&["feed", "import", "-"], "<html>", folder.path()).status.code(), Some(1));
    let untested = newswatch(&["feed", "add", "--no-test", "--tag", "x", "https://d.example/rss"], "", folder.path());
    assert!(untested.status.success(), "{}", text(&untested.stderr));
    let private = newswatch(&["feed", "add", "http://127.0.0.1:9/rss"], "", folder.path());
    assert_eq!(private.status.code(), Some(1), "{}", text(&private.stderr));
    assert!(newswatch(&["check"], "", folder.path()).status.success());
}

#[test]
fn a_wrong_configuration_never_starts_and_says_where() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("config");
    std::fs::create_dir(&config).unwrap();
    std::fs::write(config.join("newswatch.toml"), "[[recipient]]\nname = \"desk\"\naddress = \"desk@localhost\"\n")
        .unwrap();
    std::fs::write(config.join("feeds.toml"), "[[feed]]\nname = \"A\"\nurl = \"htp://a.example/\"\n").unwrap();
    std::fs::write(config.join("watches.toml"), "[[watch]]\nname = \"W\"\nquery = \"DPRK and (\"\nto = [\"dsk\"]\n")
        .unwrap();
    let check = newswatch(&["check"], "", folder.path());
    assert_eq!(check.status.code(), Some(1));
    let run = newswatch(&["run"], "", folder.path());
    assert_eq!(run.status.code(), Some(2));
    for output in [text(&check.stdout) + &text(&check.stderr), text(&run.stderr)] {
        for words in ["feeds.toml", "htp", "watches.toml", "desk"] {
            assert!(output.contains(words), "`{words}` is missing in:\n{output}");
        }
    }
}

#[test]
fn the_shipped_configuration_is_right() {
    let check = newswatch(&["check"], "", Path::new(env!("CARGO_MANIFEST_DIR")));
    assert!(check.status.success(), "{}{}", text(&check.stdout), text(&check.stderr));
    assert!(text(&check.stdout).contains("north-korea"), "shows how words were understood");
}

#[test]
fn usage_errors_are_exit_code_2() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(newswatch(&["no-such-command"], "", folder.path()).status.code(), Some(2));
    assert_eq!(newswatch(&["--help"], "", folder.path()).status.code(), Some(0));
}

#[test]
fn the_demo_tells_each_development_once() {
    let folder = tempfile::tempdir().unwrap();
    let demo = newswatch(&["demo", "--no-pause", "--keep", "kept"], "", folder.path());
    let screen = text(&demo.stdout);
    assert!(demo.status.success(), "{screen}{}", text(&demo.stderr));
    let on_the_15th = screen.split("15 Oct 2024").nth(1).and_then(|rest| rest.split("16 Oct 2024").next()).unwrap();
    let concerned =
        on_the_15th.lines().filter(|line| line.contains('✉') && line.to_lowercase().contains("concern")).count();
    assert_eq!(concerned, 1, "US officials are `concerned` once:\n{on_the_15th}");
    let status = newswatch(&["--config", "kept/config", "status"], "", folder.path());
    assert!(status.status.success(), "{}", text(&status.stderr));
    let list = newswatch(&["--config", "kept/config", "--json", "story", "list"], "", folder.path());
    let stories = json_lines(&list);
    assert!(!stories.is_empty());
    let mut decided = std::collections::BTreeMap::new();
    for story in &stories {
        let id = story["thread"].as_str().unwrap();
        let show = newswatch(&["--config", "kept/config", "--json", "story", "show", id], "", folder.path());
        assert!(show.status.success(), "{}", text(&show.stderr));
        for line in json_lines(&show) {
            let judged = (line["verdict"].clone(), line["score"].clone(), line["told"].clone());
            decided.insert(line["item"].as_str().unwrap().to_owned(), judged);
        }
    }
    // The archive, replayed, is judged as the daemon judged it, to the last bit.
    let replay = newswatch(&["--config", "kept/config", "--json", "replay"], "", folder.path());
    let matches = json_lines(&replay).into_iter().filter_map(|line| Some((line["id"].as_str()?.to_owned(), line)));
    let mut compared = 0;
    for (id, line) in matches {
        let Some(then) = decided.get(&id) else { continue };
        let now = &line["matches"][0];
        assert_eq!((&now["verdict"], &now["score"]), (&then.0, &then.1), "{id}");
        assert_eq!(now["alert"].is_string(), then.2.as_bool().unwrap(), "{id}");
        compared += 1;
    }
    assert!(compared > 40, "the demo's items are compared: {compared}");
}
