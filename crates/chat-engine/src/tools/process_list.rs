//! `process_list`: the chat's processes in the workspace.

use futures_util::future::BoxFuture;
use serde_json::{Value, json};

use super::{CallContext, Class, Output, Tool};

pub(super) struct ProcessList;

impl Tool for ProcessList {
    fn name(&self) -> &'static str {
        "process_list"
    }

    fn description(&self) -> &'static str {
        "List the processes that this conversation has started in the workspace, running ones \
         and those that ended a short time ago."
    }

    fn schema(&self) -> Value {
        json!({"type": "object", "properties": {}, "required": [], "additionalProperties": false})
    }

    fn class(&self) -> Class {
        Class::Pure
    }

    fn call<'a>(&'a self, context: &'a CallContext, _args: Value) -> BoxFuture<'a, Output> {
        Box::pin(async move {
            let agent = match context.agent().await {
                Ok(agent) => agent,
                Err(output) => return output,
            };
            match agent.process_list(&context.link()).await {
                Ok(list) => Output::json(&list),
                Err(error) => Output::from_agent(&error),
            }
        })
    }
}
