//! Server-sent events: bytes in, events out, indifferent to where the bytes were cut.

use muster_base::limits::SSE_EVENT_BYTES_MAX;

/// One dispatched event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SseEvent {
    /// The `event` field; empty when the server named none.
    pub event: String,
    /// The `data` lines, joined by line feeds.
    pub data: String,
}

/// An event grew beyond the limit; the stream cannot go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an event of the stream is larger than {SSE_EVENT_BYTES_MAX} bytes")]
pub struct EventTooLarge;

/// An incremental parser (WHATWG "event stream" format).
///
/// Lines are collected as bytes and decoded when they are complete, so a character, a line
/// ending or a byte order mark may be cut anywhere. Fields other than `event` and `data` are
/// skipped: a model stream cannot be resumed by id. An event without its closing blank line is
/// never dispatched.
#[derive(Debug, Default)]
pub struct SseParser {
    line: Vec<u8>,
    event: String,
    data: String,
    has_data: bool,
    /// The last byte was CR; a LF now belongs to the same line ending.
    after_cr: bool,
    /// The first line has been seen: from here on a byte order mark is ordinary text.
    started: bool,
}

impl SseParser {
    /// A parser at the start of a stream.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the next bytes and appends the events they complete.
    ///
    /// # Errors
    /// [`EventTooLarge`]; events completed before it are in `out`.
    pub fn push(&mut self, bytes: &[u8], out: &mut Vec<SseEvent>) -> Result<(), EventTooLarge> {
        let mut rest = bytes;
        if self.after_cr && !rest.is_empty() {
            self.after_cr = false;
            rest = rest.strip_prefix(b"\n").unwrap_or(rest);
        }
        while let Some(end) = rest.iter().position(|byte| matches!(byte, b'\r' | b'\n')) {
            let (head, tail) = rest.split_at(end);
            self.grow(head)?;
            self.finish_line(out);
            rest = match tail {
                [b'\r', b'\n', after @ ..] | [_, after @ ..] => after,
                [] => tail,
            };
            self.after_cr = tail == b"\r";
        }
        self.grow(rest)
    }

    fn grow(&mut self, bytes: &[u8]) -> Result<(), EventTooLarge> {
        let held = self.line.len() + self.data.len() + self.event.len();
        if held + bytes.len() > SSE_EVENT_BYTES_MAX {
            return Err(EventTooLarge);
        }
        self.line.extend_from_slice(bytes);
        Ok(())
    }

    fn finish_line(&mut self, out: &mut Vec<SseEvent>) {
        let bytes = std::mem::take(&mut self.line);
        let mut line = bytes.as_slice();
        if !self.started {
            self.started = true;
            line = line.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(line);
        }
        if line.is_empty() {
            self.dispatch(out);
        } else {
            self.field(line);
        }
        // Keep the allocation for the next line unless this one was a giant.
        if bytes.capacity() <= 64 * 1024 {
            self.line = bytes;
            self.line.clear();
        }
    }

    fn field(&mut self, line: &[u8]) {
        let colon = line.iter().position(|byte| *byte == b':');
        let (name, value) = line.split_at(colon.unwrap_or(line.len()));
        let value = value.strip_prefix(b":").unwrap_or(value);
        let value = value.strip_prefix(b" ").unwrap_or(value);
        match name {
            b"data" => {
                if self.has_data {
                    self.data.push('\n');
                }
                self.has_data = true;
                self.data.push_str(&String::from_utf8_lossy(value));
            }
            b"event" => self.event = String::from_utf8_lossy(value).into_owned(),
            // A comment (empty name), `id`, `retry`, or something of tomorrow.
            _ => {}
        }
    }

    fn dispatch(&mut self, out: &mut Vec<SseEvent>) {
        let event = std::mem::take(&mut self.event);
        let data = std::mem::take(&mut self.data);
        if std::mem::take(&mut self.has_data) {
            out.push(SseEvent { event, data });
        }
    }
}

#[cfg(test)]
mod tests;
