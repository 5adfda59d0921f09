//! What does the story stage remember, and how does it come back after a restart?
//!
//! In: the changes that `apply` and `maintain` make; rows that were stored. Out: the stories, the duplicate window, the threads,
//! and rows for what changed. A state rebuilt from its rows equals the one that grew. It does no I/O.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::copies::{Copies, Print, WINDOW_HOURS};
use super::parts::PartRow;
use super::stories::{Stories, Story};
use super::thread::{Thread, Told};
use crate::model::{ItemId, StateKind, StateRow, StoryId, ThreadId, Timestamp};

/// Threads kept; the longest silent goes first.
pub const THREADS_MAX: usize = 5_000;
/// Days of silence after which a thread and its ledger are forgotten.
pub const THREAD_SILENCE_DAYS: i64 = 180;
/// Minutes between two merge passes, unless [`MERGE_ITEMS`] items came.
const MERGE_MINUTES: i64 = 15;
const MERGE_ITEMS: u32 = 256;

/// A row that cannot be read back.
#[derive(Debug, thiserror::Error)]
#[error("stored state `{kind} {id}` cannot be read: {cause}; it was written by another version of newswatch")]
pub struct RestoreError {
    pub kind: &'static str,
    pub id: u64,
    pub cause: serde_json::Error,
}

/// A story that turned out to be another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Merge {
    pub story: StoryId,
    pub into: StoryId,
}

/// All that the story stage remembers.
#[derive(Clone, Debug, Default)]
pub struct State {
    pub(super) copies: Copies,
    pub(super) stories: Stories,
    pub(super) threads: BTreeMap<ThreadId, Thread>,
    /// Threads of a watch by their stories.
    by_story: BTreeMap<(StoryId, String), ThreadId>,
    /// Threads of a watch by their latest item.
    by_time: BTreeMap<String, BTreeSet<(Timestamp, ThreadId)>>,
    /// Where merged stories went, and when.
    aliases: BTreeMap<StoryId, (StoryId, Timestamp)>,
    pass: Pass,
    changed: BTreeSet<(StateKind, u64)>,
}

/// When stories were last merged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Pass {
    at: Option<Timestamp>,
    items: u32,
}

/// A row of kind `story`.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum StoryRow {
    Live { story: Story, grown: bool },
    Alias { into: StoryId, at: Timestamp },
    Pass(Pass),
}

/// The row that holds the time of the last merge pass.
const PASS_ROW: u64 = 0;

impl State {
    /// Back from rows, in any order.
    pub fn restore<R: IntoIterator<Item = StateRow>>(rows: R) -> Result<Self, RestoreError> {
        let mut state = Self::default();
        let (mut prints, mut parts) = (Vec::new(), Vec::new());
        for row in rows {
            let Some(data) = &row.data else { continue };
            let broken = |cause| RestoreError { kind: row.kind.as_str(), id: row.id, cause };
            match row.kind {
                StateKind::Story => match serde_json::from_str(data).map_err(broken)? {
                    StoryRow::Live { story, grown } => state.stories.restore(story, grown),
                    StoryRow::Alias { into, at } => drop(state.aliases.insert(StoryId(row.id), (into, at))),
                    StoryRow::Pass(pass) => state.pass = pass,
                },
                StateKind::Thread => state.put_thread(serde_json::from_str(data).map_err(broken)?),
                StateKind::Part => parts.push(serde_json::from_str::<PartRow>(data).map_err(broken)?),
                StateKind::Item => prints.push(serde_json::from_str::<Print>(data).map_err(broken)?),
                StateKind::Alert | StateKind::Article => {}
            }
        }
        prints.sort_by_key(|print| (print.at, print.item));
        for print in prints {
            state.add_print(print);
        }
        state.changed.clear();
        state.join_parts(parts);
        Ok(state)
    }

    /// Rows that changed since the last call, to be stored in the transaction of the items that changed them.
    pub fn take_changes(&mut self) -> Vec<StateRow> {
        let changed = std::mem::take(&mut self.changed);
        let mut rows = Vec::with_capacity(changed.len());
        for (kind, id) in changed {
            rows.push(StateRow { kind, id, data: self.row(kind, id) });
            if kind == StateKind::Thread
                && let Some(thread) = self.threads.get_mut(&ThreadId(id))
            {
                thread.take_changed_parts(&mut rows);
            }
        }
        rows
    }

    /// Gives the threads their parts back. Those of earlier versions have them already: they are stored anew.
    fn join_parts(&mut self, parts: Vec<PartRow>) {
        for part in parts {
            if let Some(thread) = self.threads.get_mut(&part.thread()) {
                thread.take_part(part);
            }
        }
        for (id, thread) in &mut self.threads {
            if thread.join() {
                self.changed.insert((StateKind::Thread, id.0));
            }
        }
    }

    fn row(&self, kind: StateKind, id: u64) -> Option<String> {
        let json = match kind {
            StateKind::Story if id == PASS_ROW => serde_json::to_string(&StoryRow::Pass(self.pass)),
            StateKind::Story => match (self.stories.get(StoryId(id)), self.aliases.get(&StoryId(id))) {
                (Some(story), _) => {
                    let grown = self.stories.is_grown(story.id);
                    serde_json::to_string(&StoryRow::Live { story: story.clone(), grown })
                }
                (None, Some((into, at))) => serde_json::to_string(&StoryRow::Alias { into: *into, at: *at }),
                (None, None) => return None,
            },
            StateKind::Thread => serde_json::to_string(self.threads.get(&ThreadId(id))?),
            StateKind::Item => serde_json::to_string(self.copies.get(ItemId(id))?),
            StateKind::Part | StateKind::Alert | StateKind::Article => return None,
        };
        json.ok()
    }

    pub(super) fn touch(&mut self, kind: StateKind, id: u64) {
        self.changed.insert((kind, id));
    }

    /// Where a story is now.
    pub(super) fn resolve(&self, story: StoryId) -> StoryId {
        let mut now = story;
        while let Some((into, _)) = self.aliases.get(&now) {
            now = *into;
        }
        now
    }

    /// The thread of a watch that a story belongs to.
    pub(super) fn thread_of(&self, watch: &str, story: StoryId) -> Option<&Thread> {
        self.threads.get(self.by_story.get(&(story, watch.to_owned()))?)
    }

    /// A watch's threads, latest first.
    pub(super) fn latest_threads(&self, watch: &str) -> impl Iterator<Item = &Thread> {
        let threads = self.by_time.get(watch).into_iter().flat_map(|threads| threads.iter().rev());
        threads.filter_map(|(_, id)| self.threads.get(id))
    }

    pub(super) fn put_thread(&mut self, thread: Thread) {
        for story in &thread.stories {
            self.claim(*story, &thread);
        }
        self.by_time.entry(thread.watch.clone()).or_default().insert((thread.latest, thread.id));
        self.touch(StateKind::Thread, thread.id.0);
        self.threads.insert(thread.id, thread);
    }

    /// A thread has a story. Where two threads have one, the older one has it.
    fn claim(&mut self, story: StoryId, thread: &Thread) {
        let key = (story, thread.watch.clone());
        let owner = self.by_story.get(&key).and_then(|id| self.threads.get(id));
        if !owner.is_some_and(|own| own.id != thread.id && (own.opened, own.id) < (thread.opened, thread.id)) {
            self.by_story.insert(key, thread.id);
        }
    }

    /// Changes a thread that tells a story further; opens it where there is none of that id.
    pub(super) fn tell_further(
        &mut self,
        id: ThreadId,
        story: StoryId,
        open: impl FnOnce() -> Thread,
        change: impl FnOnce(&mut Thread),
    ) {
        let Some(mut thread) = self.threads.remove(&id) else {
            let mut thread = open();
            change(&mut thread);
            thread.stories.insert(story);
            return self.put_thread(thread);
        };
        let before = thread.latest;
        change(&mut thread);
        thread.stories.insert(story);
        self.claim(story, &thread);
        if let Some(threads) = self.by_time.get_mut(&thread.watch).filter(|_| thread.latest != before) {
            threads.remove(&(before, id));
            threads.insert((thread.latest, id));
        }
        self.touch(StateKind::Thread, id.0);
        self.threads.insert(id, thread);
    }

    pub(super) fn take_thread(&mut self, id: ThreadId) -> Option<Thread> {
        let thread = self.threads.remove(&id)?;
        if let Some(threads) = self.by_time.get_mut(&thread.watch) {
            threads.remove(&(thread.latest, id));
            if threads.is_empty() {
                self.by_time.remove(&thread.watch);
            }
        }
        for story in &thread.stories {
            let key = (*story, thread.watch.clone());
            if self.by_story.get(&key) == Some(&id) {
                self.by_story.remove(&key);
            }
        }
        self.touch(StateKind::Thread, id.0);
        Some(thread)
    }

    pub(super) fn add_print(&mut self, print: Print) {
        self.touch(StateKind::Item, print.item.0);
        for fallen in self.copies.add(print) {
            self.touch(StateKind::Item, fallen.0);
        }
    }

    /// Counts an item towards the next merge pass.
    pub(super) fn count_item(&mut self, now: Timestamp) {
        self.pass.items += 1;
        self.pass.at.get_or_insert(now);
        self.touch(StateKind::Story, PASS_ROW);
    }

    /// Merges stories, forgets what fell silent; does nothing until it is due.
    pub(super) fn maintain(&mut self, now: Timestamp) -> Vec<Merge> {
        let waited = |at: Timestamp| now.duration_since(at) >= jiff::SignedDuration::from_mins(MERGE_MINUTES);
        if self.pass.items == 0 || !(self.pass.items >= MERGE_ITEMS || self.pass.at.is_some_and(waited)) {
            return Vec::new();
        }
        self.pass = Pass { at: Some(now), items: 0 };
        self.touch(StateKind::Story, PASS_ROW);
        for id in self.stories.grown() {
            self.touch(StateKind::Story, id.0);
        }
        let mut merges = Vec::new();
        for (story, into) in self.stories.merge() {
            self.aliases.insert(story, (into, now));
            self.touch(StateKind::Story, story.0);
            self.touch(StateKind::Story, into.0);
            self.rename_story(story, into);
            merges.push(Merge { story, into });
        }
        self.forget(now);
        merges
    }

    /// Threads that had `story` have `into`.
    fn rename_story(&mut self, story: StoryId, into: StoryId) {
        let having = self.threads_with(story);
        for id in having {
            if let Some(mut thread) = self.take_thread(id) {
                thread.stories.remove(&story);
                thread.stories.insert(into);
                self.put_thread(thread);
            }
        }
    }

    /// The threads, of any watch, that have a story.
    fn threads_with(&self, story: StoryId) -> Vec<ThreadId> {
        let from = self.by_story.range((story, String::new())..);
        from.take_while(|((own, _), _)| *own == story).map(|(_, id)| *id).collect()
    }

    /// A story that is live no more leaves its threads, which would otherwise list stories without end; the last one stays.
    fn forget_story(&mut self, story: StoryId) {
        self.touch(StateKind::Story, story.0);
        for id in self.threads_with(story) {
            if self.threads.get(&id).is_some_and(|thread| thread.stories.len() > 1)
                && let Some(mut thread) = self.take_thread(id)
            {
                thread.stories.remove(&story);
                self.put_thread(thread);
            }
        }
    }

    fn forget(&mut self, now: Timestamp) {
        for id in self.stories.expire(now) {
            self.forget_story(id);
        }
        let ago = |hours| now.checked_sub(jiff::SignedDuration::from_hours(hours)).unwrap_or(Timestamp::MIN);
        let window = ago(WINDOW_HOURS + 24);
        let old: Vec<StoryId> = self.aliases.iter().filter(|(_, (_, at))| *at < window).map(|(id, _)| *id).collect();
        for id in old {
            self.aliases.remove(&id);
            self.touch(StateKind::Story, id.0);
        }
        let horizon = ago(THREAD_SILENCE_DAYS * 24);
        while let Some((latest, id)) = self.by_time.values().filter_map(|threads| threads.first()).min().copied() {
            if latest >= horizon && self.threads.len() <= THREADS_MAX {
                break;
            }
            if let Some(thread) = self.take_thread(id) {
                let parts = thread.parts();
                self.changed.extend(parts.map(|part| (StateKind::Part, part.id(id))));
            }
        }
    }

    /// What a thread's reader was told, oldest first.
    pub(super) fn told(&self, thread: ThreadId) -> Vec<Told> {
        self.threads.get(&thread).map(|thread| thread.told.clone()).unwrap_or_default()
    }
}
