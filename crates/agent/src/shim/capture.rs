//! Output of a command on disk: raw up to a cap, and always its last bytes.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, Write};

use muster_base::limits;

use crate::process_dir::ProcessDir;

pub(crate) struct Capture<'a> {
    dir: &'a ProcessDir,
    out: File,
    total: u64,
    tail: VecDeque<u8>,
}

impl<'a> Capture<'a> {
    pub(crate) fn open(dir: &'a ProcessDir) -> io::Result<Self> {
        Ok(Self {
            dir,
            out: dir.open_out()?,
            total: 0,
            tail: VecDeque::new(),
        })
    }

    pub(crate) fn push(&mut self, bytes: &[u8]) -> io::Result<()> {
        let room = limits::PROCESS_LOG_BYTES_MAX.saturating_sub(self.total);
        let room = usize::try_from(room).unwrap_or(usize::MAX).min(bytes.len());
        self.out.write_all(bytes.get(..room).unwrap_or(bytes))?;
        self.total += bytes.len() as u64;
        self.tail.extend(bytes);
        let surplus = self
            .tail
            .len()
            .saturating_sub(limits::PROCESS_OUTPUT_HALF_BYTES);
        self.tail.drain(..surplus);
        if self.total > limits::PROCESS_LOG_BYTES_MAX {
            self.dir
                .write_tail(self.total, self.tail.make_contiguous())?;
        }
        Ok(())
    }
}
