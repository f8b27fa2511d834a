//! What others hear of a commit.

use std::sync::Arc;

use muster_base::{Clock, JobId};
use muster_bus::{Delivery, Event, Relay, Topic};
use muster_store::{Engine, Error, Statement, Store, params};
use muster_testkit::db;

use crate::harness::{INSERT, count, in_time, insert, notes, on_both_engines};

on_both_engines!(
    events_are_told_after_the_commit_and_once,
    events_of_a_failed_op_are_not_told,
    events_are_told_although_the_caller_has_gone,
);

fn job() -> Event {
    Event::JobNew {
        job_id: JobId::new(&Clock::system()),
    }
}

async fn tell(store: &Store, events: Vec<Event>, fail: bool) -> Result<(), Error> {
    store
        .write("test.tell", move |tx| {
            for event in &events {
                tx.notify(event.clone());
            }
            Box::pin(async move {
                match fail {
                    true => Err(Error::Corrupt { what: "nothing" }),
                    false => Ok(()),
                }
            })
        })
        .await
}

async fn events_are_told_after_the_commit_and_once(engine: Engine) {
    let (_database, store) = notes(engine).await;
    let jobs = store.bus().subscribe([Topic::Jobs]);
    let (first, second) = (job(), job());
    let events = vec![first.clone(), second.clone(), first.clone()];
    tell(&store, events, false).await.unwrap();
    for event in [first, second] {
        assert_eq!(jobs.try_recv(), Some(Delivery::Event(Arc::new(event))));
    }
    assert_eq!(jobs.try_recv(), None);
}

async fn events_of_a_failed_op_are_not_told(engine: Engine) {
    let (_database, store) = notes(engine).await;
    let jobs = store.bus().subscribe([Topic::Jobs]);
    tell(&store, vec![job()], true).await.unwrap_err();
    assert_eq!(jobs.try_recv(), None);
}

async fn events_are_told_although_the_caller_has_gone(engine: Engine) {
    let (_database, store) = notes(engine).await;
    for patience in 0..30_i64 {
        let jobs = store.bus().subscribe([Topic::Jobs]);
        let before = count(&store).await;
        let writing = store.write("test.leave", move |tx| {
            tx.notify(job());
            let values = params![patience, "text"];
            Box::pin(async move { tx.execute(&INSERT, &values).await })
        });
        let leaving = async {
            for _ in 0..patience * patience {
                tokio::task::yield_now().await;
            }
        };
        tokio::select! {
            biased;
            written = writing => assert!(written.map_err(|error: Error| error).is_ok()),
            () = leaving => {}
        }
        if count(&store).await > before {
            in_time(jobs.recv()).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn another_replica_hears_what_was_committed_and_not_its_own_echo() {
    if !db::engines().contains(&Engine::Postgres) {
        return;
    }
    let (database, here) = notes(Engine::Postgres).await;
    let there = database.store(&Clock::system()).await;
    let own = here.bus().subscribe([Topic::Jobs]);
    let foreign = there.bus().subscribe([Topic::Jobs]);
    let (event, answer) = (job(), job());
    tell(&here, vec![event.clone()], false).await.unwrap();
    assert_eq!(
        in_time(foreign.recv()).await,
        Delivery::Event(Arc::new(event.clone()))
    );
    // The answer travels behind any echo, so its arrival proves that there was none.
    tell(&there, vec![answer.clone()], false).await.unwrap();
    assert_eq!(in_time(own.recv()).await, Delivery::Event(Arc::new(event)));
    assert_eq!(in_time(own.recv()).await, Delivery::Event(Arc::new(answer)));
    in_time(here.close()).await;
    in_time(there.close()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn everybody_reads_again_after_the_listener_was_cut_off() {
    static CUT: Statement = Statement::new(
        "test/cut",
        "select count(pg_terminate_backend(pid)) as cut from pg_stat_activity
            where datname = current_database() and query like 'listen%'",
    );
    if !db::engines().contains(&Engine::Postgres) {
        return;
    }
    let (_database, store) = notes(Engine::Postgres).await;
    let jobs = store.bus().subscribe([Topic::Jobs]);
    let cut: Result<i64, Error> = store
        .write("test.cut", |tx| {
            Box::pin(async move { tx.query_one(&CUT, &[]).await?.get("cut") })
        })
        .await;
    assert_eq!(cut.unwrap(), 1);
    assert_eq!(in_time(jobs.recv()).await, Delivery::Resync);
    // What was said meanwhile is lost; a poll finds it.
    insert(&store, 1).await.unwrap();
    assert_eq!(count(&store).await, 1);
}

/// Loses everything.
#[derive(Debug)]
struct Hole;

impl Relay for Hole {
    fn send(&self, _: &[Event]) {}
}

#[tokio::test(flavor = "multi_thread")]
async fn replica_that_hears_nothing_still_finds_the_truth_by_polling() {
    if !db::engines().contains(&Engine::Postgres) {
        return;
    }
    let (database, here) = notes(Engine::Postgres).await;
    let there = database.store(&Clock::system()).await;
    here.bus().set_relay(Arc::new(Hole));
    let foreign = there.bus().subscribe([Topic::Jobs]);
    tell(&here, vec![job()], false).await.unwrap();
    insert(&here, 1).await.unwrap();
    assert_eq!(count(&there).await, 1);
    assert_eq!(foreign.try_recv(), None);
}
