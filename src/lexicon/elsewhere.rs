//! Is this name here the name of another place?
//!
//! In: a hit, and the document. Out: whether the words after it make it the name of a town, a street or a school that is
//! called after the thing: "Dublin, Ohio", "Red Cross Lane". It knows English texts only, where towns are told apart so.

use super::Document;
use super::tag::Hit;
use crate::text::token::Shape;

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
    if next.shape != Shape::Capital || next.field != last.field || last.shape != Shape::Capital {
        return false;
    }
    match &document.text(last.field)[last.end as usize..next.start as usize] {
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
