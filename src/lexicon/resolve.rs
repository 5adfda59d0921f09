//! Which of the names in one place is meant?
//!
//! In: hits that count, in any order. Out: the same by position, without those inside a longer name of another concept
//! ("South Korea" is not Korea), unless that one shows it (see [`shows`]); one hit a concept and place. It looks at places only.

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

/// Whether the longer name lets the shorter one inside it be seen. A proper name is one thing: "South Korea" is no Korea,
/// "Marine Le Pen" no marine; an event or an institution shows what it is about: "Ukraine war", "missile strike",
/// "Election Commission"; of cues, the longest counts: "does not deny".
fn shows(lexicon: &Lexicon, longer: &Hit, shorter: &Hit) -> bool {
    let (long, short) = (lexicon.concept(longer.concept), lexicon.concept(shorter.concept));
    if has_to_do(lexicon, longer.concept, shorter.concept) {
        return true;
    }
    match (long.kind, short.kind) {
        (Kind::Status, Kind::Status) => false,
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
