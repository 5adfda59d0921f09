//! What do the demo's feeds look like on the wire?
//!
//! In: an outlet and its pieces. Out: the bytes and content type of its feed: RSS 2.0, Atom (RFC 4287), JSON Feed 1.1, one
//! malformed, one in windows-1251. Pure; the faults are the ones that real feeds have most often.

use std::fmt::Write as _;

use serde_json::json;

use super::timeline::{Outlet, Piece, Shape};
use crate::model::Timestamp;

/// Content type and body of an outlet's feed.
pub fn render(outlet: &Outlet, pieces: &[&Piece]) -> (&'static str, Vec<u8>) {
    match outlet.shape {
        Shape::Rss => ("application/rss+xml; charset=utf-8", rss(outlet, pieces, "utf-8").into_bytes()),
        Shape::Atom => ("application/atom+xml", atom(outlet, pieces).into_bytes()),
        Shape::Json => ("application/feed+json", json_feed(outlet, pieces).into_bytes()),
        Shape::Malformed => ("text/html", malformed(outlet, pieces).into_bytes()),
        Shape::Windows1251 => {
            let text = rss(outlet, pieces, "windows-1251");
            ("application/rss+xml", encoding_rs::WINDOWS_1251.encode(&text).0.into_owned())
        }
    }
}

/// Escaped once more where the piece already carries HTML entities, as feeds do.
fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

fn rfc2822(at: Timestamp) -> String {
    jiff::fmt::rfc2822::to_string(&at.to_zoned(jiff::tz::TimeZone::UTC)).unwrap_or_default()
}

fn rss(outlet: &Outlet, pieces: &[&Piece], encoding: &str) -> String {
    let mut text = format!(
        "<?xml version=\"1.0\" encoding=\"{encoding}\"?>\n<rss version=\"2.0\"><channel><title>{}</title>\n",
        escape(&outlet.name)
    );
    for piece in pieces {
        let date = piece.published.map(|at| format!("<pubDate>{}</pubDate>", rfc2822(at))).unwrap_or_default();
        let _ = writeln!(
            text,
            "<item><title>{}</title><link>{}</link><guid isPermaLink=\"false\">{}</guid>{date}<description>{}</description></item>",
            escape(&piece.title),
            escape(&piece.url),
            piece.id,
            escape(&piece.summary)
        );
    }
    text + "</channel></rss>\n"
}

fn atom(outlet: &Outlet, pieces: &[&Piece]) -> String {
    let mut text = format!(
        "<?xml version=\"1.0\"?>\n<feed xmlns=\"http://www.w3.org/2005/Atom\"><title>{}</title><id>urn:demo:{}</id>\n",
        escape(&outlet.name),
        outlet.number
    );
    for piece in pieces {
        let date = piece.published.map(|at| format!("<published>{at}</published>")).unwrap_or_default();
        let _ = writeln!(
            text,
            "<entry><id>urn:demo:{}</id><title type=\"html\">{}</title><link href=\"{}\"/>{date}<summary type=\"html\">{}</summary></entry>",
            piece.id,
            escape(&piece.title),
            escape(&piece.url),
            escape(&piece.summary)
        );
    }
    text + "</feed>\n"
}

fn json_feed(outlet: &Outlet, pieces: &[&Piece]) -> String {
    let item = |piece: &&Piece| {
        json!({ "id": piece.id, "url": piece.url, "title": piece.title, "content_html": piece.summary,
                "date_published": piece.published.map(|at| at.to_string()) })
    };
    let items: Vec<_> = pieces.iter().map(item).collect();
    json!({ "version": "https://jsonfeed.org/version/1.1", "title": outlet.name, "items": items }).to_string()
}

/// A PHP warning first, no version, titles with bare ampersands, descriptions never closed, and cut off at the end.
fn malformed(outlet: &Outlet, pieces: &[&Piece]) -> String {
    let mut text = format!(
        "<br /><b>Warning</b>: mysql_connect() in /var/www/feed.php on line 12\n<?xml version='1.0'?>\n\
         <rss><channel><title>{} & friends</title>\n",
        outlet.name
    );
    for piece in pieces {
        let _ = writeln!(
            text,
            "<item><title>{}</title><link>{}?utm_source=rss&utm_medium=feed</link><guid>{}<description>{}<br></item>",
            piece.title, piece.url, piece.id, piece.summary
        );
    }
    text + "<item><title>Cut o"
}
