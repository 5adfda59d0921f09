//! How much of an article's text is found, and how much else?
//!
//! In: pages with the text of their article, marked by hand or by rules for each site. Out: precision, recall and F1 over
//! words (signs, in scripts without blanks), as means over the pages, ours beside `dom_smoothie` alone.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use dom_smoothie::Readability;
use flate2::read::GzDecoder;
use newswatch::parse::{Hints, article};
use newswatch::text::html::plain;

/// Prints a line for each set and program.
pub fn measure(folder: &Path) {
    println!("== articles (text of pages, F1 over words)");
    let Some(gold) = unpacked(&folder.join("articles_gold.jsonl.gz")) else {
        return println!("skipped, `{}` is not there", folder.join("articles_gold.jsonl.gz").display());
    };
    let mut sums: BTreeMap<(String, &str), (f64, f64, f64, u32)> = BTreeMap::new();
    for line in String::from_utf8_lossy(&gold).lines() {
        let line: serde_json::Value = serde_json::from_str(line).expect("a line of JSON");
        let file = line["file"].as_str().expect("a file");
        let Some(page) = unpacked(&folder.join("articles").join(file)).or_else(|| unpacked(&folder.join(file))) else {
            println!("`{file}` is not there");
            continue;
        };
        let gold = words(line["gold"].as_str().unwrap_or_default());
        let ours = article(&page, &Hints { base: line["url"].as_str(), ..Hints::default() });
        let texts = [("ours", ours.map(|article| article.text).unwrap_or_default()), ("dom_smoothie", smoothie(&page))];
        let set = file.rsplit('/').next().unwrap_or(file).split('-').next().unwrap_or_default();
        for (program, text) in texts {
            let (precision, recall) = overlap(&words(&text), &gold);
            let f1 = if precision + recall > 0.0 { 2.0 * precision * recall / (precision + recall) } else { 0.0 };
            if std::env::var_os("PAGES").is_some() {
                println!("{f1:.3} {precision:.3} {recall:.3} {program} {file}");
            }
            let sum = sums.entry((set.to_owned(), program)).or_default();
            *sum = (sum.0 + precision, sum.1 + recall, sum.2 + f1, sum.3 + 1);
        }
    }
    for ((set, program), (precision, recall, f1, pages)) in sums {
        let mean = |sum: f64| sum / f64::from(pages);
        let (precision, recall, f1) = (mean(precision), mean(recall), mean(f1));
        println!("{set:<8} {program:<13} P {precision:.3}  R {recall:.3}  F1 {f1:.3}  ({pages} pages)");
    }
}

fn smoothie(page: &[u8]) -> String {
    let page = String::from_utf8_lossy(page).into_owned();
    let read = Readability::new(page, None, None).ok().and_then(|mut reader| reader.parse().ok());
    read.map(|article| plain(&article.content)).unwrap_or_default()
}

fn unpacked(path: &Path) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    GzDecoder::new(File::open(path).ok()?).read_to_end(&mut bytes).ok()?;
    Some(bytes)
}

fn words(text: &str) -> BTreeMap<String, usize> {
    let mut words = BTreeMap::new();
    let mut word = String::new();
    for sign in text.to_lowercase().chars().chain([' ']) {
        let stands_alone = matches!(sign, '\u{3040}'..='\u{30FF}' | '\u{3400}'..='\u{9FFF}' | '\u{AC00}'..='\u{D7AF}');
        if sign.is_alphanumeric() && !stands_alone {
            word.push(sign);
            continue;
        }
        if !word.is_empty() {
            *words.entry(std::mem::take(&mut word)).or_default() += 1;
        }
        if stands_alone {
            *words.entry(sign.to_string()).or_default() += 1;
        }
    }
    words
}

/// Precision and recall of words, each as often as it stands there.
fn overlap(found: &BTreeMap<String, usize>, gold: &BTreeMap<String, usize>) -> (f64, f64) {
    let common: usize = found.iter().map(|(word, count)| (*count).min(gold.get(word).copied().unwrap_or(0))).sum();
    let share = |of: &BTreeMap<String, usize>| match of.values().sum::<usize>() {
        0 => 0.0,
        all => common as f64 / all as f64,
    };
    (share(found), share(gold))
}
