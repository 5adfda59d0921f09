//! How does the daemon begin?
//!
//! In: a configuration folder. Out: a running daemon, or all that is wrong with the configuration and exit code 2: a wrong
//! configuration never starts and never crash-loops. The daemon itself is `app::daemon`.

use std::path::Path;

use super::{args, diagnostics, logging, open};
use crate::app::daemon;
use crate::app::hooks::Hooks;
use crate::clock::Clock;
use crate::config;

/// Runs the daemon, or one round of it.
pub fn run(folder: &Path, args: &args::Run) -> anyhow::Result<bool> {
    logging::start("info");
    let (config, warnings) = match config::load(folder) {
        Ok(loaded) => loaded,
        Err(problems) => {
            diagnostics::print_problems(&problems, &mut std::io::stderr())?;
            anyhow::bail!("the configuration in `{}` cannot be used", folder.display());
        }
    };
    diagnostics::print_problems(&warnings, &mut std::io::stderr())?;
    let clock = Clock::system();
    let since = args.since.as_deref().map(|text| open::ago(text, clock.now())).transpose()?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(async {
        let engine = daemon::open(config, clock, Hooks::default(), since).await?;
        tracing::info!("newswatch {}: {}", env!("CARGO_PKG_VERSION"), daemon::summary(&engine));
        if args.once {
            daemon::run_once(engine).await;
            return Ok(true);
        }
        daemon::run(engine, folder).await.map(|()| true)
    })
}
