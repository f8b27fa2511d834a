//! A driver's output on its way to the job's log: buffered, limited, written in batches.

use std::fmt;
use std::sync::Arc;

use muster_base::{Clock, Micros, limits};
use muster_store::jobs::{LogLevel, LogSource, NewJobLog};
use parking_lot::Mutex;

/// Takes a driver's log lines and state; never blocks it. A cheap clone.
#[derive(Clone)]
pub struct Sink {
    clock: Clock,
    buffer: Arc<Mutex<Buffer>>,
}

#[derive(Default)]
struct Buffer {
    lines: Vec<NewJobLog>,
    state: Option<Vec<u8>>,
    second: Second,
}

/// Lines of the current second, kept and suppressed.
#[derive(Default)]
struct Second {
    began_at: Micros,
    kept: u32,
    suppressed: u32,
}

/// What waits to be written.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Batch {
    pub(crate) lines: Vec<NewJobLog>,
    pub(crate) state: Option<Vec<u8>>,
}

impl Batch {
    pub(crate) const fn is_empty(&self) -> bool {
        self.lines.is_empty() && self.state.is_none()
    }
}

impl Sink {
    /// A sink that nobody reads yet.
    #[must_use]
    pub fn new(clock: Clock) -> Self {
        Self {
            clock,
            buffer: Arc::default(),
        }
    }

    /// A line of the driver.
    pub fn log(&self, level: LogLevel, stage: &str, output: &str) {
        self.push(level, LogSource::Provisioner, stage, output);
    }

    /// A line of the server itself.
    pub(crate) fn note(&self, level: LogLevel, stage: &str, output: &str) {
        self.push(level, LogSource::ProvisionerDaemon, stage, output);
    }

    /// What the driver needs to find its workspace again; the last one counts.
    pub fn state(&self, state: Vec<u8>) {
        self.buffer.lock().state = Some(state);
    }

    fn push(&self, level: LogLevel, source: LogSource, stage: &str, output: &str) {
        let created_at = self.clock.now();
        let mut buffer = self.buffer.lock();
        if let Some(line) = buffer.second.roll(created_at) {
            buffer.lines.push(line);
        }
        if !buffer.second.keep() {
            return;
        }
        let mut end = output.len().min(limits::JOB_LOG_LINE_BYTES_MAX);
        while !output.is_char_boundary(end) {
            end -= 1;
        }
        buffer.lines.push(NewJobLog {
            created_at,
            stage: stage.to_owned(),
            level,
            source,
            output: output.get(..end).unwrap_or_default().to_owned(),
        });
    }

    /// Takes what waits; `last` also tells of lines suppressed in a second that is not over.
    pub(crate) fn take(&self, last: Last) -> Batch {
        let mut buffer = self.buffer.lock();
        if last == Last::Yes
            && let Some(line) = buffer.second.summary()
        {
            buffer.lines.push(line);
        }
        Batch {
            lines: std::mem::take(&mut buffer.lines),
            state: buffer.state.take(),
        }
    }
}

/// Whether anything will follow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Last {
    Yes,
    No,
}

impl Second {
    /// Begins a new second when the current one is over; gives its summary.
    fn roll(&mut self, now: Micros) -> Option<NewJobLog> {
        if now.since(self.began_at).as_secs() == 0 {
            return None;
        }
        let summary = self.summary();
        *self = Self {
            began_at: now,
            kept: 0,
            suppressed: 0,
        };
        summary
    }

    fn keep(&mut self) -> bool {
        if self.kept < limits::JOB_LOG_LINES_PER_SECOND {
            self.kept += 1;
            return true;
        }
        self.suppressed += 1;
        false
    }

    fn summary(&mut self) -> Option<NewJobLog> {
        let suppressed = std::mem::take(&mut self.suppressed);
        (suppressed > 0).then(|| NewJobLog {
            created_at: self.began_at,
            stage: "log".to_owned(),
            level: LogLevel::Warn,
            source: LogSource::ProvisionerDaemon,
            output: format!("suppressed {suppressed} lines"),
        })
    }
}

impl fmt::Debug for Sink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sink")
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use muster_base::MockClock;

    use super::*;

    #[test]
    fn a_flood_becomes_one_line_that_counts() {
        let mock = MockClock::new(Micros(1_000_000_000));
        let sink = Sink::new(mock.clock());
        for _ in 0..limits::JOB_LOG_LINES_PER_SECOND + 7 {
            sink.log(LogLevel::Info, "start", "again");
        }
        mock.advance(Duration::from_secs(1));
        sink.log(LogLevel::Info, "start", "after");
        let lines = sink.take(Last::Yes).lines;
        let tail: Vec<&str> = lines
            .iter()
            .rev()
            .take(2)
            .map(|l| l.output.as_str())
            .collect();
        assert_eq!(tail, ["after", "suppressed 7 lines"]);
        assert_eq!(lines.len(), 202);
    }

    #[test]
    fn a_long_line_is_cut_between_characters() {
        let sink = Sink::new(MockClock::new(Micros(0)).clock());
        sink.log(
            LogLevel::Info,
            "start",
            &"ä".repeat(limits::JOB_LOG_LINE_BYTES_MAX),
        );
        let line = sink.take(Last::No).lines.remove(0);
        assert_eq!(line.output.len(), limits::JOB_LOG_LINE_BYTES_MAX);
    }
}
