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

#[test]
fn array_is_no_object_however_deep_it_stands() {
    check::<CreateChatRequest>(r#"[[{"type":"text","text":"a"}]]"#, ".");
    check::<CreateChatRequest>(r#"{"content": [["text", "a"]]}"#, "content[0]");
    check::<CreateModelConfigRequest>(
        r#"{"provider":"openai","model":"m","context_limit":1,"model_config":[]}"#,
        "model_config",
    );
    check::<CreateModelConfigRequest>(
        r#"{"provider":"openai","model":"m","context_limit":1,"model_config":{"cost":[1]}}"#,
        "model_config.cost",
    );
    // A list stays one, and so does whatever JSON a field takes.
    let body = r#"{"content": [{"type":"text","text":"a"}], "labels": {"a": "b"}}"#;
    assert_eq!(
        parse::<CreateChatRequest>(body.as_bytes())
            .unwrap()
            .content
            .len(),
        1
    );
    assert!(parse::<serde_json::Value>(b"[[1, {}], null]").is_ok());
}

#[test]
fn whole_number_is_an_integer_however_it_is_written() {
    let limit = |number: &str| {
        let body = format!(r#"{{"provider":"openai","model":"m","context_limit":{number}}}"#);
        parse::<CreateModelConfigRequest>(body.as_bytes()).map(|body| body.context_limit)
    };
    for (number, expected) in [("3", 3), ("3.0", 3), ("2e3", 2_000), ("-0.0", 0)] {
        assert_eq!(limit(number).unwrap(), expected, "{number}");
    }
    for number in ["3.5", "1e300", "9007199254740994.0"] {
        let error = limit(number).unwrap_err().into_body();
        assert_eq!(error.validations[0].field, "context_limit", "{number}");
    }
    // In the variant of an enum as well, and a fraction stays what it is.
    let body = r#"{"content": [{"type":"file-reference","file_name":"a","start_line":2.0}]}"#;
    assert!(parse::<CreateChatRequest>(body.as_bytes()).is_ok());
    let body = r#"{"provider":"openai","model":"m","context_limit":1,
        "model_config":{"temperature":0.5,"top_p":1.0}}"#;
    let settings = parse::<CreateModelConfigRequest>(body.as_bytes()).unwrap();
    let settings = settings.model_config.unwrap();
    assert_eq!(
        (settings.temperature, settings.top_p),
        (Some(0.5), Some(1.0))
    );
}
