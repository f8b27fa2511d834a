//! Text that a person pasted: too long for the message box, so it came as a file, but it is to
//! be read as if it had been written there (F11).

use muster_base::limits::PASTE_INLINE_BYTES_MAX;

use super::fragment::Fragment;

/// The form of the name, digits as zeros.
const NAME: &str = "pasted-text-0000-00-00-00-00-00.txt";

/// The text of a pasted file as the model reads it; `None` for any other file.
pub(super) fn inline(name: &str, media_type: &str, bytes: &[u8]) -> Option<String> {
    if !is_pasted(name) || !is_text(media_type) {
        return None;
    }
    let text = String::from_utf8_lossy(bytes);
    let content = text.get(..text.floor_char_boundary(PASTE_INLINE_BYTES_MAX))?;
    let pasted = Fragment::PastedText {
        name,
        is_truncated: content.len() < text.len(),
        content,
    };
    Some(pasted.render())
}

fn is_pasted(name: &str) -> bool {
    let digits = |it: u8| if it.is_ascii_digit() { b'0' } else { it };
    name.bytes().map(digits).eq(NAME.bytes())
}

fn is_text(media_type: &str) -> bool {
    let kind = media_type.split(';').next().unwrap_or_default().trim();
    kind.starts_with("text/") || kind == "application/json"
}

#[cfg(test)]
mod tests {
    use super::*;

    const PASTED: &str = "pasted-text-2026-01-31-23-59-00.txt";

    #[test]
    fn pasted_text_is_inlined_and_other_files_are_not() {
        let inlined = inline(PASTED, "text/plain; charset=utf-8", b"hello").unwrap();
        assert_eq!(inlined, format!("[pasted-text] {PASTED}\nhello"));
        for (name, media_type) in [
            ("notes.txt", "text/plain"),
            ("pasted-text-2026-01-31-23-59.txt", "text/plain"),
            ("pasted-text-2026-01-31-23-59-0a.txt", "text/plain"),
            ("pasted-text-2026-01-31-23-59-00.txt.md", "text/plain"),
            (PASTED, "image/png"),
            (PASTED, "application/pdf"),
        ] {
            assert_eq!(inline(name, media_type, b"hello"), None, "{name}");
        }
    }

    #[test]
    fn text_at_the_limit_is_whole_and_what_is_beyond_is_cut_between_characters() {
        let fits = "x".repeat(PASTE_INLINE_BYTES_MAX);
        let whole = inline(PASTED, "text/plain", fits.as_bytes()).unwrap();
        assert!(whole.ends_with('x'));
        let mut long = "x".repeat(PASTE_INLINE_BYTES_MAX - 1);
        long.push('é');
        let cut = inline(PASTED, "text/plain", long.as_bytes()).unwrap();
        assert!(cut.ends_with("x\n[truncated]"));
    }
}
