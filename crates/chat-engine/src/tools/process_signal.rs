//! `process_signal`: ends a process of the chat.

use futures_util::future::BoxFuture;
use muster_agent_link::wire;
use muster_base::EffectId;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{CallContext, Class, Output, Tool, parse};

pub(super) struct ProcessSignal;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Args {
    process_id: EffectId,
    signal: wire::Signal,
}

impl Tool for ProcessSignal {
    fn name(&self) -> &'static str {
        "process_signal"
    }

    fn description(&self) -> &'static str {
        "End a running process of this conversation, with everything it has started. Use \
         terminate first, and kill if the process ignores it."
    }

    fn schema(&self) -> Value {
        json!({
            "type": "object",
            "properties": {
                "process_id": {"type": "string", "description": "Id from execute or process_list."},
                "signal": {"type": "string", "enum": ["terminate", "kill"], "description": "What to send."}
            },
            "required": ["process_id", "signal"],
            "additionalProperties": false
        })
    }

    fn class(&self) -> Class {
        Class::Journaled
    }

    fn call<'a>(&'a self, context: &'a CallContext, args: Value) -> BoxFuture<'a, Output> {
        Box::pin(async move {
            let Args { process_id, signal } = match parse(args) {
                Ok(args) => args,
                Err(output) => return output,
            };
            let sent = context.journaled(|agent, link| {
                Box::pin(async move { agent.signal(&link, process_id, signal).await })
            });
            match sent.await {
                Ok(done) => Output::json(&done),
                Err(output) => output,
            }
        })
    }
}
