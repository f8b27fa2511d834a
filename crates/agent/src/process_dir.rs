//! The folder of one process, `state/proc/<id>/`: how shim and agent speak to each other.
//!
//! | file | written by | content |
//! |---|---|---|
//! | `lock` | shim | record lock, held for the shim's life: whoever holds it runs the command |
//! | `meta` | shim | the claim: exists before the command is started |
//! | `group` | shim | process group of the command, and when its leader was started |
//! | `out` | shim | raw output, up to its cap |
//! | `tail` | shim | total length and last bytes, once `out` is full |
//! | `room` | shim | a place on the disk for `exit`, taken with the claim |
//! | `exit` | shim | how it ended; written into `room`, fsync, rename |
//! | `events` | agent (made), shim (written) | fifo: a byte or its end says "look again" |
//!
//! All facts are in files; the fifo carries hints only, so an agent that starts later reads the
//! same truth.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use muster_base::{ChatId, EffectId, Micros, limits};
use rustix::fs::{FlockOperation, Mode};
use rustix::process::{Flock, FlockType, Pid};
use serde::{Deserialize, Serialize};

use crate::journal::sync_dir;
use crate::sandbox::process;

/// Bytes kept for `exit`: more than the document ever has.
const EXIT_ROOM: usize = 4_096;

/// What is known of a process from its start on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Meta {
    pub(crate) id: EffectId,
    pub(crate) command: String,
    pub(crate) workdir: String,
    pub(crate) background: bool,
    pub(crate) chat_id: Option<ChatId>,
    pub(crate) started_at: Micros,
}

/// How a process ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Exit {
    pub(crate) exit_code: i32,
    pub(crate) exited_at: Micros,
    pub(crate) wall_duration_ms: u64,
    /// Why the exit code is not the command's own.
    pub(crate) error: Option<String>,
}

/// The state of a process as its folder shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Look {
    /// No shim has claimed it: the command never started.
    Unclaimed,
    /// A shim runs it.
    Running,
    /// It has ended.
    Exited(Exit),
    /// Its shim is gone without a word: the workspace stopped.
    Vanished,
}

/// Output on disk: all of it, or its two ends.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Captured {
    pub(crate) head: Vec<u8>,
    /// Empty when `head` is everything.
    pub(crate) tail: Vec<u8>,
    /// Bytes the process has written.
    pub(crate) total: u64,
}

/// Paths below one process's folder.
#[derive(Clone, Debug)]
pub(crate) struct ProcessDir(PathBuf);

impl ProcessDir {
    pub(crate) fn new(path: impl Into<PathBuf>) -> Self {
        Self(path.into())
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    pub(crate) fn events(&self) -> PathBuf {
        self.0.join("events")
    }

    /// Makes folder and fifo; both may exist already.
    pub(crate) fn create(&self) -> io::Result<()> {
        let mut builder = fs::DirBuilder::new();
        builder.recursive(true).mode(0o700).create(&self.0)?;
        let made = rustix::fs::mkfifoat(rustix::fs::CWD, self.events(), Mode::RUSR | Mode::WUSR);
        match made {
            Ok(()) | Err(rustix::io::Errno::EXIST) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    pub(crate) fn remove(&self) -> io::Result<()> {
        fs::remove_dir_all(&self.0)
    }

    fn lock_file(&self) -> io::Result<File> {
        OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(self.0.join("lock"))
    }

    /// Becomes the one shim of this process. `None` if another is.
    pub(crate) fn claim(&self, meta: &Meta) -> io::Result<Option<File>> {
        let lock = self.lock_file()?;
        match rustix::fs::fcntl_lock(&lock, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => {}
            Err(rustix::io::Errno::AGAIN | rustix::io::Errno::ACCESS) => return Ok(None),
            Err(error) => return Err(error.into()),
        }
        if self.read::<Meta>("meta")?.is_some() {
            return Ok(None);
        }
        // Before the claim: a disk too full for it is too full for the command as well.
        fs::write(self.0.join("room"), [b' '; EXIT_ROOM])?;
        self.write_durable("meta", &serde_json::to_vec(meta)?)?;
        Ok(Some(lock))
    }

    /// Whether a shim holds the lock. Only asks; taking it could turn a starting shim away.
    fn is_locked(&self) -> io::Result<bool> {
        let lock = match File::open(self.0.join("lock")) {
            Ok(lock) => lock,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
            Err(error) => return Err(error),
        };
        let held = rustix::process::fcntl_getlk(&lock, &Flock::from(FlockType::WriteLock))?;
        Ok(held.is_some())
    }

    /// Reads the state, in the order that a shim's life can't contradict: it takes the lock,
    /// writes `meta`, writes `exit`, lets the lock go. So a claim without lock and exit is a
    /// shim that died, and never one that was just about to begin.
    pub(crate) fn look(&self) -> io::Result<Look> {
        loop {
            let claimed = self.meta()?.is_some();
            let locked = self.is_locked()?;
            if let Some(exit) = self.read::<Exit>("exit")? {
                return Ok(Look::Exited(exit));
            }
            match (claimed, locked) {
                (_, true) => return Ok(Look::Running),
                (true, false) => return Ok(Look::Vanished),
                (false, false) if self.meta()?.is_none() => return Ok(Look::Unclaimed),
                // Claimed while we looked: look again.
                (false, false) => {}
            }
        }
    }

    pub(crate) fn meta(&self) -> io::Result<Option<Meta>> {
        self.read("meta")
    }

    /// Writes how it ended, without need of free space: the command may have filled the disk.
    pub(crate) fn write_exit(&self, exit: &Exit) -> io::Result<()> {
        let bytes = serde_json::to_vec(exit)?;
        let room = self.0.join("room");
        let mut file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(false)
            .open(&room)?;
        file.write_all(&bytes)?;
        file.set_len(bytes.len() as u64)?;
        file.sync_all()?;
        fs::rename(&room, self.0.join("exit"))?;
        sync_dir(&self.0)
    }

    pub(crate) fn write_group(&self, group: Pid) -> io::Result<()> {
        let started = process::started(group).unwrap_or_default();
        let text = format!("{} {started}", group.as_raw_nonzero());
        self.write_renamed("group", text.as_bytes())
    }

    /// The command's process group; absent until the command was started.
    pub(crate) fn group(&self) -> io::Result<Option<Pid>> {
        Ok(self.group_and_start()?.map(|(group, _)| group))
    }

    /// The group of a command whose shim is gone, if its leader is provably the one that the
    /// shim has started: its number may have been given away since.
    pub(crate) fn orphaned_group(&self) -> io::Result<Option<Pid>> {
        let known = self.group_and_start()?;
        let orphan = known.filter(|(group, started)| process::started(*group) == Some(*started));
        Ok(orphan.map(|(group, _)| group))
    }

    fn group_and_start(&self) -> io::Result<Option<(Pid, u64)>> {
        let text = match fs::read_to_string(self.0.join("group")) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let mut words = text.split_whitespace();
        let group = words.next().and_then(|word| word.parse().ok());
        let started = words.next().and_then(|word| word.parse().ok());
        Ok(group
            .and_then(Pid::from_raw)
            .map(|group| (group, started.unwrap_or_default())))
    }

    fn read<T: for<'de> Deserialize<'de>>(&self, name: &str) -> io::Result<Option<T>> {
        match fs::read(self.0.join(name)) {
            Ok(bytes) => Ok(Some(serde_json::from_slice(&bytes)?)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn write_renamed(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let fresh = self.0.join(format!("{name}.new"));
        fs::write(&fresh, bytes)?;
        fs::rename(&fresh, self.0.join(name))
    }

    fn write_durable(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let fresh = self.0.join(format!("{name}.new"));
        let mut file = File::create(&fresh)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&fresh, self.0.join(name))?;
        sync_dir(&self.0)
    }

    /// Opens `out` for the shim.
    pub(crate) fn open_out(&self) -> io::Result<File> {
        OpenOptions::new()
            .append(true)
            .create(true)
            .mode(0o600)
            .open(self.0.join("out"))
    }

    /// Replaces the tail: total length, then the last bytes.
    pub(crate) fn write_tail(&self, total: u64, tail: &[u8]) -> io::Result<()> {
        let mut bytes = total.to_le_bytes().to_vec();
        bytes.extend_from_slice(tail);
        self.write_renamed("tail", &bytes)
    }

    fn read_tail(&self) -> io::Result<Option<(u64, Vec<u8>)>> {
        let bytes = match fs::read(self.0.join("tail")) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let total = bytes.split_first_chunk::<8>();
        Ok(total.map(|(total, tail)| (u64::from_le_bytes(*total), tail.to_vec())))
    }

    /// The output's two ends, or all of it when it fits into both.
    pub(crate) fn captured(&self) -> io::Result<Captured> {
        let half = limits::PROCESS_OUTPUT_HALF_BYTES as u64;
        let tail = self.read_tail()?;
        let mut out = match File::open(self.0.join("out")) {
            Ok(out) => out,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Ok(Captured::default());
            }
            Err(error) => return Err(error),
        };
        let kept = out.metadata()?.len();
        let mut captured = Captured::default();
        if tail.is_none() && kept <= 2 * half {
            (&mut out).take(kept).read_to_end(&mut captured.head)?;
            captured.total = kept;
            return Ok(captured);
        }
        (&mut out).take(half).read_to_end(&mut captured.head)?;
        match tail {
            Some((total, tail)) => {
                captured.total = total;
                captured.tail = tail;
            }
            None => {
                out.seek(SeekFrom::Start(kept - half))?;
                out.take(half).read_to_end(&mut captured.tail)?;
                captured.total = kept;
            }
        }
        Ok(captured)
    }

    /// Raw output from `offset` on, as far as it was kept, and its whole length.
    pub(crate) fn log(&self, offset: u64) -> io::Result<(Vec<u8>, u64)> {
        let tail = self.read_tail()?;
        let mut bytes = Vec::new();
        let mut kept = 0;
        match File::open(self.0.join("out")) {
            Ok(mut out) => {
                kept = out.metadata()?.len();
                out.seek(SeekFrom::Start(offset))?;
                out.take(limits::PROCESS_LOG_BYTES_MAX)
                    .read_to_end(&mut bytes)?;
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
        Ok((bytes, tail.map_or(kept, |(total, _)| total)))
    }
}

#[cfg(test)]
mod tests {
    use muster_base::Clock;
    use rustix::mount::{MountFlags, UnmountFlags, mount, unmount};

    use super::*;

    fn meta() -> Meta {
        Meta {
            id: EffectId::NIL,
            command: "true".to_owned(),
            workdir: "/".to_owned(),
            background: false,
            chat_id: None,
            started_at: Clock::system().now(),
        }
    }

    fn exit() -> Exit {
        Exit {
            exit_code: 3,
            exited_at: Clock::system().now(),
            wall_duration_ms: 1,
            error: None,
        }
    }

    #[test]
    fn end_of_a_command_is_known_although_it_has_filled_the_disk() {
        let folder = tempfile::tempdir().unwrap();
        let flags = MountFlags::empty();
        if mount("tmpfs", folder.path(), "tmpfs", flags, c"size=256k").is_err() {
            // Only root has small disks to give.
            return;
        }
        let dir = ProcessDir::new(folder.path().join("process"));
        dir.create().unwrap();
        let lock = dir.claim(&meta()).unwrap().unwrap();
        let mut hog = File::create(folder.path().join("hog")).unwrap();
        while hog.write_all(&[b'x'; 1024]).is_ok() {}
        let written = dir.write_exit(&exit());
        drop(lock);
        let look = dir.look();
        drop(hog);
        unmount(folder.path(), UnmountFlags::DETACH).unwrap();
        written.unwrap();
        assert!(matches!(look.unwrap(), Look::Exited(exit) if exit.exit_code == 3));
    }
}
