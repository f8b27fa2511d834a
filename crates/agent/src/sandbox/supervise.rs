//! The supervisor: one detached process per workspace, on the host. It holds the token, the
//! cgroup and the launcher; when it ends, the sandbox ends.
//!
//! Threads only pass on what they read; the main thread decides. It is also the launcher's
//! parent, and must therefore live as long as the sandbox: the kernel's "parent died" means
//! the parent *thread*.

mod log;
mod session;

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, BufRead, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::os::unix::net::UnixListener;
use std::process::{Command, ExitCode, Stdio};

use rustix::fs::FlockOperation;
use rustix::process::Signal;

use super::error::AtStep;
use super::protocol::SupervisorEvent;
use super::{Error, Level, SUPERVISE, SandboxSpec, exec, folders};
use crate::socket;

/// `sandbox-supervise [--detach]`.
pub(crate) fn main(args: &[OsString]) -> ExitCode {
    match args {
        [flag] if flag == "--detach" => detach(),
        [] => supervise(),
        _ => ExitCode::FAILURE,
    }
}

/// The intermediate process: starts the supervisor and ends, so that the supervisor is no
/// child of the server and does not become its zombie.
fn detach() -> ExitCode {
    let started = Command::new("/proc/self/exe")
        .arg(SUPERVISE)
        .env_clear()
        .current_dir("/")
        .spawn();
    match started {
        Ok(_) => ExitCode::SUCCESS,
        Err(error) => {
            report_failure(&Error::Step {
                step: "start the supervisor",
                source: error,
            });
            ExitCode::FAILURE
        }
    }
}

fn supervise() -> ExitCode {
    let result = prepare().and_then(|prepared| {
        let Prepared {
            spec,
            token,
            listener,
            lock,
        } = prepared;
        let result = session::run(&spec, token, listener);
        // Whatever happened: nobody listens there any more. Whoever hears of the end may start
        // the next sandbox at once, so this one leaves nothing in its way.
        drop(std::fs::remove_file(spec.supervisor_socket()));
        drop(lock);
        result.map(session::tell_stopped)
    });
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            report_failure(&error);
            ExitCode::FAILURE
        }
    }
}

/// What the first process of the sandbox waits for.
struct Prepared {
    spec: SandboxSpec,
    token: String,
    listener: UnixListener,
    lock: File,
}

/// Everything before the first process of the sandbox.
fn prepare() -> Result<Prepared, Error> {
    rustix::process::setsid().at("new session")?;
    exec::harden_agent()?;
    // Without a process namespace, orphans of a dead init come to us and are ended here.
    rustix::process::set_child_subreaper(Some(rustix::process::getpid())).at("collect orphans")?;
    let (spec, token) = read_order()?;
    let null = File::open("/dev/null").at("close standard input")?;
    rustix::stdio::dup2_stdin(null).at("close standard input")?;
    if rustix::process::geteuid().is_root()
        && spec.level != Level::None
        && !matches!(spec.uid, Some(uid) if uid != 0)
    {
        return Err(Error::UidMissing);
    }
    folders::create(&spec)?;
    let lock = lock(&spec)?;
    let listener = socket::bind(&spec.supervisor_socket(), 0o600).at("run directory")?;
    Ok(Prepared {
        spec,
        token,
        listener,
        lock,
    })
}

fn read_order() -> Result<(SandboxSpec, String), Error> {
    let mut lines = io::stdin().lock().lines();
    let mut line = || {
        lines
            .next()
            .unwrap_or_else(|| Err(io::ErrorKind::UnexpectedEof.into()))
            .at("read the sandbox document")
    };
    let spec = serde_json::from_str(&line()?).map_err(|source| Error::Document {
        what: "sandbox",
        source,
    })?;
    Ok((spec, line()?))
}

/// Becomes the one supervisor of the workspace, for as long as the file is open.
fn lock(spec: &SandboxSpec) -> Result<File, Error> {
    const STEP: &str = "another supervisor runs";
    let flags = rustix::fs::OFlags::NOFOLLOW.bits();
    let file = File::options()
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .custom_flags(i32::try_from(flags).unwrap_or_default())
        .open(spec.dir.join("supervisor.lock"))
        .at("workspace directory")?;
    rustix::fs::flock(&file, FlockOperation::NonBlockingLockExclusive).at(STEP)?;
    // One of an older version holds no lock.
    if socket::connect(&spec.supervisor_socket()).is_ok() {
        return Err(io::Error::from(io::ErrorKind::AddrInUse)).at(STEP);
    }
    Ok(file)
}

/// Tells the server that started us. Fails when it does not listen any more.
fn report(event: &SupervisorEvent) -> io::Result<()> {
    let mut line = serde_json::to_vec(event)?;
    line.push(b'\n');
    let mut out = io::stdout();
    let told = out.write_all(&line).and_then(|()| out.flush());
    if let Ok(null) = File::options().write(true).open("/dev/null") {
        let _ = rustix::stdio::dup2_stdout(null);
    }
    told
}

fn report_failure(error: &Error) {
    let (step, reason) = error.explain();
    // Whoever has gone meanwhile finds no sandbox, which says the same.
    drop(report(&SupervisorEvent::Failed { step, reason }));
}

/// Starts the launcher with nothing but its three pipes.
fn start_launcher() -> Result<std::process::Child, Error> {
    Command::new("/proc/self/exe")
        .arg(super::LAUNCH)
        .env_clear()
        .env("PATH", "/usr/local/bin:/usr/bin:/bin")
        .current_dir("/")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .at("start the launcher")
}

/// Kills everything below this process.
fn kill_all(init: Option<u32>) {
    // A process namespace dies with its first process; all others are found one by one.
    if let Some(init) = init {
        super::process::signal(init, Signal::KILL);
    }
    super::process::kill_descendants(std::process::id());
}
