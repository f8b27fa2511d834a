//! A deterministic model server that speaks the providers' own wire formats.
//!
//! One engine, three uses: the demo model of `muster up --demo`, the test double of every
//! test that needs a model, and the load generator's model. An answer is a pure function of
//! (script, request, seed); only counted faults remember anything.
//!
//! Deliberately ignorant of the `llm` crate: it is a second opinion on every codec, so the
//! two must not share a single line.

mod answer;
mod capture;
mod chunks;
mod conversation;
mod faults;
mod ledger;
mod model;
mod prefix;
mod purpose;
mod rules;
mod script;
mod serve;
mod stamps;
mod strict;
mod template;
mod wire;

pub use capture::Captured;
pub use faults::{Fault, FaultKind, Malformed, Stall};
pub use model::{Options, ScriptedModel, Stats};
pub use prefix::PrefixStats;
pub use script::{Pace, Script, ScriptError};
pub use serve::serve;

/// The script of the demo: plan, read, run, edit, run again, show the diff.
pub const DEMO_SCRIPT: &str = include_str!("../scripts/demo.toml");
