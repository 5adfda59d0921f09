//! Does a watch match what its author meant? In: queries and texts; out: the matches and evidence that must follow, and the
//! index against a brute-force evaluator.

use super::*;
use crate::lexicon::Lexicon;
use crate::model::{Field, Item, Outlet};

fn lexicon() -> Lexicon {
    Lexicon::compile(&[("tests.toml", include_str!("../lexicon/tests.toml"))]).unwrap()
}

fn item(lang: &str, title: &str, summary: &str) -> Item {
    Item {
        summary: summary.into(),
        outlet: Outlet { name: "Daily Post".into(), family: "dailypost.example".into() },
        lang: Some(lang.into()),
        feed_name: "Post World".into(),
        tags: vec!["world".into()],
        ..Item::bare(title)
    }
}

fn query(text: &str) -> Query {
    Query::parse(text, &lexicon()).unwrap_or_else(|problems| panic!("{text}: {problems:#?}"))
}

fn matched(query: Query, item: &Item) -> Option<Vec<(String, String)>> {
    let watches = Watches::compile(vec![("w".into(), query)]);
    let document = lexicon().read(item);
    let found = watches.matches(&document, item);
    assert_eq!(found, watches.matches_slowly(&document, item));
    let first = found.into_iter().next()?;
    for evidence in &first.evidence {
        let field = if evidence.field == Field::Title { &item.title } else { &item.summary };
        assert_eq!(field[evidence.start as usize..evidence.end as usize], evidence.text);
    }
    Some(first.evidence.into_iter().map(|evidence| (evidence.term, evidence.text)).collect())
}

#[track_caller]
fn yes(text: &str, title: &str) {
    assert!(matched(query(text), &item("en", title, "")).is_some(), "`{text}` should match `{title}`");
}

#[track_caller]
fn no(text: &str, title: &str) {
    assert!(matched(query(text), &item("en", title, "")).is_none(), "`{text}` should not match `{title}`");
}

#[test]
fn a_word_means_the_concept_or_its_forms() {
    yes("DPRK", "North Korean soldiers");
    yes("dprk and (ukraine or russia) and troops", "N. Korea's soldiers in Ukraine");
    yes("drone", "Two drones seen");
    yes("Marisol landfall", "Marisol landfalls expected");
    no("Marisol landfall", "Landfall of Marisol");
    yes("\"North Korea\"", "The DPRK says no");
    yes("\"drone swarm\"", "A Drone Swarm over it");
    yes("\"drone swarm\"", "Drone swarms over it");
    no("\"drone swarm\"", "A swarm of drones over it");
    no("exact:\"drone swarm\"", "drone swarms over it");
    yes("\"United States\"", "Pentagon says");
    yes("@united-states", "Pentagon says");
    no("Pentagon", "The United States says");
    no("\"South Korea\"", "North Korea says");
    no("Korea", "South Korea says");
    yes("troops Ukraine", "Ukraine sends its soldiers");
    no("troops Ukraine", "Ukraine is a country in Europe where one often sees soldiers");
    yes("hurric*", "HURRICANES ahead");
    yes("“drone swarm”", "drone swarm");
}

#[test]
fn case_counts_where_the_user_says_so() {
    yes("exact:\"WHO\"", "The WHO warns");
    no("exact:\"WHO\"", "The man who warns");
    yes("WHO", "The WHO warns");
    no("WHO", "The man who warns");
    no("exact:Sun", "the sun");
    yes("ISIS", "ISIS claims it");
    no("ISIS", "The crisis deepens");
}

#[test]
fn operators_and_fields() {
    yes("missile near/3 test", "test of a new missile");
    no("missile near/2 test", "missile that nobody wanted to test");
    yes("(drone or missile) near/1 swarm", "drone swarm");
    yes("not drone and missile", "missile");
    no("missile and not drone", "missile, drone");
    no("missile AND NOT (drone OR swarm)", "missile swarm");
    yes("title:missile", "missile");
    yes("lang:en and missile", "missile");
    no("lang:uk and missile", "missile");
    yes("outlet:dailypost.example and feed:\"post world\" and tag:world and missile", "missile");
    yes("outlet:Daily* and missile", "missile");
    no("feed:Other and missile", "missile");
    let far = item("en", "nothing", "missile");
    assert!(matched(query("title:missile"), &far).is_none());
    assert!(matched(query("missile"), &far).is_some());
}

#[test]
fn other_scripts() {
    let found = matched(query("DPRK and troops and Russia"), &item("ko", "북한군이 러시아로 이동", "")).unwrap();
    let told: Vec<String> = found.iter().map(|(term, text)| format!("{term}={text}")).collect();
    assert_eq!(told, ["DPRK=북한", "troops=군", "Russia=러시아"]);
    assert!(matched(query("시위"), &item("ko", "서울에서 시위가 열렸다", "")).is_some());
    assert!(matched(query("火災"), &item("ja", "工場で火災が発生", "")).is_some());
    assert!(matched(query("протест"), &item("ru", "Массовые протесты", "")).is_some());
    assert!(matched(query("مظاهرة"), &item("ar", "ومظاهرة كبيرة", "")).is_some());
}

#[test]
fn evidence_is_each_satisfied_term_once() {
    let one = item("en", "Soldiers of the DPRK", "North Korean troops in Russia, no drones");
    let found = matched(query("DPRK and (Ukraine or Russia) and troops and not missile"), &one).unwrap();
    let told: Vec<String> = found.iter().map(|(term, text)| format!("{term}={text}")).collect();
    assert_eq!(told, ["DPRK=DPRK", "Russia=Russia", "troops=Soldiers"]);
}

#[test]
fn a_miss_names_what_failed() {
    let watches = Watches::compile(vec![("w".into(), query("DPRK and (Ukraine or Russia) and troops and not drone"))]);
    let failed = |title: &str| {
        let item = item("en", title, "");
        watches.why_not("w", &lexicon().read(&item), &item).unwrap().failed
    };
    assert_eq!(failed("DPRK troops"), "none of `Ukraine or Russia` is in the text");
    assert_eq!(failed("DPRK in Russia"), "`troops` is not in the text");
    assert_eq!(failed("DPRK troops in Russia with Drones"), "`not drone`: `Drones` is there");
    assert_eq!(failed("DPRK troops in Russia"), "");
    assert!(watches.why_not("other", &lexicon().read_text("x", "en"), &item("en", "x", "")).is_none());
}

#[track_caller]
fn refuses(text: &str, part: &str, message: &str, hint: &str) {
    let problems = Query::parse(text, &lexicon()).expect_err(text);
    let told: Vec<_> =
        problems.iter().map(|one| (&text[one.start..one.end], one.message.as_str(), one.hint.as_deref())).collect();
    let found = told
        .iter()
        .any(|(at, said, hinted)| *at == part && said.contains(message) && hinted.unwrap_or_default().contains(hint));
    assert!(found, "{text}: {told:#?}");
}

#[test]
fn mistakes_have_a_place_a_reason_and_a_hint() {
    refuses("", "", "empty", "");
    refuses("drone and", "and", "nothing follows `and`", "term");
    refuses("(drone or missile", "(", "never closed", "`)`");
    refuses("drone)", ")", "closes nothing", "");
    refuses("\"drone", "\"", "never closed", "");
    refuses("drone, missile", "drone,", "comma", "`or`");
    refuses("drone && missile", "&&", "nothing here", "`and`");
    refuses("drone -missile", "-missile", "nothing here", "`and not missile`");
    refuses("titel:drone", "titel:drone", "no field `titel:`", "did you mean `title:`?");
    refuses("@nort-korea", "@nort-korea", "no concept", "did you mean `north-korea`?");
    refuses("drone near missile", "near", "needs a number", "near/5");
    refuses("drone near/5 (missile and test)", "missile and test", "on both sides", "`or`");
    refuses("\"drone\" \"missile\"", "\"missile\"", "side by side", "`and`");
    refuses("not drone", "not drone", "only what must be absent", "and not");
    refuses("drone or not missile", "drone or not missile", "nearly everything", "");
    refuses("drone and not (missile or drone)", "drone", "never match", "");
    refuses("Pentagon and not @united-states", "Pentagon", "never match", "");
    refuses("the", "the", "in nearly every text", "exact:\"THE\"");
    refuses("drone and ()", "()", "empty parentheses", "");
    refuses("lang:ukrainian and drone", "lang:ukrainian", "no lang", "lang:uk");
    let deep = "(".repeat(10_000) + "drone" + &")".repeat(10_000);
    assert!(Query::parse(&deep, &lexicon()).unwrap_err()[0].message.contains("64 deep"));
    let long = "drone ".repeat(100_000);
    assert!(Query::parse(&long, &lexicon()).unwrap_err()[0].message.contains("bytes"));
    let wide = vec!["ab"; 30_000].join(" or ");
    assert!(Query::parse(&wide, &lexicon()).unwrap_err()[0].message.contains("10000 terms"));
}

#[test]
fn lists_are_a_query_too() {
    let list = |entries: &[&str]| entries.iter().map(|entry| (*entry).to_owned()).collect::<Vec<String>>();
    let lexicon = lexicon();
    let one = Query::from_lists(&list(&["DPRK"]), &list(&["Ukraine", "Russia"]), &list(&["drone"]), &lexicon).unwrap();
    assert_eq!(one.text(), "DPRK and (Ukraine or Russia) and not (drone)");
    assert!(matched(one.clone(), &item("en", "N. Korea and Russia", "")).is_some());
    assert!(matched(one.clone(), &item("en", "N. Korea, Russia, drones", "")).is_none());
    let terms: Vec<String> = one.understood(&lexicon).into_iter().map(|part| part.term).collect();
    assert_eq!(terms, ["DPRK", "Ukraine", "Russia", "drone"]);
    let problems = Query::from_lists(&list(&["DPRK", "(x"]), &[], &[], &lexicon).unwrap_err();
    assert_eq!((problems[0].list, problems[0].entry, problems[0].problem.start), ("all", Some(1), 0));
    assert!(Query::from_lists(&[], &[], &list(&["drone"]), &lexicon).is_err());
    assert!(Query::from_lists(&[], &[], &[], &lexicon).is_err());
}

#[test]
fn each_word_is_explained() {
    let lexicon = lexicon();
    let told: Vec<String> = query("DPRK and (drone or \"drone swarm\") and exact:WHO and lang:en and hurric*")
        .understood(&lexicon)
        .into_iter()
        .map(|part| format!("{}: {}", part.term, part.meaning))
        .collect();
    assert_eq!(
        told,
        [
            "DPRK: concept North Korea (north-korea): 17 names in 10 languages, e.g. Северная Корея, 북한, كوريا الشمالية",
            "drone: the word `drone` and its forms",
            "\"drone swarm\": the words `drone swarm` in this order, and their forms",
            "exact:WHO: the text `WHO`, capitals and all",
            "lang:en: items in the language `en`",
            "hurric*: words that begin with `hurric`",
        ]
    );
}

#[test]
fn everything_is_everything() {
    let watches = Watches::everything("all");
    let one = item("en", "anything", "");
    let found = watches.matches(&lexicon().read(&one), &one);
    assert_eq!((found.len(), found[0].watch.as_str(), found[0].evidence.len()), (1, "all", 0));
}

/// A seeded linear congruential generator (Knuth's MMIX constants).
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % sides
    }

    fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[self.roll(from.len())]
    }
}

const TERMS: &[&str] = &[
    "DPRK",
    "Russia",
    "Ukraine",
    "troops",
    "drone",
    "drones",
    "swarm",
    "\"drone swarm\"",
    "drone swarm",
    "miss*",
    "exact:\"WHO\"",
    "exact:Drone",
    "@united-states",
    "Pentagon",
    "Korea",
    "\"South Korea\"",
    "lang:uk",
    "lang:en",
    "tag:world",
    "시위",
    "北朝鮮",
    "солдаты",
    "حرب",
    "troops Ukraine",
    "title:drone",
    "title:(Russia or swarm)",
    "outlet:Daily*",
];

const WORDS: &[&str] = &[
    "DPRK",
    "Russia",
    "Ukraine's",
    "troops",
    "drone",
    "Drones",
    "swarm",
    "missile",
    "missing",
    "WHO",
    "who",
    "the",
    "Pentagon",
    "South",
    "North",
    "Korea",
    "북한군이",
    "시위가",
    "北朝鮮の",
    "солдатами",
    "України",
    "والحرب",
    "в",
    "и",
    "a",
    "of",
    ",",
    ".",
    "—",
    "Georgia",
    "Tbilisi",
];

fn random_query(dice: &mut Dice, depth: usize) -> String {
    let term = |dice: &mut Dice| dice.pick(TERMS).to_owned();
    if depth == 0 {
        return term(dice);
    }
    match dice.roll(6) {
        0 | 1 => format!("({} and {})", random_query(dice, depth - 1), random_query(dice, depth - 1)),
        2 | 3 => format!("({} or {})", random_query(dice, depth - 1), random_query(dice, depth - 1)),
        4 => format!("({} and not {})", random_query(dice, depth - 1), random_query(dice, depth - 1)),
        _ => format!(
            "(drone or Russia) near/{} {}",
            1 + dice.roll(4),
            dice.pick(&["swarm", "troops", "\"South Korea\"", "miss*"])
        ),
    }
}

#[test]
fn the_index_loses_nothing() {
    let lexicon = lexicon();
    let mut dice = Dice(20_241_004);
    let mut queries = Vec::new();
    while queries.len() < 400 {
        let depth = dice.roll(4);
        if let Ok(query) = Query::parse(&random_query(&mut dice, depth), &lexicon) {
            queries.push((format!("w{}", queries.len()), query));
        }
    }
    // What others are posted under must not be what a watch lives by: each alone, too.
    let alone: Vec<Watches> = queries.iter().map(|own| Watches::compile(vec![own.clone()])).collect();
    let watches = Watches::compile(queries);
    let mut found = 0;
    for _ in 0..600 {
        let text = |dice: &mut Dice| (0..dice.roll(9)).map(|_| dice.pick(WORDS)).collect::<Vec<_>>().join(" ");
        let lang = dice.pick(&["en", "uk", "ru", "ar", "ko", "ja", "de", ""]);
        let one = item(lang, &text(&mut dice), &text(&mut dice));
        let document = lexicon.read(&one);
        let (quick, slow) = (watches.matches(&document, &one), watches.matches_slowly(&document, &one));
        assert_eq!(quick, slow, "{one:?}");
        let apart: Vec<_> = alone.iter().flat_map(|own| own.matches(&document, &one)).collect();
        assert_eq!(apart, slow, "{one:?}");
        found += quick.len();
    }
    assert!(found > 5_000, "the texts and queries meet: {found}");
}
