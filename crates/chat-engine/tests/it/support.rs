//! An engine on a database of its own, with a person who uses it.

use std::panic::Location;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use muster_agent_link::Registry;
use muster_agent_link::fake::{FakeAgent, Handler};
use muster_base::PATIENCE;
pub(crate) use muster_base::in_time;
use muster_base::{
    AgentId, ChatId, Clock, Micros, MockClock, ModelConfigId, OrganizationId, TaskSet, UserId,
    WorkspaceId,
};
use muster_bus::Topic;
use muster_chat_engine::{
    ChatStream, Engine, EngineHandle, Options, Replicas, StreamEvent, StreamStart, WorkspaceAccess,
};
use muster_chat_state::Machine;
use muster_chat_state::content::{self, Content, Part};
use muster_chat_state::transitions::{
    BusyBehavior, Create, Interrupt, SendMessage, Sent, UserMessage,
};
use muster_llm::{ProviderConfig, ProviderKind};
use muster_rbac::{Actor, Purpose, Role, Scopes};
use muster_store::chat_messages::{Message, Since};
use muster_store::chats::door::NewChat;
use muster_store::chats::{Chat, ChatStatus, ClientType};
use muster_store::model_configs::ModelConfig;
use muster_store::users::{LoginType, NewUser, UserStatus};
use muster_store::{Counter, Store};
use muster_testkit::db::{self, Database};
use muster_workspaces::{
    ChatBinding, ChatDoor, ChatError, ConnectError, Connection, CreateForChat, CreateResult,
    ListTemplates, ReadTemplate, StartForChat, StartResult,
};
use serde_json::json;

use crate::model::FakeModel;

/// 2026-01-01, a time like any other.
pub(crate) const START: Micros = Micros(1_767_225_600_000_000);

/// One running engine.
pub(crate) struct Replica {
    pub(crate) handle: EngineHandle,
    tasks: TaskSet,
}

/// A database, a clock, a person and the parts that engines share.
pub(crate) struct World {
    pub(crate) clock: MockClock,
    pub(crate) database: Database,
    pub(crate) store: Store,
    pub(crate) machine: Machine,
    pub(crate) owner: UserId,
    pub(crate) user: Actor,
    pub(crate) model: Arc<FakeModel>,
    pub(crate) workspaces: Arc<FakeWorkspaces>,
    pub(crate) tasks: TaskSet,
}

/// A workspace that is always there, with an agent that the test plays.
pub(crate) struct FakeWorkspaces {
    pub(crate) registry: Registry,
    pub(crate) agent_id: AgentId,
}

impl World {
    pub(crate) async fn new(model: Arc<FakeModel>) -> Self {
        Self::on(db::fresh().await, model).await
    }

    /// A world on a database in which somebody has been before.
    pub(crate) async fn on(database: Database, model: Arc<FakeModel>) -> Self {
        let clock = MockClock::new(START);
        let store = database.store(&clock.clock()).await;
        Self::of(clock, database, store, model).await
    }

    /// A world whose statements are counted.
    pub(crate) async fn counted(model: Arc<FakeModel>) -> (Self, Counter) {
        let (clock, database) = (MockClock::new(START), db::fresh().await);
        let counter = Counter::default();
        let mut options = database.options(&clock.clock());
        options.counter = Some(counter.clone());
        let store = database.open(options).await;
        (Self::of(clock, database, store, model).await, counter)
    }

    async fn of(clock: MockClock, database: Database, store: Store, model: Arc<FakeModel>) -> Self {
        let owner = UserId::new(&clock.clock());
        let tasks = TaskSet::new();
        let workspaces = FakeWorkspaces {
            registry: Registry::new(clock.clock(), tasks.clone()),
            agent_id: AgentId::new(&clock.clock()),
        };
        let world = Self {
            machine: Machine::new(store.clone()),
            user: Actor::user(owner, [Role::AgentsAccess], Scopes::all()),
            workspaces: Arc::new(workspaces),
            clock,
            database,
            store,
            owner,
            model,
            tasks,
        };
        world.configure().await;
        world
    }

    async fn configure(&self) {
        let prices = json!({"cost": {
            "input_price_per_million_tokens": "2",
            "output_price_per_million_tokens": "10"
        }});
        self.configure_model(ProviderKind::OpenaiCompat, "fake-1", prices)
            .await;
    }

    /// Writes the owner down as a person, for what only a person's row can have.
    pub(crate) async fn enter_owner(&self) {
        let owner = NewUser {
            id: self.owner,
            username: "ann".to_owned(),
            email: "ann@example.com".to_owned(),
            name: String::new(),
            hashed_password: None,
            status: UserStatus::Active,
            roles: vec![Role::AgentsAccess],
            login_type: LoginType::None,
        };
        let setup = Actor::system(Purpose::Setup);
        let organization = self.store.ensure_default_organization(&setup).await;
        organization.unwrap();
        self.store.create_user(&setup, owner).await.unwrap();
    }

    /// Makes a model the only one there is.
    pub(crate) async fn configure_model(
        &self,
        provider: ProviderKind,
        model: &str,
        settings: serde_json::Value,
    ) {
        let setup = Actor::system(Purpose::Setup);
        for config in self.store.list_model_configs(&setup).await.unwrap() {
            let deleted = self.store.delete_model_config(&setup, config.id).await;
            deleted.unwrap();
        }
        let config = ModelConfig {
            id: ModelConfigId::new(&self.clock.clock()),
            provider: provider.as_str().to_owned(),
            model: model.to_owned(),
            display_name: "Fake".to_owned(),
            enabled: true,
            is_default: true,
            context_limit: 100_000,
            compression_threshold: 70,
            settings,
            deleted: false,
            created_at: START,
            updated_at: START,
        };
        self.store
            .create_model_config(&setup, config)
            .await
            .unwrap();
    }

    /// An engine that shares the database with others.
    pub(crate) fn engine(&self) -> Replica {
        Self::engine_with(self.options(Replicas::Several))
    }

    pub(crate) fn engine_with(options: Options) -> Replica {
        let (engine, handle) = Engine::new(options);
        let tasks = TaskSet::new();
        let drain = tasks.drain().clone();
        tasks.spawn("engine", async move { engine.run(drain).await.unwrap() });
        Replica { handle, tasks }
    }

    pub(crate) fn options(&self, replicas: Replicas) -> Options {
        let workspaces = Arc::clone(&self.workspaces);
        let model = Arc::clone(&self.model);
        let preset = ProviderConfig {
            kind: ProviderKind::OpenaiCompat,
            base_url: None,
            api_key: None,
            region: None,
        };
        Options {
            replicas,
            provider_presets: vec![preset],
            connect: Arc::new(move |_config, _clock| Ok(Arc::clone(&model) as _)),
            ..Options::new(self.store.clone(), workspaces)
        }
    }

    /// Creates a chat that says `words`.
    pub(crate) async fn chat(&self, words: &str) -> ChatId {
        self.chat_that_is(words, |_| {}).await
    }

    /// Creates a chat that says `words` and is otherwise as `change` makes it.
    pub(crate) async fn chat_that_is(
        &self,
        words: &str,
        change: impl FnOnce(&mut NewChat),
    ) -> ChatId {
        self.chat_by(words, |create| change(&mut create.chat)).await
    }

    /// Creates a chat that says `words` by a command that `change` has changed.
    pub(crate) async fn chat_by(&self, words: &str, change: impl FnOnce(&mut Create)) -> ChatId {
        let id = ChatId::new(&self.clock.clock());
        let mut create = Create {
            chat: NewChat {
                id,
                organization_id: OrganizationId::NIL,
                owner_id: self.owner,
                parent: None,
                workspace_id: None,
                build_id: None,
                agent_id: None,
                model_config_id: ModelConfigId::NIL,
                reasoning_effort: None,
                title: "A chat".to_owned(),
                mode: None,
                client_type: ClientType::Api,
                labels: json!({}),
                mcp_server_ids: Vec::new(),
                system_prompt: None,
                dynamic_tools: None,
                effect_id: None,
            },
            system: vec![content("You are a test.")],
            context: Vec::new(),
            message: self.says(words),
        };
        change(&mut create);
        self.machine.create(&self.user, create).await.unwrap();
        id
    }

    fn says(&self, words: &str) -> UserMessage {
        UserMessage::new(content(words), self.owner)
    }

    pub(crate) async fn send(&self, chat: ChatId, words: &str, busy: BusyBehavior) -> Sent {
        let message = self.says(words);
        let send = SendMessage { message, busy };
        let sent = self.machine.apply(&self.user, chat, send).await;
        sent.unwrap().outcome
    }

    pub(crate) async fn interrupt(&self, chat: ChatId) {
        let stopped = self.machine.apply(&self.user, chat, Interrupt).await;
        stopped.unwrap();
    }

    pub(crate) async fn read(&self, chat: ChatId) -> (Chat, Vec<Message>) {
        let snapshot = self
            .store
            .get_chat_snapshot(&self.user, chat, Since::Nothing);
        let snapshot = snapshot.await.unwrap();
        (snapshot.chat.clone(), snapshot.messages.clone())
    }

    /// Waits until the chat is as `is` says, and gives it.
    #[track_caller]
    pub(crate) fn until(
        &self,
        chat: ChatId,
        is: impl Fn(&Chat) -> bool,
    ) -> impl Future<Output = Chat> {
        let place = Location::caller();
        async move {
            let waits = self.wait_until(chat, is);
            match Clock::system().timeout("test", PATIENCE, waits).await {
                Ok(chat) => chat,
                Err(_) => panic!("{place} waits, but still {:?}", self.read(chat).await.0),
            }
        }
    }

    async fn wait_until(&self, chat: ChatId, is: impl Fn(&Chat) -> bool) -> Chat {
        let hints = self.store.bus().subscribe([Topic::ChatUpdate(chat)]);
        loop {
            let (now, _) = self.read(chat).await;
            if is(&now) {
                return now;
            }
            let pause = Clock::system().timer("test.poll", Duration::from_millis(20));
            tokio::select! {
                _ = hints.recv() => {}
                () = pause => {}
            }
        }
    }

    #[track_caller]
    pub(crate) fn until_status(
        &self,
        chat: ChatId,
        status: ChatStatus,
    ) -> impl Future<Output = Chat> {
        self.until(chat, move |now| {
            now.status == status && now.runner_id.is_none()
        })
    }

    /// The conversation without its system prompt, one line per message.
    pub(crate) async fn transcript(&self, chat: ChatId) -> Vec<String> {
        let (_, messages) = self.read(chat).await;
        messages.iter().filter_map(line).collect()
    }

    /// Connects the workspace's agent.
    pub(crate) async fn agent(&self, handler: Handler) -> FakeAgent {
        let FakeWorkspaces { registry, agent_id } = &*self.workspaces;
        FakeAgent::connect(registry, *agent_id, &self.tasks, handler).await
    }
}

impl Replica {
    /// Ends the engine as an orderly process does.
    pub(crate) async fn shutdown(self) {
        in_time(self.tasks.shutdown()).await;
    }

    pub(crate) async fn stream(
        &self,
        user: &Actor,
        chat: ChatId,
        start: StreamStart,
    ) -> ChatStream {
        self.handle.open_stream(user, chat, start).await.unwrap()
    }
}

/// Stored words.
pub(crate) fn content(words: &str) -> Content {
    Content::new(&[Part::text(words)]).unwrap()
}

fn line(message: &Message) -> Option<String> {
    let role = message.role.as_str();
    if role == "system" {
        return None;
    }
    let parts = content::decode(&message.content).unwrap();
    let parts: Vec<String> = parts.iter().map(part_line).collect();
    Some(format!("{role}: {}", parts.join(" | ")))
}

fn part_line(part: &Part) -> String {
    match part {
        Part::Text(part) => part.text.clone(),
        Part::ToolCall(call) => format!("call {} {}", call.tool_call_id, call.tool_name),
        Part::ToolResult(result) => {
            let value = result.result.clone().unwrap_or_default();
            format!("result {} {value}", result.tool_call_id)
        }
        Part::Reasoning(_)
        | Part::Source(_)
        | Part::File(_)
        | Part::FileReference(_)
        | Part::ContextFile(_)
        | Part::Skill(_) => format!("{part:?}"),
    }
}

/// The events of a stream until one of them is `last`.
pub(crate) async fn events_until(
    stream: &mut ChatStream,
    last: impl Fn(&StreamEvent) -> bool,
) -> Vec<StreamEvent> {
    let mut events = Vec::new();
    while !events.iter().any(&last) {
        events.extend(in_time(stream.next_frame()).await.unwrap().events);
    }
    events
}

#[async_trait]
impl WorkspaceAccess for FakeWorkspaces {
    async fn connect(
        &self,
        binding: ChatBinding,
        _deadline: Duration,
    ) -> Result<Connection, ConnectError> {
        let client = self.registry.client(self.agent_id);
        Ok(Connection {
            client: client.ok_or(ConnectError::Disconnected)?,
            binding: ChatBinding {
                workspace_id: Some(WorkspaceId::NIL),
                build_id: None,
                agent_id: Some(self.agent_id),
            },
            is_repaired: binding.agent_id != Some(self.agent_id),
        })
    }

    async fn list_templates(
        &self,
        _owner: &Actor,
        _query: Option<&str>,
    ) -> Result<ListTemplates, ChatError> {
        Ok(ListTemplates {
            templates: Vec::new(),
            count: 0,
        })
    }

    async fn read_template(&self, _owner: &Actor, id: &str) -> Result<ReadTemplate, ChatError> {
        Err(ChatError::UnknownTemplate(id.to_owned()))
    }

    async fn create(
        &self,
        _owner: &Actor,
        _door: &dyn ChatDoor,
        request: CreateForChat,
    ) -> Result<CreateResult, ChatError> {
        Err(ChatError::UnknownTemplate(request.template_id))
    }

    async fn start(
        &self,
        _owner: &Actor,
        _door: &dyn ChatDoor,
        _request: StartForChat,
    ) -> Result<StartResult, ChatError> {
        Err(ChatError::NoWorkspace)
    }
}
