//! `message_agent`: tells a subagent something more.

use futures_util::future::BoxFuture;
use muster_base::limits::PROMPT_BYTES_MAX;
use muster_base::{ChatId, UserId};
use muster_chat_state::transitions::{BusyBehavior, SendMessage, UserMessage};
use muster_store::chats::ChatStatus;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Audience, CallContext, Class, Output, Tool, children, parse};
use crate::subagent;

pub(super) struct MessageAgent;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Args {
    chat_id: ChatId,
    message: String,
    #[serde(default)]
    interrupt: bool,
}

impl Args {
    fn checked(self) -> Result<Self, Output> {
        if self.message.trim().is_empty() {
            return Err(Output::error("message must not be empty."));
        }
        if self.message.len() > PROMPT_BYTES_MAX {
            let text = format!("message must be at most {PROMPT_BYTES_MAX} bytes long.");
            return Err(Output::error(text));
        }
        Ok(self)
    }
}

impl Tool for MessageAgent {
    fn name(&self) -> &'static str {
        "message_agent"
    }

    fn description(&self) -> &'static str {
        "Send a message to a subagent. One that has finished starts again with it; one that is \
         working reads it when its run ends, or at once if you interrupt."
    }

    fn schema(&self) -> Value {
        json!({
            "type": "object",
            "properties": {
                "chat_id": {"type": "string", "description": "Id from spawn_agent."},
                "message": {"type": "string", "description": "What to tell it."},
                "interrupt": {"type": "boolean", "description": "Stop its current run first."}
            },
            "required": ["chat_id", "message"],
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
            let args = match parse::<Args>(args).and_then(Args::checked) {
                Ok(args) => args,
                Err(output) => return output,
            };
            match children::find(context, args.chat_id).await {
                Ok(child) => send(context, args, child.owner_id).await,
                Err(error) => error.into_output(),
            }
        })
    }
}

async fn send(context: &CallContext, args: Args, owner_id: UserId) -> Output {
    if let Err(output) = children::admit(context).await {
        return output;
    }
    let owner = match context.turn.owner().await {
        Ok(owner) => owner,
        Err(error) => return Output::error(error.to_string()),
    };
    let content = match subagent::words(&args.message) {
        Ok(content) => content,
        Err(error) => return Output::error(error.to_string()),
    };
    let send = SendMessage {
        message: UserMessage {
            effect_id: Some(context.effect.id),
            ..UserMessage::new(content, owner_id)
        },
        busy: if args.interrupt {
            BusyBehavior::Interrupt
        } else {
            BusyBehavior::Queue
        },
    };
    let machine = &context.turn.shared.machine;
    let sent = machine
        .update(&owner, "subagent.send", args.chat_id, move |bundle| {
            let send = send.clone();
            Box::pin(async move {
                // The same call was cut short behind its commit.
                if send.find_sent(bundle).await?.is_none() {
                    bundle.apply(send).await?;
                }
                Ok(())
            })
        })
        .await;
    match sent {
        Ok(sent) => {
            let interrupted = args.interrupt && sent.chat.status == ChatStatus::Interrupting;
            children::describe_with(&sent.chat, "interrupted", interrupted)
        }
        Err(error) => children::failed(&error),
    }
}
