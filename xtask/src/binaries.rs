//! The compiled tests of the workspace, run one binary after the other.
//!
//! They are run directly: asking cargo for a part of the workspace would rebuild it with other
//! features, and a test that failed can be given its second chance alone.

use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use anyhow::{Result, bail};
use serde_json::Value;

use crate::metadata::{self, Metadata};
use crate::out;
use crate::run::{self, cargo};
use crate::watch::{self, Ended};

/// A binary that says nothing for this long hangs. The longest test runs for half of it.
const SILENCE: Duration = Duration::from_secs(600);

/// The database that the tests of a run use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Engine {
    Sqlite,
    Postgres,
}

/// What of the workspace is tested.
#[derive(Clone, Debug, Default)]
pub(crate) struct Selection {
    /// The tests of this package alone.
    pub(crate) package: Option<String>,
    /// Tests whose name contains this.
    pub(crate) name: Option<String>,
}

/// Tests that failed beside the others and passed alone.
pub(crate) type Flaky = Vec<String>;

struct TestBinary {
    package: String,
    name: String,
    path: PathBuf,
    folder: PathBuf,
    reaches_store: bool,
}

/// Builds and runs every test binary of the selection; on PostgreSQL those that reach the store.
///
/// A test that failed is run once more, alone. What passes then is named in `flaky`: the
/// landing is not refused for it, but it belongs into the flake list of docs/testing.md.
///
/// # Errors
/// The binaries with tests that failed twice, a line each.
pub(crate) fn run(engine: Engine, selection: &Selection, flaky: &mut Flaky) -> Result<()> {
    let metadata = metadata::load()?;
    let mut failed = Vec::new();
    for binary in compile(&metadata)? {
        let is_asked = |package: &String| *package == binary.package;
        if !selection.package.as_ref().is_none_or(is_asked) {
            continue;
        }
        if engine == Engine::Postgres && !binary.reaches_store {
            continue;
        }
        let mut again = binary.run(engine, selection.name.as_slice())?;
        if !again.passed {
            out::line(&format!("     Running {} once more, alone", binary.name));
            let names = std::mem::take(&mut again.failed);
            again = binary.run_alone(engine, &names)?;
            if again.passed {
                flaky.push(format!("{}: {}", binary.name, names.join(", ")));
            }
        }
        if !again.passed {
            failed.push(format!("{}: {}", binary.name, again.failed.join(", ")));
        }
    }
    if failed.is_empty() {
        Ok(())
    } else {
        bail!("failed:\n{}", failed.join("\n"))
    }
}

/// How one run of a binary ended.
#[derive(Debug, Default)]
struct Outcome {
    passed: bool,
    /// The tests that it called failed, or that hung.
    failed: Vec<String>,
}

impl TestBinary {
    fn run_alone(&self, engine: Engine, names: &[String]) -> Result<Outcome> {
        let mut words = names.to_vec();
        if !words.is_empty() {
            words.extend(["--exact".to_owned(), "--test-threads=1".to_owned()]);
        }
        self.run(engine, &words)
    }

    fn run(&self, engine: Engine, words: &[String]) -> Result<Outcome> {
        let (label, variable) = match engine {
            Engine::Sqlite => ("", "sqlite"),
            Engine::Postgres => (" (postgres)", "postgres"),
        };
        out::line(&format!("     Running {}{label}", self.name));
        let mut command = Command::new(&self.path);
        command.args(words).current_dir(&self.folder);
        command.envs(required());
        command.env("MUSTER_TEST_ENGINE", variable);
        command.env("CARGO_MANIFEST_DIR", &self.folder);
        let mut tests = Tests::default();
        let ended = watch::lines(&mut command, SILENCE, |line| {
            out::line(line);
            tests.read(line);
        })?;
        if ended == Ended::Silent {
            let minutes = SILENCE.as_secs() / 60;
            out::line(&format!("killed after {minutes} minutes without a word"));
            tests.failed.append(&mut tests.slow);
        }
        Ok(Outcome {
            passed: ended == Ended::Exited { success: true },
            failed: tests.failed,
        })
    }
}

/// What the lines of the standard test harness say of its tests.
#[derive(Debug, Default)]
struct Tests {
    failed: Vec<String>,
    /// Those that take long and have not ended yet.
    slow: Vec<String>,
}

impl Tests {
    fn read(&mut self, line: &str) {
        let Some(line) = line.strip_prefix("test ") else {
            return;
        };
        if let Some(name) = line.strip_suffix(" has been running for over 60 seconds") {
            self.slow.push(name.to_owned());
        }
        if let Some((name, result)) = line.split_once(" ... ") {
            let name = name.strip_suffix(" - should panic").unwrap_or(name);
            self.slow.retain(|slow| slow != name);
            if result == "FAILED" {
                self.failed.push(name.to_owned());
            }
        }
    }
}

/// In CI a test that can't run here fails instead of skipping.
fn required() -> Vec<(&'static str, &'static str)> {
    if run::in_ci() {
        vec![("MUSTER_TEST_REQUIRE", "postgres,sandbox,python")]
    } else {
        Vec::new()
    }
}

fn compile(metadata: &Metadata) -> Result<Vec<TestBinary>> {
    let text = run::output(&mut cargo([
        "test",
        "--workspace",
        "--locked",
        "--no-run",
        "--quiet",
        "--message-format=json-render-diagnostics",
    ]))?;
    let messages = text
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok());
    Ok(messages
        .filter_map(|message| test_binary(metadata, &message))
        .collect())
}

fn test_binary(metadata: &Metadata, message: &Value) -> Option<TestBinary> {
    if !message.pointer("/profile/test")?.as_bool()? {
        return None;
    }
    let path = PathBuf::from(message.get("executable")?.as_str()?);
    let manifest = message.get("manifest_path")?.as_str()?;
    let package = metadata
        .packages
        .iter()
        .find(|package| package.manifest_path == manifest)?;
    let target = message.pointer("/target/name")?.as_str()?;
    Some(TestBinary {
        package: package.name.clone(),
        name: format!("{} {target}", package.name),
        path,
        folder: PathBuf::from(manifest).parent()?.to_owned(),
        reaches_store: package
            .all()
            .any(|name| name == "muster-testkit" || name == "muster-store"),
    })
}

#[cfg(test)]
mod tests {
    use super::Tests;

    #[test]
    fn failed_and_hanging_tests_are_read_from_their_lines() {
        let mut tests = Tests::default();
        for line in [
            "test a::b ... FAILED",
            "test a - should panic ... FAILED",
            "test c has been running for over 60 seconds",
            "test d has been running for over 60 seconds",
            "test c ... ok",
            "test result: FAILED. 1 passed; 1 failed",
        ] {
            tests.read(line);
        }
        assert_eq!(tests.failed, ["a::b", "a"]);
        assert_eq!(tests.slow, ["d"]);
    }
}
