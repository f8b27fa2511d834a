use super::*;

/// 2026-03-01T09:30:00Z
const NOW: Micros = Micros(1_772_357_400_000_000);

type Headers<'a> = &'a [(&'static str, &'static str)];

fn wait(headers: Headers<'_>) -> Option<Duration> {
    let headers = headers.iter().map(|(name, value)| {
        (
            HeaderName::from_static(name),
            HeaderValue::from_static(value),
        )
    });
    retry_after(&HeaderMap::from_iter(headers), 503, NOW)
}

#[test]
fn retry_after_is_read_in_every_form() {
    let millis = |millis| Some(Duration::from_millis(millis));
    let rows: [(Headers<'_>, Option<Duration>); 17] = [
        (&[], None),
        (&[("retry-after", "7")], millis(7_000)),
        (&[("retry-after", "1.5")], millis(1_500)),
        (
            &[("retry-after", "Sun, 01 Mar 2026 09:30:20 GMT")],
            millis(20_000),
        ),
        (
            &[("retry-after", "Sun, 01 Mar 2026 09:29:00 GMT")],
            millis(0),
        ),
        (
            &[("retry-after", "Sunday, 01-Mar-26 09:30:05 GMT")],
            millis(5_000),
        ),
        (
            &[("retry-after-ms", "soon"), ("retry-after", "3")],
            millis(3_000),
        ),
        (&[("retry-after", "soon")], None),
        (&[("retry-after", "-1")], None),
        (
            &[("retry-after-ms", "250"), ("retry-after", "7")],
            millis(250),
        ),
        (
            &[
                ("anthropic-ratelimit-tokens-remaining", "0"),
                ("anthropic-ratelimit-tokens-reset", "2026-03-01T09:31:00Z"),
            ],
            millis(60_000),
        ),
        (
            &[
                ("anthropic-ratelimit-tokens-remaining", "9"),
                ("anthropic-ratelimit-tokens-reset", "2026-03-01T09:31:00Z"),
            ],
            None,
        ),
        (
            &[
                ("x-ratelimit-remaining-requests", "0"),
                ("x-ratelimit-reset-requests", "1m2.5s"),
            ],
            millis(62_500),
        ),
        (
            &[
                ("x-ratelimit-remaining", "0"),
                ("x-ratelimit-reset", "1772357405000"),
            ],
            millis(5_000),
        ),
        (
            &[
                ("x-ratelimit-remaining", "0"),
                ("x-ratelimit-reset", "1772357405"),
            ],
            millis(5_000),
        ),
        (
            &[("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "30")],
            millis(30_000),
        ),
        (
            &[
                ("x-ratelimit-remaining", "0"),
                ("x-ratelimit-reset", "later"),
            ],
            None,
        ),
    ];
    for (headers, expected) in rows {
        assert_eq!(wait(headers), expected, "{headers:?}");
    }
}

#[test]
fn a_number_beyond_all_bounds_is_a_very_long_wait() {
    let wait = wait(&[("retry-after", "99999999999999999999")]).unwrap();
    assert!(wait > Duration::from_secs(1 << 40));
}

#[test]
fn the_reset_of_every_provider_is_read() {
    let rows: [(Headers<'_>, u64); 5] = [
        (
            &[
                ("anthropic-ratelimit-input-tokens-remaining", "0"),
                (
                    "anthropic-ratelimit-input-tokens-reset",
                    "2026-03-01T09:30:09Z",
                ),
                ("anthropic-ratelimit-requests-remaining", "49"),
                ("anthropic-ratelimit-requests-reset", "2026-03-01T10:00:00Z"),
            ],
            9_000,
        ),
        (
            &[
                ("x-ratelimit-remaining-requests", "0"),
                ("x-ratelimit-reset-requests", "120ms"),
                ("x-ratelimit-remaining-tokens", "0"),
                ("x-ratelimit-reset-tokens", "1m2.5s"),
            ],
            62_500,
        ),
        // Azure counts below zero and names plain seconds.
        (
            &[
                ("x-ratelimit-remaining-tokens", "-1"),
                ("x-ratelimit-reset-tokens", "11"),
            ],
            11_000,
        ),
        (
            &[
                ("x-ratelimit-limit", "20"),
                ("x-ratelimit-remaining", "0"),
                ("x-ratelimit-reset", "1772357404500"),
            ],
            4_500,
        ),
        (
            &[("ratelimit-remaining", "0"), ("ratelimit-reset", "8")],
            8_000,
        ),
    ];
    for (headers, expected) in rows {
        assert_eq!(wait(headers), Some(Duration::from_millis(expected)));
    }
}

#[test]
fn a_reset_alone_counts_only_when_a_limit_was_hit() {
    let alone = HeaderMap::from_iter([(
        HeaderName::from_static("x-ratelimit-reset"),
        HeaderValue::from_static("30"),
    )]);
    assert_eq!(retry_after(&alone, 429, NOW), Some(Duration::from_secs(30)));
    assert_eq!(retry_after(&alone, 500, NOW), None);
}

#[test]
fn an_error_object_may_name_the_wait() {
    let info = serde_json::json!({"details": [
        {"@type": "type.googleapis.com/google.rpc.Help", "links": []},
        {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "31.25s"},
    ]});
    assert_eq!(
        wait_in_error(&info, "Please retry in 40s."),
        Some(Duration::from_millis(31_250))
    );
    let parsed = serde_json::json!({"details": [{"retryDelay": {"seconds": 3}}]});
    assert_eq!(wait_in_error(&parsed, ""), Some(Duration::from_secs(3)));
    let texts = [
        (
            "Limit 3, Used 3. Please try again in 1m2.5s. Visit us",
            62_500,
        ),
        ("Please try again in 250ms.", 250),
        ("Please try again in 2 hours.", 7_200_000),
        ("Please retry after 7 seconds.", 7_000),
        ("Please retry in 31.254638184s.", 31_254),
        ("retry in 2 minutes", 120_000),
    ];
    for (text, expected) in texts {
        let expected = Some(Duration::from_millis(expected));
        assert_eq!(wait_in_error(&Value::Null, text), expected, "{text}");
    }
    for text in [
        "Please try again later.",
        "retry in ",
        "try again in a while",
    ] {
        assert_eq!(wait_in_error(&Value::Null, text), None, "{text}");
    }
}

#[test]
fn a_gateway_may_repeat_its_headers_in_the_error_object() {
    let error = serde_json::json!({"metadata": {"headers": {
        "X-RateLimit-Remaining": "0",
        "X-RateLimit-Reset": 1_772_357_405_000_i64,
        "not a name": "x",
    }}});
    let headers = headers_in_error(&error);
    assert_eq!(
        retry_after(&headers, 429, NOW),
        Some(Duration::from_secs(5))
    );
    assert!(headers_in_error(&Value::Null).is_empty());
}
