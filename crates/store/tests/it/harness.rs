//! One table, and ops that use it.

use muster_base::Clock;
pub(crate) use muster_base::in_time;
use muster_store::{Engine, Error, Statement, Store, params};
use muster_testkit::db::{self, Database};

static CREATE: Statement = Statement::new(
    "test/create",
    "create table notes (id bigint primary key, body text, amount bigint,
        parent bigint references notes (id) deferrable initially deferred)",
);
pub(crate) static INSERT: Statement = Statement::new(
    "test/insert",
    "insert into notes (id, body) values ($1, $2)",
);
pub(crate) static COUNT: Statement =
    Statement::new("test/count", "select count(*) as n from notes");

/// A database with an empty table `notes`.
pub(crate) async fn notes(engine: Engine) -> (Database, Store) {
    notes_at(engine, &Clock::system()).await
}

pub(crate) async fn notes_at(engine: Engine, clock: &Clock) -> (Database, Store) {
    let database = db::fresh_on(engine).await;
    let store = database.store(clock).await;
    create(&store).await;
    (database, store)
}

pub(crate) async fn create(store: &Store) {
    store
        .write("test.create", |tx| {
            Box::pin(async move { tx.execute(&CREATE, &[]).await.map(drop) })
        })
        .await
        .map_err(|error: Error| error)
        .unwrap();
}

pub(crate) async fn insert(store: &Store, id: i64) -> Result<(), Error> {
    store
        .write("test.insert", move |tx| {
            Box::pin(async move { tx.execute(&INSERT, &params![id, "text"]).await.map(drop) })
        })
        .await
}

pub(crate) async fn count(store: &Store) -> i64 {
    let counted: Result<i64, Error> = store
        .read("test.count", |tx| {
            Box::pin(async move { tx.query_one(&COUNT, &[]).await?.get("n") })
        })
        .await;
    counted.unwrap()
}

/// Makes one test per engine of each function `async fn(Engine)`.
macro_rules! on_both_engines {
    ($($name:ident),* $(,)?) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
            async fn $name() {
                super::$name(muster_store::Engine::Sqlite).await;
            })*
        }

        mod postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
            async fn $name() {
                if muster_testkit::db::engines().contains(&muster_store::Engine::Postgres) {
                    super::$name(muster_store::Engine::Postgres).await;
                }
            })*
        }
    };
}
pub(crate) use on_both_engines;
