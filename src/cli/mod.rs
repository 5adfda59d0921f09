//! What did the person at the terminal ask for?
//!
//! In: the command line. Out: one call into a command's own file, and an exit code: 0 yes, 1 a considered no, 2 could not
//! run. Data goes to stdout, everything else to stderr. This is the only place that turns an error into words on a screen.

mod args;
mod check;
mod demo;
mod diagnostics;
mod explain;
mod feed_discover;
mod feed_edit;
mod feed_test;
mod logging;
mod mail_test;
mod mute;
mod open;
mod outbox;
mod replay;
mod run;
mod status;
mod story;
mod table;

use std::io::{IsTerminal, Write};
use std::process::ExitCode;

use clap::Parser;

use args::{Args, Command, FeedCommand, MailCommand, OutboxCommand, StoryCommand};

/// Runs the program on the process's own arguments.
pub fn main() -> ExitCode {
    let args = match Args::try_parse() {
        Ok(args) => args,
        Err(error) => {
            let _ = error.print();
            return ExitCode::from(if error.use_stderr() { 2 } else { 0 });
        }
    };
    match dispatch(args) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(error) if is_closed_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            diagnostics::print_error(&error, &mut std::io::stderr());
            ExitCode::from(2)
        }
    }
}

/// `newswatch … | head` is no failure.
fn is_closed_pipe(error: &anyhow::Error) -> bool {
    let causes = error.chain().filter_map(|cause| cause.downcast_ref::<std::io::Error>());
    causes.into_iter().any(|cause| cause.kind() == std::io::ErrorKind::BrokenPipe)
}

fn dispatch(args: Args) -> anyhow::Result<bool> {
    let out: &mut dyn Write = &mut std::io::stdout().lock();
    let (folder, json) = (args.config_folder(), args.json);
    match args.command {
        Command::Run(run) => run::run(&folder, &run),
        Command::Demo(demo) => demo::run(&demo, out),
        Command::Check => check::run(&folder, json, out),
        Command::Explain(explain) => explain::run(&folder, &explain, json, out),
        Command::Replay(replay) => replay::run(&folder, &replay, json, out),
        Command::Feed(FeedCommand::Test(test)) => feed_test::run_inputs(&folder, &test, json, out),
        Command::Feed(FeedCommand::Add(add)) => feed_edit::add(&folder, &add, json, out),
        Command::Feed(FeedCommand::Import(import)) => feed_edit::import(&folder, &import, json, out),
        Command::Feed(FeedCommand::Export) => feed_edit::export(&folder, out),
        Command::Feed(FeedCommand::Discover(discover)) => feed_discover::run(&folder, &discover, json, out),
        Command::Status => status::run(&folder, json, out),
        Command::Story(StoryCommand::List(list)) => story::list(&folder, &list, json, out),
        Command::Story(StoryCommand::Show(show)) => story::show(&folder, &show, json, out),
        Command::Mute(mute) => mute::run(&folder, &mute, json, out),
        Command::Outbox(OutboxCommand::List) => outbox::list(&folder, json, out),
        Command::Outbox(OutboxCommand::Retry(which)) => outbox::retry(&folder, &which, out),
        Command::Outbox(OutboxCommand::Drop(which)) => outbox::drop(&folder, &which, out),
        Command::Mail(MailCommand::Test(test)) => mail_test::run(&folder, &test, out),
    }
}

/// Whether a person reads what we print.
fn is_for_a_person() -> bool {
    std::io::stdout().is_terminal()
}
