//! What can go wrong on the way to a workspace's agent.

use http::StatusCode;
use muster_agent_link as link;
use muster_agent_link::wire::Code;
use muster_base::limits;
use muster_workspaces::ReachError;
use muster_workspaces::status::AgentStatus;

use super::Error;

impl From<ReachError> for Error {
    fn from(error: ReachError) -> Self {
        match error {
            ReachError::NoWorkspace => Self::bad_request("The chat has no workspace yet."),
            ReachError::NoAgent => Self::bad_request("The workspace is not running."),
            ReachError::NotConnected(AgentStatus::Connecting) => {
                Self::bad_request("The workspace is still starting: its agent is not connected.")
            }
            ReachError::NotConnected(
                AgentStatus::Connected | AgentStatus::Disconnected | AgentStatus::Timeout,
            ) => Self::bad_request("The workspace's agent is not connected."),
            ReachError::DialTimeout => {
                Self::bad_request("The workspace's agent did not answer in time.")
            }
            ReachError::Link(error) => Self::agent(error),
            ReachError::Store(error) => error.into(),
        }
    }
}

impl Error {
    /// The link to a workspace's agent broke.
    pub(crate) fn agent_lost() -> Self {
        Self::new(StatusCode::BAD_GATEWAY, "The workspace's agent is gone.")
    }

    /// A call to a workspace's agent failed; what the agent refuses, it says in its own words.
    pub(crate) fn agent(error: link::Error) -> Self {
        match error {
            link::Error::Refused { body } => match body.code {
                Code::BadRequest | Code::NotFound | Code::TooLarge => {
                    Self::bad_request("The workspace's agent refused.").detail(body.message)
                }
                Code::Forbidden => Self::forbidden("The workspace does not allow this."),
                Code::Conflict | Code::EffectConflict | Code::EffectUnknown => {
                    Self::conflict("The workspace's agent refused.").detail(body.message)
                }
                Code::Unavailable => {
                    Self::too_many(limits::STREAM_PING_PERIOD).detail(body.message)
                }
                Code::Internal => Self::agent_lost().detail(body.message),
            },
            link::Error::NotConnected { .. }
            | link::Error::GaveUp { .. }
            | link::Error::Deadline { .. } => {
                Self::bad_request("The workspace's agent did not answer in time.")
            }
            link::Error::AgentDisconnected
            | link::Error::TooLarge { .. }
            | link::Error::Unreadable { .. }
            | link::Error::Unsendable { .. } => Self::agent_lost(),
        }
    }
}
