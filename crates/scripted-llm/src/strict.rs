//! Rules that hold on every wire: no provider refuses all of these, but each is a mistake.

use crate::conversation::{Call, Conversation, Message};

/// Base64 in a text above this size is a picture that lost its type.
const MEDIA_TEXT_BYTES_MAX: usize = 8 * 1024;
/// How the base64 of pictures begins: PNG, JPEG, GIF, WebP.
const MEDIA_HEADS: [&str; 4] = ["iVBORw0KGgo", "/9j/", "R0lGOD", "UklGR"];

/// What is wrong with a conversation, whatever wire it came over.
pub(crate) fn check(conversation: &Conversation) -> Result<(), String> {
    if holds_media(&conversation.system) {
        return Err("the system text holds base64 media".into());
    }
    let mut open: Vec<&Call> = Vec::new();
    for (at, message) in conversation.messages.iter().enumerate() {
        let texts: Vec<&str> = match message {
            Message::User { text } | Message::Assistant { text, calls: _ } => vec![text],
            Message::Results(results) => results.iter().map(|it| it.text.as_str()).collect(),
        };
        if texts.into_iter().any(holds_media) {
            return Err(format!("message {at}: a text holds base64 media"));
        }
        if let Message::Results(results) = message {
            open.retain(|call| results.iter().all(|result| result.call_id != call.id));
        }
        if let Some(call) = open.first() {
            return Err(format!("message {at}: call {} has no result", call.id));
        }
        if let Message::Assistant { text: _, calls } = message {
            open = calls.iter().collect();
        }
    }
    match open.first() {
        Some(call) => Err(format!("the last call {} has no result", call.id)),
        None => Ok(()),
    }
}

fn holds_media(text: &str) -> bool {
    let is_base64 = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '=');
    let mut runs = text.split(|c| !is_base64(c));
    runs.any(|run| {
        run.len() > MEDIA_TEXT_BYTES_MAX && MEDIA_HEADS.iter().any(|head| run.starts_with(head))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conversation::ToolResult;

    fn said(text: &str) -> Conversation {
        let mut conversation = Conversation::default();
        let text = text.to_owned();
        conversation.messages.push(Message::User { text });
        conversation
    }

    #[test]
    fn picture_as_text_is_refused_above_the_limit() {
        let picture = |bytes: usize| format!("iVBORw0KGgo{}", "A".repeat(bytes - 11));
        check(&said(&picture(MEDIA_TEXT_BYTES_MAX))).unwrap();
        let quoted = format!("{{\"data\":\"{}\"}}", picture(MEDIA_TEXT_BYTES_MAX + 1));
        assert!(check(&said(&quoted)).is_err());
        check(&said(&"A".repeat(MEDIA_TEXT_BYTES_MAX * 2))).unwrap();
    }

    #[test]
    fn call_without_a_result_is_refused() {
        let mut conversation = said("x");
        let calls = ["a", "b"].map(|id| Call {
            id: id.into(),
            name: "t".into(),
        });
        conversation.messages.push(Message::Assistant {
            text: String::new(),
            calls: calls.into(),
        });
        let result = |id: &str| ToolResult {
            call_id: id.into(),
            text: "ok".into(),
            error: false,
            media: false,
        };
        conversation.push_results(vec![result("a")]);
        assert!(check(&conversation).is_err());
        conversation.push_results(vec![result("b")]);
        check(&conversation).unwrap();
    }
}
