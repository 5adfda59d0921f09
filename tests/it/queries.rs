//! Is there a query or a text that makes the parser or the matcher panic, hang or grow?
//!
//! In: what a careless or malicious hand may write: a title of a megabyte, ten thousand parentheses, a hundred thousand words,
//! characters that nobody sees; and queries and texts bent at random from a seed. Out: a failing test that names the seed.
//! `NEWSWATCH_FUZZ_S=600` for a long run; the same targets are in `fuzz/` for cargo-fuzz.

use std::time::{Duration, Instant};

use newswatch::lexicon::Lexicon;
use newswatch::matching::{Query, QueryProblem, Watches};

use super::mutate::run;

/// In a debug build on a busy machine.
const PATIENCE: Duration = Duration::from_secs(10);

#[track_caller]
fn within<T>(what: &str, work: impl FnOnce() -> T) -> T {
    let begun = Instant::now();
    let done = work();
    assert!(begun.elapsed() < PATIENCE, "{what} took {:?}", begun.elapsed());
    done
}

fn refused(what: &str, query: &str) -> Vec<QueryProblem> {
    let lexicon = Lexicon::shipped();
    let problems = within(what, || Query::parse(query, &lexicon)).expect_err(what);
    assert!(problems.len() <= 50, "{what}: {} problems", problems.len());
    for problem in &problems {
        assert!(problem.start <= problem.end && problem.end <= query.len(), "{what}: {problem:?}");
        assert!(problem.message.len() < 300, "{what}: {}", problem.message);
    }
    problems
}

#[test]
fn a_query_beyond_all_bounds_gets_a_clear_word() {
    let deep = format!("{}troops{}", "(".repeat(10_000), ")".repeat(10_000));
    assert!(refused("10,000 parentheses", &deep).iter().any(|problem| problem.message.contains("deep")));
    let long = vec!["word"; 100_000].join(" ");
    assert!(refused("100,000 words", &long)[0].message.contains("at most"));
    let several: Vec<String> = (0..12_000).map(|at| format!("w{at}q")).collect();
    assert!(refused("12,000 terms", &several.join(" or "))[0].message.contains("more than"));
    refused("unclosed quotation marks", &"\"a ".repeat(5_001));
    refused("operators", &"and or not near/3 ".repeat(3_000));
    refused("stars", &"* ".repeat(10_000));
    refused("nothing to see", "\u{200b}\u{202e}\u{2066}\u{feff}");
    refused("nothing", "");
}

#[test]
fn characters_that_nobody_sees_change_nothing() {
    let lexicon = Lexicon::shipped();
    let meaning = |query: &str| {
        let read = Query::parse(query, &lexicon).unwrap_or_else(|problems| panic!("{query}: {problems:?}"));
        read.understood(&lexicon).into_iter().map(|term| term.meaning).collect::<Vec<_>>()
    };
    assert_eq!(meaning("\u{202e}Ukra\u{200b}ine\u{202c} and tro\u{ad}ops"), meaning("Ukraine and troops"));
    let ids = |text: &str| {
        let document = lexicon.read_text(text, "en");
        document.mentions.iter().map(|mention| lexicon.concept(mention.concept).id.clone()).collect::<Vec<_>>()
    };
    assert_eq!(ids("\u{2067}Nor\u{200d}th Ko\u{200b}rea\u{2069} sends troops"), ids("North Korea sends troops"));
}

#[test]
fn a_title_of_a_megabyte_is_cut_and_counted() {
    let lexicon = Lexicon::shipped();
    let query = Query::parse("Ukraine and (troops or missile near/5 test)", &lexicon).expect("a query");
    let watches = Watches::compile(vec![("w".to_owned(), query)]);
    for piece in [
        "Ukraine troops ",
        "北朝鮮",
        "우크라이나 군 ",
        "Donaudampfschifffahrtsgesellschaftskapitän",
        "«„\u{200b}(",
        "a",
        "U.S. ",
    ] {
        let title = piece.repeat((1 << 20) / piece.len());
        let document = within(piece, || lexicon.read_text(&title, ""));
        let read: usize = document.fields.iter().map(|field| field.text.len()).sum();
        assert_eq!(document.cut_bytes as usize + read, title.len(), "{piece}");
        assert!(read <= 4 << 10, "{piece}: {read} bytes read");
        let one = super::oracle::item(&title);
        within(piece, || watches.matches(&lexicon.read(&one), &one));
    }
}

/// Sound queries to bend.
const QUERIES: &[&str] = &[
    "DPRK and (Ukraine or Russia) and troops",
    "title:(quake or tsunami) and not lang:uk",
    "missile near/5 test",
    "\"drone swarm\" or hurric* or exact:\"WHO\"",
    "@united-states and outlet:yna.co.kr and tag:korea",
    "(a or b) and not (c and feed:\"BBC World\")",
    "КНДР або північнокорейських 북한군이 北朝鮮 كوريا الشمالية",
    "“storm Marisol” and «Kyiv»",
];
/// Texts to bend.
const TEXTS: &[&str] = &[
    "N. Korea's troops, U.S.-led forces: 1,500 dead — Seoul",
    "Північнокорейських солдатів бачили в Курській області; Чад вимагає",
    "美财政部制裁俄银行 北朝鮮がICBM발사 북한군 1만여 명",
    "وبروسيا للولايات المتحدة ושברוסיה צפון־קוריאנים",
    "Russlandsanktionen Staudammbruch Regierungskrise Wagnersoldater",
    "JOIN US TODAY: WHO RUSHES VACCINES TO TURKEY’S COAST | The Jordan Times",
    "สาธารณรัฐประชาธิปไตยคองโก माली की सेना Η Άγκυρα αντιδρά",
];

fn seeds(texts: &[&str]) -> Vec<Vec<u8>> {
    texts.iter().map(|text| text.as_bytes().to_vec()).collect()
}

#[test]
fn queries_in_any_state_are_read_or_refused() {
    let lexicon = Lexicon::shipped();
    run("query", &seeds(QUERIES), |bytes| {
        let text = String::from_utf8_lossy(bytes);
        match Query::parse(&text, &lexicon) {
            Ok(query) => drop(query.understood(&lexicon)),
            Err(problems) => assert!(!problems.is_empty() && problems.iter().all(|own| own.end <= text.len())),
        }
    });
}

#[test]
fn texts_in_any_state_are_matched() {
    let lexicon = Lexicon::shipped();
    let read = |at: usize, text: &&str| (at.to_string(), Query::parse(text, &lexicon).ok());
    let queries = QUERIES.iter().enumerate().map(|(at, text)| read(at, text));
    let watches = Watches::compile(queries.filter_map(|(name, query)| Some((name, query?))).collect());
    run("text", &seeds(TEXTS), |bytes| {
        let one = super::oracle::item(&String::from_utf8_lossy(bytes));
        let document = lexicon.read(&one);
        for mention in &document.mentions {
            assert!(!document.mentioned(mention).is_empty());
        }
        for matched in watches.matches(&document, &one) {
            let shown = |own: &newswatch::model::Evidence| {
                document.text(own.field).get(own.start as usize..own.end as usize) == Some(&own.text)
            };
            assert!(matched.evidence.iter().all(shown), "{matched:?}");
        }
    });
}
