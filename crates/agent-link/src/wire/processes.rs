//! Bodies and queries of the process calls.

use std::collections::BTreeMap;

use muster_base::{ChatId, EffectId, Micros};
use serde::{Deserialize, Serialize};

/// Body of `POST process/start`. The same id never starts twice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProcessStart {
    /// Chosen by the server: the effect's id.
    pub id: EffectId,
    /// Run by `sh -c`.
    pub command: String,
    /// Absolute; the agent's directory if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workdir: Option<String>,
    /// Added to the agent's environment of commands.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub env: BTreeMap<String, String>,
    /// Whether the caller does not wait; shown in lists.
    #[serde(default)]
    pub background: bool,
    /// Hard limit, after which the process group is killed. The tools' own timeouts leave the
    /// process running and do not use it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout_ms: Option<u64>,
    /// The chat that owns the process.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chat_id: Option<ChatId>,
}

/// Answer of `process/start`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProcessStarted {
    /// The process.
    pub id: EffectId,
    /// Whether the command runs or has run.
    pub started: bool,
}

/// Query of `GET process/{id}/output`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutputQuery {
    /// Block until the process has exited or the caller goes away.
    #[serde(default)]
    pub wait: bool,
    /// Stop blocking after this time and answer with what there is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wait_ms: Option<u64>,
}

/// Query of `GET process/{id}/log`: raw output from a byte on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogQuery {
    /// First byte.
    #[serde(default)]
    pub offset: u64,
}

/// Answer of `process/{id}/output`; also the stored result of a `process/start` effect.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProcessOutput {
    /// First and last output, valid UTF-8, at most 32 KiB.
    pub output: String,
    /// What was left out, if anything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub truncated: Option<Truncation>,
    /// Whether the process still runs.
    pub running: bool,
    /// Its exit code; 128 + n after signal n; -1 if it is unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exit_code: Option<i32>,
    /// Why there is no proper exit code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// Time between start and exit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wall_duration_ms: Option<u64>,
}

/// What is missing in an output.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Truncation {
    /// Bytes that the process wrote.
    pub original_bytes: u64,
    /// Bytes of them that are shown.
    pub retained_bytes: u64,
    /// Bytes of them that are not.
    pub omitted_bytes: u64,
    /// `head_tail`.
    pub strategy: String,
}

/// Answer of `GET process/list`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProcessList {
    /// Processes of the calling chat and its ancestors, oldest first.
    pub processes: Vec<ProcessInfo>,
}

/// One process.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProcessInfo {
    /// Its id.
    pub id: EffectId,
    /// Its command.
    pub command: String,
    /// Where it started.
    pub workdir: String,
    /// Whether its caller did not wait.
    pub background: bool,
    /// Whether it still runs.
    pub running: bool,
    /// Its exit code, once it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exit_code: Option<i32>,
    /// When it started.
    pub started_at: Micros,
    /// When it exited.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exited_at: Option<Micros>,
}

/// Body of `POST process/{id}/signal`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProcessSignal {
    /// What to send to the process group.
    pub signal: Signal,
}

/// The signals that can be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Signal {
    /// `SIGKILL`
    Kill,
    /// `SIGTERM`
    Terminate,
}

/// Answer of `process/{id}/signal`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignalDone {
    /// Always true.
    pub success: bool,
    /// For the model.
    pub message: String,
}
