//! What an op may rely on, on both engines.

use muster_base::Clock;
use muster_store::{Error, Statement, params};
use muster_testkit::db;

static ONE: Statement = Statement::new("test/one", "select $1 as one");

#[tokio::test]
async fn fresh_database_answers() {
    let database = db::fresh().await;
    let store = database.store(&Clock::system()).await;
    let one: Result<i64, Error> = store
        .read("test.one", |tx| {
            Box::pin(async move { tx.query_one(&ONE, &params![7_i64]).await?.get("one") })
        })
        .await;
    assert_eq!(one.unwrap(), 7);
    store.close().await;
}
