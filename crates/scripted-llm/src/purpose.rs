//! What a request is for, read from its schema and its instruction.

use serde_json::json;

use crate::conversation::Conversation;
use crate::script::Purpose;

/// Words of a title or a notification that no script has written.
const WORDS: usize = 6;

/// A request that asks for a title, a summary or a notification looks unlike a step of a chat:
/// it wants an object, or it forbids every call.
pub(crate) fn of(conversation: &Conversation) -> Purpose {
    let instruction = format!("{}\n{}", conversation.system, conversation.last_user_text());
    let instruction = instruction.to_lowercase();
    let says = |word: &str| instruction.contains(word);
    let field = |name: &str| {
        let properties = conversation.schema.as_ref();
        properties.is_some_and(|schema| {
            schema
                .pointer("/properties")
                .is_some_and(|p| p.get(name).is_some())
        })
    };
    let may_call = !conversation.tools.is_empty() && !conversation.no_calls;
    if conversation.structured {
        let is_push = field("notification") || (says("notification") && !field("title"));
        return match (is_push, field("title") || conversation.schema.is_none()) {
            (true, _) => Purpose::Push,
            (false, true) => Purpose::Title,
            (false, false) => Purpose::Chat,
        };
    }
    if may_call {
        return Purpose::Chat;
    }
    let asked = conversation.last_user_text().to_lowercase();
    if conversation.no_calls && asked.contains("summar") {
        Purpose::Compaction
    } else if says("push notification") {
        Purpose::Push
    } else if says("title for this") || says("title of this") {
        Purpose::Title
    } else {
        Purpose::Chat
    }
}

/// Whether a rule that names this purpose, or none, answers a request of that one. Without a
/// purpose a rule is about the conversation, of which titles and notifications are no part.
pub(crate) fn is_asked(named: Option<Purpose>, purpose: Purpose) -> bool {
    match named {
        Some(named) => named == purpose,
        None => matches!(purpose, Purpose::Chat | Purpose::Compaction),
    }
}

/// What the conversation is called, or told of its end: its first words, in the form that is
/// asked for. A chat that nobody has named is called the same, so a script that is silent about
/// titles moves none. `None` for a request that is about something else.
pub(crate) fn own_words(conversation: &Conversation) -> Option<String> {
    let purpose = of(conversation);
    let field = match purpose {
        Purpose::Title => "title",
        Purpose::Push => "notification",
        Purpose::Chat | Purpose::Compaction => return None,
    };
    let lines = conversation.last_user_text().lines();
    let mut words = lines
        .filter(|line| !line.starts_with('<'))
        .flat_map(str::split_whitespace)
        .filter(|word| *word != "User:");
    let first: Vec<&str> = words.by_ref().take(WORDS).collect();
    let mut text = first.join(" ");
    if words.next().is_some() {
        text.push('…');
    }
    match conversation.structured {
        true => Some(json!({field: text}).to_string()),
        false => Some(text),
    }
}

#[cfg(test)]
mod tests {

    use super::*;
    use crate::conversation::Message;

    #[test]
    fn schema_and_instruction_tell_the_purpose() {
        let plain = |text: &str| {
            let mut conversation = Conversation::default();
            let text = text.to_owned();
            conversation.messages.push(Message::User { text });
            conversation
        };
        let asked = |schema: &str, text: &str| Conversation {
            structured: true,
            schema: Some(json!({"properties": {schema: {"type": "string"}}})),
            ..plain(text)
        };
        let silent = |text: &str| Conversation {
            tools: vec!["execute".into()],
            no_calls: true,
            ..plain(text)
        };
        let cases = [
            (plain("hello"), Purpose::Chat),
            (asked("title", "x"), Purpose::Title),
            (asked("text", "Write a notification."), Purpose::Push),
            (asked("notification", "x"), Purpose::Push),
            (silent("Summarize the conversation."), Purpose::Compaction),
            (silent("go on"), Purpose::Chat),
            (plain("Write a push notification."), Purpose::Push),
            (plain("Find a title for this conversation."), Purpose::Title),
            (asked("colour", "Name a colour."), Purpose::Chat),
        ];
        for (conversation, expected) in cases {
            assert_eq!(of(&conversation), expected, "{conversation:?}");
        }
    }

    #[test]
    fn title_and_notification_are_the_first_words_of_the_conversation() {
        let asked = |field: &str| {
            let mut conversation = Conversation {
                structured: true,
                schema: Some(json!({"properties": {field: {"type": "string"}}})),
                ..Conversation::default()
            };
            let text = "<conversation>\nUser: Fix the failing\ntest of the\nlist\n</conversation>";
            let text = text.to_owned();
            conversation.messages.push(Message::User { text });
            own_words(&conversation)
        };
        let words = "Fix the failing test of the…";
        assert_eq!(asked("title"), Some(json!({"title": words}).to_string()));
        let told = json!({"notification": words}).to_string();
        assert_eq!(asked("notification"), Some(told));
        assert_eq!(asked("colour"), None);
    }
}
