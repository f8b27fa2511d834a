//! A store, a driver that remembers, a service, and people to ask.

use std::collections::BTreeMap;
use std::sync::Arc;

use muster_agent_link::Registry;
use muster_base::{
    AgentId, BuildId, Clock, MockClock, OrganizationId, ReplicaId, TaskSet, TemplateId, UserId,
    WorkerId, WorkspaceId,
};
use muster_base::{PATIENCE, in_time};
use muster_bus::Topic;
use muster_rbac::{Actor, Purpose, Role, Scopes};
use muster_store::users::{self, LoginType, NewUser, UserStatus};
use muster_store::workspace_builds::{BuildAndJob, BuildReason, Transition};
use muster_store::{Counter, Statement, Store, Value};
use muster_testkit::db::{self, Database};
use muster_workspaces::status::{WorkspaceStatus, build_status, job_status};
use muster_workspaces::{CreateWorkspace, Created, NewBuild, Options, Service, Workspaces};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::driver::Remembers;

pub(crate) struct Bench {
    _database: Database,
    pub(crate) store: Store,
    /// The statements that ran.
    pub(crate) counter: Counter,
    pub(crate) clock: Clock,
    pub(crate) registry: Registry,
    pub(crate) tasks: TaskSet,
    pub(crate) driver: Arc<Remembers>,
    pub(crate) workspaces: Workspaces,
    pub(crate) organization: OrganizationId,
    pub(crate) template: TemplateId,
    pub(crate) owner_id: UserId,
    pub(crate) owner: Actor,
    service: Option<Service>,
}

/// A service that runs.
pub(crate) struct Running {
    drain: CancellationToken,
    task: JoinHandle<Option<()>>,
}

impl Running {
    pub(crate) async fn stop(self) {
        self.drain.cancel();
        let ended = in_time(self.task).await;
        ended.unwrap().expect("the service does not panic");
    }
}

impl Bench {
    pub(crate) async fn new() -> Self {
        Self::on(Clock::system()).await
    }

    pub(crate) async fn mocked(mock: &MockClock) -> Self {
        Self::on(mock.clock()).await
    }

    async fn on(clock: Clock) -> Self {
        let database = db::fresh().await;
        let counter = Counter::default();
        let mut options = database.options(&clock);
        options.counter = Some(counter.clone());
        let store = database.open(options).await;
        let tasks = TaskSet::new();
        let registry = Registry::new(clock.clone(), tasks.clone());
        let driver = Remembers::new(registry.clone(), tasks.clone());
        let setup = Actor::system(Purpose::Setup);
        let organization = store.ensure_default_organization(&setup).await.unwrap().id;
        let replica = ReplicaId::new(&clock);
        let drivers: Vec<muster_workspaces::provisioner::Driver> = vec![driver.clone()];
        let options = Options::new(
            store.clone(),
            replica,
            organization,
            registry.clone(),
            drivers,
        );
        let (service, workspaces) = Service::new(options);
        service.prepare().await.unwrap();
        let mut bench = Self {
            owner_id: UserId::NIL,
            owner: setup,
            template: TemplateId::NIL,
            service: Some(service),
            _database: database,
            store,
            counter,
            clock,
            registry,
            tasks,
            driver,
            workspaces,
            organization,
        };
        (bench.owner_id, bench.owner) = bench.person("owner").await;
        let templates = bench
            .store
            .list_templates(&bench.owner, organization)
            .await
            .unwrap();
        bench.template = templates[0].id;
        bench
    }

    pub(crate) async fn person(&self, name: &str) -> (UserId, Actor) {
        let id = UserId::new(&self.clock);
        let user = NewUser {
            id,
            username: name.to_owned(),
            email: format!("{name}@example.com"),
            name: String::new(),
            hashed_password: None,
            status: UserStatus::Active,
            roles: Vec::new(),
            login_type: LoginType::Password,
        };
        self.store
            .write("test.user", move |tx| {
                let user = user.clone();
                Box::pin(async move { users::insert(tx, &user).await })
            })
            .await
            .unwrap();
        (
            id,
            Actor::user(id, [Role::Member, Role::AgentsAccess], Scopes::all()),
        )
    }

    /// Runs the bench's own service.
    pub(crate) fn run(&mut self) -> Running {
        start(
            &self.tasks,
            self.service.take().expect("the service runs already"),
        )
    }

    /// Another process on the same database, sharing nothing but the driver's world.
    pub(crate) fn replica(&self) -> (Service, Workspaces) {
        Service::new(self.options())
    }

    /// The next process in the same data folder, after one that died.
    pub(crate) fn successor(&self, gone: WorkerId) -> Service {
        let mut options = self.options();
        options.predecessor = Some(gone);
        Service::new(options).0
    }

    fn options(&self) -> Options {
        let replica = ReplicaId::new(&self.clock);
        let drivers: Vec<muster_workspaces::provisioner::Driver> = vec![self.driver.clone()];
        Options::new(
            self.store.clone(),
            replica,
            self.organization,
            self.registry.clone(),
            drivers,
        )
    }

    pub(crate) fn run_service(&self, service: Service) -> Running {
        start(&self.tasks, service)
    }

    pub(crate) fn request(&self, name: &str) -> CreateWorkspace {
        CreateWorkspace {
            owner_id: self.owner_id,
            template_id: self.template,
            name: name.to_owned(),
            parameters: BTreeMap::new(),
            reason: BuildReason::Initiator,
            effect_id: None,
            seed: None,
        }
    }

    pub(crate) async fn create(&self, name: &str) -> Created {
        self.workspaces
            .create(&self.owner, self.request(name))
            .await
            .unwrap()
    }

    pub(crate) async fn build(&self, id: WorkspaceId, transition: Transition) -> BuildAndJob {
        let new = NewBuild::new(transition, BuildReason::Initiator);
        self.workspaces.build(&self.owner, id, new).await.unwrap()
    }

    /// A workspace that is up.
    pub(crate) async fn running(&self, name: &str) -> Created {
        let created = self.create(name).await;
        assert_eq!(self.ended(&created.build).await, WorkspaceStatus::Running);
        created
    }

    pub(crate) async fn latest(&self, id: WorkspaceId) -> BuildAndJob {
        self.store.get_latest_build(&self.owner, id).await.unwrap()
    }

    pub(crate) async fn status(&self, id: WorkspaceId) -> WorkspaceStatus {
        build_status(&self.latest(id).await)
    }

    /// Waits until a build's job has ended.
    pub(crate) async fn ended(&self, build: &BuildAndJob) -> WorkspaceStatus {
        let id = build.build.id;
        self.until(build.build.workspace_id, || async {
            let (_, build) = self.store.get_build(&self.owner, id).await.unwrap();
            (!job_status(&build.job).is_active()).then(|| build_status(&build))
        })
        .await
    }

    /// Waits for a level, woken by the workspace's events.
    pub(crate) async fn until<T, F: Future<Output = Option<T>>>(
        &self,
        id: WorkspaceId,
        look: impl Fn() -> F,
    ) -> T {
        let hints = self.store.bus().subscribe([Topic::Workspace(id)]);
        let waits = async {
            loop {
                if let Some(found) = look().await {
                    return found;
                }
                hints.recv().await;
            }
        };
        match Clock::system().timeout("test", PATIENCE, waits).await {
            Ok(found) => found,
            Err(_) => panic!("nothing comes any more: {:?}", self.latest(id).await),
        }
    }

    pub(crate) async fn agent_of(&self, build: BuildId) -> AgentId {
        let (_, agents) = self
            .store
            .list_build_agents(&self.owner, build)
            .await
            .unwrap();
        assert_eq!(agents.len(), 1);
        agents[0].id
    }

    /// Writes rows as no code of ours would.
    pub(crate) async fn sql(&self, statement: &'static Statement, values: Vec<Value>) {
        self.store
            .write("test.sql", move |tx| {
                let values = values.clone();
                Box::pin(async move { tx.execute(statement, &values).await })
            })
            .await
            .unwrap();
    }
}

fn start(tasks: &TaskSet, service: Service) -> Running {
    let drain = CancellationToken::new();
    let task = tasks.spawn("test.service", service.run(drain.clone()));
    Running { drain, task }
}

/// Waits for something that has no event.
pub(crate) async fn eventually(what: &str, mut holds: impl FnMut() -> bool) {
    let waits = async {
        while !holds() {
            tokio::task::yield_now().await;
        }
    };
    let real = Clock::system();
    let waited = real.timeout("test", PATIENCE, waits).await;
    assert!(waited.is_ok(), "{what} never came");
}
