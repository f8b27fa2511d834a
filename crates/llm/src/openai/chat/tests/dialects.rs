//! Azure, OpenRouter and Vercel: what they are told, and what comes back from them.

use bytes::Bytes;
use serde_json::{Value, json};

use super::super::*;
use crate::model::{Message, Params, ResponseSchema, Role};
use crate::openai::Effort;
use crate::options::ProviderOptions;
use crate::part::{File, FileData, Part};
use crate::testing::{decode, encode, fold, request, system};

const AZURE: ChatCompletions = ChatCompletions(Dialect::Azure);
const COMPAT: ChatCompletions = ChatCompletions(Dialect::Compat);
const OPENROUTER: ChatCompletions = ChatCompletions(Dialect::Openrouter);
const VERCEL: ChatCompletions = ChatCompletions(Dialect::Vercel);

fn with_params() -> Request {
    Request {
        params: Params {
            max_output_tokens: Some(100),
            reasoning_effort: Some(Effort::Low),
            ..Params::default()
        },
        ..request()
    }
}

fn options(kind: ProviderKind, document: &Value) -> ProviderOptions {
    ProviderOptions::of(kind, document)
}

#[test]
fn limit_and_effort_stand_where_the_dialect_has_them() {
    let check = |codec: &ChatCompletions, limit: &str, effort: Value| {
        let body = encode(codec, &with_params());
        assert_eq!(body[limit], 100, "{codec:?}");
        let found = json!([body.get("reasoning_effort"), body.get("reasoning")]);
        assert_eq!(found, effort, "{codec:?}");
    };
    check(&AZURE, "max_completion_tokens", json!(["low", null]));
    check(&COMPAT, "max_tokens", json!(["low", null]));
    check(&OPENROUTER, "max_tokens", json!([null, {"effort": "low"}]));
    check(&VERCEL, "max_tokens", json!([null, {"effort": "low"}]));
}

#[test]
fn openrouter_counts_in_full_unless_told_otherwise() {
    let body = encode(&OPENROUTER, &request());
    assert_eq!(body["usage"], json!({"include": true}));
    let silent = Request {
        options: options(
            ProviderKind::Openrouter,
            &json!({"openrouter": {"include_usage": false}}),
        ),
        ..request()
    };
    assert_eq!(
        encode(&OPENROUTER, &silent)["usage"],
        json!({"include": false})
    );
    for codec in [AZURE, COMPAT, VERCEL] {
        assert_eq!(encode(&codec, &request()).get("usage"), None);
    }
}

#[test]
fn gateways_are_told_which_providers_may_answer() {
    let routed = Request {
        options: options(
            ProviderKind::Openrouter,
            &json!({"openrouter": {"provider": {"order": ["a"]}, "reasoning": {"max_tokens": 9}}}),
        ),
        ..request()
    };
    let body = encode(&OPENROUTER, &routed);
    assert_eq!(body["provider"], json!({"order": ["a"]}));
    assert_eq!(body["reasoning"], json!({"max_tokens": 9}));
    let routed = Request {
        options: options(
            ProviderKind::Vercel,
            &json!({"vercel": {"providerOptions": {"order": ["b"]}}}),
        ),
        ..request()
    };
    let body = encode(&VERCEL, &routed);
    assert_eq!(
        body["providerOptions"],
        json!({"gateway": {"order": ["b"]}})
    );
}

/// A request with a mark on the second system text and on every message.
fn marked(model: &str, messages: usize) -> Request {
    let messages = (0..messages).map(|at| {
        let role = if at % 2 == 0 {
            Role::User
        } else {
            Role::Assistant
        };
        let mut message = Message::new(role, vec![Part::text(format!("message {at}"))]);
        message.cache_mark = true;
        message
    });
    Request {
        model: model.to_owned(),
        system: vec![
            system("One.", false),
            system("Two.", true),
            system("", true),
        ],
        messages: messages.collect(),
        ..request()
    }
}

fn marks(body: &Value) -> usize {
    body.to_string()
        .matches("\"cache_control\":{\"type\":\"ephemeral\"}")
        .count()
}

#[test]
fn cache_marks_go_to_anthropics_models_behind_openrouter_only() {
    let request = marked("anthropic/claude-x", 1);
    let body = encode(&OPENROUTER, &request);
    let mark = json!({"type": "ephemeral"});
    assert_eq!(
        body["messages"],
        json!([
            {"role": "system", "content": [
                {"type": "text", "text": "One."},
                {"type": "text", "text": "Two.", "cache_control": mark},
            ]},
            {"role": "user", "content": [
                {"type": "text", "text": "message 0", "cache_control": mark},
            ]},
        ])
    );
    for codec in [AZURE, COMPAT, VERCEL] {
        let body = encode(&codec, &request);
        assert_eq!(marks(&body), 0, "{codec:?}");
        assert_eq!(body["messages"][0]["content"], "One.\n\nTwo.");
    }
    assert_eq!(marks(&encode(&OPENROUTER, &marked("openai/gpt-x", 1))), 0);
}

#[test]
fn of_too_many_cache_marks_the_last_four_stay() {
    // The blank system text at the end takes no mark of a text that is sent.
    assert_eq!(
        marks(&encode(&OPENROUTER, &marked("anthropic/claude-x", 2))),
        3
    );
    let body = encode(&OPENROUTER, &marked("anthropic/claude-x", 5));
    assert_eq!(marks(&body), 4);
    assert_eq!(body["messages"][0]["content"], "One.\n\nTwo.");
    assert_eq!(body["messages"][1]["content"], "message 0");
}

#[test]
fn documents_and_strict_schemas_go_to_who_takes_them() {
    let data = FileData::Bytes(Bytes::from_static(b"%PDF"));
    let request = Request {
        messages: vec![Message::new(
            Role::User,
            vec![Part::File(File {
                media_type: "application/pdf".to_owned(),
                name: Some("a.pdf".to_owned()),
                data,
            })],
        )],
        response_schema: Some(ResponseSchema {
            name: "t".to_owned(),
            schema: json!({}),
        }),
        ..request()
    };
    for (codec, takes_files, is_strict) in [
        (AZURE, true, true),
        (OPENROUTER, true, false),
        (VERCEL, true, false),
        (COMPAT, false, false),
    ] {
        let body = encode(&codec, &request);
        let content = &body["messages"][0]["content"];
        assert_eq!(content[0]["type"] == "file", takes_files, "{codec:?}");
        let strict = body["response_format"]["json_schema"].get("strict");
        assert_eq!(strict.is_some(), is_strict, "{codec:?}");
    }
}

fn stream(chunks: &[Value]) -> String {
    let chunks = chunks.iter().map(|chunk| format!("data: {chunk}\n\n"));
    chunks.chain(["data: [DONE]\n\n".to_owned()]).collect()
}

fn delta(delta: &Value) -> Value {
    json!({"choices": [{"index": 0, "delta": delta}]})
}

fn detail(text: &str, signature: Option<&str>) -> Value {
    let mut piece = json!({"type": "reasoning.text", "index": 0, "text": text,
                           "format": "anthropic-claude-v1"});
    piece["signature"] = json!(signature);
    delta(&json!({"reasoning": text, "reasoning_details": [piece]}))
}

#[test]
fn reasoning_details_come_back_as_the_model_wrote_them() {
    let sealed = json!({"type": "reasoning.encrypted", "index": 1, "data": "AAAA", "id": "r"});
    let text = stream(&[
        detail("Let me ", None),
        detail("think.", None),
        detail("", Some("sig")),
        delta(&json!({"reasoning_details": [sealed]})),
        delta(&json!({"content": "Done."})),
    ]);
    let (events, failure) = decode(&OPENROUTER, &text);
    assert_eq!(failure, None);
    let response = fold(&events);
    let Some(Part::Reasoning(reasoning)) = response.parts.first() else {
        panic!("{:?}", response.parts);
    };
    assert_eq!(reasoning.text, "Let me think.");
    let again = Request {
        messages: vec![Message::new(Role::Assistant, response.parts)],
        ..request()
    };
    let whole = json!({"type": "reasoning.text", "index": 0, "text": "Let me think.",
                       "format": "anthropic-claude-v1", "signature": "sig"});
    let mut told = encode(&OPENROUTER, &again)["messages"][0].clone();
    assert_eq!(
        told["reasoning_details"],
        json!([without_null(whole), sealed])
    );
    // The details hold the text; twice would be two thoughts.
    assert_eq!(told["reasoning"].take(), Value::Null);
    // Another model could not read its signatures.
    let other = Request {
        model: "other".to_owned(),
        ..again
    };
    assert_eq!(
        encode(&OPENROUTER, &other)["messages"][0].get("reasoning_details"),
        None
    );
}

fn without_null(mut value: Value) -> Value {
    if let Value::Object(fields) = &mut value {
        fields.retain(|_, field| !field.is_null());
    }
    value
}

#[test]
fn tokens_written_to_a_cache_are_counted_once() {
    let usage = json!({"choices": [], "usage": {
        "prompt_tokens": 1_500, "completion_tokens": 100, "total_tokens": 1_600,
        "prompt_tokens_details": {"cached_tokens": 1_000, "cache_write_tokens": 400},
    }});
    let text = stream(&[delta(&json!({"content": "Hi"})), usage]);
    let usage = fold(&decode(&OPENROUTER, &text).0).finish.usage;
    assert_eq!(
        (
            usage.input,
            usage.cache_read,
            usage.cache_creation,
            usage.total
        ),
        (Some(100), Some(1_000), Some(400), Some(1_600))
    );
}
