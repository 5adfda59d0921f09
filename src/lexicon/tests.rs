//! Does the lexicon find what a reader would, and nothing else?

use super::*;

const FILE: &str = include_str!("tests.toml");

fn lexicon() -> Lexicon {
    Lexicon::compile(&[("tests.toml", FILE)]).unwrap_or_else(|problems| panic!("{problems:#?}"))
}

/// The ids of the concepts mentioned, in order.
fn ids(lexicon: &Lexicon, lang: &str, text: &str) -> String {
    let document = lexicon.read_text(text, lang);
    let ids: Vec<&str> = document.mentions.iter().map(|mention| lexicon.concept(mention.concept).id.as_str()).collect();
    ids.join(" ")
}

#[track_caller]
fn finds(lang: &str, text: &str, expected: &str) {
    assert_eq!(ids(&lexicon(), lang, text), expected, "{lang}: {text}");
}

#[test]
fn one_thing_under_many_names() {
    finds("en", "N. Korea's troops and NORTH KOREAN soldiers", "north-korea troops north-korea troops");
    finds("en", "The DPRK-led bloc", "north-korea");
    finds(
        "ru",
        "Военные Северной Кореи и северокорейские солдаты КНДР",
        "troops north-korea north-korea troops north-korea",
    );
    finds("uk", "у Північній Кореї північнокорейських солдатів", "north-korea north-korea troops");
    finds("de", "Nordkoreas Soldaten, nordkoreanische Truppen", "north-korea troops north-korea troops");
    finds("ko", "북한군이 러시아로 이동", "north-korea troops russia");
    finds("ja", "北朝鮮兵士をロシアへ派遣", "north-korea troops russia");
    finds("zh", "朝鲜士兵在俄罗斯阵亡", "north-korea troops russia");
    finds("ar", "جنود من كوريا الشمالية وروسيا", "troops north-korea russia");
    finds("he", "חיילים מצפון קוריאה ברוסיה", "troops north-korea russia");
    finds("tr", "Kuzey Kore'nin askerleri Rusya'ya gitti", "north-korea troops russia");
}

#[test]
fn the_longest_name_wins() {
    finds("en", "South Korea and Korea", "south-korea korea");
    finds("ja", "北朝鮮と朝鮮", "north-korea korea");
    finds("en", "Russo-Ukrainian war", "russia ukraine");
    finds("en", "the Ukraine war drags on", "ukraine-war ukraine");
}

#[test]
fn a_form_of_one_name_is_no_form_of_the_next() {
    let text = "[[concept]]\nid = \"mali\"\nkind = \"country\"\n[concept.names]\nde = [\"Mali\"]\nel = [\"Νίγηρας\"]\n\
                [[concept]]\nid = \"times\"\nkind = \"term\"\n[concept.names]\nro = [\"mal\"]\npl = [\"Niger\"]\n";
    let lexicon = Lexicon::compile(&[("own.toml", text)]).unwrap_or_else(|problems| panic!("{problems:#?}"));
    assert_eq!(ids(&lexicon, "de", "Mal regnet es"), "");
    assert_eq!(ids(&lexicon, "de", "Malis Junta"), "mali");
}

#[test]
fn a_letter_stands_for_a_country_where_names_are_on_both_sides() {
    let lexicon = Lexicon::shipped();
    let has = |lang, text, id| ids(&lexicon, lang, text).split(' ').any(|own| own == id);
    assert!(has("zh", "美财政部宣布", "united-states"));
    assert!(has("ja", "米国防総省", "united-states"));
    assert!(has("ko", "北, 미사일 발사", "north-korea"));
    assert!(!has("zh", "其中士兵三人", "china"));
    assert!(!has("zh", "15日俄罗斯", "japan"));
}

#[test]
fn case_tells_names_from_words() {
    finds("en", "US tells us who runs the WHO", "united-states who");
    finds("en", "U.S. troops", "united-states troops");
    finds("en", "Turkey cooks turkey", "turkey");
    finds("en", "The crisis of ISIS", "isis");
    finds("en", "who in Chad knows chad", "chad");
    finds("en", "JOIN US TODAY, WHO CARES", "");
    finds("en", "US TROOPS LEAVE RUSSIA", "united-states troops russia");
}

#[test]
fn context_tells_namesakes_apart() {
    finds("en", "Georgia protests: Tbilisi police clash", "georgia");
    finds("en", "Georgia governor visits Atlanta", "");
    finds("en", "Georgia wins again", "");
    finds("en", "Michael Jordan scores for Chicago Bulls", "");
    finds("en", "Jordan's king in Amman", "jordan");
    finds("en", "Jordan says talks failed", "jordan");
}

#[test]
fn unspaced_names_are_no_mere_substrings() {
    finds("ja", "マリアさんとマリ", "mali");
    finds("ko", "인도주의 지원과 인도의 총리", "india");
    finds("ja", "米軍と露軍", "united-states troops russia troops");
    finds("zh", "俄军", "russia troops");
    finds("ja", "一日中", "");
}

#[test]
fn compounds_hold_names() {
    finds("de", "Die Bodentruppen im Ukrainekrieg", "troops ukraine");
    finds("de", "Russlandpolitik", "russia");
}

#[test]
fn words_of_one_language_mean_nothing_in_another() {
    finds("de", "Brand in der Fabrik", "fire");
    finds("en", "The brand is new", "");
    finds("pt", "O general está no Brasil", "");
    finds("de", "DPRK und die Soldaten", "north-korea troops");
}

#[test]
fn spelling_variants_meet() {
    finds("en", "so\u{ad}ldiers in Ukrai\u{200b}ne, Ｒｕｓｓｉａ", "troops ukraine russia");
    finds("uk", "Украї\u{301}ни", "");
    finds("en", "Russia’s men", "russia");
}

fn item(title: &str, summary: &str, outlet: &str) -> Item {
    Item {
        summary: summary.into(),
        outlet: crate::model::Outlet { name: outlet.into(), family: "example.com".into() },
        lang: Some("en".into()),
        ..Item::bare(title)
    }
}

#[test]
fn the_outlets_own_name_is_no_evidence() {
    let lexicon = lexicon();
    let read = |item: &Item| lexicon.read(item).mentions.len();
    assert_eq!(read(&item("Markets rise - North Korea Times", "", "North Korea Times")), 0);
    assert_eq!(read(&item("Markets rise | Russia Today", "He told Russia Today so.", "Russia Today")), 0);
    assert_eq!(read(&item("Markets rise - North Korea", "", "Daily Post")), 1);
    assert_eq!(read(&item("Markets rise", "Good. The post Markets rise appeared first on Ukraine Herald.", "X")), 0);
}

#[test]
fn closures_and_labels() {
    let lexicon = lexicon();
    let (pentagon, us) = (lexicon.by_id("pentagon").unwrap(), lexicon.by_id("united-states").unwrap());
    assert!(lexicon.covers(us, pentagon) && !lexicon.covers(pentagon, us));
    assert_eq!(lexicon.label(us, "de"), "USA");
    assert_eq!(lexicon.label(us, "ko"), "United States");
}

#[test]
fn every_problem_has_a_place_and_a_hint() {
    let wrong = r#"
[[concept]]
id = "Bad Id"
kind = "contry"
[[concept]]
id = "a"
kind = "term"
parents = ["nowhere"]
[concept.names]
en = ["who", "...", { text = "x", case = "exact" }]
"#;
    let problems = Lexicon::compile(&[("wrong.toml", wrong), ("broken.toml", "[[concept]\n")]).unwrap_err();
    let told: Vec<String> =
        problems.iter().map(|problem| format!("{}: {} {:?}", problem.file, problem.message, problem.hint)).collect();
    assert_eq!(problems.len(), 6, "{told:#?}");
    assert!(told.iter().any(|line| line.contains("did you mean `country`?")), "{told:#?}");
    assert!(problems.iter().filter(|problem| problem.file == "wrong.toml").all(|problem| !problem.span.is_empty()));
}

#[test]
fn a_users_file_adds_or_replaces() {
    let more = "[[concept]]\nid='chad'\nkind='country'\nreplaces=true\n[concept.names]\nen=['Tchad Republic']\n\
                [[concept]]\nid='mali'\nkind='country'\n[concept.names]\nen=['Malia']";
    let lexicon = Lexicon::compile(&[("tests.toml", FILE), ("own.toml", more)]).unwrap();
    assert_eq!(ids(&lexicon, "en", "Chad, Tchad Republic, Mali and Malia"), "chad mali mali");
}

#[test]
fn a_narrower_word_is_a_mention_but_no_meaning() {
    let text = "[[concept]]\nid='sport'\nkind='term'\nalso.en=['cricket']\n[concept.names]\nen=['sport', 'cricket']";
    let lexicon = Lexicon::compile(&[("own.toml", text)]).unwrap();
    assert_eq!(ids(&lexicon, "en", "Cricket is a sport"), "sport sport");
    assert_eq!((lexicon.named("sports").len(), lexicon.named("cricket").len()), (1, 0));
}

#[test]
fn a_talk_hides_words_and_speaks_against_readings_and_is_no_mention() {
    let text = "[[concept]]\nid='attack'\nkind='event'\nagainst=['@sport']\n[concept.names]\nen=['attack']\n\
                [[concept]]\nid='sport'\nkind='talk'\nwide=true\n[concept.names]\nen=['striker', 'heart attack']";
    let lexicon = Lexicon::compile(&[("own.toml", text)]).unwrap();
    assert_eq!(ids(&lexicon, "en", "Rebels attack a village"), "attack");
    assert_eq!(ids(&lexicon, "en", "Minister dies of heart attack"), "");
    assert_eq!(ids(&lexicon, "en", "New striker to lead the attack"), "");
    assert_eq!(lexicon.named("striker").len(), 0);
}

#[test]
fn a_name_beside_another_is_somebody_elses() {
    let lexicon = Lexicon::shipped();
    let there = |lang: &str, text: &str, id: &str| ids(&lexicon, lang, text).split(' ').any(|own| own == id);
    for (lang, text, id, is_there) in [
        ("de", "Kanzler Friedrich Merz reist nach Wien", "friedrich-merz", true),
        ("de", "Kanzler Merz reist nach Wien", "friedrich-merz", true),
        ("de", "Schützenverein: Kurt Merz führt jetzt", "friedrich-merz", false),
        ("en", "Model Kathy Ireland sells her company", "ireland", false),
        ("en", "Shelling of Donetsk kills two", "donetsk", true),
        ("en", "Shakhtar Donetsk held to a draw", "donetsk", false),
        ("en", "Lebanon, Pa., man charged", "lebanon", false),
        ("en", "Lebanon, Syria sign border deal", "lebanon", true),
        ("de", "Westukraine unter Beschuss", "ukraine", true),
        ("nl", "Kasjmieren trui wassen", "ireland", false),
    ] {
        assert_eq!(there(lang, text, id), is_there, "{text}");
    }
}

#[test]
fn a_number_may_stand_in_a_name() {
    let text = "[[concept]]\nid='swap'\nkind='event'\n[concept.names]\nen=['swap prisoners']";
    let lexicon = Lexicon::compile(&[("own.toml", text)]).unwrap();
    assert_eq!(ids(&lexicon, "en", "Kyiv and Moscow swap 185 prisoners"), "swap");
    assert_eq!(ids(&lexicon, "en", "They swap letters, prisoners say"), "");
}

#[test]
fn the_shipped_files_compile() {
    Lexicon::shipped();
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("config/lexicon");
    let mut there: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    there.retain(|name| name.ends_with(".toml"));
    there.sort();
    let mut listed: Vec<String> = shipped::FILES.iter().map(|(name, _)| (*name).to_owned()).collect();
    listed.sort();
    assert_eq!(listed, there, "src/lexicon/shipped.rs lists the files of config/lexicon");
}

#[test]
fn hostile_text_costs_bounded_time() {
    let lexicon = lexicon();
    for text in [
        "North ".repeat(300_000),
        "\u{200b}".repeat(1 << 20),
        "北".repeat(1 << 18),
        "a.".repeat(1 << 19),
        "'".repeat(1 << 20),
        "б".repeat(1 << 20),
    ] {
        let document = lexicon.read_text(&text, "en");
        assert!(document.cut_bytes > 0 && document.mentions.is_empty());
    }
}
