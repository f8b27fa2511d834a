//! The fault matrix: every provider, in its own wire, against everything that can go wrong.
//! What each cell must become, and the two texts, stand here once more, written from the
//! specification and not from the code.

use std::time::Duration;

use muster_base::limits::{FIRST_CHUNK_LIMIT, SSE_EVENT_BYTES_MAX, STREAM_SILENCE_LIMIT};
use muster_llm::FailureKind::{
    Auth, Config, Generic, Overloaded, RateLimit, StartupTimeout, StreamSilenceTimeout, Timeout,
    UsageLimit,
};
use muster_llm::{Cause, Failure, FailureKind, Part, ProviderConfig, ProviderKind, WireApi};
use serde_json::{Value, json};

use crate::frames::{frame, frames, prelude};
use crate::server::{Act, Server, collect, config, in_time, mock, request};

/// A provider in one of its formats.
#[derive(Clone, Copy, Debug)]
struct Face {
    kind: ProviderKind,
    wire_api: Option<WireApi>,
}

/// What goes wrong.
#[derive(Clone, Copy, Debug)]
enum Fault {
    /// Status, headers, and the provider's words.
    Status(u16, &'static str, &'static str),
    /// The provider's own way to name a wait.
    OwnReset,
    StallFirst,
    StallMid,
    /// The connection ends in good order, or is reset.
    Cut(End),
    StreamError,
    Malformed,
    Oversize,
}

/// How a connection ends.
#[derive(Clone, Copy, Debug)]
enum End {
    Fin,
    Rst,
}

type Row = (Fault, FailureKind, bool, Option<u64>);

const WORDS: &str = "It did not work.";
const QUOTA: &str = "You exceeded your current quota.";
const TOO_LONG: &str = "prompt is too long: 210000 tokens > 200000 maximum";

/// The fault, its kind, whether it is retried, and the wait that was asked for in ms.
const ROWS: [Row; 32] = [
    (Fault::Status(401, "", WORDS), Auth, false, None),
    (Fault::Status(402, "", WORDS), Auth, false, None),
    (
        Fault::Status(402, "", "Insufficient credits"),
        UsageLimit,
        false,
        None,
    ),
    (Fault::Status(403, "", WORDS), Auth, false, None),
    (
        Fault::Status(403, "", "This model is not supported in your region"),
        Config,
        false,
        None,
    ),
    (Fault::Status(404, "", WORDS), Config, false, None),
    (Fault::Status(400, "", WORDS), Config, false, None),
    (Fault::Status(400, "", TOO_LONG), Config, false, None),
    (Fault::Status(408, "", WORDS), Timeout, true, None),
    (Fault::Status(413, "", WORDS), Config, false, None),
    (Fault::Status(429, "", WORDS), RateLimit, true, None),
    (
        Fault::Status(429, "retry-after: 7\r\n", WORDS),
        RateLimit,
        true,
        Some(7_000),
    ),
    (
        Fault::Status(429, "retry-after: Sun, 01 Mar 2026 09:30:20 GMT\r\n", WORDS),
        RateLimit,
        true,
        Some(20_000),
    ),
    (
        Fault::Status(429, "retry-after-ms: 250\r\nretry-after: 7\r\n", WORDS),
        RateLimit,
        true,
        Some(250),
    ),
    (
        Fault::Status(429, "retry-after: 86400\r\n", WORDS),
        RateLimit,
        true,
        Some(600_000),
    ),
    (Fault::OwnReset, RateLimit, true, Some(62_500)),
    (
        Fault::Status(429, "retry-after: 7\r\n", QUOTA),
        UsageLimit,
        false,
        None,
    ),
    (
        Fault::Status(429, "", "Your billing is not active."),
        Auth,
        false,
        None,
    ),
    (Fault::Status(500, "", WORDS), Generic, true, None),
    (Fault::Status(502, "", WORDS), Timeout, true, None),
    (Fault::Status(503, "", WORDS), Timeout, true, None),
    (
        Fault::Status(503, "retry-after: 3\r\n", WORDS),
        Timeout,
        true,
        Some(3_000),
    ),
    (Fault::Status(504, "", WORDS), Timeout, true, None),
    (Fault::Status(529, "", WORDS), Overloaded, true, None),
    (Fault::Status(418, "", WORDS), Generic, false, None),
    (Fault::StallFirst, StartupTimeout, true, None),
    (Fault::StallMid, StreamSilenceTimeout, true, None),
    (Fault::Cut(End::Fin), Timeout, true, None),
    (Fault::Cut(End::Rst), Timeout, true, None),
    (Fault::StreamError, Overloaded, true, None),
    (Fault::Malformed, Timeout, true, None),
    (Fault::Oversize, Generic, false, None),
];

/// Kind, retry text and terminal text: `{P}` is the subject, `{S}` the status when known.
const TEXTS: [(FailureKind, &str, &str); 9] = [
    (
        Overloaded,
        "{P} is temporarily overloaded.",
        "{P} is overloaded{S}. It stayed so over all attempts; another model may be available.",
    ),
    (
        RateLimit,
        "{P} is rate limiting requests.",
        "{P} is rate limiting requests{S}. Check the rate limits of the account.",
    ),
    (
        Timeout,
        "{P} is temporarily unavailable.",
        "{P} could not be reached{S}. Check its status and the base URL.",
    ),
    (
        StartupTimeout,
        "{P} did not start responding in time.",
        "{P} did not start responding in time. Check the model's availability.",
    ),
    (
        StreamSilenceTimeout,
        "{P} stopped sending data.",
        "{P} stopped sending data. Check the network path to it.",
    ),
    (
        Auth,
        "",
        "Authentication with {P} failed{S}. Check the API key, its permissions and billing.",
    ),
    (
        UsageLimit,
        "",
        "The usage quota for {P} is used up{S}. Check billing and limits.",
    ),
    (
        Config,
        "",
        "{P} rejected the model configuration{S}. Check the selected model and the provider settings.",
    ),
    (
        Generic,
        "{P} returned an unexpected error.",
        "{P} returned an unexpected error{S}. Check the provider's status and settings.",
    ),
];

const fn subject(kind: ProviderKind) -> &'static str {
    match kind {
        ProviderKind::Anthropic => "Anthropic",
        ProviderKind::Azure => "Azure OpenAI",
        ProviderKind::Bedrock => "AWS Bedrock",
        ProviderKind::Google => "Google",
        ProviderKind::Openai => "OpenAI",
        ProviderKind::OpenaiCompat => "OpenAI Compatible",
        ProviderKind::Openrouter => "OpenRouter",
        ProviderKind::Vercel => "Vercel AI Gateway",
    }
}

#[tokio::test]
async fn every_provider_fails_in_every_way_as_the_table_says() {
    for kind in ProviderKind::ALL {
        let wires: &[Option<WireApi>] = match kind {
            ProviderKind::Openai | ProviderKind::Azure => {
                &[Some(WireApi::ChatCompletions), Some(WireApi::Responses)]
            }
            ProviderKind::Anthropic
            | ProviderKind::Bedrock
            | ProviderKind::Google
            | ProviderKind::OpenaiCompat
            | ProviderKind::Openrouter
            | ProviderKind::Vercel => &[None],
        };
        for wire_api in wires {
            let face = Face {
                kind,
                wire_api: *wire_api,
            };
            for row in ROWS {
                check(face, row).await;
            }
        }
    }
}

async fn check(face: Face, (fault, expected, retryable, wait): Row) {
    let cell = format!("{face:?} {fault:?}");
    let (parts, failure) = suffer(face, fault).await;
    assert_eq!(
        (failure.kind, failure.retryable),
        (expected, retryable),
        "{cell} {failure:?}"
    );
    assert_eq!(failure.provider, Some(face.kind), "{cell}");
    assert_eq!(
        failure.retry_after,
        wait.map(Duration::from_millis),
        "{cell}"
    );
    let too_long = matches!(fault, Fault::Status(_, _, TOO_LONG));
    assert_eq!(failure.cause == Cause::ContextLength, too_long, "{cell}");

    // Half an answer is one text; the retry begins again from nothing.
    let is_half = matches!(
        fault,
        Fault::StallMid | Fault::Cut(_) | Fault::StreamError | Fault::Malformed | Fault::Oversize
    );
    let texts = parts.iter().filter(|part| matches!(part, Part::Text(_)));
    // A reset may overtake what was sent before it.
    let may_lack = matches!(fault, Fault::Cut(End::Rst));
    let (texts, expected_texts) = (texts.count(), usize::from(is_half));
    assert!(
        texts == expected_texts || (may_lack && texts == 0),
        "{cell} {parts:?}"
    );

    let status = match fault {
        Fault::Status(status, ..) => Some(status),
        Fault::OwnReset => Some(429),
        // An error event may stand for a status.
        Fault::StreamError => failure.status_code,
        Fault::StallFirst
        | Fault::StallMid
        | Fault::Cut(_)
        | Fault::Malformed
        | Fault::Oversize => None,
    };
    assert_eq!(failure.status_code, status, "{cell}");
    let (_, retry, terminal) = TEXTS.iter().find(|row| row.0 == expected).unwrap();
    let shown = status.map_or_else(String::new, |status| format!(" (HTTP {status})"));
    let text = |form: &str| {
        form.replace("{P}", subject(face.kind))
            .replace("{S}", &shown)
    };
    assert_eq!(failure.terminal(), text(terminal), "{cell}");
    assert_eq!(failure.retry().unwrap_or_default(), text(retry), "{cell}");
}

/// Lets the fault happen.
async fn suffer(face: Face, fault: Fault) -> (Vec<Part>, Failure) {
    let mut server = Server::start(vec![script(face, fault)]).await;
    let clock = mock();
    let config = ProviderConfig {
        region: Some("us-east-1".to_owned()),
        ..config(face.kind, &server.address)
    };
    let model = config.connect(&clock.clock()).unwrap();
    let mut request = request();
    request.wire_api = face.wire_api;
    let moves = async {
        let (timer, limit) = match fault {
            Fault::StallFirst => ("model.first_part", FIRST_CHUNK_LIMIT),
            Fault::StallMid => ("model.silence", STREAM_SILENCE_LIMIT),
            Fault::Status(..)
            | Fault::OwnReset
            | Fault::Cut(_)
            | Fault::StreamError
            | Fault::Malformed
            | Fault::Oversize => return,
        };
        server.request().await;
        assert_eq!(clock.armed(timer).await, limit);
        clock.advance(limit);
        // The request is really given up: at the socket.
        server.client_gone().await;
    };
    let ((parts, ended), ()) =
        in_time(async { tokio::join!(collect(&*model, request), moves) }).await;
    (parts, ended.expect_err("the script is a fault"))
}

fn script(face: Face, fault: Fault) -> Vec<Act> {
    let half = half(face);
    match fault {
        Fault::Status(status, headers, words) => vec![refusal(face, status, headers, words)],
        Fault::OwnReset => vec![own_reset(face)],
        Fault::StallFirst => vec![stream(face, b""), Act::Hold],
        Fault::StallMid => vec![stream(face, &half), Act::Hold],
        Fault::Cut(End::Fin) => vec![stream(face, &half)],
        Fault::Cut(End::Rst) => vec![stream(face, &half), Act::Reset],
        Fault::StreamError => vec![stream(face, &[half, stream_error(face)].concat())],
        Fault::Malformed => {
            let mut broken = b"data: {\"type\":\n\n".to_vec();
            if face.kind == ProviderKind::Bedrock {
                // A checksum that does not fit.
                broken = frame(&[(":event-type", "chunk")], b"{}");
                broken[13] ^= 1;
            }
            vec![stream(face, &[half, broken].concat())]
        }
        Fault::Oversize => {
            // The length of a message is known before it comes.
            let mut giant = prelude(SSE_EVENT_BYTES_MAX + 1, 0);
            if face.kind != ProviderKind::Bedrock {
                giant = b"data: ".to_vec();
                giant.resize(SSE_EVENT_BYTES_MAX + 1, b'x');
            }
            vec![stream(face, &[half, giant].concat())]
        }
    }
}

/// An answer that has begun: its first words and no more.
fn half(face: Face) -> Vec<u8> {
    let (whole, end) = match (face.kind, face.wire_api) {
        (ProviderKind::Anthropic | ProviderKind::Bedrock, _) => (
            include_str!("../fixtures/anthropic/text.sse"),
            "event: content_block_stop",
        ),
        (ProviderKind::Google, _) => (
            include_str!("../fixtures/gemini/text.sse"),
            "data: {\"candidates\": [{\"content\": {\"parts\": [{\"text\": \", ",
        ),
        (_, Some(WireApi::Responses)) => (
            include_str!("../fixtures/responses/text.sse"),
            "event: response.output_text.done",
        ),
        _ => (include_str!("../fixtures/openai/text.sse"), "data: [DONE]"),
    };
    let (half, _) = whole.split_once(end).unwrap();
    if face.kind == ProviderKind::Bedrock {
        frames(half.as_bytes())
    } else {
        half.as_bytes().to_vec()
    }
}

fn stream(face: Face, body: &[u8]) -> Act {
    let form = if face.kind == ProviderKind::Bedrock {
        "application/vnd.amazon.eventstream"
    } else {
        "text/event-stream"
    };
    let head = format!("HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-type: {form}\r\n\r\n");
    Act::Send([head.as_bytes(), body].concat())
}

/// The provider says in mid-stream that it is overloaded.
fn stream_error(face: Face) -> Vec<u8> {
    let words = "Overloaded";
    let error = match (face.kind, face.wire_api) {
        (ProviderKind::Bedrock, _) => {
            let error =
                json!({"type": "error", "error": {"type": "overloaded_error", "message": words}});
            return frames(format!("data: {error}\n\n").as_bytes());
        }
        (ProviderKind::Google, _) => {
            json!({"error": {"code": 503, "message": "The model is overloaded.", "status": "UNAVAILABLE"}})
        }
        (_, Some(WireApi::Responses)) => {
            json!({"type": "error", "code": "overloaded", "message": words, "param": null, "sequence_number": 9})
        }
        (ProviderKind::Openrouter, _) => {
            json!({"error": {"code": 529, "message": words}, "choices": []})
        }
        _ => json!({"type": "error", "error": {"type": "overloaded_error", "message": words}}),
    };
    format!("event: error\ndata: {error}\n\n").into_bytes()
}

fn refusal(face: Face, status: u16, headers: &str, words: &str) -> Act {
    let name = error_name(face.kind, status);
    let body = error_body(face.kind, status, name, words);
    refused(face, status, headers, &body)
}

fn refused(face: Face, status: u16, headers: &str, body: &Value) -> Act {
    let mut named = String::new();
    if face.kind == ProviderKind::Bedrock {
        let name = error_name(face.kind, status);
        named = format!("x-amzn-errortype: {name}:http://internal.amazon.com/\r\n");
    }
    let head = "content-type: application/json\r\nconnection: close\r\n";
    Act::Send(format!("HTTP/1.1 {status} No\r\n{head}{named}{headers}\r\n{body}").into_bytes())
}

/// An error in the provider's own shape.
fn error_body(kind: ProviderKind, status: u16, name: &str, words: &str) -> Value {
    match kind {
        ProviderKind::Anthropic => {
            json!({"type": "error", "error": {"type": name, "message": words}})
        }
        ProviderKind::Bedrock => json!({"message": words}),
        ProviderKind::Google => {
            json!({"error": {"code": status, "message": words, "status": name}})
        }
        ProviderKind::Openrouter => json!({"error": {"code": status, "message": words}}),
        ProviderKind::Azure => json!({"error": {"code": status.to_string(), "message": words}}),
        ProviderKind::Openai | ProviderKind::OpenaiCompat | ProviderKind::Vercel => {
            json!({"error": {"message": words, "type": name, "param": null, "code": name}})
        }
    }
}

/// What the provider calls an error of this status.
fn error_name(kind: ProviderKind, status: u16) -> &'static str {
    match (kind, status) {
        (ProviderKind::Anthropic, 400) => "invalid_request_error",
        (ProviderKind::Anthropic, 401) => "authentication_error",
        (ProviderKind::Anthropic, 402) => "billing_error",
        (ProviderKind::Anthropic, 403) => "permission_error",
        (ProviderKind::Anthropic, 404) => "not_found_error",
        (ProviderKind::Anthropic, 413) => "request_too_large",
        (ProviderKind::Anthropic, 429) => "rate_limit_error",
        (ProviderKind::Anthropic, 504) => "timeout_error",
        (ProviderKind::Anthropic, 529) => "overloaded_error",
        (ProviderKind::Anthropic, 500) => "api_error",
        (ProviderKind::Bedrock, 400) => "ValidationException",
        (ProviderKind::Bedrock, 401) => "UnrecognizedClientException",
        (ProviderKind::Bedrock, 403) => "AccessDeniedException",
        (ProviderKind::Bedrock, 404) => "ResourceNotFoundException",
        (ProviderKind::Bedrock, 408) => "ModelTimeoutException",
        (ProviderKind::Bedrock, 429) => "ThrottlingException",
        (ProviderKind::Bedrock, 500) => "InternalServerException",
        (ProviderKind::Bedrock, 503) => "ServiceUnavailableException",
        (ProviderKind::Google, 400) => "INVALID_ARGUMENT",
        (ProviderKind::Google, 401) => "UNAUTHENTICATED",
        (ProviderKind::Google, 403) => "PERMISSION_DENIED",
        (ProviderKind::Google, 404) => "NOT_FOUND",
        (ProviderKind::Google, 429) => "RESOURCE_EXHAUSTED",
        (ProviderKind::Google, 500) => "INTERNAL",
        (ProviderKind::Google, 503) => "UNAVAILABLE",
        (ProviderKind::Google, 504) => "DEADLINE_EXCEEDED",
        (ProviderKind::Openai, 401) => "invalid_api_key",
        (ProviderKind::Openai, 404) => "model_not_found",
        (ProviderKind::Openai, 429) => "rate_limit_exceeded",
        (ProviderKind::Openai, 500) => "server_error",
        _ => "",
    }
}

/// A limit that is used up for a minute and two and a half seconds, in the provider's own form.
fn own_reset(face: Face) -> Act {
    let mut body = error_body(face.kind, 429, error_name(face.kind, 429), WORDS);
    let headers = match face.kind {
        ProviderKind::Anthropic => {
            "anthropic-ratelimit-requests-remaining: 0\r\n\
             anthropic-ratelimit-requests-reset: 2026-03-01T09:31:02.5Z\r\n"
        }
        ProviderKind::Openai | ProviderKind::OpenaiCompat | ProviderKind::Vercel => {
            "x-ratelimit-remaining-tokens: 0\r\nx-ratelimit-reset-tokens: 1m2.5s\r\n"
        }
        ProviderKind::Azure | ProviderKind::Bedrock => "retry-after-ms: 62500\r\n",
        ProviderKind::Google => {
            body["error"]["details"] = json!([{
                "@type": "type.googleapis.com/google.rpc.RetryInfo",
                "retryDelay": "62.5s",
            }]);
            ""
        }
        ProviderKind::Openrouter => {
            body["error"]["metadata"] = json!({"headers": {
                "X-RateLimit-Limit": "20",
                "X-RateLimit-Remaining": "0",
                "X-RateLimit-Reset": "1772357462500",
            }});
            ""
        }
    };
    refused(face, 429, headers, &body)
}
