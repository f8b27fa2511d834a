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
async fn rules_of_thinking_tools_and_order_are_checked() {
    let fixture = Fixture::new("[[on]]\nelse = true\nreply.text = 'ok'\n").await;
    let user = json!({"role": "user", "content": "x"});
    let call = json!({"type": "tool_use", "id": "t1", "name": "x", "input": {}});
    let result = json!({"type": "tool_result", "tool_use_id": "t1", "content": "r"});
    let text = json!({"type": "text", "text": "x"});
    let answered = json!([user, {"role": "assistant", "content": [call]},
                          {"role": "user", "content": [result]}]);
    let thinking = |budget: u64| json!({"type": "enabled", "budget_tokens": budget});
    let found = json!({"type": "web_search_tool_result", "tool_use_id": "s1", "content": []});
    let search = json!({"type": "server_tool_use", "id": "s1", "name": "web_search", "input": {}});
    let cases = [
        (json!({"thinking": thinking(1_000)}), "at least 1024"),
        (
            json!({"thinking": thinking(2_000), "max_tokens": 2_000}),
            "must be greater",
        ),
        (json!({"thinking": thinking(1_024), "top_k": 1}), "top_k"),
        (
            json!({"thinking": thinking(1_024), "messages": answered}),
            "Expected `thinking`",
        ),
        (
            json!({"tools": [{"type": "computer_20251124", "name": "computer"}]}),
            "beta feature",
        ),
        (json!({"tools": [{"name": "a"}]}), "input_schema"),
        (
            json!({"tools": [{"type": "web_search_20250305", "name": "web_search",
                              "allowed_domains": ["a"], "blocked_domains": ["b"]}]}),
            "only one of",
        ),
        (
            json!({"messages": [user, {"role": "assistant", "content": [call]},
                                {"role": "user", "content": [text, result]}]}),
            "must come first",
        ),
        (
            json!({"messages": [user, {"role": "assistant", "content": [search]}, user]}),
            "corresponding result",
        ),
        (
            json!({"messages": [user, {"role": "assistant", "content": [found]}, user]}),
            "without its call",
        ),
    ];
    for (change, expected) in cases {
        let mut body = ask(&json!([user]));
        body["max_tokens"] = json!(4_000);
        for (field, value) in change.as_object().unwrap() {
            body[field] = value.clone();
        }
        let answer = fixture.refused(PATH, &body).await;
        assert!(answer.contains(expected), "{answer}");
    }
}

#[tokio::test]
async fn search_comes_in_the_providers_own_blocks_and_goes_back_sealed() {
    let fixture = Fixture::new(
        "[[on]]\nreply.reasoning = 'hm'\nreply.redacted = true\n\
         reply.search = { query = 'all about {{user}}', sources = [{ url = 'https://a.test/' }] }\n\
         reply.text = 'found'\n",
    )
    .await;
    let user = json!({"role": "user", "content": "x"});
    let body: Value = fixture
        .post(PATH, &ask(&json!([user])))
        .await
        .json()
        .await
        .unwrap();
    let kinds: Vec<_> = body["content"]
        .as_array()
        .unwrap()
        .iter()
        .map(|block| block["type"].as_str().unwrap())
        .collect();
    let expected = [
        "redacted_thinking",
        "server_tool_use",
        "web_search_tool_result",
        "text",
    ];
    assert_eq!(kinds, expected);
    assert_eq!(body["content"][1]["input"]["query"], "all about x");
    assert_eq!(body["content"][3]["citations"][0]["url"], "https://a.test/");
    let mut replay = json!([user, {"role": "assistant", "content": body["content"]}, user]);
    assert_eq!(fixture.post(PATH, &ask(&replay)).await.status(), 200);
    replay[1]["content"][2]["content"][0]["encrypted_content"] = json!("00.00");
    let refused = fixture.refused(PATH, &ask(&replay)).await;
    assert!(refused.contains("encrypted_content"), "{refused}");
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
