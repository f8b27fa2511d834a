//! Numbered lines of a text file, streamed; an answer over budget says how to narrow it.

use std::fs::File;
use std::io::{self, BufRead, BufReader};

use muster_agent_link::wire::{FileLines, ReadFileLines};
use muster_base::limits;

use crate::exec::prefix;

const CUT_LINE: &str = "[truncated]";
/// A zero byte this early means that the file is not text.
const SNIFF_BYTES: usize = 8 * 1024;

struct Budget {
    first: u64,
    last: u64,
    line_bytes: usize,
    lines: usize,
    bytes: usize,
}

/// Lines gathered so far.
#[derive(Default)]
struct Gathered {
    content: String,
    lines: usize,
    /// First line that did not fit.
    overflow: Option<u64>,
}

/// Reads the window that `query` names.
pub(crate) fn read_lines(file: File, query: &ReadFileLines) -> io::Result<FileLines> {
    let file_size = file.metadata()?.len();
    let refuse = |error: String| FileLines {
        file_size,
        error: Some(error),
        ..FileLines::default()
    };
    let size_max = query.max_file_size.unwrap_or(limits::READ_FILE_BYTES_MAX);
    if file_size > size_max && query.offset.is_none() && query.limit.is_none() {
        return Ok(refuse(format!(
            "the file has {file_size} bytes, more than {size_max}; read a part of it with offset \
             and limit"
        )));
    }
    if query.offset == Some(0) {
        return Ok(refuse("offset counts lines from 1".to_owned()));
    }
    let budget = budget(query);
    let mut reader = BufReader::with_capacity(64 * 1024, file);
    if reader
        .fill_buf()?
        .iter()
        .take(SNIFF_BYTES)
        .any(|byte| *byte == 0)
    {
        return Ok(refuse("the file is not text".to_owned()));
    }
    let (gathered, total_lines) = gather(&mut reader, &budget)?;
    let refused = |error| FileLines {
        total_lines,
        ..refuse(error)
    };
    if let Some(line) = gathered.overflow {
        return Ok(refused(too_much(&budget, line, total_lines)));
    }
    if budget.first > total_lines.max(1) {
        let first = budget.first;
        let error = format!("offset {first} is behind the end: the file has {total_lines} lines");
        return Ok(refused(error));
    }
    Ok(FileLines {
        success: true,
        file_size,
        total_lines,
        lines_read: gathered.lines as u64,
        content: gathered.content,
        error: None,
    })
}

fn budget(query: &ReadFileLines) -> Budget {
    let first = query.offset.unwrap_or(1);
    Budget {
        first,
        last: query.limit.map_or(u64::MAX, |limit| {
            first.saturating_add(limit).saturating_sub(1)
        }),
        line_bytes: query.max_line_bytes.unwrap_or(limits::READ_LINE_BYTES_MAX),
        lines: query.max_response_lines.unwrap_or(limits::READ_LINES_MAX),
        bytes: query
            .max_response_bytes
            .unwrap_or(limits::READ_RESPONSE_BYTES_MAX),
    }
}

fn too_much(budget: &Budget, overflow: u64, total_lines: u64) -> String {
    let first = budget.first;
    let fits = overflow - first;
    let advice = if fits == 0 {
        format!("line {first} alone is over the budget")
    } else {
        format!("from line {first} only {fits} lines fit; use offset={first} and limit={fits}")
    };
    format!(
        "the answer would be over its budget of {} lines and {} bytes (the file has {total_lines} \
         lines): {advice}",
        budget.lines, budget.bytes
    )
}

/// Reads to the end of the file, to count its lines, but keeps one line's start at most.
fn gather(reader: &mut impl BufRead, budget: &Budget) -> io::Result<(Gathered, u64)> {
    let mut gathered = Gathered::default();
    let mut number = 0_u64;
    let mut line = Vec::new();
    loop {
        let next = number + 1;
        let wanted = next >= budget.first && next <= budget.last && gathered.overflow.is_none();
        let keep = if wanted { budget.line_bytes + 1 } else { 0 };
        line.clear();
        if !take_line(reader, &mut line, keep)? {
            return Ok((gathered, number));
        }
        number = next;
        if wanted {
            gathered.add(number, &line, budget);
        }
    }
}

/// Consumes one line and keeps its first `keep` bytes. False at the end of the file.
fn take_line(reader: &mut impl BufRead, line: &mut Vec<u8>, keep: usize) -> io::Result<bool> {
    let mut any = false;
    loop {
        let buffer = reader.fill_buf()?;
        if buffer.is_empty() {
            return Ok(any);
        }
        any = true;
        let end = buffer.iter().position(|byte| *byte == b'\n');
        let part = buffer.get(..end.unwrap_or(buffer.len())).unwrap_or(buffer);
        let room = keep.saturating_sub(line.len()).min(part.len());
        line.extend_from_slice(part.get(..room).unwrap_or_default());
        let taken = part.len() + usize::from(end.is_some());
        reader.consume(taken);
        if end.is_some() {
            return Ok(true);
        }
    }
}

impl Gathered {
    fn add(&mut self, number: u64, line: &[u8], budget: &Budget) {
        let whole = String::from_utf8_lossy(line.strip_suffix(b"\r").unwrap_or(line));
        let (text, cut) = if line.len() > budget.line_bytes {
            (prefix(&whole, budget.line_bytes), CUT_LINE)
        } else {
            (&*whole, "")
        };
        let numbered = format!("{number}\t{text}{cut}\n");
        if self.lines == budget.lines || self.content.len() + numbered.len() > budget.bytes {
            self.overflow = Some(number);
            return;
        }
        self.content.push_str(&numbered);
        self.lines += 1;
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn read(content: &[u8], query: &ReadFileLines) -> FileLines {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(content).unwrap();
        read_lines(file.reopen().unwrap(), query).unwrap()
    }

    fn window(offset: u64, limit: u64) -> ReadFileLines {
        ReadFileLines {
            offset: Some(offset),
            limit: Some(limit),
            ..ReadFileLines::default()
        }
    }

    #[test]
    fn lines_are_numbered_from_the_offset() {
        let answer = read(b"a\nb\r\nc\nd", &window(2, 2));
        assert!(answer.success);
        assert_eq!(answer.content, "2\tb\n3\tc\n");
        assert_eq!((answer.total_lines, answer.lines_read), (4, 2));
    }

    #[test]
    fn empty_file_is_a_success_without_lines() {
        let answer = read(b"", &ReadFileLines::default());
        assert!(answer.success);
        assert_eq!((answer.total_lines, answer.lines_read), (0, 0));
    }

    #[test]
    fn answer_over_budget_says_what_fits() {
        let content = "word\n".repeat(3_000);
        let answer = read(content.as_bytes(), &ReadFileLines::default());
        assert!(!answer.success && answer.content.is_empty());
        assert!(answer.error.unwrap().contains("offset=1 and limit=2000"));
        assert!(read(content.as_bytes(), &window(1, 2_000)).success);
    }

    #[test]
    fn answer_over_its_bytes_says_what_fits() {
        let content = format!("{}\n", "x".repeat(1_000)).repeat(40);
        let answer = read(content.as_bytes(), &ReadFileLines::default());
        assert!(answer.error.unwrap().contains("limit=32"));
        assert!(read(content.as_bytes(), &window(1, 32)).success);
    }

    #[test]
    fn large_file_is_read_by_window_only() {
        let content = "line\n".repeat(300_000);
        let whole = read(content.as_bytes(), &ReadFileLines::default());
        assert!(whole.error.unwrap().contains("offset and limit"));
        let part = read(content.as_bytes(), &window(299_999, 5));
        assert_eq!(part.content, "299999\tline\n300000\tline\n");
    }

    #[test]
    fn long_line_is_cut_between_characters() {
        let answer = read("é".repeat(2_000).as_bytes(), &ReadFileLines::default());
        assert!(answer.content.ends_with("é[truncated]\n"));
        assert!(answer.content.len() < 1_100);
    }

    #[test]
    fn offset_behind_the_end_and_binary_files_are_explained() {
        assert!(
            read(b"a\n", &window(5, 1))
                .error
                .unwrap()
                .contains("1 lines")
        );
        assert!(
            read(b"a\0b", &ReadFileLines::default())
                .error
                .unwrap()
                .contains("not text")
        );
    }
}
