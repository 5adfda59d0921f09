//! What happens in the demo?
//!
//! In: the shipped timeline, written for this project (invented outlets and wording along a real story's course, October
//! 2024 to April 2025). Out: outlets and their pieces in order of time. It knows no feed format and no clock.

use jiff::SignedDuration;
use serde::Deserialize;

use crate::model::Timestamp;

const SHIPPED: &str = include_str!("timeline.jsonl");

/// One piece by one outlet.
#[derive(Clone, Debug, Deserialize)]
pub struct Piece {
    pub id: String,
    /// When it appears in its feed.
    pub time: Timestamp,
    pub published: Option<Timestamp>,
    pub outlet: String,
    pub lang: String,
    pub title: String,
    pub summary: String,
    pub url: String,
}

/// Who publishes, and in which shape.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outlet {
    pub name: String,
    pub lang: String,
    pub number: usize,
    pub shape: Shape,
}

/// The formats and faults that the demo's feeds come in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    Rss,
    Atom,
    Json,
    /// RSS with junk before it, bare ampersands and an end that never comes.
    Malformed,
    /// RSS in windows-1251, as parts of the Russian web still are.
    Windows1251,
}

/// The whole story.
#[derive(Clone, Debug)]
pub struct Timeline {
    pub outlets: Vec<Outlet>,
    pub pieces: Vec<Piece>,
}

impl Timeline {
    /// The timeline that ships with the program.
    pub fn shipped() -> Self {
        // The first line describes the set and is no piece; a broken line would be a broken build, which a test sees.
        let mut pieces: Vec<Piece> = SHIPPED.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
        pieces.sort_by_key(|piece| piece.time);
        let mut outlets: Vec<Outlet> = Vec::new();
        for piece in &pieces {
            if !outlets.iter().any(|outlet| outlet.name == piece.outlet) {
                let (number, shape) = (outlets.len(), shape_of(&piece.outlet, outlets.len()));
                outlets.push(Outlet { name: piece.outlet.clone(), lang: piece.lang.clone(), number, shape });
            }
        }
        Self { outlets, pieces }
    }

    /// The daemon starts two days before the first piece.
    pub fn begin(&self) -> Timestamp {
        let first = self.pieces.first().map_or(Timestamp::UNIX_EPOCH, |piece| piece.time);
        first.checked_sub(SignedDuration::from_hours(48)).unwrap_or(first)
    }

    /// What an outlet's feed holds at `now`, newest first.
    pub fn published(&self, outlet: &Outlet, now: Timestamp) -> impl Iterator<Item = &Piece> {
        let (name, newest_first) = (outlet.name.clone(), self.pieces.iter().rev());
        newest_first.filter(move |piece| piece.outlet == name && piece.time <= now)
    }
}

fn shape_of(name: &str, number: usize) -> Shape {
    match name {
        "NewsHopper" => Shape::Malformed,
        "РосЛента" => Shape::Windows1251,
        _ => [Shape::Rss, Shape::Atom, Shape::Rss, Shape::Json][number % 4],
    }
}

impl Outlet {
    /// Where its feed is on the demo's server.
    pub fn path(&self) -> String {
        format!("/feeds/{}", self.number)
    }
}
