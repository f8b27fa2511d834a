//! Workspaces from the outside, and an agent that comes from another machine.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::{SinkExt, StreamExt};
use http_body_util::Full;
use muster_agent_link::wire::{API_VERSION, AgentInfo, SUBPROTOCOL};
use muster_agent_link::{ByteStream, answer};
use muster_base::{AgentId, Clock, Secret, TaskSet, WorkspaceId};
use muster_bus::{Subscription, Topic};
use muster_rbac::{Actor, Purpose};
use muster_server::Settings;
use muster_store::workspace_builds::BuildReason;
use muster_workspaces::provisioner::{
    Context, Failure, Inspection, Provisioner, StartRequest, Started, Target,
};
use muster_workspaces::{CreateWorkspace, ProvisionerKind};
use parking_lot::Mutex;
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;

use crate::harness::{Harness, PATIENCE, Person};

/// A driver whose workspaces are elsewhere: it only remembers the agent's token.
#[derive(Debug, Default)]
pub(crate) struct Elsewhere {
    token: Mutex<Option<Secret>>,
}

impl Elsewhere {
    /// The token of the last agent that was to be started.
    pub(crate) fn token(&self) -> Option<Secret> {
        self.token.lock().clone()
    }
}

#[async_trait]
impl Provisioner for Elsewhere {
    fn kind(&self) -> ProvisionerKind {
        ProvisionerKind::Local
    }

    async fn start(&self, request: StartRequest, _: &Context) -> Result<Started, Failure> {
        *self.token.lock() = request.agents.first().map(|agent| agent.token.clone());
        Ok(Started {
            state: Vec::new(),
            isolation: json!({"level": "strict"}),
        })
    }

    async fn stop(&self, _: Target, _: &Context) -> Result<(), Failure> {
        Ok(())
    }

    async fn delete(&self, _: Target, _: &Context) -> Result<(), Failure> {
        Ok(())
    }

    async fn inspect(&self, _: &Target) -> Result<Inspection, Failure> {
        Ok(Inspection::Absent)
    }

    async fn attach(&self, _: WorkspaceId) -> Result<(), Failure> {
        Ok(())
    }

    async fn logs(&self, _: &Target, _: usize) -> Result<Vec<String>, Failure> {
        Ok(Vec::new())
    }

    async fn shutdown(&self) {}
}

/// A workspace that is up, and its agent, which has still to connect.
pub(crate) async fn running(muster: &Harness, person: &Person) -> (WorkspaceId, AgentId) {
    let workspace = create(muster, person).await;
    let hints = muster
        .store()
        .bus()
        .subscribe([Topic::Workspace(workspace)]);
    let path = format!("/api/v2/workspaces/{workspace}");
    let running = |workspace: &Value| workspace["latest_build"]["status"] == "running";
    let shown = until(muster, person, &hints, &path, running).await;
    let agent = &shown["latest_build"]["resources"][0]["agents"][0]["id"];
    (workspace, agent.as_str().unwrap().parse().unwrap())
}

/// Asks again at every hint until the workspace is as wanted.
pub(crate) async fn until(
    muster: &Harness,
    person: &Person,
    hints: &Subscription,
    path: &str,
    wanted: impl Fn(&Value) -> bool,
) -> Value {
    let clock = Clock::system();
    let watch = clock.stopwatch();
    loop {
        let workspace = muster.get(person, path).await.expect(200);
        if wanted(&workspace) {
            return workspace;
        }
        let left = PATIENCE.saturating_sub(watch.elapsed());
        let hint = clock.timeout("test.hint", left, hints.recv()).await;
        assert!(hint.is_ok(), "{path} stays as it is: {workspace}");
    }
}

/// The agent's end of the link, over a WebSocket.
async fn connect(muster: &Harness, token: &Secret, tasks: &TaskSet) {
    let address = muster.handle.address();
    let url = format!("ws://{address}/api/v2/workspaceagents/me/rpc?version=1.0");
    let mut request = url.into_client_request().unwrap();
    let headers = request.headers_mut();
    headers.insert("coder-session-token", token.expose().parse().unwrap());
    headers.insert("sec-websocket-protocol", SUBPROTOCOL.parse().unwrap());
    let (socket, response) = tokio_tungstenite::connect_async(request).await.unwrap();
    assert_eq!(response.headers()["sec-websocket-protocol"], SUBPROTOCOL);
    let (outgoing, incoming) = socket.split();
    let incoming = incoming.filter_map(async |message| match message {
        Ok(Message::Binary(bytes)) => Some(Ok(bytes)),
        Ok(_) => None,
        Err(error) => Some(Err(std::io::Error::other(error))),
    });
    let outgoing = outgoing
        .sink_map_err(std::io::Error::other)
        .with(async |bytes: Bytes| Ok::<_, std::io::Error>(Message::Binary(bytes)));
    let stream = ByteStream::from_messages(Box::pin(incoming), Box::pin(outgoing));
    let (serving, dead) = (tasks.clone(), tasks.drain().clone());
    tasks.spawn("test.agent", async move {
        let info = AgentInfo {
            version: "0.0.0".to_owned(),
            api_version: API_VERSION.to_owned(),
            operating_system: "linux".to_owned(),
            architecture: "amd64".to_owned(),
            directory: "/home/agent".to_owned(),
            effect_epoch: "epoch".to_owned(),
        };
        let info = Bytes::from(serde_json::to_vec(&info).unwrap());
        let service = move |_: http::Request<_>| {
            let info = info.clone();
            async move { http::Response::new(Full::new(info)) }
        };
        drop(answer(stream, service, &serving, dead).await);
    });
}

pub(crate) async fn create(muster: &Harness, owner: &Person) -> WorkspaceId {
    let setup = Actor::system(Purpose::Setup);
    let templates = muster.store().list_templates(&setup, muster.organization());
    let template_id = templates.await.unwrap()[0].id;
    let request = CreateWorkspace {
        owner_id: owner.id,
        template_id,
        name: "far-away".to_owned(),
        parameters: BTreeMap::new(),
        reason: BuildReason::Cli,
        effect_id: None,
        seed: None,
    };
    let created = muster.handle.workspaces().create(&setup, request).await;
    created.unwrap().workspace.id
}

#[tokio::test]
async fn agent_of_another_machine_connects_and_is_shown() {
    let driver = Arc::new(Elsewhere::default());
    let drivers = vec![driver.clone() as _];
    let muster = Harness::with_drivers(Clock::system(), Settings::default(), drivers).await;
    let owner = muster.owner().await;
    let id = create(&muster, &owner).await;
    let hints = muster.store().bus().subscribe([Topic::Workspace(id)]);
    let path = format!("/api/v2/workspaces/{id}");
    let running = |workspace: &Value| workspace["latest_build"]["status"] == "running";
    let workspace = until(&muster, &owner, &hints, &path, running).await;
    assert_eq!(workspace["isolation"], "strict");
    assert_eq!(workspace["health"]["healthy"], false);

    let token = driver.token().unwrap();
    let agent = muster.call(reqwest::Method::GET, "/api/v2/workspaceagents/me/manifest");
    let manifest = agent.header("coder-session-token", token.expose());
    let manifest = manifest.send().await.expect(200);
    assert_eq!(manifest["workspace_name"], "far-away");
    assert_eq!(manifest["owner_username"], "owner");

    let agent_id = manifest["agent_id"].as_str().unwrap().parse().unwrap();
    let mut hints = hints;
    hints.add(Topic::Agent(agent_id));
    let tasks = TaskSet::new();
    connect(&muster, &token, &tasks).await;
    let healthy = |workspace: &Value| workspace["health"]["healthy"] == true;
    let workspace = until(&muster, &owner, &hints, &path, healthy).await;
    let agent = &workspace["latest_build"]["resources"][0]["agents"][0];
    assert_eq!(agent["status"], "connected");

    let header = [("coder-session-token", token.expose().as_str())];
    let newer = "/api/v2/workspaceagents/me/rpc?version=2.0";
    let refused = muster.socket(newer, &header).await.unwrap_err();
    assert_eq!(refused.fields(), ["version"]);
    refused.expect(400);
    tasks.shutdown().await;
    muster.end().await;
}

#[tokio::test]
async fn workspace_and_its_builds_are_shown_to_those_who_may_see_them() {
    let drivers = vec![Arc::new(Elsewhere::default()) as _];
    let muster = Harness::with_drivers(Clock::system(), Settings::default(), drivers).await;
    let owner = muster.owner().await;
    let ann = muster.person("ann", &[]).await;
    let bob = muster.person("bob", &[]).await;
    let id = create(&muster, &ann).await;
    let path = format!("/api/v2/workspaces/{id}");
    let builds = format!("{path}/builds");
    for person in [&owner, &ann] {
        let page = muster.get(person, "/api/v2/workspaces").await.expect(200);
        assert_eq!(page["count"], 1);
        assert_eq!(page["workspaces"][0]["owner_name"], "ann");
        muster.get(person, &path).await.expect(200);
        let build = muster.get(person, &builds).await.expect(200);
        assert_eq!(build[0]["build_number"], 1);
        let build = format!(
            "/api/v2/workspacebuilds/{}",
            build[0]["id"].as_str().unwrap()
        );
        muster.get(person, &build).await.expect(200);
        muster.get(&bob, &build).await.expect(404);
    }
    let page = muster.get(&bob, "/api/v2/workspaces").await.expect(200);
    assert_eq!(page["count"], 0);
    muster.get(&bob, &path).await.expect(404);
    muster.get(&bob, &builds).await.expect(404);
    muster.end().await;
}
