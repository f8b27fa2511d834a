mod dialects;

use bytes::Bytes;
use serde_json::json;

use super::*;
use crate::FailureKind;
use crate::model::{
    Delivery, FinishReason, Message, Params, ResponseSchema, Role, StreamEvent, ToolChoice,
};
use crate::openai::Effort;
use crate::part::{File, FileData, Format, Native, Part, Reasoning, ToolCall, ToolContent};
use crate::testing::{
    MODEL, call, decode, decode_whole, encode, fold, options, pretty, render, request, result,
    system, tool,
};

const OPENAI: ChatCompletions = ChatCompletions(Dialect::Openai);
const COMPAT: ChatCompletions = ChatCompletions(Dialect::Compat);

macro_rules! fixture {
    ($name:literal) => {
        include_str!(concat!("../../../tests/fixtures/openai/", $name))
    };
}

fn chat_native(model: &str, json: serde_json::Value) -> Option<Native> {
    Some(Native {
        provider_format: Format::OpenaiChat,
        model: model.to_owned(),
        json,
    })
}

fn image(text: Option<&str>) -> ToolContent {
    ToolContent::Media {
        media_type: "image/png".to_owned(),
        bytes: Bytes::from_static(b"\x89PNG"),
        text: text.map(str::to_owned),
    }
}

#[test]
fn the_smallest_request_is_what_the_sdk_sends() {
    let encoded = OPENAI.encode(&request()).unwrap();
    assert_eq!(encoded.path, "/chat/completions");
    assert_eq!(encoded.headers["content-type"], "application/json");
    assert_eq!(
        String::from_utf8(encoded.body).unwrap(),
        r#"{"model":"model-1","stream":true,"messages":[{"role":"user","content":"Hi"}],"stream_options":{"include_usage":true}}"#
    );
    let whole = Request {
        delivery: Delivery::Whole,
        ..request()
    };
    let body = encode(&OPENAI, &whole);
    assert_eq!(
        (body.get("stream"), body.get("stream_options")),
        (None, None)
    );
}

#[test]
fn a_turn_with_tools_is_encoded_as_recorded() {
    let mut failed = result("call_2", vec![ToolContent::Json(json!({ "exit": 1 }))]);
    failed.is_error = true;
    let request = Request {
        system: vec![
            system("Be brief.", true),
            system("", false),
            system("Rules.", true),
        ],
        messages: vec![
            Message::new(Role::User, vec![Part::text("Fix"), Part::text("it.")]),
            Message::new(
                Role::Assistant,
                vec![
                    Part::Reasoning(Reasoning {
                        text: "lost".to_owned(),
                        ..Reasoning::default()
                    }),
                    call("call_1", "screenshot", "{\"z\": 1, \"a\": 2}"),
                    call("call_2", "execute", ""),
                ],
            ),
            Message::new(
                Role::Tool,
                vec![Part::ToolResult(result(
                    "call_1",
                    vec![image(Some("the screen"))],
                ))],
            ),
            Message::new(Role::Tool, vec![Part::ToolResult(failed)]),
            Message::new(Role::Assistant, vec![Part::text("Al"), Part::text("most.")]),
            Message::new(Role::User, vec![Part::text("Go on.")]),
        ],
        tools: vec![tool("execute"), tool("screenshot")],
        tool_choice: ToolChoice::Named("execute".to_owned()),
        params: Params {
            max_output_tokens: Some(4_000),
            temperature: Some(0.2),
            top_p: Some(0.9),
            presence_penalty: Some(0.5),
            frequency_penalty: Some(-0.5),
            reasoning_effort: Some(Effort::Xhigh),
            stop: vec!["END".to_owned()],
            ..Params::default()
        },
        options: options(
            ProviderKind::Openai,
            json!({ "parallel_tool_calls": false }),
        ),
        ..request()
    };
    insta::assert_snapshot!(pretty(&OPENAI, &request));
}

#[test]
fn a_model_without_schemas_is_told_the_schema_in_words() {
    let own = json!({ "structured_outputs": false, "max_completion_tokens": 9 });
    let mut request = Request {
        system: vec![system("Be brief.", false)],
        response_schema: Some(ResponseSchema {
            name: "title".to_owned(),
            schema: json!({ "type": "object" }),
        }),
        options: options(ProviderKind::Openai, own),
        ..request()
    };
    request.params.max_output_tokens = Some(7);
    let body = encode(&OPENAI, &request);
    assert_eq!(body["response_format"], json!({ "type": "json_object" }));
    assert_eq!(
        body["messages"][0]["content"],
        "Be brief.\n\nAnswer with JSON of this schema: {\"type\":\"object\"}"
    );
    // The provider's own limit goes before the common one.
    assert_eq!(body["max_completion_tokens"], 9);
}

#[test]
fn dialects_name_the_output_limit_and_strictness_in_their_own_way() {
    let mut request = Request {
        response_schema: Some(ResponseSchema {
            name: "title".to_owned(),
            schema: json!({ "type": "object" }),
        }),
        ..request()
    };
    request.params.max_output_tokens = Some(7);
    request.params.reasoning_effort = Some(Effort::Max);
    let openai = encode(&OPENAI, &request);
    assert_eq!(
        (&openai["max_completion_tokens"], openai.get("max_tokens")),
        (&json!(7), None)
    );
    assert_eq!(openai["response_format"]["json_schema"]["strict"], true);
    // An effort that this provider does not know never reaches it.
    assert_eq!(openai.get("reasoning_effort"), None);
    let compat = encode(&COMPAT, &request);
    assert_eq!(
        (&compat["max_tokens"], compat.get("max_completion_tokens")),
        (&json!(7), None)
    );
    let format = json!({ "type": "json_schema", "json_schema": { "name": "title", "schema": { "type": "object" } } });
    assert_eq!(compat["response_format"], format);
}

#[test]
fn files_are_media_where_the_dialect_can_carry_them() {
    let file = |media_type: &str, data: &'static [u8]| {
        Part::File(File {
            media_type: media_type.to_owned(),
            name: Some("f".to_owned()),
            data: FileData::Bytes(Bytes::from_static(data)),
        })
    };
    let mut request = request();
    request.messages[0].parts = vec![
        file("image/png", b"p"),
        file("application/pdf", b"%"),
        file("text/plain", b"hello"),
    ];
    let content = |codec| encode(&codec, &request)["messages"][0]["content"].clone();
    let picture =
        json!({ "type": "image_url", "image_url": { "url": "data:image/png;base64,cA==" } });
    let text = json!({ "type": "text", "text": "f:\n\nhello" });
    let pdf = json!({ "type": "file", "file": { "file_data": "data:application/pdf;base64,JQ==", "filename": "f" } });
    assert_eq!(content(OPENAI), json!([picture, pdf, text]));
    let placeholder = json!({ "type": "text", "text": "[file f of type application/pdf: not readable for this model]" });
    assert_eq!(content(COMPAT), json!([picture, placeholder, text]));
}

#[test]
fn what_a_server_added_goes_back_to_its_own_model_only() {
    let thought = |model| {
        Part::Reasoning(Reasoning {
            text: "Hm.".to_owned(),
            native: chat_native(model, json!({ "reasoning_content": "Hm." })),
            ..Reasoning::default()
        })
    };
    let signed = Part::ToolCall(ToolCall {
        id: "new".to_owned(),
        name: "x".to_owned(),
        args: "{}".to_owned(),
        native: chat_native(
            MODEL,
            json!({ "id": "old", "extra_content": { "signature": "s" } }),
        ),
        ..ToolCall::default()
    });
    let mut request = request();
    request.messages.push(Message::new(
        Role::Assistant,
        vec![thought(MODEL), thought("other"), thought(MODEL), signed],
    ));
    let function = json!({ "name": "x", "arguments": "{}" });
    assert_eq!(
        encode(&COMPAT, &request)["messages"][1],
        json!({
            "role": "assistant",
            "content": null,
            "reasoning_content": "Hm.Hm.",
            "tool_calls": [{ "id": "new", "type": "function", "function": function, "extra_content": { "signature": "s" } }],
        })
    );
}

#[test]
fn messages_without_anything_to_send_are_left_out() {
    let mut request = request();
    request
        .messages
        .push(Message::new(Role::Assistant, vec![Part::text("")]));
    request.messages.push(Message::new(Role::User, Vec::new()));
    assert_eq!(
        encode(&OPENAI, &request)["messages"]
            .as_array()
            .map(Vec::len),
        Some(1)
    );
}

#[test]
fn text_and_usage_without_cached_tokens_are_decoded() {
    let (events, failure) = decode(&OPENAI, fixture!("text.sse"));
    assert_eq!(failure, None);
    insta::assert_snapshot!(render(&events), @r#"
    0 text start
    0 text "Grüße"
    0 text ", 🦀!"
    0 text end
    finish Stop Some("chatcmpl-B1") {"cache_read_tokens":1024,"input_tokens":176,"output_tokens":9,"reasoning_tokens":4,"total_tokens":1209}
    "#);
}

#[test]
fn parallel_calls_are_decoded_and_go_back_unchanged() {
    let (events, failure) = decode(&OPENAI, fixture!("parallel_calls.sse"));
    assert_eq!(failure, None);
    insta::assert_snapshot!(render(&events), @r#"
    0 input start read_file call_a1
    0 input "{\"path\":"
    0 input "\"a.rs\"}"
    1 input start process_list call_a2
    0 input end
    0 call read_file call_a1 "{\"path\":\"a.rs\"}"
    1 input end
    1 call process_list call_a2 "{}"
    finish ToolCalls Some("chatcmpl-B2") {"input_tokens":80,"output_tokens":30,"total_tokens":110}
    "#);
    let mut request = request();
    request
        .messages
        .push(Message::new(Role::Assistant, fold(&events).parts));
    let call = |id: &str, name: &str, arguments: &str| {
        json!({
            "id": id, "type": "function", "function": { "name": name, "arguments": arguments },
        })
    };
    let expected = [
        call("call_a1", "read_file", "{\"path\":\"a.rs\"}"),
        call("call_a2", "process_list", "{}"),
    ];
    assert_eq!(
        encode(&OPENAI, &request)["messages"][1]["tool_calls"],
        json!(expected)
    );
}

#[test]
fn a_careless_server_is_understood() {
    let (events, failure) = decode(&COMPAT, fixture!("compat_reasoning.sse"));
    assert_eq!(failure, None);
    insta::assert_snapshot!(render(&events), @r#"
    0 reasoning start
    0 reasoning "Let me "
    0 reasoning "look."
    0 reasoning end {"reasoning_content":"Let me look."}
    1 text start
    1 text "Looking."
    1 text end
    2 input start execute call_c-3_2
    2 input "{\"command\":\"ls\"}"
    3 input start execute call_c-3_3
    3 input "{\"command\":"
    2 input end
    2 call execute call_c-3_2 "{\"command\":\"ls\"}"
    3 input end
    3 call execute call_c-3_3 "{\"command\":"
    finish ToolCalls Some("c-3") {}
    "#);
}

#[test]
fn an_error_in_mid_stream_is_classified() {
    let (events, failure) = decode(&OPENAI, fixture!("error.sse"));
    assert_eq!(events.len(), 2);
    let failure = failure.unwrap();
    assert_eq!(
        (failure.kind, failure.retryable),
        (FailureKind::Generic, true)
    );
    assert_eq!(failure.provider, Some(ProviderKind::Openai));
}

#[test]
fn errors_of_proxies_carry_their_own_status() {
    let (_, failure) = decode(
        &COMPAT,
        "data: {\"error\":{\"code\":429,\"message\":\"slow\"}}\n\n",
    );
    let failure = failure.unwrap();
    assert_eq!(
        (failure.kind, failure.status_code),
        (FailureKind::RateLimit, Some(429))
    );
    let (_, failure) = decode(
        &COMPAT,
        "event: error\ndata: {\"message\":\"model not found\"}\n\n",
    );
    assert_eq!(failure.unwrap().kind, FailureKind::Config);
}

#[test]
fn a_whole_answer_yields_the_same_events() {
    let (events, failure) = decode_whole(&OPENAI, fixture!("whole.json"));
    assert_eq!(failure, None);
    insta::assert_snapshot!(render(&events), @r#"
    0 text start
    0 text "Now."
    0 text end
    1 input start execute call_w
    1 input "{\"command\":\"ls\"}"
    1 input end
    1 call execute call_w "{\"command\":\"ls\"}"
    finish ToolCalls Some("chatcmpl-B5") {"input_tokens":9,"output_tokens":21,"total_tokens":30}
    "#);
    let (_, failure) = decode_whole(&OPENAI, "{\"error\":{\"message\":\"Overloaded\"}}");
    assert_eq!(failure.unwrap().kind, FailureKind::Overloaded);
}

fn finish_of(reason: &str, delta: &str) -> FinishReason {
    let stream = format!(
        "data: {{\"choices\":[{{\"delta\":{delta},\"finish_reason\":{reason}}}]}}\n\ndata: [DONE]\n\n"
    );
    fold(&decode(&COMPAT, &stream).0).finish.reason
}

#[test]
fn finish_reasons_are_read_with_what_came_before_them() {
    let text = "{\"content\":\"x\"}";
    let call =
        "{\"tool_calls\":[{\"id\":\"a\",\"function\":{\"name\":\"x\",\"arguments\":\"{}\"}}]}";
    let rows = [
        ("\"stop\"", text, FinishReason::Stop),
        ("\"stop\"", call, FinishReason::ToolCalls),
        ("\"tool_calls\"", call, FinishReason::ToolCalls),
        ("\"length\"", call, FinishReason::Length),
        ("\"content_filter\"", text, FinishReason::ContentFilter),
        ("null", call, FinishReason::ToolCalls),
        ("null", text, FinishReason::Other),
        ("\"new\"", text, FinishReason::Other),
    ];
    for (reason, delta, expected) in rows {
        assert_eq!(finish_of(reason, delta), expected, "{reason} {delta}");
    }
}

#[test]
fn parallel_calls_that_share_an_index_are_told_apart_by_id() {
    let delta = |id: &str| {
        format!(
            "data: {{\"choices\":[{{\"index\":0,\"delta\":{{\"tool_calls\":[{{\"index\":0,\"id\":\"{id}\",\"function\":{{\"name\":\"x\",\"arguments\":\"{{}}\"}}}}]}}}}]}}\n\n"
        )
    };
    let stream = format!("{}{}data: [DONE]\n\n", delta("a"), delta("b"));
    let (events, _) = decode(&COMPAT, &stream);
    let mut ids = Vec::new();
    for event in &events {
        if let StreamEvent::ToolCall { call, .. } = event {
            ids.push(call.id.as_str());
        }
    }
    assert_eq!(ids, ["a", "b"]);
}
