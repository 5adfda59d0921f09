//! Which figures does a text give?
//!
//! In: a text and its language. Out: each figure with its bytes, its value and what it measures: digits with the separators of
//! the language, number words, compact forms (12k, 1.5 млн, 1万2000, 3,5 Mio.). Dates, times, ages and names that hold digits are
//! not figures. The words come from `data/numbers.toml`. It does not know what is counted: that is `facts`.

use std::collections::{BTreeMap, HashMap};
use std::sync::LazyLock;

use serde::Deserialize;

use crate::text::fold::fold;

/// Figures read of one text; more are left unread.
const FIGURES_MAX: usize = 64;

/// A figure in a text.
#[derive(Clone, Debug, PartialEq)]
pub struct Figure {
    /// Bytes in the text, with its scale word.
    pub start: usize,
    pub end: usize,
    pub value: f64,
    /// What it measures: "percent", "money", "speed" …; `None` for a count.
    pub measure: Option<&'static str>,
}

#[derive(Deserialize)]
struct Table {
    words: HashMap<String, HashMap<String, f64>>,
    scales: HashMap<String, HashMap<String, f64>>,
    han: HashMap<char, f64>,
    not: Not,
    measures: BTreeMap<String, BTreeMap<String, f64>>,
    currency: Currency,
}

#[derive(Deserialize)]
struct Not {
    after: Vec<String>,
    before: Vec<String>,
    months: Vec<String>,
}

#[derive(Deserialize)]
struct Currency {
    before: Vec<String>,
}

static TABLE: LazyLock<Table> = LazyLock::new(|| {
    let mut table: Table = toml::from_str(include_str!("data/numbers.toml")).expect("the shipped table is tested");
    let folded = |map: HashMap<String, f64>| map.into_iter().map(|(word, value)| (fold(&word), value)).collect();
    table.words = table.words.into_iter().map(|(lang, map)| (lang, folded(map))).collect();
    table.scales = table.scales.into_iter().map(|(lang, map)| (lang, folded(map))).collect();
    table
});

/// The figures of a text, in order.
pub fn figures(text: &str, lang: &str) -> Vec<Figure> {
    let reader = Reader { text, lang, table: &TABLE };
    let mut figures = Vec::new();
    let mut at = 0;
    while at < text.len() && figures.len() < FIGURES_MAX {
        match reader.number_at(at) {
            Some((end, value)) => {
                figures.extend(reader.classify(at, end, value));
                at = end;
            }
            None => at = reader.next_start(at),
        }
    }
    figures
}

struct Reader<'a> {
    text: &'a str,
    lang: &'a str,
    table: &'static Table,
}

impl Reader<'_> {
    /// The number that begins at `at`: where it ends, and its value without what it measures.
    fn number_at(&self, at: usize) -> Option<(usize, f64)> {
        let first = self.text[at..].chars().next()?;
        if digit(first).is_some() {
            return self.is_free(at).then(|| self.digits(at));
        }
        if self.table.han.contains_key(&first) {
            return self.han(at);
        }
        if first.is_alphabetic() && self.starts_word(at) { self.word_number(at) } else { None }
    }

    /// Where the next number may begin: after the run of one kind that begins at `at`.
    fn next_start(&self, at: usize) -> usize {
        let mut chars = self.text[at..].chars();
        let Some(first) = chars.next() else { return self.text.len() };
        let same = |char: &char| {
            digit(first).is_some() && digit(*char).is_some()
                || first.is_alphabetic() && char.is_alphabetic() && first.is_ascii() && char.is_ascii()
        };
        at + first.len_utf8() + chars.take_while(same).map(char::len_utf8).sum::<usize>()
    }

    /// Digits that are no part of a name: "F-16", "Covid-19", "B52".
    fn is_free(&self, at: usize) -> bool {
        let mut before = self.text[..at].chars().rev();
        match before.next() {
            Some(char) if char.is_ascii_alphanumeric() => {
                char == 'R' && before.next().is_none_or(|char| !char.is_alphabetic())
            }
            Some('-') => before.next().is_none_or(|char| !char.is_alphabetic()),
            // "#19", and "&#039;" where a feed escapes twice.
            Some('#') => false,
            _ => true,
        }
    }

    fn starts_word(&self, at: usize) -> bool {
        self.text[..at].chars().next_back().is_none_or(|before| !before.is_alphanumeric())
    }

    /// "1,500", "1.500", "12 000", "2.5", and the scale behind it.
    fn digits(&self, start: usize) -> (usize, f64) {
        let mut number = String::new();
        let mut at = start;
        let mut grouped = false;
        loop {
            let run: String = self.text[at..].chars().map_while(digit).collect();
            at += self.text[at..].chars().take_while(|char| digit(*char).is_some()).map(char::len_utf8).sum::<usize>();
            number.push_str(&run);
            let mut rest = self.text[at..].chars();
            let Some(separator) = rest.next() else { break };
            let next: usize = rest.clone().take_while(|char| digit(*char).is_some()).count();
            let spaces =
                matches!(separator, '\u{a0}' | '\u{202f}' | '\u{2009}') || separator == ' ' && self.groups_by_space();
            let group = next == 3 && number.len() <= 12 && (grouped || number.len() <= 3) && number != "0";
            if group && (matches!(separator, ',' | '.' | '\'' | '’' | '，') || spaces) {
                grouped = true;
                at += separator.len_utf8();
            } else if matches!(separator, '.' | ',') && (1..=2).contains(&next) && !number.contains('.') {
                number.push('.');
                at += separator.len_utf8();
                grouped = false;
            } else {
                break;
            }
        }
        let value = number.trim_end_matches('.').parse().unwrap_or(0.0);
        self.scaled(start, at, value)
    }

    fn groups_by_space(&self) -> bool {
        matches!(self.lang, "ru" | "uk" | "fr" | "pl" | "cs" | "sv")
    }

    /// Applies "million", "тыс.", "万" … after a number.
    fn scaled(&self, start: usize, end: usize, value: f64) -> (usize, f64) {
        if let Some((end, value)) = self.scaled_cjk(end, value) {
            return (end, value);
        }
        let rest = &self.text[end..];
        let gap = rest.len() - rest.trim_start_matches([' ', '\u{a0}', '-']).len();
        let word = word_of(&rest[gap.min(rest.len())..]);
        let folded = fold(word);
        let scale = self.table.scales.get(self.lang).and_then(|scales| scales.get(&folded)).copied();
        let attached = gap == 0 && (folded != "m" || self.currency_before(start));
        match scale {
            // A scale of one letter counts only where it touches the figure.
            Some(scale) if folded.len() > 1 && gap <= 2 || attached => (end + gap + word.len(), value * scale),
            _ => (end, value),
        }
    }

    /// "1万2000", "1만2천": parts that add up.
    fn scaled_cjk(&self, end: usize, value: f64) -> Option<(usize, f64)> {
        let scales = self.table.scales.get("cjk")?;
        let scale = |at: usize| {
            let char = self.text[at..].chars().next()?;
            let mut buffer = [0; 4];
            Some((at + char.len_utf8(), *scales.get(char.encode_utf8(&mut buffer) as &str)?))
        };
        let (mut at, mut total) = (end, value);
        let (next, first) = scale(at)?;
        total *= first;
        at = next;
        while let Some(part) = self.text[at..].chars().next().and_then(digit).map(|_| self.plain_digits(at)) {
            let (next, part) = part;
            match scale(next) {
                Some((after, factor)) => {
                    total += part * factor;
                    at = after;
                }
                None => return Some((next, total + part)),
            }
        }
        Some((at, total))
    }

    fn plain_digits(&self, at: usize) -> (usize, f64) {
        let run: String = self.text[at..].chars().map_while(digit).collect();
        let bytes: usize = self.text[at..].chars().take_while(|char| digit(*char).is_some()).map(char::len_utf8).sum();
        (at + bytes, run.parse().unwrap_or(0.0))
    }

    /// "三", "二十三", "三千": a numeral in Han characters, where a counter or a measure follows it.
    fn han(&self, start: usize) -> Option<(usize, f64)> {
        let scales = self.table.scales.get("cjk")?;
        let (mut at, mut total, mut part) = (start, 0.0, 0.0);
        for char in self.text[start..].chars().take(8) {
            let mut buffer = [0; 4];
            if let Some(value) = self.table.han.get(&char) {
                part = *value;
            } else if let Some(scale) = scales.get(char.encode_utf8(&mut buffer) as &str) {
                total += if part == 0.0 { 1.0 } else { part } * scale;
                part = 0.0;
            } else {
                break;
            }
            at += char.len_utf8();
        }
        let next = &self.text[at..];
        let counted = ["人", "名", "台", "个月", "個月", "か月", "カ月", "天", "隻", "艘", "棟", "件"];
        counted.iter().any(|counter| next.starts_with(counter)).then_some((at, total + part))
    }

    /// "six", "ninety-seven", "two hundred".
    fn word_number(&self, start: usize) -> Option<(usize, f64)> {
        let words = self.table.words.get(self.lang)?;
        let first = word_of(&self.text[start..]);
        let mut value = *words.get(&fold(first))?;
        let mut end = start + first.len();
        let rest = &self.text[end..];
        if value >= 20.0 && rest.starts_with(['-', ' ']) {
            let unit = word_of(&rest[1..]);
            if let Some(ones) = words.get(&fold(unit)).filter(|ones| **ones < 10.0) {
                value += ones;
                end += 1 + unit.len();
            }
        }
        Some(self.scaled(start, end, value))
    }

    fn currency_before(&self, start: usize) -> bool {
        let before = self.text[..start].trim_end_matches([' ', '\u{a0}']);
        self.table.currency.before.iter().any(|sign| {
            before.strip_suffix(sign.as_str()).is_some_and(|rest| {
                !sign.starts_with(|char: char| char.is_ascii_alphabetic())
                    || rest.chars().next_back().is_none_or(|char| !char.is_alphanumeric())
            })
        })
    }

    /// What a number measures; `None` where it is a date, an age, a name.
    fn classify(&self, start: usize, end: usize, value: f64) -> Option<Figure> {
        let after: String = fold(&self.text[end..ceil_boundary(self.text, end + 32)]);
        let figure = |value: f64, measure| Some(Figure { start, end, value, measure });
        if self.currency_before(start) {
            return figure(value, Some("money"));
        }
        if let Some((name, factor)) = self.measured(&after) {
            return figure(value * factor, Some(name));
        }
        let before = fold(self.text[floor_boundary(self.text, start)..start].trim_end_matches(['.', ' ', ',']));
        let last = before.rsplit(|char: char| !char.is_alphabetic()).next().unwrap_or_default();
        let next = after.trim_start_matches([' ', '.', ',']);
        let not = &self.table.not;
        let dated = not.after.iter().any(|cue| after.starts_with(cue.as_str()) && !after.starts_with("人"))
            || not.months.iter().any(|month| next.starts_with(month.as_str()) && ends_word(next, month.len()))
            || not.before.iter().any(|cue| cue == last);
        let time = after.starts_with(':') || self.text[..start].ends_with(':');
        let year = (1900.0..2100.0).contains(&value) && value.fract() == 0.0 && end - start == 4;
        if dated || time || year { None } else { figure(value, None) }
    }

    fn measured(&self, after: &str) -> Option<(&'static str, f64)> {
        let table: &'static BTreeMap<String, BTreeMap<String, f64>> = &self.table.measures;
        let hits = table.iter().flat_map(|(name, forms)| {
            forms
                .iter()
                .filter(|(form, _)| after.starts_with(form.as_str()))
                .map(move |(form, factor)| (form.len(), name, *factor))
        });
        hits.max_by_key(|(length, _, _)| *length).map(|(_, name, factor)| (name.as_str(), factor))
    }
}

/// ASCII and full-width digits.
fn digit(char: char) -> Option<char> {
    match char {
        '0'..='9' => Some(char),
        '０'..='９' => char::from_digit(char as u32 - '０' as u32, 10),
        '٠'..='٩' => char::from_digit(char as u32 - '٠' as u32, 10),
        _ => None,
    }
}

/// The letters at the beginning of a text, apostrophes inside included.
fn word_of(text: &str) -> &str {
    let end = text.find(|char: char| !char.is_alphabetic() && !matches!(char, '\'' | '’')).unwrap_or(text.len());
    text[..end].trim_end_matches(['\'', '’'])
}

fn ends_word(text: &str, at: usize) -> bool {
    text[at..].chars().next().is_none_or(|char| !char.is_alphabetic()) || !text.is_ascii()
}

fn ceil_boundary(text: &str, at: usize) -> usize {
    (at.min(text.len())..=text.len()).find(|at| text.is_char_boundary(*at)).unwrap_or(text.len())
}

fn floor_boundary(text: &str, end: usize) -> usize {
    (0..=end.saturating_sub(24)).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_read_in_each_language() {
        let cases: &[(&str, &str, &[f64])] = &[
            ("en", "North Korea has sent 1,500 troops, nearly 12k to follow", &[1500.0, 12_000.0]),
            ("en", "Ninety-seven people and 12 bodies; twenty two missing", &[97.0, 12.0, 22.0]),
            ("en", "to cost insurers $11bn-$15bn, 1.5 million homes", &[11e9, 15e9, 1.5e6]),
            ("en", "On Oct 8 at 4:47 pm the 46-year-old said in 2024", &[]),
            ("en", "F-16 jets and Covid-19, 23 machines not 11", &[23.0, 11.0]),
            ("de", "Rund 1.500 Kräfte, 3,5 Millionen Euro, 60.000 Autos", &[1500.0, 3.5e6, 60_000.0]),
            ("ru", "12 тыс. солдат, шестеро погибли, 1,5 млн", &[12_000.0, 6.0, 1.5e6]),
            ("ko", "1만2000명 규모, 1500여 명, 15일", &[12_000.0, 1500.0]),
            ("zh", "至少100名士兵，约1.2万人，三到四个月", &[100.0, 12_000.0, 120.0]),
            ("ja", "約9000台、46歳の男性、19日午後4時47分", &[9000.0]),
            ("fr", "12 000 soldats et trois morts", &[12_000.0, 3.0]),
        ];
        for (lang, text, expected) in cases {
            let found: Vec<f64> = figures(text, lang).iter().map(|figure| figure.value).collect();
            assert_eq!(&found, expected, "{lang}: {text}");
        }
    }

    #[test]
    fn what_is_measured_goes_into_base_units() {
        let read = |text| {
            figures(text, "en").into_iter().map(|figure| (figure.measure, figure.value.round())).collect::<Vec<_>>()
        };
        assert_eq!(read("winds of 145 mph"), vec![(Some("speed"), 233.0)]);
        assert_eq!(read("up 15% to $3"), vec![(Some("percent"), 15.0), (Some("money"), 3.0)]);
        assert_eq!(read("in four months"), vec![(Some("duration"), 120.0)]);
    }
}
