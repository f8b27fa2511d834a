//! Spending limits: who is refused what, and who decides.

use std::time::Duration;

use muster_base::{ChatId, Micros, MockClock, ModelConfigId, UserId};
use muster_rbac::Role;
use muster_store::chat_messages::door::NewMessage;
use muster_store::chat_messages::{self, Usage as StoredUsage};
use muster_store::chats::door::NewChat;
use muster_store::chats::{self, ClientType};
use muster_store::{Error, Statement, params};
use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{Harness, Person};

/// Sunday, 2026-03-01, noon.
pub(crate) const START: Micros = Micros(1_772_366_400_000_000);
pub(crate) const CHATS: &str = "/api/v2/chats";
pub(crate) const LIMITS: &str = "/api/v2/chats/usage-limits";
pub(crate) const NOBODY: &str = "00000000-0000-7000-8000-000000000000";
const SCRIPT: &str = r#"
name = "test"

[[on]]
user = "wait"
reply.text = "Waiting."
reply.fault = { hang = true }

[[on]]
else = true
reply.text = "Hi."
"#;

static REST: Statement = Statement::new(
    "test/rest",
    "update chats set status = 'waiting', archived = $2 where id = $1",
);

fn say(text: &str) -> Value {
    json!({"content": [{"type": "text", "text": text}]})
}

impl Harness {
    /// A chat of somebody that rests, written beside the machine so that no engine takes it.
    pub(crate) async fn resting_chat(
        &self,
        owner: UserId,
        parent: Option<ChatId>,
        title: &str,
    ) -> ChatId {
        let id = ChatId::new(self.store().clock());
        let chat = NewChat {
            id,
            organization_id: self.organization(),
            owner_id: owner,
            parent: parent.map(|parent| (parent, parent)),
            workspace_id: None,
            build_id: None,
            agent_id: None,
            model_config_id: ModelConfigId::NIL,
            reasoning_effort: None,
            title: title.to_owned(),
            mode: None,
            client_type: ClientType::Api,
            labels: json!({}),
            mcp_server_ids: Vec::new(),
            system_prompt: None,
            dynamic_tools: None,
            effect_id: None,
        };
        let made: Result<(), Error> = self
            .store()
            .write("test.chat", move |tx| {
                let chat = chat.clone();
                Box::pin(async move {
                    chats::door::insert(tx, &chat).await?;
                    tx.execute(&REST, &params![chat.id, false]).await.map(drop)
                })
            })
            .await;
        made.unwrap();
        id
    }

    /// Answers of models that somebody paid for.
    pub(crate) async fn answers(&self, chat: ChatId, answers: Vec<NewMessage>) {
        let written: Result<(), Error> = self
            .store()
            .write("test.answers", move |tx| {
                let answers = answers.clone();
                Box::pin(async move {
                    let chat = chats::get(tx, chat).await?;
                    chat_messages::door::insert(tx, &chat, &answers).await?;
                    Ok(())
                })
            })
            .await;
        written.unwrap();
    }

    pub(crate) async fn spend(&self, chat: ChatId, micros: i64) {
        self.answers(chat, vec![answer(Some(micros), None)]).await;
    }

    async fn put(&self, person: &Person, path: &str, body: &Value) -> crate::harness::Answer {
        let call = self.call(Method::PUT, path).by(person).json(body);
        call.send().await
    }

    async fn limit(&self, owner: &Person, micros: Option<i64>, period: &str) -> Value {
        let body = json!({"spend_limit_micros": micros, "period": period});
        self.put(owner, LIMITS, &body).await.expect(200)
    }
}

pub(crate) fn answer(cost: Option<i64>, model: Option<ModelConfigId>) -> NewMessage {
    NewMessage {
        total_cost_micros: cost,
        model_config_id: model,
        usage: StoredUsage {
            input_tokens: Some(3),
            output_tokens: Some(4),
            ..StoredUsage::default()
        },
        ..NewMessage::new(chat_messages::Role::Assistant, "[]")
    }
}

#[tokio::test]
async fn whoever_spent_enough_begins_nothing_more_until_the_period_ends() {
    let clock = MockClock::new(START);
    let muster = Harness::with_clock(&clock).await;
    let owner = muster.owner().await;
    let ann = muster.person("ann", &[Role::AgentsAccess]).await;
    muster.model(&owner, SCRIPT).await;
    muster.limit(&owner, Some(500), "week").await;
    let made = muster.post(&ann, CHATS, say("hello")).await.expect(201);
    let chat = made["id"].as_str().unwrap().to_owned();
    muster.until(&ann, &chat, "waiting").await;
    let messages = format!("{CHATS}/{chat}/messages");
    let page = muster.get(&ann, &messages).await.expect(200);
    let said = page["messages"].as_array().unwrap();
    let said = said.iter().find(|one| one["role"] == "user").unwrap();
    let said = format!("{messages}/{}", said["id"]);

    let old = muster.resting_chat(ann.id, None, "old").await;
    muster.spend(old, 499).await;
    muster.post(&ann, &messages, say("more")).await.expect(200);
    muster.until(&ann, &chat, "waiting").await;
    muster.spend(old, 2).await;
    let refusals = [
        muster.post(&ann, CHATS, say("hello")).await,
        muster.post(&ann, &messages, say("more")).await,
        muster.patch(&ann, &said, say("else")).await,
        // It is Ann who pays, whoever speaks.
        muster.post(&owner, &messages, say("more")).await,
    ];
    for refusal in refusals {
        let mut body = refusal.expect(409);
        assert!(body["request_id"].take().is_string());
        let expected = json!({
            "message": "The spending limit is reached. Nothing more can be started before it resets.",
            "spent_micros": 501, "limit_micros": 500, "resets_at": "2026-03-02T00:00:00Z",
            "request_id": null,
        });
        assert_eq!(body, expected);
    }
    muster.post(&owner, CHATS, say("mine")).await.expect(201);

    // Monday.
    clock.advance(Duration::from_secs(12 * 3600));
    let ann = Person {
        token: muster.key(ann.id, &["all"], Duration::from_secs(60)).await,
        ..ann
    };
    muster.patch(&ann, &said, say("else")).await.expect(200);
    muster.end().await;
}

#[tokio::test]
async fn message_is_refused_before_it_is_queued_and_not_when_it_is_promoted() {
    let muster = Harness::start().await;
    let owner = muster.owner().await;
    muster.model(&owner, SCRIPT).await;
    let made = muster.post(&owner, CHATS, say("wait")).await.expect(201);
    let path = format!("{CHATS}/{}", made["id"].as_str().unwrap());
    let messages = format!("{path}/messages");
    let sent = muster
        .post(&owner, &messages, say("hello"))
        .await
        .expect(200);
    assert_eq!(sent["queued"], true);
    let queued = sent["queued_message"]["id"].clone();

    let old = muster.resting_chat(owner.id, None, "old").await;
    muster.spend(old, 10).await;
    muster.limit(&owner, Some(10), "month").await;
    muster
        .post(&owner, &messages, say("more"))
        .await
        .expect(409);
    let promote = format!("{path}/queue/{queued}/promote");
    muster.post(&owner, &promote, json!({})).await.expect(202);
    muster
        .until(&owner, made["id"].as_str().unwrap(), "waiting")
        .await;
    let page = muster.get(&owner, &messages).await.expect(200);
    assert_eq!(page["messages"][0]["content"][0]["text"], "Hi.");
    muster.end().await;
}

#[tokio::test]
async fn look_up_that_fails_blocks_nobody() {
    let muster = Harness::start().await;
    let owner = muster.owner().await;
    muster.model(&owner, SCRIPT).await;
    let chat = muster.resting_chat(owner.id, None, "old").await;
    muster.spend(chat, 10).await;
    muster.limit(&owner, Some(10), "month").await;
    muster.post(&owner, CHATS, say("hello")).await.expect(409);
    for statement in [
        "chat_usage_limit_config/get_of_user",
        "chat_messages/get_spent",
    ] {
        muster.faults.fail(statement);
        muster.post(&owner, CHATS, say("hello")).await.expect(201);
        let status = format!("{LIMITS}/status");
        muster.get(&owner, &status).await.expect(503);
        muster.faults.heal();
    }
    muster.post(&owner, CHATS, say("hello")).await.expect(409);
    muster.end().await;
}

#[tokio::test]
async fn limits_are_decided_by_owners_and_shown_to_those_who_keep_people() {
    let clock = MockClock::new(START);
    let muster = Harness::with_clock(&clock).await;
    let owner = muster.owner().await;
    let keeper = muster.person("ken", &[Role::UserAdmin]).await;
    let ann = muster.person("ann", &[]).await;
    let nothing = json!({
        "spend_limit_micros": null, "period": "month", "updated_at": null,
        "unpriced_model_count": 0, "overrides": [], "group_overrides": [],
    });
    assert_eq!(muster.get(&owner, LIMITS).await.expect(200), nothing);
    muster.model(&owner, SCRIPT).await;
    let config = muster.limit(&owner, Some(5_000_000), "day").await;
    let decided = json!({
        "spend_limit_micros": 5_000_000, "period": "day", "updated_at": "2026-03-01T12:00:00Z",
    });
    assert_eq!(config, decided);
    let of_ann = format!("{LIMITS}/overrides/{}", ann.id);
    let of_all = format!("{LIMITS}/group-overrides/{}", muster.organization());
    let seven = json!({"spend_limit_micros": 7});
    let shown = muster.put(&owner, &of_ann, &seven).await.expect(200);
    let user = json!({
        "user_id": ann.id, "username": "ann", "name": "", "avatar_url": "",
        "spend_limit_micros": 7,
    });
    assert_eq!(shown, user);
    let shown = muster.put(&owner, &of_all, &seven).await.expect(200);
    let group = json!({
        "group_id": muster.organization(), "group_name": "Everyone",
        "group_display_name": shown["group_display_name"], "group_avatar_url": "",
        "member_count": 3, "spend_limit_micros": 7,
    });
    assert_eq!(shown, group);
    let all = muster.get(&keeper, LIMITS).await.expect(200);
    assert_eq!(all["overrides"], json!([user]));
    assert_eq!(all["group_overrides"], json!([group]));
    assert_eq!(
        all["unpriced_model_count"], 1,
        "the scripted model has no price"
    );
    muster.put(&keeper, &of_ann, &seven).await.expect(403);
    muster.get(&ann, LIMITS).await.expect(403);

    for path in [&of_ann, &of_all] {
        muster.delete(&owner, path).await.expect(204);
        muster.delete(&owner, path).await.expect(404);
    }
    for path in ["overrides", "group-overrides"] {
        let path = format!("{LIMITS}/{path}/{NOBODY}");
        muster.put(&owner, &path, &seven).await.expect(404);
        muster.delete(&owner, &path).await.expect(404);
    }
    let off = muster.limit(&owner, None, "week").await;
    assert_eq!(off["spend_limit_micros"], Value::Null);
    muster.end().await;
}

#[tokio::test]
async fn limit_that_is_none_is_refused_by_its_field() {
    let muster = Harness::start().await;
    let owner = muster.owner().await;
    let of_owner = format!("{LIMITS}/overrides/{}", owner.id);
    let most: i64 = (1 << 53) - 1;
    for (micros, status) in [(0, 400), (-1, 400), (1, 200), (most, 200), (most + 1, 400)] {
        let body = json!({"spend_limit_micros": micros, "period": "day"});
        for path in [LIMITS, &of_owner] {
            let answer = muster.put(&owner, path, &body).await;
            if status == 400 {
                assert_eq!(answer.fields(), ["spend_limit_micros"], "{micros}");
            }
            answer.expect(status);
        }
    }
    for (body, field) in [
        (json!({"spend_limit_micros": 1, "period": "year"}), "period"),
        (json!({"spend_limit_micros": 1}), "period"),
        (json!({"period": "day"}), "spend_limit_micros"),
        (
            json!({"spend_limit_micros": "1", "period": "day"}),
            "spend_limit_micros",
        ),
    ] {
        let answer = muster.put(&owner, LIMITS, &body).await;
        assert_eq!(answer.fields(), [field], "{body}");
        answer.expect(400);
    }
    muster.end().await;
}

#[tokio::test]
async fn status_is_ones_own_and_says_what_applies() {
    let clock = MockClock::new(START);
    let muster = Harness::with_clock(&clock).await;
    let owner = muster.owner().await;
    let ann = muster.person("ann", &[Role::AgentsAccess]).await;
    let status = format!("{LIMITS}/status");
    let chat = muster.resting_chat(ann.id, None, "old").await;
    muster.spend(chat, 30).await;
    let free = json!({
        "is_limited": false, "period": "month", "current_spend": 30,
        "period_start": "2026-03-01T00:00:00Z", "period_end": "2026-04-01T00:00:00Z",
    });
    assert_eq!(muster.get(&ann, &status).await.expect(200), free);
    muster.limit(&owner, Some(100), "week").await;
    let limited = json!({
        "is_limited": true, "period": "week", "spend_limit_micros": 100, "current_spend": 30,
        "period_start": "2026-02-23T00:00:00Z", "period_end": "2026-03-02T00:00:00Z",
    });
    assert_eq!(muster.get(&ann, &status).await.expect(200), limited);
    let own = muster.get(&ann, &format!("{CHATS}/cost/me/summary")).await;
    assert_eq!(own.expect(200)["usage_limit"], limited);
    let of_owner = muster.get(&owner, &status).await.expect(200);
    assert_eq!(of_owner["current_spend"], 0);
    muster.end().await;
}
