//! Names of which languages may stand in a text?
//!
//! In: the text's language and all languages that have names. Out: sets of languages, as bits: its own, those that lend
//! it their words. It reads no text and knows no name.

use crate::text::lang::Lang;

/// Languages are bits of a word; those beyond the last share it.
const LANGUAGES_MAX: usize = 64;

/// What a text of one language may borrow from which languages.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Tongue {
    /// The language itself.
    pub own: u64,
    /// With its sisters, and the names that are of every language.
    pub sisters: u64,
    /// Those near enough to lend their words where it has none.
    pub close: u64,
    /// Those whose proper names it borrows where it has none.
    pub neighbours: u64,
    pub english: u64,
    pub arabic: u64,
    pub hebrew: u64,
}

impl Tongue {
    pub fn of(lang: Lang, languages: &[Lang]) -> Self {
        let all = |fits: &dyn Fn(Lang) -> bool| {
            let own = languages.iter().filter(|own| fits(**own));
            own.fold(0, |all, own| all | bit(languages, *own))
        };
        Self {
            own: all(&|own| own == lang),
            sisters: all(&|own| own == lang || own.is_unknown() || is_sister(own, lang)),
            close: all(&|own| is_close(lang, own)),
            neighbours: all(&|own| is_neighbour(lang, own)),
            english: bit(languages, Lang::of("en")),
            arabic: bit(languages, Lang::of("ar")),
            hebrew: bit(languages, Lang::of("he")),
        }
    }
}

/// The bit of a language; 0 where it has no names.
pub(super) fn bit(languages: &[Lang], lang: Lang) -> u64 {
    languages.iter().position(|own| *own == lang).map_or(0, |at| 1 << at.min(LANGUAGES_MAX - 1))
}

/// Languages that share their stems and most of their words.
fn is_sister(left: Lang, right: Lang) -> bool {
    const SISTERS: &[&[&str]] = &[&["hr", "sr", "bs"], &["id", "ms"], &["zh", "yue"]];
    SISTERS.iter().any(|group| group.contains(&left.as_str()) && group.contains(&right.as_str()))
}

/// Languages near enough to lend their words, and stems where they share the rules, to one without its own.
fn is_close(lang: Lang, lender: Lang) -> bool {
    const CLOSE: &[(&str, &str)] =
        &[("af", "nl"), ("sk", "cs"), ("be", "ru"), ("mk", "bg"), ("gl", "pt"), ("da", "no"), ("no", "da")];
    CLOSE.contains(&(lang.as_str(), lender.as_str()))
}

/// Whose names a language without its own borrows.
fn is_neighbour(lang: Lang, lender: Lang) -> bool {
    const LENDERS: &[(&str, &[&str])] = &[
        ("af", &["nl"]),
        ("gl", &["pt", "es"]),
        ("ca", &["es", "fr"]),
        ("be", &["ru"]),
        ("mk", &["bg", "sr"]),
        ("bg", &["ru", "mk"]),
        ("sk", &["cs"]),
        ("cs", &["sk"]),
        ("no", &["da", "sv"]),
        ("da", &["no", "sv"]),
        ("sv", &["no", "da"]),
        ("ur", &["fa", "ar"]),
        ("fa", &["ar"]),
        ("ps", &["fa"]),
        ("ja", &["zh"]),
        ("zh", &["ja"]),
        ("kk", &["ru"]),
        ("ky", &["ru"]),
        ("tg", &["ru"]),
        ("az", &["tr"]),
        ("mr", &["hi"]),
        ("ne", &["hi"]),
        ("pt", &["es"]),
        ("es", &["pt"]),
        ("nl", &["de"]),
        ("et", &["fi"]),
        ("uk", &["ru"]),
        ("sr", &["ru"]),
    ];
    LENDERS.iter().any(|(own, lenders)| *own == lang.as_str() && lenders.contains(&lender.as_str()))
}
