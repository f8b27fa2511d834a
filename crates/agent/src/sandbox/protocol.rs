//! The lines that server, supervisor, launcher and init write to each other.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Server to supervisor, over `super.sock`.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "op")]
pub(crate) enum Request {
    Inspect,
    Stop {
        grace_ms: u64,
    },
    Kill,
    Reissue {
        token: String,
        env: BTreeMap<String, String>,
    },
}

/// Supervisor to the server that started it, one line on standard output.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum SupervisorEvent {
    Started(Started),
    Failed { step: String, reason: String },
}

#[derive(Serialize, Deserialize)]
pub(crate) struct Started {
    pub(crate) supervisor_pid: u32,
    pub(crate) init_pid: u32,
    pub(crate) limits: String,
}

/// Launcher and init to the supervisor, on standard output.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum InitEvent {
    /// The launcher made its namespaces and started the sandbox's first process.
    Spawned { init_pid: u32 },
    /// The first process will die with its parent and now expects its documents.
    Armed,
    /// The agent was started.
    AgentStarted { restarts: u32 },
    /// The agent died too often and is not started again.
    Broken { reason: String },
    /// A step failed; the sandbox ends.
    Failed { step: String, reason: String },
}

/// Supervisor to init, on standard input after the two documents.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum InitOrder {
    /// Ask the agent to end, then end.
    Stop,
    /// From now on the agent has this token and environment.
    Reissue {
        token: String,
        env: BTreeMap<String, String>,
    },
}

/// What the supervisor hands to init.
#[derive(Serialize, Deserialize)]
pub(crate) struct InitDocument {
    pub(crate) spec: super::SandboxSpec,
    pub(crate) policy: super::CommandPolicy,
    pub(crate) token: String,
}
