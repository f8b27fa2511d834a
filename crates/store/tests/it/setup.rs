//! Opening, refusing to open, and copying a database.

use muster_base::Clock;
use muster_store::{DatabaseUrl, Engine, Error, SchemaError, Statement, Store, params};
use muster_testkit::db;

use crate::harness::{count, insert, notes, on_both_engines};

on_both_engines!(
    store_opens_again_on_the_same_schema,
    migration_of_a_newer_release_stops_the_start,
    edited_migration_stops_the_start,
    ready_means_that_the_database_answers,
);

async fn store_opens_again_on_the_same_schema(engine: Engine) {
    let (database, store) = notes(engine).await;
    insert(&store, 1).await.unwrap();
    store.close().await;
    let again = database.store(&Clock::system()).await;
    assert_eq!(count(&again).await, 1);
}

async fn run(store: &Store, statement: &'static Statement) {
    let done: Result<u64, Error> = store
        .write("test.schema", move |tx| {
            Box::pin(async move { tx.execute(statement, &params![]).await })
        })
        .await;
    done.unwrap();
}

async fn migration_of_a_newer_release_stops_the_start(engine: Engine) {
    static NEWER: Statement = Statement::new(
        "test/newer",
        "insert into schema_migrations (version, name, checksum, applied_at)
            values (99990101000000, 'later', '00', 0)",
    );
    let (database, store) = notes(engine).await;
    run(&store, &NEWER).await;
    store.close().await;
    let mut options = database.options(&Clock::system());
    let refused = Store::open(options.clone()).await.unwrap_err();
    assert!(
        matches!(
            refused,
            Error::Schema(SchemaError::Newer {
                version: 99_990_101_000_000,
                ..
            })
        ),
        "{refused}"
    );
    options.allow_newer_schema = true;
    assert!(Store::open(options).await.is_ok());
}

async fn edited_migration_stops_the_start(engine: Engine) {
    static EDIT: Statement =
        Statement::new("test/edit", "update schema_migrations set checksum = 'x'");
    let (database, store) = notes(engine).await;
    run(&store, &EDIT).await;
    store.close().await;
    let refused = Store::open(database.options(&Clock::system()))
        .await
        .unwrap_err();
    assert!(
        matches!(refused, Error::Schema(SchemaError::Changed { .. })),
        "{refused}"
    );
}

async fn ready_means_that_the_database_answers(engine: Engine) {
    let (_database, store) = notes(engine).await;
    store.ready().await.unwrap();
    store.close().await;
    assert!(matches!(store.ready().await, Err(Error::Closed)));
}

#[tokio::test]
async fn second_server_on_one_file_is_refused_while_the_first_lives() {
    let (database, store) = notes(Engine::Sqlite).await;
    let refused = Store::open(database.options(&Clock::system()))
        .await
        .unwrap_err();
    assert!(
        refused.to_string().starts_with("another server uses"),
        "{refused}"
    );
    store.close().await;
    assert!(
        Store::open(database.options(&Clock::system()))
            .await
            .is_ok()
    );
}

#[tokio::test]
async fn files_are_private_and_a_backup_opens() {
    use std::os::unix::fs::PermissionsExt;

    let (database, store) = notes(Engine::Sqlite).await;
    insert(&store, 1).await.unwrap();
    let copy = database.file().unwrap().with_file_name("copy.db");
    store.backup(&copy).await.unwrap();
    for file in [
        database.file().unwrap().with_extension("db-wal"),
        copy.clone(),
    ] {
        let mode = std::fs::metadata(&file).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{}", file.display());
    }
    let mut options = database.options(&Clock::system());
    options.url = DatabaseUrl::Sqlite(copy);
    let copied = Store::open(options).await.unwrap();
    assert_eq!(count(&copied).await, 1);
}

#[tokio::test]
async fn unreachable_server_is_unavailable_and_its_password_stays_secret() {
    let database = db::fresh_on(Engine::Sqlite).await;
    let mut options = database.options(&Clock::system());
    let url = "postgres://muster:hunter2@127.0.0.1:1/muster";
    options.url = DatabaseUrl::parse(Some(url), std::path::Path::new("")).unwrap();
    let printed = format!("{options:?}");
    let refused = Store::open(options).await.unwrap_err();
    assert_eq!(refused.family(), muster_store::Family::Unavailable);
    assert!(!format!("{printed} {refused:?}").contains("hunter2"));
}
