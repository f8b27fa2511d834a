//! The agent's link to its server: dial, serve, and come back when it breaks.

use std::fmt;
use std::io;
use std::path::Path;

use bytes::Bytes;
use futures_util::{SinkExt, StreamExt};
use http::header::{HeaderName, SEC_WEBSOCKET_PROTOCOL};
use http::{HeaderValue, StatusCode};
use muster_agent_link::ByteStream;
use muster_agent_link::wire::{API_VERSION, CloseCode, GREETING, SUBPROTOCOL};
use muster_base::{Clock, Secret, limits};
use parking_lot::Mutex;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;
use tokio::sync::Notify;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{self, Message};
use tokio_util::sync::CancellationToken;

use crate::{Endpoint, socket};

const TOKEN_HEADER: HeaderName = HeaderName::from_static("coder-session-token");

/// No link came about.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DialError {
    /// The token is no longer valid: there is no use in trying again.
    #[error("the server no longer accepts this agent's token")]
    TokenDead,
    /// The server does not speak our version.
    #[error("the server refused this agent's version")]
    VersionRefused,
    #[error("the server can't be reached")]
    Unreachable(#[source] io::Error),
    #[error("the server can't be reached")]
    WebSocket(#[source] Box<tungstenite::Error>),
    #[error("the server can't take this agent now")]
    Unavailable,
}

impl From<io::Error> for DialError {
    fn from(error: io::Error) -> Self {
        Self::Unreachable(error)
    }
}

/// Signs of life and of the end that the calls on a link leave for its keeper.
#[derive(Default)]
pub(crate) struct Signs {
    heard: Notify,
    close: Mutex<Option<CloseCode>>,
}

impl Signs {
    /// The server has called.
    pub(crate) fn heard(&self) {
        self.heard.notify_one();
    }

    /// The server has said that it will close the link.
    pub(crate) fn closing(&self, code: CloseCode) {
        *self.close.lock() = Some(code);
    }

    /// Why the link ended, if the server said so.
    pub(crate) fn close_code(&self) -> CloseCode {
        self.close.lock().unwrap_or(CloseCode::Other)
    }

    /// Ends the link when the server has been silent for longer than its pings allow.
    pub(crate) async fn watch_silence(&self, clock: &Clock, dead: &CancellationToken) {
        let limit = limits::LINK_PING_PERIOD * 2 + limits::LINK_PING_LIMIT;
        while clock
            .timeout("link.silence", limit, self.heard.notified())
            .await
            .is_ok()
        {}
        tracing::warn!("the server has gone silent");
        dead.cancel();
    }
}

impl fmt::Debug for Signs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signs({:?})", self.close.lock())
    }
}

/// Dials the server and shows the token.
pub(crate) async fn dial(
    endpoint: &Endpoint,
    token: &Secret,
    clock: &Clock,
) -> Result<ByteStream, DialError> {
    let dialled = async {
        match endpoint {
            Endpoint::Socket(path) => dial_socket(path, token).await,
            // Boxed: its TLS state would make every future above it as large.
            Endpoint::Url(url) => Box::pin(dial_url(url, token)).await,
        }
    };
    let dialled = clock
        .timeout("link.dial", limits::LINK_HANDSHAKE_LIMIT, dialled)
        .await;
    dialled.unwrap_or(Err(DialError::Unavailable))
}

async fn dial_socket(path: &Path, token: &Secret) -> Result<ByteStream, DialError> {
    let reached = socket::reach(path)?;
    let mut stream = UnixStream::connect(reached.path()).await?;
    let greeting = format!("{GREETING} {}\n", token.expose());
    stream.write_all(greeting.as_bytes()).await?;
    let line = read_line(&mut stream).await?;
    match line.split_once(' ') {
        Some(("OK", _connection)) => Ok(ByteStream::new(stream)),
        Some(("NO", "token_dead")) => Err(DialError::TokenDead),
        Some(("NO", "version")) => Err(DialError::VersionRefused),
        _ => Err(DialError::Unavailable),
    }
}

/// Reads up to the line break and not a byte further: what follows belongs to HTTP/2.
async fn read_line(stream: &mut UnixStream) -> io::Result<String> {
    let mut line = Vec::new();
    while line.len() < limits::LINK_GREETING_BYTES_MAX {
        match stream.read_u8().await? {
            b'\n' => return Ok(String::from_utf8_lossy(&line).into_owned()),
            byte => line.push(byte),
        }
    }
    Err(io::ErrorKind::InvalidData.into())
}

async fn dial_url(url: &str, token: &Secret) -> Result<ByteStream, DialError> {
    let request = upgrade_request(url, token)?;
    let config = WebSocketConfig::default()
        .read_buffer_size(limits::LINK_READ_BUFFER_BYTES)
        .write_buffer_size(0)
        .max_message_size(Some(limits::LINK_MESSAGE_BYTES_MAX))
        .max_frame_size(Some(limits::LINK_MESSAGE_BYTES_MAX));
    // `true`: no waiting for full packets, small calls are most calls.
    let connected = tokio_tungstenite::connect_async_with_config(request, Some(config), true);
    let (socket, _response) = connected.await.map_err(refusal)?;
    let (outgoing, incoming) = socket.split();
    let incoming = incoming.filter_map(|message| std::future::ready(bytes_of(message)));
    let outgoing = outgoing
        .sink_map_err(io::Error::other)
        .with(|bytes: Bytes| std::future::ready(Ok::<_, io::Error>(Message::Binary(bytes))));
    Ok(ByteStream::from_messages(incoming, outgoing))
}

fn upgrade_request(url: &str, token: &Secret) -> Result<http::Request<()>, DialError> {
    let websocket = match url.trim_end_matches('/').split_once("://") {
        Some(("http" | "ws", rest)) => format!("ws://{rest}"),
        Some(("https" | "wss", rest)) => format!("wss://{rest}"),
        _ => return Err(io::Error::from(io::ErrorKind::InvalidInput).into()),
    };
    let address = format!("{websocket}/api/v2/workspaceagents/me/rpc?version={API_VERSION}");
    let request = address.into_client_request();
    let mut request = request.map_err(|error| DialError::WebSocket(Box::new(error)))?;
    // A token that is no header value can't be anybody's.
    let mut value = HeaderValue::from_str(token.expose()).map_err(|_bad| DialError::TokenDead)?;
    value.set_sensitive(true);
    request.headers_mut().insert(TOKEN_HEADER, value);
    let protocol = HeaderValue::from_static(SUBPROTOCOL);
    request
        .headers_mut()
        .insert(SEC_WEBSOCKET_PROTOCOL, protocol);
    Ok(request)
}

fn refusal(error: tungstenite::Error) -> DialError {
    let status = if let tungstenite::Error::Http(response) = &error {
        Some(response.status())
    } else {
        None
    };
    match status {
        Some(StatusCode::UNAUTHORIZED) => DialError::TokenDead,
        Some(StatusCode::BAD_REQUEST) => DialError::VersionRefused,
        Some(_) | None => DialError::WebSocket(Box::new(error)),
    }
}

/// The bytes of a binary message; control messages carry none.
fn bytes_of(message: Result<Message, tungstenite::Error>) -> Option<io::Result<Bytes>> {
    match message {
        Ok(Message::Binary(bytes)) => Some(Ok(bytes)),
        Ok(Message::Text(_)) => Some(Err(io::ErrorKind::InvalidData.into())),
        Ok(Message::Ping(_) | Message::Pong(_) | Message::Close(_) | Message::Frame(_)) => None,
        Err(error) => Some(Err(io::Error::other(error))),
    }
}
