//! Commands: started once per effect id through a shim, watched, signalled, listed.

mod render;

use std::collections::HashMap;
use std::ffi::OsString;
use std::io;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use muster_agent_link::wire::{self, Code, ProcessInfo, ProcessOutput, ProcessStart};
use muster_base::{ChatId, Clock, EffectId, Micros, TaskSet, limits};
use parking_lot::Mutex;
use rustix::process::Signal;
use tokio::io::AsyncWriteExt;
use tokio::net::unix::pipe;
use tokio::process::Child;
use tokio::sync::watch;

use crate::process_dir::{Exit, Look, Meta, ProcessDir};
use crate::shim::{Order, unattended};
use crate::{Failure, Options};
pub(crate) use render::prefix;

/// What the model reads when a process was lost with its workspace.
const OUTCOME_UNKNOWN: &str =
    "the process ended when the workspace stopped; its outcome is unknown";

/// All processes of this workspace that are not forgotten.
#[derive(Debug)]
pub(crate) struct Exec {
    root: PathBuf,
    shim: Vec<OsString>,
    wrapper: Vec<OsString>,
    env: Vec<(OsString, OsString)>,
    directory: PathBuf,
    clock: Clock,
    tasks: TaskSet,
    processes: Mutex<HashMap<EffectId, Arc<Process>>>,
}

/// One process.
#[derive(Debug)]
pub(crate) struct Process {
    dir: ProcessDir,
    meta: Meta,
    state: watch::Sender<State>,
}

/// A process between its effect's beginning and its shim's.
#[derive(Debug)]
pub(crate) struct Reserved {
    pub(crate) process: Arc<Process>,
    order: Order,
}

impl Reserved {
    /// The chat that owns the process.
    pub(crate) fn chat_id(&self) -> Option<ChatId> {
        self.process.meta.chat_id
    }
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

impl Exec {
    pub(crate) fn new(options: &Options, clock: Clock, tasks: TaskSet) -> io::Result<Self> {
        let root = options.state_dir.join("proc");
        std::fs::create_dir_all(&root)?;
        Ok(Self {
            root,
            shim: options.shim.clone(),
            wrapper: options.command_wrapper.clone(),
            env: options.env.clone(),
            directory: options.directory.clone(),
            clock,
            tasks,
            processes: Mutex::default(),
        })
    }

    fn dir(&self, id: EffectId) -> ProcessDir {
        ProcessDir::new(self.root.join(id.to_string()))
    }

    /// Where a command of this call will start.
    pub(crate) fn workdir(&self, start: &ProcessStart) -> Result<PathBuf, Failure> {
        let workdir = match &start.workdir {
            Some(workdir) => PathBuf::from(workdir),
            None => self.directory.clone(),
        };
        if !workdir.is_absolute() {
            return Err(Failure::bad("workdir must be an absolute path"));
        }
        if !workdir.is_dir() {
            let message = format!("workdir {} is not a directory", workdir.display());
            return Err(Failure::new(Code::NotFound, message));
        }
        Ok(workdir)
    }

    fn order(&self, start: &ProcessStart, workdir: &Path) -> Order {
        let shell: [OsString; 3] = ["/bin/sh".into(), "-c".into(), (&start.command).into()];
        let argv = self.wrapper.iter().cloned().chain(shell);
        let mut env: HashMap<Vec<u8>, Vec<u8>> = HashMap::new();
        for (key, value) in &self.env {
            env.insert(key.as_bytes().to_vec(), value.as_bytes().to_vec());
        }
        for (key, value) in unattended() {
            env.insert(key.into(), value.into());
        }
        if let Some(chat_id) = start.chat_id {
            env.insert("CODER_CHAT_ID".into(), chat_id.to_string().into());
        }
        for (key, value) in &start.env {
            env.insert(key.clone().into(), value.clone().into());
        }
        Order {
            argv: argv.map(OsStringExt::into_vec).collect(),
            env: env.into_iter().collect(),
            workdir: workdir.as_os_str().as_bytes().to_vec(),
            timeout_ms: start.timeout_ms,
            meta: Meta {
                id: start.id,
                command: start.command.clone(),
                workdir: workdir.display().to_string(),
                background: start.background,
                chat_id: start.chat_id,
                // The shim puts the true time in.
                started_at: self.clock.now(),
            },
        }
    }

    /// Enters a process that is about to be started, so that calls for it find it.
    pub(crate) fn reserve(&self, start: &ProcessStart, workdir: &Path) -> Reserved {
        let order = self.order(start, workdir);
        let process = Arc::new(Process {
            dir: self.dir(start.id),
            meta: order.meta.clone(),
            state: watch::Sender::new(State::Starting),
        });
        self.processes.lock().insert(start.id, process.clone());
        Reserved { process, order }
    }

    /// Starts a reserved process's shim and watches it. The caller has the intent on disk.
    pub(crate) async fn launch(&self, reserved: &Reserved) -> Result<(), Failure> {
        let failed = |error: io::Error| Failure::io("the process shim", &error);
        let process = &reserved.process;
        process.dir.create().map_err(failed)?;
        // Before the shim, so that none of its hints is missed.
        let events = pipe::OpenOptions::new().open_receiver(process.dir.events());
        let events = events.map_err(failed)?;
        let shim = self
            .spawn_shim(&process.dir, &reserved.order)
            .await
            .map_err(failed)?;
        self.watch(process.clone(), events, Some(shim));
        Ok(())
    }

    /// Forgets a process that never started.
    pub(crate) fn discard(&self, id: EffectId) {
        let process = self.processes.lock().remove(&id);
        if let Some(process) = process {
            process.settle(Look::Unclaimed);
            remove(&process.dir);
        }
    }

    async fn spawn_shim(&self, dir: &ProcessDir, order: &Order) -> io::Result<Child> {
        let order = serde_json::to_vec(order)?;
        let (program, args) = self
            .shim
            .split_first()
            .ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?;
        let mut shim = tokio::process::Command::new(program)
            .args(args)
            .arg(dir.path())
            .env_clear()
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        if let Some(mut stdin) = shim.stdin.take() {
            stdin.write_all(&order).await?;
            stdin.shutdown().await?;
        }
        Ok(shim)
    }

    /// Takes up a process of an earlier agent; `None` if its folder shows that no shim ever
    /// claimed it.
    pub(crate) fn attach(self: &Arc<Self>, id: EffectId) -> io::Result<Option<Arc<Process>>> {
        let dir = self.dir(id);
        let events = pipe::OpenOptions::new().open_receiver(dir.events());
        let look = dir.look()?;
        let Some(meta) = dir.meta()? else {
            // A lock without a claim is a shim between the two: it must be waited for.
            if look != Look::Running {
                return Ok(None);
            }
            return self.attach_unclaimed(id, dir, events?).map(Some);
        };
        let process = Arc::new(Process {
            dir,
            meta,
            state: watch::Sender::new(State::Running),
        });
        self.processes.lock().insert(id, process.clone());
        process.settle(look);
        if !process.is_ended() {
            self.watch(process.clone(), events?, None);
        }
        Ok(Some(process))
    }

    fn attach_unclaimed(
        self: &Arc<Self>,
        id: EffectId,
        dir: ProcessDir,
        events: pipe::Receiver,
    ) -> io::Result<Arc<Process>> {
        let process = Arc::new(Process {
            dir,
            meta: Meta {
                id,
                command: String::new(),
                workdir: String::new(),
                background: false,
                chat_id: None,
                started_at: self.clock.now(),
            },
            state: watch::Sender::new(State::Starting),
        });
        self.processes.lock().insert(id, process.clone());
        self.watch(process.clone(), events, None);
        Ok(process)
    }

    /// Follows a process until it has ended or this agent goes.
    fn watch(&self, process: Arc<Process>, events: pipe::Receiver, shim: Option<Child>) {
        let drain = self.tasks.drain().clone();
        let clock = self.clock.clone();
        self.tasks.spawn("exec.watch", async move {
            let followed = process.follow(&clock, events, shim);
            drain.run_until_cancelled(followed).await;
        });
    }

    /// Processes that an earlier agent left; those of chats long gone are removed.
    pub(crate) fn adopt(self: &Arc<Self>) -> io::Result<()> {
        for entry in std::fs::read_dir(&self.root)? {
            let name = entry?.file_name();
            let id: Option<EffectId> = name.to_str().and_then(|name| name.parse().ok());
            let Some(id) = id else { continue };
            if self.processes.lock().contains_key(&id) {
                continue;
            }
            match self.attach(id) {
                Ok(Some(_)) => {}
                Ok(None) => remove(&self.dir(id)),
                Err(error) => {
                    tracing::warn!(process.id = %id, error = %error, "process can't be attached");
                }
            }
        }
        Ok(())
    }

    /// Forgets processes that ended long ago.
    pub(crate) fn sweep(&self) {
        let now = self.clock.now();
        let old = |process: &Arc<Process>| {
            let exited = process.exited_at();
            exited.is_some_and(|at| now.since(at) > limits::PROCESS_KEEP)
        };
        let gone: Vec<_> = self
            .processes
            .lock()
            .extract_if(|_, process| old(process))
            .collect();
        for (_, process) in gone {
            remove(&process.dir);
        }
    }

    /// The process, if the calling chat may see it.
    pub(crate) fn find(&self, id: EffectId, caller: &Caller) -> Result<Arc<Process>, Failure> {
        let found = self.processes.lock().get(&id).cloned();
        found
            .filter(|process| caller.may_see(&process.meta))
            .ok_or_else(|| Failure::new(Code::NotFound, format!("there is no process {id}")))
    }

    /// The process, whoever asks.
    pub(crate) fn get(&self, id: EffectId) -> Option<Arc<Process>> {
        self.processes.lock().get(&id).cloned()
    }

    /// Processes of the calling chat that run or ended lately.
    pub(crate) fn list(&self, caller: &Caller) -> Vec<ProcessInfo> {
        let now = self.clock.now();
        let processes = self.processes.lock();
        let mut list: Vec<ProcessInfo> = processes
            .values()
            .filter(|process| caller.may_see(&process.meta))
            .map(|process| process.info())
            .filter(|info| {
                let exited = info.exited_at;
                exited.is_none_or(|at| now.since(at) < limits::PROCESS_LINGER)
            })
            .collect();
        list.sort_by_key(|info| (info.started_at, info.id));
        list
    }
}

fn remove(dir: &ProcessDir) {
    match dir.remove() {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => tracing::warn!(error = %error, "process folder stays"),
    }
}

/// For whom a call is made.
#[derive(Clone, Debug, Default)]
pub(crate) struct Caller {
    pub(crate) chat_id: Option<ChatId>,
    pub(crate) ancestors: Vec<ChatId>,
}

impl Caller {
    /// A chat sees its own and its ancestors' processes; the server itself sees all.
    fn may_see(&self, meta: &Meta) -> bool {
        match (self.chat_id, meta.chat_id) {
            (None, _) | (_, None) => true,
            (Some(caller), Some(owner)) => caller == owner || self.ancestors.contains(&owner),
        }
    }
}

impl Process {
    async fn follow(&self, clock: &Clock, events: pipe::Receiver, shim: Option<Child>) {
        let reaped = async {
            if let Some(mut shim) = shim
                && let Err(error) = shim.wait().await
            {
                tracing::warn!(error = %error, "shim can't be waited for");
            }
        };
        tokio::pin!(reaped);
        let mut shim_ended = false;
        loop {
            self.look(shim_ended);
            if self.is_ended() && shim_ended {
                return;
            }
            tokio::select! {
                () = hint(&events) => {}
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

    fn settle(&self, look: Look) {
        let next = match look {
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

    fn is_ended(&self) -> bool {
        matches!(*self.state.borrow(), State::Ended(_))
    }

    /// Whether no shim ever took the command.
    pub(crate) fn never_started(&self) -> bool {
        matches!(*self.state.borrow(), State::Ended(Ended::NeverStarted))
    }

    pub(crate) fn is_running(&self) -> bool {
        !self.is_ended()
    }

    fn exited_at(&self) -> Option<Micros> {
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
        let (output, truncated) = render::render(&captured);
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
        if self.dir.look().map_err(failed)? != Look::Running {
            return Err(exited());
        }
        let Some(group) = self.dir.group().map_err(failed)? else {
            let message = "the process is still being started";
            return Err(Failure::new(Code::Unavailable, message));
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

    fn info(&self) -> ProcessInfo {
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

/// Waits for a byte in the fifo, or for its end.
async fn hint(events: &pipe::Receiver) {
    let mut bytes = [0; 64];
    loop {
        if events.readable().await.is_err() {
            return;
        }
        match events.try_read(&mut bytes) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            // An end (0 bytes) is news as well: the shim has gone.
            Ok(_) | Err(_) => return,
        }
    }
}
