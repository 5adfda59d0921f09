//! Which feeds does an OPML list name?
//!
//! In: the bytes of a file that other feed readers export, well-formed or not. Out: its feeds, in order, each address once,
//! with the folders it lay in as tags; and what was left out, with the reason. One pass without a tree: what is not closed
//! is closed by the end. It never fails on markup; a file without a single outline is no list.

use std::collections::BTreeMap;

use url::Url;

use super::Hints;
use super::complete::{headline, language};
use super::decode;
use super::leaf::{Entities, unescape};
use super::notes::Notes;
use super::tag::{Ahead, Tag, name_at};

/// Feeds that are read of one list.
pub const FEEDS_MAX: usize = 20_000;
/// Bytes of a list.
pub const OPML_BYTES_MAX: usize = 32 * 1024 * 1024;
/// Tags of one feed; the outermost folders come first.
const TAGS_MAX: usize = 10;
/// Open folders; deeper ones give no tag.
const DEPTH_MAX: usize = 256;
/// Characters of a name or tag.
const NAME_CHARACTERS_MAX: usize = 100;

/// A list of feeds, read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Opml {
    pub feeds: Vec<Listed>,
    /// What was left out or joined, in order: what it is, and why.
    pub skipped: Vec<(String, String)>,
    /// What was repaired.
    pub notes: Vec<String>,
    /// Why it is no list; it has no feeds then.
    pub error: Option<String>,
}

/// A feed as a list has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Absolute, http or https.
    pub url: String,
    /// One line; the host where the list has no name for it.
    pub name: String,
    /// Folders from the outside in, then categories.
    pub tags: Vec<String>,
    pub lang: Option<String>,
}

/// Reads a list.
pub fn opml(bytes: &[u8]) -> Opml {
    let mut list = Opml::default();
    if bytes.len() > OPML_BYTES_MAX {
        list.error = Some(format!("the list is larger than {} MB", OPML_BYTES_MAX >> 20));
        return list;
    }
    let mut warnings = Vec::new();
    let text = decode::decode(bytes, &Hints::default(), &mut warnings);
    list.notes = warnings.into_iter().map(|warning| warning.text.replace("the feed", "the list")).collect();
    let escaped = !has_outline(&text, "<") && has_outline(&text, "&lt;");
    let text = match escaped {
        true => unescape(&text, &Entities::default()).0.into_owned().into(),
        false => text,
    };
    if !has_outline(&text, "<") {
        list.error = Some("no list of feeds: it has no `outline` element".into());
        return list;
    }
    if escaped {
        list.notes.push("the list is escaped as if it were text".into());
    }
    Reader { list, known: BTreeMap::new(), folders: Vec::new() }.read(&text)
}

fn has_outline(text: &str, mark: &str) -> bool {
    let is_outline = |(at, _): (usize, &str)| {
        text.as_bytes()[at + mark.len()..].get(..7).is_some_and(|name| name.eq_ignore_ascii_case(b"outline"))
    };
    text.match_indices(mark).any(is_outline)
}

struct Reader {
    list: Opml,
    /// Where each address stands in the list.
    known: BTreeMap<String, usize>,
    /// Names of the open outlines; `None` for feeds and for folders without a name.
    folders: Vec<Option<String>>,
}

impl Reader {
    fn read(mut self, text: &str) -> Opml {
        let (mut at, mut comment_end) = (0, Ahead::new(b"-->"));
        while let Some(found) = text[at..].find('<') {
            at += found;
            let rest = &text.as_bytes()[at..];
            if rest.starts_with(b"<!--") {
                at = comment_end.after(text, at).unwrap_or(at + 4);
            } else if name_at(rest, 1).eq_ignore_ascii_case(b"outline") {
                let Some(tag) = Tag::at(text, at) else {
                    self.list.notes.push("the list breaks off in the middle".into());
                    break;
                };
                self.outline(&tag);
                at = tag.end;
            } else {
                if rest.get(1) == Some(&b'/') && name_at(rest, 2).eq_ignore_ascii_case(b"outline") {
                    self.folders.pop();
                }
                at += 1;
            }
        }
        if self.list.feeds.len() == FEEDS_MAX {
            self.list.notes.push(format!("only the first {FEEDS_MAX} feeds are read"));
        }
        self.list
    }

    fn outline(&mut self, tag: &Tag<'_>) {
        let value = |name: &str| tag.attribute(name).map(str::trim).filter(|value| !value.is_empty());
        let name =
            ["text", "title", "description"].into_iter().filter_map(value).map(line).find(|name| !name.is_empty());
        let is = |kind: &str| value("type").is_some_and(|own| own.eq_ignore_ascii_case(kind));
        let is_feed = ["rss", "atom", "rdf", "feed"].into_iter().any(is);
        let address = value("xmlUrl").or_else(|| value("url").filter(|_| is_feed));
        match address {
            Some(address) => self.feed(tag, address, name.as_deref()),
            None if is("include") || is("link") && value("url").is_some() => {
                self.skip(name.as_deref(), value("url"), "another list or page: import it by itself");
            }
            None if is_feed || tag.is_empty && value("htmlUrl").is_some() => {
                self.skip(name.as_deref(), value("htmlUrl"), "it has no address of a feed (`xmlUrl`)");
            }
            None => {}
        }
        if !tag.is_empty && self.folders.len() < DEPTH_MAX {
            self.folders.push(name.filter(|_| address.is_none()));
        }
    }

    fn feed(&mut self, tag: &Tag<'_>, address: &str, name: Option<&str>) {
        let url = match web_address(address) {
            Ok(url) => url,
            // Where there may be a password in it, the address is not repeated.
            Err(why) => return self.skip(name, Some(address).filter(|address| !address.contains('@')), why),
        };
        let categories = tag.attribute("category").unwrap_or_default();
        // "/news/world" is a path of folders, "a/b" a name (OPML 2.0).
        let categories = categories.split(',').flat_map(|one| match one.trim().strip_prefix('/') {
            Some(path) => path.split('/').map(line).collect(),
            None => vec![line(one)],
        });
        let tags: Vec<String> = self.folders.iter().flatten().cloned().chain(categories).collect();
        let lang = tag.attribute("language").and_then(language);
        if let Some(&place) = self.known.get(url.as_str()) {
            let first = self.list.feeds[place].name.clone();
            join(&mut self.list.feeds[place].tags, tags);
            return self.skip(name, Some(address), &format!("it is the same feed as `{first}`; their tags are joined"));
        }
        if self.list.feeds.len() == FEEDS_MAX {
            return;
        }
        let name = name.map_or_else(|| url.host_str().unwrap_or_default().to_owned(), str::to_owned);
        let mut listed = Listed { url: url.as_str().to_owned(), name, tags: Vec::new(), lang };
        join(&mut listed.tags, tags);
        self.known.insert(listed.url.clone(), self.list.feeds.len());
        self.list.feeds.push(listed);
    }

    fn skip(&mut self, name: Option<&str>, address: Option<&str>, why: &str) {
        let what = name.or(address).unwrap_or("an outline without a name");
        self.list.skipped.push((line(what), why.to_owned()));
    }
}

/// Adds the tags that are not there yet.
fn join(tags: &mut Vec<String>, more: Vec<String>) {
    for tag in more {
        if !tag.is_empty() && !tags.contains(&tag) && tags.len() < TAGS_MAX {
            tags.push(tag);
        }
    }
}

/// A name on one line, references resolved, within bounds.
fn line(raw: &str) -> String {
    let text = headline(raw, &mut Notes::default());
    let text: String = text.chars().filter(|sign| !sign.is_control()).take(NAME_CHARACTERS_MAX).collect();
    text.trim().to_owned()
}

/// The address meant: `feed:` off, `&amp;` undone however often it was escaped, a scheme where there is none.
fn web_address(raw: &str) -> Result<Url, &'static str> {
    const WRONG: &str = "its address is not one of the web";
    let mut text = unescape(raw, &Entities::default()).0.into_owned();
    while text.contains("&amp;") {
        text = text.replace("&amp;", "&");
    }
    let text = text.trim();
    let text = match text.get(..5) {
        Some(scheme) if scheme.eq_ignore_ascii_case("feed:") => text[5..].trim_start_matches('/'),
        _ => text,
    };
    let has_scheme = text.find("://").is_some_and(|at| text[..at].bytes().all(|byte| byte.is_ascii_alphanumeric()));
    let looks_like_host = text.split(['/', '?']).next().is_some_and(|host| host.contains('.'))
        && text.starts_with(|first: char| first.is_alphanumeric());
    let url = match (has_scheme, looks_like_host) {
        (true, _) => Url::parse(text),
        (false, true) => Url::parse(&format!("https://{text}")),
        (false, false) => return Err(WRONG),
    };
    let mut url = url.map_err(|_| "its address cannot be read")?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(WRONG);
    }
    if url.password().is_some() {
        return Err("a password stands in its address: add it by hand, with the password in a file");
    }
    url.set_fragment(None);
    Ok(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<(String, String, String)> {
        let feeds = opml(text.as_bytes()).feeds;
        feeds.into_iter().map(|feed| (feed.name, feed.url, feed.tags.join("+"))).collect()
    }

    fn one(name: &str, url: &str, tags: &str) -> (String, String, String) {
        (name.into(), url.into(), tags.into())
    }

    #[test]
    fn folders_and_categories_become_tags() {
        let list = r#"<opml version="2.0"><body><outline text="World"><outline text="Asia &amp; Pacific">
            <outline text="A" xmlUrl="https://a.example/rss" category="wire,/top/east"/></outline>
            <outline title="B" type="rss" xmlUrl="https://b.example/"></outline></outline>
            <outline text="C" xmlUrl="https://c.example/"/></body></opml>"#;
        let expected = [
            one("A", "https://a.example/rss", "World+Asia & Pacific+wire+top+east"),
            one("B", "https://b.example/", "World"),
            one("C", "https://c.example/", ""),
        ];
        assert_eq!(read(list), expected);
    }

    #[test]
    fn sloppy_lists_are_read_for_what_was_meant() {
        let list = "<OPML><BODY><OUTLINE TEXT=News & Views><outline TITLE='R&D &nbsp;&eacute;' XMLURL=http://a.example/x?a=1&amp;amp;b=2 >\
            <!-- <outline text='off' xmlUrl='http://off.example/'/> --><outline text=\"\" xmlurl=\"feed:https://b.example/f#top\"/>\
            <outline text=\"No scheme\" xmlUrl=\"www.c.example/rss\"/><outline type=rss url=feed://d.example/ text=D";
        let expected =
            [one("R&D é", "http://a.example/x?a=1&b=2", "News"), one("b.example", "https://b.example/f", "News")];
        let read_feeds = read(list);
        assert_eq!(read_feeds[..2], expected);
        assert_eq!(read_feeds[2].1, "https://www.c.example/rss");
        assert_eq!(opml(list.as_bytes()).notes, ["the list breaks off in the middle"]);
        let whole =
            "&lt;opml&gt;&lt;outline text=&quot;A&quot; xmlUrl=&quot;https://a.example/?x=1&amp;amp;y=2&quot;/&gt;";
        assert_eq!(read(whole), [one("A", "https://a.example/?x=1&y=2", "")]);
    }

    #[test]
    fn what_is_left_out_is_said() {
        let list = "<opml><outline text='Pipe' xmlUrl='|~/fetch.py'/><outline text='Page' htmlUrl='https://p.example'/>\
            <outline text='A' xmlUrl='https://a.example/'/><outline text='x'><outline text='Again' xmlUrl='https://A.example'/>\
            </outline><outline type='include' text='More' url='https://l.example/x.opml'/>\
            <outline xmlUrl='https://me:secret@s.example/'/></opml>";
        let list = opml(list.as_bytes());
        assert_eq!((list.feeds.len(), list.feeds[0].tags.as_slice()), (1, ["x".to_owned()].as_slice()));
        let names: Vec<&str> = list.skipped.iter().map(|(what, _)| what.as_str()).collect();
        assert_eq!(names[..4], ["Pipe", "Page", "Again", "More"]);
        assert!(list.skipped[4].1.contains("password"));
        assert!(list.skipped[2].1.contains("same feed as `A`"), "{:?}", list.skipped[2]);
    }

    #[test]
    fn other_encodings_and_no_lists() {
        let (latin, ..) = encoding_rs::WINDOWS_1251.encode(
            "<?xml version='1.0' encoding='windows-1251'?><opml><outline text='Новости' xmlUrl='http://a.example/'/>",
        );
        assert_eq!(opml(&latin).feeds[0].name, "Новости");
        let wide: Vec<u8> = "<opml><outline text='é' xmlUrl='http://a.example/'/></opml>"
            .encode_utf16()
            .flat_map(u16::to_le_bytes)
            .collect();
        assert_eq!(opml(&wide).feeds[0].name, "é");
        for none in ["", "<html>", "<opml><body></body></opml>", "{}"] {
            assert!(opml(none.as_bytes()).error.is_some(), "{none}");
        }
    }

    #[test]
    fn depth_costs_nothing() {
        let deep = "<outline text='d'>".repeat(100_000) + "<outline xmlUrl='http://a.example/'/>";
        assert_eq!(opml(deep.as_bytes()).feeds[0].tags, ["d"]);
    }
}
