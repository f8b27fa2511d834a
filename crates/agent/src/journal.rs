//! Effects by effect id: what was begun, what came out, and that nothing begins twice.
//!
//! The intent is on disk before the effect begins, the result before its answer leaves.
//! Concurrent calls with one id share one execution: the first gets a [`Ticket`], the others
//! wait on it. What a crash leaves open is handed out by [`Journal::open`] and settled by
//! `recovery`.

mod log;
#[cfg(test)]
mod tests;
mod ticket;

use std::collections::HashMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use muster_agent_link::wire::{Code, EffectState, EffectStatus, StoredAnswer};
use muster_base::{Clock, EffectId, Micros, limits};
use parking_lot::Mutex;
use tokio::sync::watch;

pub(crate) use log::{FilePlan, Intent, Plan, sync_dir};
use log::{Log, Record};
pub(crate) use ticket::{Ticket, Waiter};

use crate::Failure;

/// The journal can't be used.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Another agent works on the same state folder.
    #[error("another agent uses this state folder")]
    Busy,
    /// The disk refused.
    #[error("the journal can't be {action}")]
    Io {
        /// What was tried.
        action: &'static str,
        /// Why not.
        #[source]
        source: io::Error,
    },
}

impl Error {
    fn io(action: &'static str) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Io { action, source }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        tracing::error!(error = &error as &dyn std::error::Error, "journal failed");
        Self::new(Code::Unavailable, error.to_string())
    }
}

/// Effects that began and have no result, oldest first.
pub(crate) type Open = Vec<(EffectId, Intent)>;

/// The journal of one agent; shared by reference.
#[derive(Debug)]
pub(crate) struct Journal {
    dir: PathBuf,
    clock: Clock,
    epoch: String,
    inner: Mutex<Inner>,
    /// Held for life: a second agent on this folder must not start.
    _lock: fs::File,
}

#[derive(Debug)]
struct Inner {
    log: Log,
    /// Size of the log after its last compaction.
    compacted_bytes: u64,
    entries: HashMap<EffectId, Entry>,
}

#[derive(Debug)]
struct Entry {
    hash: String,
    /// Absent until the intent is on disk.
    intent: Option<Intent>,
    /// The server holds the result (or needs none); the entry goes when the effect ends.
    forget: bool,
    ended_at: Option<Micros>,
    phase: watch::Sender<Phase>,
}

/// How far an effect has come, for those who wait for it.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Phase {
    Running,
    Ended(StoredAnswer),
}

/// What a call with an effect id is told.
#[derive(Debug)]
pub(crate) enum Begin {
    /// It is the first: do it.
    New(Ticket),
    /// It is being done: wait for it.
    Running(Waiter),
    /// It was done.
    Ended(StoredAnswer),
    /// The id belongs to another effect.
    Conflict,
}

impl Journal {
    /// Opens (or creates) the journal in `dir`; also returns what a crash left open.
    pub(crate) fn open(dir: &Path, clock: Clock) -> Result<(Arc<Self>, Open), Error> {
        fs::create_dir_all(dir).map_err(Error::io("created"))?;
        let lock = lock_folder(dir)?;
        let path = dir.join("log");
        let loaded = Log::load(&path).map_err(Error::io("read"))?;
        let (log, epoch, entries) = match loaded {
            Some((log, records)) => match replay(records) {
                (Some(epoch), entries) => (log, epoch, entries),
                (None, _) => fresh(&path)?,
            },
            None => fresh(&path)?,
        };
        let journal = Self {
            dir: dir.to_owned(),
            clock,
            epoch,
            inner: Mutex::new(Inner {
                compacted_bytes: log.bytes,
                log,
                entries,
            }),
            _lock: lock,
        };
        journal.expire(&mut journal.inner.lock())?;
        let open = journal.pending();
        Ok((Arc::new(journal), open))
    }

    fn pending(&self) -> Open {
        let inner = self.inner.lock();
        let running = inner
            .entries
            .iter()
            .filter(|(_, entry)| entry.ended_at.is_none());
        let mut pending: Vec<_> = running
            .filter_map(|(id, entry)| Some((*id, entry.intent.clone()?)))
            .collect();
        pending.sort_by_key(|(id, intent)| (intent.created_at, *id));
        pending
    }

    /// Random, created with the folder.
    pub(crate) fn epoch(&self) -> &str {
        &self.epoch
    }

    /// Where the content of an effect is staged.
    pub(crate) fn staging(&self, id: EffectId) -> PathBuf {
        self.dir.join(id.to_string())
    }

    /// Decides who performs an effect. One lock decides, so of any number of calls with one
    /// id exactly one gets the ticket.
    pub(crate) fn begin(self: &Arc<Self>, id: EffectId, hash: &str) -> Begin {
        let mut inner = self.inner.lock();
        if let Some(entry) = inner.entries.get(&id) {
            if entry.hash != hash {
                return Begin::Conflict;
            }
            let waiter = entry.phase.subscribe();
            let phase = waiter.borrow().clone();
            return match phase {
                Phase::Running => Begin::Running(Waiter::new(waiter)),
                Phase::Ended(answer) => Begin::Ended(answer),
            };
        }
        inner
            .entries
            .insert(id, Entry::running(hash.to_owned(), None));
        Begin::New(Ticket::new(self.clone(), id))
    }

    /// The right to settle what [`Journal::open`] returned.
    pub(crate) fn resume(self: &Arc<Self>, id: EffectId) -> Ticket {
        Ticket::new(self.clone(), id)
    }

    /// What is known of an effect.
    pub(crate) fn status(&self, id: EffectId) -> EffectStatus {
        let inner = self.inner.lock();
        let phase = inner
            .entries
            .get(&id)
            .map(|entry| entry.phase.borrow().clone());
        let (state, answer) = match phase {
            None => (EffectState::Absent, None),
            Some(Phase::Running) => (EffectState::Running, None),
            Some(Phase::Ended(answer)) if answer.status == Code::EffectUnknown.status() => {
                (EffectState::Unknown, Some(answer))
            }
            Some(Phase::Ended(answer)) => (EffectState::Finished, Some(answer)),
        };
        EffectStatus { id, state, answer }
    }

    /// Lets results go that the server holds. Those of running effects go when they end.
    pub(crate) fn ack(&self, ids: &[EffectId]) -> Result<(), Error> {
        let mut inner = self.inner.lock();
        for id in ids {
            let Some(entry) = inner.entries.get_mut(id) else {
                continue;
            };
            if entry.intent.is_none() || entry.forget {
                continue;
            }
            if entry.ended_at.is_none() {
                entry.forget = true;
                continue;
            }
            self.forget(&mut inner, *id)?;
        }
        self.compact_if_grown(&mut inner)
    }

    fn forget(&self, inner: &mut Inner, id: EffectId) -> Result<(), Error> {
        let appended = inner.log.append(&Record::Forget { id });
        appended.map_err(Error::io("written"))?;
        inner.entries.remove(&id);
        self.remove_staging(id);
        Ok(())
    }

    fn remove_staging(&self, id: EffectId) {
        match fs::remove_dir_all(self.staging(id)) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => tracing::warn!(effect.id = %id, error = %error, "staged content stays"),
        }
    }

    fn record_intent(&self, id: EffectId, intent: Intent) -> Result<(), Error> {
        let mut inner = self.inner.lock();
        if inner.log.bytes > limits::JOURNAL_BYTES_MAX {
            self.expire(&mut inner)?;
            self.compact(&mut inner)?;
        }
        if inner.log.bytes > limits::JOURNAL_BYTES_MAX {
            let full = io::Error::from(io::ErrorKind::StorageFull);
            return Err(Error::io("written")(full));
        }
        let record = Record::Intent {
            id,
            intent: intent.clone(),
        };
        inner.log.append(&record).map_err(Error::io("written"))?;
        if let Some(entry) = inner.entries.get_mut(&id) {
            entry.intent = Some(intent);
        }
        Ok(())
    }

    fn record_outcome(&self, id: EffectId, answer: StoredAnswer) -> Result<(), Error> {
        let at = self.clock.now();
        let mut inner = self.inner.lock();
        let record = Record::Outcome {
            id,
            at,
            answer: answer.clone(),
        };
        let appended = inner.log.append(&record).map_err(Error::io("written"));
        let Some(entry) = inner.entries.get_mut(&id) else {
            return appended;
        };
        if let Err(error) = appended {
            // Those who wait hear of it; the next agent finds the intent and settles it.
            let failure = Failure::new(Code::Unavailable, error.to_string());
            entry.phase.send_replace(Phase::Ended(failure.answer()));
            return Err(error);
        }
        entry.ended_at = Some(at);
        entry.phase.send_replace(Phase::Ended(answer));
        if entry.forget {
            self.forget(&mut inner, id)?;
        }
        drop(inner);
        // Only an unsettled plan needs it.
        self.remove_staging(id);
        Ok(())
    }

    fn release(&self, id: EffectId) {
        let mut inner = self.inner.lock();
        if inner
            .entries
            .get(&id)
            .is_some_and(|entry| entry.intent.is_none())
        {
            inner.entries.remove(&id);
        }
    }

    /// Takes an id back whose effect never began; `answer` goes to those who wait.
    fn withdraw(&self, id: EffectId, answer: StoredAnswer) {
        let mut inner = self.inner.lock();
        let Some(entry) = inner.entries.remove(&id) else {
            return;
        };
        if entry.intent.is_some()
            && let Err(error) = inner.log.append(&Record::Forget { id })
        {
            tracing::error!(effect.id = %id, error = %error, "journal failed");
        }
        drop(inner);
        self.remove_staging(id);
        entry.phase.send_replace(Phase::Ended(answer));
    }

    /// Drops results that nobody has asked for within a week.
    fn expire(&self, inner: &mut Inner) -> Result<(), Error> {
        let now = self.clock.now();
        let old = |entry: &Entry| {
            let ended = entry.ended_at;
            ended.is_some_and(|at| now.since(at) > limits::JOURNAL_UNACKED_LIFE)
        };
        let expired: Vec<_> = inner
            .entries
            .iter()
            .filter(|(_, entry)| old(entry))
            .map(|(id, _)| *id)
            .collect();
        for id in expired {
            self.forget(inner, id)?;
        }
        self.compact_if_grown(inner)
    }

    fn compact_if_grown(&self, inner: &mut Inner) -> Result<(), Error> {
        let grown = inner.log.bytes.saturating_sub(inner.compacted_bytes);
        if grown < limits::JOURNAL_COMPACT_BYTES {
            return Ok(());
        }
        self.compact(inner)
    }

    /// Rewrites the log with what is still needed.
    fn compact(&self, inner: &mut Inner) -> Result<(), Error> {
        let mut records = vec![Record::Header {
            epoch: self.epoch.clone(),
        }];
        for (id, entry) in &inner.entries {
            records.extend(entry.records(*id));
        }
        let path = self.dir.join("log");
        inner.log = Log::replace(&path, &records).map_err(Error::io("compacted"))?;
        inner.compacted_bytes = inner.log.bytes;
        Ok(())
    }
}

impl Entry {
    fn running(hash: String, intent: Option<Intent>) -> Self {
        Self {
            hash,
            intent,
            forget: false,
            ended_at: None,
            phase: watch::Sender::new(Phase::Running),
        }
    }

    fn records(&self, id: EffectId) -> Vec<Record> {
        let Some(intent) = self.intent.clone() else {
            return Vec::new();
        };
        let mut records = vec![Record::Intent { id, intent }];
        if let (Some(at), Phase::Ended(answer)) = (self.ended_at, self.phase.borrow().clone()) {
            records.push(Record::Outcome { id, at, answer });
        }
        records
    }
}

fn lock_folder(dir: &Path) -> Result<fs::File, Error> {
    let lock = fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(false)
        .open(dir.join("lock"))
        .map_err(Error::io("locked"))?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(fs::TryLockError::WouldBlock) => Err(Error::Busy),
        Err(fs::TryLockError::Error(source)) => Err(Error::io("locked")(source)),
    }
}

type Loaded = (Log, String, HashMap<EffectId, Entry>);

fn fresh(path: &Path) -> Result<Loaded, Error> {
    let epoch = hex::encode(rand::random::<[u8; 16]>());
    let header = Record::Header {
        epoch: epoch.clone(),
    };
    let log = Log::replace(path, &[header]).map_err(Error::io("created"))?;
    Ok((log, epoch, HashMap::new()))
}

fn replay(records: Vec<Record>) -> (Option<String>, HashMap<EffectId, Entry>) {
    let mut epoch = None;
    let mut entries: HashMap<EffectId, Entry> = HashMap::new();
    for record in records {
        match record {
            Record::Header { epoch: named } => epoch = Some(named),
            Record::Intent { id, intent } => {
                let entry = Entry::running(intent.hash.clone(), Some(intent));
                entries.insert(id, entry);
            }
            Record::Outcome { id, at, answer } => {
                if let Some(entry) = entries.get_mut(&id) {
                    entry.ended_at = Some(at);
                    entry.phase.send_replace(Phase::Ended(answer));
                }
            }
            Record::Forget { id } => {
                entries.remove(&id);
            }
        }
    }
    (epoch, entries)
}
