//! `list_agents`: the subagents of this chat.

use futures_util::future::BoxFuture;
use serde_json::{Value, json};

use super::{Audience, CallContext, Class, Output, Tool, children};
use crate::subagent;

pub(super) struct ListAgents;

impl Tool for ListAgents {
    fn name(&self) -> &'static str {
        "list_agents"
    }

    fn description(&self) -> &'static str {
        "List the subagents of this conversation with their status, the oldest first."
    }

    fn schema(&self) -> Value {
        json!({"type": "object", "properties": {}, "required": [], "additionalProperties": false})
    }

    fn class(&self) -> Class {
        Class::Pure
    }

    fn audience(&self) -> Audience {
        Audience::Roots
    }

    fn call<'a>(&'a self, context: &'a CallContext, _args: Value) -> BoxFuture<'a, Output> {
        Box::pin(async move {
            match subagent::list(&context.turn.shared, context.chat_id).await {
                Ok(agents) => {
                    let agents: Vec<Value> = agents.iter().map(children::describe).collect();
                    Output::json(&json!({"count": agents.len(), "agents": agents}))
                }
                Err(error) => Output::error(format!("The subagents can't be listed: {error}")),
            }
        })
    }
}
