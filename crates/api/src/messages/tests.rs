use super::*;

fn check(json: &str, expect: Result<InputPart, &str>) {
    match (serde_json::from_str::<InputPart>(json), expect) {
        (Ok(part), Ok(expect)) => assert_eq!(part, expect),
        (Err(error), Err(words)) => assert!(error.to_string().contains(words), "{error}"),
        (got, expect) => panic!("{json}: got {got:?}, expected {expect:?}"),
    }
}

#[test]
fn input_takes_only_what_people_may_send() {
    let text = InputPart::Text {
        text: "hello".to_owned(),
    };
    check(r#"{"type":"text","text":"hello"}"#, Ok(text));
    check(r#"{"type":"text"}"#, Err("missing field `text`"));
    check(r#"{"type":"reasoning","text":"x"}"#, Err("unknown variant"));
    check(r#"{"type":"tool-result"}"#, Err("unknown variant"));
    check(r#"{"text":"x"}"#, Err("missing field `type`"));
}

#[test]
fn part_omits_what_is_absent_and_keeps_what_is_required() {
    let call = ChatMessagePart::ToolCall {
        tool_call_id: Some("c1".to_owned()),
        tool_name: Some("execute".to_owned()),
        args: None,
        args_delta: None,
        provider_executed: None,
        mcp_server_config_id: None,
    };
    let json = serde_json::to_string(&call).unwrap();
    assert_eq!(
        json,
        r#"{"type":"tool-call","tool_call_id":"c1","tool_name":"execute"}"#
    );
    let text = ChatMessagePart::Text {
        text: String::new(),
    };
    assert_eq!(
        serde_json::to_string(&text).unwrap(),
        r#"{"type":"text","text":""}"#
    );
}
