//! `execute`: runs a command in the workspace.
//!
//! The process belongs to the workspace, not to the call: a time-out, a lost link or a crash
//! of the server leaves it running, and the effect id, which is the process's id, finds it
//! again.

mod advice;

use std::time::Duration;

use futures_util::future::BoxFuture;
use muster_agent_link::{self as agent, AgentClient, wire};
use muster_base::EffectId;
use muster_base::limits::{EXECUTE_DEFAULT, EXECUTE_MAX, EXECUTE_POLL, LIVE_OUTPUT_PERIOD};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{CallContext, Class, Ending, Output, Tool, duration, parse};

pub(super) struct Execute;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Args {
    command: String,
    #[serde(default)]
    timeout: Option<String>,
    #[serde(default)]
    workdir: Option<String>,
    #[serde(default)]
    run_in_background: bool,
}

/// The result of a command, finished or not.
#[derive(Debug, Default, PartialEq, Serialize)]
pub(super) struct Finished {
    success: bool,
    #[serde(skip_serializing_if = "String::is_empty")]
    output: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    exit_code: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    wall_duration_ms: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    truncated: Option<wire::Truncation>,
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    background_process_id: Option<EffectId>,
}

impl Finished {
    /// A process that has ended.
    pub(super) fn of(output: wire::ProcessOutput) -> Self {
        let exit_code = output.exit_code.unwrap_or(-1);
        Self {
            success: exit_code == 0,
            output: output.output,
            exit_code: Some(exit_code),
            wall_duration_ms: output.wall_duration_ms,
            error: output.error,
            truncated: output.truncated,
            ..Self::default()
        }
    }

    /// A process that goes on.
    pub(super) fn running(output: wire::ProcessOutput, id: EffectId, note: &str) -> Self {
        Self {
            success: true,
            output: output.output,
            truncated: output.truncated,
            wall_duration_ms: output.wall_duration_ms,
            note: Some(note.to_owned()),
            background_process_id: Some(id),
            ..Self::default()
        }
    }

    /// A process that outlived the time it was given.
    fn timed_out(output: wire::ProcessOutput, id: EffectId, limit: Duration) -> Self {
        let limit_ms = u64::try_from(limit.as_millis()).unwrap_or(u64::MAX);
        Self {
            output: output.output,
            truncated: output.truncated,
            wall_duration_ms: output.wall_duration_ms.or(Some(limit_ms)),
            exit_code: Some(-1),
            error: Some(format!("timed out after {}", duration::show(limit))),
            note: Some(
                "The process is still running; read it with process_output or end it with \
                 process_signal."
                    .to_owned(),
            ),
            background_process_id: Some(id),
            ..Self::default()
        }
    }

    fn started(id: EffectId) -> Self {
        Self {
            success: true,
            background_process_id: Some(id),
            ..Self::default()
        }
    }
}

impl Tool for Execute {
    fn name(&self) -> &'static str {
        "execute"
    }

    fn description(&self) -> &'static str {
        "Run a shell command in the workspace and return its output (first and last 16 KiB). A \
         command that takes longer than timeout keeps running: its process id is returned for \
         process_output and process_signal. Start servers and watchers with run_in_background."
    }

    fn schema(&self) -> Value {
        json!({
            "type": "object",
            "properties": {
                "command": {"type": "string", "description": "The command, run by sh -c."},
                "timeout": {"type": "string", "description": "How long to wait for the end, for example 30s or 5m. Default 10s, at most 4h."},
                "workdir": {"type": "string", "description": "Absolute path of the folder to run in."},
                "run_in_background": {"type": "boolean", "description": "Return at once and let the command run."}
            },
            "required": ["command"],
            "additionalProperties": false
        })
    }

    fn class(&self) -> Class {
        Class::Journaled
    }

    fn call<'a>(&'a self, context: &'a CallContext, args: Value) -> BoxFuture<'a, Output> {
        Box::pin(async move {
            match parse(args) {
                Ok(args) => run(context, args).await,
                Err(output) => output,
            }
        })
    }
}

fn limit_of(args: &Args) -> Result<Duration, Output> {
    let Some(text) = &args.timeout else {
        return Ok(EXECUTE_DEFAULT);
    };
    let limit = duration::parse(text).filter(|limit| !limit.is_zero());
    let limit = limit.ok_or_else(|| Output::error("timeout must be a duration such as 30s."))?;
    Ok(limit.min(EXECUTE_MAX))
}

async fn run(context: &CallContext, args: Args) -> Output {
    let limit = match limit_of(&args) {
        Ok(limit) => limit,
        Err(output) => return output,
    };
    let (command, promoted) = advice::strip_ampersand(&args.command);
    if command.is_empty() {
        return Output::error("The command is empty.");
    }
    let note = advice::note(command);
    let background = args.run_in_background || promoted;
    let id = context.effect.id;
    let start = wire::ProcessStart {
        id,
        command: command.to_owned(),
        workdir: args.workdir,
        env: std::collections::BTreeMap::new(),
        background,
        timeout_ms: None,
        chat_id: Some(context.chat_id),
    };
    let start = &start;
    let started = context.journaled(|agent, link| {
        Box::pin(async move {
            agent.start_process(&link, start).await?;
            Ok(agent)
        })
    });
    let agent = match started.await {
        Ok(agent) => agent,
        Err(output) => return output,
    };
    context.acknowledged().await;
    if background {
        return Output::json(&Finished::started(id)).ending(Ending::Detached);
    }
    // After a takeover only the rest of the time is waited for.
    let left = limit.saturating_sub(context.age());
    match wait(context, &agent, id, left).await {
        Ok(output) if output.running => {
            Output::json(&Finished::timed_out(output, id, limit)).ending(Ending::Detached)
        }
        Ok(output) => {
            let mut finished = Finished::of(output);
            finished.note = finished.note.or(note);
            Output::json(&finished)
        }
        Err(error) => Output::from_agent(&error),
    }
}

/// Waits for a process to end, at most `limit`, and gives its output so far.
///
/// One call waits at most [`EXECUTE_POLL`], and a lost link is dialled again, so that only a
/// workspace that stays away ends the wait early.
pub(super) async fn wait(
    context: &CallContext,
    agent: &AgentClient,
    id: EffectId,
    limit: Duration,
) -> Result<wire::ProcessOutput, agent::Error> {
    let watch = context.clock().stopwatch();
    let mut agent = agent.clone();
    let mut live = LiveOutput::default();
    loop {
        let left = limit.saturating_sub(watch.elapsed());
        let poll = left.min(EXECUTE_POLL);
        let answer = {
            let link = context.link();
            let answer = agent.process_output(&link, id, Some(poll));
            tokio::pin!(answer);
            loop {
                tokio::select! {
                    answer = &mut answer => break answer,
                    () = context.clock().timer("execute.live", LIVE_OUTPUT_PERIOD) => {
                        live.publish(context, &agent, id).await;
                    }
                }
            }
        };
        match answer {
            Ok(output) if output.running && !left.saturating_sub(poll).is_zero() => {}
            Ok(output) => return Ok(output),
            Err(error) if error.is_lost() => agent = context.redial(error).await?,
            Err(error) => return Err(error),
        }
    }
}

/// Follows the output of one process for the preview.
#[derive(Default)]
struct LiveOutput {
    offset: u64,
    /// The beginning of a character whose rest has not come yet.
    pending: Vec<u8>,
}

impl LiveOutput {
    /// Publishes what is new. A failure costs only the preview.
    async fn publish(&mut self, context: &CallContext, agent: &AgentClient, id: EffectId) {
        let Ok(chunk) = agent.process_log(&context.link(), id, self.offset).await else {
            return;
        };
        self.offset += chunk.bytes.len() as u64;
        self.pending.extend_from_slice(&chunk.bytes);
        let text = take_text(&mut self.pending);
        if !text.is_empty() {
            context.live(text);
        }
    }
}

/// The valid text in front; an unfinished character stays behind.
fn take_text(pending: &mut Vec<u8>) -> String {
    let unfinished = match std::str::from_utf8(pending) {
        Ok(_) => 0,
        Err(error) if error.error_len().is_none() => pending.len() - error.valid_up_to(),
        Err(_) => 0,
    };
    let rest = pending.split_off(pending.len() - unfinished);
    let text = String::from_utf8_lossy(pending).into_owned();
    *pending = rest;
    text
}

#[cfg(test)]
mod tests;
