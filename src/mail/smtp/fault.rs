//! What went wrong between us and a mail server, and may the mail be tried again?
//!
//! In: a step of the dialogue and what happened there. Out: one sentence that names the server, the step and the server's
//! own words; the [`SendOutcome`]. It decides the kind of a failure and never the time of the next attempt.

use std::io;

use lettre::transport::smtp::response::{Response, Severity};

use crate::mail::clean;
use crate::model::SendOutcome;

/// Characters of a server's answer in a sentence.
const ANSWER_CHARS_MAX: usize = 300;

/// Where in the dialogue it happened, in its order (RFC 5321, section 3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    Connect,
    Greeting,
    Hello,
    StartTls,
    Handshake,
    SignIn,
    Sender,
    Recipient,
    Content,
    /// All of the message is on its way, the final dot included; only the server's answer is missing.
    Verdict,
}

impl Step {
    /// What was being done, to follow "while".
    fn doing(self) -> &'static str {
        match self {
            Self::Connect => "connecting",
            Self::Greeting => "waiting for its greeting",
            Self::Hello => "introducing ourselves",
            Self::StartTls => "asking for encryption",
            Self::Handshake => "agreeing on encryption",
            Self::SignIn => "signing in",
            Self::Sender => "naming the sender",
            Self::Recipient => "naming the recipient",
            Self::Content => "handing over the message",
            Self::Verdict => "waiting for its answer to the whole message",
        }
    }

    /// What was refused, to follow "refused".
    fn refused(self) -> &'static str {
        match self {
            Self::Connect | Self::Greeting => "the connection",
            Self::Hello => "our introduction",
            Self::StartTls | Self::Handshake => "encryption",
            Self::SignIn => "the user name and password",
            Self::Sender => "the sender",
            Self::Recipient => "the recipient",
            Self::Content | Self::Verdict => "the message",
        }
    }
}

/// What happened at a step.
#[derive(Debug)]
pub enum Cause {
    Io(io::Error),
    Closed,
    TimedOut,
    /// The host has no address.
    Resolve(io::Error),
    /// A negative answer.
    Refused(Response),
    /// An answer that is not SMTP, or too long.
    Garbled(String),
    NoStartTls,
    /// More bytes followed the answer to STARTTLS in clear: someone on the way wants them taken for encrypted ones.
    Injected,
    /// The server offers no way of signing in that we know.
    NoMechanism,
    /// The server's certificate was not accepted, or no common version.
    Tls(io::Error),
}

/// A failed step.
#[derive(Debug)]
pub struct Fault {
    pub step: Step,
    pub cause: Cause,
}

impl Fault {
    /// The connection had gone stale before anything was handed over: a fresh one may do.
    pub fn is_stale(&self) -> bool {
        self.step == Step::Sender
            && match &self.cause {
                Cause::Io(_) | Cause::Closed | Cause::TimedOut => true,
                Cause::Refused(answer) => answer.has_code(421),
                _ => false,
            }
    }

    /// The connection was lost when the server may have had the whole message.
    fn may_have_arrived(&self) -> bool {
        self.step == Step::Verdict && !matches!(self.cause, Cause::Refused(_))
    }

    /// Only an answer about this message or its addresses is final. A refused password, a missing STARTTLS or a wrong
    /// certificate concerns every mail, and a person can mend it: were that final, one bad edit would bury a night's
    /// alerts.
    fn is_permanent(&self) -> bool {
        let Cause::Refused(answer) = &self.cause else { return false };
        let about_us = [530, 534, 535, 538].iter().any(|&code| answer.has_code(code));
        // RFC 5321, section 4.5.3.1.10: a full mailbox may be emptied.
        let full = self.step == Step::Recipient && answer.has_code(552);
        self.step >= Step::Sender
            && answer.code().severity == Severity::PermanentNegativeCompletion
            && !about_us
            && !full
    }

    /// One sentence; `server` is `host:port`.
    pub fn sentence(&self, server: &str) -> String {
        let (doing, refused) = (self.step.doing(), self.step.refused());
        match &self.cause {
            Cause::Io(error) if self.step == Step::Connect => format!("cannot connect to `{server}`: {error}"),
            Cause::Io(error) => format!("the connection to `{server}` broke while {doing}: {error}"),
            Cause::Closed => format!("`{server}` hung up while {doing}"),
            Cause::TimedOut => format!("`{server}` did not answer in time while {doing}"),
            Cause::Resolve(error) => format!("cannot find the mail server `{server}`: {error}"),
            Cause::Refused(answer) => format!("`{server}` refused {refused}: {}", answer_line(answer)),
            Cause::Garbled(line) => format!("`{server}` did not answer in SMTP while {doing}: `{line}`"),
            Cause::NoStartTls => format!("`{server}` offers no STARTTLS, and newswatch does not go on without it"),
            Cause::Injected => format!("something between us and `{server}` interferes with STARTTLS"),
            Cause::NoMechanism => format!("`{server}` offers neither AUTH PLAIN nor AUTH LOGIN"),
            Cause::Tls(error) => format!("no trusted encryption with `{server}`: {error}"),
        }
    }

    /// What the attempt came to.
    pub fn outcome(&self, server: &str) -> SendOutcome {
        let sentence = self.sentence(server);
        match (self.is_permanent(), self.may_have_arrived()) {
            (true, _) => SendOutcome::Permanent(sentence),
            (_, true) => SendOutcome::Unknown(sentence),
            _ => SendOutcome::Transient(sentence),
        }
    }
}

/// A server's answer as one clean line: "550 5.1.1 no such user".
pub fn answer_line(answer: &Response) -> String {
    let words: Vec<&str> = answer.message().collect();
    clean::line(&format!("{} {}", answer.code(), words.join(" ")), ANSWER_CHARS_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(step: Step, answer: &str) -> SendOutcome {
        Fault { step, cause: Cause::Refused(answer.parse().unwrap()) }.outcome("mx.example:25")
    }

    #[test]
    fn only_what_concerns_the_message_is_final() {
        assert!(matches!(refused(Step::Recipient, "550 no such user\r\n"), SendOutcome::Permanent(_)));
        assert!(matches!(refused(Step::Verdict, "554 spam\r\n"), SendOutcome::Permanent(_)));
        assert!(matches!(refused(Step::Recipient, "451 greylisted\r\n"), SendOutcome::Transient(_)));
        assert!(matches!(refused(Step::Recipient, "552 mailbox full\r\n"), SendOutcome::Transient(_)));
        assert!(matches!(refused(Step::Sender, "530 sign in first\r\n"), SendOutcome::Transient(_)));
        assert!(matches!(refused(Step::SignIn, "535 wrong password\r\n"), SendOutcome::Transient(_)));
        assert!(matches!(refused(Step::Greeting, "554 no service\r\n"), SendOutcome::Transient(_)));
        let lost = |step| Fault { step, cause: Cause::Closed }.outcome("mx.example:25");
        assert!(matches!(lost(Step::Verdict), SendOutcome::Unknown(_)));
        assert!(matches!(lost(Step::Content), SendOutcome::Transient(_)));
    }

    #[test]
    fn the_servers_own_words_are_in_the_sentence() {
        assert_eq!(
            refused(Step::Recipient, "550-5.1.1 no such\r\n550 5.1.1 user\u{1b}[2J\r\n"),
            SendOutcome::Permanent("`mx.example:25` refused the recipient: 550 5.1.1 no such 5.1.1 user[2J".to_owned())
        );
    }
}
