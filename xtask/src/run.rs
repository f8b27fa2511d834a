//! Starting programs, and the little this tool needs from its environment.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

/// The words behind the command's name.
#[derive(Debug, Default)]
pub(crate) struct Args(VecDeque<String>);

impl Args {
    pub(crate) fn from_command_line() -> Self {
        Self(std::env::args().skip(1).collect())
    }

    pub(crate) fn next(&mut self) -> Option<String> {
        self.0.pop_front()
    }

    /// Takes `flag` out of the words; says whether it was there.
    pub(crate) fn flag(&mut self, flag: &str) -> bool {
        let before = self.0.len();
        self.0.retain(|word| word != flag);
        self.0.len() < before
    }

    /// Takes `flag VALUE` out of the words.
    pub(crate) fn value(&mut self, flag: &str) -> Result<Option<String>> {
        let Some(at) = self.0.iter().position(|word| word == flag) else {
            return Ok(None);
        };
        self.0.remove(at);
        let value = self
            .0
            .remove(at)
            .with_context(|| format!("{flag} needs a value"))?;
        Ok(Some(value))
    }

    pub(crate) fn rest(self) -> Vec<String> {
        self.0.into()
    }
}

/// A variable of the environment.
#[expect(
    clippy::disallowed_methods,
    reason = "the one place of this tool that reads them"
)]
pub(crate) fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// Whether this is a continuous-integration run: missing parts are errors then.
pub(crate) fn in_ci() -> bool {
    variable("CI").is_some()
}

/// The root of the repository. Asked when this runs, since checkouts that build into one target
/// folder share this program: where it was compiled may be another one of them.
pub(crate) fn root() -> PathBuf {
    let here = variable("CARGO_MANIFEST_DIR");
    let here = here.unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").to_owned());
    let here = Path::new(&here);
    here.parent().unwrap_or(here).to_owned()
}

/// Where cargo builds.
pub(crate) fn target_dir() -> PathBuf {
    variable("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from)
}

/// A command of cargo in the root of the repository.
pub(crate) fn cargo<const N: usize>(words: [&str; N]) -> Command {
    let mut command = Command::new(variable("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(words).current_dir(root());
    // Set by `cargo run` for this process; a nested build must not see them.
    for name in ["CARGO_MANIFEST_DIR", "CARGO_PKG_NAME", "CARGO_PKG_VERSION"] {
        command.env_remove(name);
    }
    if in_ci() {
        command.env("CARGO_INCREMENTAL", "0");
    }
    command
}

/// Runs a command with this terminal; an error names it.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let name = describe(command);
    let status = command
        .status()
        .with_context(|| format!("cannot start {name}"))?;
    if !status.success() {
        bail!("{name} failed ({status})");
    }
    Ok(())
}

/// Runs a command and gives its standard output.
pub(crate) fn output(command: &mut Command) -> Result<String> {
    let name = describe(command);
    let output = command
        .stderr(Stdio::inherit())
        .output()
        .with_context(|| format!("cannot start {name}"))?;
    if !output.status.success() {
        bail!("{name} failed ({})", output.status);
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Whether a program can be found.
pub(crate) fn has(program: &str) -> bool {
    let path = variable("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join(program).is_file())
}

fn describe(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    let words: Vec<_> = words
        .take(6)
        .map(|word| word.to_string_lossy().into_owned())
        .collect();
    format!("`{}`", words.join(" "))
}
