//! `OpenAI` Chat Completions.

use serde_json::{Value, json};

use crate::fixture::Fixture;

const PATH: &str = "/v1/chat/completions";

#[tokio::test]
async fn stream_names_a_call_once_and_ends_with_usage() {
    let fixture = Fixture::new(
        "[[on]]\nreply.call = [{ tool = 'execute', args = { command = 'ls' } }]\nreply.parallel = 2\n",
    )
    .await;
    let body = json!({"model": "m", "stream": true, "stream_options": {"include_usage": true},
                      "messages": [{"role": "user", "content": "x"}]});
    let text = fixture.post(PATH, &body).await.text().await.unwrap();
    assert_eq!(text.matches("\"name\":\"execute\"").count(), 2);
    assert!(text.contains("\"prompt_tokens\":10"));
    assert!(text.ends_with("data: [DONE]\n\n"));
}

#[tokio::test]
async fn unanswered_and_orphan_calls_are_refused() {
    let fixture = Fixture::new("[[on]]\nelse = true\n").await;
    let call =
        json!({"id": "c1", "type": "function", "function": {"name": "x", "arguments": "{}"}});
    let user = json!({"role": "user", "content": "x"});
    let open = json!({"model": "m", "messages": [
        user, {"role": "assistant", "content": null, "tool_calls": [call]}, user]});
    assert!(
        fixture
            .refused(PATH, &open)
            .await
            .contains("must be followed by tool messages")
    );
    let orphan = json!({"model": "m", "messages": [
        user, {"role": "tool", "tool_call_id": "c9", "content": "r"}]});
    assert!(
        fixture
            .refused(PATH, &orphan)
            .await
            .contains("preceding message")
    );
}

#[tokio::test]
async fn whole_answer_carries_calls_and_usage() {
    let fixture = Fixture::new(
        "[[on]]\nreply.text = 'ok'\nreply.usage = { input = 7, output = 3, cache_read = 100 }\n",
    )
    .await;
    let body = json!({"model": "m", "messages": [{"role": "user", "content": "x"}]});
    let answer: Value = fixture.post(PATH, &body).await.json().await.unwrap();
    assert_eq!(answer["choices"][0]["message"]["content"], "ok");
    assert_eq!(answer["usage"]["prompt_tokens"], 107);
    assert_eq!(
        answer["usage"]["prompt_tokens_details"]["cached_tokens"],
        100
    );
}

#[tokio::test]
async fn picture_behind_a_result_is_part_of_the_result() {
    let fixture = Fixture::new(
        "[[on]]\nstep = 1\nreply.text = 'first'\n\
         [[on]]\nafter = { tool = 'look', media = true }\nreply.text = 'step {{step}}'\n\
         [[on]]\nelse = true\nreply.text = 'no media'\n",
    )
    .await;
    let call =
        json!({"id": "c1", "type": "function", "function": {"name": "look", "arguments": "{}"}});
    let image = json!([{"type": "text", "text": "Image from the result of look:"},
                       {"type": "image_url", "image_url": {"url": "data:image/png;base64,AA=="}}]);
    let mut body = json!({"model": "m", "messages": [
        {"role": "user", "content": "x"},
        {"role": "assistant", "content": null, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "c1", "content": "[image follows]"},
        {"role": "user", "content": image}]});
    let text = async |body: &Value| {
        let answer: Value = fixture.post(PATH, body).await.json().await.unwrap();
        answer["choices"][0]["message"]["content"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    assert_eq!(text(&body).await, "step 2");
    // A picture that nobody announced is the user's own.
    body["messages"][2]["content"] = json!("ok");
    assert_eq!(text(&body).await, "first");
}
