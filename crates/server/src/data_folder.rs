//! The data folder of one server process.

use std::fs::{File, TryLockError};
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;

use muster_base::{Clock, WorkerId};

/// Held locked for the life of the process.
const LOCK_FILE: &str = "server.lock";
/// Names the chat worker of the process that uses the folder.
const WORKER_FILE: &str = "worker";

/// A data folder that belongs to this process alone. Who gets the lock knows that the process
/// before has ended, and may take over what it owned without waiting for a lease to run out.
#[derive(Debug)]
pub(crate) struct DataFolder {
    _lock: File,
    /// The chat worker of this process.
    pub(crate) worker: WorkerId,
    /// The chat worker of the process before, which is gone.
    pub(crate) predecessor: Option<WorkerId>,
}

impl DataFolder {
    /// Makes the folder where it is missing, and locks it.
    ///
    /// # Errors
    /// When another server uses it, or it can't be written.
    pub(crate) fn open(path: &Path, clock: &Clock) -> io::Result<Self> {
        let mut folder = std::fs::DirBuilder::new();
        folder.recursive(true).mode(0o700).create(path)?;
        let lock = File::create(path.join(LOCK_FILE))?;
        lock.try_lock().map_err(|error| match error {
            TryLockError::WouldBlock => io::Error::new(
                io::ErrorKind::ResourceBusy,
                format!("another server uses {}", path.display()),
            ),
            TryLockError::Error(error) => error,
        })?;
        let file = path.join(WORKER_FILE);
        let before = std::fs::read_to_string(&file).unwrap_or_default();
        let worker = WorkerId::new(clock);
        std::fs::write(&file, worker.to_string())?;
        Ok(Self {
            _lock: lock,
            worker,
            predecessor: before.trim().parse().ok(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn second_server_is_refused_and_the_next_one_knows_its_predecessor() {
        let folder = tempfile::tempdir().unwrap();
        let clock = Clock::system();
        let first = DataFolder::open(folder.path(), &clock).unwrap();
        assert_eq!(first.predecessor, None);
        let refused = DataFolder::open(folder.path(), &clock).unwrap_err();
        assert_eq!(refused.kind(), io::ErrorKind::ResourceBusy);
        let worker = first.worker;
        drop(first);
        let second = DataFolder::open(folder.path(), &clock).unwrap();
        assert_eq!(second.predecessor, Some(worker));
    }
}
