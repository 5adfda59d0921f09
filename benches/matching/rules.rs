//! Which watches do many users have?
//!
//! In: the headlines, and a number. Out: that many queries, from a seed: names that the lexicon knows, and phrases that it
//! does not know, taken from the headlines; each alone while there are fresh ones, and then joined with others.

use newswatch::lexicon::{Kind, Lexicon};
use newswatch::model::Item;

/// A watch's query, and its first name, which is what a plain pattern would look for.
pub struct Rule {
    pub query: String,
    pub name: String,
}

/// A seeded linear congruential generator (Knuth's MMIX constants).
struct Dice(u64);

impl Dice {
    fn pick<'a>(&mut self, from: &'a [String]) -> &'a str {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        &from[(self.0 >> 33) as usize % from.len()]
    }
}

/// The first `count` watches.
pub fn rules(count: usize, lexicon: &Lexicon, headlines: &[Item]) -> Vec<Rule> {
    let (proper, events) = (labels(lexicon, true), labels(lexicon, false));
    let phrases = phrases(headlines);
    let mut dice = Dice(20_241_004);
    let mut rule = |at: usize| {
        let (a, b) = (dice.pick(&proper).to_owned(), dice.pick(&proper).to_owned());
        let (event, phrase) = (dice.pick(&events).to_owned(), dice.pick(&phrases).to_owned());
        match at % 10 {
            // Of whole names each is somebody's once; a thousand watches for "Russia" alone are one watch.
            0 if at / 10 < proper.len() => Rule { query: proper[at / 10].clone(), name: bare(&proper[at / 10]) },
            0..=3 => Rule { query: format!("{a} and {event}"), name: bare(&a) },
            4 | 5 => Rule { query: format!("({a} or {b}) and {event}"), name: bare(&a) },
            6 => Rule { query: format!("{a} and {phrase} and not {b}"), name: bare(&phrase) },
            7 => Rule { query: format!("{phrase} and ({event} or {a})"), name: bare(&phrase) },
            // A fifth of the watches are phrases; 7919 is prime to any number of them, so that none comes twice.
            8 | 9 if at / 5 < phrases.len() => {
                let own = &phrases[at / 5 * 7919 % phrases.len()];
                Rule { query: own.clone(), name: bare(own) }
            }
            _ => Rule { query: format!("{phrase} and {event}"), name: bare(&phrase) },
        }
    };
    (0..count).map(&mut rule).collect()
}

/// The English labels of proper names, or of the other concepts, quoted.
fn labels(lexicon: &Lexicon, proper: bool) -> Vec<String> {
    let own = lexicon.concepts().filter(|(_, concept)| {
        concept.kind.is_proper() == proper && !matches!(concept.kind, Kind::Status | Kind::Unit)
    });
    let labels = own.map(|(ix, _)| lexicon.label(ix, "en").to_owned());
    labels.filter(|label| !label.contains('"') && !lexicon.named(label).is_empty()).map(quoted).collect()
}

fn quoted(label: String) -> String {
    format!("\"{label}\"")
}

fn bare(quoted: &str) -> String {
    quoted.trim_matches('"').to_owned()
}

/// Two long words of a headline that stand side by side.
fn phrases(headlines: &[Item]) -> Vec<String> {
    let long = |word: &str| word.len() > 4 && word.bytes().all(|byte| byte.is_ascii_alphabetic());
    let mut phrases: Vec<String> = Vec::new();
    for item in headlines {
        let words: Vec<&str> = item.title.split(' ').collect();
        let pairs = words.windows(2).filter(|pair| long(pair[0]) && long(pair[1]));
        phrases.extend(pairs.map(|pair| quoted(pair.join(" "))));
    }
    phrases.sort_unstable();
    phrases.dedup();
    phrases
}
