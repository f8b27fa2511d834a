//! An op on its way through a thread.

use std::any::Any;
use std::marker::PhantomData;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use muster_bus::Event;
use rusqlite::Connection;
use tokio::sync::{OwnedSemaphorePermit, oneshot};

use super::SqliteConn;
use crate::engine::Op;
use crate::options::Shared;
use crate::{Error, Tx};

/// An op without its types.
pub(super) trait Job: Send {
    /// Runs the op; `false` asks to undo what it did.
    fn run(&mut self, connection: &mut Connection) -> bool;
    /// Gives the outcome to the caller: its own, or why the transaction failed.
    fn finish(self: Box<Self>, transaction: Result<(), Error>);
}

/// An op, its outcome and who waits for it.
pub(super) struct Task<T, E, F> {
    op: &'static str,
    f: F,
    shared: Arc<Shared>,
    outcome: Option<Result<T, E>>,
    events: Vec<Event>,
    reply: oneshot::Sender<Result<T, E>>,
    /// Its place in the queue, given up when the op is taken out.
    permit: Option<OwnedSemaphorePermit>,
    types: PhantomData<fn() -> E>,
}

impl<T, E, F: Op<T, E>> Task<T, E, F>
where
    T: Send + 'static,
    E: From<Error> + Send + 'static,
{
    pub(super) fn new(
        op: &'static str,
        f: F,
        shared: Arc<Shared>,
        permit: OwnedSemaphorePermit,
    ) -> (Self, oneshot::Receiver<Result<T, E>>) {
        let (reply, receiver) = oneshot::channel();
        let task = Self {
            op,
            f,
            shared,
            outcome: None,
            events: Vec::new(),
            reply,
            permit: Some(permit),
            types: PhantomData,
        };
        (task, receiver)
    }

    /// Polls the op once: it awaits nothing but its `Tx`, and that is always ready.
    fn poll(&self, connection: &mut Connection) -> (Result<T, E>, Vec<Event>) {
        let mut conn = SqliteConn {
            op: self.op,
            connection,
            failed: false,
        };
        let mut tx = Tx::new(self.op, &mut conn, &self.shared);
        let mut context = Context::from_waker(Waker::noop());
        let polled = (self.f)(&mut tx).as_mut().poll(&mut context);
        let events = tx.into_events();
        match polled {
            Poll::Ready(Ok(_)) if conn.failed => {
                (Err(Error::Swallowed { op: self.op }.into()), Vec::new())
            }
            Poll::Ready(result) => (result, events),
            Poll::Pending => (Err(Error::OpPended { op: self.op }.into()), Vec::new()),
        }
    }
}

impl<T, E, F: Op<T, E>> Job for Task<T, E, F>
where
    T: Send + 'static,
    E: From<Error> + Send + 'static,
{
    fn run(&mut self, connection: &mut Connection) -> bool {
        drop(self.permit.take());
        let caught = catch_unwind(AssertUnwindSafe(|| self.poll(connection)));
        let (result, events) = caught.unwrap_or_else(|panic| {
            tracing::error!(op = self.op, panic = words(&*panic), "op panicked");
            (Err(Error::Panicked { op: self.op }.into()), Vec::new())
        });
        let keep = result.is_ok();
        self.outcome = Some(result);
        self.events = events;
        keep
    }

    fn finish(self: Box<Self>, transaction: Result<(), Error>) {
        let result = match (transaction, self.outcome) {
            (Err(error), Some(Ok(_)) | None) => Err(error.into()),
            (Ok(()), None) => Err(Error::Closed.into()),
            (_, Some(Err(error))) => Err(error),
            (Ok(()), Some(Ok(value))) => {
                self.shared.bus.publish(self.events);
                Ok(value)
            }
        };
        // Nobody may be waiting any more; what is committed stays committed.
        drop(self.reply.send(result));
    }
}

/// The words of a panic, where it has any.
pub(crate) fn words(panic: &(dyn Any + Send)) -> &str {
    panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no words")
}
