use proptest::prelude::*;
use serde_json::json;

use super::*;

fn full_call() -> Part {
    Part::ToolCall(ToolCall {
        tool_call_id: "c1".into(),
        tool_name: "execute".into(),
        args: Some(json!({"command": "ls"})),
        effect_id: Some(EffectId::NIL),
        native: Some(Native {
            format: "anthropic".into(),
            json: "{\"b\":1,\"a\":2}".into(),
        }),
        provider_metadata: Some(json!({"id": 1})),
        ..ToolCall::default()
    })
}

#[test]
fn stored_form_is_tagged_by_type() {
    let text = encode(&[Part::text("hi"), full_call()]).unwrap();
    let document: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(document[0], json!({"type": "text", "text": "hi"}));
    assert_eq!(document[1]["type"], "tool-call");
    assert_eq!(document[1]["native"]["json"], "{\"b\":1,\"a\":2}");
    assert_eq!(decode(&text).unwrap(), vec![Part::text("hi"), full_call()]);
}

#[test]
fn client_sees_nothing_internal() {
    let text = serde_json::to_value(full_call().public()).unwrap();
    assert_eq!(
        text,
        json!({"type": "tool-call", "tool_call_id": "c1", "tool_name": "execute",
               "args": {"command": "ls"}})
    );
    let file = Part::ContextFile(ContextFile {
        context_file_path: "/w/AGENTS.md".into(),
        context_file_content: Some("secret words".into()),
        context_file_os: Some("linux".into()),
        context_file_directory: Some("/w".into()),
        ..ContextFile::default()
    });
    assert_eq!(
        serde_json::to_value(file.public()).unwrap(),
        json!({"type": "context-file", "context_file_path": "/w/AGENTS.md"})
    );
}

#[test]
fn bytes_of_an_upload_are_not_sent_but_inline_bytes_are() {
    let file = |file_id| {
        Part::File(File {
            media_type: "image/png".into(),
            file_id,
            data: Some("AAAA".into()),
            ..File::default()
        })
    };
    let Part::File(upload) = file(Some(FileId::NIL)).public() else {
        panic!("still a file");
    };
    assert_eq!(upload.data, None);
    assert_eq!(file(None).public(), file(None));
}

#[test]
fn required_fields_are_kept_when_empty() {
    assert_eq!(
        encode(&[Part::text("")]).unwrap(),
        r#"[{"type":"text","text":""}]"#
    );
}

#[test]
fn nul_is_stored_as_two_private_characters() {
    assert_eq!(
        encode(&[Part::text("a\0b\u{E000}c")]).unwrap(),
        "[{\"text\":\"a\u{E000}\u{E001}b\u{E000}\u{E000}c\",\"type\":\"text\"}]"
    );
}

#[test]
fn unknown_part_type_is_an_error_not_a_loss() {
    assert!(decode(r#"[{"type": "hologram"}]"#).is_err());
}

proptest! {
    #[test]
    fn any_text_and_key_survives_storage(key in "[\0\u{E000}\u{E001}ab]{0,6}", text in "[\0\u{E000}\u{E001}ab]{0,12}") {
        let parts = vec![
            Part::text(text.clone()),
            Part::ToolResult(ToolResult {
                result: Some(json!({key: [text]})),
                ..ToolResult::default()
            }),
        ];
        let text = encode(&parts).unwrap();
        prop_assert!(!text.contains("\\u0000"));
        prop_assert_eq!(decode(&text).unwrap(), parts);
    }
}

#[test]
fn calls_of_one_message_get_ids_of_their_own() {
    let call = |id: &str, provider_executed| {
        Part::ToolCall(ToolCall {
            tool_call_id: id.into(),
            provider_executed,
            ..ToolCall::default()
        })
    };
    let mut parts = [
        call("a", false),
        call("a", true),
        call("a", false),
        call("a_2", false),
    ];
    unique_call_ids(&mut parts);
    let ids: Vec<_> = parts
        .iter()
        .filter_map(Part::as_tool_call)
        .map(|call| call.tool_call_id.as_str())
        .collect();
    assert_eq!(ids, ["a", "a", "a_2", "a_2_2"]);
}
