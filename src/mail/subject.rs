//! What does a person see who looks at a full inbox at 3 a.m.?
//!
//! In: an alert's mail. Out: its subject: what is new first, because a phone shows forty characters; how much more there
//! is; the watch's name last, for eyes and filters. Never a `Re:`: each mail is news.

use super::clean;
use super::render::AlertMail;

/// Beyond this, mail programs cut by themselves.
pub const SUBJECT_CHARS_MAX: usize = 110;

/// Characters of the watch's name in a subject.
const WATCH_CHARS_MAX: usize = 40;

/// The subject, unencoded: at most [`SUBJECT_CHARS_MAX`] characters.
pub fn of(mail: &AlertMail) -> String {
    let watch = clean::line(&mail.alert.watch, WATCH_CHARS_MAX);
    let more = match mail.alert.new.len() {
        0 | 1 => String::new(),
        units => format!("; +{} more", units - 1),
    };
    let tail = format!("{more} [{watch}]");
    let room = SUBJECT_CHARS_MAX.saturating_sub(tail.chars().count() + 1);
    format!("{}{tail}", clean::line(lead(mail), room))
}

/// The one thing to say: the heaviest unit; the headline where whole articles are told.
pub fn lead<'a>(mail: &AlertMail<'a>) -> &'a str {
    let unit = mail.alert.new.first().map(|unit| unit.text.as_str());
    let headline = mail.sources.first().map(|source| source.title.as_str());
    let said = |text: &&str| !clean::line(text, 1).is_empty();
    unit.filter(said).or(headline.filter(said)).unwrap_or(mail.story_title)
}
