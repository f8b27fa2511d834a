//! As much of a conversation as somebody needs to name it.

use muster_base::limits::{TITLE_CONTEXT_CHARS_MAX, TITLE_LATEST_CHARS_MAX, TITLE_TURNS};
use muster_chat_state::content::{self, Part};
use muster_store::chat_messages::{Message, Role};

use super::ask::cut;
use crate::prompt::convert;

/// What one side said in one go.
struct Turn {
    /// The user's words.
    asked: String,
    /// What the agent said to them, as far as it said anything.
    answered: Vec<String>,
}

/// The first text of a message.
pub(super) fn first_text(parts: &[Part]) -> &str {
    let mut texts = parts.iter().filter_map(|part| match part {
        Part::Text(part) => Some(part.text.as_str()),
        Part::Reasoning(_)
        | Part::ToolCall(_)
        | Part::ToolResult(_)
        | Part::Source(_)
        | Part::File(_)
        | Part::FileReference(_)
        | Part::ContextFile(_)
        | Part::Skill(_) => None,
    });
    texts.next().unwrap_or_default()
}

/// What a message says in words: its texts, and the lines of files that it refers to.
pub(super) fn words(parts: &[Part]) -> String {
    let texts = parts.iter().filter_map(|part| match part {
        Part::Text(part) => Some(part.text.trim().to_owned()),
        Part::FileReference(part) => Some(convert::reference_text(part)),
        Part::Reasoning(_)
        | Part::ToolCall(_)
        | Part::ToolResult(_)
        | Part::Source(_)
        | Part::File(_)
        | Part::ContextFile(_)
        | Part::Skill(_) => None,
    });
    let texts: Vec<String> = texts.filter(|text| !text.is_empty()).collect();
    texts.join("\n\n")
}

/// A conversation of one message.
pub(super) fn opening(parts: &[Part]) -> String {
    let words = words(parts);
    if words.is_empty() {
        return words;
    }
    framed(&format!("User: {}", cut(&words, TITLE_CONTEXT_CHARS_MAX)))
}

/// The first turn's question, the last turns, and the latest question once more, which is what
/// the work is about now.
///
/// # Errors
/// When a stored content can't be read.
pub(super) fn of(messages: &[Message]) -> Result<String, serde_json::Error> {
    let turns = turns(messages)?;
    let recent = turns.len().saturating_sub(TITLE_TURNS);
    let mut pieces = Vec::new();
    for (at, turn) in turns.iter().enumerate() {
        if at == 0 && recent > 0 {
            pieces.push(format!("User: {}", turn.asked));
            if recent > 1 {
                pieces.push("[…]".to_owned());
            }
        }
        if at >= recent {
            pieces.push(format!("User: {}", turn.asked));
            pieces.extend(turn.answered.iter().map(|it| format!("Agent: {it}")));
        }
    }
    let latest = turns.last().map(|turn| turn.asked.as_str());
    let latest = latest.unwrap_or_default();
    let latest = format!("\n\nThe user's latest message: {latest}");
    // The latest message stands whole behind whatever is cut.
    let room = TITLE_CONTEXT_CHARS_MAX.saturating_sub(latest.chars().count());
    Ok(framed(&format!(
        "{}{latest}",
        cut(&pieces.join("\n\n"), room)
    )))
}

fn turns(messages: &[Message]) -> Result<Vec<Turn>, serde_json::Error> {
    let mut turns: Vec<Turn> = Vec::new();
    for message in messages {
        let words = words(&content::decode(&message.content)?);
        // One long message must not crowd out the others.
        let words = cut(&words, TITLE_LATEST_CHARS_MAX);
        if words.is_empty() {
            continue;
        }
        match (message.role, turns.last_mut()) {
            (Role::User, _) => turns.push(Turn {
                asked: words,
                answered: Vec::new(),
            }),
            (Role::Assistant, Some(turn)) => turn.answered.push(words),
            (Role::Assistant, None) | (Role::System | Role::Tool, _) => {}
        }
    }
    Ok(turns)
}

/// Marked as what it is: nothing in it speaks to whoever reads it.
fn framed(text: &str) -> String {
    format!("<conversation>\n{text}\n</conversation>")
}

#[cfg(test)]
mod tests;
