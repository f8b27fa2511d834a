//! What the subagent tools share: finding the child that a call names, and describing it.

use muster_base::ChatId;
use muster_chat_state::{Error as MachineError, Reason};
use muster_store::chats::Chat;
use serde_json::{Value, json};

use super::{CallContext, Output};
use crate::Error;
use crate::turn::worker;

/// One text for a chat that is not there and one that is somebody else's.
const NO_CHILD: &str = "There is no subagent with this chat_id.";

/// Why a child is not given.
pub(super) enum NoChild {
    /// There is none of this id below the calling chat.
    Unknown,
    /// The store failed: it may be there.
    Store(Error),
}

impl NoChild {
    pub(super) fn into_output(self) -> Output {
        match self {
            Self::Unknown => Output::error(NO_CHILD),
            Self::Store(error) => Output::error(format!("The subagent can't be read: {error}")),
        }
    }
}

/// A subagent of the calling chat.
pub(super) async fn find(context: &CallContext, id: ChatId) -> Result<Chat, NoChild> {
    let store = &context.turn.shared.store;
    match store.get_chat(&worker(), id).await {
        Ok(chat) if chat.parent_chat_id == Some(context.chat_id) => Ok(chat),
        Ok(_) | Err(muster_store::Error::NotFound { .. }) => Err(NoChild::Unknown),
        Err(error) => Err(NoChild::Store(error.into())),
    }
}

/// A subagent as every result names it.
pub(super) fn describe(chat: &Chat) -> Value {
    json!({"chat_id": chat.id, "title": chat.title, "status": chat.status.as_str()})
}

/// The same with one more field.
pub(super) fn describe_with(chat: &Chat, field: &str, value: impl Into<Value>) -> Output {
    let mut described = describe(chat);
    if let Value::Object(fields) = &mut described {
        fields.insert(field.to_owned(), value.into());
    }
    Output::json(&described)
}

/// A change of a subagent was refused, or nobody knows whether it was made.
pub(super) fn failed(error: &MachineError) -> Output {
    match error {
        MachineError::Rejected { reason, .. } if *reason == Reason::NotInThisState => {
            Output::error("The subagent is archived.")
        }
        MachineError::Rejected { reason, .. } => {
            Output::error(format!("The subagent was not changed: {reason}."))
        }
        MachineError::QueueFull => {
            Output::error("Too many messages wait for the subagent. Wait for it first.")
        }
        MachineError::Store(muster_store::Error::NotFound { .. }) => Output::error(NO_CHILD),
        MachineError::NoSuchQueued
        | MachineError::NoSuchMessage
        | MachineError::NotAUserMessage
        | MachineError::NoSuchFile
        | MachineError::Stale
        | MachineError::IllegalEnd { .. }
        | MachineError::Content(_)
        | MachineError::Store(_) => {
            Output::error(format!("The subagent could not be changed: {error}."))
        }
    }
}
