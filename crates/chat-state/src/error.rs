//! What can go wrong, by family.

use muster_store::Family;

use crate::state::{State, Transition};

/// Why a transition was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reason {
    /// The table has no such move from this state.
    NotInThisState,
    /// It was archived before.
    AlreadyArchived,
    /// It is not archived.
    NotArchived,
    /// The chat or one of its subagents is active.
    FamilyActive,
    /// The chat above it is archived.
    ParentArchived,
    /// A subagent has no subagents of its own.
    TooDeep,
    /// It has as many subagents as one chat may have.
    TooManySubagents,
    /// There is no conversation since the last summary.
    NothingToCompact,
    /// A tool call has no answer yet.
    UnansweredCalls,
    /// No tool call waits for an answer.
    NoOpenCalls,
    /// The results or effects are not those of the open calls.
    CallsDoNotFit,
    /// No model attempt was recorded on this history.
    NoAttempt,
    /// Somebody alive owns the chat.
    Owned,
}

impl Reason {
    /// The reason as the end of a sentence.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NotInThisState => "not possible in this state",
            Self::AlreadyArchived => "already archived",
            Self::NotArchived => "not archived",
            Self::FamilyActive => "the chat or one of its subagents is active",
            Self::ParentArchived => "the parent chat is archived",
            Self::TooDeep => "a subagent can't have subagents",
            Self::TooManySubagents => "the chat has too many subagents",
            Self::NothingToCompact => "nothing to compact",
            Self::UnansweredCalls => "a tool call has no answer",
            Self::NoOpenCalls => "no tool call waits for an answer",
            Self::CallsDoNotFit => "the calls are not those that are open",
            Self::NoAttempt => "no model attempt was recorded",
            Self::Owned => "a live worker owns the chat",
        }
    }
}

impl std::fmt::Display for Reason {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A bundle was not committed; nothing of it was written or told.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The machine does not allow it.
    #[error("{transition} from {from}: {reason}")]
    Rejected {
        transition: Transition,
        from: State,
        reason: Reason,
    },
    /// As many messages wait as may wait.
    #[error("the queue is full")]
    QueueFull,
    /// No such item waits.
    #[error("no such queued message")]
    NoSuchQueued,
    /// No such message in this chat, or it was edited away.
    #[error("no such message")]
    NoSuchMessage,
    /// Only what a user said can be edited.
    #[error("not a message of a user")]
    NotAUserMessage,
    /// An upload is gone, somebody else's or another chat's.
    #[error("no such file")]
    NoSuchFile,
    /// The writer does not own what it writes to any more: stop quietly, show nothing.
    #[error("stale write")]
    Stale,
    /// A bundle would have left a state that the table does not allow: our bug.
    #[error("a bundle would have ended in {end}")]
    IllegalEnd { end: State },
    /// A content has no stored form, or a stored one can't be read: our bug.
    #[error("message content")]
    Content(#[from] serde_json::Error),
    /// The store failed or refused.
    #[error(transparent)]
    Store(#[from] muster_store::Error),
}

impl Error {
    /// Whose problem this is.
    #[must_use]
    pub const fn family(&self) -> Family {
        match self {
            Self::Rejected {
                transition: _,
                from: _,
                reason: _,
            }
            | Self::QueueFull
            | Self::NoSuchQueued
            | Self::NoSuchMessage
            | Self::NotAUserMessage
            | Self::NoSuchFile
            | Self::Stale => Family::Rejected,
            Self::IllegalEnd { end: _ } | Self::Content(_) => Family::Internal,
            Self::Store(error) => error.family(),
        }
    }

    /// Whether the writer was replaced and must stop quietly.
    #[must_use]
    pub const fn is_stale(&self) -> bool {
        matches!(self, Self::Stale)
    }
}

impl From<muster_rbac::Denied> for Error {
    fn from(denied: muster_rbac::Denied) -> Self {
        Self::Store(denied.into())
    }
}
