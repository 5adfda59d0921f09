//! Of what is this text, as a whole, a name?
//!
//! In: a word or phrase that a user wrote. Out: the concepts that it names. A query has no context, no sentence and no
//! declared language, so gates are off; but an acronym must be written as one ("us" is not the US), and a short common
//! word of another language than English is no name ("brand" is not German for fire).

use super::concept::{Concept, Kind, Name};
use super::source::Case;
use super::trie::{self, CHARACTERS, End, WORDS};
use super::{ConceptIx, Lexicon};
use crate::text::form::{Form, forms};
use crate::text::lang::{Lang, Script};
use crate::text::token::{Shape, is_hangul};

/// A word of another language than English must be this long to mean a concept that has no proper name.
const FOREIGN_LETTERS_MIN: u8 = 6;

/// Classes of the story stage that are wider than any word: "event-cut" is all that goes down; `@id` reaches them.
const WIDE: &[&str] = &[
    "event-cut",
    "event-raise",
    "event-hold",
    "event-lift",
    "event-win",
    "event-loss",
    "event-find",
    "event-arrive",
    "event-launch",
    "event-halt",
    "event-restart",
    "event-delay",
    "event-approve",
    "event-reject",
    "event-seize",
    "event-collapse",
    "event-elect",
    "event-leak",
    "event-rescue",
    "event-capture",
    "event-outage",
];

pub(super) fn named(lexicon: &Lexicon, text: &str) -> Vec<ConceptIx> {
    let words = forms(text, Lang::UNKNOWN);
    if words.is_empty() {
        return Vec::new();
    }
    if words.iter().any(|word| word.shape == Shape::Unspaced || word.plain.chars().any(is_hangul)) {
        return choose(lexicon, text, by_characters(lexicon, text, &words));
    }
    let script = Script::of_word(&words[0].plain);
    let surfaces: Vec<u64> = words.iter().map(|word| trie::surface(word.hash())).collect();
    let mut ends = walk(lexicon, &surfaces);
    // A Latin word is a form of some name in one of twenty languages all too often: "Ford" of "Fordo", "fine" of "Fin".
    // In another language than English it must be spelled as the name is.
    let is_english = |end: &End| lexicon.0.names[end.name as usize].lang.as_str() == "en";
    ends.retain(|end| !end.stem || script != Script::Latin || is_english(end));
    let found = choose(lexicon, text, ends);
    if !found.is_empty() {
        return found;
    }
    let english = (Lang::of("en"), words.clone());
    let others = lexicon.0.languages.iter().filter(|lang| script != Script::Latin && script.suits(**lang));
    let others = others.map(|lang| (*lang, forms(text, *lang)));
    for (lang, words) in std::iter::once(english).chain(others) {
        let ends = by_stems(lexicon, lang, &words);
        let found = choose(lexicon, text, ends);
        if !found.is_empty() {
            return found;
        }
    }
    if script == Script::Latin {
        return Vec::new();
    }
    choose(lexicon, text, by_prefix(lexicon, &words))
}

fn walk(lexicon: &Lexicon, keys: &[u64]) -> Vec<End> {
    let trie = &lexicon.0.trie;
    let node = keys.iter().try_fold(WORDS, |node, &key| trie.step(node, key));
    node.map_or(Vec::new(), |node| trie.ends(node).to_vec())
}

/// Each word by its surface or its stem in `lang`; a name of few words has few ways.
fn by_stems(lexicon: &Lexicon, lang: Lang, words: &[Form]) -> Vec<End> {
    let trie = &lexicon.0.trie;
    let mut nodes = vec![WORDS];
    for word in words {
        let keys = [trie::surface(word.hash()), trie::stem(word.stem_hash())];
        nodes = nodes.iter().flat_map(|&node| keys.iter().filter_map(move |&key| trie.step(node, key))).collect();
    }
    let letters: usize = words.iter().map(|word| word.plain.chars().count()).sum();
    let is_form = |name: &Name| {
        // A form is longer than the name; a shorter word only has its stem in common ("bid" and "Biden", in Swedish).
        let shorter = letters < usize::from(name.letters) && lexicon.concept(name.concept).kind.is_proper();
        name.lang == lang && !(shorter && lang.as_str() != "en")
    };
    let ends = nodes.iter().flat_map(|&node| trie.ends(node)).copied();
    ends.filter(|end| is_form(&lexicon.0.names[end.name as usize])).collect()
}

fn by_prefix(lexicon: &Lexicon, words: &[Form]) -> Vec<End> {
    let Some((last, before)) = words.split_last() else { return Vec::new() };
    let trie = &lexicon.0.trie;
    let node = before.iter().try_fold(WORDS, |node, word| trie.step(node, trie::surface(word.hash())));
    node.map_or(Vec::new(), |node| trie.completed(node, &last.plain).collect())
}

fn by_characters(lexicon: &Lexicon, text: &str, words: &[Form]) -> Vec<End> {
    let mut spelled = String::new();
    for (at, word) in words.iter().enumerate() {
        if at > 0 && words[at - 1].end < word.start && text[words[at - 1].end..word.start].contains([' ', '・', '·'])
        {
            spelled.push(' ');
        }
        spelled.push_str(&word.plain);
    }
    let node = spelled.chars().try_fold(CHARACTERS, |node, char| lexicon.0.trie.step(node, trie::character(char)));
    node.map_or(Vec::new(), |node| lexicon.0.trie.ends(node).to_vec())
}

/// The concepts that a user would mean: those whose name may be written so; of namesakes a country before the rest.
fn choose(lexicon: &Lexicon, text: &str, ends: Vec<End>) -> Vec<ConceptIx> {
    let names = ends.iter().map(|end| &lexicon.0.names[end.name as usize]);
    let mut found: Vec<(&Concept, &Name)> = names.map(|name| (lexicon.concept(name.concept), name)).collect();
    found.retain(|(concept, name)| may_mean(text, concept, name));
    let english = |(_, name): &(&Concept, &Name)| name.lang.as_str() == "en" || name.lang.is_unknown();
    if found.iter().any(english) {
        found.retain(english);
    }
    // The classes of the story stage are the last resort: "attack" is the concept, "investigation" has only the class.
    let rank = |concept: &Concept| match concept.kind {
        Kind::Country | Kind::Territory => 0,
        _ if concept.id.starts_with("event-") => 2,
        _ => 1,
    };
    let best = found.iter().map(|(concept, _)| rank(concept)).min();
    found.retain(|(concept, _)| Some(rank(concept)) == best);
    let mut concepts: Vec<ConceptIx> = found.iter().map(|(_, name)| name.concept).collect();
    concepts.sort_unstable();
    concepts.dedup();
    concepts
}

fn may_mean(text: &str, concept: &Concept, name: &Name) -> bool {
    if name.narrow || matches!(concept.kind, Kind::Unit | Kind::Status) || WIDE.contains(&concept.id.as_str()) {
        return false;
    }
    let written = match name.case {
        Case::Folded => true,
        Case::Exact => text.trim() == &*name.text || text.trim() == name.text.to_lowercase(),
        Case::Upper => !text.chars().any(char::is_lowercase),
    };
    let latin = name.text.is_ascii() || text.chars().any(|char| char.is_ascii_alphabetic());
    let own = name.lang.as_str() == "en" || name.lang.is_unknown() || !latin;
    // "hint" is no Indian in Turkish ("Hint"), nor is "indie" the Polish India.
    let written = written && (own || !name.capital || text.chars().any(char::is_uppercase));
    written && (own || (concept.kind.is_proper() && name.capital) || name.letters >= FOREIGN_LETTERS_MIN)
}
