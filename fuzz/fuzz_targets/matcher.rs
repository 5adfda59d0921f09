//! Does any text make the reader of names panic, or differ between two readings?
#![no_main]

use libfuzzer_sys::fuzz_target;
use newswatch::lexicon::Lexicon;

fuzz_target!(|data: &[u8]| {
    let (lexicon, text) = (Lexicon::shipped(), String::from_utf8_lossy(data));
    let document = lexicon.read_text(&text, "");
    assert_eq!(document.mentions, lexicon.read_text(&text, "").mentions);
    assert!(document.mentions.iter().all(|mention| !document.mentioned(mention).is_empty()));
});
