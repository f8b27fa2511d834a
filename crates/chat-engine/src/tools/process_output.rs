//! `process_output`: what a process has written so far.

use std::time::Duration;

use futures_util::future::BoxFuture;
use muster_base::EffectId;
use muster_base::limits::{PROCESS_WAIT_DEFAULT, PROCESS_WAIT_MAX};
use serde::Deserialize;
use serde_json::{Value, json};

use super::execute::{self, Finished};
use super::{CallContext, Class, Output, Tool, duration, parse};

pub(super) struct ProcessOutput;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Args {
    process_id: EffectId,
    #[serde(default)]
    wait_timeout: Option<String>,
}

impl Tool for ProcessOutput {
    fn name(&self) -> &'static str {
        "process_output"
    }

    fn description(&self) -> &'static str {
        "Read the output of a process that was started with execute. Waits until the process \
         ends, at most wait_timeout."
    }

    fn schema(&self) -> Value {
        json!({
            "type": "object",
            "properties": {
                "process_id": {"type": "string", "description": "Id from execute or process_list."},
                "wait_timeout": {"type": "string", "description": "How long to wait for the end, for example 30s or 2m; 0s returns at once. Default 10s, at most 5m."}
            },
            "required": ["process_id"],
            "additionalProperties": false
        })
    }

    fn class(&self) -> Class {
        Class::Pure
    }

    fn call<'a>(&'a self, context: &'a CallContext, args: Value) -> BoxFuture<'a, Output> {
        Box::pin(async move {
            match parse(args) {
                Ok(args) => output(context, args).await,
                Err(output) => output,
            }
        })
    }
}

fn wait_of(args: &Args) -> Result<Duration, Output> {
    let Some(text) = &args.wait_timeout else {
        return Ok(PROCESS_WAIT_DEFAULT);
    };
    let wait = duration::parse(text);
    let wait = wait.ok_or_else(|| Output::error("wait_timeout must be a duration such as 30s."))?;
    Ok(wait.min(PROCESS_WAIT_MAX))
}

async fn output(context: &CallContext, args: Args) -> Output {
    let wait = match wait_of(&args) {
        Ok(wait) => wait,
        Err(output) => return output,
    };
    let agent = match context.agent().await {
        Ok(agent) => agent,
        Err(output) => return output,
    };
    match execute::wait(context, &agent, args.process_id, wait).await {
        Ok(output) if output.running => {
            let note = "The process is still running.";
            Output::json(&Finished::running(output, args.process_id, note))
        }
        Ok(output) => Output::json(&Finished::of(output)),
        Err(error) => Output::from_agent(&error),
    }
}
