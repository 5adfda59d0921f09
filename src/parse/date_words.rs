//! What does a word in a date mean?
//!
//! In: one word. Out: a month (in some twenty languages), a zone, "am" or "pm", or nothing known. Weekdays mean nothing:
//! where they contradict the date, the date is right.

/// What a word is good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Word {
    /// 1 to 12.
    Month(u8),
    /// Minutes east of UTC.
    Zone(i16),
    /// "pm" is true, "am" false.
    Afternoon(bool),
    Other,
}

/// Beginnings of the months' names in lower case; of several that fit, the longest counts. English stands first.
const MONTHS: &[(u8, &str)] = &[
    (1, "jan ene gen ian sty led oca янв січ сту яну студ ιαν يناير كانون ينا ينو जन जनव sau tammi"),
    (2, "feb fév fev únor úno luty lut şub sub фев лют φεβ فبراير شباط फ़र फर velj veeb vas helmi"),
    (3, "mar mär maer mrt mär bře már мар бер берез μαρ μάρ مارس آذار मार्च kov maalis"),
    (4, "apr avr abr ápr kwi dub nis апр квіт кві απρ أبريل نيسان ابريل अप्रैल bal huhti"),
    (5, "may mai maj mei mag máj kvě mayıs май мая трав тра μαι μαΐ μάι μαϊ μάϊ مايو أيار मई geg svib touko"),
    (
        6,
        "jun jui juin giu jún cze čer červen haz iun июн черв чер юни ιουν ιούν يونيو حزيران जून juun jūn bir lipanj lipnj kesä",
    ),
    (
        7,
        "jul juil lug júl lip červenec čvc tem iul июл лип юли ιουλ ιούλ يوليو تموز जुल juul jūl lie srpanj srpnj heinä",
    ),
    (8, "aug aoû aou ago sie srp ağu agu авг сер серп αυγ αύγ أغسطس آب अग rugp elo kol"),
    (9, "sep set sept szept wrz zář eyl сен вер септ σεπ سبتمبر أيلول सित rugs ruj syys"),
    (10, "oct okt out ott paź paz říj eki окт жов οκτ أكتوبر تشرين अक्टू spa loka"),
    (11, "nov noi lis kas ноя листоп лис ное νοε νοέ نوفمبر नव नवं lapk stud marras"),
    (12, "dec dez déc dic des dék gru pro prosinec ara дек груд гру δεκ ديسمبر दिस joulu"),
];

/// Zone names in upper case and minutes east of UTC, sorted. Where a name is used by several, the one most seen in feeds.
const ZONES: &[(&str, i16)] = &[
    ("ACDT", 630),
    ("ACST", 570),
    ("ADT", -180),
    ("AEDT", 660),
    ("AEST", 600),
    ("AKDT", -480),
    ("AKST", -540),
    ("ART", -180),
    ("AST", -240),
    ("AWST", 480),
    ("BRST", -120),
    ("BRT", -180),
    ("BST", 60),
    ("CAT", 120),
    ("CDT", -300),
    ("CEDT", 120),
    ("CEST", 120),
    ("CET", 60),
    ("CLST", -180),
    ("CLT", -240),
    ("COT", -300),
    ("CST", -360),
    ("EAT", 180),
    ("EDT", -240),
    ("EEST", 180),
    ("EET", 120),
    ("EST", -300),
    ("ET", -300),
    ("GMT", 0),
    ("GST", 240),
    ("HKT", 480),
    ("HST", -600),
    ("ICT", 420),
    ("IDT", 180),
    ("IRST", 210),
    ("IST", 330),
    ("JST", 540),
    ("KST", 540),
    ("MDT", -360),
    ("MEST", 120),
    ("MESZ", 120),
    ("MET", 60),
    ("MEZ", 60),
    ("MSD", 240),
    ("MSK", 180),
    ("MST", -420),
    ("MYT", 480),
    ("NDT", -150),
    ("NPT", 345),
    ("NST", -210),
    ("NZDT", 780),
    ("NZST", 720),
    ("PDT", -420),
    ("PHT", 480),
    ("PKT", 300),
    ("PST", -480),
    ("PT", -480),
    ("SAST", 120),
    ("SGT", 480),
    ("TRT", 180),
    ("UT", 0),
    ("UTC", 0),
    ("VET", -240),
    ("WAT", 60),
    ("WEST", 60),
    ("WET", 0),
    ("WIB", 420),
    ("Z", 0),
];

/// The words of most dates, found without a search: English months, and weekdays, which mean nothing.
const ENGLISH: [(&[u8; 3], Word); 19] = [
    (b"jan", Word::Month(1)),
    (b"feb", Word::Month(2)),
    (b"mar", Word::Month(3)),
    (b"apr", Word::Month(4)),
    (b"may", Word::Month(5)),
    (b"jun", Word::Month(6)),
    (b"jul", Word::Month(7)),
    (b"aug", Word::Month(8)),
    (b"sep", Word::Month(9)),
    (b"oct", Word::Month(10)),
    (b"nov", Word::Month(11)),
    (b"dec", Word::Month(12)),
    (b"mon", Word::Other),
    (b"tue", Word::Other),
    (b"wed", Word::Other),
    (b"thu", Word::Other),
    (b"fri", Word::Other),
    (b"sat", Word::Other),
    (b"sun", Word::Other),
];

/// Longest word that is looked up.
const WORD_BYTES_MAX: usize = 40;

/// What `word` means in a date.
pub fn meaning(word: &str) -> Word {
    if word.len() > WORD_BYTES_MAX {
        return Word::Other;
    }
    match word {
        "T" | "t" => return Word::Other,
        "AM" | "am" | "Am" | "오전" | "上午" | "午前" => return Word::Afternoon(false),
        "PM" | "pm" | "Pm" | "오후" | "下午" | "午後" => return Word::Afternoon(true),
        _ => {}
    }
    if let &[first, second, third] = word.as_bytes() {
        let start = [first, second, third].map(|letter| letter.to_ascii_lowercase());
        if let Some((_, meaning)) = ENGLISH.iter().find(|(known, _)| **known == start) {
            return *meaning;
        }
    }
    let upper = word.to_ascii_uppercase();
    if let Ok(found) = ZONES.binary_search_by(|(name, _)| (*name).cmp(upper.as_str())) {
        return Word::Zone(ZONES[found].1);
    }
    month(&word.to_lowercase()).map_or(Word::Other, Word::Month)
}

fn month(word: &str) -> Option<u8> {
    let mut best: Option<(usize, u8)> = None;
    for (number, names) in MONTHS {
        for name in names.split(' ').filter(|name| word.starts_with(name)) {
            if best.is_none_or(|(length, _)| length < name.len()) {
                best = Some((name.len(), *number));
            }
        }
    }
    best.map(|(_, number)| number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zones_are_sorted() {
        assert!(ZONES.is_sorted());
    }

    #[test]
    fn months_of_several_languages() {
        for (word, expected) in [
            ("January", 1),
            ("März", 3),
            ("juin", 6),
            ("juillet", 7),
            ("июля", 7),
            ("лютого", 2),
            ("listopad", 11),
            ("červenec", 7),
            ("června", 6),
            ("Ağustos", 8),
            ("Sept", 9),
            ("dezembro", 12),
            ("серпня", 8),
            ("marraskuuta", 11),
            ("lipnja", 6),
            ("березня", 3),
        ] {
            assert_eq!(meaning(word), Word::Month(expected), "{word}");
        }
        assert_eq!(meaning("Thu"), Word::Other);
        assert_eq!(meaning("est"), Word::Zone(-300));
    }
}
