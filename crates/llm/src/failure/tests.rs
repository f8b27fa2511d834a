use std::time::Duration;

use muster_base::limits::{FAILURE_DETAIL_BYTES_MAX, RETRY_AFTER_MAX};

use super::*;
use crate::ProviderKind;
use crate::failure::FailureKind::{
    Auth, Config, Generic, Overloaded, RateLimit, StartupTimeout, StreamSilenceTimeout, Timeout,
    UsageLimit,
};

/// An answer with an error status: status, text, and what it must become.
const RESPONSES: [(u16, &str, FailureKind, bool); 49] = [
    (500, "The chat was interrupted by its owner", Generic, false),
    (500, "operation interrupted", Generic, false),
    (529, "", Overloaded, true),
    (500, "overloaded_error: Overloaded", Overloaded, true),
    (429, "The engine is currently overloaded", Overloaded, true),
    (409, "usage limit reached for this month", UsageLimit, false),
    (409, "conflict", Generic, false),
    (
        429,
        "You exceeded your current quota, please check your plan and billing",
        UsageLimit,
        false,
    ),
    (429, "insufficient_quota", UsageLimit, false),
    (402, "Insufficient credits", UsageLimit, false),
    (400, "billing_hard_limit_reached", UsageLimit, false),
    (401, "", Auth, false),
    (402, "", Auth, false),
    (
        400,
        "Your credit balance is too low. Go to Plans & Billing",
        Auth,
        false,
    ),
    (400, "Incorrect API key provided", Auth, false),
    (429, "billing is not active", Auth, false),
    (403, "", Auth, false),
    (403, "permission_error", Auth, false),
    (
        403,
        "Project does not have access to model gpt-9",
        Config,
        false,
    ),
    (403, "unsupported region", Config, false),
    (429, "", RateLimit, true),
    (429, "rate_limit_exceeded", RateLimit, true),
    (400, "Too Many Requests", RateLimit, true),
    (429, "unknown model", Config, false),
    (408, "", Timeout, true),
    (502, "", Timeout, true),
    (503, "", Timeout, true),
    (504, "", Timeout, true),
    (
        500,
        "upstream connect error: connection refused",
        Timeout,
        true,
    ),
    (500, "unexpected EOF", Timeout, true),
    (500, "broken pipe", Timeout, true),
    (503, "model not found", Config, false),
    (400, "", Config, false),
    (404, "", Config, false),
    (404, "The model `gpt-9` does not exist", Config, false),
    (413, "", Config, false),
    (422, "", Config, false),
    (
        400,
        "This model's maximum context length is 8192 tokens",
        Config,
        false,
    ),
    (
        400,
        "prompt is too long: 210000 tokens > 200000 maximum",
        Config,
        false,
    ),
    (500, "", Generic, true),
    (429, "Request was throttled", RateLimit, true),
    (403, "AccessDeniedException: no", Auth, false),
    (
        400,
        "You have reached your specified API usage limits.",
        UsageLimit,
        false,
    ),
    (
        400,
        "the request exceeds the available context size",
        Config,
        false,
    ),
    (500, "geofence violated", Generic, true),
    (418, "Internal server error", Generic, true),
    (418, "", Generic, false),
    (405, "method not allowed", Generic, false),
    (302, "", Generic, false),
];

fn response(status: u16, text: &str) -> Failure {
    let mut raw = Raw::new(Origin::Response, Some(ProviderKind::Anthropic), text);
    raw.status = Some(status);
    classify(&raw)
}

#[test]
fn every_response_lands_in_its_row() {
    for (status, text, kind, retryable) in RESPONSES {
        let failure = response(status, text);
        assert_eq!(
            (failure.kind, failure.retryable),
            (kind, retryable),
            "{status} {text:?}"
        );
        assert_eq!(failure.status_code, Some(status), "{status} {text:?}");
    }
}

#[test]
fn what_no_provider_said_is_decided_by_where_it_happened() {
    let rows = [
        (Origin::Connection, Timeout, true),
        (Origin::ClosedEarly, Timeout, true),
        (Origin::Malformed, Timeout, true),
        (Origin::Tls, Generic, false),
        (Origin::Oversize, Generic, false),
        (Origin::Filtered, Generic, false),
        (Origin::EmptyAnswer, Generic, true),
        (Origin::Startup, StartupTimeout, true),
        (Origin::Silence, StreamSilenceTimeout, true),
        (Origin::Deadline, Timeout, false),
        (Origin::Cancelled, Generic, false),
    ];
    for (origin, kind, retryable) in rows {
        // Words that would mean something else in a response change nothing here.
        let failure = classify(&Raw::new(origin, None, "status 401 overloaded quota"));
        assert_eq!(
            (failure.kind, failure.retryable),
            (kind, retryable),
            "{origin:?}"
        );
        assert_eq!(failure.status_code, None, "{origin:?}");
    }
}

#[test]
fn a_stream_event_is_read_by_its_own_code() {
    let rows = [
        ("overloaded_error", "Overloaded", Overloaded, Some(529)),
        ("rate_limit_error", "slow down", RateLimit, Some(429)),
        ("authentication_error", "invalid x-api-key", Auth, Some(401)),
        (
            "invalid_request_error",
            "messages: empty",
            Config,
            Some(400),
        ),
        ("api_error", "Internal server error", Generic, Some(500)),
        ("server_error", "oops", Generic, None),
        ("insufficient_quota", "", UsageLimit, None),
        ("throttlingException", "Too many", RateLimit, Some(429)),
        ("modelTimeoutException", "", Timeout, None),
        ("modelStreamErrorException", "", Generic, None),
        ("internalServerException", "", Generic, None),
        ("validationException", "no", Config, Some(400)),
        ("RESOURCE_EXHAUSTED", "slow", RateLimit, Some(429)),
        ("UNAUTHENTICATED", "", Auth, Some(401)),
        ("", "upstream said status code 503", Timeout, Some(503)),
        ("", "HTTP/1.1 404 on the way", Config, Some(404)),
        ("", "failed with 529.", Overloaded, Some(529)),
        ("", "no idea", Generic, None),
    ];
    for (code, text, kind, status) in rows {
        let mut raw = Raw::new(Origin::StreamEvent, Some(ProviderKind::Openai), text);
        raw.code = Some(code);
        let failure = classify(&raw);
        assert_eq!(
            (failure.kind, failure.status_code),
            (kind, status),
            "{code} {text:?}"
        );
    }
}

#[test]
fn causes_tell_the_loop_what_waiting_cannot_repair() {
    assert_eq!(
        response(400, "prompt is too long").cause,
        Cause::ContextLength
    );
    assert_eq!(
        response(400, "context_length_exceeded").cause,
        Cause::ContextLength
    );
    let broken = response(400, "Previous response with id 'resp_1' not found.");
    assert_eq!((broken.cause, broken.retryable), (Cause::ChainBroken, true));
    let unkept =
        "Previous response cannot be used for this organization due to Zero Data Retention.";
    assert_eq!(response(400, unkept).cause, Cause::ChainBroken);
    for refused in [
        "The encrypted content for item rs_1 could not be verified.",
        "The encrypted content gAAA...Rg== could not be verified. Reason: not decrypted.",
        "Item with id 'rs_1' not found. Items are not persisted when `store` is set to false.",
        "Item 'rs_1' of type 'reasoning' was provided without its required following item.",
        "messages.1.content.0: Invalid `signature` in `thinking` block",
        "Thought signature is not valid.",
    ] {
        let failure = response(400, refused);
        let expected = (Config, Cause::BlocksRefused, false);
        let said = (failure.kind, failure.cause, failure.retryable);
        assert_eq!(said, expected, "{refused}");
    }
    assert_eq!(
        response(500, "request interrupted").cause,
        Cause::Interrupted
    );
    assert_eq!(response(401, "").cause, Cause::Plain);
}

#[test]
fn the_provider_that_was_asked_beats_every_guess() {
    let guess = |text| classify(&Raw::new(Origin::Response, None, text)).provider;
    assert_eq!(guess("claude is overloaded"), Some(ProviderKind::Anthropic));
    assert_eq!(
        guess("openrouter: anthropic failed"),
        Some(ProviderKind::Openrouter)
    );
    assert_eq!(
        guess("openai-compat server down"),
        Some(ProviderKind::OpenaiCompat)
    );
    assert_eq!(guess("vertex says no"), Some(ProviderKind::Google));
    assert_eq!(guess("azure openai says no"), Some(ProviderKind::Azure));
    assert_eq!(guess("openai says no"), Some(ProviderKind::Openai));
    assert_eq!(guess("somebody says no"), None);
    assert_eq!(
        response(500, "openai says no").provider,
        Some(ProviderKind::Anthropic)
    );
}

fn all_failures() -> Vec<Failure> {
    let providers = ProviderKind::ALL.into_iter().map(Some).chain([None]);
    let mut all = Vec::new();
    for provider in providers {
        for kind in FailureKind::ALL {
            for status_code in [None, Some(503)] {
                all.push(Failure {
                    status_code,
                    ..Failure::of(kind, provider)
                });
            }
        }
    }
    all
}

#[test]
fn no_text_of_any_kind_and_provider_says_try_again() {
    for failure in all_failures() {
        let retry = failure.retry();
        let texts = [Some(failure.terminal()), retry.clone()];
        for text in texts.into_iter().flatten() {
            assert!(!text.to_lowercase().contains("try again"), "{text}");
            assert!(
                text.starts_with(char::is_uppercase) && text.ends_with('.'),
                "{text}"
            );
        }
        assert!(
            failure
                .terminal()
                .contains(failure.subject().trim_start_matches("the "))
        );
        // One plain fact: no status, no advice.
        let retry = retry.unwrap_or_default();
        assert!(
            !retry.contains("HTTP") && !retry.contains("Check"),
            "{retry}"
        );
        assert!(
            !failure.kind.is_retryable() || !retry.is_empty(),
            "{:?}",
            failure.kind
        );
    }
}

#[test]
fn texts_name_subject_and_status() {
    let mut failure = Failure::of(Auth, Some(ProviderKind::Openai));
    failure.status_code = Some(401);
    assert_eq!(
        failure.to_string(),
        "Authentication with OpenAI failed (HTTP 401). Check the API key, its permissions and billing."
    );
    let unknown = Failure::of(Timeout, None);
    assert_eq!(
        unknown.retry().as_deref(),
        Some("The AI provider is temporarily unavailable.")
    );
    assert_eq!(
        Failure::of(Auth, None).terminal(),
        "Authentication with the AI provider failed. Check the API key, its permissions and billing."
    );
}

#[test]
fn wire_names_are_the_same_in_both_directions() {
    for kind in FailureKind::ALL {
        assert_eq!(serde_json::to_value(kind).unwrap(), kind.as_str());
    }
    for kind in ProviderKind::ALL {
        assert_eq!(serde_json::to_value(kind).unwrap(), kind.as_str());
        assert_eq!(kind.as_str().parse(), Ok(kind));
    }
}

#[test]
fn the_payload_holds_what_clients_and_rows_need() {
    let mut raw = Raw::new(
        Origin::Response,
        Some(ProviderKind::OpenaiCompat),
        "slow down",
    );
    raw.status = Some(429);
    raw.retry_after = Some(Duration::from_millis(1_500));
    let payload = serde_json::to_value(classify(&raw).payload()).unwrap();
    let expected = serde_json::json!({
        "kind": "rate_limit",
        "message": "OpenAI Compatible is rate limiting requests (HTTP 429). Check the rate limits of the account.",
        "retry_message": "OpenAI Compatible is rate limiting requests.",
        "provider": "openai-compat",
        "retryable": true,
        "status_code": 429,
        "retry_after_ms": 1500,
        "detail": "slow down",
    });
    assert_eq!(payload, expected);
}

#[test]
fn details_are_bounded_and_free_of_secrets() {
    let check = |text: &str, expected: &str| {
        assert_eq!(
            response(400, text).detail.as_deref(),
            Some(expected),
            "{text}"
        );
    };
    check(
        "Incorrect key: sk-abcd*****wxyz.",
        "Incorrect key: [redacted]",
    );
    check(
        "header \"Bearer abc.def\" refused",
        "header \"Bearer [redacted]\" refused",
    );
    check("api_key=AIzaSyExample123, sorry", "[redacted], sorry");
    check(
        "see https://user:pw@host/v1/x?key=abc#f now",
        "see https://host/v1/x now",
    );
    check(
        "see https://platform.example.com/account/api-keys.",
        "see https://platform.example.com/account/api-keys.",
    );
    check(&format!("token {}", "a1b2".repeat(6)), "token [redacted]");
    check(
        "request req_011CSHoEeqs5C35K2UUqR7Fy failed",
        "request req_011CSHoEeqs5C35K2UUqR7Fy failed",
    );
    check(
        "model claude-sonnet-4-5-20250929 is unknown",
        "model claude-sonnet-4-5-20250929 is unknown",
    );
    assert_eq!(response(400, "  ").detail, None);
    let long = response(400, &"ä ".repeat(100_000)).detail.unwrap();
    assert!(long.len() <= FAILURE_DETAIL_BYTES_MAX && long.len() > FAILURE_DETAIL_BYTES_MAX - 4);
}

#[test]
fn a_provider_cannot_make_us_wait_longer_than_the_cap() {
    let mut raw = Raw::new(Origin::Response, None, "");
    raw.status = Some(429);
    raw.retry_after = Some(Duration::from_secs(86_400));
    assert_eq!(classify(&raw).retry_after, Some(RETRY_AFTER_MAX));
    // Nobody waits for a failure that is final.
    raw.status = Some(401);
    assert_eq!(classify(&raw).retry_after, None);
}
