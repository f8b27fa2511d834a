//! `cargo xtask schemathesis`: a stranger asks every operation of the document.

use anyhow::Result;

use crate::run::{self, Args, cargo};
use crate::strangers;

/// Examples of each operation, when the caller names no number.
const EXAMPLES: &str = "100";

/// Runs the test that `cargo xtask test` runs with a few examples, with many.
pub(crate) fn run(mut words: Args) -> Result<()> {
    strangers::install_schemathesis()?;
    let examples = words.value("--examples")?;
    let mut command = cargo([
        "test",
        "--locked",
        "--package",
        "muster-app",
        "--test",
        "it",
    ]);
    command.args(["schemathesis", "--", "--nocapture"]);
    command.env(
        "MUSTER_TEST_EXAMPLES",
        examples.as_deref().unwrap_or(EXAMPLES),
    );
    command.env("MUSTER_TEST_REQUIRE", "python");
    if let Some(seed) = words.value("--seed")? {
        command.env("MUSTER_TEST_SEED", seed);
    }
    run::run(&mut command)
}
