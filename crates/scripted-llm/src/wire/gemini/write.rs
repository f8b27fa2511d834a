//! Answers in the provider's parts and chunks.

use serde_json::{Map, Value, json};

use super::seal;
use crate::answer::{Answer, Finish, Search, Usage, pieces};
use crate::chunks::Event;

/// The names that this provider has for HTTP statuses.
const STATUSES: [(u16, &str); 9] = [
    (400, "INVALID_ARGUMENT"),
    (401, "UNAUTHENTICATED"),
    (403, "PERMISSION_DENIED"),
    (404, "NOT_FOUND"),
    (409, "ABORTED"),
    (429, "RESOURCE_EXHAUSTED"),
    (500, "INTERNAL"),
    (503, "UNAVAILABLE"),
    (504, "DEADLINE_EXCEEDED"),
];

pub(crate) fn error(status: u16, message: &str) -> Value {
    let name = STATUSES.iter().find(|(number, _)| *number == status);
    let name = name.map_or("UNKNOWN", |(_, name)| name);
    json!({"error": {"code": status, "message": message, "status": name}})
}

/// An error within a stream; `kind` is one of the provider's names, or counts as overload.
pub(crate) fn stream_error(kind: &str, message: &str) -> Value {
    let known = STATUSES.iter().find(|(_, name)| *name == kind);
    error(known.map_or(503, |(number, _)| *number), message)
}

const fn finish_reason(finish: Finish) -> &'static str {
    match finish {
        Finish::Stop | Finish::ToolCalls | Finish::Pause => "STOP",
        Finish::Length => "MAX_TOKENS",
        Finish::ContentFilter => "SAFETY",
    }
}

/// This wire counts cached tokens as part of the prompt, and thoughts beside the answer.
fn usage(usage: Usage) -> Value {
    let Usage {
        input,
        output,
        reasoning,
        cache_read,
        cache_creation,
    } = usage;
    let prompt = input + cache_read + cache_creation;
    let mut counts = Map::from_iter([
        ("promptTokenCount".to_owned(), json!(prompt)),
        (
            "candidatesTokenCount".to_owned(),
            json!(output.saturating_sub(reasoning)),
        ),
        ("totalTokenCount".to_owned(), json!(prompt + output)),
    ]);
    let optional = [
        ("thoughtsTokenCount", reasoning),
        ("cachedContentTokenCount", cache_read),
    ];
    let present = optional.into_iter().filter(|(_, count)| *count > 0);
    counts.extend(present.map(|(name, count)| (name.to_owned(), json!(count))));
    Value::Object(counts)
}

/// The parts of an answer, each as the pieces it is streamed in.
struct Parts {
    streamed: Vec<Vec<Value>>,
    finish: &'static str,
    message: Option<&'static str>,
}

fn parts(answer: &Answer) -> Parts {
    let mut streamed = Vec::new();
    if let Some(thought) = answer.reasoning.as_ref().filter(|_| !answer.redacted) {
        let pieces = pieces(thought, answer.pace).into_iter();
        streamed.push(
            pieces
                .map(|piece| json!({"text": piece, "thought": true}))
                .collect(),
        );
    }
    if let Some(search) = &answer.search {
        streamed.extend(steps(search, &answer.id).map(|step| vec![step]));
    }
    let (calls, broken): (Vec<_>, Vec<_>) = answer
        .calls
        .iter()
        .map(|call| {
            (
                call,
                serde_json::from_str::<Value>(&call.args).unwrap_or_default(),
            )
        })
        .partition(|(_, args)| args.is_object());
    if let Some(text) = &answer.text {
        let pieces = pieces(text, answer.pace).into_iter();
        let mut parts: Vec<Value> = pieces.map(|piece| json!({"text": piece})).collect();
        // Where calls follow, the signature is theirs.
        if answer.reasoning.is_some() && calls.is_empty() {
            parts.push(json!({"text": "", "thoughtSignature": seal::of_text(text)}));
        }
        streamed.push(parts);
    }
    for (at, (call, args)) in calls.iter().enumerate() {
        let mut inner = json!({"name": call.name, "args": args});
        // An id only where a fault wants a particular one: the provider mostly gives none.
        if !call.id.starts_with(&answer.id) {
            add(&mut inner, "id", call.id.clone().into());
        }
        let mut part = json!({"functionCall": inner});
        if at == 0 {
            let signature = seal::of_call(&call.name, args);
            add(&mut part, "thoughtSignature", signature.into());
        }
        streamed.push(vec![part]);
    }
    // This provider does not send arguments that are not JSON; it gives up.
    let malformed = !broken.is_empty();
    Parts {
        streamed,
        finish: if malformed {
            "MALFORMED_FUNCTION_CALL"
        } else {
            finish_reason(answer.finish)
        },
        message: malformed.then_some("Malformed function call: the arguments are not JSON"),
    }
}

fn add(value: &mut Value, field: &str, added: Value) {
    if let Some(fields) = value.as_object_mut() {
        fields.insert(field.to_owned(), added);
    }
}

/// The two steps of a search.
fn steps(search: &Search, answer_id: &str) -> impl Iterator<Item = Value> {
    let id = format!("st_{answer_id}");
    let kind = "GOOGLE_SEARCH_WEB";
    let call = json!({"toolType": kind, "args": {"queries": [search.query]}, "id": id});
    let found = json!({"search_suggestions": format!("<div>{}</div>", search.query)});
    let result = json!({"toolType": kind, "response": found, "id": id});
    [("toolCall", call), ("toolResponse", result)]
        .into_iter()
        .map(move |(field, inner)| {
            json!({field: inner, "thoughtSignature": seal::of_step(field, &id)})
        })
}

fn grounding(search: &Search, text: &str) -> Value {
    let chunks = search
        .sources
        .iter()
        .map(|source| json!({"web": {"uri": source.url, "title": source.title}}));
    let chunks: Vec<Value> = chunks.collect();
    let indices: Vec<usize> = (0..chunks.len()).collect();
    json!({
        "searchEntryPoint": {"renderedContent": format!("<div>{}</div>", search.query)},
        "groundingChunks": chunks,
        "groundingSupports": [{
            "segment": {"startIndex": 0, "endIndex": text.len(), "text": text},
            "groundingChunkIndices": indices,
        }],
        "webSearchQueries": [search.query],
    })
}

/// A chunk around a candidate.
fn chunk(answer: &Answer, model: &str, candidate: &Value) -> Value {
    json!({
        "candidates": [candidate],
        "modelVersion": model,
        "responseId": answer.id,
    })
}

/// The last chunk's candidate, and with it the whole answer's.
fn last(answer: &Answer, model: &str, parts: &[Value], end: (&str, Option<&str>)) -> Value {
    let mut candidate = json!({
        "content": {"parts": parts, "role": "model"},
        "finishReason": end.0,
        "index": 0,
    });
    if let Some(message) = end.1 {
        add(&mut candidate, "finishMessage", message.into());
    }
    if let Some(search) = &answer.search {
        let text = answer.text.as_deref().unwrap_or_default();
        add(&mut candidate, "groundingMetadata", grounding(search, text));
    }
    let mut chunk = chunk(answer, model, &candidate);
    add(&mut chunk, "usageMetadata", usage(answer.usage));
    chunk
}

/// A filter that strikes before anything is said has struck the prompt.
fn blocked(answer: &Answer, model: &str) -> Option<Value> {
    let is_mute = answer.text.is_none() && answer.reasoning.is_none() && answer.calls.is_empty();
    (is_mute && answer.finish == Finish::ContentFilter).then(|| {
        json!({
            "promptFeedback": {"blockReason": "PROHIBITED_CONTENT"},
            "modelVersion": model,
            "responseId": answer.id,
            "usageMetadata": usage(Usage { output: 0, reasoning: 0, ..answer.usage }),
        })
    })
}

pub(crate) fn whole(answer: &Answer, model: &str) -> Value {
    if let Some(blocked) = blocked(answer, model) {
        return blocked;
    }
    let Parts {
        streamed,
        finish,
        message,
    } = parts(answer);
    let joined: Vec<Value> = streamed.into_iter().filter_map(join).collect();
    last(answer, model, &joined, (finish, message))
}

/// One part out of the pieces of one.
fn join(pieces: Vec<Value>) -> Option<Value> {
    pieces.into_iter().reduce(|mut whole, piece| {
        let text = format!("{}{}", text_in(&whole), text_in(&piece));
        add(&mut whole, "text", text.into());
        if let Some(signature) = piece.get("thoughtSignature") {
            add(&mut whole, "thoughtSignature", signature.clone());
        }
        whole
    })
}

fn text_in(part: &Value) -> &str {
    part.get("text").and_then(Value::as_str).unwrap_or_default()
}

pub(crate) fn events(answer: &Answer, model: &str) -> Vec<Event> {
    if let Some(blocked) = blocked(answer, model) {
        return vec![Event::plain(&blocked).terminal()];
    }
    let Parts {
        streamed,
        finish,
        message,
    } = parts(answer);
    let mut streamed: Vec<Value> = streamed.into_iter().flatten().collect();
    // The signature of a text comes with the end.
    let is_mark = |part: &Value| part.get("text").is_some_and(|text| text == "");
    let mark = streamed
        .pop_if(|part| is_mark(part))
        .unwrap_or_else(|| json!({"text": ""}));
    let mut events: Vec<Event> = streamed
        .iter()
        .map(|part| {
            let content = json!({"parts": [part], "role": "model"});
            let candidate = json!({"content": content, "index": 0});
            Event::plain(&chunk(answer, model, &candidate)).content()
        })
        .collect();
    let end = last(answer, model, &[mark], (finish, message));
    events.push(Event::plain(&end).terminal());
    events
}
