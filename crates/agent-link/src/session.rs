//! One link: HTTP/2 reversed, with the server as the client.

use std::convert::Infallible;
use std::future::Future;
use std::sync::OnceLock;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::body::Incoming;
use hyper::client::conn::http2;
use hyper_util::rt::TokioIo;
use muster_base::{AgentId, Clock, ConnectionId, Micros, TaskSet, limits};
use parking_lot::Mutex;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::registry::Closed;
use crate::{ByteStream, Error};

/// What a request carries: a whole body, or one that goes on.
pub(crate) type Body = UnsyncBoxBody<Bytes, Infallible>;

pub(crate) fn boxed(
    body: impl http_body::Body<Data = Bytes, Error = Infallible> + Send + 'static,
) -> Body {
    body.boxed_unsync()
}

/// Runs hyper's own tasks in a [`TaskSet`] and ends them with their link.
///
/// hyper drives a connection in a task of its own; dropping the connection's handle would
/// leave that task waiting for calls in flight, so a dead link must be able to stop it.
#[derive(Clone, Debug)]
pub struct TaskExecutor {
    tasks: TaskSet,
    dead: CancellationToken,
}

impl TaskExecutor {
    /// An executor whose tasks end when `dead` fires.
    #[must_use]
    pub const fn new(tasks: TaskSet, dead: CancellationToken) -> Self {
        Self { tasks, dead }
    }
}

impl<F> hyper::rt::Executor<F> for TaskExecutor
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    fn execute(&self, future: F) {
        let dead = self.dead.clone();
        self.tasks.spawn("link.io", async move {
            dead.run_until_cancelled(future).await;
        });
    }
}

/// A live connection to one agent.
#[derive(Debug)]
pub(crate) struct Link {
    pub(crate) agent_id: AgentId,
    pub(crate) connection_id: ConnectionId,
    /// Which journal the agent keeps; unknown until it has introduced itself.
    pub(crate) epoch: OnceLock<String>,
    sender: http2::SendRequest<Body>,
    /// Fires when the connection is gone; every call in flight ends with it.
    pub(crate) dead: CancellationToken,
    /// Somebody wants the link closed, and why.
    pub(crate) close: watch::Sender<Option<Closed>>,
    /// When the agent last proved that it is alive.
    pub(crate) seen_at: Mutex<Micros>,
}

/// Whose link a byte stream is to become.
pub(crate) struct Peer {
    pub(crate) agent_id: AgentId,
    pub(crate) connection_id: ConnectionId,
}

impl Link {
    /// Speaks the HTTP/2 preface and starts the connection's task.
    pub(crate) async fn open(
        peer: Peer,
        stream: ByteStream,
        clock: &Clock,
        tasks: &TaskSet,
    ) -> Result<Self, Error> {
        let dead = CancellationToken::new();
        let executor = TaskExecutor::new(tasks.clone(), dead.clone());
        let handshake = http2::Builder::new(executor)
            .initial_stream_window_size(limits::LINK_STREAM_WINDOW_BYTES)
            .initial_connection_window_size(limits::LINK_CONNECTION_WINDOW_BYTES)
            .max_frame_size(u32::try_from(limits::LINK_FRAME_BYTES_MAX).ok())
            .handshake(TokioIo::new(stream));
        let opened = clock.timeout("link.handshake", limits::LINK_HANDSHAKE_LIMIT, handshake);
        let (sender, connection) = match opened.await {
            Ok(Ok(opened)) => opened,
            Ok(Err(error)) => {
                tracing::debug!(error = %error, "link handshake failed");
                return Err(Error::AgentDisconnected);
            }
            Err(elapsed) => {
                return Err(Error::Deadline {
                    call: elapsed.timer,
                });
            }
        };
        let ended = dead.clone();
        tasks.spawn("link.connection", async move {
            let result = ended.run_until_cancelled(connection).await;
            if let Some(Err(error)) = result {
                tracing::debug!(error = %error, "link ended");
            }
            ended.cancel();
        });
        Ok(Self {
            agent_id: peer.agent_id,
            connection_id: peer.connection_id,
            epoch: OnceLock::new(),
            sender,
            dead,
            close: watch::Sender::new(None),
            seen_at: Mutex::new(clock.now()),
        })
    }

    /// One call: sends, waits, collects the answer. Ends at once when the link dies.
    pub(crate) async fn call(
        &self,
        clock: &Clock,
        call: &'static str,
        deadline: Duration,
        request: Request<Body>,
    ) -> Result<Response<Bytes>, Error> {
        let answer = clock.timeout("link.call", deadline, self.exchange(call, request));
        tokio::select! {
            biased;
            answer = answer => answer.unwrap_or(Err(Error::Deadline { call })),
            () = self.dead.cancelled() => Err(Error::AgentDisconnected),
        }
    }

    async fn exchange(
        &self,
        call: &'static str,
        request: Request<Body>,
    ) -> Result<Response<Bytes>, Error> {
        let (parts, body) = self.send(call, request).await?.into_parts();
        let bytes = self.collect(call, body).await?;
        Ok(Response::from_parts(parts, bytes))
    }

    /// Sends a call whose bodies go on; waits for the head of the answer only.
    pub(crate) async fn begin(
        &self,
        clock: &Clock,
        call: &'static str,
        deadline: Duration,
        request: Request<Body>,
    ) -> Result<Response<Incoming>, Error> {
        let head = clock.timeout("link.open", deadline, self.send(call, request));
        tokio::select! {
            biased;
            head = head => head.unwrap_or(Err(Error::Deadline { call })),
            () = self.dead.cancelled() => Err(Error::AgentDisconnected),
        }
    }

    async fn send(
        &self,
        call: &'static str,
        request: Request<Body>,
    ) -> Result<Response<Incoming>, Error> {
        let mut sender = self.sender.clone();
        sender.send_request(request).await.map_err(|error| {
            tracing::debug!(call, error = %error, "call failed on its link");
            Error::AgentDisconnected
        })
    }

    /// A whole answer, within its limit.
    pub(crate) async fn collect(&self, call: &'static str, body: Incoming) -> Result<Bytes, Error> {
        let collected = Limited::new(body, limits::AGENT_ANSWER_BYTES_MAX)
            .collect()
            .await;
        match collected {
            Ok(body) => Ok(body.to_bytes()),
            Err(error) if error.is::<LengthLimitError>() => Err(Error::TooLarge { call }),
            Err(error) => {
                tracing::debug!(call, error = %error, "answer broke off");
                Err(Error::AgentDisconnected)
            }
        }
    }

    /// Asks whoever serves this link to close it; the first reason stays.
    pub(crate) fn request_close(&self, reason: Closed) {
        self.close.send_if_modified(|asked| {
            let first = asked.is_none();
            if first {
                *asked = Some(reason);
            }
            first
        });
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        self.dead.cancel();
    }
}
