//! How do feeds get into the configuration, and out of it?
//!
//! In: addresses, or a list of feeds (OPML) from another reader. Out: tables at the end of `feeds.toml`, and a line for each
//! feed: added, or left out and why; or all feeds as OPML. A running daemon takes the new file up by itself.

use std::fmt::Write as _;
use std::io::{Read as _, Write};
use std::path::Path;

use anyhow::Context;

use super::args::{FeedAdd, FeedImport};
use super::feed_test;
use super::open;
use crate::config::{self, Addition, NewFeed};
use crate::model::Feed;
use crate::parse;

/// Adds addresses that turn out to be feeds.
pub fn add(folder: &Path, args: &FeedAdd, json: bool, out: &mut dyn Write) -> anyhow::Result<bool> {
    anyhow::ensure!(
        args.name.is_none() || args.urls.len() == 1,
        "`--name` names one feed: add the others by themselves"
    );
    let config = if args.no_test { None } else { feed_test::configuration(folder)? };
    let fetcher = if args.no_test { None } else { Some(feed_test::fetcher(config.as_ref())?) };
    let (mut feeds, mut no_feeds) = (Vec::new(), Vec::new());
    for url in &args.urls {
        let mut feed = NewFeed {
            url: url.clone(),
            name: args.name.clone().unwrap_or_default(),
            tags: args.tags.clone(),
            lang: args.lang.clone(),
        };
        let Some(fetcher) = &fetcher else {
            feeds.push(feed);
            continue;
        };
        let (parsed, moved_to) = feed_test::fetched(fetcher, url, None)?;
        if let Some(error) = parsed.error {
            no_feeds.push((feed, format!("no feed: {}", error.trim_start_matches("no feed: "))));
            continue;
        }
        feed.url = moved_to.unwrap_or(feed.url);
        if feed.name.is_empty() {
            feed.name = parsed.title.unwrap_or_default();
        }
        feeds.push(feed);
    }
    let mut addition = config::addition(folder, feeds)?;
    addition.refused.splice(0..0, no_feeds);
    finish(folder, &addition, args.dry_run, json, out)?;
    Ok(addition.refused.is_empty())
}

/// Adds the feeds of a list.
pub fn import(folder: &Path, args: &FeedImport, json: bool, out: &mut dyn Write) -> anyhow::Result<bool> {
    let list = parse::opml(&read(&args.file)?);
    for note in &list.notes {
        eprintln!("note: {note}");
    }
    if let Some(error) = list.error {
        eprintln!("`{}`: {error}", args.file);
        return Ok(false);
    }
    let feed = |listed: parse::Listed| {
        let mut tags = listed.tags;
        tags.extend(args.tags.iter().filter(|tag| !tags.contains(tag)).cloned().collect::<Vec<_>>());
        NewFeed { url: listed.url, name: listed.name, tags, lang: listed.lang }
    };
    let addition = config::addition(folder, list.feeds.into_iter().map(feed).collect())?;
    for (what, why) in &list.skipped {
        line(json, out, "skipped", what, None, Some(why))?;
    }
    finish(folder, &addition, args.dry_run, json, out)?;
    let known = addition.refused.iter().any(|(_, why)| why.starts_with("already there"));
    Ok(known || !addition.added.is_empty())
}

/// Prints all configured feeds as OPML 2.0.
pub fn export(folder: &Path, out: &mut dyn Write) -> anyhow::Result<bool> {
    let config = open::to_look(folder)?;
    out.write_all(as_opml(&config.feeds).as_bytes())?;
    Ok(true)
}

fn read(path: &str) -> anyhow::Result<Vec<u8>> {
    if path == "-" {
        let mut bytes = Vec::new();
        std::io::stdin().read_to_end(&mut bytes).context("standard input cannot be read")?;
        return Ok(bytes);
    }
    std::fs::read(path).with_context(|| format!("`{path}` cannot be read"))
}

/// Writes the file unless it is only asked what would be, and says what became of each feed.
fn finish(folder: &Path, addition: &Addition, dry: bool, json: bool, out: &mut dyn Write) -> anyhow::Result<()> {
    if !dry && !addition.added.is_empty() {
        config::write(folder, addition)?;
    }
    for (feed, why) in &addition.refused {
        let name = if feed.name.is_empty() { &feed.url } else { &feed.name };
        line(json, out, "skipped", name, Some(feed), Some(why))?;
    }
    for feed in &addition.added {
        line(json, out, if dry { "would add" } else { "added" }, &feed.name, Some(feed), None)?;
    }
    let path = addition.path.display();
    match (dry, addition.added.len()) {
        (_, 0) => eprintln!("nothing to add"),
        (true, _) if !json => eprintln!("to be added to `{path}`:\n{}", addition.tables),
        (true, _) => {}
        (false, number) => eprintln!("{number} added to `{path}`; the text before is in `{path}.before`"),
    }
    Ok(())
}

fn line(
    json: bool,
    out: &mut dyn Write,
    status: &str,
    name: &str,
    feed: Option<&NewFeed>,
    why: Option<&str>,
) -> anyhow::Result<()> {
    if json {
        let (url, tags) = (feed.map(|feed| &feed.url), feed.map(|feed| &feed.tags));
        let line = serde_json::json!({"status": status, "name": name, "url": url, "tags": tags, "reason": why});
        writeln!(out, "{line}")?;
        return Ok(());
    }
    let address = feed.filter(|feed| feed.name == name).map(|feed| format!(" <{}>", feed.url)).unwrap_or_default();
    let why = why.map(|why| format!(": {why}")).unwrap_or_default();
    writeln!(out, "{status} {name}{address}{why}")?;
    Ok(())
}

/// OPML 2.0: a folder for each first tag, all tags as categories, so that both kinds of readers find them again.
fn as_opml(feeds: &[Feed]) -> String {
    let mut text = String::from(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<opml version=\"2.0\">\n  <head><title>newswatch feeds</title></head>\n  <body>\n",
    );
    let mut folders: Vec<&str> = feeds.iter().filter_map(|feed| feed.tags.first()).map(String::as_str).collect();
    folders.sort_unstable();
    folders.dedup();
    for folder in folders {
        let _ = writeln!(text, "    <outline text=\"{}\">", escaped(folder));
        for feed in feeds.iter().filter(|feed| feed.tags.first().is_some_and(|tag| tag == folder)) {
            outline(&mut text, "      ", feed);
        }
        text.push_str("    </outline>\n");
    }
    for feed in feeds.iter().filter(|feed| feed.tags.is_empty()) {
        outline(&mut text, "    ", feed);
    }
    text + "  </body>\n</opml>\n"
}

fn outline(text: &mut String, indent: &str, feed: &Feed) {
    let name = escaped(&feed.name);
    let _ = write!(
        text,
        "{indent}<outline type=\"rss\" text=\"{name}\" title=\"{name}\" xmlUrl=\"{}\"",
        escaped(&feed.url)
    );
    // A comma parts categories, and a slash at the beginning makes a path of one.
    let plain: Vec<&str> = feed.tags.iter().map(String::as_str).filter(|tag| !tag.contains([',', '/'])).collect();
    if !plain.is_empty() {
        let _ = write!(text, " category=\"{}\"", escaped(&plain.join(",")));
    }
    if let Some(lang) = &feed.lang {
        let _ = write!(text, " language=\"{}\"", escaped(lang));
    }
    text.push_str("/>\n");
}

fn escaped(text: &str) -> String {
    quick_xml::escape::escape(text).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::FeedId;

    #[test]
    fn what_is_exported_is_imported_as_it_was() {
        let feed = |name: &str, url: &str, tags: &[&str]| Feed {
            id: FeedId::of([url]),
            url: url.into(),
            name: name.into(),
            tags: tags.iter().map(|tag| (*tag).to_owned()).collect(),
            lang: Some("en".into()),
            interval_min_s: 300,
            interval_max_s: 600,
            headers: vec![("X-Key".into(), "secret".into())],
            proxy: None,
            full_text: false,
            page: None,
            paused: false,
        };
        let feeds = [
            feed("A & <b> \"c\"", "https://a.example/?x=1&y=2", &["world", "wire"]),
            feed("B", "https://b.example/", &[]),
        ];
        let text = as_opml(&feeds);
        assert!(!text.contains("secret"));
        let list = parse::opml(text.as_bytes());
        assert_eq!((list.skipped.len(), list.notes.len()), (0, 0), "{list:?}");
        for (ours, theirs) in feeds.iter().zip(&list.feeds) {
            assert_eq!((&ours.url, &ours.tags, &ours.lang), (&theirs.url, &theirs.tags, &theirs.lang));
        }
        assert_eq!(list.feeds[1].name, "B");
        assert_eq!(list.feeds[0].name, "A & <b> \"c\"");
    }
}
