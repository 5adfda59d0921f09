//! When are two spellings the same word?
//!
//! In: a word as an outlet wrote it. Out: its folded form: compatibility-normalised (NFKC, so NFD, full-width and
//! ligatures are gone), without case, invisible characters, harakat, tatweel, niqqud and stress marks, with Arabic and
//! Persian letters unified, traditional Chinese characters as simplified ones and ё as е; and its *plain* form, which has no Latin or Greek diacritics either. It never
//! decides where a word begins.

use std::sync::LazyLock;

use icu_casemap::CaseMapperBorrowed;
use icu_normalizer::ComposingNormalizerBorrowed;
use icu_normalizer::properties::CanonicalCombiningClassMapBorrowed;
use icu_normalizer::properties::CanonicalDecompositionBorrowed;
use icu_normalizer::properties::Decomposed;

const CASE: CaseMapperBorrowed<'static> = CaseMapperBorrowed::new();
const NFKC: ComposingNormalizerBorrowed<'static> = ComposingNormalizerBorrowed::new_nfkc();
const MARKS: CanonicalCombiningClassMapBorrowed<'static> = CanonicalCombiningClassMapBorrowed::new();
const DECOMPOSE: CanonicalDecompositionBorrowed<'static> = CanonicalDecompositionBorrowed::new();

/// Appends the folded form of `word`; `turkic` folds I to ı.
pub fn fold_into(word: &str, turkic: bool, out: &mut String) {
    if word.is_ascii() && !turkic {
        out.extend(word.bytes().map(|byte| byte.to_ascii_lowercase() as char));
        return;
    }
    if !turkic && word.chars().all(|char| simple(char).is_some()) {
        out.extend(word.chars().filter_map(simple));
        return;
    }
    let normal = NFKC.normalize(word);
    let folded = if turkic { CASE.fold_turkic_string(&normal) } else { CASE.fold_string(&normal) };
    let mut last = ' ';
    for char in folded.chars() {
        // `İ` folds to i and a dot above; a Cyrillic vowel may carry a stress mark in reference works.
        let stray = (char == '\u{307}' && last == 'i') || (char == '\u{301}' && is_cyrillic(last));
        if !stray && let Some(char) = unify(char) {
            out.push(char);
        }
        last = char;
    }
}

/// The folded form of `word`.
pub fn fold(word: &str) -> String {
    let mut out = String::with_capacity(word.len());
    fold_into(word, false, &mut out);
    out
}

/// Appends `folded` without Latin and Greek diacritics: "asunción" and "asuncion" become one word.
pub fn plain_into(folded: &str, out: &mut String) {
    if folded.is_ascii() {
        out.push_str(folded);
        return;
    }
    for char in folded.chars() {
        push_plain(char, out);
    }
}

fn push_plain(char: char, out: &mut String) {
    match char {
        '\0'..='\x7f' => out.push(char),
        'ı' => out.push('i'),
        'ł' => out.push('l'),
        'ø' => out.push('o'),
        'đ' | 'ð' => out.push('d'),
        'ħ' => out.push('h'),
        'æ' => out.push_str("ae"),
        'œ' => out.push_str("oe"),
        'þ' => out.push_str("th"),
        // The modifier letters of romanised Hawaiian, Uzbek and Arabic.
        'ʻ' | 'ʼ' | 'ʿ' | 'ʾ' => {}
        '\u{300}'..='\u{36f}' => {}
        '\u{80}'..='\u{24f}' | '\u{370}'..='\u{3ff}' | '\u{1e00}'..='\u{1fff}' => out.push(base(char)),
        _ => out.push(char),
    }
}

/// The letter under all its marks.
fn base(char: char) -> char {
    let mut current = char;
    // Vietnamese letters carry at most two marks, Greek ones three.
    for _ in 0..4 {
        match DECOMPOSE.decompose(current) {
            Decomposed::Expansion(first, _) => current = first,
            Decomposed::Singleton(only) => current = only,
            Decomposed::Default => break,
        }
    }
    current
}

/// Folding of the letters that make up most of the world's news and need no tables of marks; `None` for the rest.
fn simple(char: char) -> Option<char> {
    match char {
        'ё' | 'Ё' => Some('е'),
        '0'..='9' | 'a'..='z' | 'а'..='я' | 'ѐ'..='џ' | 'ґ' | 'ß'..='ö' | 'ø'..='ÿ' if char != 'ß' => {
            Some(char)
        }
        'A'..='Z' | 'А'..='Я' | 'Ѐ'..='Џ' | 'Ґ' | 'À'..='Ö' | 'Ø'..='Þ' => Some(CASE.simple_fold(char)),
        '\u{4e00}'..='\u{9fff}' => Some(simplified(char)),
        '\u{3041}'..='\u{3096}' | '\u{30a1}'..='\u{30fe}' | '\u{ac00}'..='\u{d7a3}' => Some(char),
        '\u{621}'..='\u{652}' => unify_or_drop(char),
        '\u{5d0}'..='\u{5ea}' => Some(char),
        _ => None,
    }
}

/// As [`unify`], but `None` (the slow way) where a letter is dropped or may combine with the next.
fn unify_or_drop(char: char) -> Option<char> {
    matches!(char, '\u{621}'..='\u{63a}' | '\u{641}'..='\u{64a}').then(|| unify(char)).flatten()
}

/// One letter for all its look-alikes; `None` for what is not to be seen.
fn unify(char: char) -> Option<char> {
    match char {
        'ё' => Some('е'),
        'آ' | 'أ' | 'إ' | 'ٱ' => Some('ا'),
        'ى' | 'ی' | 'ې' | 'ئ' => Some('ي'),
        'ک' | 'ڪ' => Some('ك'),
        'ة' | 'ۀ' | 'ہ' | 'ۃ' | 'ھ' => Some('ه'),
        'ؤ' => Some('و'),
        '\u{640}' | '\u{64b}'..='\u{65f}' | '\u{670}' | '\u{6d6}'..='\u{6ed}' => None,
        '\u{591}'..='\u{5c7}' => None,
        '٠'..='٩' => char::from_digit(char as u32 - '٠' as u32, 10),
        '۰'..='۹' => char::from_digit(char as u32 - '۰' as u32, 10),
        '\u{4e00}'..='\u{9fff}' => Some(simplified(char)),
        _ if is_invisible(char) => None,
        '’' | 'ʼ' | '`' | '\'' | '״' | '׳' | '"' | '”' | '“' => None,
        _ => Some(char),
    }
}

/// The simplified form of a Chinese character, so that 格魯吉亞 in an outlet of Taiwan is 格鲁吉亚. Japanese and Korean
/// characters go the same way, which does no harm: both the name and the text do.
fn simplified(char: char) -> char {
    static TABLE: LazyLock<Vec<u16>> = LazyLock::new(|| {
        let mut table: Vec<u16> = (HAN_FIRST as u16..=HAN_LAST as u16).collect();
        let mut pairs = SIMPLIFIED.chars().filter(|char| (HAN_FIRST..=HAN_LAST).contains(char));
        while let (Some(from), Some(to)) = (pairs.next(), pairs.next()) {
            table[from as usize - HAN_FIRST as usize] = to as u16;
        }
        table
    });
    let to = TABLE.get((char as usize).wrapping_sub(HAN_FIRST as usize)).copied();
    to.and_then(|to| char::from_u32(u32::from(to))).unwrap_or(char)
}

/// Pairs of a traditional character and its simplified form: the characters of one form each in OpenCC's
/// `TSCharacters.txt` (BYVoid and others, licence Apache-2.0).
const SIMPLIFIED: &str = include_str!("simplified.txt");
const HAN_FIRST: char = '\u{4e00}';
const HAN_LAST: char = '\u{9fff}';

fn is_cyrillic(char: char) -> bool {
    ('\u{400}'..='\u{52f}').contains(&char)
}

/// Characters that a reader does not see: soft hyphen, zero-width space and joiners, direction marks, selectors.
pub fn is_invisible(char: char) -> bool {
    matches!(char,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{2064}' | '\u{2066}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}')
}

/// The 64-bit key of a plain form; the same on every machine.
pub fn hash(plain: &str) -> u64 {
    xxhash_rust::xxh3::xxh3_64(plain.as_bytes())
}

/// Whether this character belongs to the letter before it.
pub fn is_mark(char: char) -> bool {
    char >= '\u{300}' && (MARKS.get_u8(char) != 0 || matches!(char, '\u{ff9e}' | '\u{ff9f}' | '\u{3099}' | '\u{309a}'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(word: &str) -> String {
        let mut out = String::new();
        plain_into(&fold(word), &mut out);
        out
    }

    #[test]
    fn spellings_meet() {
        for (left, right) in [
            ("КОРЕЯ", "корея"),
            ("ё", "е"),
            ("Ｕｋｒａｉｎｅ", "ukraine"),
            ("so\u{ad}l\u{200b}diers", "soldiers"),
            ("İstanbul", "istanbul"),
            ("Straße", "STRASSE"),
            ("Украи\u{301}на", "украина"),
            ("كُورِيَا", "کوریا"),
            ("ﾛｼｱ", "ロシア"),
            ("Σεισμός", "σεισμόσ"),
            ("й", "и\u{306}"),
            ("格魯吉亞", "格鲁吉亚"),
        ] {
            assert_eq!(fold(left), fold(right), "{left} {right}");
        }
        assert_ne!(fold("й"), fold("и"), "й is a letter of its own");
    }

    #[test]
    fn the_plain_form_has_no_diacritics() {
        assert_eq!(plain("Asunción"), "asuncion");
        assert_eq!(plain("ASUNCIO\u{301}N"), "asuncion");
        assert_eq!(plain("Łódź"), "lodz");
        assert_eq!(plain("Αθήνα"), plain("ΑΘΗΝΑ"));
        assert_eq!(plain("Việt"), "viet");
        assert_eq!(plain("Україна"), "україна");
        assert_eq!(plain("ﬁre"), "fire");
    }
}
