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
use super::rules::Rules;
use crate::article;
use crate::model::{
    Alert, AlertPlan, Body, Feed, FeedState, FetchFailure, Item, ItemId, Parsed, StateKind, StateRow, Timestamp,
    Validators,
};
use crate::parse;
use crate::schedule::{self, PollResult};
use crate::store::{self, DecisionRecord, PollCommit};

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
        match self.write(memory, &taken).await {
            Ok(()) => results.extend(taken.into_iter().map(|own| Ok(own.next))),
            Err(error) if many > 1 && error.is_of_one_poll() => {
                for own in taken {
                    let alone = self.write(memory, std::slice::from_ref(&own)).await;
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
                Came::Entries { body, parsed } => {
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
                    let result = PollResult::Read { items, known, pace, body: &body, warnings };
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

    /// One transaction. Where it fails the memory that was ahead of the store is thrown away.
    async fn write(&self, memory: &mut Option<Remembered>, taken: &[Taken]) -> Result<(), EngineError> {
        let items: Vec<(&Feed, &Item)> =
            taken.iter().flat_map(|own| own.intake.items.iter().map(|item| (&own.feed, item))).collect();
        let Some((_, last)) = items.last() else {
            self.store.commit_polls(&commits(taken), &store::Outcome::default()).await?;
            return Ok(());
        };
        let last_seen = last.seen;
        let now = taken.iter().map(|own| own.at).max().unwrap_or(last_seen);
        let in_force = self.in_force();
        let mutes = Mutes::of(&self.store.notes().await?, now);
        self.recall(memory).await?;
        let Some(mut remembered) = memory.take() else { return Ok(()) };
        let (judged, wanted) = judge(&in_force, &mut remembered.memory, &mutes, &items)?;
        let alerts = sent(&judged);
        let batch = Batch::new(&judged);
        let composed =
            compose::deliveries(&in_force.config, &self.store, &remembered.memory, &alerts, &batch, now).await?;
        let mut state_rows = remembered.memory.take_changes();
        state_rows.extend(wanted);
        let outcome = store::Outcome {
            decisions: &records(&judged, in_force.rules.hash),
            state_rows: &state_rows,
            alerts: &alerts,
            deliveries: &composed.deliveries,
        };
        self.store.commit_polls(&commits(taken), &outcome).await?;
        remembered.last_seen = last_seen;
        *memory = Some(remembered);
        for own in taken {
            self.tell_read(own);
        }
        self.tell_decided(judged, &composed);
        if state_rows.iter().any(|row| row.kind == StateKind::Article) {
            self.article_bell.notify_one();
        }
        Ok(())
    }

    /// Takes the text of an item's article in as a later version of the item, through the pipeline like any other; false
    /// where the item is gone.
    pub async fn take_article(&self, id: ItemId, text: String, now: Timestamp) -> Result<bool, EngineError> {
        let over = article::row(id, None);
        let mut memory = self.memory.lock().await;
        let last_seen = self.recall(&mut memory).await?.last_seen;
        let Some(item) = self.store.item(id).await? else {
            self.store.commit_due(&store::Outcome { state_rows: &[over], ..store::Outcome::default() }).await?;
            return Ok(false);
        };
        // The feed goes on saying what it said: by that it knows its item at the next poll.
        let fingerprint = item.fingerprint();
        let item = intake::with_article(item, text, now, last_seen);
        let in_force = self.in_force();
        let mutes = Mutes::of(&self.store.notes().await?, now);
        let Some(mut remembered) = memory.take() else { return Ok(false) };
        let judged = judge_one(&in_force.rules, &mut remembered.memory, &mutes, &item)?;
        let alerts = sent(&judged);
        let batch = Batch::new(&judged);
        let composed =
            compose::deliveries(&in_force.config, &self.store, &remembered.memory, &alerts, &batch, now).await?;
        let mut state_rows = remembered.memory.take_changes();
        state_rows.push(over);
        let outcome = store::Outcome {
            decisions: &records(&judged, in_force.rules.hash),
            state_rows: &state_rows,
            alerts: &alerts,
            deliveries: &composed.deliveries,
        };
        self.store.commit_article(&item, fingerprint, &outcome, now).await?;
        remembered.last_seen = item.seen;
        *memory = Some(remembered);
        self.tell_decided(judged, &composed);
        Ok(true)
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

    fn tell_read(&self, taken: &Taken) {
        let Some(entries) = taken.entries else { return };
        let (all, new) = (taken.intake.items.len(), taken.intake.new as usize);
        self.tell(Event::FeedRead {
            feed: taken.feed.name.clone(),
            items: entries as usize,
            new,
            versions: all - new,
            warnings: taken.next.warnings.len(),
        });
    }
}

fn commits(taken: &[Taken]) -> Vec<PollCommit<'_>> {
    taken.iter().map(commit).collect()
}

fn commit(taken: &Taken) -> PollCommit<'_> {
    let Taken { feed, next, intake, at, .. } = taken;
    PollCommit { feed: feed.id, url: &feed.url, state: next, items: &intake.items, seen: &intake.seen, now: *at }
}

/// CPU work, on a thread that may be blocked. A panic in it is a bug of ours, and one poll's fault. Besides what matches it
/// gives the requests for articles that are worth fetching.
fn judge(
    in_force: &InForce,
    memory: &mut Memory,
    mutes: &Mutes,
    items: &[(&Feed, &Item)],
) -> Result<(Judged, Vec<StateRow>), EngineError> {
    let (mut judged, mut wanted) = (Judged::new(), Vec::new());
    aside(|| {
        for (feed, item) in items {
            let Advanced { outcomes, is_near, .. } = pipeline::advance(&in_force.rules, memory, mutes, item);
            let request = article::wanted(feed, item, is_near && in_force.config.fetch.articles);
            wanted.extend(request.map(|request| article::row(item.id, Some(&request))));
            if !outcomes.is_empty() {
                judged.push(((*item).clone(), outcomes));
            }
        }
    })?;
    Ok((judged, wanted))
}

/// One item, likewise, whose article is known.
fn judge_one(rules: &Rules, memory: &mut Memory, mutes: &Mutes, item: &Item) -> Result<Judged, EngineError> {
    let outcomes = aside(|| pipeline::advance(rules, memory, mutes, item).outcomes)?;
    Ok(if outcomes.is_empty() { Judged::new() } else { vec![(item.clone(), outcomes)] })
}

fn aside<T>(work: impl FnOnce() -> T) -> Result<T, EngineError> {
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
