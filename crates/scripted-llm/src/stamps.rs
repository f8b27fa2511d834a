//! Times inside the text of an answer, from which a load test takes the model's own share out
//! of what it measures.
//!
//! The marks stand in the prepared bytes with zeros and are filled in as the bytes leave, so
//! that equal answers still share them.

use bytes::{Bytes, BytesMut};
use muster_base::Micros;

/// Digits of a time in microseconds since 1970.
const DIGITS: usize = 16;
const RECEIVED: &[u8] = b"@@r=0000000000000000,f=0000000000000000@@";
const ENDED: &[u8] = b"@@e=0000000000000000@@";

/// The times of one request.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stamps {
    received: Micros,
}

impl Stamps {
    pub(crate) const fn new(received: Micros) -> Self {
        Self { received }
    }

    /// The text between its marks.
    pub(crate) fn mark(text: &str) -> String {
        let ascii = String::from_utf8_lossy;
        format!("{}{text}{}", ascii(RECEIVED), ascii(ENDED))
    }

    /// The marks around a marked text; none around any other.
    pub(crate) fn split(text: &str) -> Option<(&str, &str, &str)> {
        let (head, rest) = text.split_at_checked(RECEIVED.len())?;
        let (inner, tail) = rest.split_at_checked(rest.len().checked_sub(ENDED.len())?)?;
        (head.as_bytes() == RECEIVED && tail.as_bytes() == ENDED).then_some((head, inner, tail))
    }

    /// Writes the times into the marks that the bytes carry.
    pub(crate) fn fill(&self, bytes: Bytes, now: Micros) -> Bytes {
        let received = find(&bytes, RECEIVED);
        let ended = find(&bytes, ENDED);
        if received.is_none() && ended.is_none() {
            return bytes;
        }
        let mut filled = BytesMut::from(&*bytes);
        if let Some(at) = received {
            write(&mut filled, at + 4, self.received);
            write(&mut filled, at + 4 + DIGITS + 3, now);
        }
        if let Some(at) = ended {
            write(&mut filled, at + 4, now);
        }
        filled.freeze()
    }
}

fn find(bytes: &[u8], mark: &[u8]) -> Option<usize> {
    bytes.windows(mark.len()).position(|window| window == mark)
}

fn write(bytes: &mut BytesMut, at: usize, time: Micros) {
    let digits = format!("{:0width$}", time.0, width = DIGITS);
    if let Some(target) = bytes.get_mut(at..at + DIGITS)
        && digits.len() == DIGITS
    {
        target.copy_from_slice(digits.as_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_filled_where_they_stand() {
        let marked = Stamps::mark("hello");
        let (head, inner, tail) = Stamps::split(&marked).unwrap();
        assert_eq!((head.len(), inner, tail.len()), (41, "hello", 22));
        assert_eq!(Stamps::split("hello"), None);
        let stamps = Stamps::new(Micros(1_700_000_000_000_001));
        let filled = stamps.fill(marked.into(), Micros(1_700_000_000_000_900));
        assert_eq!(
            filled,
            "@@r=1700000000000001,f=1700000000000900@@hello@@e=1700000000000900@@"
        );
        let plain = Bytes::from_static(b"data: {}\n\n");
        assert_eq!(stamps.fill(plain.clone(), Micros(1)), plain);
    }
}
