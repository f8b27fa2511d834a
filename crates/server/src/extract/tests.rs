use muster_api::{CreateChatRequest, CreateModelConfigRequest};

use super::*;

fn check<T: DeserializeOwned + std::fmt::Debug>(body: &str, field: &str) {
    let error = parse::<T>(body.as_bytes()).unwrap_err();
    assert_eq!(error.status(), http::StatusCode::BAD_REQUEST, "{body}");
    let body = error.into_body();
    let fields: Vec<_> = body.validations.iter().map(|v| v.field.as_str()).collect();
    assert_eq!(fields, [field], "{body:?}");
    assert!(body.detail.unwrap().contains(field));
}

#[test]
fn refusal_names_the_field() {
    check::<CreateChatRequest>("{}", "content");
    check::<CreateChatRequest>(r#"{"content": 5}"#, "content");
    check::<CreateChatRequest>(
        r#"{"content": [{"type":"text","text":"a"},{"type":"x"}]}"#,
        "content[1].type",
    );
    check::<CreateChatRequest>(r#"{"content": [{"type":"text"}]}"#, "content[0].text");
    check::<CreateChatRequest>(r#"{"content": [], "workspace_id": "7"}"#, "workspace_id");
    check::<CreateModelConfigRequest>(
        r#"{"provider":"openai","model":"m","context_limit":1,"model_config":{"top_p":"x"}}"#,
        "model_config.top_p",
    );
}

#[test]
fn what_is_no_json_is_said_to_be_none() {
    for body in ["", "{", "nonsense", r#"{"content": []} x"#, "\u{feff}{}"] {
        let error = parse::<CreateChatRequest>(body.as_bytes()).unwrap_err();
        assert_eq!(
            error.into_body().message,
            "The request body is not valid JSON.",
            "{body:?}"
        );
    }
}

#[test]
fn nesting_is_counted_outside_of_texts() {
    assert_eq!(depth(br#"{"a":[1,{"b":"[[[{{{\"[["}]}"#), 3);
    let nested = |levels: usize| "[".repeat(levels) + &"]".repeat(levels);
    assert!(parse::<serde_json::Value>(nested(limits::JSON_DEPTH_MAX).as_bytes()).is_ok());
    let deep = nested(limits::JSON_DEPTH_MAX + 1);
    let error = parse::<serde_json::Value>(deep.as_bytes()).unwrap_err();
    assert_eq!(
        error.into_body().message,
        "The request body is nested too deeply."
    );
}
