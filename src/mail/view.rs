//! What do the templates need to know?
//!
//! In: an alert's mail and how much of each list to show. Out: a view whose values are clean lines, dates in the
//! recipient's zone and counts of what was folded; the templates only place them. Nothing is left to decide there.

use jiff::Zoned;
use jiff::tz::TimeZone;
use serde::Serialize;

use super::render::{AlertMail, Line, Source};
use super::{clean, language, subject};
use crate::model::{Class, Evidence, Timestamp};

/// A source seen this much later than it says it was published is shown with both times.
const LATE_S: i64 = 30 * 60;

/// Characters of a name: an outlet, a term, a note.
const NAME_CHARS_MAX: usize = 60;

/// Characters of a watch's name in a command, where a cut one would not work.
const WATCH_CHARS_MAX: usize = 200;

/// Texts found for one term of the query.
const FOUND_MAX: usize = 4;

/// How much of each list is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fold {
    units_max: usize,
    sources_max: usize,
    lines_max: usize,
    terms_max: usize,
    text_chars_max: usize,
}

impl Default for Fold {
    fn default() -> Self {
        Self { units_max: 12, sources_max: 16, lines_max: 24, terms_max: 16, text_chars_max: 320 }
    }
}

impl Fold {
    /// Half of everything, down to what fits [`super::MESSAGE_BYTES_MAX`] whatever the texts are.
    pub fn halved(self) -> Self {
        Self {
            units_max: (self.units_max / 2).max(3),
            sources_max: (self.sources_max / 2).max(4),
            lines_max: (self.lines_max / 2).max(6),
            terms_max: (self.terms_max / 2).max(4),
            text_chars_max: (self.text_chars_max / 2).max(80),
        }
    }
}

/// An alert's mail, ready to be placed.
#[derive(Debug, Serialize)]
pub struct View {
    lead: String,
    /// The link of the lead where the lead is an article's headline.
    lead_link: Option<String>,
    more: Vec<String>,
    more_folded: usize,
    watch: String,
    /// "new story", "development" …
    kind: &'static str,
    when: String,
    zone: Option<String>,
    story: String,
    sources: Vec<SourceView>,
    sources_folded: usize,
    /// "3 outlets · 21 copies not shown".
    summary: String,
    lines: Vec<LineView>,
    lines_folded: usize,
    query: String,
    evidence: Vec<EvidenceView>,
    evidence_folded: usize,
    commands: Vec<Command>,
    /// Shows the story whole.
    show: String,
}

#[derive(Debug, Serialize)]
struct SourceView {
    outlet: String,
    title: String,
    link: Option<String>,
    time: String,
    language: Option<String>,
    /// For the `lang` attribute: it chooses between Chinese and Japanese letter forms.
    tag: Option<String>,
    note: Option<String>,
}

#[derive(Debug, Serialize)]
struct LineView {
    time: String,
    text: String,
    outlet: Option<String>,
}

#[derive(Debug, Serialize)]
struct EvidenceView {
    term: String,
    /// The words found; `None` where they are the term itself.
    found: Option<String>,
}

#[derive(Debug, Serialize)]
struct Command {
    line: String,
    does: &'static str,
}

impl View {
    /// The view of `mail` with its lists cut to `fold`.
    pub fn new(mail: &AlertMail, fold: Fold) -> Self {
        let alert = mail.alert;
        let decided = alert.decided.to_zoned(mail.zone.clone());
        let text = |text: &str| clean::line(text, fold.text_chars_max);
        let more = alert.new.get(1..).unwrap_or_default();
        let headline_link = mail.sources.first().and_then(|source| source.link.as_deref()).and_then(clean::link);
        let (lines, lines_folded) = lines(mail.so_far, fold, &decided);
        let (evidence, evidence_folded) = evidence(mail.evidence, fold);
        Self {
            lead: text(subject::lead(mail)),
            lead_link: headline_link.filter(|_| alert.new.is_empty()),
            more: more.iter().take(fold.units_max).map(|unit| text(&unit.text)).collect(),
            more_folded: more.len().saturating_sub(fold.units_max),
            watch: clean::line(&alert.watch, NAME_CHARS_MAX),
            kind: kind(mail),
            when: decided.strftime("%a %-d %b %Y, %H:%M %Z").to_string(),
            zone: zone_name(mail.zone),
            story: text(mail.story_title),
            sources: mail
                .sources
                .iter()
                .take(fold.sources_max)
                .map(|source| source_view(source, fold, &decided))
                .collect(),
            sources_folded: mail.sources.len().saturating_sub(fold.sources_max),
            summary: summary(mail),
            lines,
            lines_folded,
            query: text(mail.query),
            evidence,
            evidence_folded,
            commands: commands(mail),
            show: format!("newswatch story show {}", alert.story),
        }
    }
}

/// One word for the reader on what kind of mail this is.
fn kind(mail: &AlertMail) -> &'static str {
    let alert = mail.alert;
    let opens = mail.previous.is_empty() && mail.so_far.is_empty();
    match (alert.new.is_empty(), opens, alert.class) {
        (true, ..) => "article",
        (_, true, Class::Major) => "major new story",
        (_, true, _) => "new story",
        (_, _, Class::Major) => "major development",
        _ => "development",
    }
}

fn zone_name(zone: &TimeZone) -> Option<String> {
    zone.iana_name().map(|name| name.replace('_', " "))
}

fn source_view(source: &Source, fold: Fold, decided: &Zoned) -> SourceView {
    let name = |text: &String| Some(clean::line(text, NAME_CHARS_MAX)).filter(|text| !text.is_empty());
    let tag = source.lang.as_ref().map(|tag| tag.chars().take(12).collect::<String>());
    let tag = tag.filter(|tag| tag.chars().all(|c| c.is_ascii_alphanumeric() || c == '-'));
    SourceView {
        outlet: name(&source.outlet).unwrap_or_else(|| "unnamed outlet".to_owned()),
        title: clean::line(&source.title, fold.text_chars_max),
        link: source.link.as_deref().and_then(clean::link),
        time: source_time(source, decided),
        language: tag.as_deref().and_then(language::name_of),
        tag,
        note: source.note.as_ref().and_then(name),
    }
}

/// When the outlet says it published; when we saw it, where that is much later or the claim lies in the future.
fn source_time(source: &Source, decided: &Zoned) -> String {
    let seen = stamp(source.seen, decided);
    match source.published {
        Some(published) if published <= source.seen => {
            let late = source.seen.duration_since(published).as_secs() > LATE_S;
            let published = stamp(published, decided);
            if late { format!("{published}, seen {seen}") } else { published }
        }
        _ => seen,
    }
}

/// A time as short as its distance from `near` allows: `08:02`, `17 Oct 08:02`, `17 Oct 2023 08:02`.
fn stamp(at: Timestamp, near: &Zoned) -> String {
    let at = at.to_zoned(near.time_zone().clone());
    if at.date() == near.date() { at.strftime("%H:%M").to_string() } else { dated(&at, near).trim_start().to_owned() }
}

/// The day padded to two places, so that a column of these is even.
fn dated(at: &Zoned, near: &Zoned) -> String {
    let format = if at.year() == near.year() { "%e %b %H:%M" } else { "%e %b %Y %H:%M" };
    at.strftime(format).to_string()
}

fn plural(count: usize, one: &str, many: &str) -> String {
    if count == 1 { format!("1 {one}") } else { format!("{count} {many}") }
}

fn summary(mail: &AlertMail) -> String {
    let mut outlets: Vec<&str> = mail.sources.iter().map(|source| source.outlet.as_str()).collect();
    outlets.sort_unstable();
    outlets.dedup();
    let mut parts = vec![plural(outlets.len(), "outlet", "outlets")];
    if mail.hidden_copies > 0 {
        parts.push(format!("{} not shown", plural(mail.hidden_copies as usize, "copy", "copies")));
    }
    if !mail.alert.folded.is_empty() {
        parts.push(format!("{} held back until now", plural(mail.alert.folded.len(), "item", "items")));
    }
    parts.join(" · ")
}

/// Newest first: what the reader was told last is what the news is to be read against, and what is folded is old.
fn lines(so_far: &[Line], fold: Fold, decided: &Zoned) -> (Vec<LineView>, usize) {
    let mut newest: Vec<&Line> = so_far.iter().collect();
    newest.sort_by_key(|line| std::cmp::Reverse(line.at));
    let view = |line: &&Line| LineView {
        time: dated(&line.at.to_zoned(decided.time_zone().clone()), decided),
        text: clean::line(&line.text, fold.text_chars_max),
        outlet: line.outlet.as_ref().map(|outlet| clean::line(outlet, NAME_CHARS_MAX)),
    };
    let shown = newest.iter().take(fold.lines_max).map(view).collect();
    (shown, newest.len().saturating_sub(fold.lines_max))
}

/// One entry a term, in the order of the query, with the different words found for it.
fn evidence(evidence: &[Evidence], fold: Fold) -> (Vec<EvidenceView>, usize) {
    let mut terms: Vec<(&str, Vec<&str>)> = Vec::new();
    for found in evidence {
        let at = terms.iter().position(|(term, _)| *term == found.term).unwrap_or(terms.len());
        if at == terms.len() {
            terms.push((&found.term, Vec::new()));
        }
        let texts = &mut terms[at].1;
        if texts.len() < FOUND_MAX && !texts.contains(&found.text.as_str()) {
            texts.push(&found.text);
        }
    }
    let folded = terms.len().saturating_sub(fold.terms_max);
    let view = |(term, texts): &(&str, Vec<&str>)| {
        let texts: Vec<String> = texts.iter().map(|text| clean::line(text, NAME_CHARS_MAX)).collect();
        let itself = texts.iter().all(|text| text.to_lowercase() == term.trim_matches('"').to_lowercase());
        EvidenceView { term: clean::line(term, NAME_CHARS_MAX), found: (!itself).then(|| texts.join(", ")) }
    };
    (terms.iter().take(fold.terms_max).map(view).collect(), folded)
}

/// What to type next (`newswatch help mute`, `newswatch help explain`).
fn commands(mail: &AlertMail) -> Vec<Command> {
    let alert = mail.alert;
    let watch = clean::line(&alert.watch, WATCH_CHARS_MAX).replace('\'', r"'\''");
    vec![
        Command { line: format!("newswatch explain {}", alert.item), does: "How this was decided" },
        Command { line: format!("newswatch mute {}", alert.thread), does: "No more of this story" },
        Command { line: format!("newswatch mute '{watch}'"), does: "No more of this watch" },
    ]
}
