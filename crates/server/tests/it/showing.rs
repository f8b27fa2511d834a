//! What is shown of a chat comes from the database: its workspace is asked for nothing.

use std::sync::{Arc, OnceLock};

use muster_agent_link::Registry;
use muster_agent_link::fake::{FakeAgent, FakeAnswer, Handler};
use muster_agent_link::wire::Code;
use muster_base::{AgentId, Clock, TaskSet, WorkspaceId};
use muster_bus::Topic;
use muster_rbac::Role;
use muster_server::Settings;
use serde_json::{Value, json};
use tokio::sync::watch;

use crate::harness::{Harness, Person, in_time};
use crate::workspaces::{Elsewhere, running, until};

const SCRIPT: &str = "name = \"s\"\n[[on]]\nelse = true\nreply.text = \"hi\"";

/// A server, and the links of its agents.
async fn server() -> (Harness, Registry) {
    let links = Arc::new(OnceLock::new());
    let kept = Arc::clone(&links);
    let muster = Harness::tuned(Clock::system(), Settings::default(), |options| {
        options.drivers = Box::new(move |_, registry| {
            kept.set(registry.clone()).unwrap();
            vec![Arc::new(Elsewhere::default()) as _]
        });
    });
    let muster = muster.await;
    let links = links.get().unwrap().clone();
    (muster, links)
}

/// Connects an agent and waits until everybody knows.
async fn connect(
    muster: &Harness,
    person: &Person,
    (workspace, agent): (WorkspaceId, AgentId),
    fake: impl Future<Output = FakeAgent>,
) -> FakeAgent {
    let topics = [Topic::Workspace(workspace), Topic::Agent(agent)];
    let hints = muster.store().bus().subscribe(topics);
    let fake = fake.await;
    let path = format!("/api/v2/workspaces/{workspace}");
    let healthy = |workspace: &Value| workspace["health"]["healthy"] == true;
    until(muster, person, &hints, &path, healthy).await;
    fake
}

/// Refuses everything while it `talks`; otherwise every call has to wait.
fn handler(talks: &watch::Sender<bool>) -> Handler {
    let talks = talks.subscribe();
    Arc::new(move |_call| {
        let mut talks = talks.clone();
        Box::pin(async move {
            drop(talks.wait_for(|talks| *talks).await);
            FakeAnswer::refused(Code::NotFound, "no such route")
        })
    })
}

/// A chat that is bound to the workspace's agent and rests.
async fn resting(muster: &Harness, person: &Person, workspace: WorkspaceId) -> Value {
    let text = json!([{"type": "text", "text": "hello"}]);
    let body = json!({"content": text, "workspace_id": workspace.to_string()});
    let made = muster.post(person, "/api/v2/chats", body).await.expect(201);
    let chat = made["id"].as_str().unwrap();
    muster.until(person, chat, "waiting").await;
    let path = format!("/api/v2/chats/{chat}");
    muster.get(person, &path).await.expect(200)
}

#[tokio::test]
async fn chat_is_shown_without_a_word_to_its_workspace() {
    let (muster, links) = server().await;
    let owner = muster.owner().await;
    muster.model(&owner, SCRIPT).await;
    let ann = muster.person("ann", &[Role::AgentsAccess]).await;
    let (workspace, agent_id) = running(&muster, &ann).await;
    let (tasks, talks) = (TaskSet::new(), watch::Sender::new(true));
    let fake = FakeAgent::connect(&links, agent_id, &tasks, handler(&talks));
    let agent = connect(&muster, &ann, (workspace, agent_id), fake).await;
    let chat = resting(&muster, &ann, workspace).await;
    assert_eq!(chat["agent_id"], json!(agent_id.to_string()));
    let asked = agent.calls().len();
    assert!(asked > 0, "the turn itself asks");
    talks.send_replace(false);

    let id = chat["id"].as_str().unwrap();
    let chat = format!("/api/v2/chats/{id}");
    for of_chat in ["", "/messages", "/prompts", "/acl", "/cost"] {
        muster
            .get(&ann, &format!("{chat}{of_chat}"))
            .await
            .expect(200);
    }
    for list in [
        "",
        "?q=hello",
        &format!("/by-workspace?workspace_ids={workspace}"),
    ] {
        let listed = muster.get(&ann, &format!("/api/v2/chats{list}")).await;
        let listed = listed.expect(200).to_string();
        assert!(listed.contains(id), "{listed}");
    }
    let mut stream = muster.socket_of(&ann, &format!("{chat}/stream")).await;
    assert_eq!(stream.next().await.unwrap()["type"], "data");
    assert_eq!(agent.calls().len(), asked, "{:?}", agent.calls());

    // What does ask is noted by the agent, so it would have noted the others.
    let diff = format!("{chat}/diff");
    let noted = async {
        while agent.calls().len() == asked {
            tokio::task::yield_now().await;
        }
        talks.send_replace(true);
    };
    let (diff, ()) = in_time(async { tokio::join!(muster.get(&ann, &diff), noted) }).await;
    diff.expect(200);
    in_time(tasks.shutdown()).await;
    muster.end().await;
}
