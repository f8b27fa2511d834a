//! `OpenAI` Chat Completions: <https://platform.openai.com/docs/api-reference/chat>.

use std::collections::HashSet;

use serde_json::{Value, json};

use crate::answer::{Answer, Finish, Source, Usage, pieces};
use crate::chunks::Event;
use crate::conversation::{
    Call, Conversation, Message, ToolResult, list_field, text_field, text_of,
};

/// `created` of every answer: a fixed second, since answers depend on the request only.
const CREATED: i64 = 1_767_225_600;

pub(crate) fn read(body: &Value) -> Result<Conversation, String> {
    let format = body
        .get("response_format")
        .filter(|format| text_field(format, "type") == "json_schema");
    let mut conversation = Conversation {
        model: text_field(body, "model").to_owned(),
        stream: body.get("stream").and_then(Value::as_bool).unwrap_or(false),
        stream_usage: body
            .pointer("/stream_options/include_usage")
            .and_then(Value::as_bool)
            .unwrap_or(false),
        tools: list_field(body, "tools")
            .iter()
            .filter_map(|tool| tool.pointer("/function/name")?.as_str())
            .map(str::to_owned)
            .collect(),
        structured: format.is_some(),
        schema: format
            .and_then(|format| format.pointer("/json_schema/schema"))
            .cloned(),
        no_calls: body
            .get("tool_choice")
            .is_some_and(|choice| choice == "none"),
        ..Conversation::default()
    };
    if conversation.model.is_empty() {
        return Err("you must provide a model parameter".into());
    }
    for message in list_field(body, "messages") {
        read_message(message, &mut conversation)?;
    }
    if conversation.messages.is_empty() {
        return Err("[] is too short - 'messages'".into());
    }
    Ok(conversation)
}

fn read_message(message: &Value, conversation: &mut Conversation) -> Result<(), String> {
    let text = message.get("content").map(text_of).unwrap_or_default();
    match text_field(message, "role") {
        "system" | "developer" => {
            if !conversation.system.is_empty() {
                conversation.system.push('\n');
            }
            conversation.system.push_str(&text);
        }
        "user" if brings_media(message, conversation) => conversation.mark_media(),
        "user" => conversation.messages.push(Message::User { text }),
        "assistant" => {
            let calls = list_field(message, "tool_calls").iter().map(|call| Call {
                id: text_field(call, "id").to_owned(),
                name: call
                    .get("function")
                    .map_or("", |f| text_field(f, "name"))
                    .to_owned(),
            });
            let calls = calls.collect();
            conversation
                .messages
                .push(Message::Assistant { text, calls });
        }
        "tool" => {
            let call_id = text_field(message, "tool_call_id").to_owned();
            // This wire has no error flag: a result is an error when its JSON says so.
            let error = serde_json::from_str::<Value>(&text)
                .is_ok_and(|json| json.get("error").is_some_and(|error| !error.is_null()));
            conversation.push_results(vec![ToolResult {
                call_id,
                text,
                error,
                media: false,
            }]);
        }
        other => return Err(format!("'{other}' is not one of the roles - 'messages'")),
    }
    Ok(())
}

/// This wire has no pictures in results: they follow in a user message, which then is no word
/// of the user. The result before it announces them.
fn brings_media(message: &Value, conversation: &Conversation) -> bool {
    let parts = message.get("content").and_then(Value::as_array);
    let has_image = parts.is_some_and(|parts| {
        let mut parts = parts.iter();
        parts.any(|part| text_field(part, "type") == "image_url")
    });
    let mut results = conversation.last_results().iter();
    has_image && results.any(|result| result.text.contains("image follows"))
}

pub(crate) fn check(body: &Value, _conversation: &Conversation) -> Result<(), String> {
    let mut open: HashSet<&str> = HashSet::new();
    for (at, message) in list_field(body, "messages").iter().enumerate() {
        let role = text_field(message, "role");
        if role == "tool" {
            let id = text_field(message, "tool_call_id");
            if !open.remove(id) {
                return Err(format!(
                    "messages[{at}]: role 'tool' must be a response to a preceding message with \
                     'tool_calls'"
                ));
            }
            continue;
        }
        if !open.is_empty() {
            return Err(format!(
                "messages[{at}]: an assistant message with 'tool_calls' must be followed by tool \
                 messages responding to each 'tool_call_id'"
            ));
        }
        for call in list_field(message, "tool_calls") {
            if !open.insert(text_field(call, "id")) {
                return Err(format!("messages[{at}]: duplicate tool call id"));
            }
        }
        for call in list_field(message, "tool_calls") {
            let args = call
                .get("function")
                .map_or("", |f| text_field(f, "arguments"));
            if serde_json::from_str::<Value>(args).is_err() {
                return Err(format!("messages[{at}]: tool call arguments are not JSON"));
            }
        }
    }
    if open.is_empty() {
        Ok(())
    } else {
        Err("the last tool call has no answer".into())
    }
}

pub(crate) fn error(status: u16, message: &str) -> Value {
    let (kind, code) = match status {
        400 | 413 | 422 => ("invalid_request_error", Value::Null),
        401 => ("invalid_request_error", json!("invalid_api_key")),
        402 => ("insufficient_quota", json!("insufficient_quota")),
        403 => ("permission_error", Value::Null),
        404 => ("invalid_request_error", json!("model_not_found")),
        429 => ("requests", json!("rate_limit_exceeded")),
        529 => ("overloaded_error", json!("overloaded")),
        _ => ("server_error", Value::Null),
    };
    json!({"error": {"message": message, "type": kind, "param": null, "code": code}})
}

const fn finish_reason(finish: Finish) -> &'static str {
    match finish {
        Finish::Stop | Finish::Pause => "stop",
        Finish::ToolCalls => "tool_calls",
        Finish::Length => "length",
        Finish::ContentFilter => "content_filter",
    }
}

/// This wire counts cached tokens as part of the prompt.
fn usage(usage: Usage) -> Value {
    let prompt = usage.input + usage.cache_read + usage.cache_creation;
    json!({
        "prompt_tokens": prompt,
        "completion_tokens": usage.output,
        "total_tokens": prompt + usage.output,
        "prompt_tokens_details": {"cached_tokens": usage.cache_read},
        "completion_tokens_details": {"reasoning_tokens": usage.reasoning},
    })
}

/// What a search has found, as annotations of the whole text.
fn annotations(answer: &Answer) -> Vec<Value> {
    let end = answer.text.as_ref().map_or(0, |text| text.chars().count());
    let sources = answer.search.iter().flat_map(|search| &search.sources);
    let annotation = |Source { url, title }: &Source| {
        let citation = json!({"url": url, "title": title, "start_index": 0, "end_index": end});
        json!({"type": "url_citation", "url_citation": citation})
    };
    sources.map(annotation).collect()
}

/// The reasoning, unless it is withheld: this wire has no sealed form of it.
fn reasoning(answer: &Answer) -> Option<&str> {
    answer.reasoning.as_deref().filter(|_| !answer.redacted)
}

fn call_json(id: &str, name: &str, args: &str) -> Value {
    let id = format!("call_{id}");
    json!({"id": id, "type": "function", "function": {"name": name, "arguments": args}})
}

pub(crate) fn whole(answer: &Answer, model: &str) -> Value {
    let mut message = json!({"role": "assistant", "content": answer.text, "refusal": null});
    if let Some(fields) = message.as_object_mut() {
        if let Some(reasoning) = reasoning(answer) {
            fields.insert("reasoning_content".into(), json!(reasoning));
        }
        if answer.search.is_some() {
            fields.insert("annotations".into(), annotations(answer).into());
        }
        if !answer.calls.is_empty() {
            let calls = answer
                .calls
                .iter()
                .map(|c| call_json(&c.id, &c.name, &c.args));
            fields.insert("tool_calls".into(), calls.collect());
        }
    }
    let finish = finish_reason(answer.finish);
    json!({
        "id": format!("chatcmpl-{}", answer.id),
        "object": "chat.completion",
        "created": CREATED,
        "model": model,
        "choices": [{"index": 0, "message": message, "finish_reason": finish, "logprobs": null}],
        "usage": usage(answer.usage),
    })
}

pub(crate) fn events(answer: &Answer, conversation: &Conversation) -> Vec<Event> {
    let chunk = |delta: &Value, finish: Option<&str>| {
        json!({
            "id": format!("chatcmpl-{}", answer.id),
            "object": "chat.completion.chunk",
            "created": CREATED,
            "model": conversation.model,
            "choices": [
                {"index": 0, "delta": delta, "logprobs": null, "finish_reason": finish}
            ],
        })
    };
    let content = |delta: &Value| Event::plain(&chunk(delta, None)).content();
    let mut events = vec![Event::plain(&chunk(
        &json!({"role": "assistant", "content": ""}),
        None,
    ))];
    if let Some(reasoning) = reasoning(answer) {
        let parts = pieces(reasoning, answer.pace);
        events.extend(
            parts
                .iter()
                .map(|part| content(&json!({"reasoning_content": part}))),
        );
    }
    if let Some(text) = &answer.text {
        let parts = pieces(text, answer.pace);
        events.extend(parts.iter().map(|part| content(&json!({"content": part}))));
    }
    if answer.search.is_some() {
        events.push(content(&json!({"annotations": annotations(answer)})));
    }
    for (index, call) in answer.calls.iter().enumerate() {
        let mut first = call_json(&call.id, &call.name, "");
        if let Some(fields) = first.as_object_mut() {
            fields.insert("index".into(), json!(index));
        }
        events.push(content(&json!({"tool_calls": [first]})));
        for part in pieces(&call.args, answer.pace) {
            let delta = json!({"index": index, "function": {"arguments": part}});
            events.push(content(&json!({"tool_calls": [delta]})));
        }
    }
    events.push(Event::plain(&chunk(
        &json!({}),
        Some(finish_reason(answer.finish)),
    )));
    if conversation.stream_usage {
        let mut last = chunk(&json!({}), None);
        if let Some(fields) = last.as_object_mut() {
            fields.insert("choices".into(), json!([]));
            fields.insert("usage".into(), usage(answer.usage));
        }
        events.push(Event::plain(&last));
    }
    events.push(Event::text("[DONE]").terminal());
    events
}
