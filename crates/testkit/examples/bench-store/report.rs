//! What a run cost.

use std::fmt;
use std::fs;
use std::time::Duration;

use anyhow::{Context, Result};
use muster_store::Engine;

/// What this process has used so far.
#[derive(Clone, Copy)]
pub(crate) struct Usage {
    cpu: Duration,
    resident_kib: u64,
}

impl Usage {
    /// Reads `/proc`.
    pub(crate) fn now() -> Result<Self> {
        /// The kernel counts in hundredths of a second wherever Muster runs.
        const TICK: Duration = Duration::from_millis(10);
        let stat = fs::read_to_string("/proc/self/stat")?;
        // The second field is the program's name in brackets and may hold anything.
        let (_, fields) = stat.rsplit_once(')').context("unknown form of stat")?;
        let ticks = fields.split_whitespace().skip(11).take(2);
        let ticks = ticks.map(str::parse::<u32>).sum::<Result<u32, _>>()?;
        let status = fs::read_to_string("/proc/self/status")?;
        let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let resident = resident.and_then(|rest| rest.split_whitespace().next());
        Ok(Self {
            cpu: TICK * ticks,
            resident_kib: resident.context("no VmRSS")?.parse()?,
        })
    }
}

/// One row of the table.
pub(crate) struct Report {
    engine: Engine,
    rate: Option<u32>,
    turns_per_second: f64,
    /// 50th, 95th and 99th percentile of a turn.
    percentiles: [Duration; 3],
    cores: f64,
    resident_kib: u64,
}

impl Report {
    pub(crate) const HEAD: &str = "\
| engine | load | turns/s | p50 ms | p95 ms | p99 ms | cores | MiB |
|---|---|---:|---:|---:|---:|---:|---:|";

    pub(crate) fn new(
        engine: Engine,
        rate: Option<u32>,
        mut turns: Vec<Duration>,
        elapsed: Duration,
        before: Usage,
        after: Usage,
    ) -> Self {
        turns.sort_unstable();
        let at = |percent: usize| {
            let index = turns.len().saturating_sub(1) * percent / 100;
            turns.get(index).copied().unwrap_or_default()
        };
        Self {
            engine,
            rate,
            turns_per_second: as_f64(turns.len()) / elapsed.as_secs_f64(),
            percentiles: [at(50), at(95), at(99)],
            cores: (after.cpu.saturating_sub(before.cpu)).as_secs_f64() / elapsed.as_secs_f64(),
            resident_kib: after.resident_kib,
        }
    }
}

fn as_f64(count: usize) -> f64 {
    u32::try_from(count).map_or(f64::INFINITY, f64::from)
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let load = match self.rate {
            None => "closed loop".to_owned(),
            Some(rate) => format!("{rate}/s"),
        };
        let [p50, p95, p99] = self.percentiles.map(|time| time.as_secs_f64() * 1_000.0);
        write!(
            f,
            "| {:?} | {load} | {:.0} | {p50:.1} | {p95:.1} | {p99:.1} | {:.2} | {} |",
            self.engine,
            self.turns_per_second,
            self.cores,
            self.resident_kib / 1_024
        )
    }
}
