//! Accepts connections and serves them until the drain.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::ConnectInfo;
use axum::{Extension, Router};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::service::TowerToHyperService;
use muster_base::{Clock, TaskSet, limits};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tower::Layer;

/// Pause after a failed accept: out of file descriptors, mostly.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Serves `routes` on `listener` until the drain of `tasks` fires, and then the connections
/// that are open until they end or their time is up.
pub(crate) async fn run(listener: TcpListener, routes: Router, clock: Clock, tasks: TaskSet) {
    let drain = tasks.drain().clone();
    let permits = Arc::new(Semaphore::new(limits::HTTP_CONNECTIONS_MAX));
    loop {
        let accepted = tokio::select! {
            biased;
            () = drain.cancelled() => return,
            accepted = accept(&listener, &permits) => accepted,
        };
        match accepted {
            Ok((stream, peer, permit)) => {
                let connection = connection(stream, peer, routes.clone(), &clock, &tasks);
                tasks.spawn("http.connection", async move {
                    let _permit = permit;
                    connection.await;
                });
            }
            Err(error) => {
                tracing::warn!(error = %error, "connection can't be accepted");
                clock.timer("http.accept", ACCEPT_PAUSE).await;
            }
        }
    }
}

async fn accept(
    listener: &TcpListener,
    permits: &Arc<Semaphore>,
) -> std::io::Result<(TcpStream, SocketAddr, OwnedSemaphorePermit)> {
    let permit = Arc::clone(permits).acquire_owned().await;
    let permit = permit.map_err(std::io::Error::other)?;
    let (stream, peer) = listener.accept().await?;
    // Small answers must not wait for the client's acknowledgement of earlier ones.
    stream.set_nodelay(true)?;
    Ok((stream, peer, permit))
}

fn connection(
    stream: TcpStream,
    peer: SocketAddr,
    routes: Router,
    clock: &Clock,
    tasks: &TaskSet,
) -> impl Future<Output = ()> + use<> {
    let (clock, drain) = (clock.clone(), tasks.drain().clone());
    async move {
        let service = TowerToHyperService::new(Extension(ConnectInfo(peer)).layer(routes));
        let mut builder = Builder::new(TokioExecutor::new());
        builder
            .http1()
            .timer(TokioTimer::new())
            .header_read_timeout(limits::HTTP_HEAD_LIMIT)
            .max_buf_size(limits::HTTP_HEAD_BYTES_MAX);
        builder
            .http2()
            .timer(TokioTimer::new())
            .max_header_list_size(u32::try_from(limits::HTTP_HEAD_BYTES_MAX).unwrap_or(u32::MAX));
        let serving = builder.serve_connection_with_upgrades(TokioIo::new(stream), service);
        tokio::pin!(serving);
        tokio::select! {
            biased;
            ended = &mut serving => return log(ended),
            () = drain.cancelled() => serving.as_mut().graceful_shutdown(),
        }
        let limit = limits::HTTP_SHUTDOWN_LIMIT;
        if let Ok(ended) = clock.timeout("http.shutdown", limit, serving).await {
            log(ended);
        }
    }
}

/// A client that hangs up is nothing to worry about.
fn log(ended: Result<(), Box<dyn std::error::Error + Send + Sync>>) {
    if let Err(error) = ended {
        tracing::debug!(error = %error, "connection ended early");
    }
}
