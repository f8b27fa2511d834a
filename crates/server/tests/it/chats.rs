//! Chats from the outside, with a scripted model behind them.

use muster_rbac::Role;
use serde_json::{Value, json};

use crate::harness::{Harness, Person};

/// Answers at once; a turn that was told to wait takes for ever.
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

fn say(text: &str) -> Value {
    json!({"content": [{"type": "text", "text": text}]})
}

async fn create(muster: &Harness, person: &Person, text: &str) -> String {
    let chat = muster
        .post(person, "/api/v2/chats", say(text))
        .await
        .expect(201);
    assert_eq!(chat["status"], "running");
    chat["id"].as_str().unwrap().to_owned()
}

/// The texts of a page, oldest first, with who said them.
fn transcript(page: &Value) -> Vec<String> {
    let messages = page["messages"].as_array().unwrap().iter().rev();
    messages
        .filter(|message| message["role"] != "system")
        .map(|message| {
            let text = message["content"][0]["text"].as_str().unwrap_or("?");
            format!("{}: {text}", message["role"].as_str().unwrap())
        })
        .collect()
}

#[tokio::test]
async fn chat_runs_streams_and_is_read_back() {
    let muster = Harness::start().await;
    let owner = muster.owner().await;
    muster.model(&owner, SCRIPT).await;
    let chat = create(&muster, &owner, "hello there, how are you doing today").await;
    let events = muster.until(&owner, &chat, "waiting").await;
    assert_eq!(events[0]["type"], "status");
    let path = format!("/api/v2/chats/{chat}");
    let shown = muster.get(&owner, &path).await.expect(200);
    assert_eq!(shown["title"], "hello there, how are you doing…");
    assert_eq!(shown["owner_username"], "owner");
    assert_eq!(shown["last_error"], Value::Null);

    let page = muster
        .get(&owner, &format!("{path}/messages"))
        .await
        .expect(200);
    let said = "hello there, how are you doing today";
    let expect = [
        format!("user: {said}"),
        format!("assistant: You said: {said}"),
    ];
    assert_eq!(transcript(&page), expect);
    assert_eq!(page["has_more"], false);
    let listed = muster
        .get(&owner, "/api/experimental/chats?q=HELLO")
        .await
        .expect(200);
    assert_eq!(listed[0]["id"], chat.as_str());
    muster.end().await;
}

#[tokio::test]
async fn message_to_an_idle_chat_runs_and_an_edit_starts_over() {
    let muster = Harness::start().await;
    let owner = muster.owner().await;
    muster.model(&owner, SCRIPT).await;
    let chat = create(&muster, &owner, "one").await;
    muster.until(&owner, &chat, "waiting").await;
    let messages = format!("/api/v2/chats/{chat}/messages");
    let sent = muster.post(&owner, &messages, say("two")).await.expect(200);
    assert_eq!(sent["queued"], false);
    let id = sent["message"]["id"].as_i64().unwrap();
    muster.until(&owner, &chat, "waiting").await;

    let edited = muster
        .patch(&owner, &format!("{messages}/{id}"), say("three"))
        .await
        .expect(200);
    assert_ne!(edited["id"], id);
    muster.until(&owner, &chat, "waiting").await;
    let page = muster.get(&owner, &messages).await.expect(200);
    let expect = [
        "user: one",
        "assistant: You said: one",
        "user: three",
        "assistant: You said: three",
    ];
    assert_eq!(transcript(&page), expect);
    let answer = page["messages"][0]["id"].as_i64().unwrap();
    let not_mine = muster
        .patch(&owner, &format!("{messages}/{answer}"), say("x"))
        .await;
    not_mine.expect(400);
    muster
        .patch(&owner, &format!("{messages}/{id}"), say("x"))
        .await
        .expect(404);

    let page = muster
        .get(&owner, &format!("{messages}?limit=1"))
        .await
        .expect(200);
    assert_eq!(page["has_more"], true);
    muster.end().await;
}

#[tokio::test]
async fn busy_chat_queues_promotes_and_is_interrupted() {
    let muster = Harness::start().await;
    let owner = muster.owner().await;
    muster.model(&owner, SCRIPT).await;
    let chat = create(&muster, &owner, "wait").await;
    let path = format!("/api/v2/chats/{chat}");
    let messages = format!("{path}/messages");
    let mut ids = Vec::new();
    for text in ["first", "second", "third"] {
        let sent = muster.post(&owner, &messages, say(text)).await.expect(200);
        assert_eq!(sent["queued"], true);
        ids.push(sent["queued_message"]["id"].as_i64().unwrap());
    }
    muster
        .delete(&owner, &format!("{path}/queue/{}", ids[0]))
        .await
        .expect(204);
    muster
        .delete(&owner, &format!("{path}/queue/{}", ids[0]))
        .await
        .expect(404);
    let archive = json!({"archived": true});
    muster.patch(&owner, &path, archive).await.expect(409);
    let promote = format!("{path}/queue/{}/promote", ids[2]);
    let promoted = muster.post(&owner, &promote, json!({})).await.expect(202);
    assert_eq!(promoted["queued_message"]["id"], ids[2]);
    muster.until(&owner, &chat, "waiting").await;
    let page = muster.get(&owner, &messages).await.expect(200);
    let said = transcript(&page);
    let expect = [
        "user: third",
        "assistant: You said: third",
        "user: second",
        "assistant: You said: second",
    ];
    assert!(said.ends_with(&expect.map(str::to_owned)), "{said:?}");
    // Nothing waits any more: what is asked for is not there, whatever the chat is doing.
    let gone = format!("{path}/queue/{}", ids[2]);
    muster.delete(&owner, &gone).await.expect(404);
    muster.post(&owner, &promote, json!({})).await.expect(404);
    muster.end().await;
}

#[tokio::test]
async fn full_queue_refuses_one_more() {
    let muster = Harness::start().await;
    let owner = muster.owner().await;
    muster.model(&owner, SCRIPT).await;
    let chat = create(&muster, &owner, "wait").await;
    let messages = format!("/api/v2/chats/{chat}/messages");
    for number in 0..muster_base::limits::QUEUE_MAX {
        muster
            .post(&owner, &messages, say(&number.to_string()))
            .await
            .expect(200);
    }
    muster
        .post(&owner, &messages, say("one more"))
        .await
        .expect(429);
    let page = muster.get(&owner, &messages).await.expect(200);
    assert_eq!(
        page["queued_messages"].as_array().unwrap().len(),
        muster_base::limits::QUEUE_MAX
    );
    muster.end().await;
}

#[tokio::test]
async fn archived_chat_is_renamed_but_takes_no_message() {
    let muster = Harness::start().await;
    let owner = muster.owner().await;
    muster.model(&owner, SCRIPT).await;
    let chat = create(&muster, &owner, "one").await;
    muster.until(&owner, &chat, "waiting").await;
    let path = format!("/api/v2/chats/{chat}");
    let both = json!({"title": " Better ", "archived": true});
    muster.patch(&owner, &path, both).await.expect(204);
    let shown = muster.get(&owner, &path).await.expect(200);
    assert_eq!(
        (&shown["title"], &shown["archived"]),
        (&json!("Better"), &json!(true))
    );
    let messages = format!("{path}/messages");
    muster.post(&owner, &messages, say("two")).await.expect(409);

    for (body, field) in [
        (json!({"archived": true, "title": "x"}), "archived"),
        (json!({"title": "  "}), "title"),
        (json!({"title": "x".repeat(201)}), "title"),
        (json!({"title": 5}), "title"),
    ] {
        let answer = muster.patch(&owner, &path, body).await;
        assert_eq!(answer.fields(), [field]);
        answer.expect(400);
    }
    assert_eq!(
        muster.get(&owner, &path).await.expect(200)["title"],
        "Better"
    );
    let archived = muster
        .get(&owner, "/api/v2/chats?q=archived:true")
        .await
        .expect(200);
    assert_eq!(archived.as_array().unwrap().len(), 1);
    muster
        .patch(&owner, &path, json!({"archived": false}))
        .await
        .expect(204);
    muster
        .patch(&owner, &path, json!({"archived": false}))
        .await
        .expect(400);
    muster.end().await;
}

#[tokio::test]
async fn interrupted_chat_stops_and_an_idle_one_is_left_alone() {
    let muster = Harness::start().await;
    let owner = muster.owner().await;
    muster.model(&owner, SCRIPT).await;
    let chat = create(&muster, &owner, "wait").await;
    let interrupt = format!("/api/v2/chats/{chat}/interrupt");
    muster.post(&owner, &interrupt, json!({})).await.expect(200);
    muster.until(&owner, &chat, "waiting").await;
    let chat = muster.post(&owner, &interrupt, json!({})).await.expect(200);
    assert_eq!(chat["status"], "waiting");
    muster.end().await;
}

#[tokio::test]
async fn watch_tells_of_the_callers_chats_only() {
    let muster = Harness::start().await;
    let owner = muster.owner().await;
    let other = muster.person("ann", &[Role::AgentsAccess]).await;
    muster.model(&owner, SCRIPT).await;
    let mut mine = muster.socket_of(&owner, "/api/v2/chats/watch").await;
    assert_eq!(mine.next().await.unwrap(), json!({"type": "ping"}));
    create(&muster, &other, "not yours").await;
    let chat = create(&muster, &owner, "mine").await;
    let frame = mine.next().await.unwrap();
    assert_eq!(
        (&frame["type"], &frame["data"]["kind"]),
        (&json!("data"), &json!("created"))
    );
    assert_eq!(frame["data"]["chat"]["id"], chat.as_str());
    muster.until(&owner, &chat, "waiting").await;
    muster.end().await;
}

#[tokio::test]
async fn stream_goes_on_where_a_cursor_ended() {
    let muster = Harness::start().await;
    let owner = muster.owner().await;
    muster.model(&owner, SCRIPT).await;
    let chat = create(&muster, &owner, "one").await;
    muster.until(&owner, &chat, "waiting").await;
    let path = format!("/api/v2/chats/{chat}/stream");
    let mut stream = muster.socket_of(&owner, &path).await;
    let cursor = stream.next().await.unwrap()["cursor"]
        .as_str()
        .unwrap()
        .to_owned();
    drop(stream);

    let messages = format!("/api/v2/chats/{chat}/messages");
    muster.post(&owner, &messages, say("two")).await.expect(200);
    muster.until(&owner, &chat, "waiting").await;
    let mut resumed = muster
        .socket_of(&owner, &format!("{path}?cursor={cursor}"))
        .await;
    let frame = resumed.next().await.unwrap();
    let events = frame["data"].as_array().unwrap();
    let texts = events.iter().filter(|event| event["type"] == "message");
    let texts: Vec<_> = texts
        .map(|event| &event["message"]["content"][0]["text"])
        .collect();
    assert_eq!(texts, ["two", "You said: two"], "only what is new");

    let header = [("coder-session-token", owner.token.as_str())];
    for query in ["cursor=nonsense", "after_id=-1", "after_id=x", "seq=1"] {
        let refused = muster
            .socket(&format!("{path}?{query}"), &header)
            .await
            .unwrap_err();
        assert_eq!(refused.status.as_u16(), 400, "{query}");
    }
    muster.end().await;
}

#[tokio::test]
async fn chat_of_somebody_else_does_not_exist() {
    let muster = Harness::start().await;
    let owner = muster.owner().await;
    let other = muster.person("ann", &[Role::AgentsAccess]).await;
    let auditor = muster.person("audrey", &[Role::Auditor]).await;
    muster.model(&owner, SCRIPT).await;
    let chat = create(&muster, &owner, "mine").await;
    muster.until(&owner, &chat, "waiting").await;
    let path = format!("/api/v2/chats/{chat}");
    for person in [&other, &auditor] {
        muster.get(person, &path).await.expect(404);
        muster
            .patch(person, &path, json!({"title": "x"}))
            .await
            .expect(404);
        muster
            .post(person, &format!("{path}/messages"), say("x"))
            .await
            .expect(404);
        muster
            .post(person, &format!("{path}/interrupt"), json!({}))
            .await
            .expect(404);
        let header = [("coder-session-token", person.token.as_str())];
        let refused = muster
            .socket(&format!("{path}/stream"), &header)
            .await
            .unwrap_err();
        assert_eq!(refused.status.as_u16(), 404);
    }
    muster.end().await;
}

#[tokio::test]
async fn labels_and_pins_are_set_searched_and_refused_as_a_whole() {
    let muster = Harness::start().await;
    let owner = muster.owner().await;
    muster.model(&owner, SCRIPT).await;
    let mut body = say("one");
    body["labels"] = json!({"team": "core", "url": "a:b"});
    let chat = muster.post(&owner, "/api/v2/chats", body).await.expect(201);
    assert_eq!(chat["labels"], json!({"team": "core", "url": "a:b"}));
    let id = chat["id"].as_str().unwrap();
    muster.until(&owner, id, "waiting").await;
    let path = format!("/api/v2/chats/{id}");
    let found = async |query: &str| {
        let list = muster.get(&owner, &format!("/api/v2/chats?{query}")).await;
        list.expect(200).as_array().unwrap().len()
    };
    assert_eq!(found("label=team:core&label=url:a%3Ab").await, 1);
    assert_eq!(found("label=team:core&label=team:other").await, 0);
    assert_eq!(found("q=status:waiting+one").await, 1);
    for query in ["label=team", "label=:x", "label=team:", "q=status:happy"] {
        let answer = muster.get(&owner, &format!("/api/v2/chats?{query}")).await;
        answer.expect(400);
    }
    muster
        .patch(&owner, &path, json!({"pin_order": 4}))
        .await
        .expect(204);
    muster
        .patch(&owner, &path, json!({"title": "two"}))
        .await
        .expect(204);
    let shown = muster.get(&owner, &path).await.expect(200);
    assert_eq!(
        (&shown["pin_order"], &shown["labels"]["team"]),
        (&json!(1), &json!("core"))
    );
    for (body, field) in [
        (json!({"labels": {"": "x"}, "title": "x"}), "labels."),
        (json!({"labels": {"k": ""}, "title": "x"}), "labels.k"),
        (json!({"pin_order": -1, "title": "x"}), "pin_order"),
        (
            json!({"pin_order": 1, "archived": true, "title": "x"}),
            "pin_order",
        ),
    ] {
        let answer = muster.patch(&owner, &path, body).await;
        assert_eq!(answer.fields(), [field]);
        answer.expect(400);
    }
    muster
        .patch(&owner, &path, json!({"labels": {}}))
        .await
        .expect(204);
    let shown = muster.get(&owner, &path).await.expect(200);
    assert_eq!(
        (&shown["title"], &shown["labels"]),
        (&json!("two"), &json!({}))
    );

    let by = "/api/v2/chats/by-workspace";
    assert_eq!(muster.get(&owner, by).await.expect(200), json!({}));
    for wrong in ["x".to_owned(), vec![id; 26].join(",")] {
        let answer = muster
            .get(&owner, &format!("{by}?workspace_ids={wrong}"))
            .await;
        answer.expect(400);
    }
    muster.end().await;
}
