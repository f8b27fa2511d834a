//! Small corrections of what models write.

/// A single `&` at the end means "in the background", which is an argument of the tool; in a
/// shell of its own it would end with the shell.
pub(super) fn strip_ampersand(command: &str) -> (&str, bool) {
    let command = command.trim();
    match command.strip_suffix('&') {
        Some(rest) if !rest.ends_with(['&', '|', '>', '\\']) => (rest.trim_end(), true),
        Some(_) | None => (command, false),
    }
}

/// Advice that comes with the result, where a tool of its own does the job better.
pub(super) fn note(command: &str) -> Option<String> {
    let mut words = command.split_whitespace();
    let first = words.next()?;
    let is_plain = !command.contains(['|', '>', '<', ';', '&']);
    let lists = |word: &str| {
        word.starts_with('-') && !word.starts_with("--") && word.contains('l') || word == "-r"
    };
    let advice = match first {
        "cat" if is_plain => "Use read_file to read files: it numbers the lines.",
        "grep" if is_plain && words.any(lists) => {
            "Use a narrower pattern or folder when a listing grows long."
        }
        _ => return None,
    };
    Some(advice.to_owned())
}
