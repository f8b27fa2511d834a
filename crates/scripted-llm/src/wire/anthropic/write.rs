//! Answers in the provider's blocks and events.

use serde_json::{Value, json};

use super::seal;
use crate::answer::{Answer, Finish, Search, Source, Usage, pieces};
use crate::chunks::Event;

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

fn usage(answer: &Answer) -> Value {
    let Usage {
        input,
        output,
        reasoning,
        cache_read,
        cache_creation,
    } = answer.usage;
    let mut usage = json!({
        "input_tokens": input,
        "output_tokens": output,
        "cache_read_input_tokens": cache_read,
        "cache_creation_input_tokens": cache_creation,
    });
    let mut add = |field: &str, value: Value| {
        if let Some(fields) = usage.as_object_mut() {
            fields.insert(field.to_owned(), value);
        }
    };
    if reasoning > 0 {
        add(
            "output_tokens_details",
            json!({"thinking_tokens": reasoning}),
        );
    }
    if answer.search.is_some() {
        add("server_tool_use", json!({"web_search_requests": 1}));
    }
    usage
}

/// The message before its content.
fn head(answer: &Answer, model: &str) -> Value {
    json!({
        "id": format!("msg_{}", answer.id),
        "type": "message",
        "role": "assistant",
        "model": model,
        "content": [],
        "stop_reason": null,
        "stop_sequence": null,
        "usage": {
            "input_tokens": answer.usage.input,
            "output_tokens": 1,
            "cache_read_input_tokens": answer.usage.cache_read,
            "cache_creation_input_tokens": answer.usage.cache_creation,
        },
    })
}

/// A content block: as it starts, what is streamed into it, and as it is in the end.
struct Block {
    start: Value,
    deltas: Vec<Value>,
    whole: Value,
}

pub(crate) fn whole(answer: &Answer, model: &str) -> Value {
    let content: Vec<Value> = blocks(answer)
        .into_iter()
        .map(|block| block.whole)
        .collect();
    let mut body = head(answer, model);
    if let Some(fields) = body.as_object_mut() {
        fields.insert("content".into(), content.into());
        fields.insert("stop_reason".into(), stop_reason(answer.finish).into());
        fields.insert("usage".into(), usage(answer));
    }
    body
}

pub(crate) fn events(answer: &Answer, model: &str) -> Vec<Event> {
    let mut events = vec![Event::named(
        "message_start",
        &json!({"type": "message_start", "message": head(answer, model)}),
    )];
    for (index, block) in blocks(answer).into_iter().enumerate() {
        push_block(&mut events, index, block);
    }
    let delta = json!({"stop_reason": stop_reason(answer.finish), "stop_sequence": null});
    let end = json!({"type": "message_delta", "delta": delta, "usage": usage(answer)});
    events.push(Event::named("message_delta", &end));
    events.push(Event::named("message_stop", &json!({"type": "message_stop"})).terminal());
    events
}

fn push_block(events: &mut Vec<Event>, index: usize, block: Block) {
    let Block {
        start,
        deltas,
        whole: _,
    } = block;
    let start = json!({"type": "content_block_start", "index": index, "content_block": start});
    events.push(Event::named("content_block_start", &start));
    for delta in deltas {
        let data = json!({"type": "content_block_delta", "index": index, "delta": delta});
        events.push(Event::named("content_block_delta", &data).content());
    }
    let stop = json!({"type": "content_block_stop", "index": index});
    events.push(Event::named("content_block_stop", &stop));
}

fn blocks(answer: &Answer) -> Vec<Block> {
    let mut blocks = Vec::new();
    match &answer.reasoning {
        Some(thinking) if answer.redacted => {
            let data = seal::sealed(thinking);
            blocks.push(still(json!({"type": "redacted_thinking", "data": data})));
        }
        Some(thinking) => blocks.push(thought(thinking, answer)),
        None => {}
    }
    if let Some(search) = &answer.search {
        let id = format!("srvtoolu_{}", answer.id);
        blocks.push(search_call(search, &id, answer));
        // A pause comes before the provider has found anything.
        if answer.finish != Finish::Pause {
            blocks.push(search_result(search, &id));
        }
    }
    if let Some(text) = &answer.text {
        blocks.push(text_block(text, answer));
    }
    let calls = answer.calls.iter().map(|call| {
        let id = format!("toolu_{}", call.id);
        let input: Value = serde_json::from_str(&call.args).unwrap_or_else(|_| json!({}));
        let block =
            |input: &Value| json!({"type": "tool_use", "id": id, "name": call.name, "input": input});
        Block {
            start: block(&json!({})),
            deltas: arguments(&call.args, answer),
            whole: block(&input),
        }
    });
    blocks.extend(calls);
    blocks
}

/// A block that comes whole.
fn still(block: Value) -> Block {
    let (start, deltas) = (block.clone(), Vec::new());
    Block {
        start,
        deltas,
        whole: block,
    }
}

fn thought(thinking: &str, answer: &Answer) -> Block {
    let signature = seal::signature(thinking);
    let mut deltas = deltas("thinking_delta", "thinking", pieces(thinking, answer.pace));
    deltas.push(json!({"type": "signature_delta", "signature": signature}));
    Block {
        start: json!({"type": "thinking", "thinking": "", "signature": ""}),
        deltas,
        whole: json!({"type": "thinking", "thinking": thinking, "signature": signature}),
    }
}

fn arguments(args: &str, answer: &Answer) -> Vec<Value> {
    deltas(
        "input_json_delta",
        "partial_json",
        pieces(args, answer.pace),
    )
}

fn search_call(search: &Search, id: &str, answer: &Answer) -> Block {
    let input = json!({"query": search.query});
    let block = |input: &Value| json!({"type": "server_tool_use", "id": id, "name": "web_search", "input": input});
    Block {
        start: block(&json!({})),
        deltas: arguments(&input.to_string(), answer),
        whole: block(&input),
    }
}

fn search_result(search: &Search, id: &str) -> Block {
    let found = search.sources.iter().map(|Source { url, title }| {
        json!({
            "type": "web_search_result",
            "url": url,
            "title": title,
            "encrypted_content": seal::sealed(url),
            "page_age": null,
        })
    });
    let content: Vec<Value> = found.collect();
    still(json!({"type": "web_search_tool_result", "tool_use_id": id, "content": content}))
}

/// The text cites everything that was found.
fn text_block(text: &str, answer: &Answer) -> Block {
    let sources = answer.search.iter().flat_map(|search| &search.sources);
    let citations: Vec<Value> = sources
        .map(|Source { url, title }| {
            json!({
                "type": "web_search_result_location",
                "url": url,
                "title": title,
                "encrypted_index": seal::sealed(title),
                "cited_text": text.chars().take(150).collect::<String>(),
            })
        })
        .collect();
    let cited = citations
        .iter()
        .map(|citation| json!({"type": "citations_delta", "citation": citation}));
    let mut deltas: Vec<Value> = cited.collect();
    deltas.extend(self::deltas(
        "text_delta",
        "text",
        pieces(text, answer.pace),
    ));
    let (mut start, mut whole) = (
        json!({"type": "text", "text": ""}),
        json!({"type": "text", "text": text}),
    );
    if !citations.is_empty() {
        for (block, citations) in [(&mut start, json!([])), (&mut whole, json!(citations))] {
            if let Some(fields) = block.as_object_mut() {
                fields.insert("citations".into(), citations);
            }
        }
    }
    Block {
        start,
        deltas,
        whole,
    }
}

fn deltas(kind: &str, field: &str, pieces: Vec<&str>) -> Vec<Value> {
    pieces
        .into_iter()
        .map(|piece| json!({"type": kind, field: piece}))
        .collect()
}
