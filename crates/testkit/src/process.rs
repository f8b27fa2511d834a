//! A real `muster` in its own process, for what only real processes can show: kills, restarts,
//! processor time, memory.

use std::fs;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use muster_base::{Clock, Secret};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};

use crate::http::Client;
use crate::leftovers::end_processes_in;

/// A start that takes longer is a failure.
const START_LIMIT: Duration = Duration::from_secs(60);

/// How to start a server.
#[derive(Clone, Debug)]
pub struct Launch {
    /// The `muster` binary.
    pub exe: PathBuf,
    /// Everything the server keeps.
    pub data_dir: PathBuf,
    /// `postgres://…`; the file in the data folder otherwise.
    pub database_url: Option<String>,
    /// More words for `muster up`.
    pub args: Vec<String>,
    /// More variables of its environment.
    pub env: Vec<(String, String)>,
}

/// A running server. It and its sandboxes are gone once this is dropped.
#[derive(Debug)]
pub struct Muster {
    launch: Launch,
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
    /// Its address, the same over restarts.
    pub url: String,
    /// A signed-in client of the first owner.
    pub client: Client,
    clock: Clock,
}

impl Muster {
    /// Starts a server in an empty or used data folder and signs in.
    ///
    /// # Errors
    /// When it does not get ready.
    pub async fn start(launch: Launch) -> Result<Self> {
        let clock = Clock::system();
        let mut child = spawn(&launch, "127.0.0.1:0")?;
        let stdout = child.stdout.take().context("no standard output")?;
        let mut lines = BufReader::new(stdout).lines();
        let ready = event(&clock, &mut lines, "ready").await?;
        let url = text(&ready, "url")?;
        let client = sign_in(&url, &text(&ready, "login_url")?).await?;
        Ok(Self {
            launch,
            child,
            lines,
            url,
            client,
            clock,
        })
    }

    /// The process id of the server.
    #[must_use]
    pub fn pid(&self) -> Option<u32> {
        self.child.id()
    }

    /// Kills the server without warning and waits until it is gone.
    ///
    /// # Errors
    /// When it can't be killed.
    pub async fn kill(&mut self) -> Result<()> {
        self.child.kill().await.context("kill")
    }

    /// Starts the server again on the same folder and address; the session stays valid.
    ///
    /// # Errors
    /// When it does not get ready.
    pub async fn restart(&mut self) -> Result<()> {
        let address = self.url.trim_start_matches("http://").to_owned();
        self.child = spawn(&self.launch, &address)?;
        let stdout = self.child.stdout.take().context("no standard output")?;
        self.lines = BufReader::new(stdout).lines();
        let ready = event(&self.clock, &mut self.lines, "ready").await?;
        if text(&ready, "url")? != self.url {
            bail!("the server came back at another address");
        }
        Ok(())
    }

    /// The next event of this kind that `muster up --json` prints.
    ///
    /// # Errors
    /// When the output ends first.
    pub async fn event(&mut self, kind: &str) -> Result<Value> {
        event(&self.clock, &mut self.lines, kind).await
    }

    /// Asks the server to end and waits for it.
    ///
    /// # Errors
    /// When it does not end cleanly.
    pub async fn stop(mut self) -> Result<()> {
        let pid = self.child.id().context("the server is gone")?;
        let status = Command::new("kill")
            .args(["-TERM", &pid.to_string()])
            .status()
            .await?;
        if !status.success() {
            bail!("kill failed");
        }
        let ended = self
            .clock
            .timeout("testkit.stop", START_LIMIT, self.child.wait())
            .await??;
        if ended.success() {
            Ok(())
        } else {
            bail!("the server ended with {ended}")
        }
    }

    /// Processor time of the server so far.
    #[must_use]
    pub fn cpu(&self) -> Duration {
        self.pid().and_then(cpu_of).unwrap_or_default()
    }

    /// Resident memory of the server, in bytes.
    #[must_use]
    pub fn memory(&self) -> u64 {
        self.pid().and_then(memory_of).unwrap_or_default()
    }
}

impl Drop for Muster {
    fn drop(&mut self) {
        end_processes_in(&self.launch.data_dir);
    }
}

fn spawn(launch: &Launch, address: &str) -> Result<Child> {
    let mut command = Command::new(&launch.exe);
    command
        .args(["up", "--json", "--http-address", address, "--data-dir"])
        .arg(&launch.data_dir);
    command.args(&launch.args).envs(launch.env.iter().cloned());
    if let Some(url) = &launch.database_url {
        command.env("MUSTER_DATABASE_URL", url);
    }
    // Sessions of the person who runs the tests are none of our business.
    command.env("XDG_CONFIG_HOME", launch.data_dir.join("config"));
    command
        .env_remove("ANTHROPIC_API_KEY")
        .env_remove("OPENAI_API_KEY");
    command
        .stdout(Stdio::piped())
        .stdin(Stdio::null())
        .kill_on_drop(true);
    command
        .spawn()
        .with_context(|| launch.exe.display().to_string())
}

async fn event(
    clock: &Clock,
    lines: &mut Lines<BufReader<ChildStdout>>,
    kind: &str,
) -> Result<Value> {
    let find = async {
        while let Some(line) = lines.next_line().await? {
            let event: Value = serde_json::from_str(&line).unwrap_or_default();
            if event.get("event").and_then(Value::as_str) == Some(kind) {
                return Ok(event);
            }
        }
        bail!("the server ended before it said `{kind}`")
    };
    clock.timeout("testkit.event", START_LIMIT, find).await?
}

async fn sign_in(url: &str, login_url: &str) -> Result<Client> {
    let (_, secret) = login_url
        .split_once("secret=")
        .context("no secret in the login link")?;
    let body = json!({"secret": secret});
    let answer = Client::new(url, None)?
        .post("/api/v2/users/login-link", &body)
        .await?;
    Client::new(url, Some(Secret::new(text(&answer, "session_token")?)))
}

fn text(value: &Value, field: &str) -> Result<String> {
    let text = value.get(field).and_then(Value::as_str);
    text.map(str::to_owned)
        .with_context(|| format!("no {field} in {value}"))
}

/// Clock ticks of a process: user and system time (proc(5), fields 14 and 15).
fn cpu_of(pid: u32) -> Option<Duration> {
    const TICKS_PER_SECOND: u64 = 100;
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let (_, fields) = stat.rsplit_once(')')?;
    // Behind the name follow field 3, the state, and the rest; some may be negative.
    let field =
        |number: usize| -> Option<u64> { fields.split_whitespace().nth(number - 3)?.parse().ok() };
    let ticks = field(14)? + field(15)?;
    Some(Duration::from_millis(ticks * 1_000 / TICKS_PER_SECOND))
}

fn memory_of(pid: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
    Some(line.split_whitespace().nth(1)?.parse::<u64>().ok()? * 1024)
}

/// A process as `/proc` shows it.
#[derive(Clone, Debug)]
pub struct Process {
    /// Its id.
    pub pid: u32,
    /// Its parent.
    pub parent: u32,
    /// Its words.
    pub words: Vec<String>,
}

/// A process and everything below it.
#[must_use]
pub fn family_of(pid: u32) -> Vec<Process> {
    let all = processes();
    let mut family: Vec<Process> = all.iter().filter(|one| one.pid == pid).cloned().collect();
    loop {
        let is_known = |pid: u32| family.iter().any(|known| known.pid == pid);
        let children = all
            .iter()
            .filter(|one| is_known(one.parent) && !is_known(one.pid));
        let more: Vec<Process> = children.cloned().collect();
        if more.is_empty() {
            return family;
        }
        family.extend(more);
    }
}

fn processes() -> Vec<Process> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    let pids = entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    pids.filter_map(process).collect()
}

fn process(pid: u32) -> Option<Process> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let (_, fields) = stat.rsplit_once(')')?;
    let parent = fields.split_whitespace().nth(1)?.parse().ok()?;
    let line = fs::read(format!("/proc/{pid}/cmdline")).ok()?;
    let words = line
        .split(|byte| *byte == 0)
        .filter(|word| !word.is_empty());
    let words = words
        .map(|word| String::from_utf8_lossy(word).into_owned())
        .collect();
    Some(Process { pid, parent, words })
}
