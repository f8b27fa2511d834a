//! Generated documents: each is written by a test of the crate that knows the truth.

use anyhow::Result;

use crate::run::{self, Args, cargo};

/// Whether to write the documents or to compare them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    Write,
    Check,
}

/// Crates with generated documents: the API document, the state diagram, the role table, the
/// wire types as TypeScript.
/// Their tests named `generated_…` compare, and write when `MUSTER_BLESS` is set.
const SOURCES: [&str; 4] = [
    "muster-server",
    "muster-chat-state",
    "muster-rbac",
    "muster-api",
];

pub(crate) fn run(mut words: Args) -> Result<()> {
    let mode = if words.flag("--check") {
        Mode::Check
    } else {
        Mode::Write
    };
    generate(mode)
}

pub(crate) fn generate(mode: Mode) -> Result<()> {
    let mut command = cargo(["test", "--locked", "--quiet", "--features", "muster-api/ts"]);
    for package in SOURCES {
        command.args(["-p", package]);
    }
    if mode == Mode::Write {
        command.env("MUSTER_BLESS", "1");
    }
    run::run(command.arg("generated"))
}
