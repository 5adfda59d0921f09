//! Which items are known, and what did they say?
//!
//! In: identities, keys, links, times. Out: items as they were seen, each version of them. It only reads.

use sqlx::sqlite::SqliteRow;

use super::error::During;
use super::{Store, StoreError, from_json, get, millis, moment, to_json};
use crate::model::{FeedId, Item, ItemId, KnownItem, Outlet, StoryId, Timestamp};

/// Items that one link, key or story can name at the most; the newest are given.
const ITEMS_PER_ANSWER_MAX: u32 = 1_000;

/// Items by a condition; the columns are those that [`item`] reads, in its order.
macro_rules! items {
    ($($rest:tt)+) => {
        concat!(
            "SELECT id, version, feed, key, link, canonical_link, title, summary, text, published, seen, outlet, family, \
             lang, feed_name, tags, backfill FROM item AS this WHERE ",
            $($rest)+
        )
    };
}

/// The last version of each item of which any version has what is asked for: keys and links change, too.
macro_rules! last_of {
    ($identities:literal) => {
        concat!(
            "id IN (",
            $identities,
            ") AND version = (SELECT max(version) FROM item AS every WHERE every.id = this.id) ORDER BY seen, id LIMIT $2"
        )
    };
}

/// A place in the archive's order: by time seen, then identity, then version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    pub seen: Timestamp,
    pub id: ItemId,
    pub version: u32,
}

impl Place {
    /// Before everything seen at `at` or later.
    pub fn at(at: Timestamp) -> Self {
        Self { seen: at, id: ItemId(0), version: 0 }
    }

    /// The place of an item: where to go on after it.
    pub fn of(item: &Item) -> Self {
        Self { seen: item.seen, id: item.id, version: item.version }
    }
}

impl Store {
    /// The items of a feed that have one of these keys or links, at their last version, in order of identity.
    pub async fn known_items(
        &self,
        feed: FeedId,
        keys: &[String],
        links: &[String],
    ) -> Result<Vec<KnownItem>, StoreError> {
        // The plus keeps SQLite from reading a whole feed through the index on (feed, key) for its links.
        let sql = "SELECT id, key, canonical_link, fingerprint, version, title FROM item AS this
            WHERE id IN (
                SELECT id FROM item WHERE feed = $1 AND key IN (SELECT value FROM json_each($2))
                UNION
                SELECT id FROM item WHERE +feed = $1 AND canonical_link IN (SELECT value FROM json_each($3)))
            AND version = (SELECT max(version) FROM item AS every WHERE every.id = this.id)
            ORDER BY id";
        let query = sqlx::query(sql).bind(feed.sql()).bind(to_json(keys)).bind(to_json(links));
        let rows = query.fetch_all(&self.readers).await.during("known_items")?;
        rows.iter().map(known_item).collect()
    }

    /// The items of all feeds with this link, at their last version, oldest first.
    pub async fn items_with_link(&self, canonical_link: &str) -> Result<Vec<Item>, StoreError> {
        let sql = items!(last_of!("SELECT id FROM item WHERE canonical_link = $1"));
        self.items("items_with_link", sqlx::query(sql).bind(canonical_link).bind(ITEMS_PER_ANSWER_MAX)).await
    }

    /// What a person may mean by a link (canonical or as sent) or a key: items at their last version, oldest first.
    pub async fn items_by_link_or_key(&self, text: &str) -> Result<Vec<Item>, StoreError> {
        // Naming the feeds lets the index on (feed, key) answer. No index has links as sent: rather one person waits a
        // moment than each poll writes one more.
        let indexed = items!(last_of!(
            "SELECT id FROM item WHERE canonical_link = $1
             UNION SELECT id FROM item WHERE feed IN (SELECT id FROM feed) AND key = $1"
        ));
        let scanned = items!(last_of!("SELECT id FROM item WHERE link = $1"));
        for sql in [indexed, scanned] {
            let query = sqlx::query(sql).bind(text).bind(ITEMS_PER_ANSWER_MAX);
            let found = self.items("items_by_link_or_key", query).await?;
            if !found.is_empty() {
                return Ok(found);
            }
        }
        Ok(Vec::new())
    }

    /// An item at its last version.
    pub async fn item(&self, id: ItemId) -> Result<Option<Item>, StoreError> {
        let sql = items!("id = $1 ORDER BY version DESC LIMIT 1");
        Ok(self.items("item", sqlx::query(sql).bind(id.sql())).await?.pop())
    }

    /// All versions of an item, first to last.
    pub async fn versions(&self, id: ItemId) -> Result<Vec<Item>, StoreError> {
        let sql = items!("id = $1 ORDER BY version");
        self.items("versions", sqlx::query(sql).bind(id.sql())).await
    }

    /// Up to `limit` versions of items in the archive's order, after `place`: for replay, page by page.
    pub async fn items_after(&self, place: Place, limit: u32) -> Result<Vec<Item>, StoreError> {
        let sql = items!("(seen, id, version) > ($1, $2, $3) ORDER BY seen, id, version LIMIT $4");
        let query = sqlx::query(sql).bind(millis(place.seen)).bind(place.id.sql()).bind(place.version).bind(limit);
        self.items("items_after", query).await
    }

    /// When the newest item was seen; `None` while there is none.
    pub async fn last_seen(&self) -> Result<Option<Timestamp>, StoreError> {
        let newest: Option<i64> =
            sqlx::query_scalar("SELECT max(seen) FROM item").fetch_one(&self.readers).await.during("last_seen")?;
        newest.map(moment).transpose()
    }

    /// The items that a watch put into this story, at their last version, oldest first.
    pub async fn story_items(&self, story: StoryId) -> Result<Vec<Item>, StoreError> {
        let sql = items!(last_of!("SELECT item FROM decision WHERE story = $1"));
        self.items("story_items", sqlx::query(sql).bind(story.sql()).bind(ITEMS_PER_ANSWER_MAX)).await
    }

    async fn items(&self, name: &'static str, query: super::Query) -> Result<Vec<Item>, StoreError> {
        let rows = query.fetch_all(&self.readers).await.during(name)?;
        rows.iter().map(item).collect()
    }
}

fn known_item(row: &SqliteRow) -> Result<KnownItem, StoreError> {
    Ok(KnownItem {
        id: ItemId::from_sql(get(row, 0)?),
        key: get(row, 1)?,
        canonical_link: get(row, 2)?,
        fingerprint: get::<i64>(row, 3)?.cast_unsigned(),
        version: get(row, 4)?,
        title: get(row, 5)?,
    })
}

fn item(row: &SqliteRow) -> Result<Item, StoreError> {
    Ok(Item {
        id: ItemId::from_sql(get(row, 0)?),
        version: get(row, 1)?,
        feed: FeedId::from_sql(get(row, 2)?),
        key: get(row, 3)?,
        link: get(row, 4)?,
        canonical_link: get(row, 5)?,
        title: get(row, 6)?,
        summary: get(row, 7)?,
        text: get(row, 8)?,
        published: get::<Option<i64>>(row, 9)?.map(moment).transpose()?,
        seen: moment(get(row, 10)?)?,
        outlet: Outlet { name: get(row, 11)?, family: get(row, 12)? },
        lang: get(row, 13)?,
        feed_name: get(row, 14)?,
        tags: from_json("an item's tags", get(row, 15)?)?,
        backfill: get(row, 16)?,
    })
}
