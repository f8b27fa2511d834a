//! One terminal: its processes, its output, and those who watch.

use std::collections::HashMap;
use std::fmt;
use std::io::{self, Read, Write};
use std::sync::Arc;

use bytes::Bytes;
use muster_base::{PtyId, limits};
use parking_lot::{Condvar, Mutex};
use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};
use rustix::fs::{Mode, OFlags};
use rustix::process::{Pid, Signal, WaitId, WaitIdOptions};
use tokio::sync::watch;

use super::scrollback::Scrollback;

/// One terminal.
pub(crate) struct Session {
    pub(crate) id: PtyId,
    master: Mutex<Box<dyn MasterPty + Send>>,
    /// Writing blocks while no program reads; so only threads that may block write.
    writer: Arc<tokio::sync::Mutex<Box<dyn Write + Send>>>,
    output: Mutex<Output>,
    /// Wakes the threads: a client has taken something or left, or all was read.
    room: Condvar,
    /// Position behind the last output; changes also when the terminal ends.
    grown: watch::Sender<u64>,
    clients: watch::Sender<usize>,
}

struct Output {
    scrollback: Scrollback,
    /// How far each client has come.
    positions: HashMap<u64, u64>,
    next_client: u64,
    /// The session's leader, until it is reaped: its number then belongs to somebody else.
    leader: Option<Pid>,
    /// The reading thread waits for a client.
    is_full: bool,
    /// Everything that the terminal has put out was read.
    is_drained: bool,
    ended: bool,
}

/// What the reading thread needs of a new terminal.
pub(crate) struct Started {
    reader: Box<dyn Read + Send>,
    child: Box<dyn Child + Send + Sync>,
}

impl Session {
    /// Opens a terminal and starts its first process.
    pub(crate) fn start(
        id: PtyId,
        size: PtySize,
        command: CommandBuilder,
    ) -> io::Result<(Arc<Self>, Started)> {
        let pair = native_pty_system()
            .openpty(size)
            .map_err(io::Error::other)?;
        let child = pair.slave.spawn_command(command);
        let child = child.map_err(io::Error::other)?;
        // The programs hold the other end; while we held it too, no end would ever be seen.
        drop(pair.slave);
        let reader = pair.master.try_clone_reader().map_err(io::Error::other)?;
        let writer = pair.master.take_writer().map_err(io::Error::other)?;
        let number = child
            .process_id()
            .and_then(|number| i32::try_from(number).ok());
        let output = Output {
            scrollback: Scrollback::new(limits::PTY_SCROLLBACK_BYTES),
            positions: HashMap::new(),
            next_client: 0,
            leader: number.and_then(Pid::from_raw),
            is_full: false,
            is_drained: false,
            ended: false,
        };
        let session = Arc::new(Self {
            id,
            master: Mutex::new(pair.master),
            writer: Arc::new(tokio::sync::Mutex::new(writer)),
            output: Mutex::new(output),
            room: Condvar::new(),
            grown: watch::Sender::new(0),
            clients: watch::Sender::new(0),
        });
        Ok((session, Started { reader, child }))
    }

    /// Starts the threads that read the terminal and wait for its leader. They belong to no
    /// set of tasks: a process that has left the session may hold the terminal open for as
    /// long as it likes, and nobody waits for that.
    pub(crate) fn run(self: &Arc<Self>, started: Started) -> io::Result<()> {
        let Started { reader, mut child } = started;
        let reading = self.clone();
        let thread = |name: &str| std::thread::Builder::new().name(name.to_owned());
        thread("pty.read").spawn(move || reading.read(reader))?;
        let waiting = self.clone();
        thread("pty.wait").spawn(move || {
            waiting.reap(&mut child);
            waiting.finish();
        })?;
        Ok(())
    }

    /// Reads until the terminal has ended; blocks.
    fn read(&self, mut reader: Box<dyn Read + Send>) {
        let mut buffer = [0; limits::PTY_CHUNK_BYTES_MAX];
        loop {
            match reader.read(&mut buffer) {
                Ok(0) => break,
                Ok(count) => {
                    if !self.append(buffer.get(..count).unwrap_or_default()) {
                        break;
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    tracing::debug!(pty.id = %self.id, error = %error, "terminal broke off");
                    break;
                }
            }
        }
        self.output.lock().is_drained = true;
        self.room.notify_all();
    }

    /// Waits until the leader has exited; blocks.
    fn reap(&self, child: &mut Box<dyn Child + Send + Sync>) {
        let leader = self.output.lock().leader;
        if let Some(leader) = leader {
            // Not reaped by this: until the next step nobody else can have its number.
            let options = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
            while rustix::process::waitid(WaitId::Pid(leader), options)
                .is_err_and(|error| error == rustix::io::Errno::INTR)
            {}
        }
        self.output.lock().leader = None;
        if let Err(error) = child.wait() {
            tracing::debug!(pty.id = %self.id, error = %error, "terminal's process is not ours");
        }
    }

    /// The leader is gone: what it has put out is still read, what others who hold the
    /// terminal may put out later is not.
    fn finish(&self) {
        let mut output = self.output.lock();
        let mut seen = output.scrollback.end();
        while !output.is_drained {
            let waited = self.room.wait_for(&mut output, limits::PROCESS_EXIT_GRACE);
            let now = output.scrollback.end();
            if waited.timed_out() && now == seen && !output.is_full {
                break;
            }
            seen = now;
        }
        output.ended = true;
        let is_drained = output.is_drained;
        drop(output);
        // The number stays; the change itself is the news.
        self.grown.send_modify(|_| {});
        if !is_drained {
            self.wake_reader();
        }
    }

    /// The reading thread sits in a call that only output ends.
    fn wake_reader(&self) {
        let Some(name) = self.master.lock().tty_name() else {
            return;
        };
        let flags = OFlags::WRONLY | OFlags::NOCTTY | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let opened = rustix::fs::open(name, flags, Mode::empty());
        if let Ok(opened) = opened {
            // If even this does not reach it, it ends with whoever holds the terminal.
            let _ = rustix::io::write(opened, b"\n");
        }
    }

    /// Keeps output; first waits until the slowest client has room for it. False when the
    /// terminal has ended meanwhile.
    fn append(&self, bytes: &[u8]) -> bool {
        let mut output = self.output.lock();
        let room = limits::PTY_SCROLLBACK_BYTES.saturating_sub(bytes.len()) as u64;
        while output.slowest_behind() > room && !output.ended {
            output.is_full = true;
            self.room.wait(&mut output);
        }
        output.is_full = false;
        if output.ended {
            return false;
        }
        output.scrollback.push(bytes);
        let end = output.scrollback.end();
        drop(output);
        self.grown.send_replace(end);
        true
    }

    /// Sends a signal to the whole session's foremost group, unless it has ended.
    pub(crate) fn signal(&self, signal: Signal) {
        let output = self.output.lock();
        if let Some(leader) = output.leader {
            // Gone already is what is wanted.
            let _ = rustix::process::kill_process_group(leader, signal);
        }
    }

    pub(crate) fn resize(&self, size: PtySize) {
        if let Err(error) = self.master.lock().resize(size) {
            tracing::debug!(pty.id = %self.id, error = %error, "terminal can't be resized");
        }
    }

    /// The only way to write. The owner of the guard may block.
    pub(crate) async fn writer(&self) -> tokio::sync::OwnedMutexGuard<Box<dyn Write + Send>> {
        self.writer.clone().lock_owned().await
    }

    pub(crate) fn has_ended(&self) -> bool {
        self.output.lock().ended
    }

    /// Waits until the terminal has ended.
    pub(crate) async fn ended(&self) {
        let mut grown = self.grown.subscribe();
        while !self.has_ended() && grown.changed().await.is_ok() {}
    }

    /// Waits until nobody watches.
    pub(crate) async fn abandoned(&self) {
        let mut clients = self.clients.subscribe();
        // The sender is ours.
        drop(clients.wait_for(|count| *count == 0).await);
    }

    /// Waits until somebody watches.
    pub(crate) async fn joined(&self) {
        let mut clients = self.clients.subscribe();
        drop(clients.wait_for(|count| *count > 0).await);
    }

    /// Begins to watch, from what is kept on; `None` when there are too many clients.
    pub(crate) fn join(self: &Arc<Self>) -> Option<Client> {
        let mut output = self.output.lock();
        if output.positions.len() >= limits::PTY_CLIENTS_MAX {
            return None;
        }
        let number = output.next_client;
        output.next_client += 1;
        let position = output.scrollback.replay_from();
        output.positions.insert(number, position);
        drop(output);
        self.clients.send_modify(|count| *count += 1);
        Some(Client {
            grown: self.grown.subscribe(),
            session: self.clone(),
            number,
        })
    }
}

impl Output {
    fn slowest_behind(&self) -> u64 {
        let positions = self.positions.values();
        let behind = positions.map(|position| self.scrollback.behind(*position));
        behind.max().unwrap_or(0)
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Session({})", self.id)
    }
}

/// Somebody who watches a terminal; dropping it leaves.
#[derive(Debug)]
pub(crate) struct Client {
    session: Arc<Session>,
    number: u64,
    grown: watch::Receiver<u64>,
}

impl Client {
    /// The next output; `None` when the terminal has ended and all was given.
    pub(crate) async fn next(&mut self) -> Option<Bytes> {
        loop {
            self.grown.mark_unchanged();
            if let Some(taken) = self.take() {
                return taken;
            }
            self.grown.changed().await.ok()?;
        }
    }

    /// `Some(None)` at the end, `None` when there is nothing yet.
    fn take(&self) -> Option<Option<Bytes>> {
        let mut output = self.session.output.lock();
        let position = output.positions.get(&self.number).copied()?;
        let (bytes, next) = output
            .scrollback
            .read(position, limits::PTY_CHUNK_BYTES_MAX);
        if bytes.is_empty() {
            return output.ended.then_some(None);
        }
        output.positions.insert(self.number, next);
        drop(output);
        self.session.room.notify_all();
        Some(Some(bytes))
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        self.session.output.lock().positions.remove(&self.number);
        self.session.room.notify_all();
        self.session.clients.send_modify(|count| *count -= 1);
    }
}
