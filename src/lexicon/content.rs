//! Which part of an item is its own news, and which is the outlet talking of itself?
//!
//! In: a document with words, and the publisher's names. Out: each field's content (a headline without " - North Korea
//! Times", a text without "The post … appeared first on …"), and the words elsewhere that spell the publisher's name.
//! It removes nothing: offsets stay those of the field.

use std::ops::Range;
use std::sync::LazyLock;

use aho_corasick::AhoCorasick;

use super::Document;
use crate::model::Field;
use crate::text::fold::{fold, hash};
use crate::text::token::words;

/// What parts an outlet's name from its headline.
const PARTINGS: &[&str] = &[" - ", " – ", " — ", " | ", " :: ", " » ", " · ", " ｜ ", "｜", " -- "];
/// A suffix longer than this is part of the headline.
const OUTLET_WORDS_MAX: usize = 6;
/// A newspaper's name that the item's own publisher does not tell has at most so many words.
const MASTHEAD_WORDS_MAX: usize = 4;
/// Last or first words of newspapers' names: what such a suffix says is whose headline it was first.
const MASTHEADS: &[&str] = &[
    "times",
    "today",
    "tribune",
    "herald",
    "post",
    "news",
    "daily",
    "gazette",
    "journal",
    "standard",
    "observer",
    "mail",
    "press",
    "independent",
    "monitor",
    "chronicle",
    "telegraph",
    "guardian",
    "mirror",
    "bulletin",
    "broadcasting",
    "tv",
    "radio",
    "online",
    "zeitung",
    "nachrichten",
    "tagblatt",
    "rundschau",
    "presse",
    "kurier",
    "diario",
    "noticias",
    "periodico",
    "heraldo",
    "gazeta",
    "dziennik",
    "giornale",
    "corriere",
    "gazzetta",
    "jornal",
    "noticia",
    "новости",
    "газета",
    "вести",
    "правда",
    "новини",
    "вісник",
    "gazetesi",
    "haber",
    "haberleri",
    "noviny",
    "zpravy",
];
/// Where boilerplate starts; only in the last part of a text.
const BOILERPLATE: &[&str] = &[
    "The post ",
    "Continue reading",
    "Read more",
    "Read the full",
    "Read More",
    "Click here",
    "Sign up",
    "Subscribe",
    "This article was originally published",
    "This article originally appeared",
    "All rights reserved",
    "Copyright ©",
    "© ",
    "Follow us on",
    "Читать далее",
    "Читайте также",
    "Подписывайтесь",
    "Читайте також",
    "Підписуйтесь",
    "Weiterlesen",
    "Lire la suite",
    "Leer más",
    "Leia mais",
    "Continua a leggere",
    "Czytaj więcej",
    "Devamını oku",
    "続きを読む",
    "기자 =",
    "무단 전재",
    "無断転載",
    "未经授权",
];
/// Boilerplate stands in the last so many bytes.
const BOILERPLATE_BYTES_MAX: usize = 400;

/// Sets the content of each field; returns the tokens (ranges) that spell one of the publisher's names.
pub(super) fn restrict(document: &mut Document, outlets: &[&str]) -> Vec<Range<u32>> {
    let names: Vec<Vec<u64>> = outlets.iter().map(|name| keys(name)).filter(|keys| !keys.is_empty()).collect();
    for at in 0..document.fields.len() {
        let field = &document.fields[at];
        let end = match field.field {
            Field::Title => title_end(&field.text, &names),
            _ => body_end(&field.text),
        };
        document.fields[at].content.end = end as u32;
    }
    names.iter().filter(|keys| keys.len() > 1).flat_map(|keys| occurrences(document, keys)).collect()
}

/// The keys of a name's words; a domain without its ending.
fn keys(name: &str) -> Vec<u64> {
    let name = name.trim();
    let bare = if name.contains(' ') { name } else { name.strip_prefix("www.").unwrap_or(name) };
    let mut plain = String::new();
    let key = |word: &&str| {
        plain.clear();
        crate::text::fold::plain_into(&fold(word), &mut plain);
        hash(&plain)
    };
    words(bare).iter().map(key).collect()
}

/// Where the headline ends: before a parting followed by the publisher's name.
fn title_end(title: &str, names: &[Vec<u64>]) -> usize {
    let mut end = title.len();
    // "Headline | Section - Outlet": at most two suffixes.
    for _ in 0..2 {
        let head = &title[..end];
        let parting =
            PARTINGS.iter().filter_map(|parting| head.rfind(parting).map(|at| (at, at + parting.len()))).max();
        let Some((at, after)) = parting.filter(|(at, _)| *at > 0) else { break };
        let suffix = keys(&head[after..]);
        let is_outlet = !suffix.is_empty()
            && suffix.len() <= OUTLET_WORDS_MAX
            && (names.iter().any(|own| alike(own, &suffix)) || is_masthead(&suffix));
        if !is_outlet {
            break;
        }
        end = at;
    }
    end
}

/// Whether a suffix is the publisher's name: equal, or one starts the other ("Korea Herald", "Korea Herald World").
fn alike(own: &[u64], suffix: &[u64]) -> bool {
    let the = hash("the");
    let bare = |keys: &[u64]| keys.iter().copied().filter(|key| *key != the).collect::<Vec<u64>>();
    let (own, suffix) = (bare(own), bare(suffix));
    !own.is_empty() && !suffix.is_empty() && (own.starts_with(&suffix) || suffix.starts_with(&own))
}

/// Whether a suffix of several words reads as a newspaper's name: "| Georgia Today", "– Sudan Tribune".
fn is_masthead(suffix: &[u64]) -> bool {
    static KEYS: LazyLock<Vec<u64>> = LazyLock::new(|| MASTHEADS.iter().map(|word| hash(word)).collect());
    let (Some(first), Some(last)) = (suffix.first(), suffix.last()) else { return false };
    suffix.len() > 1 && suffix.len() <= MASTHEAD_WORDS_MAX && (KEYS.contains(last) || KEYS.contains(first))
}

fn body_end(text: &str) -> usize {
    let mut from = text.len().saturating_sub(BOILERPLATE_BYTES_MAX);
    while !text.is_char_boundary(from) {
        from += 1;
    }
    let tail = &text[from..];
    static PHRASES: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| AhoCorasick::new(BOILERPLATE).ok());
    let found = PHRASES.iter().flat_map(|phrases| phrases.find_iter(tail)).map(|phrase| phrase.start());
    let end = found.filter(|&at| begins_sentence(&tail[..at])).min().map_or(text.len(), |at| from + at);
    // A text that is nothing but boilerplate may be a headline about one.
    if end == 0 { text.len() } else { end }
}

fn begins_sentence(before: &str) -> bool {
    let trimmed = before.trim_end();
    trimmed.is_empty() || trimmed.ends_with(|char: char| !char.is_alphanumeric() && char != ',')
}

fn occurrences(document: &Document, keys: &[u64]) -> Vec<Range<u32>> {
    let windows = document.tokens.windows(keys.len()).enumerate();
    let same = windows.filter(|(_, window)| window.iter().zip(keys).all(|(token, key)| token.hash == *key));
    same.map(|(at, _)| at as u32..(at + keys.len()) as u32).collect()
}
