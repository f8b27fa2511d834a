//! One agent connection per turn, and the chat's binding to a workspace (F05).

use std::error::Error as StdError;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use muster_agent_link::AgentClient;
use muster_base::ChatId;
use muster_base::limits::{AGENT_DIAL_ATTEMPT, AGENT_WAIT};
use muster_chat_state::Binding;
use muster_rbac::{Actor, Purpose, Scopes};
use muster_store::chats::Chat;
use muster_store::users;
use muster_workspaces::{ChatBinding, ChatDoor, ConnectError};
use tokio::sync::Mutex;

use crate::shared::Shared;

/// What the tools of one turn share: whose chat it is and the way to its workspace.
#[derive(Debug)]
pub(crate) struct TurnBinding {
    pub(crate) shared: Arc<Shared>,
    pub(crate) chat_id: ChatId,
    pub(crate) chat: Chat,
    state: Mutex<State>,
    /// How many dials have failed.
    failures: AtomicU64,
}

#[derive(Debug, Default)]
struct State {
    binding: ChatBinding,
    client: Option<AgentClient>,
    /// Why the last dial failed.
    failure: Option<Arc<ConnectError>>,
}

impl TurnBinding {
    pub(crate) fn new(shared: Arc<Shared>, chat: Chat) -> Self {
        let state = State {
            binding: binding_of(&chat),
            ..State::default()
        };
        Self {
            shared,
            chat_id: chat.id,
            chat,
            state: Mutex::new(state),
            failures: AtomicU64::default(),
        }
    }

    /// The turn's connection; dialled once, and again when its link has died.
    ///
    /// Calls that ask at the same time share one dial, its failure included: an agent that
    /// stays away is waited for once and not once per call.
    pub(crate) async fn agent(&self) -> Result<AgentClient, Arc<ConnectError>> {
        let failures = self.failures.load(Ordering::Acquire);
        let mut state = self.state.lock().await;
        if let Some(client) = state.client.as_ref().filter(|client| client.is_alive()) {
            return Ok(client.clone());
        }
        if let Some(failure) = &state.failure
            && self.failures.load(Ordering::Acquire) != failures
        {
            return Err(Arc::clone(failure));
        }
        let access = &self.shared.workspaces;
        let connection = match access.connect(state.binding, AGENT_WAIT).await {
            Ok(connection) => connection,
            Err(error) => {
                let failure = Arc::new(error);
                state.failure = Some(Arc::clone(&failure));
                self.failures.fetch_add(1, Ordering::AcqRel);
                return Err(failure);
            }
        };
        if connection.is_repaired {
            self.store_binding(connection.binding).await;
        }
        if let Some(workspace) = connection.binding.workspace_id {
            self.shared.runners.works_in(self.chat_id, workspace);
        }
        state.binding = connection.binding;
        state.client = Some(connection.client.clone());
        Ok(connection.client)
    }

    /// The turn's connection for work beside the turn, which a shutdown does not wait for long.
    pub(crate) async fn agent_aside(&self) -> Option<AgentClient> {
        let drained = async {
            self.shared.tasks.drain().cancelled().await;
            let clock = &self.shared.clock;
            clock.timer("turn.drain", AGENT_DIAL_ATTEMPT).await;
        };
        tokio::select! {
            biased;
            agent = self.agent() => agent.ok(),
            () = drained => None,
        }
    }

    /// The chat's owner as an actor: tools may do what the person may do.
    pub(crate) async fn owner(&self) -> Result<Actor, muster_store::Error> {
        let id = self.chat.owner_id;
        let user = self
            .shared
            .store
            .read("turn.owner", move |tx| {
                Box::pin(async move { users::get(tx, id).await })
            })
            .await?;
        Ok(Actor::user(id, user.roles, Scopes::all()))
    }

    /// A repaired binding is a convenience for the next turn: failing to store it is no reason
    /// to fail the call that has just reached its agent.
    async fn store_binding(&self, binding: ChatBinding) {
        if let Err(error) = self.write(binding).await {
            tracing::warn!(chat.id = %self.chat_id, error = %error, "binding was not stored");
        }
    }

    async fn write(&self, binding: ChatBinding) -> Result<(), muster_chat_state::Error> {
        let ChatBinding {
            workspace_id,
            build_id,
            agent_id,
        } = binding;
        let binding = Binding {
            workspace_id,
            build_id,
            agent_id,
        };
        let worker = Actor::system(Purpose::ChatWorker);
        let machine = &self.shared.machine;
        machine.set_binding(&worker, self.chat_id, binding).await?;
        Ok(())
    }
}

#[async_trait]
impl ChatDoor for TurnBinding {
    async fn binding(&self) -> Result<ChatBinding, Box<dyn StdError + Send + Sync>> {
        let worker = Actor::system(Purpose::ChatWorker);
        let chat = self.shared.store.get_chat(&worker, self.chat_id).await?;
        Ok(binding_of(&chat))
    }

    async fn bind(&self, binding: ChatBinding) -> Result<(), Box<dyn StdError + Send + Sync>> {
        self.write(binding).await?;
        let mut state = self.state.lock().await;
        *state = State {
            binding,
            ..State::default()
        };
        Ok(())
    }
}

fn binding_of(chat: &Chat) -> ChatBinding {
    ChatBinding {
        workspace_id: chat.workspace_id,
        build_id: chat.build_id,
        agent_id: chat.agent_id,
    }
}
