//! Chats that others may read, from the outside.

use std::pin::pin;

use muster_base::limits;
use muster_rbac::Role;
use serde_json::{Value, json};

use crate::harness::{Harness, Person, Socket};

const CHATS: &str = "/api/v2/chats";
const SCRIPT: &str = r#"
name = "test"

[[on]]
user = "wait"
reply.text = "Waiting for a good while."
reply.fault = { stall = "mid", at = 1, ms = 600000 }

[[on]]
else = true
reply.text = "You said: {{user}}"
"#;

/// The chat's path.
async fn chat(muster: &Harness, owner: &Person, words: &str) -> String {
    let body = json!({"content": [{"type": "text", "text": words}]});
    let made = muster.post(owner, CHATS, body).await.expect(201);
    format!("{CHATS}/{}", made["id"].as_str().unwrap())
}

async fn share(muster: &Harness, owner: &Person, chat: &str, body: Value) {
    let acl = format!("{chat}/acl");
    muster.patch(owner, &acl, body).await.expect(204);
}

fn user(person: &Person, role: &str) -> Value {
    json!({"user_roles": {(person.id.to_string()): role}})
}

async fn listed(muster: &Harness, person: &Person, query: &str) -> Vec<Value> {
    let list = muster.get(person, &format!("{CHATS}{query}")).await;
    list.expect(200).as_array().unwrap().clone()
}

/// The events of a stream up to one with this type.
async fn until(socket: &mut Socket, kind: &str) -> Value {
    loop {
        let frame = socket.next().await.expect("the stream ended");
        let events = frame["data"].as_array().into_iter().flatten();
        if let Some(event) = events.clone().find(|event| event["type"] == kind) {
            return event.clone();
        }
    }
}

#[tokio::test]
async fn shared_chat_is_listed_read_and_followed_until_it_is_not_shared_any_more() {
    let muster = Harness::start().await;
    let owner = muster.owner().await;
    let ann = muster.person("ann", &[Role::AgentsAccess]).await;
    let ben = muster.person("ben", &[]).await;
    muster.model(&owner, SCRIPT).await;
    let mine = chat(&muster, &ann, "wait").await;
    let id = mine.rsplit('/').next().unwrap();
    muster.get(&ben, &mine).await.expect(404);
    assert_eq!(
        listed(&muster, &ben, "?q=shared:true").await,
        Vec::<Value>::new()
    );

    share(&muster, &ann, &mine, user(&ben, "read")).await;
    let acl = muster.get(&ann, &format!("{mine}/acl")).await.expect(200);
    assert_eq!(acl["groups"], json!([]));
    let reader = json!({
        "id": ben.id, "username": "ben", "name": "", "avatar_url": "", "role": "read",
    });
    assert_eq!(acl["users"], json!([reader]));
    assert_eq!(muster.get(&ann, &mine).await.expect(200)["shared"], true);
    let seen = muster.get(&ben, &mine).await.expect(200);
    assert_eq!(
        (&seen["shared"], &seen["has_unread"]),
        (&json!(true), &json!(false))
    );
    let list = listed(&muster, &ben, "?q=shared:true").await;
    assert_eq!(
        (&list[0]["id"], &list[0]["owner_username"]),
        (&json!(id), &json!("ann"))
    );
    assert_eq!(listed(&muster, &ben, "").await, Vec::<Value>::new());
    assert_eq!(
        listed(&muster, &ann, "?q=shared:true").await,
        Vec::<Value>::new()
    );
    for (q, count) in [
        ("shared:true+wai", 1),
        ("shared:true+other", 0),
        ("shared:true+archived:true", 0),
        ("shared:true+status:running", 1),
        ("shared:true&label=a:b", 0),
    ] {
        assert_eq!(
            listed(&muster, &ben, &format!("?q={q}")).await.len(),
            count,
            "{q}"
        );
    }
    let page = muster.get(&ben, &format!("{mine}/messages")).await;
    assert!(!page.expect(200)["messages"].as_array().unwrap().is_empty());

    let mut stream = muster.socket_of(&ben, &format!("{mine}/stream")).await;
    until(&mut stream, "message_part").await;
    let rename = json!({"title": "Look"});
    muster.patch(&ben, &mine, rename.clone()).await.expect(403);
    muster.patch(&ann, &mine, rename).await.expect(204);
    let told = until(&mut stream, "chat_updated").await;
    assert_eq!(told["chat"]["title"], "Look");
    // The model still talks; the stream ends all the same.
    share(&muster, &ann, &mine, user(&ben, "")).await;
    let last = loop {
        let frame = stream.next().await.expect("no reason was given");
        if frame["type"] == "error" {
            break frame;
        }
    };
    assert!(
        last["data"]["message"]
            .as_str()
            .unwrap()
            .starts_with("Not found")
    );
    assert_eq!(stream.next().await, None);
    muster.get(&ben, &mine).await.expect(404);
    assert_eq!(muster.get(&ann, &mine).await.expect(200)["shared"], false);
    muster.end().await;
}

#[tokio::test]
async fn members_of_a_group_read_what_is_shared_with_it() {
    let clock = muster_base::MockClock::new(muster_base::Micros(1_767_225_600_000_000));
    let muster = Harness::with_clock(&clock).await;
    let owner = muster.owner().await;
    let ann = muster.person("ann", &[Role::AgentsAccess]).await;
    let ben = muster.person("ben", &[Role::AgentsAccess]).await;
    muster.model(&owner, SCRIPT).await;
    let groups = "/api/v2/organizations/default/groups";
    let group = muster.post(&owner, groups, json!({"name": "crew"})).await;
    let group = group.expect(201)["id"].as_str().unwrap().to_owned();
    let path = format!("/api/v2/groups/{group}");
    let join = json!({"add_users": [ben.id]});
    muster.patch(&owner, &path, join).await.expect(200);

    let mine = chat(&muster, &ann, "hello").await;
    let given = json!({"group_roles": {(group.clone()): "read"}});
    share(&muster, &ann, &mine, given).await;
    let acl = muster.get(&ann, &format!("{mine}/acl")).await.expect(200);
    assert_eq!(acl["groups"][0]["name"], "crew");
    assert_eq!(acl["groups"][0]["total_member_count"], 1);
    let mut stream = muster.socket_of(&ben, &format!("{mine}/stream")).await;
    until(&mut stream, "chat_updated").await;
    // Nobody tells the stream of a change of a group: it looks for itself. The turn's own news
    // can have it look at any moment, just before or just after Ben left; so time goes on
    // until it has noticed.
    let leave = json!({"remove_users": [ben.id]});
    muster.patch(&owner, &path, leave).await.expect(200);
    let mut noticed = pin!(async {
        while stream.next().await.expect("no reason was given")["type"] != "error" {}
    });
    loop {
        tokio::select! {
            () = &mut noticed => break,
            () = clock.fire("stream.reader") => {}
        }
    }
    muster.get(&ben, &mine).await.expect(404);
    muster.end().await;
}

#[tokio::test]
async fn file_of_a_shared_chat_is_the_readers_to_see() {
    let muster = Harness::start().await;
    let owner = muster.owner().await;
    let ann = muster.person("ann", &[Role::AgentsAccess]).await;
    let ben = muster.person("ben", &[Role::AgentsAccess]).await;
    muster.model(&owner, SCRIPT).await;
    let file = crate::files::uploaded(&muster, &ann, "text/plain", b"words").await;
    let body = json!({"content": [{"type": "file", "file_id": file}]});
    let made = muster.post(&ann, CHATS, body).await.expect(201);
    let mine = format!("{CHATS}/{}", made["id"].as_str().unwrap());
    let path = format!("{CHATS}/files/{file}");
    muster.get(&ben, &path).await.expect(404);
    share(&muster, &ann, &mine, user(&ben, "read")).await;
    muster.get(&ben, &path).await.expect(200);
    share(&muster, &ann, &mine, user(&ben, "")).await;
    muster.get(&ben, &path).await.expect(404);
    muster.end().await;
}

#[tokio::test]
async fn bad_readers_are_refused_by_field() {
    let muster = Harness::start().await;
    let owner = muster.owner().await;
    let ann = muster.person("ann", &[Role::AgentsAccess]).await;
    let ben = muster.person("ben", &[Role::AgentsAccess]).await;
    muster.model(&owner, SCRIPT).await;
    let mine = chat(&muster, &ann, "hello").await;
    let acl = format!("{mine}/acl");
    let nobody = "00000000-0000-7000-8000-000000000000";
    let (ann_id, ben_id) = (ann.id.to_string(), ben.id.to_string());
    let most = usize::try_from(limits::CHAT_READERS_MAX).unwrap();
    let many: serde_json::Map<String, Value> = (0..=most)
        .map(|n| (format!("00000000-0000-7000-8000-{n:012}"), json!("")))
        .collect();
    for (body, field) in [
        (json!({"user_roles": {"ben": "read"}}), "user_roles"),
        (json!({"user_roles": {nobody: "read"}}), "user_roles"),
        (json!({"user_roles": {(ann_id): "read"}}), "user_roles"),
        (
            json!({"user_roles": {(&ben_id): "write"}}),
            &*format!("user_roles.{ben_id}"),
        ),
        (json!({"group_roles": {nobody: "read"}}), "group_roles"),
        (json!({"user_roles": many}), "user_roles"),
    ] {
        let refused = muster.patch(&ann, &acl, body).await;
        assert_eq!(refused.fields(), [field], "{}", refused.body);
        refused.expect(400);
    }
    // Ending what never was is no mistake.
    let nothing = json!({"user_roles": {nobody: ""}, "group_roles": {nobody: ""}});
    muster.patch(&ann, &acl, nothing).await.expect(204);
    muster.end().await;
}
