//! The `local` driver: a sandbox per workspace on the server's own machine.
//!
//! Every workspace is a folder `<data>/workspaces/<id>` and, while it is up, a detached
//! supervisor that outlives this process. So nothing about it is kept in memory but the
//! sockets on which its agent reaches us.

mod exposure;
mod layout;
mod links;
mod meta;
mod seed;
mod uids;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use muster_agent::sandbox::{
    self, Level, Limits, ProbeOptions, Report, SandboxSpec, SandboxState, SupervisorClient,
    UidRange,
};
use muster_agent_link::Registry;
use muster_base::{Clock, Micros, TaskSet, WorkspaceId, limits};
use muster_store::Store;
use muster_store::jobs::{JobErrorCode, LogLevel};
use parking_lot::Mutex;
use serde_json::{Value as Json, json};

use self::layout::Layout;
use self::links::Links;
use self::meta::Meta;
pub use self::seed::{Fill, Seed};
use super::{AgentGrant, Context, Failure, Inspection, Provisioner, StartRequest, Started, Target};
use crate::{NetworkMode, ProvisionerKind, SandboxRequirement};

/// How the driver is set up.
#[derive(Clone, Debug)]
pub struct LocalOptions {
    /// The server's data folder.
    pub data_dir: PathBuf,
    /// The `muster` program, with its hidden subcommands.
    pub exe: PathBuf,
    /// The isolation that every workspace must reach; a template may ask for more.
    pub sandbox_require: SandboxRequirement,
    /// Uids for workspaces, used when the server runs as root.
    pub uid_range: UidRange,
    /// Content that a new home may begin with, by name.
    pub seeds: BTreeMap<String, Seed>,
    /// Put workspaces in cgroups where this process may make them.
    pub cgroup: bool,
}

impl LocalOptions {
    /// The defaults of production.
    #[must_use]
    pub fn new(data_dir: PathBuf, exe: PathBuf) -> Self {
        Self {
            data_dir,
            exe,
            sandbox_require: SandboxRequirement::default(),
            uid_range: UidRange::default(),
            seeds: BTreeMap::new(),
            cgroup: true,
        }
    }
}

/// The driver. A cheap clone.
#[derive(Clone, Debug)]
pub struct Local(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    options: LocalOptions,
    root: PathBuf,
    clock: Clock,
    links: Links,
    tasks: TaskSet,
    probed: Mutex<(Report, Micros)>,
}

impl Local {
    /// A driver whose machine has just been probed (`report`).
    #[must_use]
    pub fn new(options: LocalOptions, report: Report, store: Store, registry: Registry) -> Self {
        let clock = store.clock().clone();
        let tasks = TaskSet::new();
        Self(Arc::new(Inner {
            root: options.data_dir.join("workspaces"),
            options,
            links: Links::new(store, registry, tasks.clone()),
            tasks,
            probed: Mutex::new((report, clock.now())),
            clock,
        }))
    }

    /// What the last probe has found, for `doctor` and the API.
    #[must_use]
    pub fn report(&self) -> Report {
        self.0.probed.lock().0.clone()
    }

    fn layout(&self, id: WorkspaceId) -> Layout {
        Layout::new(&self.0.root, id)
    }

    fn supervisor(&self, layout: &Layout) -> SupervisorClient {
        SupervisorClient::new(layout.supervisor_socket(), self.0.clock.clone())
    }

    /// Runs work on files away from the runtime's threads.
    async fn on_files<T: Send + 'static>(
        &self,
        what: &'static str,
        work: impl FnOnce() -> std::io::Result<T> + Send + 'static,
    ) -> Result<T, Failure> {
        match self.0.tasks.spawn_blocking(work).await {
            Ok(result) => result.map_err(|error| Failure::internal(what, &error)),
            Err(error) => Err(Failure::internal(what, &error)),
        }
    }

    /// The level to start at, or why the required one can't be reached. A machine below
    /// `strict` is probed again from time to time: an administrator may have followed the
    /// remedy.
    async fn level(&self, wanted: SandboxRequirement) -> Result<Report, Failure> {
        let (mut report, at) = self.0.probed.lock().clone();
        let is_old = self.0.clock.now().since(at) > limits::SANDBOX_PROBE_PERIOD;
        if report.level < Level::Strict && is_old {
            let exe = self.0.options.exe.clone();
            let options = ProbeOptions::new(exe, self.0.root.clone());
            report = self
                .on_files("sandbox not probed", move || Ok(sandbox::probe(&options)))
                .await?;
            *self.0.probed.lock() = (report.clone(), self.0.clock.now());
        }
        let required = match wanted.max(self.0.options.sandbox_require) {
            SandboxRequirement::Any => Level::None,
            SandboxRequirement::Landlock => Level::Landlock,
            SandboxRequirement::Strict => Level::Strict,
        };
        report
            .require(required)
            .map_err(|error| Failure::new(JobErrorCode::SandboxLevel, error.to_string()))?;
        Ok(report)
    }

    /// Refuses a sandbox in which commands could read the server's own data.
    async fn hides_data(&self, report: &Report, ro_paths: &[String]) -> Result<(), Failure> {
        if report.level == Level::None {
            return Ok(());
        }
        let data_dir = self.0.options.data_dir.clone();
        let ro_paths: Vec<PathBuf> = ro_paths.iter().map(PathBuf::from).collect();
        let exposed = self
            .on_files("data folder not found", move || {
                Ok(exposure::exposed_by(&data_dir, &ro_paths))
            })
            .await?;
        let Some(folder) = exposed else {
            return Ok(());
        };
        let message = format!(
            "Workspaces may read `{}`, and with it they could reach the server's data folder. \
             Move the data folder, or take the path out of the template's `ro_paths`.",
            folder.display()
        );
        Err(Failure::new(JobErrorCode::SandboxLevel, message))
    }

    /// The folder with a home in it. A home that was there and is gone is never replaced by an
    /// empty one unless the owner asked for that.
    async fn home(&self, layout: &Layout, request: &StartRequest) -> Result<(), Failure> {
        let is_first = request.target.build_number == 1;
        if layout.home().is_dir() {
            let layout = layout.clone();
            return self
                .on_files("workspace folder not taken", move || layout.keep())
                .await;
        }
        if !is_first && !request.recreate {
            let message = "The home of this workspace is missing, and starting would replace it \
                           by an empty one. Restore it from a backup, or start with `recreate`.";
            return Err(Failure::new(JobErrorCode::Internal, message));
        }
        let seed = match &request.seed {
            Some(name) => Some(self.0.options.seeds.get(name).cloned().ok_or_else(|| {
                let message = format!("This server has no home content called `{name}`.");
                Failure::new(JobErrorCode::Internal, message)
            })?),
            None => None,
        };
        let layout = layout.clone();
        self.on_files("home not made", move || layout.make_home(seed.as_ref()))
            .await
    }

    /// The uid of the workspace: only a root server gives each its own. The claim alone
    /// decides; `meta.json` lies in a folder of the workspace's own user and may be older.
    async fn uid(&self, layout: &Layout) -> Result<Option<u32>, Failure> {
        if !rustix::process::geteuid().is_root() {
            return Ok(None);
        }
        let (root, range) = (self.0.root.clone(), self.0.options.uid_range);
        let (id, now) = (layout.workspace_id(), self.0.clock.now());
        self.on_files("no uid for the workspace", move || {
            uids::allocate(&root, range, id, now)
        })
        .await
        .map(Some)
    }

    async fn open_link(&self, layout: &Layout) -> Result<(), Failure> {
        let opened = self.0.links.open(layout).await;
        opened.map_err(|error| Failure::internal("link socket not served", &error))
    }

    /// Starts the supervisor; on cancel nothing of the sandbox is left.
    async fn launch(
        &self,
        spec: &SandboxSpec,
        agent: &AgentGrant,
        context: &Context,
    ) -> Result<sandbox::Started, Failure> {
        let exe = &self.0.options.exe;
        let spawned = sandbox::spawn_supervisor(spec, &agent.token, exe, &self.0.clock);
        match context.cancel.run_until_cancelled(spawned).await {
            Some(Ok(started)) => Ok(started),
            Some(Err(error)) => Err(Failure::internal("sandbox not started", &error)),
            None => {
                let message = "The start was canceled.";
                Err(Failure::new(JobErrorCode::Canceled, message))
            }
        }
    }

    fn spec(
        &self,
        layout: &Layout,
        request: &StartRequest,
        report: &Report,
        uid: Option<u32>,
    ) -> SandboxSpec {
        let document = &request.document;
        let resources = &document.resources;
        let mut spec = SandboxSpec {
            dir: layout.dir().to_owned(),
            name: layout.workspace_id().to_string(),
            level: report.level,
            backend: report.backend,
            network: match document.network.mode {
                NetworkMode::None => sandbox::NetworkMode::None,
                NetworkMode::Host => sandbox::NetworkMode::Host,
            },
            limits: Limits {
                cpu: resources.cpu,
                memory_bytes: resources.memory.0,
                pids: u64::from(resources.pids),
                ..Limits::default()
            },
            env: BTreeMap::new(),
            hostname: request.workspace_name.clone(),
            uid,
            ro_paths: document
                .sandbox
                .ro_paths
                .iter()
                .map(PathBuf::from)
                .collect(),
            nested: document.sandbox.nested,
            cgroup: self.0.options.cgroup,
            agent: Vec::new(),
        };
        if let Some(agent) = request.agents.first() {
            spec.env = agent.spec.env.clone();
            spec.agent = layout::agent_arguments(&spec.inside(&self.0.options.exe), &agent.spec);
        }
        spec
    }
}

/// Level and layers in force, for the API and the UI.
fn isolation(report: &Report, request: &StartRequest, started: &sandbox::Started) -> Json {
    json!({
        "level": started.level,
        "is_isolated": started.level > Level::None,
        "layers": report.layers,
        "network": request.document.network.mode,
        "limits": started.limits,
    })
}

#[async_trait]
impl Provisioner for Local {
    fn kind(&self) -> ProvisionerKind {
        ProvisionerKind::Local
    }

    async fn start(&self, request: StartRequest, context: &Context) -> Result<Started, Failure> {
        if !cfg!(target_os = "linux") {
            let message = "The `local` driver needs Linux.";
            return Err(Failure::new(JobErrorCode::DriverUnavailable, message));
        }
        let [agent] = request.agents.as_slice() else {
            let message = "The `local` driver runs exactly one agent per workspace.";
            return Err(Failure::new(JobErrorCode::Internal, message));
        };
        let layout = self.layout(request.target.workspace_id);
        self.home(&layout, &request).await?;
        let wanted = request
            .document
            .sandbox
            .require
            .unwrap_or(SandboxRequirement::Any);
        let report = self.level(wanted).await?;
        self.hides_data(&report, &request.document.sandbox.ro_paths)
            .await?;
        let uid = self.uid(&layout).await?;
        let meta = Meta::of(&request, uid, self.0.clock.now());
        meta.write(&layout)
            .map_err(|error| Failure::internal("workspace notes not written", &error))?;
        self.open_link(&layout).await?;
        let spec = self.spec(&layout, &request, &report, uid);
        let note = format!("starting a sandbox of level `{}`", spec.level);
        context.sink.log(LogLevel::Info, "start", &note);
        let started = self.launch(&spec, agent, context).await?;
        let isolation = isolation(&report, &request, &started);
        meta.with_isolation(isolation.clone())
            .write(&layout)
            .map_err(|error| Failure::internal("workspace notes not written", &error))?;
        context
            .sink
            .log(LogLevel::Info, "start", "the sandbox is up");
        let state = json!({ "driver": "local", "build_number": request.target.build_number });
        Ok(Started {
            state: state.to_string().into_bytes(),
            isolation,
        })
    }

    async fn stop(&self, target: Target, context: &Context) -> Result<(), Failure> {
        let layout = self.layout(target.workspace_id);
        let supervisor = self.supervisor(&layout);
        context
            .sink
            .log(LogLevel::Info, "stop", "stopping the sandbox");
        let grace: Duration = limits::WORKSPACE_STOP_GRACE;
        let stopped = match context
            .cancel
            .run_until_cancelled(supervisor.stop(grace))
            .await
        {
            Some(Ok(())) => Ok(()),
            // It did not end politely, or nobody wants to wait any longer.
            Some(Err(_)) | None => supervisor.kill().await,
        };
        self.0.links.close(target.workspace_id).await;
        stopped.map_err(|error| Failure::internal("sandbox not stopped", &error))
    }

    async fn delete(&self, target: Target, context: &Context) -> Result<(), Failure> {
        let id = target.workspace_id;
        self.stop(target, context).await?;
        let (layout, root, now) = (self.layout(id), self.0.root.clone(), self.0.clock.now());
        context
            .sink
            .log(LogLevel::Info, "delete", "removing the workspace's files");
        self.on_files("workspace not removed", move || {
            layout.remove()?;
            uids::release(&root, id, now)
        })
        .await
    }

    async fn inspect(&self, target: &Target) -> Result<Inspection, Failure> {
        let layout = self.layout(target.workspace_id);
        let inspected = self
            .supervisor(&layout)
            .inspect()
            .await
            .map_err(|error| Failure::internal("supervisor not asked", &error))?;
        let meta = Meta::read(&layout);
        Ok(match (inspected.map(|inspection| inspection.state), meta) {
            (Some(SandboxState::Running), Some(meta)) => Inspection::Running {
                build_number: meta.build_number,
                isolation: meta.isolation,
            },
            (Some(SandboxState::Broken(reason)), _) => Inspection::Broken { reason },
            (Some(SandboxState::Running | SandboxState::Stopping), _) => Inspection::Broken {
                reason: "the sandbox is stopping or unknown to this server".to_owned(),
            },
            (None, _) if layout.home().is_dir() => Inspection::Stopped,
            (None, _) => Inspection::Absent,
        })
    }

    async fn attach(&self, workspace: WorkspaceId) -> Result<(), Failure> {
        let layout = self.layout(workspace);
        if layout.run().is_dir() {
            self.open_link(&layout).await?;
        }
        Ok(())
    }

    async fn logs(&self, target: &Target, lines: usize) -> Result<Vec<String>, Failure> {
        let layout = self.layout(target.workspace_id);
        self.on_files("log not read", move || layout.last_log_lines(lines))
            .await
    }

    async fn shutdown(&self) {
        self.0.links.close_all().await;
        self.0.tasks.wait().await;
    }
}
