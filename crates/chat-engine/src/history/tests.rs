use muster_chat_state::content::{ContextFile, ToolResult};

use super::*;

fn call(id: &str) -> Part {
    Part::ToolCall(ToolCall {
        tool_call_id: id.to_owned(),
        ..ToolCall::default()
    })
}

fn result(id: &str) -> Part {
    Part::ToolResult(ToolResult {
        tool_call_id: id.to_owned(),
        ..ToolResult::default()
    })
}

fn history(messages: &[(Author, &[Part])]) -> History {
    let items = messages
        .iter()
        .enumerate()
        .map(|(id, (author, parts))| Item {
            id: MessageId(i64::try_from(id).unwrap()),
            author: *author,
            parts: parts.to_vec(),
            model_config_id: None,
            response_id: None,
        });
    History {
        items: items.collect(),
        ..History::default()
    }
}

fn open(next: Next) -> Vec<String> {
    match next {
        Next::Tools(calls) => calls.into_iter().map(|call| call.tool_call_id).collect(),
        Next::Finish | Next::TooManySteps | Next::Model => Vec::new(),
    }
}

#[test]
fn user_message_asks_the_model() {
    let history = history(&[(Author::User, &[Part::text("hello")])]);
    assert_eq!(history.next(), Next::Model);
}

#[test]
fn unanswered_calls_are_run_in_their_order() {
    let mut messages: Vec<(Author, &[Part])> = Vec::new();
    let calls = [call("a"), call("b"), call("c")];
    let answer = [result("b")];
    messages.push((Author::Assistant, &calls));
    messages.push((Author::Tool, &answer));
    assert_eq!(open(history(&messages).next()), ["a", "c"]);
}

#[test]
fn results_go_back_to_the_model() {
    let calls = [call("a")];
    let answer = [result("a")];
    let messages: [(Author, &[Part]); 2] = [(Author::Assistant, &calls), (Author::Tool, &answer)];
    assert_eq!(history(&messages).next(), Next::Model);
}

#[test]
fn answer_without_calls_ends_the_turn_unless_it_was_a_pause() {
    let mut said = [Part::text("Let me see."), Part::text("One moment.")];
    assert_eq!(history(&[(Author::Assistant, &said)]).next(), Next::Finish);
    convert::mark_paused(&mut said);
    assert_eq!(history(&[(Author::Assistant, &said)]).next(), Next::Model);
}

#[test]
fn turn_ends_at_its_step_limit_and_not_before() {
    let calls = [call("a")];
    let answer = [result("a")];
    let step: [(Author, &[Part]); 2] = [(Author::Assistant, &calls), (Author::Tool, &answer)];
    let hello = [Part::text("hello")];
    let turn = |steps: usize| {
        let mut messages: Vec<(Author, &[Part])> = vec![(Author::User, &hello)];
        messages.extend(step.iter().copied().cycle().take(2 * steps));
        history(&messages).next()
    };
    let limit = STEPS_PER_TURN_MAX as usize;
    assert_eq!(turn(limit - 1), Next::Model);
    assert_eq!(turn(limit), Next::TooManySteps);
}

#[test]
fn summary_does_not_lift_the_step_limit() {
    let calls = [call("a")];
    let answer = [result("a")];
    let step: [(Author, &[Part]); 2] = [(Author::Assistant, &calls), (Author::Tool, &answer)];
    let hello = [Part::text("hello")];
    let limit = STEPS_PER_TURN_MAX as usize;
    let mut messages: Vec<(Author, &[Part])> = vec![(Author::User, &hello)];
    messages.extend(step.iter().copied().cycle().take(2 * (limit - 1)));
    let summary = [history(&messages).summary("All of it.")];
    let mut messages: Vec<(Author, &[Part])> = vec![(Author::User, &summary)];
    assert_eq!(history(&messages).next(), Next::Model);
    messages.extend(step);
    assert_eq!(history(&messages).next(), Next::TooManySteps);
    // Another summary of the same turn counts the first one's steps too.
    let again = [history(&messages).summary("Still all of it.")];
    let mut messages: Vec<(Author, &[Part])> = vec![(Author::User, &again)];
    assert_eq!(history(&messages).next(), Next::TooManySteps);
    messages.push((Author::User, &hello));
    assert_eq!(history(&messages).next(), Next::Model);
}

#[test]
fn what_a_workspace_tells_is_not_the_user_speaking() {
    let (words, told) = (
        [Part::text("x")],
        [Part::ContextFile(ContextFile::default())],
    );
    let said = history(&[
        (Author::User, &words),
        (Author::User, &told),
        (Author::User, &words),
        (Author::Assistant, &words),
        (Author::User, &told),
    ]);
    assert_eq!(said.spoken_since(MessageId(0)), 1);
    assert_eq!(said.spoken_since(MessageId(2)), 0);
}
