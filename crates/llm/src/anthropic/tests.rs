use bytes::Bytes;
use serde_json::json;

use super::*;
use crate::model::{Delivery, FinishReason, Message, Params, ResponseSchema, Role, ToolChoice};
use crate::openai::Effort;
use crate::options::ProviderOptions;
use crate::part::{File, FileData, Format, Native, Part, Reasoning, ToolCall, ToolContent};
use crate::testing::{
    MODEL, call, decode, decode_whole, encode, fold, options, pretty, render, request, result,
    system, text_part, tool,
};
use crate::{Cause, FailureKind};

macro_rules! fixture {
    ($name:literal) => {
        include_str!(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/tests/fixtures/anthropic/",
            $name
        ))
    };
}

mod decoding;
mod golden;

fn native(json: serde_json::Value) -> Option<Native> {
    Some(Native {
        provider_format: Format::AnthropicMessages,
        model: MODEL.to_owned(),
        json,
    })
}

fn thinking(text: &str, signature: &str) -> Part {
    let json = json!({ "type": "thinking", "thinking": text, "signature": signature });
    Part::Reasoning(Reasoning {
        text: text.to_owned(),
        signature: Some(signature.to_owned()),
        native: native(json),
        ..Reasoning::default()
    })
}

fn budget(tokens: u32) -> ProviderOptions {
    let thinking = json!({ "thinking": { "budget_tokens": tokens } });
    options(ProviderKind::Anthropic, thinking)
}

fn png() -> ToolContent {
    ToolContent::Media {
        media_type: "image/png".to_owned(),
        bytes: Bytes::from_static(b"\x89PNG"),
        text: Some("the screen".to_owned()),
    }
}

#[test]
fn the_smallest_request_is_what_the_sdk_sends() {
    let encoded = Messages.encode(&request()).unwrap();
    assert_eq!(encoded.path, "/v1/messages");
    assert_eq!(encoded.headers["anthropic-version"], "2023-06-01");
    assert_eq!(encoded.headers["content-type"], "application/json");
    assert_eq!(encoded.headers["accept"], "application/json");
    assert_eq!(
        String::from_utf8(encoded.body).unwrap(),
        r#"{"max_tokens":32000,"messages":[{"role":"user","content":[{"type":"text","text":"Hi"}]}],"model":"model-1","stream":true}"#
    );
}

#[test]
fn a_whole_answer_is_asked_for_without_stream() {
    let whole = Request {
        delivery: Delivery::Whole,
        ..request()
    };
    assert_eq!(encode(&Messages, &whole).get("stream"), None);
}

#[test]
fn a_turn_with_tools_is_encoded_as_recorded() {
    let mut error = result("toolu_2", Vec::new());
    error.is_error = true;
    let mut request = Request {
        system: vec![
            system("Be brief.", false),
            system("", false),
            system("Rules.", true),
        ],
        messages: vec![
            Message::new(Role::User, vec![Part::text("Fix it.")]),
            Message::new(
                Role::Assistant,
                vec![
                    thinking("Look first.", "c2ln"),
                    Part::text(" \n"),
                    Part::text("Reading."),
                    call("toolu_1", "read_file", "{\"path\": \"a.rs\"}"),
                    call("toolu_2", "execute", ""),
                ],
            ),
            Message::new(
                Role::Tool,
                vec![Part::ToolResult(result("toolu_1", vec![png()]))],
            ),
            Message::new(Role::Tool, vec![Part::ToolResult(error)]),
            Message::new(
                Role::User,
                vec![Part::text("Go on."), Part::text("Quickly.")],
            ),
        ],
        tools: vec![tool("execute"), tool("read_file")],
        params: Params {
            max_output_tokens: Some(4_000),
            temperature: Some(0.2),
            top_k: Some(40),
            stop: vec!["END".to_owned()],
            ..Params::default()
        },
        options: options(
            ProviderKind::Anthropic,
            json!({ "disable_parallel_tool_use": true }),
        ),
        ..request()
    };
    request.messages[4].cache_mark = true;
    insta::assert_snapshot!(pretty(&Messages, &request));
}

#[test]
fn thinking_forces_its_own_sampling_and_stays_below_the_output_limit() {
    let thinking_request = |budget_tokens, limit| Request {
        tools: vec![tool("execute")],
        tool_choice: ToolChoice::Required,
        options: budget(budget_tokens),
        params: Params {
            max_output_tokens: Some(limit),
            temperature: Some(1.0),
            top_p: Some(0.9),
            top_k: Some(5),
            reasoning_effort: Some(Effort::Max),
            ..Params::default()
        },
        ..request()
    };
    let body = encode(&Messages, &thinking_request(50_000, 2_000));
    assert_eq!(
        body["thinking"],
        json!({ "type": "enabled", "budget_tokens": 1_999 })
    );
    assert_eq!(body["output_config"], json!({ "effort": "max" }));
    for field in ["temperature", "top_p", "top_k", "tool_choice"] {
        assert_eq!(body.get(field), None, "{field}");
    }
    let small = encode(&Messages, &thinking_request(1, 2_000));
    assert_eq!(small["thinking"]["budget_tokens"], 1_024);
    let no_room = encode(&Messages, &thinking_request(1_024, 1_024));
    assert_eq!(no_room.get("thinking"), None);
    assert_eq!(no_room["tool_choice"], json!({ "type": "any" }));
}

#[test]
fn newer_models_are_told_an_effort_and_neither_budget_nor_sampling() {
    let asked = |own, effort| Request {
        model: "claude-opus-4-7".to_owned(),
        messages: vec![
            Message::new(Role::User, vec![Part::text("Hi")]),
            Message::new(Role::Assistant, vec![call("t", "x", "{}")]),
            Message::new(Role::Tool, vec![Part::ToolResult(result("t", Vec::new()))]),
        ],
        options: own,
        params: Params {
            temperature: Some(1.0),
            top_p: Some(0.9),
            top_k: Some(5),
            reasoning_effort: effort,
            ..Params::default()
        },
        ..request()
    };
    let adaptive = json!({ "type": "adaptive", "display": "summarized" });
    let low = encode(
        &Messages,
        &asked(ProviderOptions::default(), Some(Effort::Low)),
    );
    assert_eq!(low["thinking"], adaptive);
    assert_eq!(low["output_config"], json!({ "effort": "low" }));
    // Stored for an older model.
    let budget = encode(&Messages, &asked(budget(50_000), None));
    assert_eq!(budget["thinking"], adaptive);
    let plain = encode(&Messages, &asked(ProviderOptions::default(), None));
    assert_eq!(plain.get("thinking"), None);
    for body in [low, budget, plain] {
        for field in ["temperature", "top_p", "top_k"] {
            assert_eq!(body.get(field), None, "{field}");
        }
    }
}

#[test]
fn reasoning_stays_at_home_when_it_is_not_wanted() {
    let turn = |own| Request {
        messages: vec![
            Message::new(Role::User, vec![Part::text("Hi")]),
            Message::new(
                Role::Assistant,
                vec![thinking("Hm.", "sig"), Part::text("Hi.")],
            ),
            Message::new(Role::User, vec![Part::text("Go on.")]),
        ],
        options: options(ProviderKind::Anthropic, own),
        ..request()
    };
    let blocks = |own| encode(&Messages, &turn(own))["messages"][1]["content"].clone();
    let text = json!([{ "type": "text", "text": "Hi." }]);
    assert_eq!(blocks(json!({ "send_reasoning": false })), text);
    assert_eq!(
        blocks(json!({ "send_reasoning": true }))[0]["signature"],
        "sig"
    );
    assert_eq!(blocks(json!({}))[0]["signature"], "sig");
}

#[test]
fn a_turn_that_began_without_thinking_goes_on_without_it() {
    let turn = |parts| Request {
        messages: vec![
            Message::new(Role::User, vec![Part::text("Hi")]),
            Message::new(Role::Assistant, parts),
            Message::new(Role::Tool, vec![Part::ToolResult(result("t", Vec::new()))]),
        ],
        options: budget(2_000),
        ..request()
    };
    let plain = encode(&Messages, &turn(vec![call("t", "x", "{}")]));
    assert_eq!(plain.get("thinking"), None);
    let signed = encode(
        &Messages,
        &turn(vec![thinking("a", "s"), call("t", "x", "{}")]),
    );
    assert_eq!(signed["thinking"]["budget_tokens"], 2_000);
}

#[test]
fn reasoning_goes_back_signed_and_to_its_own_model_only() {
    let redacted = |model: &str| {
        Part::Reasoning(Reasoning {
            encrypted: Some("ZW5j".to_owned()),
            redacted: true,
            native: Some(Native {
                provider_format: Format::AnthropicMessages,
                model: model.to_owned(),
                json: json!({ "type": "redacted_thinking", "data": "ZW5j" }),
            }),
            ..Reasoning::default()
        })
    };
    let unsigned = Part::Reasoning(Reasoning {
        text: "cut off".to_owned(),
        ..Reasoning::default()
    });
    let parts = vec![
        thinking("kept", "c2ln"),
        unsigned,
        redacted(MODEL),
        redacted("model-2"),
        Part::text("done"),
    ];
    let mut request = request();
    request.messages.push(Message::new(Role::Assistant, parts));
    assert_eq!(
        encode(&Messages, &request)["messages"][1]["content"],
        json!([
            { "type": "thinking", "thinking": "kept", "signature": "c2ln" },
            { "type": "redacted_thinking", "data": "ZW5j" },
            { "type": "text", "text": "done" },
        ])
    );
    let foreign = Request {
        model: "model-3".to_owned(),
        ..request
    };
    let content = &encode(&Messages, &foreign)["messages"][1]["content"];
    assert_eq!(*content, json!([{ "type": "text", "text": "done" }]));
}

#[test]
fn native_blocks_return_whole_and_only_to_their_format() {
    let cited = json!({ "type": "text", "text": "It is out.", "citations": [{ "url": "u" }] });
    let search =
        json!({ "type": "server_tool_use", "id": "s1", "name": "web_search", "input": {} });
    let found = json!({ "type": "web_search_tool_result", "tool_use_id": "s1", "content": [] });
    let server_call = |id: &str, block: &serde_json::Value| {
        Part::ToolCall(ToolCall {
            id: id.to_owned(),
            provider_executed: true,
            native: native(block.clone()),
            ..ToolCall::default()
        })
    };
    let mut server_result = result("s1", Vec::new());
    server_result.provider_executed = true;
    server_result.native = native(found.clone());
    let foreign = Native {
        provider_format: Format::OpenaiChat,
        model: MODEL.to_owned(),
        json: json!({ "weird": true }),
    };
    let mut request = request();
    request.messages.push(Message::new(
        Role::Assistant,
        vec![
            server_call("s1", &search),
            Part::ToolResult(server_result),
            server_call("lost", &search),
            text_part("It is out.", native(cited.clone())),
            text_part("Foreign.", Some(foreign)),
        ],
    ));
    request
        .messages
        .push(Message::new(Role::User, vec![Part::text("Thanks")]));
    assert_eq!(
        encode(&Messages, &request)["messages"][1]["content"],
        json!([search, found, cited, { "type": "text", "text": "Foreign." }])
    );
}

#[test]
fn a_renamed_call_keeps_its_native_fields_under_the_new_id() {
    let block = json!({ "type": "tool_use", "id": "old", "name": "x", "input": {}, "caller": 1 });
    let mut renamed = ToolCall {
        id: "new".to_owned(),
        name: "x".to_owned(),
        ..ToolCall::default()
    };
    renamed.native = native(block);
    let mut request = request();
    request
        .messages
        .push(Message::new(Role::Assistant, vec![Part::ToolCall(renamed)]));
    let sent = &encode(&Messages, &request)["messages"][1]["content"][0];
    assert_eq!((&sent["id"], &sent["caller"]), (&json!("new"), &json!(1)));
}

#[test]
fn ids_and_broken_arguments_are_made_acceptable() {
    let mut request = request();
    let parts = vec![call("a.b:c/ü", "x", "{\"cut\": \"o"), call("", "x", "[1]")];
    request.messages.push(Message::new(Role::Assistant, parts));
    let results = vec![Part::ToolResult(result("a.b:c/ü", Vec::new()))];
    request.messages.push(Message::new(Role::Tool, results));
    let body = encode(&Messages, &request);
    let calls = &body["messages"][1]["content"];
    assert_eq!(calls[0]["id"], "a_b_c__");
    assert_eq!(
        calls[0]["input"],
        json!({ "INVALID_JSON": "{\"cut\": \"o" })
    );
    assert_eq!(
        (&calls[1]["id"], &calls[1]["input"]),
        (&json!("_"), &json!({ "INVALID_JSON": "[1]" }))
    );
    assert_eq!(body["messages"][2]["content"][0]["tool_use_id"], "a_b_c__");
}

#[test]
fn arguments_keep_the_order_in_which_the_model_wrote_them() {
    let mut request = request();
    let parts = vec![call("t", "x", "{\"z\": 1, \"a\": 1.50}")];
    request.messages.push(Message::new(Role::Assistant, parts));
    let body = String::from_utf8(Messages.encode(&request).unwrap().body).unwrap();
    assert!(body.contains("\"input\":{\"z\": 1, \"a\": 1.50}"), "{body}");
}

#[test]
fn of_too_many_cache_marks_the_last_four_are_sent_and_never_on_thinking() {
    let mut request = Request {
        system: vec![system("one", true), system("two", true)],
        messages: Vec::new(),
        ..request()
    };
    for _ in 0..3 {
        let mut message = Message::new(Role::User, vec![Part::text("ask")]);
        message.cache_mark = true;
        request.messages.push(message);
        let mut answer = Message::new(Role::Assistant, vec![Part::text("yes"), thinking("t", "s")]);
        answer.cache_mark = request.messages.len() == 1;
        request.messages.push(answer);
    }
    let body = encode(&Messages, &request);
    assert_eq!(body["system"][0].get("cache_control"), None);
    assert_eq!(body["system"][1].get("cache_control"), None);
    assert_eq!(body.to_string().matches("ephemeral").count(), 4);
    assert_eq!(
        body["messages"][1]["content"][0]["cache_control"],
        json!({ "type": "ephemeral" })
    );
    assert_eq!(body["messages"][1]["content"][1].get("cache_control"), None);
}

#[test]
fn files_become_the_block_of_their_kind() {
    let file = |media_type: &str, data: &'static [u8]| {
        Part::File(File {
            media_type: media_type.to_owned(),
            name: Some("name".to_owned()),
            data: FileData::Bytes(Bytes::from_static(data)),
        })
    };
    let uploaded = Part::File(File {
        media_type: "application/pdf".to_owned(),
        name: None,
        data: FileData::ProviderId("file_1".to_owned()),
    });
    let mut request = request();
    request.messages[0].parts = vec![
        file("image/jpeg", b"jpg"),
        file("application/pdf", b"%PDF"),
        file("text/csv", b"a,b"),
        file("video/mp4", b"mp4"),
        uploaded,
    ];
    insta::assert_snapshot!(pretty(&Messages, &request));
}

#[test]
fn choices_and_schemas_have_their_fields() {
    let mut request = Request {
        tools: vec![tool("x")],
        tool_choice: ToolChoice::Named("x".to_owned()),
        response_schema: Some(ResponseSchema {
            name: "title".to_owned(),
            schema: json!({ "type": "object" }),
        }),
        ..request()
    };
    let body = encode(&Messages, &request);
    assert_eq!(body["tool_choice"], json!({ "type": "tool", "name": "x" }));
    let format = json!({ "format": { "type": "json_schema", "schema": { "type": "object" } } });
    assert_eq!(body["output_config"], format);
    request.tool_choice = ToolChoice::None;
    assert_eq!(
        encode(&Messages, &request)["tool_choice"],
        json!({ "type": "none" })
    );
    request.tools.clear();
    assert_eq!(encode(&Messages, &request).get("tool_choice"), None);
    // An effort that this provider does not know never reaches it.
    request.params.reasoning_effort = Some(Effort::Xhigh);
    assert_eq!(encode(&Messages, &request)["output_config"], format);
}
