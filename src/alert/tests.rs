//! Is a reader told at the right time, once, and with a reason? In: decisions and the passing of time; out: the plans that must
//! follow. It tests no story.
use std::collections::BTreeMap;

use super::*;
use crate::model::{
    AlertPlan, Class, FeedId, Item, ItemId, Level, StoryDecision, StoryId, Suppression, ThreadId, Timestamp, Unit,
    UnitKind, Verdict,
};

fn at(minute: i64) -> Timestamp {
    Timestamp::from_second(1_700_000_000 + minute * 60).unwrap()
}

fn item(name: &str) -> Item {
    Item {
        id: ItemId::of([name]),
        feed: FeedId::of(["feed"]),
        key: name.into(),
        seen: at(0),
        feed_name: "feed".into(),
        ..Item::bare(name)
    }
}

fn decision(name: &str, score: f64, families: u32) -> StoryDecision {
    let unit = Unit { kind: UnitKind::Event, key: name.into(), text: format!("first report of {name}"), weight: 0.6 };
    StoryDecision {
        watch: "w".into(),
        item: ItemId::of([name]),
        story: StoryId::of(["s"]),
        thread: ThreadId::of(["t"]),
        verdict: if score >= 0.35 { Verdict::Development } else { Verdict::Repeat },
        of: None,
        score,
        class: if score >= 0.9 { Class::Major } else { Class::Notable },
        new: vec![unit],
        families,
        reason: String::new(),
        signals: Vec::new(),
    }
}

fn step(state: &mut State, settings: &Settings, name: &str, score: f64, families: u32, minute: i64) -> AlertPlan {
    let decision = decision(name, score, families);
    let plan = plan(state, settings, &item(name), &decision, at(minute));
    apply(state, settings, &decision, &plan, at(minute));
    plan
}

#[test]
fn a_level_asks_for_its_weight_and_says_so() {
    let mut state = State::default();
    let settings = Settings::new("w", Level::Developments);
    assert!(matches!(step(&mut state, &settings, "a", 0.5, 1, 0), AlertPlan::Send(_)));
    let AlertPlan::Suppress { reason, detail } = step(&mut state, &settings, "b", 0.21, 1, 1) else { panic!("sent") };
    assert_eq!((reason, detail.as_str()), (Suppression::BelowLevel, "below `developments`: 0.21 < 0.35"));
    let AlertPlan::Suppress { reason, .. } = step(&mut state, &settings, "a", 0.5, 2, 9) else { panic!("sent") };
    assert_eq!(reason, Suppression::Echo);
    let mut old = item("c");
    old.backfill = true;
    let plan = plan(&state, &settings, &old, &decision("c", 0.9, 1), at(2));
    assert!(matches!(plan, AlertPlan::Suppress { reason: Suppression::Backfill, .. }));
}

#[test]
fn a_second_source_ends_a_hold_and_time_does_too() {
    let settings = Settings::new("w", Level::Important);
    let all = BTreeMap::from([("w".to_owned(), settings.clone())]);
    let mut state = State::default();
    assert!(matches!(step(&mut state, &settings, "a", 0.7, 1, 0), AlertPlan::Hold { .. }));
    assert_eq!(release(&mut state, &all, at(1)), []);
    step(&mut state, &settings, "b", 0.1, 2, 5);
    let sent = release(&mut state, &all, at(5));
    assert_eq!((sent.len(), sent[0].item, sent[0].folded.len()), (1, ItemId::of(["a"]), 1));
    step(&mut state, &settings, "c", 0.7, 1, 100);
    assert_eq!(next_due(&state), Some(at(120)));
    assert_eq!(release(&mut state, &all, at(120)).len(), 1);
}

#[test]
fn what_is_too_much_is_folded_and_never_dropped() {
    let settings = Settings { max_per_hour: 2, ..Settings::new("w", Level::Developments) };
    let all = BTreeMap::from([("w".to_owned(), settings.clone())]);
    let mut state = State::default();
    let plans: Vec<AlertPlan> = (0..5).map(|n| step(&mut state, &settings, &format!("n{n}"), 0.5, 1, n)).collect();
    assert_eq!(plans.iter().filter(|plan| matches!(plan, AlertPlan::Send(_))).count(), 2);
    let rows = state.take_changes();
    let mut back = State::restore(rows).unwrap();
    assert_eq!(back, state, "rebuilt state equals grown state");
    let digest = release(&mut back, &all, at(60));
    assert_eq!((digest.len(), digest[0].new.len(), digest[0].folded.len()), (1, 3, 2));
    assert_eq!(next_due(&back), None);
}
