//! The sandbox against the real kernel.
//!
//! This binary is its own test runner: the sandbox's processes are the binary itself with
//! hidden subcommands, and the launcher needs a process with a single thread. Every part that
//! cannot run here is named with its reason; `MUSTER_TEST_REQUIRE=sandbox` makes that a failure.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking; without the harness the lints cannot see that it is one"
)]

mod agent;
mod denial;
mod lifecycle;
mod machine;
mod probes;

use std::ffi::OsString;
use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::PermissionsExt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::process::{Command, ExitCode};

use muster_agent::sandbox::{Backend, Level};

use machine::{Machine, is_root};

/// One test: a sentence and what it does, or why it could not run.
pub(crate) struct Case {
    name: String,
    run: Box<dyn Fn() -> Outcome>,
}

/// What came of a test that did not panic.
pub(crate) enum Outcome {
    Passed,
    Skipped(String),
}

impl Case {
    pub(crate) fn new(name: impl Into<String>, run: impl Fn() -> Outcome + 'static) -> Self {
        Self {
            name: name.into(),
            run: Box::new(run),
        }
    }
}

fn main() -> ExitCode {
    let args: Vec<OsString> = std::env::args_os().skip(1).collect();
    if let Some(code) = muster_agent::sandbox::dispatch(&args) {
        return code;
    }
    if let Some(code) = agent::dispatch(&args).or_else(|| denial::dispatch(&args)) {
        return code;
    }
    match passable_copy() {
        Some(folder) => again_in(folder.path(), &args),
        None => run_tests(&args),
    }
}

/// A copy of this binary where every user may reach it, if the binary is where only root can:
/// below the level `strict` the sandbox's processes are another user in the host's own folders.
fn passable_copy() -> Option<tempfile::TempDir> {
    let exe = std::env::current_exe().unwrap();
    let anybody_passes = |folder: &Path| {
        folder
            .metadata()
            .is_ok_and(|metadata| metadata.permissions().mode() & 0o001 != 0)
    };
    if !is_root() || exe.ancestors().skip(1).all(anybody_passes) {
        return None;
    }
    let folder = machine::passable_folder();
    fs::copy(&exe, folder.path().join(COPY)).unwrap();
    Some(folder)
}

const COPY: &str = "sandbox-tests";

fn again_in(folder: &Path, args: &[OsString]) -> ExitCode {
    let status = Command::new(folder.join(COPY)).args(args).status().unwrap();
    if status.success() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

fn run_tests(args: &[OsString]) -> ExitCode {
    let filters: Vec<String> = args
        .iter()
        .filter_map(|arg| arg.to_str())
        .filter(|arg| !arg.starts_with("--"))
        .map(str::to_owned)
        .collect();
    let cases: Vec<Case> = cases()
        .into_iter()
        .filter(|case| filters.is_empty() || filters.iter().any(|f| case.name.contains(f)))
        .collect();
    if args.iter().any(|arg| arg == "--list") {
        for case in &cases {
            say(&format!("{}: test", case.name));
        }
        return ExitCode::SUCCESS;
    }
    let required = required();
    let (mut failed, mut skipped) = (0, 0);
    for case in &cases {
        match catch_unwind(AssertUnwindSafe(|| (case.run)())) {
            Ok(Outcome::Passed) => say(&format!("test {} ... ok", case.name)),
            Ok(Outcome::Skipped(reason)) if !required => {
                skipped += 1;
                say(&format!("test {} ... skipped: {reason}", case.name));
            }
            Ok(Outcome::Skipped(reason)) => {
                failed += 1;
                say(&format!("test {} ... FAILED: needs {reason}", case.name));
            }
            Err(_) => {
                failed += 1;
                say(&format!("test {} ... FAILED", case.name));
            }
        }
    }
    let passed = cases.len() - failed - skipped;
    say(&format!(
        "sandbox: {passed} passed, {failed} failed, {skipped} skipped"
    ));
    if failed == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    let kinds = [
        (Level::Strict, Backend::Own),
        (Level::Strict, Backend::Bwrap),
        (Level::Landlock, Backend::Own),
    ];
    for (level, backend) in kinds {
        for plain_user in [false, true] {
            let machine = Machine {
                level,
                backend,
                plain_user,
            };
            // Root gives itself up for one round; bwrap is only for those who are not root.
            let here = match (is_root(), plain_user) {
                (true, false) => backend == Backend::Own,
                (true, true) => true,
                (false, plain) => !plain,
            };
            if here {
                cases.extend(denial::cases(machine));
            }
            if here && !plain_user {
                cases.extend(lifecycle::cases(machine));
            }
        }
    }
    cases.extend(probes::cases());
    cases
}

#[expect(
    clippy::disallowed_methods,
    reason = "a test reads the switch of the test run"
)]
fn required() -> bool {
    std::env::var("MUSTER_TEST_REQUIRE").is_ok_and(|list| list.split(',').any(|n| n == "sandbox"))
}

/// One line of the test report.
pub(crate) fn say(line: &str) {
    drop(writeln!(io::stdout(), "{line}"));
}
