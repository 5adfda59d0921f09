//! How is a recipient told, and what came of it?
//!
//! In: nothing. Out: recipients, messages with their final bytes, deliveries with their state, outcomes of an
//! attempt. A delivery has one Message-ID for ever; nothing here makes or changes one.

use serde::{Deserialize, Serialize};

use super::{AlertId, DeliveryId, Timestamp};

/// One person or system to tell, resolved from the configuration.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recipient {
    /// The name used in `to = [...]`.
    pub name: String,
    /// Mail address.
    pub address: String,
    /// IANA time zone for dates in mails; `None` is the machine's own.
    pub zone: Option<String>,
}

/// A message, final: made with its outbox row and never again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Without angle brackets.
    pub message_id: String,
    pub envelope_from: String,
    pub envelope_to: String,
    pub subject: String,
    /// RFC 5322, CRLF line ends.
    pub bytes: Vec<u8>,
}

/// A row of the outbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    pub id: DeliveryId,
    pub alert: AlertId,
    /// The recipient's name in the configuration.
    pub recipient: String,
    pub message: Message,
    pub created: Timestamp,
    pub state: DeliveryState,
}

/// Where a delivery stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "state")]
pub enum DeliveryState {
    /// Not tried, or to be tried again.
    Waiting { attempts: u32, next: Timestamp, last_error: Option<String> },
    /// Handed over and accepted.
    Sent { attempts: u32, at: Timestamp, answer: String },
    /// Given up, with the reason; kept until a person retries or drops it.
    Dead { attempts: u32, at: Timestamp, reason: String },
}

/// What one attempt to send came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SendOutcome {
    /// Accepted; the server's last line.
    Accepted(String),
    /// Not now: network, 4xx, greylisting, full disk.
    Transient(String),
    /// Never like this: 5xx, bad address.
    Permanent(String),
    /// The connection was lost after the message was handed over: it may have arrived. Treated as transient, under the
    /// same Message-ID, so that a receiver can tell.
    Unknown(String),
}
