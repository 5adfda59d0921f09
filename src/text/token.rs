//! Where does a word begin, and where does it end?
//!
//! In: text as an outlet wrote it. Out: words in order, each with its bytes, its sentence and how it is written.
//! Spaced scripts: runs of letters and digits; hyphens part words ("Nato-led"), an abbreviation with full stops is one
//! word ("U.S."), a possessive is no part of its word ("Zelenskyy's"). Scripts without spaces (Chinese, Japanese, Thai,
//! Lao, Khmer, Burmese): one word a character. It folds nothing and knows no vocabulary.

use super::fold::{is_invisible, is_mark};

/// One word of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Word {
    /// Bytes in the text.
    pub start: usize,
    pub end: usize,
    /// Sentence number, from 0.
    pub sentence: u16,
    pub shape: Shape,
}

/// How a word is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    Lower,
    /// First letter upper case.
    Capital,
    /// All letters upper case, more than one.
    Upper,
    Number,
    /// A character of Chinese, Japanese, Thai … without spaces.
    Unspaced,
    /// A script without case: Arabic, Hebrew, Korean, Hindi …
    Other,
}

/// Which characters make a word together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Class {
    /// Letters of spaced scripts, and digits.
    Spaced,
    Hangul,
    Unspaced,
    /// Anything else.
    Gap,
}

/// Words after which a full stop ends no sentence; single letters are dealt with apart.
const ABBREVIATIONS: &[&str] = &[
    "Mr", "Mrs", "Ms", "Dr", "St", "Gen", "Col", "Sgt", "Lt", "Maj", "Capt", "Adm", "Gov", "Sen", "Rep", "Prof", "vs",
    "No", "Jan", "Feb", "Mar", "Apr", "Aug", "Sept", "Sep", "Oct", "Nov", "Dec", "Inc", "Ltd", "Co", "Corp", "Sr",
    "Sra", "EE", "Jr", "Mme", "Nr", "ca", "bzw", "им", "ул", "тыс", "млн", "руб", "см", "св", "гл",
];

/// Splits `text` into words. `turkic`: what follows an apostrophe is an ending, not a word.
pub fn split(text: &str, turkic: bool, mut emit: impl FnMut(Word)) {
    let mut at = 0;
    let mut sentences = Sentences::default();
    while let Some(char) = text[at..].chars().next() {
        let end = match class(char) {
            Class::Gap => {
                sentences.gap(text, at, char);
                at += char.len_utf8();
                continue;
            }
            Class::Unspaced => with_marks(text, at + char.len_utf8()),
            Class::Hangul => run(text, at, Class::Hangul, turkic).0,
            Class::Spaced => match initials(text, at) {
                Some(end) => end,
                None => {
                    let (end, next) = run(text, at, Class::Spaced, turkic);
                    emit(Word { start: at, end, sentence: sentences.next(end), shape: shape(&text[at..end]) });
                    sentences.last = (at, end);
                    at = next;
                    continue;
                }
            },
        };
        emit(Word { start: at, end, sentence: sentences.next(end), shape: shape(&text[at..end]) });
        sentences.last = (at, end);
        at = end;
    }
}

/// The words of a short text, as strings; for names and queries.
pub fn words(text: &str) -> Vec<&str> {
    let mut words = Vec::new();
    split(text, false, |word| words.push(&text[word.start..word.end]));
    words
}

/// The end of a run of one class, and where to go on: after an ending that is no part of the word.
fn run(text: &str, start: usize, class_of_run: Class, turkic: bool) -> (usize, usize) {
    let plain = text.as_bytes()[start..].iter().take_while(|byte| byte.is_ascii_alphanumeric());
    // Most words are nothing but letters of ASCII.
    let mut end = if class_of_run == Class::Spaced { start + plain.count() } else { start };
    let mut before = text[start..end].chars().next_back().unwrap_or(' ');
    loop {
        let mut rest = text[end..].chars();
        let Some(char) = rest.next() else { return (end, end) };
        let next = rest.next();
        let joined = match class(char) {
            found if found == class_of_run => true,
            Class::Gap if end == start => false,
            Class::Gap if is_mark(char) => true,
            Class::Gap if is_invisible(char) => next.is_some_and(|next| class(next) == class_of_run),
            Class::Gap => match joint(before, char, next, turkic) {
                Joint::Inside => true,
                Joint::Outside => false,
                Joint::Ending => {
                    let after = end + char.len_utf8();
                    let (stop, _) = run(text, after, Class::Spaced, false);
                    let english = matches!(&text[after..stop], "s" | "S");
                    return (end, if turkic || english { stop } else { after });
                }
            },
            _ => false,
        };
        if !joined {
            return (end, end);
        }
        end += char.len_utf8();
        if !is_mark(char) && !is_invisible(char) {
            before = char;
        }
    }
}

/// What a character between two letters or digits does to the word.
enum Joint {
    Inside,
    Outside,
    /// An ending may follow.
    Ending,
}

fn joint(before: char, char: char, next: Option<char>, turkic: bool) -> Joint {
    let Some(next) = next else { return Joint::Outside };
    match char {
        '.' | ',' if before.is_ascii_digit() && next.is_ascii_digit() => Joint::Inside,
        '"' | '״' | '׳' | '”' if is_hebrew(before) && is_hebrew(next) => Joint::Inside,
        '\'' | '’' | 'ʼ' | '‘' | '`' | '′' | '＇' if next.is_alphabetic() => {
            let internal = (is_cyrillic(before) && is_cyrillic(next)) || (is_hebrew(before) && is_hebrew(next));
            match internal {
                true => Joint::Inside,
                false if turkic || next.eq_ignore_ascii_case(&'s') => Joint::Ending,
                false => Joint::Outside,
            }
        }
        _ => Joint::Outside,
    }
}

/// "U.S.", "U.N", "п.п.": single letters with full stops between them; where the last one ends.
fn initials(text: &str, start: usize) -> Option<usize> {
    if text.as_bytes().get(start + 1).is_some_and(u8::is_ascii_alphanumeric) {
        return None;
    }
    let mut at = start;
    let mut letters = 0;
    loop {
        let mut rest = text[at..].chars();
        let letter = rest.next().filter(|&char| char.is_alphabetic() && class(char) == Class::Spaced);
        let alone = |next: Option<char>| !next.is_some_and(|next| class(next) == Class::Spaced || is_mark(next));
        let Some(letter) = letter.filter(|_| alone(rest.next())) else { break };
        letters += 1;
        at += letter.len_utf8();
        if !text[at..].starts_with('.') {
            break;
        }
        at += 1;
    }
    (letters > 1).then_some(at)
}

fn with_marks(text: &str, from: usize) -> usize {
    let marks = text[from..].chars().take_while(|&char| is_mark(char) && class(char) == Class::Gap);
    from + marks.map(char::len_utf8).sum::<usize>()
}

/// Counts sentences between words.
#[derive(Default)]
struct Sentences {
    number: u16,
    ended: bool,
    last: (usize, usize),
}

impl Sentences {
    fn gap(&mut self, text: &str, at: usize, char: char) {
        let after = &text[at + char.len_utf8()..];
        self.ended |= match char {
            '。' | '！' | '？' | '।' | '\n' | '؟' | '۔' => true,
            '!' | '?' | '…' => after.starts_with(|next: char| !next.is_alphanumeric()),
            '.' => self.full_stop(text, at, after),
            _ => false,
        };
    }

    fn full_stop(&self, text: &str, at: usize, after: &str) -> bool {
        let (start, end) = self.last;
        let word = &text[start..end];
        let short = end == at && (word.chars().count() == 1 || ABBREVIATIONS.contains(&word));
        let next = after.chars().find(|char| char.is_alphanumeric());
        !short && after.starts_with(|next: char| !next.is_alphanumeric()) && !next.is_some_and(char::is_lowercase)
    }

    fn next(&mut self, _end: usize) -> u16 {
        if self.ended && self.last.1 > 0 {
            self.number = self.number.saturating_add(1);
        }
        self.ended = false;
        self.number
    }
}

fn shape(word: &str) -> Shape {
    if word.bytes().all(|byte| byte.is_ascii_alphabetic()) {
        let upper = word.bytes().filter(u8::is_ascii_uppercase).count();
        return match word.as_bytes()[0].is_ascii_uppercase() {
            false => Shape::Lower,
            true if upper == word.len() && upper > 1 => Shape::Upper,
            true => Shape::Capital,
        };
    }
    if word.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b',')) {
        return Shape::Number;
    }
    let mut cased = word.chars().filter(|char| char.is_uppercase() || char.is_lowercase());
    let Some(first) = cased.next() else {
        return match word.chars().next() {
            Some(char) if class(char) == Class::Unspaced => Shape::Unspaced,
            Some(char) if char.is_numeric() => Shape::Number,
            _ => Shape::Other,
        };
    };
    let mut rest = cased.peekable();
    match first.is_uppercase() {
        false => Shape::Lower,
        true if rest.peek().is_some() && rest.all(char::is_uppercase) => Shape::Upper,
        true => Shape::Capital,
    }
}

fn class(char: char) -> Class {
    match char {
        '0'..='9' | 'a'..='z' | 'A'..='Z' => Class::Spaced,
        '\0'..='\x7f' => Class::Gap,
        // Letters of Latin, Cyrillic, Hebrew and Arabic that need no look into a table.
        'À'..='Ö' | 'Ø'..='ö' | 'ø'..='ʯ' | 'Ѐ'..='ҁ' | 'Ҋ'..='ԯ' | 'א'..='ת' | 'ؠ'..='ي' => {
            Class::Spaced
        }
        '\u{ac00}'..='\u{d7a3}' | '\u{1100}'..='\u{11ff}' | '\u{3130}'..='\u{318f}' => Class::Hangul,
        _ if is_unspaced(char) => Class::Unspaced,
        _ if char.is_alphanumeric() => Class::Spaced,
        _ => Class::Gap,
    }
}

/// Whether `char` belongs to a script that is written without spaces.
pub fn is_unspaced(char: char) -> bool {
    match char {
        '・' => false,
        // Thai, Lao (with their tone marks), Burmese, Khmer.
        '\u{0e01}'..='\u{0e3a}' | '\u{0e40}'..='\u{0e4e}' | '\u{0e81}'..='\u{0ece}' => true,
        '\u{1000}'..='\u{103f}' | '\u{1780}'..='\u{17d3}' => true,
        // Kana, half-width kana, ideographs with their iteration mark.
        '々' | '〇' | '\u{3041}'..='\u{3096}' | '\u{309d}'..='\u{30ff}' | '\u{31f0}'..='\u{31ff}' => true,
        '\u{ff66}'..='\u{ff9d}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' => true,
        '\u{20000}'..='\u{3ffff}' => true,
        _ => false,
    }
}

/// Whether `char` is Korean.
pub fn is_hangul(char: char) -> bool {
    class(char) == Class::Hangul
}

fn is_cyrillic(char: char) -> bool {
    ('\u{400}'..='\u{52f}').contains(&char)
}

fn is_hebrew(char: char) -> bool {
    ('\u{5d0}'..='\u{5ea}').contains(&char)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn splits(text: &str, expected: &str) {
        assert_eq!(words(text).join("|"), expected, "{text}");
    }

    #[test]
    fn words_of_spaced_scripts() {
        splits("N. Korea's troops, U.S.-led", "N|Korea|troops|U.S.|led");
        splits("The U.S. and the U.N", "The|U.S.|and|the|U.N");
        splits("S.Korea", "S|Korea");
        splits("Russo-Ukrainian war: 1,500 dead", "Russo|Ukrainian|war|1,500|dead");
        splits("об'єкт Лук’янова", "об'єкт|Лук’янова");
        splits("l'Ukraine d’Israël", "l|Ukraine|d|Israël");
        splits("צה\"ל תקף", "צה\"ל|תקף");
        splits("so\u{ad}ldiers Ko\u{301}rea", "so\u{ad}ldiers|Ko\u{301}rea");
        splits("soldiers' pay", "soldiers|pay");
        splits("#Ukraine @kyiv", "Ukraine|kyiv");
        splits("के सैनिकों", "के|सैनिकों");
    }

    #[test]
    fn words_of_unspaced_scripts() {
        splits("北朝鮮がICBM", "北|朝|鮮|が|ICBM");
        splits("북한군이 NATO가 1만2000명", "북한군이|NATO|가|1|만|2000|명");
        splits("キム・ジョン", "キ|ム|ジ|ョ|ン");
    }

    #[test]
    fn a_turkish_ending_is_no_word() {
        let mut words = Vec::new();
        let text = "Ukrayna'nın NATO’ya";
        split(text, true, |word| words.push(&text[word.start..word.end]));
        assert_eq!(words, ["Ukrayna", "NATO"]);
    }

    #[test]
    fn sentences_and_shapes() {
        let mut seen = Vec::new();
        split("Gen. Kim met N. Korea. Then 5 UN men left! 北。南", false, |word| {
            seen.push((word.sentence, word.shape))
        });
        let sentences: Vec<u16> = seen.iter().map(|(sentence, _)| *sentence).collect();
        assert_eq!(sentences, [0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 2, 3]);
        use Shape::*;
        let shapes: Vec<Shape> = seen.iter().map(|(_, shape)| *shape).collect();
        assert_eq!(
            shapes,
            [Capital, Capital, Lower, Capital, Capital, Capital, Number, Upper, Lower, Lower, Unspaced, Unspaced]
        );
    }
}
