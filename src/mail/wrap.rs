//! Where does a line of a text mail break?
//!
//! In: one line of text, and how far from the left it begins. Out: lines of at most 76 characters, broken between words.
//! A word that is longer (a link, a sentence without spaces) stays whole: cutting a link breaks it.

/// The width that mail is read at since RFC 822.
const WIDTH_CHARS: usize = 76;

/// Breaks `text`, whose first line begins `margin` characters from the left; later lines get as many spaces.
pub fn wrap(text: &str, margin: usize) -> String {
    let (mut out, mut column) = (String::with_capacity(text.len() + 16), margin);
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        let width = word.chars().count();
        if column > margin && column + 1 + width > WIDTH_CHARS {
            out.push('\n');
            out.extend(std::iter::repeat_n(' ', margin));
            column = margin;
        } else if column > margin {
            out.push(' ');
            column += 1;
        }
        out.push_str(word);
        column += width;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_move_down_whole() {
        let text = "word ".repeat(40);
        let wrapped = wrap(&text, 2);
        assert!(wrapped.lines().all(|line| line.chars().count() <= WIDTH_CHARS));
        assert_eq!(wrapped.split_whitespace().count(), 40);
        let link = format!("https://a.example/{}", "x".repeat(100));
        assert_eq!(wrap(&link, 2), link);
    }
}
