//! Messages of a stream: one JSON object per line, however the bytes are cut.

use bytes::{Buf, Bytes, BytesMut};

/// A line that is longer than its reader takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a line is longer than {bytes_max} bytes")]
pub struct LineTooLong {
    /// The limit.
    pub bytes_max: usize,
}

/// Puts lines together from pieces of bytes.
#[derive(Debug)]
pub struct Lines {
    bytes_max: usize,
    held: BytesMut,
    /// Bytes of `held` that are known to hold no line break.
    searched: usize,
}

impl Lines {
    /// For lines of at most this many bytes, their end not counted.
    #[must_use]
    pub fn new(bytes_max: usize) -> Self {
        Self {
            bytes_max,
            held: BytesMut::new(),
            searched: 0,
        }
    }

    /// Takes the next piece. Every line in it must be fetched before the next one comes.
    pub fn push(&mut self, piece: &[u8]) {
        self.held.extend_from_slice(piece);
    }

    /// The next whole line without its end; empty lines are skipped.
    ///
    /// # Errors
    /// When a line is too long; there is no going on then.
    pub fn next_line(&mut self) -> Result<Option<Bytes>, LineTooLong> {
        let too_long = LineTooLong {
            bytes_max: self.bytes_max,
        };
        loop {
            let fresh = self.held.get(self.searched..).unwrap_or_default();
            let Some(at) = fresh.iter().position(|byte| *byte == b'\n') else {
                self.searched = self.held.len();
                return if self.searched > self.bytes_max {
                    Err(too_long)
                } else {
                    Ok(None)
                };
            };
            let length = self.searched + at;
            self.searched = 0;
            if length > self.bytes_max {
                return Err(too_long);
            }
            let line = self.held.split_to(length).freeze();
            self.held.advance(1);
            if !line.is_empty() {
                return Ok(Some(line));
            }
        }
    }
}

/// A message as its line.
///
/// # Errors
/// When the message has no JSON form.
pub fn line_of(message: &impl serde::Serialize) -> Result<Bytes, serde_json::Error> {
    let mut line = serde_json::to_vec(message)?;
    line.push(b'\n');
    Ok(line.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_whole_however_they_are_cut() {
        let text = b"one\n\ntwo\nthree\n";
        for cut in 0..=text.len() {
            let mut lines = Lines::new(5);
            let mut seen = Vec::new();
            for piece in [&text[..cut], &text[cut..]] {
                lines.push(piece);
                while let Some(line) = lines.next_line().unwrap() {
                    seen.push(line);
                }
            }
            assert_eq!(seen, ["one", "two", "three"], "cut at {cut}");
        }
    }

    #[test]
    fn line_at_the_limit_passes_and_a_longer_one_does_not() {
        let mut lines = Lines::new(3);
        lines.push(b"abc");
        assert_eq!(lines.next_line(), Ok(None));
        lines.push(b"\nabcd");
        assert_eq!(lines.next_line(), Ok(Some("abc".into())));
        assert_eq!(lines.next_line(), Err(LineTooLong { bytes_max: 3 }));
        let mut ended = Lines::new(3);
        ended.push(b"abcd\n");
        assert_eq!(ended.next_line(), Err(LineTooLong { bytes_max: 3 }));
    }
}
