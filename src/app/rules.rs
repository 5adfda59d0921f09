//! By which rules are items judged?
//!
//! In: a checked configuration. Out: the compiled lexicon and watches, and each watch's dials, immutable and shared.
//! Everything that can fail fails here, before anything is swapped.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::wiring;
use crate::alert;
use crate::config::{Config, Watch};
use crate::lexicon::Lexicon;
use crate::matching::Watches;
use crate::model::Level;

/// Name of the watch that matches everything.
const ALL: &str = "all";

/// What the pipeline needs to know; one value per loaded configuration.
pub struct Rules {
    pub lexicon: Lexicon,
    pub watches: Arc<Watches>,
    pub settings: BTreeMap<String, alert::Settings>,
    /// Of the configuration, recorded with each decision.
    pub hash: u64,
}

impl Rules {
    /// The rules of a configuration.
    pub fn of(config: &Config) -> Self {
        let rules = Self::of_watches((*config.lexicon).clone(), &config.watches, config.look_back_s);
        Self { hash: config.hash, ..rules }
    }

    /// The rules of some watches, without a configuration round them.
    pub fn of_watches(lexicon: Lexicon, watches: &[Watch], look_back_s: u32) -> Self {
        let queries = watches.iter().map(|watch| (watch.name.clone(), watch.query.clone())).collect();
        let settings = |watch: &Watch| (watch.name.clone(), wiring::alert_settings(watch, look_back_s));
        let settings = watches.iter().map(settings).collect();
        Self { lexicon, watches: Arc::new(Watches::compile(queries)), settings, hash: 0 }
    }

    /// One watch that matches every item, at the default level.
    pub fn everything(lexicon: Lexicon) -> Self {
        let settings = BTreeMap::from([(ALL.to_owned(), alert::Settings::new(ALL, Level::default()))]);
        Self { lexicon, watches: Arc::new(Watches::everything(ALL)), settings, hash: 0 }
    }

    /// The same watches, all at one level.
    pub fn with_level(&self, level: Level) -> Self {
        let settings = self.settings.keys().map(|name| (name.clone(), alert::Settings::new(name, level))).collect();
        Self { lexicon: self.lexicon.clone(), watches: Arc::clone(&self.watches), settings, hash: self.hash }
    }
}
