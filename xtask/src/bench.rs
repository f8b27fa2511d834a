//! `cargo xtask bench …`: release builds of the measuring programs; see docs/benchmarks.md.

use anyhow::{Result, bail};

use crate::run::{self, Args, cargo};

pub(crate) fn run(mut words: Args) -> Result<()> {
    let (package, example) = match words.next().as_deref() {
        Some("chat") => ("muster-app", "bench-chat"),
        Some("store") => ("muster-testkit", "bench-store"),
        Some("crash") => ("muster-app", "crash-count"),
        Some(other) => bail!("no benchmark is called `{other}`: chat, store or crash"),
        None => bail!("name a benchmark: chat, store or crash"),
    };
    let mut command = cargo(["run", "--release", "--locked", "--quiet"]);
    command
        .args(["-p", package, "--example", example, "--"])
        .args(words.rest());
    run::run(&mut command)
}
