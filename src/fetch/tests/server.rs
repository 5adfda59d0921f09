//! How may a server behave?
//!
//! In: a request's path, which names the behaviour. Out: bytes on a loopback connection, well formed or not. It records
//! the heads of the requests it got, and how many it served at once. It never outlives its test.

use std::io::Write as _;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use flate2::Compression;
use flate2::write::GzEncoder;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// Three million times `x`, packed by Brotli 1.1 (there is no Brotli encoder in this program).
const BROTLI_BOMB: &[u8] = &[155, 191, 198, 45, 248, 37, 240, 226, 177, 64, 32, 207, 183, 5];

pub const FEED: &str = "<rss version=\"2.0\"><channel><title>Loopback News</title></channel></rss>";

/// A server on its own port of a loopback address.
pub struct Server {
    /// `http://127.0.0.1:PORT`
    pub base: String,
    seen: Arc<Seen>,
}

#[derive(Default)]
struct Seen {
    heads: Mutex<Vec<String>>,
    busy: AtomicUsize,
    busiest: AtomicUsize,
}

/// What follows the first bytes.
enum Then {
    Close,
    Hang,
    Repeat(Vec<u8>, Duration),
}

impl Server {
    /// Starts serving on `ip`.
    pub async fn on(ip: &str) -> Self {
        let listener = TcpListener::bind((ip, 0)).await.expect("a free port");
        let base = format!("http://{}", listener.local_addr().expect("bound"));
        let seen = Arc::new(Seen::default());
        let theirs = Arc::clone(&seen);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, Arc::clone(&theirs)));
            }
        });
        Self { base, seen }
    }

    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    /// The heads of all requests so far, in lower case.
    pub fn heads(&self) -> Vec<String> {
        self.seen.heads.lock().expect("no panic").clone()
    }

    /// The most requests that were served at once.
    pub fn busiest(&self) -> usize {
        self.seen.busiest.load(Ordering::SeqCst)
    }
}

async fn serve(mut stream: TcpStream, seen: Arc<Seen>) {
    let head = read_head(&mut stream).await;
    seen.heads.lock().expect("no panic").push(head.to_lowercase());
    let busy = seen.busy.fetch_add(1, Ordering::SeqCst) + 1;
    seen.busiest.fetch_max(busy, Ordering::SeqCst);
    let path = head.split(' ').nth(1).unwrap_or_default().to_owned();
    if path == "/slow" {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let (first, then) = reply(&path, &head.to_lowercase());
    // Counted as done before the last byte, which frees the client's place.
    seen.busy.fetch_sub(1, Ordering::SeqCst);
    let _ = stream.write_all(&first).await;
    match then {
        Then::Close => {}
        Then::Hang => tokio::time::sleep(Duration::from_secs(60)).await,
        Then::Repeat(piece, pause) => {
            while stream.write_all(&piece).await.is_ok() {
                tokio::time::sleep(pause).await;
            }
        }
    }
}

async fn read_head(stream: &mut TcpStream) -> String {
    let (mut head, mut piece) = (Vec::new(), [0; 4096]);
    // A TLS greeting has no blank line; answering it in plain HTTP is what a real server does, too.
    while !head.windows(4).any(|end| end == b"\r\n\r\n") && head.first() != Some(&0x16) {
        match stream.read(&mut piece).await {
            Ok(read) if read > 0 => head.extend_from_slice(&piece[..read]),
            _ => break,
        }
    }
    String::from_utf8_lossy(&head).into_owned()
}

fn reply(path: &str, head: &str) -> (Vec<u8>, Then) {
    let text = |head: &str| (format!("HTTP/1.1 {head}\r\nConnection: close\r\n\r\n").into_bytes(), Then::Close);
    if let Some(rest) = path.strip_prefix("/to/") {
        let (status, to) = rest.split_once('/').expect("/to/STATUS/ADDRESS");
        return text(&format!("{status} Elsewhere\r\nLocation: {to}"));
    }
    if let Some(left) = path.strip_prefix("/hop/").and_then(|left| left.parse::<u32>().ok()) {
        let to = if left == 0 { "/feed".into() } else { format!("/hop/{}", left - 1) };
        return text(&format!("301 Moved\r\nLocation: {to}"));
    }
    if let Some(status) = path.strip_prefix("/status/") {
        return text(&format!("{status} Some Words\r\nRetry-After: 120\r\nContent-Length: 0"));
    }
    match path {
        "/feed" if head.contains("if-none-match: w/\"v 1\"") => text("304 Not Modified\r\nCache-Control: max-age=600"),
        "/not-asked" => text("304 Not Modified"),
        "/empty" => text("200 OK\r\nContent-Length: 0"),
        "/large-headers" => text(&format!("200 OK\r\nX-Large: {}", "x".repeat(100_000))),
        "/many-headers" => text(&format!("200 OK{}", "\r\nX-One: more".repeat(300))),
        "/gzip" => (body("Content-Encoding: gzip\r\n", &gzip(FEED.as_bytes())), Then::Close),
        "/bomb" => (body("Content-Encoding: gzip\r\n", &gzip(&vec![0; 1_000_000])), Then::Close),
        "/large" => (body("", &vec![b'x'; 100_000]), Then::Close),
        "/sloppy" => {
            (body("X Bad : y\r\nBad\u{1}: z\r\nServer : old\r\nX-Long: a\r\n  b\r\n", FEED.as_bytes()), Then::Close)
        }
        "/cut" => {
            (b"HTTP/1.1 200 OK\r\nETag: \"cut\"\r\nContent-Length: 500\r\n\r\n<rss><channel>".to_vec(), Then::Close)
        }
        "/zstd-bomb" => {
            let packed = zstd::encode_all(&[b'x'; 3_000_000][..], 3).expect("memory");
            (body("Content-Encoding: zstd\r\n", &packed), Then::Close)
        }
        "/deflate-bomb" => (body("Content-Encoding: deflate\r\n", &zlib(&vec![b'x'; 3_000_000])), Then::Close),
        "/brotli-bomb" => (body("Content-Encoding: br\r\n", BROTLI_BOMB), Then::Close),
        "/not-http" => (b"220 mail.example ESMTP\r\n".to_vec(), Then::Close),
        "/hang" => (Vec::new(), Then::Hang),
        "/stall" => (b"HTTP/1.1 200 OK\r\n\r\n<rss>".to_vec(), Then::Hang),
        "/drip" => (b"HTTP/1.1 200 OK\r\n\r\n".to_vec(), Then::Repeat(b"x".to_vec(), Duration::from_millis(20))),
        "/endless" => (b"HTTP/1.1 200 OK\r\n\r\n".to_vec(), Then::Repeat(vec![b'x'; 8192], Duration::ZERO)),
        _ => {
            (body("ETag: W/\"v 1\"\r\nLast-Modified: Sun, 06 Nov 1994 08:49:37 GMT\r\n", FEED.as_bytes()), Then::Close)
        }
    }
}

fn body(headers: &str, bytes: &[u8]) -> Vec<u8> {
    let length = bytes.len();
    let head = format!("HTTP/1.1 200 OK\r\n{headers}Content-Type: text/xml\r\nContent-Length: {length}\r\n\r\n");
    [head.as_bytes(), bytes].concat()
}

fn zlib(plain: &[u8]) -> Vec<u8> {
    let mut packer = flate2::write::ZlibEncoder::new(Vec::new(), Compression::fast());
    packer.write_all(plain).expect("memory");
    packer.finish().expect("memory")
}

fn gzip(plain: &[u8]) -> Vec<u8> {
    let mut packer = GzEncoder::new(Vec::new(), Compression::fast());
    packer.write_all(plain).expect("memory");
    packer.finish().expect("memory")
}
