//! Format and lints.

use anyhow::Result;

use crate::run::{self, Args, cargo};

/// `cargo xtask check [-p crate]`.
pub(crate) fn run(mut words: Args) -> Result<()> {
    let package = words.value("-p")?;
    format()?;
    clippy(package.as_deref())
}

pub(crate) fn format() -> Result<()> {
    run::run(&mut cargo(["fmt", "--all", "--check"]))
}

/// Warnings are errors here; a plain build keeps them warnings, so half-written code runs.
pub(crate) fn clippy(package: Option<&str>) -> Result<()> {
    let mut command = cargo(["clippy", "--locked", "--all-targets"]);
    match package {
        Some(package) => command.args(["-p", package]),
        None => command.arg("--workspace"),
    };
    run::run(command.args(["--", "-D", "warnings"]))
}
