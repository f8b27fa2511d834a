//! How many paced streams one core serves: `cargo xtask bench streams [--streams N] [--secs S]`.
//!
//! The server runs in a process of its own on a runtime with a single thread, so it cannot use
//! more than one core; its processor time is read from `/proc`. This process opens the streams,
//! reads them all and reports how late their ends were.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program that reports"
)]

use std::error::Error;
use std::net::SocketAddr;
use std::process::{Child, Command, ExitCode, Stdio};
use std::sync::Arc;
use std::time::Duration;

use muster_base::{Clock, TaskSet};
use muster_scripted_llm::{Options, Script, ScriptedModel};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Builder;
use tokio::sync::{Barrier, Semaphore};

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

/// The word that makes this program the server.
const SERVE: &str = "serve";
const EVENTS_PER_SECOND: u64 = 20;
/// Connections that are opened at the same time: more overflow the listener's queue.
const OPENING: usize = 256;
/// Ticks of a second in `/proc/<pid>/stat`.
const TICKS_PER_SECOND: f64 = 100.0;

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    match run(&words) {
        Ok(report) => {
            println!("{report}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn run(words: &[String]) -> Result<String> {
    let streams = number(words, "--streams")?.unwrap_or(10_000);
    let secs = number(words, "--secs")?.unwrap_or(10);
    let runtime = Builder::new_current_thread().enable_all().build()?;
    if words.first().is_some_and(|word| word == SERVE) {
        runtime.block_on(serve(secs))?;
        return Ok(String::new());
    }
    runtime.block_on(measure(streams, secs))
}

fn number(words: &[String], name: &str) -> Result<Option<u64>> {
    let mut words = words.iter().skip_while(|word| *word != name).skip(1);
    Ok(words.next().map(|word| word.parse()).transpose()?)
}

/// One word per event.
async fn serve(secs: u64) -> Result<()> {
    let gap_ms = 1_000 / EVENTS_PER_SECOND;
    let events = usize::try_from(secs * EVENTS_PER_SECOND)?;
    let text = "word ".repeat(events);
    let script = format!(
        "name = 'bench'\npace = {{ words = true, gap_ms = {gap_ms} }}\n[[on]]\nreply.text = '{text}'\n"
    );
    let model = ScriptedModel::new(Options::new(Script::parse(&script)?, Clock::system()));
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("{}", listener.local_addr()?);
    let tasks = TaskSet::new();
    muster_scripted_llm::serve(model, listener, tasks.drain().clone()).await?;
    Ok(())
}

struct Server {
    process: Child,
    address: SocketAddr,
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself, which is as good.
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

async fn start(secs: u64) -> Result<Server> {
    let mut command = Command::new(std::env::current_exe()?);
    command.args([SERVE, "--secs", &secs.to_string()]);
    let mut process = command.stdout(Stdio::piped()).spawn()?;
    let stdout = process.stdout.take().ok_or("no output")?;
    let stdout = tokio::process::ChildStdout::from_std(stdout)?;
    let mut line = String::new();
    BufReader::new(stdout).read_line(&mut line).await?;
    let address = line.trim().parse()?;
    Ok(Server { process, address })
}

/// Seconds of processor time of a process so far.
fn processor_secs(pid: u32) -> Result<f64> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat"))?;
    let (_, fields) = stat.rsplit_once(')').ok_or("no stat")?;
    let ticks = fields.split_whitespace().skip(11).take(2);
    let ticks: Vec<f64> = ticks
        .map(str::parse)
        .collect::<std::result::Result<_, _>>()?;
    Ok(ticks.iter().sum::<f64>() / TICKS_PER_SECOND)
}

async fn measure(streams: u64, secs: u64) -> Result<String> {
    let clock = Clock::system();
    let server = start(secs).await?;
    let tasks = TaskSet::new();
    let count = usize::try_from(streams)?;
    let opening = Arc::new(Semaphore::new(OPENING));
    let barrier = Arc::new(Barrier::new(count + 1));
    let mut readers = Vec::with_capacity(count);
    for _ in 0..count {
        let (clock, address) = (clock.clone(), server.address);
        let (opening, barrier) = (Arc::clone(&opening), Arc::clone(&barrier));
        readers.push(tasks.spawn("stream", async move {
            let permit = opening.acquire_owned().await?;
            let socket = TcpStream::connect(address).await?;
            drop(permit);
            barrier.wait().await;
            read(&clock, socket).await
        }));
    }
    barrier.wait().await;
    let (wall, before) = (clock.stopwatch(), processor_secs(server.process.id())?);
    let mut late_ms = Vec::with_capacity(count);
    let mut events = 0;
    for reader in readers {
        let (took, seen) = reader.await?.ok_or("a reader panicked")??;
        let planned = Duration::from_millis(1_000 / EVENTS_PER_SECOND)
            * u32::try_from(seen.saturating_sub(1))?;
        late_ms.push(took.saturating_sub(planned).as_millis());
        events += seen;
    }
    let wall = wall.elapsed().as_secs_f64();
    let used = processor_secs(server.process.id())? - before;
    late_ms.sort_unstable();
    let at = |share: usize| late_ms.get((count - 1) * share / 100).copied().unwrap_or(0);
    let expected = streams * secs * EVENTS_PER_SECOND;
    Ok(serde_json::json!({
        "streams": streams,
        "events": events,
        "events_expected": expected,
        "wall_secs": wall,
        "server_cores": used / wall,
        "late_ms": { "p50": at(50), "p99": at(99), "max": at(100) },
    })
    .to_string())
}

/// Reads one stream to its end: how long it took, and how many events with text it had.
async fn read(clock: &Clock, mut socket: TcpStream) -> Result<(Duration, u64)> {
    let body = concat!(
        r#"{"model":"m","max_tokens":9,"stream":true,"#,
        r#""messages":[{"role":"user","content":"x"}]}"#
    );
    let size = body.len();
    let head = "POST /v1/messages HTTP/1.1\r\nhost: bench\r\nconnection: close\r\n";
    let request =
        format!("{head}content-type: application/json\r\ncontent-length: {size}\r\n\r\n{body}");
    socket.write_all(request.as_bytes()).await?;
    let mut buffer = vec![0; 4_096];
    let (mut seen, mut tail) = (0, Vec::new());
    let mut read = socket.read(&mut buffer).await?;
    // All ask at once; the pace begins with the first event of each.
    let watch = clock.stopwatch();
    loop {
        let Some(bytes) = buffer.get(..read).filter(|bytes| !bytes.is_empty()) else {
            return Ok((watch.elapsed(), seen));
        };
        tail.extend_from_slice(bytes);
        let mark = b"text_delta";
        let found = tail
            .windows(mark.len())
            .filter(|window| window == mark)
            .count();
        seen += u64::try_from(found)?;
        // A mark that was cut is found with the next bytes, a whole one is not found twice.
        let keep = tail.len().min(mark.len() - 1);
        tail.drain(..tail.len() - keep);
        read = socket.read(&mut buffer).await?;
    }
}
