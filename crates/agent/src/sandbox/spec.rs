//! What a sandbox is made from: level, paths, limits. Plain data, handed on as JSON.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::Error;

/// How much stands between a workspace and the host, from best to worst.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// Plain processes; must be asked for explicitly.
    None,
    /// Landlock, seccomp and limits on every command, but the host's namespaces.
    Landlock,
    /// Own namespaces for the workspace, plus everything of [`Level::Landlock`].
    Strict,
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::None => "none",
            Self::Landlock => "landlock",
            Self::Strict => "strict",
        })
    }
}

/// Which network a workspace sees.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NetworkMode {
    /// Nothing leaves and nothing enters.
    #[default]
    None,
    /// The host's network, unrestricted; shown to the user as such.
    Host,
}

/// Who builds the namespaces of level `strict`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Backend {
    /// Our own launcher.
    #[default]
    Own,
    /// The `bwrap` program, for systems whose policy lets only that one make namespaces.
    Bwrap,
}

/// Resource limits of one workspace.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Limits {
    /// Cores, fractional.
    pub cpu: f64,
    /// Bytes of memory of all processes together (per process where cgroups are missing).
    pub memory_bytes: u64,
    /// Processes and threads.
    pub pids: u64,
    /// Open files of one process.
    pub open_files: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            cpu: 2.0,
            memory_bytes: 4 * 1024 * 1024 * 1024,
            pids: 4_096,
            open_files: 65_536,
        }
    }
}

/// Everything that the supervisor needs to run one workspace. Holds no secret: the agent's
/// token travels beside it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SandboxSpec {
    /// `<data>/workspaces/<id>`, absolute. [`SandboxSpec::create_dirs`] fills it.
    pub dir: PathBuf,
    /// Name of the workspace's cgroup; the workspace id.
    pub name: String,
    /// The level that must be reached; the start fails when it is not.
    pub level: Level,
    /// Who makes the namespaces at level `strict`.
    #[serde(default)]
    pub backend: Backend,
    /// The network of the workspace.
    #[serde(default)]
    pub network: NetworkMode,
    /// Resource limits.
    #[serde(default)]
    pub limits: Limits,
    /// Environment of the agent and so of every command, beside the standard variables.
    #[serde(default)]
    pub env: BTreeMap<String, String>,
    /// Host name inside: the workspace's name.
    pub hostname: String,
    /// The uid and gid of the workspace on the host; required when the server is root.
    #[serde(default)]
    pub uid: Option<u32>,
    /// Host paths of the template that commands may read.
    #[serde(default)]
    pub ro_paths: Vec<PathBuf>,
    /// Commands may make user namespaces of their own.
    #[serde(default)]
    pub nested: bool,
    /// Put the workspace in a cgroup where this process may make one.
    #[serde(default = "yes")]
    pub cgroup: bool,
    /// Arguments of the agent, after the program's own name: `["agent", "--token-stdin", …]`.
    /// Paths in it are those of [`SandboxSpec::inside`].
    pub agent: Vec<String>,
}

const fn yes() -> bool {
    true
}

/// Where things are as seen by the agent and its commands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inside {
    /// Home folder: the workspace's files.
    pub home: PathBuf,
    /// Sockets to the server (`link.sock`, `api.sock`).
    pub run: PathBuf,
    /// Journal and process output; out of reach of commands.
    pub state: PathBuf,
    /// Temporary files.
    pub tmp: PathBuf,
    /// This program.
    pub exe: PathBuf,
}

/// Where the agent finds what the supervisor decided ([`CommandPolicy::load`]).
const POLICY_FILE: &str = "policy.json";

impl SandboxSpec {
    /// The workspace's files on the host.
    #[must_use]
    pub fn home_dir(&self) -> PathBuf {
        self.dir.join("home")
    }

    /// The agent's state on the host.
    #[must_use]
    pub fn state_dir(&self) -> PathBuf {
        self.dir.join("state")
    }

    /// The sockets on the host.
    #[must_use]
    pub fn run_dir(&self) -> PathBuf {
        self.dir.join("run")
    }

    /// The logs on the host.
    #[must_use]
    pub fn log_dir(&self) -> PathBuf {
        self.dir.join("log")
    }

    /// The supervisor's socket on the host.
    #[must_use]
    pub fn supervisor_socket(&self) -> PathBuf {
        self.run_dir().join("super.sock")
    }

    /// The paths as the agent sees them; `exe` is this program's path on the host.
    #[must_use]
    pub fn inside(&self, exe: &Path) -> Inside {
        match self.level {
            Level::Strict => Inside {
                home: PathBuf::from("/home/agent"),
                run: PathBuf::from("/run/muster"),
                state: PathBuf::from("/run/muster/state"),
                tmp: PathBuf::from("/tmp"),
                exe: PathBuf::from("/run/bin/muster"),
            },
            Level::Landlock | Level::None => Inside {
                home: self.home_dir(),
                run: self.run_dir(),
                state: self.state_dir(),
                tmp: self.dir.join("tmp"),
                exe: exe.to_path_buf(),
            },
        }
    }
}

/// What `sandbox-exec --command` applies to itself before it becomes a command.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CommandPolicy {
    /// The level of the workspace.
    pub level: Level,
    /// The network of the workspace.
    pub network: NetworkMode,
    /// This program as the agent sees it.
    pub exe: PathBuf,
    /// Folders with full rights: home and temporary files.
    pub writable: Vec<PathBuf>,
    /// Folders and files that may be read and executed, beside the system's.
    pub readable: Vec<PathBuf>,
    /// Commands may make user namespaces.
    pub nested: bool,
    /// Limits that every process carries itself.
    pub rlimits: Rlimits,
}

/// Limits without a cgroup behind them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rlimits {
    /// `RLIMIT_NOFILE`.
    pub open_files: u64,
    /// `RLIMIT_AS`, where no cgroup counts memory.
    pub memory_bytes: Option<u64>,
    /// `RLIMIT_NPROC`, where no cgroup counts processes.
    pub pids: Option<u64>,
    /// Scheduling priority, where no cgroup shares out the processor.
    pub nice: Option<i32>,
}

impl CommandPolicy {
    /// Reads the policy that init wrote into the agent's state folder.
    ///
    /// # Errors
    /// [`Error::Step`] when it cannot be read, [`Error::Document`] when it does not parse. A
    /// caller must then start no command at all.
    pub fn load(state: &Path) -> Result<Self, Error> {
        Self::read(&state.join(POLICY_FILE))
    }

    /// Reads a policy file.
    pub(crate) fn read(path: &Path) -> Result<Self, Error> {
        let text = std::fs::read_to_string(path).map_err(|source| Error::Step {
            step: "read the command policy",
            source,
        })?;
        serde_json::from_str(&text).map_err(|source| Error::Document {
            what: "command policy",
            source,
        })
    }

    /// Where the policy lies in a state folder; an agent without one was not started by us.
    #[must_use]
    pub fn path(state: &Path) -> PathBuf {
        state.join(POLICY_FILE)
    }
}
