//! One process as its folder shows it.

use std::io;
use std::time::Duration;

use muster_agent_link::wire::{self, Code, ProcessInfo, ProcessOutput};
use muster_base::{Clock, Micros, limits};
use rustix::process::Signal;
use tokio::net::unix::pipe;
use tokio::process::Child;
use tokio::sync::watch;

use super::hints::Hints;
use super::render::render;
use crate::Failure;
use crate::process_dir::{Exit, Look, Meta, ProcessDir};

/// What the model reads when a process was lost with its workspace.
const OUTCOME_UNKNOWN: &str =
    "the process ended when the workspace stopped; its outcome is unknown";

/// One process.
#[derive(Debug)]
pub(crate) struct Process {
    pub(super) dir: ProcessDir,
    pub(super) meta: Meta,
    state: watch::Sender<State>,
}

/// How far a process has come.
#[derive(Clone, Debug, PartialEq, Eq)]
enum State {
    Starting,
    Running,
    Ended(Ended),
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Ended {
    Exited(Exit),
    /// The workspace stopped under it.
    Vanished,
    /// No shim ever claimed it.
    NeverStarted,
}

/// What became of a start.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Begun {
    /// The command runs or has run.
    Started,
    /// It never will: no shim took it.
    Never,
}

impl Process {
    /// A process that no shim has taken yet, as far as we know.
    pub(super) fn new(dir: ProcessDir, meta: Meta) -> Self {
        Self {
            dir,
            meta,
            state: watch::Sender::new(State::Starting),
        }
    }

    /// Watches files and fifo until the process has ended, and reaps its shim if it is ours.
    pub(super) async fn follow(&self, clock: &Clock, events: pipe::Receiver, shim: Option<Child>) {
        let reaped = async {
            if let Some(mut shim) = shim
                && let Err(error) = shim.wait().await
            {
                tracing::warn!(error = %error, "shim can't be waited for");
            }
        };
        tokio::pin!(reaped);
        let mut hints = Hints::of(events, clock.clone());
        let mut shim_ended = false;
        loop {
            self.look(shim_ended);
            if self.is_ended() && shim_ended {
                return;
            }
            tokio::select! {
                () = hints.next() => {}
                () = &mut reaped, if !shim_ended => shim_ended = true,
            }
            if self.is_ended() {
                // Its shim may go on reading for children left behind; nothing more to learn.
                if !shim_ended {
                    let grace = clock.timeout("exec.reap", limits::PROCESS_PIPE_GRACE, &mut reaped);
                    let _ = grace.await;
                }
                return;
            }
        }
    }

    fn look(&self, shim_ended: bool) {
        match self.dir.look() {
            // Until our shim has ended, it may still claim the folder.
            Ok(Look::Unclaimed) if !shim_ended => {}
            Ok(look) => self.settle(look),
            Err(error) => tracing::warn!(error = %error, "process folder can't be read"),
        }
    }

    pub(super) fn settle(&self, look: Look) {
        let next = match look {
            // What has run was claimed once: its folder was taken away.
            Look::Unclaimed if *self.state.borrow() == State::Running => {
                State::Ended(Ended::Vanished)
            }
            Look::Unclaimed => State::Ended(Ended::NeverStarted),
            Look::Running => State::Running,
            Look::Exited(exit) => State::Ended(Ended::Exited(exit)),
            Look::Vanished => State::Ended(Ended::Vanished),
        };
        self.state.send_if_modified(|state| {
            let news = *state != next;
            *state = next;
            news
        });
    }

    pub(super) fn is_ended(&self) -> bool {
        matches!(*self.state.borrow(), State::Ended(_))
    }

    /// Whether no shim ever took the command.
    pub(crate) fn never_started(&self) -> bool {
        matches!(*self.state.borrow(), State::Ended(Ended::NeverStarted))
    }

    pub(crate) fn is_running(&self) -> bool {
        !self.is_ended()
    }

    /// Whether the command may still be signalled: it runs, or goes on without its shim.
    pub(crate) fn can_be_signalled(&self) -> bool {
        self.is_running() || matches!(self.dir.orphaned_group(), Ok(Some(_)))
    }

    pub(super) fn exited_at(&self) -> Option<Micros> {
        match &*self.state.borrow() {
            State::Ended(Ended::Exited(exit)) => Some(exit.exited_at),
            State::Ended(Ended::Vanished | Ended::NeverStarted) => Some(self.meta.started_at),
            State::Starting | State::Running => None,
        }
    }

    /// Waits until a shim has taken the command, or none ever will.
    pub(crate) async fn begun(&self) -> Begun {
        let mut state = self.state.subscribe();
        let known = state.wait_for(|state| *state != State::Starting).await;
        match known.as_deref() {
            Ok(State::Ended(Ended::NeverStarted)) | Err(_) => Begun::Never,
            Ok(State::Starting | State::Running | State::Ended(_)) => Begun::Started,
        }
    }

    /// Waits until the process has ended.
    pub(crate) async fn ended(&self) {
        let mut state = self.state.subscribe();
        // The sender lives in `self`.
        drop(
            state
                .wait_for(|state| matches!(state, State::Ended(_)))
                .await,
        );
    }

    /// Waits for the end, for at most `wait`. Out of time is no failure: the output then says
    /// that the process still runs.
    pub(crate) async fn ended_within(&self, clock: &Clock, wait: Duration) {
        let _ = clock.timeout("exec.output", wait, self.ended()).await;
    }

    /// Output so far.
    pub(crate) fn output(&self) -> Result<ProcessOutput, Failure> {
        let state = self.state.borrow().clone();
        let captured = self.dir.captured();
        let captured = captured.map_err(|error| Failure::io("the output", &error))?;
        let (output, truncated) = render(&captured);
        let (running, exit_code, error, wall_duration_ms) = match state {
            State::Starting | State::Running => (true, None, None, None),
            State::Ended(Ended::Exited(exit)) => (
                false,
                Some(exit.exit_code),
                exit.error,
                Some(exit.wall_duration_ms),
            ),
            State::Ended(Ended::Vanished) => {
                (false, Some(-1), Some(OUTCOME_UNKNOWN.to_owned()), None)
            }
            State::Ended(Ended::NeverStarted) => {
                let never = "the command could not be started".to_owned();
                (false, Some(-1), Some(never), None)
            }
        };
        Ok(ProcessOutput {
            output,
            truncated,
            running,
            exit_code,
            error,
            wall_duration_ms,
        })
    }

    pub(crate) fn log(&self, offset: u64) -> Result<(Vec<u8>, u64), Failure> {
        let log = self.dir.log(offset);
        log.map_err(|error| Failure::io("the log", &error))
    }

    /// Signals the whole process group.
    pub(crate) fn signal(&self, signal: wire::Signal) -> Result<(), Failure> {
        let failed = |error: io::Error| Failure::io("the signal", &error);
        let exited = || Failure::new(Code::Conflict, "the process has already exited");
        // The truth on disk, not our memory of it: a group's number may be given away again.
        let group = match self.dir.look().map_err(failed)? {
            Look::Running => self.dir.group().map_err(failed)?.ok_or_else(|| {
                let message = "the process is still being started";
                Failure::new(Code::Unavailable, message)
            })?,
            // Its shim is gone, so nobody will know how it ends; it can be ended all the same.
            Look::Vanished => self
                .dir
                .orphaned_group()
                .map_err(failed)?
                .ok_or_else(exited)?,
            Look::Unclaimed | Look::Exited(_) => return Err(exited()),
        };
        let signal = match signal {
            wire::Signal::Kill => Signal::KILL,
            wire::Signal::Terminate => Signal::TERM,
        };
        match rustix::process::kill_process_group(group, signal) {
            Ok(()) => Ok(()),
            Err(rustix::io::Errno::SRCH) => Err(exited()),
            Err(error) => Err(failed(error.into())),
        }
    }

    pub(super) fn info(&self) -> ProcessInfo {
        let meta = self.current_meta();
        let exit_code = match &*self.state.borrow() {
            State::Ended(Ended::Exited(exit)) => Some(exit.exit_code),
            State::Ended(Ended::Vanished | Ended::NeverStarted) => Some(-1),
            State::Starting | State::Running => None,
        };
        ProcessInfo {
            id: meta.id,
            command: meta.command,
            workdir: meta.workdir,
            background: meta.background,
            running: self.is_running(),
            exit_code,
            started_at: meta.started_at,
            exited_at: self.exited_at(),
        }
    }

    /// The shim's own record where there is one.
    fn current_meta(&self) -> Meta {
        match self.dir.meta() {
            Ok(Some(meta)) => meta,
            Ok(None) | Err(_) => self.meta.clone(),
        }
    }
}
