//! Calls that stay open: bytes go both ways until one side ends.

use std::sync::Arc;

use bytes::Bytes;
use futures_util::stream::poll_fn;
use http_body_util::{BodyExt, StreamBody};
use hyper::body::{Frame, Incoming};
use muster_base::limits;
use tokio::sync::mpsc;

use super::{AgentClient, CallContext, accepted};
use crate::Error;
use crate::client::call::{Call, with_query};
use crate::lines::{Lines, line_of};
use crate::session::{Link, boxed};
use crate::wire::{GitChanges, GitEvent, GitRequest, PtyInput, PtyQuery};

/// Messages to the agent that may wait for the link.
const OUTGOING_MAX: usize = 16;

/// What the server says on an open call. Dropping it tells the agent that no more will come.
#[derive(Clone, Debug)]
pub struct StreamInput<T> {
    call: &'static str,
    sender: mpsc::Sender<Bytes>,
    _message: std::marker::PhantomData<fn(T)>,
}

impl<T: serde::Serialize> StreamInput<T> {
    /// Sends a message; waits while the agent takes nothing.
    ///
    /// # Errors
    /// When the call has ended.
    pub async fn send(&self, message: &T) -> Result<(), Error> {
        let line = line_of(message).map_err(|source| Error::Unreadable {
            call: self.call,
            source,
        })?;
        let sent = self.sender.send(line).await;
        sent.map_err(|_ended| Error::AgentDisconnected)
    }
}

/// The bytes that an agent sends on an open call. Dropping it ends the call.
#[derive(Debug)]
struct Output {
    body: Incoming,
    /// The call lives as long as its link.
    _link: Arc<Link>,
}

impl Output {
    /// The next bytes; `None` when the agent has ended the call. Cancel-safe.
    async fn next(&mut self) -> Result<Option<Bytes>, Error> {
        loop {
            match self.body.frame().await {
                None => return Ok(None),
                Some(Ok(frame)) => {
                    // The end may come with an empty frame.
                    if let Ok(bytes) = frame.into_data()
                        && !bytes.is_empty()
                    {
                        return Ok(Some(bytes));
                    }
                }
                Some(Err(error)) => {
                    tracing::debug!(error = %error, "open call broke off");
                    return Err(Error::AgentDisconnected);
                }
            }
        }
    }
}

/// The output of a terminal.
#[derive(Debug)]
pub struct PtyOutput(Output);

impl PtyOutput {
    /// The next output; `None` when the terminal has ended. Cancel-safe.
    ///
    /// # Errors
    /// When the link broke: the terminal itself may still run.
    pub async fn next(&mut self) -> Result<Option<Bytes>, Error> {
        self.0.next().await
    }
}

/// What a watch of repositories tells.
#[derive(Debug)]
pub struct GitOutput {
    output: Output,
    lines: Lines,
}

impl GitOutput {
    /// The next changes, within their limits; `None` when the agent has ended the watch.
    /// Cancel-safe.
    ///
    /// # Errors
    /// When the link broke or the agent said something unreadable.
    pub async fn next(&mut self) -> Result<Option<GitChanges>, Error> {
        const CALL: &str = "git/watch";
        loop {
            let line = self.lines.next_line();
            if let Some(line) = line.map_err(|_long| Error::TooLarge { call: CALL })? {
                let event = serde_json::from_slice(&line);
                match event.map_err(|source| Error::Unreadable { call: CALL, source })? {
                    GitEvent::Changes(changes) => return Ok(Some(changes.bounded())),
                    GitEvent::Unknown => continue,
                }
            }
            match self.output.next().await? {
                Some(bytes) => self.lines.push(&bytes),
                None => return Ok(None),
            }
        }
    }
}

impl AgentClient {
    /// Opens a call whose bodies go on. It is never sent again on another link: whoever opened
    /// it knows what to ask for then.
    async fn open<T>(
        &self,
        context: &CallContext,
        call: Call,
    ) -> Result<(StreamInput<T>, Output), Error> {
        let (sender, mut receiver) = mpsc::channel(OUTGOING_MAX);
        let outgoing = poll_fn(move |cx| receiver.poll_recv(cx));
        let frames = futures_util::StreamExt::map(outgoing, |bytes| {
            Ok::<_, std::convert::Infallible>(Frame::data(bytes))
        });
        let request = call
            .request(context)?
            .map(|_empty| boxed(StreamBody::new(frames)));
        let clock = self.registry.clock();
        let opened = self.link.begin(clock, call.name, context.deadline, request);
        let (head, body) = opened.await?.into_parts();
        if !head.status.is_success() {
            let collected = self.link.collect(call.name, body);
            let collected = clock.timeout("link.call", limits::AGENT_CALL_DEFAULT, collected);
            let bytes = collected
                .await
                .unwrap_or(Err(Error::Deadline { call: call.name }))?;
            accepted(http::Response::from_parts(head, bytes))?;
            return Err(Error::AgentDisconnected);
        }
        let input = StreamInput {
            call: call.name,
            sender,
            _message: std::marker::PhantomData,
        };
        let output = Output {
            body,
            _link: self.link.clone(),
        };
        Ok((input, output))
    }

    /// Joins or begins a terminal.
    ///
    /// # Errors
    /// [`Error`]; [`Code::Unavailable`](crate::wire::Code::Unavailable) when there are too many.
    pub async fn pty(
        &self,
        context: &CallContext,
        query: &PtyQuery,
    ) -> Result<(StreamInput<PtyInput>, PtyOutput), Error> {
        let call = Call::stream("pty", with_query("pty", query));
        let (input, output) = self.open(context, call).await?;
        Ok((input, PtyOutput(output)))
    }

    /// Watches the repositories of the workspace.
    ///
    /// # Errors
    /// [`Error`]; [`Code::Unavailable`](crate::wire::Code::Unavailable) when too many watch.
    pub async fn git_watch(
        &self,
        context: &CallContext,
    ) -> Result<(StreamInput<GitRequest>, GitOutput), Error> {
        let call = Call::stream("git/watch", "git/watch".to_owned());
        let (input, output) = self.open(context, call).await?;
        let lines = Lines::new(limits::AGENT_JSON_BYTES_MAX);
        Ok((input, GitOutput { output, lines }))
    }

    /// How the repositories of the workspace stand now, within the limits of one message.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn git_changes(&self, context: &CallContext) -> Result<GitChanges, Error> {
        let call = Call::get("git/changes", "git/changes".to_owned());
        let changes: GitChanges = self.json(context, call).await?;
        Ok(changes.bounded())
    }
}
