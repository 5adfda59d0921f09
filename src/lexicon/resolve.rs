//! Which of the names in one place is meant?
//!
//! In: hits that count, in any order. Out: the same by position, without those inside a longer name of another concept
//! ("South Korea" is not Korea), unless that one shows it (see [`shows`]); of proper names in one place those that are
//! spelled so before those of which it may be a form (Niger is not Nigeria); one hit a concept and place.

use super::tag::Hit;
use super::{ConceptIx, Kind, Lexicon};

/// Drops nested hits and sorts the rest by field, place, length and concept.
pub(super) fn drop_nested(lexicon: &Lexicon, hits: &mut Vec<Hit>) {
    let place = |hit: &Hit| (hit.field, hit.start, std::cmp::Reverse(hit.end), hit.concept);
    hits.sort_unstable_by(|left, right| {
        place(left)
            .cmp(&place(right))
            .then(right.confidence.total_cmp(&left.confidence))
            .then(left.name.cmp(&right.name))
    });
    hits.dedup_by(|later, earlier| place(later) == place(earlier));
    drop_forms(lexicon, hits);
    let mut kept: Vec<Hit> = Vec::with_capacity(hits.len());
    // By start, the longer first: whatever holds a hit comes before it, and not far before.
    let mut open: Vec<Hit> = Vec::new();
    for hit in hits.iter() {
        open.retain(|holder| holder.field == hit.field && holder.end > hit.start);
        let nested = open.iter().any(|holder| {
            let longer =
                holder.start <= hit.start && holder.end >= hit.end && holder.end - holder.start > hit.end - hit.start;
            longer && (holder.concept == hit.concept || !shows(lexicon, holder, hit))
        });
        if !nested {
            kept.push(*hit);
        }
        open.push(*hit);
    }
    *hits = kept;
}

/// Drops proper names of which the words may be a form, where another proper name is spelled so. By place.
fn drop_forms(lexicon: &Lexicon, hits: &mut Vec<Hit>) {
    let is_proper = |hit: &Hit| lexicon.concept(hit.concept).kind.is_proper();
    let is_spelled =
        |hit: &Hit| !hit.stem && !hit.inside && !lexicon.0.names[hit.name as usize].prefix && is_proper(hit);
    let place = |hit: &Hit| (hit.field, hit.start, std::cmp::Reverse(hit.end));
    let spelled: Vec<Hit> = hits.iter().filter(|hit| is_spelled(hit)).copied().collect();
    hits.retain(|hit| {
        let here = &spelled[spelled.partition_point(|other| place(other) < place(hit))..];
        let mut here = here.iter().take_while(|other| place(other) == place(hit));
        hit.inside
            || is_spelled(hit)
            || !is_proper(hit)
            || !here.any(|other| !lexicon.covers(other.concept, hit.concept))
    });
}

/// Whether the longer name lets the shorter one inside it be seen. A proper name is one thing: "South Korea" is no Korea,
/// "Marine Le Pen" no marine; an event or an institution shows what it is about: "Ukraine war", "missile strike",
/// "Election Commission"; of cues, the longest counts: "does not deny"; a figure of speech shows nothing: "heart attack".
fn shows(lexicon: &Lexicon, longer: &Hit, shorter: &Hit) -> bool {
    let (long, short) = (lexicon.concept(longer.concept), lexicon.concept(shorter.concept));
    if has_to_do(lexicon, longer.concept, shorter.concept) {
        return true;
    }
    match (long.kind, short.kind) {
        (Kind::Talk, _) | (Kind::Status, Kind::Status) => false,
        (Kind::Status, _) => true,
        (Kind::Event, kind) if kind.is_proper() => !longer.inside,
        (_, kind) if kind.is_proper() => false,
        (Kind::Body | Kind::Government | Kind::ArmedForces | Kind::Intelligence, _) => true,
        (kind, _) => !kind.is_proper(),
    }
}

/// Whether the longer name's concept says that it has to do with the shorter one's.
fn has_to_do(lexicon: &Lexicon, longer: ConceptIx, shorter: ConceptIx) -> bool {
    let related = &lexicon.concept(longer).related;
    lexicon.covers(shorter, longer) || related.iter().any(|&other| other == shorter || lexicon.covers(shorter, other))
}
