//! The machine against the real store, on the engine of this run.
#![expect(clippy::unwrap_used, reason = "a failed step is a failed test")]
#![expect(clippy::panic, reason = "a failed step is a failed test")]
#![expect(
    clippy::indexing_slicing,
    reason = "a missing element is a failed test"
)]

mod asides;
mod budget;
mod cells;
mod dice;
mod document;
mod door;
mod effects;
mod fences;
mod lists;
mod metadata;
mod ownership;
mod prompts;
mod publish;
mod queue;
mod races;
mod random;
mod sharing;
mod stream;
mod support;
