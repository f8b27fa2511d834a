//! The launcher: makes the namespaces while it is still a single thread, starts the first
//! process in them and waits for it. The same program, called with `--inside`, is that first
//! process: it builds the file system and goes on as init.

mod bwrap;
mod mounts;
mod namespaces;

use std::ffi::OsString;
use std::io::{self, Write};
use std::os::fd::AsRawFd;
use std::path::Path;
use std::process::{Command, ExitCode};

use muster_base::limits::SANDBOX_DOCUMENT_BYTES_MAX;
use rustix::process::{DumpableBehavior, Signal};
use rustix::thread::Uid;
use serde::de::DeserializeOwned;

use super::error::AtStep;
use super::protocol::{InitDocument, InitEvent};
use super::{Backend, Error, LAUNCH, Level, SandboxSpec, exec, init};

pub(crate) use bwrap::version as bwrap_version;

/// The uid and gid that the workspace sees as its own.
const INSIDE_ID: u32 = 1_000;

/// `sandbox-launch [--inside <descriptors> | --init]`.
pub(crate) fn main(args: &[OsString]) -> ExitCode {
    let result = match args {
        [] => outer(),
        [flag] if flag == "--init" => arm().map(|document| init::run(&document)),
        [flag, trees @ ..] if flag == "--inside" => inner(trees),
        _ => Err(Error::Arguments(LAUNCH)),
    };
    result.unwrap_or_else(|error| {
        let (step, reason) = error.explain();
        exec::say(&format!("sandbox: {reason}"));
        // Nobody to tell: the supervisor is gone and sees the end of the pipe.
        drop(tell(&InitEvent::Failed { step, reason }));
        ExitCode::FAILURE
    })
}

/// On the host: become the workspace's user, then enter or start what comes next.
fn outer() -> Result<ExitCode, Error> {
    let spec: SandboxSpec = read_document("sandbox")?;
    match spec.level {
        Level::Strict => match spec.backend {
            Backend::Own => own_namespaces(&spec),
            Backend::Bwrap => {
                become_user(&spec)?;
                die_with_parent()?;
                bwrap::exec(&spec)
            }
        },
        Level::Landlock | Level::None => {
            become_user(&spec)?;
            rustix::process::set_child_subreaper(Some(rustix::process::getpid()))
                .at("collect orphans")?;
            let pid = std::process::id();
            tell(&InitEvent::Spawned { init_pid: pid })?;
            arm().map(|document| init::run(&document))
        }
    }
}

fn own_namespaces(spec: &SandboxSpec) -> Result<ExitCode, Error> {
    let root = rustix::process::geteuid().is_root();
    // Root opens the workspace's folders while it may pass the data folder; anybody else may
    // detach mounts only inside a user namespace.
    let mut trees = Vec::new();
    if root {
        trees = mounts::open_trees(spec, Path::new("/proc/self/exe"))?;
    }
    // Our own open file belongs to the host's mounts, which a user namespace cannot copy.
    let exe = std::fs::read_link("/proc/self/exe").at("find this program")?;
    become_user(spec)?;
    namespaces::enter(spec.network)?;
    if !root {
        trees = mounts::open_trees(spec, &exe)?;
    }
    die_with_parent()?;
    let mut first = Command::new("/proc/self/exe")
        .arg(LAUNCH)
        .arg("--inside")
        .args(trees.iter().map(|tree| tree.as_raw_fd().to_string()))
        .current_dir("/")
        .spawn()
        .at("start the first process")?;
    drop(trees);
    tell(&InitEvent::Spawned {
        init_pid: first.id(),
    })?;
    let status = first.wait().at("wait for the sandbox")?;
    Ok(if status.success() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// Process 1 of the new namespaces.
fn inner(trees: &[OsString]) -> Result<ExitCode, Error> {
    die_with_parent()?;
    // The supervisor writes the document only now, so a parent that died before the line
    // above shows as the end of the pipe.
    let document = arm()?;
    mounts::build(&document.spec, trees)?;
    rustix::system::sethostname(document.spec.hostname.as_bytes()).at("host name")?;
    namespaces::drop_capabilities()?;
    close_descriptors()?;
    Ok(init::run(&document))
}

/// Says that the supervisor may hand over everything, and takes it.
fn arm() -> Result<InitDocument, Error> {
    tell(&InitEvent::Armed)?;
    read_document("init")
}

/// Drops root for good. Root without a uid for the workspace is refused: an escape would be
/// an escape to root.
fn become_user(spec: &SandboxSpec) -> Result<(), Error> {
    let uid = match (rustix::process::geteuid().is_root(), spec.uid) {
        (false, _) => return Ok(()),
        (true, None | Some(0)) if spec.level == Level::None => return Ok(()),
        (true, None | Some(0)) => return Err(Error::UidMissing),
        (true, Some(uid)) => uid,
    };
    let (user, group) = (
        nix::unistd::Uid::from_raw(uid),
        nix::unistd::Gid::from_raw(uid),
    );
    nix::unistd::setgroups(&[]).at("drop root")?;
    nix::unistd::setresgid(group, group, group).at("drop root")?;
    nix::unistd::setresuid(user, user, user).at("drop root")?;
    if rustix::process::getuid() != Uid::from_raw(uid) {
        return Err(Error::UidMissing);
    }
    // The change of user made our own `/proc/self` belong to root; the uid map is there.
    rustix::process::set_dumpable_behavior(DumpableBehavior::Dumpable).at("drop root")
}

/// From here on the death of the parent is ours.
fn die_with_parent() -> Result<(), Error> {
    rustix::process::set_parent_process_death_signal(Some(Signal::KILL)).at("die with the parent")
}

/// Closes everything but standard input, output and error.
fn close_descriptors() -> Result<(), Error> {
    let open: Vec<i32> = std::fs::read_dir("/proc/self/fd")
        .at("close descriptors")?
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .filter(|number| *number > 2)
        .collect();
    for number in open {
        // The listing's own descriptor is already closed again.
        let _ = nix::unistd::close(number);
    }
    Ok(())
}

/// One event to the supervisor. A line is shorter than a pipe's atomic write.
pub(super) fn tell(event: &InitEvent) -> Result<(), Error> {
    let mut line = serde_json::to_vec(event).map_err(|source| Error::Document {
        what: "init event",
        source,
    })?;
    line.push(b'\n');
    let mut out = io::stdout();
    out.write_all(&line).at("tell the supervisor")?;
    out.flush().at("tell the supervisor")
}

/// One line of standard input. Read byte by byte: what follows the line is for whoever
/// inherits the pipe.
fn read_document<T: DeserializeOwned>(what: &'static str) -> Result<T, Error> {
    let mut line = Vec::new();
    let mut byte = [0_u8];
    loop {
        let read = rustix::io::read(io::stdin(), &mut byte).at("read the document")?;
        if read == 0 || line.len() > SANDBOX_DOCUMENT_BYTES_MAX {
            return Err(io::Error::from(io::ErrorKind::UnexpectedEof)).at("read the document");
        }
        if byte == *b"\n" {
            break;
        }
        line.extend_from_slice(&byte);
    }
    serde_json::from_slice(&line).map_err(|source| Error::Document { what, source })
}
