//! `start_workspace`: brings the chat's workspace up.

use futures_util::future::BoxFuture;
use muster_workspaces::StartForChat;
use serde_json::{Value, json};

use super::{Audience, CallContext, Class, Output, Tool};

pub(super) struct StartWorkspace;

impl Tool for StartWorkspace {
    fn name(&self) -> &'static str {
        "start_workspace"
    }

    fn description(&self) -> &'static str {
        "Start this conversation's workspace and wait until it can be used. One that is running \
         already stays as it is."
    }

    fn schema(&self) -> Value {
        json!({"type": "object", "properties": {}, "required": [], "additionalProperties": false})
    }

    fn class(&self) -> Class {
        Class::Keyed
    }

    fn audience(&self) -> Audience {
        Audience::Roots
    }

    fn call<'a>(&'a self, context: &'a CallContext, _args: Value) -> BoxFuture<'a, Output> {
        Box::pin(async move {
            let turn = &context.turn;
            let owner = match turn.owner().await {
                Ok(owner) => owner,
                Err(error) => return Output::error(error.to_string()),
            };
            let request = StartForChat {
                chat_id: context.chat_id,
                effect_id: context.effect.id,
            };
            let access = &turn.shared.workspaces;
            match access.start(&owner, turn.as_ref(), request).await {
                Ok(result) => Output::json(&result),
                Err(error) => Output::error(error.to_string()),
            }
        })
    }
}
