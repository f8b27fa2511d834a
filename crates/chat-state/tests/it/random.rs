//! Random walks: whatever is tried in whatever order, the machine stays sound.
//!
//! 20,000 steps every day; a million on demand:
//! `MUSTER_TEST_STEPS=1_000_000 cargo test -p muster-chat-state --test it random -- --nocapture`.
//! `MUSTER_TEST_SEED` repeats a walk.

use futures_util::future::join_all;
use muster_base::EffectId;
use muster_base::limits::QUEUE_MAX;
use muster_chat_state::effects::{EffectState, Settled};
use muster_chat_state::transitions::{
    CommitStep, CompleteRequiresAction, EnterRequiresAction, RecordGenerationAttempt, Step,
};
use muster_chat_state::{Error, Part, Reason, State, Transition, classify, table};
use muster_store::chat_messages;
use muster_store::chat_queue;
use muster_store::chats::{self, Chat};

use crate::cells;
use crate::dice::{Dice, number};
use crate::prompts::unanswered;
use crate::support::{Fixture, World, result, said, tool_result};

/// Chats that are walked at the same time.
const LANES: u64 = 16;
/// Steps after which a walk begins with a new chat, so that histories stay short.
const STEPS_PER_CHAT: u64 = 60;

/// What the database says about a chat.
struct Truth {
    chat: Chat,
    queue: usize,
    /// Calls of the prompt that nothing answers.
    open: Vec<String>,
    /// Something other than an answer stands behind one of them.
    passed: bool,
}

impl Truth {
    fn state(&self) -> State {
        classify(self.chat.status, self.chat.archived, self.queue)
    }
}

struct Walk<'w> {
    world: &'w World,
    dice: Dice,
    fixture: Fixture,
    truth: Truth,
    effects: Vec<EffectId>,
}

#[tokio::test]
async fn random_walks_stay_sound() {
    let steps = number("MUSTER_TEST_STEPS", 20_000);
    let seed = number("MUSTER_TEST_SEED", 1);
    let world = World::new().await;
    let lanes = (0..LANES).map(|lane| walk(&world, seed * LANES + lane, steps.div_ceil(LANES)));
    let done: Vec<u64> = join_all(lanes).await;
    let legal: u64 = done.iter().sum();
    assert!(
        legal > steps / 4,
        "only {legal} of {steps} steps did something"
    );
}

async fn walk(world: &World, seed: u64, steps: u64) -> u64 {
    let mut dice = Dice::new(seed);
    let mut legal = 0;
    let mut left = steps;
    while left > 0 {
        let fixture = world.in_state(State::Waiting, 0).await;
        let mut walk = Walk {
            world,
            truth: read(world, fixture, None).await,
            dice,
            fixture,
            effects: Vec::new(),
        };
        let some = left.min(STEPS_PER_CHAT);
        for step in 0..some {
            let moved = walk.step().await;
            legal += u64::from(moved.unwrap_or_else(|fault| {
                panic!(
                    "seed {seed}, step {} of {steps}: {fault}",
                    steps - left + step
                )
            }));
        }
        left -= some;
        dice = walk.dice;
    }
    legal
}

/// Reads the chat, and its prompt where it may have moved since `known`.
async fn read(world: &World, fixture: Fixture, known: Option<&Truth>) -> Truth {
    let id = fixture.id;
    let version = known.map(|known| known.chat.history_version);
    let read = world.store().read("test.truth", move |tx| {
        Box::pin(async move {
            let chat = chats::get(tx, id).await?;
            let prompt = match version {
                Some(version) if version == chat.history_version => None,
                Some(_) | None => Some(chat_messages::list_prompt(tx, id).await?),
            };
            let queue = chat_queue::list(tx, id).await?.len();
            Ok::<_, muster_store::Error>((chat, queue, prompt))
        })
    });
    let (chat, queue, prompt) = read.await.unwrap();
    let (open, passed) = match (prompt, known) {
        (Some(prompt), _) => unanswered(&prompt),
        (None, Some(known)) => (known.open.clone(), known.passed),
        (None, None) => panic!("the first read has the prompt"),
    };
    Truth {
        chat,
        queue,
        open,
        passed,
    }
}

impl Walk<'_> {
    /// One attempt at something. True when it was legal.
    async fn step(&mut self) -> Result<bool, String> {
        if self.dice.roll(40) == 0 {
            return self.touch_effects().await;
        }
        let from = self.truth.state();
        if from != State::Invalid && self.dice.roll(200) == 0 {
            self.world.spoil(self.fixture.id).await;
            self.refresh().await;
            return Ok(false);
        }
        let transition = self.choose(from);
        let done = self.act(transition).await;
        let before = self.refresh().await;
        self.judge(from, transition, &before, &done)
            .map_err(|fault| format!("{transition} from {from} ({done:?}): {fault}"))?;
        Ok(done.is_ok())
    }

    /// Reads the truth anew and gives what it was before.
    async fn refresh(&mut self) -> Truth {
        let truth = read(self.world, self.fixture, Some(&self.truth)).await;
        std::mem::replace(&mut self.truth, truth)
    }

    /// Mostly what the table allows, sometimes anything.
    fn choose(&mut self, from: State) -> Transition {
        let legal: Vec<_> = Transition::ALL
            .into_iter()
            .filter(|transition| !table::allowed(from, *transition).is_empty())
            .collect();
        let from_legal = self.dice.roll(10) < 8;
        let list = if from_legal {
            &legal[..]
        } else {
            &Transition::ALL[..]
        };
        self.dice.pick(list).unwrap()
    }

    async fn act(&mut self, transition: Transition) -> Result<(), Error> {
        let owned = self.truth.chat.runner_id == Some(self.fixture.runner);
        let runs = self.truth.state().is_runnable();
        if !owned && runs && self.dice.roll(2) == 0 {
            self.own().await?;
        }
        match transition {
            Transition::CommitStep => self.commit().await,
            Transition::CompleteRequiresAction => {
                let results = self.results();
                let id = self.fixture.id;
                let command = CompleteRequiresAction { results };
                self.world.apply(id, command).await.map(drop)
            }
            Transition::Create
            | Transition::SendQueue
            | Transition::SendInterrupt
            | Transition::EditMessage
            | Transition::DeleteQueued
            | Transition::PromoteQueued
            | Transition::Interrupt
            | Transition::Archive
            | Transition::Unarchive
            | Transition::RequestCompaction
            | Transition::ClearContext
            | Transition::Acquire
            | Transition::Abandon
            | Transition::RecordGenerationAttempt
            | Transition::RecordRetryState
            | Transition::EnterRequiresAction
            | Transition::FinishTurn
            | Transition::FinishInterruption
            | Transition::FinishError
            | Transition::CancelRequiresAction
            | Transition::ReconcileInvalidState => {
                cells::run(self.world, self.fixture, transition).await
            }
        }
    }

    /// Takes a chat that lost its owner, so that worker transitions have a chance.
    async fn own(&mut self) -> Result<(), Error> {
        let id = self.fixture.id;
        let command = muster_chat_state::transitions::Acquire {
            worker_id: self.world.worker,
            runner_id: muster_base::RunnerId::new(&self.world.now()),
        };
        // A live owner under another runner id refuses, which is as good.
        if self.world.apply(id, command).await.is_ok() {
            self.fixture.runner = command.runner_id;
        } else if let Some(runner) = self.truth.chat.runner_id {
            self.fixture.runner = runner;
        }
        self.refresh().await;
        Ok(())
    }

    /// Results where calls are open, else words or calls, sometimes with the turn's end.
    async fn commit(&mut self) -> Result<(), Error> {
        let world = self.world;
        let id = self.fixture.id;
        let fence = world.fence(self.fixture).await;
        if !self.truth.open.is_empty() {
            let step = Step::ToolResults(self.results());
            return world.apply(id, CommitStep { fence, step }).await.map(drop);
        }
        if self.truth.chat.generation_attempt == 0 {
            let attempt = RecordGenerationAttempt { fence };
            world.apply(id, attempt).await?;
            return Ok(());
        }
        match self.dice.roll(3) {
            0 => {
                let (step, effects) = world.calling(&["a", "b"]);
                world.apply(id, CommitStep { fence, step }).await?;
                self.effects = effects;
                if self.dice.roll(2) == 0 {
                    return Ok(());
                }
                let fence = world.fence(self.fixture).await;
                let answered = match self.dice.roll(2) {
                    0 => Vec::new(),
                    _ => vec![result("a", None)],
                };
                let enter = EnterRequiresAction { fence, answered };
                world.apply(id, enter).await.map(drop)
            }
            1 => {
                let step = Step::Assistant(Box::new(said(&[Part::text("Step")])));
                world.apply(id, CommitStep { fence, step }).await.map(drop)
            }
            _ => world.try_answer(id, fence, "Last").await.map(drop),
        }
    }

    fn results(&self) -> Vec<muster_chat_state::transitions::StepResult> {
        let open = &self.truth.open;
        open.iter().map(|id| result(id, None)).collect()
    }

    /// The owner's ledger writes; they must never disturb the chat.
    async fn touch_effects(&mut self) -> Result<bool, String> {
        let Fixture { id, runner } = self.fixture;
        let Some(effect) = self.dice.pick(&self.effects) else {
            return Ok(false);
        };
        let machine = &self.world.machine;
        let done = if self.dice.roll(2) == 0 {
            let started = machine.start_effects(id, runner, vec![effect], None);
            started.await.map(drop)
        } else {
            // The effects stand in the order of their calls.
            let is_first = self.effects.first() == Some(&effect);
            let call = if is_first { "a" } else { "b" };
            let answer = tool_result(call, "the real one");
            let settled = Settled::with_result(effect, EffectState::Exited, answer).unwrap();
            machine.settle_effects(id, runner, vec![settled]).await
        };
        let before = self.refresh().await;
        if before.chat != self.truth.chat {
            return Err("the ledger moved the chat".to_owned());
        }
        Ok(done.is_ok())
    }

    fn judge(
        &self,
        from: State,
        transition: Transition,
        before: &Truth,
        done: &Result<(), Error>,
    ) -> Result<(), String> {
        let now = &self.truth;
        let end = now.state();
        self.sound(before)?;
        let legal = table::allowed(from, transition);
        match done {
            // One step of `commit` may hold two transitions, each of them judged by the door.
            Ok(()) if transition == Transition::CommitStep => {
                check(end != State::Invalid, "it ended in nonsense")
            }
            Ok(()) => {
                check(legal.contains(&end), "it ended where it must not")?;
                let expected = queue_after(from, transition, before.queue);
                check(now.queue == expected, "the queue has another length")
            }
            Err(Error::Rejected { reason, .. }) => {
                let by_table = *reason == Reason::NotInThisState;
                check(by_table == legal.is_empty(), "the table says otherwise")
            }
            Err(Error::Stale) => {
                let owned = before.chat.runner_id == Some(self.fixture.runner);
                check(!owned, "the owner was taken for a stranger")
            }
            Err(Error::QueueFull) => check(before.queue == QUEUE_MAX, "there was room"),
            Err(Error::NoSuchQueued) => check(before.queue == 0, "it was there"),
            Err(other) => Err(other.to_string()),
        }
    }

    /// What holds after every step, legal or not.
    fn sound(&self, before: &Truth) -> Result<(), String> {
        let (was, is) = (&before.chat, &self.truth.chat);
        check(self.truth.queue <= QUEUE_MAX, "too many wait")?;
        check(
            is.snapshot_version >= was.snapshot_version,
            "the snapshot went back",
        )?;
        for (name, was, is) in [
            ("history", was.history_version, is.history_version),
            ("queue", was.queue_version, is.queue_version),
            ("retry", was.retry_state_version, is.retry_state_version),
        ] {
            check(is >= was, &format!("the {name} version went back"))?;
            let inside = is <= self.truth.chat.snapshot_version;
            check(inside, &format!("the {name} version ran ahead"))?;
        }
        if is.history_version != was.history_version {
            check(is.retry_state.is_none(), "a wait outlived its history")?;
        }
        let waits = is.retry_state.is_some();
        let runs = is.status == chats::ChatStatus::Running;
        check(runs || !waits, "a wait outlived its run")?;
        let error = is.last_error.is_some();
        let failed = is.status == chats::ChatStatus::Error;
        check(
            error == failed,
            "an error without a failure, or the reverse",
        )?;
        let Truth { open, passed, .. } = &self.truth;
        check(!passed, "a call was passed over without an answer")?;
        let asked = is.generation_attempt > 0;
        check(
            open.is_empty() || !asked,
            "a model was asked with an open call",
        )
    }
}

/// How many wait after a legal transition.
fn queue_after(from: State, transition: Transition, queue: usize) -> usize {
    let idle = matches!(from, State::Waiting | State::Error);
    let keeps_head = matches!(from, State::RunningQueued | State::InterruptingQueued);
    match transition {
        Transition::SendQueue | Transition::SendInterrupt => {
            queue + usize::from(!idle && from != State::ErrorQueued)
        }
        Transition::EditMessage => 0,
        Transition::DeleteQueued => queue - 1,
        Transition::PromoteQueued => queue - usize::from(!keeps_head),
        Transition::FinishTurn | Transition::FinishInterruption => queue.saturating_sub(1),
        Transition::Create
        | Transition::Interrupt
        | Transition::CompleteRequiresAction
        | Transition::Archive
        | Transition::Unarchive
        | Transition::RequestCompaction
        | Transition::ClearContext
        | Transition::Acquire
        | Transition::Abandon
        | Transition::RecordGenerationAttempt
        | Transition::RecordRetryState
        | Transition::CommitStep
        | Transition::EnterRequiresAction
        | Transition::FinishError
        | Transition::CancelRequiresAction
        | Transition::ReconcileInvalidState => queue,
    }
}

fn check(holds: bool, fault: &str) -> Result<(), String> {
    if holds { Ok(()) } else { Err(fault.to_owned()) }
}
