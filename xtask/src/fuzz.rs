//! `cargo xtask fuzz --inputs N`: broken input for everything that reads a provider's answer.

use anyhow::Result;

use crate::run::{self, Args, cargo};

pub(crate) fn run(words: Args) -> Result<()> {
    let example = ["-p", "muster-llm", "--example", "fuzz-llm", "--"];
    let mut command = cargo(["run", "--release", "--locked", "--quiet"]);
    run::run(command.args(example).args(words.rest()))
}
