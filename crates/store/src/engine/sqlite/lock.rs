//! One server per file, and nobody else may read it.

use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::Error;
use crate::error::SetupError;

/// An exclusive lock beside the database, held for the life of the process.
pub(super) struct FileLock {
    _file: File,
}

impl FileLock {
    /// Creates folder and file with private modes and takes the lock.
    pub(super) fn take(database: &Path) -> Result<Self, Error> {
        if let Some(folder) = database.parent().filter(|folder| !folder.exists()) {
            DirBuilder::new()
                .recursive(true)
                .mode(0o700)
                .create(folder)
                .map_err(setup)?;
        }
        create_private(database)?;
        let mut beside = database.as_os_str().to_owned();
        beside.push(".lock");
        let file = open_private(&PathBuf::from(beside)).map_err(setup)?;
        match file.try_lock() {
            Ok(()) => Ok(Self { _file: file }),
            Err(TryLockError::WouldBlock) => Err(SetupError::InUse {
                path: database.to_owned(),
            }
            .into()),
            Err(TryLockError::Error(error)) => Err(setup(error)),
        }
    }
}

/// Makes sure that the file exists with mode 0600; `SQLite` gives its companions the same.
pub(super) fn create_private(path: &Path) -> Result<(), Error> {
    open_private(path).map(drop).map_err(setup)
}

fn open_private(path: &Path) -> io::Result<File> {
    OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(path)
}

fn setup(error: io::Error) -> Error {
    Error::Engine {
        what: "prepare its files",
        source: Arc::new(error),
    }
}

/// The kind of the network file system that a path lies on, where the system tells. Locks
/// and shared memory do not work there, and a database comes to harm.
#[must_use]
pub fn network_file_system(path: &Path) -> Option<String> {
    let path = path.canonicalize().ok()?;
    let mounts = std::fs::read_to_string("/proc/self/mounts").ok()?;
    network_kind(&path, &mounts).map(str::to_owned)
}

/// The kind of the innermost mount above `path`, if it is one of the network.
fn network_kind<'m>(path: &Path, mounts: &'m str) -> Option<&'m str> {
    const NETWORK: [&str; 9] = [
        "nfs",
        "nfs4",
        "cifs",
        "smb3",
        "9p",
        "ceph",
        "afs",
        "fuse.sshfs",
        "fuse.glusterfs",
    ];
    let above = mounts.lines().filter_map(|line| {
        let mut fields = line.split(' ').skip(1);
        let (folder, kind) = (Path::new(fields.next()?), fields.next()?);
        path.starts_with(folder)
            .then(|| (folder.components().count(), kind))
    });
    // Of two mounts on one folder the later one hides the other.
    let (_, kind) = above.max_by_key(|(depth, _)| *depth)?;
    NETWORK.contains(&kind).then_some(kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn innermost_mount_decides_whether_the_file_is_on_a_network() {
        let mounts =
            "a / ext4 rw\nb /home nfs4 rw\nc /home/me ext4 rw\nd /mnt ext4 rw\ne /mnt cifs rw";
        let kind = |path: &str| network_kind(Path::new(path), mounts);
        assert_eq!(kind("/var/db"), None);
        assert_eq!(kind("/home/you/db"), Some("nfs4"));
        assert_eq!(kind("/home/me/db"), None);
        assert_eq!(kind("/mnt/db"), Some("cifs"));
        assert_eq!(kind("/homely/db"), None);
    }
}
