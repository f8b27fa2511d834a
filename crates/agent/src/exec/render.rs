//! Output as the model sees it: two ends, lines of bounded length, valid UTF-8.

use muster_agent_link::wire::Truncation;
use muster_base::limits;

use crate::process_dir::Captured;

const CUT_LINE: &str = "[line truncated]";

/// Renders captured output; says what is missing.
pub(crate) fn render(captured: &Captured) -> (String, Option<Truncation>) {
    let half = limits::PROCESS_OUTPUT_HALF_BYTES;
    if captured.tail.is_empty() {
        let whole = text(&captured.head);
        let shown = bounded_lines(&whole);
        if shown.len() <= 2 * half {
            return (shown, None);
        }
    }
    let (head, tail) = match captured.tail.as_slice() {
        [] => halves(&captured.head),
        tail => (captured.head.as_slice(), tail),
    };
    // The marker needs its own room within the budget.
    let room = half - 64;
    let head = prefix(&bounded_lines(&text(whole_chars_at_end(head))), room).to_owned();
    let tail = suffix(&bounded_lines(&text(whole_chars_at_start(tail))), room).to_owned();
    let retained = (head.len() + tail.len()) as u64;
    let omitted = captured.total.saturating_sub(retained);
    let output = format!("{head}\n[... {omitted} bytes omitted ...]\n{tail}");
    let truncation = Truncation {
        original_bytes: captured.total,
        retained_bytes: retained,
        omitted_bytes: omitted,
        strategy: "head_tail".to_owned(),
    };
    (output, Some(truncation))
}

fn halves(bytes: &[u8]) -> (&[u8], &[u8]) {
    bytes.split_at(bytes.len() / 2)
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Drops a character that the cut went through, so that it does not show as damaged.
fn whole_chars_at_end(bytes: &[u8]) -> &[u8] {
    match std::str::from_utf8(bytes) {
        Ok(_) => bytes,
        // No error length: the input ended inside a character.
        Err(error) if error.error_len().is_none() => {
            bytes.get(..error.valid_up_to()).unwrap_or(bytes)
        }
        Err(_) => bytes,
    }
}

fn whole_chars_at_start(bytes: &[u8]) -> &[u8] {
    let is_middle = |byte: &&u8| **byte & 0b1100_0000 == 0b1000_0000;
    let middle = bytes.iter().take(3).take_while(is_middle).count();
    bytes.get(middle..).unwrap_or_default()
}

fn bounded_lines(text: &str) -> String {
    let mut bounded = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        let (content, end) = match line.strip_suffix('\n') {
            Some(content) => (content, "\n"),
            None => (line, ""),
        };
        if content.len() > limits::PROCESS_LINE_BYTES_MAX {
            bounded.push_str(prefix(
                content,
                limits::PROCESS_LINE_BYTES_MAX - CUT_LINE.len(),
            ));
            bounded.push_str(CUT_LINE);
        } else {
            bounded.push_str(content);
        }
        bounded.push_str(end);
    }
    bounded
}

/// At most `max` bytes from the start, cut between characters.
pub(crate) fn prefix(text: &str, max: usize) -> &str {
    let end = text.floor_char_boundary(max);
    text.get(..end).unwrap_or(text)
}

/// At most `max` bytes from the end, cut between characters.
fn suffix(text: &str, max: usize) -> &str {
    let start = text.ceil_char_boundary(text.len().saturating_sub(max));
    text.get(start..).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whole(bytes: &[u8]) -> Captured {
        Captured {
            head: bytes.to_vec(),
            tail: Vec::new(),
            total: bytes.len() as u64,
        }
    }

    #[test]
    fn short_output_is_shown_as_it_is() {
        assert_eq!(render(&whole(b"a\nb")), ("a\nb".to_owned(), None));
    }

    #[test]
    fn two_ends_of_long_output_stay_within_the_budget() {
        let captured = Captured {
            head: b"head\n".repeat(3_276),
            tail: b"tail\n".repeat(3_276),
            total: 1_000_000,
        };
        let (output, truncated) = render(&captured);
        assert!(output.starts_with("head\n") && output.ends_with("tail\n"));
        assert!(output.len() <= limits::EXECUTE_OUTPUT_BYTES_MAX);
        let truncated = truncated.unwrap();
        assert_eq!(
            truncated.retained_bytes + truncated.omitted_bytes,
            truncated.original_bytes
        );
    }

    #[test]
    fn output_of_any_bytes_is_valid_text_within_the_budget() {
        let noise: Vec<u8> = (0..32 * 1024_u32).map(|n| 0x80 | (n % 64) as u8).collect();
        let (output, _) = render(&whole(&noise));
        assert!(output.len() <= limits::EXECUTE_OUTPUT_BYTES_MAX);
    }

    #[test]
    fn character_that_a_cut_went_through_is_left_out() {
        let euros = "€".repeat(20_000).into_bytes();
        let captured = Captured {
            head: euros[..16 * 1024].to_vec(),
            tail: euros[euros.len() - 16 * 1024..].to_vec(),
            total: euros.len() as u64,
        };
        let (output, _) = render(&captured);
        assert!(!output.contains(char::REPLACEMENT_CHARACTER));
    }

    #[test]
    fn endless_line_is_cut() {
        let (output, _) = render(&whole("x".repeat(10_000).as_bytes()));
        assert_eq!(output.len(), limits::PROCESS_LINE_BYTES_MAX);
        assert!(output.ends_with(CUT_LINE));
    }
}
