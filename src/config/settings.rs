//! What did the user decide?
//!
//! In: nothing. Out: the resolved configuration: checked, complete, immutable, shared. No TOML, no defaults left to
//! find, no reference that could dangle. Only [`super::resolve()`] makes one.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use secrecy::{ExposeSecret as _, SecretString};

use super::values::Network;
use crate::lexicon::Lexicon;
use crate::matching::Query;
use crate::model::{Feed, Level, Recipient};

/// A resolved configuration.
#[derive(Clone, Debug)]
pub struct Config {
    /// Of the contents of all files; recorded with each decision.
    pub hash: u64,
    /// The folder it was read from.
    pub folder: PathBuf,
    /// Where the database and the Maildir live.
    pub state: PathBuf,
    /// By address; no address twice.
    pub feeds: Vec<Feed>,
    /// In the order of the files; no name twice.
    pub watches: Vec<Watch>,
    pub recipients: Vec<Recipient>,
    /// Who is told of the service's own troubles.
    pub admin: Option<Recipient>,
    pub mail: MailSettings,
    pub fetch: FetchSettings,
    /// How long an item is kept after it was last seen.
    pub keep_days: u32,
    /// Items published longer before they were first seen are stored, never alerted.
    pub look_back_s: u32,
    /// The shipped concepts and the user's own.
    pub lexicon: Arc<Lexicon>,
    /// The user's lexicon files: path and text.
    pub lexicon_sources: Vec<(String, String)>,
}

/// A watch, resolved.
#[derive(Clone, Debug)]
pub struct Watch {
    pub name: String,
    /// As the user wrote it; lists are written out as a query.
    pub query_text: String,
    /// The same, read with [`Config::lexicon`].
    pub query: Query,
    pub level: Level,
    /// Names of recipients; each of them exists.
    pub to: Vec<String>,
    /// Alerts beyond this are folded into a digest.
    pub max_per_hour: u32,
    pub muted: bool,
}

/// How mail leaves.
#[derive(Clone, Debug, PartialEq)]
pub struct MailSettings {
    /// The sender: "newswatch <newswatch@example.org>".
    pub from: String,
    pub way: Mail,
}

/// Which way it goes.
#[derive(Clone, Debug, PartialEq)]
pub enum Mail {
    /// Into a Maildir in the state folder: as long as no server is configured.
    Maildir,
    Smtp(Smtp),
}

/// A mail server.
#[derive(Clone, Debug, PartialEq)]
pub struct Smtp {
    pub host: String,
    pub port: u16,
    pub security: Security,
    /// Only ever with [`Security::StartTls`] or [`Security::Tls`].
    pub login: Option<Login>,
    /// What we call ourselves; `None` is the machine's name.
    pub ehlo_name: Option<String>,
}

/// How the connection to a mail server is protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Security {
    StartTls,
    Tls,
    None,
}

/// A user name and its password, which `Debug` does not show.
#[derive(Clone, Debug)]
pub struct Login {
    pub username: String,
    pub password: SecretString,
}

/// How feeds are fetched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FetchSettings {
    pub user_agent: String,
    /// Addresses of one's own networks that may be connected to.
    pub allow: Vec<Network>,
    /// For a whole request, redirects included.
    pub timeout_s: u32,
    /// Of a body after decompression.
    pub max_body_bytes: u64,
    /// Requests at the same time.
    pub in_flight: u32,
    pub proxy: Option<String>,
    /// Articles of items that satisfy part of a watch are fetched.
    pub articles: bool,
}

/// What the query means follows from its text and the lexicon.
impl PartialEq for Watch {
    fn eq(&self, other: &Self) -> bool {
        let key = |watch: &Self| (watch.level, watch.max_per_hour, watch.muted);
        self.name == other.name && self.query_text == other.query_text && self.to == other.to && key(self) == key(other)
    }
}

impl PartialEq for Login {
    fn eq(&self, other: &Self) -> bool {
        self.username == other.username && self.password.expose_secret() == other.password.expose_secret()
    }
}

impl Config {
    /// The recipient of this name.
    pub fn recipient(&self, name: &str) -> Option<&Recipient> {
        self.recipients.iter().find(|recipient| recipient.name == name)
    }

    /// The watch of this name.
    pub fn watch(&self, name: &str) -> Option<&Watch> {
        self.watches.iter().find(|watch| watch.name == name)
    }
}

/// "into the Maildir in the state folder", "mail.example.org:587, STARTTLS, as newswatch".
impl fmt::Display for Mail {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self::Smtp(smtp) = self else {
            return out.write_str("a Maildir in the state folder, as no mail server is configured");
        };
        let security = match smtp.security {
            Security::StartTls => "STARTTLS",
            Security::Tls => "TLS",
            Security::None => "not encrypted",
        };
        write!(out, "{}:{}, {security}", smtp.host, smtp.port)?;
        smtp.login.as_ref().map_or(Ok(()), |login| write!(out, ", as {}", login.username))
    }
}
