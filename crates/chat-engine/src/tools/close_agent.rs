//! `close_agent`: stops a subagent.

use futures_util::future::BoxFuture;
use muster_base::ChatId;
use muster_chat_state::transitions::Interrupt;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Audience, CallContext, Class, Output, Tool, children, parse};

pub(super) struct CloseAgent;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Args {
    chat_id: ChatId,
}

impl Tool for CloseAgent {
    fn name(&self) -> &'static str {
        "close_agent"
    }

    fn description(&self) -> &'static str {
        "Stop a subagent. What it has done and said stays, and it can be given a new message. \
         One that has finished stays as it is."
    }

    fn schema(&self) -> Value {
        json!({
            "type": "object",
            "properties": {
                "chat_id": {"type": "string", "description": "Id from spawn_agent."}
            },
            "required": ["chat_id"],
            "additionalProperties": false
        })
    }

    fn class(&self) -> Class {
        Class::Keyed
    }

    fn audience(&self) -> Audience {
        Audience::Roots
    }

    fn call<'a>(&'a self, context: &'a CallContext, args: Value) -> BoxFuture<'a, Output> {
        Box::pin(async move {
            let Args { chat_id } = match parse(args) {
                Ok(args) => args,
                Err(output) => return output,
            };
            if let Err(error) = children::find(context, chat_id).await {
                return error.into_output();
            }
            let owner = match context.turn.owner().await {
                Ok(owner) => owner,
                Err(error) => return Output::error(error.to_string()),
            };
            let machine = &context.turn.shared.machine;
            match machine.apply(&owner, chat_id, Interrupt).await {
                Ok(stopped) => children::describe_with(&stopped.chat, "terminated", true),
                Err(error) => children::failed(&error),
            }
        })
    }
}
