//! When does a feed say that it was?
//!
//! In: a date as feeds write them: RFC 2822, RFC 3339, asctime, with month names in many languages, without zone, without
//! seconds, as seconds since 1970. Out: a point in time, or nothing where no year can be told. What is odd in hour, zone or
//! day never loses the date: an offset of 30 hours is taken at its word (as RFC 2822 has it), the 31st of June is the 30th.
//!
//! The text is cut into numbers and words first; what each number means is decided by its neighbours, so that one reader
//! serves all forms. The sequences `a.b.c` and `a/b/c` are day first, except with slashes where only the other order exists.

use jiff::civil::Date;

use super::date_words::{self, Word};
use crate::model::Timestamp;

/// Longer texts are no dates.
const DATE_BYTES_MAX: usize = 120;
const PARTS_MAX: usize = 32;
const YEARS: std::ops::RangeInclusive<i64> = 1900..=2200;

/// A number or word, with what stands before and behind it.
#[derive(Clone, Copy, Debug)]
enum Part<'t> {
    Number { value: i64, digits: usize, before: u8, after: u8 },
    Word { word: Word, text: &'t str },
}

/// Reads a date.
pub fn parse(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    if text.is_empty() || text.len() > DATE_BYTES_MAX {
        return None;
    }
    if text.len() >= 9 && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return run_of_digits(text);
    }
    if let Some((seconds, _)) =
        text.split_once('.').filter(|(whole, part)| whole.len() >= 9 && is_digits(whole) && is_digits(part))
    {
        return run_of_digits(seconds);
    }
    let parts = split(text)?;
    let mut reading = Reading::default();
    let rest = reading.take_clock(&parts);
    let (year, month, day) = date(&rest)?;
    reading.at(year, month, day)
}

fn is_digits(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Seconds or milliseconds since 1970, or a date without separators.
fn run_of_digits(text: &str) -> Option<Timestamp> {
    let number: i64 = text.parse().ok()?;
    let looks_like_date = matches!(&text[..2], "19" | "20") && matches!(text.len(), 12 | 14);
    match text.len() {
        _ if looks_like_date => {
            let two = |at: usize| text.get(at..at + 2).and_then(|digits| digits.parse::<i64>().ok());
            let clock = [two(8)?, two(10)?, two(12).unwrap_or(0)];
            let reading = Reading { clock: Some(clock), ..Reading::default() };
            reading.at(text[..4].parse().ok()?, two(4)?, two(6)?)
        }
        9..=11 => Timestamp::from_second(number).ok(),
        12..=14 => Timestamp::from_millisecond(number).ok(),
        _ => None,
    }
}

fn split(text: &str) -> Option<Vec<Part<'_>>> {
    let bytes = text.as_bytes();
    let mut parts = Vec::with_capacity(12);
    let mut at = 0;
    while at < bytes.len() {
        if parts.len() == PARTS_MAX {
            return None;
        }
        let before = if at == 0 { b' ' } else { bytes[at - 1] };
        let length = bytes[at..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        if length > 0 {
            let value = text[at..at + length].parse().ok()?;
            let after = bytes.get(at + length).copied().unwrap_or(b' ');
            parts.push(Part::Number { value, digits: length, before, after });
            at += length;
            continue;
        }
        let word = &text[at..];
        let end = word.find(|letter: char| !letter.is_alphabetic() && !is_mark(letter)).unwrap_or(word.len());
        if end > 0 {
            // Zones of the database ("Etc/GMT", "America/New_York") hide what they mean in a second word.
            parts.push(Part::Word { word: date_words::meaning(&word[..end]), text: &word[..end] });
            at += end;
        } else {
            at += word.chars().next().map_or(1, char::len_utf8);
        }
    }
    Some(parts)
}

/// Marks that belong to the letter before them (as in Hindi and in decomposed Latin).
fn is_mark(letter: char) -> bool {
    matches!(letter, '\u{300}'..='\u{36F}' | '\u{900}'..='\u{97F}' | '\u{E00}'..='\u{E7F}')
}

/// The time of day and the offset, as far as they are given.
#[derive(Default)]
struct Reading {
    clock: Option<[i64; 3]>,
    afternoon: Option<bool>,
    offset_minutes: i64,
    /// An offset in figures counts for more than a zone's name beside it.
    has_offset: bool,
}

impl Reading {
    /// Takes clock, "am" or "pm" and zone out of the parts, and leaves those of the date.
    fn take_clock<'t>(&mut self, parts: &[Part<'t>]) -> Vec<Part<'t>> {
        let mut rest = Vec::with_capacity(parts.len());
        let mut at = 0;
        // In "2004-01-05" the signs are no signs: they stand behind a number of the date.
        let mut after_number = false;
        while at < parts.len() {
            let behind_date = std::mem::take(&mut after_number);
            at += match parts[at] {
                Part::Number { value, after, before, digits } => {
                    let used = if self.clock.is_none() { self.colon_clock(&parts[at..]) } else { 0 };
                    match used {
                        0 if !behind_date && self.is_offset(before, digits) => {
                            self.offset(&parts[at..], value, digits, before, after)
                        }
                        0 => {
                            rest.push(parts[at]);
                            after_number = true;
                            1
                        }
                        used => used,
                    }
                }
                Part::Word { word: Word::Afternoon(afternoon), .. } => {
                    self.afternoon = Some(afternoon);
                    1
                }
                Part::Word { word: Word::Zone(minutes), .. } if self.clock.is_some() || minutes != 0 => {
                    if !self.has_offset {
                        self.offset_minutes = i64::from(minutes);
                    }
                    1
                }
                Part::Word { .. } => {
                    rest.push(parts[at]);
                    1
                }
            };
        }
        rest
    }

    /// "10:14", "10:14:55", "9:15", also "14h30" and the unseparated time behind a T. Gives how many parts it used.
    fn colon_clock(&mut self, parts: &[Part<'_>]) -> usize {
        let Part::Number { value: hour, digits, before, after } = parts[0] else { return 0 };
        if matches!(before, b'T' | b't') && digits >= 4 {
            let (hour, minute, second) = match digits {
                4 => (hour / 100, hour % 100, 0),
                _ => (hour / 10_000, hour / 100 % 100, hour % 100),
            };
            self.clock = Some([hour, minute, second]);
            return 1;
        }
        if digits > 2 {
            return 0;
        }
        match parts.get(1..3) {
            Some([Part::Word { text: "h" | "H" | "時" | "시", .. }, Part::Number { value: minute, digits: 2, .. }]) =>
            {
                self.clock = Some([hour, *minute, 0]);
                return 3;
            }
            _ if after != b':' => return 0,
            _ => {}
        }
        let Some(Part::Number { value: minute, after, .. }) = parts.get(1) else { return 0 };
        let (mut second, mut used) = (0, 2);
        let goes_on = |at: usize, sign: u8| match parts.get(at) {
            Some(Part::Number { value, before, after, .. }) if *before == sign => Some((*value, *after)),
            _ => None,
        };
        if let Some((value, after)) = goes_on(2, *after).filter(|_| matches!(after, b':' | b'.')) {
            let is_fraction = matches!(after, b'.' | b',') && goes_on(3, after).is_some();
            (second, used) = (value, 3 + usize::from(is_fraction));
        }
        self.clock = Some([hour, *minute, second]);
        used
    }

    /// A sign behind the clock opens an offset.
    fn is_offset(&self, before: u8, digits: usize) -> bool {
        self.clock.is_some() && (before == b'+' || before == b'-') && digits <= 4
    }

    /// "+0200", "+02:00", "+2"; "GMT+2" too. Gives how many parts it used.
    fn offset(&mut self, parts: &[Part<'_>], value: i64, digits: usize, before: u8, after: u8) -> usize {
        let (mut minutes, mut used) = if digits <= 2 { (value * 60, 1) } else { (value / 100 * 60 + value % 100, 1) };
        if let (b':', true, Some(Part::Number { value: more, .. })) = (after, digits <= 2, parts.get(1)) {
            minutes += more;
            used = 2;
        }
        let minutes = if before == b'-' { -minutes } else { minutes };
        (self.offset_minutes, self.has_offset) = (minutes, true);
        used
    }

    fn at(&self, year: i64, month: i64, day: i64) -> Option<Timestamp> {
        if !YEARS.contains(&year) || !(1..=12).contains(&month) || !(1..=31).contains(&day) {
            return None;
        }
        let first = Date::new(year as i16, month as i8, 1).ok()?;
        let day = day.min(i64::from(first.days_in_month()));
        let midnight = Date::new(year as i16, month as i8, day as i8).ok()?.at(0, 0, 0, 0);
        let midnight = midnight.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp();
        let [hour, minute, second] =
            self.clock.filter(|[hour, minute, _]| *hour <= 24 && *minute < 60).unwrap_or_default();
        let hour = match self.afternoon {
            Some(true) if hour < 12 => hour + 12,
            Some(false) if hour == 12 => 0,
            _ => hour,
        };
        let seconds = hour * 3_600 + minute * 60 + second.min(59) - self.offset_minutes * 60;
        Timestamp::from_second(midnight.as_second() + seconds).ok()
    }
}

/// Year, month and day from the parts that are no clock.
fn date(parts: &[Part<'_>]) -> Option<(i64, i64, i64)> {
    let mut numbers = Vec::with_capacity(parts.len());
    let mut named = None;
    for part in parts {
        match part {
            Part::Number { value, digits, before, .. } => numbers.push((*value, *digits, *before)),
            // "mar., 05 nov. 2019": a weekday may look like a month; the month stands behind it.
            Part::Word { word: Word::Month(month), .. } => named = Some(i64::from(*month)),
            Part::Word { .. } => {}
        }
    }
    if let Some(month) = named {
        return with_month(&numbers, month);
    }
    numeric(&numbers)
}

/// A day and a year around a month's name; a month and a year alone are its first day.
fn with_month(numbers: &[(i64, usize, u8)], month: i64) -> Option<(i64, i64, i64)> {
    let long = numbers.iter().position(|(value, digits, _)| *digits >= 3 || *value > 31);
    match (long, numbers) {
        (Some(year), [_, _, ..]) => {
            let day = numbers[usize::from(year == 0)].0;
            Some((whole_year(numbers[year]), month, day))
        }
        (Some(year), _) => Some((whole_year(numbers[year]), month, 1)),
        (None, [day, year, ..]) => Some((whole_year(*year), month, day.0)),
        (None, _) => None,
    }
}

/// Dates in figures only.
fn numeric(numbers: &[(i64, usize, u8)]) -> Option<(i64, i64, i64)> {
    match *numbers {
        [(value, 8, _), ..] => Some((value / 10_000, value / 100 % 100, value % 100)),
        [(value, 6, _), ..] => Some((whole_year((value / 10_000, 2, b' ')), value / 100 % 100, value % 100)),
        [(year, 4, _), (day, 3, _), ..] => ordinal(year, day),
        [year @ (_, 4, _), month, day, ..] if month.0 <= 12 => Some((year.0, month.0, day.0)),
        [year @ (_, 4, _), day, month, ..] => Some((year.0, month.0, day.0)),
        [(year, 4, _), (month, ..)] => Some((year, month, 1)),
        [(year, 4, _)] => Some((year, 1, 1)),
        [first, second, year @ (_, 4, separator), ..] => {
            let (day, month) = match separator {
                b'/' if second.0 > 12 || first.0 <= 12 => (second.0, first.0),
                _ if second.0 > 12 => (second.0, first.0),
                _ => (first.0, second.0),
            };
            Some((whole_year(year), month, day))
        }
        [day, month @ (.., b'.'), year, ..] => Some((whole_year(year), month.0, day.0)),
        [month, day @ (.., b'/'), year, ..] => Some((whole_year(year), month.0, day.0)),
        [year @ (_, 2, _), month, day, ..] => Some((whole_year(year), month.0, day.0)),
        _ => None,
    }
}

fn ordinal(year: i64, day: i64) -> Option<(i64, i64, i64)> {
    let first = Date::new(i16::try_from(year).ok()?, 1, 1).ok()?;
    let date = first.checked_add(jiff::Span::new().try_days(day - 1).ok()?).ok()?;
    Some((i64::from(date.year()), i64::from(date.month()), i64::from(date.day())))
}

/// Two figures mean 1970 to 2069.
fn whole_year((value, digits, _): (i64, usize, u8)) -> i64 {
    match (digits, value) {
        (1 | 2, 0..70) => 2000 + value,
        (1 | 2, _) => 1900 + value,
        (3, 100..) => 1900 + value,
        _ => value,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(cases: &[(&str, &str)]) {
        for (text, expected) in cases {
            let read = parse(text).map(|at| at.to_string());
            assert_eq!(read.as_deref(), Some(*expected), "{text}");
        }
    }

    #[test]
    fn standard_forms() {
        check(&[
            ("Thu, 01 Jan 2004 19:48:21 GMT", "2004-01-01T19:48:21Z"),
            ("Thu,  1 Jan 04 19:48 +0200", "2004-01-01T17:48:00Z"),
            ("2003-12-31T10:14:55Z", "2003-12-31T10:14:55Z"),
            ("2003-12-31T10:14:55.123-08:00", "2003-12-31T18:14:55Z"),
            ("Sun Jan  4 16:29:06 PST 2004", "2004-01-05T00:29:06Z"),
            ("20031231T101455Z", "2003-12-31T10:14:55Z"),
            ("2003-12", "2003-12-01T00:00:00Z"),
            ("1700000000", "2023-11-14T22:13:20Z"),
            ("1700000000123", "2023-11-14T22:13:20.123Z"),
        ]);
    }

    #[test]
    fn forms_seen_in_feeds() {
        check(&[
            ("2012-11-13T14:36:22", "2012-11-13T14:36:22Z"),
            ("2006-01-11 16:42:55 -0800", "2006-01-12T00:42:55Z"),
            ("2017-06-13T03:18", "2017-06-13T03:18:00Z"),
            ("2020/1/10 14:16:00", "2020-01-10T14:16:00Z"),
            ("Sat, 4 Jul 2020 10:00:00 BST", "2020-07-04T09:00:00Z"),
            ("Sat, 4 Jul 2020 10:00:00 CEST", "2020-07-04T08:00:00Z"),
            ("Sat, 4 Jul 2020 10:00:00 KST", "2020-07-04T01:00:00Z"),
            ("Dec 16 2023 8:56 am PST", "2023-12-16T16:56:00Z"),
            ("Sat, Dec 16 2023 02:02:33 PM", "2023-12-16T14:02:33Z"),
            ("Thu, 01 Jan 2004 9:8:1 GMT", "2004-01-01T09:08:01Z"),
            ("2002-12-01 T 10:11:12 Z", "2002-12-01T10:11:12Z"),
            ("Mon, 05 Oct 2020 12:00:00 +3000", "2020-10-04T06:00:00Z"),
            ("Wed, 19 Feb 2012 22:40:00 GMT-01:01", "2012-02-19T23:41:00Z"),
            ("Thu, 31 Jun 2004 19:48:21 GMT", "2004-06-30T19:48:21Z"),
            ("05.11.2019 14:30", "2019-11-05T14:30:00Z"),
            ("05.11.19 14:30", "2019-11-05T14:30:00Z"),
            ("11/25/2019 2:30 PM", "2019-11-25T14:30:00Z"),
            ("Sun Jan 04 16:29:06 -0800 2004", "2004-01-05T00:29:06Z"),
            ("Wed, 9 Mar 2016 10:00:00 -0700 (PST)", "2016-03-09T17:00:00Z"),
            ("10:00 2019-11-05", "2019-11-05T10:00:00Z"),
            ("November 10th, 2013 at 10:05 pm", "2013-11-10T22:05:00Z"),
            ("2013-10-09T12:00:00.000+0530", "2013-10-09T06:30:00Z"),
            ("2003-335", "2003-12-01T00:00:00Z"),
        ]);
    }

    #[test]
    fn other_languages() {
        check(&[
            ("mar., 05 nov. 2019 10:00:00 +0100", "2019-11-05T09:00:00Z"),
            ("Κυρ, 11 Ιούλ 2004 12:00:00 EST", "2004-07-11T17:00:00Z"),
            ("2004-július-13T9:15-05:00", "2004-07-13T14:15:00Z"),
            ("2004년 05월 28일  01:31:15", "2004-05-28T01:31:15Z"),
            ("2004-05-25 오후 11:23:17", "2004-05-25T23:23:17Z"),
            ("Вт, 05 мая 2020 10:11:12 +0300", "2020-05-05T07:11:12Z"),
            ("Do, 05 Dez 2019 10:11:12 GMT", "2019-12-05T10:11:12Z"),
            ("2 août 2021 14h30", "2021-08-02T14:30:00Z"),
        ]);
    }

    #[test]
    fn no_date_is_none() {
        for text in ["", "yesterday", "0000-00-00", "Mon", "12:30", "99999999999999999999", "2020-13-45T99:99:99"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
