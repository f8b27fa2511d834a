//! One stretch of live output, numbered from 1 and kept compacted.

use std::ops::Range;
use std::sync::Arc;

use muster_base::limits::EPISODE_BYTES_MAX;
use muster_base::{Clock, Micros};
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};
use tokio::sync::watch;

use super::{EpisodeKey, LivePart};

/// What one boundary inside a run costs in memory.
const BOUNDARY_BYTES: usize = size_of::<u32>();

/// A live part and its place in the episode.
#[derive(Clone, Debug, PartialEq)]
pub struct NumberedPart {
    /// Contiguous from 1.
    pub seq: u64,
    /// The part as it was produced.
    pub part: LivePart,
}

/// The live output of one (chat, history version, generation attempt).
#[derive(Debug)]
pub struct Episode {
    key: EpisodeKey,
    /// Tells apart two episodes of one key: a tool phase that a new owner runs again counts
    /// from 1 again, and a reader must not take its parts for the rest of the first ones.
    instance: u64,
    clock: Clock,
    state: Mutex<State>,
    /// Wakes every reader of this chat.
    changed: Arc<watch::Sender<u64>>,
}

#[derive(Debug, Default)]
struct State {
    runs: Vec<Run>,
    last_seq: u64,
    bytes: usize,
    spilled_seq: u64,
    spilled_bytes: usize,
    full: bool,
    /// The attempt failed: nobody wants to keep what it said.
    discarded: bool,
    closed_at: Option<Micros>,
}

/// Adjacent deltas of one text, merged; `ends` remembers where each delta ended, so that
/// any suffix can be cut again exactly as it was produced.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Run {
    first_seq: u64,
    part: LivePart,
    /// End offset of every delta; empty for a whole part.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    ends: Vec<u32>,
}

impl Run {
    fn new(seq: u64, part: LivePart) -> Self {
        let ends = part.delta().map(|delta| vec![offset(delta.len())]);
        Self {
            first_seq: seq,
            part,
            ends: ends.unwrap_or_default(),
        }
    }

    fn len(&self) -> usize {
        self.ends.len().max(1)
    }

    fn last_seq(&self) -> u64 {
        self.first_seq + self.len() as u64 - 1
    }

    fn append(&mut self, delta: &str) {
        if let Some(text) = self.part.delta_mut() {
            text.push_str(delta);
            let end = offset(text.len());
            self.ends.push(end);
        }
    }

    /// The bytes of the `index`-th delta.
    fn range(&self, index: usize) -> Range<usize> {
        let start = index.checked_sub(1).and_then(|at| self.ends.get(at));
        let end = self.ends.get(index);
        start.map_or(0, |end| *end as usize)..end.map_or(0, |end| *end as usize)
    }

    /// The `index`-th part as it was produced.
    fn cut(&self, index: usize) -> LivePart {
        match self.part.delta() {
            Some(text) => self
                .part
                .with_delta(text.get(self.range(index)).unwrap_or("")),
            None => self.part.clone(),
        }
    }

    /// What follows `after`, still merged.
    fn suffix(&self, after: u64) -> Option<Self> {
        let skip = usize::try_from((after + 1).saturating_sub(self.first_seq)).ok()?;
        if skip == 0 {
            return Some(self.clone());
        }
        if skip >= self.len() {
            return None;
        }
        let from = self.range(skip).start;
        let text = self.part.delta()?.get(from..)?;
        let ends = self.ends.iter().skip(skip);
        Some(Self {
            first_seq: self.first_seq + skip as u64,
            part: self.part.with_delta(text),
            ends: ends.map(|end| end - offset(from)).collect(),
        })
    }
}

/// An episode holds at most 1 MiB, so that offsets fit.
fn offset(bytes: usize) -> u32 {
    u32::try_from(bytes).unwrap_or(u32::MAX)
}

impl Episode {
    pub(super) fn new(key: EpisodeKey, clock: Clock, changed: Arc<watch::Sender<u64>>) -> Self {
        Self {
            key,
            instance: rand::random(),
            clock,
            state: Mutex::default(),
            changed,
        }
    }

    /// Rebuilds an episode from stored runs; it is closed, because its writer is elsewhere.
    pub(super) fn from_runs(key: EpisodeKey, instance: u64, clock: Clock, runs: Vec<Run>) -> Self {
        let state = State {
            last_seq: runs.last().map_or(0, Run::last_seq),
            closed_at: Some(clock.now()),
            runs,
            ..State::default()
        };
        Self {
            key,
            instance,
            clock,
            state: Mutex::new(state),
            changed: Arc::default(),
        }
    }

    /// Which episode this is.
    #[must_use]
    pub const fn key(&self) -> EpisodeKey {
        self.key
    }

    /// Which of several episodes of the same key this is.
    #[must_use]
    pub const fn instance(&self) -> u64 {
        self.instance
    }

    /// Adds a part and gives its number; `None` when the episode is full or closed, which the
    /// producer ignores: the durable message will be complete.
    pub fn add(&self, part: LivePart) -> Option<u64> {
        let cost = part.bytes() + BOUNDARY_BYTES;
        let mut state = self.state.lock();
        if state.full || state.closed_at.is_some() {
            return None;
        }
        if state.bytes + cost > EPISODE_BYTES_MAX {
            // Stays full even if a smaller part would fit: no holes in the preview.
            state.full = true;
            return None;
        }
        state.bytes += cost;
        state.last_seq += 1;
        let seq = state.last_seq;
        match (state.runs.last_mut(), part.delta()) {
            (Some(run), Some(delta)) if run.part.continues_in(&part) => run.append(delta),
            (Some(_) | None, _) => state.runs.push(Run::new(seq, part)),
        }
        drop(state);
        self.wake();
        Some(seq)
    }

    /// Ends the episode; it stays readable.
    pub fn close(&self) {
        let mut state = self.state.lock();
        if state.closed_at.is_none() {
            state.closed_at = Some(self.clock.now());
            drop(state);
            self.wake();
        }
    }

    /// When the episode was closed.
    #[must_use]
    pub fn closed_at(&self) -> Option<Micros> {
        self.state.lock().closed_at
    }

    /// The number of the last part; 0 when there is none.
    #[must_use]
    pub fn last_seq(&self) -> u64 {
        self.state.lock().last_seq
    }

    /// Up to `max` parts after number `after`, cut exactly as they were produced.
    #[must_use]
    pub fn read_after(&self, after: u64, max: usize) -> Vec<NumberedPart> {
        let state = self.state.lock();
        let from = state.runs.partition_point(|run| run.last_seq() <= after);
        let mut parts = Vec::new();
        for run in state.runs.iter().skip(from) {
            let skip = usize::try_from((after + 1).saturating_sub(run.first_seq));
            for index in skip.unwrap_or(0)..run.len() {
                if parts.len() == max {
                    return parts;
                }
                parts.push(NumberedPart {
                    seq: run.first_seq + index as u64,
                    part: run.cut(index),
                });
            }
        }
        parts
    }

    /// Nothing of this attempt is to be kept. Readers may still see it until the next one.
    pub(crate) fn discard(&self) {
        self.state.lock().discarded = true;
    }

    /// Everything that is to be kept, with adjacent deltas merged.
    #[must_use]
    pub fn merged(&self) -> Vec<LivePart> {
        let state = self.state.lock();
        if state.discarded {
            return Vec::new();
        }
        state.runs.iter().map(|run| run.part.clone()).collect()
    }

    /// Whether a piece was written down, so that the commit must remove it.
    pub(crate) fn has_spilled(&self) -> bool {
        self.state.lock().spilled_seq > 0
    }

    /// Bytes that are in memory only.
    pub(super) fn unspilled_bytes(&self) -> usize {
        let state = self.state.lock();
        state.bytes - state.spilled_bytes
    }

    /// What was added since the last spill, and marks it as spilled.
    pub(super) fn take_unspilled(&self) -> Option<(Range<u64>, Vec<Run>)> {
        let mut state = self.state.lock();
        let (after, last) = (state.spilled_seq, state.last_seq);
        if last == after {
            return None;
        }
        let from = state.runs.partition_point(|run| run.last_seq() <= after);
        let fresh = state.runs.iter().skip(from);
        let runs = fresh.filter_map(|run| run.suffix(after)).collect();
        state.spilled_seq = last;
        state.spilled_bytes = state.bytes;
        Some((after + 1..last + 1, runs))
    }

    fn wake(&self) {
        self.changed.send_modify(|version| *version += 1);
    }
}

#[cfg(test)]
mod tests;
