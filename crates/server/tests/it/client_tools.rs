//! Tools that a chat's client runs, from the outside.

use muster_base::limits;
use muster_rbac::Role;
use serde_json::{Value, json};

use crate::harness::{Harness, Person};

/// Calls the client's tool twice and one of the server's beside them.
const SCRIPT: &str = r#"
name = "test"

[[on]]
step = 1
reply.call = [
    { tool = "ask_user", args = { question = "Why?" } },
    { tool = "list_templates" },
    { tool = "ask_user", args = { question = "How?" } },
]

[[on]]
else = true
reply.text = "It said {{result.0}} and {{result.2}}."
"#;

const CHATS: &str = "/api/v2/chats";

fn with_tools(tools: &Value) -> Value {
    json!({"content": [{"type": "text", "text": "ask"}], "dynamic_tools": tools})
}

fn ask_user() -> Value {
    json!([{
        "name": "ask_user",
        "description": "Asks a person.",
        "input_schema": {"type": "object", "properties": {"question": {"type": "string"}}},
    }])
}

/// A chat that waits for its client, and the ids of the calls.
async fn asking(muster: &Harness, person: &Person) -> (String, Vec<String>) {
    let body = with_tools(&ask_user());
    let chat = muster.post(person, CHATS, body).await.expect(201);
    let chat = format!("{CHATS}/{}", chat["id"].as_str().unwrap());
    let mut socket = muster.socket_of(person, &format!("{chat}/stream")).await;
    loop {
        let frame = socket.next().await.expect("the stream ended");
        for event in frame["data"].as_array().into_iter().flatten() {
            if event["type"] != "action_required" {
                continue;
            }
            let asked = &event["action_required"];
            assert!(asked["deadline_at"].is_string(), "{asked}");
            let calls = asked["tool_calls"].as_array().unwrap().iter();
            let ids = calls.map(|call| {
                assert_eq!(call["tool_name"], "ask_user");
                assert!(call["args"]["question"].is_string(), "{call}");
                call["tool_call_id"].as_str().unwrap().to_owned()
            });
            return (chat, ids.collect());
        }
    }
}

fn answers(results: &[(&str, Value)]) -> Value {
    let results = results.iter();
    let results = results.map(|(id, output)| json!({"tool_call_id": id, "output": output}));
    json!({"results": results.collect::<Vec<_>>()})
}

#[tokio::test]
async fn client_answers_every_call_once_and_the_turn_goes_on() {
    let muster = Harness::start().await;
    let owner = muster.owner().await;
    let other = muster.person("ann", &[Role::AgentsAccess]).await;
    muster.model(&owner, SCRIPT).await;
    let (chat, ids) = asking(&muster, &owner).await;
    let [one, two] = [ids[0].as_str(), ids[1].as_str()];
    let path = format!("{chat}/tool-results");
    let text = json!("because");
    let long = json!("x".repeat(limits::DYNAMIC_RESULT_BYTES_MAX - 1));
    for (results, field) in [
        (vec![], "results"),
        (vec![(one, text.clone())], "results"),
        (
            vec![(one, text.clone()), (one, text.clone())],
            "results[1].tool_call_id",
        ),
        (
            vec![(one, text.clone()), ("call-of-nobody", text.clone())],
            "results[1].tool_call_id",
        ),
        (vec![(one, long)], "results[0].output"),
    ] {
        let refused = muster.post(&owner, &path, answers(&results)).await;
        assert_eq!(refused.fields(), [field], "{}", refused.body);
        refused.expect(400);
    }
    let longest = json!("x".repeat(limits::DYNAMIC_RESULT_BYTES_MAX - 2));
    let good = answers(&[(two, json!({"by": "hand"})), (one, longest)]);
    muster.post(&other, &path, good.clone()).await.expect(404);
    muster.post(&owner, &path, good.clone()).await.expect(204);
    let id = chat.rsplit('/').next().unwrap();
    muster.until(&owner, id, "waiting").await;
    muster.post(&owner, &path, good).await.expect(409);
    let page = muster.get(&owner, &format!("{chat}/messages")).await;
    let page = page.expect(200);
    let answer = page["messages"][0]["content"][0]["text"].as_str().unwrap();
    assert!(
        answer.contains("xxx") && answer.contains("hand"),
        "{answer}"
    );
    muster.end().await;
}

#[tokio::test]
async fn waiting_chat_is_shown_as_such_and_can_be_interrupted() {
    let muster = Harness::start().await;
    let owner = muster.owner().await;
    muster.model(&owner, SCRIPT).await;
    let mut watch = muster.socket_of(&owner, &format!("{CHATS}/watch")).await;
    let (chat, _) = asking(&muster, &owner).await;
    let shown = muster.get(&owner, &chat).await.expect(200);
    assert_eq!(shown["status"], "requires_action");
    loop {
        let frame = watch.next().await.expect("the watch ended");
        if frame["data"]["kind"] == "action_required" {
            break;
        }
    }
    let archive = json!({"archived": true});
    muster.patch(&owner, &chat, archive).await.expect(409);
    let stop = format!("{chat}/interrupt");
    muster.post(&owner, &stop, json!({})).await.expect(200);
    let id = chat.rsplit('/').next().unwrap();
    muster.until(&owner, id, "waiting").await;
    muster.end().await;
}

#[tokio::test]
async fn bad_tools_are_refused_by_field() {
    let muster = Harness::start().await;
    let owner = muster.owner().await;
    muster.model(&owner, SCRIPT).await;
    let schema = json!({"type": "object"});
    for (tools, field) in [
        (json!([{"input_schema": schema}]), "dynamic_tools[0].name"),
        (json!([{"name": "a"}]), "dynamic_tools[0].input_schema"),
        (
            json!([{"name": "execute", "input_schema": schema}]),
            "dynamic_tools[0].name",
        ),
        (
            json!([{"name": "a", "input_schema": "none"}]),
            "dynamic_tools[0].input_schema",
        ),
    ] {
        let refused = muster.post(&owner, CHATS, with_tools(&tools)).await;
        assert_eq!(refused.fields(), [field], "{}", refused.body);
        refused.expect(400);
    }
    muster.end().await;
}
