//! Anthropic Messages: <https://docs.anthropic.com/en/api/messages>.

mod check;
mod write;

use serde_json::Value;

pub(crate) use self::check::check;
pub(crate) use self::write::{error, error_type, events, whole};
use super::seal;
use crate::conversation::{
    Call, Conversation, Message, ToolResult, list_field, text_field, text_of,
};

pub(crate) fn read(body: &Value) -> Result<Conversation, String> {
    let format = body
        .pointer("/output_config/format")
        .or_else(|| body.get("output_format"));
    let mut conversation = Conversation {
        model: text_field(body, "model").to_owned(),
        stream: body.get("stream").and_then(Value::as_bool).unwrap_or(false),
        stream_usage: true,
        system: body.get("system").map(text_of).unwrap_or_default(),
        tools: list_field(body, "tools")
            .iter()
            .map(|t| text_field(t, "name").to_owned())
            .collect(),
        structured: format.is_some(),
        schema: format.and_then(|format| format.get("schema")).cloned(),
        no_calls: body
            .get("tool_choice")
            .is_some_and(|choice| text_field(choice, "type") == "none"),
        ..Conversation::default()
    };
    if conversation.model.is_empty() {
        return Err("model: Field required".into());
    }
    for message in list_field(body, "messages") {
        read_message(message, &mut conversation)?;
    }
    if conversation.messages.is_empty() {
        return Err("messages: at least one message is required".into());
    }
    Ok(conversation)
}

fn read_message(message: &Value, conversation: &mut Conversation) -> Result<(), String> {
    let content = message.get("content").unwrap_or(&Value::Null);
    let blocks = content.as_array().map_or(&[] as &[Value], Vec::as_slice);
    match text_field(message, "role") {
        "assistant" => {
            let calls = of_type(blocks, "tool_use").map(|block| Call {
                id: text_field(block, "id").to_owned(),
                name: text_field(block, "name").to_owned(),
            });
            let calls = calls.collect();
            let text = text_of(content);
            conversation
                .messages
                .push(Message::Assistant { text, calls });
        }
        "user" => {
            let results: Vec<_> = of_type(blocks, "tool_result").map(read_result).collect();
            if !results.is_empty() {
                conversation.push_results(results);
            }
            let has_text = content.is_string() || of_type(blocks, "text").next().is_some();
            let is_file = |block: &Value| matches!(text_field(block, "type"), "image" | "document");
            if has_text || blocks.iter().any(is_file) {
                conversation.messages.push(Message::User {
                    text: text_of(content),
                });
            }
        }
        other => return Err(format!("messages: unexpected role \"{other}\"")),
    }
    Ok(())
}

fn of_type<'a>(blocks: &'a [Value], kind: &'a str) -> impl Iterator<Item = &'a Value> {
    blocks
        .iter()
        .filter(move |block| text_field(block, "type") == kind)
}

fn read_result(block: &Value) -> ToolResult {
    let content = block.get("content").unwrap_or(&Value::Null);
    ToolResult {
        call_id: text_field(block, "tool_use_id").to_owned(),
        text: text_of(content),
        error: block
            .get("is_error")
            .and_then(Value::as_bool)
            .unwrap_or(false),
        media: of_type(list_field(block, "content"), "image")
            .next()
            .is_some(),
    }
}
