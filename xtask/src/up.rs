//! `cargo xtask up`: from a clean checkout to a working Muster.

use std::process::Command;

use anyhow::Result;

use crate::run::{self, Args, cargo, target_dir, variable};
use crate::{out, web};

/// Variables that hold a model key; with one of them the demo model is not needed.
const KEYS: [&str; 2] = ["ANTHROPIC_API_KEY", "OPENAI_API_KEY"];

pub(crate) fn run(words: Args) -> Result<()> {
    build()?;
    let mut command = muster();
    command.arg("up").args(words.rest());
    if KEYS.iter().all(|key| variable(key).is_none()) {
        command.arg("--demo");
    }
    run::run(&mut command)
}

fn build() -> Result<()> {
    web::build_if_possible()?;
    out::step("release build of muster");
    run::run(&mut cargo([
        "build",
        "--release",
        "--locked",
        "--package",
        "muster-app",
    ]))
}

fn muster() -> Command {
    Command::new(target_dir().join("release/muster"))
}

/// A first run in an empty folder: the demo must reach its end by itself.
pub(crate) fn smoke() -> Result<()> {
    build()?;
    let folder = target_dir().join("smoke");
    if folder.exists() {
        std::fs::remove_dir_all(&folder)?;
    }
    let mut command = muster();
    command
        .args(["up", "--demo", "--exit-after-demo", "--json", "--data-dir"])
        .arg(&folder);
    run::run(&mut command)
}
