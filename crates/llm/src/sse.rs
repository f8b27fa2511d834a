//! Server-sent events: bytes in, events out, indifferent to where the bytes were cut.

use muster_base::limits::SSE_EVENT_BYTES_MAX;

/// Buffers up to this size are kept from one event to the next.
const KEPT_BYTES: usize = 64 * 1024;

/// One dispatched event.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
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
/// A line that is whole within the received bytes is read where it lies; only what a cut
/// leaves over is collected, as bytes, so a character, a line ending or a byte order mark may
/// be cut anywhere. Fields other than `event` and `data` are skipped: a model stream cannot be
/// resumed by id. An event without its closing blank line is never dispatched.
#[derive(Debug, Default)]
pub struct SseParser {
    /// The beginning of a line whose end has not come yet.
    line: Vec<u8>,
    /// The event that is being collected, or the one that was handed out last.
    event: SseEvent,
    has_data: bool,
    /// `event` has been handed out.
    dispatched: bool,
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

    /// Takes bytes off the front of `bytes` up to the end of the next event and lends that
    /// event; `None` when all bytes are taken. The event's buffers serve the next one too.
    ///
    /// # Errors
    /// [`EventTooLarge`]; the stream cannot go on.
    pub fn next_event(&mut self, bytes: &mut &[u8]) -> Result<Option<&SseEvent>, EventTooLarge> {
        self.forget_dispatched();
        if self.after_cr && !bytes.is_empty() {
            self.after_cr = false;
            *bytes = bytes.strip_prefix(b"\n").unwrap_or(bytes);
        }
        while let Some(end) = memchr::memchr2(b'\r', b'\n', bytes) {
            let (head, tail) = bytes.split_at(end);
            self.check_room(head)?;
            self.after_cr = tail == b"\r";
            *bytes = match tail {
                [b'\r', b'\n', after @ ..] | [_, after @ ..] => after,
                [] => tail,
            };
            if self.line(head) {
                self.dispatched = true;
                return Ok(Some(&self.event));
            }
        }
        self.check_room(bytes)?;
        self.line.extend_from_slice(std::mem::take(bytes));
        Ok(None)
    }

    fn check_room(&self, more: &[u8]) -> Result<(), EventTooLarge> {
        let held = self.line.len() + self.event.data.len() + self.event.event.len();
        if held + more.len() > SSE_EVENT_BYTES_MAX {
            return Err(EventTooLarge);
        }
        Ok(())
    }

    /// Takes the rest of a line; `true` when it ends an event.
    fn line(&mut self, rest: &[u8]) -> bool {
        if self.line.is_empty() {
            return self.whole_line(rest);
        }
        let mut line = std::mem::take(&mut self.line);
        line.extend_from_slice(rest);
        let ends = self.whole_line(&line);
        // Keep the allocation for the next line unless this one was a giant.
        if line.capacity() <= KEPT_BYTES {
            line.clear();
            self.line = line;
        }
        ends
    }

    fn whole_line(&mut self, line: &[u8]) -> bool {
        let mut line = line;
        if !self.started {
            self.started = true;
            line = line.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(line);
        }
        if !line.is_empty() {
            self.field(line);
            return false;
        }
        if !self.has_data {
            self.event.event.clear();
        }
        self.has_data
    }

    fn field(&mut self, line: &[u8]) {
        let colon = memchr::memchr(b':', line);
        let (name, value) = line.split_at(colon.unwrap_or(line.len()));
        let value = value.strip_prefix(b":").unwrap_or(value);
        let value = value.strip_prefix(b" ").unwrap_or(value);
        match name {
            b"data" => {
                if self.has_data {
                    self.event.data.push('\n');
                }
                self.has_data = true;
                push_text(&mut self.event.data, value);
            }
            b"event" => {
                self.event.event.clear();
                push_text(&mut self.event.event, value);
            }
            // A comment (empty name), `id`, `retry`, or something of tomorrow.
            _ => {}
        }
    }

    fn forget_dispatched(&mut self) {
        if !std::mem::take(&mut self.dispatched) {
            return;
        }
        self.has_data = false;
        for text in [&mut self.event.event, &mut self.event.data] {
            text.clear();
            if text.capacity() > KEPT_BYTES {
                text.shrink_to(0);
            }
        }
    }
}

/// Appends bytes as text. Almost all of them are valid, and checking that is much cheaper than
/// looking for what is to be replaced.
fn push_text(text: &mut String, bytes: &[u8]) {
    match std::str::from_utf8(bytes) {
        Ok(valid) => text.push_str(valid),
        Err(_) => text.push_str(&String::from_utf8_lossy(bytes)),
    }
}

#[cfg(test)]
mod tests;
