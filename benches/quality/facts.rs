//! Which figures and claims are read of a sentence, and are they right?
//!
//! In: `tests/data/facts`, sentences with all figures (value and unit) and all claims (who, and how firmly) that they state.
//! Out: precision and recall of what is read, and of the part that a reader would be told. `MISSES=1` prints what differs.

use std::collections::BTreeMap;
use std::path::Path;

use newswatch::lexicon::Lexicon;
use newswatch::model::UnitKind;
use newswatch::story::{Fact, stated};
use serde_json::Value;

/// Prints two lines for each set.
pub fn measure() {
    println!("== facts (tests/data/facts)");
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/facts");
    score(&folder.join("quantities.jsonl"), "counts", UnitKind::Quantity, |fact| {
        let unit = fact.key.trim_start_matches("count:");
        let unit = match unit {
            "speed" => "km/h",
            "duration" => "days",
            other => other,
        };
        vec![format!("{} {unit}", fact.value.unwrap_or_default())]
    });
    score(&folder.join("claims.jsonl"), "says", UnitKind::Status, |fact| {
        let level = fact.level.unwrap_or_default();
        let principal = fact.key.split([':', '/']).nth(1).unwrap_or_default();
        let lexicon = Lexicon::shipped();
        let country = lexicon.by_id(principal).map_or(principal, |ix| lexicon.label(ix, "en"));
        [country, &fact.label].map(|who| format!("{} {level}", who.to_lowercase())).to_vec()
    });
}

#[derive(Default)]
struct Score {
    read: u32,
    right: u32,
    expected: u32,
}

impl Score {
    fn add(&mut self, read: &[Vec<String>], expected: &[String]) {
        self.read += read.len() as u32;
        self.expected += expected.len() as u32;
        self.right += expected.iter().filter(|own| read.iter().any(|names| names.contains(own))).count() as u32;
    }

    fn line(&self) -> String {
        let share = |of: u32| f64::from(self.right) / f64::from(of.max(1));
        let (precision, recall) = (share(self.read), share(self.expected));
        format!("precision {precision:.3}  recall {recall:.3}  ({} read, {} expected)", self.read, self.expected)
    }
}

fn score(path: &Path, field: &str, kind: UnitKind, names: impl Fn(&Fact) -> Vec<String>) {
    let lexicon = Lexicon::shipped();
    let text = std::fs::read_to_string(path).expect("the set is in the repository");
    let (mut all, mut sure) = (Score::default(), Score::default());
    let mut tongues: BTreeMap<String, Score> = BTreeMap::new();
    for line in text.lines() {
        let row: Value = serde_json::from_str(line).expect("a line of JSON");
        let (lang, text) = (row["lang"].as_str().unwrap_or_default(), row["text"].as_str().unwrap_or_default());
        let document = lexicon.read_text(text, lang);
        let facts = stated(&lexicon, &document);
        let of = |sure: bool| -> Vec<Vec<String>> {
            let own = facts.iter().filter(|fact| fact.kind == kind && (fact.sure || !sure));
            own.map(&names).collect()
        };
        let expected: Vec<String> = row[field].as_array().into_iter().flatten().map(expected).collect();
        all.add(&of(false), &expected);
        sure.add(&of(true), &expected);
        tongues.entry(lang.to_owned()).or_default().add(&of(true), &expected);
        let differs = |own: &[Vec<String>]| {
            own.len() != expected.len() || expected.iter().any(|own_| !own.iter().any(|names| names.contains(own_)))
        };
        if std::env::var_os("MISSES").is_some() && differs(&of(true)) {
            println!("{lang} | {text} | expected {expected:?} | sure {:?} | read {:?}", of(true), of(false));
            let named =
                document.mentions.iter().map(|own| (&lexicon.concept(own.concept).id, own.first_token, own.last_token));
            println!("    {:?}", named.collect::<Vec<_>>());
        }
    }
    let name = path.file_stem().unwrap_or_default().to_string_lossy();
    println!("{name:<11} read  {}", all.line());
    println!("{name:<11} told  {}", sure.line());
    let by_tongue: Vec<String> =
        tongues.iter().map(|(lang, own)| format!("{lang} {}/{}/{}", own.right, own.read, own.expected)).collect();
    println!("{name:<11} told, right/read/expected: {}", by_tongue.join(" "));
}

/// `[187, "dead"]` as "187 dead", `["Russia", 0]` as "russia 0".
fn expected(pair: &Value) -> String {
    match (&pair[0], &pair[1]) {
        (Value::String(who), level) => format!("{} {level}", who.to_lowercase()),
        (value, unit) => format!("{} {}", value.as_f64().unwrap_or_default(), unit.as_str().unwrap_or_default()),
    }
}
