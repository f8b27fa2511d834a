//! Everything that a provider can do wrong, seen from above the socket.

use std::fmt::Write;
use std::time::Duration;

use muster_base::Clock;
use muster_base::limits::{MODEL_ANSWER_BYTES_MAX, SSE_EVENT_BYTES_MAX};
use muster_llm::FailureKind::{Auth, Config, Generic, Overloaded, RateLimit, Timeout, UsageLimit};
use muster_llm::{Failure, FailureKind, Part, ProviderKind};

use crate::server::{Act, Server, answer, ask, collect, config, in_time, request, stream};

const KINDS: [ProviderKind; 3] = [
    ProviderKind::Anthropic,
    ProviderKind::Openai,
    ProviderKind::OpenaiCompat,
];

/// The first half of an answer: one text that has begun.
fn half(kind: ProviderKind) -> &'static str {
    let (whole, end) = if kind == ProviderKind::Anthropic {
        (
            include_str!("../fixtures/anthropic/text.sse"),
            "event: content_block_stop",
        )
    } else {
        (include_str!("../fixtures/openai/text.sse"), "data: [DONE]")
    };
    whole.split(end).next().unwrap()
}

async fn fails(kind: ProviderKind, script: Vec<Act>) -> (Vec<Part>, Failure) {
    let (parts, ended) = ask(kind, script).await;
    let failure = ended.expect_err("the script is a fault");
    assert_eq!(failure.provider, Some(kind));
    (parts, failure)
}

/// The same error in the shape of each provider.
fn error_body(kind: ProviderKind, code: &str, message: &str) -> String {
    let error = if kind == ProviderKind::Anthropic {
        serde_json::json!({ "type": "error", "error": { "type": code, "message": message } })
    } else {
        serde_json::json!({ "error": { "message": message, "type": code, "param": null, "code": code } })
    };
    error.to_string()
}

/// Status line, code and message of an answer, and what it must become.
const STATUSES: [(&str, &str, &str, FailureKind, bool); 14] = [
    (
        "401 Unauthorized",
        "authentication_error",
        "invalid x-api-key",
        Auth,
        false,
    ),
    (
        "403 Forbidden",
        "permission_error",
        "not for you",
        Auth,
        false,
    ),
    ("403 Forbidden", "", "unsupported region", Config, false),
    (
        "404 Not Found",
        "not_found_error",
        "model: model-1",
        Config,
        false,
    ),
    (
        "400 Bad Request",
        "invalid_request_error",
        "prompt is too long",
        Config,
        false,
    ),
    ("408 Request Timeout", "", "", Timeout, true),
    (
        "429 Too Many Requests",
        "rate_limit_error",
        "slow down",
        RateLimit,
        true,
    ),
    (
        "429 Too Many Requests",
        "insufficient_quota",
        "no more",
        UsageLimit,
        false,
    ),
    (
        "500 Oops",
        "api_error",
        "Internal server error",
        Generic,
        true,
    ),
    ("502 Bad Gateway", "", "", Timeout, true),
    ("503 Unavailable", "", "", Timeout, true),
    ("504 Late", "", "", Timeout, true),
    (
        "529 Overloaded",
        "overloaded_error",
        "Overloaded",
        Overloaded,
        true,
    ),
    ("302 Found", "", "", Generic, false),
];

#[tokio::test]
async fn error_statuses_are_classified_with_the_provider_s_words_as_detail() {
    for kind in KINDS {
        for (status, code, message, expected, retryable) in STATUSES {
            let body = error_body(kind, code, message);
            let headers = "content-type: application/json\r\nlocation: /elsewhere\r\n";
            let (parts, failure) = fails(kind, vec![answer(status, headers, &body)]).await;
            assert!(parts.is_empty());
            assert_eq!(
                (failure.kind, failure.retryable),
                (expected, retryable),
                "{kind} {status}"
            );
            assert_eq!(
                failure.status_code.map(|code| code.to_string()).as_deref(),
                status.get(..3)
            );
            assert_eq!(
                failure.detail.as_deref().unwrap_or_default(),
                message,
                "{kind} {status}"
            );
            assert!(
                !failure.terminal().contains("down"),
                "{}",
                failure.terminal()
            );
        }
    }
}

#[tokio::test]
async fn a_quoted_key_is_taken_out_of_the_detail() {
    let script = vec![answer("401 No", "", "no such key: 'key-for-tests'")];
    let (_, failure) = fails(ProviderKind::OpenaiCompat, script).await;
    assert_eq!(failure.detail.as_deref(), Some("no such key: '[redacted]'"));
}

#[tokio::test]
async fn error_pages_and_giant_error_bodies_are_bounded() {
    let page = vec![answer(
        "503 Down",
        "content-type: text/html\r\n",
        "<html>secret</html>",
    )];
    assert_eq!(fails(ProviderKind::Openai, page).await.1.detail, None);
    let giant = vec![answer("500 Down", "", &"x ".repeat(1024 * 1024))];
    let (_, failure) = fails(ProviderKind::Openai, giant).await;
    assert!(failure.detail.unwrap().len() <= 1024);
}

#[tokio::test]
async fn retry_after_reaches_the_failure() {
    let script = vec![answer("429 Slow", "retry-after: 7\r\n", "")];
    let (_, failure) = fails(ProviderKind::Anthropic, script).await;
    assert_eq!(failure.retry_after, Some(Duration::from_secs(7)));
}

#[tokio::test]
async fn a_cut_or_an_early_end_is_a_retryable_timeout_that_keeps_no_secret_success() {
    for kind in KINDS {
        for script in [
            vec![stream(half(kind))],
            vec![stream(half(kind)), Act::Reset],
        ] {
            let (parts, failure) = fails(kind, script).await;
            assert_eq!((failure.kind, failure.retryable), (Timeout, true), "{kind}");
            assert_eq!(failure.status_code, None);
            assert!(parts.len() <= 1);
        }
        let (_, failure) = fails(kind, vec![stream(half(kind))]).await;
        assert!(
            failure.usage.is_some(),
            "{kind}: what was reported is billed"
        );
    }
}

#[tokio::test]
async fn nothing_at_all_and_refused_connections_are_timeouts() {
    let (_, failure) = fails(ProviderKind::Openai, vec![]).await;
    assert_eq!((failure.kind, failure.retryable), (Timeout, true));
    // A port that was just given back answers nobody.
    let address = {
        let server = Server::start(vec![]).await;
        server.address.clone()
    };
    let model = config(ProviderKind::Openai, &address)
        .connect(&Clock::system())
        .unwrap();
    let (_, ended) = in_time(collect(&*model, request())).await;
    let failure = ended.unwrap_err();
    assert_eq!((failure.kind, failure.retryable), (Timeout, true));
    assert!(!failure.detail.unwrap().contains("http://"));
}

#[tokio::test]
async fn a_tls_failure_is_not_retried() {
    let server = Server::start(vec![]).await;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let talks = async {
        use tokio::io::{AsyncReadExt, AsyncWriteExt};
        let (mut socket, _) = listener.accept().await.unwrap();
        let mut hello = [0; 1];
        socket.read_exact(&mut hello).await.unwrap();
        socket
            .write_all(b"HTTP/1.1 400 This is not TLS\r\n\r\n")
            .await
            .unwrap();
        socket
    };
    let Ok(model) =
        config(ProviderKind::Openai, &format!("https://{address}")).connect(&Clock::system())
    else {
        // A machine without any certificate cannot build a TLS client at all.
        return drop(server);
    };
    let (_socket, (_, ended)) =
        in_time(async { tokio::join!(talks, collect(&*model, request())) }).await;
    let failure = ended.unwrap_err();
    assert_eq!(
        (failure.kind, failure.retryable),
        (Generic, false),
        "{failure:?}"
    );
}

#[tokio::test]
async fn broken_json_and_web_pages_are_broken_streams() {
    for kind in KINDS {
        let broken = format!("{}data: {{\"type\":\n\n", half(kind));
        let (_, failure) = fails(kind, vec![stream(&broken)]).await;
        assert_eq!((failure.kind, failure.retryable), (Timeout, true));
        let page = vec![answer("200 OK", "content-type: text/html\r\n", "<html>")];
        let (_, failure) = fails(kind, page).await;
        assert_eq!((failure.kind, failure.retryable), (Timeout, true));
    }
}

#[tokio::test]
async fn an_answer_without_any_part_is_not_a_success() {
    let empty =
        "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"REASON\"}]}\n\ndata: [DONE]\n\n";
    for (reason, retryable) in [("stop", true), ("content_filter", false)] {
        let script = vec![stream(&empty.replace("REASON", reason))];
        let (_, failure) = fails(ProviderKind::Openai, script).await;
        assert_eq!(
            (failure.kind, failure.retryable),
            (Generic, retryable),
            "{reason}"
        );
    }
}

#[tokio::test]
async fn an_event_beyond_the_limit_fails_without_a_retry() {
    let mut body = half(ProviderKind::Anthropic).to_owned();
    body.push_str("data: ");
    body.push_str(&"x".repeat(SSE_EVENT_BYTES_MAX));
    let (parts, failure) = fails(ProviderKind::Anthropic, vec![stream(&body)]).await;
    assert_eq!((failure.kind, failure.retryable), (Generic, false));
    assert_eq!(parts.len(), 1);
}

#[tokio::test]
async fn an_answer_beyond_the_limit_fails_without_a_retry() {
    let mut body = half(ProviderKind::Anthropic).to_owned();
    let comment = "x".repeat(1024 * 1024);
    while body.len() <= MODEL_ANSWER_BYTES_MAX {
        write!(body, ": {comment}\n\n").unwrap();
    }
    let (_, failure) = fails(ProviderKind::Anthropic, vec![stream(&body)]).await;
    assert_eq!((failure.kind, failure.retryable), (Generic, false));
}

/// What Google says when a limit is hit: it calls all of them quotas.
fn google_quota(id: &str, wait: Option<&str>) -> String {
    let mut details = vec![
        serde_json::json!({ "@type": "type.googleapis.com/google.rpc.QuotaFailure",
            "violations": [{ "quotaId": id }] }),
        serde_json::json!({ "@type": "type.googleapis.com/google.rpc.Help", "links": [] }),
    ];
    let info = "type.googleapis.com/google.rpc.RetryInfo";
    details.extend(wait.map(|wait| serde_json::json!({ "@type": info, "retryDelay": wait })));
    let message = "You exceeded your current quota, please check your plan and billing details.";
    let error = serde_json::json!({ "code": 429, "message": message,
        "status": "RESOURCE_EXHAUSTED", "details": details });
    serde_json::json!([{ "error": error }]).to_string()
}

#[tokio::test]
async fn quota_of_a_minute_is_waited_for_and_that_of_a_day_is_not() {
    let minute = "GenerateRequestsPerMinutePerProjectPerModel-FreeTier";
    let day = "GenerateRequestsPerDayPerProjectPerModel-FreeTier";
    let cases = [
        (minute, Some("34.5s"), RateLimit, Some(34_500)),
        (minute, Some("600s"), RateLimit, Some(600_000)),
        // Longer than anybody waits.
        (minute, Some("601s"), UsageLimit, None),
        (minute, None, UsageLimit, None),
        (day, Some("34s"), UsageLimit, None),
    ];
    for (id, wait, kind, asked) in cases {
        let body = google_quota(id, wait);
        let script = vec![answer("429 Too Many Requests", "", &body)];
        let (_, failure) = fails(ProviderKind::Google, script).await;
        let said = (failure.kind, failure.retryable, failure.retry_after);
        let asked = asked.map(Duration::from_millis);
        assert_eq!(said, (kind, asked.is_some(), asked), "{id} {wait:?}");
    }
}
