//! How do the words of a query belong together?
//!
//! In: the text of a query, or lists of them, and the lexicon. Out: its tree, or all problems. Grammar, loosest first:
//! `or`, `and`, `not`, `near/N`, then terms, groups and `title:`. Neighbouring bare words are read together: the longest
//! name that the lexicon knows, unknown words as a phrase, and what is left of both within a few words of each other.

use super::meaning::{Concepts, Filter, Meaning, Phrase, Style};
use super::query::{Expr, ListProblem, Place, QUERY_BYTES_MAX, Query, QueryProblem, TERMS_MAX, Term};
use super::sense;
use super::syntax::{Facet, Kind, Lexeme, lexemes};
use crate::lexicon::Lexicon;

/// Parentheses and `title:` inside each other.
const DEPTH_MAX: usize = 64;
/// Bare words beside each other.
const RUN_WORDS_MAX: usize = 24;
/// How far the parts of such a run may stand from the first.
const RUN_NEAR_WORDS: u32 = 5;
/// Problems beyond this are not worth reading.
const PROBLEMS_MAX: usize = 50;

/// Reads a query.
pub(super) fn parse(text: &str, lexicon: &Lexicon) -> Result<Expr, Vec<QueryProblem>> {
    if text.len() > QUERY_BYTES_MAX {
        let message = format!("a query of {} bytes; at most {QUERY_BYTES_MAX}", text.len());
        let hint = Some("split it into several watches".to_owned());
        return Err(vec![QueryProblem { start: 0, end: text.len(), message, hint }]);
    }
    let mut problems = Vec::new();
    let lexemes = lexemes(text, &mut problems);
    let mut parser = Parser { text, lexicon, lexemes: &lexemes, at: 0, depth: 0, terms: 0, lost: false, problems };
    let root = parser.whole();
    let mut problems = parser.problems;
    problems.sort_by_key(|problem| (problem.start, problem.end));
    problems.dedup();
    problems.truncate(PROBLEMS_MAX);
    match root {
        Some(root) if problems.is_empty() => Ok(root),
        None if problems.is_empty() => Err(vec![empty(text)]),
        _ => Err(problems),
    }
}

fn empty(text: &str) -> QueryProblem {
    let hint = Some("write what must be in an item: `earthquake and Japan`".to_owned());
    QueryProblem { start: 0, end: text.len(), message: "the query is empty".to_owned(), hint }
}

struct Parser<'a> {
    text: &'a str,
    lexicon: &'a Lexicon,
    lexemes: &'a [Lexeme],
    at: usize,
    depth: usize,
    terms: usize,
    /// A bound was passed: stop.
    lost: bool,
    problems: Vec<QueryProblem>,
}

impl<'a> Parser<'a> {
    fn peek(&self) -> Option<&'a Kind> {
        self.lexemes.get(self.at).filter(|_| !self.lost).map(|lexeme| &lexeme.kind)
    }

    fn place(&self) -> Place {
        let end = Place { start: self.text.len(), end: self.text.len() };
        self.lexemes.get(self.at).map_or(end, |lexeme| Place { start: lexeme.start, end: lexeme.end })
    }

    fn problem(&mut self, place: Place, message: impl Into<String>, hint: &str) {
        let hint = (!hint.is_empty()).then(|| hint.to_owned());
        self.problems.push(QueryProblem { start: place.start, end: place.end, message: message.into(), hint });
    }

    fn stop(&mut self, place: Place, message: String, hint: &str) {
        if !self.lost {
            self.problem(place, message, hint);
        }
        self.lost = true;
    }

    fn whole(&mut self) -> Option<Expr> {
        let mut root = self.or();
        while self.peek().is_some() {
            // Only a closing parenthesis ends a query early.
            let place = self.place();
            self.problem(place, "this `)` closes nothing", "leave it out, or open a parenthesis before it");
            self.at += 1;
            let more = if self.peek().is_some() { self.or() } else { None };
            root = root.or(more);
        }
        root
    }

    fn or(&mut self) -> Option<Expr> {
        let mut parts = Vec::new();
        parts.extend(self.and());
        while self.peek() == Some(&Kind::Or) {
            self.at += 1;
            parts.extend(self.and());
        }
        group(parts, Expr::Or)
    }

    fn and(&mut self) -> Option<Expr> {
        let mut parts = Vec::new();
        parts.extend(self.not());
        loop {
            match self.peek() {
                Some(Kind::And) => self.at += 1,
                Some(Kind::Or | Kind::Close) | None => break,
                Some(Kind::Near(_)) => {
                    let place = self.place();
                    self.problem(place, "`near` stands between two terms", "as in `missile near/5 test`");
                    self.at += 1;
                }
                Some(_) => {
                    let place = self.place();
                    self.problem(place, "two terms side by side", "write `and` or `or` before this one");
                }
            }
            parts.extend(self.not());
        }
        group(parts, Expr::And)
    }

    fn not(&mut self) -> Option<Expr> {
        if self.peek() != Some(&Kind::Not) {
            return self.near();
        }
        let start = self.place().start;
        let mut negations = 0;
        while self.peek() == Some(&Kind::Not) {
            self.at += 1;
            negations += 1;
        }
        let part = self.near()?;
        let end = self.at.checked_sub(1).and_then(|at| self.lexemes.get(at)).map_or(part.place().end, |last| last.end);
        let place = Place { start, end };
        Some(if negations % 2 == 1 { Expr::Not(Box::new(part), place) } else { part })
    }

    fn near(&mut self) -> Option<Expr> {
        let mut left = self.primary()?;
        while let Some(Kind::Near(words)) = self.peek() {
            let words = *words;
            self.at += 1;
            let right = self.primary()?;
            for part in [&left, &right] {
                if !stands_somewhere(part) && !matches!(part, Expr::Near { .. }) {
                    let message = "`near` needs words, phrases or concepts on both sides";
                    self.problem(part.place(), message, "a group of them joined by `or` will do");
                }
            }
            let place = Place { start: left.place().start, end: right.place().end };
            left = match left {
                Expr::Near { mut parts, words: own, .. } if own == words => {
                    parts.push(right);
                    Expr::Near { parts, words, place }
                }
                Expr::Near { place: inner, .. } => {
                    self.problem(
                        inner,
                        "one chain of `near` has one distance",
                        "use the same number, or join two with `and`",
                    );
                    return None;
                }
                left => Expr::Near { parts: vec![left, right], words, place },
            };
        }
        Some(left)
    }

    fn primary(&mut self) -> Option<Expr> {
        let place = self.place();
        let lexeme = self.lexemes.get(self.at).filter(|_| !self.lost);
        self.terms += 1;
        if self.terms > TERMS_MAX {
            self.stop(place, format!("more than {TERMS_MAX} terms"), "split the query into several watches");
            return None;
        }
        match lexeme.map(|lexeme| &lexeme.kind) {
            Some(Kind::Open) => self.group(place),
            Some(Kind::Title) => self.title(place),
            Some(Kind::Word(_)) => self.run(),
            Some(kind @ (Kind::Quoted(_) | Kind::Exact(_) | Kind::Concept(_) | Kind::Filter(..))) => {
                self.at += 1;
                self.single(kind, place)
            }
            _ => {
                if !self.lost {
                    self.missing(place);
                }
                None
            }
        }
    }

    fn missing(&mut self, place: Place) {
        let before = self.at.checked_sub(1).and_then(|at| self.lexemes.get(at));
        let word = |lexeme: &Lexeme| self.text[lexeme.start..lexeme.end].to_owned();
        match (before, self.lexemes.get(self.at)) {
            (None, None) => {}
            (Some(before), None) => {
                let (place, message) =
                    (Place { start: before.start, end: before.end }, format!("nothing follows `{}`", word(before)));
                self.problem(place, message, "write a term after it, or leave it out");
            }
            (_, Some(here)) => {
                let message = format!("a term is missing before `{}`", word(here));
                self.problem(place, message, "a term is a word, a \"phrase\" or a group in parentheses");
            }
        }
    }

    fn deeper(&mut self, place: Place) -> bool {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            self.stop(place, format!("parentheses inside each other more than {DEPTH_MAX} deep"), "write it flatter");
        }
        !self.lost
    }

    fn group(&mut self, open: Place) -> Option<Expr> {
        self.at += 1;
        if !self.deeper(open) {
            return None;
        }
        if self.peek() == Some(&Kind::Close) {
            self.problem(Place { start: open.start, end: self.place().end }, "empty parentheses", "leave them out");
            self.at += 1;
            return None;
        }
        let inner = self.or();
        match self.peek() {
            Some(Kind::Close) => self.at += 1,
            _ if self.lost => {}
            _ => self.problem(open, "this `(` is never closed", "add a `)` where the group ends"),
        }
        self.depth -= 1;
        inner
    }

    fn title(&mut self, place: Place) -> Option<Expr> {
        self.at += 1;
        if !self.deeper(place) {
            return None;
        }
        if !matches!(
            self.peek(),
            Some(Kind::Open | Kind::Word(_) | Kind::Quoted(_) | Kind::Exact(_) | Kind::Concept(_))
        ) {
            self.problem(place, "`title:` needs a word, a phrase or a group", "as in `title:earthquake`");
            return None;
        }
        let inner = self.primary()?;
        self.depth -= 1;
        let place = Place { start: place.start, end: inner.place().end };
        Some(Expr::Title(Box::new(inner), place))
    }

    fn single(&mut self, kind: &Kind, place: Place) -> Option<Expr> {
        let meaning = match kind {
            Kind::Quoted(text) => self.quoted(text, place)?,
            Kind::Exact(text) => self.phrase(text, Style::Exact, place)?,
            Kind::Concept(id) => match self.lexicon.by_id(id) {
                Some(ix) => Meaning::Concept(Concepts::of(self.lexicon, vec![ix])),
                None => {
                    let hint = self.lexicon.nearest_id(id).unwrap_or_default();
                    self.problem(place, format!("there is no concept `{id}`"), &hint);
                    return None;
                }
            },
            Kind::Filter(facet, value) => Meaning::Filter(self.filter(*facet, value, place)?),
            _ => return None,
        };
        Some(Expr::Term(Term { meaning, place }))
    }

    fn filter(&mut self, facet: Facet, value: &str, place: Place) -> Option<Filter> {
        let filter = Filter::of(facet, value);
        if filter.folded.is_empty() {
            let hint = if facet == Facet::Lang { "two letters, as in `lang:uk`" } else { "" };
            self.problem(place, format!("`{value}` is no {}", facet.word()), hint);
            return None;
        }
        Some(filter)
    }

    /// Held together: the concept of that name, else the phrase in these forms.
    fn quoted(&mut self, text: &str, place: Place) -> Option<Meaning> {
        let named = if text.ends_with('*') { Vec::new() } else { self.lexicon.named(text) };
        match named.is_empty() {
            false => Some(Meaning::Concept(Concepts::of(self.lexicon, named))),
            true => self.phrase(text, Style::Inflected, place),
        }
    }

    fn phrase(&mut self, text: &str, style: Style, place: Place) -> Option<Meaning> {
        let phrase = Phrase::of(text, style);
        if phrase.words.is_empty() {
            self.problem(place, "no letter or digit to look for", "");
            return None;
        }
        Some(Meaning::Words(phrase))
    }

    /// Neighbouring bare words.
    fn run(&mut self) -> Option<Expr> {
        let from = self.at;
        while matches!(self.peek(), Some(Kind::Word(_))) {
            self.at += 1;
        }
        let words = &self.lexemes[from..self.at];
        let place = Place { start: words[0].start, end: words[words.len() - 1].end };
        if words.len() > RUN_WORDS_MAX {
            let hint = "write `and` or `or` between terms, or put a phrase in quotes";
            self.problem(place, format!("{} words beside each other; at most {RUN_WORDS_MAX}", words.len()), hint);
            return None;
        }
        let mut parts = Vec::new();
        let mut unknown = 0;
        let mut at = 0;
        while at < words.len() {
            match self.longest_name(&words[at..]) {
                Some((term, length)) => {
                    parts.extend(self.unknown(&words[at - unknown..at]));
                    unknown = 0;
                    parts.push(Expr::Term(term));
                    at += length;
                }
                None => {
                    unknown += 1;
                    at += 1;
                }
            }
        }
        parts.extend(self.unknown(&words[at - unknown..at]));
        match parts.len() {
            0 | 1 => parts.pop(),
            _ => Some(Expr::Near { parts, words: RUN_NEAR_WORDS, place }),
        }
    }

    fn longest_name(&self, words: &[Lexeme]) -> Option<(Term, usize)> {
        (1..=words.len()).rev().find_map(|length| {
            let place = Place { start: words[0].start, end: words[length - 1].end };
            let text = &self.text[place.start..place.end];
            let named = if text.contains('*') { Vec::new() } else { self.lexicon.named(text) };
            let meaning = (!named.is_empty()).then(|| Meaning::Concept(Concepts::of(self.lexicon, named)));
            meaning.map(|meaning| (Term { meaning, place }, length))
        })
    }

    fn unknown(&mut self, words: &[Lexeme]) -> Option<Expr> {
        let (first, last) = (words.first()?, words.last()?);
        let place = Place { start: first.start, end: last.end };
        let text = &self.text[place.start..place.end];
        if let Some(star) = text.find('*').filter(|at| at + 1 < text.len()) {
            let place = Place { start: place.start + star, end: place.start + star + 1 };
            self.problem(place, "a `*` ends a word that ends its phrase", "join the words with `near/1`");
            return None;
        }
        let meaning = self.phrase(text, Style::Inflected, place)?;
        Some(Expr::Term(Term { meaning, place }))
    }
}

/// Whether a part of a query has places in the text.
fn stands_somewhere(part: &Expr) -> bool {
    match part {
        Expr::Term(term) => !matches!(term.meaning, Meaning::Filter(_)),
        Expr::Or(parts, _) => parts.iter().all(stands_somewhere),
        _ => false,
    }
}

fn group(mut parts: Vec<Expr>, join: fn(Vec<Expr>, Place) -> Expr) -> Option<Expr> {
    match parts.len() {
        0 | 1 => parts.pop(),
        _ => {
            let place = Place { start: parts[0].place().start, end: parts[parts.len() - 1].place().end };
            Some(join(parts, place))
        }
    }
}

/// Reads the list form.
pub(super) fn lists(
    all: &[String],
    any: &[String],
    none: &[String],
    lexicon: &Lexicon,
) -> Result<Query, Vec<ListProblem>> {
    let mut writer = ListWriter { lexicon, text: String::new(), problems: Vec::new() };
    let mut parts = writer.entries("all", all, " and ");
    for (list, entries, open) in [("any", any, "("), ("none", none, "not (")] {
        if entries.is_empty() {
            continue;
        }
        if !writer.text.is_empty() {
            writer.text.push_str(" and ");
        }
        let start = writer.text.len();
        writer.text.push_str(open);
        let alternatives = writer.entries(list, entries, " or ");
        writer.text.push(')');
        let place = Place { start, end: writer.text.len() };
        let Some(alternatives) = group(alternatives, Expr::Or) else { continue };
        parts.push(if list == "none" { Expr::Not(Box::new(alternatives), place) } else { alternatives });
    }
    let ListWriter { text, mut problems, .. } = writer;
    let whole = |problem: QueryProblem| ListProblem { list: "all", entry: None, problem };
    let Some(root) = group(parts, Expr::And) else {
        if problems.is_empty() {
            problems.push(whole(empty(&text)));
        }
        return Err(problems);
    };
    if problems.is_empty() {
        problems.extend(sense::check_whole(&root).into_iter().map(whole));
    }
    if problems.is_empty() { Ok(Query { text, root: Some(root) }) } else { Err(problems) }
}

/// Writes the list form as one query, so that each part has its place in a text.
struct ListWriter<'a> {
    lexicon: &'a Lexicon,
    text: String,
    problems: Vec<ListProblem>,
}

impl ListWriter<'_> {
    fn entries(&mut self, list: &'static str, entries: &[String], between: &str) -> Vec<Expr> {
        let mut parts = Vec::new();
        for (at, entry) in entries.iter().enumerate() {
            let read = parse(entry, self.lexicon).and_then(|root| {
                let problems = sense::check_terms(&root);
                if problems.is_empty() { Ok(root) } else { Err(problems) }
            });
            match read {
                Ok(mut root) => {
                    if !parts.is_empty() {
                        self.text.push_str(between);
                    }
                    let simple = matches!(root, Expr::Term(_));
                    self.text.push_str(if simple { "" } else { "(" });
                    shift(&mut root, self.text.len());
                    self.text.push_str(entry);
                    self.text.push_str(if simple { "" } else { ")" });
                    parts.push(root);
                }
                Err(found) => {
                    let entry = Some(at);
                    self.problems.extend(found.into_iter().map(|problem| ListProblem { list, entry, problem }));
                }
            }
        }
        parts
    }
}

fn shift(expr: &mut Expr, by: usize) {
    let place = match expr {
        Expr::Term(term) => &mut term.place,
        Expr::And(parts, place) | Expr::Or(parts, place) | Expr::Near { parts, place, .. } => {
            parts.iter_mut().for_each(|part| shift(part, by));
            place
        }
        Expr::Not(part, place) | Expr::Title(part, place) => {
            shift(part, by);
            place
        }
    };
    place.start += by;
    place.end += by;
}
