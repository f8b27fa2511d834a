//! The agent's end of a call that stays open.

use std::convert::Infallible;
use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::StreamExt;
use futures_util::stream::poll_fn;
use http_body_util::{BodyExt, StreamBody};
use hyper::body::{Frame, Incoming};
use muster_base::TaskSet;
use parking_lot::Mutex;
use tokio::sync::mpsc;

use crate::session::{Body, boxed};

/// Pieces that wait in either direction.
const PIECES_MAX: usize = 64;

/// What comes in and goes out on an open call. A clone is the same call; the answer ends when
/// the last clone is gone.
#[derive(Clone)]
pub struct FakeStream {
    incoming: Arc<tokio::sync::Mutex<mpsc::Receiver<Bytes>>>,
    outgoing: mpsc::Sender<Bytes>,
}

impl FakeStream {
    /// The next bytes of the server; `None` when it has ended the call.
    pub async fn next(&self) -> Option<Bytes> {
        self.incoming.lock().await.recv().await
    }

    /// Sends bytes to the server; false when it has gone.
    pub async fn send(&self, bytes: impl Into<Bytes>) -> bool {
        self.outgoing.send(bytes.into()).await.is_ok()
    }
}

impl fmt::Debug for FakeStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FakeStream")
    }
}

/// The answer's body, taken once the handler has agreed.
pub(super) type Outgoing = Arc<Mutex<Option<mpsc::Receiver<Bytes>>>>;

pub(super) fn open(mut body: Incoming, tasks: &TaskSet) -> (FakeStream, Outgoing) {
    let (arrived, incoming) = mpsc::channel(PIECES_MAX);
    let (outgoing, receiver) = mpsc::channel(PIECES_MAX);
    tasks.spawn("fake.stream", async move {
        while let Some(Ok(frame)) = body.frame().await {
            if let Ok(bytes) = frame.into_data()
                && arrived.send(bytes).await.is_err()
            {
                return;
            }
        }
    });
    let stream = FakeStream {
        incoming: Arc::new(tokio::sync::Mutex::new(incoming)),
        outgoing,
    };
    (stream, Arc::new(Mutex::new(Some(receiver))))
}

pub(super) fn body(outgoing: &Outgoing) -> Option<Body> {
    let mut receiver = outgoing.lock().take()?;
    let pieces = poll_fn(move |cx| receiver.poll_recv(cx));
    let frames = pieces.map(|bytes| Ok::<_, Infallible>(Frame::data(bytes)));
    Some(boxed(StreamBody::new(frames)))
}
