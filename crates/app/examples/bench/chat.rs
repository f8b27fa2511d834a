//! Many chats, many turns, a scripted model in its own process.
//!
//! Server, model and this load generator share the machine; the server's processor time is
//! read from `/proc`, so the others don't count.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use futures_util::{StreamExt, TryStreamExt, stream};
use muster_base::{Clock, Micros};
use muster_testkit::http::{Client, Socket};
use muster_testkit::process::Muster;
use serde_json::{Value, json};
use tokio::sync::watch;

use crate::people::people;
use crate::percentiles::{milliseconds, percentile};
use crate::setup::{Mock, Setup, use_model};
use crate::statements::Statements;

/// A turn that takes longer has been lost.
const TURN_LIMIT: Duration = Duration::from_secs(120);
/// Chats that are created at the same time.
const CREATES: usize = 32;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    setup: Setup,
    /// Chats that run side by side
    #[arg(long, default_value_t = 200)]
    chats: usize,
    /// Turns of each chat that are measured (one more comes first, with the creation)
    #[arg(long, default_value_t = 10)]
    turns: usize,
    /// People who share the chats
    #[arg(long, default_value_t = 1)]
    owners: usize,
    /// How long the model waits before it answers, in milliseconds
    #[arg(long, default_value_t = 0)]
    model_ms: u64,
}

/// The newest known state of each chat: (status, `updated_at`).
type States = HashMap<String, watch::Sender<(String, Micros)>>;

pub(crate) async fn run(args: Args) -> Result<Value> {
    let clock = Clock::system();
    let script = format!(
        "name = 'bench'\npace = {{ first_ms = {} }}\n[[on]]\nelse = true\nreply.size = 200\n",
        args.model_ms
    );
    let mock = Mock::start(&args.setup.exe, &script).await?;
    let folder = tempfile::tempdir()?;
    let muster = args.setup.muster(folder.path()).await?;
    let idle = muster.memory();
    use_model(&muster.client, &mock.url).await?;
    let clients = clients(&args, &muster).await?;
    let chats = create(&clients, args.chats).await?;
    let states = Arc::new(states(&chats));
    let mut feeds = Vec::new();
    for client in &clients {
        let socket = client.socket("/api/v2/chats/watch").await?;
        feeds.push(feed(socket, &states));
    }
    let measured = tokio::select! {
        measured = measure(&args, &clock, &muster, &states, &chats) => measured?,
        ended = futures_util::future::try_join_all(feeds) => {
            ended?;
            bail!("the watch sockets closed")
        }
    };
    let (statements, turns) = (measured.statements.clone(), measured.turns.len());
    let report = report(&args, idle, &muster, measured);
    statements
        .check(turns)
        .with_context(|| report.to_string())?;
    Ok(report)
}

/// The people whose chats they are.
async fn clients(args: &Args, muster: &Muster) -> Result<Vec<Client>> {
    if args.owners <= 1 {
        return Ok(vec![muster.client.unlimited()]);
    }
    let people = people(muster, args.owners).await?;
    Ok(people.into_iter().map(|person| person.client).collect())
}

/// A chat and its owner.
struct Chat {
    id: String,
    client: Client,
}

/// Creates the chats; each begins its first turn at once.
async fn create(clients: &[Client], count: usize) -> Result<Vec<Chat>> {
    let body = json!({"content": [{"type": "text", "text": "Say something."}]});
    let one = |number: usize| {
        let (client, body) = (clients.get(number % clients.len().max(1)), &body);
        async move {
            let client = client.context("nobody")?.clone();
            let chat = client.post("/api/v2/chats", body).await?;
            let id = chat.get("id").and_then(Value::as_str);
            let id = id.context("no chat id")?.to_owned();
            anyhow::Ok(Chat { id, client })
        }
    };
    stream::iter(0..count)
        .map(one)
        .buffer_unordered(CREATES)
        .try_collect()
        .await
}

fn states(chats: &[Chat]) -> States {
    let unknown = || watch::Sender::new((String::new(), Micros::ZERO));
    let chats = chats.iter();
    chats.map(|chat| (chat.id.clone(), unknown())).collect()
}

/// Passes what the list watch says on to the chats' drivers.
async fn feed(mut socket: Socket, states: &States) -> Result<()> {
    while let Some(frame) = socket.next().await? {
        let Some(chat) = frame.pointer("/data/chat") else {
            continue;
        };
        let field = |name: &str| chat.get(name).and_then(Value::as_str).unwrap_or_default();
        if let Some(sender) = states.get(field("id")) {
            let at = Micros::parse(field("updated_at")).unwrap_or_default();
            sender.send_modify(|state| {
                if at >= state.1 {
                    *state = (field("status").to_owned(), at);
                }
            });
        }
    }
    Ok(())
}

struct Measured {
    turns: Vec<Duration>,
    wall: Duration,
    cpu: Duration,
    statements: Statements,
}

async fn measure(
    args: &Args,
    clock: &Clock,
    muster: &Muster,
    states: &States,
    chats: &[Chat],
) -> Result<Measured> {
    // The first turns belong to the creation and only warm everything up.
    let warm = chats.iter().map(|chat| settle(clock, states, chat));
    futures_util::future::try_join_all(warm).await?;
    let before = Statements::read(&muster.client).await?;
    let (watch, cpu) = (clock.stopwatch(), muster.cpu());
    let drive = chats.iter().enumerate().map(|(at, chat)| async move {
        stagger(clock, args, at).await;
        let mut turns = Vec::with_capacity(args.turns);
        for _ in 0..args.turns {
            turns.push(turn(clock, states, chat).await?);
        }
        anyhow::Ok(turns)
    });
    let turns = futures_util::future::try_join_all(drive).await?.concat();
    let (wall, cpu) = (watch.elapsed(), muster.cpu().saturating_sub(cpu));
    let statements = Statements::read(&muster.client).await?.since(&before);
    Ok(Measured {
        turns,
        wall,
        cpu,
        statements,
    })
}

/// People do not press return in step: the first turns are spread over the model's time.
async fn stagger(clock: &Clock, args: &Args, at: usize) {
    let share =
        Duration::from_millis(args.model_ms) / u32::try_from(args.chats.max(1)).unwrap_or(1);
    let wait = share * u32::try_from(at).unwrap_or(0);
    if !wait.is_zero() {
        clock.timer("bench.stagger", wait).await;
    }
}

/// Waits until a chat that was created before the watch began is idle.
async fn settle(clock: &Clock, states: &States, chat: &Chat) -> Result<()> {
    let path = format!("/api/v2/chats/{}", chat.id);
    let now = chat.client.get(&path).await?;
    if now.get("status").and_then(Value::as_str) == Some("waiting") {
        return Ok(());
    }
    idle_after(clock, states, &chat.id, Micros::ZERO).await
}

async fn turn(clock: &Clock, states: &States, chat: &Chat) -> Result<Duration> {
    let watch = clock.stopwatch();
    let body = json!({"content": [{"type": "text", "text": "And again."}]});
    let path = format!("/api/v2/chats/{}/messages", chat.id);
    let sent = chat.client.post(&path, &body).await?;
    let at = sent
        .pointer("/message/created_at")
        .and_then(Value::as_str)
        .unwrap_or_default();
    idle_after(clock, states, &chat.id, Micros::parse(at)?).await?;
    Ok(watch.elapsed())
}

/// Waits for an idle state that is younger than `sent`: an older one belongs to the last turn.
async fn idle_after(clock: &Clock, states: &States, chat: &str, sent: Micros) -> Result<()> {
    let mut state = states.get(chat).context("unknown chat")?.subscribe();
    let idle = state.wait_for(|(status, at)| *at > sent && status != "running");
    let status = clock
        .timeout("bench.turn", TURN_LIMIT, idle)
        .await??
        .0
        .clone();
    if status == "waiting" {
        Ok(())
    } else {
        bail!("chat {chat} ended as {status}")
    }
}

fn report(args: &Args, idle: u64, muster: &Muster, measured: Measured) -> Value {
    let Measured {
        mut turns,
        wall,
        cpu,
        statements,
    } = measured;
    turns.sort();
    let count = turns.len();
    let model = Duration::from_millis(args.model_ms);
    let at = |share: f64| milliseconds(percentile(&turns, share).saturating_sub(model));
    json!({
        "bench": "chat",
        "engine": args.setup.engine(),
        "chats": args.chats,
        "owners": args.owners,
        "turns": count,
        "model_ms": args.model_ms,
        "turns_per_second": (f64::from(u32::try_from(count).unwrap_or(0)) / wall.as_secs_f64()).round(),
        "server_cpu_ms_per_turn": milliseconds(cpu / u32::try_from(count.max(1)).unwrap_or(1)),
        "overhead_ms": {"p50": at(0.50), "p95": at(0.95), "p99": at(0.99)},
        "rss_mb": {"idle": idle / 1_000_000, "after": muster.memory() / 1_000_000},
        "statements": statements.report(count),
    })
}
