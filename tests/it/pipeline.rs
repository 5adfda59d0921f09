//! From feed to inbox: is each development told once?
//!
//! In: feeds that grow over real HTTP while the clock steps. Out: the mails that must be there, and no other.

use std::sync::Arc;

use newswatch::app::daemon::Running;
use newswatch::app::deliverer;
use newswatch::app::events::Event;
use newswatch::app::hooks::Hooks;
use newswatch::app::service::Service;
use newswatch::clock::Clock;

use crate::support::{self, Feeds, at, header_of, mails, minutes, recorder, serve, write_config};

const WATCH: (&str, &str) = ("troops", "DPRK and (Ukraine or Russia) and troops");

/// The daemon with its feeds, at a moment.
struct World {
    folder: tempfile::TempDir,
    feeds: Feeds,
    clock: Clock,
    running: Running,
    events: Arc<std::sync::Mutex<Vec<Event>>>,
}

impl World {
    async fn start(feeds: &[&str]) -> Self {
        Self::start_with(feeds, feeds).await
    }

    async fn start_with(served: &[&str], configured: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let feeds = Feeds::default();
        served.iter().for_each(|feed| feeds.empty(feed));
        let address = serve(feeds.clone()).await;
        let config = write_config(folder.path(), address, configured, &[WATCH]);
        let clock = Clock::stepped(at("2024-10-01T00:00:00Z"));
        let (events, listener) = recorder();
        let engine = support::open(&config, clock.clone(), Hooks::default()).await.unwrap().with_listener(listener);
        let running = Running::start(Arc::new(engine), Service);
        let world = Self { folder, feeds, clock, running, events };
        world.step("2024-10-01T00:00:00Z").await;
        world
    }

    async fn step(&self, time: &str) {
        self.clock.step_to(at(time));
        self.running.progress.reached(at(time)).await;
    }

    async fn publish(&self, feed: &str, guid: &str, time: &str, title: &str, text: &str) {
        self.feeds.publish(feed, guid, title, text, at(time));
        let poll = at(time).checked_add(minutes(20)).unwrap();
        self.step(&poll.to_string()).await;
    }

    async fn finish(self) -> Vec<support::Mail> {
        deliverer::deliver_due(&self.running.engine).await;
        self.running.stop().await;
        mails(self.folder.path())
    }
}

const OFFICERS: &str = "Six North Korean officers killed in missile strike near Donetsk";
const OFFICERS_TEXT: &str = "More than 20 servicemen died in a strike on Russian-held territory near Donetsk in eastern \
    Ukraine, among them six officers from North Korea, according to sources in Ukrainian intelligence.";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_development_is_told_once_however_many_outlets_tell_it() {
    let world = World::start(&["dnipropost", "bugle"]).await;
    world.publish("dnipropost", "1", "2024-10-04T12:00:00Z", OFFICERS, OFFICERS_TEXT).await;
    world.publish("bugle", "a", "2024-10-04T14:00:00Z", &format!("{OFFICERS} - Dnipro Post"), OFFICERS_TEXT).await;
    let mails = world.finish().await;
    assert_eq!(mails.len(), 1, "{mails:#?}");
    assert!(mails[0].text.contains("Donetsk"));
    assert!(header_of(&mails[0].text, "References").is_some(), "mails of a story hang together");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_first_poll_of_a_feed_alerts_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let feeds = Feeds::default();
    feeds.publish("dnipropost", "1", OFFICERS, OFFICERS_TEXT, at("2024-09-30T12:00:00Z"));
    let config = write_config(folder.path(), serve(feeds).await, &["dnipropost"], &[WATCH]);
    let clock = Clock::stepped(at("2024-10-01T00:00:00Z"));
    let engine = Arc::new(support::open(&config, clock.clone(), Hooks::default()).await.unwrap());
    let running = Running::start(Arc::clone(&engine), Service);
    running.progress.reached(at("2024-10-01T00:00:00Z")).await;
    deliverer::deliver_due(&engine).await;
    assert_eq!(engine.store.counts(at("2024-01-01T00:00:00Z")).await.unwrap().items, 1, "what is there is stored");
    running.stop().await;
    assert_eq!(mails(folder.path()), []);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_edited_headline_is_a_version_and_no_second_alert() {
    let world = World::start(&["dnipropost"]).await;
    world.publish("dnipropost", "1", "2024-10-04T12:00:00Z", OFFICERS, OFFICERS_TEXT).await;
    let edited = "Six North Korean officers killed in missile strike near Donetsk, sources say";
    world.publish("dnipropost", "1", "2024-10-04T13:00:00Z", edited, OFFICERS_TEXT).await;
    let versions = |event: &Event| if let Event::FeedRead { versions, .. } = event { *versions } else { 0 };
    let versions: usize = world.events.lock().unwrap().iter().map(versions).sum();
    assert_eq!(versions, 1);
    assert_eq!(world.finish().await.len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_feed_that_fails_costs_the_others_nothing() {
    let world = World::start_with(&["dnipropost"], &["dnipropost", "missing"]).await;
    world.publish("dnipropost", "1", "2024-10-04T12:00:00Z", OFFICERS, OFFICERS_TEXT).await;
    let failed = |event: &Event| matches!(event, Event::FeedFailed { feed, .. } if feed == "missing");
    assert!(world.events.lock().unwrap().iter().any(failed), "the failure is told");
    assert_eq!(world.finish().await.len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_remembered_survives_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let feeds = Feeds::default();
    feeds.empty("dnipropost");
    feeds.empty("bugle");
    let config = write_config(folder.path(), serve(feeds.clone()).await, &["dnipropost", "bugle"], &[WATCH]);
    let mut clock = at("2024-10-04T00:00:00Z");
    for (feed, guid, title) in [
        ("dnipropost", "1", OFFICERS),
        ("bugle", "a", "Six officers of North Korea killed near Donetsk in Ukraine strike"),
    ] {
        // Each round is a process of its own: opened, polled before and after the item appears, closed.
        for publish in [false, true] {
            clock = clock.checked_add(minutes(60)).unwrap();
            if publish {
                feeds.publish(feed, guid, title, OFFICERS_TEXT, clock);
            }
            let engine = support::open(&config, Clock::stepped(clock), Hooks::default()).await.unwrap();
            newswatch::app::daemon::run_once(engine).await;
        }
    }
    assert_eq!(mails(folder.path()).len(), 1, "the second outlet says nothing that the first did not");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_muted_thread_is_decided_and_not_told() {
    let world = World::start(&["dnipropost"]).await;
    let store = world.running.engine.store.clone();
    let mute = newswatch::app::mutes::Mutes::fact("troops");
    store.note(&mute, "2030-01-01T00:00:00Z", at("2024-10-02T00:00:00Z")).await.unwrap();
    world.publish("dnipropost", "1", "2024-10-04T12:00:00Z", OFFICERS, OFFICERS_TEXT).await;
    assert_eq!(store.counts(at("2024-01-01T00:00:00Z")).await.unwrap().matched, 1);
    assert_eq!(world.finish().await, []);
}
