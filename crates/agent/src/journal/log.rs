//! The file below the journal: append-only, every record with its length and checksum.
//!
//! A record is `length: u32 LE`, the first eight bytes of its SHA-256, then JSON. Each append
//! is one `write` followed by `fdatasync`, so a crash can tear the last record only; loading
//! cuts such a tail off. The first record names the epoch.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use muster_agent_link::wire::StoredAnswer;
use muster_base::{ChatId, EffectId, Micros};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

const HEAD_BYTES: usize = 12;
/// Nothing longer is appended; a longer length is a torn or foreign record.
const RECORD_BYTES_MAX: usize = 64 * 1024 * 1024;

/// One line of the journal's history.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "record", rename_all = "snake_case")]
pub(crate) enum Record {
    /// First in every file.
    Header { epoch: String },
    /// An effect is about to begin.
    Intent {
        id: EffectId,
        #[serde(flatten)]
        intent: Intent,
    },
    /// It has ended.
    Outcome {
        id: EffectId,
        at: Micros,
        answer: StoredAnswer,
    },
    /// The server holds the result; or the effect provably never began.
    Forget { id: EffectId },
}

/// What is about to be done, with all that a recovery needs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Intent {
    /// Hash of the call's input, as the server computed it.
    pub(crate) hash: String,
    /// Whose effect it is.
    pub(crate) chat_id: Option<ChatId>,
    pub(crate) created_at: Micros,
    pub(crate) plan: Plan,
}

/// The kinds of effects, each with its own recovery.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(crate) enum Plan {
    /// `process/start`: the shim's folder tells how it went.
    Process,
    /// `write-file` and `edit-files`: old and new hash and staged content per file.
    Files {
        files: Vec<FilePlan>,
        /// What the call answers once all files are written.
        answer: serde_json::Value,
    },
    /// `process/{id}/signal`: repeated only while the target runs.
    Signal {
        process: EffectId,
        signal: muster_agent_link::wire::Signal,
    },
}

/// One file of a plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct FilePlan {
    /// Where it lies, links resolved.
    pub(crate) path: PathBuf,
    /// SHA-256 before, hex; absent if there was no file.
    pub(crate) old: Option<String>,
    /// SHA-256 after, hex.
    pub(crate) new: String,
    /// Name of the staged content in the effect's folder.
    pub(crate) staged: String,
}

/// An open log file.
#[derive(Debug)]
pub(crate) struct Log {
    file: File,
    pub(crate) bytes: u64,
    /// Half a record may lie behind `bytes`.
    torn: bool,
}

impl Log {
    /// Reads the log at `path`; cuts a torn tail off. `None` if there is no log yet.
    pub(crate) fn load(path: &Path) -> io::Result<Option<(Self, Vec<Record>)>> {
        let bytes = match fs::read(path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let (records, good) = decode_all(&bytes);
        let file = OpenOptions::new().append(true).open(path)?;
        if good < bytes.len() {
            tracing::warn!(
                kept_bytes = good,
                cut_bytes = bytes.len() - good,
                "the journal's last record was torn"
            );
            file.set_len(good as u64)?;
            file.sync_data()?;
        }
        let log = Self {
            file,
            bytes: good as u64,
            torn: false,
        };
        Ok(Some((log, records)))
    }

    /// Writes a whole new log in place of what is at `path`.
    pub(crate) fn replace(path: &Path, records: &[Record]) -> io::Result<Self> {
        let fresh = path.with_extension("new");
        let mut bytes = Vec::new();
        for record in records {
            encode(record, &mut bytes)?;
        }
        let mut file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&fresh)?;
        file.write_all(&bytes)?;
        file.sync_all()?;
        fs::rename(&fresh, path)?;
        sync_dir(path.parent().unwrap_or(path))?;
        let file = OpenOptions::new().append(true).open(path)?;
        Ok(Self {
            file,
            bytes: bytes.len() as u64,
            torn: false,
        })
    }

    /// Appends one record and waits until the disk has it.
    pub(crate) fn append(&mut self, record: &Record) -> io::Result<()> {
        let mut bytes = Vec::new();
        encode(record, &mut bytes)?;
        // Half a record in the middle would hide everything after it: before the next one is
        // written, an earlier failure must be cut off.
        if self.torn {
            self.file.set_len(self.bytes)?;
            self.torn = false;
        }
        let written = self
            .file
            .write_all(&bytes)
            .and_then(|()| self.file.sync_data());
        if written.is_err() {
            self.torn = self.file.set_len(self.bytes).is_err();
        }
        written?;
        self.bytes += bytes.len() as u64;
        Ok(())
    }
}

pub(crate) fn sync_dir(dir: &Path) -> io::Result<()> {
    File::open(dir)?.sync_all()
}

fn checksum(payload: &[u8]) -> [u8; 8] {
    let mut sum = [0; 8];
    let digest = Sha256::digest(payload);
    sum.iter_mut().zip(digest).for_each(|(to, from)| *to = from);
    sum
}

fn encode(record: &Record, into: &mut Vec<u8>) -> io::Result<()> {
    let payload = serde_json::to_vec(record)?;
    // Loading would take it, and all that follows it, for a torn tail.
    if payload.len() > RECORD_BYTES_MAX {
        return Err(io::ErrorKind::FileTooLarge.into());
    }
    let length = u32::try_from(payload.len()).map_err(io::Error::other)?;
    into.extend_from_slice(&length.to_le_bytes());
    into.extend_from_slice(&checksum(&payload));
    into.extend_from_slice(&payload);
    Ok(())
}

/// All whole records from the start, and the length of what they take.
fn decode_all(bytes: &[u8]) -> (Vec<Record>, usize) {
    let mut records = Vec::new();
    let mut good = 0;
    while let Some((record, taken)) = bytes.get(good..).and_then(decode) {
        records.push(record);
        good += taken;
    }
    (records, good)
}

fn decode(bytes: &[u8]) -> Option<(Record, usize)> {
    let (length, rest) = bytes.split_first_chunk::<4>()?;
    let (sum, rest) = rest.split_first_chunk::<8>()?;
    let length = usize::try_from(u32::from_le_bytes(*length)).ok()?;
    if length > RECORD_BYTES_MAX {
        return None;
    }
    let payload = rest.get(..length)?;
    if checksum(payload) != *sum {
        return None;
    }
    let record = serde_json::from_slice(payload).ok()?;
    Some((record, HEAD_BYTES + length))
}
