//! Who asked for silence?
//!
//! In: a thread or a watch, and for how long. Out: a fact in the store that the daemon honours from its next item on: what is
//! muted is still matched, decided and kept, so that `explain` can tell of it.

use std::io::Write;
use std::path::Path;

use super::{args, open, table};
use crate::app::daemon::{self, DATABASE};
pub use crate::app::mutes::FACT;
use crate::app::mutes::Mutes;
use crate::clock::Clock;
use crate::config::Config;
use crate::model::ThreadId;
use crate::store::Store;

/// Mutes, unmutes, or lists what is muted.
pub fn run(folder: &Path, args: &args::Mute, json: bool, out: &mut dyn Write) -> anyhow::Result<bool> {
    let (config, _) = daemon::load(folder)?;
    open::block_on(async {
        let store = Store::open_beside(&config.state.join(DATABASE)).await?;
        let now = Clock::system().now();
        let Some(what) = &args.what else { return list(&store, json, out).await };
        known(&config, what)?;
        let until = if args.off { now } else { open::ahead(&args.time, now)? };
        store.note(&Mutes::fact(what), &until.to_string(), now).await?;
        match args.off {
            true => writeln!(out, "`{what}` may speak again")?,
            false => writeln!(out, "`{what}` is silent until {}", table::moment(until, now))?,
        }
        Ok(true)
    })
}

fn known(config: &Config, what: &str) -> anyhow::Result<()> {
    let is_thread = what.parse::<ThreadId>().is_ok();
    let is_watch = config.watches.iter().any(|watch| watch.name == what);
    let names: Vec<&str> = config.watches.iter().map(|watch| watch.name.as_str()).collect();
    anyhow::ensure!(is_thread || is_watch, "`{what}` is no thread (t-…) and no watch; watches: {}", names.join(", "));
    Ok(())
}

async fn list(store: &Store, json: bool, out: &mut dyn Write) -> anyhow::Result<bool> {
    let now = Clock::system().now();
    let mutes = Mutes::of(&store.notes().await?, now);
    for (what, until) in mutes.iter() {
        if json {
            writeln!(out, "{}", serde_json::json!({ "muted": what, "until": until }))?;
        } else {
            writeln!(out, "{what}  until {}", table::moment(until, now))?;
        }
    }
    if mutes.iter().next().is_none() && !json {
        writeln!(out, "nothing is muted")?;
    }
    Ok(true)
}
