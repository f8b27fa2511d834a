//! What a client that stops reading costs the server.
//!
//! The same turns run twice: with nobody watching, and with many sockets that are open and
//! never read. The difference of the peaks of memory, divided by the sockets, is the price of
//! one of them.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use muster_base::Clock;
use muster_testkit::http::{Client, Socket};
use muster_testkit::process::Muster;
use serde_json::{Value, json};

use crate::setup::{Mock, Setup, use_model};

/// Much text in pieces, so that live parts keep coming.
const SCRIPT: &str = r#"
name = "slow"
pace = { chunk_chars = 2000, gap_ms = 2 }

[[on]]
user = "Much"
reply.size = 200000

[[on]]
else = true
reply.text = "Ready."
"#;
/// Turns of one measurement.
const TURNS: usize = 15;
/// A turn that takes longer has been lost.
const TURN_LIMIT: Duration = Duration::from_secs(60);
const POLL: Duration = Duration::from_millis(20);

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    setup: Setup,
    /// Sockets that nobody reads
    #[arg(long, default_value_t = 60)]
    sockets: usize,
}

pub(crate) async fn run(args: Args) -> Result<Value> {
    let mock = Mock::start(&args.setup.exe, SCRIPT).await?;
    let folder = tempfile::tempdir()?;
    let muster = args.setup.muster(folder.path()).await?;
    let client = muster.client.unlimited();
    use_model(&client, &mock.url).await?;
    // Once unmeasured: the allocator keeps what the first answers needed.
    peak(&client, &muster, 0).await?;
    let alone = peak(&client, &muster, 0).await?;
    let watched = peak(&client, &muster, args.sockets).await?;
    let more = watched.saturating_sub(alone);
    Ok(json!({
        "bench": "slow",
        "engine": args.setup.engine(),
        "sockets": args.sockets,
        "peak_mb": {"alone": alone / 1_000_000, "watched": watched / 1_000_000},
        "kib_per_socket": more / 1024 / u64::try_from(args.sockets.max(1))?,
    }))
}

/// The peak of the server's memory in bytes while a chat runs its turns before `sockets` that
/// read their first frame and then nothing.
async fn peak(client: &Client, muster: &Muster, sockets: usize) -> Result<u64> {
    let body = json!({"content": [{"type": "text", "text": "Hello."}]});
    let chat = client.post("/api/v2/chats", &body).await?;
    let chat = chat.get("id").and_then(Value::as_str).context("no id")?;
    let mut peak = settle(client, muster, chat).await?;
    let mut open: Vec<Socket> = Vec::with_capacity(sockets);
    for _ in 0..sockets {
        let mut socket = client
            .socket(&format!("/api/v2/chats/{chat}/stream"))
            .await?;
        ensure!(socket.next().await?.is_some(), "the stream ended at once");
        open.push(socket);
    }
    let body = json!({"content": [{"type": "text", "text": "Much, please."}]});
    for _ in 0..TURNS {
        client
            .post(&format!("/api/v2/chats/{chat}/messages"), &body)
            .await?;
        peak = peak.max(settle(client, muster, chat).await?);
    }
    Ok(peak)
}

/// Waits until the chat is idle; gives the peak of memory on the way.
async fn settle(client: &Client, muster: &Muster, chat: &str) -> Result<u64> {
    let clock = Clock::system();
    let watch = clock.stopwatch();
    let mut peak = muster.memory();
    loop {
        let now = client.get(&format!("/api/v2/chats/{chat}")).await?;
        if now.get("status").and_then(Value::as_str) == Some("waiting") {
            return Ok(peak);
        }
        ensure!(watch.elapsed() < TURN_LIMIT, "the chat does not end");
        clock.timer("bench.poll", POLL).await;
        peak = peak.max(muster.memory());
    }
}
