//! Which of the names in one place is meant?
//!
//! In: hits that count, in any order. Out: the same by position, without those inside a longer name of another concept
//! ("South Korea" is not Korea), unless that concept says that it has to do with the shorter one; one hit a concept and
//! place. It looks at places only.

use super::tag::Hit;
use super::{ConceptIx, Document, Lexicon};

/// Drops nested hits and sorts the rest by field, place, length and concept.
pub(super) fn drop_nested(lexicon: &Lexicon, document: &Document, hits: &mut Vec<Hit>) {
    let concept = |hit: &Hit| lexicon.0.names[hit.name as usize].concept;
    let field = |hit: &Hit| document.tokens[hit.first as usize].field;
    let place = |hit: &Hit| (field(hit), hit.start, std::cmp::Reverse(hit.end), concept(hit));
    hits.sort_by(|left, right| place(left).cmp(&place(right)).then(right.confidence.total_cmp(&left.confidence)));
    hits.dedup_by(|later, earlier| place(later) == place(earlier));
    let mut kept: Vec<Hit> = Vec::with_capacity(hits.len());
    // By start, the longer first: whatever holds a hit comes before it, and not far before.
    let mut open: Vec<Hit> = Vec::new();
    for hit in hits.iter() {
        open.retain(|holder| field(holder) == field(hit) && holder.end > hit.start);
        let nested = open.iter().any(|holder| {
            let longer =
                holder.start <= hit.start && holder.end >= hit.end && holder.end - holder.start > hit.end - hit.start;
            longer && (concept(holder) == concept(hit) || !has_to_do(lexicon, concept(holder), concept(hit)))
        });
        if !nested {
            kept.push(*hit);
        }
        open.push(*hit);
    }
    *hits = kept;
}

/// Whether the longer name's concept lets the shorter one's be seen.
fn has_to_do(lexicon: &Lexicon, longer: ConceptIx, shorter: ConceptIx) -> bool {
    let related = &lexicon.concept(longer).related;
    lexicon.covers(shorter, longer) || related.iter().any(|&other| other == shorter || lexicon.covers(shorter, other))
}
