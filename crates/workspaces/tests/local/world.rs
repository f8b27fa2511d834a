//! A data folder, a database and servers that come and go on them.

use std::collections::BTreeMap;
use std::future::Future;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use muster_agent::sandbox::{ProbeOptions, Report, probe};
use muster_agent_link::wire::ProcessStart;
use muster_agent_link::{CallContext, EffectTag, Registry};
use muster_base::in_time;
use muster_base::{
    ChatId, Clock, EffectId, OrganizationId, ReplicaId, TaskSet, UserId, WorkspaceId,
};
use muster_bus::Topic;
use muster_rbac::{Actor, Purpose, Role, Scopes};
use muster_store::Store;
use muster_store::jobs::Job;
use muster_store::users::{self, LoginType, NewUser, UserStatus};
use muster_store::workspace_builds::{BuildAndJob, BuildReason, Transition};
use muster_store::workspaces::Workspace;
use muster_testkit::db::{self, Database};
use muster_testkit::leftovers::end_processes_in;
use muster_workspaces::provisioner::Driver;
use muster_workspaces::provisioner::local::{Local, LocalOptions, Seed};
use muster_workspaces::status::{WorkspaceStatus, build_status, job_status};
use muster_workspaces::{
    ChatBinding, CreateWorkspace, Created, NewBuild, Options, Service, Workspaces,
};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

const PATIENCE: Duration = Duration::from_secs(30);

pub(crate) fn run(case: impl Future<Output = ()>) {
    tokio::runtime::Runtime::new().unwrap().block_on(case);
}

fn exe() -> PathBuf {
    std::env::current_exe().unwrap()
}

/// A folder whose parents everybody may pass.
fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let mode = std::fs::Permissions::from_mode(0o711);
    std::fs::set_permissions(folder.path(), mode).unwrap();
    folder
}

/// What this machine can do, probed once.
pub(crate) fn report() -> Report {
    static REPORT: OnceLock<Report> = OnceLock::new();
    REPORT
        .get_or_init(|| {
            let scratch = folder();
            probe(&ProbeOptions::new(exe(), scratch.path().to_path_buf()))
        })
        .clone()
}

pub(crate) fn is_required() -> bool {
    db::required("sandbox")
}

/// What stays when a server ends.
pub(crate) struct World {
    pub(crate) clock: Clock,
    folder: TempDir,
    database: Database,
    report: Report,
    owner: UserId,
    organization: OrganizationId,
}

impl World {
    pub(crate) async fn new(report: Report) -> Self {
        let clock = Clock::system();
        let database = db::fresh().await;
        let store = database.store(&clock).await;
        let setup = Actor::system(Purpose::Setup);
        let organization = store.ensure_default_organization(&setup).await.unwrap().id;
        let owner = UserId::new(&clock);
        let user = NewUser {
            id: owner,
            username: "owner".to_owned(),
            email: "owner@example.com".to_owned(),
            name: String::new(),
            hashed_password: None,
            status: UserStatus::Active,
            roles: Vec::new(),
            login_type: LoginType::Password,
        };
        store
            .write("test.user", move |tx| {
                let user = user.clone();
                Box::pin(async move { users::insert(tx, &user).await })
            })
            .await
            .unwrap();
        store.close().await;
        Self {
            clock,
            folder: folder(),
            database,
            report,
            owner,
            organization,
        }
    }

    pub(crate) fn dir(&self, id: WorkspaceId) -> PathBuf {
        self.folder.path().join("workspaces").join(id.to_string())
    }

    /// A server process, as far as workspaces are concerned.
    pub(crate) async fn serve(&self) -> Server {
        let store = self.database.store(&self.clock).await;
        let tasks = TaskSet::new();
        let registry = Registry::new(self.clock.clone(), tasks.clone());
        let mut local = LocalOptions::new(self.folder.path().to_path_buf(), exe());
        let greeting = |home: &std::path::Path| std::fs::write(home.join("greeting"), "hello\n");
        local
            .seeds
            .insert("demo".to_owned(), Seed::Fill(Arc::new(greeting)));
        let driver = Local::new(local, self.report.clone(), store.clone(), registry.clone());
        let drivers: Vec<Driver> = vec![Arc::new(driver)];
        let replica = ReplicaId::new(&self.clock);
        let options = Options::new(store.clone(), replica, self.organization, registry, drivers);
        let (service, workspaces) = Service::new(options);
        service.prepare().await.unwrap();
        let drain = CancellationToken::new();
        tasks.spawn("test.service", service.run(drain.clone()));
        Server {
            owner: Actor::user(
                self.owner,
                [Role::Member, Role::AgentsAccess],
                Scopes::all(),
            ),
            owner_id: self.owner,
            organization: self.organization,
            store,
            tasks,
            workspaces,
            drain,
        }
    }

    /// Processes that have to do with a workspace's folder, by their command lines.
    pub(crate) fn processes_of(&self, id: WorkspaceId) -> Vec<String> {
        let id = id.to_string();
        std::fs::read_dir("/proc")
            .unwrap()
            .filter_map(|entry| std::fs::read(entry.ok()?.path().join("cmdline")).ok())
            .map(|line| String::from_utf8_lossy(&line).replace('\0', " "))
            .filter(|line| line.contains(&id))
            .collect()
    }

    /// What the link socket of a workspace answers to a greeting.
    pub(crate) fn greet(&self, id: WorkspaceId, words: &str) -> String {
        let mut stream = UnixStream::connect(self.dir(id).join("run/link.sock")).unwrap();
        stream.write_all(words.as_bytes()).unwrap();
        let mut answer = String::new();
        BufReader::new(stream).read_line(&mut answer).unwrap();
        answer
    }
}

impl Drop for World {
    fn drop(&mut self) {
        end_processes_in(self.folder.path());
    }
}

/// A running server.
pub(crate) struct Server {
    owner: Actor,
    owner_id: UserId,
    organization: OrganizationId,
    store: Store,
    tasks: TaskSet,
    workspaces: Workspaces,
    drain: CancellationToken,
}

impl Server {
    /// Ends as a process does that is asked to; workspaces stay up.
    pub(crate) async fn stop(self) {
        self.drain.cancel();
        in_time(self.tasks.shutdown()).await;
        self.store.close().await;
    }

    pub(crate) async fn create(&self, name: &str, seed: Option<&str>) -> Created {
        let templates = self
            .store
            .list_templates(&self.owner, self.organization)
            .await
            .unwrap();
        let request = CreateWorkspace {
            owner_id: self.owner_id,
            template_id: templates.first().expect("the built-in template").id,
            name: name.to_owned(),
            parameters: BTreeMap::new(),
            reason: BuildReason::Initiator,
            effect_id: None,
            seed: seed.map(str::to_owned),
        };
        self.workspaces.create(&self.owner, request).await.unwrap()
    }

    pub(crate) async fn build(&self, id: WorkspaceId, transition: Transition) -> BuildAndJob {
        self.build_with(id, NewBuild::new(transition, BuildReason::Initiator))
            .await
    }

    pub(crate) async fn build_with(&self, id: WorkspaceId, build: NewBuild) -> BuildAndJob {
        self.workspaces.build(&self.owner, id, build).await.unwrap()
    }

    pub(crate) async fn workspace(&self, id: WorkspaceId) -> Workspace {
        self.store.get_workspace(&self.owner, id).await.unwrap()
    }

    async fn stored(&self, build: &BuildAndJob) -> BuildAndJob {
        let id = build.build.id;
        self.store.get_build(&self.owner, id).await.unwrap().1
    }

    pub(crate) async fn job(&self, build: &BuildAndJob) -> Job {
        self.stored(build).await.job
    }

    /// Waits until a build has ended.
    pub(crate) async fn ended(&self, build: &BuildAndJob) -> WorkspaceStatus {
        let hints = self
            .store
            .bus()
            .subscribe([Topic::Workspace(build.build.workspace_id)]);
        let waits = async {
            let mut now = self.stored(build).await;
            while job_status(&now.job).is_active() {
                hints.recv().await;
                now = self.stored(build).await;
            }
            if let Some(error) = &now.job.error {
                crate::say(&format!("  build failed: {error}"));
            }
            build_status(&now)
        };
        Clock::system()
            .timeout("test", PATIENCE, waits)
            .await
            .expect("the build ends")
    }

    async fn client(&self, binding: ChatBinding) -> muster_agent_link::AgentClient {
        self.workspaces
            .connect(binding, PATIENCE)
            .await
            .unwrap()
            .client
    }

    pub(crate) async fn start_command(&self, to: ChatBinding, id: EffectId, command: &str) {
        let context = CallContext::of_chat(ChatId::NIL, Vec::new()).with_effect(EffectTag {
            id,
            hash: command.to_owned(),
        });
        let start = ProcessStart {
            id,
            command: command.to_owned(),
            workdir: None,
            env: BTreeMap::new(),
            background: false,
            timeout_ms: None,
            chat_id: Some(ChatId::NIL),
        };
        self.client(to)
            .await
            .start_process(&context, &start)
            .await
            .unwrap();
    }

    pub(crate) async fn output(&self, of: ChatBinding, id: EffectId) -> String {
        let context = CallContext::of_chat(ChatId::NIL, Vec::new());
        let client = self.client(of).await;
        client
            .process_output(&context, id, Some(PATIENCE))
            .await
            .unwrap()
            .output
    }

    pub(crate) async fn execute(&self, at: ChatBinding, command: &str) -> String {
        let id = EffectId::new(self.store.clock());
        self.start_command(at, id, command).await;
        self.output(at, id).await
    }
}
