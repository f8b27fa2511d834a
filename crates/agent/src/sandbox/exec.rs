//! The layer around every command: limits, Landlock and the system-call filter, applied by
//! this program to itself before it becomes the command.

use std::ffi::{OsStr, OsString};
use std::io::{self, Write};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, ExitCode};

use rustix::process::{DumpableBehavior, Resource, Rlimit, getrlimit, setrlimit};

use super::error::AtStep;
use super::{CommandPolicy, EXEC, Error, Level, Rlimits, landlock, seccomp};

/// Exit code when the sandbox could not be applied; the command was not run.
const NOT_STARTED: u8 = 126;
/// Exit code when the command does not exist.
const NOT_FOUND: u8 = 127;
/// Commands are the first to go when the workspace's memory is used up, before the agent.
const OOM_SCORE: &str = "500";

/// The words to put before a command's own argument list, so that it runs in the sandbox.
/// `state` is the agent's state folder, where the policy lies.
#[must_use]
pub fn command_wrapper(policy: &CommandPolicy, state: &Path) -> Vec<OsString> {
    vec![
        policy.exe.clone().into_os_string(),
        EXEC.into(),
        "--command".into(),
        CommandPolicy::path(state).into_os_string(),
        "--".into(),
    ]
}

/// To be called by the agent (and by every process that knows its token) before it reads the
/// token: from then on no process of the same user may read its memory or environment.
///
/// # Errors
/// When the kernel refuses.
pub fn harden_agent() -> Result<(), Error> {
    rustix::process::set_dumpable_behavior(DumpableBehavior::NotDumpable)
        .at("protect the agent's memory")
}

/// `sandbox-exec --command <policy> -- <argv>`.
pub(crate) fn main(args: &[OsString]) -> ExitCode {
    let [flag, policy, dashes, program, rest @ ..] = args else {
        return refuse(&Error::Arguments(EXEC));
    };
    if flag != "--command" || dashes != "--" {
        return refuse(&Error::Arguments(EXEC));
    }
    match CommandPolicy::read(Path::new(policy)).and_then(|policy| restrict(&policy)) {
        Ok(()) => become_command(program, rest),
        Err(error) => refuse(&error),
    }
}

/// Applies everything to this process. The order matters: the filter is built first, because
/// nothing may be read any more once Landlock holds, and applied last, because it forbids
/// what the other steps call.
fn restrict(policy: &CommandPolicy) -> Result<(), Error> {
    // Not every kernel lets a process raise its own score; the limit itself does not depend
    // on it.
    drop(std::fs::write("/proc/self/oom_score_adj", OOM_SCORE));
    rustix::thread::set_no_new_privs(true).at("no new privileges")?;
    if policy.level == Level::None {
        return limit(&policy.rlimits);
    }
    let filters = seccomp::build(policy)?;
    landlock::apply(policy)?;
    // The limit on memory may be below what this program itself has reserved.
    limit(&policy.rlimits)?;
    seccomp::apply(&filters)
}

/// Lowers the limits of this process; none is ever raised.
fn limit(limits: &Rlimits) -> Result<(), Error> {
    let wanted = [
        (Resource::Core, Some(0)),
        (Resource::Nofile, Some(limits.open_files)),
        (Resource::As, limits.memory_bytes),
        (Resource::Nproc, limits.pids),
    ];
    for (resource, value) in wanted {
        let Some(value) = value else { continue };
        let value = getrlimit(resource)
            .maximum
            .map_or(value, |maximum| maximum.min(value));
        let both = Rlimit {
            current: Some(value),
            maximum: Some(value),
        };
        setrlimit(resource, both).at("resource limits")?;
    }
    if let Some(nice) = limits.nice {
        rustix::process::nice(nice).at("resource limits")?;
    }
    Ok(())
}

fn become_command(program: &OsStr, args: &[OsString]) -> ExitCode {
    let error = Command::new(program).args(args).exec();
    say(&format!("{}: {error}", program.to_string_lossy()));
    if error.kind() == io::ErrorKind::NotFound {
        ExitCode::from(NOT_FOUND)
    } else {
        ExitCode::from(NOT_STARTED)
    }
}

fn refuse(error: &Error) -> ExitCode {
    let (_, reason) = error.explain();
    say(&format!("the command was not started: {reason}"));
    ExitCode::from(NOT_STARTED)
}

/// One line on standard error. Whoever started us may have closed it; then nobody listens.
pub(crate) fn say(text: &str) {
    drop(writeln!(io::stderr(), "muster: {text}"));
}
