//! A chat that waits until another one has finished, from the outside.

use muster_base::Clock;
use muster_server::Settings;
use serde_json::json;

use crate::harness::Harness;

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

#[tokio::test]
async fn chat_without_a_slot_says_so_in_its_list_and_stream() {
    let settings = Settings {
        chat_slots: Some(1),
        ..Settings::default()
    };
    let muster = Harness::with(Clock::system(), settings).await;
    let owner = muster.owner().await;
    muster.model(&owner, SCRIPT).await;
    let chats = "/api/v2/chats";
    let mut watch = muster.socket_of(&owner, &format!("{chats}/watch")).await;
    let say = |text: &str| json!({"content": [{"type": "text", "text": text}]});
    let first = muster.post(&owner, chats, say("wait")).await.expect(201);
    assert_eq!(first["queued_for_capacity"], false);
    let first = format!("{chats}/{}", first["id"].as_str().unwrap());
    // Until it has the slot, the other one might get it.
    let mut stream = muster.socket_of(&owner, &format!("{first}/stream")).await;
    loop {
        let frame = stream.next().await.expect("the stream ended");
        let mut events = frame["data"].as_array().into_iter().flatten();
        if events.any(|event| event["type"] == "message_part") {
            break;
        }
    }
    let second = muster.post(&owner, chats, say("hello")).await.expect(201);
    let id = second["id"].as_str().unwrap();
    loop {
        let frame = watch.next().await.expect("the watch ended");
        let chat = &frame["data"]["chat"];
        if chat["id"] == id && chat["queued_for_capacity"] == true {
            break;
        }
    }
    let path = format!("{chats}/{id}");
    let shown = muster.get(&owner, &path).await.expect(200);
    assert_eq!(shown["queued_for_capacity"], true);
    assert_eq!(shown["status"], "running");
    let stop = format!("{first}/interrupt");
    muster.post(&owner, &stop, json!({})).await.expect(200);
    let seen = muster.until(&owner, id, "waiting").await;
    assert!(!seen.is_empty());
    let shown = muster.get(&owner, &path).await.expect(200);
    assert_eq!(shown["queued_for_capacity"], false);
    muster.end().await;
}
