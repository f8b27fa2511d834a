//! The process shim: a small program that runs one command and outlives the agent.
//!
//! A hidden subcommand of our own binary. It takes its order on stdin, leaves the agent's
//! session, claims the process's folder (so that of two shims with one order one turns back),
//! starts the command in its own process group, owns its pipe, and writes down how it ended.
//! It has no runtime and at most three threads.

mod capture;

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fs::{File, OpenOptions};
use std::io::{self, PipeReader, Read, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::OpenOptionsExt;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, ExitCode, Stdio};
use std::time::Duration;

use muster_base::{Clock, Stopwatch, limits};
use rustix::event::{PollFd, PollFlags, Timespec};
use rustix::process::{Pid, Signal, WaitId, WaitIdOptions};
use serde::{Deserialize, Serialize};

use crate::process_dir::{Exit, Meta, ProcessDir};
use capture::Capture;

/// Exit code of a command that could not be started, as a shell has it.
const NOT_STARTED: i32 = 127;
/// Shells report a death by signal n as this plus n.
const SIGNAL_BASE: i32 = 128;

/// What the agent asks of a shim. It travels over stdin: an environment may hold what must not
/// lie on a disk.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Order {
    /// As bytes: a path or variable need not be UTF-8.
    pub(crate) argv: Vec<Vec<u8>>,
    pub(crate) env: Vec<(Vec<u8>, Vec<u8>)>,
    pub(crate) workdir: Vec<u8>,
    pub(crate) timeout_ms: Option<u64>,
    pub(crate) meta: Meta,
}

/// A shim could not do its work.
#[derive(Debug, thiserror::Error)]
#[error("the shim can't {step}")]
struct Error {
    step: &'static str,
    #[source]
    source: io::Error,
}

fn at<E: Into<io::Error>>(step: &'static str) -> impl FnOnce(E) -> Error {
    move |source| Error {
        step,
        source: source.into(),
    }
}

/// Entry of the hidden subcommand; the one argument is the process's folder.
#[must_use]
pub fn main(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    let Some(folder) = args.into_iter().last() else {
        return ExitCode::from(2);
    };
    match run(&ProcessDir::new(folder)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(error = &error as &dyn std::error::Error, "shim failed");
            ExitCode::FAILURE
        }
    }
}

fn run(dir: &ProcessDir) -> Result<(), Error> {
    let mut order = Vec::new();
    io::stdin()
        .read_to_end(&mut order)
        .map_err(at("read its order"))?;
    // An agent that died while it wrote leaves half an order: then nothing is started.
    let order: Order = serde_json::from_slice(&order).map_err(at("read its order"))?;
    // Fails if we lead a group already; then the session is ours anyway.
    let _ = rustix::process::setsid();
    // Opened before the claim, so that a claimed folder's fifo always has its writer.
    let mut events = OpenOptions::new()
        .read(true)
        .write(true)
        .custom_flags(i32::try_from(rustix::fs::OFlags::NONBLOCK.bits()).unwrap_or_default())
        .open(dir.events())
        .map_err(at("open its fifo"))?;
    let clock = Clock::system();
    let meta = Meta {
        started_at: clock.now(),
        ..order.meta.clone()
    };
    let Some(_claim) = dir.claim(&meta).map_err(at("claim its folder"))? else {
        return Ok(());
    };
    let watch = clock.stopwatch();
    let mut supervised = match start(&order) {
        Ok(started) => started,
        Err(error) => {
            let exit = Exit {
                exit_code: NOT_STARTED,
                exited_at: clock.now(),
                wall_duration_ms: 0,
                error: Some(format!("the command could not be started: {error}")),
            };
            dir.write_exit(&exit).map_err(at("write the result"))?;
            tell(&mut events);
            return Ok(());
        }
    };
    if let Some(group) = supervised.group() {
        dir.write_group(group).map_err(at("write its group"))?;
    }
    tell(&mut events);
    let limit = order.timeout_ms.map(Duration::from_millis);
    let mut capture = Capture::open(dir).map_err(at("open its output"))?;
    let killed = supervised
        .until_exit(&mut capture, &watch, limit)
        .map_err(at("wait"))?;
    supervised
        .drain(&mut capture, killed)
        .map_err(at("read output"))?;
    let exit = supervised
        .exit(&clock, &watch, killed)
        .map_err(at("reap"))?;
    dir.write_exit(&exit).map_err(at("write the result"))?;
    tell(&mut events);
    // Children that the command left behind may still write; the pipe stays ours so that they
    // are not killed by its end, and their output goes on into the log.
    supervised
        .read_to_end(&mut capture)
        .map_err(at("read output"))
}

/// The hint is worth nothing if nobody listens, and a full fifo holds enough hints already.
fn tell(events: &mut File) {
    drop(events.write(b"."));
}

struct Supervised {
    child: Child,
    output: PipeReader,
    /// Readable once the child has exited.
    exited: PipeReader,
    ended: bool,
}

fn start(order: &Order) -> io::Result<Supervised> {
    let argv: Vec<&OsStr> = order
        .argv
        .iter()
        .map(|word| OsStr::from_bytes(word))
        .collect();
    let (program, args) = argv
        .split_first()
        .ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?;
    // One pipe for both streams keeps their lines in order.
    let (output, writer) = io::pipe()?;
    let mut command = Command::new(program);
    command
        .args(args)
        .env_clear()
        .envs(
            order
                .env
                .iter()
                .map(|(key, value)| (OsStr::from_bytes(key), OsStr::from_bytes(value))),
        )
        .current_dir(OsStr::from_bytes(&order.workdir))
        .stdin(Stdio::null())
        .stdout(writer.try_clone()?)
        .stderr(writer)
        .process_group(0);
    let child = command.spawn()?;
    // The command's ends of the pipe live in `command`.
    drop(command);
    let (exited, mut signal) = io::pipe()?;
    if let Some(pid) = i32::try_from(child.id()).ok().and_then(Pid::from_raw) {
        std::thread::Builder::new()
            .name("wait".to_owned())
            .spawn(move || {
                // NOWAIT: the id stays taken until we reap, so a signal can't hit a stranger.
                let options = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
                while rustix::process::waitid(WaitId::Pid(pid), options)
                    .is_err_and(|error| error == rustix::io::Errno::INTR)
                {}
                drop(signal.write(b"."));
            })?;
    }
    Ok(Supervised {
        child,
        output,
        exited,
        ended: false,
    })
}

/// What ended a wait.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Woken {
    Output,
    Exit,
    Time,
}

impl Supervised {
    fn group(&self) -> Option<Pid> {
        i32::try_from(self.child.id()).ok().and_then(Pid::from_raw)
    }

    /// Copies output until the command exits; kills it at `limit`. Says whether it did.
    fn until_exit(
        &mut self,
        capture: &mut Capture<'_>,
        watch: &Stopwatch,
        limit: Option<Duration>,
    ) -> io::Result<bool> {
        let mut killed = false;
        loop {
            let left = match limit {
                Some(limit) if !killed => Some(limit.saturating_sub(watch.elapsed())),
                _ => None,
            };
            match self.wait(left, true)? {
                Woken::Exit => return Ok(killed),
                Woken::Output => self.copy(capture)?,
                Woken::Time => {
                    killed = true;
                    if let Some(group) = self.group() {
                        // Fails only if the whole group is gone, which is what we want.
                        let _ = rustix::process::kill_process_group(group, Signal::KILL);
                    }
                }
            }
        }
    }

    /// After the exit: what is still in the pipe, and a short grace for others who hold it.
    fn drain(&mut self, capture: &mut Capture<'_>, killed: bool) -> io::Result<()> {
        let grace = if killed {
            limits::PROCESS_PIPE_GRACE
        } else {
            limits::PROCESS_EXIT_GRACE
        };
        let watch = Clock::system().stopwatch();
        while !self.ended {
            let left = grace.saturating_sub(watch.elapsed());
            match self.wait(Some(left), false)? {
                Woken::Output => self.copy(capture)?,
                Woken::Exit | Woken::Time => break,
            }
        }
        Ok(())
    }

    fn read_to_end(&mut self, capture: &mut Capture<'_>) -> io::Result<()> {
        while !self.ended {
            self.copy(capture)?;
        }
        Ok(())
    }

    fn copy(&mut self, capture: &mut Capture<'_>) -> io::Result<()> {
        let mut buffer = [0; 64 * 1024];
        let count = self.output.read(&mut buffer)?;
        self.ended = count == 0;
        capture.push(buffer.get(..count).unwrap_or_default());
        Ok(())
    }

    /// Waits for output, and for the exit if asked to, for at most `left`.
    fn wait(&self, left: Option<Duration>, for_exit: bool) -> io::Result<Woken> {
        if left.is_some_and(|left| left.is_zero()) {
            return Ok(Woken::Time);
        }
        let timeout = match left {
            Some(left) => Some(Timespec::try_from(left).map_err(io::Error::other)?),
            None => None,
        };
        let mut fds = Vec::with_capacity(2);
        if for_exit {
            fds.push(PollFd::new(&self.exited, PollFlags::IN));
        }
        // A pipe that has ended would wake us for ever.
        if !self.ended {
            fds.push(PollFd::new(&self.output, PollFlags::IN));
        }
        loop {
            match rustix::event::poll(&mut fds, timeout.as_ref()) {
                Err(rustix::io::Errno::INTR) => {}
                Err(error) => return Err(error.into()),
                Ok(0) => return Ok(Woken::Time),
                Ok(_) => break,
            }
        }
        let exited = for_exit && fds.first().is_some_and(|fd| !fd.revents().is_empty());
        // Exit first: children that go on writing must not hide it. `drain` reads the rest.
        Ok(if exited { Woken::Exit } else { Woken::Output })
    }

    fn exit(&mut self, clock: &Clock, watch: &Stopwatch, killed: bool) -> io::Result<Exit> {
        use std::os::unix::process::ExitStatusExt;
        let status = self.child.wait()?;
        let signal = status.signal();
        let exit_code = status
            .code()
            .or_else(|| signal.map(|number| SIGNAL_BASE + number));
        Ok(Exit {
            exit_code: exit_code.unwrap_or(-1),
            exited_at: clock.now(),
            wall_duration_ms: u64::try_from(watch.elapsed().as_millis()).unwrap_or(u64::MAX),
            error: match (killed, signal) {
                (true, _) => Some("killed at its time limit".to_owned()),
                (false, Some(number)) => Some(format!("ended by signal {number}")),
                (false, None) => None,
            },
        })
    }
}

/// The environment that every command gets on top of the workspace's: nothing may page, open
/// an editor or ask for a password, because nobody is there to answer.
pub(crate) fn unattended() -> BTreeMap<&'static str, &'static str> {
    BTreeMap::from([
        ("CODER_CHAT_AGENT", "true"),
        ("EDITOR", "true"),
        ("VISUAL", "true"),
        ("GIT_EDITOR", "true"),
        ("GIT_SEQUENCE_EDITOR", "true"),
        ("PAGER", "cat"),
        ("GIT_PAGER", "cat"),
        ("MANPAGER", "cat"),
        ("SYSTEMD_PAGER", "cat"),
        ("TERM", "dumb"),
        ("NO_COLOR", "1"),
        ("GIT_TERMINAL_PROMPT", "0"),
        ("GIT_ASKPASS", "true"),
    ])
}
