//! Wires the components together, and takes them apart in the right order.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use muster_agent_link::Registry;
use muster_base::{Cache, Clock, OrganizationId, ReplicaId, Secret, TaskSet, limits};
use muster_bus::Bus;
use muster_chat_engine::{Connect, Engine, EngineHandle};
use muster_chat_state::Machine;
use muster_rbac::{Actor, Purpose};
use muster_store::{self as store, DatabaseUrl, Store, Vault, VaultError, site_configs};
use muster_workspaces::provisioner::Driver;
use muster_workspaces::{Service, Workspaces};
use tokio::net::TcpListener;
use uuid::Uuid;

use crate::app::{App, Examine, Host, Inner, MetricsText, Prove};
use crate::auth::csrf::Csrf;
use crate::auth::login_limits::LoginLimits;
use crate::auth::password::Passwords;
use crate::auth::rate_limit::RateLimits;
use crate::config::Config;
use crate::data_folder::DataFolder;
use crate::handlers::login;
use crate::socket::Slots;
use crate::{router, serve};

/// The file of keys that seal secrets, in the data folder.
pub(crate) const KEY_FILE: &str = "secret.key";

/// Makes the drivers of this process from its store and its links.
pub type Drivers = Box<dyn FnOnce(&Store, &Registry) -> Vec<Driver> + Send>;

/// How to start a server.
pub struct Options {
    /// What it was told.
    pub config: Config,
    /// Its time.
    pub clock: Clock,
    /// A socket that is bound already; the configured address when absent.
    pub listener: Option<TcpListener>,
    /// A store that is open already; the configured one when absent.
    pub store: Option<Store>,
    /// The drivers of its workspaces.
    pub drivers: Drivers,
    /// Opens a model provider; the real one when absent.
    pub connect: Option<Connect>,
    /// Tries a provider's configuration before it is saved; really when absent.
    pub prove: Option<Prove>,
    /// What the homes of new workspaces begin with.
    pub workspace_seed: Option<String>,
    /// Renders the metrics.
    pub metrics: MetricsText,
    /// Looks at the machine; says nothing when absent.
    pub examine: Examine,
}

impl Options {
    /// A server of this configuration, without drivers.
    #[must_use]
    pub fn new(config: Config, clock: Clock) -> Self {
        Self {
            config,
            clock,
            listener: None,
            store: None,
            drivers: Box::new(|_, _| Vec::new()),
            connect: None,
            prove: None,
            workspace_seed: None,
            metrics: Arc::new(String::new),
            examine: Arc::new(Host::default),
        }
    }
}

impl std::fmt::Debug for Options {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Options")
            .field("config", &self.config)
            .finish_non_exhaustive()
    }
}

/// A server can't start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The address is in use, or not ours.
    #[error("can't listen on {address}")]
    Listen {
        /// Where.
        address: SocketAddr,
        #[source]
        source: std::io::Error,
    },
    /// The data folder can't be made.
    #[error("can't use the data folder")]
    DataFolder(#[source] std::io::Error),
    /// The keys that seal secrets can't be used.
    #[error("can't use the encryption keys")]
    Keys(#[from] VaultError),
    /// The database can't be used.
    #[error("can't use the database")]
    Store(#[from] store::Error),
    /// The workspaces can't be put in order.
    #[error("can't prepare the workspaces")]
    Workspaces(#[from] muster_workspaces::Error),
    /// A login link can't be made.
    #[error("can't make a login link")]
    LoginLink,
}

/// The server; a name for [`Server::start`].
#[derive(Debug)]
pub struct Server;

/// A running server. Dropping it does not stop it: call [`Handle::shutdown`].
pub struct Handle {
    app: App,
    address: SocketAddr,
    /// Connections and sockets.
    http: TaskSet,
    /// Engine, workspaces and sweepers.
    core: TaskSet,
    /// Links of agents.
    links: TaskSet,
    _folder: Option<DataFolder>,
}

impl Server {
    /// Starts everything and returns when requests are welcome.
    ///
    /// # Errors
    /// When a part can't start; nothing is left running then.
    pub async fn start(options: Options) -> Result<Handle, StartError> {
        let Options {
            config,
            clock,
            listener,
            store,
            drivers,
            connect,
            prove,
            workspace_seed,
            metrics,
            examine,
        } = options;
        let listener = bind(listener, config.http_address).await?;
        let address = listener.local_addr().map_err(|source| StartError::Listen {
            address: config.http_address,
            source,
        })?;
        let (store, folder) = match store {
            Some(store) => (store, None),
            None => {
                let folder = DataFolder::open(&config.data_dir, &clock);
                let folder = folder.map_err(StartError::DataFolder)?;
                (open_own_store(&config, &clock).await?, Some(folder))
            }
        };
        let facts = facts(&store).await?;
        let tasks = Tasks::default();
        let links = Registry::new(clock.clone(), tasks.links.clone());
        let mut options = workspaces(&config, &store, &links, drivers, &facts, address);
        if let Some(folder) = &folder {
            options.worker_id = folder.worker;
            options.predecessor = folder.predecessor;
        }
        let (service, workspaces) = Service::new(options);
        service.prepare().await?;
        let (engine, engine_handle) = engine(
            &config,
            &store,
            &workspaces,
            connect,
            (workspace_seed, folder.as_ref()),
        );
        let app = App(Arc::new(Inner {
            csrf: Csrf::new(facts.csrf_key),
            deployment_id: facts.deployment_id,
            organization_id: facts.organization_id,
            passwords: Passwords::new(tasks.http.clone()),
            logins: LoginLimits::new(clock.clone()),
            rates: RateLimits::new(clock.clone()),
            sockets: Slots::default(),
            diffs: Cache::new(clock.clone(), limits::CHAT_DIFF_CACHE_LIFE),
            machine: Machine::new(store.clone()),
            engine: engine_handle,
            tasks: tasks.http.clone(),
            ready: AtomicBool::new(true),
            config,
            store,
            clock,
            workspaces,
            links,
            metrics,
            examine,
            address,
            prove: prove.unwrap_or_else(ask_really),
        }));
        tasks.run(&app, service, engine);
        let routes = router::build(app.clone());
        let serving = serve::run(listener, routes, app.clock.clone(), tasks.http.clone());
        tasks.http.spawn("http.accept", serving);
        Ok(Handle {
            app,
            address,
            http: tasks.http,
            core: tasks.core,
            links: tasks.links,
            _folder: folder,
        })
    }
}

/// Asks the provider itself.
fn ask_really() -> Prove {
    Arc::new(|config, clock| Box::pin(async move { config.prove(&clock).await }))
}

/// The socket that is there, or one of its own.
async fn bind(
    listener: Option<TcpListener>,
    address: SocketAddr,
) -> Result<TcpListener, StartError> {
    if let Some(listener) = listener {
        return Ok(listener);
    }
    let bound = TcpListener::bind(address).await;
    bound.map_err(|source| StartError::Listen { address, source })
}

/// The key ring that the deployment gives; `None` where a file in the data folder holds it.
pub(crate) fn given_keys(config: &Config) -> Result<Option<Vault>, VaultError> {
    let keys = config.encryption_keys.as_ref();
    keys.map(|keys| Vault::new(keys.expose().split(',').map(str::trim)))
        .transpose()
}

async fn open_own_store(config: &Config, clock: &Clock) -> Result<Store, StartError> {
    let keys = match given_keys(config)? {
        Some(keys) => keys,
        None => Vault::from_file(&config.data_dir.join(KEY_FILE))?,
    };
    open_store(config, clock, keys).await
}

pub(crate) async fn open_store(
    config: &Config,
    clock: &Clock,
    keys: Vault,
) -> Result<Store, StartError> {
    Ok(Store::open(store_options(config, clock, keys)?).await?)
}

pub(crate) fn store_options(
    config: &Config,
    clock: &Clock,
    keys: Vault,
) -> Result<store::Options, StartError> {
    let url = config
        .database_url
        .as_ref()
        .map(|url| url.expose().as_str());
    let url = DatabaseUrl::parse(url, &config.data_dir)?;
    let replica = ReplicaId::new(clock);
    let mut options = store::Options::new(url, clock.clone(), Bus::new(), keys, replica);
    options.allow_newer_schema = config.allow_newer_schema;
    Ok(options)
}

/// What the deployment is, made on its first start.
struct Facts {
    deployment_id: Uuid,
    organization_id: OrganizationId,
    csrf_key: Secret<Vec<u8>>,
}

async fn facts(store: &Store) -> Result<Facts, store::Error> {
    let setup = Actor::system(Purpose::Setup);
    let organization = store.ensure_default_organization(&setup).await?;
    let fresh = ReplicaId::new(store.clock()).to_string();
    let deployment = store
        .ensure_site_config(&setup, site_configs::DEPLOYMENT_ID, fresh)
        .await?;
    let corrupt = |_| store::Error::Corrupt {
        what: "deployment id",
    };
    Ok(Facts {
        deployment_id: Uuid::parse_str(&deployment).map_err(corrupt)?,
        organization_id: organization.id,
        csrf_key: store
            .ensure_site_key(&setup, site_configs::CSRF_KEY)
            .await?,
    })
}

fn workspaces(
    config: &Config,
    store: &Store,
    links: &Registry,
    drivers: Drivers,
    facts: &Facts,
    address: SocketAddr,
) -> muster_workspaces::Options {
    let replica = ReplicaId::new(store.clock());
    let drivers = drivers(store, links);
    let organization = facts.organization_id;
    let (store, links) = (store.clone(), links.clone());
    let mut options = muster_workspaces::Options::new(store, replica, organization, links, drivers);
    options.access_url = access_url(config, address);
    options
}

pub(crate) fn access_url(config: &Config, address: SocketAddr) -> String {
    match &config.access_url {
        Some(url) => url.to_string().trim_end_matches('/').to_owned(),
        None => format!("http://{address}"),
    }
}

fn engine(
    config: &Config,
    store: &Store,
    workspaces: &Workspaces,
    connect: Option<Connect>,
    (workspace_seed, folder): (Option<String>, Option<&DataFolder>),
) -> (Engine, EngineHandle) {
    let access = Arc::new(workspaces.clone());
    let mut options = muster_chat_engine::Options::new(store.clone(), access);
    options.provider_presets.clone_from(&config.presets);
    options.capacity = config.chat_capacity;
    options.workspace_seed = workspace_seed;
    if let Some(folder) = folder {
        options.worker_id = folder.worker;
        options.predecessor = folder.predecessor;
    }
    if let Some(connect) = connect {
        options.connect = connect;
    }
    Engine::new(options)
}

/// Who waits for what: sockets end first, then the work behind them, then the links.
#[derive(Default)]
struct Tasks {
    http: TaskSet,
    core: TaskSet,
    links: TaskSet,
}

impl Tasks {
    fn run(&self, app: &App, service: Service, engine: Engine) {
        let drain = self.core.drain().clone();
        self.core.spawn("workspaces", service.run(drain.clone()));
        let ready = app.clone();
        self.core.spawn("chat_engine", async move {
            if let Err(error) = engine.run(drain).await {
                tracing::error!(error = %error, "the chat engine has ended");
                // A server that runs no chats must not look healthy.
                ready.ready.store(false, Ordering::Release);
            }
        });
        let sweep = sweep_sessions(app.store.clone(), self.core.clone());
        self.core.spawn("sessions.sweep", sweep);
    }
}

/// Removes what can't be used any more, now and every hour.
async fn sweep_sessions(store: Store, tasks: TaskSet) {
    let authentication = Actor::system(Purpose::Authentication);
    loop {
        if let Err(error) = store.purge_sessions(&authentication).await {
            tracing::warn!(error = %error, "sessions can't be swept");
        }
        let next = store
            .clock()
            .timer("sessions.sweep", limits::SESSION_SWEEP_PERIOD);
        if tasks.drain().run_until_cancelled(next).await.is_none() {
            return;
        }
    }
}

impl Handle {
    /// Where it listens.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// How people reach it.
    #[must_use]
    pub fn url(&self) -> String {
        access_url(&self.app.config, self.address)
    }

    /// A fresh one-time link that signs in, or creates, the first owner. The secret is in the
    /// fragment, which browsers never send.
    ///
    /// # Errors
    /// When the link can't be stored.
    pub async fn owner_login_link(&self) -> Result<Secret, StartError> {
        let made = login::owner_link(&self.app).await;
        let secret = made.map_err(|error| {
            let body = error.into_body();
            tracing::error!(reason = %body.message, "login link can't be made");
            StartError::LoginLink
        })?;
        Ok(Secret::new(format!(
            "{}/login#secret={}",
            self.url(),
            secret.expose()
        )))
    }

    /// Its store.
    #[must_use]
    pub fn store(&self) -> &Store {
        &self.app.store
    }

    /// Its chats.
    #[must_use]
    pub fn engine(&self) -> &EngineHandle {
        &self.app.engine
    }

    /// Its workspaces.
    #[must_use]
    pub fn workspaces(&self) -> &Workspaces {
        &self.app.workspaces
    }

    /// Its default organization.
    #[must_use]
    pub fn organization_id(&self) -> OrganizationId {
        self.app.organization_id
    }

    /// Whether nothing that it started is running any more.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        let sets = [&self.http, &self.core, &self.links];
        sets.iter().all(|set| set.is_empty()) && self.app.engine.owned_chats() == 0
    }

    /// Ends everything: no new requests, open ones finish, chats are let go of, the store is
    /// closed. Whatever was running goes on at the next start.
    pub async fn shutdown(&self) {
        self.app.ready.store(false, Ordering::Release);
        self.http.shutdown().await;
        self.core.shutdown().await;
        self.links.shutdown().await;
        self.app.store.close().await;
    }
}

impl std::fmt::Debug for Handle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Handle({})", self.address)
    }
}
