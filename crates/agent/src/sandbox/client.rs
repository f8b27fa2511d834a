//! The server's side: start a supervisor, talk to it.

use std::path::{Path, PathBuf};
use std::time::Duration;

use muster_base::{Clock, Secret};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::UnixStream;
use tokio::process::Command;

use super::protocol::{Request, Started as StartedEvent, SupervisorEvent};
use super::{Error, Level, SandboxSpec, error::AtStep};
use crate::socket;

/// Longest time from the spawn of the supervisor to the first start of the agent.
const START_LIMIT: Duration = Duration::from_secs(20);
/// Answer to a question that needs no waiting.
const ASK_LIMIT: Duration = Duration::from_secs(5);
/// What the supervisor itself may need beyond the grace of a stop.
const STOP_SLACK: Duration = Duration::from_secs(15);

/// A sandbox that has just come up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Started {
    /// The supervisor on the host.
    pub supervisor_pid: u32,
    /// The sandbox's first process on the host.
    pub init_pid: u32,
    /// The level in force.
    pub level: Level,
    /// How memory, processes and processor are limited, in words for the report.
    pub limits: String,
}

/// What a supervisor says about its sandbox.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inspection {
    /// State of the sandbox.
    pub state: SandboxState,
    /// The supervisor on the host.
    pub supervisor_pid: u32,
    /// The sandbox's first process on the host.
    pub init_pid: u32,
    /// Starts of the agent after the first.
    pub agent_restarts: u32,
    /// The level in force.
    pub level: Level,
    /// How memory, processes and processor are limited.
    pub limits: String,
    /// Processes killed because the workspace's memory was used up.
    pub oom_kills: u64,
}

/// State of a sandbox as its supervisor sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "is", content = "reason")]
pub enum SandboxState {
    /// The agent runs or is about to be started again.
    Running,
    /// A stop is under way.
    Stopping,
    /// The agent died too often; commands may still run.
    Broken(String),
}

/// Starts a detached supervisor with `exe` (this program) and waits until the agent runs.
/// The supervisor outlives the caller.
///
/// # Errors
/// [`Error::Refused`] with the failed step, reason and remedy; nothing is left running then.
pub async fn spawn_supervisor(
    spec: &SandboxSpec,
    token: &Secret<String>,
    exe: &Path,
    clock: &Clock,
) -> Result<Started, Error> {
    clock
        .timeout("sandbox.start", START_LIMIT, start(spec, token, exe))
        .await?
}

async fn start(spec: &SandboxSpec, token: &Secret<String>, exe: &Path) -> Result<Started, Error> {
    let mut intermediate = Command::new(exe)
        .args([super::SUPERVISE, "--detach"])
        .env_clear()
        .current_dir("/")
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::null())
        .spawn()
        .at("start the supervisor")?;
    let (Some(mut stdin), Some(stdout)) = (intermediate.stdin.take(), intermediate.stdout.take())
    else {
        return Err(Error::Arguments(super::SUPERVISE));
    };
    let mut document = serde_json::to_vec(spec).map_err(|source| Error::Document {
        what: "sandbox",
        source,
    })?;
    document.push(b'\n');
    document.extend_from_slice(token.expose().as_bytes());
    document.push(b'\n');
    stdin
        .write_all(&document)
        .await
        .at("start the supervisor")?;
    drop(stdin);
    let mut line = String::new();
    BufReader::new(stdout)
        .read_line(&mut line)
        .await
        .at("start the supervisor")?;
    intermediate.wait().await.at("start the supervisor")?;
    match serde_json::from_str(&line) {
        Ok(SupervisorEvent::Started(StartedEvent {
            supervisor_pid,
            init_pid,
            limits,
        })) => Ok(Started {
            supervisor_pid,
            init_pid,
            level: spec.level,
            limits,
        }),
        Ok(SupervisorEvent::Failed { step, reason }) => Err(Error::Refused { step, reason }),
        Err(source) => Err(Error::Document {
            what: "supervisor answer",
            source,
        }),
    }
}

/// Talks to the supervisor of one workspace through its socket.
#[derive(Clone, Debug)]
pub struct SupervisorClient {
    socket: PathBuf,
    clock: Clock,
}

impl SupervisorClient {
    /// A client for the socket of [`SandboxSpec::supervisor_socket`].
    #[must_use]
    pub fn new(socket: PathBuf, clock: Clock) -> Self {
        Self { socket, clock }
    }

    /// The state of the sandbox; `None` when there is no supervisor, which means that the
    /// workspace is stopped.
    ///
    /// # Errors
    /// A supervisor that does not answer in time or not in our words.
    pub async fn inspect(&self) -> Result<Option<Inspection>, Error> {
        let Some(answer) = self.ask(&Request::Inspect, ASK_LIMIT).await? else {
            return Ok(None);
        };
        serde_json::from_value(answer)
            .map(Some)
            .map_err(|source| Error::Document {
                what: "inspection",
                source,
            })
    }

    /// Stops the sandbox: the agent gets SIGTERM and `grace`, then everything is killed.
    /// Returns when nothing is left. Stopping a stopped workspace is a success.
    ///
    /// # Errors
    /// A supervisor that does not answer in time.
    pub async fn stop(&self, grace: Duration) -> Result<(), Error> {
        let grace_ms = u64::try_from(grace.as_millis()).unwrap_or(u64::MAX);
        let limit = grace.saturating_add(STOP_SLACK);
        self.ask(&Request::Stop { grace_ms }, limit).await?;
        Ok(())
    }

    /// Kills everything in the sandbox at once and returns when nothing is left.
    ///
    /// # Errors
    /// A supervisor that does not answer in time.
    pub async fn kill(&self) -> Result<(), Error> {
        self.ask(&Request::Kill, STOP_SLACK).await?;
        Ok(())
    }

    /// Hands the agent a new token and environment; running commands go on.
    ///
    /// # Errors
    /// [`Error::SupervisorGone`] when there is no sandbox to hand it to.
    pub async fn reissue(
        &self,
        token: &Secret<String>,
        env: std::collections::BTreeMap<String, String>,
    ) -> Result<(), Error> {
        let request = Request::Reissue {
            token: token.expose().clone(),
            env,
        };
        match self.ask(&request, ASK_LIMIT).await? {
            Some(_) => Ok(()),
            None => Err(Error::SupervisorGone(std::io::ErrorKind::NotFound.into())),
        }
    }

    /// One request, one answer; `None` when nobody listens.
    async fn ask(&self, request: &Request, limit: Duration) -> Result<Option<Value>, Error> {
        self.clock
            .timeout("sandbox.supervisor", limit, self.exchange(request))
            .await?
    }

    async fn exchange(&self, request: &Request) -> Result<Option<Value>, Error> {
        let connected = match socket::reach(&self.socket) {
            Ok(reached) => UnixStream::connect(reached.path()).await,
            Err(error) => Err(error),
        };
        let mut stream = match connected {
            Ok(stream) => stream,
            Err(error) if nobody_listens(&error) => return Ok(None),
            Err(error) => return Err(Error::SupervisorGone(error)),
        };
        let mut line = serde_json::to_vec(request).map_err(|source| Error::Document {
            what: "supervisor request",
            source,
        })?;
        line.push(b'\n');
        let mut answer = String::new();
        // A supervisor that ends between our connect and its answer has stopped the sandbox.
        if stream.write_all(&line).await.is_err() {
            return Ok(None);
        }
        let mut reader = BufReader::new(stream);
        if reader.read_line(&mut answer).await.is_err() || answer.is_empty() {
            return Ok(None);
        }
        serde_json::from_str(&answer)
            .map(Some)
            .map_err(|source| Error::Document {
                what: "supervisor answer",
                source,
            })
    }
}

fn nobody_listens(error: &std::io::Error) -> bool {
    matches!(
        error.kind(),
        std::io::ErrorKind::NotFound | std::io::ErrorKind::ConnectionRefused
    )
}
