//! One task of an owned chat: one thing, chosen from stored history, ended by one commit.

mod capacity;
mod clean;
mod client_tools;
mod compaction;
mod context_files;
mod files;
mod finish;
mod interrupt;
mod live;
mod model_phase;
mod prepare;
mod tool_phase;

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use compaction::Due;
use muster_base::{AgentId, EffectId, MessageId, RunnerId, WorkspaceId};
use muster_chat_state::{Error as MachineError, Fence, Reason};
use muster_rbac::{Actor, Purpose};
use muster_store::chats::{Chat, ChatStatus};
use muster_store::debug_runs::RunPurpose;

use crate::Error;
use crate::asides;
use crate::binding::TurnBinding;
use crate::compaction::too_long;
use crate::debug::Asked;
use crate::history::{History, Next};
use crate::model::ChosenModel;
use crate::prompt::files::Files;
use crate::retry;
use crate::shared::Shared;
use crate::slots::Held;

/// An owned chat with what its runner knows of it. A task takes it and gives it back.
pub(crate) struct Work {
    pub(crate) shared: Arc<Shared>,
    pub(crate) runner_id: RunnerId,
    pub(crate) chat: Chat,
    pub(crate) history: History,
    pub(crate) turn: Turn,
    pub(crate) gate: Gate,
    /// The task's commit has also let go of the chat.
    pub(crate) is_released: bool,
}

/// What is resolved once per turn.
#[derive(Default)]
pub(crate) struct Turn {
    model: Option<ChosenModel>,
    binding: Option<Arc<TurnBinding>>,
    user_prompt: Option<Arc<String>>,
    /// The provider has forgotten the response that the turn went on after.
    is_unchained: bool,
    /// The provider refused blocks of its own: up to this message it is sent none.
    plain_until: Option<MessageId>,
    /// The binding whose agent was asked for its context files.
    asked_context: Option<(WorkspaceId, Option<AgentId>)>,
    /// The uploads that the conversation names.
    files: Files,
    /// Effects that this runner has reserved itself: nobody can have started them.
    reserved: HashSet<EffectId>,
    /// A title was looked for beside this turn.
    has_asked_title: bool,
    /// The right to run at all.
    slot: Held,
}

/// Closed while a task's last commit is on its way. Its own notification then must not be
/// taken for somebody else's and cancel the task.
#[derive(Clone, Debug, Default)]
pub(crate) struct Gate(Arc<AtomicBool>);

impl Gate {
    fn close(&self) {
        self.0.store(true, Ordering::Release);
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}

/// Why a task ended without a commit.
#[derive(Debug)]
pub(crate) enum Stop {
    /// The chat moved on without us: look again.
    Stale,
    /// The chat is gone.
    Gone,
    /// Something below failed: wait a little and look again.
    Failed(Error),
}

impl From<MachineError> for Stop {
    fn from(error: MachineError) -> Self {
        match error {
            MachineError::Stale
            | MachineError::Rejected {
                transition: _,
                from: _,
                reason: Reason::NotInThisState,
            }
            | MachineError::QueueFull
            | MachineError::NoSuchQueued
            | MachineError::NoSuchMessage
            | MachineError::NoSuchFile
            | MachineError::NotAUserMessage => Self::Stale,
            MachineError::Store(muster_store::Error::NotFound { .. }) => Self::Gone,
            // Another reason than the state is a fault of this task: it is logged and tried
            // again with growing pauses, not taken for somebody else's write.
            MachineError::Rejected { .. }
            | MachineError::IllegalEnd { .. }
            | MachineError::Content(_)
            | MachineError::Store(_) => Self::Failed(error.into()),
        }
    }
}

impl From<serde_json::Error> for Stop {
    fn from(error: serde_json::Error) -> Self {
        Self::Failed(MachineError::Content(error).into())
    }
}

/// Who writes: the worker, whatever person owns the chat.
pub(crate) fn worker() -> Actor {
    Actor::system(Purpose::ChatWorker)
}

impl Work {
    /// Does the one thing that the chat's status and history ask for.
    pub(crate) async fn run(self) -> Result<Self, Stop> {
        match self.chat.status {
            ChatStatus::Running => self.generate().await,
            ChatStatus::Interrupting => self.interrupt().await,
            ChatStatus::RequiresAction => {
                self.turn.slot.give_back();
                self.wait_for_action().await
            }
            ChatStatus::Waiting | ChatStatus::Error => self.abandon().await,
        }
    }

    async fn generate(mut self) -> Result<Self, Stop> {
        self.take_slot().await?;
        if self.chat.compaction_requested_at.is_some() {
            return Box::pin(self.compact_on_request()).await;
        }
        let next = self.history.next();
        match self.due(&next).await? {
            Due::Nothing => {}
            Due::Compaction(plan) => return Box::pin(self.compact(plan)).await,
            Due::Error => return self.finish_error(too_long()).await,
        }
        match next {
            Next::Tools(calls) => self.tool_phase(calls).await,
            Next::Finish => self.finish_turn().await,
            Next::TooManySteps => {
                let error = retry::own_error("The turn has reached its step limit.");
                self.finish_error(error).await
            }
            // Boxed: the model phase is by far the largest of them.
            Next::Model => match Box::pin(self.attach_context()).await? {
                (work, true) => Ok(work),
                (work, false) => Box::pin(work.model_phase()).await,
            },
        }
    }

    /// Has a title found for a chat that nobody has named, beside its first turn.
    fn look_for_title(&mut self) {
        if !std::mem::replace(&mut self.turn.has_asked_title, true) {
            asides::find_for_new(&self.shared, &self.chat, &self.history);
        }
    }

    /// The state of affairs under which this task writes.
    fn fence(&self) -> Fence {
        Fence::of(&self.chat, self.runner_id)
    }

    /// What is kept of an attempt of this task.
    fn run_of(&self, model: &ChosenModel, purpose: RunPurpose) -> Asked<'_> {
        Asked {
            purpose,
            provider: model.provider,
            config_id: Some(model.config_id),
            attempt: self.chat.generation_attempt,
            chat: &self.chat,
        }
    }

    /// The turn's way to the workspace.
    fn binding(&mut self) -> Arc<TurnBinding> {
        let (shared, chat) = (&self.shared, &self.chat);
        let new = || Arc::new(TurnBinding::new(Arc::clone(shared), chat.clone()));
        Arc::clone(self.turn.binding.get_or_insert_with(new))
    }
}
