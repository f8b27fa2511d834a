//! What stands between a workspace and the host.
//!
//! `server → supervisor → launcher → init → agent → shims → commands`. The supervisor is a
//! detached process per workspace ([`spawn_supervisor`]); the launcher makes the namespaces
//! and becomes init; init starts the agent again when it dies; the agent starts every command
//! through [`command_wrapper`], which adds Landlock, the system-call filter and the limits.
//!
//! Nothing here uses `fork`, `pre_exec` or other unsafe means: each step is a hidden subcommand
//! of this program ([`dispatch`]) that restricts *itself* and then executes what follows.
//!
//! **Fail closed**: a step that fails ends the start with its name, cause and remedy. There is
//! no silent fall back to a lower level; choosing one is the caller's ([`probe`], [`Report`]).

mod cgroup;
mod client;
mod error;
mod exec;
mod folders;
mod init;
mod landlock;
mod launch;
mod probe;
pub(crate) mod process;
mod protocol;
mod remedy;
mod report;
mod seccomp;
mod spec;
mod supervise;
mod uids;

use std::ffi::OsString;
use std::process::ExitCode;

pub use cgroup::remove_leftovers;
pub use client::{Inspection, SandboxState, Started, SupervisorClient, spawn_supervisor};
pub use error::Error;
pub use exec::{command_wrapper, harden_agent};
pub use folders::take as take_folder;
pub use probe::{ProbeOptions, probe};
pub use report::{Layer, Report};
pub use spec::{Backend, CommandPolicy, Inside, Level, Limits, NetworkMode, Rlimits, SandboxSpec};
pub use uids::UidRange;
use uids::own_tree;

/// Hidden subcommand of the supervisor.
pub const SUPERVISE: &str = "sandbox-supervise";
/// Hidden subcommand that makes the namespaces and becomes init.
pub const LAUNCH: &str = "sandbox-launch";
/// Hidden subcommand around every command.
pub const EXEC: &str = "sandbox-exec";
/// Hidden subcommand that a probe runs in the place of the agent.
pub const CHECK: &str = "sandbox-check";

/// Runs a hidden subcommand of the sandbox when `args` (without the program's name) names one.
/// Must be called before any thread is started: user namespaces need a single thread.
#[must_use]
pub fn dispatch(args: &[OsString]) -> Option<ExitCode> {
    let (name, rest) = args.split_first()?;
    match name.to_str()? {
        SUPERVISE => Some(supervise::main(rest)),
        LAUNCH => Some(launch::main(rest)),
        EXEC => Some(exec::main(rest)),
        CHECK => Some(probe::check_main(rest)),
        _ => None,
    }
}
