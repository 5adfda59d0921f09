//! What may a hostile headline do to a mail?
//!
//! In: text and links as feeds wrote them. Out: one line of text without control characters, line breaks, invisible
//! characters and bidirectional overrides, cut between words at a bound; links that are http or https and carry no
//! credentials. Nothing here escapes: that is the template's work, and it does so for every value.

use url::Url;

/// Longer links are left out; browsers and mail programs stop working with them not far beyond.
const LINK_BYTES_MAX: usize = 1_000;

/// What stands where text was cut.
const ELLIPSIS: char = '…';

/// One line of at most `chars_max` characters; what exceeds it is cut between words and marked with an ellipsis.
pub fn line(text: &str, chars_max: usize) -> String {
    let mut out = String::new();
    let (mut count, mut word_end, mut pending_space) = (0, 0, false);
    for c in text.chars() {
        if c.is_whitespace() {
            pending_space = !out.is_empty();
            continue;
        }
        if is_hidden(c) {
            continue;
        }
        if pending_space {
            word_end = out.len();
            out.push(' ');
            count += 1;
            pending_space = false;
        }
        if count >= chars_max {
            return cut(out, word_end);
        }
        out.push(c);
        count += 1;
    }
    out
}

/// Shortens a line that is one character too long for its bound, at the last word's beginning where that does not
/// cost half of it (a script without spaces would), and never between a letter and its marks.
fn cut(mut out: String, word_end: usize) -> String {
    if word_end * 2 > out.len() {
        out.truncate(word_end);
    } else {
        while out.pop().is_some_and(is_mark) {}
    }
    let kept = out.trim_end_matches(|c: char| c.is_whitespace() || matches!(c, ',' | ';' | ':' | '-' | '–' | '—'));
    let mut kept = kept.to_owned();
    kept.push(ELLIPSIS);
    kept
}

/// Control characters, bidirectional embeddings, overrides and isolates, zero-width spaces and tag characters: they can
/// forge a header, turn a line round or hide text, and no headline needs them. The joiners of Persian and of emoji, and
/// the plain direction marks, stay.
fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{200b}' | '\u{2060}'..='\u{206f}' | '\u{202a}'..='\u{202e}' | '\u{feff}')
        || matches!(c, '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// Characters that change the one before them.
fn is_mark(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}' | '\u{483}'..='\u{489}' | '\u{591}'..='\u{5bd}' | '\u{64b}'..='\u{65f}')
        || matches!(c, '\u{93c}'..='\u{94d}' | '\u{e31}'..='\u{e3a}' | '\u{e47}'..='\u{e4e}' | '\u{200d}')
        || matches!(c, '\u{20d0}'..='\u{20ff}' | '\u{3099}' | '\u{309a}' | '\u{fe00}'..='\u{fe0f}')
        || matches!(c, '\u{1f3fb}'..='\u{1f3ff}')
}

/// The link in ASCII if a reader may click it; `None` for every other scheme, for what is no link, and for what is too
/// long. A user name is removed: `https://bbc.example@evil.example` is not the BBC.
pub fn link(text: &str) -> Option<String> {
    let mut url = Url::parse(text.trim()).ok()?;
    if !matches!(url.scheme(), "http" | "https") {
        return None;
    }
    url.set_username("").ok()?;
    url.set_password(None).ok()?;
    let text = String::from(url).replace('\'', "%27");
    (text.len() <= LINK_BYTES_MAX).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_headline_stays_one_harmless_line() {
        assert_eq!(
            line("Pyongyang\r\nBcc: all@example.org\u{0}\t sends  troops", 90),
            "Pyongyang Bcc: all@example.org sends troops"
        );
        assert_eq!(line("safe \u{202e}gnp.exe\u{202c} \u{2066}x\u{2069}", 90), "safe gnp.exe x");
        assert_eq!(line("می\u{200c}خواهم 👩\u{200d}🚀", 90), "می\u{200c}خواهم 👩\u{200d}🚀");
        assert_eq!(line("  \n ", 90), "");
    }

    #[test]
    fn a_cut_falls_between_words() {
        assert_eq!(line("one two three", 13), "one two three");
        assert_eq!(line("one two three", 12), "one two…");
        assert_eq!(line("one two, three", 9), "one two…");
        assert_eq!(line("북한군러시아파병", 5).chars().count(), 5);
        assert_eq!(line("Conte\u{301}", 6), "Conte\u{301}");
        assert_eq!(line("aConte\u{301}s", 7), "aCont…");
        assert_eq!(line("word \u{202e}", 4), "word");
    }

    #[test]
    fn only_web_links_pass() {
        assert_eq!(link("javascript:alert(1)"), None);
        assert_eq!(link("data:text/html,x"), None);
        assert_eq!(link("/relative"), None);
        assert_eq!(
            link("https://bbc.example@evil.example/a b\n?q=\"'"),
            Some("https://evil.example/a%20b?q=%22%27".to_owned())
        );
        assert_eq!(link("https://новини.example/1").as_deref(), Some("https://xn--b1amarcd.example/1"));
        assert_eq!(link(&format!("https://a.example/{}", "x".repeat(1_000))), None);
    }
}
