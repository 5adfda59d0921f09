//! Which stories have these features?
//!
//! In: the heaviest features of each story. Out: how many stories have a feature, and the stories that share the most weight
//! with an item. The cost of a look-up does not grow with the stories: rare features are read first, and the commonest not at
//! all. It compares nothing.

use super::vector::{Feature, Vector};
use crate::model::StoryId;
use crate::text::keys::HalfKeyMap;

/// Heaviest features of a vector by which an item looks.
const LOOKED_UP: usize = 16;
/// Stories under one feature: more make it a hub that finds nothing.
const POSTINGS_MAX: usize = 2_000;
/// Stories read from the index for one item.
const POSTINGS_READ_MAX: usize = 600;

/// Features and the stories that have them.
#[derive(Clone, Debug, Default)]
pub struct Index {
    /// Ids ascending.
    postings: HalfKeyMap<Vec<StoryId>>,
}

impl Index {
    /// How many stories have a feature.
    pub fn count(&self, feature: Feature) -> usize {
        self.postings.get(&feature).map_or(0, Vec::len)
    }

    /// Puts a story under what it has now, and takes it from under what it had; both ascending.
    pub fn replace(&mut self, id: StoryId, had: &[Feature], has: &[Feature]) {
        for feature in had.iter().filter(|feature| has.binary_search(feature).is_err()) {
            self.remove(*feature, id);
        }
        for feature in has.iter().filter(|feature| had.binary_search(feature).is_err()) {
            let postings = self.postings.entry(*feature).or_default();
            if let Err(at) = postings.binary_search(&id) {
                postings.insert(at, id);
            }
        }
    }

    fn remove(&mut self, feature: Feature, id: StoryId) {
        let Some(postings) = self.postings.get_mut(&feature) else { return };
        if let Ok(at) = postings.binary_search(&id) {
            postings.remove(at);
        }
        if postings.is_empty() {
            self.postings.remove(&feature);
        }
    }

    /// At most `limit` stories that share the most weight with these vectors, the most alike first; ties go to the smaller id.
    pub fn candidates(&self, words: &Vector, bare: &Vector, limit: usize) -> Vec<StoryId> {
        let mut lists: Vec<(&[StoryId], Feature, f32)> = Vec::with_capacity(2 * LOOKED_UP);
        for vector in [words, bare] {
            lists.extend(vector.top(LOOKED_UP).into_iter().filter_map(|(feature, weight)| {
                let postings = self.postings.get(&feature)?;
                (postings.len() <= POSTINGS_MAX).then_some((postings.as_slice(), feature, weight))
            }));
        }
        let order = |list: &(&[StoryId], Feature, f32)| (list.0.len(), list.1);
        lists.sort_unstable_by(|left, right| order(left).cmp(&order(right)).then(left.2.total_cmp(&right.2)));
        let mut found: Vec<(StoryId, f32)> = Vec::new();
        for (postings, _, weight) in lists {
            if !found.is_empty() && found.len() + postings.len() > POSTINGS_READ_MAX {
                break;
            }
            let weight = weight * weight / (1.0 + postings.len() as f32).sqrt();
            found.extend(postings.iter().map(|id| (*id, weight)));
        }
        // A stable sort: the weights of one story add up in the order in which they were found.
        found.sort_by_key(|(id, _)| *id);
        found.dedup_by(|next, kept| {
            let same = next.0 == kept.0;
            kept.1 += if same { next.1 } else { 0.0 };
            same
        });
        let heavier =
            |left: &(StoryId, f32), right: &(StoryId, f32)| right.1.total_cmp(&left.1).then(left.0.cmp(&right.0));
        if found.len() > limit {
            found.select_nth_unstable_by(limit, heavier);
            found.truncate(limit);
        }
        found.sort_unstable_by(heavier);
        found.into_iter().map(|(id, _)| id).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_shares_the_rarer_features_comes_first() {
        let (mut index, ids) = (Index::default(), [StoryId(1), StoryId(2), StoryId(3)]);
        index.replace(ids[0], &[], &[7, 8]);
        index.replace(ids[1], &[], &[7, 9]);
        index.replace(ids[2], &[], &[8]);
        let item = Vector::of(vec![(7, 1.0), (8, 1.0), (9, 1.0)]);
        assert_eq!(index.candidates(&item, &Vector::default(), 2), [ids[1], ids[0]]);
        index.replace(ids[1], &[7, 9], &[9]);
        assert_eq!((index.count(7), index.count(9)), (1, 1));
        index.replace(ids[1], &[9], &[]);
        assert_eq!(index.count(9), 0);
    }
}
