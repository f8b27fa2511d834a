//! One server per file, and nobody else may read it.

use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::Error;

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
            Err(TryLockError::WouldBlock) => Err(Error::Setup {
                reason: format!(
                    "another server uses {}: stop it, or give this one its own data folder",
                    database.display()
                ),
            }),
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
