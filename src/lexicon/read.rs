//! What does an item's text come to?
//!
//! In: an item (or fields) and the lexicon. Out: the document: words with keys and stems, the language, the part of
//! each field that is content, and the mentions. One pass over the text for words, one over the words for names.

use super::tag::tag;
use super::{Document, FieldText, Lexicon, Token, content};
use crate::model::{Field, Item};
use crate::text::fold::{fold_into, hash, plain_into};
use crate::text::form::{is_turkic, keeps_diacritics, stem_language, without_stops};
use crate::text::lang::{Lang, Scripts, detect};
use crate::text::stem::Rules;
use crate::text::token::{Shape, split};

/// Bytes read of each field; what exceeds it is cut and counted in [`Document::cut_bytes`].
const TITLE_BYTES_MAX: usize = 4 << 10;
const SUMMARY_BYTES_MAX: usize = 32 << 10;
const TEXT_BYTES_MAX: usize = 128 << 10;

/// A word and what parts it from the next, on average.
const WORD_BYTES: usize = 5;

pub(super) fn read(lexicon: &Lexicon, item: &Item) -> Document {
    let mut fields = vec![(Field::Title, item.title.as_str()), (Field::Summary, item.summary.as_str())];
    fields.extend(item.text.as_deref().map(|text| (Field::Text, text)));
    fields.retain(|(field, text)| *field == Field::Title || !text.is_empty());
    let outlets = [item.outlet.name.as_str(), item.outlet.family.as_str(), item.feed_name.as_str()];
    read_fields(lexicon, &fields, Lang::of(item.lang.as_deref().unwrap_or_default()), &outlets)
}

/// Reads `fields`; `outlets` are names of the publisher, which are no evidence.
pub(super) fn read_fields(lexicon: &Lexicon, fields: &[(Field, &str)], declared: Lang, outlets: &[&str]) -> Document {
    let mut document = Document::default();
    let mut scripts = Scripts::default();
    for (field, text) in fields {
        let kept = within(text, limit(*field));
        document.cut_bytes += (text.len() - kept.len()) as u32;
        scripts.count(kept);
        document.fields.push(FieldText {
            field: *field,
            text: kept.to_owned(),
            tokens: 0..0,
            content: 0..kept.len() as u32,
        });
    }
    let mut lang = detect_by_words(&mut document, declared, &scripts);
    if is_turkic(lang) || keeps_diacritics(lang) {
        tokenise(&mut document, lang);
    }
    if lang.is_unknown() && !document.tokens.iter().any(|token| token.shape != Shape::Number) {
        lang = declared;
    }
    document.lang = lang.as_str().to_owned();
    add_stems(&mut document, stem_language(lang));
    let own = content::restrict(&mut document, outlets);
    tag(lexicon, &mut document, lang, &own);
    document
}

fn limit(field: Field) -> usize {
    match field {
        Field::Title => TITLE_BYTES_MAX,
        Field::Summary => SUMMARY_BYTES_MAX,
        Field::Text => TEXT_BYTES_MAX,
    }
}

fn within(text: &str, bytes: usize) -> &str {
    if text.len() <= bytes {
        return text;
    }
    let end = (0..=bytes).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(0);
    &text[..end]
}

fn detect_by_words(document: &mut Document, declared: Lang, scripts: &Scripts) -> Lang {
    tokenise(document, Lang::UNKNOWN);
    detect(declared, scripts, document.tokens.iter().map(|token| token.hash))
}

/// Fills the tokens of all fields, without stems.
fn tokenise(document: &mut Document, lang: Lang) {
    let Document { fields, tokens, folded, .. } = document;
    tokens.clear();
    folded.clear();
    let bytes = fields.iter().map(|field| field.text.len()).sum::<usize>();
    tokens.reserve(bytes / WORD_BYTES);
    folded.reserve(bytes);
    let mut sentence = 0;
    let mut scratch = String::new();
    for field in fields {
        let first = tokens.len() as u32;
        let base = sentence;
        split(&field.text, is_turkic(lang), |word| {
            sentence = base + word.sentence;
            let folded_start = folded.len() as u32;
            push_plain(&field.text[word.start..word.end], lang, &mut scratch, folded);
            tokens.push(Token {
                field: field.field,
                start: word.start as u32,
                end: word.end as u32,
                folded_start,
                folded_end: folded.len() as u32,
                sentence,
                hash: hash(&folded[folded_start as usize..]),
                stem: 0,
                shape: word.shape,
            });
        });
        sentence = sentence.saturating_add(1);
        field.tokens = first..tokens.len() as u32;
    }
}

fn push_plain(word: &str, lang: Lang, scratch: &mut String, out: &mut String) {
    if word.bytes().all(|byte| byte.is_ascii_alphanumeric()) && !is_turkic(lang) {
        return out.extend(word.bytes().map(|byte| char::from(byte.to_ascii_lowercase())));
    }
    scratch.clear();
    fold_into(word, is_turkic(lang), scratch);
    if scratch.contains('.') {
        *scratch = without_stops(std::mem::take(scratch));
    }
    match keeps_diacritics(lang) {
        true => out.push_str(scratch),
        false => plain_into(scratch, out),
    }
}

/// Stems are made of the folded word with its diacritics, which the rules of some languages need.
fn add_stems(document: &mut Document, lang: Lang) {
    let Document { fields, tokens, folded, .. } = document;
    let rules = Rules::of(lang);
    let mut scratch = String::new();
    let mut stem = String::new();
    for field in fields {
        for token in &mut tokens[field.tokens.start as usize..field.tokens.end as usize] {
            if matches!(token.shape, Shape::Unspaced | Shape::Number) {
                token.stem = token.hash;
                continue;
            }
            stem.clear();
            let original = &field.text[token.start as usize..token.end as usize];
            if original.is_ascii() {
                rules.stem_into(&folded[token.folded_start as usize..token.folded_end as usize], &mut stem);
            } else {
                scratch.clear();
                fold_into(original, is_turkic(lang), &mut scratch);
                rules.stem_into(&without_stops(std::mem::take(&mut scratch)), &mut stem);
            }
            token.stem = hash(&stem);
        }
    }
}
