//! Which way does a message leave?
//!
//! In: the transport that the configuration chose, and finished messages. Out: what came of each attempt.

use std::path::PathBuf;

use super::maildir;
use super::smtp::{SetupError, SmtpSender, SmtpSettings};
use crate::model::{Message, SendOutcome};

/// The ways that a mail can leave.
#[derive(Clone, Debug)]
pub enum Transport {
    /// Into a folder that mail programs read.
    Maildir(PathBuf),
    Smtp(SmtpSettings),
}

/// Sends messages. One for the whole process; cheap to ask, bounded in what it opens.
pub struct Mailer(Way);

enum Way {
    Maildir(PathBuf),
    Smtp(Box<SmtpSender>),
}

impl Mailer {
    /// Checks what can be checked without sending.
    pub fn new(transport: Transport) -> Result<Self, SetupError> {
        Ok(Self(match transport {
            Transport::Maildir(folder) => Way::Maildir(folder),
            Transport::Smtp(settings) => Way::Smtp(Box::new(SmtpSender::new(settings)?)),
        }))
    }

    /// To follow "sent": `by SMTP through …`, `into the Maildir …`.
    pub fn way(&self) -> String {
        match &self.0 {
            Way::Maildir(folder) => format!("into the Maildir `{}`", folder.display()),
            Way::Smtp(sender) => format!("by SMTP through `{}`", sender.place()),
        }
    }

    /// One attempt to hand over one message, byte for byte.
    pub async fn send(&self, message: &Message) -> SendOutcome {
        match &self.0 {
            Way::Smtp(sender) => sender.send(message).await,
            Way::Maildir(folder) => {
                let (folder, message) = (folder.clone(), message.clone());
                let delivered = tokio::task::spawn_blocking(move || maildir::deliver(&folder, &message)).await;
                delivered
                    .unwrap_or_else(|error| SendOutcome::Unknown(format!("writing to the Maildir failed: {error}")))
            }
        }
    }

    /// Goes as far as possible without a message, and tells what was seen, a fact a line; or the first problem.
    pub async fn probe(&self) -> Result<String, String> {
        match &self.0 {
            Way::Smtp(sender) => sender.probe().await,
            Way::Maildir(folder) => {
                let folder = folder.clone();
                let probed = tokio::task::spawn_blocking(move || maildir::probe(&folder)).await;
                probed.unwrap_or_else(|error| Err(error.to_string()))
            }
        }
    }

    /// To be called when nothing is left to send for now, and before shutdown: closes kept connections.
    pub async fn rest(&self) {
        if let Way::Smtp(sender) = &self.0 {
            sender.rest().await;
        }
    }
}
