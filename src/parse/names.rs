//! What does an element's name mean?
//!
//! In: names and namespace declarations as written, right or wrong. Out: the part an element plays in a feed. Prefixes are
//! understood by their declared address where that is known, else by custom; letters' case never matters.

use super::draft::Slot;
use crate::model::FeedKind;

/// Longer local names play no part.
const LOCAL_BYTES_MAX: usize = 20;
/// Declarations of prefixes that are remembered; feeds have about ten.
const PREFIXES_MAX: usize = 64;

/// The vocabularies that matter. `Plain` is every kind of RSS, Atom without prefix, and sitemaps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Namespace {
    Plain,
    Atom,
    Dc,
    DcTerms,
    Content,
    Media,
    Itunes,
    Rdf,
    Syndication,
    News,
    Other,
}

/// How the text of an element ends, where its end tag may be missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// At any tag: dates, ids, addresses.
    Bare,
    /// At any tag that belongs to feeds: headlines, which may hold markup of HTML.
    Line,
    /// At its own end tag only, as long as the entry lasts: texts with any markup.
    Markup,
}

/// The part that an element plays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    Root(FeedKind),
    Channel,
    Entry,
    /// `url` and `sitemap` in sitemaps.
    Address,
    Subsitemap,
    /// Has titles and links of its own that are not the entry's.
    Aside,
    Source,
    Link,
    Enclosure,
    Leaf(Slot, Style),
    Html,
    Unknown,
}

/// What the prefixes of a document mean.
#[derive(Default)]
pub struct Prefixes<'a>(Vec<(&'a [u8], Namespace)>);

impl<'a> Prefixes<'a> {
    /// Takes note of `xmlns:prefix="uri"`; the last declaration counts for the rest of the document.
    pub fn declare(&mut self, prefix: &'a [u8], uri: &str) {
        let Some(namespace) = by_uri(uri) else { return };
        match self.0.iter().position(|(known, _)| *known == prefix) {
            Some(known) => self.0[known].1 = namespace,
            None if self.0.len() < PREFIXES_MAX => self.0.push((prefix, namespace)),
            None => {}
        }
    }

    /// The part that the element with this name plays.
    pub fn role(&self, name: &[u8]) -> Role {
        let (namespace, local) = match name.iter().position(|byte| *byte == b':') {
            None => (Namespace::Plain, name),
            Some(colon) => (self.namespace(&name[..colon]), &name[colon + 1..]),
        };
        if namespace == Namespace::Other && !local.eq_ignore_ascii_case(b"origlink") || local.len() > LOCAL_BYTES_MAX {
            return Role::Unknown;
        }
        let mut lower = [0u8; LOCAL_BYTES_MAX];
        let lower = &mut lower[..local.len()];
        lower.copy_from_slice(local);
        lower.make_ascii_lowercase();
        role(namespace, lower)
    }

    fn namespace(&self, prefix: &[u8]) -> Namespace {
        let declared = self.0.iter().find(|(known, _)| *known == prefix);
        declared.map_or_else(|| by_custom(prefix), |(_, namespace)| *namespace)
    }
}

fn by_custom(prefix: &[u8]) -> Namespace {
    let mut lower = [0u8; 8];
    let Some(lower) = lower.get_mut(..prefix.len()) else { return Namespace::Other };
    lower.copy_from_slice(prefix);
    lower.make_ascii_lowercase();
    match &*lower {
        b"" | b"rss" | b"rss1" | b"rss10" => Namespace::Plain,
        b"atom" | b"atom10" | b"atom03" | b"a10" | b"a" => Namespace::Atom,
        b"dc" => Namespace::Dc,
        b"dcterms" | b"dct" => Namespace::DcTerms,
        b"content" => Namespace::Content,
        b"media" => Namespace::Media,
        b"itunes" => Namespace::Itunes,
        b"rdf" => Namespace::Rdf,
        b"sy" | b"syn" => Namespace::Syndication,
        b"news" | b"n" => Namespace::News,
        _ => Namespace::Other,
    }
}

/// Addresses of namespaces differ in scheme, case, version and tail; a piece of each is enough. The first that fits counts.
const ADDRESSES: &[(&str, Namespace)] = &[
    ("w3.org/2005/atom", Namespace::Atom),
    ("purl.org/atom/", Namespace::Atom),
    ("purl.org/echo/", Namespace::Atom),
    ("purl.org/pie/", Namespace::Atom),
    ("example.com/newformat", Namespace::Atom),
    ("example.com/necho", Namespace::Atom),
    ("purl.org/dc/elements", Namespace::Dc),
    ("purl.org/dc/terms", Namespace::DcTerms),
    ("purl.org/rss/1.0/modules/content", Namespace::Content),
    ("purl.org/rss/1.0/modules/syndication", Namespace::Syndication),
    ("purl.org/rss/1.0/modules/dcterms", Namespace::DcTerms),
    ("purl.org/rss/1.0/modules/rss091", Namespace::Plain),
    ("purl.org/rss/1.0/modules/", Namespace::Other),
    ("purl.org/rss/", Namespace::Plain),
    ("purl.org/net/rss", Namespace::Plain),
    ("netscape.com/rdf", Namespace::Plain),
    ("netscape.com/publish", Namespace::Plain),
    ("backend.userland.com/rss", Namespace::Plain),
    ("law.harvard.edu/", Namespace::Plain),
    ("search.yahoo.com/", Namespace::Media),
    ("itunes.com/dtds/podcast", Namespace::Itunes),
    ("22-rdf-syntax", Namespace::Rdf),
    ("sitemap-news", Namespace::News),
    ("sitemap-image", Namespace::Other),
    ("sitemap-video", Namespace::Other),
    ("schemas/sitemap", Namespace::Plain),
];

fn by_uri(uri: &str) -> Option<Namespace> {
    let uri = uri.to_ascii_lowercase();
    ADDRESSES.iter().find(|(piece, _)| uri.contains(piece)).map(|(_, namespace)| *namespace)
}

fn role(namespace: Namespace, local: &[u8]) -> Role {
    match namespace {
        Namespace::Plain | Namespace::Atom => plain(local),
        Namespace::Dc | Namespace::DcTerms => match local {
            b"title" => Role::Leaf(Slot::DcTitle, Style::Line),
            b"description" | b"abstract" => Role::Leaf(Slot::Summary, Style::Markup),
            b"date" | b"modified" => Role::Leaf(Slot::Updated, Style::Bare),
            b"issued" => Role::Leaf(Slot::Published, Style::Bare),
            b"created" => Role::Leaf(Slot::Created, Style::Bare),
            b"language" => Role::Leaf(Slot::Language, Style::Bare),
            b"source" => Role::Leaf(Slot::Source, Style::Bare),
            _ => Role::Unknown,
        },
        Namespace::Content if local == b"encoded" => Role::Leaf(Slot::Content, Style::Markup),
        Namespace::Media | Namespace::Itunes => match local {
            b"title" => Role::Leaf(Slot::MediaTitle, Style::Line),
            b"description" | b"summary" => Role::Leaf(Slot::Summary, Style::Markup),
            b"subtitle" => Role::Leaf(Slot::Subtitle, Style::Markup),
            _ => Role::Unknown,
        },
        Namespace::Rdf if local == b"rdf" => Role::Root(FeedKind::Rdf),
        Namespace::Syndication => match local {
            b"updateperiod" => Role::Leaf(Slot::UpdatePeriod, Style::Bare),
            b"updatefrequency" => Role::Leaf(Slot::UpdateFrequency, Style::Bare),
            _ => Role::Unknown,
        },
        Namespace::News => match local {
            b"title" => Role::Leaf(Slot::Title, Style::Line),
            b"publication_date" => Role::Leaf(Slot::Published, Style::Bare),
            b"language" => Role::Leaf(Slot::Language, Style::Bare),
            b"name" => Role::Leaf(Slot::Source, Style::Bare),
            _ => Role::Unknown,
        },
        Namespace::Other if local == b"origlink" => Role::Leaf(Slot::OrigLink, Style::Bare),
        _ => Role::Unknown,
    }
}

fn plain(local: &[u8]) -> Role {
    match local {
        b"item" | b"entry" => Role::Entry,
        b"title" => Role::Leaf(Slot::Title, Style::Line),
        b"link" => Role::Link,
        b"guid" | b"id" => Role::Leaf(Slot::Guid, Style::Bare),
        b"description" => Role::Leaf(Slot::Description, Style::Markup),
        b"summary" | b"abstract" => Role::Leaf(Slot::Summary, Style::Markup),
        b"content" | b"encoded" | b"body" => Role::Leaf(Slot::Content, Style::Markup),
        b"pubdate" | b"published" | b"issued" => Role::Leaf(Slot::Published, Style::Bare),
        b"updated" | b"modified" | b"lastmod" => Role::Leaf(Slot::Updated, Style::Bare),
        b"created" => Role::Leaf(Slot::Created, Style::Bare),
        b"enclosure" => Role::Enclosure,
        b"source" => Role::Source,
        b"channel" => Role::Channel,
        b"image" | b"textinput" => Role::Aside,
        b"language" => Role::Leaf(Slot::Language, Style::Bare),
        b"ttl" => Role::Leaf(Slot::Ttl, Style::Bare),
        b"hour" => Role::Leaf(Slot::SkipHour, Style::Bare),
        b"day" => Role::Leaf(Slot::SkipDay, Style::Bare),
        b"loc" => Role::Leaf(Slot::Address, Style::Bare),
        b"url" => Role::Address,
        b"sitemap" => Role::Subsitemap,
        b"rss" => Role::Root(FeedKind::Rss),
        b"feed" => Role::Root(FeedKind::Atom),
        b"rdf" => Role::Root(FeedKind::Rdf),
        b"urlset" | b"sitemapindex" => Role::Root(FeedKind::Sitemap),
        b"html" => Role::Html,
        _ => Role::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_declared_address_wins_over_custom() {
        let mut prefixes = Prefixes::default();
        prefixes.declare(b"x", "HTTPS://purl.org/DC/elements/1.1");
        prefixes.declare(b"media", "http://example.com/unknown");
        assert_eq!(prefixes.role(b"x:Title"), Role::Leaf(Slot::DcTitle, Style::Line));
        assert_eq!(prefixes.role(b"media:title"), Role::Leaf(Slot::MediaTitle, Style::Line));
        assert_eq!(prefixes.role(b"foo:title"), Role::Unknown);
        assert_eq!(prefixes.role(b"feedburner:origLink"), Role::Leaf(Slot::OrigLink, Style::Bare));
        assert_eq!(prefixes.role(b"RSS"), Role::Root(FeedKind::Rss));
    }
}
