//! Helpers of the codec tests: recorded bytes in, one readable line per event out.

use std::fmt::Write;

use serde_json::Value;

use crate::codec::{Codec, Decoder};
use crate::failure::Failure;
use crate::fold::Fold;
use crate::model::{Finish, Message, Request, Response, Role, StreamEvent, System, ToolDefinition};
use crate::options::{ProviderOptions, options_key};
use crate::part::{Native, Part, Text, ToolCall, ToolContent, ToolResult};
use crate::provider::ProviderKind;
use crate::sse::SseParser;

pub(crate) type Decoded = (Vec<StreamEvent>, Option<Failure>);

pub(crate) const MODEL: &str = "model-1";

pub(crate) fn request() -> Request {
    Request {
        model: MODEL.to_owned(),
        messages: vec![Message::new(Role::User, vec![Part::text("Hi")])],
        ..Request::default()
    }
}

/// The options of a provider, as its model configuration holds them.
pub(crate) fn options(provider: ProviderKind, own: Value) -> ProviderOptions {
    let mut document = serde_json::Map::new();
    document.insert(options_key(provider).to_owned(), own);
    ProviderOptions::of(provider, &Value::Object(document))
}

pub(crate) fn system(text: &str, cache_mark: bool) -> System {
    System {
        text: text.to_owned(),
        cache_mark,
    }
}

pub(crate) fn tool(name: &str) -> ToolDefinition {
    ToolDefinition {
        name: name.to_owned(),
        description: format!("Does {name}."),
        input_schema: serde_json::json!({ "properties": {}, "type": "object" }),
    }
}

pub(crate) fn call(id: &str, name: &str, args: &str) -> Part {
    Part::ToolCall(ToolCall {
        id: id.to_owned(),
        name: name.to_owned(),
        args: args.to_owned(),
        ..ToolCall::default()
    })
}

pub(crate) fn result(call_id: &str, content: Vec<ToolContent>) -> ToolResult {
    ToolResult {
        call_id: call_id.to_owned(),
        name: "tool".to_owned(),
        content,
        ..ToolResult::default()
    }
}

/// The body of a request as JSON.
pub(crate) fn encode(codec: &impl Codec, request: &Request) -> Value {
    serde_json::from_slice(&codec.encode(request).unwrap().body).unwrap()
}

/// The body of a request, indented and with sorted keys.
pub(crate) fn pretty(codec: &impl Codec, request: &Request) -> String {
    serde_json::to_string_pretty(&sorted(&encode(codec, request))).unwrap()
}

/// Whether maps keep their order depends on what else is built; a snapshot must not.
fn sorted(value: &Value) -> Value {
    match value {
        Value::Object(map) => {
            let mut entries: Vec<_> = map.iter().map(|(k, v)| (k.clone(), sorted(v))).collect();
            entries.sort_by(|a, b| a.0.cmp(&b.0));
            Value::Object(entries.into_iter().collect())
        }
        Value::Array(items) => Value::Array(items.iter().map(sorted).collect()),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value.clone(),
    }
}

/// Decodes a stream that arrives in the given pieces.
fn decode_pieces(mut decoder: Box<dyn Decoder>, pieces: &[&[u8]]) -> Decoded {
    let mut parser = SseParser::new();
    let mut out = Vec::new();
    for piece in pieces {
        let mut rest = *piece;
        while let Some(event) = parser.next_event(&mut rest).unwrap() {
            if let Err(failure) = decoder.event(event, &mut out) {
                return (out, Some(failure));
            }
        }
    }
    (out, None)
}

/// Decodes a recorded stream once, for tests whose matter is not where it is cut.
pub(crate) fn decode_once(codec: &impl Codec, stream: &str) -> Decoded {
    decode_pieces(codec.decoder(&request()), &[stream.as_bytes()])
}

/// Decodes a recorded stream whole, cut at every byte (every few bytes of a long one), in
/// random pieces, byte by byte, and with every line ending; all must agree.
pub(crate) fn decode(codec: &impl Codec, stream: &str) -> Decoded {
    let request = request();
    let decoded = |pieces: &[&[u8]]| decode_pieces(codec.decoder(&request), pieces);
    let bytes = stream.as_bytes();
    let whole = decoded(&[bytes]);
    for cut in (1..bytes.len()).step_by(1 + bytes.len() / 800) {
        let (head, tail) = bytes.split_at(cut);
        assert_eq!(decoded(&[head, tail]), whole, "cut at byte {cut}");
    }
    let single: Vec<&[u8]> = bytes.chunks(1).collect();
    assert_eq!(decoded(&single), whole, "byte by byte");
    for seed in 0..32 {
        assert_eq!(decoded(&shreds(bytes, seed)), whole, "cut with seed {seed}");
    }
    for ending in ["\r", "\r\n"] {
        let other = stream.replace('\n', ending);
        assert_eq!(
            decoded(&[other.as_bytes()]),
            whole,
            "lines end with {ending:?}"
        );
    }
    whole
}

/// The bytes in pieces of random sizes; the same seed gives the same pieces.
fn shreds(mut bytes: &[u8], seed: u64) -> Vec<&[u8]> {
    let mut state = seed.wrapping_add(1);
    let mut pieces = Vec::new();
    while !bytes.is_empty() {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        let size = usize::try_from(state >> 58).unwrap() + 1;
        let (piece, rest) = bytes.split_at(size.min(bytes.len()));
        pieces.push(piece);
        bytes = rest;
    }
    pieces
}

pub(crate) fn decode_whole(codec: &impl Codec, body: &str) -> Decoded {
    let mut out = Vec::new();
    let failure = codec
        .decoder(&request())
        .whole(body.as_bytes(), &mut out)
        .err();
    (out, failure)
}

pub(crate) fn fold(events: &[StreamEvent]) -> Response {
    let mut fold = Fold::new();
    events.iter().for_each(|event| fold.push(event));
    let finish = fold.finish().unwrap().clone();
    Response {
        parts: fold.parts(),
        finish,
    }
}

/// One line per event.
pub(crate) fn render(events: &[StreamEvent]) -> String {
    let mut out = String::new();
    for event in events {
        writeln!(out, "{}", line(event)).unwrap();
    }
    out
}

fn line(event: &StreamEvent) -> String {
    match event {
        StreamEvent::TextStart { index } => format!("{index} text start"),
        StreamEvent::TextDelta { index, text } => format!("{index} text {text:?}"),
        StreamEvent::TextEnd { index, native } => format!("{index} text end{}", json(native)),
        StreamEvent::ReasoningStart { index } => format!("{index} reasoning start"),
        StreamEvent::ReasoningDelta { index, text } => format!("{index} reasoning {text:?}"),
        StreamEvent::ReasoningEnd { index, reasoning } => {
            format!("{index} reasoning end{}", json(&reasoning.native))
        }
        StreamEvent::ToolInputStart {
            index,
            id,
            name,
            provider_executed,
        } => {
            let by = if *provider_executed {
                " (provider)"
            } else {
                ""
            };
            format!("{index} input start {name} {id}{by}")
        }
        StreamEvent::ToolInputDelta { index, delta } => format!("{index} input {delta:?}"),
        StreamEvent::ToolInputEnd { index } => format!("{index} input end"),
        StreamEvent::ToolCall { index, call } => {
            format!(
                "{index} call {} {} {:?}{}",
                call.name,
                call.id,
                call.args,
                json(&call.native)
            )
        }
        StreamEvent::ToolResult { index, result } => {
            format!(
                "{index} result {} {}{}",
                result.name,
                result.call_id,
                json(&result.native)
            )
        }
        StreamEvent::Source { index, source } => format!("{index} source {}", source.url),
        StreamEvent::Finish(Finish {
            reason,
            usage,
            response_id,
            ..
        }) => {
            let usage = serde_json::to_value(usage).unwrap();
            format!("finish {reason:?} {response_id:?} {}", sorted(&usage))
        }
    }
}

fn json(native: &Option<Native>) -> String {
    let native = native.as_ref().map(|native| sorted(&native.json));
    native.map_or_else(String::new, |json| format!(" {json}"))
}

pub(crate) fn text_part(text: &str, native: Option<Native>) -> Part {
    Part::Text(Text {
        text: text.to_owned(),
        native,
    })
}
