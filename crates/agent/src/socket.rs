//! Unix sockets at any depth, in folders that others may write to.
//!
//! The address of a socket has 108 bytes, paths have more: both ends go through a descriptor of
//! the folder, `/proc/self/fd/<n>/<name>`. It also pins the folder, so that nobody swaps it
//! between two steps.

use std::ffi::OsStr;
use std::io;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, CWD, FileType, Mode, OFlags};

/// A socket's address that is short enough, and the descriptor that it goes through.
#[derive(Debug)]
pub struct Reached {
    _folder: OwnedFd,
    path: PathBuf,
}

impl Reached {
    /// Valid for as long as this value lives.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }
}

/// The way to a socket that somebody else has bound.
///
/// # Errors
/// When its folder can't be opened.
pub fn reach(path: &Path) -> io::Result<Reached> {
    let (folder, name) = open_folder(path, OFlags::empty())?;
    Ok(Reached {
        path: through(&folder, name),
        _folder: folder,
    })
}

/// Connects to a socket; blocks.
///
/// # Errors
/// When nobody listens.
pub fn connect(path: &Path) -> io::Result<UnixStream> {
    UnixStream::connect(reach(path)?.path())
}

/// Binds a socket with these rights in the place of whatever was there. Neither the folder nor
/// the socket may be a link: somebody else's file would be replaced or opened up.
///
/// # Errors
/// When the socket can't be bound.
pub fn bind(path: &Path, mode: u32) -> io::Result<UnixListener> {
    let (folder, name) = open_folder(path, OFlags::NOFOLLOW)?;
    match rustix::fs::unlinkat(&folder, name, AtFlags::empty()) {
        Ok(()) | Err(rustix::io::Errno::NOENT) => {}
        Err(error) => return Err(error.into()),
    }
    let listener = UnixListener::bind(through(&folder, name))?;
    let flags = OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let node = rustix::fs::openat(&folder, name, flags, Mode::empty())?;
    let found = FileType::from_raw_mode(rustix::fs::fstat(&node)?.st_mode);
    if found != FileType::Socket {
        return Err(io::ErrorKind::InvalidData.into());
    }
    // By its descriptor: a name may have become another thing's by now.
    let node = format!("/proc/self/fd/{}", node.as_fd().as_raw_fd());
    std::fs::set_permissions(node, std::fs::Permissions::from_mode(mode))?;
    Ok(listener)
}

fn open_folder(path: &Path, extra: OFlags) -> io::Result<(OwnedFd, &OsStr)> {
    let name = path.file_name().ok_or(io::ErrorKind::InvalidInput)?;
    let folder = match path.parent() {
        Some(folder) if folder != Path::new("") => folder,
        Some(_) | None => Path::new("."),
    };
    let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC | extra;
    Ok((rustix::fs::openat(CWD, folder, flags, Mode::empty())?, name))
}

fn through(folder: &OwnedFd, name: &OsStr) -> PathBuf {
    Path::new("/proc/self/fd")
        .join(folder.as_raw_fd().to_string())
        .join(name)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;

    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn socket_is_bound_and_reached_however_deep_it_lies() {
        let folder = tempfile::tempdir().unwrap();
        let deep = folder.path().join("d".repeat(120)).join("e".repeat(120));
        fs::create_dir_all(&deep).unwrap();
        let path = deep.join("link.sock");
        fs::write(&path, "of an earlier server").unwrap();
        let listener = bind(&path, 0o666).unwrap();
        assert_eq!(mode(&path), 0o666);
        connect(&path).unwrap();
        listener.accept().unwrap();
    }

    #[test]
    fn link_is_replaced_and_what_it_names_stays_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let secret = folder.path().join("secret");
        fs::write(&secret, "x").unwrap();
        fs::set_permissions(&secret, fs::Permissions::from_mode(0o600)).unwrap();
        let path = folder.path().join("link.sock");
        symlink(&secret, &path).unwrap();
        let _listener = bind(&path, 0o666).unwrap();
        assert_eq!(mode(&secret), 0o600);
        assert_eq!(fs::read_to_string(&secret).unwrap(), "x");
        connect(&path).unwrap();
    }

    #[test]
    fn folder_that_is_a_link_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let real = folder.path().join("real");
        fs::create_dir(&real).unwrap();
        let link = folder.path().join("run");
        symlink(&real, &link).unwrap();
        bind(&link.join("link.sock"), 0o666).unwrap_err();
        assert_eq!(fs::read_dir(&real).unwrap().count(), 0);
    }
}
