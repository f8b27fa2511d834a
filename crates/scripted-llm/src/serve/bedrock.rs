//! Bedrock: Anthropic's answers in another request and another framing. Everything a script
//! can say or break is said and broken by the inner format; here it is only wrapped.

use std::io;

use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri};
use axum::response::{Json, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use futures_util::{StreamExt, TryStreamExt, stream};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{ScriptPath, error_response, respond};
use crate::model::ScriptedModel;
use crate::wire::Wire;

const VERSION: &str = "bedrock-2023-05-31";
const STREAM: &str = "invoke-with-response-stream";

#[derive(Debug, Deserialize)]
pub(super) struct InvokePath {
    script: Option<String>,
    id: String,
    action: String,
}

/// `POST /model/{id}/invoke` and `…/invoke-with-response-stream`.
pub(super) async fn invoke(
    State(model): State<ScriptedModel>,
    Path(path): Path<InvokePath>,
    (method, uri): (Method, Uri),
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let InvokePath { script, id, action } = path;
    let stream = action == STREAM;
    if !stream && action != "invoke" {
        return error_response(Wire::Anthropic, StatusCode::NOT_FOUND, "unknown action");
    }
    let body = match inner(&body, &headers, &id, stream) {
        Ok(body) => body,
        Err(what) => {
            model.count_violation();
            return error_response(Wire::Anthropic, StatusCode::BAD_REQUEST, what);
        }
    };
    let path = ScriptPath { script, call: None };
    let input = (State(model), Path(path), method, uri, headers, body);
    let response = respond(Wire::Anthropic, input).await;
    let kind = response.headers().get(CONTENT_TYPE);
    if kind.is_some_and(|kind| kind.as_bytes().starts_with(b"text/event-stream")) {
        return reframed(response);
    }
    response
}

/// `GET /foundation-models`.
pub(super) async fn list_models() -> Json<Value> {
    Json(json!({"modelSummaries": [{"modelId": "scripted", "providerName": "Anthropic"}]}))
}

/// The body that the inner format takes, after what the service itself insists on.
fn inner(
    body: &[u8],
    headers: &HeaderMap,
    model: &str,
    stream: bool,
) -> Result<Bytes, &'static str> {
    if !headers.contains_key("authorization") {
        return Err("the request is neither signed nor has it a bearer key");
    }
    let Ok(Value::Object(mut fields)) = serde_json::from_slice(body) else {
        return Err("the body is no JSON object");
    };
    if fields.remove("anthropic_version") != Some(VERSION.into()) {
        return Err("anthropic_version: must be bedrock-2023-05-31");
    }
    if fields.contains_key("model") || fields.contains_key("stream") {
        return Err("model, stream: extra inputs are not permitted");
    }
    fields.remove("anthropic_beta");
    fields.insert("model".to_owned(), model.into());
    fields.insert("stream".to_owned(), stream.into());
    Ok(Value::Object(fields).to_string().into())
}

/// Server-sent events as event-stream messages. A cut stays a cut.
fn reframed(response: Response) -> Response {
    let (mut parts, body) = response.into_parts();
    let kind = HeaderValue::from_static("application/vnd.amazon.eventstream");
    parts.headers.insert(CONTENT_TYPE, kind);
    let received = body.into_data_stream().map_err(io::Error::other).boxed();
    let frames = stream::unfold((received, Vec::new()), async |(mut received, mut held)| {
        let piece = received.next().await?;
        let frames = piece.map(|piece| {
            held.extend_from_slice(&piece);
            Bytes::from(whole_events(&mut held))
        });
        Some((frames, (received, held)))
    });
    Response::from_parts(parts, Body::from_stream(frames))
}

/// Takes the events that are complete off the front, as messages.
fn whole_events(held: &mut Vec<u8>) -> Vec<u8> {
    let mut messages = Vec::new();
    while let Some(end) = held.windows(2).position(|pair| pair == b"\n\n") {
        let rest = held.split_off(end + 2);
        let event = std::mem::replace(held, rest);
        let text = String::from_utf8_lossy(&event);
        let data: Vec<&str> = text
            .lines()
            .filter_map(|line| line.strip_prefix("data: "))
            .collect();
        if !data.is_empty() {
            messages.extend(message_of(&data.join("\n")));
        }
    }
    messages
}

fn message_of(data: &str) -> Vec<u8> {
    let value: Value = serde_json::from_str(data).unwrap_or_default();
    if value.get("type").and_then(Value::as_str) != Some("error") {
        let bytes = STANDARD.encode(data);
        let headers = [(":event-type", "chunk"), (":message-type", "event")];
        return message(&headers, &json!({"bytes": bytes}).to_string());
    }
    let text = |pointer: &str| value.pointer(pointer).and_then(Value::as_str);
    let kind = match text("/error/type") {
        Some("overloaded_error" | "rate_limit_error") => "throttlingException",
        Some("invalid_request_error") => "validationException",
        _ => "modelStreamErrorException",
    };
    let headers = [(":exception-type", kind), (":message-type", "exception")];
    let said = json!({"message": text("/error/message")});
    message(&headers, &said.to_string())
}

/// `total length, headers length, CRC, headers, payload, CRC`; every header is a text.
fn message(headers: &[(&str, &str)], payload: &str) -> Vec<u8> {
    let mut block = Vec::new();
    for (name, value) in headers {
        block.extend(u8::try_from(name.len()).unwrap_or_default().to_be_bytes());
        block.extend(name.as_bytes());
        block.push(7);
        block.extend(u16::try_from(value.len()).unwrap_or_default().to_be_bytes());
        block.extend(value.as_bytes());
    }
    let length = |bytes: usize| u32::try_from(bytes).unwrap_or_default().to_be_bytes();
    let mut bytes = Vec::new();
    bytes.extend(length(16 + block.len() + payload.len()));
    bytes.extend(length(block.len()));
    bytes.extend(checksum(&bytes).to_be_bytes());
    bytes.extend(block);
    bytes.extend(payload.as_bytes());
    bytes.extend(checksum(&bytes).to_be_bytes());
    bytes
}

/// CRC-32, bit by bit: events are small.
fn checksum(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            (crc >> 1) ^ (0xEDB8_8320 * (crc & 1))
        })
    })
}
