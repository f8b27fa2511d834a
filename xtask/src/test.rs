//! `cargo xtask test`: everything that must pass before a landing.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Result, bail};
use serde_json::Value;

use crate::metadata::{self, Metadata};
use crate::report::Report;
use crate::run::{self, Args, cargo};
use crate::{check, install, out, tidy};

pub(crate) fn run(mut words: Args) -> Result<()> {
    let package = words.value("-p")?;
    let name = words.next();
    if package.is_some() || name.is_some() {
        return some(package.as_deref(), name.as_deref());
    }
    let mut report = Report::default();
    all(&mut report);
    report.finish()
}

/// Every part of the gate; `ci` adds its own behind these.
pub(crate) fn all(report: &mut Report) {
    report.part("install what is missing", install::run);
    report.part("tidy", tidy::run);
    report.part("format", check::format);
    report.part("lints", || check::clippy(None));
    report.part("tests on SQLite", || {
        run::run(cargo(["test", "--workspace", "--no-fail-fast", "--locked"]).envs(required()))
    });
    if install::has_postgres() {
        report.part("tests on PostgreSQL", || on_postgres(None));
    } else if run::in_ci() {
        report.part("tests on PostgreSQL", || {
            bail!("no PostgreSQL server is installed")
        });
    } else {
        report.skip("tests on PostgreSQL", "no PostgreSQL server is installed");
    }
    report.skip("web", "the web UI does not exist yet");
}

/// In CI a test that can't run here fails instead of skipping.
fn required() -> Vec<(&'static str, &'static str)> {
    if run::in_ci() {
        vec![("MUSTER_TEST_REQUIRE", "postgres,sandbox,python")]
    } else {
        Vec::new()
    }
}

fn some(package: Option<&str>, name: Option<&str>) -> Result<()> {
    let mut command = cargo(["test", "--no-fail-fast", "--locked"]);
    match package {
        Some(package) => command.args(["-p", package]),
        None => command.arg("--workspace"),
    };
    run::run(command.args(name))?;
    if install::has_postgres() {
        on_postgres(Some((package, name)))
    } else {
        Ok(())
    }
}

/// The compiled test binaries of every crate that reaches the store, once more on the other
/// engine. Run directly: asking cargo for a part of the workspace would rebuild it with
/// other features.
fn on_postgres(only: Option<(Option<&str>, Option<&str>)>) -> Result<()> {
    let (package, name) = only.unwrap_or_default();
    let metadata = metadata::load()?;
    let mut failed = Vec::new();
    for binary in test_binaries(&metadata)? {
        if package.is_some_and(|package| package != binary.package) {
            continue;
        }
        out::line(&format!("     Running {} (postgres)", binary.name));
        let mut command = Command::new(&binary.path);
        command
            .current_dir(&binary.folder)
            .args(name)
            .envs(required());
        command.env("MUSTER_TEST_ENGINE", "postgres");
        command.env("CARGO_MANIFEST_DIR", &binary.folder);
        if run::run(&mut command).is_err() {
            failed.push(binary.name);
        }
    }
    if failed.is_empty() {
        Ok(())
    } else {
        bail!("failed: {}", failed.join(", "))
    }
}

struct TestBinary {
    package: String,
    name: String,
    path: PathBuf,
    folder: PathBuf,
}

fn test_binaries(metadata: &Metadata) -> Result<Vec<TestBinary>> {
    let text = run::output(&mut cargo([
        "test",
        "--workspace",
        "--locked",
        "--no-run",
        "--quiet",
        "--message-format=json",
    ]))?;
    let messages = text
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok());
    Ok(messages
        .filter_map(|message| test_binary(metadata, &message))
        .collect())
}

fn test_binary(metadata: &Metadata, message: &Value) -> Option<TestBinary> {
    let is_test = message.pointer("/profile/test")?.as_bool()?;
    let path = PathBuf::from(message.get("executable")?.as_str()?);
    let manifest = message.get("manifest_path")?.as_str()?;
    let package = metadata
        .packages
        .iter()
        .find(|package| package.manifest_path == manifest)?;
    let reaches_store = package
        .all()
        .any(|name| name == "muster-testkit" || name == "muster-store");
    let folder = PathBuf::from(manifest).parent()?.to_owned();
    let target = message.pointer("/target/name")?.as_str()?;
    let name = format!("{} {target}", package.name);
    (is_test && reaches_store).then(|| TestBinary {
        package: package.name.clone(),
        name,
        path,
        folder,
    })
}
