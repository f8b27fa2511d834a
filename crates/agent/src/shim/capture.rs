//! Output of a command on disk: raw up to a cap, and always its last bytes.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, Write};

use muster_base::limits;

use crate::process_dir::ProcessDir;

pub(crate) struct Capture<'a> {
    dir: &'a ProcessDir,
    /// None once the disk has refused: what followed would stand in the wrong place.
    out: Option<File>,
    total: u64,
    tail: VecDeque<u8>,
}

impl<'a> Capture<'a> {
    pub(crate) fn open(dir: &'a ProcessDir) -> io::Result<Self> {
        Ok(Self {
            dir,
            out: Some(dir.open_out()?),
            total: 0,
            tail: VecDeque::new(),
        })
    }

    /// Keeps what a command has written. A full disk loses output, never the command: without
    /// its shim nobody could tell how it ended.
    pub(crate) fn push(&mut self, bytes: &[u8]) {
        let room = limits::PROCESS_LOG_BYTES_MAX.saturating_sub(self.total);
        let room = usize::try_from(room).unwrap_or(usize::MAX).min(bytes.len());
        if let Some(out) = &mut self.out
            && out.write_all(bytes.get(..room).unwrap_or(bytes)).is_err()
        {
            self.out = None;
        }
        self.total += bytes.len() as u64;
        self.tail.extend(bytes);
        let surplus = self
            .tail
            .len()
            .saturating_sub(limits::PROCESS_OUTPUT_HALF_BYTES);
        self.tail.drain(..surplus);
        if self.total > limits::PROCESS_LOG_BYTES_MAX || self.out.is_none() {
            drop(self.dir.write_tail(self.total, self.tail.make_contiguous()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn full_disk_loses_output_and_keeps_the_end() {
        let folder = tempfile::tempdir().unwrap();
        std::os::unix::fs::symlink("/dev/full", folder.path().join("out")).unwrap();
        let dir = ProcessDir::new(folder.path());
        let mut capture = Capture::open(&dir).unwrap();
        capture.push(b"lost, ");
        capture.push(b"kept");
        let tail = std::fs::read(folder.path().join("tail")).unwrap();
        assert!(tail.ends_with(b"kept"));
    }
}
