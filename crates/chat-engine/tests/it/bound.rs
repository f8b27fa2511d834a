//! Chats that are bound to a real workspace, whose agent the test plays.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use futures_util::FutureExt;
use muster_agent_link::Registry;
use muster_agent_link::fake::{FakeAgent, FakeAnswer, FakeCall, Handler};
use muster_agent_link::wire::ContextConfig;
use muster_base::limits::CONTEXT_LOOKUP_LIMIT;
use muster_base::{AgentId, ChatId, ReplicaId, TaskSet, WorkspaceId};
use muster_bus::Topic;
use muster_chat_engine::Replicas;
use muster_chat_state::transitions::BusyBehavior;
use muster_rbac::{Actor, Purpose};
use muster_store::Counter;
use muster_store::chats::ChatStatus;
use muster_store::workspace_agents::Lifecycle;
use muster_store::workspace_builds::{BuildAndJob, BuildReason, Transition};
use muster_workspaces::provisioner::{
    Context, Failure, Inspection, Provisioner, StartRequest, Started, Target,
};
use muster_workspaces::status::job_status;
use muster_workspaces::{
    ChatBinding, CreateWorkspace, NewBuild, Options, ProvisionerKind, Service, Workspaces,
};
use parking_lot::Mutex;
use serde_json::json;

use crate::model::{FakeModel, calls, text};
use crate::support::{Replica, World, in_time};
use crate::tools::{self, handler};

const LATEST_BUILD: &str = "workspace_builds/get_latest";
const TURNS: usize = 6;

/// A driver whose workspaces are nothing but an agent that the test plays.
struct Plays {
    registry: Registry,
    tasks: TaskSet,
    /// What agents answer; without it none ever connects.
    handler: Option<Handler>,
    agents: Mutex<HashMap<WorkspaceId, FakeAgent>>,
}

impl fmt::Debug for Plays {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Plays")
    }
}

#[async_trait]
impl Provisioner for Plays {
    fn kind(&self) -> ProvisionerKind {
        ProvisionerKind::Local
    }

    async fn start(&self, request: StartRequest, _: &Context) -> Result<Started, Failure> {
        if let Some(handler) = &self.handler {
            let (agent, handler) = (request.agents[0].id, Arc::clone(handler));
            let agent = FakeAgent::connect(&self.registry, agent, &self.tasks, handler).await;
            let id = request.target.workspace_id;
            self.agents.lock().insert(id, agent);
        }
        Ok(Started {
            state: Vec::new(),
            isolation: json!({"level": "none"}),
        })
    }

    async fn stop(&self, target: Target, _: &Context) -> Result<(), Failure> {
        self.agents.lock().remove(&target.workspace_id);
        Ok(())
    }

    async fn delete(&self, target: Target, context: &Context) -> Result<(), Failure> {
        self.stop(target, context).await
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

/// A world with real workspaces, and one of them that is up.
struct Bench {
    world: World,
    counter: Counter,
    workspaces: Workspaces,
    driver: Arc<Plays>,
    setup: Actor,
    /// The whole binding of a chat that works there.
    bound: ChatBinding,
}

impl Bench {
    async fn new(model: Arc<FakeModel>, handler: Option<Handler>) -> Self {
        let (world, counter) = World::counted(model).await;
        world.enter_owner().await;
        let setup = Actor::system(Purpose::Setup);
        let organization = world.store.ensure_default_organization(&setup).await;
        let driver = Arc::new(Plays {
            registry: world.workspaces.registry.clone(),
            tasks: world.tasks.clone(),
            handler,
            agents: Mutex::default(),
        });
        let (service, workspaces) = Service::new(Options::new(
            world.store.clone(),
            ReplicaId::new(&world.clock.clock()),
            organization.unwrap().id,
            driver.registry.clone(),
            vec![driver.clone()],
        ));
        service.prepare().await.unwrap();
        let drain = world.tasks.drain().clone();
        world.tasks.spawn("workspaces", service.run(drain));
        let mut bench = Self {
            world,
            counter,
            workspaces,
            driver,
            setup,
            bound: ChatBinding::default(),
        };
        bench.bound = bench.create().await;
        bench
    }

    async fn create(&self) -> ChatBinding {
        let templates = self.workspaces.list_templates(&self.setup, None).await;
        let template_id = templates.unwrap().templates[0].id;
        let request = CreateWorkspace {
            owner_id: self.world.owner,
            template_id,
            name: "blue".to_owned(),
            parameters: std::collections::BTreeMap::new(),
            reason: BuildReason::Initiator,
            effect_id: None,
            seed: None,
        };
        let made = self.workspaces.create(&self.setup, request).await.unwrap();
        let build = made.build.build.id;
        self.ended(&made.build).await;
        let agents = self.world.store.list_build_agents(&self.setup, build);
        let agent = agents.await.unwrap().1[0].id;
        if self.driver.handler.is_some() {
            self.ready(&made.build, agent).await;
        }
        ChatBinding {
            workspace_id: Some(made.workspace.id),
            build_id: Some(build),
            agent_id: Some(agent),
        }
    }

    /// Waits until a build's job has ended.
    async fn ended(&self, build: &BuildAndJob) {
        self.hinted(build, None, async || {
            let now = self.world.store.get_build(&self.setup, build.build.id);
            let (_, now) = now.await.unwrap();
            !job_status(&now.job).is_active()
        })
        .await;
    }

    /// Waits until an agent has been entered as one that may be asked.
    async fn ready(&self, build: &BuildAndJob, agent: AgentId) {
        self.hinted(build, Some(agent), async || {
            let agents = self
                .world
                .store
                .list_build_agents(&self.setup, build.build.id);
            agents.await.unwrap().1[0].lifecycle_state == Lifecycle::Ready
        })
        .await;
    }

    async fn hinted(
        &self,
        build: &BuildAndJob,
        agent: Option<AgentId>,
        holds: impl AsyncFn() -> bool,
    ) {
        let topics = [Topic::Workspace(build.build.workspace_id)];
        let topics = topics.into_iter().chain(agent.map(Topic::Agent));
        let hints = self.world.store.bus().subscribe(topics);
        in_time(async {
            while !holds().await {
                hints.recv().await;
            }
        })
        .await;
    }

    async fn stop(&self) {
        let stop = NewBuild::new(Transition::Stop, BuildReason::Initiator);
        let id = self.bound.workspace_id.unwrap();
        let build = self.workspaces.build(&self.setup, id, stop).await.unwrap();
        self.ended(&build).await;
    }

    /// An engine that reaches workspaces as production does.
    fn engine(&self) -> Replica {
        World::engine_with(muster_chat_engine::Options {
            workspaces: Arc::new(self.workspaces.clone()),
            ..self.world.options(Replicas::Several)
        })
    }

    /// A chat of the workspace, with its agent known or to be found.
    async fn chat(&self, binding: ChatBinding) -> ChatId {
        self.world
            .chat_that_is("Go.", |chat| {
                chat.workspace_id = binding.workspace_id;
                chat.build_id = binding.build_id;
                chat.agent_id = binding.agent_id;
            })
            .await
    }

    fn unbound(&self) -> ChatBinding {
        ChatBinding::to_workspace(self.bound.workspace_id.unwrap())
    }

    /// How often the agent was asked for something.
    fn asked(&self, path: &str) -> usize {
        let agents = self.driver.agents.lock();
        let calls = agents.values().flat_map(FakeAgent::calls);
        calls.filter(|call| call.path == path).count()
    }

    async fn end(self, engine: Replica) {
        engine.shutdown().await;
        in_time(self.world.tasks.shutdown()).await;
    }
}

/// An agent that has no context files and runs what it is told.
fn works(call: &FakeCall) -> FakeAnswer {
    match call.path.as_str() {
        "context-config" => FakeAnswer::json(&ContextConfig {
            working_directory: "/w".to_owned(),
            home_directory: "/home/u".to_owned(),
            operating_system: "linux".to_owned(),
            architecture: "amd64".to_owned(),
            instruction_files: Vec::new(),
            skill_directories: Vec::new(),
        }),
        _ => tools::answer(call),
    }
}

/// An agent that is there and never says a word.
fn silent() -> Handler {
    Arc::new(|_call| std::future::pending().boxed())
}

#[tokio::test]
async fn turns_of_a_bound_chat_run_tools_and_never_ask_for_the_latest_build() {
    let model = FakeModel::new(|n, _| match n % 2 {
        0 => calls(&[(&format!("c{n}"), "execute", json!({"command": "make"}))]),
        _ => text("Done."),
    });
    let bench = Bench::new(model, Some(handler(works))).await;
    bench.counter.reset();
    let engine = bench.engine();
    let chat = bench.chat(bench.unbound()).await;
    bench.world.until_status(chat, ChatStatus::Waiting).await;
    let bound = bench.world.read(chat).await.0;
    assert_eq!(bound.agent_id, bench.bound.agent_id);
    // Whoever is not bound yet has to look, so this is the statement's name.
    let looks = |counter: &Counter| {
        let counts = counter.counts();
        let looks = counts.keys().filter(|(_, name)| *name == LATEST_BUILD);
        looks.count()
    };
    assert_eq!(looks(&bench.counter), 1);

    bench.counter.reset();
    for _ in 0..TURNS {
        let (world, busy) = (&bench.world, BusyBehavior::Queue);
        world.send(chat, "More.", busy).await;
        world.until_status(chat, ChatStatus::Waiting).await;
    }
    assert_eq!(looks(&bench.counter), 0, "{:#?}", bench.counter.counts());
    assert_eq!(bench.asked("process/start"), 1 + TURNS);
    bench.end(engine).await;
}

/// One turn, whose only wait is the one for what the workspace says of itself. It ends when
/// `is_asked` holds and the limit has passed.
async fn reaches_the_model_in_time(
    bench: &Bench,
    binding: ChatBinding,
    is_asked: impl Fn() -> bool,
) {
    let (world, before) = (&bench.world, bench.world.clock.now());
    let asked = world.model.requests().len();
    let chat = bench.chat(binding).await;
    let left = in_time(world.clock.armed("turn.context")).await;
    assert_eq!(left, CONTEXT_LOOKUP_LIMIT);
    in_time(async {
        while !is_asked() {
            tokio::task::yield_now().await;
        }
    })
    .await;
    assert_eq!(world.model.requests().len(), asked);
    world.clock.advance(CONTEXT_LOOKUP_LIMIT);
    world.until_status(chat, ChatStatus::Waiting).await;
    let said = world.transcript(chat).await;
    assert_eq!(said.last().unwrap(), "assistant: Done.");
    assert_eq!(world.clock.now(), before + CONTEXT_LOOKUP_LIMIT);
}

#[tokio::test]
async fn silent_agent_holds_a_turn_up_once_and_no_longer_than_its_limit() {
    let model = FakeModel::new(|n, _| match n % 3 {
        2 => text("Done."),
        _ => calls(&[(&format!("c{n}"), "list_templates", json!({}))]),
    });
    let bench = Bench::new(model, Some(silent())).await;
    let engine = bench.engine();
    for (turn, binding) in [bench.bound, bench.unbound()].into_iter().enumerate() {
        let is_asked = || bench.asked("context-config") > turn;
        reaches_the_model_in_time(&bench, binding, is_asked).await;
        // Three steps, one question.
        assert_eq!(bench.world.model.requests().len(), 3 * (turn + 1));
        assert_eq!(bench.asked("context-config"), turn + 1);
    }
    bench.end(engine).await;
}

#[tokio::test]
async fn workspace_without_its_agent_holds_a_turn_up_no_longer_than_its_limit() {
    let bench = Bench::new(FakeModel::new(|_, _| text("Done.")), None).await;
    let engine = bench.engine();
    // Nobody ever connected.
    reaches_the_model_in_time(&bench, bench.bound, || true).await;
    bench.stop().await;
    reaches_the_model_in_time(&bench, bench.bound, || true).await;
    // A chat without an agent of its own sees at once that there is none.
    let before = bench.world.clock.now();
    let chat = bench.chat(bench.unbound()).await;
    bench.world.until_status(chat, ChatStatus::Waiting).await;
    assert_eq!(bench.world.model.requests().len(), 3);
    assert_eq!(bench.world.clock.now(), before);
    bench.end(engine).await;
}
