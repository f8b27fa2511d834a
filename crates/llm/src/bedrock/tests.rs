use serde_json::json;

use super::*;
use crate::answer::AnswerDecoder;
use crate::event_stream::tests::{event, exception};
use crate::failure::FailureKind;
use crate::model::Params;
use crate::part::Part;
use crate::testing::{call, encode, fold, request, system};

fn chunk(inner: &Value) -> Vec<u8> {
    let bytes = STANDARD.encode(inner.to_string());
    event("chunk", &json!({ "bytes": bytes, "p": "abc" }).to_string())
}

fn answer() -> Vec<Value> {
    vec![
        json!({ "type": "message_start", "message": { "id": "msg_1", "model": "claude",
            "usage": { "input_tokens": 3, "output_tokens": 1 } } }),
        json!({ "type": "content_block_start", "index": 0,
            "content_block": { "type": "text", "text": "" } }),
        json!({ "type": "content_block_delta", "index": 0,
            "delta": { "type": "text_delta", "text": "Hé" } }),
        json!({ "type": "content_block_stop", "index": 0 }),
        json!({ "type": "message_delta", "delta": { "stop_reason": "end_turn" },
            "usage": { "output_tokens": 2 } }),
        json!({ "type": "message_stop", "amazon-bedrock-invocationMetrics": {} }),
    ]
}

fn decode(pieces: &[&[u8]]) -> (Vec<StreamEvent>, Result<(), Failure>) {
    let mut decoder = AnswerDecoder::new(PROVIDER, &request()).unwrap();
    let mut out = Vec::new();
    for piece in pieces {
        if let Err(failure) = decoder.push(piece, &mut out) {
            return (out, Err(failure));
        }
    }
    let ended = decoder.end(&mut out);
    (out, ended)
}

#[test]
fn the_body_names_the_version_and_the_path_the_model() {
    let mut request = request();
    request.model = "us.anthropic.claude-x-v1:0".to_owned();
    request.system = vec![system("Be brief.", true)];
    request.params = Params {
        max_output_tokens: Some(100),
        ..Params::default()
    };
    request.messages.push(crate::Message::new(
        crate::Role::Assistant,
        vec![call("c", "execute", "{\"z\": 1, \"a\": 1.50}")],
    ));
    let encoded = Invoke.encode(&request).unwrap();
    assert_eq!(
        encoded.path,
        "/model/us.anthropic.claude-x-v1%3A0/invoke-with-response-stream"
    );
    assert_eq!(encoded.headers["accept"], EVENT_STREAM);
    let body = encode(&Invoke, &request);
    assert_eq!(body["anthropic_version"], "bedrock-2023-05-31");
    assert_eq!((body.get("model"), body.get("stream")), (None, None));
    assert_eq!(body["system"][0]["cache_control"]["type"], "ephemeral");
    // What lies below the top level is sent as the inner codec wrote it.
    let text = String::from_utf8(encoded.body).unwrap();
    assert!(text.contains("{\"z\": 1, \"a\": 1.50}"), "{text}");
    request.delivery = Delivery::Whole;
    let whole = Invoke.encode(&request).unwrap();
    assert_eq!(whole.path, "/model/us.anthropic.claude-x-v1%3A0/invoke");
}

#[test]
fn tools_do_not_ask_for_their_arguments_as_they_are_written() {
    let sent = body(
        br#"{"tools":[{"name":"a","eager_input_streaming":true},{"name":"b"}]}"#,
        &HeaderMap::new(),
    );
    let sent: Value = serde_json::from_slice(&sent.unwrap()).unwrap();
    assert_eq!(sent["tools"], json!([{ "name": "a" }, { "name": "b" }]));
}

#[test]
fn betas_move_from_the_header_into_the_body() {
    let mut headers = HeaderMap::new();
    headers.append(BETA, HeaderValue::from_static("one, two"));
    headers.append(BETA, HeaderValue::from_static("three"));
    let sent: Value = serde_json::from_slice(&body(b"{}", &headers).unwrap()).unwrap();
    assert_eq!(sent["anthropic_beta"], json!(["one", "two", "three"]));
}

#[test]
fn a_stream_means_the_same_wherever_it_is_cut() {
    let bytes: Vec<u8> = answer().iter().flat_map(chunk).collect();
    let (events, ended) = decode(&[&bytes]);
    assert_eq!(ended, Ok(()));
    let response = fold(&events);
    assert!(matches!(&response.parts[..], [Part::Text(text)] if text.text == "Hé"));
    assert_eq!(response.finish.usage.total, Some(5));
    for cut in 1..bytes.len() {
        let (head, tail) = bytes.split_at(cut);
        assert_eq!(
            decode(&[head, tail]),
            (events.clone(), Ok(())),
            "cut at {cut}"
        );
    }
}

#[test]
fn exceptions_are_failures_of_their_documented_status() {
    let check = |kind: &str, payload: Value, expected: FailureKind, retryable: bool| {
        let mut bytes: Vec<u8> = answer().iter().take(3).flat_map(chunk).collect();
        bytes.extend(exception(kind, &payload.to_string()));
        let (events, ended) = decode(&[&bytes]);
        assert!(!events.is_empty(), "what came before stays");
        let failure = ended.unwrap_err();
        assert_eq!(
            (failure.kind, failure.retryable, failure.provider),
            (expected, retryable, Some(PROVIDER)),
            "{kind}"
        );
        assert_eq!(failure.usage.unwrap().input, Some(3), "{kind}");
    };
    let message = json!({ "message": "of the service" });
    check(
        "throttlingException",
        message.clone(),
        FailureKind::RateLimit,
        true,
    );
    check(
        "modelTimeoutException",
        message.clone(),
        FailureKind::Timeout,
        true,
    );
    check(
        "serviceUnavailableException",
        message.clone(),
        FailureKind::Timeout,
        true,
    );
    check(
        "internalServerException",
        message.clone(),
        FailureKind::Generic,
        true,
    );
    check(
        "modelStreamErrorException",
        message.clone(),
        FailureKind::Generic,
        true,
    );
    let throttled = json!({ "message": "m", "originalStatusCode": 429 });
    check(
        "modelStreamErrorException",
        throttled,
        FailureKind::RateLimit,
        true,
    );
    check("validationException", message, FailureKind::Config, false);
}

#[test]
fn broken_streams_are_told_apart() {
    let good: Vec<u8> = answer().iter().take(4).flat_map(chunk).collect();
    let (_, ended) = decode(&[&good]);
    let failure = ended.unwrap_err();
    assert_eq!(
        (failure.kind, failure.retryable),
        (FailureKind::Timeout, true)
    );
    let mut damaged = good;
    *damaged.last_mut().unwrap() ^= 1;
    let failure = decode(&[&damaged]).1.unwrap_err();
    assert_eq!(
        (failure.kind, failure.retryable),
        (FailureKind::Timeout, true)
    );
    for payload in [
        "{}",
        "{\"bytes\":\"%%%\"}",
        "{\"bytes\":\"/w==\"}",
        "no JSON",
    ] {
        let failure = decode(&[&event("chunk", payload)]).1.unwrap_err();
        assert_eq!(failure.kind, FailureKind::Timeout, "{payload}");
        assert_eq!(failure.provider, Some(PROVIDER));
    }
    // What the service may add one day is skipped.
    let mut more = event("metadata", "{}");
    more.extend(answer().iter().flat_map(chunk));
    assert_eq!(decode(&[&more]).1, Ok(()));
}

#[test]
fn addresses_follow_the_region() {
    let url = address("eu-central-1").unwrap();
    assert_eq!(
        url.as_str(),
        "https://bedrock-runtime.eu-central-1.amazonaws.com/"
    );
    assert_eq!(
        control(&url).as_str(),
        "https://bedrock.eu-central-1.amazonaws.com/"
    );
    assert_eq!(
        address("cn-north-1").unwrap().host_str(),
        Some("bedrock-runtime.cn-north-1.amazonaws.com.cn")
    );
    let own = Url::parse("http://127.0.0.1:9/x").unwrap();
    assert_eq!(control(&own), own);
}
