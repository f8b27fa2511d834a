//! Notices commits, checkouts, staging and pushes: the kernel tells when files of `.git` move.

use std::io;
use std::path::{Path, PathBuf};

use rustix::fs::inotify::{self, CreateFlags, WatchFlags};
use tokio::net::unix::pipe;

/// Folders of `.git` whose files say where heads and branches are.
const FOLDERS: [&str; 4] = ["", "logs", "refs/heads", "refs/remotes/origin"];
/// Records that are taken at once.
const EVENTS_BYTES: usize = 4_096;
/// Watch, kind and cookie of a record, and the length of the name that follows.
const EVENT_HEAD_BYTES: usize = 16;

/// Watches the heads and branches of repositories.
#[derive(Debug)]
pub(crate) struct RefWatch(Option<pipe::Receiver>);

impl RefWatch {
    /// Without the kernel's help nothing is noticed, and the poll has to do.
    pub(crate) fn new() -> Self {
        let opened = inotify::init(CreateFlags::NONBLOCK | CreateFlags::CLOEXEC);
        // To the runtime it is what a pipe is: a descriptor that becomes readable.
        let watched = opened
            .map_err(io::Error::from)
            .and_then(pipe::Receiver::from_owned_fd_unchecked);
        match watched {
            Ok(watched) => Self(Some(watched)),
            Err(error) => {
                tracing::warn!(error = %error, "git folders can't be watched");
                Self(None)
            }
        }
    }

    /// Adds a repository; one that is known already is no matter.
    pub(crate) fn add(&self, root: &Path) {
        let Some(watched) = &self.0 else { return };
        let flags = WatchFlags::CREATE
            | WatchFlags::DELETE
            | WatchFlags::MOVED_TO
            | WatchFlags::MODIFY
            | WatchFlags::ONLYDIR
            | WatchFlags::DONT_FOLLOW;
        let git = git_folder(root);
        for folder in FOLDERS {
            // Those that do not exist yet are added by a later look.
            let _ = inotify::add_watch(watched, git.join(folder), flags);
        }
    }

    /// Waits for the next change. Cancel-safe.
    pub(crate) async fn changed(&self) {
        let Some(watched) = &self.0 else {
            return std::future::pending().await;
        };
        let mut buffer = [0; EVENTS_BYTES];
        loop {
            if watched.readable().await.is_err() {
                return std::future::pending().await;
            }
            match watched.try_read(&mut buffer) {
                Ok(count) => {
                    let events = buffer.get(..count).unwrap_or_default();
                    if matters(events) {
                        return;
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(_broken) => return std::future::pending().await,
            }
        }
    }
}

/// Whether one of the kernel's records tells of more than a lock: a lock comes and goes around
/// every change, and the change itself follows.
fn matters(mut events: &[u8]) -> bool {
    while let Some((head, rest)) = events.split_first_chunk::<EVENT_HEAD_BYTES>() {
        let [.., a, b, c, d] = *head;
        let length = usize::try_from(u32::from_ne_bytes([a, b, c, d])).unwrap_or(usize::MAX);
        let (name, rest) = rest.split_at(length.min(rest.len()));
        // Filled up with zero bytes.
        let end = name.iter().position(|byte| *byte == 0);
        let name = name.get(..end.unwrap_or(name.len())).unwrap_or_default();
        if !name.ends_with(b".lock") {
            return true;
        }
        events = rest;
    }
    false
}

/// The folder itself, or the one that a file in its place names.
fn git_folder(root: &Path) -> PathBuf {
    let git = root.join(".git");
    if !git.is_file() {
        return git;
    }
    let Ok(text) = std::fs::read_to_string(&git) else {
        return git;
    };
    let named = text.trim().strip_prefix("gitdir: ").map(PathBuf::from);
    named.map_or(git, |named| root.join(named))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(name: &str) -> Vec<u8> {
        let mut bytes = vec![0; 12];
        let padded = name.len().next_multiple_of(16);
        bytes.extend(u32::try_from(padded).unwrap().to_ne_bytes());
        bytes.extend(name.as_bytes());
        bytes.resize(16 + padded, 0);
        bytes
    }

    #[test]
    fn locks_do_not_matter_and_everything_else_does() {
        let check = |names: &[&str], expected| {
            let bytes: Vec<u8> = names.iter().flat_map(|name| record(name)).collect();
            assert_eq!(matters(&bytes), expected, "{names:?}");
        };
        check(&["HEAD.lock"], false);
        check(&["index.lock", "index"], true);
        check(&["refs.lock", "a.lock"], false);
        // The watched folder itself has no name.
        check(&[""], true);
        assert!(!matters(&[]));
    }
}
