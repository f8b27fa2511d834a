//! The compiled tests of the workspace, run one binary after the other.
//!
//! They are run directly: asking cargo for a part of the workspace would rebuild it with other
//! features, and a test that failed can be given its second chance alone.

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::metadata::{self, Metadata};
use crate::out;
use crate::run::{self, cargo};

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
/// The names of the binaries with a test that failed twice.
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
        if !again.is_ok() {
            out::line(&format!("     Running {} once more, alone", binary.name));
            let names = std::mem::take(&mut again.failed);
            again = binary.run_alone(engine, &names)?;
            if again.is_ok() {
                flaky.push(format!("{}: {}", binary.name, names.join(", ")));
            }
        }
        if !again.is_ok() {
            failed.push(binary.name);
        }
    }
    if failed.is_empty() {
        Ok(())
    } else {
        bail!("failed: {}", failed.join(", "))
    }
}

/// How one run of a binary ended.
struct Ended {
    passed: bool,
    /// The tests that it called failed.
    failed: Vec<String>,
}

impl Ended {
    fn is_ok(&self) -> bool {
        self.passed
    }
}

impl TestBinary {
    fn run_alone(&self, engine: Engine, names: &[String]) -> Result<Ended> {
        let mut words = names.to_vec();
        if !words.is_empty() {
            words.extend(["--exact".to_owned(), "--test-threads=1".to_owned()]);
        }
        self.run(engine, &words)
    }

    fn run(&self, engine: Engine, words: &[String]) -> Result<Ended> {
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
        let mut child = command
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("cannot start the tests {}", self.name))?;
        let mut failed = Vec::new();
        if let Some(output) = child.stdout.take() {
            for line in BufReader::new(output).split(b'\n') {
                let line = String::from_utf8_lossy(&line?).into_owned();
                out::line(&line);
                failed.extend(failed_test(&line));
            }
        }
        let passed = child.wait()?.success();
        Ok(Ended { passed, failed })
    }
}

/// The name in a line `test name ... FAILED` of the standard test harness.
fn failed_test(line: &str) -> Option<String> {
    let name = line.strip_prefix("test ")?.strip_suffix(" ... FAILED")?;
    let name = name.strip_suffix(" - should panic").unwrap_or(name);
    Some(name.to_owned())
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
    use super::failed_test;

    #[test]
    fn failed_tests_are_read_from_their_lines() {
        let name = |line| failed_test(line);
        assert_eq!(name("test a::b ... FAILED"), Some("a::b".to_owned()));
        assert_eq!(
            name("test a - should panic ... FAILED"),
            Some("a".to_owned())
        );
        assert_eq!(name("test a::b ... ok"), None);
        assert_eq!(name("test result: FAILED. 1 passed; 1 failed"), None);
    }
}
