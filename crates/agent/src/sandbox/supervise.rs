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
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::os::unix::net::{UnixListener, UnixStream};
use std::process::{Command, ExitCode, Stdio};

use rustix::process::Signal;

use super::error::AtStep;
use super::protocol::SupervisorEvent;
use super::{Error, Level, SUPERVISE, SandboxSpec, exec, own_tree};

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
    let result = prepare().and_then(|(spec, token, listener)| {
        let socket = spec.supervisor_socket();
        let result = session::run(&spec, token, listener);
        // Whatever happened: nobody listens there any more.
        drop(std::fs::remove_file(socket));
        result
    });
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            report_failure(&error);
            ExitCode::FAILURE
        }
    }
}

/// Everything before the first process of the sandbox.
fn prepare() -> Result<(SandboxSpec, String, UnixListener), Error> {
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
    create_dirs(&spec)?;
    let listener = listen(&spec)?;
    Ok((spec, token, listener))
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

/// The folders of the workspace; all but the log belong to the workspace's user.
fn create_dirs(spec: &SandboxSpec) -> Result<(), Error> {
    const STEP: &str = "workspace directory";
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true).mode(0o700);
    let tmp = spec.dir.join("tmp");
    let owned = [spec.home_dir(), spec.state_dir(), spec.run_dir(), tmp];
    builder.create(&spec.dir).at(STEP)?;
    builder.create(spec.log_dir()).at(STEP)?;
    for dir in &owned {
        builder.create(dir).at(STEP)?;
    }
    // The place at which the sandbox sees its state.
    builder.create(spec.run_dir().join("state")).at(STEP)?;
    if let (true, Some(uid)) = (rustix::process::geteuid().is_root(), spec.uid) {
        for dir in &owned {
            own_tree(dir, uid)?;
        }
        let id = rustix::fs::Uid::from_raw(uid);
        let group = rustix::fs::Gid::from_raw(uid);
        rustix::fs::chown(&spec.dir, Some(id), Some(group)).at(STEP)?;
    }
    Ok(())
}

/// Listens on `super.sock`, for this user only. A second supervisor is refused.
fn listen(spec: &SandboxSpec) -> Result<UnixListener, Error> {
    const STEP: &str = "run directory";
    let path = spec.supervisor_socket();
    if UnixStream::connect(&path).is_ok() {
        return Err(io::Error::from(io::ErrorKind::AddrInUse)).at("another supervisor runs");
    }
    match std::fs::remove_file(&path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error).at(STEP),
        _ => {}
    }
    let listener = UnixListener::bind(&path).at(STEP)?;
    // The folder is 0700 already, so nobody could come before this line.
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).at(STEP)?;
    Ok(listener)
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
