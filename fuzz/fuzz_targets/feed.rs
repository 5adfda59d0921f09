//! Does any body make the reader of feeds panic, or its identities differ between two readings?
#![no_main]

use libfuzzer_sys::fuzz_target;
use newswatch::model::FeedId;
use newswatch::parse::{Hints, arrivals, parse};

fuzz_target!(|data: &[u8]| {
    let hints = Hints { content_type: None, base: Some("https://feed.example/dir/feed.xml") };
    let parsed = parse(data, &hints);
    assert_eq!(parsed, parse(data, &hints));
    let _ = arrivals(FeedId(1), parsed.entries, &[]);
});
