use bytes::Bytes;
use serde_json::{Value, json};

use super::*;
use crate::model::{
    FinishReason, Message, Params, ResponseSchema, Role, StreamEvent, ToolChoice, ToolDefinition,
};
use crate::options::ProviderOptions;
use crate::part::{File, FileData, Format, Native, Part, Reasoning, ToolCall, ToolContent};
use crate::testing::{
    MODEL, call, decode, decode_whole, encode, fold, pretty, render, request, result, system,
    text_part, tool,
};
use crate::{Cause, FailureKind};

macro_rules! fixture {
    ($name:literal) => {
        include_str!(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/tests/fixtures/gemini/",
            $name
        ))
    };
}

mod decoding;
mod schemas;

/// A model that asks for signatures.
const NEW_MODEL: &str = "gemini-3-pro";

fn native(json: Value) -> Option<Native> {
    Some(Native {
        provider_format: Format::Gemini,
        model: MODEL.to_owned(),
        json,
    })
}

fn native_call(id: &str, part: Value) -> Part {
    Part::ToolCall(ToolCall {
        id: id.to_owned(),
        name: "execute".to_owned(),
        args: "{}".to_owned(),
        native: native(part),
        ..ToolCall::default()
    })
}

fn options(document: &Value) -> ProviderOptions {
    ProviderOptions::of(ProviderKind::Google, &json!({ "google": document }))
}

fn tool_with_args() -> ToolDefinition {
    let mut definition = tool("read_file");
    definition.input_schema = json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "type": "object",
        "properties": { "path": { "type": "string" } },
        "required": ["path"],
        "additionalProperties": false,
    });
    definition
}

fn answered(parts: Vec<Part>, results: Vec<Part>) -> Request {
    let mut request = request();
    request.messages.push(Message::new(Role::Assistant, parts));
    for part in results {
        request.messages.push(Message::new(Role::Tool, vec![part]));
    }
    request
}

#[test]
fn the_smallest_request_names_the_model_in_its_path() {
    let encoded = GenerateContent.encode(&request()).unwrap();
    assert_eq!(encoded.path, "/v1beta/models/model-1:streamGenerateContent");
    assert_eq!(encoded.query, Some("alt=sse"));
    assert_eq!(encoded.headers["content-type"], "application/json");
    assert_eq!(
        String::from_utf8(encoded.body).unwrap(),
        r#"{"contents":[{"parts":[{"text":"Hi"}],"role":"user"}]}"#
    );
}

#[test]
fn a_whole_answer_has_its_own_method_and_a_tuned_model_its_own_collection() {
    let mut request = Request {
        delivery: Delivery::Whole,
        model: "tunedModels/mine".to_owned(),
        ..request()
    };
    let encoded = GenerateContent.encode(&request).unwrap();
    assert_eq!(encoded.path, "/v1beta/tunedModels/mine:generateContent");
    assert_eq!(encoded.query, None);
    request.model = "models/gemini-3-pro".to_owned();
    let encoded = GenerateContent.encode(&request).unwrap();
    assert_eq!(encoded.path, "/v1beta/models/gemini-3-pro:generateContent");
}

#[test]
fn a_turn_with_tools_is_encoded_as_recorded() {
    let shown = ToolContent::Media {
        media_type: "image/png".to_owned(),
        bytes: Bytes::from_static(b"\x89PNG"),
        text: Some("the screen".to_owned()),
    };
    let mut error = result("call_2", vec![ToolContent::Text("exit 1".to_owned())]);
    error.is_error = true;
    let mut picture = result("call_1", vec![shown]);
    picture.name = "screenshot".to_owned();
    let counted = result("call_3", vec![ToolContent::Json(json!({ "files": 3 }))]);
    let request = Request {
        system: vec![system("Be brief.", true), system("", false)],
        messages: vec![
            Message::new(Role::User, vec![Part::text("Look.")]),
            Message::new(
                Role::Assistant,
                vec![
                    Part::text("Looking."),
                    call("call_1", "screenshot", ""),
                    call("call_2", "execute", "{\"command\": \"ls\"}"),
                    call("call_3", "count", "[1"),
                ],
            ),
            // In the order in which they came, not in that of the calls.
            Message::new(Role::Tool, vec![Part::ToolResult(counted)]),
            Message::new(Role::Tool, vec![Part::ToolResult(error)]),
            Message::new(Role::Tool, vec![Part::ToolResult(picture)]),
            Message::new(Role::User, vec![Part::text("Go on."), Part::text("")]),
            Message::new(Role::User, vec![Part::text("Quickly.")]),
        ],
        tools: vec![tool("execute"), tool_with_args()],
        tool_choice: ToolChoice::Named("execute".to_owned()),
        params: Params {
            max_output_tokens: Some(4_000),
            temperature: Some(0.2),
            top_p: Some(0.5),
            top_k: Some(40),
            presence_penalty: Some(0.1),
            frequency_penalty: Some(0.3),
            stop: vec!["END".to_owned()],
            ..Params::default()
        },
        ..request()
    };
    insta::assert_snapshot!(pretty(&GenerateContent, &request));
}

#[test]
fn a_signed_part_goes_back_whole_to_its_own_model_and_bare_to_another() {
    let signed = json!({ "functionCall": { "name": "execute", "args": {}, "id": "fc-1" }, "thoughtSignature": "c2ln" });
    let text = json!({ "text": "Hm.", "thoughtSignature": "dGV4dA==" });
    let thought = json!({ "text": "Deep.", "thought": true, "thoughtSignature": "dGg=" });
    let thinking = |native| {
        Part::Reasoning(Reasoning {
            text: "Deep.".to_owned(),
            // As it comes back from the database: the signature is in the block alone.
            signature: None,
            native,
            ..Reasoning::default()
        })
    };
    let unsigned = Part::Reasoning(Reasoning {
        text: "Shallow.".to_owned(),
        ..Reasoning::default()
    });
    let foreign = Native {
        provider_format: Format::AnthropicMessages,
        model: MODEL.to_owned(),
        json: json!({ "weird": true }),
    };
    let mut request = answered(
        vec![
            thinking(native(thought.clone())),
            unsigned,
            text_part("Hm.", native(text.clone())),
            text_part("Foreign.", Some(foreign)),
            native_call("renamed", signed.clone()),
        ],
        vec![Part::ToolResult(result("renamed", Vec::new()))],
    );
    let body = encode(&GenerateContent, &request);
    let mut renamed = signed;
    renamed["functionCall"]["id"] = json!("renamed");
    assert_eq!(
        body["contents"][1]["parts"],
        json!([thought, text, { "text": "Foreign." }, renamed])
    );
    let answer = &body["contents"][2]["parts"][0]["functionResponse"];
    assert_eq!(answer["id"], "renamed");
    request.model = "model-2".to_owned();
    assert_eq!(
        encode(&GenerateContent, &request)["contents"][1]["parts"],
        json!([
            { "text": "Hm." },
            { "text": "Foreign." },
            { "functionCall": { "name": "execute", "args": {}, "id": "renamed" } },
        ])
    );
}

#[test]
fn a_made_id_never_reaches_the_provider() {
    let part =
        json!({ "functionCall": { "name": "execute", "args": {} }, "thoughtSignature": "x" });
    let request = answered(
        vec![native_call("call_resp1_0", part.clone())],
        vec![Part::ToolResult(result("call_resp1_0", Vec::new()))],
    );
    let contents = &encode(&GenerateContent, &request)["contents"];
    assert_eq!(contents[1]["parts"], json!([part]));
    assert_eq!(
        contents[2]["parts"],
        json!([{ "functionResponse": { "name": "tool", "response": { "output": "" } } }])
    );
}

#[test]
fn foreign_calls_of_the_turn_that_goes_on_are_marked_for_models_that_ask_for_signatures() {
    let step = |id: &str| {
        let calls = vec![call(id, "execute", ""), call("b", "execute", "")];
        Message::new(Role::Assistant, calls)
    };
    let results = |id: &str| {
        let both = [id, "b"].map(|id| Part::ToolResult(result(id, Vec::new())));
        Message::new(Role::Tool, both.to_vec())
    };
    let ask = || Message::new(Role::User, vec![Part::text("Go.")]);
    let request = Request {
        model: NEW_MODEL.to_owned(),
        messages: vec![
            ask(),
            step("1"),
            results("1"),
            ask(),
            step("2"),
            results("2"),
        ],
        ..request()
    };
    let body = encode(&GenerateContent, &request);
    let signature = |content: usize, part: usize| {
        body["contents"][content]["parts"][part].get("thoughtSignature")
    };
    assert_eq!(signature(1, 0), None, "a past turn");
    assert_eq!(
        signature(4, 0),
        Some(&json!("skip_thought_signature_validator"))
    );
    assert_eq!(signature(4, 1), None, "one signature stands for all calls");
    let old = Request {
        model: "gemini-2.5-pro".to_owned(),
        ..request
    };
    let body = encode(&GenerateContent, &old).to_string();
    assert!(!body.contains("thoughtSignature"), "{body}");
}

#[test]
fn files_are_inline_or_named() {
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
        data: FileData::ProviderId("https://host/v1beta/files/1".to_owned()),
    });
    let mut request = request();
    request.messages[0].parts = vec![
        file("image/jpeg", b"jpg"),
        file("application/pdf", b"%PDF"),
        file("text/csv", b"a,b"),
        file("audio/mp3", b"mp3"),
        file("image/gif", b"gif"),
        file("image/png", b""),
        uploaded,
    ];
    assert_eq!(
        encode(&GenerateContent, &request)["contents"][0]["parts"],
        json!([
            { "inlineData": { "mimeType": "image/jpeg", "data": "anBn" } },
            { "inlineData": { "mimeType": "application/pdf", "data": "JVBERg==" } },
            { "inlineData": { "mimeType": "text/plain", "data": "YSxi" } },
            { "inlineData": { "mimeType": "audio/mp3", "data": "bXAz" } },
            { "text": "[file name of type image/gif: not readable for this model]" },
            { "text": "[file name of type image/png: not readable for this model]" },
            { "fileData": { "mimeType": "application/pdf", "fileUri": "https://host/v1beta/files/1" } },
        ])
    );
}

#[test]
fn choices_and_structured_answers_have_their_fields() {
    let mut request = Request {
        tools: vec![tool("x")],
        tool_choice: ToolChoice::Required,
        response_schema: Some(ResponseSchema {
            name: "title".to_owned(),
            schema: json!({
                "type": "object",
                "properties": { "title": { "type": "string" } },
                "additionalProperties": false,
            }),
        }),
        ..request()
    };
    let body = encode(&GenerateContent, &request);
    let mode = |mode: &str| json!({ "functionCallingConfig": { "mode": mode } });
    assert_eq!(body["toolConfig"], mode("ANY"));
    assert_eq!(
        body["generationConfig"],
        json!({
            "responseMimeType": "application/json",
            "responseSchema": { "type": "OBJECT", "properties": { "title": { "type": "STRING" } } },
        })
    );
    request.tool_choice = ToolChoice::None;
    assert_eq!(
        encode(&GenerateContent, &request)["toolConfig"],
        mode("NONE")
    );
    request.tools.clear();
    assert_eq!(encode(&GenerateContent, &request).get("toolConfig"), None);
}

#[test]
fn options_stand_where_the_provider_wants_them() {
    let mut request = Request {
        system: vec![system("Be brief.", false)],
        tools: vec![tool("x")],
        options: options(&json!({
            "thinking_config": { "thinking_budget": 512, "include_thoughts": true },
            "safety_settings": [
                { "category": "HARM_CATEGORY_HARASSMENT", "threshold": "BLOCK_NONE" },
            ],
            "threshold": "BLOCK_ONLY_HIGH",
        })),
        ..request()
    };
    let body = encode(&GenerateContent, &request);
    assert_eq!(
        body["generationConfig"]["thinkingConfig"],
        json!({ "thinkingBudget": 512, "includeThoughts": true })
    );
    let settings = body["safetySettings"].as_array().unwrap();
    assert_eq!(settings.len(), 5);
    assert_eq!(settings[0]["threshold"], "BLOCK_NONE");
    assert_eq!(
        settings[1],
        json!({ "category": "HARM_CATEGORY_HATE_SPEECH", "threshold": "BLOCK_ONLY_HIGH" })
    );
    request.options = options(&json!({ "cached_content": "cachedContents/abc" }));
    let body = encode(&GenerateContent, &request);
    assert_eq!(body["cachedContent"], "cachedContents/abc");
    for field in ["systemInstruction", "tools", "toolConfig"] {
        assert_eq!(body.get(field), None, "{field} is in the cache");
    }
}

#[test]
fn search_is_offered_alone_or_beside_functions_where_the_model_can() {
    let asked = |model: &str, tools: Vec<ToolDefinition>| {
        let request = Request {
            model: model.to_owned(),
            tools,
            options: options(&json!({ "web_search_enabled": true })),
            ..request()
        };
        encode(&GenerateContent, &request)
    };
    let search = json!({ "googleSearch": {} });
    let alone = asked("gemini-2.5-pro", Vec::new());
    assert_eq!(alone["tools"], json!([search]));
    assert_eq!(alone.get("toolConfig"), None);
    let old = asked("gemini-2.5-pro", vec![tool("x")]);
    assert_eq!(old["tools"].as_array().unwrap().len(), 1);
    assert_eq!(old["tools"][0].get("googleSearch"), None);
    for model in [NEW_MODEL, "gemini-flash-latest"] {
        let both = asked(model, vec![tool("x")]);
        assert_eq!(both["tools"][1], search);
        assert_eq!(
            both["toolConfig"],
            json!({ "includeServerSideToolInvocations": true })
        );
    }
}
