//! In which forms does a language write this noun?
//!
//! In: the plain dictionary form of a noun or adjective (or a name), and its language. Out: the plain forms that its
//! ending lets expect, too many rather than too few: a form that does not exist is met in no text. Stemming is the
//! other half: it forgives what no table has, but now and then cuts a name's own letters ("Иран", "Китай").

use super::lang::Lang;

/// A dictionary ending, and the endings that take its place; the first row that fits is used.
type Row = (&'static str, &'static str);

/// The forms of `plain`, without itself; none for a language without tables.
pub fn forms(lang: Lang, plain: &str) -> impl Iterator<Item = String> + '_ {
    let row = table(lang).iter().find(|(ending, _)| plain.ends_with(ending));
    let applied = row.map(|(ending, others)| (&plain[..plain.len() - ending.len()], *others));
    let long = applied.filter(|(stem, _)| stem.chars().count() >= STEM_LETTERS_MIN);
    long.into_iter()
        .flat_map(|(stem, others)| others.split(' ').map(move |other| format!("{stem}{}", other.trim_matches('-'))))
}

/// Shorter stems are met by chance.
const STEM_LETTERS_MIN: usize = 2;

fn table(lang: Lang) -> &'static [Row] {
    match lang.as_str() {
        "ru" | "be" => RUSSIAN,
        "uk" => UKRAINIAN,
        "pl" => POLISH,
        "cs" | "sk" => CZECH,
        "hr" | "sr" | "bs" => CROATIAN,
        "ro" => ROMANIAN,
        "el" => GREEK,
        "hu" => HUNGARIAN,
        "fi" | "et" => FINNISH,
        "tr" | "az" => TURKISH,
        _ => &[],
    }
}

// A row's `-` is an empty ending. An empty dictionary ending fits any word and comes last.

const RUSSIAN: &[Row] = &[
    ("ия", "ии ию ией"),
    ("ея", "еи ее ею еей"),
    ("ая", "ой ую ою ый ого ые ых ыми"),
    ("яя", "ей юю"),
    ("я", "и е ю ей ею ь ям ями ях"),
    ("а", "ы и е у ой ою ей - ам ами ах"),
    ("ский", "ского скому ским ском ская ской скую ское ские ских скими"),
    ("ий", "его ему им ем ия ию ии ием ого ому ом"),
    ("ый", "ого ому ым ом ая ой ую ое ые ых ыми"),
    ("ой", "ого ому ым ом ая ую ое ые ых ыми"),
    ("ые", "ых ым ыми"),
    ("ие", "ия ию ием ии ий иям иями иях их им ими"),
    ("ое", "ого ому ым ом"),
    ("й", "я ю ем е и ев ям ями ях"),
    ("ь", "я ю ем е и ью ей ям ями ях"),
    ("о", "а у ом е - ам ами ах"),
    ("ы", "ов ам ами ах -"),
    ("и", "ов ей ам ами ах -"),
    ("ец", "ца цу цем цом це цы цев цам цами"),
    ("ок", "ка ку ком ке ки ков кам ками"),
    ("", "а у ом ем ым е ы и ов ам ами ах"),
];

const UKRAINIAN: &[Row] = &[
    ("ія", "ії ію ією"),
    ("ея", "еї ею еєю"),
    ("я", "і ї ю ею єю ь ям ями ях"),
    ("ка", "ки ці ку кою ко ок кам ками ках"),
    ("га", "ги зі гу гою"),
    ("ха", "хи сі ху хою"),
    ("а", "и і у ою - ої ій ам ами ах"),
    ("ський", "ського ському ським ська ської ській ську ські ських ськими"),
    ("ий", "ого ому им ім а ої ій у і их ими"),
    ("і", "их им ими ей ів"),
    ("ї", "їв їх ям ями"),
    ("й", "ю я єм єві ї їв"),
    ("ь", "я ю ем еві і ів ей ям ями ях"),
    ("ів", "ова ову овом ові"),
    ("їв", "єва єву євом єві"),
    ("о", "а у ом і - ам ами ах"),
    ("и", "ів ам ами ах -"),
    ("ок", "ка ку ком ки ків кам"),
    ("", "а у ом ем ові і и ів ам ами ах"),
];

const POLISH: &[Row] = &[
    ("ja", "ji je jo"),
    ("ia", "ii ie io i"),
    ("ea", "ei ee eo"),
    ("ska", "skiej ski skie skich skim ska sce"),
    ("ka", "ki ce ke ko ek kom kach kami kiej kie kich kim"),
    ("ga", "gi dze ge go"),
    ("ra", "ry rze re ro ej ych"),
    ("ta", "ty cie te to ej ych"),
    ("da", "dy dzie de do ej ych"),
    ("la", "li ly le lo ej ych"),
    ("a", "y i ie e o - ej ach ami om"),
    ("ski", "skiego skiemu skim ska skiej skie skich skimi"),
    ("y", "ego emu ym a ej e ych ymi - ow om ami ach"),
    ("ow", "owa owowi owie owem owu"),
    ("o", "a u em ie - om ami ach"),
    ("ie", "ia iu iem ii"),
    ("c", "ca cu cem cy cow com cami cach"),
    ("", "u a owi em iem ie e y i ow om ami ach"),
];

const CZECH: &[Row] = &[
    ("ko", "ka ku kem kem ce"),
    ("ea", "eje eji eu eou"),
    ("ie", "ii ii"),
    ("ka", "ky ce ku kou ko ek kam kach kami"),
    ("ha", "hy ze hu hou"),
    ("ra", "ry re ru rou"),
    ("a", "y e i u ou - am ami ach"),
    ("sky", "skeho skemu skym skem ska ske skou sti skych skymi"),
    ("y", "eho emu ym em a e ou ych ymi"),
    ("o", "a u em e - um y ech"),
    ("e", "i e"),
    ("", "u a em e i ovi y u um ech ove"),
];

const CROATIAN: &[Row] = &[
    ("ija", "ije iji iju ijom"),
    ("a", "e i u om - ama"),
    ("ski", "skog skom skim ska ske sku sko skih"),
    ("o", "a u om - ima"),
    ("ac", "ca cu cem ci ce aca cima"),
    ("ија", "ије ији ију ијом"),
    ("а", "е и у ом - ама"),
    ("ски", "ског ском ским ска ске ску ско ских"),
    ("о", "а у ом - има"),
    ("ац", "ца цу цем ци це аца цима"),
    ("", "a u om em i e ima ov а у ом ем и е има"),
];

const ROMANIAN: &[Row] = &[
    ("ia", "iei ie"),
    ("a", "ei ii e ele elor"),
    ("e", "ea ei ele elor i ii ilor"),
    ("u", "ul ului i ii ilor"),
    ("", "ul ului i ii ilor uri urile urilor e ele elor"),
];

const GREEK: &[Row] = &[
    ("α", "ασ αν εσ ων"),
    ("η", "ησ ην εσ ων εισ εων"),
    ("οσ", "ου ο οι ων ουσ ε"),
    ("ησ", "η εσ ων"),
    ("ασ", "α εσ ων"),
    ("ο", "ου α ων"),
    ("ι", "ιου ια ιων"),
    ("οι", "ων ουσ"),
];

const HUNGARIAN: &[Row] = &[
    ("a", "at aban abol aba anak aval an ara arol atol aig aert ahoz ai ak akat akban aknak"),
    ("e", "et eben ebol ebe enek evel en ere erol etol eig eert ehez ei ek eket ekben eknek"),
    (
        "",
        "t et ot at ban ben bol ba be nak nek on en ra re rol tol ig ert hoz hez val vel i ok ek ak okat eket akat oknak eknek",
    ),
];

const FINNISH: &[Row] = &[
    ("nen", "sen sta ssa seen sia set sten silla"),
    ("i", "n ssa sta in a lla lta lle ksi na en essa esta ia eja ien ejen"),
    ("", "n ssa sta an en in on un a lla lta lle ksi na t ta ja jen ia issa ista iin"),
];

const TURKISH: &[Row] = &[(
    "",
    "i u yi yu in un nin nun de da te ta den dan ten tan e a ye ya ler lar leri lari lerin larin lere lara lerden lardan \
     si su sini sinda sinde le la yle yla lerle larla lerde larda li lu",
)];

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn has(lang: &str, word: &str, expected: &str) {
        let found: Vec<String> = forms(Lang::of(lang), word).collect();
        for form in expected.split(' ') {
            assert!(found.iter().any(|own| own == form), "{lang} {word} has no {form}: {found:?}");
        }
    }

    #[test]
    fn dictionary_forms_decline() {
        has("ru", "китай", "китая китаю китаем китае");
        has("ru", "иран", "ирана ирану ираном иране");
        has("ru", "зеленский", "зеленского зеленскому зеленским");
        has("uk", "харків", "харкова харкову харкові");
        has("uk", "військовий", "військові військових військовим");
        has("pl", "kijow", "kijowa kijowie kijowem");
        has("pl", "polska", "polski polsce polskie");
        has("hr", "rusija", "rusije rusiji rusiju rusijom");
        has("sr", "русија", "русије русији русију");
        has("cs", "rusko", "ruska rusku ruskem");
        has("el", "ρωσια", "ρωσιασ ρωσιαν");
        has("hu", "oroszorszag", "oroszorszagban oroszorszagot oroszorszagnak");
        has("fi", "ukraina", "ukrainan ukrainassa ukrainaan ukrainasta");
        has("tr", "deprem", "depremi depremde depremin");
        assert_eq!(forms(Lang::of("en"), "russia").count(), 0);
    }
}
