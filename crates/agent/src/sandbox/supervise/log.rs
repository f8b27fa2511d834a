//! The agent's log: what it writes to standard output and error, in two files of bounded size.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;

use muster_base::limits::AGENT_LOG_BYTES_MAX;

/// Copies `source` into `<path>` until it ends, keeping one older file `<path>.1`. A full disk
/// loses log lines, never the sandbox.
pub(super) fn pump(mut source: impl Read, path: PathBuf) {
    let mut log = Log { path, file: None };
    let mut buffer = [0_u8; 8_192];
    loop {
        match source.read(&mut buffer) {
            Ok(0) => return,
            Ok(read) => drop(log.append(buffer.get(..read).unwrap_or_default())),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(_) => return,
        }
    }
}

struct Log {
    path: PathBuf,
    file: Option<(File, u64)>,
}

impl Log {
    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        if matches!(&self.file, Some((_, size)) if *size >= AGENT_LOG_BYTES_MAX) {
            self.file = None;
            fs::rename(&self.path, self.path.with_extension("log.1"))?;
        }
        if self.file.is_none() {
            let no_link = rustix::fs::OFlags::NOFOLLOW.bits();
            let file = OpenOptions::new()
                .create(true)
                .append(true)
                .mode(0o600)
                .custom_flags(i32::try_from(no_link).unwrap_or_default())
                .open(&self.path)?;
            let size = file.metadata()?.len();
            self.file = Some((file, size));
        }
        if let Some((file, size)) = &mut self.file {
            file.write_all(bytes)?;
            *size += bytes.len() as u64;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_log_is_kept_in_two_files_of_bounded_size() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("agent.log");
        let bytes = vec![b'x'; usize::try_from(AGENT_LOG_BYTES_MAX).unwrap() * 3];
        pump(&bytes[..], path.clone());
        let sizes: Vec<u64> = ["agent.log", "agent.log.1"]
            .iter()
            .map(|name| fs::metadata(dir.path().join(name)).unwrap().len())
            .collect();
        assert!(
            sizes
                .iter()
                .all(|size| *size <= AGENT_LOG_BYTES_MAX + 8_192)
        );
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 2);
    }
}
