//! Does any sitemap make the reader panic?
#![no_main]

use libfuzzer_sys::fuzz_target;
use newswatch::parse::{Hints, parse};

fuzz_target!(|data: &[u8]| {
    let body = [b"<urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">", data].concat();
    let _ = parse(&body, &Hints { content_type: Some("application/xml"), base: Some("https://feed.example/map.xml") });
});
