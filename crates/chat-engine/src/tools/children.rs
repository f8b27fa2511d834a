//! What the subagent tools share: finding the child that a call names, and describing it.

use muster_base::{ChatId, EffectId};
use muster_chat_state::{Error as MachineError, Reason};
use muster_llm::FailureKind;
use muster_store::chats::{self, Chat};
use muster_store::{Tx, chat_messages, chat_queue};
use serde_json::{Value, json};

use super::{CallContext, Output};
use crate::Error;
use crate::turn::worker;
use crate::usage_limit::{self, UsageLimitReached};

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

/// Whether the chat's owner may begin more work. A call that was cut short behind its commit
/// goes on: what it asks for is there, and it must hear of it.
pub(super) async fn admit(context: &CallContext) -> Result<(), Output> {
    let (turn, effect) = (&context.turn, context.effect.id);
    let store = &turn.shared.store;
    let admitted = usage_limit::admit(store, turn.chat.owner_id).await;
    let Err(reached) = admitted else {
        return Ok(());
    };
    let made = store.read("subagent.made", move |tx| Box::pin(is_made(tx, effect)));
    match made.await {
        Ok(false) => Err(limited(&reached)),
        // Doing it again does nothing if it was done.
        Ok(true) | Err(_) => Ok(()),
    }
}

async fn is_made(tx: &mut Tx<'_>, effect: EffectId) -> Result<bool, muster_store::Error> {
    let is_made = chats::get_by_effect(tx, effect).await?.is_some()
        || chat_messages::get_by_effect(tx, effect).await?.is_some()
        || chat_queue::get_by_effect(tx, effect).await?.is_some();
    Ok(is_made)
}

/// What a model is told of its owner's limit, with the same numbers that a person is told.
fn limited(reached: &UsageLimitReached) -> Output {
    let UsageLimitReached {
        spent,
        limit,
        resets_at,
    } = reached;
    let mut output = Output::json(&json!({
        "kind": FailureKind::UsageLimit.as_str(),
        "spent_micros": spent,
        "limit_micros": limit,
        "resets_at": resets_at,
    }));
    output.set_error(
        "The spending limit is reached, so no subagent is given more work before it resets. \
         Finish with what you have.",
    );
    output
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
