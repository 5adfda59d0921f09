//! What kind of piece is an item?
//!
//! In: its headline, summary and link. Out: news, or one of the kinds that mostly repeat (explainer, opinion, round-up, live
//! page, background), or a correction. It reads cues from `data/genres.toml` and knows no story.

use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use crate::text::fold::fold;

/// The kind of a piece.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Genre {
    #[default]
    News,
    Live,
    Correction,
    Explainer,
    Opinion,
    Roundup,
    Background,
}

impl Genre {
    /// Whether such pieces retell what was told, and rarely are the first to tell anything.
    pub fn retells(self) -> bool {
        matches!(self, Self::Explainer | Self::Opinion | Self::Roundup | Self::Background)
    }

    /// For a sentence.
    pub fn words(self) -> &'static str {
        match self {
            Self::News => "news",
            Self::Live => "a live page",
            Self::Correction => "a correction",
            Self::Explainer => "an explainer",
            Self::Opinion => "an opinion piece",
            Self::Roundup => "a round-up",
            Self::Background => "a background piece",
        }
    }
}

#[derive(Deserialize)]
struct Cues {
    starts: Vec<String>,
    contains: Vec<String>,
    path: Vec<String>,
}

#[derive(Deserialize)]
struct Table {
    correction: Cues,
    live: Cues,
    opinion: Cues,
    roundup: Cues,
    explainer: Cues,
    background: Cues,
}

static TABLE: LazyLock<Table> = LazyLock::new(|| {
    let mut table: Table = toml::from_str(include_str!("data/genres.toml")).expect("the shipped table is tested");
    let cues = [&mut table.correction, &mut table.live, &mut table.opinion, &mut table.roundup, &mut table.explainer];
    for cues in cues.into_iter().chain([&mut table.background]) {
        cues.starts.iter_mut().chain(&mut cues.contains).for_each(|cue| *cue = fold(cue));
    }
    table
});

/// The kind of a piece, from what outlets put over it.
pub fn of(title: &str, summary: &str, link: Option<&str>) -> Genre {
    let title = fold(title.trim());
    let path = link.unwrap_or_default().to_ascii_lowercase();
    let table = &*TABLE;
    let kinds = [
        (Genre::Correction, &table.correction),
        (Genre::Live, &table.live),
        (Genre::Opinion, &table.opinion),
        (Genre::Roundup, &table.roundup),
        (Genre::Explainer, &table.explainer),
        (Genre::Background, &table.background),
    ];
    let cued = |cues: &Cues| {
        cues.starts.iter().any(|cue| title.starts_with(cue.as_str()))
            || cues.contains.iter().any(|cue| title.contains(cue.as_str()))
            || cues.path.iter().any(|cue| path.contains(cue.as_str()))
    };
    match kinds.into_iter().find(|(_, cues)| cued(cues)) {
        Some((genre, _)) => genre,
        None if is_list(summary) => Genre::Roundup,
        None => Genre::News,
    }
}

/// "1. … 2. …": several stories in one item.
fn is_list(summary: &str) -> bool {
    let start = summary.trim_start();
    start.starts_with("1. ") && start.contains(" 2. ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_told_by_their_cues() {
        assert_eq!(of("Explainer: why ships sink", "", None), Genre::Explainer);
        assert_eq!(of("Ship sinks off Java", "", Some("https://a.example/opinion/1")), Genre::Opinion);
        assert_eq!(of("Ship sinks off Java", "1. A ship. 2. A tortoise.", None), Genre::Roundup);
        assert_eq!(of("Ship sinks off Java", "Twelve are missing.", None), Genre::News);
        assert_eq!(of("Correction: ship sank on Monday", "", None), Genre::Correction);
    }
}
