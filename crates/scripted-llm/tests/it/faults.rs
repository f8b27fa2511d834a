//! Every fault, as a client meets it.

use serde_json::{Value, json};

use crate::fixture::Fixture;

fn body() -> Value {
    json!({"model": "m", "max_tokens": 9, "stream": true,
           "messages": [{"role": "user", "content": "x"}]})
}

async fn faulty(fault: &str) -> Fixture {
    let rule = "pace = { words = true }\n[[on]]\nreply.text = 'one two three four'\n";
    Fixture::new(&format!("{rule}reply.fault = {{ {fault} }}\n")).await
}

/// The text of a stream, and whether it broke off.
async fn read(fixture: &Fixture) -> (String, bool) {
    let mut response = fixture.post("/v1/messages", &body()).await;
    let mut text = Vec::new();
    loop {
        match response.chunk().await {
            Ok(Some(bytes)) => text.extend_from_slice(&bytes),
            Ok(None) => return (String::from_utf8(text).unwrap(), false),
            Err(_) => return (String::from_utf8_lossy(&text).into_owned(), true),
        }
    }
}

#[tokio::test]
async fn counted_status_strikes_so_often_per_request() {
    let fixture = faulty("status = 429, retry_after = 2, times = 2").await;
    for expected in [429, 429, 200] {
        let response = fixture.post("/v1/messages", &body()).await;
        assert_eq!(response.status(), expected);
        if expected == 429 {
            assert_eq!(response.headers()["retry-after"], "2");
            let error: Value = response.json().await.unwrap();
            assert_eq!(error["error"]["type"], "rate_limit_error");
        }
    }
    assert_eq!(fixture.model.stats().faults, 2);
}

#[tokio::test]
async fn cut_drops_the_socket_after_so_many_events() {
    let (text, broken) = read(&faulty("cut = true, at = 2").await).await;
    assert!(broken);
    assert!(
        text.contains("\"two \"") && !text.contains("\"three \""),
        "{text}"
    );
}

#[tokio::test]
async fn early_end_has_no_terminal_event() {
    let (text, broken) = read(&faulty("end_early = true").await).await;
    assert!(!broken);
    assert!(
        text.contains("message_delta") && !text.contains("message_stop"),
        "{text}"
    );
}

#[tokio::test]
async fn stream_error_is_the_last_event() {
    let (text, broken) = read(&faulty("stream_error = 'overloaded_error', at = 1").await).await;
    assert!(!broken);
    assert!(
        text.contains("event: error\n") && !text.contains("\"two \""),
        "{text}"
    );
}

#[tokio::test]
async fn malformed_streams_differ_from_whole_ones() {
    let (whole, _) = read(&faulty("status = 500, rate = 0.0").await).await;
    for (fault, sign) in [
        ("malformed = 'json'", "{\"broken\": \n"),
        ("malformed = 'unknown_event'", "event: nobody_knows"),
        ("malformed = 'mixed_line_ends'", "\r\n"),
        ("oversize = 5000", "xxxxxxxxxx"),
    ] {
        let (text, broken) = read(&faulty(fault).await).await;
        assert!(!broken && text.contains(sign), "{fault}: {text}");
    }
    let (split, _) = read(&faulty("malformed = 'split_utf8'").await).await;
    assert_eq!(split, whole);
}

#[tokio::test]
async fn broken_calls_are_what_the_fault_says() {
    for (fault, sign) in [
        ("bad_args = true", "tru"),
        ("dup_ids = true", "toolu_same"),
        ("bad_ids = true", "a.b:c d/"),
    ] {
        let fixture = Fixture::new(&format!(
            "[[on]]\nreply.call = [{{ tool = 'x' }}]\nreply.parallel = 2\nreply.fault = {{ {fault} }}\n"
        ))
        .await;
        let (text, _) = read(&fixture).await;
        assert!(text.contains(sign), "{fault}: {text}");
    }
}

#[tokio::test]
async fn page_instead_of_an_api_answers_200() {
    let response = faulty("wrong_type = true").await;
    let response = response.post("/v1/messages", &body()).await;
    assert_eq!(response.status(), 200);
    assert!(response.text().await.unwrap().contains("<!doctype html>"));
}

#[tokio::test]
async fn status_brings_the_headers_of_its_provider() {
    let fixture = faulty("status = 529, headers = { 'retry-after-ms' = '1500' }").await;
    let response = fixture.post("/v1/messages", &body()).await;
    assert_eq!(response.status(), 529);
    assert_eq!(response.headers()["retry-after-ms"], "1500");
}

#[tokio::test]
async fn fault_behind_the_last_event_strikes_before_the_end() {
    let (text, broken) = read(&faulty("cut = true, at = 99").await).await;
    assert!(broken && !text.contains("message_stop"), "{text}");
}

#[tokio::test]
async fn share_of_requests_is_decided_by_the_request() {
    let fixture = faulty("status = 503, rate = 0.5").await;
    let mut struck = 0;
    for n in 0..40 {
        let mut body = body();
        body["messages"][0]["content"] = json!(format!("request {n}"));
        let first = fixture.post("/v1/messages", &body).await.status();
        let again = fixture.post("/v1/messages", &body).await.status();
        assert_eq!(first, again);
        struck += u32::from(first == 503);
    }
    assert!((8..=32).contains(&struck), "{struck}");
}

#[tokio::test]
async fn whole_answers_break_too() {
    for (fault, status, whole) in [
        ("cut = true", 200, None),
        ("end_early = true", 200, Some(false)),
        ("malformed = 'json'", 200, Some(false)),
        ("oversize = 4096", 200, Some(false)),
        ("stream_error = 'overloaded_error'", 500, Some(true)),
        ("slow_headers = true, ms = 1", 200, Some(true)),
    ] {
        let mut body = body();
        body["stream"] = json!(false);
        let fixture = faulty(fault).await;
        let response = fixture.post("/v1/messages", &body).await;
        assert_eq!(response.status(), status, "{fault}");
        let bytes = response.bytes().await.ok();
        let is_json = bytes.map(|bytes| serde_json::from_slice::<Value>(&bytes).is_ok());
        assert_eq!(is_json, whole, "{fault}");
    }
}
