//! Why did a watch not match?
//!
//! In: a watch and a document that does not satisfy it. Out: the nearest part of the query that failed, in the user's
//! words, and what was there. It decides nothing.

use super::evaluate::View;
use super::index::Watches;
use super::meaning::Meaning;
use super::query::{Expr, Place, Term};
use super::syntax::Facet;
use crate::lexicon::Document;
use crate::model::{Evidence, Field, Item};

/// Why a watch did not match an item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WhyNot {
    pub watch: String,
    /// One line: "`troops` is not in the text". Empty when the watch matches after all.
    pub failed: String,
    /// The terms that were there.
    pub satisfied: Vec<Evidence>,
}

impl Watches {
    /// What failed of the watch of this name; `None` where there is no such watch.
    pub fn why_not(&self, name: &str, document: &Document, item: &Item) -> Option<WhyNot> {
        let watch = self.list.iter().find(|watch| watch.name == name)?;
        let mut why = WhyNot { watch: watch.name.clone(), failed: String::new(), satisfied: Vec::new() };
        if let Some(root) = &watch.query.root {
            let view = View::new(document, item);
            let teller = Teller { view: &view, text: &watch.query.text };
            why.failed = teller.failures(root, None).join("; ");
            teller.there(root, None, &mut why.satisfied);
        }
        Some(why)
    }
}

struct Teller<'a> {
    view: &'a View<'a>,
    text: &'a str,
}

impl Teller<'_> {
    fn words(&self, place: Place) -> &str {
        &self.text[place.start..place.end]
    }

    /// Each part that failed and whose failing matters.
    fn failures(&self, expr: &Expr, scope: Option<Field>) -> Vec<String> {
        if self.view.holds(expr, scope) {
            return Vec::new();
        }
        let words = self.words(expr.place());
        let where_to = if scope == Some(Field::Title) { "the title" } else { "the text" };
        match expr {
            Expr::Term(term) => vec![self.term(term, where_to)],
            Expr::And(parts, _) => parts.iter().flat_map(|part| self.failures(part, scope)).collect(),
            Expr::Or(..) => vec![format!("none of `{words}` is in {where_to}")],
            Expr::Near { parts, words: distance, .. } => {
                let missing: Vec<String> = parts.iter().flat_map(|part| self.failures(part, scope)).collect();
                match missing.is_empty() {
                    true => vec![format!("`{words}`: all are in {where_to}, but more than {distance} words apart")],
                    false => missing,
                }
            }
            Expr::Not(part, _) => vec![self.present(words, part, scope)],
            Expr::Title(part, _) => self.failures(part, Some(Field::Title)),
        }
    }

    fn term(&self, term: &Term, where_to: &str) -> String {
        let words = self.words(term.place);
        match &term.meaning {
            Meaning::Filter(filter) if filter.facet == Facet::Lang => {
                let lang = &self.view.document.lang;
                format!("`{words}`: the item is in `{}`", if lang.is_empty() { "an unknown language" } else { lang })
            }
            Meaning::Filter(_) => format!("`{words}` is not where the item comes from"),
            _ => format!("`{words}` is not in {where_to}"),
        }
    }

    fn present(&self, words: &str, part: &Expr, scope: Option<Field>) -> String {
        let mut evidence = Vec::new();
        self.view.evidence(self.text, part, scope, &mut evidence);
        match evidence.first() {
            Some(first) => format!("`{words}`: `{}` is there", first.text),
            None => format!("`{words}` excludes the item"),
        }
    }

    /// The positive terms that are there, whether or not they suffice.
    fn there(&self, expr: &Expr, scope: Option<Field>, out: &mut Vec<Evidence>) {
        match expr {
            Expr::Term(_) => self.view.evidence(self.text, expr, scope, out),
            Expr::And(parts, _) | Expr::Or(parts, _) | Expr::Near { parts, .. } => {
                parts.iter().for_each(|part| self.there(part, scope, out));
            }
            Expr::Title(part, _) => self.there(part, Some(Field::Title), out),
            Expr::Not(..) => {}
        }
    }
}
