//! Does a mail reach a server, whole and once, and a password nobody else?
//!
//! The cases that any good server must pass (`relays`, `refuses_a_stranger`, `sends_a_burst`) run against the embedded
//! server always, and against the one that `NEWSWATCH_TEST_SMTP` names, as `.ci/run` does with Postfix.

mod server;

use std::io::Write as _;
use std::path::{Path, PathBuf};

use mailin::AuthMechanism;
use newswatch::mail::{Mailer, Security, SetupError, SmtpSettings, Transport};
use newswatch::model::{Message, SendOutcome};
use server::{Authority, Farewell, Manners, PASSWORD, USER, authority, recite, serve};

/// Messages in a burst.
const BURST: usize = 20;

/// A server to try, and how to see what it delivered.
struct Target {
    settings: SmtpSettings,
    /// Someone who has a mailbox there.
    to: String,
    /// Someone who has none.
    stranger: String,
    /// The messages in the mailbox, as delivered.
    delivered: Box<dyn Fn() -> Vec<Vec<u8>>>,
}

fn settings(port: u16, security: Security) -> SmtpSettings {
    SmtpSettings {
        host: "127.0.0.1".to_owned(),
        port,
        security,
        username: None,
        password: None,
        ehlo_name: None,
        timeout_s: 10,
        ca_file: None,
    }
}

fn with_password(settings: SmtpSettings, password: &str) -> SmtpSettings {
    SmtpSettings { username: Some(USER.to_owned()), password: Some(password.into()), ..settings }
}

/// A file in the PEM form, gone with the handle.
fn ca_file(authority: &Authority) -> tempfile::NamedTempFile {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(authority.pem.as_bytes()).unwrap();
    file
}

fn trusting(settings: SmtpSettings, file: &tempfile::NamedTempFile) -> SmtpSettings {
    SmtpSettings { ca_file: Some(file.path().to_owned()), ..settings }
}

fn mailer(settings: SmtpSettings) -> Mailer {
    Mailer::new(Transport::Smtp(settings)).unwrap()
}

/// A message with everything that a careless sender breaks: dots first on a line, long lines, no final text.
fn message(number: usize, to: &str) -> Message {
    let id = format!("{number}.newswatch-test@example.org");
    let head = format!("Message-ID: <{id}>\r\nFrom: newswatch@example.org\r\nTo: {to}\r\nSubject: {number}\r\n");
    let head = format!("{head}Date: Fri, 18 Oct 2024 08:24:00 +0000\r\n\r\n");
    let body = format!(".\r\n..\r\n.leading\r\n{}\r\n\r\ntail.\r\n.\r\n\r\n", "long ".repeat(190));
    Message {
        message_id: id,
        envelope_from: "newswatch@example.org".to_owned(),
        envelope_to: to.to_owned(),
        subject: number.to_string(),
        bytes: format!("{head}{body}").into_bytes(),
    }
}

fn accepted(outcome: SendOutcome) -> String {
    match outcome {
        SendOutcome::Accepted(line) => line,
        other => panic!("not accepted: {other:?}"),
    }
}

fn transient(outcome: SendOutcome) -> String {
    match outcome {
        SendOutcome::Transient(line) => line,
        other => panic!("not transient: {other:?}"),
    }
}

/// A message arrives byte for byte; a server may write headers above it and keep its lines in Unix form.
async fn relays(target: &Target, number: usize) {
    let mailer = mailer(target.settings.clone());
    let sent = message(number, &target.to);
    accepted(mailer.send(&sent).await);
    mailer.rest().await;
    let wanted = String::from_utf8(sent.bytes).unwrap().replace("\r\n", "\n");
    let found = arrivals(target, |text| text.contains(&format!("<{number}.newswatch-test@"))).await;
    assert!(found[0].ends_with(&wanted), "sent:\n{wanted}\narrived:\n{}", found[0]);
}

/// A recipient without a mailbox is a permanent failure, in the server's words.
async fn refuses_a_stranger(target: &Target) {
    let outcome = mailer(target.settings.clone()).send(&message(2, &target.stranger)).await;
    let SendOutcome::Permanent(line) = outcome else { panic!("not permanent: {outcome:?}") };
    assert!(line.contains("refused the recipient: 550"), "{line}");
}

/// A burst goes over few connections; the time it took is printed, as a machine under load proves nothing.
async fn sends_a_burst(target: &Target, first: usize) {
    let mailer = mailer(target.settings.clone());
    let started = std::time::Instant::now();
    for number in first..first + BURST {
        accepted(mailer.send(&message(number, &target.to)).await);
    }
    let took = started.elapsed();
    mailer.rest().await;
    arrivals(target, |text| text.contains(&format!("<{}.newswatch-test@", first + BURST - 1))).await;
    println!("{BURST} messages one after another in {took:?}: {:?} each", took / BURST as u32);
}

/// Waits for a delivered message, in Unix line form: real servers deliver a moment after they have accepted.
async fn arrivals(target: &Target, wanted: impl Fn(&str) -> bool) -> Vec<String> {
    for _ in 0..200 {
        let texts =
            (target.delivered)().into_iter().map(|bytes| String::from_utf8(bytes).unwrap().replace("\r\n", "\n"));
        let found: Vec<String> = texts.filter(|text| wanted(text)).collect();
        if !found.is_empty() {
            return found;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("the message did not arrive within 10 s");
}

#[tokio::test]
async fn a_plain_relay_without_credentials() {
    let (port, log) = serve(Manners::default(), authority(&["127.0.0.1"])).await;
    let shared = log.clone();
    let target = Target {
        settings: settings(port, Security::None),
        to: "desk@example.org".to_owned(),
        stranger: String::new(),
        delivered: Box::new(move || shared.lock().unwrap().messages.iter().map(|got| got.bytes.clone()).collect()),
    };
    relays(&target, 1).await;
    sends_a_burst(&target, 100).await;
    let log = log.lock().unwrap();
    assert_eq!(log.messages[0].bytes, message(1, "desk@example.org").bytes, "byte for byte");
    assert_eq!(
        (log.messages[0].from.as_str(), log.messages[0].to.as_str()),
        ("newswatch@example.org", "desk@example.org")
    );
    assert_eq!(log.messages.len(), 1 + BURST);
    assert_eq!(log.connections, 2, "one a burst");
}

#[tokio::test]
async fn starttls_and_implicit_tls_with_either_way_of_signing_in() {
    for auth in [AuthMechanism::Plain, AuthMechanism::Login] {
        for security in [Security::StartTls, Security::Tls] {
            let ca = authority(&["127.0.0.1"]);
            let file = ca_file(&ca);
            let manners = Manners {
                starttls: security == Security::StartTls,
                implicit_tls: security == Security::Tls,
                auth: Some(auth.clone()),
                ..Manners::default()
            };
            let (port, log) = serve(manners, ca).await;
            let mailer = mailer(with_password(trusting(settings(port, security), &file), PASSWORD));
            accepted(mailer.send(&message(1, "desk@example.org")).await);
            let facts = mailer.probe().await.unwrap();
            assert!(facts.contains("TLS 1.3, with a valid certificate for `127.0.0.1`"), "{facts}");
            assert!(facts.contains("signed in with"), "{facts}");
            assert_eq!(log.lock().unwrap().messages[0].bytes, message(1, "desk@example.org").bytes);
        }
    }
}

#[tokio::test]
async fn an_untrusted_or_misnamed_certificate_never_sees_the_password() {
    let manners = Manners { implicit_tls: true, auth: Some(AuthMechanism::Plain), ..Manners::default() };
    for (names, trusted) in [(["127.0.0.1"], false), (["mx.other.example"], true)] {
        let ca = authority(&names);
        let file = if trusted { ca_file(&ca) } else { ca_file(&authority(&names)) };
        let (port, log) = serve(manners.clone(), ca).await;
        let mailer = mailer(with_password(trusting(settings(port, Security::Tls), &file), PASSWORD));
        let line = transient(mailer.send(&message(1, "desk@example.org")).await);
        assert!(line.contains("no trusted encryption") && line.contains("certificate"), "{line}");
        assert_eq!(log.lock().unwrap().commands, Vec::<String>::new());
    }
}

#[tokio::test]
async fn without_starttls_nothing_is_said() {
    let manners = Manners { auth: Some(AuthMechanism::Plain), ..Manners::default() };
    let (port, log) = serve(manners, authority(&["127.0.0.1"])).await;
    let mailer = mailer(with_password(settings(port, Security::StartTls), PASSWORD));
    let line = transient(mailer.send(&message(1, "desk@example.org")).await);
    assert!(line.contains("offers no STARTTLS"), "{line}");
    assert!(log.lock().unwrap().commands.iter().all(|command| command.starts_with("EHLO")));
}

#[tokio::test]
async fn a_wrong_password_is_no_verdict_on_the_mail() {
    let ca = authority(&["127.0.0.1"]);
    let file = ca_file(&ca);
    let (port, _) = serve(Manners { starttls: true, auth: Some(AuthMechanism::Plain), ..Manners::default() }, ca).await;
    let mailer = mailer(with_password(trusting(settings(port, Security::StartTls), &file), "wrong"));
    let line = transient(mailer.send(&message(1, "desk@example.org")).await);
    assert!(line.ends_with("refused the user name and password: 535 Invalid credentials"), "{line}");
    assert!(mailer.probe().await.unwrap_err().contains("535"));
}

#[test]
fn a_password_in_clear_is_refused_before_anything_is_opened() {
    let made = |settings| Mailer::new(Transport::Smtp(settings)).err();
    assert!(matches!(
        made(with_password(settings(25, Security::None), PASSWORD)),
        Some(SetupError::PasswordInClear(host)) if host == "127.0.0.1"
    ));
    let half = SmtpSettings { username: Some(USER.to_owned()), ..settings(25, Security::Tls) };
    assert!(matches!(made(half), Some(SetupError::HalfCredentials(_))));
    let host = SmtpSettings { host: "mail example".to_owned(), ..settings(25, Security::Tls) };
    assert!(matches!(made(host), Some(SetupError::Host(_))));
    let name = SmtpSettings { ehlo_name: Some("x\r\nRCPT".to_owned()), ..settings(25, Security::Tls) };
    assert!(matches!(made(name), Some(SetupError::EhloName(_))));
    let file = SmtpSettings { ca_file: Some(PathBuf::from("no/such.pem")), ..settings(25, Security::Tls) };
    assert!(matches!(made(file), Some(SetupError::CaFile { .. })));
}

#[tokio::test]
async fn a_recipient_may_be_refused_for_now_or_for_good() {
    let greylisting = Manners { recipient: Some((451, "4.7.1 greylisted, try again")), ..Manners::default() };
    let (port, _) = serve(greylisting, authority(&["127.0.0.1"])).await;
    let line = transient(mailer(settings(port, Security::None)).send(&message(1, "desk@example.org")).await);
    assert!(line.ends_with("refused the recipient: 451 4.7.1 greylisted, try again"), "{line}");
    let unknown = Manners { recipient: Some((550, "5.1.1 no such user")), ..Manners::default() };
    let (port, _) = serve(unknown, authority(&["127.0.0.1"])).await;
    refuses_a_stranger(&Target {
        settings: settings(port, Security::None),
        to: String::new(),
        stranger: "nobody@example.org".to_owned(),
        delivered: Box::new(Vec::new),
    })
    .await;
}

#[tokio::test]
async fn a_kept_connection_that_went_stale_is_replaced() {
    for farewell in [Farewell::Polite, Farewell::Abrupt] {
        let manners = Manners { after_one: Some(farewell), ..Manners::default() };
        let (port, log) = serve(manners, authority(&["127.0.0.1"])).await;
        let mailer = mailer(settings(port, Security::None));
        for number in 0..3 {
            accepted(mailer.send(&message(number, "desk@example.org")).await);
        }
        let log = log.lock().unwrap();
        assert_eq!((log.connections, log.messages.len()), (3, 3), "nothing lost, nothing twice");
    }
}

const POLITE: [(&str, &str); 4] =
    [("EHLO", "250 mx\r\n"), ("MAIL", "250 ok\r\n"), ("RCPT", "250 ok\r\n"), ("DATA", "354 go\r\n")];

#[tokio::test]
async fn a_hang_up_after_the_message_leaves_it_unknown() {
    let (port, log) = recite(&POLITE).await;
    let outcome = mailer(settings(port, Security::None)).send(&message(1, "desk@example.org")).await;
    let SendOutcome::Unknown(line) = outcome else { panic!("not unknown: {outcome:?}") };
    assert!(line.contains("hung up while waiting for its answer to the whole message"), "{line}");
    assert_eq!(log.lock().unwrap().connections, 1, "a retry is the outbox's decision");
}

#[tokio::test]
async fn hostile_servers_are_refused_in_bounded_memory() {
    static ENDLESS: std::sync::LazyLock<String> = std::sync::LazyLock::new(|| "220 ".to_owned() + &"x".repeat(1 << 20));
    static GREETS_FOR_EVER: std::sync::LazyLock<[(&str, &str); 1]> =
        std::sync::LazyLock::new(|| [("greeting", &ENDLESS)]);
    let (port, _) = recite(&*GREETS_FOR_EVER).await;
    let line = transient(mailer(settings(port, Security::None)).send(&message(1, "desk@example.org")).await);
    assert!(line.contains("an answer without an end"), "{line}");

    let (port, _) = recite(&[("greeting", "HTTP/1.1 400 Bad Request\r\n")]).await;
    let line = transient(mailer(settings(port, Security::None)).send(&message(1, "desk@example.org")).await);
    assert!(line.contains("did not answer in SMTP while waiting for its greeting: `HTTP/1.1 400"), "{line}");

    let (port, log) =
        recite(&[("EHLO", "250-mx\r\n250 STARTTLS\r\n"), ("STARTTLS", "220 go\r\n250 AUTH PLAIN\r\n")]).await;
    let injected = with_password(settings(port, Security::StartTls), PASSWORD);
    let line = transient(mailer(injected).send(&message(1, "desk@example.org")).await);
    assert!(line.contains("interferes with STARTTLS"), "{line}");
    assert!(!log.lock().unwrap().commands.iter().any(|command| command.starts_with("AUTH")));
}

#[tokio::test]
async fn nobody_there_is_transient() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let line = transient(mailer(settings(port, Security::None)).send(&message(1, "desk@example.org")).await);
    assert!(line.starts_with(&format!("cannot connect to `127.0.0.1:{port}`: ")), "{line}");
}

/// The files of a Maildir or the messages of its `new`, whichever the mail server writes.
fn maildir(folder: &Path) -> Vec<Vec<u8>> {
    let files = std::fs::read_dir(folder.join("new")).into_iter().flatten().flatten();
    files.filter_map(|file| std::fs::read(file.path()).ok()).collect()
}

/// The same cases against a real mail server: `NEWSWATCH_TEST_SMTP=host:port`, the local mailbox that takes the mails
/// `NEWSWATCH_TEST_SMTP_TO`, its Maildir `NEWSWATCH_TEST_SMTP_MAILDIR`; with `NEWSWATCH_TEST_SMTP_CA` (a PEM file that
/// vouches for the server's certificate) also over STARTTLS.
#[tokio::test]
async fn a_real_mail_server() {
    let variable = |name: &str| std::env::var(format!("NEWSWATCH_TEST_SMTP{name}")).ok();
    let (Some(place), Some(to), Some(folder)) = (variable(""), variable("_TO"), variable("_MAILDIR")) else {
        let _ = writeln!(
            std::io::stderr(),
            "SKIPPED a_real_mail_server: NEWSWATCH_TEST_SMTP, _TO and _MAILDIR are not set (.ci/run sets them)"
        );
        return;
    };
    let (host, port) = place.rsplit_once(':').expect("NEWSWATCH_TEST_SMTP is host:port");
    let plain = SmtpSettings { host: host.to_owned(), ..settings(port.parse().unwrap(), Security::None) };
    let mut ways = vec![plain.clone()];
    match variable("_CA") {
        Some(ca) => ways.push(SmtpSettings { security: Security::StartTls, ca_file: Some(ca.into()), ..plain }),
        None => drop(writeln!(
            std::io::stderr(),
            "SKIPPED a_real_mail_server over STARTTLS: NEWSWATCH_TEST_SMTP_CA is not set"
        )),
    }
    let domain = to.split_once('@').map_or("localhost", |(_, domain)| domain).to_owned();
    for (way, settings) in ways.into_iter().enumerate() {
        let folder = PathBuf::from(&folder);
        let target = Target {
            settings,
            to: to.clone(),
            stranger: format!("nobody-of-that-name@{domain}"),
            delivered: Box::new(move || maildir(&folder)),
        };
        relays(&target, way).await;
        refuses_a_stranger(&target).await;
        sends_a_burst(&target, 100 * (way + 1)).await;
        println!("{}", mailer(target.settings.clone()).probe().await.unwrap());
    }
}
