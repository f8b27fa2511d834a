//! Anthropic Messages.

use serde_json::{Value, json};

use crate::fixture::Fixture;

const PATH: &str = "/v1/messages";

fn ask(messages: &Value) -> Value {
    json!({"model": "claude-x", "max_tokens": 100, "messages": messages})
}

#[tokio::test]
async fn whole_answer_has_every_block_in_order() {
    let fixture = Fixture::new(
        "[[on]]\nreply.reasoning = 'hm'\nreply.text = 'hi {{user}}'\n\
         reply.call = [{ tool = 'execute', args = { command = 'ls' } }]\n",
    )
    .await;
    let body: Value = fixture
        .post(PATH, &ask(&json!([{"role": "user", "content": "you"}])))
        .await
        .json()
        .await
        .unwrap();
    let kinds: Vec<_> = body["content"]
        .as_array()
        .unwrap()
        .iter()
        .map(|b| &b["type"])
        .collect();
    assert_eq!(kinds, ["thinking", "text", "tool_use"]);
    assert_eq!(body["content"][1]["text"], "hi you");
    assert_eq!(body["content"][2]["input"], json!({"command": "ls"}));
    assert_eq!(body["stop_reason"], "tool_use");
}

#[tokio::test]
async fn same_request_twice_is_byte_equal() {
    let fixture =
        Fixture::new("pace = { chunk_chars = 3 }\n[[on]]\nreply.text = 'a long answer'\n").await;
    let mut body = ask(&json!([{"role": "user", "content": "x"}]));
    body["stream"] = json!(true);
    let first = fixture.post(PATH, &body).await.text().await.unwrap();
    assert_eq!(first, fixture.post(PATH, &body).await.text().await.unwrap());
    assert_eq!(first.matches("event: content_block_delta").count(), 5);
    assert!(first.ends_with("event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n"));
}

#[tokio::test]
async fn rules_of_the_provider_are_checked() {
    let fixture = Fixture::new("[[on]]\nelse = true\nreply.text = 'ok'\n").await;
    let call = json!({"type": "tool_use", "id": "t1", "name": "x", "input": {}});
    let answer = json!({"type": "tool_result", "tool_use_id": "t1", "content": "r"});
    let user = json!({"role": "user", "content": "x"});
    let cases = [
        (
            json!([user, {"role": "assistant", "content": [call]}, user]),
            "tool_result",
        ),
        (
            json!([user, {"role": "user", "content": [answer]}]),
            "unexpected `tool_use_id`",
        ),
        (
            json!([{"role": "user", "content": [{"type": "text", "text": " "}]}]),
            "non-empty",
        ),
        (
            json!([user, {"role": "assistant", "content": [
                {"type": "thinking", "thinking": "altered", "signature": "00"}]}, user]),
            "signature",
        ),
    ];
    for (messages, expected) in &cases {
        let text = fixture.refused(PATH, &ask(messages)).await;
        assert!(text.contains(expected), "{text}");
    }
    let text = fixture
        .refused(PATH, &json!({"model": "m", "messages": [user]}))
        .await;
    assert!(text.contains("max_tokens"), "{text}");
    assert_eq!(fixture.model.stats().violations, 5);
}

#[tokio::test]
async fn own_thinking_block_is_accepted_again() {
    let fixture = Fixture::new("[[on]]\nreply.reasoning = 'hm'\nreply.text = 'ok'\n").await;
    let user = json!({"role": "user", "content": "x"});
    let first: Value = fixture
        .post(PATH, &ask(&json!([user])))
        .await
        .json()
        .await
        .unwrap();
    let replay = json!([user, {"role": "assistant", "content": first["content"]}, user]);
    assert_eq!(fixture.post(PATH, &ask(&replay)).await.status(), 200);
}
