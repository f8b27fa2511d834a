//! A process is killed while it writes. What it was told to be written is there, and of every
//! op either all or nothing.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use futures_util::future::join_all;
use muster_base::{Clock, ReplicaId};
use muster_bus::Bus;
use muster_store::{DatabaseUrl, Engine, Error, Options, Statement, Store, Vault, params};
use muster_testkit::db;

use crate::harness::{INSERT, count, create, on_both_engines};

const CHILD: &str = "crash::child_that_is_killed_while_it_writes";
const URL: &str = "MUSTER_CRASH_CHILD_URL";
const KEY: &str = "0202020202020202020202020202020202020202020202020202020202020202";
/// Acknowledged ops after which the child is killed.
const ENOUGH: usize = 300;

on_both_engines!(acknowledged_writes_survive_a_kill_and_no_op_is_half_done);

async fn acknowledged_writes_survive_a_kill_and_no_op_is_half_done(engine: Engine) {
    static PAIRS: Statement = Statement::new(
        "test/pairs",
        "select id from notes where id >= 0 order by id",
    );
    let database = db::fresh_on(engine).await;
    let store = database.store(&Clock::system()).await;
    create(&store).await;
    store.close().await;
    let url = match database.url() {
        DatabaseUrl::Sqlite(path) => format!("sqlite:{}", path.display()),
        DatabaseUrl::Postgres(url) => url.expose().clone(),
    };
    let acknowledged = tokio::task::block_in_place(|| run_and_kill(&url));
    let store = database.store(&Clock::system()).await;
    let ids: Result<Vec<i64>, Error> = store
        .read("test.pairs", |tx| {
            Box::pin(async move {
                let rows = tx.query(&PAIRS, &[]).await?;
                rows.iter().map(|row| row.get("id")).collect()
            })
        })
        .await;
    let ids = ids.unwrap();
    for id in acknowledged {
        assert!(
            ids.binary_search(&(2 * id)).is_ok(),
            "{id} was acknowledged and is gone"
        );
    }
    // An op writes 2n and 2n+1.
    assert!(
        ids.chunks(2)
            .all(|pair| pair.len() == 2 && pair[0] % 2 == 0 && pair[1] == pair[0] + 1)
    );
    assert_eq!(count(&store).await, i64::try_from(ids.len()).unwrap());
}

/// Starts the child, reads what it acknowledges and kills it.
fn run_and_kill(url: &str) -> Vec<i64> {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args([CHILD, "--exact", "--ignored", "--nocapture"])
        .env(URL, url)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let numbers = lines
        .map_while(Result::ok)
        .filter_map(|line| line.parse().ok());
    let acknowledged: Vec<i64> = numbers.take(ENOUGH).collect();
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(acknowledged.len(), ENOUGH, "the child ended early");
    acknowledged
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "run by the crash test, which kills it"]
#[expect(
    clippy::disallowed_methods,
    reason = "how the parent speaks to its child"
)]
async fn child_that_is_killed_while_it_writes() {
    let Ok(url) = std::env::var(URL) else { return };
    let clock = Clock::system();
    let url = DatabaseUrl::parse(Some(&url), std::path::Path::new("/")).unwrap();
    let replica = ReplicaId::new(&clock);
    let options = Options::new(url, clock, Bus::new(), Vault::new([KEY]).unwrap(), replica);
    let store = Store::open(options).await.unwrap();
    for round in 0.. {
        join_all((0..20).map(|n| write_pair(&store, round * 20 + n))).await;
    }
}

#[expect(clippy::print_stdout, reason = "how the child speaks to its parent")]
async fn write_pair(store: &Store, id: i64) {
    let written: Result<(), Error> = store
        .write("test.pair", move |tx| {
            Box::pin(async move {
                tx.execute(&INSERT, &params![2 * id, "left"]).await?;
                tx.execute(&INSERT, &params![2 * id + 1, "right"]).await?;
                Ok(())
            })
        })
        .await;
    written.unwrap();
    println!("{id}");
}
