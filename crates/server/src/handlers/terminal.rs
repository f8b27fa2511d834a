//! A terminal of a workspace, over a WebSocket: binary out, JSON in.

use axum::extract::State;
use axum::extract::ws::{Message, WebSocket};
use axum::response::Response;
use futures_util::StreamExt;
use futures_util::stream::{SplitSink, SplitStream};
use muster_agent_link::wire::{PtyInput, PtyQuery};
use muster_agent_link::{CallContext, PtyOutput, StreamInput};
use muster_api as api;
use muster_base::{AgentId, PtyId, limits};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::app::App;
use crate::auth::middleware::Caller;
use crate::error::{Error, Result};
use crate::extract::{Path, Query};
use crate::socket::{self, Ended, Revocation, Slot, Upgrade};
use crate::views;

/// Which terminal, and how large.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct TerminalQuery {
    /// The terminal's id, chosen by the client. The same id later is the same terminal.
    #[param(required = true)]
    reconnect: Option<uuid::Uuid>,
    /// Columns; 80 when absent.
    width: Option<u16>,
    /// Rows; 24 when absent.
    height: Option<u16>,
    /// Runs in the place of the login shell, if the terminal is new.
    command: Option<String>,
}

impl TerminalQuery {
    fn checked(self) -> Result<PtyQuery> {
        let id = self.reconnect.filter(|id| !id.is_nil());
        let id = id.ok_or_else(|| Error::invalid("reconnect", "is required"))?;
        let command = self.command.filter(|command| !command.is_empty());
        let too_long = |command: &String| command.len() > limits::PTY_COMMAND_BYTES_MAX;
        if command.as_ref().is_some_and(too_long) {
            let max = limits::PTY_COMMAND_BYTES_MAX;
            return Err(Error::invalid(
                "command",
                format!("has more than {max} bytes"),
            ));
        }
        for (name, cells) in [("width", self.width), ("height", self.height)] {
            if cells.is_some_and(|cells| cells > limits::PTY_CELLS_MAX) {
                let max = limits::PTY_CELLS_MAX;
                return Err(Error::invalid(name, format!("is at most {max}")));
            }
        }
        Ok(PtyQuery {
            id: PtyId(id),
            width: self.width,
            height: self.height,
            command,
        })
    }
}

/// Open a terminal, or come back to one: a WebSocket.
#[utoipa::path(get, path = "/workspaceagents/{agent}/pty", tag = "workspaces",
    params(("agent" = uuid::Uuid, Path), TerminalQuery),
    responses(
        (status = 101, body = Vec<u8>, content_type = "application/octet-stream",
            description = "the output as binary messages; the client sends `TerminalInput`"),
        (status = 400, body = api::ErrorBody, description = "the agent is not connected"),
        (status = 403, body = api::ErrorBody),
        (status = 404, body = api::ErrorBody),
    ))]
pub(crate) async fn open(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<AgentId>,
    Query(query): Query<TerminalQuery>,
    Upgrade(upgrade): Upgrade,
) -> Result<Response> {
    let (agent, workspace) = app.store.get_agent_for_ssh(caller.actor(), id).await?;
    let query = query.checked()?;
    let slot = app.sockets.take(caller.0.user.id)?;
    let revocation = Revocation::watch(&app.store, &caller.0);
    let client = app
        .workspaces
        .reach_agent(&agent, limits::CHAT_DIAL_LIMIT)
        .await?;
    let opened = client.pty(&CallContext::default(), &query).await;
    let (input, output) = opened.map_err(Error::agent)?;
    app.store
        .touch_workspace(caller.actor(), workspace.id)
        .await?;
    let upgrade = upgrade.max_message_size(limits::CLIENT_FRAME_BYTES_MAX);
    let tasks = app.tasks.clone();
    let terminal = Terminal {
        app,
        revocation,
        _slot: slot,
    };
    Ok(upgrade.on_upgrade(move |socket| async move {
        let ended = tasks.spawn("socket.terminal", terminal.run(socket, input, output));
        drop(ended.await);
    }))
}

struct Terminal {
    app: App,
    revocation: Revocation,
    _slot: Slot,
}

impl Terminal {
    async fn run(self, socket: WebSocket, input: StreamInput<PtyInput>, output: PtyOutput) {
        let (mut sink, mut stream) = socket.split();
        let ended = tokio::select! {
            biased;
            () = self.app.tasks.drain().cancelled() => Ended::GoingAway,
            () = self.revocation.revoked() => Ended::Revoked,
            // Both ways at once: a program may take nothing until its output is taken.
            ended = type_in(&mut stream, &input) => ended,
            ended = self.show(&mut sink, output) => ended,
        };
        socket::close(&mut sink, &self.app.clock, ended).await;
    }

    async fn show(&self, sink: &mut SplitSink<WebSocket, Message>, mut output: PtyOutput) -> Ended {
        let clock = &self.app.clock;
        let mut ping = socket::ping(clock);
        loop {
            let message = tokio::select! {
                () = &mut ping => {
                    ping = socket::ping(clock);
                    Message::Ping(bytes::Bytes::new())
                }
                bytes = output.next() => match bytes {
                    Ok(Some(bytes)) => Message::Binary(bytes),
                    Ok(None) => return Ended::Finished,
                    Err(_lost) => return Ended::AgentLost,
                },
            };
            if let Err(gone) = socket::send_message(sink, clock, message).await {
                return gone.into();
            }
        }
    }
}

async fn type_in(stream: &mut SplitStream<WebSocket>, input: &StreamInput<PtyInput>) -> Ended {
    while let Some(message) = socket::next_json::<api::TerminalInput>(stream).await {
        let message = views::workbench::terminal_input(message);
        if input.send(&message).await.is_err() {
            // The output tells why; it ends at the same time.
            return std::future::pending().await;
        }
    }
    Ended::Gone
}
