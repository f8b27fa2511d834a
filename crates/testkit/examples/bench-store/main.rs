//! Measures the store: `cargo xtask bench store [sqlite|postgres] [--rate <turns/s>] [--seconds <n>]`.
//!
//! One turn is five transactions (see [`workload`]); 500 chats run at once over 1,000
//! preloaded ones of 20 messages each. Without a rate the loop is closed: every chat starts
//! its next turn as soon as one has ended. PostgreSQL runs with fsync on, on `DATABASE_URL`
//! or a throwaway cluster. Prints one row of a table per engine.
#![expect(clippy::print_stdout, reason = "a program for people")]

mod report;
mod workload;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use muster_base::{Clock, TaskSet};
use muster_store::{DatabaseUrl, Engine, Store};
use muster_testkit::db;
use parking_lot::Mutex;

use report::{Report, Usage};
use workload::Workload;

/// Chats that run at once.
const AT_ONCE: usize = 500;
const WARM_UP: Duration = Duration::from_secs(3);

struct Plan {
    engines: Vec<Engine>,
    /// Turns that start per second; `None` for a closed loop.
    rate: Option<u32>,
    counted: Duration,
}

fn plan(mut words: impl Iterator<Item = String>) -> Result<Plan> {
    let mut plan = Plan {
        engines: Vec::new(),
        rate: None,
        counted: Duration::from_secs(6),
    };
    while let Some(word) = words.next() {
        match word.as_str() {
            "sqlite" => plan.engines.push(Engine::Sqlite),
            "postgres" => plan.engines.push(Engine::Postgres),
            "--rate" => plan.rate = Some(words.next().context("--rate <turns/s>")?.parse()?),
            "--seconds" => {
                let seconds = words.next().context("--seconds <n>")?.parse()?;
                plan.counted = Duration::from_secs(seconds);
            }
            other => bail!("`{other}` is neither an engine nor an option"),
        }
    }
    if plan.engines.is_empty() {
        plan.engines = vec![Engine::Sqlite, Engine::Postgres];
    }
    Ok(plan)
}

#[tokio::main]
async fn main() -> Result<()> {
    let plan = plan(std::env::args().skip(1))?;
    if plan.engines.contains(&Engine::Sqlite) {
        let (fresh, later) = opening().await?;
        println!("SQLite: fresh database in {fresh:.1?}, later open in {later:.1?}\n");
    }
    println!("{}", Report::HEAD);
    for engine in &plan.engines {
        println!("{}", measure(*engine, &plan).await?);
    }
    Ok(())
}

/// How long it takes to make a database with its schema, and to open it again.
async fn opening() -> Result<(Duration, Duration)> {
    let clock = Clock::system();
    let database = db::durable_on(Engine::Sqlite).await?;
    let file = database.file().context("no file")?;
    let mut options = database.options(&clock);
    options.url = DatabaseUrl::Sqlite(file.with_file_name("fresh.db"));
    let mut times = [Duration::ZERO; 2];
    for time in &mut times {
        let watch = clock.stopwatch();
        let store = database.open(options.clone()).await;
        *time = watch.elapsed();
        store.close().await;
    }
    let [fresh, later] = times;
    Ok((fresh, later))
}

/// What the running chats share.
struct Run {
    workload: Workload,
    clock: Clock,
    turns: Mutex<Vec<Duration>>,
    /// Turns that did not end well; a bench with any is worth nothing.
    failed: AtomicU64,
}

async fn measure(engine: Engine, plan: &Plan) -> Result<Report> {
    let clock = Clock::system();
    let database = db::durable_on(engine).await?;
    let store = database.store(&clock).await;
    let run = Arc::new(Run {
        workload: Workload::prepare(store.clone()).await?,
        clock: clock.clone(),
        turns: Mutex::default(),
        failed: AtomicU64::new(0),
    });
    let tasks = TaskSet::new();
    match plan.rate {
        None => {
            for _ in 0..AT_ONCE {
                tasks.spawn("bench.chat", closed_loop(Arc::clone(&run), tasks.clone()));
            }
        }
        Some(rate) => {
            tasks.spawn("bench.pace", paced(Arc::clone(&run), tasks.clone(), rate));
        }
    }
    clock.timer("bench.warm_up", WARM_UP).await;
    run.turns.lock().clear();
    let (before, watch) = (Usage::now()?, clock.stopwatch());
    clock.timer("bench.count", plan.counted).await;
    let turns = std::mem::take(&mut *run.turns.lock());
    let (elapsed, after) = (watch.elapsed(), Usage::now()?);
    tasks.shutdown().await;
    close(&store, run.failed.load(Ordering::Relaxed)).await?;
    Ok(Report::new(
        engine, plan.rate, turns, elapsed, before, after,
    ))
}

async fn close(store: &Store, failed: u64) -> Result<()> {
    store.close().await;
    if failed > 0 {
        bail!("{failed} turns failed");
    }
    Ok(())
}

async fn closed_loop(run: Arc<Run>, tasks: TaskSet) {
    while !tasks.drain().is_cancelled() {
        turn(&run).await;
    }
}

async fn paced(run: Arc<Run>, tasks: TaskSet, rate: u32) {
    let watch = run.clock.stopwatch();
    let mut started = 0_u32;
    while !tasks.drain().is_cancelled() {
        let due = Duration::from_secs(1) * started / rate;
        let early = due.saturating_sub(watch.elapsed());
        run.clock.timer("bench.pace", early).await;
        started += 1;
        let run = Arc::clone(&run);
        tasks.spawn("bench.turn", async move { turn(&run).await });
    }
}

async fn turn(run: &Run) {
    let watch = run.clock.stopwatch();
    match run.workload.turn().await {
        Ok(()) => run.turns.lock().push(watch.elapsed()),
        Err(error) => {
            if run.failed.fetch_add(1, Ordering::Relaxed) == 0 {
                println!("first failure: {error:?}");
            }
        }
    }
}
