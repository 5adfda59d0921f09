//! Does a query make sense?
//!
//! In: the tree of a query. Out: problems of a query that can match everything or nothing, or only by what is absent,
//! and of a term that is in nearly every text. It changes nothing.

use super::meaning::{Concepts, Meaning, Style};
use super::query::{Expr, QueryProblem, Term};
use crate::text::lang::{Lang, is_common};

/// All checks.
pub(super) fn check(_text: &str, root: &Expr) -> Vec<QueryProblem> {
    let mut problems = check_terms(root);
    if problems.is_empty() {
        problems.extend(check_whole(root));
    }
    problems
}

fn problem(expr: &Expr, message: String, hint: &str) -> QueryProblem {
    let place = expr.place();
    QueryProblem { start: place.start, end: place.end, message, hint: Some(hint.to_owned()) }
}

/// Terms that say nothing by themselves.
pub(super) fn check_terms(root: &Expr) -> Vec<QueryProblem> {
    let mut problems = Vec::new();
    root.terms(&mut |term| {
        let Meaning::Words(phrase) = &term.meaning else { return };
        let [word] = phrase.words.as_slice() else { return };
        let common = is_common(Lang::of("en"), &word.plain) && !word.prefix && phrase.style != Style::Exact;
        let short = word.prefix && word.plain.is_ascii() && word.plain.len() < 2;
        if common || short {
            let message = match common {
                true => format!("`{}` is in nearly every text", word.plain),
                false => format!("`{}*` matches nearly every text", word.plain),
            };
            let hint = Some(format!("leave it out; for an acronym write `exact:\"{}\"`", word.plain.to_uppercase()));
            problems.push(QueryProblem { start: term.place.start, end: term.place.end, message, hint });
        }
    });
    problems
}

/// Whether the query as a whole can match something, and not everything.
pub(super) fn check_whole(root: &Expr) -> Option<QueryProblem> {
    if let Some(part) = open_part(root) {
        return Some(match part {
            Expr::Or(..) => {
                let message =
                    "one alternative says only what must be absent, so this matches nearly everything".to_owned();
                problem(part, message, "write `… and not …` instead of `… or not …`")
            }
            _ => {
                problem(part, "this says only what must be absent".to_owned(), "add what must be there: `… and not …`")
            }
        });
    }
    dead_part(root)
        .map(|part| problem(part, "this can never match: the same query excludes it".to_owned(), "drop one of the two"))
}

/// The part by which a text without any of the query's words would match.
fn open_part(expr: &Expr) -> Option<&Expr> {
    match expr {
        Expr::Term(_) | Expr::Near { .. } => None,
        Expr::Not(..) => Some(expr),
        Expr::And(parts, _) => {
            let open: Option<Vec<&Expr>> = parts.iter().map(open_part).collect();
            open.map(|parts| if let [Expr::Or(..), ..] = parts.as_slice() { parts[0] } else { expr })
        }
        Expr::Or(parts, _) => parts.iter().any(|part| open_part(part).is_some()).then_some(expr),
        Expr::Title(part, _) => open_part(part),
    }
}

/// A part of a conjunction that another part of it excludes.
fn dead_part(expr: &Expr) -> Option<&Expr> {
    match expr {
        Expr::And(parts, _) => {
            let mut excluded = Vec::new();
            for part in parts {
                if let Expr::Not(inner, _) = part {
                    alternatives(inner, &mut excluded);
                }
            }
            let positive = || parts.iter().filter(|part| !matches!(part, Expr::Not(..)));
            positive().find(|part| is_dead(part, &excluded)).or_else(|| positive().find_map(dead_part))
        }
        Expr::Or(parts, _) => {
            let dead: Option<Vec<&Expr>> = parts.iter().map(dead_part).collect();
            dead.and_then(|parts| parts.first().copied())
        }
        Expr::Title(part, _) => dead_part(part),
        Expr::Term(_) | Expr::Near { .. } | Expr::Not(..) => None,
    }
}

fn alternatives<'a>(expr: &'a Expr, out: &mut Vec<&'a Term>) {
    match expr {
        Expr::Term(term) => out.push(term),
        Expr::Or(parts, _) => parts.iter().for_each(|part| alternatives(part, out)),
        _ => {}
    }
}

fn is_dead(expr: &Expr, excluded: &[&Term]) -> bool {
    match expr {
        Expr::Term(term) => excluded.iter().any(|other| implies(&term.meaning, &other.meaning)),
        Expr::Or(parts, _) => parts.iter().all(|part| is_dead(part, excluded)),
        Expr::And(parts, _) | Expr::Near { parts, .. } => parts.iter().any(|part| is_dead(part, excluded)),
        Expr::Title(part, _) => is_dead(part, excluded),
        Expr::Not(..) => false,
    }
}

/// Whether whatever satisfies `left` satisfies `right`.
fn implies(left: &Meaning, right: &Meaning) -> bool {
    let within = |left: &Concepts, right: &Concepts| left.narrower.iter().all(|ix| right.contains(*ix));
    match (left, right) {
        (Meaning::Concept(left), Meaning::Concept(right)) => within(left, right),
        (Meaning::Words(left), Meaning::Words(right)) => {
            let same = left.words.len() == right.words.len()
                && left.words.iter().zip(&right.words).all(|(a, b)| a.plain == b.plain && a.prefix == b.prefix);
            same && (left.style == right.style || right.style == Style::Inflected)
        }
        (Meaning::Filter(left), Meaning::Filter(right)) => {
            left.facet == right.facet && left.folded == right.folded && !right.prefix
        }
        _ => false,
    }
}
