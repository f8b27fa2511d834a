use bytes::Bytes;

use super::*;
use crate::model::{Delivery, Params, ResponseSchema, ToolChoice};
use crate::openai::Effort;
use crate::part::{File, FileData, Reasoning, Text, ToolCall, ToolContent};
use crate::testing::{call, decode_once, fold, pretty, result, system, tool};

fn image() -> ToolContent {
    ToolContent::Media {
        media_type: "image/png".to_owned(),
        bytes: Bytes::from_static(b"\x89PNG"),
        text: Some("the screen".to_owned()),
    }
}

fn answered(stream: &str) -> Vec<Part> {
    fold(&decode_once(&RESPONSES, stream).0).parts
}

fn outputs() -> Message {
    let results = ["call_2a", "call_2b"]
        .map(|id| Part::ToolResult(result(id, vec![ToolContent::Text("ok".to_owned())])));
    Message::new(Role::Tool, results.to_vec())
}

fn kinds(items: &Value) -> Vec<&str> {
    let items = items.as_array().unwrap().iter();
    items.map(|item| item["type"].as_str().unwrap()).collect()
}

#[test]
fn the_smallest_request_is_stored_and_streamed() {
    let encoded = RESPONSES.encode(&request()).unwrap();
    assert_eq!(encoded.path, "/responses");
    assert_eq!(
        String::from_utf8(encoded.body).unwrap(),
        r#"{"include":["reasoning.encrypted_content"],"input":[{"type":"message","role":"user","content":[{"type":"input_text","text":"Hi"}]}],"model":"model-1","store":true,"stream":true}"#
    );
    let whole = Request {
        delivery: Delivery::Whole,
        ..request()
    };
    assert_eq!(encode(&RESPONSES, &whole).get("stream"), None);
}

#[test]
fn models_that_do_not_reason_are_not_asked_for_it() {
    let included = |model: &str| {
        let model = model.to_owned();
        encode(&RESPONSES, &Request { model, ..request() })["include"].clone()
    };
    for model in [
        "gpt-4o",
        "gpt-4.1-mini",
        "chatgpt-4o-latest",
        "gpt-5-chat-latest",
    ] {
        assert_eq!(included(model), Value::Null, "{model}");
    }
    for model in ["gpt-5", "o3", "codex-mini-latest", "my-deployment"] {
        assert_eq!(
            included(model),
            json!(["reasoning.encrypted_content"]),
            "{model}"
        );
    }
}

#[test]
fn a_turn_with_tools_is_encoded_as_recorded() {
    let mut failed = result("call_2", vec![ToolContent::Json(json!({ "exit": 1 }))]);
    failed.is_error = true;
    let lost = Reasoning {
        text: "lost".to_owned(),
        ..Reasoning::default()
    };
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
                    Part::Reasoning(lost),
                    Part::text("I will."),
                    call("call_1", "screenshot", "{\"z\": 1, \"a\": 2}"),
                    call("call_2", "execute", "{\"broken"),
                ],
            ),
            Message::new(
                Role::Tool,
                vec![Part::ToolResult(result("call_1", vec![image()]))],
            ),
            Message::new(Role::Tool, vec![Part::ToolResult(failed)]),
            Message::new(Role::Assistant, vec![Part::text("")]),
            says("Go on."),
        ],
        tools: vec![tool("execute"), tool("screenshot")],
        tool_choice: ToolChoice::Named("execute".to_owned()),
        params: Params {
            max_output_tokens: Some(4_000),
            temperature: Some(0.2),
            top_p: Some(0.9),
            presence_penalty: Some(0.5),
            reasoning_effort: Some(Effort::Xhigh),
            stop: vec!["END".to_owned()],
            ..Params::default()
        },
        options: options(&json!({ "parallel_tool_calls": false })),
        previous_response_id: Some("resp_0".to_owned()),
        response_schema: Some(ResponseSchema {
            name: "title".to_owned(),
            schema: json!({ "type": "object" }),
        }),
        ..request()
    };
    insta::assert_snapshot!(pretty(&RESPONSES, &request));
}

#[test]
fn options_stand_where_the_format_wants_them() {
    let fields = json!({
        "instructions": "Speak Latin.",
        "include": ["code_interpreter_call.outputs"],
        "reasoning_summary": "auto",
        "text_verbosity": "low",
        "store": false,
        "log_probs": true,
        "strict_json_schema": false,
        "web_search_enabled": true,
        "search_context_size": "high",
        "allowed_domains": ["a.example", "b.example"],
    });
    let body = encode(
        &RESPONSES,
        &Request {
            system: vec![system("Be brief.", false)],
            response_schema: Some(ResponseSchema {
                name: "t".to_owned(),
                schema: json!({}),
            }),
            options: options(&fields),
            tool_choice: ToolChoice::Required,
            ..request()
        },
    );
    assert_eq!(body["instructions"], "Be brief.\n\nSpeak Latin.");
    let include = [
        "code_interpreter_call.outputs",
        "reasoning.encrypted_content",
        "message.output_text.logprobs",
    ];
    assert_eq!(body["include"], json!(include));
    assert_eq!(body["reasoning"], json!({ "summary": "auto" }));
    assert_eq!(body["text"]["verbosity"], "low");
    assert_eq!(body["text"]["format"]["strict"], false);
    assert_eq!(
        (&body["store"], &body["tool_choice"]),
        (&json!(false), &json!("required"))
    );
    let search = json!({ "type": "web_search", "search_context_size": "high",
        "filters": { "allowed_domains": ["a.example", "b.example"] } });
    assert_eq!(body["tools"], json!([search]));
}

#[test]
fn an_answer_goes_back_with_its_reasoning_in_order() {
    let parts = answered(fixture!("reasoning_and_calls.sse"));
    let items = replayed(parts, outputs(), &json!({}));
    let reasoning = json!({ "id": "rs_2", "type": "reasoning", "encrypted_content": "gAAA-secret-",
        "summary": [{ "type": "summary_text", "text": "Let me look." },
                    { "type": "summary_text", "text": "Then run." }] });
    let call = |id: &str, name: &str, arguments: &str| {
        json!({ "id": format!("fc_{id}"), "type": "function_call", "status": "completed",
            "arguments": arguments, "call_id": format!("call_{id}"), "name": name })
    };
    let output = |id: &str| json!({ "type": "function_call_output", "call_id": format!("call_{id}"), "output": "ok" });
    let expected = json!([
        reasoning,
        call("2a", "read_file", "{\"path\":\"a.rs\"}"),
        call("2b", "process_list", "{}"),
        output("2a"),
        output("2b"),
    ]);
    assert_eq!(items, expected);
}

#[test]
fn another_model_is_sent_neither_reasoning_nor_the_ids_bound_to_it() {
    let parts = answered(fixture!("reasoning_and_calls.sse"));
    let mut request = request();
    request.model = "model-2".to_owned();
    request.messages.push(Message::new(Role::Assistant, parts));
    request.messages.push(outputs());
    let items = encode(&RESPONSES, &request)["input"].clone();
    assert_eq!(
        kinds(&items)[1..],
        [
            "function_call",
            "function_call",
            "function_call_output",
            "function_call_output"
        ]
    );
    assert_eq!(
        (items[1].get("id"), &items[1]["call_id"]),
        (None, &json!("call_2a"))
    );
}

#[test]
fn a_search_goes_back_whole_unless_the_provider_could_have_been_chained_to() {
    let parts = answered(fixture!("web_search.sse"));
    let unstored = replayed(parts.clone(), says("And?"), &json!({ "store": false }));
    assert_eq!(
        kinds(&unstored),
        ["reasoning", "web_search_call", "message", "message"]
    );
    assert_eq!(unstored[1]["action"]["query"], "rust 1.95");
    assert_eq!(unstored[2]["id"], "msg_3");
    assert_eq!(
        unstored[2]["content"][0]["annotations"]
            .as_array()
            .unwrap()
            .len(),
        3
    );
    let stored = replayed(parts.clone(), says("And?"), &json!({}));
    assert_eq!(kinds(&stored), ["message", "message"]);
    assert_eq!(
        (stored[0].get("id"), &stored[0]["content"][0]["text"]),
        (None, &json!("Out now."))
    );
    // In the middle of a turn nothing can be chained to, and everything is needed.
    let mut request = request();
    request.messages.push(Message::new(Role::Assistant, parts));
    request.messages.push(says("And?"));
    let called = answered(fixture!("reasoning_and_calls.sse"));
    request.messages.push(Message::new(Role::Assistant, called));
    request.messages.push(outputs());
    let items = encode(&RESPONSES, &request)["input"].clone();
    assert_eq!(
        kinds(&items)[1..4],
        ["reasoning", "web_search_call", "message"]
    );
}

#[test]
fn reasoning_that_led_to_nothing_stays_behind() {
    let thought = |encrypted: Value| {
        Part::Reasoning(Reasoning {
            text: "Hm.".to_owned(),
            native: native(
                MODEL,
                json!({ "type": "reasoning", "id": "rs_9", "summary": [],
                "content": [{ "type": "reasoning_text", "text": "Hm." }],
                "encrypted_content": encrypted }),
            ),
            ..Reasoning::default()
        })
    };
    let said = |id: &str| {
        Part::Text(Text {
            text: "So.".to_owned(),
            native: native(
                MODEL,
                json!({ "type": "message", "id": id, "role": "assistant",
                "content": [{ "type": "output_text", "text": "So.", "annotations": [] }] }),
            ),
        })
    };
    let kinds_of = |parts: Vec<Part>, fields: &Value| {
        let items = replayed(parts, says("?"), fields);
        kinds(&items).join(" ")
    };
    let stored = json!({});
    // Alone, or before a text that was cut off, it has nothing that it belongs to.
    assert_eq!(kinds_of(vec![thought(json!("e"))], &stored), "message");
    let cut = vec![thought(json!("e")), Part::text("So")];
    assert_eq!(kinds_of(cut, &stored), "message message");
    let whole = |encrypted| vec![thought(encrypted), said("msg_9")];
    assert_eq!(
        kinds_of(whole(json!("e")), &stored),
        "reasoning message message"
    );
    // A provider that keeps nothing needs the encrypted form.
    assert_eq!(
        kinds_of(whole(Value::Null), &stored),
        "reasoning message message"
    );
    assert_eq!(
        kinds_of(whole(Value::Null), &json!({ "store": false })),
        "message message"
    );
    let items = replayed(whole(json!("e")), says("?"), &stored);
    assert_eq!(
        items[0].get("content"),
        None,
        "the plain thought is not sent beside it"
    );
}

#[test]
fn texts_of_one_message_are_one_message_again() {
    let parts = answered(fixture!("refusal.sse"));
    let items = replayed(parts, says("?"), &json!({}));
    let refusal = json!({ "type": "refusal", "refusal": "I can't help." });
    assert_eq!(kinds(&items), ["message", "message"]);
    assert_eq!(items[0]["content"][1], refusal);
}

#[test]
fn the_view_decides_over_ids_and_arguments_of_a_call() {
    let renamed = Part::ToolCall(ToolCall {
        id: "new".to_owned(),
        name: "x".to_owned(),
        args: "{\"broken".to_owned(),
        native: native(
            MODEL,
            json!({ "type": "function_call", "id": "fc_1", "call_id": "old",
            "name": "x", "arguments": "{\"broken" }),
        ),
        ..ToolCall::default()
    });
    let items = replayed(vec![renamed], says("?"), &json!({}));
    assert_eq!(items[0]["call_id"], "new");
    let arguments: Value = serde_json::from_str(items[0]["arguments"].as_str().unwrap()).unwrap();
    assert_eq!(arguments, json!({ "INVALID_JSON": "{\"broken" }));
}

#[test]
fn files_are_media_where_the_format_can_carry_them() {
    let file = |media_type: &str, data: FileData| {
        Part::File(File {
            media_type: media_type.to_owned(),
            name: Some("f".to_owned()),
            data,
        })
    };
    let bytes = |media_type: &str, bytes: &'static [u8]| {
        file(media_type, FileData::Bytes(Bytes::from_static(bytes)))
    };
    let kept = |media_type: &str| file(media_type, FileData::ProviderId("file_1".to_owned()));
    let mut request = request();
    request.messages[0].parts = vec![
        bytes("image/png", b"p"),
        bytes("application/pdf", b"%"),
        bytes("text/plain", b"hello"),
        bytes("application/zip", b"PK"),
        kept("image/png"),
        kept("application/pdf"),
    ];
    let expected = json!([
        { "type": "input_image", "image_url": "data:image/png;base64,cA==", "detail": "auto" },
        { "type": "input_file", "file_data": "data:application/pdf;base64,JQ==", "filename": "f" },
        { "type": "input_text", "text": "f:\n\nhello" },
        { "type": "input_text", "text": "[file f of type application/zip: not readable for this model]" },
        { "type": "input_image", "file_id": "file_1", "detail": "auto" },
        { "type": "input_file", "file_id": "file_1" },
    ]);
    assert_eq!(
        encode(&RESPONSES, &request)["input"][0]["content"],
        expected
    );
}
