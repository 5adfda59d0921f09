//! Is this text a CSS selector, and if not, where does it go wrong?
//!
//! In: a selector as a person wrote it. Out: the compiled selector, or the place, the reason and what to write instead.
//! It reads no page.

use scraper::Selector;

/// Longer selectors are no selectors.
pub const SELECTOR_BYTES_MAX: usize = 1_000;

/// What is wrong with a selector.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SelectorProblem {
    /// Where it goes wrong, in bytes from its start.
    pub at: usize,
    /// "is not a CSS selector from `..x` on".
    pub reason: String,
    pub hint: Option<String>,
}

/// What people write from habit: how it is recognised, what to write instead.
const HABITS: &[(&str, &str)] = &[
    ("::text", "leave it out: newswatch takes the text by itself"),
    ("::attr", "leave it out: newswatch takes `href` of links and `datetime` of times by itself"),
    (":contains", "CSS knows no `:contains`; select by element, class or attribute"),
    (":first", "write `:first-child` or `:first-of-type`"),
    (":last", "write `:last-child` or `:last-of-type`"),
    (":eq", "write `:nth-child(…)`, which counts from 1"),
    (":visible", "newswatch reads the page as it was sent: nothing is visible or hidden in it"),
    (":", "known are `:not(…)`, `:is(…)`, `:has(…)`, `:first-child`, `:nth-child(…)`, `:first-of-type` and their like"),
    ("@", "an attribute is written `[name]`"),
];

/// Compiles a selector.
pub fn compile(text: &str) -> Result<Selector, SelectorProblem> {
    if text.len() > SELECTOR_BYTES_MAX {
        let reason = format!("is longer than {SELECTOR_BYTES_MAX} bytes");
        return Err(SelectorProblem { at: SELECTOR_BYTES_MAX, reason, hint: None });
    }
    Selector::parse(text).map_err(|_| problem(text))
}

/// Whether a text is a selector, for those who only want to know that.
pub fn check(text: &str) -> Result<(), SelectorProblem> {
    compile(text).map(|_| ())
}

fn problem(text: &str) -> SelectorProblem {
    let start = text.len() - text.trim_start().len();
    if text.trim().is_empty() {
        return SelectorProblem { at: 0, reason: "is empty".into(), hint: Some("write for example `li.news`".into()) };
    }
    if text[start..].starts_with('/') || text.contains("//") {
        let hint = "write it in CSS: `//div[@class='a']/h2` is `div.a > h2`".to_owned();
        return SelectorProblem { at: start, reason: "is XPath, not a CSS selector".into(), hint: Some(hint) };
    }
    // The longest beginning that is a selector ends before what is wrong.
    let ends = text.char_indices().map(|(at, sign)| at + sign.len_utf8());
    let at = ends.rev().find(|end| Selector::parse(&text[..*end]).is_ok()).unwrap_or(start);
    let rest = text[at..].trim_start();
    let at = text.len() - rest.len();
    if matches!(rest, ">" | "+" | "~" | ",") {
        let hint = format!("write what follows `{rest}`, or leave it out");
        return SelectorProblem { at, reason: format!("ends in `{rest}`"), hint: Some(hint) };
    }
    let hint = HABITS.iter().find(|(habit, _)| rest.starts_with(habit)).map(|(_, hint)| (*hint).to_owned());
    SelectorProblem { at, reason: format!("is not a CSS selector from `{rest}` on"), hint }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_place_and_a_way_out() {
        for (text, at, reason, hint) in [
            ("li..x", 2, "is not a CSS selector from `..x` on", ""),
            ("h2::text", 2, "is not a CSS selector from `::text` on", "newswatch takes the text by itself"),
            ("a:contains('x')", 1, "is not a CSS selector from `:contains('x')` on", "CSS knows no `:contains`"),
            ("div >", 4, "ends in `>`", "leave it out"),
            ("//div/h2", 0, "is XPath, not a CSS selector", "write it in CSS"),
            (" ", 0, "is empty", "li.news"),
            ("<p>", 0, "is not a CSS selector from `<p>` on", ""),
        ] {
            let problem = compile(text).expect_err(text);
            assert_eq!((problem.at, problem.reason.as_str()), (at, reason), "{text}");
            assert!(problem.hint.unwrap_or_default().contains(hint), "{text}");
        }
        for text in ["li.news", "div > h2 a[href^='/']", "p:not(.ad), h3:has(a)", "#main article:nth-child(2n+1)"] {
            assert_eq!(check(text), Ok(()), "{text}");
        }
    }
}
