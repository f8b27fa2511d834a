//! Titles on request, through the front door.

use std::time::Duration;

use muster_base::{ChatId, Clock, LeaseId};
use muster_rbac::{Actor, Purpose, Role};
use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{Harness, Person};

const SCRIPT: &str = r#"
name = "test"

[[on]]
purpose = "title"
user = "latest message: And the parser"
reply.object = { title = "Parser of the list" }

[[on]]
purpose = "title"
user = "latest message"
reply.object = { headline = "nothing of use" }

[[on]]
else = true
reply.text = "Done."
"#;

async fn chat(muster: &Harness, person: &Person, words: &str) -> String {
    let say = json!({"content": [{"type": "text", "text": words}]});
    let made = muster.post(person, "/api/v2/chats", say).await.expect(201);
    let chat = made["id"].as_str().unwrap().to_owned();
    muster.until(person, &chat, "waiting").await;
    settled(muster, &chat).await;
    chat
}

/// Waits until nobody looks for a title of the chat any more.
pub(crate) async fn settled(muster: &Harness, chat: &str) {
    let chat: ChatId = chat.parse().unwrap();
    let worker = Actor::system(Purpose::ChatWorker);
    let (store, clock) = (muster.store(), Clock::system());
    for _ in 0..1_000 {
        let lease = LeaseId::new(&clock);
        let taken = store.acquire_title_lease(&worker, chat, lease).await;
        if taken.unwrap().is_some() {
            let released = store.release_title_lease(&worker, chat, lease).await;
            return released.unwrap();
        }
        clock.timer("test.poll", Duration::from_millis(10)).await;
    }
    panic!("the title is still looked for");
}

async fn shown(muster: &Harness, person: &Person, chat: &str) -> Value {
    let path = format!("/api/v2/chats/{chat}");
    muster.get(person, &path).await.expect(200)
}

#[tokio::test]
async fn title_is_found_on_request_and_the_answer_is_the_chat() {
    let muster = Harness::start().await;
    let owner = muster.owner().await;
    muster.model(&owner, SCRIPT).await;
    let chat = chat(&muster, &owner, "And the parser of the list?").await;
    let path = format!("/api/experimental/chats/{chat}/title/regenerate");
    let named = muster.post(&owner, &path, json!({})).await.expect(200);
    assert_eq!(named["title"], "Parser of the list");
    assert_eq!(named["id"], chat.as_str());
    let now = shown(&muster, &owner, &chat).await;
    assert_eq!(now["title"], "Parser of the list");
    assert_eq!(now["last_turn_summary"], "Done.");
    muster.end().await;
}

#[tokio::test]
async fn model_that_finds_no_title_is_a_clear_failure() {
    let muster = Harness::start().await;
    let owner = muster.owner().await;
    muster.model(&owner, SCRIPT).await;
    let chat = chat(&muster, &owner, "Something else").await;
    let before = shown(&muster, &owner, &chat).await;
    let path = format!("/api/v2/chats/{chat}/title/regenerate");
    let failed = muster.post(&owner, &path, json!({})).await.expect(502);
    assert!(
        failed["message"]
            .as_str()
            .unwrap()
            .contains("OpenAI Compatible")
    );
    let after = shown(&muster, &owner, &chat).await;
    assert_eq!(after["title"], before["title"]);
    assert_eq!(after["updated_at"], before["updated_at"]);
    muster.end().await;
}

#[tokio::test]
async fn title_is_for_those_who_may_change_the_chat() {
    let muster = Harness::start().await;
    let owner = muster.owner().await;
    muster.model(&owner, SCRIPT).await;
    let other = muster.person("ann", &[Role::AgentsAccess]).await;
    let chat = chat(&muster, &owner, "And the parser of the list?").await;
    let path = format!("/api/v2/chats/{chat}/title/regenerate");
    muster.post(&other, &path, json!({})).await.expect(404);
    let nobody = muster.call(Method::POST, &path).send().await;
    nobody.expect(401);
    muster.end().await;
}
