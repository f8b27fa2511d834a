//! The folders of a workspace on the host, made without following anybody's links.
//!
//! A server that runs as root keeps the workspace's folder, its sockets and its log: the
//! workspace's user may pass, and owns only what lies in `home`, `state` and `tmp`. So no name
//! that root works on can be swapped from inside.

use std::io;
use std::os::fd::OwnedFd;
use std::path::Path;

use rustix::fs::{CWD, Gid, Mode, OFlags, Uid};

use super::error::AtStep;
use super::{Error, SandboxSpec, own_tree};

const STEP: &str = "workspace directory";
/// Nobody but the owner.
const PRIVATE: u32 = 0o700;
/// The workspace's user, by its group, may pass.
const PASSABLE: u32 = 0o710;

/// Makes what is missing and gives everything to whom it belongs.
pub(super) fn create(spec: &SandboxSpec) -> Result<(), Error> {
    let guest = spec.uid.filter(|_| rustix::process::geteuid().is_root());
    let dir = take(&spec.dir, guest).at(STEP)?;
    give(&below(&dir, "log").at(STEP)?, None, PRIVATE).at(STEP)?;
    let run = below(&dir, "run").at(STEP)?;
    give(&run, guest, PASSABLE).at(STEP)?;
    // The place at which the sandbox sees its state.
    give(&below(&run, "state").at(STEP)?, None, PRIVATE).at(STEP)?;
    for name in ["home", "state", "tmp"] {
        let folder = below(&dir, name).at(STEP)?;
        if let Some(uid) = guest {
            own_tree(&folder, uid)?;
        }
    }
    Ok(())
}

/// Makes a workspace's folder and takes it from whoever had it before. With a `guest` that user
/// may pass.
///
/// # Errors
/// When it is a link, or can't be changed.
pub fn take(path: &Path, guest: Option<u32>) -> io::Result<OwnedFd> {
    use std::os::unix::fs::DirBuilderExt;
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true).mode(PRIVATE).create(path)?;
    let dir = rustix::fs::openat(CWD, path, folder_flags(), Mode::empty())?;
    give(&dir, guest, PASSABLE)?;
    Ok(dir)
}

/// Opens a folder by its name, made if it is missing.
fn below(parent: &OwnedFd, name: &str) -> io::Result<OwnedFd> {
    match rustix::fs::mkdirat(parent, name, Mode::from_raw_mode(PRIVATE)) {
        Ok(()) | Err(rustix::io::Errno::EXIST) => {}
        Err(error) => return Err(error.into()),
    }
    Ok(rustix::fs::openat(
        parent,
        name,
        folder_flags(),
        Mode::empty(),
    )?)
}

/// Makes a folder ours. Only root can have lost one.
fn give(dir: &OwnedFd, guest: Option<u32>, mode: u32) -> io::Result<()> {
    if rustix::process::geteuid().is_root() {
        let group = Gid::from_raw(guest.unwrap_or(0));
        rustix::fs::fchown(dir, Some(Uid::ROOT), Some(group))?;
    }
    let mode = if guest.is_some() { mode } else { PRIVATE };
    rustix::fs::fchmod(dir, Mode::from_raw_mode(mode))?;
    Ok(())
}

pub(super) fn folder_flags() -> OFlags {
    OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC
}
