//! Which forms of a word are one word?
//!
//! In: a folded word and its language. Out: a stem that its inflected forms share; the same letters for a language
//! without rules. Snowball where it has the language; for English only plurals and verb endings (Snowball's English
//! makes one word of "office" and "officer"); own suffix rules for Arabic, Persian, Hebrew, Bulgarian and Macedonian.
//! Stems keep their diacritics ("öldü" is no form of "oldu") and compare only with stems of the same language. Stateless.

use frostem::{Algorithm, Stemmer};

use super::fold::plain_into;
use super::lang::Lang;

/// Words longer than this are identifiers or noise and are their own stem.
const WORD_BYTES_MAX: usize = 64;

/// The rules of one language, looked up once a text.
#[derive(Clone, Copy)]
pub struct Rules {
    kind: Kind,
    germanic: bool,
    russian: bool,
    greek: bool,
}

#[derive(Clone, Copy)]
enum Kind {
    English,
    Arabic,
    Persian,
    Hebrew,
    SouthSlavic,
    Snowball(Stemmer),
    None,
}

impl Rules {
    /// The rules of a language; of one without any, words are their own stems.
    pub fn of(lang: Lang) -> Self {
        let code = lang.as_str();
        let kind = match code {
            "en" => Kind::English,
            "ar" | "ur" => Kind::Arabic,
            "fa" => Kind::Persian,
            "he" => Kind::Hebrew,
            "bg" | "mk" => Kind::SouthSlavic,
            _ => algorithm(code).map_or(Kind::None, |algorithm| Kind::Snowball(Stemmer::new(algorithm))),
        };
        let germanic = matches!(code, "de" | "sv" | "no" | "da");
        Self { kind, germanic, russian: code == "ru", greek: code == "el" }
    }

    /// Appends the stem of `folded` to `out`.
    pub fn stem_into(&self, folded: &str, out: &mut String) {
        if folded.len() > WORD_BYTES_MAX {
            return out.push_str(folded);
        }
        match self.kind {
            Kind::English => english_into(folded, out),
            Kind::Arabic => out.push_str(arabic(folded)),
            Kind::Persian => out.push_str(persian(folded)),
            Kind::Hebrew => out.push_str(hebrew(folded)),
            Kind::SouthSlavic => out.push_str(&south_slavic(folded)),
            Kind::Snowball(stemmer) => {
                let bare = if self.germanic { without_genitive(folded) } else { folded };
                self.finish(&stemmer.stem(bare), out);
            }
            Kind::None => out.push_str(folded),
        }
    }

    fn finish(&self, stem: &str, out: &mut String) {
        match stem {
            // Snowball makes "коре" of "корея" and "кор" of "кореи".
            _ if self.russian && stem.len() >= 8 => out.push_str(stem.trim_end_matches('е')),
            _ if self.greek => plain_into(stem, out),
            _ => out.push_str(stem),
        }
    }
}

/// Appends the stem of `folded` to `out`.
pub fn stem_into(lang: Lang, folded: &str, out: &mut String) {
    Rules::of(lang).stem_into(folded, out);
}

/// The stem of `folded`.
pub fn stem(lang: Lang, folded: &str) -> String {
    let mut out = String::with_capacity(folded.len());
    stem_into(lang, folded, &mut out);
    out
}

/// Whether words of this language have stems other than themselves.
pub fn has_stems(lang: Lang) -> bool {
    matches!(lang.as_str(), "en" | "ar" | "ur" | "fa" | "he" | "bg" | "mk") || algorithm(lang.as_str()).is_some()
}

/// The languages that have stems.
pub const STEMMED: &[&str] = &[
    "en", "ru", "uk", "be", "pl", "cs", "sk", "sr", "hr", "bs", "bg", "mk", "de", "nl", "af", "sv", "no", "da", "fi",
    "hu", "ro", "tr", "el", "es", "pt", "fr", "it", "ca", "id", "ms", "hi", "ar", "ur", "fa", "he",
];

/// Snowball leaves the s of "Nordkoreas" and "Ukrainas", because it takes a genitive for granted only after consonants.
fn without_genitive(word: &str) -> &str {
    let bare = word.strip_suffix('s').filter(|bare| bare.len() >= 4 && bare.ends_with(['a', 'o']));
    bare.unwrap_or(word)
}

fn algorithm(code: &str) -> Option<Algorithm> {
    Some(match code {
        "ru" | "be" => Algorithm::Russian,
        "uk" => Algorithm::Ukrainian,
        "pl" => Algorithm::Polish,
        "cs" | "sk" => Algorithm::Czech,
        "sr" | "hr" | "bs" => Algorithm::Serbian,
        "de" => Algorithm::German,
        "nl" | "af" => Algorithm::Dutch,
        "sv" => Algorithm::Swedish,
        "no" => Algorithm::Norwegian,
        "da" => Algorithm::Danish,
        "fi" => Algorithm::Finnish,
        "hu" => Algorithm::Hungarian,
        "ro" => Algorithm::Romanian,
        "tr" => Algorithm::Turkish,
        "el" => Algorithm::Greek,
        "es" => Algorithm::Spanish,
        "pt" => Algorithm::Portuguese,
        "fr" => Algorithm::French,
        "it" => Algorithm::Italian,
        "ca" => Algorithm::Catalan,
        "id" | "ms" => Algorithm::Indonesian,
        "hi" => Algorithm::Hindi,
        _ => return None,
    })
}

/// Plurals, -ed and -ing (the first step of Porter's stemmer, 1980), with the silent e put back where English writes one.
fn english_into(word: &str, out: &mut String) {
    let start = out.len();
    plain_into(word, out);
    let plain = &out[start..];
    let length = plain.len();
    if length < 4 || !plain.is_ascii() {
        return;
    }
    let kept = match plain {
        // Verbs and nouns that would meet: "forced" and "forces".
        "forced" | "forcing" | "united" | "news" | "series" | "species" => return,
        _ if plain.ends_with("ies") && length > 4 => {
            out.truncate(start + length - 3);
            out.push('y');
            return;
        }
        _ if ["ches", "shes", "sses", "xes", "zzes"].iter().any(|end| plain.ends_with(end)) => length - 2,
        _ if plain.ends_with('s') && !["ss", "us", "is"].iter().any(|end| plain.ends_with(end)) => length - 1,
        _ if plain.ends_with("eed") => length,
        _ if plain.ends_with("ed") && has_vowel(&plain[..length - 2]) => return verb(out, start, length - 2),
        _ if plain.ends_with("ing") && has_vowel(&plain[..length - 3]) => return verb(out, start, length - 3),
        _ => length,
    };
    out.truncate(start + kept);
}

fn has_vowel(part: &str) -> bool {
    part.len() >= 2 && part.bytes().any(|byte| b"aeiouy".contains(&byte))
}

/// Cuts a verb's ending: "stopped" to "stop", "seized" to "seize", "invading" to "invade", "tried" to "try".
fn verb(out: &mut String, start: usize, kept: usize) {
    const SILENT_E: &[&str] = &[
        "at", "bl", "iz", "yz", "v", "c", "ad", "id", "ud", "ut", "ir", "ur", "uc", "ak", "ik", "ok", "ap", "ip", "as",
        "is", "os", "us", "rg", "dg", "ag", "u", "tl", "dl", "pl", "ar",
    ];
    const NO_E: &[&str] = &[
        "eat", "oat", "oad", "ead", "aid", "oud", "out", "uit", "air", "eak", "oak", "ook", "eap", "oap", "ear", "oar",
        "ias", "our", "us",
    ];
    out.truncate(start + kept);
    let part = &out[start..];
    let bytes = part.as_bytes();
    let doubled = bytes.len() > 3 && bytes[bytes.len() - 1] == bytes[bytes.len() - 2];
    if doubled && !matches!(bytes[bytes.len() - 1], b'l' | b's' | b'z' | b'f') {
        out.pop();
    } else if part.ends_with('i') {
        out.pop();
        out.push('y');
    } else if !doubled && ends(part, SILENT_E) && !ends(part, NO_E) {
        out.push('e');
    }
}

fn ends(part: &str, endings: &[&str]) -> bool {
    endings.iter().any(|ending| part.ends_with(ending))
}

/// Cuts the first ending of `endings` that leaves at least `keep` letters.
fn strip<'a>(word: &'a str, endings: &[&str], keep: usize) -> &'a str {
    let cut = |ending: &&str| word.strip_suffix(*ending).filter(|left| left.chars().count() >= keep);
    endings.iter().find_map(cut).unwrap_or(word)
}

/// Bulgarian and Macedonian decline little: articles, plurals, genders. Longest first.
const SOUTH_SLAVIC: &[&str] = &[
    "ските",
    "ската",
    "ското",
    "ският",
    "ския",
    "иите",
    "ците",
    "ията",
    "ието",
    "овете",
    "ите",
    "ята",
    "ата",
    "ото",
    "ето",
    "ият",
    "ска",
    "ско",
    "ски",
    "ове",
    "ии",
    "ия",
    "та",
    "то",
    "те",
    "ът",
    "ят",
    "от",
    "а",
    "и",
    "о",
    "е",
    "я",
];

fn south_slavic(word: &str) -> String {
    let stem = strip(word, SOUTH_SLAVIC, 3);
    // "войници", "войник": к before и turns to ц.
    match stem.strip_suffix('ц') {
        Some(left) => format!("{left}к"),
        None => stem.to_owned(),
    }
}

/// The article and the commonest suffixes, after light10 (Larkey, Ballesteros, Connell 2007), on unified letters.
fn arabic(word: &str) -> &str {
    let bare = word.strip_prefix("ال").filter(|left| left.chars().count() >= 3).unwrap_or(word);
    // "رسوما": a noun without article as an object; not "روسيا", of which the last letters are the name's own.
    let bare = bare.strip_suffix('ا').filter(|left| left.chars().count() >= 4 && !left.ends_with('ي')).unwrap_or(bare);
    let once = strip(bare, &["ها", "ان", "ات", "ون", "ين", "يه", "ه", "ي"], 3);
    strip(once, &["يه", "ه", "ي"], 3)
}

fn persian(word: &str) -> &str {
    let once = strip(word, &["هايي", "هاي", "ها", "ان"], 3);
    strip(once, &["ي"], 3)
}

fn hebrew(word: &str) -> &str {
    let once = strip(word, &["יים", "ים", "יות", "ות", "ית", "ה"], 3);
    strip(once, &["י"], 3)
}

/// Calls `with` with each form of an Arabic or Hebrew word without the small words written onto its front: "and", "in",
/// "by", "to", "the". The word itself comes first.
pub fn without_clitics(lang: Lang, word: &str, mut with: impl FnMut(&str)) {
    with(word);
    match lang.as_str() {
        "ar" | "ur" => {
            let cut = |form: &'_ str, letters: &[&str]| -> Option<usize> {
                let left = letters.iter().find_map(|letter| form.strip_prefix(letter))?;
                (left.chars().count() >= 3).then_some(form.len() - left.len())
            };
            let and = cut(word, &["و", "ف"]);
            for form in [Some(word), and.map(|at| &word[at..])].into_iter().flatten() {
                if form.len() < word.len() {
                    with(form);
                }
                // "The" alone or after "in, like"; with "to" it melts into two letters.
                if let Some(at) = cut(form, &["ال", "بال", "كال", "لل"]) {
                    with(&form[at..]);
                }
                if let Some(at) = cut(form, &["ب", "ل", "ك"]) {
                    with(&form[at..]);
                }
            }
        }
        "he" => {
            let mut rest = word;
            // No Hebrew word carries more than three: "ושב", "שמה".
            for _ in 0..3 {
                let Some(left) = rest.strip_prefix(['ה', 'ו', 'ב', 'ל', 'מ', 'ש', 'כ']) else { break };
                if left.chars().count() < 2 {
                    break;
                }
                with(left);
                rest = left;
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn same(lang: &str, forms: &str) {
        let stems: Vec<String> = forms.split(' ').map(|form| stem(Lang::of(lang), form)).collect();
        assert!(stems.iter().all(|stem| *stem == stems[0]), "{lang}: {forms} → {stems:?}");
    }

    #[track_caller]
    fn differ(lang: &str, left: &str, right: &str) {
        assert_ne!(stem(Lang::of(lang), left), stem(Lang::of(lang), right), "{left} {right}");
    }

    #[test]
    fn english_inflects_but_does_not_derive() {
        same("en", "troop troops");
        same("en", "sink sinks sinking");
        same("en", "invade invades invaded invading");
        same("en", "seize seized seizing");
        same("en", "stop stopped stopping");
        same("en", "strike striking strikes");
        same("en", "launch launches launched");
        same("en", "army armies");
        same("en", "fire fires fired firing");
        same("en", "kill killed killing");
        same("en", "cut cuts cutting");
        same("en", "rate rates rated");
        same("en", "target targeted targeting");
        same("en", "capsize capsized");
        differ("en", "officer", "office");
        differ("en", "forced", "forces");
        differ("en", "new", "news");
        differ("en", "organ", "organisation");
    }

    #[test]
    fn other_languages_inflect() {
        same("ru", "россия россии россию россией");
        same("ru", "корея кореи корее корею кореей");
        same("uk", "корея кореї корею кореєю");
        same("uk", "україна україни україні україну україною");
        same("uk", "солдат солдати солдатів солдатам");
        same("pl", "rosja rosji rosję rosją");
        same("de", "soldat soldaten");
        same("de", "nordkorea nordkoreas");
        same("sv", "ukraina ukrainas");
        same("es", "soldado soldados");
        same("tr", "asker askerler askerleri");
        same("ar", "روسي الروسي روسيه");
        same("he", "חייל חיילים");
        same("bg", "войник войници войника");
    }

    #[test]
    fn small_words_come_off() {
        let mut forms = Vec::new();
        without_clitics(Lang::of("ar"), "وبروسيا", |form| forms.push(form.to_owned()));
        assert!(forms.contains(&"روسيا".to_owned()), "{forms:?}");
        for word in ["الفرنسيه", "والفرنسيه", "بالفرنسيه", "للفرنسيه"] {
            forms.clear();
            without_clitics(Lang::of("ar"), word, |form| forms.push(form.to_owned()));
            assert!(forms.contains(&"فرنسيه".to_owned()), "{word} {forms:?}");
        }
        forms.clear();
        without_clitics(Lang::of("he"), "ושברוסיה", |form| forms.push(form.to_owned()));
        assert!(forms.contains(&"רוסיה".to_owned()), "{forms:?}");
    }
}
