//! Which names stand in Chinese, Japanese, Korean, Thai?
//!
//! In: the words of one field. Out: hits, found character by character, in any place of an unspaced script and at the
//! start of a Korean word (its particles and further parts follow). Rules that keep substrings honest:
//! a name of one character counts only beside another name (露軍, 북러) or after a number (12人); a short Katakana name must be a whole
//! Katakana word (マリ is not in マリア); a Korean name of two syllables is followed by a particle, a suffix, another name
//! or the end of the word.

use std::ops::Range;

use super::tag::Hit;
use super::trie::{self, CHARACTERS, End, Trie};
use super::{Document, Kind, Lexicon};
use crate::text::token::{Shape, is_hangul, is_unspaced};

/// A character of the text with its place.
#[derive(Clone, Copy)]
struct Glyph {
    char: char,
    token: u32,
    /// Bytes in the field.
    start: u32,
    end: u32,
    /// The first of its word.
    head: bool,
}

/// A name found: its glyphs, end exclusive, and the name.
type Found = (usize, usize, End);

/// Before a Korean name, written onto it: pro-, anti-, against, in, from all of, escape from, visit to, new, former.
const KOREAN_PREFIXES: &str = "친반대주재전탈방신구";
/// What a short Korean name may be followed by.
const KOREAN_SUFFIXES: &[&str] = &[
    "은",
    "는",
    "이",
    "가",
    "을",
    "를",
    "의",
    "에",
    "와",
    "과",
    "도",
    "로",
    "으로",
    "만",
    "까지",
    "부터",
    "보다",
    "처럼",
    "조차",
    "라",
    "나",
    "인",
    "군",
    "산",
    "측",
    "계",
    "행",
    "발",
    "제",
    "어",
    "내",
    "형",
    "식",
    "당",
    "정부",
    "대통령",
    "총리",
    "당국",
    "국방",
    "외교",
    "외무",
    "여당",
    "야당",
    "의회",
    "대사",
    "법원",
    "경찰",
    "전쟁",
    "정상",
    "관리",
    "언론",
    "국민",
    "남부",
    "북부",
    "동부",
    "서부",
    "중앙",
    "수도",
    "대표",
    "선수",
    "전",
    "서",
    "한",
    "들",
    "께",
    "에서",
    "발",
    "국",
];
/// Katakana names up to this length must be a whole word.
const KATAKANA_LETTERS_MAX: usize = 4;

/// Adds the hits of one field.
pub(super) fn names(lexicon: &Lexicon, document: &Document, tokens: Range<u32>, hits: &mut Vec<Hit>) {
    let relevant = |at: u32| document.tokens[at as usize].shape == Shape::Unspaced || is_korean(document, at);
    if !tokens.clone().any(relevant) {
        return;
    }
    let glyphs = glyphs(document, tokens);
    let mut found: Vec<Found> = Vec::new();
    let mut continues = vec![false; glyphs.len() + 1];
    for at in 0..glyphs.len() {
        if may_start(&glyphs, at, &continues) {
            from(&lexicon.0.trie, &glyphs, at, &mut found);
            for (_, end, _) in found.iter().rev().take_while(|(start, ..)| *start == at) {
                continues[*end] = true;
            }
        }
    }
    let concept = |end: End| lexicon.0.names[end.name as usize].concept;
    let kind = |end: End| lexicon.concept(concept(end)).kind;
    let in_korean = glyphs.iter().any(|glyph| is_hangul(glyph.char));
    let is_letter = |hit: &Found| hit.1 == hit.0 + 1 && is_han(glyphs[hit.0].char);
    let in_row = |hit: &&Found| is_letter(hit) && !matches!(kind(hit.2), Kind::Unit | Kind::Status);
    let letters: Vec<Found> = found.iter().filter(in_row).copied().collect();
    let spell = |hit: &Found| match is_letter(hit) && kind(hit.2).is_proper() {
        true => is_explained((&glyphs, in_korean), &found, &letters, hit),
        false => counts(&glyphs, &found, hit),
    };
    let honest: Vec<_> = found.iter().filter(|hit| spell(hit)).collect();
    hits.extend(honest.into_iter().map(|&(start, end, named)| Hit {
        name: named.name,
        concept: concept(named),
        field: document.tokens[glyphs[start].token as usize].field,
        stem: named.stem,
        langs: named.langs,
        inside: true,
        first: glyphs[start].token,
        last: glyphs[end - 1].token + 1,
        start: glyphs[start].start,
        end: glyphs[end - 1].end,
        confidence: 1.0,
    }));
}

fn is_korean(document: &Document, at: u32) -> bool {
    document.folded(&document.tokens[at as usize]).starts_with(is_hangul)
}

/// The characters of the tokens, with a space where a writer left one.
fn glyphs(document: &Document, tokens: Range<u32>) -> Vec<Glyph> {
    let mut glyphs: Vec<Glyph> = Vec::new();
    for at in tokens {
        let token = &document.tokens[at as usize];
        let text = document.text(token.field);
        if let Some(last) = glyphs.last().copied()
            && last.end < token.start
        {
            let gap = &text[last.end as usize..token.start as usize];
            let small = gap.chars().count() == 1
                && gap
                    .chars()
                    .all(|char| matches!(char, ' ' | '\u{a0}' | '\u{3000}' | '・' | '·' | '‧' | '（' | '(' | '＝'));
            let char = if small { ' ' } else { '\u{0}' };
            glyphs.push(Glyph { char, token: at, start: last.end, end: token.start, head: false });
        }
        let (folded, original) = (document.folded(token), &text[token.start as usize..token.end as usize]);
        let aligned = folded.chars().count() == original.chars().count();
        let mut offset = token.start;
        let mut letters = original.chars();
        for (position, char) in folded.chars().enumerate() {
            let (start, end) = match (aligned, letters.next()) {
                (true, Some(letter)) => (offset, offset + letter.len_utf8() as u32),
                _ => (token.start, token.end),
            };
            glyphs.push(Glyph { char, token: at, start, end, head: position == 0 });
            offset = end;
        }
    }
    glyphs
}

/// Whether a name may start here.
fn may_start(glyphs: &[Glyph], at: usize, continues: &[bool]) -> bool {
    let glyph = glyphs[at];
    if is_hangul(glyph.char) {
        let after_prefix = at > 0 && glyphs[at - 1].head && KOREAN_PREFIXES.contains(glyphs[at - 1].char);
        return glyph.head || continues[at] || after_prefix;
    }
    is_unspaced(glyph.char) || (glyph.head && glyphs.get(at + 1).is_some())
}

fn from(trie: &Trie, glyphs: &[Glyph], start: usize, found: &mut Vec<Found>) {
    let mut node = CHARACTERS;
    for (at, glyph) in glyphs.iter().enumerate().skip(start) {
        let Some(next) = trie.step(node, trie::character(glyph.char)) else { return };
        node = next;
        let whole = glyphs
            .get(at + 1)
            .is_none_or(|next| next.head || is_unspaced(next.char) || is_hangul(next.char) || next.char <= ' ');
        if whole {
            found.extend(trie.ends(node).iter().map(|end| (start, at + 1, *end)));
        }
    }
}

/// A name of characters has at most so many.
const NAME_GLYPHS_MAX: usize = 136;

/// Of the names found, by start, those near enough to touch what stands from `start` to `end`.
fn nearby(found: &[Found], start: usize, end: usize) -> &[Found] {
    let from = found.partition_point(|other| other.0 + NAME_GLYPHS_MAX < start);
    let to = found.partition_point(|other| other.0 <= end);
    &found[from..to]
}

/// Whether a substring is the name rather than a part of another word.
fn counts(glyphs: &[Glyph], found: &[Found], hit: &Found) -> bool {
    let &(start, end, _) = hit;
    let found = nearby(found, start, end);
    let letters = end - start;
    let first = glyphs[start].char;
    let touches = |other: &&Found| other.1 == start || other.0 == end;
    if is_hangul(first) {
        return match letters {
            1 => {
                stands_alone(glyphs, start, end)
                    || found.iter().any(|other| touches(&other) && in_word(glyphs, start, other))
            }
            2 => found.iter().any(|other| other.0 == end) || has_suffix(glyphs, end),
            _ => true,
        };
    }
    if letters == 1 && is_unspaced(first) && after_number(glyphs, start) {
        return true;
    }
    if letters == 1 && is_unspaced(first) {
        return found
            .iter()
            .filter(touches)
            .any(|other| other.1 - other.0 > 1 || flanked(glyphs, start.min(other.0), end.max(other.1)));
    }
    if letters <= KATAKANA_LETTERS_MAX && glyphs[start..end].iter().all(|glyph| is_katakana(glyph.char)) {
        let before = start == 0 || !is_katakana(glyphs[start - 1].char) || found.iter().any(|other| other.1 == start);
        let after =
            glyphs.get(end).is_none_or(|next| !is_katakana(next.char)) || found.iter().any(|other| other.0 == end);
        return before && after;
    }
    true
}

/// Letters of countries on either side that belong to a row.
const ROW_MAX: usize = 8;

/// The letter of a country ("美财政部", "韩情报机构", "米中"): it and its like in a row have names on both sides, or no further
/// character; several of them or a name after them ("会谈中" is during the talks), or in a Korean text a word of its own.
fn is_explained((glyphs, in_korean): (&[Glyph], bool), found: &[Found], letters: &[Found], hit: &Found) -> bool {
    let (mut start, mut end, _) = *hit;
    let is_letter = |at: usize| letters.binary_search_by_key(&at, |other| other.0).is_ok();
    while start > 0 && hit.0 - start < ROW_MAX && is_letter(start - 1) {
        start -= 1;
    }
    while end - hit.1 < ROW_MAX && is_letter(end) {
        end += 1;
    }
    let found = nearby(found, start, end);
    let (before, after) = (start.checked_sub(1).map(|at| glyphs[at].char), glyphs.get(end).map(|glyph| glyph.char));
    // Kana that are no Katakana are endings and particles: they part words.
    let is_text = |char: char| is_han(char) || is_katakana(char) || char.is_ascii_digit();
    let is_free = |char: Option<char>| !char.is_some_and(is_text);
    let mut names = found.iter().filter(|other| other.1 - other.0 > 1);
    let (left, right) = (names.clone().any(|other| other.1 == start), names.any(|other| other.0 == end));
    let alone = || is_free(before) && is_free(after) && in_korean;
    (left || is_free(before)) && (right || is_free(after)) && (right || end - start > 1 || alone())
}

fn in_word(glyphs: &[Glyph], start: usize, other: &Found) -> bool {
    glyphs[other.0].token == glyphs[start].token
}

/// The whole Korean word, or the word but for a particle.
fn stands_alone(glyphs: &[Glyph], start: usize, end: usize) -> bool {
    glyphs[start].head && glyphs.get(end).is_none_or(|next| next.token != glyphs[start].token || next.char <= ' ')
}

/// A counted thing: "3000명", "12人".
fn after_number(glyphs: &[Glyph], start: usize) -> bool {
    let before = start.checked_sub(1).map(|at| glyphs[at].char);
    before.is_some_and(|char| char.is_ascii_digit() || "百千万亿億兆여餘余백천만억".contains(char))
}

fn has_suffix(glyphs: &[Glyph], end: usize) -> bool {
    let rest: String =
        glyphs[end..].iter().take(3).map(|glyph| glyph.char).take_while(|&char| is_hangul(char)).collect();
    let ends_word = rest.is_empty() || glyphs[end].head;
    ends_word || KOREAN_SUFFIXES.iter().any(|suffix| rest.starts_with(suffix))
}

/// Neither side goes on in the same script.
fn flanked(glyphs: &[Glyph], start: usize, end: usize) -> bool {
    let free = |at: Option<&Glyph>| at.is_none_or(|glyph| !is_han(glyph.char));
    free(start.checked_sub(1).and_then(|at| glyphs.get(at))) && free(glyphs.get(end))
}

fn is_katakana(char: char) -> bool {
    matches!(char, '\u{30a1}'..='\u{30ff}') && char != '・'
}

fn is_han(char: char) -> bool {
    matches!(char, '\u{3400}'..='\u{9fff}' | '々')
}
