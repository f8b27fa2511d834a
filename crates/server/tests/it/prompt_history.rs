//! What somebody has asked a chat.

use serde_json::{Value, json};

use crate::harness::Harness;

const SCRIPT: &str = r#"
name = "test"

[[on]]
else = true
reply.text = "Yes."
"#;

fn texts(answer: &Value) -> Vec<&str> {
    let prompts = answer["prompts"].as_array().unwrap().iter();
    prompts
        .map(|prompt| prompt["text"].as_str().unwrap())
        .collect()
}

#[tokio::test]
async fn own_prompts_come_newest_first_without_those_that_were_edited_away() {
    let muster = Harness::start().await;
    let owner = muster.owner().await;
    muster.model(&owner, SCRIPT).await;
    let reference = json!({"type": "file-reference", "file_name": "a.rs", "content": "x"});
    let two = json!({"content": [
        {"type": "text", "text": "one"}, reference, {"type": "text", "text": "more"},
    ]});
    let made = muster.post(&owner, "/api/v2/chats", two).await.expect(201);
    let id = made["id"].as_str().unwrap();
    let chat = format!("/api/v2/chats/{id}");
    muster.until(&owner, id, "waiting").await;
    let messages = format!("{chat}/messages");
    let mut last = Value::Null;
    for part in [
        json!({"type": "text", "text": "two"}),
        reference,
        json!({"type": "text", "text": "three"}),
    ] {
        let sent = muster.post(&owner, &messages, json!({"content": [part]}));
        last = sent.await.expect(200)["message"]["id"].clone();
        muster.until(&owner, id, "waiting").await;
    }
    let prompts = format!("{chat}/prompts");
    let all = muster.get(&owner, &prompts).await.expect(200);
    assert_eq!(texts(&all), ["three", "two", "one\nmore"]);
    assert_eq!(all["prompts"][0]["id"], last);
    // What has no text takes no place.
    let newest = muster.get(&owner, &format!("{prompts}?limit=2")).await;
    assert_eq!(texts(&newest.expect(200)), ["three", "two"]);
    let edit = json!({"content": [{"type": "text", "text": "four"}]});
    let path = format!("{messages}/{last}");
    muster.patch(&owner, &path, edit).await.expect(200);
    muster.until(&owner, id, "waiting").await;
    let newest = muster.get(&owner, &format!("{prompts}?limit=1")).await;
    assert_eq!(texts(&newest.expect(200)), ["four"]);
    for limit in [0, 501] {
        let refused = muster
            .get(&owner, &format!("{prompts}?limit={limit}"))
            .await;
        assert_eq!(refused.fields(), ["limit"]);
        refused.expect(400);
    }
    let most = muster.get(&owner, &format!("{prompts}?limit=500")).await;
    assert_eq!(texts(&most.expect(200)).len(), 3);
    muster.end().await;
}
