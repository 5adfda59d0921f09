//! Does any query make its parser panic?
#![no_main]

use libfuzzer_sys::fuzz_target;
use newswatch::lexicon::Lexicon;
use newswatch::matching::Query;

fuzz_target!(|data: &[u8]| {
    let lexicon = Lexicon::shipped();
    if let Ok(query) = Query::parse(&String::from_utf8_lossy(data), &lexicon) {
        let _ = query.understood(&lexicon);
    }
});
