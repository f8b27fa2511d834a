//! What an agent is started with.

use std::ffi::OsString;
use std::path::PathBuf;

use muster_base::Secret;

use crate::Places;

/// Where the agent finds its server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Endpoint {
    /// The Unix socket of a server on this host.
    Socket(PathBuf),
    /// The address of a remote server, `http://…` or `https://…`.
    Url(String),
}

/// What an agent is started with. Holds the token, which no child ever gets.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where to dial.
    pub endpoint: Endpoint,
    /// The agent's token.
    pub token: Secret,
    /// Journal and processes; belongs to one agent at a time.
    pub state_dir: PathBuf,
    /// The user's home.
    pub home: PathBuf,
    /// Where commands start.
    pub directory: PathBuf,
    /// Environment of commands, complete: nothing of the agent's own is added.
    pub env: Vec<(OsString, OsString)>,
    /// Words before `/bin/sh -c <command>`, for example those of `sandbox::command_wrapper`.
    pub command_wrapper: Vec<OsString>,
    /// Program and first arguments of the process shim (see [`crate::shim::main`]); the
    /// process's folder is added as the last argument.
    pub shim: Vec<OsString>,
    /// What the file calls may touch.
    pub places: Places,
}
