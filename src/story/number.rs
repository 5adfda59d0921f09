//! Which figures does a text give?
//!
//! In: a text and its language. Out: each figure with its bytes, its value and what it measures: digits with the separators of
//! the language, number words, compact forms (12k, 1.5 млн, 1万2000, 3,5 Mio.). Dates, times, ages and names that hold digits are
//! not figures. The words come from `data/numbers.toml`. It does not know what is counted: that is `facts`.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::LazyLock;

use serde::Deserialize;

use crate::text::fold::fold;

/// Figures read of one text; more are left unread.
const FIGURES_MAX: usize = 64;

/// Characters between words of one number.
const WORD_GAP: [char; 3] = [' ', '\u{a0}', '-'];

/// A figure in a text.
#[derive(Clone, Debug, PartialEq)]
pub struct Figure {
    /// Bytes in the text, with its scale word.
    pub start: usize,
    pub end: usize,
    pub value: f64,
    /// What it measures: "percent", "euros", "speed" …; `None` for a count.
    pub measure: Option<&'static str>,
    /// What its counter counts, in scripts that write one: "people" for 人 and 명.
    pub counter: Option<&'static str>,
}

#[derive(Deserialize)]
struct Raw {
    words: HashMap<String, HashMap<String, f64>>,
    scales: HashMap<String, HashMap<String, f64>>,
    han: HashMap<char, f64>,
    joins: HashMap<String, String>,
    compounds: HashMap<String, String>,
    teens: HashMap<String, String>,
    counters: BTreeMap<String, Vec<String>>,
    not: Not,
    measures: BTreeMap<String, BTreeMap<String, f64>>,
    before: BTreeMap<String, String>,
}

#[derive(Deserialize)]
struct Not {
    articles: BTreeSet<String>,
    after: Vec<String>,
    before: Vec<String>,
    months: Vec<String>,
}

/// The words of a language.
#[derive(Default)]
struct Words {
    words: HashMap<String, f64>,
    scales: HashMap<String, f64>,
    /// Letters that number words begin with: most words of a text are put aside by their first.
    initials: BTreeSet<char>,
    join: Option<String>,
    teen: Option<String>,
}

/// What may follow a figure, by the first letter.
struct Endings<T>(HashMap<char, Vec<(String, bool, T)>>);

impl<T: Copy> Endings<T> {
    /// `forms`: texts, with `|` behind a whole word.
    fn of(forms: impl IntoIterator<Item = (String, T)>) -> Self {
        let mut table: HashMap<char, Vec<(String, bool, T)>> = HashMap::new();
        for (form, value) in forms {
            let whole = form.ends_with('|');
            let form = fold(form.trim_end_matches('|'));
            let first = form.trim_start_matches(WORD_GAP).chars().next().unwrap_or(' ');
            table.entry(first).or_default().push((form, whole, value));
        }
        Self(table)
    }

    /// The longest form that `after` begins with.
    fn find(&self, after: &str) -> Option<T> {
        let forms = self.0.get(&after.trim_start_matches(WORD_GAP).chars().next()?)?;
        let fits = |(form, whole, _): &&(String, bool, T)| {
            after.starts_with(form.as_str()) && (!whole || ends_word(after, form.len()))
        };
        forms.iter().filter(fits).max_by_key(|(form, ..)| form.len()).map(|(.., value)| *value)
    }
}

struct Table {
    words: HashMap<String, Words>,
    cjk: HashMap<char, f64>,
    han: HashMap<char, f64>,
    articles: BTreeSet<String>,
    counters: Endings<&'static str>,
    after: Endings<()>,
    months: Endings<()>,
    not_before: BTreeSet<String>,
    /// Of those, the ones of scripts without blanks.
    not_ending: Vec<String>,
    measures: Endings<(&'static str, f64)>,
    before: Vec<(String, &'static str)>,
}

static TABLE: LazyLock<Table> = LazyLock::new(|| {
    let raw: Raw = toml::from_str(include_str!("data/numbers.toml")).expect("the shipped table is tested");
    Table::of(raw)
});

impl Table {
    /// Lives as long as the program: its names are leaked once.
    fn of(raw: Raw) -> Self {
        let name = |name: String| -> &'static str { Box::leak(name.into_boxed_str()) };
        let cjk = raw.scales.get("cjk").into_iter().flatten();
        let cjk = cjk.filter_map(|(form, scale)| Some((form.chars().next()?, *scale))).collect();
        let counters = raw.counters.into_iter().flat_map(|(class, forms)| {
            let class = name(class);
            forms.into_iter().map(move |form| (form, class))
        });
        let measures = raw.measures.into_iter().flat_map(|(measure, forms)| {
            let measure = name(measure);
            forms.into_iter().map(move |(form, factor)| (form, (measure, factor)))
        });
        let spaced = |word: &&String| word.chars().all(|char| !is_unspaced(char));
        let mut before: Vec<(String, &'static str)> =
            raw.before.into_iter().map(|(sign, measure)| (sign, name(measure))).collect();
        before.sort_by_key(|(sign, _)| std::cmp::Reverse(sign.len()));
        Self {
            words: words(&raw.words, &raw.scales, (&raw.joins, &raw.compounds, &raw.teens)),
            cjk,
            han: raw.han,
            articles: raw.not.articles,
            counters: Endings::of(counters),
            after: Endings::of(raw.not.after.into_iter().map(|form| (form, ()))),
            months: Endings::of(raw.not.months.into_iter().map(|form| (form + "|", ()))),
            not_before: raw.not.before.iter().filter(spaced).map(|word| fold(word)).collect(),
            not_ending: raw.not.before.iter().filter(|word| !spaced(word)).cloned().collect(),
            measures: Endings::of(measures),
            before,
        }
    }
}

type Map<T> = HashMap<String, T>;

fn words(
    words: &Map<Map<f64>>,
    scales: &Map<Map<f64>>,
    (joins, compounds, teens): (&Map<String>, &Map<String>, &Map<String>),
) -> HashMap<String, Words> {
    let folded = |map: Option<&Map<f64>>| -> Map<f64> {
        map.into_iter().flatten().map(|(word, value)| (fold(word), *value)).collect()
    };
    let mut tables = HashMap::new();
    for lang in words.keys().chain(scales.keys()) {
        let mut own = Words {
            words: folded(words.get(lang)),
            scales: folded(scales.get(lang)),
            join: joins.get(lang).map(|word| fold(word)),
            teen: teens.get(lang).map(|word| fold(word)),
            ..Words::default()
        };
        if let Some(join) = compounds.get(lang) {
            compound(&mut own.words, join);
        }
        own.initials = own.words.keys().filter_map(|word| word.chars().next()).collect();
        tables.insert(lang.clone(), own);
    }
    tables
}

/// Numbers that are one word: "zweiundzwanzig" (units first, with `join`), "tjugotre", "trecento".
fn compound(words: &mut Map<f64>, join: &str) {
    let simple: Vec<(String, f64)> = words.iter().map(|(word, value)| (word.clone(), *value)).collect();
    for (left, a) in &simple {
        for (right, b) in &simple {
            let (tens, units) = if join.is_empty() { (*a, *b) } else { (*b, *a) };
            if (20.0..100.0).contains(&tens) && tens % 10.0 == 0.0 && units < 10.0 {
                words.entry(format!("{left}{join}{right}")).or_insert(tens + units);
                words.entry(format!("{left}{}{right}", join.replace('e', "ë"))).or_insert(tens + units);
            }
            if (2.0..10.0).contains(a) && *b == 100.0 {
                words.entry(format!("{left}{right}")).or_insert(a * b);
            }
        }
    }
}

/// The figures of a text, in order.
pub fn figures(text: &str, lang: &str) -> Vec<Figure> {
    let reader = Reader { text, lang, table: &TABLE, words: TABLE.words.get(lang) };
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
    words: Option<&'static Words>,
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
            // A Hebrew preposition is written onto a figure with a hyphen.
            Some('-') => before.next().is_none_or(|char| !char.is_alphabetic() || matches!(char, 'א'..='ת')),
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
            if group && (matches!(separator, ',' | '.' | '\'' | '’' | '，' | '٬') || spaces) {
                grouped = true;
                at += separator.len_utf8();
            } else if matches!(separator, '.' | ',' | '٫') && (1..=2).contains(&next) && !number.contains('.') {
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
        matches!(self.lang, "ru" | "uk" | "fr" | "pl" | "cs" | "sv" | "de" | "es" | "no" | "fi" | "bg" | "hu")
    }

    /// Applies "million", "тыс.", "万" … after a number.
    fn scaled(&self, start: usize, end: usize, value: f64) -> (usize, f64) {
        if let Some((end, value)) = self.scaled_cjk(end, value) {
            return (end, value);
        }
        let Some((next, scale)) = self.scale_at(start, end) else { return (end, value) };
        let value = value * scale;
        // "53 bin 537", "5 тыс. 300": what is left below the thousand.
        let rest = &self.text[next..];
        let gap = rest.len() - rest.trim_start_matches(['.', ' ']).len();
        if scale == 1_000.0 && rest[..gap].ends_with(' ') {
            let (after, below) = self.plain_digits(next + gap);
            let digits = after - next - gap;
            let ends = self.text[after..].chars().next().is_none_or(|char| !matches!(char, '.' | ',' | ':' | '-'));
            if (1..=3).contains(&digits) && ends {
                return (after, value + below);
            }
        }
        (next, value)
    }

    /// The scale behind a number, and where it ends.
    fn scale_at(&self, start: usize, end: usize) -> Option<(usize, f64)> {
        let scales = &self.words?.scales;
        let rest = &self.text[end..];
        let gap = rest.len() - rest.trim_start_matches(WORD_GAP).len();
        let rest = &rest[gap..];
        let first = rest.chars().next()?;
        if is_unspaced(first) {
            let found = scales.iter().filter(|(form, _)| rest.starts_with(form.as_str()));
            return found.max_by_key(|(form, _)| form.len()).map(|(form, scale)| (end + gap + form.len(), *scale));
        }
        let word = word_of(rest);
        let folded = fold(word);
        let scale = *scales.get(&folded)?;
        // A scale of one letter counts only where it touches the figure.
        let attached = gap == 0 && (folded != "m" || self.before(start).is_some());
        (folded.len() > 1 && gap <= 2 || attached).then_some((end + gap + word.len(), scale))
    }

    /// "1만2000", "1조2천억", "3億5000万": parts that add up.
    fn scaled_cjk(&self, end: usize, value: f64) -> Option<(usize, f64)> {
        let scale = |at: usize| Some(*self.table.cjk.get(&self.text[at..].chars().next()?)?);
        scale(end)?;
        let (mut at, mut total, mut section, mut part) = (end, 0.0, 0.0, value);
        loop {
            if let Some(factor) = scale(at) {
                if factor >= 1e4 {
                    total += (section + part) * factor;
                    section = 0.0;
                } else {
                    section += part * factor;
                }
                part = 0.0;
                at += self.text[at..].chars().next().map_or(0, char::len_utf8);
            } else if part == 0.0 && self.text[at..].chars().next().is_some_and(|char| digit(char).is_some()) {
                (at, part) = self.plain_digits(at);
            } else {
                return Some((at, total + section + part));
            }
        }
    }

    fn plain_digits(&self, at: usize) -> (usize, f64) {
        let run: String = self.text[at..].chars().map_while(digit).collect();
        let bytes: usize = self.text[at..].chars().take_while(|char| digit(*char).is_some()).map(char::len_utf8).sum();
        (at + bytes, run.parse().unwrap_or(0.0))
    }

    /// "三", "二十三", "三千": a numeral in Han characters, where a counter or a measure follows it.
    fn han(&self, start: usize) -> Option<(usize, f64)> {
        let (mut at, mut total, mut part) = (start, 0.0, 0.0);
        for char in self.text[start..].chars().take(8) {
            if let Some(value) = self.table.han.get(&char) {
                part = *value;
            } else if let Some(scale) = self.table.cjk.get(&char) {
                total += if part == 0.0 { 1.0 } else { part } * scale;
                part = 0.0;
            } else {
                break;
            }
            at += char.len_utf8();
        }
        let next = &self.text[at..];
        let counted = ["人", "名", "台", "个月", "個月", "か月", "カ月", "天", "隻", "艘", "棟", "件", "例", "枚"];
        counted.iter().any(|counter| next.starts_with(counter)).then_some((at, total + part))
    }

    /// "six", "ninety-seven", "two hundred", "dos mil", "sesenta y tres", "zweiundzwanzig".
    fn word_number(&self, start: usize) -> Option<(usize, f64)> {
        let own = self.words?;
        let (mut end, first) = self.word_value(own, start)?;
        if first == 1.0 && self.table.articles.contains(&fold(&self.text[start..end])) {
            return None;
        }
        let (mut total, mut part, mut largest) = (0.0, first, f64::INFINITY);
        loop {
            if let Some((next, scale)) = self.scale_at(start, end).filter(|(_, scale)| *scale < largest && part > 0.0) {
                end = next;
                if scale >= 1_000.0 {
                    (total, part, largest) = (total + part * scale, 0.0, scale);
                } else {
                    part *= scale;
                }
                continue;
            }
            let rest = &self.text[end..];
            let gap = rest.len() - rest.trim_start_matches(WORD_GAP).len();
            if gap == 0 || gap > 2 {
                break;
            }
            let mut at = end + gap;
            if own.teen.as_deref().is_some_and(|teen| word_of(&self.text[at..]) == teen) && part < 10.0 {
                (end, part) = (at + word_of(&self.text[at..]).len(), part + 10.0);
                continue;
            }
            if let Some(join) = own.join.as_deref().filter(|join| word_of(&self.text[at..]) == *join) {
                at += join.len() + 1;
            }
            if !self.text.is_char_boundary(at.min(self.text.len())) || at >= self.text.len() {
                break;
            }
            let fits = |value: f64| {
                part == 0.0 && total >= 1_000.0 && value < 1_000.0
                    || (part >= 10.0 && part % 10.0 == 0.0 && (part >= 20.0 || own.join.is_none()) && value < 10.0)
                    || (part >= 100.0 && part % 100.0 == 0.0 && value < 100.0)
            };
            let Some((next, value)) = self.word_value(own, at).filter(|(_, value)| fits(*value)) else { break };
            (end, part) = (next, part + value);
        }
        Some(self.scaled(start, end, total + part))
    }

    /// The number word at `at`, hyphens inside included ("quatre-vingt").
    fn word_value(&self, own: &Words, at: usize) -> Option<(usize, f64)> {
        let rest = &self.text[at..];
        let first = rest.chars().next()?;
        if !first.to_lowercase().next().is_some_and(|first| own.initials.contains(&first)) {
            return None;
        }
        let mut end = word_of(rest).len();
        let mut found = own.words.get(&fold(&rest[..end])).map(|value| (at + end, *value));
        while rest[end..].starts_with('-') {
            end += 1 + word_of(&rest[end + 1..]).len();
            found = own.words.get(&fold(&rest[..end])).map(|value| (at + end, *value)).or(found);
        }
        found
    }

    /// The currency or dimension that stands before a number: "$", "R$", "yüzde".
    fn before(&self, start: usize) -> Option<&'static str> {
        let before = self.text[..start].trim_end_matches([' ', '\u{a0}']);
        let last = before.chars().next_back()?;
        self.table.before.iter().find_map(|(sign, measure)| {
            let rest = sign.ends_with(last).then(|| before.strip_suffix(sign.as_str()))??;
            let whole = !sign.starts_with(char::is_alphabetic)
                || rest.chars().next_back().is_none_or(|char| !char.is_alphanumeric());
            whole.then_some(*measure)
        })
    }

    /// What a number measures; `None` where it is a date, an age, a name.
    fn classify(&self, start: usize, end: usize, value: f64) -> Option<Figure> {
        let after: String = fold(&self.text[end..ceil_boundary(self.text, end + 32)]);
        let figure = |value: f64, measure| Some(Figure { start, end, value, measure, counter: None });
        if let Some(measure) = self.before(start) {
            return figure(value, Some(measure));
        }
        if let Some((name, factor)) = self.measured(&after) {
            return figure(value * factor, Some(name));
        }
        let table = self.table;
        if let Some(counter) = table.counters.find(&after) {
            return Some(Figure { start, end, value, measure: None, counter: Some(counter) });
        }
        let before = fold(self.text[floor_boundary(self.text, start)..start].trim_end_matches(['.', ' ', ',']));
        let last = before.rsplit(|char: char| !is_letter(char)).next().unwrap_or_default();
        let next = after.trim_start_matches([' ', '.', ',']);
        let dated = table.after.find(&after).is_some()
            || table.months.find(next).is_some()
            || table.not_before.contains(last)
            || before.ends_with('№')
            || table.not_ending.iter().any(|cue| before.ends_with(cue.as_str()));
        let time = after.starts_with(':') || self.text[..start].ends_with(':');
        let year = (1900.0..2100.0).contains(&value) && value.fract() == 0.0 && end - start == 4;
        if dated || time || year { None } else { figure(value, None) }
    }

    /// "450 million euros", "1,5 milliard d'euros".
    fn measured(&self, after: &str) -> Option<(&'static str, f64)> {
        let after = after.trim_start_matches('.');
        let found = self.table.measures.find(after);
        let linked = || {
            let rest = LINKS.iter().find_map(|link| after.strip_prefix(link))?;
            self.table.measures.find(&format!(" {rest}"))
        };
        found.or_else(linked)
    }
}

/// Between a number and what it measures.
const LINKS: [&str; 5] = [" de ", " d'", " d’", " di ", "-"];

/// Digits of ASCII, full-width, Arabic, Persian, Devanagari, Bengali and Thai.
fn digit(char: char) -> Option<char> {
    let zero = match char {
        '0'..='9' => return Some(char),
        '０'..='９' => '０',
        '٠'..='٩' => '٠',
        '۰'..='۹' => '۰',
        '०'..='९' => '०',
        '০'..='৯' => '০',
        '๐'..='๙' => '๐',
        _ => return None,
    };
    char::from_digit(char as u32 - zero as u32, 10)
}

/// Thai, Lao, Burmese, Khmer: words follow each other without blanks.
fn is_unspaced(char: char) -> bool {
    matches!(char, '\u{e00}'..='\u{eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}')
}

/// A letter, or a sign that belongs to one (Indic vowel signs, a joiner).
fn is_letter(char: char) -> bool {
    let sign =
        matches!(char, '\u{900}'..='\u{963}' | '\u{970}'..='\u{9e5}' | '\u{e31}'..='\u{e4e}' | '\u{200c}' | '\u{200d}');
    char.is_alphabetic() || sign
}

/// The letters at the beginning of a text, apostrophes inside included.
fn word_of(text: &str) -> &str {
    let end = text.find(|char: char| !is_letter(char) && !matches!(char, '\'' | '’')).unwrap_or(text.len());
    text[..end].trim_end_matches(['\'', '’'])
}

/// Whether a word ends at `at`; among signs without blanks it may always.
fn ends_word(text: &str, at: usize) -> bool {
    let unspaced =
        |char: char| is_unspaced(char) || ('\u{2e80}'..='\u{9fff}').contains(&char) || ('가'..='힣').contains(&char);
    text[at..].chars().next().is_none_or(|char| !is_letter(char))
        || text[..at].chars().next_back().is_some_and(unspaced)
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
        assert_eq!(read("up 15% to $3"), vec![(Some("percent"), 15.0), (Some("dollars"), 3.0)]);
        assert_eq!(read("in four months"), vec![(Some("duration"), 120.0)]);
    }
}
