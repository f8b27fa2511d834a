//! `muster chat "…"`: ask an agent and watch it work.

use std::collections::HashMap;
use std::process::ExitCode;

use anyhow::{Result, bail};
use muster_api::{
    Chat, ChatMessagePart, ChatStatus, Frame, MessageRole, StreamEvent, StreamEventKind,
    WorkspacesPage,
};
use serde_json::{Value, json};

use crate::client::Client;
use crate::out;
use crate::session::Session;

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
    let mut view = View::default();
    let mut after = after;
    loop {
        let mut stream = client.chat_stream(chat, after).await?;
        while let Some(frame) = stream.next().await? {
            match frame {
                Frame::Ping => {}
                Frame::Error { data } => bail!("{}", data.message),
                Frame::Data { data, cursor: _ } => {
                    if let Some(code) = view.take_all(&data, output) {
                        return Ok(code);
                    }
                }
            }
        }
        // The server restarted: the durable messages we have need not come again.
        after = after.max(view.last_message);
    }
}

/// What has been shown so far.
#[derive(Debug, Default)]
struct View {
    last_message: i64,
    /// `waiting` right after a send is ambiguous until the turn was seen running.
    running: bool,
    /// Text parts were streamed live, so the durable message is not printed again.
    streamed: bool,
    tools: HashMap<String, String>,
}

impl View {
    /// Shows events; gives the exit code when the turn has ended.
    fn take_all(&mut self, events: &[StreamEvent], output: Output) -> Option<ExitCode> {
        events.iter().find_map(|event| {
            if output == Output::Events {
                out::event(event);
            }
            self.take(event, output != Output::Text)
        })
    }

    /// Shows one event; gives the exit code when the turn has ended.
    fn take(&mut self, event: &StreamEvent, quiet: bool) -> Option<ExitCode> {
        match event.kind {
            StreamEventKind::MessagePart => {
                let part = &event.message_part.as_ref()?.part;
                self.running = true;
                if !quiet {
                    self.live(part);
                }
            }
            StreamEventKind::Message => {
                let message = event.message.as_ref()?;
                self.last_message = self.last_message.max(message.id);
                self.running |= message.role == MessageRole::Assistant;
                if !quiet && message.role == MessageRole::Assistant && !self.streamed {
                    message.content.iter().for_each(|part| self.live(part));
                }
                self.streamed = false;
            }
            StreamEventKind::Retry if !quiet => {
                let retry = event.retry.as_ref()?;
                let seconds = retry.delay_ms / 1_000;
                out::remark(format!("{} Next attempt in {seconds} s.", retry.error));
            }
            StreamEventKind::Error => {
                if !quiet {
                    out::remark(&event.error.as_ref()?.message);
                }
                return Some(ExitCode::FAILURE);
            }
            StreamEventKind::Status => return self.status(event.status.as_ref()?.status, quiet),
            StreamEventKind::Retry
            | StreamEventKind::QueueUpdate
            | StreamEventKind::ActionRequired
            | StreamEventKind::PreviewReset
            | StreamEventKind::HistoryReset
            | StreamEventKind::ChatUpdated
            | StreamEventKind::Unknown => {}
        }
        None
    }

    fn status(&mut self, status: ChatStatus, quiet: bool) -> Option<ExitCode> {
        match status {
            ChatStatus::Running | ChatStatus::Interrupting | ChatStatus::RequiresAction => {
                self.running = true;
                None
            }
            ChatStatus::Waiting if self.running => {
                if !quiet {
                    out::line("");
                }
                Some(ExitCode::SUCCESS)
            }
            ChatStatus::Waiting => None,
            // The error follows in an event of its own, and its text with it.
            ChatStatus::Error => None,
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
