//! What was found in an item's text?
//!
//! In: nothing. Out: the tokenised and tagged text of one item, which `matching` and `story` read. Offsets are bytes
//! of the original field, so that evidence can be shown as the outlet wrote it.

use std::ops::Range;

use crate::model::Field;
pub use crate::text::token::Shape;

/// A concept's index in the compiled lexicon; stable only within one compiled lexicon (store the id, a string).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConceptIx(pub u32);

/// An item's text, read once.
#[derive(Clone, Debug, Default)]
pub struct Document {
    /// Primary language subtag, declared or detected; empty when unknown.
    pub lang: String,
    pub fields: Vec<FieldText>,
    /// All tokens of all fields, in order.
    pub tokens: Vec<Token>,
    /// Folded text of all tokens, one after the other; see [`Document::folded`].
    pub folded: String,
    /// Concepts mentioned, by position; nested mentions of other concepts are already dropped.
    pub mentions: Vec<Mention>,
    /// Bytes at the ends of fields that were not read, for their length.
    pub cut_bytes: u32,
}

/// One field of an item.
#[derive(Clone, Debug)]
pub struct FieldText {
    pub field: Field,
    pub text: String,
    /// Its tokens in [`Document::tokens`].
    pub tokens: Range<u32>,
    /// The part that is the outlet's own words, without its name in the headline and boilerplate at the end:
    /// only this is evidence.
    pub content: Range<u32>,
}

/// A word (an alphanumeric run), or one character of an unspaced script.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token {
    pub field: Field,
    /// Bytes in the field's text.
    pub start: u32,
    pub end: u32,
    /// Bytes in [`Document::folded`].
    pub folded_start: u32,
    pub folded_end: u32,
    /// Sentence number within the document, from 0; the title is its own sentence.
    pub sentence: u16,
    /// Hash of the folded form, and of its stem in the document's language.
    pub hash: u64,
    pub stem: u64,
    pub shape: Shape,
}

/// A concept named in the text.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Mention {
    pub concept: ConceptIx,
    pub field: Field,
    /// Bytes in the field's text.
    pub start: u32,
    pub end: u32,
    /// Tokens in [`Document::tokens`], end exclusive.
    pub first_token: u32,
    pub last_token: u32,
    /// 1 for a plain name, less where the context left a doubt.
    pub confidence: f32,
}

impl Document {
    /// The folded text of a token.
    pub fn folded(&self, token: &Token) -> &str {
        &self.folded[token.folded_start as usize..token.folded_end as usize]
    }

    /// The text of a field; empty where the item has none.
    pub fn text(&self, field: Field) -> &str {
        self.fields.iter().find(|own| own.field == field).map_or("", |own| &own.text)
    }

    /// A token as written.
    pub fn original(&self, token: &Token) -> &str {
        &self.text(token.field)[token.start as usize..token.end as usize]
    }

    /// The text from one token to another (end exclusive) of one field, as written.
    pub fn original_between(&self, first: u32, last: u32) -> &str {
        let tokens = &self.tokens[first as usize..last as usize];
        match (tokens.first(), tokens.last()) {
            (Some(first), Some(last)) => &self.text(first.field)[first.start as usize..last.end as usize],
            _ => "",
        }
    }

    /// The field and bytes of a mention, as written.
    pub fn mentioned(&self, mention: &Mention) -> &str {
        &self.text(mention.field)[mention.start as usize..mention.end as usize]
    }

    /// Whether a token and the next are parts of one phrase: the same field and sentence, and nothing between that parts.
    pub fn is_joined(&self, at: u32) -> bool {
        let (Some(left), Some(right)) = (self.tokens.get(at as usize), self.tokens.get(at as usize + 1)) else {
            return false;
        };
        let same = left.field == right.field && left.sentence == right.sentence;
        same && joins(&self.text(left.field)[left.end as usize..right.start as usize])
    }

    /// Whether the text, of a script that has diacritics, has none.
    pub fn lacks_marks(&self) -> bool {
        self.fields.iter().all(|field| !field.text.chars().any(|char| ('\u{c0}'..='\u{24f}').contains(&char)))
    }

    /// Whether a token is the outlet's own news, see [`FieldText::content`].
    pub fn is_content(&self, token: &Token) -> bool {
        let field = self.fields.iter().find(|own| own.field == token.field);
        field.is_some_and(|field| token.start >= field.content.start && token.end <= field.content.end)
    }
}

/// Whether what stands between two words leaves them one phrase.
fn joins(gap: &str) -> bool {
    const JOINING: &[char] = &[
        ' ', '\u{a0}', '\u{202f}', '.', '-', '\u{2011}', '–', '—', '־', '\'', '’', '"', '“', '”', '„', '«', '»', '/',
        '&',
    ];
    gap.len() <= GAP_BYTES_MAX && gap.chars().all(|char| JOINING.contains(&char))
}

/// A wider gap is white space that parts.
const GAP_BYTES_MAX: usize = 8;
