//! The channels of the system and what is said on them.

use muster_base::{AgentId, BuildId, ChatId, JobId, RunnerId, UserId, WorkerId, WorkspaceId};
use serde::{Deserialize, Serialize};

/// Something that has been committed. At most 512 bytes as JSON.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "channel", rename_all = "snake_case")]
pub enum Event {
    /// A chat's row, history or queue moved.
    ChatUpdate(ChatUpdate),
    /// A chat became runnable and nobody owns it.
    ChatOwnership {
        chat_id: ChatId,
        snapshot_version: i64,
    },
    /// A chat in a user's list changed.
    ChatOwner {
        user_id: UserId,
        chat_id: ChatId,
        kind: OwnerEventKind,
    },
    /// An administrator changed configuration that is cached.
    ConfigChange {
        kind: ConfigKind,
        entity_id: uuid::Uuid,
    },
    /// A provisioner job waits.
    JobNew { job_id: JobId },
    /// A workspace, its latest build or its agents changed.
    Workspace {
        workspace_id: WorkspaceId,
        build_id: Option<BuildId>,
    },
    /// An agent connected, disconnected or changed its lifecycle.
    Agent { agent_id: AgentId },
    /// A user's sessions were revoked: live sockets must close.
    SessionsRevoked { user_id: UserId },
}

/// All versions of a chat after one bundle of transitions.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ChatUpdate {
    pub chat_id: ChatId,
    pub snapshot_version: i64,
    pub history_version: i64,
    pub queue_version: i64,
    pub retry_state_version: i64,
    pub generation_attempt: i64,
    /// Wire form of the chat's status.
    pub status: String,
    pub archived: bool,
    pub worker_id: Option<WorkerId>,
    pub runner_id: Option<RunnerId>,
}

/// What happened to a chat, as its owner's list sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OwnerEventKind {
    /// Created or unarchived.
    Created,
    /// Archived.
    Deleted,
    StatusChange,
    TitleChange,
    DiffStatusChange,
    /// Its client must answer tool calls.
    ActionRequired,
    /// The summary of its last turn.
    SummaryChange,
}

/// Which cached configuration changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConfigKind {
    Providers,
    ModelConfig,
    UserPrompt,
    McpServer,
    /// Whose model attempts are kept; nil for everybody's.
    DebugLogging,
}

/// What a subscriber listens to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Topic {
    ChatUpdate(ChatId),
    /// The updates of every chat: for the worker that owns many.
    AllChatUpdates,
    ChatOwnership,
    ChatOwner(UserId),
    ConfigChange,
    Jobs,
    Workspace(WorkspaceId),
    Agent(AgentId),
    Sessions,
}

impl Event {
    /// Calls `visit` with each topic whose subscribers hear of this event.
    pub(crate) fn topics(&self, mut visit: impl FnMut(Topic)) {
        match self {
            Self::ChatUpdate(update) => {
                visit(Topic::ChatUpdate(update.chat_id));
                visit(Topic::AllChatUpdates);
            }
            Self::ChatOwnership {
                chat_id: _,
                snapshot_version: _,
            } => visit(Topic::ChatOwnership),
            Self::ChatOwner {
                user_id,
                chat_id: _,
                kind: _,
            } => visit(Topic::ChatOwner(*user_id)),
            Self::ConfigChange {
                kind: _,
                entity_id: _,
            } => visit(Topic::ConfigChange),
            Self::JobNew { job_id: _ } => visit(Topic::Jobs),
            Self::Workspace {
                workspace_id,
                build_id: _,
            } => {
                visit(Topic::Workspace(*workspace_id));
            }
            Self::Agent { agent_id } => visit(Topic::Agent(*agent_id)),
            Self::SessionsRevoked { user_id: _ } => visit(Topic::Sessions),
        }
    }
}
