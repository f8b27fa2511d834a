//! Follows the database's clock, so that all replicas compare leases on one.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::Duration;

use muster_base::{Clock, TaskSet};
use tokio_postgres::Client;

use super::link::Link;
use super::unreachable;
use crate::Error;

const PERIOD: Duration = Duration::from_secs(30);
/// A larger difference is a jump: not to be trusted until it stays.
const JUMP_MICROS: i64 = 2_000_000;
/// A smaller one is made up for by this much per sample.
const SLEW_MICROS: i64 = 100_000;
const NOW: &str = "select (extract(epoch from clock_timestamp()) * 1000000)::bigint";

/// The offset between this machine and the database.
pub(super) struct DatabaseClock {
    clock: Clock,
    offset: AtomicI64,
    sampled: AtomicBool,
    stable: AtomicBool,
}

impl DatabaseClock {
    pub(super) const fn new(clock: Clock) -> Self {
        Self {
            clock,
            offset: AtomicI64::new(0),
            sampled: AtomicBool::new(false),
            stable: AtomicBool::new(true),
        }
    }

    pub(super) fn is_stable(&self) -> bool {
        self.stable.load(Ordering::Relaxed)
    }

    /// Compares the clocks three times and follows the median.
    pub(super) async fn sample(&self, client: &Client) -> Result<(), Error> {
        let mut differences = [0; 3];
        for difference in &mut differences {
            let before = self.clock.now();
            let row = client.query_one(NOW, &[]).await.map_err(unreachable)?;
            let after = self.clock.now();
            let theirs: i64 = row.try_get(0).map_err(unreachable)?;
            *difference = theirs - before.0.midpoint(after.0);
        }
        differences.sort_unstable();
        let [_, median, _] = differences;
        self.follow_by(median);
        Ok(())
    }

    fn follow_by(&self, difference: i64) {
        let first = !self.sampled.swap(true, Ordering::Relaxed);
        let jumped = !first && difference.abs() > JUMP_MICROS;
        if jumped {
            tracing::warn!(difference_us = difference, "the database's clock jumped");
        }
        self.stable.store(!jumped, Ordering::Relaxed);
        let step = if first || jumped {
            difference
        } else {
            difference.clamp(-SLEW_MICROS, SLEW_MICROS)
        };
        let offset = self.offset.fetch_add(step, Ordering::Relaxed) + step;
        self.clock.set_offset(offset);
    }

    /// Samples from time to time until drained.
    pub(super) async fn follow(self: Arc<Self>, link: Link, tasks: TaskSet) {
        let drain = tasks.drain().clone();
        let mut client = None;
        loop {
            tokio::select! {
                () = drain.cancelled() => return,
                () = self.clock.timer("store.clock", PERIOD) => {}
            }
            let outcome = async {
                let open = match client.take() {
                    Some(open) => open,
                    None => link.connect(&tasks).await?,
                };
                self.sample(&open).await?;
                client = Some(open);
                Ok::<_, Error>(())
            };
            if let Err(error) = outcome.await {
                tracing::debug!(%error, "the database's clock can't be read");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_differences_are_slewed_and_jumps_are_reported() {
        let clock = DatabaseClock::new(Clock::system());
        let offset = || clock.offset.load(Ordering::Relaxed);
        clock.follow_by(5_000_000);
        assert_eq!((offset(), clock.is_stable()), (5_000_000, true));
        clock.follow_by(-1_500_000);
        assert_eq!((offset(), clock.is_stable()), (4_900_000, true));
        clock.follow_by(3_000_000);
        assert_eq!((offset(), clock.is_stable()), (7_900_000, false));
        clock.follow_by(10);
        assert_eq!((offset(), clock.is_stable()), (7_900_010, true));
    }
}
