//! Does each feed get the polls it needs, and no more?
//!
//! Simulated feeds on simulated time; each test is one rule.

use super::*;
use crate::model::FeedId;

const MIN_S: u32 = 300;
const MAX_S: u32 = 6 * 3_600;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_729_000_000 + second).expect("in range")
}

fn feed(number: u64) -> Feed {
    Feed {
        id: FeedId::of([number.to_le_bytes()]),
        url: "https://example.org/feed".into(),
        name: "Example".into(),
        tags: vec![],
        lang: None,
        interval_min_s: MIN_S,
        interval_max_s: MAX_S,
        headers: vec![],
        proxy: None,
        paused: false,
        page: None,
        full_text: false,
    }
}

fn body(moved_to: Option<&str>) -> Body {
    Body {
        bytes: vec![],
        content_type: None,
        final_url: "https://example.org/feed".into(),
        moved_to: moved_to.map(str::to_owned),
        validators: Validators::default(),
        max_age_s: None,
        hub: None,
        topic: None,
    }
}

/// A poll that shows `items`, of which `known` were there before, with the publisher's `pace`.
fn read(state: &FeedState, (items, known): (u32, u32), pace: &Pace, now: Timestamp) -> FeedState {
    let body = Body { max_age_s: pace.max_age_s, ..body(None) };
    after_poll(&feed(1), state, &PollResult::Read { items, known, pace, body: &body, warnings: &[] }, now)
}

fn fail(state: &FeedState, kind: FailureKind, retry_after_s: Option<u32>, now: Timestamp) -> FeedState {
    let failure = FetchFailure { reason: "no answer".into(), kind, retry_after_s };
    after_poll(&feed(1), state, &PollResult::Failed(&failure), now)
}

fn wait_s(state: &FeedState, now: Timestamp) -> i64 {
    state.next_due.expect("is due").duration_since(now).as_secs()
}

/// A feed of 30 items that adds `burst` items each `period_s` seconds, for ten days: polls a day at the end, and how
/// often items may have been missed.
fn simulate(period_s: i64, burst: i64) -> (i64, u32) {
    let (mut state, mut now, mut polls) = (FeedState::default(), at(0), 0);
    let told = |now: Timestamp| (now.as_second() / period_s) * burst;
    let mut seen = told(now) - 30;
    while now < at(10 * 86_400) {
        let new = u32::try_from(told(now) - seen).expect("time goes forward").min(30);
        seen = told(now);
        state = read(&state, (30, 30 - new), &Pace::default(), now);
        polls += i64::from(now >= at(9 * 86_400));
        now = state.next_due.expect("is due");
    }
    (polls, state.possibly_missed)
}

#[test]
fn a_feed_is_polled_by_its_own_rhythm() {
    let (busy, missed) = simulate(60, 1);
    assert!(busy > 200 && missed == 0, "an item a minute: {busy} polls a day, {missed} gaps");
    let (hourly, missed) = simulate(3_600, 1);
    assert!((70..130).contains(&hourly) && missed == 0, "an item an hour: {hourly} polls a day, {missed} gaps");
    let (daily, missed) = simulate(86_400, 10);
    assert!((4..=7).contains(&daily) && missed == 0, "ten items a day at once: {daily} polls, {missed} gaps");
    let (sleepy, _) = simulate(30 * 86_400, 1);
    assert!((4..=6).contains(&sleepy), "an item a month: {sleepy} polls a day");
}

/// A feed of 30 items with quiet nights: items by the hour of the day, in UTC, for ten days on the user's bounds. Gives the
/// polls of the last day, how often items may have been missed, and how many really were.
fn simulate_days(by_hour: [i64; 24], feed: &Feed, pace: &Pace) -> (i64, u32, i64) {
    let told = |now: Timestamp| {
        let (hours, rest) = (now.as_second() / 3_600, now.as_second() % 3_600);
        let day: i64 = by_hour.iter().sum();
        let today: i64 = by_hour[..(hours % 24) as usize].iter().sum();
        hours / 24 * day + today + by_hour[(hours % 24) as usize] * rest / 3_600
    };
    let (mut state, mut now, mut polls, mut lost) = (FeedState::default(), at(0), 0, 0);
    let mut seen = told(now) - 30;
    while now < at(10 * 86_400) {
        let new = told(now) - seen;
        lost += if state.primed { (new - 30).max(0) } else { 0 };
        seen = told(now);
        let known = u32::try_from(30 - new.min(30)).expect("not negative");
        let (body, warnings) = (body(None), &[]);
        state = after_poll(feed, &state, &PollResult::Read { items: 30, known, pace, body: &body, warnings }, now);
        polls += i64::from(now >= at(9 * 86_400));
        now = state.next_due.expect("is due");
    }
    (polls, state.possibly_missed, lost)
}

#[test]
fn days_of_a_busy_a_sleepy_and_a_held_feed() {
    // A newsroom: quiet at night, up to two items a minute by day.
    let newsroom: [i64; 24] = std::array::from_fn(|hour| if (6..22).contains(&hour) { 120 } else { 2 });
    let (polls, missed, lost) = simulate_days(newsroom, &feed(1), &Pace::default());
    assert!(polls < 288 && (missed, lost) == (0, 0), "{polls} polls a day, {missed} gaps, {lost} items lost");
    // Its publisher asks for an hour: too long for its own feed, which is learnt within two mornings.
    let hourly = Pace { ttl_s: Some(3_600), ..Pace::default() };
    let (_, missed, lost) = simulate_days(newsroom, &feed(1), &hourly);
    assert!(missed <= 3 && lost <= 150, "{missed} gaps, {lost} items lost");
    // A weekly magazine is asked as seldom as the user allows.
    let magazine: [i64; 24] = std::array::from_fn(|hour| i64::from(hour == 9));
    let (polls, missed, _) = simulate_days(magazine, &feed(1), &Pace::default());
    assert!(polls <= 12 && missed == 0, "{polls} polls a day, {missed} gaps");
    // Breaking news, held at a minute by the user, whatever the rhythm.
    let held = Feed { interval_min_s: 60, interval_max_s: 60, ..feed(2) };
    for by_hour in [newsroom, magazine] {
        let (polls, missed, lost) = simulate_days(by_hour, &held, &hourly);
        assert!((1_438..=1_441).contains(&polls) && (missed, lost) == (0, 0), "{polls} polls a day, {missed} gaps");
    }
}

#[test]
fn items_that_left_the_feed_are_noted_and_it_is_polled_at_once() {
    let hourly = Pace { ttl_s: Some(3_600), ..Pace::default() };
    let first = read(&FeedState::default(), (20, 0), &hourly, at(0));
    assert_eq!((first.primed, first.possibly_missed), (true, 0), "the first poll misses nothing");
    let rolled = read(&first, (20, 0), &hourly, at(3_600));
    assert_eq!(rolled.possibly_missed, 1);
    assert!(wait_s(&rolled, at(3_600)) < 400, "sooner than the publisher asks");
    let half_new = read(&first, (20, 10), &hourly, at(3_600));
    assert!((1_800..2_300).contains(&wait_s(&half_new, at(3_600))), "half of them new: half the time");
    let empty = read(&first, (0, 0), &hourly, at(3_600));
    assert_eq!(empty.possibly_missed, 0, "an empty feed is no gap");
}

#[test]
fn the_publisher_is_heard_within_the_users_bounds() {
    let asked = |pace: Pace| {
        let state = read(&read(&FeedState::default(), (20, 0), &pace, at(0)), (20, 20), &pace, at(300));
        wait_s(&state, at(300))
    };
    assert!((300..=360).contains(&asked(Pace::default())));
    for pace in [
        Pace { ttl_s: Some(3_600), ..Pace::default() },
        Pace { update_period_s: Some(3_600), ..Pace::default() },
        Pace { max_age_s: Some(3_600), ..Pace::default() },
    ] {
        assert!((3_600..=4_320).contains(&asked(pace.clone())), "{pace:?}");
    }
    let year = Pace { ttl_s: Some(365 * 86_400), ..Pace::default() };
    assert_eq!(asked(year), i64::from(MAX_S));
}

#[test]
fn skipped_hours_and_days_are_skipped() {
    // 2024-10-15, a Tuesday, 13:46:40 UTC.
    let hour = |pace: Pace| {
        let due = read(&FeedState::default(), (20, 0), &pace, at(0)).next_due.expect("is due");
        (due.as_second() - at(0).as_second() + 46 * 60 + 40) / 3_600 + 13
    };
    assert_eq!(hour(Pace::default()), 13);
    assert_eq!(hour(Pace { skip_hours: vec![13, 14, 15], ..Pace::default() }), 16);
    let day = Pace { skip_days: vec![2], ..Pace::default() };
    assert_eq!(hour(day), 19, "the user's longest interval comes before the end of the day");
    assert_eq!(hour(Pace { skip_hours: (0..24).collect(), ..Pace::default() }), 13, "nonsense is not heard");
}

#[test]
fn failures_back_off_and_the_server_may_name_the_time() {
    let mut state = read(&FeedState::default(), (20, 0), &Pace::default(), at(0));
    let mut waits = Vec::new();
    for _ in 0..9 {
        state = fail(&state, FailureKind::Transient, None, at(0));
        waits.push(wait_s(&state, at(0)));
    }
    assert!((300..=360).contains(&waits[0]) && (600..=720).contains(&waits[1]), "{waits:?}");
    assert!(waits.is_sorted() && waits[8] == i64::from(MAX_S), "{waits:?}");
    assert_eq!((state.failures, state.last_error.as_deref()), (9, Some("no answer")));
    assert_eq!(read(&state, (20, 20), &Pace::default(), at(1)).failures, 0);

    let far = (0..20).fold(state, |state, _| fail(&state, FailureKind::Broken, None, at(0)));
    assert_eq!(wait_s(&far, at(0)), 86_400);
    let named = |seconds| wait_s(&fail(&FeedState::default(), FailureKind::Limited, Some(seconds), at(0)), at(0));
    assert_eq!(named(5_000), 5_000);
    assert!(named(1) >= 600, "slower than before, whatever it says");
    assert_eq!(named(u32::MAX), 86_400, "nobody is silenced for years");
}

#[test]
fn what_is_gone_stays_gone() {
    let state = fail(&FeedState::default(), FailureKind::Gone, None, at(0));
    assert!(state.gone && state.next_due.is_none());
    assert_eq!(due_at(&feed(1), &state, Start { at: at(1), feeds: 1 }, at(2)), None);
}

#[test]
fn a_move_is_believed_the_third_time() {
    const NEW: &str = "https://new.example.org/feed";
    let poll = |state: &FeedState, moved_to| {
        let (pace, body) = (&Pace::default(), &body(moved_to));
        after_poll(&feed(1), state, &PollResult::Read { items: 1, known: 1, pace, body, warnings: &[] }, at(0))
    };
    let twice = poll(&poll(&FeedState::default(), Some(NEW)), Some(NEW));
    assert_eq!(address(&feed(1), &twice), "https://example.org/feed");
    assert_eq!(poll(&twice, None).moved_seen, 0, "it was a mistake");
    let thrice = poll(&twice, Some(NEW));
    assert_eq!(address(&feed(1), &thrice), NEW);
    let there = poll(&thrice, None);
    assert_eq!(address(&feed(1), &there), NEW, "there nothing redirects any more");
    let lost = fail(&there, FailureKind::Gone, None, at(0));
    assert!(!lost.gone, "only the configured address can be gone for good");
    assert_eq!(address(&feed(1), &lost), "https://example.org/feed");
}

#[test]
fn a_start_spreads_many_feeds_and_delays_few() {
    let start = |feeds| Start { at: at(0), feeds };
    let first = |number, feeds| {
        let due = due_at(&feed(number), &FeedState::default(), start(feeds), at(0));
        due.expect("is due").duration_since(at(0)).as_secs()
    };
    assert!((0..40).all(|number| first(number, 40) == 0));
    let seconds: BTreeMap<i64, u32> = (0..5_000).fold(BTreeMap::new(), |mut counts, number| {
        *counts.entry(first(number, 5_000)).or_default() += 1;
        counts
    });
    let busiest = seconds.values().max().expect("some");
    assert!(*busiest < 50 && seconds.len() > 200, "{busiest} at once, over {} s", seconds.len());
}

#[test]
fn a_due_time_out_of_bounds_is_brought_back() {
    let start = Start { at: at(-1_000), feeds: 1 };
    let state = read(&FeedState::default(), (1, 0), &Pace { ttl_s: Some(20_000), ..Pace::default() }, at(0));
    let lowered = Feed { interval_max_s: 600, ..feed(1) };
    assert_eq!(due_at(&lowered, &state, start, at(60)), Some(at(600)));
    assert_eq!(due_at(&feed(1), &state, start, at(-500)), Some(start.at), "the clock was ahead at the last poll");
    assert_eq!(due_at(&Feed { paused: true, ..feed(1) }, &state, start, at(60)), None);
}

#[test]
fn validators_that_a_304_does_not_mention_stay() {
    let old = Validators { etag: Some("\"a\"".into()), last_modified: Some("Tue".into()), body_hash: Some(1) };
    let state = FeedState { validators: old.clone(), primed: true, last_items: 9, ..FeedState::default() };
    let new = Validators { etag: Some("\"b\"".into()), ..Validators::default() };
    let result = PollResult::NotModified { validators: &new, max_age_s: None };
    let next = after_poll(&feed(1), &state, &result, at(0));
    assert_eq!(next.validators, Validators { etag: Some("\"b\"".into()), ..old });
    assert_eq!((next.last_success, next.last_known), (Some(at(0)), 9));
}

#[test]
fn the_users_bounds_hold_whatever_comes() {
    for (number, (min_s, max_s)) in [(60, 60), (0, 0), (600, 60), (1, u32::MAX), (300, 21_600)].into_iter().enumerate()
    {
        let feed = Feed { interval_min_s: min_s, interval_max_s: max_s, ..feed(number as u64) };
        let (least, most) = (i64::from(min_s.max(1)), i64::from(max_s.max(min_s).max(1)));
        let mut state = FeedState { arrivals: vec![Timestamp::MIN, Timestamp::MAX], ..FeedState::default() };
        for round in 0..200 {
            let (items, known) = (round % 7, round % 5);
            let pace = Pace { ttl_s: Some(round * 1_000), skip_hours: vec![13, 200], ..Pace::default() };
            let result = PollResult::Read { items, known, pace: &pace, body: &body(None), warnings: &[] };
            let now = at(i64::from(round) * 40);
            state = after_poll(&feed, &state, &result, now);
            assert!((least..=most).contains(&wait_s(&state, now)), "{feed:?} {round}: {}", wait_s(&state, now));
        }
    }
}

#[test]
fn a_hub_is_asked_renewed_and_believed_as_far_as_it_proves_itself() {
    use websub::{confirmed, denied, is_proved, to_ask, was_asked};
    let pace = Pace { hub: Some("https://hub.example/".into()), ..Pace::default() };
    let state = read(&FeedState::default(), (20, 0), &pace, at(0));
    let asked = to_ask(&feed(1), &state, None, at(0)).expect("a hub is declared");
    assert_eq!((asked.topic.as_str(), asked.until), ("https://example.org/feed", None));
    assert!(was_asked(&asked, &asked.topic, at(60)) && !was_asked(&asked, "https://other.example/", at(60)));
    assert_eq!(to_ask(&feed(1), &state, Some(&asked), at(60)), None, "it has time to answer");
    let again = to_ask(&feed(1), &state, Some(&asked), at(600)).expect("it did not answer");
    assert_eq!(to_ask(&feed(1), &state, Some(&again), at(1_200)), None, "twice as long each time");
    let held = confirmed(&again, Some(864_000), at(1_300));
    assert_eq!(to_ask(&feed(1), &state, Some(&held), at(86_400)), None);
    assert!(to_ask(&feed(1), &state, Some(&held), at(850_000)).is_some(), "a day before its end");
    assert_eq!(to_ask(&feed(1), &state, Some(&denied(&held, at(2_000))), at(80_000)), None);
    let elsewhere = Pace { hub: Some("https://new.example/".into()), ..Pace::default() };
    let moved = FeedState { pace: elsewhere, ..state.clone() };
    assert_eq!(to_ask(&feed(1), &moved, Some(&held), at(2_000)).expect("another hub").until, None);

    // Nothing is slower until a push has come, and nothing after a poll has found what no push brought.
    let leased = FeedState { lease: Some(held), ..state };
    assert!(!is_proved(&leased, at(2_000)));
    let pushed = after_poll(&feed(1), &leased, &PollResult::Pushed { new: 1 }, at(2_000));
    assert_eq!((pushed.next_due, pushed.last_items), (leased.next_due, 20), "a push is no poll");
    let quiet = read(&pushed, (20, 20), &pace, at(3_000));
    assert!(is_proved(&quiet, at(3_000)) && wait_s(&quiet, at(3_000)) > i64::from(MAX_S) * 3 / 4);
    let found = read(&quiet, (20, 19), &pace, at(20_000));
    assert!(!is_proved(&found, at(20_000)) && wait_s(&found, at(20_000)) < i64::from(MAX_S) / 2);
}

#[test]
fn feeds_that_answered_together_part() {
    let dues: std::collections::BTreeSet<i64> = (0..1_000)
        .map(|number| {
            let (pace, body) = (&Pace { ttl_s: Some(3_600), ..Pace::default() }, &body(None));
            let result = PollResult::Read { items: 1, known: 0, pace, body, warnings: &[] };
            wait_s(&after_poll(&feed(number), &FeedState::default(), &result, at(0)), at(0))
        })
        .collect();
    let (first, last) = (dues.first().expect("some"), dues.last().expect("some"));
    assert!(dues.len() > 450 && *first >= 3_600 && *last <= 4_320 && last - first > 650, "{first} to {last} s");
}
