//! Is an item a copy of one already seen?
//!
//! In: an item's reading and a window of earlier items. Out: the earlier item that it copies, changes or derives from, and how
//! much they share. A copy may be cut, retitled, credited, and has no figure, denial or confirmation of its own; a copy that
//! has one is an update, the strongest signal there is. It never compares meanings: only words.

use std::collections::{BTreeMap, VecDeque};

use serde::{Deserialize, Serialize};

use super::packed;
use super::reading::Reading;
use crate::model::{ItemId, StoryId, Timestamp};
use crate::text::keys::HalfKeyMap;
use crate::text::shingle::{Shingles, shared};

/// Items in the window.
pub const WINDOW_ITEMS: usize = 20_000;
/// How far back the window reaches, in hours.
pub const WINDOW_HOURS: i64 = 72;
/// Shingles of one item that are in the index, the smallest hashes.
const INDEXED: usize = 64;
/// Items under one shingle; a shingle that more have is boilerplate and finds nothing.
const POSTINGS_MAX: usize = 200;
/// Items read from the index for one item; beyond, those found so far must do.
const POSTINGS_READ_MAX: usize = 8_000;
/// Candidates compared.
const CANDIDATES_MAX: usize = 24;
/// Containment from which a text is the other one's copy.
const COPY: f64 = 0.72;
/// Share of the opening that a copy takes over: a text with a new beginning is an update.
const COPY_LEAD: f64 = 0.5;
/// Containment from which a text derives from the other.
const DERIVED: f64 = 0.5;
/// Share of the significant headline words that a copy of a bare headline has, and how many at least.
const TITLE_COPY: f64 = 0.8;
const TITLE_WORDS: usize = 4;
/// A text this short is compared by its headline, too.
const SHORT_WORDS: usize = 24;

/// How an item relates to an earlier one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Relation {
    /// The same words; nothing critical of its own.
    Copy,
    /// The same words but for a figure, a denial, a confirmation, a new beginning.
    Update,
    /// Much in common: the same source.
    Derived,
}

/// The earlier item.
#[derive(Clone, Debug, PartialEq)]
pub struct Twin {
    pub item: ItemId,
    pub story: StoryId,
    pub family: String,
    pub relation: Relation,
    /// Share of the shorter text's shingles that both have.
    pub containment: f64,
}

/// An item in the window.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Print {
    pub item: ItemId,
    pub at: Timestamp,
    pub story: StoryId,
    pub family: String,
    #[serde(with = "stored")]
    shingles: Shingles,
    #[serde(with = "packed::hashes")]
    title: Vec<u64>,
    #[serde(with = "packed::hashes")]
    figures: Vec<u64>,
    #[serde(with = "packed::hashes")]
    critical: Vec<u64>,
    length: usize,
}

impl Print {
    /// What is kept of a reading.
    pub fn of(item: ItemId, at: Timestamp, story: StoryId, reading: &Reading) -> Self {
        Self {
            item,
            at,
            story,
            family: reading.family.clone(),
            shingles: reading.shingles.clone(),
            title: reading.title_words.clone(),
            figures: reading.figures.clone(),
            critical: reading.critical.clone(),
            length: reading.length,
        }
    }

    #[cfg(test)]
    pub(super) fn shingles(&self) -> &Shingles {
        &self.shingles
    }
}

/// Shingles as they are stored.
mod stored {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use super::super::packed;
    use crate::text::shingle::Shingles;

    #[derive(Serialize, Deserialize)]
    struct Stored {
        #[serde(with = "packed::hashes")]
        halves: Vec<u32>,
        cut: u32,
    }

    /// As now; or the whole hashes of earlier versions, in the earliest without the cut.
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Either {
        Now(Stored),
        Before {
            #[serde(with = "packed::hashes")]
            hashes: Vec<u64>,
            cut: u64,
        },
        First(Vec<u64>),
    }

    pub fn serialize<S: Serializer>(shingles: &Shingles, serializer: S) -> Result<S::Ok, S::Error> {
        Stored { halves: shingles.hashes().to_vec(), cut: shingles.cut() }.serialize(serializer)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Shingles, D::Error> {
        let (hashes, cut) = match Either::deserialize(deserializer)? {
            Either::Now(Stored { halves, cut }) => return Ok(Shingles::from_parts(halves, cut)),
            Either::Before { hashes, cut } => (hashes, cut),
            Either::First(hashes) => {
                // Every cut is a power of two less one.
                let cut = hashes.last().map_or(u64::MAX, |last| u64::MAX >> last.leading_zeros());
                (hashes, cut)
            }
        };
        let mut halves: Vec<u32> = hashes.into_iter().map(|hash| (hash >> 32) as u32).collect();
        halves.dedup();
        Ok(Shingles::from_parts(halves, (cut >> 32) as u32))
    }
}

/// The prints under one key, by number, in order of arrival: nearly always one, which needs no list.
#[derive(Clone, Debug)]
enum Postings {
    One(u32),
    // Boxed: there are a million places for a key, and few of them hold a list.
    #[allow(clippy::box_collection)]
    More(Box<VecDeque<u32>>),
}

impl Postings {
    fn len(&self) -> usize {
        match self {
            Self::One(_) => 1,
            Self::More(numbers) => numbers.len(),
        }
    }

    fn collect_into(&self, found: &mut Vec<u32>) {
        match self {
            Self::One(number) => found.push(*number),
            Self::More(numbers) => found.extend(numbers.iter()),
        }
    }

    /// Adds the latest print, once.
    fn push(&mut self, number: u32) {
        match self {
            Self::One(own) if *own != number => *self = Self::More(Box::new(VecDeque::from([*own, number]))),
            Self::More(numbers) if numbers.back() != Some(&number) => numbers.push_back(number),
            _ => {}
        }
    }

    /// Takes a print out; whether none is left. What leaves is nearly always the oldest.
    fn remove(&mut self, number: u32) -> bool {
        match self {
            Self::One(own) => *own == number,
            Self::More(numbers) => {
                if let Some(at) = numbers.iter().position(|own| *own == number) {
                    numbers.remove(at);
                }
                numbers.is_empty()
            }
        }
    }
}

/// The window: prints in order of arrival, found by their shingles and headline words.
#[derive(Clone, Debug, Default)]
pub struct Copies {
    /// A print that gave way to a later version left a hole.
    prints: VecDeque<Option<Print>>,
    /// The number of the first of them; they are numbered without end, around zero.
    first: u32,
    numbers: BTreeMap<ItemId, u32>,
    index: HalfKeyMap<Postings>,
}

impl Copies {
    /// The print of an item, where it is in the window.
    pub fn get(&self, item: ItemId) -> Option<&Print> {
        self.print(*self.numbers.get(&item)?)
    }

    fn print(&self, number: u32) -> Option<&Print> {
        self.prints.get(number.wrapping_sub(self.first) as usize)?.as_ref()
    }

    /// The earlier item that this one copies, changes or derives from.
    pub fn twin(&self, item: ItemId, reading: &Reading) -> Option<Twin> {
        let mut found: Vec<u32> = Vec::new();
        for key in keys(reading.shingles.hashes(), &reading.title_words, reading.shingles.hashes().len()) {
            if let Some(postings) = self.index.get(&key).filter(|postings| postings.len() <= POSTINGS_MAX) {
                postings.collect_into(&mut found);
            }
            if found.len() > POSTINGS_READ_MAX {
                break;
            }
        }
        found.sort_unstable();
        let runs = found.chunk_by(|left, right| left == right);
        let mut candidates: Vec<(usize, &Print)> =
            runs.filter_map(|run| Some((run.len(), self.print(run[0]).filter(|print| print.item != item)?))).collect();
        let more_first =
            |left: &(usize, &Print), right: &(usize, &Print)| right.0.cmp(&left.0).then(left.1.item.cmp(&right.1.item));
        if candidates.len() > CANDIDATES_MAX {
            candidates.select_nth_unstable_by(CANDIDATES_MAX, more_first);
            candidates.truncate(CANDIDATES_MAX);
        }
        let twins = candidates.into_iter().filter_map(|(_, print)| compare(reading, print));
        twins.max_by(|left, right| {
            let rank = |twin: &Twin| (twin.relation == Relation::Copy, twin.containment);
            rank(left).partial_cmp(&rank(right)).unwrap_or(std::cmp::Ordering::Equal).then(right.item.cmp(&left.item))
        })
    }

    /// Takes an item in; an earlier version of it goes. Returns the items that fell out.
    pub fn add(&mut self, print: Print) -> Vec<ItemId> {
        self.remove(print.item);
        let number = self.first.wrapping_add(self.prints.len() as u32);
        for key in keys(print.shingles.hashes(), &print.title, INDEXED) {
            self.index.entry(key).or_insert(Postings::One(number)).push(number);
        }
        self.numbers.insert(print.item, number);
        let horizon = print.at.checked_sub(jiff::SignedDuration::from_hours(WINDOW_HOURS)).unwrap_or(Timestamp::MIN);
        self.prints.push_back(Some(print));
        self.forget(horizon)
    }

    /// Lets the prints before `horizon` and beyond the window go; the items that fell out.
    fn forget(&mut self, horizon: Timestamp) -> Vec<ItemId> {
        let mut fallen = Vec::new();
        while let Some(oldest) = self.prints.front() {
            if let Some(print) = oldest {
                let (item, at) = (print.item, print.at);
                if at >= horizon && self.prints.len() <= WINDOW_ITEMS {
                    break;
                }
                self.remove(item);
                fallen.push(item);
            }
            self.prints.pop_front();
            self.first = self.first.wrapping_add(1);
        }
        fallen
    }

    fn remove(&mut self, item: ItemId) {
        let Some(number) = self.numbers.remove(&item) else { return };
        let at = number.wrapping_sub(self.first) as usize;
        let Some(print) = self.prints.get_mut(at).and_then(Option::take) else { return };
        for key in keys(print.shingles.hashes(), &print.title, INDEXED) {
            if self.index.get_mut(&key).is_some_and(|postings| postings.remove(number)) {
                self.index.remove(&key);
            }
        }
    }
}

/// Shingles, and halves of the hashes of headline words.
fn keys<'a>(shingles: &'a [u32], title: &'a [u64], limit: usize) -> impl Iterator<Item = u32> + 'a {
    let words = title.iter().take(INDEXED).map(|word| (word ^ 0x5eed) as u32);
    shingles.iter().take(limit).copied().chain(words)
}

fn compare(reading: &Reading, print: &Print) -> Option<Twin> {
    let mut containment = reading.shingles.containment(&print.shingles);
    if reading.length.min(print.length) <= SHORT_WORDS {
        let smaller = reading.title_words.len().min(print.title.len());
        let overlap = shared(&reading.title_words, &print.title);
        if smaller >= TITLE_WORDS
            && overlap as f64 >= TITLE_COPY * smaller as f64
            && is_within(&reading.figures, &print.figures)
        {
            containment = containment.max(overlap as f64 / smaller as f64);
        }
    }
    if containment < DERIVED {
        return None;
    }
    let critical = is_within(&reading.critical, &print.critical) || is_within(&reading.critical, &print.figures);
    let opening = reading.length <= SHORT_WORDS || reading.lead.share_in(&print.shingles) >= COPY_LEAD;
    let relation = match containment >= COPY {
        true if critical && opening => Relation::Copy,
        true => Relation::Update,
        false => Relation::Derived,
    };
    Some(Twin { item: print.item, story: print.story, family: print.family.clone(), relation, containment })
}

fn is_within(part: &[u64], whole: &[u64]) -> bool {
    shared(part, whole) == part.len()
}
