//! What a stream or a whole answer becomes.

use super::*;

#[test]
fn text_with_cached_tokens_is_decoded() {
    let (events, failure) = decode(&Messages, fixture!("text.sse"));
    assert_eq!(failure, None);
    insta::assert_snapshot!(render(&events), @r#"
    0 text start
    0 text "Grüße"
    0 text ", 🦀!\n"
    0 text end
    finish Stop Some("msg_01Xa") {"cache_creation_tokens":300,"cache_read_tokens":2000,"input_tokens":12,"output_tokens":15,"total_tokens":2327}
    "#);
}

#[test]
fn thinking_and_parallel_calls_are_decoded_and_go_back_unchanged() {
    let (events, failure) = decode(&Messages, fixture!("thinking_and_calls.sse"));
    assert_eq!(failure, None);
    insta::assert_snapshot!(render(&events));
    let mut request = request();
    request
        .messages
        .push(Message::new(Role::Assistant, fold(&events).parts));
    assert_eq!(
        encode(&Messages, &request)["messages"][1]["content"],
        json!([
            { "type": "thinking", "thinking": "First look, then edit.", "signature": "c2lnbmF0dXJl" },
            { "type": "redacted_thinking", "data": "ZW5jcnlwdGVk" },
            { "type": "text", "text": "Reading." },
            { "type": "tool_use", "id": "toolu_01A", "name": "read_file", "input": { "path": "src/main.rs" } },
            { "type": "tool_use", "id": "toolu_01B", "name": "process_list", "input": {} },
        ])
    );
}

#[test]
fn cut_arguments_are_kept_as_they_came() {
    let (events, _) = decode(&Messages, fixture!("cut_arguments.sse"));
    let response = fold(&events);
    assert_eq!(response.finish.reason, FinishReason::Length);
    let Part::ToolCall(call) = &response.parts[0] else {
        panic!("{response:?}")
    };
    assert_eq!(call.args, "{\"path\": \"a.txt\", \"content\": \"on");
    assert!(call.parsed_args().is_err() && call.native.is_none());
}

#[test]
fn provider_run_tools_and_citations_go_back_as_they_came() {
    let (events, failure) = decode(&Messages, fixture!("server_tool.sse"));
    assert_eq!(failure, None);
    insta::assert_snapshot!(render(&events));
    let response = fold(&events);
    assert_eq!(response.finish.reason, FinishReason::Pause);
    let mut request = request();
    request
        .messages
        .push(Message::new(Role::Assistant, response.parts));
    let content = &encode(&Messages, &request)["messages"][1]["content"];
    assert_eq!(content[0]["input"]["query"], "rust 1.95");
    assert_eq!(content[1]["content"][0]["encrypted_content"], "b3BhcXVl");
    assert_eq!(content[2]["citations"][0]["encrypted_index"], "aW5kZXg");
}

#[test]
fn an_error_in_mid_stream_is_classified_with_what_was_billed() {
    let (events, failure) = decode(&Messages, fixture!("overloaded.sse"));
    let failure = failure.unwrap();
    assert_eq!(events.len(), 2);
    assert_eq!(
        (failure.kind, failure.retryable),
        (FailureKind::Overloaded, true)
    );
    assert_eq!(failure.usage.unwrap().input, Some(7));
    assert_eq!(failure.cause, Cause::Plain);
}

#[test]
fn a_whole_answer_yields_the_same_events() {
    let (events, failure) = decode_whole(&Messages, fixture!("whole.json"));
    assert_eq!(failure, None);
    insta::assert_snapshot!(render(&events), @r#"
    0 reasoning start
    0 reasoning "Short."
    0 reasoning end {"signature":"c2ln","thinking":"Short.","type":"thinking"}
    1 text start
    1 text "Now."
    1 text end
    2 input start execute toolu_01W
    2 input "{\"command\":\"ls\"}"
    2 input end
    2 call execute toolu_01W "{\"command\":\"ls\"}"
    finish ToolCalls Some("msg_01Wh") {"cache_creation_tokens":0,"cache_read_tokens":0,"input_tokens":9,"output_tokens":21,"total_tokens":30}
    "#);
}

#[test]
fn broken_and_unknown_events_are_told_apart() {
    let (_, failure) = decode(
        &Messages,
        "event: message_start\ndata: {\"type\": \"mess\n\n",
    );
    assert_eq!(
        failure.map(|failure| (failure.kind, failure.retryable)),
        Some((FailureKind::Timeout, true))
    );
    let news = "data: {\"type\":\"tomorrow\"}\n\n\
        data: {\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"hologram\"}}\n\n\
        data: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"hologram_delta\"}}\n\n\
        data: {\"type\":\"content_block_stop\",\"index\":0}\n\n";
    assert_eq!(decode(&Messages, news), (Vec::new(), None));
}
