use super::*;

#[track_caller]
fn check_round_trip(part: Part) {
    let stored = to_stored(part.clone());
    let json = content::encode(std::slice::from_ref(&stored)).unwrap();
    let read = content::decode(&json).unwrap();
    assert_eq!(to_model(&read[0]), Some(part));
}

fn native() -> Option<Native> {
    Some(Native {
        provider_format: Format::AnthropicMessages,
        model: "claude-x".to_owned(),
        json: json!({"type": "thinking", "signature": "abc"}),
    })
}

#[test]
fn native_block_and_its_model_survive_storage() {
    check_round_trip(Part::Reasoning(muster_llm::Reasoning {
        text: "hm".to_owned(),
        native: native(),
        ..muster_llm::Reasoning::default()
    }));
    check_round_trip(Part::Text(muster_llm::Text {
        text: "hello".to_owned(),
        native: native(),
    }));
}

#[test]
fn call_keeps_its_arguments() {
    check_round_trip(Part::ToolCall(muster_llm::ToolCall {
        id: "1".to_owned(),
        name: "execute".to_owned(),
        args: r#"{"command":"ls"}"#.to_owned(),
        ..muster_llm::ToolCall::default()
    }));
}

#[test]
fn broken_arguments_are_kept_as_written() {
    check_round_trip(Part::ToolCall(muster_llm::ToolCall {
        id: "1".to_owned(),
        name: "execute".to_owned(),
        args: r#"{"command":"l"#.to_owned(),
        ..muster_llm::ToolCall::default()
    }));
}

#[test]
fn picture_stays_a_picture() {
    check_round_trip(Part::ToolResult(muster_llm::ToolResult {
        call_id: "1".to_owned(),
        name: "read_file".to_owned(),
        content: vec![ToolContent::Media {
            media_type: "image/png".to_owned(),
            bytes: vec![1, 2, 3].into(),
            text: None,
        }],
        ..muster_llm::ToolResult::default()
    }));
}

#[test]
fn picture_among_other_pieces_stays_a_picture() {
    check_round_trip(Part::ToolResult(muster_llm::ToolResult {
        call_id: "1".to_owned(),
        name: "mcp__shop__look".to_owned(),
        content: vec![
            ToolContent::Text("two views".to_owned()),
            ToolContent::Media {
                media_type: "image/png".to_owned(),
                bytes: vec![1, 2, 3].into(),
                text: Some("the left one".to_owned()),
            },
            ToolContent::Json(json!({"right": null})),
        ],
        ..muster_llm::ToolResult::default()
    }));
}

#[test]
fn pause_is_remembered_beside_the_last_part() {
    let call = muster_llm::ToolCall {
        id: "s1".to_owned(),
        provider_executed: true,
        native: native(),
        ..muster_llm::ToolCall::default()
    };
    let mut parts = [Stored::text("hm"), to_stored(Part::ToolCall(call.clone()))];
    assert!(!is_paused(&parts[1]));
    mark_paused(&mut parts);
    let read = content::decode(&content::encode(&parts).unwrap()).unwrap();
    assert_eq!((is_paused(&read[0]), is_paused(&read[1])), (false, true));
    let Some(Part::ToolCall(back)) = to_model(&read[1]) else {
        panic!("{read:?}");
    };
    assert_eq!(back.native, call.native);
}

#[test]
fn sources_and_files_without_bytes_reach_no_model() {
    let source = Stored::Source(content::Source::default());
    let file = Stored::File(content::File::default());
    assert_eq!((to_model(&source), to_model(&file)), (None, None));
}

#[test]
fn file_reference_becomes_a_line_and_a_block() {
    let part = Stored::FileReference(content::FileReference {
        file_name: "a.rs".to_owned(),
        start_line: 3,
        end_line: 4,
        content: "fn a() {}".to_owned(),
    });
    let expected = "[file-reference] a.rs:3-4\n```\nfn a() {}\n```";
    assert_eq!(to_model(&part), Some(Part::text(expected)));
}

#[test]
fn context_file_that_was_stored_too_long_is_read_within_its_limit() {
    let file = |content: String| {
        let part = Stored::ContextFile(content::ContextFile {
            context_file_path: "/w/AGENTS.md".to_owned(),
            context_file_content: Some(content),
            ..content::ContextFile::default()
        });
        let Some(Part::Text(text)) = to_model(&part) else {
            panic!("no text");
        };
        text.text
    };
    let fits = "x".repeat(CONTEXT_FILE_BYTES_MAX);
    let whole = file(format!("{fits}\u{200B}"));
    assert!(!whole.contains("(truncated)") && whole.contains(&fits));
    let cut = file(format!("{fits}y"));
    assert!(cut.contains("/w/AGENTS.md (truncated)\n") && !cut.contains('y'));
}

#[test]
fn pasted_text_is_read_as_words_and_other_files_stay_files() {
    let file = |name: &str| {
        to_model(&Stored::File(content::File {
            media_type: "text/plain".to_owned(),
            data: Some(BASE64.encode("hello")),
            name: Some(name.to_owned()),
            ..content::File::default()
        }))
    };
    let pasted = "pasted-text-2026-01-31-23-59-00.txt";
    let expect = Part::text(format!("[pasted-text] {pasted}\nhello"));
    assert_eq!(file(pasted), Some(expect));
    assert!(matches!(file("notes.txt"), Some(Part::File(_))));
}
