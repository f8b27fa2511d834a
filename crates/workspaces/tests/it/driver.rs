//! A driver without workspaces: it remembers what it was asked and does as it is told.

use std::collections::HashMap;
use std::future::pending;
use std::sync::Arc;

use async_trait::async_trait;
use muster_agent_link::Registry;
use muster_agent_link::fake::{FakeAgent, FakeAnswer};
use muster_base::{AgentId, Secret, TaskSet, WorkspaceId};
use muster_store::jobs::{JobErrorCode, LogLevel};
use muster_workspaces::ProvisionerKind;
use muster_workspaces::provisioner::{
    Context, Failure, Inspection, Provisioner, StartRequest, Started, Target,
};
use parking_lot::Mutex;
use serde_json::json;

/// How the next starts go.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Manner {
    /// Up, and the agent connects.
    #[default]
    Connects,
    /// Up, and no agent ever connects.
    Silent,
    /// Refused.
    Fails,
    /// Up, but the answer never comes: the worker dies here.
    NeverAnswers,
    /// Waits to be canceled and then ends.
    WaitsForCancel,
    /// Does not care about being canceled.
    IgnoresCancel,
}

/// The driver.
#[derive(Debug)]
pub(crate) struct Remembers {
    registry: Registry,
    tasks: TaskSet,
    pub(crate) state: Mutex<State>,
}

#[derive(Debug, Default)]
pub(crate) struct State {
    pub(crate) manner: Manner,
    /// Every call as `start <n>`, `stop <n>`, …, by workspace.
    pub(crate) calls: HashMap<WorkspaceId, Vec<String>>,
    /// What is up, at which build number.
    pub(crate) up: HashMap<WorkspaceId, i64>,
    /// Connected agents.
    pub(crate) agents: HashMap<WorkspaceId, FakeAgent>,
    /// The tokens that were given out.
    pub(crate) tokens: HashMap<AgentId, Secret>,
    pub(crate) seeds: Vec<Option<String>>,
}

impl Remembers {
    pub(crate) fn new(registry: Registry, tasks: TaskSet) -> Arc<Self> {
        Arc::new(Self {
            registry,
            tasks,
            state: Mutex::default(),
        })
    }

    pub(crate) fn set(&self, manner: Manner) {
        self.state.lock().manner = manner;
    }

    pub(crate) fn calls(&self, id: WorkspaceId) -> Vec<String> {
        self.state
            .lock()
            .calls
            .get(&id)
            .cloned()
            .unwrap_or_default()
    }

    fn note(&self, what: &str, target: &Target) {
        let call = format!("{what} {}", target.build_number);
        let mut state = self.state.lock();
        state
            .calls
            .entry(target.workspace_id)
            .or_default()
            .push(call);
    }

    pub(crate) async fn connect(&self, id: WorkspaceId, agent: AgentId) {
        let answers = Arc::new(|_| {
            Box::pin(async { FakeAnswer::json(&json!({})) })
                as futures_util::future::BoxFuture<'_, _>
        });
        let agent = FakeAgent::connect(&self.registry, agent, &self.tasks, answers).await;
        self.state.lock().agents.insert(id, agent);
    }

    async fn started(&self, request: &StartRequest) -> Started {
        let id = request.target.workspace_id;
        self.state.lock().up.insert(id, request.target.build_number);
        let manner = self.state.lock().manner;
        if manner == Manner::Connects {
            for agent in &request.agents {
                self.connect(id, agent.id).await;
            }
        }
        Started {
            state: b"up".to_vec(),
            isolation: isolation(),
        }
    }
}

pub(crate) fn isolation() -> serde_json::Value {
    json!({ "level": "none", "layers": [] })
}

#[async_trait]
impl Provisioner for Remembers {
    fn kind(&self) -> ProvisionerKind {
        ProvisionerKind::Local
    }

    async fn start(&self, request: StartRequest, context: &Context) -> Result<Started, Failure> {
        self.note("start", &request.target);
        context.sink.log(LogLevel::Info, "start", "on its way");
        let manner = {
            let mut state = self.state.lock();
            state.seeds.push(request.seed.clone());
            for agent in &request.agents {
                state.tokens.insert(agent.id, agent.token.clone());
            }
            state.manner
        };
        match manner {
            Manner::Connects | Manner::Silent => Ok(self.started(&request).await),
            Manner::Fails => Err(Failure::new(
                JobErrorCode::SandboxLevel,
                "no such level here",
            )),
            Manner::NeverAnswers => {
                self.started(&request).await;
                pending().await
            }
            Manner::WaitsForCancel => {
                context.cancel.cancelled().await;
                Err(Failure::new(JobErrorCode::Canceled, "canceled"))
            }
            Manner::IgnoresCancel => pending().await,
        }
    }

    async fn stop(&self, target: Target, _context: &Context) -> Result<(), Failure> {
        self.note("stop", &target);
        let mut state = self.state.lock();
        state.up.remove(&target.workspace_id);
        state.agents.remove(&target.workspace_id);
        Ok(())
    }

    async fn delete(&self, target: Target, context: &Context) -> Result<(), Failure> {
        self.stop(target.clone(), context).await?;
        self.note("delete", &target);
        Ok(())
    }

    async fn inspect(&self, target: &Target) -> Result<Inspection, Failure> {
        let up = self.state.lock().up.get(&target.workspace_id).copied();
        Ok(
            up.map_or(Inspection::Stopped, |build_number| Inspection::Running {
                build_number,
                isolation: isolation(),
            }),
        )
    }

    async fn attach(&self, workspace: WorkspaceId) -> Result<(), Failure> {
        let mut state = self.state.lock();
        state
            .calls
            .entry(workspace)
            .or_default()
            .push("attach".to_owned());
        Ok(())
    }

    async fn logs(&self, _target: &Target, _lines: usize) -> Result<Vec<String>, Failure> {
        Ok(Vec::new())
    }

    async fn shutdown(&self) {}
}
