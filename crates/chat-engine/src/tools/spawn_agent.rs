//! `spawn_agent`: gives a task to a subagent.

use futures_util::future::BoxFuture;
use muster_base::limits::{PROMPT_BYTES_MAX, TITLE_CHARS_MAX};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Audience, CallContext, Class, Output, Tool, children, parse};
use crate::subagent::{self, Task};

pub(super) struct SpawnAgent;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Args {
    prompt: String,
    title: Option<String>,
}

impl Args {
    fn checked(self) -> Result<(String, Option<String>), Output> {
        if self.prompt.trim().is_empty() {
            return Err(Output::error("prompt must say what the subagent is to do."));
        }
        if self.prompt.len() > PROMPT_BYTES_MAX {
            let text = format!("prompt must be at most {PROMPT_BYTES_MAX} bytes long.");
            return Err(Output::error(text));
        }
        let title = self.title.map(|title| title.trim().to_owned());
        let title = title.filter(|title| !title.is_empty());
        let title = title.map(|title| title.chars().take(TITLE_CHARS_MAX).collect());
        Ok((self.prompt, title))
    }
}

impl Tool for SpawnAgent {
    fn name(&self) -> &'static str {
        "spawn_agent"
    }

    fn description(&self) -> &'static str {
        "Give a task to a subagent, which works on it beside you in the same workspace. Returns \
         at once; use wait_agent for its report. It knows nothing of this conversation, so the \
         prompt must hold everything it needs. Use it for work that can be done independently, \
         several at the same time where the tasks do not touch the same files."
    }

    fn schema(&self) -> Value {
        json!({
            "type": "object",
            "properties": {
                "prompt": {"type": "string", "description": "The whole task: goal, context, limits, and what to report."},
                "title": {"type": "string", "description": "A few words that name the task."}
            },
            "required": ["prompt"],
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
            let (prompt, title) = match parse::<Args>(args).and_then(Args::checked) {
                Ok(args) => args,
                Err(output) => return output,
            };
            let task = Task {
                prompt,
                title,
                effect_id: context.effect.id,
            };
            spawn(context, task).await
        })
    }
}

async fn spawn(context: &CallContext, task: Task) -> Output {
    if let Err(output) = children::admit(context).await {
        return output;
    }
    let shared = &context.turn.shared;
    let owner = match context.turn.owner().await {
        Ok(owner) => owner,
        Err(error) => return Output::error(error.to_string()),
    };
    let create = match subagent::child_of(shared, context.chat_id, task).await {
        Ok(create) => create,
        Err(error) => return Output::error(format!("The subagent was not created: {error}")),
    };
    match shared.machine.create(&owner, create).await {
        Ok(created) => Output::json(&children::describe(&created.chat)),
        Err(error) => children::failed(&error),
    }
}
