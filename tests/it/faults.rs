//! What if the N-th call fails, or the process dies there?
//!
//! In: one story over three days, and a fault at the N-th fetch, store or send, for N = 1, 2, … until a run completes
//! without meeting its fault. Out: each expected alert exactly once, each mail under one Message-ID, whatever N was.

use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use jiff::Timestamp;
use newswatch::app::daemon;
use newswatch::app::hooks::Hooks;
use newswatch::clock::Clock;

use crate::support::{self, Feeds, Mail, at, mails, minutes, serve, write_config};

const WATCH: (&str, &str) = ("quakes", "earthquake and Chile");

/// One item a day, each a development: another place, another toll.
const DAYS: &[(&str, &str, &str, &str)] = &[
    (
        "2024-10-04T12:00:00Z",
        "1",
        "Earthquake kills 12 in Chile",
        "A magnitude 7.1 earthquake struck near Valparaiso in Chile.",
    ),
    (
        "2024-10-05T12:00:00Z",
        "2",
        "Chile earthquake death toll rises to 87",
        "Rescuers in Chile said 87 people died in the earthquake.",
    ),
    (
        "2024-10-06T12:00:00Z",
        "3",
        "Chile earthquake death toll rises to 640",
        "Chile said 640 people died in the earthquake; bodies are still being found.",
    ),
];
/// The rounds of polling after each item: the first may meet the fault, the later ones must make good.
const ROUNDS_MIN: [i64; 3] = [15, 120, 480];
/// A run makes far fewer calls; a loop that does not end by itself is a failure.
const CALLS_MAX: usize = 500;

/// The N-th call asks for the fault; `act` is what happens then.
fn at_call(
    n: usize,
    act: impl Fn(&'static str) -> Result<(), String> + Send + Sync + 'static,
) -> (Hooks, Arc<AtomicUsize>) {
    let calls = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&calls);
    let fault = move |call| if counted.fetch_add(1, Ordering::SeqCst) + 1 == n { act(call) } else { Ok(()) };
    (Hooks::with(Arc::new(fault)), calls)
}

fn rounds() -> impl Iterator<Item = (usize, Timestamp)> {
    let of_day =
        |day: usize| ROUNDS_MIN.iter().map(move |after| (day, at(DAYS[day].0).checked_add(minutes(*after)).unwrap()));
    // The feed is primed while it is empty, in several rounds: what a first poll finds would alert nobody.
    let prime = ["2024-10-03T00:00:00Z", "2024-10-03T06:00:00Z"].map(|time| (usize::MAX, at(time)));
    prime.into_iter().chain((0..DAYS.len()).flat_map(of_day))
}

fn publish(feeds: &Feeds, day: usize) {
    if let Some((time, guid, title, text)) = DAYS.get(day) {
        feeds.publish("wire", guid, title, text, at(time));
    }
}

/// The whole story with a fault at call `n`; says whether the fault was met.
async fn run_with_failure(folder: &Path, n: usize) -> bool {
    let feeds = Feeds::default();
    feeds.empty("wire");
    let config = write_config(folder, serve(feeds.clone()).await, &["wire"], &[WATCH]);
    let (hooks, calls) = at_call(n, |call| Err(format!("fault at `{call}`")));
    for (day, now) in rounds() {
        publish(&feeds, day);
        // A store that cannot be opened stops the start; the next round is the service manager's restart.
        if let Ok(engine) = support::open(&config, Clock::stepped(now), hooks.clone()).await {
            daemon::run_once(engine).await;
        }
    }
    calls.load(Ordering::SeqCst) >= n
}

/// Each alert's mail once and no other. (Identities differ between runs, as the server's port is part of the feed's address;
/// a second Message-ID for the same alert would show as a second mail.)
fn assert_same_mails(folder: &Path, expected: &[Mail], n: usize) {
    let subjects = |mails: &[Mail]| {
        let mut subjects: Vec<_> = mails.iter().map(|mail| support::header_of(&mail.text, "Subject")).collect();
        subjects.sort();
        subjects
    };
    assert_eq!(subjects(&mails(folder)), subjects(expected), "with a fault at call {n}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_alert_survives_a_failure_of_any_call() {
    let clean = tempfile::tempdir().unwrap();
    run_with_failure(clean.path(), usize::MAX).await;
    let expected = mails(clean.path());
    assert_eq!(expected.len(), DAYS.len(), "one mail a day: {expected:#?}");
    for n in 1..CALLS_MAX {
        let folder = tempfile::tempdir().unwrap();
        let met = run_with_failure(folder.path(), n).await;
        assert_same_mails(folder.path(), &expected, n);
        if !met {
            assert!(n > 20, "the hooks are asked: {n} calls");
            return;
        }
    }
    panic!("the story makes more than {CALLS_MAX} calls");
}

/// The child's part of the test below: one round at a given time, killed at its N-th call. Not a test by itself.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "run by the test that kills it"]
async fn child() {
    let Ok(order) = std::env::var("NEWSWATCH_TEST_CHILD") else { return };
    let [config, now, n] = order.split('|').collect::<Vec<_>>()[..] else { panic!("`{order}` is no order") };
    let (hooks, _) = at_call(n.parse().unwrap(), |_| {
        rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::KILL).unwrap();
        unreachable!("SIGKILL is final");
    });
    let engine = support::open(Path::new(config), Clock::stepped(at(now)), hooks).await.unwrap();
    daemon::run_once(engine).await;
}

/// Runs one round in a process of its own; says whether it lived to its end.
async fn round_in_a_child(config: &Path, now: Timestamp, n: usize) -> bool {
    let order = format!("{}|{now}|{n}", config.display());
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "faults::child", "--ignored", "--nocapture"]).env("NEWSWATCH_TEST_CHILD", order);
    let done = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    assert!(done.status.success() || done.status.code().is_none(), "{}", String::from_utf8_lossy(&done.stderr));
    done.status.success()
}

/// The story up to and with day 1, killed at call `n` of day 1's first round.
async fn run_with_kill(folder: &Path, n: usize) -> bool {
    let feeds = Feeds::default();
    feeds.empty("wire");
    let config = write_config(folder, serve(feeds.clone()).await, &["wire"], &[WATCH]);
    let mut killed = false;
    for (day, now) in rounds().filter(|(day, _)| *day == usize::MAX || *day < 2) {
        publish(&feeds, day);
        let first = day == 1 && now == at(DAYS[1].0).checked_add(minutes(ROUNDS_MIN[0])).unwrap();
        if first {
            killed = !round_in_a_child(&config, now, n).await;
        } else {
            daemon::run_once(support::open(&config, Clock::stepped(now), Hooks::default()).await.unwrap()).await;
        }
    }
    killed
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_alert_survives_the_death_of_the_process_at_any_call() {
    let clean = tempfile::tempdir().unwrap();
    assert!(!run_with_kill(clean.path(), usize::MAX).await);
    let expected = mails(clean.path());
    assert_eq!(expected.len(), 2, "{expected:#?}");
    for n in 1..CALLS_MAX {
        let folder = tempfile::tempdir().unwrap();
        let killed = run_with_kill(folder.path(), n).await;
        assert_same_mails(folder.path(), &expected, n);
        if !killed {
            assert!(n > 5, "the hooks are asked: {n} calls");
            return;
        }
    }
    panic!("a round makes more than {CALLS_MAX} calls");
}
