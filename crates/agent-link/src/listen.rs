//! The local transport: one Unix socket per workspace.

use std::io;
use std::os::unix::net::UnixListener as StdListener;
use std::sync::Arc;

use futures_util::future::BoxFuture;
use muster_base::{AgentId, Clock, ConnectionId, Secret, TaskSet, limits};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;

use crate::wire::GREETING;
use crate::{ByteStream, Registry};

/// Why a token was not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The token is not (or no longer) valid: the agent ends.
    TokenDead,
    /// We could not look it up: the agent tries again.
    Unavailable,
}

impl Refusal {
    const fn word(self) -> &'static str {
        match self {
            Self::TokenDead => "token_dead",
            Self::Unavailable => "unavailable",
        }
    }
}

/// Finds the agent that a token belongs to.
pub type Authenticate =
    Arc<dyn Fn(Secret) -> BoxFuture<'static, Result<AgentId, Refusal>> + Send + Sync>;

/// Serves every agent that comes to a bound socket and shows a valid token, until `drain`
/// fires.
///
/// # Errors
/// When the socket can't be listened on.
pub async fn listen(
    listener: StdListener,
    registry: &Registry,
    authenticate: Authenticate,
    drain: CancellationToken,
) -> io::Result<()> {
    listener.set_nonblocking(true)?;
    let listener = UnixListener::from_std(listener)?;
    let tasks = TaskSet::new();
    let places = Arc::new(Semaphore::new(limits::LINK_GREETINGS_MAX));
    loop {
        let accept = async {
            // Before the accept: what waits in the queue costs this process nothing.
            let place = places.clone().acquire_owned().await;
            let place = place.map_err(io::Error::other)?;
            Ok::<_, io::Error>((listener.accept().await?.0, place))
        };
        let accepted = tokio::select! {
            biased;
            () = drain.cancelled() => break,
            accepted = accept => accepted,
        };
        match accepted {
            Ok((stream, place)) => {
                let arrival = Arrival {
                    registry: registry.clone(),
                    authenticate: authenticate.clone(),
                    drain: drain.clone(),
                };
                tasks.spawn("link.local", arrival.serve(stream, place));
            }
            Err(error) => {
                // Out of file descriptors, mostly: give the links that exist time to end.
                tracing::warn!(error = %error, "link socket can't accept");
                let pause = registry
                    .clock()
                    .timer("link.accept", limits::LINK_RECONNECT_FIRST);
                drain.run_until_cancelled(pause).await;
            }
        }
    }
    tasks.wait().await;
    Ok(())
}

struct Arrival {
    registry: Registry,
    authenticate: Authenticate,
    drain: CancellationToken,
}

impl Arrival {
    /// Gives its place free once it is known who came.
    async fn serve(self, mut stream: UnixStream, place: OwnedSemaphorePermit) {
        let clock = self.registry.clock().clone();
        let greeting = self.greet(&clock, &mut stream);
        let greeted = clock.timeout("link.greeting", limits::LINK_HANDSHAKE_LIMIT, greeting);
        // Somebody silent must not hold up the end either.
        let Some(greeted) = self.drain.run_until_cancelled(greeted).await else {
            return;
        };
        drop(place);
        match greeted {
            Ok(Ok(Some((agent_id, connection_id)))) => {
                let stream = ByteStream::new(stream);
                self.registry
                    .serve(agent_id, connection_id, stream, self.drain)
                    .await;
            }
            Ok(Ok(None)) => {}
            Ok(Err(error)) => tracing::debug!(error = %error, "link greeting failed"),
            Err(elapsed) => tracing::debug!(error = %elapsed, "link greeting failed"),
        }
    }

    async fn greet(
        &self,
        clock: &Clock,
        stream: &mut UnixStream,
    ) -> io::Result<Option<(AgentId, ConnectionId)>> {
        let line = read_line(stream).await?;
        let Some((GREETING, token)) = line.split_once(' ') else {
            stream.write_all(b"NO version\n").await?;
            return Ok(None);
        };
        match (self.authenticate)(Secret::new(token.to_owned())).await {
            Ok(agent_id) => {
                let connection_id = ConnectionId::new(clock);
                let answer = format!("OK {connection_id}\n");
                stream.write_all(answer.as_bytes()).await?;
                Ok(Some((agent_id, connection_id)))
            }
            Err(refusal) => {
                let answer = format!("NO {}\n", refusal.word());
                stream.write_all(answer.as_bytes()).await?;
                Ok(None)
            }
        }
    }
}

/// Reads up to the line break and not a byte further: what follows belongs to HTTP/2.
async fn read_line(stream: &mut UnixStream) -> io::Result<String> {
    let mut line = Vec::new();
    loop {
        let byte = stream.read_u8().await?;
        if byte == b'\n' {
            return String::from_utf8(line)
                .map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error));
        }
        if line.len() >= limits::LINK_GREETING_BYTES_MAX {
            return Err(io::ErrorKind::InvalidData.into());
        }
        line.push(byte);
    }
}
