//! The calls that stay open: terminals and the watch of repositories.

use std::io;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::StreamExt;
use futures_util::stream::{Stream, poll_fn, unfold};
use http::Response;
use http::header::CONTENT_TYPE;
use http::request::Parts;
use http_body_util::{BodyExt, StreamBody};
use hyper::body::{Frame, Incoming};
use muster_agent_link::lines::{Lines, line_of};
use muster_agent_link::wire::{GitEvent, GitRequest, PtyInput, PtyQuery};
use muster_base::limits;
use serde::de::DeserializeOwned;
use tokio::sync::mpsc;

use super::{Answer, Api, Body, json, query};
use crate::git::Watcher;
use crate::pty::Session;

/// Messages to the server that may wait for the link; each may be large.
const EVENTS_MAX: usize = 1;

impl Api {
    /// `pty`: output goes out as it comes, input is taken line by line.
    pub(super) fn pty(&self, parts: &Parts, body: Incoming) -> Answer {
        let query: PtyQuery = query(parts)?;
        let (session, client) = self.workspace.ptys.open(&query)?;
        let api = self.clone();
        self.workspace.tasks.spawn("pty.input", async move {
            api.type_in(&session, Messages::new(body, limits::PTY_INPUT_BYTES_MAX))
                .await;
        });
        let output = unfold(client, async |mut client| {
            let bytes = client.next().await?;
            Some((bytes, client))
        });
        Ok(open_body("application/octet-stream", output))
    }

    /// Ends with the client, the terminal or the link.
    async fn type_in(&self, session: &Arc<Session>, mut messages: Messages) {
        let typing = async {
            while let Some(input) = messages.next::<PtyInput>().await {
                if let Err(failure) = self.workspace.ptys.input(session, input).await {
                    tracing::debug!(error = %failure, "input is not taken");
                    return;
                }
            }
        };
        tokio::select! {
            () = typing => {}
            () = session.ended() => {}
            () = self.workspace.tasks.drain().cancelled() => {}
        }
    }

    /// `git/watch`.
    pub(super) fn git_watch(&self, body: Incoming) -> Answer {
        let watcher = Watcher::new(self.workspace.git.clone())?;
        let (asked, requests) = mpsc::channel::<GitRequest>(limits::GIT_PATHS_MAX);
        let (tell, mut told) = mpsc::channel::<GitEvent>(EVENTS_MAX);
        let drain = self.workspace.tasks.drain().clone();
        self.workspace.tasks.spawn("git.requests", async move {
            let messages = Messages::new(body, limits::GIT_REQUEST_BYTES_MAX);
            drain.run_until_cancelled(messages.pass_on(asked)).await;
        });
        let drain = self.workspace.tasks.drain().clone();
        self.workspace.tasks.spawn("git.watch", async move {
            drain.run_until_cancelled(watcher.run(requests, tell)).await;
        });
        let events = poll_fn(move |cx| told.poll_recv(cx));
        let lines = events.filter_map(async |event| line_of(&event).ok());
        Ok(open_body("application/x-ndjson", lines))
    }

    /// `git/changes`: all repositories, now.
    pub(super) async fn git_changes(&self) -> Answer {
        json(&self.workspace.git.changes(&[]).await.bounded())
    }
}

fn open_body(
    media: &'static str,
    pieces: impl Stream<Item = Bytes> + Send + 'static,
) -> Response<Body> {
    let frames = pieces.map(|bytes| Ok::<_, io::Error>(Frame::data(bytes)));
    let mut response = Response::new(StreamBody::new(frames).boxed_unsync());
    let media = http::HeaderValue::from_static(media);
    response.headers_mut().insert(CONTENT_TYPE, media);
    response
}

/// Messages of a request's body.
struct Messages {
    body: Incoming,
    lines: Lines,
}

impl Messages {
    fn new(body: Incoming, bytes_max: usize) -> Self {
        // JSON may write a byte as six.
        let lines = Lines::new(bytes_max.saturating_mul(6));
        Self { body, lines }
    }

    /// Gives every message to somebody who may leave first.
    async fn pass_on<T: DeserializeOwned>(mut self, to: mpsc::Sender<T>) {
        while let Some(message) = self.next().await {
            if to.send(message).await.is_err() {
                return;
            }
        }
    }

    /// The next message; `None` at the end or when what comes can't be read.
    async fn next<T: DeserializeOwned>(&mut self) -> Option<T> {
        loop {
            match self.lines.next_line() {
                Ok(Some(line)) => match serde_json::from_slice(&line) {
                    Ok(message) => return Some(message),
                    // A kind of a later server.
                    Err(error) => tracing::debug!(error = %error, "message is skipped"),
                },
                Ok(None) => {
                    let frame = self.body.frame().await?.ok()?;
                    if let Ok(bytes) = frame.into_data() {
                        self.lines.push(&bytes);
                    }
                }
                Err(error) => {
                    tracing::debug!(error = %error, "message is refused");
                    return None;
                }
            }
        }
    }
}
