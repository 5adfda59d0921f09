//! What do RSS, RDF, Atom and sitemaps say?
//!
//! In: text that may be a feed, well-formed or not. Out: kind, facts of the feed, entries. One pass over the text without
//! a tree or a stack: a feed is a flat list of entries with leaves, so whatever is left open is closed by the next thing
//! that can only stand outside of it. Markup that a strict reader refuses is read for what was meant.
//!
//! Time is linear: each byte is looked at a bounded number of times, see `Reader::patience`.

use std::borrow::Cow;

use memchr::{memchr, memmem};
use url::Url;

use super::complete;
use super::draft::{Draft, Slot};
use super::leaf::{Entities, Leaf};
use super::names::{Prefixes, Role, Style};
use super::notes::Notes;
use super::pace;
use super::tag::{Ahead, Tag, attributes, name_at};
use crate::model::{Entry, FeedKind, Pace, Sitemap};

/// Entries that are read of one body; what lies beyond is counted and noted.
pub const ENTRIES_MAX: usize = 2_000;
/// The part of a DOCTYPE that is searched for entities.
const DOCTYPE_BYTES_MAX: usize = 64_000;

const CDATA: &[u8] = b"<![CDATA[";
const COMMENT: &[u8] = b"<!--";

/// What was read.
pub struct Document {
    /// `None`: nothing of a feed was found.
    pub kind: Option<FeedKind>,
    pub is_html: bool,
    pub title: Option<String>,
    /// The feed's own page.
    pub home: Option<String>,
    pub lang: Option<String>,
    pub pace: Pace,
    pub entries: Vec<Entry>,
    /// What an index of sitemaps lists.
    pub sitemaps: Vec<Sitemap>,
}

/// Reads a document.
pub fn read(text: &str, base: Option<&Url>, notes: &mut Notes) -> Document {
    let mut reader = Reader::new(text, base, notes);
    reader.run();
    reader.finish()
}

struct Reader<'a, 'n> {
    text: &'a str,
    at: usize,
    base: Option<Url>,
    prefixes: Prefixes<'a>,
    entities: Entities,
    notes: &'n mut Notes,
    kind: Option<FeedKind>,
    is_html: bool,
    /// Text stood before the feed.
    has_junk: bool,
    /// The end of the feed was seen.
    is_closed: bool,
    feed: Draft<'a>,
    open: Option<Draft<'a>>,
    /// The element whose headlines and links belong to something else, while it is open.
    aside: Option<Aside<'a>>,
    pace: Pace,
    entries: Vec<Entry>,
    sitemaps: Vec<Sitemap>,
    /// What is open is no entry, but a sitemap in an index.
    is_subsitemap: bool,
    /// Where marks that end something come next, so that none is searched for twice.
    cdata_end: Ahead,
    comment_end: Ahead,
    instruction_end: Ahead,
    /// Bytes that may still be searched in vain for end tags that are missing; without it, many would cost square time.
    patience: usize,
}

impl<'a, 'n> Reader<'a, 'n> {
    fn new(text: &'a str, base: Option<&Url>, notes: &'n mut Notes) -> Self {
        Self {
            text,
            at: 0,
            base: base.cloned(),
            prefixes: Prefixes::default(),
            entities: Entities::default(),
            notes,
            kind: None,
            is_html: false,
            has_junk: false,
            is_closed: false,
            feed: Draft::default(),
            open: None,
            aside: None,
            pace: Pace::default(),
            entries: Vec::new(),
            sitemaps: Vec::new(),
            is_subsitemap: false,
            cdata_end: Ahead::new(b"]]>"),
            comment_end: Ahead::new(b"-->"),
            instruction_end: Ahead::new(b"?>"),
            patience: text.len().saturating_mul(2),
        }
    }

    fn run(&mut self) {
        while let Some(found) = memchr(b'<', &self.text.as_bytes()[self.at..]) {
            self.has_junk |= self.kind.is_none() && !self.text[self.at..self.at + found].trim().is_empty();
            self.at += found;
            let rest = &self.text.as_bytes()[self.at..];
            match rest.get(1) {
                Some(b'/') => self.end_tag(),
                Some(b'!') => self.at += self.declaration(rest),
                Some(b'?') => {
                    let end = self
                        .instruction_end
                        .after(self.text, self.at)
                        .or_else(|| memchr(b'>', rest).map(|end| self.at + end + 1));
                    self.at = end.unwrap_or(self.text.len());
                }
                Some(byte) if byte.is_ascii_alphabetic() || *byte == b'_' => match Tag::at(self.text, self.at) {
                    Some(tag) => self.start_tag(&tag),
                    None => break,
                },
                _ => self.at += 1,
            }
        }
        self.at = self.text.len();
    }

    /// Comments, DOCTYPE, and CDATA outside of all leaves. Gives its length.
    fn declaration(&mut self, rest: &'a [u8]) -> usize {
        if rest.starts_with(COMMENT) {
            return self.comment_end.after(self.text, self.at).map_or(COMMENT.len(), |end| end - self.at);
        }
        if rest.starts_with(CDATA) {
            return self.cdata_end.after(self.text, self.at).map_or(CDATA.len(), |end| end - self.at);
        }
        if rest.len() > 9 && rest[2..9].eq_ignore_ascii_case(b"DOCTYPE") {
            let window = &self.text[self.at..self.text.floor_char_boundary(self.at + DOCTYPE_BYTES_MAX)];
            let end = doctype_end(window);
            self.entities.declare(&window[..end]);
            self.is_html |= window[9..].trim_start().get(..4).is_some_and(|name| name.eq_ignore_ascii_case("html"));
            return end;
        }
        2
    }

    fn end_tag(&mut self) {
        let name = name_at(self.text.as_bytes(), self.at + 2);
        self.at += 2 + name.len();
        if self.aside.is_some_and(|aside| aside.name.eq_ignore_ascii_case(name)) {
            self.aside = None;
            return;
        }
        match self.prefixes.role(name) {
            Role::Entry => self.close_entry(),
            Role::Address | Role::Subsitemap if self.kind == Some(FeedKind::Sitemap) => self.close_entry(),
            Role::Channel | Role::Root(_) if self.kind.is_some() => {
                self.close_entry();
                self.is_closed = true;
            }
            _ => {}
        }
    }

    fn start_tag(&mut self, tag: &Tag<'a>) {
        self.at = tag.end;
        let role = self.role(tag);
        if role == Role::Html && self.kind.is_none() {
            self.is_html = true;
        }
        let begins = matches!(role, Role::Root(_)) || !self.is_html && matches!(role, Role::Channel | Role::Entry);
        if self.kind.is_none() {
            if !begins {
                return;
            }
            self.begin(tag, role);
        }
        match role {
            Role::Root(_) | Role::Channel => self.describe_feed(tag),
            Role::Entry => self.open_entry(tag),
            Role::Address if self.kind == Some(FeedKind::Sitemap) => self.open_entry(tag),
            Role::Leaf(Slot::Title, style) if self.aside.is_some_and(|aside| aside.is_source) && !tag.is_empty => {
                self.leaf(tag, Slot::Source, style);
            }
            Role::Subsitemap if self.kind == Some(FeedKind::Sitemap) => {
                self.notes.add("sitemap-index", 1);
                self.open_entry(tag);
                self.is_subsitemap = self.open.is_some();
            }
            _ if self.aside.is_some() || tag.is_empty && !matches!(role, Role::Link | Role::Enclosure) => {}
            Role::Aside => self.aside = Some(Aside { name: tag.name, is_source: false }),
            Role::Source => self.source(tag),
            Role::Link => self.link(tag),
            Role::Enclosure => {
                let url = tag.attribute("url").map(Cow::Borrowed);
                let target = self.target();
                target.enclosure = target.enclosure.take().or(url);
            }
            Role::Leaf(slot, style) => self.leaf(tag, slot, style),
            _ => {}
        }
    }

    /// What a tag means; its declarations of namespaces count for itself already.
    fn role(&mut self, tag: &Tag<'a>) -> Role {
        if tag.declares_namespaces() {
            for (name, value) in attributes(tag.attributes) {
                if let Some(prefix) = name.strip_prefix("xmlns:") {
                    self.prefixes.declare(prefix.as_bytes(), value);
                }
            }
        }
        self.prefixes.role(tag.name)
    }

    fn begin(&mut self, tag: &Tag<'a>, role: Role) {
        let is_atom = tag.name.eq_ignore_ascii_case(b"entry") || tag.name.ends_with(b":entry");
        self.kind = Some(match role {
            Role::Root(kind) => kind,
            _ if is_atom => FeedKind::Atom,
            _ => FeedKind::Rss,
        });
        // A fragment has no end that could be missing.
        self.is_closed = role == Role::Entry;
        self.notes.add("junk-before-feed", self.has_junk.into());
    }

    fn describe_feed(&mut self, tag: &Tag<'a>) {
        if let (Some(base), None) = (tag.attribute("xml:base"), self.feed.base) {
            self.feed.base = Some(base);
            self.base = join(self.base.as_ref(), base);
        }
        let lang = tag.attribute("xml:lang");
        self.feed.lang = self.feed.lang.or(lang);
        self.aside = None;
    }

    fn open_entry(&mut self, tag: &Tag<'a>) {
        if self.open.is_some() {
            self.notes.add("unclosed-item", 1);
        }
        self.close_entry();
        let mut draft = Draft::default();
        for (name, value) in attributes(tag.attributes) {
            match name {
                "rdf:about" | "about" => draft.about = Some(value),
                "xml:base" => draft.base = Some(value),
                "xml:lang" => draft.lang = Some(value),
                // CDF, the oldest kind of feed.
                "href" | "HREF" => draft.alternate = Some(Cow::Borrowed(value)),
                "lastmod" | "LASTMOD" => draft.put(Slot::Updated, Leaf { raw: value, ..Leaf::default() }),
                _ => {}
            }
        }
        self.open = Some(draft);
        if tag.is_empty {
            self.close_entry();
        }
    }

    fn close_entry(&mut self) {
        self.aside = None;
        let Some(draft) = self.open.take() else { return };
        let is_subsitemap = std::mem::take(&mut self.is_subsitemap);
        if self.entries.len().max(self.sitemaps.len()) == ENTRIES_MAX {
            self.notes.add("too-many-items", 1);
            return;
        }
        let facts = draft.facts(&self.entities, self.notes);
        if is_subsitemap {
            let url = facts.link.and_then(|link| complete::absolute(&link, self.base.as_ref()));
            self.sitemaps.extend(url.map(|url| Sitemap { url, changed: facts.published }));
            return;
        }
        let own_base = draft.base.and_then(|base| join(self.base.as_ref(), base));
        let base = own_base.as_ref().or(self.base.as_ref());
        self.entries.push(complete::entry(facts, base, self.notes));
    }

    /// What is being read: the entry that is open, else the feed.
    fn target(&mut self) -> &mut Draft<'a> {
        self.open.as_mut().unwrap_or(&mut self.feed)
    }

    /// `<link>address</link>` as in RSS, `<link href=… rel=…>` as in Atom.
    fn link(&mut self, tag: &Tag<'a>) {
        let Some(href) = tag.attribute("href").or_else(|| tag.attribute("rdf:resource")) else {
            if !tag.is_empty {
                self.leaf(tag, Slot::Address, Style::Bare);
            } else if complete::is_web(&self.text[self.at..self.text.floor_char_boundary(self.at + 16)]) {
                // `<link/>address`, as tools for HTML write it.
                let found = self.content(tag.name, Style::Bare);
                let leaf = Leaf { raw: &self.text[self.at..found.end], ..Leaf::default() };
                self.target().put(Slot::Address, leaf);
            }
            return;
        };
        let rel = tag.attribute("rel").unwrap_or_default().trim().to_ascii_lowercase();
        if rel == "hub" && self.open.is_none() {
            self.pace.hub = self.pace.hub.take().or_else(|| complete::absolute(href, self.base.as_ref()));
        }
        let own_base = tag.attribute("xml:base").and_then(|base| join(self.base.as_ref(), base));
        let href =
            own_base.and_then(|base| base.join(href).ok()).map_or(Cow::Borrowed(href), |url| Cow::Owned(url.into()));
        let kind = tag.attribute("type");
        let target = self.target();
        match rel.as_str() {
            "alternate" | "" if kind.is_none_or(|kind| kind.contains("html") || !kind.contains('/')) => {
                // Of several, the one that is said to be HTML.
                if target.alternate.is_none() || kind.is_some() && !target.alternate_is_typed {
                    (target.alternate, target.alternate_is_typed) = (Some(href), kind.is_some());
                }
            }
            "enclosure" => target.enclosure = target.enclosure.take().or(Some(href)),
            "hub" | "edit" | "replies" | "next" | "license" => {}
            _ => target.related = target.related.take().or(Some(href)),
        }
    }

    /// A name as in RSS, or a feed of its own as in Atom, whose title is the name.
    fn source(&mut self, tag: &Tag<'a>) {
        let rest = self.text[self.at..].trim_ascii_start();
        if rest.starts_with('<') && !rest.as_bytes().starts_with(CDATA) {
            self.aside = Some(Aside { name: tag.name, is_source: true });
        } else {
            self.leaf(tag, Slot::Source, Style::Bare);
        }
    }

    /// Reads the content of an element up to its end, or to where it must have ended.
    fn leaf(&mut self, tag: &Tag<'a>, slot: Slot, style: Style) {
        let start = self.at;
        let found = self.content(tag.name, style);
        self.at = found.next;
        let mode = tag.attribute("mode").or_else(|| tag.attribute("type").filter(|_| style != Style::Bare));
        let is_base64 = mode.is_some_and(|mode| matches!(mode, "base64" | "application/octet-stream"));
        let raw = &self.text[start..found.end];
        let leaf = Leaf { raw, has_tags: found.has_tags, has_cdata: found.has_cdata, is_base64 };
        if !found.is_closed {
            if found.next == self.text.len() {
                return;
            }
            self.notes.add("unclosed-element", 1);
        }
        match slot {
            Slot::SkipHour | Slot::SkipDay if self.open.is_none() => pace::skip(&mut self.pace, slot, leaf.raw),
            Slot::Guid => {
                let is_link = tag.attribute("isPermaLink").map(|value| !value.trim().eq_ignore_ascii_case("false"));
                let target = self.target();
                target.guid_is_link = target.guid_is_link.or(is_link);
                target.put(slot, leaf);
            }
            _ => self.target().put(slot, leaf),
        }
    }

    /// Finds the end of the content that begins here.
    fn content(&mut self, name: &[u8], style: Style) -> Content {
        let bytes = self.text.as_bytes();
        let start = self.at;
        let style = if self.patience == 0 && style == Style::Markup { Style::Line } else { style };
        let mut content = Content::default();
        let mut at = start;
        while let Some(found) = memchr(b'<', &bytes[at..]) {
            at += found;
            match bytes.get(at + 1) {
                Some(b'!') if bytes[at..].starts_with(CDATA) => {
                    content.has_cdata = true;
                    match self.wrapped_end(at, name) {
                        (end, true) => at = end + 3,
                        (end, false) => {
                            self.notes.add("cdata-not-closed", 1);
                            return content.closed(end, bytes);
                        }
                    }
                }
                Some(b'!') if bytes[at..].starts_with(COMMENT) => {
                    content.has_tags = true;
                    at = self.comment_end.after(self.text, at).unwrap_or(at + COMMENT.len());
                }
                Some(b'/') => {
                    let other = name_at(bytes, at + 2);
                    if other.eq_ignore_ascii_case(name) {
                        return content.closed(at, bytes);
                    }
                    match style {
                        Style::Bare => return content.open(at),
                        _ if self.ends_entry(other) => return self.give_up(start, at, style, content),
                        _ => content.has_tags = true,
                    }
                    at += 2 + other.len();
                }
                Some(byte) if byte.is_ascii_alphabetic() => {
                    let other = name_at(bytes, at + 1);
                    match style {
                        Style::Bare => return content.open(at),
                        Style::Line if self.belongs_to_feeds(other) => return content.open(at),
                        _ if self.prefixes.role(other) == Role::Entry => {
                            return self.give_up(start, at, style, content);
                        }
                        _ => content.has_tags = true,
                    }
                    at += 1 + other.len();
                }
                _ => at += 1,
            }
        }
        self.give_up(start, bytes.len(), style, content)
    }

    /// The entry ended at `limit` without an end tag for the element that began at `start`: it ended at the first tag
    /// that belongs to feeds.
    fn give_up(&mut self, start: usize, limit: usize, style: Style, content: Content) -> Content {
        self.patience = self.patience.saturating_sub(limit - start);
        let bytes = self.text.as_bytes();
        let mut at = start;
        while let Some(found) = memchr(b'<', &bytes[at..limit]).filter(|_| style == Style::Markup) {
            at += found + 1;
            if self.belongs_to_feeds(name_at(bytes, at)) {
                return content.open(at - 1);
            }
        }
        content.open(limit)
    }

    fn ends_entry(&self, name: &[u8]) -> bool {
        matches!(self.prefixes.role(name), Role::Entry | Role::Channel | Role::Root(_))
    }

    /// Whether a tag can only be a feed's own; `source` and `summary` are elements of HTML too.
    fn belongs_to_feeds(&self, name: &[u8]) -> bool {
        let is_ambiguous = name.eq_ignore_ascii_case(b"source") || name.eq_ignore_ascii_case(b"summary");
        !is_ambiguous && !matches!(self.prefixes.role(name), Role::Unknown | Role::Html)
    }

    /// Where the CDATA section at `at` ends (before `]]>`), and whether it does. A section that holds both the end of its
    /// element and the start of another section was not closed.
    fn wrapped_end(&mut self, at: usize, name: &[u8]) -> (usize, bool) {
        let start = at + CDATA.len();
        let bytes = self.text.as_bytes();
        if let Some(end) = self.cdata_end.after(self.text, at) {
            let end = end - 3;
            let Some(second) = memmem::find(&bytes[start..end], CDATA) else { return (end, true) };
            return match end_tag_in(&bytes[start..start + second], name) {
                Some(own) => (start + own, false),
                None => (end, true),
            };
        }
        match end_tag_in(&bytes[start..], name) {
            Some(own) => (start + own, false),
            None => (bytes.len(), false),
        }
    }

    fn finish(mut self) -> Document {
        if !self.is_closed && self.kind.is_some() {
            self.notes.add("cut-off", 1);
            match &self.open {
                Some(draft) if !draft.is_usable() => {
                    self.notes.add("unfinished-item", 1);
                    self.open = None;
                }
                _ => {}
            }
        }
        self.close_entry();
        let title = self.feed.first(&[Slot::Title, Slot::DcTitle, Slot::MediaTitle], &self.entities, self.notes);
        let title = title.map(|title| complete::headline(&title, self.notes)).filter(|title| !title.is_empty());
        let lang = self.feed.first(&[Slot::Language], &self.entities, self.notes);
        let lang = lang.as_deref().or(self.feed.lang).and_then(complete::language);
        pace::read(&mut self.pace, &self.feed, &self.entities, self.notes);
        if let Some(title) = &title {
            for entry in self.entries.iter_mut().filter(|entry| entry.source.as_ref() == Some(title)) {
                entry.source = None;
            }
        }
        let home = self.feed.first(&[Slot::Address], &self.entities, self.notes).or(self.feed.alternate.take());
        let home = home.and_then(|link| complete::absolute(&link, self.base.as_ref()));
        let (kind, is_html) = (self.kind, self.is_html);
        Document { kind, is_html, title, home, lang, pace: self.pace, entries: self.entries, sitemaps: self.sitemaps }
    }
}

/// An element with headlines and links of its own.
#[derive(Clone, Copy)]
struct Aside<'a> {
    name: &'a [u8],
    /// The feed that an entry was taken from: its title is the entry's source.
    is_source: bool,
}

/// Where the content of an element ends and where reading goes on.
#[derive(Default)]
struct Content {
    end: usize,
    next: usize,
    has_tags: bool,
    has_cdata: bool,
    is_closed: bool,
}

impl Content {
    /// It ends where something else begins.
    fn open(self, end: usize) -> Self {
        Self { end, next: end, ..self }
    }

    /// It ends at its own end tag.
    fn closed(self, end: usize, bytes: &[u8]) -> Self {
        let next = memchr(b'>', &bytes[end..]).map_or(bytes.len(), |close| end + close + 1);
        Self { end, next, is_closed: end < bytes.len(), ..self }
    }
}

fn join(base: Option<&Url>, other: &str) -> Option<Url> {
    match base {
        Some(base) => base.join(other.trim()).ok(),
        None => Url::parse(other.trim()).ok(),
    }
}

/// Where the end tag of `name` begins.
fn end_tag_in(bytes: &[u8], name: &[u8]) -> Option<usize> {
    memmem::find_iter(bytes, b"</").find(|at| name_at(bytes, at + 2).eq_ignore_ascii_case(name))
}

/// The length of a DOCTYPE, with the declarations it may hold.
fn doctype_end(text: &str) -> usize {
    let bytes = text.as_bytes();
    let close = memchr(b'>', bytes).map_or(bytes.len(), |end| end + 1);
    match memchr(b'[', &bytes[..close]) {
        Some(_) => memmem::find(bytes, b"]>").map(|end| end + 2).or_else(|| {
            let end = memchr(b']', bytes)?;
            memchr(b'>', &bytes[end..]).map(|close| end + close + 1)
        }),
        None => None,
    }
    .unwrap_or(close)
}
