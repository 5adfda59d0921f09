//! Is the body whole, and within its bounds?
//!
//! In: a response whose headers have come. Out: its plain bytes, or what ended the reading: silence, size, damage. Bytes
//! are counted as they come, before and after unpacking. It never looks into them.

use std::time::Duration;

use reqwest::Response;
use reqwest::header::CONTENT_ENCODING;
use tokio::time::timeout;

use super::decode::{Decoder, Packing, Stopped};
use super::error;
use crate::model::FetchFailure;

/// The bounds of one body.
#[derive(Clone, Copy)]
pub struct Bounds {
    /// Both as sent and unpacked.
    pub bytes_max: usize,
    pub silence_max: Duration,
}

/// What was read.
#[derive(Debug, Default)]
pub struct Read {
    pub bytes: Vec<u8>,
    /// It broke off or was damaged after `bytes`.
    pub damage: Option<String>,
}

/// Reads a body to its end. `Err` is for what cannot be used at all; damage leaves the sound beginning.
pub async fn read(mut response: Response, host: &str, bounds: Bounds) -> Result<Read, FetchFailure> {
    let declared = packing(&response, host)?;
    let too_large = || error::body_too_large(host, bounds.bytes_max);
    if response.content_length().is_some_and(|length| length > bounds.bytes_max as u64) {
        return Err(too_large());
    }
    let (mut decoder, mut received) = (None, 0);
    loop {
        let next = timeout(bounds.silence_max, response.chunk()).await;
        let piece = match next.map_err(|_| error::silent(host, bounds.silence_max))? {
            Ok(Some(piece)) if piece.is_empty() => continue,
            Ok(Some(piece)) => piece,
            Ok(None) => break,
            Err(error) => return Ok(cut_off(decoder, error::cut_off(host, &error))),
        };
        received += piece.len();
        if received > bounds.bytes_max {
            return Err(too_large());
        }
        let unpacked = match &mut decoder {
            Some(decoder) => decoder,
            None => decoder.insert(Decoder::new(declared, piece[0], bounds.bytes_max).map_err(|_| too_large())?),
        };
        match unpacked.push(&piece) {
            Ok(()) => {}
            Err(Stopped::TooLarge) => return Err(too_large()),
            Err(Stopped::Damaged(error)) => return Ok(cut_off(decoder, error::damaged(host, &error))),
        }
    }
    let Some(mut decoder) = decoder else { return Ok(Read::default()) };
    match decoder.end() {
        Ok(()) => Ok(Read { bytes: decoder.take(), damage: None }),
        Err(Stopped::TooLarge) => Err(too_large()),
        Err(Stopped::Damaged(error)) => Ok(cut_off(Some(decoder), error::damaged(host, &error))),
    }
}

fn cut_off(decoder: Option<Decoder>, damage: String) -> Read {
    Read { bytes: decoder.map(Decoder::take).unwrap_or_default(), damage: Some(damage) }
}

fn packing(response: &Response, host: &str) -> Result<Packing, FetchFailure> {
    let lines = response.headers().get_all(CONTENT_ENCODING);
    let declared: Vec<_> = lines.iter().map(|line| String::from_utf8_lossy(line.as_bytes())).collect();
    let declared = declared.join(",");
    Packing::declared(&declared).ok_or_else(|| error::packing_unknown(host, &declared))
}
