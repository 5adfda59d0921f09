//! Which files ship with the program?
//!
//! In: `config/lexicon/*.toml` at build time. Out: their names and texts; a test holds the list complete.

macro_rules! files {
    ($($name:literal),* $(,)?) => {
        &[$(($name, include_str!(concat!("../../config/lexicon/", $name)))),*]
    };
}

/// The shipped lexicon files.
pub(super) const FILES: &[(&str, &str)] = files![
    "actors.toml",
    "actors-langs.toml",
    "actors-more.toml",
    "bodies.toml",
    "bodies-more.toml",
    "countries.toml",
    "desk-markets.toml",
    "desk-nature.toml",
    "desk-politics.toml",
    "desk-security.toml",
    "desk-society.toml",
    "events.toml",
    "facts-more.toml",
    "figurative.toml",
    "goods.toml",
    "narrower.toml",
    "news-company.toml",
    "news-forms.toml",
    "news-gaps.toml",
    "news-general.toml",
    "news-more.toml",
    "news-verbs.toml",
    "news-wider.toml",
    "news.toml",
    "places.toml",
    "places-langs.toml",
    "places-more.toml",
    "statuses.toml",
    "talk.toml",
    "talk-names.toml",
    "units.toml",
    "words-a.toml",
    "words-b.toml"
];
