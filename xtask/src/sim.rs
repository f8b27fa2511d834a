//! `cargo xtask sim`: two engines, one database, a mock clock, and bad luck from a seed.

use anyhow::{Context, Result};

use crate::out;
use crate::run::{self, Args, cargo};

pub(crate) fn run(mut words: Args) -> Result<()> {
    let number = |text: Option<String>, default: u64| -> Result<u64> {
        text.map_or(Ok(default), |text| text.parse().context("not a number"))
    };
    let seed = number(words.value("--seed")?, 1)?;
    let steps = number(words.value("--steps")?, 2_000)?;
    simulate(seed, steps)
}

pub(crate) fn simulate(seed: u64, steps: u64) -> Result<()> {
    out::line(&format!("seed {seed}, {steps} steps"));
    let mut command = cargo(["test", "--locked", "--quiet", "-p", "muster-chat-engine"]);
    command.args(["--test", "it", "sim::"]);
    command
        .env("MUSTER_SIM_SEED", seed.to_string())
        .env("MUSTER_SIM_STEPS", steps.to_string());
    run::run(&mut command).with_context(|| format!("seed {seed} failed"))
}
