//! The title of a chat that nobody has named yet.

use muster_base::limits::{INITIAL_TITLE_CHARS_MAX, TITLE_WORDS_MAX};

/// Where there are no words to take.
const UNNAMED: &str = "New Chat";

/// The first words of what is asked, until somebody or a model finds a better title.
#[must_use]
pub fn initial_title(text: &str) -> String {
    let mut words = text.split_whitespace();
    let first: Vec<&str> = words.by_ref().take(TITLE_WORDS_MAX).collect();
    let whole = first.join(" ");
    if whole.is_empty() {
        return UNNAMED.to_owned();
    }
    let mut is_cut = words.next().is_some();
    let mut title = whole;
    if title.chars().count() > INITIAL_TITLE_CHARS_MAX {
        title = title.chars().take(INITIAL_TITLE_CHARS_MAX - 1).collect();
        is_cut = true;
    }
    if is_cut {
        title.push('…');
    }
    title
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn title_is_the_first_six_words() {
        assert_eq!(initial_title(" Fix\nthe bug "), "Fix the bug");
        assert_eq!(
            initial_title("  one two\nthree four  five six seven"),
            "one two three four five six…"
        );
        assert_eq!(initial_title(" \n"), "New Chat");
        let cut = initial_title(&"x".repeat(200));
        assert_eq!(cut.chars().count(), INITIAL_TITLE_CHARS_MAX);
        assert!(cut.ends_with('…'));
    }
}
