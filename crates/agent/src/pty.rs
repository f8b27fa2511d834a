//! Terminals of the workspace: begun once per id, joined by any number of clients, kept for a
//! while when nobody watches.
//!
//! A terminal is the agent's child and ends with it, unlike a command: somebody sits in front
//! of it and sees that it has gone.

mod scrollback;
mod session;
mod shell;

use std::collections::HashMap;
use std::io::Write;
use std::sync::Arc;

use muster_agent_link::wire::{Code, PtyInput, PtyQuery};
use muster_base::{Clock, PtyId, TaskSet, limits};
use parking_lot::Mutex;
use portable_pty::PtySize;
use rustix::process::Signal;
use tokio::sync::watch;

use crate::{Failure, Options};
use session::Started;
pub(crate) use session::{Client, Session};
use shell::Shell;

/// The terminals that run.
#[derive(Debug)]
pub(crate) struct Ptys {
    shell: Shell,
    sessions: Arc<Mutex<HashMap<PtyId, Arc<Session>>>>,
    clock: Clock,
    tasks: TaskSet,
    /// What is typed may change files.
    touched: watch::Sender<u64>,
}

impl Ptys {
    pub(crate) fn new(
        options: &Options,
        clock: Clock,
        tasks: TaskSet,
        touched: watch::Sender<u64>,
    ) -> Self {
        Self {
            shell: Shell::new(options),
            sessions: Arc::default(),
            clock,
            tasks,
            touched,
        }
    }

    /// Joins the terminal with this id, or begins it.
    pub(crate) fn open(&self, query: &PtyQuery) -> Result<(Arc<Session>, Client), Failure> {
        check_command(query.command.as_deref())?;
        let size = size(query.width, query.height);
        let mut sessions = self.sessions.lock();
        sessions.retain(|_, session| !session.has_ended());
        let session = match sessions.get(&query.id) {
            Some(session) => {
                session.resize(size);
                session.clone()
            }
            None => {
                if sessions.len() >= limits::PTY_SESSIONS_MAX {
                    let max = limits::PTY_SESSIONS_MAX;
                    let message = format!("the workspace has {max} terminals already");
                    return Err(Failure::new(Code::Unavailable, message));
                }
                let command = self.shell.command(query.command.as_deref());
                let begun = Session::start(query.id, size, command);
                let begun = begun.map_err(|error| Failure::io("the terminal", &error))?;
                self.keep(&begun.0, begun.1)?;
                sessions.insert(query.id, begun.0.clone());
                begun.0
            }
        };
        drop(sessions);
        let Some(client) = session.join() else {
            let message = "too many clients watch this terminal";
            return Err(Failure::new(Code::Unavailable, message));
        };
        Ok((session, client))
    }

    /// Runs the terminal, and ends it when its time has come.
    fn keep(&self, session: &Arc<Session>, started: Started) -> Result<(), Failure> {
        let run = session.run(started);
        run.map_err(|error| Failure::io("the terminal's threads", &error))?;
        let keeper = Keeper {
            session: session.clone(),
            sessions: self.sessions.clone(),
            clock: self.clock.clone(),
            tasks: self.tasks.clone(),
        };
        self.tasks.spawn("pty.keep", keeper.run());
        Ok(())
    }

    /// Does what one message of a client asks.
    ///
    /// # Errors
    /// When the terminal takes nothing any more.
    pub(crate) async fn input(
        &self,
        session: &Arc<Session>,
        input: PtyInput,
    ) -> Result<(), Failure> {
        if let (Some(width), Some(height)) = (input.width, input.height) {
            session.resize(size(Some(width), Some(height)));
        }
        let Some(data) = input.data.filter(|data| !data.is_empty()) else {
            return Ok(());
        };
        let mut writer = session.writer().await;
        let written = self.tasks.spawn_blocking(move || {
            writer
                .write_all(data.as_bytes())
                .and_then(|()| writer.flush())
        });
        let written = written.await;
        self.touched.send_modify(|count| *count += 1);
        match written {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(Failure::io("the terminal", &error)),
            Err(_panicked) => Err(Failure::new(Code::Internal, "the terminal failed")),
        }
    }
}

/// Ends one terminal: when its shell has, when nobody has watched for long enough, or with us.
struct Keeper {
    session: Arc<Session>,
    sessions: Arc<Mutex<HashMap<PtyId, Arc<Session>>>>,
    clock: Clock,
    tasks: TaskSet,
}

impl Keeper {
    async fn run(self) {
        tokio::select! {
            () = self.session.ended() => {}
            () = self.tasks.drain().cancelled() => {}
            () = self.forgotten() => {}
        }
        self.session.signal(Signal::HUP);
        let ended = self.session.ended();
        let ended = self
            .clock
            .timeout("pty.hangup", limits::PTY_HANGUP_GRACE, ended);
        if ended.await.is_err() {
            self.session.signal(Signal::KILL);
            self.session.ended().await;
        }
        let mut sessions = self.sessions.lock();
        let id = self.session.id;
        // A new one may have its id by now.
        if sessions
            .get(&id)
            .is_some_and(|held| Arc::ptr_eq(held, &self.session))
        {
            sessions.remove(&id);
        }
    }

    /// Waits until nobody has watched for the whole time.
    async fn forgotten(&self) {
        loop {
            self.session.abandoned().await;
            tokio::select! {
                () = self.clock.timer("pty.linger", limits::PTY_LINGER) => return,
                () = self.session.joined() => {}
            }
        }
    }
}

fn check_command(command: Option<&str>) -> Result<(), Failure> {
    let max = limits::PTY_COMMAND_BYTES_MAX;
    match command {
        Some(command) if command.len() > max => Err(Failure::bad(format!(
            "command must have at most {max} bytes"
        ))),
        Some(command) if command.contains('\0') => {
            Err(Failure::bad("command must not hold a zero byte"))
        }
        Some(_) | None => Ok(()),
    }
}

fn size(width: Option<u16>, height: Option<u16>) -> PtySize {
    let cells = |value: Option<u16>, default| match value {
        None | Some(0) => default,
        Some(value) => value.min(limits::PTY_CELLS_MAX),
    };
    PtySize {
        rows: cells(height, limits::PTY_ROWS_DEFAULT),
        cols: cells(width, limits::PTY_COLUMNS_DEFAULT),
        pixel_width: 0,
        pixel_height: 0,
    }
}

#[cfg(test)]
mod tests;
