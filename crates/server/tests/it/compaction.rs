//! Thresholds of people, summaries on request, and a conversation left behind.

use muster_rbac::Role;
use serde_json::{Value, json};

use crate::harness::{Answer, Harness, Person};

const THRESHOLDS: &str = "/api/v2/chats/config/user-compaction-thresholds";

const SCRIPT: &str = r#"
name = "test"

[[on]]
purpose = "compaction"
reply.text = "They greeted each other."

[[on]]
else = true
reply.text = "You said: {{user}}"
"#;

async fn put(muster: &Harness, person: &Person, model: &str, body: Value) -> Answer {
    let path = format!("{THRESHOLDS}/{model}");
    let call = muster.call(reqwest::Method::PUT, &path).by(person);
    call.json(&body).send().await
}

async fn listed(muster: &Harness, person: &Person) -> Value {
    let answer = muster.get(person, THRESHOLDS).await.expect(200);
    answer["thresholds"].clone()
}

#[tokio::test]
async fn threshold_is_kept_per_person_and_model() {
    let muster = Harness::start().await;
    let owner = muster.owner().await;
    let other = muster.person("ann", &[Role::AgentsAccess]).await;
    let model = muster.model(&owner, SCRIPT).await;
    assert_eq!(listed(&muster, &owner).await, json!([]));
    for percent in [0, 100, 55] {
        let body = json!({"threshold_percent": percent});
        let kept = put(&muster, &owner, &model, body).await.expect(200);
        assert_eq!(
            kept,
            json!({"model_config_id": model, "threshold_percent": percent})
        );
    }
    let own = json!([{"model_config_id": model, "threshold_percent": 55}]);
    assert_eq!(listed(&muster, &owner).await, own);
    assert_eq!(listed(&muster, &other).await, json!([]));

    let path = format!("{THRESHOLDS}/{model}");
    muster.delete(&other, &path).await.expect(204);
    assert_eq!(listed(&muster, &owner).await, own);
    muster.delete(&owner, &path).await.expect(204);
    muster.delete(&owner, &path).await.expect(204);
    assert_eq!(listed(&muster, &owner).await, json!([]));
    muster.end().await;
}

#[tokio::test]
async fn threshold_must_be_a_percentage_of_a_model_in_use() {
    let muster = Harness::start().await;
    let owner = muster.owner().await;
    let model = muster.model(&owner, SCRIPT).await;
    for percent in [-1, 101] {
        let body = json!({"threshold_percent": percent});
        let refused = put(&muster, &owner, &model, body).await;
        assert_eq!(refused.fields(), ["threshold_percent"]);
        refused.expect(400);
    }
    let body = json!({"threshold_percent": 50});
    put(&muster, &owner, &model, json!({})).await.expect(400);
    let unknown = "00000000-0000-7000-8000-000000000001";
    put(&muster, &owner, unknown, body.clone())
        .await
        .expect(404);
    let config = format!("/api/v2/chats/model-configs/{model}");
    let off = json!({"enabled": false});
    muster.patch(&owner, &config, off).await.expect(200);
    put(&muster, &owner, &model, body).await.expect(400);
    muster.end().await;
}

#[tokio::test]
async fn chat_is_compacted_and_cleared_on_request() {
    let muster = Harness::start().await;
    let owner = muster.owner().await;
    muster.model(&owner, SCRIPT).await;
    let say = json!({"content": [{"type": "text", "text": "hello"}]});
    let made = muster.post(&owner, "/api/v2/chats", say).await.expect(201);
    let chat = made["id"].as_str().unwrap();
    muster.until(&owner, chat, "waiting").await;
    let path = format!("/api/v2/chats/{chat}");

    let compact = format!("{path}/compact");
    let asked = muster.post(&owner, &compact, json!({})).await.expect(200);
    assert_eq!(asked["id"], chat);
    muster.until(&owner, chat, "waiting").await;
    let messages = format!("{path}/messages");
    let page = muster.get(&owner, &messages).await.expect(200);
    let result = &page["messages"][0]["content"][0];
    assert_eq!(result["tool_name"], "chat_summarized");
    assert_eq!(result["result"]["summary"], "They greeted each other.");
    assert_eq!(result["result"]["source"], "manual");
    muster.post(&owner, &compact, json!({})).await.expect(409);

    let clear = format!("{path}/clear");
    let cleared = muster.post(&owner, &clear, json!({})).await.expect(200);
    assert_eq!(cleared["status"], "waiting");
    let page = muster.get(&owner, &messages).await.expect(200);
    let result = &page["messages"][0]["content"][0];
    assert_eq!(result["tool_name"], "chat_cleared");
    muster.end().await;
}
