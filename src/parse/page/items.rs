//! Which items does a page have that selectors describe?
//!
//! In: a page's text and the selectors of its feed. Out: the same facts as from a feed, and a note for each thing that the
//! selectors did not find. A page on which `item` selects nothing is an error: then the page has changed, or is another.

use std::borrow::Cow;

use scraper::{ElementRef, Html, Selector};
use url::Url;

use super::selector;
use super::tree;
use crate::model::{FeedKind, Pace, PageRules, Timestamp};
use crate::parse::complete::{self, Facts};
use crate::parse::date;
use crate::parse::notes::Notes;
use crate::parse::xml::{Document, ENTRIES_MAX};

/// Attributes that hold a date for machines, in the order of trust.
const DATE_ATTRIBUTES: [&str; 5] = ["datetime", "content", "data-date", "data-time", "title"];

/// Reads the items of a page.
pub fn read(text: &str, base: Option<&Url>, rules: &PageRules, notes: &mut Notes) -> Result<Document, String> {
    let compiled = Compiled::of(rules)?;
    let tree = tree::build(text);
    notes.add("page-cut", tree.is_cut.into());
    let html = &tree.html;
    let base = base_of(html, base);
    let mut entries = Vec::new();
    for item in outermost(html, &compiled.item) {
        if entries.len() == ENTRIES_MAX {
            notes.add("too-many-items", 1);
            continue;
        }
        let facts = compiled.facts(item, notes);
        entries.push(complete::entry(facts, base.as_ref(), notes));
    }
    let title = first_text(html, &compiled.page_title).map(|title| complete::headline(&title, notes));
    if entries.is_empty() {
        let title = title.filter(|title| !title.is_empty()).map(|title| format!(", `{title}`")).unwrap_or_default();
        return Err(format!("`item = \"{}\"` selects nothing on this page{title}", rules.item));
    }
    let lang = html.root_element().attr("lang").and_then(complete::language);
    let (kind, home) = (Some(FeedKind::Page), base.map(String::from));
    Ok(Document { kind, is_html: true, title, home, lang, pace: Pace::default(), entries, sitemaps: Vec::new() })
}

/// The address that links on the page are relative to.
pub fn base_of(html: &Html, base: Option<&Url>) -> Option<Url> {
    let own = select("base[href]").and_then(|selector| html.select(&selector).next()?.attr("href").map(str::to_owned));
    match (own, base) {
        (Some(own), Some(base)) => base.join(own.trim()).ok().or_else(|| Some(base.clone())),
        (Some(own), None) => Url::parse(own.trim()).ok(),
        (None, base) => base.cloned(),
    }
}

/// The text of the first element, as markup.
fn first_text(html: &Html, selector: &Selector) -> Option<String> {
    html.select(selector).next().map(|element| element.inner_html())
}

/// A selector of ours.
pub fn select(text: &str) -> Option<Selector> {
    let selector = selector::compile(text);
    debug_assert!(selector.is_ok(), "{text} is a selector");
    selector.ok()
}

/// What a selector selects, without what lies inside of another one: an item is no part of an item, and no part of a page
/// is read twice.
fn outermost<'h>(html: &'h Html, selector: &Selector) -> Vec<ElementRef<'h>> {
    let mut found: Vec<ElementRef<'h>> = Vec::new();
    // In the order of the document, so that an outer element comes before those inside it.
    let mut skip = std::collections::HashSet::new();
    for element in html.select(selector) {
        if skip.contains(&element.id()) {
            continue;
        }
        skip.extend(element.descendants().filter(|node| node.value().is_element()).map(|node| node.id()));
        found.push(element);
    }
    found
}

/// The rules of a page, ready to use.
struct Compiled {
    item: Selector,
    title: Option<Selector>,
    link: Option<Selector>,
    date: Option<Selector>,
    summary: Option<Selector>,
    page_title: Selector,
    heading: Selector,
    anchor: Selector,
    time: Selector,
}

impl Compiled {
    fn of(rules: &PageRules) -> Result<Self, String> {
        let one = |name: &str, text: &str| {
            selector::compile(text).map_err(|problem| format!("`{name} = \"{text}\"` {}", problem.reason))
        };
        let maybe = |name: &str, text: &Option<String>| text.as_deref().map(|text| one(name, text)).transpose();
        Ok(Self {
            item: one("item", &rules.item)?,
            title: maybe("title", &rules.title)?,
            link: maybe("link", &rules.link)?,
            date: maybe("date", &rules.date)?,
            summary: maybe("summary", &rules.summary)?,
            page_title: one("title", "head > title")?,
            heading: one("title", "h1, h2, h3, h4, h5, h6")?,
            anchor: one("link", "a[href]")?,
            time: one("date", "time, [datetime]")?,
        })
    }

    /// What an item says. Its texts come as markup, as from a feed.
    fn facts<'t>(&self, item: ElementRef<'_>, notes: &mut Notes) -> Facts<'t> {
        let own_title = self.title.as_ref().map(|selector| inside(item, selector));
        let heading = own_title.unwrap_or_else(|| inside(item, &self.heading));
        let link = match &self.link {
            Some(selector) => inside(item, selector).and_then(|element| href(element, &self.anchor)),
            None => heading.and_then(|title| link_around(title, item)).or_else(|| href(item, &self.anchor)),
        };
        let title = match (heading, &self.title) {
            (Some(title), _) => title.inner_html(),
            (None, None) => inside(item, &self.anchor).map(|link| link.inner_html()).unwrap_or_default(),
            (None, Some(_)) => String::new(),
        };
        let summary = self.summary.as_ref().and_then(|selector| inside(item, selector));
        let published = self.published(item);
        notes.add("page-no-title", title.trim().is_empty().into());
        notes.add("page-no-link", link.is_none().into());
        notes.add("page-no-date", (published.is_none()).into());
        notes.add("page-no-summary", (self.summary.is_some() && summary.is_none()).into());
        Facts {
            title: Cow::Owned(title),
            link: link.map(Cow::Owned),
            summary: Cow::Owned(summary.map(|summary| summary.inner_html()).unwrap_or_default()),
            published,
            ..Facts::default()
        }
    }

    fn published(&self, item: ElementRef<'_>) -> Option<Timestamp> {
        let element = inside(item, self.date.as_ref().unwrap_or(&self.time))?;
        date_of(element)
    }
}

/// The moment that an element names: in an attribute for machines, else in its text.
pub fn date_of(element: ElementRef<'_>) -> Option<Timestamp> {
    let named = DATE_ATTRIBUTES.iter().filter_map(|name| element.attr(name));
    let said = || date::parse(&crate::text::html::line_within(&element.inner_html(), 200).0);
    named.filter_map(date::parse).next().or_else(said)
}

/// The item itself, or the first element in it, that a selector selects.
fn inside<'h>(item: ElementRef<'h>, selector: &Selector) -> Option<ElementRef<'h>> {
    if selector.matches(&item) { Some(item) } else { item.select(selector).next() }
}

fn href(element: ElementRef<'_>, anchor: &Selector) -> Option<String> {
    let own = element.attr("href").or_else(|| inside(element, anchor).and_then(|link| link.attr("href")));
    own.map(str::trim).filter(|link| !link.is_empty()).map(str::to_owned)
}

/// The link that a headline is in, or that is in it, within the item.
fn link_around(title: ElementRef<'_>, item: ElementRef<'_>) -> Option<String> {
    let mut around = Some(title);
    while let Some(element) = around {
        if let (Some(link), "a") = (element.attr("href"), element.value().name()) {
            return Some(link.trim().to_owned());
        }
        around = if element.id() == item.id() { None } else { element.parent().and_then(ElementRef::wrap) };
    }
    let anchor = select("a[href]")?;
    title.select(&anchor).next()?.attr("href").map(|link| link.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse::{Hints, parse};

    const PAGE: &str = "<!DOCTYPE html><html lang='en-GB'><head><title>Press &amp; releases</title><base href='/en/'></head><body>\
        <ul class=news><li><h3><a href='one'>First &amp; last</a></h3><time datetime='2024-10-04T12:00:00Z'>4 Oct</time>\
        <p>Six <b>officers</b>.</p><li><a href='/two'><h3>Second</h3></a><span class=when>5 October 2024</span>\
        <ul class=news><li>inner</li></ul><li><p>No headline</p></ul></body></html>";

    fn read(rules: &PageRules) -> crate::model::Parsed {
        let hints = Hints { base: Some("https://a.example/x"), page: Some(rules), ..Hints::default() };
        parse(PAGE.as_bytes(), &hints)
    }

    #[test]
    fn items_where_the_selectors_say() {
        let rules = PageRules { item: ".news > li".into(), summary: Some("p".into()), ..PageRules::default() };
        let parsed = read(&rules);
        assert_eq!((parsed.kind, parsed.error.as_deref()), (Some(FeedKind::Page), None));
        assert_eq!((parsed.title.as_deref(), parsed.lang.as_deref()), (Some("Press & releases"), Some("en")));
        let line = |entry: &crate::model::Entry| {
            let date = entry.published.map(|at| at.to_string()).unwrap_or_default();
            format!("{} | {} | {date} | {}", entry.title, entry.link.as_deref().unwrap_or_default(), entry.summary)
        };
        let lines: Vec<_> = parsed.entries.iter().map(line).collect();
        assert_eq!(
            lines,
            [
                "First & last | https://a.example/en/one | 2024-10-04T12:00:00Z | Six officers.",
                "Second | https://a.example/two |  | ",
                "No headline |  |  | No headline",
            ]
        );
        let warnings: Vec<_> = parsed.warnings.iter().map(|warning| warning.text.as_str()).collect();
        assert!(warnings.contains(&"2 items have no date that `date` selects"), "{warnings:?}");
        assert!(warnings.contains(&"1 item has no link that `link` selects"), "{warnings:?}");
        let dated = PageRules { date: Some("time, .when".into()), ..rules };
        assert_eq!(read(&dated).entries[1].published.map(|at| at.to_string()).as_deref(), Some("2024-10-05T00:00:00Z"));
    }

    #[test]
    fn a_page_that_changed_is_an_error() {
        let parsed = read(&PageRules { item: "article.old".into(), ..PageRules::default() });
        let expected = "`item = \"article.old\"` selects nothing on this page, `Press & releases`";
        assert_eq!((parsed.error.as_deref(), parsed.kind), (Some(expected), None));
    }
}
