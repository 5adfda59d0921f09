//! Do the lexicon's index and the watches' index find what a reader without any index finds?
//!
//! In: names, queries and texts made at random from a seed. Out: a failing test that shows the text. The reader here scans every
//! name over every word and every query over every text, with nothing but the forms of words in common with the program.

use newswatch::lexicon::{Document, Lexicon};
use newswatch::matching::{Query, Watches};
use newswatch::model::{Item, Outlet};
use newswatch::text::form::{Form, forms};
use newswatch::text::inflect;
use newswatch::text::lang::Lang;
use newswatch::text::stem::{stem, without_clitics};

use super::mutate::Chance;

/// Words of which names and texts are made, by language.
const VOCABULARY: &[(&str, &str)] = &[
    (
        "en",
        "missile missiles launched launching harbour harbours ferry ferries collapsed bridge bridges strike riverside convoy",
    ),
    ("ru", "ракета ракеты ракетой порта портами солдаты солдатам наводнение наводнения мосты мост конвоя переправа"),
    ("es", "misil misiles puerto puertos soldado soldados inundación inundaciones puente huelga convoyes frontera"),
    ("tr", "füze füzeler liman limanda asker askerleri köprü köprüde grev sınır sınırda deprem depremin"),
    ("ar", "صاروخ صواريخ ميناء الميناء جندي جنود فيضان جسر الجسر إضراب حدود"),
    ("pl", "rakieta rakiety rakiet portu portach żołnierz żołnierze powódź mosty most strajk granica granicy"),
];

struct Name {
    concept: usize,
    lang: &'static str,
    words: Vec<Form>,
}

fn words(lang: &str) -> Vec<&'static str> {
    VOCABULARY.iter().find(|(code, _)| *code == lang).map_or(Vec::new(), |(_, words)| words.split(' ').collect())
}

fn pick<'a>(chance: &mut Chance, from: &[&'a str]) -> &'a str {
    from[chance.below(from.len())]
}

/// Concepts of one to three names of one to three words; and the file that says so.
fn invented(chance: &mut Chance) -> (Vec<Name>, String) {
    let (mut names, mut file) = (Vec::new(), String::new());
    for concept in 0..40 {
        let (lang, _) = VOCABULARY[chance.below(VOCABULARY.len())];
        let texts: Vec<String> = (0..1 + chance.below(3))
            .map(|_| (0..1 + chance.below(3)).map(|_| pick(chance, &words(lang))).collect::<Vec<_>>().join(" "))
            .collect();
        let quoted: Vec<String> = texts.iter().map(|text| format!("{text:?}")).collect();
        file += &format!(
            "[[concept]]\nid = \"c{concept}\"\nkind = \"term\"\n[concept.names]\n{lang} = [{}]\n",
            quoted.join(", ")
        );
        names.extend(texts.iter().map(|text| Name { concept, lang, words: forms(text, Lang::of(lang)) }));
    }
    (names, file)
}

/// Whether a word of a text is a form of a word of a name: its letters, its stem, or a form that the tables have.
fn is_form(text: &Form, name: &Form, lang: Lang) -> bool {
    let stemmed = |form: &str| stem(lang, form);
    let stems = [stemmed(&name.folded), name.folded.clone()];
    let spelled = |word: &str| word == name.plain || inflect::forms(lang, &name.plain).any(|form| form == word);
    let bare = |form: &str| spelled(form) || stems.contains(&stemmed(form));
    let mut found = bare(&text.plain) || stems.contains(&stemmed(&text.folded));
    without_clitics(lang, &text.plain, |form| found |= bare(form));
    found
}

/// Every (concept, first word, last word) that a name spells, by looking everywhere.
fn scanned(names: &[Name], lang: &str, text: &str) -> Vec<(usize, usize, usize)> {
    let read = forms(text, Lang::of(lang));
    let mut found = Vec::new();
    for name in names.iter().filter(|name| name.lang == lang) {
        for (at, window) in read.windows(name.words.len()).enumerate() {
            if window.iter().zip(&name.words).all(|(text, own)| is_form(text, own, Lang::of(lang))) {
                found.push((name.concept, at, at + name.words.len()));
            }
        }
    }
    found.sort_unstable();
    found.dedup();
    found
}

fn mentioned(lexicon: &Lexicon, document: &Document) -> Vec<(usize, usize, usize)> {
    let number = |id: &str| id.trim_start_matches('c').parse::<usize>().unwrap();
    let one = |mention: &newswatch::lexicon::Mention| {
        (number(&lexicon.concept(mention.concept).id), mention.first_token as usize, mention.last_token as usize)
    };
    let mut found: Vec<_> = document.mentions.iter().map(one).collect();
    found.sort_unstable();
    found.dedup();
    found
}

/// A longer name of a concept hides a shorter one of the same in its place.
fn without_nested(found: &[(usize, usize, usize)]) -> Vec<(usize, usize, usize)> {
    let longer = |own: &(usize, usize, usize), other: &(usize, usize, usize)| {
        other.0 == own.0 && other.1 <= own.1 && other.2 >= own.2 && other != own
    };
    found.iter().filter(|own| !found.iter().any(|other| longer(own, other))).copied().collect()
}

#[test]
fn every_name_that_stands_in_a_text_is_found_and_no_other() {
    let mut compared = 0;
    for seed in 1..=30 {
        let mut chance = Chance(seed);
        let (names, file) = invented(&mut chance);
        let lexicon = Lexicon::compile(&[("own.toml", &file)]).unwrap_or_else(|problems| panic!("{problems:#?}"));
        for _ in 0..200 {
            let (lang, _) = VOCABULARY[chance.below(VOCABULARY.len())];
            let text: Vec<&str> = (0..1 + chance.below(8)).map(|_| pick(&mut chance, &words(lang))).collect();
            let text = text.join(" ");
            let document = lexicon.read_text(&text, lang);
            if document.lang != lang {
                continue;
            }
            let expected = without_nested(&scanned(&names, lang, &text));
            assert_eq!(mentioned(&lexicon, &document), expected, "seed {seed}, {lang}: {text}");
            compared += expected.len();
        }
    }
    assert!(compared > 3_000, "names and texts meet: {compared}");
}

/// A query of which the meaning is known without reading it.
enum Tree {
    Concept(usize),
    Word(&'static str),
    And(Box<Tree>, Box<Tree>),
    Or(Box<Tree>, Box<Tree>),
    Without(Box<Tree>, Box<Tree>),
}

impl Tree {
    fn grown(chance: &mut Chance, depth: usize) -> Self {
        match chance.below(if depth == 0 { 2 } else { 6 }) {
            0 => Self::Concept(chance.below(40)),
            1 => Self::Word(pick(chance, &["lantern", "lanterns", "orchard", "velvet", "quartz"])),
            kind => {
                let (left, right) = (Self::grown(chance, depth - 1), Self::grown(chance, depth - 1));
                let join = [Self::And, Self::And, Self::Or, Self::Without][kind - 2];
                join(Box::new(left), Box::new(right))
            }
        }
    }

    fn written(&self) -> String {
        match self {
            Self::Concept(number) => format!("@c{number}"),
            Self::Word(word) => (*word).to_owned(),
            Self::And(left, right) => format!("({} and {})", left.written(), right.written()),
            Self::Or(left, right) => format!("({} or {})", left.written(), right.written()),
            Self::Without(left, right) => format!("({} and not {})", left.written(), right.written()),
        }
    }

    fn holds(&self, concepts: &[(usize, usize, usize)], text: &str) -> bool {
        match self {
            Self::Concept(number) => concepts.iter().any(|(own, ..)| own == number),
            Self::Word(word) => text.split(' ').any(|own| own.trim_end_matches('s') == word.trim_end_matches('s')),
            Self::And(left, right) => left.holds(concepts, text) && right.holds(concepts, text),
            Self::Or(left, right) => left.holds(concepts, text) || right.holds(concepts, text),
            Self::Without(left, right) => left.holds(concepts, text) && !right.holds(concepts, text),
        }
    }
}

pub fn item(title: &str) -> Item {
    Item {
        outlet: Outlet { name: "Daily Post".into(), family: "dailypost.example".into() },
        lang: Some("en".into()),
        feed_name: "Post World".into(),
        ..Item::bare(title)
    }
}

#[test]
fn every_watch_that_a_text_satisfies_is_found_and_no_other() {
    let mut compared = 0;
    for seed in 1..=20 {
        let mut chance = Chance(seed);
        let (names, file) = invented(&mut chance);
        let lexicon = Lexicon::compile(&[("own.toml", &file)]).unwrap_or_else(|problems| panic!("{problems:#?}"));
        let (mut trees, mut queries) = (Vec::new(), Vec::new());
        while trees.len() < 60 {
            let depth = chance.below(4);
            let tree = Tree::grown(&mut chance, depth);
            // What can match everything or nothing is refused.
            if let Ok(query) = Query::parse(&tree.written(), &lexicon) {
                queries.push((trees.len().to_string(), query));
                trees.push(tree);
            }
        }
        let watches = Watches::compile(queries);
        let pool: Vec<&str> =
            words("en").into_iter().chain(["lantern", "lanterns", "orchards", "velvet", "quartz"]).collect();
        for _ in 0..100 {
            let text: Vec<&str> = (0..chance.below(9)).map(|_| pick(&mut chance, &pool)).collect();
            let one = item(&text.join(" "));
            let document = lexicon.read(&one);
            if document.lang != "en" {
                continue;
            }
            let concepts = scanned(&names, "en", &one.title);
            let holds = |tree: &Tree| tree.holds(&concepts, &one.title);
            let expected: Vec<String> =
                trees.iter().enumerate().filter(|(_, tree)| holds(tree)).map(|(at, _)| at.to_string()).collect();
            let found: Vec<String> = watches.matches(&document, &one).into_iter().map(|own| own.watch).collect();
            assert_eq!(found, expected, "seed {seed}: {}", one.title);
            compared += expected.len();
        }
    }
    assert!(compared > 3_000, "watches and texts meet: {compared}");
}
