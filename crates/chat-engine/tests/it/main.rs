//! The engine on a real store, with a model and an agent that the test plays.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "helpers of tests fail like tests"
)]

mod accounts;
mod acquire;
mod attribution;
#[cfg(test)]
mod bound;
#[cfg(test)]
mod capacity;
mod chaining;
mod client_tools;
mod compaction;
mod configuration;
mod context_files;
mod debug_runs;
#[cfg(test)]
mod family_kills;
mod files;
mod interrupts;
mod logs;
mod meetings;
mod model;
mod plans;
mod process;
mod retries;
mod roundtrip;
mod sim;
#[cfg(test)]
mod spending;
mod stream;
#[cfg(test)]
mod subagents;
mod support;
mod titles;
mod tools;
mod turns;
