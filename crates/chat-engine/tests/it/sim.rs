//! Two engines, one database, a clock that the test moves, and everything that goes wrong.
//!
//! `MUSTER_SIM_SEED` and `MUSTER_SIM_STEPS` choose a run; a failing run names its seed.

use std::collections::{BTreeMap, HashMap};
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use muster_agent_link::fake::{FakeAgent, FakeAnswer, FakeCall};
use muster_agent_link::wire::{
    Code, EffectState as Journal, EffectStatus, EffectsAnswer, WrittenFile,
};
use muster_base::{ChatId, Clock, EffectId};
use muster_chat_state::content::{self, Part};
use muster_chat_state::transitions::{BusyBehavior, Interrupt, SendMessage};
use muster_chat_state::{State, classify};
use muster_llm::{EventStream, FailureKind, Request, Role};
use muster_store::chat_messages::Since;
use muster_store::chats::ChatStatus;
use parking_lot::Mutex;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use serde_json::json;

use crate::model::{FakeModel, calls, fails_after, hangs_after, text};
use crate::process::Process;
use crate::support::{World, content as words};

const STEPS: u64 = 80;
const CHATS_MAX: usize = 6;
/// Rounds of the final calm in which every chat must come to rest.
const CALM_ROUNDS: usize = 3_000;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_happens_nothing_is_lost_or_done_twice() {
    let steps = number("MUSTER_SIM_STEPS").unwrap_or(STEPS);
    let seeds = number("MUSTER_SIM_SEED").map_or_else(|| vec![1, 2, 3], |seed| vec![seed]);
    for seed in seeds {
        let run = AssertUnwindSafe(simulate(seed, steps)).catch_unwind();
        assert!(
            run.await.is_ok(),
            "the simulation failed: MUSTER_SIM_SEED={seed} MUSTER_SIM_STEPS={steps}"
        );
    }
}

#[expect(clippy::disallowed_methods, reason = "the run is chosen from outside")]
fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

struct Simulation {
    world: World,
    random: StdRng,
    processes: Vec<Option<Process>>,
    chats: Vec<ChatId>,
    /// The last snapshot and history version seen of each chat.
    seen: BTreeMap<ChatId, (i64, i64)>,
    agent: FakeAgent,
    done: Arc<Mutex<HashMap<EffectId, u32>>>,
}

async fn simulate(seed: u64, steps: u64) {
    let mut simulation = Simulation::new(seed).await;
    simulation.start(0).await;
    for _ in 0..steps {
        simulation.act().await;
        simulation.breathe().await;
        simulation.check().await;
    }
    simulation.calm().await;
    simulation.check_effects().await;
    check_requests(&simulation.world.model.requests());
    simulation.end();
}

/// The model's whims depend on the request alone, so that a repeated attempt may differ only
/// by its number.
fn whim(seed: u64, n: usize, request: &Request) -> EventStream {
    let last = request.messages.last().map(|message| message.role);
    let mut random = StdRng::seed_from_u64(seed ^ (n as u64) << 8);
    match random.random_range(0..10) {
        0 => fails_after("half", FailureKind::Overloaded),
        1 => hangs_after("and then"),
        2..7 if last == Some(Role::User) => {
            let file = json!({"path": "/x", "content": "y"});
            calls(&[("a", "write_file", file.clone()), ("b", "write_file", file)])
        }
        _ => text("Done."),
    }
}

/// An agent whose journal outlives every engine: an effect counts once, however often it comes.
fn journal(call: &FakeCall, done: &Mutex<HashMap<EffectId, u32>>) -> FakeAnswer {
    match call.path.as_str() {
        "write-file" => {
            let id = call.effect_id().unwrap();
            done.lock().entry(id).or_insert(1);
            FakeAnswer::json(&WrittenFile { ok: true, bytes: 1 })
        }
        "effects/query" => {
            let ids: Vec<EffectId> = serde_json::from_value(call.json()["ids"].clone()).unwrap();
            let known = done.lock();
            let effects = ids.into_iter().map(|id| EffectStatus {
                id,
                state: if known.contains_key(&id) {
                    Journal::Finished
                } else {
                    Journal::Absent
                },
                answer: None,
            });
            FakeAnswer::json(&EffectsAnswer {
                epoch: "fake".to_owned(),
                effects: effects.collect(),
            })
        }
        "effects/ack" => FakeAnswer::json(&json!({})),
        _ => FakeAnswer::refused(Code::NotFound, "no such route"),
    }
}

impl Simulation {
    async fn new(seed: u64) -> Self {
        let model = FakeModel::new(move |n, request| whim(seed, n, request));
        let world = World::new(model).await;
        let done = Arc::default();
        let known = Arc::clone(&done);
        let agent = world
            .agent(Arc::new(move |call| {
                std::future::ready(journal(&call, &known)).boxed()
            }))
            .await;
        Self {
            world,
            random: StdRng::seed_from_u64(seed),
            processes: vec![None, None],
            chats: Vec::new(),
            seen: BTreeMap::new(),
            agent,
            done,
        }
    }

    /// Starts the engine in this place, if none runs there.
    async fn start(&mut self, place: usize) {
        if self.processes[place].is_some() {
            return;
        }
        self.processes[place] = Some(self.world.process().await);
    }

    async fn act(&mut self) {
        match self.random.random_range(0..12) {
            0 | 1 if self.chats.len() < CHATS_MAX => {
                let chat = self.world.chat("Go.").await;
                self.chats.push(chat);
            }
            0..=3 => self.send(BusyBehavior::Queue).await,
            4 => self.send(BusyBehavior::Interrupt).await,
            5 => self.interrupt().await,
            6 => self.kill(),
            7 => self.drain(),
            8 => {
                let place = self.random.random_range(0..2);
                self.start(place).await;
            }
            9 => self.world.clock.advance(Duration::from_secs(25)),
            _ => self.world.clock.advance(Duration::from_secs(2)),
        }
    }

    fn any_chat(&mut self) -> Option<ChatId> {
        let count = self.chats.len();
        (count > 0).then(|| self.chats[self.random.random_range(0..count)])
    }

    async fn send(&mut self, busy: BusyBehavior) {
        let Some(chat) = self.any_chat() else {
            return;
        };
        let message =
            muster_chat_state::transitions::UserMessage::new(words("More."), self.world.owner);
        let send = SendMessage { message, busy };
        // A full queue refuses, and that is right.
        drop(self.world.machine.apply(&self.world.user, chat, send).await);
    }

    async fn interrupt(&mut self) {
        if let Some(chat) = self.any_chat() {
            let stopped = self.world.machine.apply(&self.world.user, chat, Interrupt);
            stopped.await.unwrap();
        }
    }

    /// Ends a process in the middle of whatever it does.
    fn kill(&mut self) {
        let place = self.random.random_range(0..2);
        if let Some(process) = self.processes[place].take() {
            process.kill();
        }
    }

    /// Asks a process to end; it may be killed before it has.
    fn drain(&mut self) {
        let place = self.random.random_range(0..2);
        if let Some(process) = &self.processes[place] {
            process.drain();
        }
    }

    /// Lets the other threads do something.
    async fn breathe(&self) {
        Clock::system()
            .timer("test.breathe", Duration::from_millis(3))
            .await;
    }

    async fn check(&mut self) {
        for chat in self.chats.clone() {
            let snapshot =
                self.world
                    .store
                    .get_chat_snapshot(&self.world.user, chat, Since::Nothing);
            let snapshot = snapshot.await.unwrap();
            let (row, queue) = (&snapshot.chat, snapshot.queue.len());
            let state = classify(row.status, row.archived, queue);
            assert_ne!(state, State::Invalid, "{row:?}");
            assert!(queue <= muster_base::limits::QUEUE_MAX);
            let now = (row.snapshot_version, row.history_version);
            let before = self.seen.insert(chat, now).unwrap_or_default();
            assert!(now.0 >= before.0 && now.1 >= before.1, "{before:?} {now:?}");
            assert_eq!(row.worker_id.is_some(), row.runner_id.is_some());
        }
    }

    /// The storm is over: one engine runs and time passes. Every chat must come to rest.
    async fn calm(&mut self) {
        for place in 0..2 {
            if let Some(process) = self.processes[place].take() {
                process.kill();
            }
        }
        self.start(0).await;
        for round in 0..CALM_ROUNDS {
            if self.busy().await.is_empty() {
                return;
            }
            self.world.clock.advance(Duration::from_secs(1));
            self.breathe().await;
            // A model that hangs is somebody's to stop.
            if round % 100 == 99 {
                for chat in self.busy().await {
                    let stopped = self.world.machine.apply(&self.world.user, chat, Interrupt);
                    stopped.await.unwrap();
                }
            }
        }
        panic!("still busy: {:?}", self.busy().await);
    }

    async fn busy(&self) -> Vec<ChatId> {
        let mut busy = Vec::new();
        for chat in &self.chats {
            let (row, _) = self.world.read(*chat).await;
            if !matches!(row.status, ChatStatus::Waiting | ChatStatus::Error) {
                busy.push(*chat);
            }
        }
        busy
    }

    /// A result that says "done" was done, and nothing that was done was done twice.
    async fn check_effects(&self) {
        let done = self.done.lock().clone();
        assert!(done.values().all(|count| *count == 1));
        for chat in &self.chats {
            let (_, messages) = self.world.read(*chat).await;
            let parts: Vec<Part> = messages
                .iter()
                .flat_map(|message| content::decode(&message.content).unwrap())
                .collect();
            let mut waiting: HashMap<String, Option<EffectId>> = HashMap::new();
            for part in &parts {
                if let Some(call) = part.as_tool_call() {
                    waiting.insert(call.tool_call_id.clone(), call.effect_id);
                }
                let Some(result) = part.as_tool_result() else {
                    continue;
                };
                let effect = waiting.remove(&result.tool_call_id).flatten();
                let was_done = effect.is_some_and(|effect| done.contains_key(&effect));
                assert!(result.is_error || was_done, "{result:?}");
            }
            assert!(waiting.is_empty(), "unanswered: {waiting:?}");
        }
    }

    fn end(self) {
        let Self {
            processes, agent, ..
        } = self;
        for process in processes.into_iter().flatten() {
            process.kill();
        }
        drop(agent);
    }
}

/// No request ever held a call without its result.
fn check_requests(requests: &[Request]) {
    for request in requests {
        let mut open: Vec<&str> = Vec::new();
        for message in &request.messages {
            if message.role != Role::Tool {
                assert!(open.is_empty(), "{:?}", request.messages);
            }
            for part in &message.parts {
                match part {
                    muster_llm::Part::ToolCall(call) => open.push(&call.id),
                    muster_llm::Part::ToolResult(result) => open.retain(|id| *id != result.call_id),
                    muster_llm::Part::Text(_)
                    | muster_llm::Part::Reasoning(_)
                    | muster_llm::Part::File(_)
                    | muster_llm::Part::Source(_) => {}
                }
            }
        }
        assert!(open.is_empty(), "{:?}", request.messages);
    }
}
