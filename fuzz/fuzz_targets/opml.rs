//! Does any list of feeds make its reader panic?
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let _ = newswatch::parse::opml(data);
});
