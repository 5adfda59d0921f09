//! Which feeds does a page name?
//!
//! In: a page's text and address. Out: the addresses of feeds, those it declares (`link rel=alternate`) before those that
//! only look like feeds. It fetches none of them.

use url::Url;

use super::items::{base_of, select};
use super::tree;
use crate::parse::complete;
use crate::text::html::line_within;

/// Feeds that one page is believed to have.
const FEEDS_MAX: usize = 20;
const TYPES: [&str; 6] = [
    "application/rss+xml",
    "application/atom+xml",
    "application/rdf+xml",
    "application/feed+json",
    "application/json",
    "text/xml",
];
/// Ends of paths that look like feeds.
const ENDINGS: [&str; 9] = ["/rss", "/feed", "/atom", ".rss", ".atom", "rss.xml", "feed.xml", "atom.xml", "feed.json"];
const NAME_BYTES_MAX: usize = 100;

/// A feed that a page names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FeedLink {
    pub url: String,
    /// As the page calls it.
    pub name: Option<String>,
    /// Declared in the page's head, not only linked.
    pub is_declared: bool,
}

/// The title of a page, and the feeds it names.
pub fn read(text: &str, base: Option<&Url>) -> (Option<String>, Vec<FeedLink>) {
    let tree = tree::build(text);
    let html = &tree.html;
    let base = base_of(html, base);
    let mut links: Vec<FeedLink> = Vec::new();
    let mut add = |href: &str, name: Option<&str>, is_declared: bool| {
        let Some(url) = complete::absolute(href, base.as_ref()).filter(|url| complete::is_web(url)) else { return };
        if links.len() < FEEDS_MAX && links.iter().all(|known| known.url != url) {
            let name = name.map(|name| line_within(name, NAME_BYTES_MAX).0).filter(|name| !name.is_empty());
            links.push(FeedLink { url, name, is_declared });
        }
    };
    for link in select("link[rel][href]").iter().flat_map(|selector| html.select(selector)) {
        let is_alternate = link
            .attr("rel")
            .unwrap_or_default()
            .split_whitespace()
            .any(|rel| rel.eq_ignore_ascii_case("alternate") || rel.eq_ignore_ascii_case("feed"));
        let kind =
            link.attr("type").unwrap_or_default().split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        if is_alternate
            && TYPES.contains(&kind.as_str())
            && !link.attr("href").unwrap_or_default().contains("/wp-json/")
        {
            add(link.attr("href").unwrap_or_default(), link.attr("title"), true);
        }
    }
    for link in select("a[href]").iter().flat_map(|selector| html.select(selector)) {
        let href = link.attr("href").unwrap_or_default();
        let path = href.split(['?', '#']).next().unwrap_or_default().trim_end_matches('/').to_ascii_lowercase();
        if ENDINGS.iter().any(|ending| path.ends_with(ending)) {
            add(href, Some(&link.inner_html()), false);
        }
    }
    let title =
        select("head > title").and_then(|selector| html.select(&selector).next().map(|title| title.inner_html()));
    (title.map(|title| line_within(&title, NAME_BYTES_MAX).0).filter(|title| !title.is_empty()), links)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn declared_feeds_come_first() {
        let page = "<title>The &amp; Post</title><link rel='alternate stylesheet' href=x.css><link rel=alternate hreflang=de href=/de>\
            <link rel=ALTERNATE type='application/rss+xml; charset=utf-8' title='World' href='/world.xml'>\
            <body><a href='/sport/rss/'>Sport</a><a href='/world.xml'>again</a><a href='/rssless'>no</a><a href='mailto:a@feed.xml'>m</a>";
        let base = Url::parse("https://a.example/x/").expect("an address");
        let (title, links) = read(page, Some(&base));
        assert_eq!(title.as_deref(), Some("The & Post"));
        let found: Vec<_> =
            links.iter().map(|link| (link.url.as_str(), link.name.as_deref(), link.is_declared)).collect();
        assert_eq!(
            found,
            [
                ("https://a.example/world.xml", Some("World"), true),
                ("https://a.example/sport/rss/", Some("Sport"), false)
            ]
        );
    }
}
