//! Mail servers on loopback.
//!
//! `serve` is a real one: the protocol is `mailin`'s, TLS is rustls's, only the plumbing between them is here. `recite`
//! answers by rote, for what no good server would do.

use std::net::IpAddr;
use std::sync::{Arc, Mutex};

use mailin::{Action, AuthMechanism, Handler, Response, Session, SessionBuilder};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;
use tokio::io::{AsyncBufReadExt as _, AsyncRead, AsyncWrite, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

pub const USER: &str = "newswatch";
pub const PASSWORD: &str = "correct horse";

/// What a server got, in order.
#[derive(Default)]
pub struct Log {
    pub connections: u32,
    pub commands: Vec<String>,
    pub signed_in: u32,
    pub messages: Vec<Received>,
}

#[derive(Clone)]
pub struct Received {
    pub from: String,
    pub to: String,
    pub bytes: Vec<u8>,
}

/// How a server behaves.
#[derive(Clone, Default)]
pub struct Manners {
    pub starttls: bool,
    pub implicit_tls: bool,
    pub auth: Option<AuthMechanism>,
    /// Answer to RCPT, where it is not 250.
    pub recipient: Option<(u16, &'static str)>,
    /// How a connection ends that has carried one message.
    pub after_one: Option<Farewell>,
}

#[derive(Clone, Copy, PartialEq)]
pub enum Farewell {
    /// 421 to the next command.
    Polite,
    /// Without a word.
    Abrupt,
}

/// A certificate authority made for one test, and a server certificate for `names` under it.
#[derive(Clone)]
pub struct Authority {
    pub pem: String,
    acceptor: TlsAcceptor,
}

pub fn authority(names: &[&str]) -> Authority {
    let mut ca = CertificateParams::new(vec![]).unwrap();
    ca.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let issuer = CertifiedIssuer::self_signed(ca, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let leaf = CertificateParams::new(names).unwrap().signed_by(&key, &issuer).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![leaf.der().clone()], PrivateKeyDer::try_from(key.serialize_der()).unwrap())
        .unwrap();
    Authority { pem: issuer.pem(), acceptor: TlsAcceptor::from(Arc::new(config)) }
}

/// Starts a server that lives as long as the test's runtime; returns its port and its log.
pub async fn serve(manners: Manners, authority: Authority) -> (u16, Arc<Mutex<Log>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let log = Arc::new(Mutex::new(Log::default()));
    let shared = log.clone();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            shared.lock().unwrap().connections += 1;
            tokio::spawn(attend(stream, manners.clone(), authority.clone(), shared.clone()));
        }
    });
    (port, log)
}

async fn attend(stream: TcpStream, manners: Manners, authority: Authority, log: Arc<Mutex<Log>>) {
    let clerk = Clerk { manners: manners.clone(), log, letter: None, sent: 0 };
    let mut builder = SessionBuilder::new("mx.example");
    if manners.starttls {
        builder.enable_start_tls();
    }
    if let Some(mechanism) = manners.auth.clone() {
        builder.enable_auth(mechanism);
    }
    let mut session = builder.build(IpAddr::from([127, 0, 0, 1]), clerk);
    if manners.implicit_tls {
        session.tls_active();
        let Ok(stream) = authority.acceptor.accept(stream).await else { return };
        converse(stream, &mut session, &manners, true).await;
    } else if let Some(stream) = converse(stream, &mut session, &manners, true).await {
        let Ok(stream) = authority.acceptor.accept(stream).await else { return };
        session.tls_active();
        converse(stream, &mut session, &manners, false).await;
    }
}

/// Talks until the client leaves, or asks for TLS: then the stream is given back.
async fn converse<S>(stream: S, session: &mut Session<Clerk>, manners: &Manners, greet: bool) -> Option<S>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let mut stream = BufReader::new(stream);
    if greet {
        stream.write_all(&session.greeting().buffer().unwrap()).await.ok()?;
    }
    let mut line = Vec::new();
    loop {
        line.clear();
        if stream.read_until(b'\n', &mut line).await.ok()? == 0 {
            return None;
        }
        let response = session.process(&line);
        stream.write_all(&response.buffer().unwrap()).await.ok()?;
        stream.flush().await.ok()?;
        if line == b".\r\n" && manners.after_one == Some(Farewell::Abrupt) {
            return None;
        }
        match response.action {
            Action::Close => return None,
            Action::UpgradeTls => return Some(stream.into_inner()),
            Action::Reply | Action::NoReply => {}
        }
    }
}

struct Clerk {
    manners: Manners,
    log: Arc<Mutex<Log>>,
    letter: Option<Received>,
    /// Messages over this connection.
    sent: u32,
}

impl Clerk {
    fn note(&self, command: impl Into<String>) {
        self.log.lock().unwrap().commands.push(command.into());
    }

    fn sign_in(&self, user: &str, password: &str) -> Response {
        self.note(format!("AUTH {user}"));
        if (user, password) != (USER, PASSWORD) {
            return mailin::response::INVALID_CREDENTIALS;
        }
        self.log.lock().unwrap().signed_in += 1;
        mailin::response::AUTH_OK
    }
}

impl Handler for Clerk {
    fn helo(&mut self, _: IpAddr, name: &str) -> Response {
        self.note(format!("EHLO {name}"));
        mailin::response::OK
    }

    fn mail(&mut self, _: IpAddr, _: &str, from: &str) -> Response {
        if self.sent > 0 && self.manners.after_one == Some(Farewell::Polite) {
            return Response::custom(421, "4.7.0 enough for one connection".to_owned());
        }
        self.letter = Some(Received { from: from.to_owned(), to: String::new(), bytes: Vec::new() });
        mailin::response::OK
    }

    fn rcpt(&mut self, to: &str) -> Response {
        if let Some(letter) = &mut self.letter {
            letter.to = to.to_owned();
        }
        let answer = |(code, text): (u16, &str)| Response::custom(code, text.to_owned());
        self.manners.recipient.map_or(mailin::response::OK, answer)
    }

    fn data(&mut self, line: &[u8]) -> std::io::Result<()> {
        if let Some(letter) = &mut self.letter {
            letter.bytes.extend_from_slice(line);
        }
        Ok(())
    }

    fn data_end(&mut self) -> Response {
        self.sent += 1;
        let mut log = self.log.lock().unwrap();
        log.messages.extend(self.letter.take());
        Response::custom(250, format!("2.0.0 queued as {}", log.messages.len()))
    }

    fn auth_plain(&mut self, _: &str, user: &str, password: &str) -> Response {
        self.sign_in(user, password)
    }

    fn auth_login(&mut self, user: &str, password: &str) -> Response {
        self.sign_in(user, password)
    }
}

/// Answers each line that begins with a key by its value; `greeting` is said first, `.` follows a whole message, no
/// value at all hangs up.
pub async fn recite(answers: &'static [(&'static str, &'static str)]) -> (u16, Arc<Mutex<Log>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let log = Arc::new(Mutex::new(Log::default()));
    let shared = log.clone();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            shared.lock().unwrap().connections += 1;
            tokio::spawn(recite_to(stream, answers, shared.clone()));
        }
    });
    (port, log)
}

async fn recite_to(stream: TcpStream, answers: &[(&str, &str)], log: Arc<Mutex<Log>>) -> Option<()> {
    let mut stream = BufReader::new(stream);
    let answer_to = |line: &str| answers.iter().find(|(key, _)| line.starts_with(key)).map(|(_, answer)| *answer);
    stream.write_all(answer_to("greeting").unwrap_or("220 hello\r\n").as_bytes()).await.ok()?;
    let (mut line, mut in_message) = (String::new(), false);
    loop {
        line.clear();
        if stream.read_line(&mut line).await.ok()? == 0 {
            return None;
        }
        if in_message && line != ".\r\n" {
            continue;
        }
        log.lock().unwrap().commands.push(line.trim_end().to_owned());
        let answer = answer_to(&line)?;
        in_message = line.starts_with("DATA") && answer.starts_with('3');
        stream.write_all(answer.as_bytes()).await.ok()?;
    }
}
