//! Titles and turn summaries that a model finds.

use std::time::Duration;

/// Finding one title, whoever is asked.
pub const TITLE_LIMIT: Duration = Duration::from_secs(30);
/// How long nobody else looks for a title of the same chat, unless it was found before.
pub const TITLE_LEASE: Duration = Duration::from_secs(60);
/// Output tokens of a title or a turn summary.
pub const SHORT_ANSWER_TOKENS_MAX: u32 = 256;
/// Words of a title that a model found; one more and it is no title.
pub const FOUND_TITLE_WORDS_MAX: usize = 8;
/// Characters of a title that a model found.
pub const FOUND_TITLE_CHARS_MAX: usize = 80;
/// First messages of a conversation that a wished-for title may be made from.
pub const TITLE_HEAD_MESSAGES: i64 = 50;
/// Last messages of a conversation that a wished-for title may be made from.
pub const TITLE_TAIL_MESSAGES: i64 = 50;
/// Last turns of a conversation that a wished-for title is made from.
pub const TITLE_TURNS: usize = 3;
/// Characters of the conversation that whoever finds a title is told.
pub const TITLE_CONTEXT_CHARS_MAX: usize = 6_000;
/// Characters of the user's latest message among them.
pub const TITLE_LATEST_CHARS_MAX: usize = 1_000;
/// Characters of a turn's summary.
pub const TURN_SUMMARY_CHARS_MAX: usize = 100;
/// Characters of the last answer that whoever summarises a turn is told.
pub const TURN_SUMMARY_CONTEXT_CHARS_MAX: usize = 6_000;
/// Finding one turn summary, whoever is asked.
pub const TURN_SUMMARY_LIMIT: Duration = Duration::from_secs(30);
