//! What does the story stage need to know of an item?
//!
//! In: an item, its document, how many stories hold a feature. Out: its words, its language-free features (concepts, names,
//! figures), its shingles, its facts and its kind, all that copies, stories and threads compare. It compares nothing.

use super::facts::{self, Cues, Fact};
use super::frequency;
use super::genre::{self, Genre};
use super::number;
use super::vector::{Feature, Vector, feature};
use crate::lexicon::{Document, FieldText, Kind, Lexicon, Shape, Token};
use crate::model::{Field, Item, content_hash};
use crate::text::fold;
use crate::text::shingle::Shingles;

/// Words read of one item for comparing.
const WORDS_MAX: usize = 600;
/// Features kept of one item.
pub const FEATURES_MAX: usize = 80;
/// Words below the headline after which a word weighs half: what happened stands on top, what happened before further down,
/// and like events have like backgrounds.
const LEAD_HALF: f32 = 200.0;
/// Words of a shingle: the same for headlines and articles, so that a snippet meets its article.
const SHINGLE: usize = 3;
/// Words that open a text, for telling a copy from a text with a new beginning.
const LEAD_WORDS: usize = 40;
/// Weight of a word too common to tell stories apart.
const COMMON: f32 = 2.0;
/// Weight of a word from which a capitalised one is taken for a name.
const NAME: f32 = 4.3;
/// What a name in Latin letters weighs of its word.
const NAME_SHARE: f32 = 0.64;
/// Weight of a bigram of an unspaced script or of Korean syllables.
const BIGRAM: f32 = 3.2;

/// An item as the story stage sees it.
#[derive(Clone, Debug, Default)]
pub struct Reading {
    /// Stems (or character bigrams) and figures, unit length, in the item's language.
    pub words: Vector,
    /// Concepts, names in Latin letters, figures: comparable across languages; unit length.
    pub bare: Vector,
    pub shingles: Shingles,
    /// Of the first words of the text.
    pub lead: Shingles,
    /// Significant words of the headline, ascending.
    pub title_words: Vec<u64>,
    /// Figures and status cues of headline and first sentence, ascending: what a copy must not change.
    pub critical: Vec<u64>,
    /// All figures, ascending.
    pub figures: Vec<u64>,
    pub facts: Vec<Fact>,
    pub cues: Cues,
    pub genre: Genre,
    /// The wire credited in the text, else the outlet's family.
    pub family: String,
    /// The headline's own words.
    pub headline: String,
    /// Words in all.
    pub length: usize,
}

/// Reads an item.
pub fn read(lexicon: &Lexicon, item: &Item, document: &Document, rarity: impl Fn(Feature) -> f32) -> Reading {
    let mut builder = Builder { lexicon, document, rarity, words: Vec::new(), bare: Vec::new(), title: Vec::new() };
    builder.read_words();
    builder.read_concepts();
    let figures = builder.read_figures();
    let (facts, cues) = facts::facts(lexicon, document);
    let plain = plain_words(document);
    let body = plain_words_of(document, |field| field != Field::Title);
    let lead = &body[..body.len().min(LEAD_WORDS)];
    let mut title_words: Vec<u64> = builder.title.iter().map(|(feature, _)| u64::from(*feature)).collect();
    title_words.sort_unstable();
    title_words.dedup();
    Reading {
        shingles: Shingles::of(&plain, SHINGLE),
        lead: Shingles::of(lead, SHINGLE),
        title_words,
        critical: critical(document, lexicon),
        figures,
        facts,
        cues,
        genre: genre::of(&content(document, Field::Title), &item.summary, item.link.as_deref()),
        family: credit(item, document).unwrap_or_else(|| item.outlet.family.clone()),
        headline: content(document, Field::Title),
        length: plain.len(),
        words: Vector::of_mentions(builder.words).heaviest(FEATURES_MAX).unit(),
        bare: Vector::of(builder.bare).heaviest(FEATURES_MAX).unit(),
    }
}

struct Builder<'a, R> {
    lexicon: &'a Lexicon,
    document: &'a Document,
    rarity: R,
    words: Vec<(Feature, f32)>,
    bare: Vec<(Feature, f32)>,
    title: Vec<(Feature, f32)>,
}

impl<R: Fn(Feature) -> f32> Builder<'_, R> {
    /// Stems, bigrams and names.
    fn read_words(&mut self) {
        let document = self.document;
        for text in &document.fields {
            let tokens = own_tokens(document, text);
            for (at, token) in tokens.iter().take(WORDS_MAX).enumerate() {
                let down = if text.field == Field::Title { 0.0 } else { at as f32 / LEAD_HALF };
                let place = place_weight(text.field) * (-down).exp2();
                let folded = document.folded(token);
                let next = tokens.get(at + 1);
                match token.shape {
                    Shape::Number => {}
                    Shape::Unspaced => {
                        if let Some(next) =
                            next.filter(|next| next.shape == Shape::Unspaced && next.sentence == token.sentence)
                        {
                            self.word(text.field, bigram(folded, document.folded(next)), BIGRAM * place);
                        }
                    }
                    _ if is_hangul(folded) => self.syllables(text.field, folded, place),
                    shape => {
                        let weight = frequency::weight(&document.lang, folded);
                        if weight > COMMON {
                            self.word(text.field, token.stem, weight * place);
                        }
                        if weight >= NAME && matches!(shape, Shape::Capital | Shape::Upper) {
                            self.bare.push((feature(name(folded)), weight * place * NAME_SHARE));
                        }
                    }
                }
            }
        }
    }

    fn word(&mut self, field: Field, hash: u64, weight: f32) {
        let feature = feature(hash);
        let weight = weight * (self.rarity)(feature);
        self.words.push((feature, weight));
        if field == Field::Title {
            self.title.push((feature, weight));
        }
    }

    /// Korean writes case endings onto words: pairs of syllables meet where words do not.
    fn syllables(&mut self, field: Field, folded: &str, place: f32) {
        let chars: Vec<char> = folded.chars().collect();
        if chars.len() == 1 {
            return;
        }
        for pair in chars.windows(2) {
            let pair: String = pair.iter().collect();
            self.word(field, content_hash(["pair", &pair]), BIGRAM * place);
        }
    }

    fn read_concepts(&mut self) {
        for mention in &self.document.mentions {
            let concept = self.lexicon.concept(mention.concept);
            let weight = match concept.kind {
                Kind::Status | Kind::Unit => continue,
                Kind::City | Kind::Region | Kind::Person | Kind::Body | Kind::Group => 7.0,
                Kind::Event => 4.0,
                Kind::Role | Kind::Term | Kind::Media => 2.8,
                _ => 4.1,
            };
            let feature = concept_feature(concept.id.as_str());
            let place = if mention.field == Field::Title { 1.3 } else { 1.0 };
            self.bare.push((feature, weight * place * mention.confidence * (self.rarity)(feature)));
        }
        // A concept named twice is no more the subject than one named in the headline.
        let mut kept = Vector::of(std::mem::take(&mut self.bare)).0;
        kept.iter_mut().for_each(|(_, weight)| *weight = weight.min(8.0));
        self.bare = kept;
    }

    /// Figures, as features and as a set.
    fn read_figures(&mut self) -> Vec<u64> {
        let mut figures = Vec::new();
        for text in &self.document.fields {
            for figure in number::figures(own_text(text), &self.document.lang) {
                let hash = figure_hash(figure.value);
                let feature = feature(hash);
                let weight = if figure.value >= 13.0 { 8.0 } else { 1.9 };
                let place = place_weight(text.field);
                self.words.push((feature, weight * place));
                self.bare.push((feature, weight * place));
                figures.push(hash);
                if text.field == Field::Title {
                    self.title.push((feature, weight));
                }
            }
        }
        figures.sort_unstable();
        figures.dedup();
        figures
    }
}

fn place_weight(field: Field) -> f32 {
    match field {
        Field::Title => 1.3,
        Field::Summary => 1.0,
        Field::Text => 0.6,
    }
}

/// A field's tokens that are the outlet's own words.
fn own_tokens<'a>(document: &'a Document, text: &FieldText) -> &'a [Token] {
    let tokens = &document.tokens[text.tokens.start as usize..text.tokens.end as usize];
    let from = tokens.partition_point(|token| token.start < text.content.start);
    let to = tokens.partition_point(|token| token.end <= text.content.end);
    &tokens[from..to.max(from)]
}

fn own_text(text: &FieldText) -> &str {
    text.text.get(text.content.start as usize..text.content.end as usize).unwrap_or_default()
}

/// A field's own words.
pub fn content(document: &Document, field: Field) -> String {
    document
        .fields
        .iter()
        .find(|text| text.field == field)
        .map_or_else(String::new, |text| own_text(text).trim().to_owned())
}

fn bigram(left: &str, right: &str) -> u64 {
    content_hash(["pair", left, right])
}

/// A concept as a feature.
pub fn concept_feature(id: &str) -> Feature {
    feature(content_hash(["concept", id]))
}

/// A figure as a feature.
pub fn figure_feature(value: f64) -> Feature {
    feature(figure_hash(value))
}

fn figure_hash(value: f64) -> u64 {
    content_hash(["figure", &format!("{value}")])
}

/// A name in Latin letters, without diacritics: the same in most languages that use them.
fn name(folded: &str) -> u64 {
    let mut plain = String::new();
    fold::plain_into(folded, &mut plain);
    content_hash(["name", &plain])
}

fn is_hangul(folded: &str) -> bool {
    folded
        .chars()
        .next()
        .is_some_and(|char| ('\u{ac00}'..='\u{d7a3}').contains(&char) || ('\u{1100}'..='\u{11ff}').contains(&char))
}

/// Hashes of all words but figures.
fn plain_words(document: &Document) -> Vec<u64> {
    plain_words_of(document, |_| true)
}

fn plain_words_of(document: &Document, wanted: impl Fn(Field) -> bool) -> Vec<u64> {
    let fields = document.fields.iter().filter(|text| wanted(text.field));
    let tokens = fields.flat_map(|text| own_tokens(document, text));
    tokens.filter(|token| token.shape != Shape::Number).map(|token| token.hash).collect()
}

/// Figures, and cues of denial or confirmation, in the headline and the first sentence below it.
fn critical(document: &Document, lexicon: &Lexicon) -> Vec<u64> {
    let below = document.tokens.iter().find(|token| token.field != Field::Title);
    let mut critical = Vec::new();
    for text in &document.fields {
        let head = document.tokens[text.tokens.start as usize..text.tokens.end as usize]
            .iter()
            .rfind(|token| text.field == Field::Title || below.is_some_and(|first| token.sentence == first.sentence));
        let end = head.map_or(0, |token| token.end).min(text.content.end);
        let Some(head) = text.text.get(text.content.start as usize..end as usize) else { continue };
        critical.extend(number::figures(head, &document.lang).iter().map(|figure| figure_hash(figure.value)));
    }
    let cued = ["status-deny", "status-not-deny", "status-cannot-confirm", "status-confirm", "status-retract"];
    for mention in document.mentions.iter().filter(|mention| mention.field == Field::Title) {
        let id = lexicon.concept(mention.concept).id.as_str();
        critical.extend(cued.contains(&id).then(|| content_hash([id])));
    }
    critical.sort_unstable();
    critical.dedup();
    critical
}

/// The agency that a text credits: behind the headline ("… - Meridian Wire"), or in a dateline ("SEOUL, Oct 8 (Meridian) - ").
fn credit(item: &Item, document: &Document) -> Option<String> {
    let title = document.fields.iter().find(|text| text.field == Field::Title)?;
    let behind = title.text.get(title.content.end as usize..).unwrap_or_default();
    let suffix = behind.trim_matches(|char: char| !char.is_alphanumeric());
    if !suffix.is_empty() {
        return Some(first_word(suffix)).filter(|name| !same_outlet(name, &item.outlet.name));
    }
    let body = if item.summary.is_empty() { item.text.as_deref().unwrap_or_default() } else { &item.summary };
    let opening = body.char_indices().nth(60).map_or(body, |(at, _)| &body[..at]);
    let (open, close) = (opening.find('(')?, opening.find(')')?);
    let dash = opening.get(close + 1..)?.trim_start().starts_with(['-', '–', '—']);
    let name = opening.get(open + 1..close).filter(|name| dash && name.len() <= 24)?;
    Some(first_word(name))
}

fn first_word(name: &str) -> String {
    fold::fold(name.split_whitespace().next().unwrap_or(name))
}

fn same_outlet(name: &str, outlet: &str) -> bool {
    first_word(outlet) == *name
}
