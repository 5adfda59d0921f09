//! What is the text of an article, without what stands around it?
//!
//! In: the text of its page. Out: the body in plain text, paragraphs on lines of their own, and how it was found: the page's
//! own JSON-LD where that is whole, else what Readability keeps, else the densest paragraphs. (Measured: `docs/QUALITY.md`.)
//! `dom_smoothie` takes long with deep trees and recurses, so it sees a page that was written anew, flat and without what
//! is never part of an article.

use dom_smoothie::{Config, Readability};
use ego_tree::iter::Edge;
use scraper::{ElementRef, Html, Node};
use serde_json::Value;

use super::items::select;
use super::tree;
use crate::text::html;

/// Longest text that is kept.
pub const ARTICLE_BYTES_MAX: usize = 100_000;
/// Elements inside each other that Readability sees; deeper ones give their text to the last.
const DEPTH_MAX: usize = 100;
/// Elements that Readability sees; articles have three thousand.
const ELEMENTS_MAX: usize = 30_000;
/// A JSON-LD body shorter than this is a teaser.
const DECLARED_CHARACTERS_MIN: usize = 300;
/// Nor is it whole where Readability finds so much more: JSON-LD must have this share of it.
const DECLARED_SHARE_MIN: f64 = 0.6;
/// What Readability finds below this is no article.
const FOUND_CHARACTERS_MIN: usize = 200;
/// A paragraph of an article has so many characters.
const PARAGRAPH_CHARACTERS_MIN: usize = 60;
/// Values of one JSON-LD block that are looked at.
const VALUES_MAX: usize = 20_000;

/// Elements that are no part of an article.
const ASIDE: &[&str] = &[
    "aside",
    "button",
    "figcaption",
    "footer",
    "form",
    "iframe",
    "input",
    "nav",
    "noscript",
    "object",
    "script",
    "select",
    "style",
    "svg",
    "template",
    "textarea",
];
const VOID: &[&str] = &["area", "base", "br", "col", "embed", "hr", "img", "link", "meta", "source", "track", "wbr"];
/// Attributes by which Readability judges.
const ATTRIBUTES: &[&str] = &[
    "aria-hidden",
    "class",
    "content",
    "hidden",
    "href",
    "id",
    "itemprop",
    "name",
    "property",
    "rel",
    "role",
    "style",
];

/// How a text was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    Declared,
    Readability,
    Paragraphs,
}

/// An article's text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Article {
    pub text: String,
    pub source: Source,
}

/// Reads the article of a page; `None` where there is none.
pub fn read(text: &str) -> Option<Article> {
    let tree = tree::build(text);
    let found = readability(&tree.html).unwrap_or_default();
    let (declared, characters) = (declared(&tree.html).unwrap_or_default(), found.chars().count());
    let declared_characters = declared.chars().count();
    if declared_characters >= DECLARED_CHARACTERS_MIN
        && declared_characters as f64 >= DECLARED_SHARE_MIN * characters as f64
    {
        return Some(Article { text: declared, source: Source::Declared });
    }
    if characters >= FOUND_CHARACTERS_MIN {
        return Some(Article { text: found, source: Source::Readability });
    }
    let dense = densest(&tree.html);
    let text = if dense.len() > found.len() { dense } else { found };
    (!text.is_empty()).then_some(Article { text, source: Source::Paragraphs })
}

fn readability(html: &Html) -> Option<String> {
    let (page, elements) = rewritten(html);
    if elements > ELEMENTS_MAX {
        return None;
    }
    let config = Config { disable_json_ld: true, max_elements_to_parse: ELEMENTS_MAX, ..Config::default() };
    let article = Readability::new(page, None, Some(config)).ok()?.parse().ok()?;
    Some(html::plain_within(&article.content, ARTICLE_BYTES_MAX).0)
}

/// The page, written out flat and without what is no part of an article; and how many elements it has.
fn rewritten(html: &Html) -> (String, usize) {
    let (mut page, mut elements, mut depth) = (String::new(), 0, 0);
    let mut skipped = None;
    for edge in html.tree.root().traverse() {
        match edge {
            Edge::Open(_) if skipped.is_some() => {}
            Edge::Open(node) => match node.value() {
                Node::Text(text) => escape(text, &mut page),
                Node::Element(element) if ASIDE.contains(&element.name()) => skipped = Some(node.id()),
                Node::Element(element) => {
                    depth += 1;
                    if depth <= DEPTH_MAX {
                        elements += 1;
                        open(element, &mut page);
                    }
                }
                _ => {}
            },
            Edge::Close(node) if skipped == Some(node.id()) => {
                skipped = None;
                page.push(' ');
            }
            Edge::Close(_) if skipped.is_some() => {}
            Edge::Close(node) => {
                let Node::Element(element) = node.value() else { continue };
                match depth <= DEPTH_MAX {
                    true if !VOID.contains(&element.name()) => page.extend(["</", element.name(), ">"]),
                    true => {}
                    false => page.push(' '),
                }
                depth -= 1;
            }
        }
    }
    (page, elements)
}

fn open(element: &scraper::node::Element, page: &mut String) {
    page.extend(["<", element.name()]);
    for (name, value) in element.attrs().filter(|(name, _)| ATTRIBUTES.contains(name)) {
        page.extend([" ", name, "=\""]);
        escape(value, page);
        page.push('"');
    }
    page.push('>');
}

fn escape(text: &str, page: &mut String) {
    for sign in text.chars() {
        match sign {
            '&' => page.push_str("&amp;"),
            '<' => page.push_str("&lt;"),
            '>' => page.push_str("&gt;"),
            '"' => page.push_str("&quot;"),
            sign => page.push(sign),
        }
    }
}

/// The longest `articleBody` of the page's JSON-LD.
fn declared(html: &Html) -> Option<String> {
    let scripts = select("script[type='application/ld+json']")?;
    let bodies = html.select(&scripts).filter_map(|script| {
        let json: String =
            script.text().flat_map(str::chars).map(|sign| if sign.is_control() { ' ' } else { sign }).collect();
        body_in(&serde_json::from_str(&json).ok()?)
    });
    let body = bodies.max_by_key(String::len)?;
    // Line breaks were control characters, or stand escaped in the text; some write markup.
    let markup = if body.contains("</") || body.contains("<br") { body } else { body.replace('\n', "<br>") };
    Some(html::plain_within(&markup, ARTICLE_BYTES_MAX).0)
}

fn body_in(value: &Value) -> Option<String> {
    let mut best: Option<&str> = None;
    let mut open = vec![value];
    for _ in 0..VALUES_MAX {
        let Some(value) = open.pop() else { break };
        match value {
            Value::Array(values) => open.extend(values),
            Value::Object(members) => {
                if let Some(Value::String(body)) = members.get("articleBody") {
                    best = best.filter(|best| best.len() >= body.len()).or(Some(body));
                }
                open.extend(members.values().filter(|value| value.is_array() || value.is_object()));
            }
            _ => {}
        }
    }
    best.map(str::to_owned)
}

/// The paragraphs below the element that has most text in paragraphs of its own.
fn densest(html: &Html) -> String {
    let Some(paragraph) = select("p") else { return String::new() };
    let mut groups: Vec<(_, usize, String)> = Vec::new();
    for element in html.select(&paragraph).filter(|element| !is_aside(*element)) {
        let (text, _) = html::plain_within(&element.inner_html(), ARTICLE_BYTES_MAX);
        let Some(parent) = element.parent().filter(|_| text.chars().count() >= PARAGRAPH_CHARACTERS_MIN) else {
            continue;
        };
        // Paragraphs of one parent follow each other, nearly always.
        match groups.last_mut().filter(|(id, ..)| *id == parent.id()) {
            Some((_, size, all)) if *size < ARTICLE_BYTES_MAX => {
                *size += text.len();
                all.push('\n');
                all.push_str(&text);
            }
            Some(_) => {}
            None => groups.push((parent.id(), text.len(), text)),
        }
    }
    groups.into_iter().max_by_key(|(_, size, _)| *size).map(|(.., text)| text).unwrap_or_default()
}

fn is_aside(element: ElementRef<'_>) -> bool {
    element.ancestors().filter_map(ElementRef::wrap).any(|above| ASIDE.contains(&above.value().name()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SENTENCE: &str =
        "The ministry said on Monday that six officers were killed near Donetsk, and that more would follow. ";

    fn page(inside: &str) -> String {
        format!(
            "<html><head><title>T</title></head><body><nav><a href=/>Home</a></nav>{inside}<footer>Imprint</footer></body></html>"
        )
    }

    #[test]
    fn the_declared_body_counts_where_it_is_whole() {
        let story = format!(
            "<article><h1>T</h1><p>{SENTENCE}<p>{SENTENCE}<p>{SENTENCE}<figure><figcaption>Photo</figcaption></figure></article>"
        );
        let found = read(&page(&story)).expect("an article");
        assert_eq!((found.source, found.text.lines().count()), (Source::Readability, 3), "{}", found.text);
        assert!(!found.text.contains("Photo") && !found.text.contains("Imprint"));
        let declared = |body: &str| {
            let body = serde_json::json!({ "@graph": [{ "@type": "NewsArticle", "articleBody": body }] });
            read(&page(&format!("<script type='application/ld+json'>{body}</script>{story}")))
                .expect("an article")
                .source
        };
        assert_eq!(declared(&SENTENCE.repeat(4)), Source::Declared);
        assert_eq!(declared(SENTENCE), Source::Readability, "a teaser");
        assert_eq!(read(&page("<p>Short")).map(|article| article.text).as_deref(), Some("Short"));
        assert_eq!(read(""), None);
    }
}
