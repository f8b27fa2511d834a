//! A chat whose row makes no sense, and the way out.

use muster_base::ChatId;
use muster_store::{Statement, params};
use serde_json::json;

use crate::harness::Harness;

const SCRIPT: &str = r#"
name = "test"

[[on]]
user = "wait"
reply.text = "Waiting."
reply.fault = { hang = true }

[[on]]
else = true
reply.text = "You said: {{user}}"
"#;

/// No transition archives a chat that runs.
async fn spoil(muster: &Harness, chat: ChatId) {
    static SPOIL: Statement = Statement::new(
        "test/spoil",
        "update chats set archived = $2, status = 'running' where id = $1",
    );
    let write = muster.store().write("test.spoil", move |tx| {
        Box::pin(async move { tx.execute(&SPOIL, &params![chat, true]).await })
    });
    write.await.unwrap();
}

#[tokio::test]
async fn chat_in_an_impossible_state_is_made_usable_again() {
    let muster = Harness::start().await;
    let owner = muster.owner().await;
    muster.model(&owner, SCRIPT).await;
    let say = |text: &str| json!({"content": [{"type": "text", "text": text}]});
    let made = muster.post(&owner, "/api/v2/chats", say("one")).await;
    let made = made.expect(201);
    let id = made["id"].as_str().unwrap();
    let chat = format!("/api/v2/chats/{id}");
    muster.until(&owner, id, "waiting").await;
    let reconcile = format!("{chat}/reconcile-invalid");
    muster.post(&owner, &reconcile, json!({})).await.expect(409);

    spoil(&muster, id.parse().unwrap()).await;
    let messages = format!("{chat}/messages");
    muster.post(&owner, &messages, say("two")).await.expect(409);
    let done = muster.post(&owner, &reconcile, json!({})).await.expect(200);
    assert_eq!(
        (&done["status"], &done["archived"]),
        (&json!("error"), &json!(false))
    );
    assert_eq!(done["last_error"]["kind"], "generic");
    muster.post(&owner, &reconcile, json!({})).await.expect(409);
    muster.post(&owner, &messages, say("two")).await.expect(200);
    muster.until(&owner, id, "waiting").await;
    muster.end().await;
}
