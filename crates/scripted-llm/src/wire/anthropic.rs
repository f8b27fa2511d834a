//! Anthropic Messages: <https://docs.anthropic.com/en/api/messages>.

use std::collections::HashSet;

use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

use crate::answer::{Answer, Finish, Usage, pieces};
use crate::chunks::Event;
use crate::conversation::{
    Call, Conversation, Message, ToolResult, list_field, text_field, text_of,
};

/// Cache marks that one request may carry.
const CACHE_MARKS_MAX: usize = 4;
/// Characters of a tool id.
const TOOL_ID_CHARS_MAX: usize = 64;
/// Signatures are made with this key, so that an altered thinking block is noticed.
const SIGNATURE_KEY: &[u8] = b"scripted thinking";

pub(crate) fn read(body: &Value) -> Result<Conversation, String> {
    let mut conversation = Conversation {
        model: text_field(body, "model").to_owned(),
        stream: body.get("stream").and_then(Value::as_bool).unwrap_or(false),
        stream_usage: true,
        system: body.get("system").map(text_of).unwrap_or_default(),
        tools: list_field(body, "tools")
            .iter()
            .map(|t| text_field(t, "name").to_owned())
            .collect(),
        structured: body.pointer("/output_config/format").is_some()
            || body.get("output_format").is_some(),
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
            if has_text
                || blocks
                    .iter()
                    .any(|block| text_field(block, "type") == "image")
            {
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

pub(crate) fn check(body: &Value, _conversation: &Conversation) -> Result<(), String> {
    if body.get("max_tokens").and_then(Value::as_u64).is_none() {
        return Err("max_tokens: Field required".into());
    }
    let thinks = body
        .get("thinking")
        .is_some_and(|thinking| text_field(thinking, "type") == "enabled");
    let samples = ["temperature", "top_p", "top_k"]
        .into_iter()
        .find(|key| body.get(key).is_some());
    if let (true, Some(key)) = (thinks, samples) {
        return Err(format!("{key}: may not be set when thinking is enabled"));
    }
    if count_marks(body) > CACHE_MARKS_MAX {
        return Err("a maximum of 4 blocks with cache_control may be provided".into());
    }
    check_messages(list_field(body, "messages"))
}

fn count_marks(value: &Value) -> usize {
    match value {
        Value::Object(fields) => {
            let own = usize::from(fields.contains_key("cache_control"));
            own + fields.values().map(count_marks).sum::<usize>()
        }
        Value::Array(items) => items.iter().map(count_marks).sum(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => 0,
    }
}

fn check_messages(messages: &[Value]) -> Result<(), String> {
    let mut open: HashSet<&str> = HashSet::new();
    for (at, message) in messages.iter().enumerate() {
        let blocks = list_field(message, "content");
        let answered: HashSet<&str> = of_type(blocks, "tool_result")
            .map(|block| text_field(block, "tool_use_id"))
            .collect();
        if let Some(id) = open.iter().find(|id| !answered.contains(*id)) {
            return Err(format!(
                "messages.{at}: `tool_use` ids were found without `tool_result` blocks \
                 immediately after: {id}"
            ));
        }
        if let Some(id) = answered.iter().find(|id| !open.contains(*id)) {
            return Err(format!("messages.{at}: unexpected `tool_use_id`: {id}"));
        }
        for (index, block) in blocks.iter().enumerate() {
            check_block(block).map_err(|what| format!("messages.{at}.content.{index}: {what}"))?;
        }
        open = of_type(blocks, "tool_use")
            .map(|block| text_field(block, "id"))
            .collect();
        if open.len() != of_type(blocks, "tool_use").count() {
            return Err(format!("messages.{at}: `tool_use` ids must be unique"));
        }
    }
    if open.is_empty() {
        Ok(())
    } else {
        Err("the last `tool_use` has no `tool_result`".into())
    }
}

fn check_block(block: &Value) -> Result<(), String> {
    match text_field(block, "type") {
        "text" if text_field(block, "text").trim().is_empty() => {
            Err("text content blocks must be non-empty".into())
        }
        "text" if looks_like_media(text_field(block, "text")) => {
            Err("a text block holds base64 media".into())
        }
        "thinking" => {
            let thinking = text_field(block, "thinking");
            if thinking.is_empty() {
                Err("thinking blocks must be non-empty".into())
            } else if text_field(block, "signature") == signature(thinking) {
                Ok(())
            } else {
                Err("Invalid `signature` in `thinking` block".into())
            }
        }
        "tool_use" => check_id(text_field(block, "id")),
        _ => Ok(()),
    }
}

fn check_id(id: &str) -> Result<(), String> {
    let legal = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    if !id.is_empty() && id.len() <= TOOL_ID_CHARS_MAX && id.chars().all(legal) {
        return Ok(());
    }
    Err("tool_use.id: String should match pattern '^[a-zA-Z0-9_-]+$'".into())
}

/// A long run of base64 with the head of a PNG or JPEG: media that lost its type.
pub(crate) fn looks_like_media(text: &str) -> bool {
    const BYTES: usize = 8 * 1024;
    text.len() > BYTES && (text.contains("iVBORw0KGgo") || text.contains("/9j/4AAQ"))
}

/// The signature that this server gives to a thinking block.
fn signature(thinking: &str) -> String {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(SIGNATURE_KEY) else {
        return String::new();
    };
    mac.update(thinking.as_bytes());
    hex::encode(mac.finalize().into_bytes())
}

pub(crate) const fn error_type(status: u16) -> &'static str {
    match status {
        400 | 422 => "invalid_request_error",
        401 => "authentication_error",
        402 => "billing_error",
        403 => "permission_error",
        404 => "not_found_error",
        413 => "request_too_large",
        429 => "rate_limit_error",
        529 => "overloaded_error",
        _ => "api_error",
    }
}

pub(crate) fn error(kind: &str, message: &str) -> Value {
    json!({"type": "error", "error": {"type": kind, "message": message}})
}

const fn stop_reason(finish: Finish) -> &'static str {
    match finish {
        Finish::Stop => "end_turn",
        Finish::ToolCalls => "tool_use",
        Finish::Length => "max_tokens",
        Finish::Pause => "pause_turn",
        Finish::ContentFilter => "refusal",
    }
}

fn usage(usage: Usage) -> Value {
    json!({
        "input_tokens": usage.input,
        "output_tokens": usage.output,
        "cache_read_input_tokens": usage.cache_read,
        "cache_creation_input_tokens": usage.cache_creation,
    })
}

fn head(answer: &Answer, model: &str) -> Value {
    json!({
        "id": format!("msg_{}", answer.id),
        "type": "message",
        "role": "assistant",
        "model": model,
        "content": [],
        "stop_reason": null,
        "stop_sequence": null,
        "usage": usage(Usage { output: 1, ..answer.usage }),
    })
}

pub(crate) fn whole(answer: &Answer, model: &str) -> Value {
    let mut content = Vec::new();
    if let Some(thinking) = &answer.reasoning {
        let signature = signature(thinking);
        content.push(json!({"type": "thinking", "thinking": thinking, "signature": signature}));
    }
    if let Some(text) = &answer.text {
        content.push(json!({"type": "text", "text": text}));
    }
    for call in &answer.calls {
        let input: Value = serde_json::from_str(&call.args).unwrap_or_else(|_| json!({}));
        let id = format!("toolu_{}", call.id);
        content.push(json!({"type": "tool_use", "id": id, "name": call.name, "input": input}));
    }
    let mut body = head(answer, model);
    if let Some(fields) = body.as_object_mut() {
        fields.insert("content".into(), content.into());
        fields.insert("stop_reason".into(), stop_reason(answer.finish).into());
        fields.insert("usage".into(), usage(answer.usage));
    }
    body
}

pub(crate) fn events(answer: &Answer, model: &str) -> Vec<Event> {
    let mut events = vec![Event::named(
        "message_start",
        &json!({"type": "message_start", "message": head(answer, model)}),
    )];
    let mut index = 0;
    if let Some(thinking) = &answer.reasoning {
        let block = json!({"type": "thinking", "thinking": "", "signature": ""});
        let mut deltas = deltas("thinking_delta", "thinking", pieces(thinking, answer.pace));
        deltas.push(json!({"type": "signature_delta", "signature": signature(thinking)}));
        push_block(&mut events, &mut index, &block, deltas);
    }
    if let Some(text) = &answer.text {
        let block = json!({"type": "text", "text": ""});
        let deltas = deltas("text_delta", "text", pieces(text, answer.pace));
        push_block(&mut events, &mut index, &block, deltas);
    }
    for call in &answer.calls {
        let id = format!("toolu_{}", call.id);
        let block = json!({"type": "tool_use", "id": id, "name": call.name, "input": {}});
        let deltas = deltas(
            "input_json_delta",
            "partial_json",
            pieces(&call.args, answer.pace),
        );
        push_block(&mut events, &mut index, &block, deltas);
    }
    let delta = json!({"stop_reason": stop_reason(answer.finish), "stop_sequence": null});
    let end = json!({"type": "message_delta", "delta": delta, "usage": usage(answer.usage)});
    events.push(Event::named("message_delta", &end));
    events.push(Event::named("message_stop", &json!({"type": "message_stop"})).terminal());
    events
}

fn deltas(kind: &str, field: &str, pieces: Vec<&str>) -> Vec<Value> {
    pieces
        .into_iter()
        .map(|piece| json!({"type": kind, field: piece}))
        .collect()
}

fn push_block(events: &mut Vec<Event>, index: &mut usize, block: &Value, deltas: Vec<Value>) {
    let start = json!({"type": "content_block_start", "index": index, "content_block": block});
    events.push(Event::named("content_block_start", &start));
    for delta in deltas {
        let data = json!({"type": "content_block_delta", "index": index, "delta": delta});
        events.push(Event::named("content_block_delta", &data).content());
    }
    let stop = json!({"type": "content_block_stop", "index": index});
    events.push(Event::named("content_block_stop", &stop));
    *index += 1;
}
