//! Where in a stream a client is, as an opaque text.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use muster_base::ChatId;

/// Format of the text; another one is refused like any malformed cursor.
const VERSION: &str = "1";

/// Everything that a client has seen: the versions it knows and the last live part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cursor {
    pub(crate) chat_id: ChatId,
    pub(crate) snapshot_version: i64,
    pub(crate) history_version: i64,
    pub(crate) queue_version: i64,
    pub(crate) retry_state_version: i64,
    pub(crate) generation_attempt: i64,
    /// Which episode the sequence number counts in; 0 when none was seen.
    pub(crate) instance: u64,
    pub(crate) seq: u64,
}

/// A text that is no cursor of this chat.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a cursor of this chat's stream")]
pub struct CursorError;

impl Cursor {
    /// Reads the cursor of a chat.
    ///
    /// # Errors
    /// When the text is malformed or belongs to another chat.
    pub fn of_chat(text: &str, chat_id: ChatId) -> Result<Self, CursorError> {
        let cursor: Self = text.parse()?;
        if cursor.chat_id == chat_id {
            Ok(cursor)
        } else {
            Err(CursorError)
        }
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            chat_id,
            snapshot_version,
            history_version,
            queue_version,
            retry_state_version,
            generation_attempt,
            instance,
            seq,
        } = self;
        let text = format!(
            "{VERSION}.{chat_id}.{snapshot_version}.{history_version}.{queue_version}.\
             {retry_state_version}.{generation_attempt}.{instance}.{seq}"
        );
        f.write_str(&BASE64.encode(text))
    }
}

impl FromStr for Cursor {
    type Err = CursorError;

    fn from_str(text: &str) -> Result<Self, CursorError> {
        let bytes = BASE64.decode(text).map_err(|_malformed| CursorError)?;
        let text = String::from_utf8(bytes).map_err(|_malformed| CursorError)?;
        let mut fields = text.split('.');
        if fields.next() != Some(VERSION) {
            return Err(CursorError);
        }
        let cursor = Self {
            chat_id: field(&mut fields)?,
            snapshot_version: field(&mut fields)?,
            history_version: field(&mut fields)?,
            queue_version: field(&mut fields)?,
            retry_state_version: field(&mut fields)?,
            generation_attempt: field(&mut fields)?,
            instance: field(&mut fields)?,
            seq: field(&mut fields)?,
        };
        if fields.next().is_some() {
            return Err(CursorError);
        }
        Ok(cursor)
    }
}

fn field<'a, T: FromStr>(fields: &mut impl Iterator<Item = &'a str>) -> Result<T, CursorError> {
    let text = fields.next().ok_or(CursorError)?;
    text.parse().map_err(|_malformed| CursorError)
}

#[cfg(test)]
mod tests {
    use muster_base::Clock;

    use super::*;

    fn cursor() -> Cursor {
        Cursor {
            chat_id: ChatId::new(&Clock::system()),
            snapshot_version: 9,
            history_version: 7,
            queue_version: 3,
            retry_state_version: 0,
            generation_attempt: 2,
            instance: u64::MAX,
            seq: 41,
        }
    }

    #[test]
    fn cursor_reads_back() {
        let cursor = cursor();
        let text = cursor.to_string();
        assert_eq!(Cursor::of_chat(&text, cursor.chat_id), Ok(cursor));
    }

    #[test]
    fn cursor_of_another_chat_is_refused() {
        let text = cursor().to_string();
        assert_eq!(Cursor::of_chat(&text, ChatId::NIL), Err(CursorError));
    }

    #[test]
    fn malformed_cursor_is_refused() {
        let good = cursor();
        let cut: String = good.to_string().chars().skip(1).collect();
        for text in ["", "x", "💥", &cut] {
            assert_eq!(text.parse::<Cursor>(), Err(CursorError), "{text}");
        }
        let longer = BASE64.encode("1.00000000-0000-0000-0000-000000000000.1.1.1.1.1.1.1.1");
        assert_eq!(longer.parse::<Cursor>(), Err(CursorError));
    }
}
