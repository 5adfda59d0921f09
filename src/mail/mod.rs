//! How does an alert become a mail, and how does a mail leave?
//!
//! In: an alert with its sources and story, later the finished message. Out: the message's final bytes (`render`, pure);
//! what came of handing them over by SMTP or into a Maildir (`Mailer`, the shell). It never retries: that is
//! `outbox`'s decision.

mod address;
mod clean;
mod language;
mod maildir;
mod render;
mod sender;
mod smtp;
mod subject;
mod view;
mod wrap;

use jiff::tz::TimeZone;

pub use address::{AddressError, parse_mailbox};
pub use render::{AlertMail, Line, MESSAGE_BYTES_MAX, Notice, RenderError, Source, render, render_notice};
pub use sender::{Mailer, Transport};
pub use smtp::{Security, SetupError, SmtpSettings, TIMEOUT_S};

use crate::model::Recipient;

/// The zone in which a recipient's mails tell the time: the configured one, or the machine's own. Reads the system's
/// time zone data, so it belongs to the shell; `render` is handed the result. An unknown name, which `check` refuses,
/// gives UTC.
pub fn zone_of(recipient: &Recipient) -> TimeZone {
    match &recipient.zone {
        Some(name) => TimeZone::get(name).unwrap_or(TimeZone::UTC),
        None => TimeZone::system(),
    }
}

#[cfg(test)]
mod tests;
