//! The layer on real databases of both engines.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "helpers of tests fail like tests"
)]

mod crash;
mod events;
mod group;
mod harness;
mod migrations;
mod plans;
mod prepare;
mod semantics;
mod setup;
mod usage_limits;
