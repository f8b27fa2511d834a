//! What a chat has changed: live over a WebSocket, and once.

use std::convert::Infallible;

use axum::Json;
use axum::extract::State;
use axum::extract::ws::{Message, WebSocket};
use axum::response::Response;
use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{FutureExt, StreamExt};
use muster_agent_link::wire::GitRequest;
use muster_agent_link::{CallContext, GitOutput, StreamInput};
use muster_api as api;
use muster_base::{ChatId, limits};
use muster_store::chats::Chat;
use muster_workspaces::ChatBinding;

use crate::app::App;
use crate::auth::middleware::Caller;
use crate::error::{Error, Result};
use crate::extract::Path;
use crate::socket::{self, Ended, Revocation, Slot, Upgrade};
use crate::views;

/// Watch the changes of a chat's workspace: a WebSocket of JSON frames, both ways.
#[utoipa::path(get, path = "/chats/{chat}/stream/git", tag = "chats",
    params(("chat" = uuid::Uuid, Path)),
    responses(
        (status = 101, body = api::GitFrame, description = "the client sends `GitRequest`"),
        (status = 400, body = api::ErrorBody,
            description = "no workspace, no agent, the agent is not connected or did not answer"),
        (status = 404, body = api::ErrorBody),
    ))]
pub(crate) async fn follow(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<ChatId>,
    Upgrade(upgrade): Upgrade,
) -> Result<Response> {
    let chat = allowed(&app, &caller, id).await?;
    let slot = app.sockets.take(caller.0.user.id)?;
    let revocation = Revocation::watch(&app.store, &caller.0);
    let reached = app
        .workspaces
        .reach_chat(binding(&chat), limits::CHAT_DIAL_LIMIT);
    let client = reached.await?;
    let opened = client
        .git_watch(&CallContext::of_chat(id, Vec::new()))
        .await;
    let (input, output) = opened.map_err(Error::agent)?;
    let upgrade = upgrade.max_message_size(limits::GIT_REQUEST_BYTES_MAX);
    let tasks = app.tasks.clone();
    let follower = Follower {
        app,
        revocation,
        _slot: slot,
    };
    Ok(upgrade.on_upgrade(move |socket| async move {
        let ended = tasks.spawn("socket.git", follower.run(socket, input, output));
        drop(ended.await);
    }))
}

/// The chat, if its workspace is the caller's to look into as well.
async fn allowed(app: &App, caller: &Caller, id: ChatId) -> Result<Chat> {
    let chat = app.store.get_chat(caller.actor(), id).await?;
    if let Some(workspace) = chat.workspace_id {
        // Whoever may read a chat need not see all that lies in its workspace.
        app.store.get_workspace(caller.actor(), workspace).await?;
    }
    Ok(chat)
}

fn binding(chat: &Chat) -> ChatBinding {
    ChatBinding {
        workspace_id: chat.workspace_id,
        build_id: chat.build_id,
        agent_id: chat.agent_id,
    }
}

struct Follower {
    app: App,
    revocation: Revocation,
    _slot: Slot,
}

impl Follower {
    async fn run(self, socket: WebSocket, input: StreamInput<GitRequest>, output: GitOutput) {
        let (mut sink, mut stream) = socket.split();
        let ended = tokio::select! {
            biased;
            () = self.app.tasks.drain().cancelled() => Ended::GoingAway,
            () = self.revocation.revoked() => Ended::Revoked,
            // Both ways at once: one that waits must not keep the other from moving.
            ended = self.ask(&mut stream, &input) => ended,
            ended = self.tell(&mut sink, output) => ended,
        };
        socket::close(&mut sink, &self.app.clock, ended).await;
    }

    async fn ask(
        &self,
        stream: &mut SplitStream<WebSocket>,
        input: &StreamInput<GitRequest>,
    ) -> Ended {
        while let Some(request) = socket::next_json::<api::GitRequest>(stream).await {
            if input
                .send(&views::workbench::git_request(request))
                .await
                .is_err()
            {
                return Ended::AgentLost;
            }
        }
        Ended::Gone
    }

    async fn tell(&self, sink: &mut SplitSink<WebSocket, Message>, mut output: GitOutput) -> Ended {
        match self.try_tell(sink, &mut output).await {
            Ok(never) => match never {},
            Err(ended) => ended,
        }
    }

    async fn try_tell(
        &self,
        sink: &mut SplitSink<WebSocket, Message>,
        output: &mut GitOutput,
    ) -> Result<Infallible, Ended> {
        let clock = &self.app.clock;
        let mut ping = socket::ping(clock);
        loop {
            let frame = tokio::select! {
                () = &mut ping => {
                    ping = socket::ping(clock);
                    api::GitFrame::Ping
                }
                changes = output.next() => match changes {
                    Ok(Some(changes)) => views::workbench::git_frame(changes),
                    Ok(None) | Err(_) => {
                        let data = Error::agent_lost().into_body();
                        let last = api::GitFrame::Error { data };
                        socket::send_json(sink, clock, &last).await?;
                        return Err(Ended::AgentLost);
                    }
                },
            };
            socket::send_json(sink, clock, &frame).await?;
        }
    }
}

/// What a chat has changed: the uncommitted changes of its workspace, if that can be reached.
///
/// Whoever may not see the workspace is answered as if there were no chat.
#[utoipa::path(get, path = "/chats/{chat}/diff", tag = "chats",
    params(("chat" = uuid::Uuid, Path)),
    responses((status = 200, body = api::ChatDiff), (status = 404, body = api::ErrorBody)))]
pub(crate) async fn diff(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<ChatId>,
) -> Result<Json<api::ChatDiff>> {
    let chat = allowed(&app, &caller, id).await?;
    let binding = binding(&chat);
    let key = (id, binding.workspace_id, binding.agent_id);
    let found = app
        .diffs
        .get(&key, || live_diff(app.clone(), id, binding).boxed())
        .await;
    Ok(Json(match found {
        Ok(diff) => diff.as_ref().clone(),
        Err(uncached) => match uncached.as_ref() {
            Uncached::Unreachable => views::workbench::nothing(id),
            Uncached::Large(diff) => diff.as_ref().clone(),
        },
    }))
}

/// An answer that the next request asks for anew.
#[derive(Debug)]
pub(crate) enum Uncached {
    /// The workspace does not tell; it may a moment later.
    Unreachable,
    /// Too large to be held for those who may never ask.
    Large(Box<api::ChatDiff>),
}

async fn live_diff(app: App, id: ChatId, binding: ChatBinding) -> Result<api::ChatDiff, Uncached> {
    let untold = |error: String| {
        tracing::debug!(chat.id = %id, error, "workspace does not tell its changes");
        Uncached::Unreachable
    };
    let reached = app
        .workspaces
        .reach_chat(binding, limits::BINDING_VALIDATION_DELAY);
    let client = reached.await.map_err(|error| untold(error.to_string()))?;
    let context = CallContext::of_chat(id, Vec::new());
    let changes = client.git_changes(&context).await;
    let changes = changes.map_err(|error| untold(error.to_string()))?;
    let diff = views::workbench::diff(id, changes);
    let bytes = diff.diff.as_ref().map_or(0, String::len);
    if bytes > limits::CHAT_DIFF_CACHED_BYTES_MAX {
        return Err(Uncached::Large(Box::new(diff)));
    }
    Ok(diff)
}
