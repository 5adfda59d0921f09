//! Which story does an item tell?
//!
//! In: an item's reading and the live stories. Out: the story it joins, or none; and, from time to time, pairs of stories that
//! turned out to be one. Online and in one pass: candidates come from an index of each story's heaviest features, the score
//! mixes likeness to the story's words, to its latest members and to its concepts with nearness in time. Nothing hangs on one
//! common word, and the more stories are live, the more is asked: what tells a hundred stories apart fuses ten thousand. It
//! knows no watch and no reader.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use serde::{Deserialize, Serialize};

use super::index::Index;
use super::reading::Reading;
use super::vector::{Feature, Vector};
use crate::model::{StoryId, Timestamp};

/// Live stories; the longest silent goes first. A story takes 6 kB where its items are articles (two vectors of
/// [`CENTROID_FEATURES`], [`MEMBERS_MAX`] of [`MEMBER_FEATURES`], 8 bytes a feature), the most of them 120 MB.
pub const STORIES_MAX: usize = 20_000;
/// Hours of silence after which a story is no longer live.
const SILENCE_HOURS: i64 = 24 * 21;
/// Features kept of a story's words in one language, and of its concepts.
const CENTROID_FEATURES: usize = 160;
/// Latest members kept, and heaviest features of each. Twice as many of either tell no better.
const MEMBERS_MAX: usize = 4;
const MEMBER_FEATURES: usize = 40;
/// Languages kept of one story.
const LANGUAGES_MAX: usize = 12;
/// Heaviest features by which a story is found.
const INDEXED: usize = 24;
/// Stories that an item is compared with in full, and a story.
pub const CANDIDATES_MAX: usize = 16;
const MERGE_CANDIDATES_MAX: usize = 8;
/// Stories that the prior stands for, in the rarity of a feature.
const PRIOR_STORIES: f32 = 75.0;
/// Share of a merge cosine that distance in time takes away.
const MERGE_TIME: f64 = 0.19;
/// How much more alike two stories must be at each doubling of the smaller one beyond so many items. Sums of many items are
/// like each other where their subject is the same, and had many items that could have joined them.
const MERGE_SIZE: f64 = 0.03;
const MERGE_SIZE_FROM: f64 = 8.0;
const MERGE_DOUBLINGS_MAX: f64 = 5.0;
/// Features that an item shares with a story that it joins, at least: one word in common is chance where there are many stories.
const SHARED_MIN: usize = 2;
/// Share of the strongest common feature that a merge does not count: two stories are not one for one word.
const MERGE_STRONGEST: f32 = 0.5;
/// How much more is asked of an item, and of two stories, at each e-fold of the live stories beyond so many: the best of many
/// chance likenesses is higher than the best of few.
const CROWD: f64 = 0.02;
const CROWD_FROM: f64 = 150.0;
/// Days after which nearness in time has fallen to 0.6.
const SIGMA_DAYS: f64 = 3.0;

/// Numbers that decide who joins whom; one set for every stream.
#[derive(Clone, Debug)]
pub struct Tuning {
    /// Mix of likeness: recent words, best member, concepts, time.
    pub mix: [f64; 4],
    /// Score from which a headline or a text joins.
    pub join_title: f64,
    pub join_text: f64,
    /// Cosine from which two stories of headlines, or of texts, are one.
    pub merge_title: f64,
    pub merge_text: f64,
    /// Weight of concepts in the merge cosine.
    pub merge_bare: f64,
    /// Likeness of concepts from which an item joins a story told in other languages only.
    pub join_foreign: f64,
    /// What a story's earlier words keep at each item.
    pub keep: f32,
}

impl Default for Tuning {
    fn default() -> Self {
        Self {
            mix: [0.30, 0.20, 0.20, 0.115],
            join_title: 0.19,
            join_text: 0.33,
            merge_title: 0.145,
            merge_text: 0.44,
            merge_bare: 0.155,
            join_foreign: 0.45,
            keep: 1.0,
        }
    }
}

/// A story's words, as its items used them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Story {
    pub id: StoryId,
    pub opened: Timestamp,
    pub latest: Timestamp,
    pub items: u32,
    /// Mean number of words of its items.
    length: f64,
    words: BTreeMap<String, Vector>,
    bare: Vector,
    members: VecDeque<(String, Vector)>,
    /// Features under which the index has it, ascending.
    #[serde(skip)]
    keys: Vec<Feature>,
}

/// The live stories.
#[derive(Clone, Debug, Default)]
pub struct Stories {
    stories: BTreeMap<StoryId, Story>,
    index: Index,
    /// By time of the latest item, for forgetting.
    silence: BTreeSet<(Timestamp, StoryId)>,
    /// Stories that grew since the last merge pass.
    grown: BTreeSet<StoryId>,
    pub tuning: Tuning,
}

/// The story found for an item.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Found {
    pub story: StoryId,
    pub score: f64,
}

impl Stories {
    pub fn get(&self, id: StoryId) -> Option<&Story> {
        self.stories.get(&id)
    }

    /// How many are live.
    pub fn len(&self) -> usize {
        self.stories.len()
    }

    /// Puts a stored story back.
    pub fn restore(&mut self, story: Story, grown: bool) {
        if grown {
            self.grown.insert(story.id);
        }
        self.put(story);
    }

    /// Stories that grew since the last merge pass.
    pub fn grown(&self) -> Vec<StoryId> {
        self.grown.iter().copied().collect()
    }

    pub fn is_grown(&self, id: StoryId) -> bool {
        self.grown.contains(&id)
    }

    /// How much a feature tells stories apart: 1 for one that no story has, towards 0 for one that most have.
    pub fn rarity(&self, feature: Feature) -> f32 {
        let all = self.stories.len() as f32 + PRIOR_STORIES;
        let with = self.index.count(feature) as f32 + 1.0;
        (all / with).ln() / all.ln()
    }

    /// The natural logarithm of how crowded it is: 0 where no story is live.
    fn crowd(&self) -> f64 {
        (self.stories.len() as f64 / CROWD_FROM).ln_1p()
    }

    /// The story, of some near ones, that an item joins; `None` opens one.
    pub fn find(&self, near: &[StoryId], reading: &Reading, lang: &str, now: Timestamp) -> Option<Found> {
        let scored = near.iter().filter_map(|&id| {
            let story = self.stories.get(&id)?;
            let (score, cut) = self.score(story, reading, lang, now);
            (score >= cut).then_some(Found { story: id, score: score - cut })
        });
        scored.max_by(|left, right| left.score.total_cmp(&right.score).then(right.story.cmp(&left.story)))
    }

    /// How well an item fits a story, and how well it must.
    fn score(&self, story: &Story, reading: &Reading, lang: &str, now: Timestamp) -> (f64, f64) {
        let tuning = &self.tuning;
        let bare = reading.bare.cosine(&story.bare);
        let time = nearness(story.latest, now);
        let Some(words) = story.words.get(lang) else {
            let shared = reading.bare.shared(&story.bare);
            return (if shared >= 3 { bare * (0.5 + 0.5 * time) } else { 0.0 }, tuning.join_foreign);
        };
        // An item's vectors have length 1.
        let (dot, shared) = reading.words.dot_and_shared(words);
        if shared < SHARED_MIN {
            return (0.0, f64::INFINITY);
        }
        let members = story.members.iter().filter(|(own, _)| own == lang);
        let member = members.map(|(_, member)| f64::from(reading.words.dot(member))).fold(0.0, f64::max);
        let [recent_weight, member_weight, bare_weight, time_weight] = tuning.mix;
        let likeness = recent_weight * f64::from(dot / words.norm()) + member_weight * member + bare_weight * bare;
        let text = ((reading.length as f64 - 12.0) / 20.0).clamp(0.0, 1.0);
        let cut = tuning.join_title + text * (tuning.join_text - tuning.join_title) + CROWD * self.crowd();
        (likeness + time_weight * time, cut)
    }

    /// At most `limit` stories that share the most weight with an item or a story.
    pub fn candidates(&self, words: &Vector, bare: &Vector, limit: usize) -> Vec<StoryId> {
        self.index.candidates(words, bare, limit)
    }

    /// Adds an item to a story, opening it where there is none of that id.
    pub fn join(&mut self, id: StoryId, reading: &Reading, lang: &str, now: Timestamp) {
        let story = self.stories.entry(id).or_insert_with(|| Story {
            id,
            opened: now,
            latest: now,
            items: 0,
            length: 0.0,
            words: BTreeMap::new(),
            bare: Vector::default(),
            members: VecDeque::new(),
            keys: Vec::new(),
        });
        self.silence.remove(&(story.latest, id));
        story.items += 1;
        story.latest = story.latest.max(now);
        story.length += (reading.length as f64 - story.length) / f64::from(story.items);
        if story.words.contains_key(lang) || story.words.len() < LANGUAGES_MAX {
            story.words.entry(lang.to_owned()).or_default().blend(self.tuning.keep, &reading.words, CENTROID_FEATURES);
        }
        story.bare.blend(self.tuning.keep, &reading.bare, CENTROID_FEATURES);
        story.members.push_back((lang.to_owned(), reading.words.clone().heaviest(MEMBER_FEATURES).unit()));
        if story.members.len() > MEMBERS_MAX {
            story.members.pop_front();
        }
        self.grown.insert(id);
        self.silence.insert((story.latest, id));
        let keys = keys(story);
        self.index.replace(id, &story.keys, &keys);
        story.keys = keys;
    }

    /// Puts a story into the maps and the index.
    fn put(&mut self, mut story: Story) {
        story.keys = keys(&story);
        self.index.replace(story.id, &[], &story.keys);
        self.silence.insert((story.latest, story.id));
        self.stories.insert(story.id, story);
    }

    /// Takes a story out of the maps and the index.
    fn take(&mut self, id: StoryId) -> Option<Story> {
        let story = self.stories.remove(&id)?;
        self.silence.remove(&(story.latest, id));
        self.index.replace(id, &story.keys, &[]);
        Some(story)
    }

    /// Forgets stories that fell silent or are too many; returns their ids.
    pub fn expire(&mut self, now: Timestamp) -> Vec<StoryId> {
        let horizon = now.checked_sub(jiff::SignedDuration::from_hours(SILENCE_HOURS)).unwrap_or(Timestamp::MIN);
        let mut gone = Vec::new();
        while let Some(&(latest, id)) = self.silence.first() {
            if latest >= horizon && self.stories.len() <= STORIES_MAX {
                break;
            }
            self.take(id);
            self.grown.remove(&id);
            gone.push(id);
        }
        gone
    }

    /// Joins stories that turned out to be one: (gone, kept), the older is kept.
    pub fn merge(&mut self) -> Vec<(StoryId, StoryId)> {
        let mut merged = Vec::new();
        let mut waiting: Vec<StoryId> = std::mem::take(&mut self.grown).into_iter().collect();
        while let Some(id) = waiting.pop() {
            let Some(story) = self.stories.get(&id) else { continue };
            let Some(other) = self.nearest(story) else { continue };
            let (Some(left), Some(right)) = (self.take(id), self.take(other)) else { continue };
            let first = (left.opened, left.id) <= (right.opened, right.id);
            let (mut kept, gone) = if first { (left, right) } else { (right, left) };
            merged.push((gone.id, kept.id));
            waiting.push(kept.id);
            absorb(&mut kept, gone);
            self.put(kept);
        }
        merged
    }

    /// The story most like this one, where it is like enough to be the same.
    fn nearest(&self, story: &Story) -> Option<StoryId> {
        let (lang, words) = story.words.iter().max_by(|left, right| left.1.mass().total_cmp(&right.1.mass()))?;
        let mut best: Option<(f64, StoryId)> = None;
        for id in self.candidates(words, &story.bare, MERGE_CANDIDATES_MAX + 1) {
            let Some(other) = self.stories.get(&id).filter(|other| other.id != story.id) else { continue };
            let likeness = self.likeness(story, other, lang, words);
            if likeness > best.map_or(0.0, |(score, _)| score) {
                best = Some((likeness, id));
            }
        }
        best.map(|(_, id)| id)
    }

    /// 0 below the cut, else how far above it two stories are alike.
    fn likeness(&self, story: &Story, other: &Story, lang: &str, words: &Vector) -> f64 {
        let Some(others) = other.words.get(lang) else { return 0.0 };
        let tuning = &self.tuning;
        let bare = story.bare.cosine(&other.bare);
        let cosine =
            (1.0 - tuning.merge_bare) * words.cosine_beside(others, MERGE_STRONGEST) + tuning.merge_bare * bare;
        let text = ((story.length.min(other.length) - 12.0) / 20.0).clamp(0.0, 1.0);
        let cut = tuning.merge_title + text * (tuning.merge_text - tuning.merge_title);
        let doublings = (f64::from(story.items.min(other.items)) / MERGE_SIZE_FROM).log2();
        let cut = cut + MERGE_SIZE * doublings.clamp(0.0, MERGE_DOUBLINGS_MAX) + CROWD * self.crowd();
        let apart =
            if story.opened > other.latest { (other.latest, story.opened) } else { (story.latest, other.opened) };
        let time = if apart.1 > apart.0 { nearness(apart.0, apart.1) } else { 1.0 };
        (cosine * (1.0 - MERGE_TIME * (1.0 - time)) - cut).max(0.0)
    }
}

fn absorb(kept: &mut Story, gone: Story) {
    let items = kept.items + gone.items;
    kept.length = (kept.length * f64::from(kept.items) + gone.length * f64::from(gone.items)) / f64::from(items.max(1));
    kept.items = items;
    kept.latest = kept.latest.max(gone.latest);
    kept.opened = kept.opened.min(gone.opened);
    for (lang, words) in gone.words {
        kept.words.entry(lang).or_default().blend(1.0, &words, CENTROID_FEATURES);
    }
    kept.bare.blend(1.0, &gone.bare, CENTROID_FEATURES);
    kept.members.extend(gone.members);
    while kept.members.len() > MEMBERS_MAX {
        kept.members.pop_front();
    }
}

/// The features by which a story is found.
fn keys(story: &Story) -> Vec<Feature> {
    let vectors = story.words.values().chain([&story.bare]);
    let mut keys: Vec<Feature> = vectors.flat_map(|words| words.top(INDEXED)).map(|(feature, _)| feature).collect();
    keys.sort_unstable();
    keys.dedup();
    keys
}

/// Closeness in time: 1 now, .6 after [`SIGMA_DAYS`].
fn nearness(then: Timestamp, now: Timestamp) -> f64 {
    let days = now.duration_since(then).as_secs_f64() / 86_400.0;
    (-days * days / (2.0 * SIGMA_DAYS * SIGMA_DAYS)).exp()
}
