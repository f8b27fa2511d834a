//! The deployment's prompt and one's own, and what becomes of them in a chat.

use muster_base::limits::{PROMPT_BODY_BYTES_MAX, PROMPT_BYTES_MAX};
use muster_chat_engine::DEFAULT_SYSTEM_PROMPT;
use muster_rbac::{Actor, Purpose, Role};
use muster_store::chat_messages::Role as StoredRole;
use muster_store::user_configs::CHAT_CUSTOM_PROMPT;
use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{Answer, Harness, Person};

const SYSTEM: &str = "/api/experimental/chats/config/system-prompt";
const USER: &str = "/api/v2/chats/config/user-prompt";
const SCRIPT: &str = "name = \"s\"\n[[on]]\nelse = true\nreply.text = \"hi\"";

async fn put(muster: &Harness, person: &Person, path: &str, body: Value) -> Answer {
    let call = muster.call(Method::PUT, path).by(person).json(&body);
    call.send().await
}

/// The system texts of a new chat.
async fn opening(muster: &Harness, person: &Person, body: Value) -> (Value, Vec<String>) {
    let mut request = json!({"content": [{"type": "text", "text": "hello"}]});
    for (key, value) in body.as_object().unwrap() {
        request[key] = value.clone();
    }
    let chat = muster.post(person, "/api/v2/chats", request).await;
    let chat = chat.expect(201);
    let id = chat["id"].as_str().unwrap();
    muster.until(person, id, "waiting").await;
    // Clients are never shown them.
    let path = format!("/api/v2/chats/{id}/messages");
    let page = muster.get(person, &path).await.expect(200);
    assert!(!page.to_string().contains("\"system\""), "{page}");
    let worker = Actor::system(Purpose::ChatWorker);
    let stored = muster.store().get_prompt(&worker, id.parse().unwrap());
    let (_, messages) = stored.await.unwrap();
    let system = messages.iter().filter(|it| it.role == StoredRole::System);
    let content = system.map(|it| serde_json::from_str::<Value>(&it.content).unwrap());
    let texts = content.map(|it| it[0]["text"].as_str().unwrap().to_owned());
    let texts = texts.collect();
    (chat, texts)
}

#[tokio::test]
async fn deployment_prompt_is_the_administrators_and_opens_new_chats() {
    let muster = Harness::start().await;
    let owner = muster.owner().await;
    let member = muster.person("member", &[Role::AgentsAccess]).await;
    muster.model(&owner, SCRIPT).await;
    let before = muster.get(&owner, SYSTEM).await.expect(200);
    let default = json!({
        "system_prompt": "", "include_default_system_prompt": true,
        "default_system_prompt": DEFAULT_SYSTEM_PROMPT,
    });
    assert_eq!(before, default);
    muster.get(&member, SYSTEM).await.expect(404);
    let body = json!({"system_prompt": "Be\u{200B} kind.\r\n\r\n\r\nAlways.\n"});
    put(&muster, &member, SYSTEM, body.clone())
        .await
        .expect(403);
    put(&muster, &owner, SYSTEM, body).await.expect(204);
    let after = muster.get(&owner, SYSTEM).await.expect(200);
    assert_eq!(after["system_prompt"], "Be kind.\n\nAlways.");
    assert_eq!(after["include_default_system_prompt"], true);
    let (_, texts) = opening(&muster, &member, json!({})).await;
    let expect = format!("{}\n\nBe kind.\n\nAlways.", DEFAULT_SYSTEM_PROMPT.trim());
    assert_eq!(texts.first(), Some(&expect));

    let off = json!({"system_prompt": "Only this.", "include_default_system_prompt": false});
    put(&muster, &owner, SYSTEM, off).await.expect(204);
    let own = json!({"system_prompt": "Mine\u{FEFF}.\u{2060}"});
    let (chat, texts) = opening(&muster, &member, own).await;
    assert_eq!(
        (texts.len(), texts[0].as_str(), texts[2].as_str()),
        (3, "Only this.", "Mine.")
    );
    let warning = "2 invisible characters were removed from the prompt.";
    assert_eq!(chat["warnings"], json!([warning]));
    muster.end().await;
}

#[tokio::test]
async fn prompts_have_a_size() {
    let muster = Harness::start().await;
    let owner = muster.owner().await;
    for (path, field) in [(SYSTEM, "system_prompt"), (USER, "custom_prompt")] {
        // What is removed does not count.
        let fits = "x".repeat(PROMPT_BYTES_MAX) + "\u{200B}\n";
        let saved = put(&muster, &owner, path, json!({field: fits})).await;
        assert!(saved.status.is_success(), "{}", saved.body);
        let long = "x".repeat(PROMPT_BYTES_MAX + 1);
        let refused = put(&muster, &owner, path, json!({field: long})).await;
        assert_eq!(refused.fields(), [field]);
        refused.expect(400);
        let missing = put(&muster, &owner, path, json!({})).await;
        assert_eq!(missing.fields(), [field]);
    }
    let body = json!({"system_prompt": "\n".repeat(PROMPT_BODY_BYTES_MAX)});
    put(&muster, &owner, SYSTEM, body).await.expect(400);
    let body = json!({"system_prompt": "x".repeat(2 * 1024 * 1024)});
    put(&muster, &owner, SYSTEM, body).await.expect(400);
    muster.end().await;
}

#[tokio::test]
async fn own_prompt_is_sanitised_on_write_and_on_read_and_is_ones_own() {
    let muster = Harness::start().await;
    let (owner, other) = (muster.owner().await, muster.person("other", &[]).await);
    let empty = muster.get(&owner, USER).await.expect(200);
    assert_eq!(empty, json!({"custom_prompt": ""}));
    let body = json!({"custom_prompt": " Speak\u{AD} Latin. "});
    let saved = put(&muster, &owner, USER, body).await.expect(200);
    let warning = "1 invisible character was removed from the prompt.";
    let expect = json!({"custom_prompt": "Speak Latin.", "warnings": [warning]});
    assert_eq!(saved, expect);
    let read = muster.get(&owner, USER).await.expect(200);
    assert_eq!(read, json!({"custom_prompt": "Speak Latin."}));
    let others = muster.get(&other, USER).await.expect(200);
    assert_eq!(others["custom_prompt"], "");

    // What got into the database past the handlers does not get out of it.
    let user = other.id;
    let stored = muster.store().write("test.prompt", move |tx| {
        let text = "un\u{202E}seen".to_owned() + &" ".repeat(9);
        Box::pin(async move {
            muster_store::user_configs::set(tx, user, CHAT_CUSTOM_PROMPT, &text).await
        })
    });
    stored.await.unwrap();
    let read = muster.get(&other, USER).await.expect(200);
    assert_eq!(read["custom_prompt"], "unseen");
    muster.end().await;
}
