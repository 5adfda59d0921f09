//! Does a server with TLS see sessions resumed and HTTP/2 spoken?
//!
//! In: TLS servers on loopback addresses under a certificate made here. Out: failing tests. They count handshakes.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use rustls::HandshakeKind;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

use super::{FEED, Fetcher, Settings, settings};
use crate::fetch::install_tls;

/// More than rustls remembers by default, which is 32.
const SERVERS: u8 = 40;

#[derive(Default)]
struct Seen {
    full: AtomicUsize,
    resumed: AtomicUsize,
    protocols: Mutex<Vec<String>>,
}

/// Acceptors for all loopback addresses used here, and the certificate to trust.
fn certificate(protocols: &[&[u8]]) -> (impl Fn() -> TlsAcceptor, CertificateDer<'static>) {
    install_tls();
    let names: Vec<String> = (1..=SERVERS).map(|number| format!("127.0.0.{number}")).collect();
    let made = rcgen::generate_simple_self_signed(names).expect("a certificate");
    let certificate = made.cert.der().clone();
    let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).expect("a key");
    let protocols: Vec<Vec<u8>> = protocols.iter().map(|name| name.to_vec()).collect();
    let own = certificate.clone();
    let acceptor = move || {
        let config = rustls::ServerConfig::builder().with_no_client_auth();
        let mut config = config.with_single_cert(vec![own.clone()], key.clone_key()).expect("they belong together");
        config.alpn_protocols = protocols.clone();
        TlsAcceptor::from(Arc::new(config))
    };
    (acceptor, certificate)
}

async fn serve(ip: &str, acceptor: TlsAcceptor, seen: Arc<Seen>) -> String {
    let listener = TcpListener::bind((ip, 0)).await.expect("a free port");
    let base = format!("https://{}/feed", listener.local_addr().expect("bound"));
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(answer(stream, acceptor.clone(), Arc::clone(&seen)));
        }
    });
    base
}

async fn answer(stream: TcpStream, acceptor: TlsAcceptor, seen: Arc<Seen>) {
    let Ok(mut stream) = acceptor.accept(stream).await else { return };
    let connection = stream.get_ref().1;
    match connection.handshake_kind() {
        Some(HandshakeKind::Resumed) => seen.resumed.fetch_add(1, Ordering::SeqCst),
        _ => seen.full.fetch_add(1, Ordering::SeqCst),
    };
    let protocol = String::from_utf8_lossy(connection.alpn_protocol().unwrap_or_default()).into_owned();
    seen.protocols.lock().expect("no panic").push(protocol.clone());
    if protocol == "h2" {
        let mut connection = h2::server::handshake(stream).await.expect("HTTP/2");
        while let Some(Ok((_request, mut respond))) = connection.accept().await {
            let mut body = respond.send_response(Default::default(), false).expect("a response");
            body.send_data(FEED.as_bytes().into(), true).expect("a body");
        }
        return;
    }
    let mut head = [0; 4096];
    let _ = stream.read(&mut head).await;
    let text = format!("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{FEED}", FEED.len());
    let _ = stream.write_all(text.as_bytes()).await;
    let _ = stream.shutdown().await;
}

fn trusting(certificate: CertificateDer<'static>) -> Fetcher {
    let patience = std::time::Duration::from_secs(20);
    let (connect_timeout, total_timeout, read_timeout) = (patience, patience, patience);
    let settings =
        Settings { extra_roots: vec![certificate], connect_timeout, total_timeout, read_timeout, ..settings() };
    Fetcher::new(settings).expect("a client")
}

#[tokio::test]
async fn each_of_many_servers_is_greeted_in_full_once_and_then_resumed() {
    let (acceptor, certificate) = certificate(&[b"http/1.1"]);
    let seen = Arc::new(Seen::default());
    let mut urls = Vec::new();
    for number in 1..=SERVERS {
        urls.push(serve(&format!("127.0.0.{number}"), acceptor(), Arc::clone(&seen)).await);
    }
    let fetcher = trusting(certificate);
    for _ in 0..3 {
        for url in &urls {
            assert_eq!(fetcher.get(url).await.expect("an answer").bytes, FEED.as_bytes());
        }
    }
    let servers = usize::from(SERVERS);
    let (full, resumed) = (seen.full.load(Ordering::SeqCst), seen.resumed.load(Ordering::SeqCst));
    assert_eq!((full, resumed), (servers, 2 * servers));
}

#[tokio::test]
async fn http_2_is_spoken_where_it_is_offered_and_strangers_are_not_trusted() {
    let (acceptor, certificate) = certificate(&[b"h2", b"http/1.1"]);
    let seen = Arc::new(Seen::default());
    let url = serve("127.0.0.1", acceptor(), Arc::clone(&seen)).await;
    let fetcher = trusting(certificate);
    assert_eq!(fetcher.get(&url).await.expect("an answer").bytes, FEED.as_bytes());
    assert_eq!(*seen.protocols.lock().expect("no panic"), ["h2"]);
    let stranger = Fetcher::new(settings()).expect("a client").get(&url).await.expect_err("not trusted");
    assert!(stranger.reason.contains("is not trusted: no authority we know"), "{}", stranger.reason);
}
