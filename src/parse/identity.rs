//! Which entry is which item?
//!
//! In: the entries of one poll, and what the store knows of items with the same keys or links. Out: each entry as a new
//! item, a new version of a known one, or one that has not changed. An entry is known by its key (id, else link, else a
//! hash of what it says); under a changed id, by its link, as long as that link can only mean one entry. A headline never
//! identifies an entry that has an id or a link; it is only heard on whether an id was given to another story (`reuse`).

use std::collections::{BTreeMap, BTreeSet};

use super::notes::Notes;
use super::reuse::is_other_story;
use crate::model::{Entry, FeedId, ItemId, KnownItem};
use crate::text::url::{canonical_link, is_front_page};

/// What an entry turned out to be.
#[derive(Clone, Debug, PartialEq)]
pub enum Arrival {
    New {
        id: ItemId,
        entry: Entry,
    },
    /// The item says something else than before.
    Version {
        id: ItemId,
        version: u32,
        entry: Entry,
    },
    Seen {
        id: ItemId,
    },
}

/// Under one id and one link, so many headlines are no edits of one item.
const HEADLINES_OF_A_CONSTANT_ID: usize = 3;

/// Takes away ids and links that several different entries of one feed share: they identify nothing there. Nor does a
/// link to the feed's own page (`home`) beside an id: the next item will have it too.
pub fn disown_shared(entries: &mut [Entry], home: Option<&str>, notes: &mut Notes) {
    let constant = constant_ids(entries);
    for entry in entries.iter_mut().filter(|entry| entry.guid.as_ref().is_some_and(|guid| constant.contains(guid))) {
        (entry.guid, entry.canonical_link) = (None, None);
        notes.add("doubled-id", 1);
    }
    let home = home.map(canonical_link);
    for entry in entries.iter_mut().filter(|entry| entry.guid.is_some() && entry.canonical_link == home) {
        entry.canonical_link = None;
    }
    let link_or_title = |entry: &Entry| entry.canonical_link.clone().unwrap_or_else(|| entry.title.clone());
    let shared = shared(entries, |entry| entry.guid.clone(), link_or_title);
    for entry in entries.iter_mut().filter(|entry| entry.guid.as_ref().is_some_and(|guid| shared.contains(guid))) {
        entry.guid = None;
        notes.add("doubled-id", 1);
    }
    let id_or_title = |entry: &Entry| entry.guid.clone().unwrap_or_else(|| entry.title.clone());
    let shared = self::shared(entries, |entry| entry.canonical_link.clone(), id_or_title);
    for entry in
        entries.iter_mut().filter(|entry| entry.canonical_link.as_ref().is_some_and(|link| shared.contains(link)))
    {
        entry.canonical_link = None;
        notes.add("shared-link", 1);
    }
    let count = |holds: &dyn Fn(&Entry) -> bool| {
        u32::try_from(entries.iter().filter(|entry| holds(entry)).count()).unwrap_or(u32::MAX)
    };
    notes.add("no-id", count(&|entry| says_something(entry) && entry.guid.is_none() && entry.link.is_none()));
    notes.add("empty-item", count(&|entry| !says_something(entry)));
}

/// Ids that stand, with one and the same link, on entries that are clearly different.
fn constant_ids(entries: &[Entry]) -> BTreeSet<String> {
    let mut guids: Vec<&str> = entries.iter().filter_map(|entry| entry.guid.as_deref()).collect();
    guids.sort_unstable();
    if guids.windows(2).all(|pair| pair[0] != pair[1]) {
        // As in nearly every feed.
        return BTreeSet::new();
    }
    let mut groups: BTreeMap<&str, Vec<&Entry>> = BTreeMap::new();
    for entry in entries {
        if let Some(guid) = &entry.guid {
            groups.entry(guid).or_default().push(entry);
        }
    }
    let is_constant = |group: &[&Entry]| {
        let links: BTreeSet<_> = group.iter().map(|entry| &entry.canonical_link).collect();
        let headlines: BTreeSet<_> = group.iter().map(|entry| &entry.title).collect();
        let all = headlines.len() > 1 && group.len() == entries.len();
        links.len() == 1 && (all || headlines.len() >= HEADLINES_OF_A_CONSTANT_ID)
    };
    groups.into_iter().filter(|(_, group)| is_constant(group)).map(|(guid, _)| guid.to_owned()).collect()
}

/// Without headline (for which text or link would stand in) and id there is nothing to tell a reader.
fn says_something(entry: &Entry) -> bool {
    !entry.title.is_empty() || entry.guid.is_some()
}

/// The names under which more than one thing goes.
fn shared(
    entries: &[Entry],
    name: impl Fn(&Entry) -> Option<String>,
    thing: impl Fn(&Entry) -> String,
) -> BTreeSet<String> {
    let mut things: BTreeMap<String, (String, bool)> = BTreeMap::new();
    for entry in entries {
        if let Some(name) = name(entry) {
            let thing = thing(entry);
            let known = things.entry(name).or_insert_with(|| (thing.clone(), false));
            known.1 |= known.0 != thing;
        }
    }
    things.into_iter().filter(|(_, (_, is_shared))| *is_shared).map(|(name, _)| name).collect()
}

/// The keys and canonical links under which the store is asked for the items that these entries may be.
pub fn lookup_keys(entries: &[Entry]) -> (Vec<String>, Vec<String>) {
    let keys: BTreeSet<String> = entries.iter().map(Entry::key).collect();
    let links: BTreeSet<String> = entries.iter().filter_map(|entry| entry.canonical_link.clone()).collect();
    (keys.into_iter().collect(), links.into_iter().collect())
}

/// Tells new entries, new versions and known entries apart, in the order of the feed. An item arrives once a poll: further
/// entries with its key are its doubles. Entries that say nothing are passed over (`parse` warned of them).
pub fn arrivals(feed: FeedId, mut entries: Vec<Entry>, known: &[KnownItem]) -> Vec<Arrival> {
    entries.retain(says_something);
    let feed = feed.to_string();
    let own_id = |entry: &Entry| ItemId::of([feed.as_str(), &entry.key()]);
    let mut by_key: BTreeMap<&str, Vec<&KnownItem>> = BTreeMap::new();
    for item in known {
        by_key.entry(item.key.as_str()).or_default().push(item);
    }
    let by_id: BTreeMap<ItemId, &KnownItem> = known.iter().map(|item| (item.id, item)).collect();
    let mut found: Vec<Option<&KnownItem>> = Vec::with_capacity(entries.len());
    for entry in &entries {
        let named = by_key.get(entry.key().as_str()).into_iter().flatten().chain(by_id.get(&own_id(entry)));
        // One id may have had several stories in turn: the same page first, else what is no other story.
        let mut same: Vec<&KnownItem> = named.copied().filter(|item| !is_other_story(item, entry)).collect();
        same.sort_by_key(|item| (item.canonical_link != entry.canonical_link, item.title != entry.title));
        found.push(same.first().copied());
    }
    // An item whose own key is still in the feed is not the one that changed its id.
    let claimed: BTreeSet<ItemId> = found.iter().flatten().map(|item| item.id).collect();
    let by_link = by_link(known);
    for (entry, item) in entries.iter().zip(&mut found).filter(|(_, item)| item.is_none()) {
        let same_link = entry.canonical_link.as_deref().and_then(|link| by_link.get(link)).copied().flatten();
        *item = same_link.filter(|known| !claimed.contains(&known.id));
    }
    let mut arrived = BTreeSet::new();
    let mut arrivals = Vec::with_capacity(entries.len());
    for (entry, known) in entries.into_iter().zip(found) {
        let id = known.map_or_else(|| new_id(&feed, &entry, &by_id), |item| item.id);
        if !arrived.insert(id) {
            continue;
        }
        arrivals.push(match known {
            None => Arrival::New { id, entry },
            Some(item) if item.fingerprint == entry.fingerprint() => Arrival::Seen { id },
            Some(item) => Arrival::Version { id, version: item.version.saturating_add(1), entry },
        });
    }
    arrivals
}

/// The id of a new item: of its feed and key; where an earlier story has that, of what it says as well.
fn new_id(feed: &str, entry: &Entry, by_id: &BTreeMap<ItemId, &KnownItem>) -> ItemId {
    let (key, id) = (entry.key(), ItemId::of([feed, &entry.key()]));
    match by_id.contains_key(&id) {
        false => id,
        true => ItemId::of([feed, &key, entry.canonical_link.as_deref().unwrap_or_default(), &entry.title]),
    }
}

/// Known items by link; `None` where several items share the link or where it is a front page.
fn by_link(known: &[KnownItem]) -> BTreeMap<&str, Option<&KnownItem>> {
    let mut by_link = BTreeMap::new();
    for item in known {
        let Some(link) = item.canonical_link.as_deref().filter(|link| !is_front_page(link)) else { continue };
        by_link.entry(link).and_modify(|only| *only = None).or_insert(Some(item));
    }
    by_link
}

#[cfg(test)]
mod tests {
    use super::*;

    const FEED: FeedId = FeedId(7);

    fn entry(guid: Option<&str>, link: Option<&str>, title: &str) -> Entry {
        let link = link.map(str::to_owned);
        let guid = guid.map(str::to_owned);
        Entry { guid, canonical_link: link.clone(), link, title: title.to_owned(), ..Entry::default() }
    }

    /// What the store would answer after these entries arrived first.
    fn known(entries: Vec<Entry>) -> Vec<KnownItem> {
        let arrived = arrivals(FEED, entries, &[]);
        let item = |arrival: Arrival| match arrival {
            Arrival::New { id, entry } => KnownItem::of(id, 1, &entry),
            other => panic!("{other:?} at first sight"),
        };
        arrived.into_iter().map(item).collect()
    }

    fn kinds(arrivals: &[Arrival]) -> Vec<&'static str> {
        let kind = |arrival: &Arrival| match arrival {
            Arrival::New { .. } => "new",
            Arrival::Version { .. } => "version",
            Arrival::Seen { .. } => "seen",
        };
        arrivals.iter().map(kind).collect()
    }

    #[test]
    fn an_edited_headline_is_a_version_and_a_return_is_nothing_new() {
        let store = known(vec![entry(Some("1"), Some("https://a.example/1"), "Six officers killed")]);
        let edited = entry(Some("1"), Some("https://a.example/1"), "Seven officers killed");
        let again = arrivals(FEED, vec![edited.clone()], &store);
        assert_eq!(again, [Arrival::Version { id: store[0].id, version: 2, entry: edited }]);
        let same = entry(Some("1"), Some("https://a.example/1"), "Six officers killed");
        assert_eq!(arrivals(FEED, vec![same], &store), [Arrival::Seen { id: store[0].id }]);
    }

    #[test]
    fn a_changed_id_with_the_same_link_is_the_same_item() {
        let store = known(vec![entry(Some("https://a.example/1#0"), Some("https://a.example/1"), "Talks begin")]);
        let renamed = entry(Some("https://a.example/1#1"), Some("https://a.example/1"), "Talks begin");
        assert_eq!(arrivals(FEED, vec![renamed], &store), [Arrival::Seen { id: store[0].id }]);
    }

    #[test]
    fn an_id_given_to_another_story_is_a_new_item_each_time_once() {
        let at = |id, page: &str, title| entry(Some(id), Some(&format!("https://a.example/{page}")), title);
        let (floods, vote) = ("Floods hit three provinces", "Parliament dissolved before elections");
        let mut store = known(vec![at("1", "floods", floods), at("2", "vote", vote)]);
        // The places of the feed have moved on by one.
        let strike = "Railway workers begin strike";
        let next = vec![at("1", "strike", strike), at("2", "floods", floods)];
        let arrived = arrivals(FEED, next.clone(), &store);
        assert_eq!(kinds(&arrived), ["new", "seen"], "what moved is known by its link");
        let Arrival::New { id, entry } = &arrived[0] else { panic!("{arrived:?}") };
        assert!(store.iter().all(|item| item.id != *id));
        store.push(KnownItem::of(*id, 1, entry));
        assert_eq!(kinds(&arrivals(FEED, next, &store)), ["seen", "seen"]);
        assert_eq!(kinds(&arrivals(FEED, vec![at("1", "floods", floods)], &store)), ["seen"], "and it came back");
        let edited = at("1", "strike", "Railway workers end strike");
        assert_eq!(kinds(&arrivals(FEED, vec![edited], &store)), ["version"]);
    }

    #[test]
    fn a_shared_link_identifies_nothing() {
        let mut notes = Notes::default();
        let live = Some("https://a.example/live");
        let mut first = vec![entry(Some("1"), live, "One"), entry(Some("2"), live, "Two")];
        disown_shared(&mut first, None, &mut notes);
        let store = known(first);
        assert_eq!(store.len(), 2);
        let mut next = vec![entry(Some("3"), live, "Three"), entry(Some("2"), live, "Two")];
        disown_shared(&mut next, None, &mut notes);
        assert_eq!(kinds(&arrivals(FEED, next, &store)), ["new", "seen"]);
        // One of them alone: its link belongs to an item that is still there under its own id.
        let store = known(vec![entry(Some("1"), live, "One")]);
        let next = vec![entry(Some("4"), live, "Four"), entry(Some("1"), live, "One")];
        assert_eq!(kinds(&arrivals(FEED, next, &store)), ["new", "seen"]);
        // The feed's own page is no item's, even while only one item links to it.
        let alone = |id| {
            let mut entries = vec![entry(Some(id), live, "Warning")];
            disown_shared(&mut entries, Some("http://a.example/live"), &mut Notes::default());
            entries
        };
        assert_eq!(kinds(&arrivals(FEED, alone("2"), &known(alone("1")))), ["new"]);
        // A front page is nobody's article.
        let front = Some("https://a.example/");
        let store = known(vec![entry(Some("1"), front, "One")]);
        assert_eq!(kinds(&arrivals(FEED, vec![entry(Some("2"), front, "Two")], &store)), ["new"]);
    }

    #[test]
    fn a_doubled_id_identifies_nothing_and_a_double_arrives_once() {
        let mut notes = Notes::default();
        let store = known(vec![entry(Some("0"), Some("https://a.example/1"), "One")]);
        let mut next = vec![
            entry(Some("0"), Some("https://a.example/1"), "One"),
            entry(Some("0"), Some("https://a.example/2"), "Two"),
            entry(Some("9"), Some("https://a.example/3"), "Three"),
            entry(Some("9"), Some("https://a.example/3"), "Three"),
        ];
        disown_shared(&mut next, None, &mut notes);
        assert_eq!(kinds(&arrivals(FEED, next, &store)), ["seen", "new", "new"]);
        assert_eq!(notes.warnings().map(|warning| warning.code).collect::<Vec<_>>(), ["doubled-id"]);
    }

    #[test]
    fn an_id_and_link_that_all_items_have_identify_none() {
        let page = Some("https://a.example/news.html");
        let mut all: Vec<Entry> = ["One", "Two", "Three"].map(|title| entry(page, page, title)).into();
        disown_shared(&mut all, None, &mut Notes::default());
        assert_eq!(kinds(&arrivals(FEED, all, &[])), ["new", "new", "new"]);
    }

    #[test]
    fn what_has_neither_id_nor_link_is_known_by_what_it_says() {
        let store = known(vec![entry(None, None, "One"), entry(None, None, "Two")]);
        assert_eq!(
            kinds(&arrivals(FEED, vec![entry(None, None, "Two"), entry(None, None, "Six")], &store)),
            ["seen", "new"]
        );
    }
}
