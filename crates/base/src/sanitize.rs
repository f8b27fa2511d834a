//! Invisible characters out of texts that become part of a prompt (F12).
//!
//! A person who reads a prompt must see what the model sees. Code points without a shape can
//! carry instructions or reorder what is shown, so they go; those that living scripts and flags
//! need stay: U+200C, tag characters, regional indicators, U+2065. U+200D goes although it
//! splits compound emoji.

/// A text without invisible characters, and how many there were.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sanitized {
    /// The text to store and to send.
    pub text: String,
    /// Invisible characters that were removed; changed line ends and blank lines don't count.
    pub removed: usize,
}

/// Line ends become `\n`, invisible characters go, blank lines in a row become one, and the
/// ends are trimmed. What comes out goes through unchanged.
#[must_use]
pub fn sanitize(text: &str) -> Sanitized {
    let lines = text.replace("\r\n", "\n").replace('\r', "\n");
    let visible: String = lines.chars().filter(|it| !is_invisible(*it)).collect();
    let removed = lines.chars().count() - visible.chars().count();
    let mut text = String::with_capacity(visible.len());
    let mut was_blank = true;
    for line in visible.split('\n') {
        let is_blank = line.trim().is_empty();
        if is_blank && was_blank {
            continue;
        }
        if !is_blank {
            text.push_str(line);
        }
        text.push('\n');
        was_blank = is_blank;
    }
    Sanitized {
        text: text.trim().to_owned(),
        removed,
    }
}

/// One of the 32 code points that are stripped.
const fn is_invisible(character: char) -> bool {
    matches!(
        character,
        '\u{00AD}'
            | '\u{034F}'
            | '\u{061C}'
            | '\u{180E}'
            | '\u{200B}'
            | '\u{200D}'..='\u{200F}'
            | '\u{202A}'..='\u{202E}'
            | '\u{2060}'..='\u{2064}'
            | '\u{2066}'..='\u{206F}'
            | '\u{FEFF}'
            | '\u{FFF9}'..='\u{FFFB}'
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check(text: &str, expect: &str, removed: usize) {
        let expect = Sanitized {
            text: expect.to_owned(),
            removed,
        };
        assert_eq!(sanitize(text), expect, "{text:?}");
    }

    #[test]
    fn thirty_two_code_points_are_stripped_and_no_other() {
        let stripped = ('\0'..=char::MAX).filter(|it| is_invisible(*it));
        assert_eq!(stripped.count(), 32);
        check("a\u{200B}b\u{FEFF}c\u{202E}d", "abcd", 3);
    }

    #[test]
    fn what_scripts_and_flags_need_stays() {
        // A word with U+200C, the flag of Scotland (tags), a flag of regional indicators.
        let scotland = "\u{1F3F4}\u{E0067}\u{E0062}\u{E0073}\u{E0063}\u{E0074}\u{E007F}";
        for kept in [
            "\u{645}\u{6CC}\u{200C}\u{62E}",
            scotland,
            "\u{1F1F3}\u{1F1F1}",
            "a\u{2065}b",
        ] {
            check(kept, kept, 0);
        }
        check("\u{1F469}\u{200D}\u{1F680}", "\u{1F469}\u{1F680}", 1);
    }

    #[test]
    fn blank_lines_in_a_row_become_one() {
        check("a\r\nb\rc", "a\nb\nc", 0);
        check("a\n\nb", "a\n\nb", 0);
        check("a\n \n\t\n\u{200B}\nb", "a\n\nb", 1);
        check("\n\n  a  b\n  c \n\n\n", "a  b\n  c", 0);
        check("  \u{200B} \n", "", 1);
    }

    proptest! {
        #[test]
        fn sanitized_text_stays_as_it_is(text in "([a \\n\\r\\t\u{AD}\u{200B}-\u{200F}\u{2028}\u{2060}-\u{206F}\u{FEFF}]|\\PC)*") {
            let once = sanitize(&text);
            let twice = sanitize(&once.text);
            prop_assert_eq!(twice.removed, 0);
            prop_assert_eq!(twice.text, once.text.clone());
            prop_assert!(!once.text.contains("\n\n\n"));
        }
    }
}
