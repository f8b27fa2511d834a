//! AWS event-stream framing: the other way in which events come over HTTP.
//!
//! A message is `total length(4) headers length(4) CRC of these(4) headers payload CRC of all
//! before(4)`, numbers big-endian. Both checksums are verified, lengths are checked before
//! anything is collected, and a message may be cut anywhere.

use muster_base::limits::SSE_EVENT_BYTES_MAX;

use crate::failure::Origin;
use crate::sse::SseEvent;

/// A buffer up to this size is kept from one message to the next.
const KEPT_BYTES: usize = 64 * 1024;
const PRELUDE_BYTES: usize = 12;
const CRC_BYTES: usize = 4;
/// The format allows no longer ones.
const HEADERS_BYTES_MAX: usize = 128 * 1024;
/// The header type of texts; the service sends no other that matters.
const TEXT: u8 = 7;

/// The name of events that report a failure begins with this.
pub(crate) const EXCEPTION: &str = "exception:";

/// The stream cannot go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum FrameError {
    /// A message beyond the limit.
    #[error("an event of the stream is larger than {SSE_EVENT_BYTES_MAX} bytes")]
    TooLarge,
    /// Lengths that cannot be, or a checksum that does not fit.
    #[error("the stream's framing is damaged")]
    Damaged,
}

impl FrameError {
    /// What it means for the answer.
    pub(crate) const fn origin(self) -> Origin {
        match self {
            Self::TooLarge => Origin::Oversize,
            Self::Damaged => Origin::Malformed,
        }
    }
}

/// An incremental parser. A message becomes an event named like its type, with the payload
/// as data; exceptions and errors get [`EXCEPTION`] before the name.
#[derive(Debug, Default)]
pub(crate) struct FrameParser {
    held: Vec<u8>,
    /// Total and headers length of the message in `held`, once its prelude is here.
    lengths: Option<(usize, usize)>,
}

impl FrameParser {
    /// Takes bytes off the front of `bytes` up to the end of the next message with a type;
    /// `None` when all bytes are taken.
    pub(crate) fn next_event(&mut self, bytes: &mut &[u8]) -> Result<Option<SseEvent>, FrameError> {
        loop {
            let wanted = match self.lengths {
                Some((total, _)) => total,
                None => PRELUDE_BYTES,
            };
            let missing = wanted.saturating_sub(self.held.len());
            let (head, tail) = bytes.split_at(missing.min(bytes.len()));
            self.held.extend_from_slice(head);
            *bytes = tail;
            if self.held.len() < wanted {
                return Ok(None);
            }
            match self.lengths.take() {
                None => self.lengths = Some(prelude(&self.held)?),
                Some((_, headers)) => {
                    let event = message(&self.held, headers)?;
                    self.held.clear();
                    self.held.shrink_to(KEPT_BYTES);
                    if event.is_some() {
                        return Ok(event);
                    }
                }
            }
        }
    }
}

/// The lengths of a message, checked.
fn prelude(bytes: &[u8]) -> Result<(usize, usize), FrameError> {
    let mut reader = Reader(bytes);
    let (total, headers) = (reader.length()?, reader.length()?);
    let sum = reader.number()?;
    let (summed, _) = bytes.split_at(PRELUDE_BYTES - CRC_BYTES);
    if crc32(summed) != sum {
        return Err(FrameError::Damaged);
    }
    if total > SSE_EVENT_BYTES_MAX {
        return Err(FrameError::TooLarge);
    }
    if headers > HEADERS_BYTES_MAX || total < PRELUDE_BYTES + headers + CRC_BYTES {
        return Err(FrameError::Damaged);
    }
    Ok((total, headers))
}

/// One whole message as an event; what has no type is skipped.
fn message(bytes: &[u8], headers: usize) -> Result<Option<SseEvent>, FrameError> {
    let end = bytes.len().saturating_sub(CRC_BYTES);
    let (summed, sum) = bytes.split_at_checked(end).ok_or(FrameError::Damaged)?;
    if crc32(summed) != Reader(sum).number()? {
        return Err(FrameError::Damaged);
    }
    let mut reader = Reader(summed);
    let _prelude = reader.take(PRELUDE_BYTES)?;
    let names = Names::read(reader.take(headers)?)?;
    let Some(event) = names.event() else {
        return Ok(None);
    };
    let data = String::from_utf8_lossy(reader.0).into_owned();
    Ok(Some(SseEvent { event, data }))
}

/// The headers that say what a message is.
#[derive(Default)]
struct Names {
    message: String,
    event: String,
    exception: String,
    code: String,
}

impl Names {
    fn read(headers: &[u8]) -> Result<Self, FrameError> {
        let mut names = Self::default();
        let mut reader = Reader(headers);
        while !reader.0.is_empty() {
            let length = reader.byte()?;
            let name = reader.take(usize::from(length))?;
            let value = reader.value()?;
            let text = value.map(|bytes| String::from_utf8_lossy(bytes).into_owned());
            let text = text.unwrap_or_default();
            match name {
                b":message-type" => names.message = text,
                b":event-type" => names.event = text,
                b":exception-type" => names.exception = text,
                b":error-code" => names.code = text,
                _ => {}
            }
        }
        Ok(names)
    }

    fn event(self) -> Option<String> {
        match self.message.as_str() {
            "event" => Some(self.event),
            "exception" => Some(format!("{EXCEPTION}{}", self.exception)),
            "error" => Some(format!("{EXCEPTION}{}", self.code)),
            _ => None,
        }
    }
}

/// Reads big-endian fields from the front.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, count: usize) -> Result<&'a [u8], FrameError> {
        let (head, tail) = self.0.split_at_checked(count).ok_or(FrameError::Damaged)?;
        self.0 = tail;
        Ok(head)
    }

    fn byte(&mut self) -> Result<u8, FrameError> {
        let (byte, tail) = self.0.split_first().ok_or(FrameError::Damaged)?;
        self.0 = tail;
        Ok(*byte)
    }

    fn number(&mut self) -> Result<u32, FrameError> {
        let (bytes, tail) = self.0.split_first_chunk().ok_or(FrameError::Damaged)?;
        self.0 = tail;
        Ok(u32::from_be_bytes(*bytes))
    }

    fn length(&mut self) -> Result<usize, FrameError> {
        usize::try_from(self.number()?).map_err(|_narrow| FrameError::TooLarge)
    }

    /// The value of a header; `None` is one that is no text.
    fn value(&mut self) -> Result<Option<&'a [u8]>, FrameError> {
        let kind = self.byte()?;
        let bytes = match kind {
            // True and false.
            0 | 1 => 0,
            // Numbers of one, two, four and eight bytes, a time.
            2 => 1,
            3 => 2,
            4 => 4,
            5 | 8 => 8,
            // Bytes and text name their length.
            6 | TEXT => usize::from(u16::from_be_bytes([self.byte()?, self.byte()?])),
            // A UUID.
            9 => 16,
            _ => return Err(FrameError::Damaged),
        };
        let value = self.take(bytes)?;
        Ok((kind == TEXT).then_some(value))
    }
}

/// CRC-32 as in zlib and Ethernet.
fn crc32(bytes: &[u8]) -> u32 {
    let mut crc = u32::MAX;
    for byte in bytes {
        let [low, ..] = crc.to_le_bytes();
        let step = TABLE.get(usize::from(low ^ byte)).copied();
        crc = (crc >> 8) ^ step.unwrap_or_default();
    }
    !crc
}

static TABLE: [u32; 256] = table();

#[expect(
    clippy::indexing_slicing,
    reason = "the index is the loop's own, and this runs at compile time"
)]
const fn table() -> [u32; 256] {
    const POLYNOMIAL: u32 = 0xEDB8_8320;
    let mut table = [0; 256];
    let mut index = 0;
    let mut entry: u32 = 0;
    while index < table.len() {
        let mut value = entry;
        let mut bit = 0;
        while bit < 8 {
            let carry = value & 1;
            value >>= 1;
            if carry == 1 {
                value ^= POLYNOMIAL;
            }
            bit += 1;
        }
        table[index] = value;
        index += 1;
        entry += 1;
    }
    table
}

#[cfg(test)]
pub(crate) mod tests;
