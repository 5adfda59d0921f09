//! Of what is this text, as a whole, a name?
//!
//! In: a word or phrase that a user wrote. Out: the concepts that it names. A query has no context, no sentence and no
//! declared language, so gates are off; but an acronym must be written as one ("us" is not the US), and a short common
//! word of another language than English is no name ("brand" is not German for fire).

use super::concept::{Concept, Kind, Name};
use super::source::Case;
use super::tongue;
use super::trie::{self, CHARACTERS, End, WORDS};
use super::{ConceptIx, Lexicon};
use crate::text::form::{Form, forms, is_turkic, keeps_diacritics, stem_language};
use crate::text::lang::{Lang, Script};
use crate::text::stem::Rules;
use crate::text::token::{Shape, is_hangul};

/// A word of another language than English must be this long to mean a concept that has no proper name.
const FOREIGN_LETTERS_MIN: u8 = 6;

pub(super) fn named(lexicon: &Lexicon, text: &str) -> Vec<ConceptIx> {
    let words = forms(text, Lang::UNKNOWN);
    if words.is_empty() {
        return Vec::new();
    }
    if words.iter().any(|word| word.shape == Shape::Unspaced || word.plain.chars().any(is_hangul)) {
        return choose(lexicon, text, by_characters(lexicon, text, &words));
    }
    let surfaces: Vec<u64> = words.iter().map(|word| trie::surface(word.hash())).collect();
    let script = Script::of_word(&words[0].plain);
    let mut ends = walk(lexicon, &surfaces);
    // A Latin word is a form of some name in one of twenty languages all too often: "Ford" of "Fordo", "fine" of "Fin".
    // In another language than English it must be spelled as the name is.
    let english = tongue::bit(&lexicon.0.languages, Lang::of("en"));
    ends.retain(|end| !end.stem || script != Script::Latin || end.langs & english != 0);
    // "deaths" is a form of a name of the concept, though the class has it as it is.
    let last_resort = choose(lexicon, text, ends);
    let is_answer = |found: &[ConceptIx]| found.iter().any(|&ix| !is_class(lexicon.concept(ix)));
    if is_answer(&last_resort) {
        return last_resort;
    }
    let others = lexicon.0.languages.iter().filter(|lang| script != Script::Latin && script.suits(**lang));
    for lang in std::iter::once(Lang::of("en")).chain(others.copied()) {
        let ends = match is_turkic(lang) || keeps_diacritics(lang) {
            true => by_stems(lexicon, lang, &forms(text, lang)),
            false => by_stems(lexicon, lang, &words),
        };
        let found = choose(lexicon, text, ends);
        if is_answer(&found) || (last_resort.is_empty() && !found.is_empty()) {
            return found;
        }
    }
    if script == Script::Latin || !last_resort.is_empty() {
        return last_resort;
    }
    choose(lexicon, text, by_prefix(lexicon, &words))
}

/// Whether it is a class of the story stage.
fn is_class(concept: &Concept) -> bool {
    concept.id.starts_with("event-")
}

fn walk(lexicon: &Lexicon, keys: &[u64]) -> Vec<End> {
    let trie = &lexicon.0.trie;
    let node = keys.iter().try_fold(WORDS, |node, &key| trie.step(node, key));
    node.map_or(Vec::new(), |node| trie.ends(node).to_vec())
}

/// Each word by its surface or its stem in `lang`; a name of few words has few ways.
fn by_stems(lexicon: &Lexicon, lang: Lang, words: &[Form]) -> Vec<End> {
    let trie = &lexicon.0.trie;
    let rules = Rules::of(stem_language(lang));
    let mut nodes = vec![WORDS];
    for word in words {
        let keys = [trie::surface(word.hash()), trie::stem(word.stem_hash(&rules))];
        nodes = nodes.iter().flat_map(|&node| keys.iter().filter_map(move |&key| trie.step(node, key))).collect();
    }
    let letters: usize = words.iter().map(|word| word.plain.chars().count()).sum();
    let own = tongue::bit(&lexicon.0.languages, lang);
    let is_form = |end: &End| {
        let name = &lexicon.0.names[end.name as usize];
        // A form is longer than the name; a shorter word only has its stem in common ("bid" and "Biden", in Swedish).
        let shorter = letters < usize::from(name.letters) && lexicon.concept(name.concept).kind.is_proper();
        end.langs & own != 0 && !(shorter && lang.as_str() != "en")
    };
    nodes.iter().flat_map(|&node| trie.ends(node)).copied().filter(is_form).collect()
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
    let universal = ["en", ""].map(|tag| tongue::bit(&lexicon.0.languages, Lang::of(tag)));
    let universal = universal[0] | universal[1];
    let entry = |end: &End| {
        let name = &lexicon.0.names[end.name as usize];
        (lexicon.concept(name.concept), name, end.langs & universal != 0)
    };
    let mut found: Vec<(&Concept, &Name, bool)> = ends.iter().map(entry).collect();
    found.retain(|(concept, name, universal)| may_mean((text, lexicon.text(name)), concept, name, *universal));
    let english = |(.., universal): &(&Concept, &Name, bool)| *universal;
    if found.iter().any(english) {
        found.retain(english);
    }
    // The classes of the story stage are the last resort: "attack" is the concept, "investigation" has only the class.
    let rank = |concept: &Concept| match concept.kind {
        Kind::Country | Kind::Territory => 0,
        _ if is_class(concept) => 2,
        _ => 1,
    };
    let best = found.iter().map(|(concept, ..)| rank(concept)).min();
    found.retain(|(concept, ..)| Some(rank(concept)) == best);
    let mut concepts: Vec<ConceptIx> = found.iter().map(|(_, name, _)| name.concept).collect();
    concepts.sort_unstable();
    concepts.dedup();
    concepts
}

/// Whether a text may mean a concept by its name `own`. `universal`: the name is English, or of every language.
fn may_mean((text, own): (&str, &str), concept: &Concept, name: &Name, universal: bool) -> bool {
    if name.narrow || matches!(concept.kind, Kind::Unit | Kind::Status) || concept.wide {
        return false;
    }
    let written = match name.case {
        Case::Folded => true,
        Case::Exact => text.trim() == own || text.trim() == own.to_lowercase(),
        Case::Upper => !text.chars().any(char::is_lowercase),
    };
    let latin = own.is_ascii() || text.chars().any(|char| char.is_ascii_alphabetic());
    let own = universal || !latin;
    // "hint" is no Indian in Turkish ("Hint"), nor is "indie" the Polish India.
    let written = written && (own || !name.capital || text.chars().any(char::is_uppercase));
    written && (own || (concept.kind.is_proper() && name.capital) || name.letters >= FOREIGN_LETTERS_MIN)
}
