//! What is written together?
//!
//! In: what polls came to, from many tasks. Out: one transaction for all that wait at the same time, with their items,
//! decisions, alerts and deliveries; each task gets its feed's next state. Nobody waits for company: who finds the writer
//! free is a batch of one. What one poll alone is to blame for is found by writing each alone.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

use super::compose::{self, Batch, Composed};
use super::engine::{Engine, EngineError, InForce, Remembered};
use super::events::Event;
use super::intake::{self, Intake};
use super::mutes::Mutes;
use super::pipeline::{self, Advanced, Memory, Outcome};
use crate::article;
use crate::model::{
    Alert, AlertPlan, Body, Feed, FeedState, FetchFailure, Item, ItemId, Parsed, StateKind, StateRow, Timestamp,
    Validators,
};
use crate::parse;
use crate::schedule::{self, PollResult};
use crate::store::{self, DecisionRecord, PollCommit, Store, StoreError};

/// Polls in one transaction: it stays short, and small in memory.
const POLLS_MAX: usize = 64;

/// A poll that ended.
pub struct Poll {
    pub feed: Feed,
    /// What was remembered when it began.
    pub state: FeedState,
    pub came: Came,
    /// When it ended.
    pub at: Timestamp,
}

/// What a poll came to.
pub enum Came {
    /// A feed was read. The body's bytes are not needed any more.
    Entries {
        body: Body,
        parsed: Box<Parsed>,
        /// A hub sent it: part of the feed, perhaps.
        pushed: bool,
    },
    NotModified {
        validators: Validators,
        max_age_s: Option<u32>,
    },
    Failed(FetchFailure),
    /// Something came that is no feed, for this reason.
    NotAFeed(String),
}

/// What a task gets for its poll.
pub type Stored = Result<FeedState, Arc<EngineError>>;

/// Polls that wait for the writer; the first to come is the first to be served.
#[derive(Default)]
pub struct Queue(Mutex<VecDeque<(Poll, oneshot::Sender<Stored>)>>);

/// A poll with what it means: the feed's next state, and the items that are new.
struct Taken {
    feed: Feed,
    next: FeedState,
    intake: Intake,
    /// Entries of a feed that was read.
    entries: Option<u32>,
    at: Timestamp,
}

impl Taken {
    fn commit(&self) -> PollCommit<'_> {
        let Self { feed, next, intake, at, .. } = self;
        PollCommit { feed: feed.id, url: &feed.url, state: next, items: &intake.items, seen: &intake.seen, now: *at }
    }
}

/// What one transaction keeps, besides what is decided of its items.
enum Kept<'k> {
    Polls(&'k [Taken]),
    /// An item with the text of its article. The feed goes on saying what it said, whose fingerprint this is: by that it knows
    /// its item at the next poll.
    Article {
        item: &'k Item,
        fingerprint: u64,
    },
}

impl Kept<'_> {
    /// Each with its feed; without one where its article is here already.
    fn items(&self) -> Vec<(Option<&Feed>, &Item)> {
        match self {
            Self::Polls(taken) => {
                taken.iter().flat_map(|own| own.intake.items.iter().map(|item| (Some(&own.feed), item))).collect()
            }
            Self::Article { item, .. } => vec![(None, item)],
        }
    }

    async fn commit(&self, store: &Store, outcome: &store::Outcome<'_>, now: Timestamp) -> Result<(), StoreError> {
        match self {
            Self::Polls(taken) => {
                let polls: Vec<_> = taken.iter().map(Taken::commit).collect();
                store.commit_polls(&polls, outcome).await
            }
            Self::Article { item, fingerprint } => store.commit_article(item, *fingerprint, outcome, now).await,
        }
    }
}

/// Items that match something, each with its outcomes.
type Judged = Vec<(Item, Vec<Outcome>)>;

impl Queue {
    fn waiting(&self) -> MutexGuard<'_, VecDeque<(Poll, oneshot::Sender<Stored>)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn next(&self) -> (Vec<Poll>, Vec<oneshot::Sender<Stored>>) {
        let mut waiting = self.waiting();
        let many = waiting.len().min(POLLS_MAX);
        waiting.drain(..many).unzip()
    }
}

impl Engine {
    /// Stores what a poll came to and everything that follows from it, or nothing.
    pub async fn store_poll(&self, poll: Poll) -> Stored {
        let (answer, answered) = oneshot::channel();
        self.queue.waiting().push_back((poll, answer));
        {
            let mut memory = self.memory.lock().await;
            // Whoever held the lock before may have taken this poll along. If not, it is among the first now: each who
            // waited before took at least one.
            let (polls, answers) = self.queue.next();
            let results = self.write_all(&mut memory, polls).await;
            for (answer, result) in answers.into_iter().zip(results) {
                // Nobody waits for it any more when the daemon stops.
                let _ = answer.send(result);
            }
        }
        answered.await.unwrap_or_else(|_| Err(Arc::new(EngineError::Bug("the writer gave up".to_owned()))))
    }

    /// One result a poll, in their order.
    async fn write_all(&self, memory: &mut Option<Remembered>, polls: Vec<Poll>) -> Vec<Stored> {
        let many = polls.len();
        let all_failed = |error: EngineError| vec![Err(Arc::new(error)); many];
        let taken = match self.take(memory, polls).await {
            Ok(taken) => taken,
            Err(error) => return all_failed(error),
        };
        let mut results = Vec::with_capacity(many);
        match self.write(memory, &Kept::Polls(&taken), latest(&taken)).await {
            Ok(()) => results.extend(taken.into_iter().map(|own| Ok(own.next))),
            Err(error) if many > 1 && error.is_of_one_poll() => {
                for own in taken {
                    let alone = self.write(memory, &Kept::Polls(std::slice::from_ref(&own)), own.at).await;
                    results.push(alone.map(|()| own.next).map_err(Arc::new));
                }
            }
            Err(error) => results = all_failed(error),
        }
        results
    }

    /// Looks up what is known of the entries.
    async fn take(&self, memory: &mut Option<Remembered>, polls: Vec<Poll>) -> Result<Vec<Taken>, EngineError> {
        let mut last_seen = match polls.iter().any(|poll| matches!(poll.came, Came::Entries { .. })) {
            true => self.recall(memory).await?.last_seen,
            false => Timestamp::MIN,
        };
        let mut taken = Vec::with_capacity(polls.len());
        for Poll { feed, state, came, at } in polls {
            let (mut intake, mut entries) = (Intake::default(), None);
            let next = match came {
                Came::Entries { body, parsed, pushed } => {
                    let parsed = *parsed;
                    let (keys, links) = parse::lookup_keys(&parsed.entries);
                    let known = self.store.known_items(feed.id, &keys, &links).await?;
                    let items = parsed.entries.len() as u32;
                    let arrivals = parse::arrivals(feed.id, parsed.entries, &known);
                    intake = intake::take(&feed, &state, arrivals, self.since, at, last_seen);
                    last_seen = intake.items.last().map_or(last_seen, |item| item.seen);
                    entries = Some(items);
                    let known = items.saturating_sub(intake.new);
                    let (pace, warnings) = (&parsed.pace, &parsed.warnings[..]);
                    let result = match pushed {
                        true => PollResult::Pushed { new: intake.new },
                        false => PollResult::Read { items, known, pace, body: &body, warnings },
                    };
                    schedule::after_poll(&feed, &state, &result, at)
                }
                Came::NotModified { validators, max_age_s } => {
                    let result = PollResult::NotModified { validators: &validators, max_age_s };
                    schedule::after_poll(&feed, &state, &result, at)
                }
                Came::Failed(failure) => schedule::after_poll(&feed, &state, &PollResult::Failed(&failure), at),
                Came::NotAFeed(reason) => {
                    schedule::after_poll(&feed, &state, &PollResult::NotAFeed { reason: &reason }, at)
                }
            };
            taken.push(Taken { feed, next, intake, entries, at });
        }
        Ok(taken)
    }

    /// Takes the text of an item's article in as a later version of the item; nothing where the item is gone.
    pub async fn take_article(&self, id: ItemId, text: String, now: Timestamp) -> Result<(), EngineError> {
        let mut memory = self.memory.lock().await;
        let Some(item) = self.store.item(id).await? else {
            let over = [article::row(id, None)];
            let outcome = store::Outcome { state_rows: &over, ..store::Outcome::default() };
            return Ok(self.store.commit_due(&outcome).await?);
        };
        let fingerprint = item.fingerprint();
        let last_seen = self.recall(&mut memory).await?.last_seen;
        let item = intake::with_article(item, text, now, last_seen);
        self.write(&mut memory, &Kept::Article { item: &item, fingerprint }, now).await
    }

    /// One transaction: what came, and what is decided of its items. Where it fails the memory that was ahead of the store is
    /// thrown away.
    async fn write(&self, memory: &mut Option<Remembered>, kept: &Kept<'_>, now: Timestamp) -> Result<(), EngineError> {
        let items = kept.items();
        let Some(last_seen) = items.last().map(|(_, item)| item.seen) else {
            kept.commit(&self.store, &store::Outcome::default(), now).await?;
            self.tell_read(kept);
            return Ok(());
        };
        let in_force = self.in_force();
        let mutes = Mutes::of(&self.store.notes().await?, now);
        let mut remembered = self.lend(memory).await?;
        let (judged, requests) = judge(&in_force, &mut remembered.memory, &mutes, &items)?;
        let alerts = sent(&judged);
        let batch = Batch::new(&judged);
        let composed =
            compose::deliveries(&in_force.config, &self.store, &remembered.memory, &alerts, &batch, now).await?;
        let mut state_rows = remembered.memory.take_changes();
        state_rows.extend(requests);
        let outcome = store::Outcome {
            decisions: &records(&judged, in_force.rules.hash),
            state_rows: &state_rows,
            alerts: &alerts,
            deliveries: &composed.deliveries,
        };
        kept.commit(&self.store, &outcome, now).await?;
        remembered.last_seen = last_seen;
        *memory = Some(remembered);
        self.tell_read(kept);
        self.tell_decided(judged, &composed);
        if state_rows.iter().any(|row| row.kind == StateKind::Article && row.data.is_some()) {
            self.article_bell.notify_one();
        }
        Ok(())
    }

    fn tell_decided(&self, judged: Judged, composed: &Composed) {
        for (item, outcomes) in judged {
            for outcome in outcomes {
                let (item, decision) = (Box::new(item.clone()), Box::new(outcome.decision));
                self.tell(Event::Decided { item, decision, plan: Box::new(outcome.plan) });
            }
        }
        self.tell_alerts(composed);
    }

    fn tell_read(&self, kept: &Kept<'_>) {
        let Kept::Polls(taken) = kept else { return };
        for Taken { feed, next, intake, entries, .. } in taken.iter() {
            let (Some(items), new) = (entries.map(|entries| entries as usize), intake.new as usize) else { continue };
            let (versions, warnings) = (intake.items.len() - new, next.warnings.len());
            self.tell(Event::FeedRead { feed: feed.name.clone(), items, new, versions, warnings });
        }
    }
}

/// When the last of them ended.
fn latest(taken: &[Taken]) -> Timestamp {
    taken.iter().map(|own| own.at).max().unwrap_or(Timestamp::MIN)
}

/// CPU work, on a thread that may be blocked. A panic in it is a bug of ours, and one poll's fault. Besides what matches it
/// gives the requests for articles: those worth fetching, and those that are over because the article is here.
fn judge(
    in_force: &InForce,
    memory: &mut Memory,
    mutes: &Mutes,
    items: &[(Option<&Feed>, &Item)],
) -> Result<(Judged, Vec<StateRow>), EngineError> {
    let work = || {
        let (mut judged, mut requests) = (Judged::new(), Vec::new());
        for (feed, item) in items {
            let advanced = pipeline::advance(&in_force.rules, memory, mutes, item);
            let Advanced { outcomes, is_near, cut_bytes, .. } = advanced;
            if cut_bytes > 0 {
                tracing::info!(item = %item.id, bytes = cut_bytes, "a text was too long: its end was not read");
            }
            let is_near = is_near && in_force.config.fetch.articles;
            let request = feed.and_then(|feed| article::wanted(feed, item, is_near));
            if feed.is_none() || request.is_some() {
                requests.push(article::row(item.id, request.as_ref()));
            }
            if !outcomes.is_empty() {
                judged.push(((*item).clone(), outcomes));
            }
        }
        (judged, requests)
    };
    let done = tokio::task::block_in_place(|| catch_unwind(AssertUnwindSafe(work)));
    done.map_err(|_| EngineError::Bug("an item could not be judged".to_owned()))
}

fn sent(judged: &[(Item, Vec<Outcome>)]) -> Vec<Alert> {
    let plans = judged.iter().flat_map(|(_, outcomes)| outcomes).map(|outcome| &outcome.plan);
    plans.filter_map(|plan| if let AlertPlan::Send(alert) = plan { Some(alert.clone()) } else { None }).collect()
}

fn records(judged: &[(Item, Vec<Outcome>)], config_hash: u64) -> Vec<DecisionRecord> {
    let of_item = |(item, outcomes): &(Item, Vec<Outcome>)| {
        let record = |outcome: &Outcome| DecisionRecord {
            version: item.version,
            at: item.seen,
            decision: outcome.decision.clone(),
            plan: outcome.plan.clone(),
            evidence: outcome.evidence.clone(),
            config_hash,
        };
        outcomes.iter().map(record).collect::<Vec<_>>()
    };
    judged.iter().flat_map(of_item).collect()
}
