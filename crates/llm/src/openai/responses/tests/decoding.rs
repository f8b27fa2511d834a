use super::*;
use crate::FailureKind;
use crate::model::{FinishReason, StreamEvent};
use crate::testing::{decode, decode_once, decode_whole, fold, render};

#[test]
fn text_and_usage_without_cached_tokens_are_decoded() {
    let (events, failure) = decode(&RESPONSES, fixture!("text.sse"));
    assert_eq!(failure, None);
    insta::assert_snapshot!(render(&events), @r#"
    0 text start
    0 text "Grüße"
    0 text ", 🦀!"
    0 text end {"content":[{"annotations":[],"logprobs":[],"text":"Grüße, 🦀!","type":"output_text"}],"id":"msg_1","role":"assistant","status":"completed","type":"message"}
    finish Stop Some("resp_1") {"cache_read_tokens":1024,"input_tokens":176,"output_tokens":9,"reasoning_tokens":4,"total_tokens":1209}
    "#);
}

#[test]
fn reasoning_and_parallel_calls_are_decoded() {
    let (events, failure) = decode(&RESPONSES, fixture!("reasoning_and_calls.sse"));
    assert_eq!(failure, None);
    insta::assert_snapshot!(render(&events), @r#"
    0 reasoning start
    0 reasoning "Let me "
    0 reasoning "look."
    0 reasoning "\n\n"
    0 reasoning "Then run."
    0 reasoning end {"encrypted_content":"gAAA-secret-","id":"rs_2","summary":[{"text":"Let me look.","type":"summary_text"},{"text":"Then run.","type":"summary_text"}],"type":"reasoning"}
    1 input start read_file call_2a
    1 input "{\"path\":"
    1 input "\"a.rs\"}"
    1 input end
    1 call read_file call_2a "{\"path\":\"a.rs\"}" {"arguments":"{\"path\":\"a.rs\"}","call_id":"call_2a","id":"fc_2a","name":"read_file","status":"completed","type":"function_call"}
    2 input start process_list call_2b
    2 input end
    2 call process_list call_2b "{}" {"arguments":"","call_id":"call_2b","id":"fc_2b","name":"process_list","status":"completed","type":"function_call"}
    finish ToolCalls Some("resp_2") {"cache_read_tokens":0,"input_tokens":80,"output_tokens":30,"reasoning_tokens":20,"total_tokens":110}
    "#);
}

#[test]
fn a_search_of_the_provider_and_its_sources_are_decoded() {
    let (events, failure) = decode(&RESPONSES, fixture!("web_search.sse"));
    assert_eq!(failure, None);
    insta::assert_snapshot!(render(&events), @r#"
    0 reasoning start
    0 reasoning end {"encrypted_content":"gAAA-empty","id":"rs_3","summary":[],"type":"reasoning"}
    1 input start web_search ws_3 (provider)
    1 input "{\"query\":\"rust 1.95\",\"type\":\"search\"}"
    1 input end
    1 call web_search ws_3 "{\"query\":\"rust 1.95\",\"type\":\"search\"}" {"action":{"query":"rust 1.95","type":"search"},"id":"ws_3","status":"completed","type":"web_search_call"}
    2 result web_search ws_3
    3 text start
    3 text "Out "
    3 text "now."
    4 source https://blog.example/a
    5 source https://blog.example/b
    3 text end {"content":[{"annotations":[{"end_index":4,"start_index":0,"title":"A","type":"url_citation","url":"https://blog.example/a"},{"end_index":8,"start_index":4,"title":"B","type":"url_citation","url":"https://blog.example/b"},{"end_index":8,"start_index":4,"title":"A","type":"url_citation","url":"https://blog.example/a"}],"logprobs":[],"text":"Out now.","type":"output_text"}],"id":"msg_3","role":"assistant","status":"completed","type":"message"}
    finish Stop Some("resp_3") {"cache_read_tokens":0,"input_tokens":300,"output_tokens":40,"reasoning_tokens":11,"total_tokens":340}
    "#);
    assert_eq!(fold(&events).finish.reason, FinishReason::Stop);
}

#[test]
fn a_whole_answer_folds_to_the_same_parts() {
    let (streamed, _) = decode_once(&RESPONSES, fixture!("web_search.sse"));
    let (whole, failure) = decode_whole(&RESPONSES, fixture!("whole.json"));
    assert_eq!(failure, None);
    assert_eq!(fold(&streamed).finish, fold(&whole).finish);
    let (mut streamed, mut whole) = (fold(&streamed).parts, fold(&whole).parts);
    // Sources come when they are cited or with the text that cites them.
    streamed.sort_by_key(|part| matches!(part, Part::Source(_)));
    whole.sort_by_key(|part| matches!(part, Part::Source(_)));
    assert_eq!(streamed, whole);
}

#[test]
fn a_refusal_is_text_beside_the_text_before_it() {
    let (events, failure) = decode(&RESPONSES, fixture!("refusal.sse"));
    assert_eq!(failure, None);
    let parts = fold(&events).parts;
    let [Part::Text(text), Part::Text(refusal)] = parts.as_slice() else {
        panic!("{parts:?}");
    };
    let said = (text.text.as_str(), refusal.text.as_str());
    assert_eq!(said, ("Well. ", "I can't help."));
}

fn ended(event: &str, status: &str, more: &Value) -> (Vec<StreamEvent>, Option<Failure>) {
    let item = json!({ "type": "message", "id": "m", "role": "assistant", "status": "completed",
        "content": [{ "type": "output_text", "text": "x", "annotations": [] }] });
    let done = json!({ "type": "response.output_item.done", "output_index": 0, "item": item });
    let mut response = json!({ "id": "resp_9", "status": status });
    for (field, value) in more.as_object().unwrap() {
        response[field] = value.clone();
    }
    let end = json!({ "type": event, "response": response });
    decode_once(&RESPONSES, &format!("data: {done}\n\ndata: {end}\n\n"))
}

#[test]
fn an_incomplete_answer_says_why() {
    let (events, failure) = decode(&RESPONSES, fixture!("incomplete.sse"));
    assert_eq!(failure, None);
    assert_eq!(fold(&events).finish.reason, FinishReason::Length);
    let rows = [
        ("max_output_tokens", FinishReason::Length),
        ("content_filter", FinishReason::ContentFilter),
        ("something new", FinishReason::Other),
    ];
    for (cause, reason) in rows {
        let more = json!({ "incomplete_details": { "reason": cause } });
        let (events, _) = ended("response.incomplete", "incomplete", &more);
        assert_eq!(fold(&events).finish.reason, reason, "{cause}");
    }
}

#[test]
fn failures_are_classified_and_billed() {
    let (events, failure) = decode(&RESPONSES, fixture!("failed.sse"));
    assert_eq!(events.len(), 2);
    let failure = failure.unwrap();
    assert_eq!(
        (failure.kind, failure.retryable),
        (FailureKind::Generic, true)
    );
    assert_eq!(failure.usage.unwrap().output, Some(1));
    let (_, failure) = decode(&RESPONSES, fixture!("error.sse"));
    let failure = failure.unwrap();
    assert_eq!(failure.kind, FailureKind::RateLimit);
    assert_eq!(failure.provider, Some(ProviderKind::Openai));
    for status in ["failed", "cancelled"] {
        let (_, failure) = ended("response.failed", status, &json!({}));
        assert!(failure.unwrap().retryable, "{status}");
    }
}

#[test]
fn errors_without_a_type_are_errors_still() {
    for data in [
        r#"{"error":{"code":429,"message":"slow down"}}"#,
        r#"{"type":"error","error":{"type":"too_many_requests","message":"slow down"}}"#,
    ] {
        let (_, failure) = decode(&RESPONSES, &format!("event: error\ndata: {data}\n\n"));
        assert_eq!(failure.unwrap().kind, FailureKind::RateLimit, "{data}");
    }
    let body = r#"{"error":{"message":"Overloaded"}}"#;
    let (_, failure) = decode_whole(&RESPONSES, body);
    assert_eq!(failure.unwrap().kind, FailureKind::Overloaded);
    let (_, failure) = decode(&RESPONSES, "data: {\"type\": 7}\n\n");
    assert_eq!(failure.unwrap().kind, FailureKind::Timeout);
}

#[test]
fn a_lost_response_breaks_the_chain_and_nothing_else() {
    let body = r#"{"error":{"message":"Previous response with id 'resp_1' not found.","type":"invalid_request_error","param":"previous_response_id","code":"previous_response_not_found"}}"#;
    let (_, failure) = decode_whole(&RESPONSES, body);
    assert_eq!(failure.unwrap().cause, crate::Cause::ChainBroken);
}

#[test]
fn an_item_that_is_never_closed_ends_with_the_answer() {
    let added = json!({ "type": "response.output_item.added", "output_index": 0,
        "item": { "type": "function_call", "id": "fc", "call_id": "c", "name": "x", "arguments": "" } });
    let delta = json!({ "type": "response.function_call_arguments.delta", "output_index": 0,
        "delta": "{\"a\":1}" });
    let end = json!({ "type": "response.completed", "response": { "status": "completed" } });
    let stream = format!("data: {added}\n\ndata: {delta}\n\ndata: {end}\n\n");
    let (events, failure) = decode(&RESPONSES, &stream);
    assert_eq!(failure, None);
    let answer = fold(&events);
    assert_eq!(answer.finish.reason, FinishReason::ToolCalls);
    let [Part::ToolCall(call)] = answer.parts.as_slice() else {
        panic!("{answer:?}");
    };
    assert_eq!((call.id.as_str(), call.args.as_str()), ("c", "{\"a\":1}"));
}

#[test]
fn unknown_items_and_events_are_passed_over() {
    let stream = "data: {\"type\":\"response.output_item.done\",\"output_index\":0,\"item\":{\"type\":\"new\"}}\n\n\
        data: {\"type\":\"response.new.delta\",\"delta\":1}\n\n\
        data: {\"type\":\"response.output_text.delta\",\"output_index\":5,\"delta\":\"lost\"}\n\n\
        data: [DONE]\n\n";
    assert_eq!(decode(&RESPONSES, stream), (Vec::new(), None));
}
