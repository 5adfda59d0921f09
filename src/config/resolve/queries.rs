//! What do the words of a watch mean?
//!
//! In: lexicon files; a watch's `query` or its lists. Out: the compiled lexicon and query, or their problems at the very
//! word in the file, however the text is quoted there.

use std::sync::Arc;

use super::Table;
use crate::config::position::in_written;
use crate::config::problem::{Problem, Problems, SourceFile, Spot};
use crate::lexicon::{Lexicon, LexiconProblem};
use crate::matching::{Query, QueryProblem};

/// The shipped lexicon and the user's files, or nothing where these are wrong.
pub(super) fn lexicon(files: &[Arc<SourceFile>], problems: &mut Problems) -> Option<Lexicon> {
    let own: Vec<(&str, &str)> = files.iter().map(|file| (file.path.as_str(), file.text.as_str())).collect();
    let found = Lexicon::with(&own);
    found.map_err(|found| problems.extend(found.into_iter().map(|problem| lexicon_problem(problem, files)))).ok()
}

fn lexicon_problem(problem: LexiconProblem, files: &[Arc<SourceFile>]) -> Problem {
    let message = problem.message;
    let located = match files.iter().find(|file| file.path == problem.file) {
        Some(file) => Problem::error(&Spot { source: Arc::clone(file), span: problem.span }, message),
        None => Problem::of_path("lexicon", message),
    };
    located.maybe_hint(problem.hint)
}

/// The query of a watch that has one, as `query` or as lists.
pub(super) fn query(table: &Table, lexicon: &Lexicon, problems: &mut Problems) -> Option<Query> {
    if let Some(text) = table.text("query") {
        let found = Query::parse(text, lexicon);
        let spot = table.spot_of("query");
        return found.map_err(|found| problems.extend(found.into_iter().map(|own| query_problem(own, spot)))).ok();
    }
    let (all, any, none) = (table.strings("all"), table.strings("any"), table.strings("none"));
    let found = Query::from_lists(&all, &any, &none, lexicon);
    let located = |found: crate::matching::ListProblem| {
        let entry = found.entry.and_then(|entry| table.texts(found.list).get(entry));
        match entry {
            Some(entry) => query_problem(found.problem, &entry.spot),
            None => {
                let list = ["all", "any", "none"].into_iter().find(|list| table.has(list)).unwrap_or(found.list);
                Problem::error(table.spot_of(list), found.problem.message).maybe_hint(found.problem.hint)
            }
        }
    };
    found.map_err(|found| problems.extend(found.into_iter().map(located))).ok()
}

/// A problem with its place in the file instead of the text.
fn query_problem(problem: QueryProblem, spot: &Spot) -> Problem {
    let written = spot.source.text.get(spot.span.clone()).unwrap_or_default();
    let place = |offset| spot.span.start + in_written(written, offset);
    let (start, end) = (place(problem.start), place(problem.end));
    let spot = Spot { source: Arc::clone(&spot.source), span: start..end.max(start) };
    Problem::error(&spot, problem.message).maybe_hint(problem.hint)
}
