//! What did the user mean to write?
//!
//! In: a word that is not known, and the words that are. Out: the nearest one, if it is near enough to be worth a
//! person's glance.

/// Below this Jaro-Winkler similarity a suggestion is a guess.
const NEAR: f64 = 0.82;

/// The known word most like `word`, ignoring case; ties go to the first.
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word = word.to_lowercase();
    let mut best: Option<(&str, f64)> = None;
    for candidate in known {
        let similarity = strsim::jaro_winkler(&word, &candidate.to_lowercase());
        if similarity >= NEAR && best.is_none_or(|(_, so_far)| similarity > so_far) {
            best = Some((candidate, similarity));
        }
    }
    best.map(|(candidate, _)| candidate)
}

/// "did you mean `x`?", or else the whole choice where it is short enough to read.
pub fn did_you_mean<'a>(word: &str, known: impl IntoIterator<Item = &'a str> + Clone) -> Option<String> {
    /// Longer lists are no help.
    const MAX_LISTED: usize = 10;
    if let Some(candidate) = nearest(word, known.clone()) {
        return Some(format!("did you mean `{candidate}`?"));
    }
    let all: Vec<String> = known.into_iter().take(MAX_LISTED + 1).map(|known| format!("`{known}`")).collect();
    match all.len() {
        0 => None,
        1..=MAX_LISTED => Some(format!("known: {}", all.join(", "))),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_words_are_offered_and_far_ones_are_not() {
        let keys = ["name", "query", "alert", "to", "max_per_hour"];
        assert_eq!(nearest("alertt", keys), Some("alert"));
        assert_eq!(nearest("querry", keys), Some("query"));
        assert_eq!(nearest("Max-per-hour", keys), Some("max_per_hour"));
        assert_eq!(nearest("colour", keys), None);
    }
}
