//! Commands: started once per effect id through a shim, watched, signalled, listed.

mod hints;
mod process;
mod render;

use std::collections::HashMap;
use std::ffi::OsString;
use std::io;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;

use muster_agent_link::wire::{Code, ProcessInfo, ProcessStart};
use muster_base::{ChatId, Clock, EffectId, Micros, TaskSet, limits};
use parking_lot::Mutex;
use tokio::io::AsyncWriteExt;
use tokio::net::unix::pipe;
use tokio::process::Child;

use crate::process_dir::{Look, Meta, ProcessDir};
use crate::shim::{Order, unattended};
use crate::{Failure, Options};
pub(crate) use process::{Begun, Process};
pub(crate) use render::prefix;

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
        let process = Arc::new(Process::new(self.dir(start.id), order.meta.clone()));
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

    /// Forgets a process that never started. Its folder stays, see `remove_abandoned`.
    pub(crate) fn discard(&self, id: EffectId) {
        let process = self.processes.lock().remove(&id);
        if let Some(process) = process {
            process.settle(Look::Unclaimed);
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
        let process = Arc::new(Process::new(dir, meta));
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
        let unknown = Meta {
            id,
            command: String::new(),
            workdir: String::new(),
            background: false,
            chat_id: None,
            started_at: self.clock.now(),
        };
        let process = Arc::new(Process::new(dir, unknown));
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
                Ok(None) => self.remove_abandoned(&self.dir(id)),
                Err(error) => {
                    tracing::warn!(process.id = %id, error = %error, "process can't be attached");
                }
            }
        }
        Ok(())
    }

    /// Removes the folder of a command that never started, once no shim can be on its way any
    /// more. Until then a shim that was slow to begin may still claim it, and must find the
    /// same lock as any other shim with the same order.
    fn remove_abandoned(&self, dir: &ProcessDir) {
        let made = std::fs::metadata(dir.path()).and_then(|folder| folder.modified());
        let Ok(Ok(made)) = made.map(|at| at.duration_since(std::time::UNIX_EPOCH)) else {
            return;
        };
        let age = self.clock.now().since(Micros::ZERO + made);
        if age > limits::PROCESS_KEEP {
            remove(dir);
        }
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
