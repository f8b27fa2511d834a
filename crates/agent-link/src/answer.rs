//! The agent's end of a link: an HTTP/2 server on the byte stream that it dialled.

use std::convert::Infallible;
use std::future::Future;

use bytes::Bytes;
use http::{Request, Response};
use http_body::Body;
use hyper::body::Incoming;
use hyper::server::conn::http2;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use muster_base::{TaskSet, limits};
use tokio_util::sync::CancellationToken;

use crate::{ByteStream, TaskExecutor};

/// Answers the server's calls until the stream ends or `dead` fires.
///
/// A call's work ends when the link does; what must outlive it belongs in a task of its own.
///
/// # Errors
/// When the peer broke the protocol or the stream broke off.
pub async fn answer<S, F, B>(
    stream: ByteStream,
    service: S,
    tasks: &TaskSet,
    dead: CancellationToken,
) -> Result<(), hyper::Error>
where
    S: Fn(Request<Incoming>) -> F + Send + 'static,
    F: Future<Output = Response<B>> + Send + 'static,
    B: Body<Data = Bytes> + Send + 'static,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let frame = u32::try_from(limits::LINK_FRAME_BYTES_MAX).ok();
    let executor = TaskExecutor::new(tasks.clone(), dead.clone());
    let service = service_fn(move |request| {
        let answer = service(request);
        async move { Ok::<_, Infallible>(answer.await) }
    });
    let connection = http2::Builder::new(executor)
        .initial_stream_window_size(limits::LINK_STREAM_WINDOW_BYTES)
        .initial_connection_window_size(limits::LINK_CONNECTION_WINDOW_BYTES)
        .max_frame_size(frame)
        .max_concurrent_streams(limits::LINK_STREAMS_MAX)
        .max_pending_accept_reset_streams(limits::LINK_RESETS_MAX)
        .max_local_error_reset_streams(limits::LINK_RESETS_MAX)
        .serve_connection(TokioIo::new(stream), service);
    let ended = dead.run_until_cancelled(connection).await;
    // Calls still in flight belong to a link that is gone.
    dead.cancel();
    ended.unwrap_or(Ok(()))
}
