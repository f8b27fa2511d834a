//! How ops share the writer of one engine, and collide on the other.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::{join, join_all};
use muster_base::{Clock, Micros, MockClock, TaskSet, limits};
use muster_bus::{Delivery, Event, Topic};
use muster_store::{Engine, Error, Statement, Store, params};
use muster_testkit::db;
use parking_lot::Mutex;
use tokio::sync::{Barrier, oneshot};

use crate::harness::{INSERT, count, create, in_time, insert, notes, notes_at, on_both_engines};

static ORPHAN: Statement = Statement::new(
    "test/orphan",
    "insert into notes (id, parent) values ($1, 999)",
);

on_both_engines!(
    failing_op_of_many_undoes_only_its_own_work,
    full_queue_makes_callers_wait_and_then_busy,
);

/// Holds the writer until the sender is dropped, so that what comes next is one group. Gives
/// the outcome of the op that held it.
async fn hold(store: &Store) -> (mpsc::Sender<()>, impl Future<Output = Result<(), Error>>) {
    let (release, held) = mpsc::channel::<()>();
    let (entered, entering) = oneshot::channel::<()>();
    let held = Arc::new(Mutex::new(held));
    let entered = Arc::new(Mutex::new(Some(entered)));
    let store = store.clone();
    let holding = TaskSet::new().spawn("test.hold", async move {
        let held = store.write("test.hold", move |_| {
            drop(entered.lock().take());
            // Ends with an error, when the sender is dropped.
            held.lock().recv().unwrap_or_default();
            Box::pin(async { Ok(()) })
        });
        held.await
    });
    drop(in_time(entering).await);
    (release, holding.map(|outcome| outcome.unwrap().unwrap()))
}

async fn failing_op_of_many_undoes_only_its_own_work(engine: Engine) {
    let (_database, store) = notes(engine).await;
    insert(&store, 77).await.unwrap();
    let ops = i64::try_from(limits::GROUP_COMMIT_OPS_MAX).unwrap();
    let inserts = join_all((0..ops).map(|id| insert(&store, id)));
    let outcomes = match engine {
        Engine::Sqlite => {
            let (release, holding) = hold(&store).await;
            let released = async move { drop(release) };
            let ((outcomes, ()), held) = join(join(inserts, released), holding).await;
            held.unwrap();
            outcomes
        }
        Engine::Postgres => inserts.await,
    };
    let failed: Vec<_> = (0..ops)
        .zip(&outcomes)
        .filter(|(_, outcome)| outcome.is_err())
        .collect();
    assert!(
        matches!(failed[..], [(77, Err(Error::Unique { .. }))]),
        "{failed:?}"
    );
    assert_eq!(count(&store).await, ops);
}

#[tokio::test]
async fn failing_commit_reaches_every_op_of_the_group() {
    let (_database, store) = notes(Engine::Sqlite).await;
    let jobs = store.bus().subscribe([Topic::Jobs]);
    let (release, holding) = hold(&store).await;
    let orphan = store.write("test.orphan", |tx| {
        Box::pin(async move { tx.execute(&ORPHAN, &params![50_i64]).await.map(drop) })
    });
    let told = store.write("test.told", |tx| {
        Box::pin(async move {
            tx.notify(job(&Clock::system()));
            tx.execute(&INSERT, &params![1_i64, "text"]).await.map(drop)
        })
    });
    let released = async move { drop(release) };
    let (((orphan, told), ()), held) = join(join(join(orphan, told), released), holding).await;
    for outcome in [orphan, told, held] {
        assert!(
            matches!(outcome, Err(Error::Engine { what: "commit", .. })),
            "{outcome:?}"
        );
    }
    assert_eq!(jobs.try_recv(), None);
    assert_eq!(count(&store).await, 0);
    insert(&store, 1).await.unwrap();
}

fn job(clock: &Clock) -> Event {
    Event::JobNew {
        job_id: muster_base::JobId::new(clock),
    }
}

#[tokio::test]
async fn notifications_follow_the_order_of_ops_in_a_group() {
    let (_database, store) = notes(Engine::Sqlite).await;
    let jobs = store.bus().subscribe([Topic::Jobs]);
    let events: Vec<_> = (0..100).map(|_| job(&Clock::system())).collect();
    let (release, holding) = hold(&store).await;
    let ops = events.iter().map(|event| {
        let event = event.clone();
        store.write("test.notify", move |tx| {
            tx.notify(event.clone());
            Box::pin(async { Ok::<(), Error>(()) })
        })
    });
    let released = async move { drop(release) };
    let ((outcomes, ()), held) = join(join(join_all(ops), released), holding).await;
    held.unwrap();
    assert!(outcomes.iter().all(Result::is_ok));
    for event in events {
        assert_eq!(jobs.try_recv(), Some(Delivery::Event(Arc::new(event))));
    }
}

#[tokio::test]
async fn op_that_awaits_something_else_is_refused() {
    let (_database, store) = notes(Engine::Sqlite).await;
    let pended: Result<(), Error> = store
        .write("test.pend", |tx| {
            Box::pin(async move {
                tx.execute(&INSERT, &params![1_i64, "text"]).await?;
                tokio::task::yield_now().await;
                Ok(())
            })
        })
        .await;
    assert!(matches!(pended, Err(Error::OpPended { op: "test.pend" })));
    assert_eq!(count(&store).await, 0);
}

async fn full_queue_makes_callers_wait_and_then_busy(engine: Engine) {
    let mock = MockClock::new(Micros(0));
    let database = db::fresh_on(engine).await;
    let mut options = database.options(&mock.clock());
    options.connections = 1;
    let store = database.open(options).await;
    create(&store).await;
    let (release, holding) = hold(&store).await;
    let queued = match engine {
        Engine::Sqlite => limits::WRITER_QUEUE_MAX,
        Engine::Postgres => 0,
    };
    let queued = i64::try_from(queued).unwrap();
    let mut waiting = join_all((0..queued).map(|id| insert(&store, id))).boxed();
    if queued > 0 {
        assert!((&mut waiting).now_or_never().is_none());
    }
    let late = insert(&store, 1_000_000);
    let (refused, ()) = in_time(join(late, mock.fire("store.busy"))).await;
    assert!(matches!(refused, Err(Error::Busy)), "{refused:?}");
    drop(release);
    let (waited, held) = in_time(join(waiting, holding)).await;
    held.unwrap();
    assert!(waited.iter().all(Result::is_ok));
    assert_eq!(count(&store).await, queued);
}

#[tokio::test]
async fn read_that_takes_too_long_is_stopped() {
    static FOREVER: Statement = Statement::new(
        "test/forever",
        "with recursive n (i) as (select 1 union all select i + 1 from n) select count(*) from n",
    );
    let mock = MockClock::new(Micros(0));
    let (_database, store) = notes_at(Engine::Sqlite, &mock.clock()).await;
    let slow: Result<(), Error> = store
        .read("test.forever", move |tx| {
            mock.advance(limits::STORE_READ_LIMIT + Duration::from_secs(1));
            Box::pin(async move { tx.query(&FOREVER, &[]).await.map(drop) })
        })
        .await;
    assert!(
        matches!(slow, Err(Error::TooSlow { op: "test.forever" })),
        "{slow:?}"
    );
    assert_eq!(count(&store).await, 0);
}

#[tokio::test]
async fn reads_can_not_write() {
    let (_database, store) = notes(Engine::Sqlite).await;
    let refused: Result<(), Error> = store
        .read("test.sneak", |tx| {
            Box::pin(async move { tx.execute(&INSERT, &params![1_i64, ""]).await.map(drop) })
        })
        .await;
    assert!(refused.is_err());
}

/// Only the first two runs meet, each holding what the other wants.
async fn meet_once(meet: &Barrier, runs: &AtomicU32) {
    if runs.fetch_add(1, Ordering::SeqCst) < 2 {
        meet.wait().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn deadlocked_ops_run_again_until_both_are_done() {
    static UPDATE: Statement = Statement::new(
        "test/update",
        "update notes set amount = coalesce(amount, 0) + 1 where id = $1",
    );
    if !db::engines().contains(&Engine::Postgres) {
        return;
    }
    let (_database, store) = notes(Engine::Postgres).await;
    insert(&store, 1).await.unwrap();
    insert(&store, 2).await.unwrap();
    let meet = Arc::new(Barrier::new(2));
    let runs = Arc::new(AtomicU32::new(0));
    let crossing = |first: i64, second: i64| {
        let (meet, runs) = (Arc::clone(&meet), Arc::clone(&runs));
        store.write("test.cross", move |tx| {
            let (meet, runs) = (Arc::clone(&meet), Arc::clone(&runs));
            Box::pin(async move {
                tx.execute(&UPDATE, &params![first]).await?;
                meet_once(&meet, &runs).await;
                tx.execute(&UPDATE, &params![second]).await.map(drop)
            })
        })
    };
    let (left, right) = in_time(join(crossing(1, 2), crossing(2, 1))).await;
    left.and(right).map_err(|error: Error| error).unwrap();
    assert_eq!(
        runs.load(Ordering::SeqCst),
        3,
        "one of them had to run again"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn op_dropped_half_way_leaves_no_open_transaction() {
    if !db::engines().contains(&Engine::Postgres) {
        return;
    }
    let database = db::fresh_on(Engine::Postgres).await;
    let mut options = database.options(&Clock::system());
    options.connections = 1;
    let store = database.open(options).await;
    create(&store).await;
    let (entered, entering) = oneshot::channel::<()>();
    let entered = Arc::new(Mutex::new(Some(entered)));
    let stuck = store.write("test.stuck", move |tx| {
        let entered = Arc::clone(&entered);
        Box::pin(async move {
            tx.execute(&INSERT, &params![1_i64, "text"]).await?;
            drop(entered.lock().take());
            std::future::pending::<Result<(), Error>>().await
        })
    });
    tokio::select! {
        outcome = stuck => panic!("{outcome:?}"),
        _ = in_time(entering) => {}
    }
    assert_eq!(in_time(count(&store)).await, 0);
    in_time(insert(&store, 1)).await.unwrap();
}
