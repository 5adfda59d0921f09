//! What is said to a mail server, from its greeting to QUIT?
//!
//! In: a server's settings; messages. Out: a session that is encrypted and signed in where the settings want that, and
//! the server's answer to each message. A password is sent over verified TLS or not at all.
//!
//! The words are lettre's (commands, answers, AUTH), the order is ours: lettre's own connection sets no TCP_NODELAY,
//! which costs 44 ms a mail, reads on after STARTTLS what came before it, has no bound on a line, and does not tell
//! whether it was lost before or after the message was handed over.

use std::net::IpAddr;
use std::time::Duration;

use lettre::Address;
use lettre::transport::smtp::authentication::DEFAULT_MECHANISMS;
use lettre::transport::smtp::commands::{Auth, Data, Ehlo, Mail, Quit, Rcpt, Starttls};
use lettre::transport::smtp::extension::{ClientId, Extension, ServerInfo};
use tokio::net::{TcpStream, lookup_host};
use tokio::time::timeout;

use super::fault::{Cause, Fault, Step, answer_line};
use super::wire::{Stream, Wire};
use super::{Security, Server};

/// Addresses of one host that are tried.
const ADDRESSES_MAX: usize = 6;

/// Time for one address to answer: a dead IPv6 route must not use up the patience for the living IPv4 one.
const CONNECT_MAX: Duration = Duration::from_secs(15);

/// Time for the answer to a whole message: RFC 5321, section 4.5.3.2.6 asks for ten minutes, because who gives up
/// earlier sends again what was accepted.
const VERDICT_MAX: Duration = Duration::from_secs(600);

/// Time for a goodbye.
const QUIT_MAX: Duration = Duration::from_secs(2);

/// Challenges in one AUTH dialogue; LOGIN has two.
const CHALLENGES_MAX: usize = 4;

/// What a server said of itself, for `mail test`.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    pub lines: Vec<String>,
}

/// An open session, ready for a message.
pub struct Session {
    wire: Wire,
    pub facts: Facts,
}

impl Session {
    /// Connects, encrypts and signs in.
    pub async fn open(server: &Server) -> Result<Self, Fault> {
        let (stream, local) = connect(server).await?;
        let mut facts = Facts::default();
        let stream = match server.security {
            Security::Tls => handshake(server, Box::new(stream), &mut facts).await?,
            Security::StartTls | Security::None => Box::new(stream) as Box<dyn Stream>,
        };
        let mut wire = Wire::new(stream, server.patience);
        let greeting = wire.answer(Step::Greeting, server.patience).await?;
        facts.lines.push(format!("greeting: {}", answer_line(&greeting)));
        let us = introduction(server, local);
        let mut offers = hello(&mut wire, &us).await?;
        if server.security == Security::StartTls {
            if !offers.supports_feature(Extension::StartTls) {
                return Err(Fault { step: Step::StartTls, cause: Cause::NoStartTls });
            }
            wire.ask(Step::StartTls, Starttls).await?;
            let stream = handshake(server, wire.into_stream()?, &mut facts).await?;
            wire = Wire::new(stream, server.patience);
            offers = hello(&mut wire, &us).await?;
        }
        let mut session = Self { wire, facts };
        session.sign_in(server, &offers).await?;
        Ok(session)
    }

    async fn sign_in(&mut self, server: &Server, offers: &ServerInfo) -> Result<(), Fault> {
        let step = Step::SignIn;
        let Some(credentials) = server.credentials.as_ref().filter(|_| server.security != Security::None) else {
            return Ok(());
        };
        let garbled = |error: lettre::transport::smtp::Error| Fault { step, cause: Cause::Garbled(error.to_string()) };
        let mechanism = offers.get_auth_mechanism(DEFAULT_MECHANISMS);
        let mechanism = mechanism.ok_or(Fault { step, cause: Cause::NoMechanism })?;
        let mut command = Auth::new(mechanism, credentials.clone(), None).map_err(garbled)?;
        for _ in 0..CHALLENGES_MAX {
            let answer = self.wire.ask(step, command).await?;
            if !answer.has_code(334) {
                self.facts.lines.push(format!("signed in with {mechanism}: {}", answer_line(&answer)));
                return Ok(());
            }
            command = Auth::new_from_response(mechanism, credentials.clone(), &answer).map_err(garbled)?;
        }
        Err(Fault { step, cause: Cause::Garbled("too many challenges".to_owned()) })
    }

    /// Hands over one message and returns the server's answer line.
    pub async fn transfer(&mut self, from: &Address, to: &Address, message: &[u8]) -> Result<String, Fault> {
        self.wire.ask(Step::Sender, Mail::new(Some(from.clone()), vec![])).await?;
        self.wire.ask(Step::Recipient, Rcpt::new(to.clone(), vec![])).await?;
        self.wire.ask(Step::Content, Data).await?;
        self.wire.send(Step::Content, &stuffed(message)).await?;
        let answer = self.wire.answer(Step::Verdict, VERDICT_MAX).await?;
        Ok(answer_line(&answer))
    }

    /// Says goodbye; the server's answer does not matter.
    pub async fn quit(mut self) {
        let _ = timeout(QUIT_MAX, self.wire.ask(Step::Hello, Quit)).await;
    }
}

/// Opens a connection to the first address that answers.
async fn connect(server: &Server) -> Result<(TcpStream, IpAddr), Fault> {
    let fault = |cause| Fault { step: Step::Connect, cause };
    let found = timeout(server.patience, lookup_host((server.host.as_str(), server.port))).await;
    let addresses = found.map_err(|_| fault(Cause::TimedOut))?.map_err(|error| fault(Cause::Resolve(error)))?;
    let mut last = Cause::Resolve(std::io::Error::other("it has no address"));
    for address in addresses.take(ADDRESSES_MAX) {
        match timeout(server.patience.min(CONNECT_MAX), TcpStream::connect(address)).await {
            Ok(Ok(stream)) => {
                let ready = stream.set_nodelay(true).and_then(|()| stream.local_addr());
                let local = ready.map_err(|error| fault(Cause::Io(error)))?;
                return Ok((stream, local.ip()));
            }
            Ok(Err(error)) => last = Cause::Io(error),
            Err(_) => last = Cause::TimedOut,
        }
    }
    Err(fault(last))
}

/// Encrypts the stream and checks the server's certificate against its name.
async fn handshake(server: &Server, stream: Box<dyn Stream>, facts: &mut Facts) -> Result<Box<dyn Stream>, Fault> {
    let fault = |cause| Fault { step: Step::Handshake, cause };
    let connected = timeout(server.patience, server.tls.connect(server.name.clone(), stream)).await;
    let stream = connected.map_err(|_| fault(Cause::TimedOut))?.map_err(|error| fault(Cause::Tls(error)))?;
    let version = match stream.get_ref().1.protocol_version() {
        Some(rustls::ProtocolVersion::TLSv1_2) => "TLS 1.2",
        Some(rustls::ProtocolVersion::TLSv1_3) => "TLS 1.3",
        _ => "TLS",
    };
    facts.lines.push(format!("{version}, with a valid certificate for `{}`", server.host));
    Ok(Box::new(stream))
}

/// Our name for EHLO: the configured one, the machine's where it is a full one, else our address (RFC 5321, 4.1.4).
fn introduction(server: &Server, local: IpAddr) -> ClientId {
    match (&server.ehlo_name, ClientId::default()) {
        (Some(name), _) => ClientId::Domain(name.clone()),
        (None, ClientId::Domain(name)) if name.contains('.') => ClientId::Domain(name),
        _ => match local {
            IpAddr::V4(address) => ClientId::Ipv4(address),
            IpAddr::V6(address) => ClientId::Ipv6(address),
        },
    }
}

async fn hello(wire: &mut Wire, us: &ClientId) -> Result<ServerInfo, Fault> {
    let step = Step::Hello;
    let answer = wire.ask(step, Ehlo::new(us.clone())).await?;
    let unreadable = |_| Fault { step, cause: Cause::Garbled(answer_line(&answer)) };
    ServerInfo::from_response(&answer).map_err(unreadable)
}

/// The message as it crosses the wire: a dot before each line that begins with one, and the final dot (RFC 5321,
/// section 4.5.2). Messages end with CRLF; one that does not gets it here, as the protocol cannot do without.
fn stuffed(message: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(message.len() + message.len() / 64 + 5);
    for line in message.split_inclusive(|&byte| byte == b'\n') {
        if line.starts_with(b".") {
            out.push(b'.');
        }
        out.extend_from_slice(line);
    }
    if !out.ends_with(b"\r\n") {
        out.extend_from_slice(b"\r\n");
    }
    out.extend_from_slice(b".\r\n");
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dots_are_doubled_and_the_end_is_marked() {
        assert_eq!(stuffed(b"a\r\n.\r\n..b\r\n"), b"a\r\n..\r\n...b\r\n.\r\n");
        assert_eq!(stuffed(b"a"), b"a\r\n.\r\n");
        assert_eq!(stuffed(b""), b"\r\n.\r\n");
    }
}
