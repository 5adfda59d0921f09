//! Does a reader's story hold together? In: items as outlets write them; out: the story, the verdict, what is new in words, and a
//! state that survives its rows. It tests no threshold's exact value.

use super::*;
use crate::lexicon::Lexicon;
use crate::model::{FeedId, Item, ItemId, Match, Outlet, StateKind, StateRow, StoryDecision, Verdict};

/// Minute of arrival, outlet, language, headline, summary.
type Line = (i64, &'static str, &'static str, &'static str, &'static str);

fn item(&(minute, outlet, lang, title, summary): &Line) -> Item {
    Item {
        id: ItemId::of([outlet, title, summary]),
        feed: FeedId::of([outlet]),
        key: title.into(),
        summary: summary.into(),
        seen: Timestamp::from_second(1_730_000_000 + minute * 60).unwrap(),
        outlet: Outlet { name: outlet.into(), family: outlet.into() },
        lang: Some(lang.into()),
        feed_name: outlet.into(),
        ..Item::bare(title)
    }
}

fn step(state: &mut State, lexicon: &Lexicon, line: &Line) -> StoryDecision {
    let item = item(line);
    maintain(state, item.seen);
    let document = lexicon.read(&item);
    let matches = [Match { watch: "w".into(), evidence: Vec::new() }];
    let decided = decide(state, lexicon, &item, &document, &matches);
    apply(state, &decided);
    decided.decisions[0].clone()
}

fn told(decision: &StoryDecision) -> bool {
    matches!(decision.verdict, Verdict::NewStory | Verdict::Development)
}

const FERRY: &[Line] = &[
    (
        0,
        "wire",
        "en",
        "Ferry sinks off Marinduque, six dead",
        "Rescuers recovered six bodies on Thursday after the ferry Santa Lucia sank.",
    ),
    (
        20,
        "hopper",
        "en",
        "Ferry sinks off Marinduque, six dead - wire",
        "Rescuers recovered six bodies on Thursday after the ferry Santa Lucia…",
    ),
    (
        90,
        "post",
        "en",
        "Six killed as Santa Lucia ferry goes down near Marinduque",
        "The ferry Santa Lucia sank on Thursday. Six bodies were recovered.",
    ),
    (
        1_500,
        "wire",
        "en",
        "Ferry sinks off Marinduque, forty-one dead",
        "Rescuers recovered 35 more bodies on Friday after the ferry Santa Lucia sank.",
    ),
    (
        1_600,
        "mag",
        "en",
        "Opinion: We bury the passengers and keep the ferries",
        "Santa Lucia was an accident waiting to happen off Marinduque.",
    ),
    (
        4_400,
        "wire",
        "en",
        "Captain of Santa Lucia arrested in Manila",
        "Police detained the master of the ferry that sank off Marinduque on suspicion of negligence.",
    ),
    (
        4_430,
        "post",
        "en",
        "Police arrest captain of sunken ferry Santa Lucia",
        "The master of the ferry that went down off Marinduque was detained in Manila, police said.",
    ),
];

#[test]
fn each_development_is_told_once() {
    let (lexicon, mut state) = (Lexicon::shipped(), State::default());
    let decisions: Vec<StoryDecision> = FERRY.iter().map(|line| step(&mut state, &lexicon, line)).collect();
    let alerts: Vec<bool> = decisions.iter().map(told).collect();
    assert_eq!(alerts, [true, false, false, true, false, true, false], "{decisions:#?}");
    assert_eq!(decisions[1].verdict, Verdict::Copy);
    assert_eq!(decisions[3].new[0].text, "dead: 6 → 41", "a copy but for a figure is the strongest signal");
    assert!(decisions.iter().all(|own| own.thread == decisions[0].thread && !own.reason.is_empty()));
    let told = timeline(&state, decisions[0].thread);
    assert_eq!(told.iter().map(|line| line.outlet.as_str()).collect::<Vec<_>>(), ["wire"; 3]);
}

#[test]
fn rebuilt_state_decides_as_grown_state() {
    let lexicon = Lexicon::shipped();
    let (mut grown, mut rows) = (State::default(), std::collections::BTreeMap::new());
    for (at, line) in FERRY.iter().enumerate() {
        let stored: Vec<StateRow> = rows.values().cloned().collect();
        let mut back = State::restore(stored).unwrap();
        let (one, other) = (step(&mut grown, &lexicon, line), step(&mut back, &lexicon, line));
        assert_eq!(one, other, "decision {at}");
        let changes = grown.take_changes();
        assert_eq!(changes, back.take_changes(), "rows after {at}");
        for row in changes {
            match row.data {
                Some(_) => rows.insert((row.kind, row.id), row),
                None => rows.remove(&(row.kind, row.id)),
            };
        }
    }
}

/// Earlier versions kept a thread in one row, its items and lines without numbers.
#[test]
fn a_thread_of_an_earlier_version_is_read_and_stored_in_parts() {
    let (lexicon, mut state) = (Lexicon::shipped(), State::default());
    let (last, before) = FERRY.split_last().unwrap();
    let threads: Vec<_> = before.iter().map(|line| step(&mut state, &lexicon, line).thread).collect();
    let rows = state.take_changes();
    let thread = &state.threads[&threads[0]];
    let mut whole = serde_json::to_value(thread).unwrap();
    whole["ledger"] = serde_json::to_value(&thread.ledger).unwrap();
    whole["told"] = serde_json::to_value(&thread.told).unwrap();
    whole["traces"] = thread.traces().map(|trace| serde_json::to_value(trace).unwrap()).collect();
    for list in ["told", "traces"] {
        let list = whole[list].as_array_mut().unwrap();
        list.iter_mut().for_each(|part| drop(part.as_object_mut().unwrap().remove("number")));
    }
    let old = rows.iter().filter(|row| row.kind != StateKind::Part).map(|row| match row.kind {
        StateKind::Thread => StateRow { data: Some(whole.to_string()), ..row.clone() },
        _ => row.clone(),
    });
    let mut back = State::restore(old).unwrap();
    let parts = |rows: &[StateRow]| rows.iter().filter(|row| row.kind == StateKind::Part).cloned().collect::<Vec<_>>();
    let mut stored = parts(&back.take_changes());
    let mut grown = parts(&rows);
    stored.sort_unstable();
    grown.sort_unstable();
    assert_eq!(stored, grown);
    assert_eq!(step(&mut state, &lexicon, last), step(&mut back, &lexicon, last));
}

/// Earlier versions kept whole hashes, and lists of them as numbers.
#[test]
fn a_print_of_an_earlier_version_is_read() {
    let (lexicon, mut state) = (Lexicon::shipped(), State::default());
    step(&mut state, &lexicon, &FERRY[0]);
    let print = state.copies.get(item(&FERRY[0]).id).unwrap().clone();
    let mut row = serde_json::to_value(&print).unwrap();
    let whole = |half: u32| u64::from(half) << 32 | 7;
    let hashes: Vec<u64> = print.shingles().hashes().iter().map(|half| whole(*half)).collect();
    for list in ["title", "figures", "critical"] {
        let packed = row[list].as_str().unwrap();
        let bytes = base64::Engine::decode(&base64::engine::general_purpose::STANDARD_NO_PAD, packed).unwrap();
        row[list] = bytes.chunks(8).map(|own| u64::from_le_bytes(own.try_into().unwrap())).collect();
    }
    row["shingles"] = serde_json::json!(hashes);
    assert_eq!(serde_json::from_value::<copies::Print>(row).unwrap(), print);
}

#[test]
fn three_voices_of_one_government_are_one_development() {
    let lines: &[Line] = &[
        (
            0,
            "a",
            "en",
            "North Korean officers killed in strike near Donetsk",
            "Six officers from North Korea died, sources in Kyiv say.",
        ),
        (
            9_000,
            "b",
            "en",
            "State Department 'concerned' by reports North Korean soldiers are fighting for Russia",
            "The United States is concerned by reports of DPRK soldiers fighting on Russia's behalf in Ukraine, the State Department spokesman said.",
        ),
        (
            9_050,
            "c",
            "en",
            "Pentagon aware of, concerned by reports of North Korean soldiers in Ukraine",
            "The Pentagon's press secretary said the department was aware of reports that North Korean soldiers were fighting for Russia.",
        ),
        (
            9_200,
            "d",
            "en",
            "US concerned by reports of North Korean soldiers fighting on behalf of Russia",
            "Spokespeople for the Pentagon and the State Department voiced concern about reports that North Korean soldiers are fighting alongside Russian forces.",
        ),
    ];
    let (lexicon, mut state) = (Lexicon::shipped(), State::default());
    let alerts: Vec<bool> = lines.iter().map(|line| told(&step(&mut state, &lexicon, line))).collect();
    assert_eq!(alerts, [true, true, false, false]);
}

#[test]
fn a_flood_of_one_text_costs_little_and_tells_once() {
    let (lexicon, mut state) = (Lexicon::shipped(), State::default());
    let alerts = (0..300).filter(|minute| {
        let line = (
            *minute,
            "mill",
            "en",
            "Shares of Example Corp soar on takeover talk",
            "Buy now. Example Corp could be bought, says nobody.",
        );
        let mut item = item(&line);
        item.id = ItemId::of([minute.to_string()]);
        let document = lexicon.read(&item);
        let decided = decide(&state, &lexicon, &item, &document, &[Match { watch: "w".into(), evidence: Vec::new() }]);
        apply(&mut state, &decided);
        told(&decided.decisions[0])
    });
    assert_eq!(alerts.count(), 1);
}

/// Runs items as they come; returns how many a reader would be told of.
fn tells(state: &mut State, lexicon: &Lexicon, items: impl IntoIterator<Item = Item>) -> usize {
    let mut tells = 0;
    for item in items {
        maintain(state, item.seen);
        let document = lexicon.read(&item);
        let decided = decide(state, lexicon, &item, &document, &[Match { watch: "w".into(), evidence: Vec::new() }]);
        apply(state, &decided);
        tells += usize::from(told(&decided.decisions[0]));
    }
    tells
}

/// The ferry's items, each with an id of its own and `change` made to it.
fn ferry(round: i64, change: impl Fn(&mut Item)) -> Vec<Item> {
    let changed = |(at, line): (usize, &Line)| {
        let mut own = item(line);
        own.id = ItemId::of([round.to_string(), at.to_string()]);
        change(&mut own);
        own
    };
    FERRY.iter().enumerate().map(changed).collect()
}

#[test]
fn an_archive_issued_again_tells_nothing() {
    let (lexicon, mut state) = (Lexicon::shipped(), State::default());
    assert_eq!(tells(&mut state, &lexicon, ferry(0, |_| {})), 3);
    // All at once, two days later, under new ids and keys; then backwards, with dates of the past and of the future.
    let later = Timestamp::from_second(1_730_000_000 + 6 * 86_400).unwrap();
    assert_eq!(tells(&mut state, &lexicon, ferry(1, |item| item.seen = later)), 0);
    let mut backwards = ferry(2, |item| item.published = Some(Timestamp::MIN));
    backwards.reverse();
    assert_eq!(tells(&mut state, &lexicon, backwards), 0);
    let future = ferry(3, |item| (item.published, item.seen) = (Some(Timestamp::MAX), later));
    assert_eq!(tells(&mut state, &lexicon, future), 0);
}

#[test]
fn near_copies_made_to_slip_through_raise_no_storm() {
    let (lexicon, mut state) = (Lexicon::shipped(), State::default());
    let fillers = ["today", "again", "now", "sources say", "breaking", "shock", "watch", "exclusive", "report", "wow"];
    let copies = (0..200).map(|at| {
        let mut own = item(&FERRY[0]);
        own.id = ItemId::of([at.to_string()]);
        own.seen = Timestamp::from_second(1_730_000_000 + at as i64 * 60).unwrap();
        own.title = format!("{} {} {}", fillers[at % 10], own.title, fillers[(at / 10) % 10]);
        own.summary = format!("{} {}", fillers[(at * 7) % 10], own.summary);
        own
    });
    assert!(tells(&mut state, &lexicon, copies) <= 2);
}

#[test]
fn an_item_of_five_megabytes_costs_no_more_than_its_opening() {
    let (lexicon, mut state) = (Lexicon::shipped(), State::default());
    let mut huge = item(&FERRY[0]);
    let words: Vec<String> = (0..650_000).map(|at| format!("word{}", at % 90_000)).collect();
    huge.text = Some(words.join(" "));
    assert!(huge.text.as_ref().is_some_and(|text| text.len() > 5_000_000));
    assert_eq!(tells(&mut state, &lexicon, [huge]), 1);
    let stored: usize = state.take_changes().iter().filter_map(|row| row.data.as_ref()).map(String::len).sum();
    assert!(stored < 200_000, "{stored} bytes stored of one item");
}

/// What was told and turns out wrong is told, by whoever takes it back, in words that are mostly known.
#[test]
fn a_correction_of_what_was_told_is_told() {
    let toll = "Coast guard: 41 dead in sinking of the ferry Santa Lucia off Marinduque";
    let text = "The ferry Santa Lucia sank on Thursday; the coast guard put the dead at 41.";
    let takings_back = [
        (
            "en",
            "Correction: 14 dead, not 41, in sinking of the ferry Santa Lucia",
            "An earlier report gave a wrong toll.",
        ),
        (
            "en",
            "Coast guard retracts toll of 41 in sinking of the ferry Santa Lucia",
            "It had counted bodies twice, it said.",
        ),
    ];
    let lexicon = Lexicon::shipped();
    for (lang, title, summary) in takings_back {
        let mut state = State::default();
        assert!(told(&step(&mut state, &lexicon, &(0, "wire", "en", toll, text))));
        let retold = "Ferry Santa Lucia sinks off Marinduque, 41 dead, coast guard says";
        assert!(!told(&step(&mut state, &lexicon, &(20, "post", "en", retold, text))));
        let decision = step(&mut state, &lexicon, &(45, "wire", lang, title, summary));
        assert!(told(&decision), "{decision:#?}");
        assert!(!told(&step(&mut state, &lexicon, &(50, "wire", lang, title, summary))), "once");
    }
}

/// An alert that is read again a month later, when no copy of it is kept, is still known.
#[test]
fn what_was_told_long_ago_is_not_told_again() {
    let (lexicon, mut state) = (Lexicon::shipped(), State::default());
    let first = FERRY[0];
    assert!(told(&step(&mut state, &lexicon, &first)));
    let again = (30 * 24 * 60, "late", first.2, first.3, first.4);
    assert!(!told(&step(&mut state, &lexicon, &again)));
}

#[test]
fn headlines_that_have_one_word_of_the_last_make_no_chain() {
    let (lexicon, mut state) = (Lexicon::shipped(), State::default());
    let name = |number: usize| {
        let syllables = ["Ba", "ler", "mon", "ti", "vas", "qui", "dor", "fel"];
        let part = |at: usize| syllables[(number >> (3 * at)) % 8];
        format!("{}{}{}{}", part(0), part(1), part(2), part(3))
    };
    let headlines = (0..300).map(|at| {
        let mut own = item(&FERRY[0]);
        own.id = ItemId::of([at.to_string()]);
        own.seen = Timestamp::from_second(1_730_000_000 + at as i64 * 600).unwrap();
        own.title = format!("{} {} {} {}", name(at), name(at + 1), name(1_000 + at), name(2_000 + at));
        own.summary = String::new();
        own
    });
    tells(&mut state, &lexicon, headlines);
    assert!(live_stories(&state) > 250, "{} stories", live_stories(&state));
}
