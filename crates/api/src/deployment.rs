//! How a deployment is doing, and how it was told to be.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::Time;

/// One thing that was really tried.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct HealthCheck {
    /// Such as `data_folder`, `clock`, `git`, `user_namespaces`.
    pub name: String,
    pub ok: bool,
    /// What was found, or why it does not work.
    pub detail: String,
    /// What to do; empty when nothing is to be done.
    pub remedy: String,
}

/// How much stands between a workspace and its host, from worst to best.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum SandboxLevel {
    /// Plain processes.
    None,
    /// Every command is fenced in, but sees the host's processes and network.
    Landlock,
    /// A workspace has namespaces of its own as well.
    Strict,
}

/// What isolates the workspaces of this machine; tried when the server started.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct SandboxHealth {
    /// The best level that this machine reaches.
    pub level: SandboxLevel,
    /// The weakest level at which workspaces start.
    pub required: SandboxLevel,
    /// Whether workspaces start: `level` is at least `required`.
    pub ok: bool,
    /// Every layer, working or not.
    pub layers: Vec<HealthCheck>,
}

/// Which database it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum DatabaseEngine {
    /// The embedded one: a file in the data folder.
    Sqlite,
    /// A server.
    Postgres,
}

/// The database.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct DatabaseHealth {
    pub engine: DatabaseEngine,
    /// Of the engine.
    pub version: String,
    /// How long it took to answer, in microseconds.
    pub answer_us: i64,
}

/// One of the servers that share the database.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct ReplicaHealth {
    pub id: uuid::Uuid,
    pub started_at: Time,
    /// Its last sign of life.
    pub heartbeat_at: Time,
    /// Whether it has missed none; who has loses its chats.
    pub alive: bool,
}

/// How the deployment is doing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct DeploymentHealth {
    /// Every check is fine and workspaces start. A weaker sandbox than the best is no fault.
    pub healthy: bool,
    pub checked_at: Time,
    pub version: String,
    /// The id of the web UI's build; absent where it was not built.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub build: Option<String>,
    /// How people and agents reach the server.
    pub access_url: String,
    /// Where it listens.
    pub http_address: String,
    pub database: DatabaseHealth,
    /// Absent where this server runs no workspaces of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sandbox: Option<SandboxHealth>,
    pub checks: Vec<HealthCheck>,
    /// Those that run chats, the newest first.
    pub replicas: Vec<ReplicaHealth>,
}

/// One setting of the server and what it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct DeploymentOption {
    /// Its name in the config file.
    pub name: String,
    /// What it is for.
    pub about: String,
    /// The flag; absent for what is never one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub flag: Option<String>,
    /// The variable of the environment.
    pub env: String,
    /// Never shown.
    pub secret: bool,
    /// Whether it has a value.
    pub set: bool,
    /// The value in force; absent for a secret and for what has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
}

/// How the server was told to be. Secrets are masked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct DeploymentConfig {
    pub options: Vec<DeploymentOption>,
}
