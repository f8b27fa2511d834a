//! `cargo xtask bench …`: release builds of the measuring programs; see docs/benchmarks.md.

use anyhow::{Result, bail};

use crate::run::{self, Args, cargo, target_dir};
use crate::web;

const NAMES: &str = "chat, crash, lists, slow, store, llm, streams, ui or first-run";

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
        Some(name @ ("ui" | "first-run")) => return web::bench(name),
        Some(other) => bail!("no benchmark is called `{other}`: {NAMES}"),
        None => bail!("name a benchmark: {NAMES}"),
    }
    run::run(command.args(words.rest()))
}
