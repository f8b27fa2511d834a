//! A database of its own for every test.
//!
//! The schema is migrated once into a template, named after the schema's fingerprint; each
//! test gets a copy: a file on `SQLite` (about 1 ms), `create database … template` on
//! PostgreSQL (about 25 ms).
//!
//! [`fresh`] follows `MUSTER_TEST_ENGINE` (`sqlite` by default, so that plain `cargo test`
//! needs nothing installed). Where PostgreSQL comes from is told in `db/cluster.rs`.

mod cluster;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::{Context, Result, anyhow};
use muster_base::{Clock, ReplicaId, Secret};
use muster_bus::Bus;
use muster_store::{DatabaseUrl, Engine, Options, Store, Vault, schema_fingerprint};
use tempfile::TempDir;
use tokio::sync::OnceCell;
use tokio_postgres::{Client, NoTls};

use cluster::Cluster;

/// The key that test databases seal secrets with; it protects nothing.
const TEST_KEY: &str = "0101010101010101010101010101010101010101010101010101010101010101";
/// Any number that no other program locks in a test cluster.
const TEMPLATE_LOCK: i64 = 0x7465_6d70;

/// One test's database; gone when dropped.
#[derive(Debug)]
pub struct Database {
    url: DatabaseUrl,
    place: Place,
}

#[derive(Debug)]
enum Place {
    /// Removed with its folder.
    Folder(TempDir),
    /// Dropped only on a server that outlives the tests.
    Server {
        name: String,
        cluster: &'static Cluster,
    },
}

/// The engine that this run of the tests is about.
///
/// # Panics
/// When `MUSTER_TEST_ENGINE` names no engine.
#[must_use]
pub fn engine() -> Engine {
    match environment("MUSTER_TEST_ENGINE").as_deref() {
        None | Some("" | "sqlite") => Engine::Sqlite,
        Some("postgres") => Engine::Postgres,
        Some(other) => panic_with(&format!("MUSTER_TEST_ENGINE: `{other}` is no engine")),
    }
}

/// Whether the runner refuses to skip what needs `part`: `MUSTER_TEST_REQUIRE` lists the parts,
/// with commas between them.
#[must_use]
pub fn required(part: &str) -> bool {
    let list = environment("MUSTER_TEST_REQUIRE").unwrap_or_default();
    list.split(',').any(|name| name.trim() == part)
}

/// The engines that can be tested here: `SQLite` always, PostgreSQL when there is one.
///
/// # Panics
/// When PostgreSQL is [`required`] and missing.
#[must_use]
pub fn engines() -> Vec<Engine> {
    if cluster::shared().is_some() {
        return vec![Engine::Sqlite, Engine::Postgres];
    }
    if required("postgres") {
        panic_with("PostgreSQL is required and neither given nor installed");
    }
    vec![Engine::Sqlite]
}

/// A database on the engine of this run.
///
/// # Panics
/// When there is none.
pub async fn fresh() -> Database {
    fresh_on(engine()).await
}

/// A database on one engine.
///
/// # Panics
/// When there is none.
pub async fn fresh_on(engine: Engine) -> Database {
    let made = match engine {
        Engine::Sqlite => sqlite().await,
        Engine::Postgres => match cluster::shared() {
            Some(cluster) => postgres(cluster).await,
            None => Err(anyhow!("no PostgreSQL is given or installed")),
        },
    };
    made.unwrap_or_else(|error| panic_with(&format!("no test database: {error:#}")))
}

/// A database of production's durability, for measurements. On PostgreSQL only the first one
/// of a process is cheap.
///
/// # Errors
/// When there is no such engine here.
pub async fn durable_on(engine: Engine) -> Result<Database> {
    match engine {
        Engine::Sqlite => sqlite().await,
        Engine::Postgres => {
            let cluster = cluster::durable().context("no PostgreSQL is given or installed")?;
            postgres(cluster).await
        }
    }
}

impl Database {
    /// Where it is.
    #[must_use]
    pub const fn url(&self) -> &DatabaseUrl {
        &self.url
    }

    /// The options of a replica with its own bus.
    ///
    /// # Panics
    /// Never: the test key is a key.
    #[must_use]
    pub fn options(&self, clock: &Clock) -> Options {
        let keys = Vault::new([TEST_KEY]);
        let keys = keys.unwrap_or_else(|error| panic_with(&error.to_string()));
        let replica = ReplicaId::new(clock);
        let mut options = Options::new(self.url.clone(), clock.clone(), Bus::new(), keys, replica);
        options.follow_database_clock = false;
        options
    }

    /// Opens it as a replica with its own bus.
    ///
    /// # Panics
    /// When it can't be opened.
    pub async fn store(&self, clock: &Clock) -> Store {
        self.open(self.options(clock)).await
    }

    /// Opens it with changed options.
    ///
    /// # Panics
    /// When it can't be opened.
    pub async fn open(&self, options: Options) -> Store {
        let opened = Store::open(options).await;
        opened.unwrap_or_else(|error| panic_with(&format!("test database: {error:?}")))
    }

    /// The file of a `SQLite` database.
    #[must_use]
    pub fn file(&self) -> Option<PathBuf> {
        match &self.place {
            Place::Folder(folder) => Some(folder.path().join("muster.db")),
            Place::Server {
                name: _,
                cluster: _,
            } => None,
        }
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        if let Place::Server { name, cluster } = &self.place
            && cluster.outlives_tests()
        {
            // On a thread, since a runtime may not wait inside another.
            let cluster: &'static Cluster = cluster;
            let sql = format!("drop database if exists {name} with (force)");
            let dropping = std::thread::spawn(move || {
                let runtime = tokio::runtime::Builder::new_current_thread()
                    .enable_all()
                    .build()?;
                runtime.block_on(async {
                    let admin = connect(cluster).await?;
                    admin.batch_execute(&sql).await?;
                    anyhow::Ok(())
                })
            });
            drop(dropping.join());
        }
    }
}

async fn sqlite() -> Result<Database> {
    static TEMPLATE: OnceCell<PathBuf> = OnceCell::const_new();
    let template = TEMPLATE.get_or_try_init(sqlite_template).await?;
    let folder = tempfile::Builder::new().prefix("muster-db-").tempdir()?;
    let file = folder.path().join("muster.db");
    fs::copy(template, &file)?;
    Ok(Database {
        url: DatabaseUrl::Sqlite(file),
        place: Place::Folder(folder),
    })
}

/// Made once per schema and kept beside the build; a finished one appears by rename.
async fn sqlite_template() -> Result<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/testkit");
    let template = folder.join(format!("{}.db", schema_fingerprint()));
    if template.exists() {
        return Ok(template);
    }
    fs::create_dir_all(&folder)?;
    let scratch = tempfile::Builder::new().tempdir_in(&folder)?;
    let file = scratch.path().join("muster.db");
    migrate(DatabaseUrl::Sqlite(file.clone())).await?;
    fs::rename(&file, &template)?;
    Ok(template)
}

async fn migrate(url: DatabaseUrl) -> Result<()> {
    let clock = Clock::system();
    let replica = ReplicaId::new(&clock);
    let keys = Vault::new([TEST_KEY])?;
    let mut options = Options::new(url, clock, Bus::new(), keys, replica);
    options.follow_database_clock = false;
    let store = Store::open(options).await.context("migrate the template")?;
    store.close().await;
    Ok(())
}

async fn postgres(cluster: &'static Cluster) -> Result<Database> {
    static NEXT: AtomicU64 = AtomicU64::new(0);

    let admin = connect(cluster).await?;
    let template = cluster.template();
    let template = template
        .get_or_try_init(|| postgres_template(cluster, &admin))
        .await?;
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let name = format!("muster_test_{}_{number}", std::process::id());
    let strategy = match server_version(&admin).await? {
        ..150_000 => "",
        _ => "strategy file_copy",
    };
    admin
        .batch_execute(&format!(
            "create database {name} template {template} {strategy}"
        ))
        .await?;
    Ok(Database {
        url: DatabaseUrl::Postgres(Secret::new(cluster.url(&name))),
        place: Place::Server { name, cluster },
    })
}

/// Made once per schema and server; processes that share a server take turns.
async fn postgres_template(cluster: &'static Cluster, admin: &Client) -> Result<String> {
    let name = format!("muster_template_{}", schema_fingerprint());
    admin
        .execute("select pg_advisory_lock($1)", &[&TEMPLATE_LOCK])
        .await?;
    let made = make_template(cluster, admin, &name).await;
    admin
        .execute("select pg_advisory_unlock($1)", &[&TEMPLATE_LOCK])
        .await?;
    made.map(|()| name)
}

async fn make_template(cluster: &Cluster, admin: &Client, name: &str) -> Result<()> {
    let found = admin
        .query("select 1 from pg_database where datname = $1", &[&name])
        .await?;
    if !found.is_empty() {
        return Ok(());
    }
    let scratch = format!("{name}_{}", std::process::id());
    admin
        .batch_execute(&format!("create database {scratch} template template0"))
        .await?;
    migrate(DatabaseUrl::Postgres(Secret::new(cluster.url(&scratch)))).await?;
    // The pool's connections may still be on their way out.
    admin
        .execute(
            "select pg_terminate_backend(pid) from pg_stat_activity where datname = $1",
            &[&scratch],
        )
        .await?;
    admin
        .batch_execute(&format!("alter database {scratch} rename to {name}"))
        .await?;
    Ok(())
}

async fn server_version(admin: &Client) -> Result<i32> {
    let row = admin
        .query_one("select current_setting('server_version_num')::int", &[])
        .await?;
    Ok(row.get(0))
}

/// A connection for administration; it ends when the client is dropped.
async fn connect(cluster: &Cluster) -> Result<Client> {
    let url = cluster.url(cluster.admin_database());
    let (client, connection) = tokio_postgres::connect(&url, NoTls).await?;
    muster_base::TaskSet::new().spawn("testkit.admin", async move {
        // Its errors show at the client.
        drop(connection.await);
    });
    Ok(client)
}

#[expect(
    clippy::disallowed_methods,
    reason = "tests are configured by environment"
)]
fn environment(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

#[expect(clippy::panic, reason = "a test without its database can only fail")]
fn panic_with(words: &str) -> ! {
    panic!("{words}")
}
