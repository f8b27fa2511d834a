//! The summary at the end of a long run: every part, passed, failed or skipped with a reason.

use std::time::Duration;

use anyhow::{Result, bail};

use crate::out;

/// What the summary says of one failed part, beyond its first line.
const LINES_MAX: usize = 20;

/// What became of one part.
#[derive(Debug)]
enum Outcome {
    Passed,
    Failed(String),
    Skipped(String),
}

/// The parts so far. Later parts run even if an earlier one failed.
#[derive(Debug, Default)]
pub(crate) struct Report {
    parts: Vec<(&'static str, Outcome, Duration)>,
    flaky: Vec<String>,
}

impl Report {
    /// Runs one part and notes how it went.
    #[expect(
        clippy::disallowed_methods,
        reason = "a build tool may look at the wall clock"
    )]
    pub(crate) fn part(&mut self, name: &'static str, work: impl FnOnce() -> Result<()>) {
        out::step(name);
        let started = std::time::Instant::now();
        let outcome = match work() {
            Ok(()) => Outcome::Passed,
            Err(error) => {
                out::line(&format!("{error:#}"));
                Outcome::Failed(format!("{error:#}"))
            }
        };
        self.parts.push((name, outcome, started.elapsed()));
    }

    /// Notes a part that can't run here.
    pub(crate) fn skip(&mut self, name: &'static str, reason: &str) {
        self.parts
            .push((name, Outcome::Skipped(reason.to_owned()), Duration::ZERO));
    }

    /// Notes tests that passed at their second try only.
    pub(crate) fn flaky(&mut self, names: Vec<String>) {
        self.flaky.extend(names);
    }

    /// Prints the summary.
    ///
    /// # Errors
    /// When a part failed.
    pub(crate) fn finish(self) -> Result<()> {
        out::step("summary");
        let mut failed = 0;
        for (name, outcome, time) in &self.parts {
            let seconds = time.as_secs();
            match outcome {
                Outcome::Passed => out::line(&format!("  ok       {name} ({seconds} s)")),
                Outcome::Failed(why) => {
                    failed += 1;
                    let mut lines = why.lines();
                    let first = lines.next().unwrap_or_default();
                    out::line(&format!("  FAILED   {name} ({seconds} s): {first}"));
                    for line in lines.take(LINES_MAX) {
                        out::line(&format!("             {line}"));
                    }
                }
                Outcome::Skipped(why) => out::line(&format!("  skipped  {name}: {why}")),
            }
        }
        for name in &self.flaky {
            out::line(&format!("  FLAKY    {name} (failed, then passed)"));
        }
        if failed > 0 {
            bail!("{failed} of {} parts failed", self.parts.len());
        }
        Ok(())
    }
}
