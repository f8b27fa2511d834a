//! Bad input: a 4xx that names the field, and nothing changed.

use muster_base::limits;
use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{Harness, Person};

const CHATS: &str = "/api/v2/chats";
const NOBODY: &str = "00000000-0000-7000-8000-000000000000";

async fn count(muster: &Harness, person: &Person) -> usize {
    let chats = muster.get(person, CHATS).await.expect(200);
    chats.as_array().unwrap().len()
}

#[tokio::test]
async fn bad_chats_are_refused_by_field() {
    let muster = Harness::start().await;
    let owner = muster.owner().await;
    muster
        .model(
            &owner,
            "name = \"s\"\n[[on]]\nelse = true\nreply.text = \"hi\"",
        )
        .await;
    let text = json!({"type": "text", "text": "hi"});
    for (body, field) in [
        (json!({}), "content"),
        (json!({"content": []}), "content"),
        (json!({"content": "hi"}), "content"),
        (
            json!({"content": [text, {"type": "text", "text": "  "}]}),
            "content[1].text",
        ),
        (json!({"content": [{"type": "hologram"}]}), "content[0]"),
        (
            json!({"content": [text, text, {"type": "tool-result"}]}),
            "content[2]",
        ),
        (
            json!({"content": [{"type": "file", "file_id": NOBODY}]}),
            "content[0].file_id",
        ),
        (
            json!({"content": [{"type": "file", "file_id": "x"}]}),
            "content[0]",
        ),
        (
            json!({"content": [text], "model_config_id": NOBODY}),
            "model_config_id",
        ),
        (
            json!({"content": [text], "model_config_id": "x"}),
            "model_config_id",
        ),
        (
            json!({"content": [text], "workspace_id": NOBODY}),
            "workspace_id",
        ),
        (
            json!({"content": [text], "organization_id": NOBODY}),
            "organization_id",
        ),
        (
            json!({"content": [text], "reasoning_effort": "hard"}),
            "reasoning_effort",
        ),
        (
            // Offered by another provider.
            json!({"content": [text], "reasoning_effort": "max"}),
            "reasoning_effort",
        ),
        (
            json!({"content": [text], "client_type": "fax"}),
            "client_type",
        ),
        (
            json!({"content": [text], "system_prompt": "x".repeat(200_000)}),
            "system_prompt",
        ),
    ] {
        let answer = muster.post(&owner, CHATS, body.clone()).await;
        let fields = answer.fields();
        assert!(fields[0].starts_with(field), "{body}: {}", answer.body);
        assert!(answer.body["detail"].as_str().unwrap().contains(field));
        answer.expect(400);
    }
    assert_eq!(count(&muster, &owner).await, 0);
    muster.end().await;
}

#[tokio::test]
async fn body_that_is_no_json_or_too_much_of_it_is_refused() {
    let muster = Harness::start().await;
    let owner = muster.owner().await;
    let post = async |body: String| {
        let call = muster.call(Method::POST, CHATS).by(&owner);
        call.header("content-type", "application/json")
            .body(body)
            .send()
            .await
    };
    for body in [
        "",
        "{",
        "{\"content\": [",
        "nonsense",
        "{\"content\": []} {}",
    ] {
        let body = post(body.to_owned()).await.expect(400);
        assert_eq!(body["message"], "The request body is not valid JSON.");
    }
    let deep = "[".repeat(100) + &"]".repeat(100);
    post(deep).await.expect(400);
    let long = "x".repeat(limits::MESSAGE_BODY_BYTES_MAX);
    let body = json!({"content": [{"type": "text", "text": long}]});
    let body = post(body.to_string()).await.expect(413);
    assert!(body["message"].is_string());
    let name = "x".repeat(limits::BODY_BYTES_MAX);
    let login = json!({"email": name, "password": "x"});
    let call = muster
        .call(Method::POST, "/api/v2/users/login")
        .json(&login);
    call.send().await.expect(413);
    assert_eq!(count(&muster, &owner).await, 0);
    muster.end().await;
}

#[tokio::test]
async fn wrong_ids_are_named_and_unknown_ones_are_not_found() {
    let muster = Harness::start().await;
    let owner = muster.owner().await;
    let content = json!({"content": [{"type": "text", "text": "hi"}]});
    for (method, path, field) in [
        (Method::GET, "/api/v2/chats/x", "chat"),
        (Method::PATCH, "/api/v2/chats/x", "chat"),
        (Method::POST, "/api/v2/chats/x/interrupt", "chat"),
        (Method::GET, "/api/v2/chats/x/messages", "chat"),
        (
            Method::DELETE,
            &format!("/api/v2/chats/{NOBODY}/queue/x"),
            "queued",
        ),
        (
            Method::PATCH,
            &format!("/api/v2/chats/{NOBODY}/messages/x"),
            "message",
        ),
        (Method::GET, "/api/v2/workspaces/x", "workspace"),
        (Method::GET, "/api/v2/workspacebuilds/x", "build"),
        (
            Method::DELETE,
            "/api/v2/chats/providers/x",
            "provider_config",
        ),
        (
            Method::GET,
            &format!("/api/v2/chats/{NOBODY}/messages?limit=0"),
            "limit",
        ),
        (
            Method::GET,
            &format!("/api/v2/chats/{NOBODY}/messages?limit=x"),
            "limit",
        ),
        (
            Method::GET,
            &format!("/api/v2/chats/{NOBODY}/messages?before_id=-1"),
            "before_id",
        ),
    ] {
        let call = muster.call(method.clone(), path).by(&owner).json(&content);
        let answer = call.send().await;
        assert_eq!(answer.fields(), [field], "{method} {path}: {}", answer.body);
        answer.expect(400);
    }
    for (method, path) in [
        (Method::GET, format!("/api/v2/chats/{NOBODY}")),
        (Method::PATCH, format!("/api/v2/chats/{NOBODY}")),
        (Method::POST, format!("/api/v2/chats/{NOBODY}/messages")),
        (Method::PATCH, format!("/api/v2/chats/{NOBODY}/messages/1")),
        (Method::DELETE, format!("/api/v2/chats/{NOBODY}/queue/1")),
        (
            Method::POST,
            format!("/api/v2/chats/{NOBODY}/queue/1/promote"),
        ),
        (Method::POST, format!("/api/v2/chats/{NOBODY}/interrupt")),
        (Method::GET, format!("/api/v2/workspaces/{NOBODY}")),
        (Method::GET, "/api/v2/no/such/route".to_owned()),
    ] {
        let call = muster.call(method.clone(), &path).by(&owner).json(&content);
        let body = call.send().await.expect(404);
        assert!(body["message"].is_string(), "{method} {path}");
    }
    let call = muster.call(Method::PUT, CHATS).by(&owner);
    assert!(call.send().await.expect(405)["message"].is_string());
    let plain = format!("/api/v2/chats/{NOBODY}/stream");
    let body: Value = muster.get(&owner, &plain).await.expect(400);
    assert_eq!(body["message"], "This route is a WebSocket.");
    muster.end().await;
}
