//! What server and agent say to each other: paths, headers, bodies.
//!
//! Both sides tolerate unknown fields, so that versions within one major may differ.

mod effects;
mod files;
mod git;
mod processes;
mod pty;

use muster_base::limits;
use serde::{Deserialize, Serialize};

pub use effects::{
    EffectState, EffectStatus, EffectsAck, EffectsAnswer, EffectsQuery, StoredAnswer,
};
pub use files::{
    Directory, DirectoryEntry, Edit, EditFiles, EditedFile, EditedFiles, FileEdits, FileLines,
    ListDirectory, ReadFile, ReadFileLines, Relativity, WriteFile, WrittenFile,
};
pub use git::{
    GitChanges, GitEvent, GitFile, GitFileStatus, GitRepository, GitRequest, without_credentials,
};
pub use processes::{
    LogQuery, OutputQuery, ProcessInfo, ProcessList, ProcessOutput, ProcessSignal, ProcessStart,
    ProcessStarted, Signal, SignalDone, Truncation,
};
pub use pty::{PtyInput, PtyQuery};

/// Base of every path of the agent's API.
pub const BASE: &str = "/api/v0";
/// Version of this protocol, `major.minor`.
pub const API_VERSION: &str = "1.0";
/// WebSocket subprotocol of a remote link.
pub const SUBPROTOCOL: &str = "muster.agent.v1";
/// First word of a local link.
pub const GREETING: &str = "MUSTER/1";
/// The chat that a call is made for.
pub const HEADER_CHAT: &str = "coder-chat-id";
/// Its ancestors, a JSON list of ids.
pub const HEADER_ANCESTORS: &str = "coder-ancestor-chat-ids";
/// The effect that a call has.
pub const HEADER_EFFECT: &str = "muster-effect-id";
/// What the effect was asked to do; the same id with another hash is refused.
pub const HEADER_EFFECT_HASH: &str = "muster-effect-hash";
/// Whole length of what a partial answer is a part of.
pub const HEADER_TOTAL: &str = "muster-total-bytes";

/// Why an agent refused or failed a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Code {
    /// The call is malformed or asks for something impossible.
    BadRequest,
    /// The policy of the workspace or the file's mode forbids it.
    Forbidden,
    /// No such file, process or route.
    NotFound,
    /// The target's state forbids it, for example a signal to a process that has exited.
    Conflict,
    /// The same effect id was used for another effect.
    EffectConflict,
    /// The effect began before a crash and nobody can know whether it happened.
    EffectUnknown,
    /// A body or answer is over its limit.
    TooLarge,
    /// The journal or the disk is full, or the agent isn't ready.
    Unavailable,
    /// A failure inside the agent.
    #[serde(other)]
    Internal,
}

impl Code {
    /// The HTTP status that carries this code.
    #[must_use]
    pub const fn status(self) -> u16 {
        match self {
            Self::BadRequest => 400,
            Self::Forbidden => 403,
            Self::NotFound => 404,
            Self::Conflict | Self::EffectConflict => 409,
            Self::EffectUnknown => 410,
            Self::TooLarge => 413,
            Self::Unavailable => 503,
            Self::Internal => 500,
        }
    }
}

/// Body of every answer that is not a success.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErrorBody {
    /// A sentence that can be shown to the model.
    pub message: String,
    /// The kind of failure.
    pub code: Code,
}

/// Why the server closes a link; sent in a last call, so that both transports carry it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "u16", from = "u16")]
pub enum CloseCode {
    /// Nothing special: the agent reconnects.
    Other,
    /// A newer link of the same agent has taken over (4001).
    Replaced,
    /// The server restarts; agents spread their return (4002).
    ShuttingDown,
    /// The server does not speak the agent's version (4003).
    VersionRefused,
    /// The token is no longer valid; the agent ends (4004).
    TokenDead,
}

impl From<CloseCode> for u16 {
    fn from(code: CloseCode) -> Self {
        match code {
            CloseCode::Other => 1000,
            CloseCode::Replaced => 4001,
            CloseCode::ShuttingDown => 4002,
            CloseCode::VersionRefused => 4003,
            CloseCode::TokenDead => 4004,
        }
    }
}

impl From<u16> for CloseCode {
    fn from(code: u16) -> Self {
        match code {
            4001 => Self::Replaced,
            4002 => Self::ShuttingDown,
            4003 => Self::VersionRefused,
            4004 => Self::TokenDead,
            _ => Self::Other,
        }
    }
}

/// `POST close`: the server's last call on a link.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct CloseNotice {
    /// Why.
    pub code: CloseCode,
}

/// `GET info`: what the agent says about itself, asked once per link.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgentInfo {
    /// Version of the agent's binary.
    pub version: String,
    /// [`API_VERSION`] of the agent.
    pub api_version: String,
    /// `linux`, …
    pub operating_system: String,
    /// `amd64`, `arm64`, …
    pub architecture: String,
    /// Where commands start.
    pub directory: String,
    /// Random, created with the workspace's home; another one means older effects are unknown.
    pub effect_epoch: String,
}

impl AgentInfo {
    /// The same with words of a sensible length: they are stored, shown and compared, and a
    /// workspace may say anything.
    #[must_use]
    pub fn bounded(mut self) -> Self {
        let words = [
            (&mut self.version, limits::AGENT_WORD_BYTES_MAX),
            (&mut self.api_version, limits::AGENT_WORD_BYTES_MAX),
            (&mut self.operating_system, limits::AGENT_WORD_BYTES_MAX),
            (&mut self.architecture, limits::AGENT_WORD_BYTES_MAX),
            (&mut self.effect_epoch, limits::AGENT_WORD_BYTES_MAX),
            (&mut self.directory, limits::AGENT_PATH_BYTES_MAX),
        ];
        for (word, bytes_max) in words {
            word.retain(|character| !character.is_control());
            word.truncate(word.floor_char_boundary(bytes_max));
        }
        self
    }
}

/// `GET context-config`: what the workspace tells the model about itself.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContextConfig {
    /// Where commands start.
    pub working_directory: String,
    /// The user's home.
    pub home_directory: String,
    /// `linux`, …
    pub operating_system: String,
    /// `amd64`, `arm64`, …
    pub architecture: String,
    /// `AGENTS.md` and kin.
    pub instruction_files: Vec<InstructionFile>,
    /// Folders that hold skills.
    pub skill_directories: Vec<String>,
}

/// One file with instructions for agents.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InstructionFile {
    /// Absolute path.
    pub path: String,
    /// Its text, at most 64 KiB.
    pub content: String,
    /// Whether the text was cut.
    pub truncated: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn introduction_at_the_limit_is_kept_and_what_is_beyond_is_cut() {
        let info = |word: String| AgentInfo {
            version: word.clone(),
            api_version: word.clone(),
            operating_system: word.clone(),
            architecture: word.clone(),
            directory: word.clone(),
            effect_epoch: word,
        };
        let fits = "x".repeat(limits::AGENT_WORD_BYTES_MAX);
        assert_eq!(info(fits.clone()).bounded(), info(fits.clone()));
        let long = info("\0".to_owned() + &"x".repeat(limits::AGENT_PATH_BYTES_MAX + 1));
        let bounded = long.bounded();
        assert_eq!(bounded.version, fits);
        assert_eq!(bounded.effect_epoch, fits);
        assert_eq!(bounded.directory.len(), limits::AGENT_PATH_BYTES_MAX);
    }
}
