//! What has been read of an entry, or of the feed itself, so far?
//!
//! In: the contents of elements, in the order of the document. Out: the facts, with the fallbacks that feeds need: which
//! element gives the link when there is no `link`, which date counts. The first element that says something wins.

use std::borrow::Cow;

use super::complete::{Facts, is_web};
use super::date;
use super::leaf::{Entities, Leaf, characters, unescape};
use super::notes::Notes;
use crate::model::Timestamp;

/// What an element's content is good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Slot {
    Title,
    DcTitle,
    MediaTitle,
    Guid,
    Address,
    OrigLink,
    Description,
    Summary,
    Subtitle,
    Content,
    Published,
    Updated,
    Created,
    Language,
    Source,
    Ttl,
    SkipHour,
    SkipDay,
    UpdatePeriod,
    UpdateFrequency,
}

const SLOTS: usize = Slot::UpdateFrequency as usize + 1;

/// An entry or feed that is being read.
#[derive(Default)]
pub struct Draft<'a> {
    leaves: [Option<Leaf<'a>>; SLOTS],
    /// What `isPermaLink` says, where it stands.
    pub guid_is_link: Option<bool>,
    pub about: Option<&'a str>,
    pub base: Option<&'a str>,
    pub lang: Option<&'a str>,
    /// `link` elements with an address: to the page itself, and to anything else.
    pub alternate: Option<Cow<'a, str>>,
    pub alternate_is_typed: bool,
    pub related: Option<Cow<'a, str>>,
    pub enclosure: Option<Cow<'a, str>>,
}

impl<'a> Draft<'a> {
    /// Keeps a leaf unless its slot is taken.
    pub fn put(&mut self, slot: Slot, leaf: Leaf<'a>) {
        let place = &mut self.leaves[slot as usize];
        if place.is_none() && !leaf.is_blank() {
            *place = Some(leaf);
        }
    }

    /// Whether an entry that was cut off is worth keeping.
    pub fn is_usable(&self) -> bool {
        let has = |slot: Slot| self.leaves[slot as usize].is_some();
        has(Slot::Title) && (has(Slot::Guid) || has(Slot::Address) || self.alternate.is_some() || self.about.is_some())
    }

    /// The characters of the first of these slots that says anything.
    pub fn first(&self, slots: &[Slot], entities: &Entities, notes: &mut Notes) -> Option<Cow<'a, str>> {
        let leaf = slots.iter().find_map(|slot| self.leaves[*slot as usize])?;
        let (text, bare) = characters(&leaf, entities);
        notes.add("bare-ampersand", bare);
        Some(text)
    }

    /// The facts of the entry.
    pub fn facts(&self, entities: &Entities, notes: &mut Notes) -> Facts<'a> {
        let mut first = |slots: &[Slot]| self.first(slots, entities, notes);
        let guid = first(&[Slot::Guid]);
        let own_link = first(&[Slot::Address]);
        let facts = Facts {
            orig_link: first(&[Slot::OrigLink]),
            title: first(&[Slot::Title, Slot::DcTitle, Slot::MediaTitle]).unwrap_or_default(),
            summary: first(&[Slot::Description, Slot::Summary, Slot::Subtitle]).unwrap_or_default(),
            content: first(&[Slot::Content]).unwrap_or_default(),
            lang: first(&[Slot::Language]).or(self.lang.map(Cow::Borrowed)),
            source: first(&[Slot::Source]),
            ..Facts::default()
        };
        let attribute = |value: &Option<Cow<'a, str>>| match value {
            Some(Cow::Borrowed(value)) => Some(unescape(value, entities).0),
            other => other.clone(),
        };
        let about = attribute(&self.about.map(Cow::Borrowed));
        let web = |link: &Option<Cow<'a, str>>| link.clone().filter(|link| is_web(link));
        let permalink = web(&guid).filter(|_| self.guid_is_link != Some(false));
        let path = guid.clone().filter(|guid| self.guid_is_path(guid));
        let link = own_link
            .or_else(|| attribute(&self.alternate))
            .or(permalink)
            .or_else(|| web(&about))
            .or_else(|| attribute(&self.related))
            .or_else(|| web(&guid))
            .or(path)
            .or_else(|| facts.orig_link.clone())
            .or_else(|| attribute(&self.enclosure));
        let published = self.published(entities, notes);
        Facts { guid: guid.or(about), link, published, ..facts }
    }

    /// Whether an id that is no whole address is one on the feed's own site: said to be, or looking like it.
    fn guid_is_path(&self, guid: &str) -> bool {
        let looks_like_one = guid.starts_with('/') || guid.contains('?');
        !guid.contains(':') && !guid.trim().contains(' ') && self.guid_is_link.unwrap_or(looks_like_one)
    }

    /// When it was published, else changed, else made.
    fn published(&self, entities: &Entities, notes: &mut Notes) -> Option<Timestamp> {
        for slot in [Slot::Published, Slot::Updated, Slot::Created] {
            if let Some(text) = self.first(&[slot], entities, notes) {
                let at = date::parse(&text);
                if at.is_some() {
                    return at;
                }
                notes.add("bad-date", 1);
            }
        }
        None
    }
}
