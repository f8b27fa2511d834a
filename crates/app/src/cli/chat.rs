//! `muster chat "…"`: ask an agent and watch it work.

use std::collections::HashMap;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Result, bail};
use muster_api::{
    Chat, ChatMessagePart, ChatStatus, Frame, MessageRole, StreamEvent, WorkspacesPage,
};
use muster_base::{Backoff, Clock};
use serde_json::{Value, json};

use crate::client::{ChatStream, Client};
use crate::out;
use crate::session::Session;

/// A server that restarts is back after some of these; one that is gone is given up after all.
const RECONNECT: Backoff = Backoff {
    first: Duration::from_millis(200),
    max: Duration::from_secs(5),
};
const RECONNECTS_MAX: u32 = 12;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// What to ask
    prompt: String,
    /// Work in this workspace (its name)
    #[arg(long)]
    workspace: Option<String>,
    /// Use this model config (its id); the default one otherwise
    #[arg(long)]
    model_config: Option<String>,
    /// Go on with this chat (its id) instead of starting a new one
    #[arg(long, conflicts_with = "workspace")]
    chat: Option<String>,
    /// Print the stream's events, one JSON line each
    #[arg(long)]
    json: bool,
}

/// Exit 0: the agent is done. Exit 1: the turn failed.
pub(crate) async fn run(args: Args) -> Result<ExitCode> {
    let client = Session::load()?.client()?;
    let content = json!([{"type": "text", "text": args.prompt}]);
    let (chat, after) = match &args.chat {
        Some(chat) => (chat.clone(), send(&client, chat, &content).await?),
        None => (create(&client, &args, &content).await?, 0),
    };
    if !args.json {
        out::remark(format!("chat {chat}"));
    }
    let output = if args.json {
        Output::Events
    } else {
        Output::Text
    };
    follow(&client, &chat, after, output).await
}

/// What is printed of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Output {
    /// What the agent says and does, for a person.
    Text,
    /// Every event as a line of JSON.
    Events,
    /// Nothing: the caller says what counts.
    Silent,
}

async fn create(client: &Client, args: &Args, content: &Value) -> Result<String> {
    let mut body = json!({"content": content, "client_type": "api"});
    if let Some(name) = &args.workspace {
        let query = format!("/api/v2/workspaces?q=owner:me+name:{name}");
        let page: WorkspacesPage = client.get(&query).await?;
        let Some(found) = page
            .workspaces
            .iter()
            .find(|workspace| workspace.name == *name)
        else {
            bail!("you have no workspace called \"{name}\"");
        };
        insert(&mut body, "workspace_id", json!(found.id));
    }
    if let Some(config) = &args.model_config {
        insert(&mut body, "model_config_id", json!(config));
    }
    let chat: Chat = client.post("/api/v2/chats", &body).await?;
    Ok(chat.id.to_string())
}

fn insert(body: &mut Value, key: &str, value: Value) {
    if let Some(fields) = body.as_object_mut() {
        fields.insert(key.to_owned(), value);
    }
}

/// Sends into an existing chat; gives the id after which the answer begins.
async fn send(client: &Client, chat: &str, content: &Value) -> Result<i64> {
    let path = format!("/api/v2/chats/{chat}/messages");
    let sent: Value = client.post(&path, &json!({"content": content})).await?;
    Ok(sent
        .pointer("/message/id")
        .and_then(Value::as_i64)
        .unwrap_or(0))
}

/// Shows a run until its turn has ended.
pub(crate) async fn follow(
    client: &Client,
    chat: &str,
    after: i64,
    output: Output,
) -> Result<ExitCode> {
    let clock = Clock::system();
    let mut view = View {
        last_message: after,
        ..View::default()
    };
    let mut failures = 0;
    loop {
        // What we have need not come again, also not after a restart of the server.
        match client.chat_stream(chat, view.last_message).await {
            Ok(mut stream) => {
                failures = 0;
                if let Some(code) = view.show(&mut stream, output).await? {
                    return Ok(code);
                }
            }
            Err(error) if failures >= RECONNECTS_MAX => return Err(error),
            Err(_) => {}
        }
        failures += 1;
        clock
            .timer("chat.reconnect", RECONNECT.delay(failures))
            .await;
    }
}

/// What has been shown so far.
#[derive(Debug, Default)]
struct View {
    last_message: i64,
    status: Option<ChatStatus>,
    error: Option<String>,
    /// Text parts were streamed live, so the durable message is not printed again.
    streamed: bool,
    tools: HashMap<String, String>,
}

impl View {
    /// Shows a stream until the turn or the connection has ended; only the first has a code.
    async fn show(&mut self, stream: &mut ChatStream, output: Output) -> Result<Option<ExitCode>> {
        while let Ok(Some(frame)) = stream.next().await {
            match frame {
                Frame::Ping => {}
                Frame::Error { data } => bail!("{}", data.message),
                Frame::Data { data, cursor: _ } => {
                    for event in &data {
                        self.take(event, output);
                    }
                    if let Some(code) = self.ended(output) {
                        return Ok(Some(code));
                    }
                }
            }
        }
        Ok(None)
    }

    /// The exit code, once the turn is over. Asked after a whole frame: the status comes
    /// first in it, the messages and the error after. The stream was opened after the send
    /// was committed, so a chat that waits has answered.
    fn ended(&mut self, output: Output) -> Option<ExitCode> {
        match self.status? {
            ChatStatus::Running | ChatStatus::Interrupting | ChatStatus::RequiresAction => None,
            ChatStatus::Waiting => {
                if output == Output::Text {
                    out::line("");
                }
                Some(ExitCode::SUCCESS)
            }
            ChatStatus::Error => {
                let text = self.error.take()?;
                if output == Output::Text {
                    out::remark(text);
                }
                Some(ExitCode::FAILURE)
            }
        }
    }

    fn take(&mut self, event: &StreamEvent, output: Output) {
        if output == Output::Events {
            out::event(event);
        }
        self.note(event);
        if output == Output::Text {
            self.print(event);
        }
    }

    fn note(&mut self, event: &StreamEvent) {
        if let Some(message) = &event.message {
            self.last_message = self.last_message.max(message.id);
        }
        if let Some(change) = &event.status {
            self.status = Some(change.status);
        }
        if let Some(error) = &event.error {
            self.error = Some(error.message.clone());
        }
    }

    fn print(&mut self, event: &StreamEvent) {
        if let Some(live) = &event.message_part {
            self.live(&live.part);
        }
        if let Some(retry) = &event.retry {
            let seconds = retry.delay_ms / 1_000;
            out::remark(format!("{} Next attempt in {seconds} s.", retry.error));
        }
        if let Some(message) = &event.message {
            if message.role == MessageRole::Assistant && !self.streamed {
                message.content.iter().for_each(|part| self.live(part));
            }
            self.streamed = false;
        }
    }

    fn live(&mut self, part: &ChatMessagePart) {
        if let ChatMessagePart::Text { text, .. } = part {
            out::piece(text);
            self.streamed = true;
        }
        if let ChatMessagePart::ToolCall {
            tool_call_id,
            tool_name,
            args,
            ..
        } = part
            && let (Some(id), Some(args)) = (tool_call_id, args)
        {
            let name = tool_name.clone().unwrap_or_default();
            let shown = self.tools.insert(id.clone(), name.clone());
            if shown.is_none() {
                out::remark(format!("→ {name} {}", brief(args)));
            }
        }
    }
}

/// Arguments on one line.
fn brief(args: &Value) -> String {
    const CHARS: usize = 120;
    let text = args.to_string();
    if text.chars().count() <= CHARS {
        return text;
    }
    text.chars().take(CHARS).chain(['…']).collect()
}
