//! What model attempts sent and received: kept where somebody wants it, and shown to few.

use std::time::Duration;

use muster_base::limits::{DEBUG_RETENTION_DAYS_MAX, DEBUG_RUNS_PER_CHAT_MAX};
use muster_base::{ChatId, DebugRunId};
use muster_rbac::{Actor, Purpose, Role};
use muster_store::chat_messages::Usage;
use muster_store::debug_runs::{DebugRun, DebugRunDetail, RunBody, RunPurpose, RunStatus};
use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{Answer, Harness, Person};

const CONFIG: &str = "/api/v2/chats/config";
const SCRIPT: &str = r#"
name = "test"

[[on]]
user = "refuse"
reply.fault = { status = 401, body = "The key sk-abcdefghijklmnop0123456789 is wrong" }

[[on]]
else = true
reply.text = "Hello back."
"#;

/// Keeps an attempt of a chat that nobody has made.
pub(crate) async fn debug_run(muster: &Harness, chat: &str) -> String {
    let id = DebugRunId::new(muster.store().clock());
    let chat_id: ChatId = chat.parse().unwrap();
    let now = muster.store().clock().now();
    let body = |text: &str| RunBody {
        text: text.to_owned(),
        ..RunBody::default()
    };
    let detail = DebugRunDetail {
        run: DebugRun {
            id,
            chat_id,
            purpose: RunPurpose::Chat,
            provider: "openai".to_owned(),
            model: "m".to_owned(),
            model_config_id: None,
            history_version: 1,
            generation_attempt: 1,
            status: RunStatus::Completed,
            error: None,
            usage: Usage::default(),
            status_code: Some(200),
            started_at: now,
            finished_at: now,
        },
        request: body("question"),
        response: body("answer with \0"),
    };
    let worker = Actor::system(Purpose::ChatWorker);
    let kept = muster.store().insert_debug_run(&worker, detail).await;
    kept.unwrap();
    id.to_string()
}

async fn put(muster: &Harness, person: &Person, what: &str, body: Value) -> Answer {
    let path = format!("{CONFIG}/{what}");
    let call = muster.call(Method::PUT, &path).by(person);
    call.json(&body).send().await
}

async fn get(muster: &Harness, person: &Person, what: &str) -> Answer {
    muster.get(person, &format!("{CONFIG}/{what}")).await
}

async fn chat(muster: &Harness, person: &Person, words: &str, status: &str) -> String {
    let say = json!({"content": [{"type": "text", "text": words}]});
    let made = muster.post(person, "/api/v2/chats", say).await.expect(201);
    let chat = made["id"].as_str().unwrap().to_owned();
    muster.until(person, &chat, status).await;
    chat
}

/// The attempts of a chat for a purpose, once there is one.
async fn runs(muster: &Harness, person: &Person, chat: &str, purpose: &str) -> Vec<Value> {
    let path = format!("/api/v2/chats/{chat}/debug/runs");
    let clock = muster_base::Clock::system();
    for _ in 0..1_000 {
        let all = muster.get(person, &path).await.expect(200);
        let all = all.as_array().unwrap().iter();
        let found: Vec<Value> = all.filter(|it| it["purpose"] == purpose).cloned().collect();
        if !found.is_empty() {
            return found;
        }
        clock.timer("test.poll", Duration::from_millis(10)).await;
    }
    panic!("no attempt was kept");
}

#[tokio::test]
async fn nothing_is_kept_unless_somebody_says_so() {
    let muster = Harness::start().await;
    let owner = muster.owner().await;
    muster.model(&owner, SCRIPT).await;
    let off = get(&muster, &owner, "debug-logging").await.expect(200);
    assert_eq!(off, json!({"allow_users": false, "all_chats": false}));
    let chat = chat(&muster, &owner, "hello", "waiting").await;
    let path = format!("/api/v2/chats/{chat}/debug/runs");
    assert_eq!(muster.get(&owner, &path).await.expect(200), json!([]));
    muster.end().await;
}

#[tokio::test]
async fn attempts_of_all_chats_are_kept_with_what_went_over_the_wire() {
    let muster = Harness::start().await;
    let owner = muster.owner().await;
    let model = muster.model(&owner, SCRIPT).await;
    let all = json!({"all_chats": true});
    put(&muster, &owner, "debug-logging", all).await.expect(204);
    let person = muster.person("ann", &[Role::AgentsAccess]).await;
    let chat = chat(&muster, &person, "hello", "waiting").await;
    let kept = runs(&muster, &person, &chat, "chat").await;
    assert_eq!(kept.len(), 1);
    assert_eq!(kept[0]["status"], "completed");
    assert_eq!(kept[0]["model_config_id"], model.as_str());
    assert_eq!(kept[0]["provider"], "openai-compat");
    assert_eq!(kept[0]["status_code"], 200);
    assert_eq!(kept[0]["generation_attempt"], 1);
    assert!(kept[0]["usage"]["output_tokens"].as_i64().unwrap() > 0);
    assert!(kept[0].get("request").is_none(), "lists have no bodies");
    let id = kept[0]["id"].as_str().unwrap();
    let path = format!("/api/v2/chats/{chat}/debug/runs/{id}");
    let detail = muster.get(&person, &path).await.expect(200);
    assert_eq!(detail["id"], id);
    let url = detail["request"]["url"].as_str().unwrap();
    assert!(url.ends_with("/v1/chat/completions"), "{url}");
    let sent = detail["request"]["body"].as_str().unwrap();
    assert!(
        sent.contains("\"messages\"") && sent.contains("hello"),
        "{sent}"
    );
    let answer = detail["response"]["body"].as_str().unwrap();
    assert!(answer.contains("data:"), "{answer}");
    assert_eq!(detail["request"]["truncated"], false);
    // The title was asked for beside it.
    let title = runs(&muster, &person, &chat, "title").await;
    assert_eq!(title[0]["generation_attempt"], 0);
    let shown = muster.get(&owner, &path).await;
    shown.expect(200);
    muster.end().await;
}

#[tokio::test]
async fn failed_attempt_is_kept_without_the_key_that_its_answer_quotes() {
    let muster = Harness::start().await;
    let owner = muster.owner().await;
    muster.model(&owner, SCRIPT).await;
    let all = json!({"all_chats": true});
    put(&muster, &owner, "debug-logging", all).await.expect(204);
    let chat = chat(&muster, &owner, "refuse", "error").await;
    let kept = runs(&muster, &owner, &chat, "chat").await;
    assert_eq!(kept[0]["status"], "failed");
    assert_eq!(kept[0]["error"]["kind"], "auth");
    assert_eq!(kept[0]["status_code"], 401);
    let id = kept[0]["id"].as_str().unwrap();
    let path = format!("/api/v2/chats/{chat}/debug/runs/{id}");
    let detail = muster.get(&owner, &path).await.expect(200);
    let body = detail["response"]["body"].as_str().unwrap();
    assert!(body.contains("[redacted]"), "{body}");
    assert!(!detail.to_string().contains("sk-abc"), "{detail}");
    muster.end().await;
}

#[tokio::test]
async fn people_have_their_own_kept_where_they_may() {
    let muster = Harness::start().await;
    let owner = muster.owner().await;
    muster.model(&owner, SCRIPT).await;
    let ann = muster.person("ann", &[Role::AgentsAccess]).await;
    let ben = muster.person("ben", &[Role::AgentsAccess]).await;
    let on = || json!({"debug_logging": true});
    let own = "user-debug-logging";
    put(&muster, &ann, own, on()).await.expect(403);
    let off = json!({"debug_logging": false});
    put(&muster, &ann, own, off).await.expect(200);
    let allow = json!({"allow_users": true});
    put(&muster, &owner, "debug-logging", allow)
        .await
        .expect(204);
    let kept = put(&muster, &ann, own, on()).await.expect(200);
    let expected = json!({
        "debug_logging": true, "user_toggle_allowed": true, "forced_by_deployment": false,
    });
    assert_eq!(kept, expected);
    assert_eq!(get(&muster, &ann, own).await.expect(200), expected);
    let of_ben = chat(&muster, &ben, "hello", "waiting").await;
    let of_ann = chat(&muster, &ann, "hello", "waiting").await;
    runs(&muster, &ann, &of_ann, "chat").await;
    let path = format!("/api/v2/chats/{of_ben}/debug/runs");
    assert_eq!(muster.get(&ben, &path).await.expect(200), json!([]));
    // What an administrator takes back no longer counts, whatever people had said.
    let deny = json!({"allow_users": false});
    put(&muster, &owner, "debug-logging", deny)
        .await
        .expect(204);
    let now = get(&muster, &ann, own).await.expect(200);
    assert_eq!(now["user_toggle_allowed"], false);
    muster.end().await;
}

#[tokio::test]
async fn newest_attempts_of_a_chat_are_kept_and_old_ones_go() {
    let clock = muster_base::MockClock::new(muster_base::Micros(1_767_225_600_000_000));
    let muster = Harness::with_clock(&clock).await;
    let owner = muster.owner().await;
    muster.model(&owner, SCRIPT).await;
    let chat = chat(&muster, &owner, "hello", "waiting").await;
    let path = format!("/api/v2/chats/{chat}/debug/runs");
    let most = usize::try_from(DEBUG_RUNS_PER_CHAT_MAX).unwrap();
    let mut made = Vec::new();
    for _ in 0..=most {
        clock.advance(Duration::from_millis(1));
        made.push(debug_run(&muster, &chat).await);
    }
    let kept = muster.get(&owner, &path).await.expect(200);
    let ids = kept.as_array().unwrap().iter();
    let ids: Vec<_> = ids.map(|it| it["id"].as_str().unwrap()).collect();
    let newest: Vec<_> = made.iter().rev().take(most).collect();
    assert_eq!(ids, newest);

    // Through the store from here on: no session lives that long.
    let (store, chat_id) = (muster.store(), chat.parse().unwrap());
    let (worker, setup) = (
        Actor::system(Purpose::ChatWorker),
        Actor::system(Purpose::Setup),
    );
    let listed = || async { store.list_debug_runs(&worker, chat_id).await.unwrap().len() };
    let day = Duration::from_secs(24 * 3600);
    store.set_debug_retention_days(&setup, 2).await.unwrap();
    clock.advance(2 * day - Duration::from_secs(1));
    store.purge_debug_runs(&worker).await.unwrap();
    assert_eq!(listed().await, most);
    clock.advance(Duration::from_secs(2));
    store.purge_debug_runs(&worker).await.unwrap();
    assert_eq!(listed().await, 0);
    // Once more finds nothing, and without a limit nothing is too old.
    assert_eq!(store.purge_debug_runs(&worker).await.unwrap(), 0);
    debug_run(&muster, &chat).await;
    store.set_debug_retention_days(&setup, 0).await.unwrap();
    clock.advance(400 * day);
    assert_eq!(store.purge_debug_runs(&worker).await.unwrap(), 0);
    assert_eq!(listed().await, 1);
    muster.end().await;
}

#[tokio::test]
async fn retention_is_a_number_of_days() {
    let muster = Harness::start().await;
    let owner = muster.owner().await;
    let what = "debug-retention-days";
    let default = get(&muster, &owner, what).await.expect(200);
    assert_eq!(default, json!({"debug_retention_days": 7}));
    for days in [0, DEBUG_RETENTION_DAYS_MAX] {
        let body = json!({"debug_retention_days": days});
        put(&muster, &owner, what, body.clone()).await.expect(204);
        assert_eq!(get(&muster, &owner, what).await.expect(200), body);
    }
    for days in [-1, DEBUG_RETENTION_DAYS_MAX + 1] {
        let body = json!({"debug_retention_days": days});
        let refused = put(&muster, &owner, what, body).await;
        assert_eq!(refused.fields(), ["debug_retention_days"]);
        refused.expect(400);
    }
    muster.end().await;
}
