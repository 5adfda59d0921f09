//! What does a recipient read?
//!
//! In: an alert and everything its mail says, as plain data. Out: the final bytes of an RFC 5322 message with a text
//! and an HTML part. Same input, same bytes: it reads no clock, draws no random boundary and asks no one; the shell
//! resolves the recipient's time zone beforehand.

use std::sync::LazyLock;
use std::time::SystemTime;

use jiff::tz::TimeZone;
use lettre::message::header::{ContentTransferEncoding, ContentType, HeaderName, HeaderValue};
use lettre::message::{Mailbox, MessageBuilder, MultiPart, SinglePart};
use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{Environment, UndefinedBehavior};
use serde::Serialize;

use super::address::{AddressError, parse_mailbox};
use super::view::{Fold, View};
use super::{clean, subject, wrap};
use crate::model::{Alert, Class, Evidence, Message, Recipient, Timestamp, content_hash};

/// No mail is larger: Gmail clips what it shows of one at 102 kB.
pub const MESSAGE_BYTES_MAX: usize = 100_000;

/// Message-IDs of earlier mails named in References, beside the thread's root; the newest are kept.
const REFERENCES_MAX: usize = 10;

/// Characters of a watch's name in List-Id.
const LIST_NAME_CHARS_MAX: usize = 60;

/// Everything that one alert's mail to one recipient says.
#[derive(Clone, Copy, Debug)]
pub struct AlertMail<'a> {
    pub alert: &'a Alert,
    /// The watch's query, as the user wrote it.
    pub query: &'a str,
    pub recipient: &'a Recipient,
    /// The recipient's zone, resolved: see [`super::zone_of`].
    pub zone: &'a TimeZone,
    /// Mailbox of the sender: `newswatch <newswatch@example.org>`.
    pub from: &'a str,
    /// Without angle brackets, as all Message-IDs here.
    pub message_id: &'a str,
    /// A made-up Message-ID that all mails of the thread refer to, so that they stay together when one is lost.
    pub thread_root: &'a str,
    /// Message-IDs of the thread's earlier mails to this recipient, oldest first; the root alone keeps the thread
    /// together where they are not known.
    pub previous: &'a [String],
    /// The story's headline.
    pub story_title: &'a str,
    /// Who told it, the item that decided the alert first.
    pub sources: &'a [Source],
    /// What the thread was told before, in any order.
    pub so_far: &'a [Line],
    pub evidence: &'a [Evidence],
    /// Items that say the same as those in `sources` and are not shown.
    pub hidden_copies: u32,
}

/// One item that tells of what is new.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Source {
    pub outlet: String,
    pub title: String,
    pub link: Option<String>,
    pub seen: Timestamp,
    /// As the feed claims.
    pub published: Option<Timestamp>,
    /// BCP 47.
    pub lang: Option<String>,
    /// A word or two: "first", "official", "copy".
    pub note: Option<String>,
}

/// One line of the story so far.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    pub at: Timestamp,
    pub text: String,
    pub outlet: Option<String>,
}

/// Why no message could be made. `check` finds each of these before a watch is ever run.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    #[error("the sender's address cannot be used")]
    From(#[source] AddressError),
    #[error("the address of `{name}` cannot be used")]
    To { name: String, source: AddressError },
    #[error("the mail could not be written")]
    Template(#[from] minijinja::Error),
    #[error("the mail's headers could not be written")]
    Headers(#[from] lettre::error::Error),
}

/// Makes an alert's mail. Where it would be larger than [`MESSAGE_BYTES_MAX`], more of each list is folded until it
/// fits; the counts of what was folded are in the mail.
pub fn render(mail: &AlertMail) -> Result<Message, RenderError> {
    let subject = subject::of(mail);
    let mut fold = Fold::default();
    loop {
        let view = View::new(mail, fold);
        let message = compose(alert_headers(mail, &subject)?, mail.message_id, "alert", &view)?;
        let smaller = fold.halved();
        if message.len() <= MESSAGE_BYTES_MAX || smaller == fold {
            return finish(mail.from, mail.recipient, mail.message_id, subject, message);
        }
        fold = smaller;
    }
}

/// Characters of a paragraph of a notice.
const PARAGRAPH_CHARS_MAX: usize = 4_000;

/// A mail about newswatch itself: a test, or trouble that a person should know of.
#[derive(Clone, Copy, Debug)]
pub struct Notice<'a> {
    pub recipient: &'a Recipient,
    pub zone: &'a TimeZone,
    pub from: &'a str,
    pub message_id: &'a str,
    pub at: Timestamp,
    pub subject: &'a str,
    pub paragraphs: &'a [String],
}

/// Makes a notice's mail.
pub fn render_notice(notice: &Notice) -> Result<Message, RenderError> {
    #[derive(Serialize)]
    struct NoticeView {
        subject: String,
        paragraphs: Vec<String>,
        at: String,
    }
    let subject = clean::line(notice.subject, LIST_NAME_CHARS_MAX * 2);
    let view = NoticeView {
        subject: subject.clone(),
        paragraphs: notice.paragraphs.iter().map(|text| clean::line(text, PARAGRAPH_CHARS_MAX)).collect(),
        at: notice.at.to_zoned(notice.zone.clone()).strftime("%-d %b %Y, %H:%M:%S %Z").to_string(),
    };
    let headers =
        common_headers(notice.from, notice.recipient, notice.message_id, notice.at)?.subject(subject.as_str());
    let bytes = compose(headers, notice.message_id, "notice", &view)?;
    finish(notice.from, notice.recipient, notice.message_id, subject, bytes)
}

fn finish(
    from: &str,
    recipient: &Recipient,
    message_id: &str,
    subject: String,
    bytes: Vec<u8>,
) -> Result<Message, RenderError> {
    Ok(Message {
        message_id: message_id.to_owned(),
        envelope_from: sender(from)?.email.to_string(),
        envelope_to: receiver(recipient)?.email.to_string(),
        subject,
        bytes,
    })
}

fn sender(from: &str) -> Result<Mailbox, RenderError> {
    parse_mailbox(from).map_err(RenderError::From)
}

fn receiver(recipient: &Recipient) -> Result<Mailbox, RenderError> {
    parse_mailbox(&recipient.address).map_err(|source| RenderError::To { name: recipient.name.clone(), source })
}

/// The headers of every mail of ours. Auto-Submitted (RFC 3834) and Exchange's own header keep holiday notices away.
fn common_headers(
    from: &str,
    recipient: &Recipient,
    message_id: &str,
    at: Timestamp,
) -> Result<MessageBuilder, RenderError> {
    Ok(lettre::Message::builder()
        .from(sender(from)?)
        .to(receiver(recipient)?)
        .date(SystemTime::from(at))
        .message_id(Some(angled(message_id)))
        .raw_header(raw("Auto-Submitted", "auto-generated".to_owned()))
        .raw_header(raw("X-Auto-Response-Suppress", "All".to_owned())))
}

fn alert_headers(mail: &AlertMail, subject: &str) -> Result<MessageBuilder, RenderError> {
    let alert = mail.alert;
    let newest = mail.previous.len().saturating_sub(REFERENCES_MAX);
    let references: Vec<String> = std::iter::once(mail.thread_root)
        .chain(mail.previous[newest..].iter().map(String::as_str))
        .map(angled)
        .collect();
    let parent = references.last().cloned().unwrap_or_default();
    let class = match alert.class {
        Class::Minor => "minor",
        Class::Notable => "notable",
        Class::Major => "major",
    };
    let domain = sender(mail.from)?.email.domain().to_owned();
    Ok(common_headers(mail.from, mail.recipient, mail.message_id, alert.decided)?
        .subject(subject)
        .in_reply_to(parent)
        .references(references.join(" "))
        .raw_header(raw("List-Id", list_id(&alert.watch, &domain)))
        .raw_header(raw("X-Newswatch-Watch", clean::line(&alert.watch, LIST_NAME_CHARS_MAX)))
        .raw_header(raw("X-Newswatch-Thread", alert.thread.to_string()))
        .raw_header(raw("X-Newswatch-Alert", alert.id.to_string()))
        .raw_header(raw("X-Newswatch-Class", class.to_owned())))
}

fn angled(message_id: &str) -> String {
    let id: String = message_id.chars().filter(|c| c.is_ascii_graphic() && !matches!(c, '<' | '>')).collect();
    format!("<{id}>")
}

/// A header that lettre has no type for; it folds and encodes the value.
fn raw(name: &'static str, value: String) -> HeaderValue {
    HeaderValue::new(HeaderName::new_from_ascii_str(name), value)
}

/// RFC 2919: one stable identifier a watch. Letters outside ASCII are not allowed in it, so the hash of the name keeps
/// two watches apart whose names differ only there.
fn list_id(watch: &str, domain: &str) -> String {
    let mut label = String::new();
    for c in watch.chars().take(LIST_NAME_CHARS_MAX) {
        match c {
            c if c.is_ascii_alphanumeric() => label.push(c.to_ascii_lowercase()),
            _ if label.ends_with('-') || label.is_empty() => {}
            _ => label.push('-'),
        }
    }
    let plain = watch.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, ' ' | '-'));
    let label = label.trim_end_matches('-');
    match (plain, label) {
        (true, label) if !label.is_empty() && watch.len() <= LIST_NAME_CHARS_MAX => {
            format!("<{label}.newswatch.{domain}>")
        }
        (_, "") => format!("<{:x}.newswatch.{domain}>", content_hash([watch])),
        (_, label) => format!("<{label}-{:x}.newswatch.{domain}>", content_hash([watch])),
    }
}

/// Fills the templates `NAME.txt` and `NAME.html` and joins them to a message.
fn compose(
    headers: MessageBuilder,
    message_id: &str,
    name: &str,
    view: &impl Serialize,
) -> Result<Vec<u8>, RenderError> {
    let fill = |ending: &str| -> Result<String, RenderError> {
        let text = TEMPLATES.get_template(&format!("{name}.{ending}"))?.render(Serde(view))?;
        Ok(text.trim_start().to_owned())
    };
    // `=_` cannot stand in a quoted-printable or base64 body, so no feed can close a part (RFC 2045, section 6.7).
    let boundary = format!("=_{:016x}", content_hash([message_id]));
    let parts = MultiPart::alternative()
        .boundary(boundary)
        .singlepart(part(ContentType::TEXT_PLAIN, fill("txt")?))
        .singlepart(part(ContentType::TEXT_HTML, fill("html")?));
    let mut bytes = headers.multipart(parts)?.formatted();
    if !bytes.ends_with(b"\r\n") {
        bytes.extend_from_slice(b"\r\n");
    }
    Ok(bytes)
}

/// Quoted-printable keeps a mail readable as it lies on disk; base64 is the smaller one where little is ASCII.
fn part(kind: ContentType, text: String) -> SinglePart {
    let foreign = text.bytes().filter(|byte| !byte.is_ascii()).count();
    let encoding = if foreign * 4 > text.len() {
        ContentTransferEncoding::Base64
    } else {
        ContentTransferEncoding::QuotedPrintable
    };
    SinglePart::builder().header(kind).header(encoding).body(text)
}

/// The built-in templates. Escaping goes by the ending of the name.
static TEMPLATES: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut templates = Environment::new();
    templates.set_undefined_behavior(UndefinedBehavior::Strict);
    let mut syntax = SyntaxConfig::builder();
    syntax.trim_blocks(true).lstrip_blocks(true).keep_trailing_newline(true);
    templates.set_syntax(syntax.build().expect("the delimiters are the usual ones"));
    templates.add_filter("wrap", |text: String, margin: usize| wrap::wrap(&text, margin));
    for (name, source) in SOURCES {
        templates.add_template(name, source).expect("the built-in templates parse: a test renders each");
    }
    templates
});

const SOURCES: [(&str, &str); 4] = [
    ("alert.txt", include_str!("templates/alert.txt")),
    ("alert.html", include_str!("templates/alert.html")),
    ("notice.txt", include_str!("templates/notice.txt")),
    ("notice.html", include_str!("templates/notice.html")),
];
