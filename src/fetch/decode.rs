//! What was in the compressed bytes?
//!
//! In: pieces of a body as they come off the wire, and how the server says it packed them. Out: the plain bytes, never
//! more than the limit: the byte that would exceed it ends the work, so a bomb costs no more than a large feed.
//! It trusts the first byte more than the header: servers send plain text as "gzip", and sitemaps as undeclared `.gz`.

use std::io::{self, Write};

use brotli_decompressor::DecompressorWriter;
use flate2::write::{DeflateDecoder, MultiGzDecoder, ZlibDecoder};

/// RFC 9659: a zstd window larger than this is not for the web, and would be our memory.
const ZSTD_WINDOW_LOG_MAX: u32 = 23;
const BROTLI_BUFFER_BYTES: usize = 4096;
const GZIP_FIRST: u8 = 0x1f;
const ZSTD_FIRST: u8 = 0x28;
const ZLIB_FIRST: u8 = 0x78;

/// How the server says it packed a body (RFC 9110, section 8.4.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Packing {
    Plain,
    Gzip,
    Deflate,
    Brotli,
    Zstd,
}

/// Why unpacking stopped.
#[derive(Debug)]
pub enum Stopped {
    /// There is more in it than the limit allows.
    TooLarge,
    /// The bytes are not what they say.
    Damaged(io::Error),
}

/// A body being unpacked. Starts with its first piece.
pub enum Decoder {
    Plain(Sink),
    Gzip(MultiGzDecoder<Sink>),
    Zlib(ZlibDecoder<Sink>),
    Deflate(DeflateDecoder<Sink>),
    Brotli(Box<DecompressorWriter<Sink>>),
    Zstd(zstd::stream::write::Decoder<'static, Sink>),
}

/// Plain bytes up to a limit.
pub struct Sink {
    bytes: Vec<u8>,
    limit: usize,
    full: bool,
}

impl Packing {
    /// From the `Content-Encoding` header; `None` for one that we did not ask for and cannot undo.
    pub fn declared(header: &str) -> Option<Self> {
        let mut found = Self::Plain;
        for name in header.split(',').map(str::trim).filter(|name| !name.is_empty()) {
            let packing = match name.to_ascii_lowercase().as_str() {
                "identity" | "none" | "utf-8" => continue,
                "gzip" | "x-gzip" => Self::Gzip,
                "deflate" => Self::Deflate,
                "br" => Self::Brotli,
                "zstd" => Self::Zstd,
                _ => return None,
            };
            if found != Self::Plain && found != packing {
                return None;
            }
            found = packing;
        }
        Some(found)
    }
}

impl Write for Sink {
    fn write(&mut self, piece: &[u8]) -> io::Result<usize> {
        if self.bytes.len() + piece.len() > self.limit {
            self.full = true;
            return Err(io::Error::other("the limit is reached"));
        }
        self.bytes.extend_from_slice(piece);
        Ok(piece.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Decoder {
    /// A decoder for a body that begins with `first` and unpacks to at most `limit` bytes.
    pub fn new(declared: Packing, first: u8, limit: usize) -> Result<Self, Stopped> {
        let sink = Sink { bytes: Vec::new(), limit, full: false };
        Ok(match (declared, first) {
            (Packing::Brotli, _) => Self::Brotli(Box::new(DecompressorWriter::new(sink, BROTLI_BUFFER_BYTES))),
            (Packing::Zstd, ZSTD_FIRST) => Self::Zstd(zstd_decoder(sink).map_err(Stopped::Damaged)?),
            (_, GZIP_FIRST) => Self::Gzip(MultiGzDecoder::new(sink)),
            (Packing::Deflate, ZLIB_FIRST) => Self::Zlib(ZlibDecoder::new(sink)),
            (Packing::Deflate, _) => Self::Deflate(DeflateDecoder::new(sink)),
            (Packing::Plain | Packing::Gzip | Packing::Zstd, _) => Self::Plain(sink),
        })
    }

    /// Unpacks one more piece.
    pub fn push(&mut self, piece: &[u8]) -> Result<(), Stopped> {
        let written = match self {
            Self::Plain(sink) => sink.write_all(piece),
            Self::Gzip(decoder) => decoder.write_all(piece),
            Self::Zlib(decoder) => decoder.write_all(piece),
            Self::Deflate(decoder) => decoder.write_all(piece),
            Self::Brotli(decoder) => decoder.write_all(piece),
            Self::Zstd(decoder) => decoder.write_all(piece),
        };
        self.judge(written)
    }

    /// Says that the last piece has come.
    pub fn end(&mut self) -> Result<(), Stopped> {
        let ended = match self {
            Self::Plain(_) => Ok(()),
            Self::Gzip(decoder) => decoder.try_finish(),
            Self::Zlib(decoder) => decoder.try_finish(),
            Self::Deflate(decoder) => decoder.try_finish(),
            Self::Brotli(decoder) => decoder.close(),
            Self::Zstd(decoder) => decoder.flush(),
        };
        self.judge(ended)
    }

    /// What has been unpacked so far; all of it after [`Self::end`], the sound beginning after damage.
    pub fn take(mut self) -> Vec<u8> {
        std::mem::take(&mut self.sink().bytes)
    }

    fn judge(&mut self, done: io::Result<()>) -> Result<(), Stopped> {
        done.map_err(|error| if self.sink().full { Stopped::TooLarge } else { Stopped::Damaged(error) })
    }

    fn sink(&mut self) -> &mut Sink {
        match self {
            Self::Plain(sink) => sink,
            Self::Gzip(decoder) => decoder.get_mut(),
            Self::Zlib(decoder) => decoder.get_mut(),
            Self::Deflate(decoder) => decoder.get_mut(),
            Self::Brotli(decoder) => decoder.get_mut(),
            Self::Zstd(decoder) => decoder.get_mut(),
        }
    }
}

fn zstd_decoder(sink: Sink) -> io::Result<zstd::stream::write::Decoder<'static, Sink>> {
    let mut raw = zstd::stream::raw::Decoder::new()?;
    raw.set_parameter(zstd::stream::raw::DParameter::WindowLogMax(ZSTD_WINDOW_LOG_MAX))?;
    Ok(zstd::stream::write::Decoder::with_decoder(sink, raw))
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::Compression;
    use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};

    const TEXT: &[u8] = b"<rss version='2.0'><channel><title>News, news, news</title></channel></rss>";
    /// `TEXT` packed by Brotli 1.1 (there is no Brotli encoder in this program).
    const BROTLI: &[u8] = &[
        27, 74, 0, 96, 157, 7, 118, 44, 176, 198, 112, 160, 75, 223, 184, 212, 48, 60, 110, 114, 234, 69, 166, 124,
        230, 234, 196, 197, 41, 7, 172, 45, 175, 192, 147, 128, 238, 135, 13, 56, 28, 120, 108, 91, 155, 255, 228, 107,
        112, 40, 0, 53, 195, 148, 231, 17, 24, 129, 246, 1,
    ];

    fn unpacked(declared: Packing, packed: &[u8], limit: usize) -> Result<Vec<u8>, Stopped> {
        let mut decoder = Decoder::new(declared, packed[0], limit)?;
        for piece in packed.chunks(7) {
            decoder.push(piece)?;
        }
        decoder.end()?;
        Ok(decoder.take())
    }

    fn gzip(plain: &[u8]) -> Vec<u8> {
        let mut packer = GzEncoder::new(Vec::new(), Compression::default());
        packer.write_all(plain).expect("memory");
        packer.finish().expect("memory")
    }

    #[test]
    fn each_packing_is_undone_whole_and_not_beyond_the_limit() {
        let mut zlib = ZlibEncoder::new(Vec::new(), Compression::default());
        zlib.write_all(TEXT).expect("memory");
        let mut deflate = DeflateEncoder::new(Vec::new(), Compression::default());
        deflate.write_all(TEXT).expect("memory");
        let packed = [
            (Packing::Plain, TEXT.to_vec()),
            (Packing::Gzip, gzip(TEXT)),
            (Packing::Deflate, zlib.finish().expect("memory")),
            (Packing::Deflate, deflate.finish().expect("memory")),
            (Packing::Brotli, BROTLI.to_vec()),
            (Packing::Zstd, zstd::encode_all(TEXT, 0).expect("memory")),
        ];
        for (packing, bytes) in packed {
            assert_eq!(unpacked(packing, &bytes, TEXT.len()).expect("sound"), TEXT, "{packing:?}");
            let limited = unpacked(packing, &bytes, TEXT.len() - 1);
            assert!(matches!(limited, Err(Stopped::TooLarge)), "{packing:?}");
        }
    }

    #[test]
    fn the_first_byte_is_believed_before_the_header() {
        for declared in [Packing::Gzip, Packing::Zstd] {
            assert_eq!(unpacked(declared, TEXT, 1000).expect("plain"), TEXT);
        }
        let two_members = [gzip(&TEXT[..20]), gzip(&TEXT[20..])].concat();
        assert_eq!(unpacked(Packing::Plain, &two_members, 1000).expect("a .gz file"), TEXT);
    }

    #[test]
    fn damage_is_noticed() {
        let mut packed = gzip(TEXT);
        packed.truncate(packed.len() - 9);
        assert!(matches!(unpacked(Packing::Gzip, &packed, 1000), Err(Stopped::Damaged(_))));
        assert!(matches!(unpacked(Packing::Brotli, &BROTLI[..20], 1000), Err(Stopped::Damaged(_))));
        assert!(matches!(unpacked(Packing::Deflate, b"<rss>", 1000), Err(Stopped::Damaged(_))));
    }

    #[test]
    fn the_declaration_may_be_a_list() {
        assert_eq!(Packing::declared(""), Some(Packing::Plain));
        assert_eq!(Packing::declared("X-GZIP, identity"), Some(Packing::Gzip));
        assert_eq!(Packing::declared("gzip, br"), None);
        assert_eq!(Packing::declared("compress"), None);
    }
}
