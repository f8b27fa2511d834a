//! What the calls of the API act on, and the effects that happen exactly once.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use muster_agent_link::wire::{
    Code, EditFiles, ProcessStart, ProcessStarted, Signal, SignalDone, StoredAnswer,
};
use muster_base::{Clock, EffectId, TaskSet};
use parking_lot::Mutex;
use tokio::sync::watch;

use crate::exec::{Begun, Caller, Exec, Process, Reserved};
use crate::files::{Places, Writer, recover};
use crate::git::Repositories;
use crate::journal::{Begin, Intent, Journal, Plan, Ticket, Waiter};
use crate::pty::Ptys;
use crate::{Failure, Options, StartError};

/// The effect of a call, from its headers.
#[derive(Clone, Debug)]
pub(crate) struct Tag {
    pub(crate) id: EffectId,
    pub(crate) hash: String,
}

/// One workspace as its agent sees it.
#[derive(Debug)]
pub(crate) struct Workspace {
    pub(crate) home: PathBuf,
    pub(crate) directory: PathBuf,
    pub(crate) places: Places,
    pub(crate) journal: Arc<Journal>,
    pub(crate) exec: Arc<Exec>,
    pub(crate) ptys: Ptys,
    pub(crate) git: Arc<Repositories>,
    pub(crate) clock: Clock,
    pub(crate) tasks: TaskSet,
    /// Bumped when a call or a command may have changed files.
    touched: watch::Sender<u64>,
    /// One writing call at a time: what a plan has read must still be there when it writes.
    writing: Mutex<()>,
    /// Makes "begin the effect" and "enter the process" one step.
    starting: Mutex<()>,
}

impl Workspace {
    /// Opens the state folder and settles what an earlier agent left.
    pub(crate) fn open(
        options: &Options,
        clock: &Clock,
        tasks: &TaskSet,
    ) -> Result<Arc<Self>, StartError> {
        let journal = options.state_dir.join("journal");
        let (journal, open) = Journal::open(&journal, clock.clone())?;
        let exec = Exec::new(options, clock.clone(), tasks.clone());
        let exec = Arc::new(exec.map_err(StartError::State)?);
        let touched = watch::Sender::new(0);
        let ptys = Ptys::new(options, clock.clone(), tasks.clone(), touched.clone());
        let git = Repositories::new(options, clock.clone(), tasks.clone(), touched.clone());
        let workspace = Arc::new(Self {
            home: options.home.clone(),
            directory: options.directory.clone(),
            places: options.places.clone(),
            journal,
            exec,
            ptys,
            git: Arc::new(git),
            touched,
            clock: clock.clone(),
            tasks: tasks.clone(),
            writing: Mutex::default(),
            starting: Mutex::default(),
        });
        workspace.recover(open);
        workspace.exec.adopt().map_err(StartError::State)?;
        Ok(workspace)
    }

    fn recover(self: &Arc<Self>, open: Vec<(EffectId, Intent)>) {
        // Processes first: a signal's recovery asks whether its target runs.
        let is_process = |plan: &Plan| matches!(plan, Plan::Process);
        let (processes, others): (Vec<_>, Vec<_>) = open
            .into_iter()
            .partition(|(_, intent)| is_process(&intent.plan));
        for (id, intent) in processes.into_iter().chain(others) {
            let ticket = self.journal.resume(id);
            match intent.plan {
                Plan::Process => self.recover_process(ticket),
                Plan::Files { files, answer } => {
                    let folder = self.journal.staging(id);
                    finish(ticket, recover(&self.places, &folder, &files, answer));
                }
                Plan::Signal { process, signal } => {
                    finish(ticket, self.send_signal(process, signal));
                }
            }
        }
    }

    fn recover_process(self: &Arc<Self>, ticket: Ticket) {
        match self.exec.attach(ticket.id()) {
            Ok(Some(process)) => self.settle_when_ended(ticket, process),
            // Provably never begun: the same call may come again and starts it then.
            Ok(None) => ticket.withdraw(&never_started()),
            Err(error) => {
                tracing::error!(effect.id = %ticket.id(), error = %error, "process can't be attached");
                ticket.leave_open();
            }
        }
    }

    fn settle_when_ended(self: &Arc<Self>, ticket: Ticket, process: Arc<Process>) {
        let workspace = self.clone();
        self.tasks.spawn("exec.settle", async move {
            let drain = workspace.tasks.drain().clone();
            match drain.run_until_cancelled(process.ended()).await {
                Some(()) => workspace.settle(ticket, &process),
                None => ticket.leave_open(),
            }
        });
    }

    fn settle(&self, ticket: Ticket, process: &Process) {
        self.touch();
        if process.never_started() {
            self.take_back(ticket, &never_started());
            return;
        }
        let answer = match process.output() {
            Ok(output) => StoredAnswer {
                status: 200,
                body: serde_json::to_value(output).unwrap_or_default(),
            },
            Err(failure) => failure.answer(),
        };
        finish(ticket, answer);
    }

    /// `process/start`: answers as soon as the command runs; of any number of calls with one
    /// id exactly one starts it.
    pub(crate) async fn start_process(
        self: &Arc<Self>,
        tag: Tag,
        call: ProcessStart,
    ) -> Result<ProcessStarted, Failure> {
        let id = tag.id;
        let process = {
            let _one_step = self.starting.lock();
            match self.journal.begin(id, &tag.hash) {
                Begin::New(ticket) => Some(self.begin_process(ticket, tag, &call)?),
                Begin::Running(_) | Begin::Ended(_) => self.exec.get(id),
                Begin::Conflict => return Err(conflict()),
            }
        };
        let begun = match process {
            Some(process) => process.begun().await,
            // Forgotten since, but the journal knows that it ran.
            None => Begun::Started,
        };
        match begun {
            Begun::Started => Ok(ProcessStarted { id, started: true }),
            Begun::Never => Err(never_started()),
        }
    }

    fn begin_process(
        self: &Arc<Self>,
        ticket: Ticket,
        tag: Tag,
        call: &ProcessStart,
    ) -> Result<Arc<Process>, Failure> {
        let workdir = match self.exec.workdir(call) {
            Ok(workdir) => workdir,
            Err(failure) => {
                ticket.withdraw(&failure);
                return Err(failure);
            }
        };
        self.exec.sweep();
        let reserved = self.exec.reserve(call, &workdir);
        let process = reserved.process.clone();
        let workspace = self.clone();
        self.tasks.spawn("exec.start", async move {
            workspace.run_process(ticket, tag, reserved).await;
        });
        Ok(process)
    }

    async fn run_process(self: Arc<Self>, ticket: Ticket, tag: Tag, reserved: Reserved) {
        let chat_id = reserved.chat_id();
        let intended = self.tasks.spawn_blocking(move || {
            let done = ticket.intend(&tag.hash, chat_id, Plan::Process);
            (ticket, done)
        });
        let Ok((ticket, intended)) = intended.await else {
            return;
        };
        let launched = match intended {
            Ok(()) => self.exec.launch(&reserved).await,
            Err(error) => Err(error.into()),
        };
        match launched {
            Ok(()) => self.settle_when_ended(ticket, reserved.process),
            Err(failure) => {
                tracing::warn!(effect.id = %ticket.id(), error = %failure, "command not started");
                self.take_back(ticket, &failure);
            }
        }
    }

    /// Process and effect go in one step: a repeated call between the two would find an effect
    /// that runs without its process, and take it for one that has long ended.
    fn take_back(&self, ticket: Ticket, why: &Failure) {
        let _one_step = self.starting.lock();
        self.exec.discard(ticket.id());
        ticket.withdraw(why);
    }

    /// `write-file`.
    pub(crate) async fn write_file(
        self: &Arc<Self>,
        tag: Tag,
        caller: Caller,
        path: PathBuf,
        content: Bytes,
    ) -> Result<StoredAnswer, Failure> {
        self.change_files(tag, caller, move |places| {
            Writer::write(places, &path, content.to_vec())
        })
        .await
    }

    /// `edit-files`.
    pub(crate) async fn edit_files(
        self: &Arc<Self>,
        tag: Tag,
        caller: Caller,
        call: EditFiles,
    ) -> Result<StoredAnswer, Failure> {
        self.change_files(tag, caller, move |places| Writer::edit(places, &call))
            .await
    }

    async fn change_files(
        self: &Arc<Self>,
        tag: Tag,
        caller: Caller,
        plan: impl FnOnce(&Places) -> Result<Writer, Failure> + Send + 'static,
    ) -> Result<StoredAnswer, Failure> {
        let workspace = self.clone();
        self.once(tag.clone(), move |ticket| {
            let _alone = workspace.writing.lock();
            let staged = plan(&workspace.places).and_then(|writer| {
                let folder = workspace.journal.staging(ticket.id());
                let plan = writer.stage(&folder);
                let plan = plan.map_err(|error| Failure::io("the staging folder", &error))?;
                ticket.intend(&tag.hash, caller.chat_id, plan)?;
                Ok(writer)
            });
            match staged {
                Ok(writer) => finish(ticket, writer.apply()),
                Err(failure) => ticket.withdraw(&failure),
            }
            workspace.touch();
        })
        .await
    }

    /// `process/{id}/signal`.
    pub(crate) async fn signal(
        self: &Arc<Self>,
        tag: Tag,
        caller: Caller,
        process: EffectId,
        signal: Signal,
    ) -> Result<StoredAnswer, Failure> {
        let workspace = self.clone();
        self.once(tag.clone(), move |ticket| {
            let plan = Plan::Signal { process, signal };
            let target = workspace.exec.find(process, &caller).and_then(|target| {
                if !target.can_be_signalled() {
                    let message = "the process has already exited";
                    return Err(Failure::new(Code::Conflict, message));
                }
                ticket.intend(&tag.hash, caller.chat_id, plan)?;
                Ok(target)
            });
            match target {
                Ok(target) => finish(ticket, signalled(&target, signal)),
                Err(failure) => ticket.withdraw(&failure),
            }
        })
        .await
    }

    /// Repeats a signal whose outcome a crash has hidden, if its target still runs.
    fn send_signal(&self, process: EffectId, signal: Signal) -> StoredAnswer {
        match self.exec.get(process) {
            Some(target) if target.can_be_signalled() => signalled(&target, signal),
            Some(_) | None => signal_done("the process has exited"),
        }
    }

    /// Runs `work` once for all calls with this tag and gives all of them its answer. It goes
    /// on when the caller's link dies.
    async fn once(
        self: &Arc<Self>,
        tag: Tag,
        work: impl FnOnce(Ticket) + Send + 'static,
    ) -> Result<StoredAnswer, Failure> {
        let waiter: Option<Waiter> = match self.journal.begin(tag.id, &tag.hash) {
            Begin::Ended(answer) => return Ok(answer),
            Begin::Conflict => return Err(conflict()),
            Begin::Running(waiter) => Some(waiter),
            Begin::New(ticket) => {
                let waiter = ticket.waiter();
                drop(self.tasks.spawn_blocking(move || work(ticket)));
                waiter
            }
        };
        let answer = match waiter {
            Some(waiter) => waiter.ended().await,
            None => None,
        };
        answer.ok_or_else(|| Failure::new(Code::Internal, "the call was given up"))
    }

    /// Files may have changed.
    fn touch(&self) {
        self.touched.send_modify(|count| *count += 1);
    }

    /// Instruction files that are looked for, in this order, in the agent's directory and home.
    pub(crate) fn context(&self) -> muster_agent_link::wire::ContextConfig {
        crate::context::read(&self.home, &self.directory)
    }

    /// An existing file's place.
    pub(crate) fn place(&self, path: &str) -> Result<std::fs::File, Failure> {
        let place = self
            .places
            .locate(Path::new(path), crate::files::Access::Read)?;
        place.open_existing()
    }
}

fn finish(ticket: Ticket, answer: StoredAnswer) {
    let id = ticket.id();
    if let Err(error) = ticket.finish(answer) {
        let error: &dyn std::error::Error = &error;
        tracing::error!(effect.id = %id, error, "result can't be journaled");
    }
}

fn signalled(target: &Process, signal: Signal) -> StoredAnswer {
    match target.signal(signal) {
        Ok(()) => signal_done(match signal {
            Signal::Kill => "sent SIGKILL to the process group",
            Signal::Terminate => "sent SIGTERM to the process group",
        }),
        Err(failure) => failure.answer(),
    }
}

fn signal_done(message: &str) -> StoredAnswer {
    let done = SignalDone {
        success: true,
        message: message.to_owned(),
    };
    StoredAnswer {
        status: 200,
        body: serde_json::to_value(done).unwrap_or_default(),
    }
}

fn conflict() -> Failure {
    Failure::new(
        Code::EffectConflict,
        "this effect id was used for another call",
    )
}

fn never_started() -> Failure {
    Failure::new(Code::Internal, "the command could not be started")
}
