//! The request: system block, conversation, cache marks.

use std::borrow::Cow;

use muster_chat_state::content::Part as Stored;
use muster_llm::{Message, Role, System};

use super::files::Files;
use super::fragment::Fragment;
use super::{convert, hygiene};

/// Messages at the end whose prefix is worth caching.
const CACHED_TAIL: usize = 2;

/// Who wrote a stored message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Author {
    System,
    User,
    Assistant,
    Tool,
}

/// System texts and conversation, ready for a request.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Prompt {
    pub(crate) system: Vec<System>,
    pub(crate) messages: Vec<Message>,
}

/// Builds the prompt from the stored messages that a model may see, oldest first.
///
/// Everything is recomputed from the stored rows, so equal rows give equal bytes; only the
/// cache marks move.
pub(crate) fn prompt<'a>(
    history: impl IntoIterator<Item = (Author, Cow<'a, [Stored]>)>,
    user_prompt: &str,
    files: &Files,
) -> Prompt {
    let mut system = Vec::new();
    let mut conversation = Vec::new();
    for (author, parts) in history {
        let role = match author {
            Author::System => {
                system.extend(system_text(&parts));
                continue;
            }
            Author::User => Role::User,
            Author::Assistant => Role::Assistant,
            Author::Tool => Role::Tool,
        };
        let part = |part| files.part(part).or_else(|| convert::to_model(part));
        let parts = parts.iter().filter_map(part).collect();
        conversation.push((role, parts));
    }
    if !user_prompt.is_empty() {
        system.push(System {
            text: Fragment::UserInstructions(user_prompt).render(),
            cache_mark: false,
        });
    }
    let mut prompt = Prompt {
        system,
        messages: hygiene::clean(conversation),
    };
    prompt.mark();
    prompt
}

fn system_text(parts: &[Stored]) -> Option<System> {
    let mut text = String::new();
    for part in parts {
        if let Stored::Text(part) = part {
            text.push_str(&part.text);
        }
    }
    let cache_mark = false;
    (!text.trim().is_empty()).then_some(System { text, cache_mark })
}

impl Prompt {
    fn mark(&mut self) {
        if let Some(last) = self.system.last_mut() {
            last.cache_mark = true;
        }
        for message in self.messages.iter_mut().rev().take(CACHED_TAIL) {
            message.cache_mark = true;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(system: &[System]) -> Vec<&str> {
        system.iter().map(|system| system.text.as_str()).collect()
    }

    #[test]
    fn user_prompt_closes_the_system_block_and_is_marked() {
        let stored = [Stored::text("Be brief.")];
        let prompt = prompt(
            [(Author::System, Cow::from(&stored))],
            "Speak Latin.",
            &Files::default(),
        );
        let expected = "<user-instructions>\nSpeak Latin.\n</user-instructions>";
        assert_eq!(texts(&prompt.system), ["Be brief.", expected]);
        let marks: Vec<bool> = prompt.system.iter().map(|text| text.cache_mark).collect();
        assert_eq!(marks, [false, true]);
    }

    #[test]
    fn longer_history_begins_with_the_bytes_of_the_shorter_one() {
        let parts: Vec<Stored> = (0..10)
            .map(|n| Stored::text(format!("message {n}")))
            .collect();
        let history = |count: usize| {
            let author = |n: usize| [Author::User, Author::Assistant][n % 2];
            let rows = parts.chunks(1).take(count).enumerate();
            let rows: Vec<_> = rows.map(|(n, part)| (author(n), Cow::from(part))).collect();
            let mut messages = prompt(rows, "", &Files::default()).messages;
            messages
                .iter_mut()
                .for_each(|message| message.cache_mark = false);
            messages
        };
        let whole = history(parts.len());
        for count in 0..parts.len() {
            assert_eq!(history(count), whole[..count]);
        }
    }

    #[test]
    fn last_two_messages_are_marked() {
        let parts = [Stored::text("a")];
        let authors = [Author::User, Author::Assistant, Author::User];
        let prompt = prompt(
            authors.map(|author| (author, Cow::from(&parts))),
            "",
            &Files::default(),
        );
        let marks: Vec<bool> = prompt.messages.iter().map(|m| m.cache_mark).collect();
        assert_eq!(marks, [false, true, true]);
    }
}
