//! Is a watch satisfied in part, so that more text could satisfy it?
//!
//! In: a query that does not hold for a document. Out: yes, where at least half of what it requires is there and nothing of
//! what is missing could not stand in the article itself. It decides nothing: whoever asks may go and get the article.

use super::evaluate::View;
use super::meaning::Meaning;
use super::query::Expr;

/// Whether `root`, which does not hold, holds in part.
pub(super) fn nearly(view: &View<'_>, root: &Expr) -> bool {
    let Expr::And(parts, _) = root else { return near_by(view, root) };
    let (mut there, mut missing) = (0, 0);
    for part in parts {
        match (view.holds(part, None), is_of_text(part)) {
            (true, true) => there += 1,
            (true, false) => {}
            (false, true) if could_hold(view, part) => missing += 1,
            (false, _) => return false,
        }
    }
    there > 0 && there >= missing
}

/// `near` whose parts are there in half; of alternatives, any.
fn near_by(view: &View<'_>, expr: &Expr) -> bool {
    match expr {
        Expr::Near { parts, .. } => {
            let there = parts.iter().filter(|part| view.holds(part, None)).count();
            there > 0 && there * 2 >= parts.len()
        }
        Expr::Or(parts, _) => parts.iter().any(|part| nearly(view, part)),
        _ => false,
    }
}

/// Whether a part asks for words of the text, and not only where the item comes from or what must not be there.
fn is_of_text(part: &Expr) -> bool {
    match part {
        Expr::Term(term) => !matches!(term.meaning, Meaning::Filter(_)),
        Expr::And(parts, _) | Expr::Or(parts, _) | Expr::Near { parts, .. } => parts.iter().any(is_of_text),
        Expr::Not(..) => false,
        Expr::Title(..) => true,
    }
}

/// Whether more text could make a failing part hold. A headline stays what it is, and what is excluded stays there.
fn could_hold(view: &View<'_>, part: &Expr) -> bool {
    match part {
        Expr::Term(_) => is_of_text(part),
        Expr::And(parts, _) => parts.iter().all(|part| view.holds(part, None) || could_hold(view, part)),
        Expr::Or(parts, _) => parts.iter().any(|part| could_hold(view, part)),
        Expr::Near { .. } => true,
        Expr::Not(..) | Expr::Title(..) => false,
    }
}
