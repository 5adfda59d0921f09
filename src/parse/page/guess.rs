//! Where may a page without a feed have its items?
//!
//! In: a page's text and address. Out: selectors for the group of like elements that looks most like a list of news, as a
//! first guess for a person. News are siblings of one make, each with a headline that is a link of its own, often with a
//! time; menus have short links, and teasers have no siblings.

use std::collections::{BTreeMap, BTreeSet};

use scraper::{ElementRef, Html, Selector};
use url::Url;

use super::items::{base_of, date_of, select};
use super::selector::SELECTOR_BYTES_MAX;
use super::tree;
use crate::model::PageRules;
use crate::parse::complete;
use crate::text::html::plain_within;

/// Headlines with fewer letters are words of a menu.
const HEADLINE_LETTERS_MIN: usize = 18;
/// In scripts that write a word with few signs.
const HEADLINE_LETTERS_MIN_DENSE: usize = 8;
const TEXT_BYTES_MAX: usize = 400;
/// Fewer like elements are no list.
const ITEMS_MIN: usize = 3;
/// How far above a link the element of its item may be.
const LEVELS_MAX: usize = 8;
/// Links that are looked at.
const LINKS_MAX: usize = 3_000;
/// Classes of an element that may name it.
const CLASSES_MAX: usize = 3;
/// Elements that frame the page rather than tell something.
const FRAMES: [&str; 4] = ["nav", "footer", "aside", "header"];
const GENERIC: [&str; 4] = ["div", "span", "a", "section"];

/// A guess, or `None` where nothing repeats.
pub fn guess(text: &str, base: Option<&Url>) -> Option<PageRules> {
    let tree = tree::build(text);
    let base = base_of(&tree.html, base);
    let parts = Parts::new()?;
    let groups = groups(&tree.html, &parts, base.as_ref());
    let mut best: Option<(f64, PageRules)> = None;
    for (item, group) in groups {
        let Some((score, rules)) = weigh(&item, &group, &parts) else { continue };
        if best.as_ref().is_none_or(|(so_far, _)| score > *so_far) {
            best = Some((score, rules));
        }
    }
    best.map(|(_, rules)| rules)
}

struct Parts {
    anchor: Selector,
    headings: Vec<(&'static str, Selector)>,
    dates: Vec<(&'static str, Selector)>,
    paragraph: Selector,
}

impl Parts {
    fn new() -> Option<Self> {
        let named = |names: &[&'static str]| -> Option<Vec<_>> {
            names.iter().map(|name| Some((*name, select(name)?))).collect()
        };
        Some(Self {
            anchor: select("a[href]")?,
            headings: named(&["h1", "h2", "h3", "h4", "h5", "h6"])?,
            dates: named(&["time", "[datetime]", "[class*='date']", "[class*='time']"])?,
            paragraph: select("p")?,
        })
    }
}

/// An element of a group, with the link that makes it an item.
struct Member<'h> {
    element: ElementRef<'h>,
    link: String,
    letters: usize,
}

/// Elements by the selector that would select them, each with its own headline.
fn groups<'h>(html: &'h Html, parts: &Parts, base: Option<&Url>) -> BTreeMap<String, Vec<Member<'h>>> {
    let mut groups: BTreeMap<String, Vec<Member<'h>>> = BTreeMap::new();
    for anchor in html.select(&parts.anchor).take(LINKS_MAX) {
        let letters = words(anchor).chars().filter(|sign| sign.is_alphanumeric()).count();
        let Some(link) = anchor.attr("href").and_then(|href| complete::absolute(href, base)) else { continue };
        if letters < least_letters(&words(anchor)) || !complete::is_web(&link) || is_framed(anchor) {
            continue;
        }
        let mut around = Some(anchor);
        for _ in 0..LEVELS_MAX {
            let Some(element) = around.filter(|element| !matches!(element.value().name(), "body" | "html" | "main"))
            else {
                break;
            };
            if let Some(selector) = selector_of(element) {
                groups.entry(selector).or_default().push(Member { element, link: link.clone(), letters });
            }
            around = element.parent().and_then(ElementRef::wrap);
        }
    }
    groups
}

fn least_letters(text: &str) -> usize {
    let is_dense =
        |sign: char| matches!(sign, '\u{3040}'..='\u{30FF}' | '\u{3400}'..='\u{9FFF}' | '\u{AC00}'..='\u{D7AF}');
    if text.chars().any(is_dense) { HEADLINE_LETTERS_MIN_DENSE } else { HEADLINE_LETTERS_MIN }
}

fn words(element: ElementRef<'_>) -> String {
    plain_within(&element.inner_html(), TEXT_BYTES_MAX).0
}

fn is_framed(element: ElementRef<'_>) -> bool {
    let mut around = element.ancestors().filter_map(ElementRef::wrap);
    // An article has a header of its own.
    around
        .find(|element| element.value().name() == "article" || FRAMES.contains(&element.value().name()))
        .is_some_and(|element| element.value().name() != "article")
}

/// How a person would select elements of this make: by name and classes, or below the classes of the parent. Classes with
/// digits are made by machines and change with the next deployment.
fn selector_of(element: ElementRef<'_>) -> Option<String> {
    let own = named(element);
    let is_telling = own.contains('.') || !GENERIC.contains(&element.value().name()) && element.value().name() != "li";
    let selector = match is_telling {
        true => own,
        false => {
            let parent = element.parent().and_then(ElementRef::wrap)?;
            let above = match parent.value().id().filter(|id| is_plain(id)) {
                Some(id) => format!("#{id}"),
                None => named(parent),
            };
            if !above.contains(['.', '#']) && GENERIC.contains(&element.value().name()) {
                return None;
            }
            format!("{above} > {own}")
        }
    };
    (selector.len() < SELECTOR_BYTES_MAX / 2).then_some(selector)
}

fn named(element: ElementRef<'_>) -> String {
    let mut selector = element.value().name().to_owned();
    for class in element.value().classes().filter(|class| is_plain(class)).take(CLASSES_MAX) {
        selector.push('.');
        selector.push_str(class);
    }
    selector
}

/// A name that needs no escaping and that a person gave.
fn is_plain(name: &str) -> bool {
    let is_letter = |byte: u8| byte.is_ascii_alphabetic() || matches!(byte, b'-' | b'_');
    name.len() > 1 && name.len() < 60 && name.as_bytes()[0].is_ascii_alphabetic() && name.bytes().all(is_letter)
}

/// How much a group looks like news, and its selectors.
fn weigh(item: &str, group: &[Member<'_>], parts: &Parts) -> Option<(f64, PageRules)> {
    let mut first: BTreeMap<_, &Member<'_>> = BTreeMap::new();
    let mut links_in: BTreeMap<_, BTreeSet<&str>> = BTreeMap::new();
    for member in group {
        first.entry(member.element.id()).or_insert(member);
        links_in.entry(member.element.id()).or_default().insert(&member.link);
    }
    let links: BTreeSet<&str> = first.values().map(|member| member.link.as_str()).collect();
    // An element with many headlines is a list, not an item.
    let alone = links_in.values().filter(|links| links.len() == 1).count();
    let number = first.len();
    if number < ITEMS_MIN || links.len() * 10 < number * 8 || alone * 10 < number * 7 {
        return None;
    }
    let members: Vec<&Member<'_>> = first.into_values().collect();
    let share = |holds: &dyn Fn(ElementRef<'_>) -> bool| {
        members.iter().filter(|member| holds(member.element)).count() as f64 / number as f64
    };
    let best = |named: &[(&'static str, Selector)], least: f64, holds: &dyn Fn(ElementRef<'_>) -> bool| {
        let shares = named
            .iter()
            .map(|(name, selector)| (share(&|element| element.select(selector).next().is_some_and(holds)), *name));
        shares.filter(|(share, _)| *share >= least).fold(None, |best: Option<(f64, &str)>, next| {
            if best.is_none_or(|best| next.0 > best.0) { Some(next) } else { best }
        })
    };
    let title = best(&parts.headings, 0.7, &|_| true);
    let date = best(&parts.dates, 0.5, &|element| date_of(element).is_some());
    let summary = share(&|element| {
        element.select(&parts.paragraph).next().is_some_and(|text| words(text).len() > 2 * HEADLINE_LETTERS_MIN)
    });
    let letters = members.iter().map(|member| member.letters).sum::<usize>() as f64 / number as f64;
    // Items of an equal make enclose each other: the outer one has the date and the summary, so these weigh.
    let score = (number.min(40) as f64).ln() * (letters.min(80.0) / 40.0).sqrt()
        + date.map_or(0.0, |(share, _)| 1.5 * share)
        + title.map_or(0.0, |(share, _)| share)
        + 0.5 * summary;
    let rules = PageRules {
        item: item.to_owned(),
        title: title.map(|(_, name)| name.to_owned()),
        link: None,
        date: date.map(|(_, name)| name.to_owned()),
        summary: (summary >= 0.5).then(|| "p".to_owned()),
    };
    Some((score, rules))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_of_news_is_found_between_menus_and_teasers() {
        let menu = "<nav><ul class=menu>".to_owned()
            + &"<li><a href='/section'>A long name of a section here</a>".repeat(9)
            + "</ul></nav>";
        let news: String = (0..6)
            .map(|number| {
                format!(
                    "<li class='item css1x{number}'><div class=box><h3><a href='/press/{number}'>The ministry announces measure {number}</a></h3>\
                     <time datetime='2024-10-0{}'>x</time><p>The minister said on Monday that a measure was taken.</p></div>",
                    number + 1
                )
            })
            .collect();
        let page = format!(
            "<body>{menu}<main><h1>Press</h1><ul class=list>{news}</ul><div class=more><a href=/x>Read all that was published</a></div></main>"
        );
        let base = Url::parse("https://a.example/press").expect("an address");
        let rules = guess(&page, Some(&base)).expect("a guess");
        let text = |part: &Option<String>| part.clone().unwrap_or_default();
        assert_eq!(
            (text(&rules.title), text(&rules.date), text(&rules.summary)),
            ("h3".into(), "time".into(), "p".into())
        );
        assert!(["li.item", "div.box"].contains(&rules.item.as_str()), "{}", rules.item);
        assert_eq!(guess("<p>One <a href=/x>link to somewhere on this site</a>", Some(&base)), None);
    }
}
