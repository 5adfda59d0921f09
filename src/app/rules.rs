//! By which rules are items judged?
//!
//! In: a checked configuration. Out: the compiled lexicon and watches, and each watch's dials, immutable and shared.
//! Everything that can fail fails here, before anything is swapped.

use std::collections::BTreeMap;

use crate::lexicon::Lexicon;
use crate::matching::{Query, Watches};
use crate::model::Level;
use crate::{alert, config};

/// What the pipeline needs to know; one value per loaded configuration.
pub struct Rules {
    pub lexicon: Lexicon,
    pub watches: Watches,
    pub settings: BTreeMap<String, alert::Settings>,
    /// Of the configuration, recorded with each decision.
    pub hash: u64,
}

impl Rules {
    /// The rules of a configuration.
    pub fn of(config: &config::Config) -> Self {
        let queries = config.watches.iter().map(|watch| (watch.name.clone(), watch.query.clone())).collect();
        Self {
            lexicon: config.lexicon.clone(),
            watches: Watches::compile(queries),
            settings: config.watches.iter().map(|watch| (watch.name.clone(), watch.settings())).collect(),
            hash: config.hash,
        }
    }

    /// Rules for one level over given queries: what `replay` and measurements use.
    pub fn at_level(lexicon: Lexicon, queries: Vec<(String, Query)>, level: Level) -> Self {
        let settings = queries.iter().map(|(name, _)| (name.clone(), alert::Settings::new(name, level))).collect();
        Self { lexicon, watches: Watches::compile(queries), settings, hash: 0 }
    }
}
