//! What a call to an agent can end in.

use muster_base::AgentId;

use crate::wire::{Code, ErrorBody};

/// A call over a link failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No link before the deadline.
    #[error("the workspace agent is not connected")]
    NotConnected {
        /// Who was dialled.
        agent_id: AgentId,
    },
    /// Waiting was given up early, because the agent's row says that it is in vain.
    #[error("the workspace agent is not coming: {reason}")]
    GaveUp {
        /// For the user.
        reason: String,
    },
    /// The link died under the call.
    #[error("the workspace agent disconnected")]
    AgentDisconnected,
    /// The call's deadline passed; the link may still be fine.
    #[error("the workspace agent did not answer `{call}` in time")]
    Deadline {
        /// The call.
        call: &'static str,
    },
    /// The agent refused or failed the call.
    #[error("{}", body.message)]
    Refused {
        /// What it said.
        body: ErrorBody,
    },
    /// An answer over its limit.
    #[error("the workspace agent's answer to `{call}` is too large")]
    TooLarge {
        /// The call.
        call: &'static str,
    },
    /// An answer that is not what the call promises.
    #[error("the workspace agent's answer to `{call}` can't be read")]
    Unreadable {
        /// The call.
        call: &'static str,
        /// What is wrong with it.
        #[source]
        source: serde_json::Error,
    },
    /// A request that can't be sent, for example a path with a line break in a header.
    #[error("`{call}` can't be sent")]
    Unsendable {
        /// The call.
        call: &'static str,
        /// What is wrong with it.
        #[source]
        source: http::Error,
    },
}

impl Error {
    /// The agent's code, if the agent has answered.
    #[must_use]
    pub const fn code(&self) -> Option<Code> {
        match self {
            Self::Refused { body } => Some(body.code),
            Self::NotConnected { .. }
            | Self::GaveUp { .. }
            | Self::AgentDisconnected
            | Self::Deadline { .. }
            | Self::TooLarge { .. }
            | Self::Unreadable { .. }
            | Self::Unsendable { .. } => None,
        }
    }

    /// Whether the call never got an answer, so that its effect may or may not have happened.
    #[must_use]
    pub const fn is_lost(&self) -> bool {
        matches!(self, Self::AgentDisconnected | Self::Deadline { .. })
    }
}
