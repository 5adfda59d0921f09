//! How do a command and its answer cross the wire?
//!
//! In: a byte stream to a mail server. Out: answers, each within bounds of size and time. It knows lines and codes, and
//! nothing of the order in which commands make sense.

use std::fmt::Display;
use std::io;
use std::time::Duration;

use lettre::transport::smtp::response::Response;
use tokio::io::{AsyncBufReadExt as _, AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, BufReader};
use tokio::time::timeout;

use super::fault::{Cause, Fault, Step};
use crate::mail::clean;

/// All lines of one answer together; RFC 5321 asks for 512 bytes a line.
const ANSWER_BYTES_MAX: u64 = 16 * 1024;

/// Characters of a garbled answer that are shown.
const GARBLED_CHARS_MAX: usize = 80;

/// A TCP or TLS stream.
pub trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

/// A line-wise connection.
pub struct Wire {
    stream: BufReader<Box<dyn Stream>>,
    patience: Duration,
}

impl Wire {
    /// Every answer must come within `patience`.
    pub fn new(stream: Box<dyn Stream>, patience: Duration) -> Self {
        Self { stream: BufReader::new(stream), patience }
    }

    /// Sends a command of lettre's, which ends with its CRLF, and reads the answer; a negative one is a fault.
    pub async fn ask(&mut self, step: Step, command: impl Display) -> Result<Response, Fault> {
        self.send(step, command.to_string().as_bytes()).await?;
        self.answer(step, self.patience).await
    }

    /// Writes all bytes. Commands and messages are each one write: with TCP_NODELAY two would be two packets, without
    /// it the second would wait 40 ms for a delayed acknowledgement of the first.
    pub async fn send(&mut self, step: Step, bytes: &[u8]) -> Result<(), Fault> {
        let write = async {
            self.stream.write_all(bytes).await?;
            self.stream.flush().await
        };
        match timeout(self.patience, write).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(broken(step, error)),
            Err(_) => Err(Fault { step, cause: Cause::TimedOut }),
        }
    }

    /// Reads an answer that may take up to `patience`.
    pub async fn answer(&mut self, step: Step, patience: Duration) -> Result<Response, Fault> {
        let answer = match timeout(patience, self.read_answer(step)).await {
            Ok(answer) => answer?,
            Err(_) => return Err(Fault { step, cause: Cause::TimedOut }),
        };
        if answer.is_positive() { Ok(answer) } else { Err(Fault { step, cause: Cause::Refused(answer) }) }
    }

    /// Reads lines up to one without a hyphen after its code, and gives them to lettre's parser in the strict form it
    /// expects: some servers end lines with a bare LF, or send a code without a text.
    async fn read_answer(&mut self, step: Step) -> Result<Response, Fault> {
        let mut limited = (&mut self.stream).take(ANSWER_BYTES_MAX);
        let (mut whole, mut line) = (String::new(), Vec::new());
        loop {
            line.clear();
            limited.read_until(b'\n', &mut line).await.map_err(|error| broken(step, error))?;
            if !line.ends_with(b"\n") {
                let cause = match limited.limit() {
                    0 => Cause::Garbled("an answer without an end".to_owned()),
                    _ => Cause::Closed,
                };
                return Err(Fault { step, cause });
            }
            let text = String::from_utf8_lossy(&line);
            let text = text.trim_end();
            whole.push_str(text);
            whole.push_str(if text.len() == 3 { " \r\n" } else { "\r\n" });
            if text.as_bytes().get(3) != Some(&b'-') {
                let garbled = |_| Cause::Garbled(clean::line(&whole, GARBLED_CHARS_MAX));
                return whole.parse().map_err(garbled).map_err(|cause| Fault { step, cause });
            }
        }
    }

    /// The stream under it, for encryption to begin; refuses when more was received than was asked for, because that
    /// would later count as encrypted (CVE-2011-0411).
    pub fn into_stream(self) -> Result<Box<dyn Stream>, Fault> {
        if self.stream.buffer().is_empty() {
            Ok(self.stream.into_inner())
        } else {
            Err(Fault { step: Step::StartTls, cause: Cause::Injected })
        }
    }
}

/// A reset or an early end of TLS is a hang-up to a person.
fn broken(step: Step, error: io::Error) -> Fault {
    use io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset, UnexpectedEof};
    let hung_up = matches!(error.kind(), BrokenPipe | ConnectionAborted | ConnectionReset | UnexpectedEof);
    Fault { step, cause: if hung_up { Cause::Closed } else { Cause::Io(error) } }
}
