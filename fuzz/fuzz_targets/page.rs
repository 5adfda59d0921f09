//! Does any page make the reader of articles and of what a page offers panic?
#![no_main]

use libfuzzer_sys::fuzz_target;
use newswatch::parse::{Hints, article, offer, parse};

fuzz_target!(|data: &[u8]| {
    let hints = Hints { content_type: Some("text/html"), base: Some("https://paper.example/world/"), page: None };
    let _ = article(data, &hints);
    if let Some(rules) = offer(data, &hints).guess {
        let _ = parse(data, &Hints { page: Some(&rules), ..hints });
    }
});
