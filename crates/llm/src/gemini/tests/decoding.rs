//! What a stream or a whole answer becomes.

use super::*;

#[test]
fn a_text_keeps_the_signature_that_comes_behind_it() {
    let (events, failure) = decode(&GenerateContent, fixture!("text.sse"));
    assert_eq!(failure, None);
    insta::assert_snapshot!(render(&events), @r#"
    0 text start
    0 text "Grüße"
    0 text ", 🦀!\n"
    0 text end {"text":"Grüße, 🦀!\n","thoughtSignature":"c2lnbmVkdGV4dA=="}
    finish Stop Some("Il0taoSYJ5Cez7") {"cache_read_tokens":2000,"input_tokens":12,"output_tokens":15,"reasoning_tokens":8,"total_tokens":2027}
    "#);
}

#[test]
fn thoughts_and_parallel_calls_are_decoded_and_go_back_unchanged() {
    let (events, failure) = decode(&GenerateContent, fixture!("thoughts_and_calls.sse"));
    assert_eq!(failure, None);
    insta::assert_snapshot!(render(&events));
    let mut request = request();
    request
        .messages
        .push(Message::new(Role::Assistant, fold(&events).parts));
    assert_eq!(
        encode(&GenerateContent, &request)["contents"][1]["parts"],
        json!([
            { "text": "Reading." },
            { "functionCall": { "name": "read_file", "args": { "path": "src/main.rs" } }, "thoughtSignature": "c2lnbmF0dXJl" },
            { "functionCall": { "name": "read_file", "args": { "path": "src/lib.rs" } } },
            { "functionCall": { "name": "process_list", "args": {}, "id": "fc-7" } },
        ])
    );
}

#[test]
fn arguments_that_are_no_object_are_kept_as_they_came() {
    let part =
        json!({ "functionCall": { "name": "x", "args": "{\"cut" }, "thoughtSignature": "c2ln" });
    let answer =
        json!({ "candidates": [{ "content": { "parts": [part] }, "finishReason": "STOP" }] });
    let (events, _) = decode_whole(&GenerateContent, &answer.to_string());
    let Part::ToolCall(call) = &fold(&events).parts[0] else {
        panic!("{events:?}")
    };
    assert_eq!(call.args, "{\"cut");
    assert!(call.parsed_args().is_err() && call.native.is_none());
}

#[test]
fn made_ids_are_unique_over_answers_even_without_an_id_of_the_answer() {
    let answer = r#"{"candidates":[{"content":{"parts":[{"functionCall":{"name":"x"}},{"functionCall":{"name":"x"}}]}}]}"#;
    let ids = |request: &Request| {
        let mut out = Vec::new();
        let mut decoder = GenerateContent.decoder(request);
        decoder.whole(answer.as_bytes(), &mut out).unwrap();
        let ids = out.into_iter().filter_map(|event| {
            if let StreamEvent::ToolCall { call, .. } = event {
                return Some(call.id);
            }
            None
        });
        ids.collect::<Vec<_>>()
    };
    let mut longer = request();
    assert_eq!(ids(&longer), ["call_1_0", "call_1_1"]);
    longer.messages.push(Message::new(Role::Tool, Vec::new()));
    assert_eq!(ids(&longer), ["call_2_0", "call_2_1"]);
}

#[test]
fn searches_become_pairs_and_sources_once_each() {
    let (events, failure) = decode(&GenerateContent, fixture!("search.sse"));
    assert_eq!(failure, None);
    insta::assert_snapshot!(render(&events));
    let response = fold(&events);
    let mut request = Request {
        tools: vec![tool("x")],
        options: options(&json!({ "web_search_enabled": true })),
        ..request()
    };
    request
        .messages
        .push(Message::new(Role::Assistant, response.parts));
    let parts = &encode(&GenerateContent, &request)["contents"][1]["parts"];
    assert_eq!(parts[0]["toolCall"]["id"], "st_1");
    assert_eq!(parts[1]["thoughtSignature"], "cmVzdWx0");
    assert_eq!(parts[2], json!({ "text": "It is out. Really." }));
    // Without the search on offer its parts would be refused.
    request.options = ProviderOptions::default();
    let parts = &encode(&GenerateContent, &request)["contents"][1]["parts"];
    assert_eq!(*parts, json!([{ "text": "It is out. Really." }]));
}

#[test]
fn a_blocked_prompt_is_a_matter_of_configuration() {
    let (events, failure) = decode(&GenerateContent, fixture!("blocked.sse"));
    let failure = failure.unwrap();
    assert_eq!(events, Vec::new());
    assert_eq!(
        (failure.kind, failure.retryable),
        (FailureKind::Config, false)
    );
    assert!(failure.detail.unwrap().contains("PROHIBITED_CONTENT"));
    assert_eq!(failure.usage.unwrap().input, Some(9));
}

#[test]
fn an_error_in_mid_stream_is_classified_with_what_was_billed() {
    let (events, failure) = decode(&GenerateContent, fixture!("overloaded.sse"));
    let failure = failure.unwrap();
    assert_eq!(events.len(), 2);
    assert_eq!(
        (failure.kind, failure.retryable, failure.status_code),
        (FailureKind::Overloaded, true, Some(503))
    );
    assert_eq!(failure.usage.unwrap().input, Some(7));
    assert_eq!(failure.cause, Cause::Plain);
}

#[test]
fn reasons_to_end_are_told_apart() {
    let (events, _) = decode(&GenerateContent, fixture!("filtered.sse"));
    assert_eq!(fold(&events).finish.reason, FinishReason::ContentFilter);
    for (reason, expected) in [
        ("STOP", FinishReason::Stop),
        ("MAX_TOKENS", FinishReason::Length),
        ("RECITATION", FinishReason::ContentFilter),
        ("MALFORMED_FUNCTION_CALL", FinishReason::Other),
        ("A_NEW_ONE", FinishReason::Other),
    ] {
        let answer = json!({ "candidates": [
            { "content": { "parts": [{ "text": "x" }] }, "finishReason": reason }
        ] });
        let (events, _) = decode_whole(&GenerateContent, &answer.to_string());
        assert_eq!(fold(&events).finish.reason, expected, "{reason}");
    }
}

#[test]
fn a_whole_answer_yields_the_same_events_also_as_a_list() {
    let (events, failure) = decode_whole(&GenerateContent, fixture!("whole.json"));
    assert_eq!(failure, None);
    insta::assert_snapshot!(render(&events));
    let list = format!("[{}]", fixture!("whole.json"));
    assert_eq!(decode_whole(&GenerateContent, &list), (events, None));
}

#[test]
fn broken_and_unknown_events_are_told_apart() {
    let (_, failure) = decode(&GenerateContent, "data: {\"candidates\": [{\"con\n\n");
    assert_eq!(
        failure.map(|failure| (failure.kind, failure.retryable)),
        Some((FailureKind::Timeout, true))
    );
    let news = "data: {\"tomorrow\":true}\n\n\
        data: {\"candidates\":[{\"content\":{\"parts\":[{\"hologram\":{}}]}}]}\n\n\
        data: {\"candidates\":[{\"index\":1,\"content\":{\"parts\":[{\"text\":\"other\"}]}}]}\n\n";
    assert_eq!(decode(&GenerateContent, news), (Vec::new(), None));
}
