//! Which words does the command line know?
//!
//! In: nothing. Out: the commands, their options and their help, in one place: the help, the README and the manual come
//! from here. It does nothing with them.

use std::path::PathBuf;

use clap::{Args as ClapArgs, Parser, Subcommand};

/// Watches news feeds and sends one mail when something new happens in a story.
#[derive(Debug, Parser)]
#[command(name = "newswatch", version, max_term_width = 100, after_help = AFTER)]
pub struct Args {
    /// Configuration folder [default: $CONFIGURATION_DIRECTORY, else ./config, else /etc/newswatch]
    #[arg(long, global = true, value_name = "DIR")]
    pub config: Option<PathBuf>,
    /// Print data as JSON, one object a line
    #[arg(long, global = true)]
    pub json: bool,
    #[command(subcommand)]
    pub command: Command,
}

const AFTER: &str = "Exit codes: 0 yes; 1 a considered no; 2 could not run (usage, configuration, store).";

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Poll the feeds and send alerts, until told to stop
    Run(Run),
    /// Show the whole daemon at work on a shipped story, offline, in under half a minute
    Demo(Demo),
    /// Check the configuration: all problems, or how each word of each watch was understood
    Check,
    /// Why an item matched or not, and what became of it
    Explain(Explain),
    /// What would have been sent for items from a file or the archive
    Replay(Replay),
    /// Look at feeds, add them, import and export lists of them
    #[command(subcommand)]
    Feed(FeedCommand),
    /// Feeds, last reload, outbox, and what each task did last
    Status,
    /// Look at stories
    #[command(subcommand)]
    Story(StoryCommand),
    /// Silence a story's thread or a watch for a time
    Mute(Mute),
    /// Look at deliveries, and retry or drop dead ones
    #[command(subcommand)]
    Outbox(OutboxCommand),
    /// Check that mail gets out
    #[command(subcommand)]
    Mail(MailCommand),
}

#[derive(Debug, ClapArgs)]
pub struct Run {
    /// Poll what is due once, deliver, and exit (for cron)
    #[arg(long)]
    pub once: bool,
    /// At the first poll of a feed, alert on items published since then too (for example 24h)
    #[arg(long, value_name = "TIME")]
    pub since: Option<String>,
}

#[derive(Debug, ClapArgs)]
pub struct Demo {
    /// Keep configuration, archive and mails in this folder, to try `explain`, `story show` and `status` on
    #[arg(long, value_name = "DIR", num_args = 0..=1, default_missing_value = "newswatch-demo")]
    pub keep: Option<PathBuf>,
    /// Do not pause between the days
    #[arg(long)]
    pub no_pause: bool,
}

#[derive(Debug, ClapArgs)]
pub struct Explain {
    /// An item's id or link from the archive, or - for a text on standard input (first line: headline)
    #[arg(value_name = "ITEM")]
    pub item: String,
}

#[derive(Debug, ClapArgs)]
pub struct Replay {
    /// Items from a file of JSON lines (.gz too) instead of the archive
    #[arg(long, value_name = "FILE")]
    pub items: Option<PathBuf>,
    /// Watches from this file instead of the configuration
    #[arg(long, value_name = "FILE")]
    pub watches: Option<PathBuf>,
    /// One watch that matches every item
    #[arg(long, conflicts_with = "watches")]
    pub all: bool,
    /// Archive items of the last so long (for example 30d) [default: all that is kept]
    #[arg(long, value_name = "TIME")]
    pub since: Option<String>,
}

#[derive(Debug, Subcommand)]
pub enum FeedCommand {
    /// What newswatch sees in files or addresses: kind, items, warnings
    Test(FeedTest),
    /// Find the feeds, news sitemaps or items of a site, as TOML for feeds.toml
    Discover(FeedDiscover),
    /// Add feeds to feeds.toml, once they were found to be feeds
    Add(FeedAdd),
    /// Add the feeds of a list (OPML) to feeds.toml; folders become tags
    Import(FeedImport),
    /// Print all feeds as a list (OPML 2.0)
    Export,
}

#[derive(Debug, ClapArgs)]
pub struct FeedAdd {
    /// Addresses of feeds
    #[arg(required = true, value_name = "URL")]
    pub urls: Vec<String>,
    /// What to call it [default: what it calls itself]
    #[arg(long)]
    pub name: Option<String>,
    /// A word of your own for `tag:` in queries; may be given several times
    #[arg(long = "tag", value_name = "TAG")]
    pub tags: Vec<String>,
    /// Its language, where it does not say so itself
    #[arg(long)]
    pub lang: Option<String>,
    /// Add it without asking its server
    #[arg(long)]
    pub no_test: bool,
    /// Show what would be added, and change nothing
    #[arg(long)]
    pub dry_run: bool,
}

#[derive(Debug, ClapArgs)]
pub struct FeedImport {
    /// The list; - for standard input
    #[arg(value_name = "FILE")]
    pub file: String,
    /// A tag for each of them; may be given several times
    #[arg(long = "tag", value_name = "TAG")]
    pub tags: Vec<String>,
    /// Show what would be added, and change nothing
    #[arg(long)]
    pub dry_run: bool,
}

#[derive(Debug, ClapArgs)]
pub struct FeedDiscover {
    /// Address of a page of the site
    #[arg(value_name = "URL")]
    pub url: String,
}

#[derive(Debug, Default, ClapArgs)]
pub struct FeedTest {
    /// Files or http(s) addresses
    #[arg(required = true, value_name = "FILE|URL")]
    pub inputs: Vec<String>,
    /// Base address for relative links in files
    #[arg(long, value_name = "URL")]
    pub base: Option<String>,
    /// Read pages without a feed: the CSS selector of their items
    #[arg(long, value_name = "CSS")]
    pub item: Option<String>,
    /// Selector of the headline in an item
    #[arg(long, value_name = "CSS")]
    pub title: Option<String>,
    /// Selector of the link in an item
    #[arg(long, value_name = "CSS")]
    pub link: Option<String>,
    /// Selector of the date in an item
    #[arg(long, value_name = "CSS")]
    pub date: Option<String>,
    /// Selector of the summary in an item
    #[arg(long, value_name = "CSS")]
    pub summary: Option<String>,
}

#[derive(Debug, Subcommand)]
pub enum StoryCommand {
    /// Stories with alerts, newest first
    List(StoryList),
    /// A story's timeline: what was told, when, from whom, and what was kept silent
    Show(StoryShow),
}

#[derive(Debug, ClapArgs)]
pub struct StoryList {
    /// Only stories with alerts of the last so long (for example 30d) [default: all that are kept]
    #[arg(long, value_name = "TIME")]
    pub since: Option<String>,
}

#[derive(Debug, ClapArgs)]
pub struct StoryShow {
    /// A story (s-…), thread (t-…), alert (a-…) or item (i-…)
    #[arg(value_name = "ID")]
    pub id: String,
}

#[derive(Debug, ClapArgs)]
pub struct Mute {
    /// A thread (t-…) or the name of a watch; without it, lists what is muted
    #[arg(value_name = "THREAD|WATCH")]
    pub what: Option<String>,
    /// For how long
    #[arg(long = "for", value_name = "TIME", default_value = "7d")]
    pub time: String,
    /// Speak again
    #[arg(long)]
    pub off: bool,
}

#[derive(Debug, Subcommand)]
pub enum OutboxCommand {
    /// Deliveries that wait or were given up
    List,
    /// Try dead deliveries again
    Retry(Which),
    /// Forget deliveries
    Drop(Which),
}

#[derive(Debug, ClapArgs)]
pub struct Which {
    /// Deliveries (d-…), or `all` for every dead one
    #[arg(required = true, value_name = "ID")]
    pub ids: Vec<String>,
}

#[derive(Debug, Subcommand)]
pub enum MailCommand {
    /// Send a test mail and say what the server answered
    Test(MailTest),
}

#[derive(Debug, ClapArgs)]
pub struct MailTest {
    /// Names of recipients in the configuration; all of them by default
    #[arg(value_name = "RECIPIENT")]
    pub to: Vec<String>,
}

impl Args {
    /// Where the configuration is.
    pub fn config_folder(&self) -> PathBuf {
        let given = self.config.clone().or_else(|| std::env::var_os("CONFIGURATION_DIRECTORY").map(PathBuf::from));
        given.unwrap_or_else(|| {
            let here = PathBuf::from("config");
            let system = PathBuf::from("/etc/newswatch");
            if !here.is_dir() && system.is_dir() { system } else { here }
        })
    }
}
