//! In which language is a text?
//!
//! In: what the feed declares, how many letters of which script there are, and the words. Out: a primary language
//! subtag, or unknown. The script decides where it can; among languages of one script the declaration counts unless
//! the commonest words contradict it. It never guesses from a name alone.

use std::fmt;
use std::sync::OnceLock;

use super::bits::Bits;
use super::fold::hash;

/// Words of the filter of common words: 2 kB.
const COMMON_WORDS: usize = 1 << 8;

/// A primary language subtag ("en"), or unknown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Lang([u8; 3]);

impl Lang {
    /// No language.
    pub const UNKNOWN: Self = Self([0; 3]);

    /// From a tag as feeds write it: "en", "en-GB", "pt_BR"; unknown where it is none.
    pub fn of(tag: &str) -> Self {
        let tag = tag.trim();
        let primary = tag.split(['-', '_']).next().unwrap_or_default();
        if !(2..=3).contains(&primary.len()) || !primary.bytes().all(|byte| byte.is_ascii_alphabetic()) {
            return Self::UNKNOWN;
        }
        let mut code = [0; 3];
        for (to, from) in code.iter_mut().zip(primary.bytes()) {
            *to = from.to_ascii_lowercase();
        }
        match &code {
            b"und" | b"mul" | b"zxx" | b"mis" => Self::UNKNOWN,
            b"iw\0" => Self(*b"he\0"),
            b"in\0" => Self(*b"id\0"),
            b"nb\0" | b"nn\0" => Self(*b"no\0"),
            b"sh\0" => Self(*b"sr\0"),
            b"eng" => Self(*b"en\0"),
            b"cmn" => Self(*b"zh\0"),
            _ => Self(code),
        }
    }

    /// The subtag; empty when unknown.
    pub fn as_str(&self) -> &str {
        let length = self.0.iter().position(|&byte| byte == 0).unwrap_or(3);
        std::str::from_utf8(&self.0[..length]).unwrap_or_default()
    }

    /// The subtag as a number; 0 when unknown.
    pub fn number(self) -> u64 {
        self.0.iter().fold(0, |number, byte| number << 8 | u64::from(*byte))
    }

    /// Whether nothing is known.
    pub fn is_unknown(self) -> bool {
        self == Self::UNKNOWN
    }
}

impl fmt::Display for Lang {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}

/// Letters counted by script, with the few that tell sister languages apart.
#[derive(Clone, Copy, Debug, Default)]
pub struct Scripts {
    latin: u32,
    cyrillic: u32,
    arabic: u32,
    hebrew: u32,
    greek: u32,
    devanagari: u32,
    thai: u32,
    hangul: u32,
    kana: u32,
    han: u32,
    ukrainian: u32,
    russian: u32,
    serbian: u32,
    belarusian: u32,
    persian: u32,
    urdu: u32,
    vietnamese: u32,
}

impl Scripts {
    /// Counts the letters of `text` in.
    pub fn count(&mut self, text: &str) {
        if text.is_ascii() {
            self.latin += text.bytes().filter(u8::is_ascii_alphabetic).count() as u32;
            return;
        }
        text.chars().for_each(|char| self.count_char(char));
    }

    fn count_char(&mut self, char: char) {
        match char {
            'a'..='z' | 'A'..='Z' | '\u{c0}'..='\u{24f}' | '\u{1e00}'..='\u{1eff}' => {
                self.latin += 1;
                self.vietnamese += u32::from(matches!(char, 'ơ' | 'ư' | 'Ơ' | 'Ư' | 'đ' | '\u{1ea0}'..='\u{1ef9}'));
            }
            '\u{400}'..='\u{52f}' => {
                self.cyrillic += 1;
                match char {
                    'і' | 'ї' | 'є' | 'ґ' | 'І' | 'Ї' | 'Є' => self.ukrainian += 1,
                    'ы' | 'э' | 'ъ' | 'ё' | 'Э' => self.russian += 1,
                    'ј' | 'љ' | 'њ' | 'ђ' | 'ћ' | 'џ' => self.serbian += 1,
                    'ў' => self.belarusian += 1,
                    _ => {}
                }
            }
            '\u{600}'..='\u{6ff}' => {
                self.arabic += 1;
                match char {
                    'پ' | 'چ' | 'ژ' | 'گ' | 'ی' | 'ک' => self.persian += 1,
                    'ٹ' | 'ڈ' | 'ڑ' | 'ے' | 'ں' => self.urdu += 1,
                    _ => {}
                }
            }
            '\u{590}'..='\u{5ff}' => self.hebrew += 1,
            '\u{370}'..='\u{3ff}' | '\u{1f00}'..='\u{1fff}' => self.greek += 1,
            '\u{900}'..='\u{97f}' => self.devanagari += 1,
            '\u{e00}'..='\u{e7f}' => self.thai += 1,
            '\u{ac00}'..='\u{d7a3}' => self.hangul += 1,
            '\u{3041}'..='\u{30ff}' => self.kana += 1,
            '\u{3400}'..='\u{9fff}' | '\u{20000}'..='\u{3ffff}' => self.han += 1,
            _ => {}
        }
    }

    /// The languages that this mixture of letters may be, likeliest first; empty for Latin, which only words tell.
    fn candidates(&self) -> &'static [&'static str] {
        // A character of these scripts says as much as two letters.
        let (hangul, cjk) = (2 * self.hangul, 2 * (self.han + self.kana));
        let others = [self.cyrillic, self.arabic, self.hebrew, self.greek, self.devanagari, self.thai, hangul, cjk];
        let most = others.into_iter().max().unwrap_or(0);
        if most <= self.latin / 2 || most == 0 {
            return if self.vietnamese > 2 && self.vietnamese * 12 > self.latin { &["vi"] } else { &[] };
        }
        match others.iter().position(|&count| count == most).unwrap_or(0) {
            0 => self.cyrillic_languages(),
            1 if self.urdu > 0 => &["ur"],
            1 if self.persian > 0 => &["fa", "ur", "ps", "ckb"],
            1 => &["ar", "fa", "ur"],
            2 => &["he"],
            3 => &["el"],
            4 => &["hi", "mr", "ne"],
            5 => &["th"],
            6 => &["ko"],
            _ if self.kana > 0 => &["ja"],
            _ => &["zh", "ja", "yue"],
        }
    }

    fn cyrillic_languages(&self) -> &'static [&'static str] {
        if self.belarusian > 0 {
            &["be"]
        } else if self.ukrainian > self.russian {
            &["uk", "be", "kk"]
        } else if self.serbian > 0 {
            &["sr", "mk"]
        } else if self.russian > 0 {
            &["ru", "bg", "be", "kk", "ky", "tg", "mn"]
        } else {
            &["ru", "uk", "bg", "sr", "mk", "be", "kk", "ky", "tg", "mn"]
        }
    }
}

/// The language of a text with these scripts and these word keys (see [`hash`]).
pub fn detect(declared: Lang, scripts: &Scripts, words: impl Iterator<Item = u64>) -> Lang {
    let candidates = scripts.candidates();
    if candidates.len() == 1 {
        return Lang::of(candidates[0]);
    }
    if !candidates.is_empty() && !candidates.iter().any(|code| matches!(*code, "ru" | "uk" | "sr")) {
        return if candidates.contains(&declared.as_str()) { declared } else { Lang::of(candidates[0]) };
    }
    let fits = |lang: Lang| if candidates.is_empty() { !non_latin(lang) } else { candidates.contains(&lang.as_str()) };
    let votes = count_votes(words, fits);
    let best = votes.iter().enumerate().max_by_key(|(at, votes)| (**votes, std::cmp::Reverse(*at)));
    let Some((best, most)) = best.map(|(at, votes)| (Lang::of(COMMON[at].0), *votes)) else { return declared };
    if fits(declared) && !declared.is_unknown() {
        let own = COMMON.iter().position(|(code, _)| *code == declared.as_str()).map(|at| votes[at]);
        // A template's `en` is often wrong; common words tell when three times as many are another language's.
        return if own.is_some_and(|own| most >= 3 && own * 3 <= most) { best } else { declared };
    }
    let tied = votes.iter().filter(|&&votes| votes == most).count() > 1;
    match (most, candidates.first()) {
        (0, Some(first)) => Lang::of(first),
        (0, None) => Lang::UNKNOWN,
        (1, None) if tied => Lang::UNKNOWN,
        _ => best,
    }
}

/// The script of a language's words, and of a word: what is written in one can be no word of the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Script {
    Latin,
    Cyrillic,
    Other,
}

impl Script {
    /// Of a language.
    pub fn of_language(lang: Lang) -> Self {
        match lang.as_str() {
            "ru" | "uk" | "be" | "bg" | "mk" | "kk" | "ky" | "tg" | "mn" => Self::Cyrillic,
            _ if non_latin(lang) => Self::Other,
            _ => Self::Latin,
        }
    }

    /// Of a word, by its first letter.
    pub fn of_word(word: &str) -> Self {
        match word.chars().find(|char| char.is_alphabetic()) {
            Some('\u{400}'..='\u{52f}') => Self::Cyrillic,
            Some('\0'..='\u{24f}' | '\u{1e00}'..='\u{1eff}') | None => Self::Latin,
            Some(_) => Self::Other,
        }
    }

    /// Whether a word of this script may be one of the language. Serbian is written in two.
    pub fn suits(self, lang: Lang) -> bool {
        self == Self::of_language(lang) || (self == Self::Cyrillic && lang.as_str() == "sr")
    }
}

fn non_latin(lang: Lang) -> bool {
    const OTHERS: &[&str] = &[
        "ru", "uk", "bg", "mk", "be", "kk", "ky", "tg", "mn", "ar", "fa", "ur", "ps", "ckb", "he", "el", "hi", "mr",
        "ne", "th", "ko", "ja", "zh", "yue",
    ];
    OTHERS.contains(&lang.as_str())
}

fn count_votes(words: impl Iterator<Item = u64>, fits: impl Fn(Lang) -> bool) -> [u32; COMMON.len()] {
    let (table, filter) = common_words();
    let mut votes = [0; COMMON.len()];
    for word in words.filter(|word| filter.may_have(*word)) {
        let from = table.partition_point(|(key, _)| *key < word);
        for (_, lang) in table[from..].iter().take_while(|(key, _)| *key == word) {
            votes[*lang as usize] += 1;
        }
    }
    for (votes, (code, _)) in votes.iter_mut().zip(COMMON).filter(|(votes, _)| **votes > 0) {
        if !fits(Lang::of(code)) {
            *votes = 0;
        }
    }
    votes
}

/// The common words by key, each with its language's place in [`COMMON`], and a filter of their keys.
fn common_words() -> &'static (Vec<(u64, u8)>, Bits<COMMON_WORDS>) {
    static TABLE: OnceLock<(Vec<(u64, u8)>, Bits<COMMON_WORDS>)> = OnceLock::new();
    TABLE.get_or_init(|| {
        let of_language = |(at, (_, words)): (usize, &(&str, &'static str))| {
            words.split(' ').map(move |word| (hash(&plain(word)), at as u8)).collect::<Vec<_>>()
        };
        let mut table: Vec<_> = COMMON.iter().enumerate().flat_map(of_language).collect();
        table.sort_unstable();
        table.dedup();
        let filter = table.iter().map(|(key, _)| *key).collect();
        (table, filter)
    })
}

fn plain(word: &str) -> String {
    let mut out = String::new();
    super::fold::plain_into(word, &mut out);
    out
}

/// Whether a plain word is one of the commonest of the language: no name can be one unless its case tells.
pub fn is_common(lang: Lang, plain_word: &str) -> bool {
    let Some(at) = COMMON.iter().position(|(code, _)| *code == lang.as_str()) else { return false };
    common_words().0.binary_search(&(hash(plain_word), at as u8)).is_ok()
}

/// The commonest words of languages that share a script; ties go to the language named first.
const COMMON: &[(&str, &str)] = &[
    (
        "en",
        "the of and to in a is that for it on as with was at by be this from are have not an or his he they which were has who us after over says will its their but new amid could what how why you your",
    ),
    (
        "es",
        "a el la de que y en los del las un una por con para su al se es lo como mas pero sus le ya fue este ha si porque esta son entre cuando muy sin sobre ser tras hasta desde contra",
    ),
    (
        "fr",
        "le la les de des et en un une du est pour dans que qui sur au par plus avec il ce ne pas son se sont aux ses mais ou nous cette ete apres selon contre leur comme a",
    ),
    (
        "de",
        "der die das und in den von zu mit sich des auf fur ist im dem nicht ein eine als auch es an werden aus er hat dass sie nach wird bei einer um am sind noch wie einem uber einen so zum haben nur oder aber vor zur bis mehr durch gegen",
    ),
    (
        "it",
        "il di che la e un in per una del della con non le da si dei nel alla sono al i gli come piu dal anche ha ma lo delle nella dopo contro sul tra",
    ),
    (
        "pt",
        "o de que e do da em um para com nao uma os no se na por mais as dos como mas ao ele das tem seu sua ou quando muito nos ja esta eu tambem pelo pela ate apos sobre sao contra",
    ),
    (
        "nl",
        "de het een van en in is op te dat die voor met zijn niet aan er om ook als door maar bij naar uit nog worden dan over heeft tegen tot wordt werd deze geen na",
    ),
    (
        "pl",
        "w z na i do nie sie jest to ze o jak za od po przez dla przy ale co czy oraz tym jego byl ma juz tylko przed tego ktory ktore pod sa bez",
    ),
    (
        "cs",
        "a v na se je ze s z do o i k ve by byl jako pro po za jeho to ale podle od jsou ktery ktera uz jen pri pred jak nebo tak take bude",
    ),
    (
        "sk",
        "a v na sa je ze s z do o aj k vo by bol ako pre po za jeho to ale podla od su ktory ktora uz len pri pred ked alebo tak bude",
    ),
    (
        "sv",
        "och i att det som en pa ar av for med den till har de inte om ett men var jag sig fran vi sa kan nar efter mot enligt under vid ska har",
    ),
    (
        "no",
        "og i det er til som en pa for av at med de har ikke den om et men var seg fra vi sa kan nar etter mot ifolge under ved skal han ble etter",
    ),
    (
        "da",
        "og i det er til som en pa for af at med de har ikke den om et men var sig fra vi sa kan nar efter mod ifolge under ved skal han blev",
    ),
    ("fi", "ja on ei se etta han oli mutta kun ovat mukaan myos jo kuin joka tai niin voi sen vuoden sanoo jalkeen"),
    ("hu", "a az es hogy nem is egy ez meg de volt mar csak szerint mint vagy lesz utan ellen amely aki ki el ezt"),
    (
        "ro",
        "si de in la cu pe a din nu o care un este pentru sa mai fi ca ce au al fost dupa ale unui unei catre sunt va le",
    ),
    (
        "tr",
        "ve bir bu da de icin ile olarak en cok daha ne gibi sonra olan kadar var ama ise icinde karsi dedi oldu son",
    ),
    (
        "id",
        "yang dan di dari untuk dengan ini itu pada tidak dalam akan ke oleh juga adalah sebagai telah atau karena ada bisa kata saat setelah para sudah",
    ),
    (
        "ca",
        "el la de que i en els del les un una per amb al es no mes com pero aquest aquesta ha son entre sobre dels ser tambe fins",
    ),
    ("hr", "i u je na se da za su od s o koji kako to nije ali iz sa ili bi biti po nakon prema kao bio bez jer"),
    (
        "af",
        "die van en in is het dat nie op te vir met sy wat om aan by ook sal was uit na deur as maar hy word se hulle na tot een nog teen",
    ),
    ("vi", "va cua la co duoc trong cho voi khong cac nhung nay da den nguoi mot ve tai"),
    ("sw", "ya wa na kwa ni la katika za cha kuwa hiyo huyo yake baada"),
    ("et", "ja on ei et see oli aga mis kui ka ning oma ta"),
    ("lt", "ir yra kad su is bei kaip apie po del nuo tai buvo"),
    ("lv", "un ir ka par no uz ar tas bija pec ari lai"),
    ("sq", "dhe ne te e i per me nga se nje qe ka eshte u nuk si"),
    ("tl", "ang ng sa na mga ay at para ni si kay hindi"),
    ("ru", "в и на не что с по как из к за от для о это у его после до был но а при или также будет об она они был"),
    ("uk", "в у і й на не що з та до як за від для про це його після був але а при або також буде під час через із"),
    ("bg", "и на да в за се от с че не са по е ще като си но със до при след това към или я го ги най във бе"),
    ("sr", "и у је на се да за су од са о који како то није али из или би по након према као био"),
    ("mk", "и на да во за се од со дека не се по е ќе како но до при ова кон или го ги беше"),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn detected(declared: &str, text: &str) -> String {
        let mut scripts = Scripts::default();
        scripts.count(text);
        let keys: Vec<u64> =
            crate::text::token::words(text).iter().map(|word| hash(&plain(&super::super::fold::fold(word)))).collect();
        detect(Lang::of(declared), &scripts, keys.into_iter()).as_str().to_owned()
    }

    #[test]
    fn the_script_decides_where_it_can() {
        assert_eq!(detected("en", "북한군 3000명, NATO 확인"), "ko");
        assert_eq!(detected("", "北朝鮮がミサイル発射"), "ja");
        assert_eq!(detected("ja", "北朝鮮兵士派遣"), "ja");
        assert_eq!(detected("", "朝鲜士兵"), "zh");
        assert_eq!(detected("en", "Українські військові на Курщині"), "uk");
        assert_eq!(detected("", "Путин подтвердил"), "ru");
        assert_eq!(detected("", "وزیر دفاع گفت"), "fa");
        assert_eq!(detected("en", "Quân đội Triều Tiên được đưa tới Nga"), "vi");
    }

    #[test]
    fn words_decide_among_sisters() {
        assert_eq!(detected("", "Nordkorea schickt die Soldaten nach Russland"), "de");
        assert_eq!(detected("en", "Se forma la tormenta tropical Marisol al sur de Cuba y apunta a Luisiana"), "es");
        assert_eq!(detected("en", "Ferry sinks off Java"), "en");
        assert_eq!(detected("pt", "Golpe no Paraguai"), "pt");
        assert_eq!(detected("", "Marisol"), "");
        assert_eq!(detected("", "The troops were in Kursk"), "en");
    }

    #[test]
    fn tags_as_feeds_write_them() {
        for (tag, code) in
            [("en-GB", "en"), ("pt_BR", "pt"), ("iw", "he"), ("nb", "no"), ("", ""), ("english", ""), ("und", "")]
        {
            assert_eq!(Lang::of(tag).as_str(), code, "{tag}");
        }
    }
}
