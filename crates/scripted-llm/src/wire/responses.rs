//! `OpenAI` Responses: <https://platform.openai.com/docs/api-reference/responses>.

mod check;
mod write;

use serde_json::Value;

pub(crate) use self::check::check;
pub(crate) use self::write::{events, id, output, whole};
use super::chat;
use crate::chunks::Event;
use crate::conversation::{
    Call, Conversation, Message, ToolResult, list_field, text_field, text_of,
};

/// What a request asks for to get its reasoning back in a form that only the provider reads.
const ENCRYPTED_REASONING: &str = "reasoning.encrypted_content";
/// What it asks for to see everything that a search has found.
const SEARCH_SOURCES: &str = "web_search_call.action.sources";
/// Behind the ids of items that came after reasoning: they are refused without it.
const BOUND: char = 't';

/// Reads a request; `items` is the conversation with everything that it continues.
pub(crate) fn read(body: &Value, items: Vec<Value>) -> Result<Conversation, String> {
    let format = body
        .pointer("/text/format")
        .filter(|format| text_field(format, "type") == "json_schema");
    let include = list_field(body, "include").iter();
    let mut conversation = Conversation {
        model: text_field(body, "model").to_owned(),
        stream: body.get("stream").and_then(Value::as_bool).unwrap_or(false),
        stream_usage: true,
        system: text_field(body, "instructions").to_owned(),
        tools: list_field(body, "tools").iter().map(tool_name).collect(),
        structured: format.is_some(),
        schema: format.and_then(|format| format.get("schema")).cloned(),
        no_calls: body
            .get("tool_choice")
            .is_some_and(|choice| choice == "none"),
        include: include
            .filter_map(Value::as_str)
            .map(str::to_owned)
            .collect(),
        ..Conversation::default()
    };
    if conversation.model.is_empty() {
        return Err("Missing required parameter: 'model'.".into());
    }
    for (at, item) in items.iter().enumerate() {
        read_item(item, &mut conversation).map_err(|what| format!("input[{at}]: {what}"))?;
    }
    if conversation.messages.is_empty() {
        return Err("Missing required parameter: 'input'.".into());
    }
    conversation.items = items;
    Ok(conversation)
}

/// Tools that the provider runs have no name but their kind.
fn tool_name(tool: &Value) -> String {
    let name = match text_field(tool, "name") {
        "" => text_field(tool, "type"),
        name => name,
    };
    name.to_owned()
}

/// The kind of an item; a message may leave it out.
fn kind(item: &Value) -> &str {
    match text_field(item, "type") {
        "" if item.get("role").is_some() => "message",
        kind => kind,
    }
}

fn read_item(item: &Value, conversation: &mut Conversation) -> Result<(), String> {
    match kind(item) {
        "message" => return read_message(item, conversation),
        // What the provider made for itself says nothing to a script.
        "reasoning" | "web_search_call" => says(conversation, "", None),
        "function_call" => {
            let call = Call {
                id: text_field(item, "call_id").to_owned(),
                name: text_field(item, "name").to_owned(),
            };
            says(conversation, "", Some(call));
        }
        "function_call_output" => conversation.push_results(vec![read_output(item)]),
        other => return Err(format!("Invalid value: '{other}'.")),
    }
    Ok(())
}

fn read_message(item: &Value, conversation: &mut Conversation) -> Result<(), String> {
    let text = item.get("content").map(text_of).unwrap_or_default();
    match text_field(item, "role") {
        "system" | "developer" => {
            conversation.system.push('\n');
            conversation.system.push_str(&text);
        }
        "user" => conversation.messages.push(Message::User { text }),
        "assistant" => says(conversation, &text, None),
        other => return Err(format!("Invalid value: '{other}'.")),
    }
    Ok(())
}

/// The items of one answer are one message of the conversation.
fn says(conversation: &mut Conversation, more: &str, call: Option<Call>) {
    if !matches!(
        conversation.messages.last(),
        Some(Message::Assistant { .. })
    ) {
        conversation.messages.push(Message::Assistant {
            text: String::new(),
            calls: Vec::new(),
        });
    }
    if let Some(Message::Assistant { text, calls }) = conversation.messages.last_mut() {
        text.push_str(more);
        calls.extend(call);
    }
}

fn read_output(item: &Value) -> ToolResult {
    let output = item.get("output").unwrap_or(&Value::Null);
    let text = text_of(output);
    // This wire has no error flag: a result is an error when it says so.
    let in_json = serde_json::from_str::<Value>(&text)
        .is_ok_and(|json| json.get("error").is_some_and(|error| !error.is_null()));
    let mut parts = output.as_array().into_iter().flatten();
    ToolResult {
        call_id: text_field(item, "call_id").to_owned(),
        error: in_json || text.starts_with("Error:"),
        media: parts.any(|part| text_field(part, "type") == "input_image"),
        text,
    }
}

pub(crate) fn error(status: u16, message: &str) -> Value {
    let mut error = chat::error(status, message);
    let code = if message.starts_with("Previous response") {
        "previous_response_not_found"
    } else if message.starts_with("The encrypted content") {
        "invalid_encrypted_content"
    } else {
        return error;
    };
    if let Some(fields) = error.pointer_mut("/error").and_then(Value::as_object_mut) {
        fields.insert("code".into(), code.into());
    }
    error
}

pub(crate) fn stream_error(kind: &str, message: &str) -> Event {
    let data = serde_json::json!({
        "type": "error", "code": kind, "message": message, "param": null, "sequence_number": 1,
    });
    Event::named("error", &data).content()
}
