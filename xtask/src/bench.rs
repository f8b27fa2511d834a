//! `cargo xtask bench …`: release builds of the measuring programs; see docs/benchmarks.md.

use anyhow::{Result, bail};

use crate::run::{self, Args, cargo, target_dir};

pub(crate) fn run(mut words: Args) -> Result<()> {
    let name = words.next();
    let mut command = cargo(["run", "--release", "--locked", "--quiet"]);
    match name.as_deref() {
        Some(name @ ("chat" | "crash" | "lists" | "slow")) => {
            run::run(&mut cargo([
                "build",
                "--release",
                "--locked",
                "--package",
                "muster-app",
            ]))?;
            command.args([
                "-p",
                "muster-app",
                "--example",
                "bench",
                "--",
                name,
                "--exe",
            ]);
            command.arg(target_dir().join("release/muster"));
        }
        Some("store") => {
            command.args(["-p", "muster-testkit", "--example", "bench-store", "--"]);
        }
        Some("llm") => {
            command.args(["-p", "muster-llm", "--example", "bench-llm", "--"]);
        }
        Some("streams") => {
            let example = ["-p", "muster-scripted-llm", "--example", "bench-streams"];
            command.args(example).arg("--");
        }
        Some(other) => {
            bail!(
                "no benchmark is called `{other}`: chat, crash, lists, slow, store, llm or streams"
            )
        }
        None => bail!("name a benchmark: chat, crash, lists, slow, store, llm or streams"),
    }
    run::run(command.args(words.rest()))
}
