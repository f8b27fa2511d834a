//! A machine on a database of its own, and chats in any state.

use muster_base::{
    ChatId, Clock, EffectId, Micros, MockClock, ModelConfigId, OrganizationId, RunnerId, UserId,
    WorkerId,
};
use muster_bus::{Bus, Delivery, Event, Subscription, Topic};
use muster_chat_state::content::{Content, ToolCall, ToolResult};
use muster_chat_state::effects::{EffectState, EffectTarget, NewEffect};
use muster_chat_state::transitions::{
    Abandon, Acquire, AssistantStep, BusyBehavior, CommitStep, Create, EnterRequiresAction,
    FinishError, FinishTurn, Interrupt, RecordGenerationAttempt, SendMessage, Step, StepResult,
    UserMessage,
};
use muster_chat_state::{Command, Error, Fence, Machine, Part, State, Updated, classify};
use muster_rbac::{Actor, Purpose, Role, Scopes};
use muster_store::chat_messages::{Message, Usage};
use muster_store::chat_queue::QueuedMessage;
use muster_store::chats::door::NewChat;
use muster_store::chats::{Chat, ClientType, LastError};
use muster_store::{Counter, Statement, Store, chat_messages, chat_queue, chats};
use muster_testkit::db;
use serde_json::json;

/// 2026-01-01, a time like any other.
pub(crate) const START: Micros = Micros(1_767_225_600_000_000);

/// A machine, its store, and the one person and worker of the test.
pub(crate) struct World {
    pub(crate) clock: MockClock,
    pub(crate) machine: Machine,
    pub(crate) owner: UserId,
    pub(crate) worker: WorkerId,
    user: Actor,
    system: Actor,
    _database: db::Database,
}

/// A chat with the runner that owns it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fixture {
    pub(crate) id: ChatId,
    pub(crate) runner: RunnerId,
}

/// Everything durable about a chat.
#[derive(Debug, PartialEq)]
pub(crate) struct Everything {
    pub(crate) chat: Chat,
    pub(crate) messages: Vec<Message>,
    pub(crate) queue: Vec<QueuedMessage>,
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::with_counter(None).await
    }

    /// A world whose statements are counted.
    pub(crate) async fn counted() -> (Self, Counter) {
        let counter = Counter::default();
        (Self::with_counter(Some(counter.clone())).await, counter)
    }

    async fn with_counter(counter: Option<Counter>) -> Self {
        let clock = MockClock::new(START);
        let database = db::fresh().await;
        let mut options = database.options(&clock.clock());
        options.counter = counter;
        let store = database.open(options).await;
        let owner = UserId::new(&clock.clock());
        let world = Self {
            machine: Machine::new(store),
            owner,
            user: Actor::user(owner, [Role::AgentsAccess], Scopes::all()),
            system: Actor::system(Purpose::ChatWorker),
            worker: WorkerId::new(&clock.clock()),
            clock,
            _database: database,
        };
        world.beat().await;
        world
    }

    pub(crate) fn store(&self) -> &Store {
        self.machine.store()
    }

    pub(crate) fn now(&self) -> Clock {
        self.clock.clock()
    }

    pub(crate) const fn user(&self) -> &Actor {
        &self.user
    }

    pub(crate) const fn system(&self) -> &Actor {
        &self.system
    }

    pub(crate) fn subscribe(&self, topics: impl IntoIterator<Item = Topic>) -> Subscription {
        let bus: &Bus = self.store().bus();
        bus.subscribe(topics)
    }

    pub(crate) async fn beat(&self) {
        let beat = self.machine.beat_replica(self.worker, START, None);
        beat.await.unwrap();
    }

    pub(crate) fn new_chat(&self) -> NewChat {
        NewChat {
            id: ChatId::new(&self.now()),
            organization_id: OrganizationId::NIL,
            owner_id: self.owner,
            parent: None,
            workspace_id: None,
            build_id: None,
            agent_id: None,
            model_config_id: ModelConfigId::NIL,
            reasoning_effort: None,
            title: "A chat".into(),
            mode: None,
            client_type: ClientType::Api,
            labels: json!({}),
            mcp_server_ids: Vec::new(),
            system_prompt: None,
            dynamic_tools: None,
            effect_id: None,
        }
    }

    pub(crate) fn says(&self, words: &str) -> UserMessage {
        UserMessage::new(text(words), self.owner)
    }

    pub(crate) fn create_command(&self, chat: NewChat) -> Create {
        Create {
            chat,
            system: vec![text("Be useful.")],
            context: Vec::new(),
            message: self.says("Hello"),
        }
    }

    /// A running chat that nobody owns.
    pub(crate) async fn create(&self) -> Chat {
        let create = self.create_command(self.new_chat());
        let created = self.machine.create(self.user(), create).await.unwrap();
        created.chat
    }

    /// Any transition, as the worker, which may do everything to a chat.
    pub(crate) async fn apply<C: Command>(
        &self,
        chat: ChatId,
        command: C,
    ) -> Result<Updated<C::Outcome>, Error> {
        self.machine.apply(self.system(), chat, command).await
    }

    /// The same, where it must work.
    pub(crate) async fn do_it<C: Command>(&self, chat: ChatId, command: C) -> Updated<C::Outcome> {
        let name = command.transition();
        let done = self.apply(chat, command).await;
        done.unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    pub(crate) async fn chat(&self, id: ChatId) -> Chat {
        self.store().get_chat(self.system(), id).await.unwrap()
    }

    pub(crate) async fn everything(&self, id: ChatId) -> Everything {
        let read = self.store().read("test.everything", move |tx| {
            Box::pin(async move {
                Ok::<_, muster_store::Error>(Everything {
                    chat: chats::get(tx, id).await?,
                    messages: chat_messages::list_visible(tx, id, muster_base::MessageId(0))
                        .await?,
                    queue: chat_queue::list(tx, id).await?,
                })
            })
        });
        read.await.unwrap()
    }

    pub(crate) async fn state(&self, id: ChatId) -> State {
        let all = self.everything(id).await;
        classify(all.chat.status, all.chat.archived, all.queue.len())
    }

    pub(crate) async fn prompt(&self, id: ChatId) -> Vec<Message> {
        let (_chat, messages) = self.store().get_prompt(self.system(), id).await.unwrap();
        messages
    }

    /// A fence of the chat's present row.
    pub(crate) async fn fence(&self, fixture: Fixture) -> Fence {
        Fence::of(&self.chat(fixture.id).await, fixture.runner)
    }

    pub(crate) async fn acquire(&self, chat: ChatId) -> Fixture {
        let runner = RunnerId::new(&self.now());
        let command = Acquire {
            worker_id: self.worker,
            runner_id: runner,
        };
        self.do_it(chat, command).await;
        Fixture { id: chat, runner }
    }

    pub(crate) async fn abandon(&self, fixture: Fixture) {
        let runner_id = fixture.runner;
        self.do_it(fixture.id, Abandon { runner_id }).await;
    }

    /// A running, owned chat after one whole turn, with a model attempt under way.
    pub(crate) async fn running(&self) -> Fixture {
        let fixture = self.waiting().await;
        self.send(fixture.id, "Go on", BusyBehavior::Queue).await;
        self.attempt(fixture).await;
        fixture
    }

    /// A chat after one whole turn; its owner has not let go yet.
    pub(crate) async fn waiting(&self) -> Fixture {
        let chat = self.create().await;
        let fixture = self.acquire(chat.id).await;
        self.attempt(fixture).await;
        self.answer(fixture, "Done").await;
        fixture
    }

    pub(crate) async fn attempt(&self, fixture: Fixture) -> i64 {
        let fence = self.fence(fixture).await;
        let done = self.do_it(fixture.id, RecordGenerationAttempt { fence });
        done.await.outcome
    }

    /// The last step of a turn: the answer and the end in one bundle.
    pub(crate) async fn answer(&self, fixture: Fixture, words: &str) -> Chat {
        let fence = self.fence(fixture).await;
        let done = self.try_answer(fixture.id, fence, words).await;
        done.unwrap()
    }

    /// The same, where somebody else may have been faster.
    pub(crate) async fn try_answer(
        &self,
        id: ChatId,
        fence: Fence,
        words: &str,
    ) -> Result<Chat, Error> {
        let step = Step::Assistant(Box::new(said(&[Part::text(words)])));
        let bundle = self
            .machine
            .update(self.system(), "test.answer", id, move |bundle| {
                let step = step.clone();
                Box::pin(async move {
                    bundle.apply(CommitStep { fence, step }).await?;
                    bundle.apply(FinishTurn { fence }).await
                })
            });
        Ok(bundle.await?.chat)
    }

    /// A step that calls tools, with one effect each; the attempt must be recorded.
    pub(crate) async fn call(&self, fixture: Fixture, calls: &[&str]) -> Vec<EffectId> {
        let fence = self.fence(fixture).await;
        let (step, effects) = self.calling(calls);
        self.do_it(fixture.id, CommitStep { fence, step }).await;
        effects
    }

    pub(crate) fn calling(&self, calls: &[&str]) -> (Step, Vec<EffectId>) {
        let effects: Vec<_> = calls.iter().map(|_| EffectId::new(&self.now())).collect();
        let parts: Vec<_> = calls
            .iter()
            .zip(&effects)
            .map(|(id, effect)| call(id, *effect))
            .collect();
        let mut step = said(&parts);
        step.effects = calls
            .iter()
            .zip(&effects)
            .map(|(id, effect)| new_effect(id, *effect, EffectTarget::Agent))
            .collect();
        (Step::Assistant(Box::new(step)), effects)
    }

    pub(crate) async fn send(&self, chat: ChatId, words: &str, busy: BusyBehavior) {
        let message = self.says(words);
        self.do_it(chat, SendMessage { message, busy }).await;
    }

    pub(crate) async fn fail(&self, fixture: Fixture) {
        let fence = self.fence(fixture).await;
        let error = broken();
        self.do_it(fixture.id, FinishError { fence, error }).await;
    }

    /// A chat in a state, owned, with `queued` messages where the state has a queue.
    pub(crate) async fn in_state(&self, state: State, queued: usize) -> Fixture {
        let fixture = match state {
            State::None => Fixture {
                id: ChatId::new(&self.now()),
                runner: RunnerId::new(&self.now()),
            },
            State::Waiting | State::ArchivedWaiting => self.waiting().await,
            State::Error
            | State::ErrorQueued
            | State::Running
            | State::RunningQueued
            | State::Interrupting
            | State::InterruptingQueued
            | State::RequiresAction
            | State::RequiresActionQueued
            | State::ArchivedError
            | State::ArchivedErrorQueued
            | State::Invalid => self.running().await,
        };
        let id = fixture.id;
        if matches!(state, State::RequiresAction | State::RequiresActionQueued) {
            self.call(fixture, &["a", "b"]).await;
            let fence = self.fence(fixture).await;
            self.do_it(id, enter(fence)).await;
        }
        for number in 0..queued {
            let words = format!("queued {number}");
            self.send(id, &words, BusyBehavior::Queue).await;
        }
        match state {
            State::Error | State::ErrorQueued => self.fail(fixture).await,
            State::ArchivedError | State::ArchivedErrorQueued => {
                self.fail(fixture).await;
                self.archive(id, true).await;
            }
            State::ArchivedWaiting => self.archive(id, true).await,
            State::Interrupting | State::InterruptingQueued => {
                self.do_it(id, Interrupt).await;
            }
            State::Invalid => self.spoil(id).await,
            State::None
            | State::Waiting
            | State::Running
            | State::RunningQueued
            | State::RequiresAction
            | State::RequiresActionQueued => {}
        }
        fixture
    }

    pub(crate) async fn archive(&self, chat: ChatId, archived: bool) {
        let done = self.machine.set_archived(self.system(), chat, archived);
        done.await.unwrap();
    }

    /// Writes past the door what no transition writes.
    pub(crate) async fn spoil(&self, chat: ChatId) {
        static SPOIL: Statement =
            Statement::new("test/spoil", "update chats set archived = $2 where id = $1");
        let write = self.store().write("test.spoil", move |tx| {
            Box::pin(async move {
                let params = muster_store::params![chat, true];
                tx.execute(&SPOIL, &params).await
            })
        });
        write.await.unwrap();
    }
}

/// How many messages wait in the fixtures of a state: both sides of "the last one went".
pub(crate) fn queues_of(state: State) -> &'static [usize] {
    match state {
        State::ErrorQueued
        | State::RunningQueued
        | State::InterruptingQueued
        | State::RequiresActionQueued
        | State::ArchivedErrorQueued => &[1, 2],
        State::Invalid => &[0, 1],
        State::None
        | State::Waiting
        | State::Error
        | State::Running
        | State::Interrupting
        | State::RequiresAction
        | State::ArchivedWaiting
        | State::ArchivedError => &[0],
    }
}

pub(crate) fn text(words: &str) -> Content {
    Content::new(&[Part::text(words)]).unwrap()
}

pub(crate) fn call(id: &str, effect: EffectId) -> Part {
    Part::ToolCall(ToolCall {
        tool_call_id: id.into(),
        tool_name: "execute".into(),
        args: Some(json!({"command": "true"})),
        effect_id: Some(effect),
        ..ToolCall::default()
    })
}

pub(crate) fn new_effect(id: &str, effect: EffectId, target: EffectTarget) -> NewEffect {
    NewEffect {
        effect_id: effect,
        tool_call_id: id.into(),
        tool_name: "execute".into(),
        input_hash: "00".into(),
        target,
        agent_id: None,
    }
}

pub(crate) fn said(parts: &[Part]) -> AssistantStep {
    AssistantStep {
        content: Content::new(parts).unwrap(),
        model_config_id: ModelConfigId::NIL,
        reasoning_effort: None,
        usage: Usage::default(),
        total_cost_micros: None,
        runtime_ms: None,
        provider_response_id: None,
        effects: Vec::new(),
    }
}

pub(crate) fn tool_result(id: &str, output: &str) -> ToolResult {
    ToolResult {
        tool_call_id: id.into(),
        tool_name: "execute".into(),
        result: Some(json!({ "output": output })),
        ..ToolResult::default()
    }
}

pub(crate) fn result(id: &str, effect: Option<EffectId>) -> StepResult {
    let settles = effect.map(|effect| (effect, EffectState::Exited));
    StepResult::new(tool_result(id, "ok"), settles).unwrap()
}

/// Everything that is open is the client's.
pub(crate) const fn enter(fence: Fence) -> EnterRequiresAction {
    EnterRequiresAction {
        fence,
        answered: Vec::new(),
    }
}

pub(crate) fn broken() -> LastError {
    LastError {
        message: "It broke.".into(),
        kind: "generic".into(),
        ..LastError::default()
    }
}

/// Everything that was delivered so far.
pub(crate) fn delivered(subscription: &Subscription) -> Vec<Event> {
    let mut events = Vec::new();
    while let Some(delivery) = subscription.try_recv() {
        if let Delivery::Event(event) = delivery {
            events.push((*event).clone());
        }
    }
    events
}
