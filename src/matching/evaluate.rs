//! Does one query hold for one document, and by which words?
//!
//! In: a query's tree, the document, the item. Out: yes or no; the first place of each satisfied term. It knows no
//! index: what it says is the truth that the index must not change.

use super::meaning::{Concepts, Filter, Meaning, Phrase, Style, Word, language_bit};
use super::query::{Expr, Term};
use super::syntax::Facet;
use crate::lexicon::{Document, Token};
use crate::model::{Evidence, Field, Item};
use crate::text::fold::hash;
use crate::text::lang::Lang;
use crate::text::stem::{stem, without_clitics};
use crate::text::token::Shape;

/// A document with what is needed to look at it.
pub(super) struct View<'a> {
    pub document: &'a Document,
    item: &'a Item,
    lang: Lang,
    bit: u64,
    clitics: bool,
}

/// Where a term stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Span {
    pub field: Field,
    /// Tokens, end exclusive.
    pub first: u32,
    pub last: u32,
    /// Bytes in the field.
    pub start: u32,
    pub end: u32,
    /// Position in [`Document::mentions`].
    pub mention: Option<u32>,
}

impl<'a> View<'a> {
    pub fn new(document: &'a Document, item: &'a Item) -> Self {
        let lang = Lang::of(&document.lang);
        let clitics = matches!(lang.as_str(), "ar" | "ur" | "he");
        Self { document, item, lang, bit: language_bit(lang), clitics }
    }

    /// Whether `expr` holds; within one field, where `scope` says so.
    pub fn holds(&self, expr: &Expr, scope: Option<Field>) -> bool {
        match expr {
            Expr::Term(term) => match &term.meaning {
                Meaning::Filter(filter) => self.passes(filter),
                _ => self.first(term, scope).is_some(),
            },
            Expr::And(parts, _) => parts.iter().all(|part| self.holds(part, scope)),
            Expr::Or(parts, _) => parts.iter().any(|part| self.holds(part, scope)),
            Expr::Not(part, _) => !self.holds(part, scope),
            Expr::Near { parts, words, .. } => self.near(parts, *words, scope).is_some(),
            Expr::Title(part, _) => self.holds(part, Some(Field::Title)),
        }
    }

    fn passes(&self, filter: &Filter) -> bool {
        match filter.facet {
            Facet::Lang => self.document.lang == filter.folded,
            Facet::Feed => filter.accepts(&self.item.feed_name),
            Facet::Outlet => filter.accepts(&self.item.outlet.name) || filter.accepts(&self.item.outlet.family),
            Facet::Tag => self.item.tags.iter().any(|tag| filter.accepts(tag)),
        }
    }

    /// The first place of a term.
    pub fn first(&self, term: &Term, scope: Option<Field>) -> Option<Span> {
        match &term.meaning {
            Meaning::Concept(concepts) => self.mentions(concepts, scope).next(),
            Meaning::Words(phrase) => self.occurrences(phrase, scope).next(),
            Meaning::Filter(_) => None,
        }
    }

    fn mentions<'b>(&'b self, concepts: &'b Concepts, scope: Option<Field>) -> impl Iterator<Item = Span> + 'b {
        let mentions = self.document.mentions.iter().enumerate();
        let own = mentions.filter(move |(_, mention)| {
            scope.is_none_or(|field| field == mention.field) && concepts.contains(mention.concept)
        });
        own.map(|(at, mention)| Span {
            field: mention.field,
            first: mention.first_token,
            last: mention.last_token,
            start: mention.start,
            end: mention.end,
            mention: Some(at as u32),
        })
    }

    fn occurrences<'b>(&'b self, phrase: &'b Phrase, scope: Option<Field>) -> impl Iterator<Item = Span> + 'b {
        let fields = self.document.fields.iter().filter(move |field| scope.is_none_or(|only| only == field.field));
        let places = fields.flat_map(|field| field.tokens.clone());
        places.filter_map(move |at| self.phrase_at(phrase, at))
    }

    fn phrase_at(&self, phrase: &Phrase, at: u32) -> Option<Span> {
        let last = at as usize + phrase.words.len();
        let tokens = self.document.tokens.get(at as usize..last)?;
        let spelled = tokens.iter().zip(&phrase.words).all(|(token, word)| self.is_word(token, word, phrase.style));
        let joined = || (at..last as u32 - 1).all(|at| self.document.is_joined(at));
        let (first, end) = (tokens.first()?, tokens.last()?);
        (spelled && joined() && self.document.is_content(end)).then_some(Span {
            field: first.field,
            first: at,
            last: last as u32,
            start: first.start,
            end: end.end,
            mention: None,
        })
    }

    fn is_word(&self, token: &Token, word: &Word, style: Style) -> bool {
        let surface = |hash: u64| word.surfaces.contains(&hash);
        let stemmed = |stem: u64| word.stems.iter().any(|(own, languages)| *own == stem && languages & self.bit != 0);
        if style == Style::Exact {
            let original = self.document.original(token);
            return original == word.original || (word.prefix && original.starts_with(&word.original));
        }
        if surface(token.hash) || (style == Style::Inflected && stemmed(token.stem)) {
            return true;
        }
        let plain = self.document.folded(token);
        if word.prefix && plain.starts_with(&word.plain) {
            return true;
        }
        let mut found = false;
        if self.clitics {
            without_clitics(self.lang, plain, |form| {
                found |= surface(hash(form)) || (word.prefix && form.starts_with(&word.plain));
                found |= style == Style::Inflected && stemmed(hash(&stem(self.lang, form)));
            });
        }
        found
    }

    /// Places of all parts in one field, each at most `words` words from the first.
    fn near(&self, parts: &[Expr], words: u32, scope: Option<Field>) -> Option<Vec<Span>> {
        let mut places = Vec::new();
        for part in parts {
            let mut spans = Vec::new();
            self.spans(part, scope, &mut spans);
            spans.sort_by_key(|span| (span.first, span.last));
            if spans.is_empty() {
                return None;
            }
            places.push(spans);
        }
        let (first, others) = places.split_first()?;
        first.iter().find_map(|anchor| {
            let beside: Option<Vec<Span>> = others.iter().map(|spans| self.nearest(anchor, spans, words)).collect();
            beside.map(|spans| [anchor].into_iter().copied().chain(spans).collect())
        })
    }

    /// The first of `spans` (sorted) that is near enough to `anchor`.
    fn nearest(&self, anchor: &Span, spans: &[Span], words: u32) -> Option<Span> {
        // An unspaced character is half a word, and no name has more than a hundred.
        let reach = 2 * words + 128;
        let from = spans.partition_point(|span| span.first + reach < anchor.first);
        let within = spans[from..].iter().take_while(|span| span.first <= anchor.last + reach);
        within.copied().find(|span| span.field == anchor.field && self.half_words(anchor, span) <= 2 * words)
    }

    /// What stands between two places, in halves of a word.
    fn half_words(&self, left: &Span, right: &Span) -> u32 {
        let (from, to) = if left.first <= right.first { (left.last, right.first) } else { (right.last, left.first) };
        let between = self.document.tokens.get(from as usize..to as usize).unwrap_or_default();
        between.iter().map(|token| if token.shape == Shape::Unspaced { 1 } else { 2 }).sum()
    }

    fn spans(&self, expr: &Expr, scope: Option<Field>, out: &mut Vec<Span>) {
        match expr {
            Expr::Term(Term { meaning: Meaning::Concept(concepts), .. }) => out.extend(self.mentions(concepts, scope)),
            Expr::Term(Term { meaning: Meaning::Words(phrase), .. }) => out.extend(self.occurrences(phrase, scope)),
            Expr::Or(parts, _) => parts.iter().for_each(|part| self.spans(part, scope, out)),
            _ => {}
        }
    }

    /// The evidence for an expression that holds: each satisfied term that speaks for it.
    pub fn evidence(&self, text: &str, expr: &Expr, scope: Option<Field>, out: &mut Vec<Evidence>) {
        match expr {
            Expr::Term(term) => out.extend(self.first(term, scope).map(|span| self.told(text, term, &span))),
            Expr::And(parts, _) | Expr::Or(parts, _) => {
                let held = parts.iter().filter(|part| self.holds(part, scope));
                held.for_each(|part| self.evidence(text, part, scope, out));
            }
            Expr::Near { parts, words, .. } => {
                let places = self.near(parts, *words, scope).unwrap_or_default();
                for (part, span) in parts.iter().zip(places) {
                    out.extend(self.speaker(part, &span, scope).map(|term| self.told(text, term, &span)));
                }
            }
            Expr::Title(part, _) => self.evidence(text, part, Some(Field::Title), out),
            Expr::Not(..) => {}
        }
    }

    /// The term of a part that stands in a place.
    fn speaker<'e>(&self, part: &'e Expr, place: &Span, scope: Option<Field>) -> Option<&'e Term> {
        let mut found = None;
        part.terms(&mut |term| {
            let mut spans = Vec::new();
            self.spans(&Expr::Term(term.clone()), scope, &mut spans);
            if found.is_none() && spans.contains(place) {
                found = Some(term);
            }
        });
        found
    }

    fn told(&self, text: &str, term: &Term, span: &Span) -> Evidence {
        let concept = match (&term.meaning, span.mention) {
            (Meaning::Concept(concepts), Some(_)) => concepts.ids.first().cloned(),
            _ => None,
        };
        Evidence {
            term: text[term.place.start..term.place.end].to_owned(),
            concept,
            text: self.document.text(span.field)[span.start as usize..span.end as usize].to_owned(),
            field: span.field,
            start: span.start,
            end: span.end,
        }
    }
}
