use super::*;

fn call(id: &str) -> Part {
    Part::ToolCall(ToolCall {
        id: id.to_owned(),
        name: "execute".to_owned(),
        args: "{}".to_owned(),
        ..ToolCall::default()
    })
}

fn provider_call(id: &str) -> Part {
    Part::ToolCall(ToolCall {
        id: id.to_owned(),
        provider_executed: true,
        ..ToolCall::default()
    })
}

fn result(id: &str, text: &str) -> Part {
    Part::ToolResult(ToolResult {
        call_id: id.to_owned(),
        name: "execute".to_owned(),
        content: vec![ToolContent::Text(text.to_owned())],
        ..ToolResult::default()
    })
}

/// One line per message: `a[text, call x]`.
fn outline(messages: &[Message]) -> String {
    let line = |message: &Message| {
        let parts: Vec<String> = message.parts.iter().map(part_outline).collect();
        let role = match message.role {
            Role::User => "user",
            Role::Assistant => "assistant",
            Role::Tool => "tool",
        };
        format!("{role}[{}]", parts.join(", "))
    };
    messages.iter().map(line).collect::<Vec<_>>().join(" ")
}

fn part_outline(part: &Part) -> String {
    match part {
        Part::Text(part) => part.text.clone(),
        Part::ToolCall(call) => format!("call {}", call.id),
        Part::ToolResult(result) if result.is_error => format!("lost {}", result.call_id),
        Part::ToolResult(result) => format!("result {}", result.call_id),
        Part::Reasoning(_) | Part::File(_) | Part::Source(_) => format!("{part:?}"),
    }
}

#[track_caller]
fn check(history: Vec<(Role, Vec<Part>)>, expected: &str) {
    assert_eq!(outline(&clean(history)), expected);
}

#[test]
fn results_stand_behind_their_calls_in_call_order() {
    check(
        vec![
            (Role::Assistant, vec![call("a"), call("b")]),
            (Role::Tool, vec![result("b", "2")]),
            (Role::Tool, vec![result("a", "1")]),
            (Role::User, vec![Part::text("go on")]),
        ],
        "assistant[call a, call b] tool[result a, result b] user[go on]",
    );
}

#[test]
fn call_without_result_is_answered_with_an_error() {
    check(
        vec![
            (Role::Assistant, vec![call("a"), call("b")]),
            (Role::Tool, vec![result("a", "1")]),
            (Role::User, vec![Part::text("hello")]),
            (Role::Assistant, vec![call("c")]),
        ],
        "assistant[call a, call b] tool[result a, lost b] user[hello] \
         assistant[call c] tool[lost c]",
    );
}

#[test]
fn result_without_call_is_dropped() {
    check(
        vec![
            (Role::User, vec![Part::text("hello")]),
            (Role::Tool, vec![result("x", "1")]),
        ],
        "user[hello]",
    );
}

#[test]
fn ids_are_made_safe_and_unique_for_call_and_result_alike() {
    check(
        vec![
            (Role::Assistant, vec![call("a:1")]),
            (Role::Tool, vec![result("a:1", "1")]),
            (Role::Assistant, vec![call("a1"), call("é")]),
            (Role::Tool, vec![result("é", "3"), result("a1", "2")]),
        ],
        "assistant[call a1] tool[result a1] \
         assistant[call a1_2, call call] tool[result a1_2, result call]",
    );
}

#[test]
fn empty_parts_and_messages_are_dropped() {
    check(
        vec![
            (Role::User, vec![Part::text("  ")]),
            (Role::User, vec![Part::text("a"), Part::text("")]),
            (
                Role::Assistant,
                vec![Part::Reasoning(muster_llm::Reasoning::default())],
            ),
        ],
        "user[a]",
    );
}

fn provider_result(id: &str) -> Part {
    Part::ToolResult(ToolResult {
        call_id: id.to_owned(),
        provider_executed: true,
        ..ToolResult::default()
    })
}

#[test]
fn provider_run_call_without_its_result_is_dropped() {
    check(
        vec![
            (Role::Assistant, vec![provider_call("w"), Part::text("hm")]),
            (Role::User, vec![Part::text("stop")]),
        ],
        "assistant[hm] user[stop]",
    );
}

#[test]
fn provider_run_call_is_kept_for_a_provider_that_goes_on_with_it() {
    let paused = (Role::Assistant, vec![Part::text("hm"), provider_call("w")]);
    check(vec![paused.clone()], "assistant[hm, call w]");
    // Its result is in the next answer, and both stay.
    let answer = (Role::Assistant, vec![provider_result("w")]);
    check(
        vec![paused, answer, (Role::User, vec![Part::text("go on")])],
        "assistant[hm, call w] assistant[result w] user[go on]",
    );
}
