//! What does the load server say?
//!
//! In: a path. Out: the body of its answer, or nothing where no server listens.

use std::io::{Read, Write};
use std::net::TcpStream;

pub fn address() -> String {
    std::env::var("NEWSWATCH_LOAD").unwrap_or_else(|_| "127.0.0.1:8700".to_owned())
}

pub fn get(path: &str) -> Option<String> {
    let mut stream = TcpStream::connect(address()).ok()?;
    write!(stream, "GET {path} HTTP/1.0\r\nHost: localhost\r\nConnection: close\r\n\r\n").ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    answer.split_once("\r\n\r\n").map(|(_, body)| body.to_owned())
}
