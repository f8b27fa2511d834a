//! What all sockets share: the upgrade, the number per person, sending, and the end.

use std::collections::HashMap;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::extract::ws::{CloseFrame, Message, Utf8Bytes, WebSocket, WebSocketUpgrade, close_code};
use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt, StreamExt};
use http::request::Parts;
use muster_base::{Clock, Timer, UserId, limits};
use muster_bus::{Delivery, Event, Subscription, Topic};
use muster_store::Store;
use parking_lot::Mutex;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::app::App;
use crate::auth::session::{self, Session};
use crate::error::Error;

/// A request that wants to become a socket; any other is refused in our own words.
#[derive(Debug)]
pub(crate) struct Upgrade(pub(crate) WebSocketUpgrade);

impl FromRequestParts<App> for Upgrade {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Error> {
        let upgrade = WebSocketUpgrade::from_request_parts(parts, app).await;
        upgrade.map(Self).map_err(|rejection| {
            Error::bad_request("This route is a WebSocket.").detail(rejection.body_text())
        })
    }
}

/// Open sockets by person.
#[derive(Clone, Debug, Default)]
pub(crate) struct Slots(Arc<Mutex<HashMap<UserId, usize>>>);

/// One open socket; dropping it makes room.
#[derive(Debug)]
pub(crate) struct Slot {
    slots: Slots,
    user: UserId,
}

impl Slots {
    /// Room for one more socket of a person.
    pub(crate) fn take(&self, user: UserId) -> Result<Slot, Error> {
        let mut open = self.0.lock();
        let count = open.entry(user).or_default();
        if *count >= limits::STREAMS_PER_USER_MAX {
            return Err(Error::too_many(limits::STREAM_PING_PERIOD));
        }
        *count += 1;
        drop(open);
        Ok(Slot {
            slots: self.clone(),
            user,
        })
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        let mut open = self.slots.0.lock();
        if let Some(count) = open.get_mut(&self.user) {
            *count -= 1;
            if *count == 0 {
                open.remove(&self.user);
            }
        }
    }
}

/// The other side is gone, or takes nothing any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Gone;

/// Sends one JSON frame; a client that does not take it in time is given up.
pub(crate) async fn send(
    socket: &mut WebSocket,
    clock: &Clock,
    frame: impl Serialize + Send,
) -> Result<(), Gone> {
    let Ok(text) = serde_json::to_string(&frame) else {
        tracing::error!("frame has no JSON form");
        return Err(Gone);
    };
    // A client that has stopped reading is waited for with its bytes alone.
    drop(frame);
    let sending = socket.send(Message::Text(Utf8Bytes::from(text)));
    match clock
        .timeout("socket.send", limits::CLIENT_SEND_LIMIT, sending)
        .await
    {
        Ok(Ok(())) => Ok(()),
        Ok(Err(_)) | Err(_) => Err(Gone),
    }
}

/// Why a socket with two directions ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ended {
    /// The client left, or takes nothing any more.
    Gone,
    /// What was shown has come to its end.
    Finished,
    /// The server shuts down.
    GoingAway,
    /// The session is no longer valid.
    Revoked,
    /// The workspace's agent is gone; coming back later may help.
    AgentLost,
}

impl From<Gone> for Ended {
    fn from(Gone: Gone) -> Self {
        Self::Gone
    }
}

impl Ended {
    /// The close frame's code and words; none for a client that is gone.
    const fn close_frame(self) -> Option<(u16, &'static str)> {
        match self {
            Self::Gone => None,
            Self::Finished => Some((close_code::NORMAL, "ended")),
            Self::GoingAway => Some((close_code::AWAY, "the server shuts down")),
            Self::Revoked => Some((close_code::POLICY, "signed out")),
            Self::AgentLost => Some((close_code::AGAIN, "the agent is gone")),
        }
    }
}

/// Says why, and closes.
pub(crate) async fn close(sink: &mut SplitSink<WebSocket, Message>, clock: &Clock, why: Ended) {
    if let Some((code, reason)) = why.close_frame() {
        let reason = Utf8Bytes::from_static(reason);
        let frame = Message::Close(Some(CloseFrame { code, reason }));
        // A client that is gone by now needs no reason.
        let _ = send_message(sink, clock, frame).await;
    }
}

/// Sends one message; a client that does not take it in time is given up.
pub(crate) async fn send_message(
    sink: &mut SplitSink<WebSocket, Message>,
    clock: &Clock,
    message: Message,
) -> Result<(), Gone> {
    let sending = clock.timeout("socket.send", limits::CLIENT_SEND_LIMIT, sink.send(message));
    match sending.await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(_)) | Err(_) => Err(Gone),
    }
}

/// Sends one JSON frame the same way.
pub(crate) async fn send_json(
    sink: &mut SplitSink<WebSocket, Message>,
    clock: &Clock,
    frame: &(impl Serialize + Sync),
) -> Result<(), Gone> {
    let Ok(text) = serde_json::to_string(frame) else {
        tracing::error!("frame has no JSON form");
        return Err(Gone);
    };
    send_message(sink, clock, Message::Text(Utf8Bytes::from(text))).await
}

/// The next message of a client that speaks JSON, as text or as bytes; what can't be read is
/// skipped. `None` when the client has left.
pub(crate) async fn next_json<T: DeserializeOwned>(
    stream: &mut SplitStream<WebSocket>,
) -> Option<T> {
    loop {
        let read = match stream.next().await?.ok()? {
            Message::Text(text) => serde_json::from_str(&text),
            Message::Binary(bytes) => serde_json::from_slice(&bytes),
            Message::Close(_) => return None,
            Message::Ping(_) | Message::Pong(_) => continue,
        };
        match read {
            Ok(message) => return Some(message),
            Err(error) => tracing::debug!(error = %error, "message of a client is skipped"),
        }
    }
}

/// Waits until the client leaves. What it says is read and dropped, so that pongs and the
/// close frame are seen.
pub(crate) async fn gone(socket: &mut WebSocket) {
    while let Some(Ok(message)) = socket.recv().await {
        if matches!(message, Message::Close(_)) {
            return;
        }
    }
}

/// Ends a socket whose session was revoked: sockets live longer than requests.
#[derive(Debug)]
pub(crate) struct Revocation {
    store: Store,
    key: String,
    user: UserId,
    sessions: Subscription,
}

impl Revocation {
    pub(crate) fn watch(store: &Store, session: &Session) -> Self {
        Self {
            store: store.clone(),
            key: session.key.id.clone(),
            user: session.user.id,
            sessions: store.bus().subscribe([Topic::Sessions]),
        }
    }

    /// Waits until the session is no longer valid. Cancel-safe.
    pub(crate) async fn revoked(&self) {
        loop {
            match self.sessions.recv().await {
                Delivery::Event(event) if !self.concerns(&event) => continue,
                Delivery::Event(_) | Delivery::Resync => {}
            }
            // A failing look-up ends nothing (F53).
            if let Ok(false) = session::is_alive(&self.store, &self.key).await {
                return;
            }
        }
    }

    fn concerns(&self, event: &Event) -> bool {
        matches!(event, Event::SessionsRevoked { user_id } if *user_id == self.user)
    }
}

/// The timer of the next ping.
pub(crate) fn ping(clock: &Clock) -> Timer {
    clock.timer("socket.ping", limits::STREAM_PING_PERIOD)
}
