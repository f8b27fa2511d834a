//! The live stream of one chat, over a WebSocket.

use axum::extract::State;
use axum::extract::ws::WebSocket;
use axum::response::Response;
use muster_api as api;
use muster_base::{ChatId, MessageId, limits};
use muster_chat_engine::{ChatStream, StreamStart};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::app::App;
use crate::auth::middleware::Caller;
use crate::error::{Error, Result};
use crate::extract::{Path, Query};
use crate::socket::{self, Gone, Revocation, Slot, Upgrade};
use crate::views;

/// Where the client already is. A cursor says it exactly; the other fields say it in parts.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct StreamQuery {
    /// The last message that the client knows.
    after_id: Option<i64>,
    /// The cursor of the last frame.
    cursor: Option<String>,
    /// With `generation_attempt` and `seq`: the last live part that the client knows.
    history_version: Option<i64>,
    generation_attempt: Option<i64>,
    seq: Option<u64>,
}

impl StreamQuery {
    fn start(self) -> Result<StreamStart> {
        if let Some(cursor) = self.cursor {
            return Ok(StreamStart::Cursor(cursor));
        }
        if self.after_id.is_some_and(|id| id < 0) {
            return Err(Error::invalid("after_id", "is not a valid id"));
        }
        // 0 is how clients say that they know no message yet.
        let after_id = self.after_id.filter(|id| *id > 0).map(MessageId);
        match (self.history_version, self.generation_attempt, self.seq) {
            (Some(history_version), Some(generation_attempt), Some(seq)) => Ok(StreamStart::Part {
                after_id,
                history_version,
                generation_attempt,
                seq,
            }),
            (None, None, None) => Ok(StreamStart::AfterId(after_id)),
            (Some(_) | None, Some(_) | None, Some(_) | None) => Err(Error::invalid(
                "seq",
                "history_version, generation_attempt and seq go together",
            )),
        }
    }
}

/// Follow a chat: a WebSocket of JSON frames.
#[utoipa::path(get, path = "/chats/{chat}/stream", tag = "chats",
    params(("chat" = uuid::Uuid, Path), StreamQuery),
    responses(
        (status = 101, body = api::Frame),
        (status = 400, body = api::ErrorBody),
        (status = 404, body = api::ErrorBody),
    ))]
pub(crate) async fn follow(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<ChatId>,
    Query(query): Query<StreamQuery>,
    Upgrade(upgrade): Upgrade,
) -> Result<Response> {
    let slot = app.sockets.take(caller.0.user.id)?;
    let revocation = Revocation::watch(&app.store, &caller.0);
    // Opened before the upgrade, so that a refusal is still an ordinary answer.
    let stream = app
        .engine
        .open_stream(caller.actor(), id, query.start()?)
        .await?;
    let upgrade = upgrade.max_message_size(limits::CLIENT_FRAME_BYTES_MAX);
    Ok(upgrade.on_upgrade(move |socket| async move {
        let tasks = app.tasks.clone();
        let follower = Follower {
            app,
            id,
            revocation,
            _slot: slot,
        };
        let ended = tasks.spawn("socket.chat", follower.run(socket, stream));
        // The upgrade's own task only waits; this one a shutdown waits for.
        drop(ended.await);
    }))
}

struct Follower {
    app: App,
    id: ChatId,
    revocation: Revocation,
    _slot: Slot,
}

impl Follower {
    async fn run(self, mut socket: WebSocket, mut stream: ChatStream) {
        // The client may be gone already; either way the stream is over then.
        let ended = self.serve(&mut socket, &mut stream).await;
        stream.close().await;
        if ended.is_ok() {
            drop(socket.send(axum::extract::ws::Message::Close(None)).await);
        }
    }

    async fn serve(&self, socket: &mut WebSocket, stream: &mut ChatStream) -> Result<(), Gone> {
        let clock = &self.app.clock;
        let mut ping = socket::ping(clock);
        loop {
            let next = tokio::select! {
                biased;
                () = self.app.tasks.drain().cancelled() => return Ok(()),
                () = self.revocation.revoked() => return Ok(()),
                () = socket::gone(socket) => return Err(Gone),
                () = &mut ping => {
                    ping = socket::ping(clock);
                    Ok(api::Frame::Ping)
                }
                frame = stream.next_frame() => frame
                    .map_err(Error::from)
                    .and_then(|frame| views::stream::frame(self.id, frame)),
            };
            match next {
                Ok(frame) => socket::send(socket, clock, frame).await?,
                Err(error) => {
                    let data = error.into_body();
                    return socket::send(socket, clock, api::Frame::Error { data }).await;
                }
            }
        }
    }
}
