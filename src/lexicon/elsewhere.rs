//! Is this name here the name of somebody or something else?
//!
//! In: a hit, the hits around it, and the document. Out: whether the words beside it make it the name of a town, a street or a
//! school that is called after the thing ("Dublin, Ohio", "Red Cross Lane"; English texts only, where towns are told apart so),
//! of a person ("Kurt Merz", "Kathy Ireland") or of a club ("Shakhtar Donetsk").

use super::tag::Hit;
use super::{Concept, ConceptIx, Document, Kind, Lexicon};
use crate::text::lang::Script;
use crate::text::token::Shape;

/// The concepts of `talk-names.toml`.
const GIVEN_NAMES: &str = "given-names";
const CLUBS: &str = "club-names";
/// Bytes between a club and its city: «Шахтар» (Донецьк).
const GAP_BYTES_MAX: usize = 6;

/// The words that make the next name somebody else's: each by the token after it.
#[derive(Default)]
pub(super) struct Fronts {
    given: Vec<u32>,
    clubs: Vec<u32>,
}

impl Fronts {
    pub fn of(lexicon: &Lexicon, hits: &[Hit]) -> Self {
        if !hits.iter().any(|hit| lexicon.concept(hit.concept).kind == Kind::Talk) {
            return Self::default();
        }
        let ends = |id: &str| {
            let own: Option<ConceptIx> = lexicon.by_id(id);
            hits.iter().filter(|hit| Some(hit.concept) == own).map(|hit| hit.last).collect()
        };
        Self { given: ends(GIVEN_NAMES), clubs: ends(CLUBS) }
    }

    /// Whether a hit is a person's or a club's because of the word before it.
    pub fn claim(&self, lexicon: &Lexicon, document: &Document, hit: &Hit) -> bool {
        let concept = lexicon.concept(hit.concept);
        let is_place =
            matches!(concept.kind, Kind::Country | Kind::Territory | Kind::Capital | Kind::City | Kind::Region);
        let tokens = &document.tokens;
        let (Some(front), name) =
            (hit.first.checked_sub(1).map(|at| &tokens[at as usize]), &tokens[hit.first as usize])
        else {
            return false;
        };
        if front.field != name.field || !(self.given.contains(&hit.first) || self.clubs.contains(&hit.first)) {
            return false;
        }
        let gap = &document.text(name.field)[front.end as usize..name.start as usize];
        if is_place && self.clubs.contains(&hit.first) {
            return gap.len() <= GAP_BYTES_MAX && !gap.contains([',', '.', ';', '-']);
        }
        let surname = hit.last == hit.first + 1 && name.shape != Shape::Lower && gap == " ";
        let person = concept.kind == Kind::Person && has_whole_name(lexicon, concept, document.original(front));
        surname
            && self.given.contains(&hit.first)
            && (is_place || concept.kind == Kind::Role || person)
            && !is_own(lexicon, concept, document.original(front))
    }
}

/// Whether the concept's given name is known in the script of the word.
fn has_whole_name(lexicon: &Lexicon, concept: &Concept, front: &str) -> bool {
    let script = Script::of_word(front);
    let texts = concept.names.iter().map(|&own| lexicon.text(&lexicon.0.names[own as usize]));
    texts.filter(|text| text.contains(' ')).any(|text| Script::of_word(text) == script)
}

/// Whether one of the concept's names begins so: "Marco Rubio".
fn is_own(lexicon: &Lexicon, concept: &Concept, front: &str) -> bool {
    let mut texts = concept.names.iter().map(|&own| lexicon.text(&lexicon.0.names[own as usize]));
    texts.any(|text| text.split(' ').next() == Some(front))
}

/// First words of the names of U.S. states and Canadian provinces; Georgia is a country, too.
const STATES: &[&str] = &[
    "alabama",
    "alaska",
    "alberta",
    "arizona",
    "arkansas",
    "california",
    "colorado",
    "connecticut",
    "delaware",
    "florida",
    "hawaii",
    "idaho",
    "illinois",
    "indiana",
    "iowa",
    "kansas",
    "kentucky",
    "louisiana",
    "maine",
    "manitoba",
    "maryland",
    "massachusetts",
    "michigan",
    "minnesota",
    "mississippi",
    "missouri",
    "montana",
    "nebraska",
    "nevada",
    "ohio",
    "oklahoma",
    "ontario",
    "oregon",
    "pennsylvania",
    "rhode",
    "saskatchewan",
    "tennessee",
    "texas",
    "utah",
    "vermont",
    "virginia",
    "washington",
    "wisconsin",
    "wyoming",
];
/// As papers shorten them, before a full stop ("Lebanon, Pa."), and as the post does ("Lebanon, PA").
const SHORT_STATES: &[&str] = &[
    "ala", "ariz", "ark", "calif", "colo", "conn", "fla", "ill", "ind", "kan", "ky", "mass", "md", "mich", "minn",
    "mo", "mont", "neb", "nev", "nj", "nm", "ny", "nc", "nd", "okla", "ore", "pa", "ri", "sc", "sd", "tenn", "tex",
    "va", "vt", "wash", "wis", "wva", "wyo", "al", "ak", "az", "ar", "ca", "co", "ct", "fl", "ga", "ia", "ks", "ma",
    "mi", "mn", "ms", "mt", "ne", "nv", "nh", "oh", "ok", "or", "tn", "tx", "ut", "wa", "wi", "wv", "wy",
];
/// Words after the name of a street or a district.
const STREETS: &[&str] = &[
    "street",
    "road",
    "avenue",
    "lane",
    "boulevard",
    "drive",
    "county",
    "township",
    "parkway",
    "heights",
    "elementary",
];

pub(super) fn is_another_place(document: &Document, hit: &Hit) -> bool {
    if !matches!(document.lang.as_str(), "en" | "") {
        return false;
    }
    let tokens = &document.tokens;
    let (Some(last), Some(next)) = (tokens.get(hit.last as usize - 1), tokens.get(hit.last as usize)) else {
        return false;
    };
    if !matches!(next.shape, Shape::Capital | Shape::Upper) || next.field != last.field || last.shape != Shape::Capital
    {
        return false;
    }
    let text = document.text(last.field);
    let (before, after) = text.split_at(next.end as usize);
    let short = || next.shape == Shape::Upper || before.ends_with('.') || after.starts_with('.');
    match &text[last.end as usize..next.start as usize] {
        ", " if short() && SHORT_STATES.contains(&document.folded(next)) => hit.last == hit.first + 1,
        ", " => STATES.contains(&document.folded(next)) && hit.last == hit.first + 1 && ends_there(document, hit.last),
        " " => STREETS.contains(&document.folded(next)),
        _ => false,
    }
}

/// Whether a clause ends after the state: in "Moscow, Washington trade blame" the two are rivals.
fn ends_there(document: &Document, state: u32) -> bool {
    let tokens = &document.tokens;
    let (at, next) = (&tokens[state as usize], tokens.get(state as usize + 1));
    let text = &document.text(at.field)[at.end as usize..];
    next.is_none_or(|next| next.field != at.field)
        || text.starts_with([',', '.', ':', ';'])
        || document.folded(at) != "washington"
}
