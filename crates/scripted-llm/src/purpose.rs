//! What a request is for, read from its schema and its instruction.

use crate::conversation::Conversation;
use crate::script::Purpose;

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
        return if is_push {
            Purpose::Push
        } else {
            Purpose::Title
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

#[cfg(test)]
mod tests {
    use serde_json::json;

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
        ];
        for (conversation, expected) in cases {
            assert_eq!(of(&conversation), expected, "{conversation:?}");
        }
    }
}
