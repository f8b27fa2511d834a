//! What happens in the caller's list of chats, over a WebSocket.

use axum::extract::State;
use axum::extract::ws::WebSocket;
use axum::response::Response;
use muster_api as api;
use muster_chat_engine::{OwnerEvent, OwnerWatch};

use crate::app::App;
use crate::auth::middleware::Caller;
use crate::error::Result;
use crate::handlers::chats;
use crate::socket::{self, Gone, Revocation, Slot, Upgrade};
use crate::views;

/// Follow the caller's chats: a WebSocket of JSON frames, a ping first.
#[utoipa::path(get, path = "/chats/watch", tag = "chats",
    responses((status = 101, body = api::WatchFrame), (status = 400, body = api::ErrorBody)))]
pub(crate) async fn follow(
    State(app): State<App>,
    caller: Caller,
    Upgrade(upgrade): Upgrade,
) -> Result<Response> {
    let slot = app.sockets.take(caller.0.user.id)?;
    let revocation = Revocation::watch(&app.store, &caller.0);
    let watch = app.engine.watch_owner(caller.actor())?;
    Ok(upgrade.on_upgrade(move |socket| async move {
        let tasks = app.tasks.clone();
        let watcher = Watcher {
            app,
            caller,
            watch,
            revocation,
            _slot: slot,
        };
        let ended = tasks.spawn("socket.watch", watcher.run(socket));
        drop(ended.await);
    }))
}

struct Watcher {
    app: App,
    caller: Caller,
    watch: OwnerWatch,
    revocation: Revocation,
    _slot: Slot,
}

impl Watcher {
    async fn run(self, mut socket: WebSocket) {
        if self.serve(&mut socket).await.is_ok() {
            drop(socket.send(axum::extract::ws::Message::Close(None)).await);
        }
    }

    async fn serve(&self, socket: &mut WebSocket) -> Result<(), Gone> {
        let clock = &self.app.clock;
        socket::send(socket, clock, api::WatchFrame::Ping).await?;
        let mut ping = socket::ping(clock);
        loop {
            let event = tokio::select! {
                biased;
                () = self.app.tasks.drain().cancelled() => return Ok(()),
                () = self.revocation.revoked() => return Ok(()),
                () = socket::gone(socket) => return Err(Gone),
                () = &mut ping => {
                    ping = socket::ping(clock);
                    socket::send(socket, clock, api::WatchFrame::Ping).await?;
                    continue;
                }
                event = self.watch.next_event() => event,
            };
            let OwnerEvent::Chat { chat_id, kind } = event else {
                // Something may have been missed: the client comes back and lists again.
                return Ok(());
            };
            // A chat that can't be loaded now will be told of by its next change.
            if let Ok(chat) = chats::show(&self.app, &self.caller, chat_id).await {
                let kind = views::stream::watch_kind(kind);
                let data = Box::new(api::WatchEvent { kind, chat });
                socket::send(socket, clock, api::WatchFrame::Data { data }).await?;
            }
        }
    }
}
