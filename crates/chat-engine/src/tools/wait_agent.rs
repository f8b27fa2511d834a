//! `wait_agent`: waits for a subagent's report.

use std::pin::pin;
use std::time::Duration;

use futures_util::future::BoxFuture;
use muster_base::ChatId;
use muster_base::limits::{SUBAGENT_POLL, SUBAGENT_WAIT_DEFAULT, SUBAGENT_WAIT_MAX};
use muster_bus::{Delivery, Event, Subscription, Topic};
use muster_store::chats::{Chat, ChatStatus};
use serde::Deserialize;
use serde_json::{Value, json};

use super::children::{self, NoChild};
use super::{Audience, CallContext, Class, Output, Tool, parse};
use crate::subagent;

pub(super) struct WaitAgent;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Args {
    chat_id: ChatId,
    timeout_seconds: Option<u64>,
}

impl Tool for WaitAgent {
    fn name(&self) -> &'static str {
        "wait_agent"
    }

    fn description(&self) -> &'static str {
        "Wait until a subagent has finished, and get its report: its last message. If it has not \
         finished in time it goes on working, and you can wait again."
    }

    fn schema(&self) -> Value {
        json!({
            "type": "object",
            "properties": {
                "chat_id": {"type": "string", "description": "Id from spawn_agent."},
                "timeout_seconds": {"type": "integer", "minimum": 0, "description": "How long to wait; 300 by default, 3600 at most."}
            },
            "required": ["chat_id"],
            "additionalProperties": false
        })
    }

    /// Waiting again is harmless: the time counts from when the call was committed.
    fn class(&self) -> Class {
        Class::Pure
    }

    fn audience(&self) -> Audience {
        Audience::Roots
    }

    fn call<'a>(&'a self, context: &'a CallContext, args: Value) -> BoxFuture<'a, Output> {
        Box::pin(async move {
            let args: Args = match parse(args) {
                Ok(args) => args,
                Err(output) => return output,
            };
            let wanted = args.timeout_seconds.map(Duration::from_secs);
            let limit = wanted.unwrap_or(SUBAGENT_WAIT_DEFAULT);
            wait(context, args.chat_id, limit.min(SUBAGENT_WAIT_MAX)).await
        })
    }
}

/// Waits on hints, and on a slow look at the row for those that got lost.
async fn wait(context: &CallContext, id: ChatId, limit: Duration) -> Output {
    let (shared, clock) = (&context.turn.shared, context.clock());
    // Subscribe first, read second.
    let hints = shared.store.bus().subscribe([Topic::ChatUpdate(id)]);
    let left = limit.saturating_sub(context.age());
    let mut deadline = pin!(clock.timer("subagent.wait", left));
    let mut is_over = false;
    loop {
        let chat = match children::find(context, id).await {
            Ok(chat) if is_done(chat.status) => return reported(context, &chat).await,
            Ok(chat) => Some(chat),
            // A database that fails for a while is no reason to lose a subagent.
            Err(NoChild::Store(_)) if !is_over => None,
            Err(error) => return error.into_output(),
        };
        if is_over {
            return chat.map_or_else(|| NoChild::Unknown.into_output(), |chat| timed_out(&chat));
        }
        // Whoever waits does not keep others from running, subagents of others above all.
        context.slot.give_back();
        tokio::select! {
            () = until_told(&hints) => {}
            () = clock.timer("subagent.poll", SUBAGENT_POLL) => {}
            () = &mut deadline => is_over = true,
        }
    }
}

const fn is_done(status: ChatStatus) -> bool {
    match status {
        ChatStatus::Waiting | ChatStatus::Error => true,
        ChatStatus::Running | ChatStatus::Interrupting | ChatStatus::RequiresAction => false,
    }
}

/// Until a hint says that the subagent may have finished: most tell of its progress.
async fn until_told(hints: &Subscription) {
    loop {
        match hints.recv().await {
            Delivery::Resync => return,
            Delivery::Event(event) => {
                if let Event::ChatUpdate(update) = &*event
                    && ChatStatus::parse(&update.status).is_none_or(is_done)
                {
                    return;
                }
            }
        }
    }
}

async fn reported(context: &CallContext, chat: &Chat) -> Output {
    let report = match subagent::report(&context.turn.shared, chat.id).await {
        Ok(report) => report,
        Err(error) => return Output::error(format!("The report can't be read: {error}")),
    };
    let mut output = children::describe_with(chat, "report", report);
    if chat.status == ChatStatus::Error {
        let failure = chat.last_error.as_ref();
        let why = failure.map_or("The subagent failed.", |error| error.message.as_str());
        output.set_error(why);
    }
    output
}

fn timed_out(chat: &Chat) -> Output {
    let mut output = Output::json(&children::describe(chat));
    output.set_error("The subagent has not finished in time. It goes on working; wait again.");
    output
}
