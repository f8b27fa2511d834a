//! What a terminal has put out lately, by position since its beginning.

use std::collections::VecDeque;

use bytes::Bytes;

/// The last bytes of an output.
#[derive(Debug)]
pub(crate) struct Scrollback {
    bytes_max: usize,
    bytes: VecDeque<u8>,
    /// Position behind the last byte.
    end: u64,
}

impl Scrollback {
    pub(crate) const fn new(bytes_max: usize) -> Self {
        Self {
            bytes_max,
            bytes: VecDeque::new(),
            end: 0,
        }
    }

    pub(crate) fn push(&mut self, bytes: &[u8]) {
        self.end += bytes.len() as u64;
        let skipped = bytes.len().saturating_sub(self.bytes_max);
        self.bytes.extend(bytes.iter().skip(skipped));
        let beyond = self.bytes.len().saturating_sub(self.bytes_max);
        self.bytes.drain(..beyond);
    }

    pub(crate) const fn end(&self) -> u64 {
        self.end
    }

    /// Position of the first byte that is kept.
    fn start(&self) -> u64 {
        self.end - self.bytes.len() as u64
    }

    /// Where somebody who comes now begins: at the first line that is whole, so that neither a
    /// character nor a control sequence of the cut line shows up as rubbish.
    pub(crate) fn replay_from(&self) -> u64 {
        let start = self.start();
        if start == 0 {
            return 0;
        }
        let line = self.bytes.iter().position(|byte| *byte == b'\n');
        line.map_or(start, |at| start + at as u64 + 1)
    }

    /// Bytes that a reader at this position has not had yet.
    pub(crate) const fn behind(&self, position: u64) -> u64 {
        self.end.saturating_sub(position)
    }

    /// The next bytes from a position on, and the position behind them. What is kept no more
    /// is skipped.
    pub(crate) fn read(&self, position: u64, bytes_max: usize) -> (Bytes, u64) {
        let from = position.clamp(self.start(), self.end);
        let skipped = usize::try_from(from - self.start()).unwrap_or(usize::MAX);
        let bytes: Bytes = self
            .bytes
            .iter()
            .skip(skipped)
            .take(bytes_max)
            .copied()
            .collect();
        let next = from + bytes.len() as u64;
        (bytes, next)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(bytes_max: usize, pieces: &[&str]) -> Scrollback {
        let mut scrollback = Scrollback::new(bytes_max);
        for piece in pieces {
            scrollback.push(piece.as_bytes());
        }
        scrollback
    }

    #[test]
    fn everything_is_replayed_while_nothing_was_dropped() {
        let scrollback = filled(8, &["ab\n", "cd", "efg"]);
        assert_eq!(scrollback.replay_from(), 0);
        assert_eq!(scrollback.read(0, 100), ("ab\ncdefg".into(), 8));
    }

    #[test]
    fn replay_of_a_full_one_begins_with_a_whole_line() {
        let scrollback = filled(8, &["ab\ncd\nefgh"]);
        assert_eq!(scrollback.start(), 2);
        let (bytes, next) = scrollback.read(scrollback.replay_from(), 100);
        assert_eq!((bytes, next), ("cd\nefgh".into(), 10));
        // A single endless line is shown as it is.
        assert_eq!(filled(4, &["abcdefgh"]).replay_from(), 4);
    }

    #[test]
    fn reader_goes_on_where_it_was_and_skips_what_is_gone() {
        let mut scrollback = filled(4, &["abc"]);
        let (first, at) = scrollback.read(0, 2);
        assert_eq!((first, at), ("ab".into(), 2));
        assert_eq!(scrollback.behind(at), 1);
        scrollback.push(b"defghi");
        assert_eq!(scrollback.read(at, 100), ("fghi".into(), 9));
        assert_eq!(scrollback.read(9, 100), ("".into(), 9));
        assert_eq!(scrollback.behind(9), 0);
    }
}
