//! What the engine's callers may run into.

use muster_llm::Failure;
use muster_store::Family;

use crate::stream::CursorError;

/// An operation of the engine failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The cursor is malformed or belongs to another chat.
    #[error(transparent)]
    Cursor(#[from] CursorError),
    /// Only a person has a list of chats.
    #[error("only a person has a list of chats")]
    NotAPerson,
    /// A spilled part can't be read: our bug.
    #[error("stored live output")]
    Spilled(#[source] serde_json::Error),
    /// Somebody else is finding a title for the chat.
    #[error("a title is being found already")]
    TitleUnderWay,
    /// No model found a title.
    #[error("no title was found")]
    NoTitle(#[source] Box<Failure>),
    /// The engine is shutting down.
    #[error("the engine is shutting down")]
    Closing,
    /// The machine refused or failed.
    #[error(transparent)]
    Machine(#[from] muster_chat_state::Error),
    /// The store failed or refused.
    #[error(transparent)]
    Store(#[from] muster_store::Error),
}

impl Error {
    /// Whose problem this is.
    #[must_use]
    pub const fn family(&self) -> Family {
        match self {
            Self::Cursor(_) | Self::NotAPerson | Self::TitleUnderWay => Family::Rejected,
            Self::NoTitle(_) | Self::Closing => Family::Unavailable,
            Self::Spilled(_) => Family::Internal,
            Self::Machine(error) => error.family(),
            Self::Store(error) => error.family(),
        }
    }
}
