//! A stranger reads the document and asks every operation of the real binary about it.
//!
//! `cargo xtask install` makes the environment of schemathesis. Without it the test says so and
//! passes, unless `MUSTER_TEST_REQUIRE` names `python`. `cargo xtask schemathesis` is the full
//! size.

#[cfg(test)]
mod python;
#[cfg(test)]
mod stage;

use std::io::Write;
use std::path::Path;
use std::time::Duration;

use muster_base::Clock;
use muster_testkit::db;
use serde_json::Value;
use tokio::process::Command;

use self::stage::Stage;

/// Examples of each operation where nobody asks for more.
const EXAMPLES: u32 = 8;
/// A run that takes longer hangs.
const LIMIT: Duration = Duration::from_hours(3);
const DOCUMENT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/openapi.json");

/// Decides the requests of the gate.
const SEED: &str = "7";

/// What is asked in one go, of a server of its own each. Only the phases that ask one operation at
/// a time sign in again when a request has ended the tester's session (a password changed, say):
/// the stateful one, which follows the document's links, would ask as nobody behind them.
const RUNS: [&str; 2] = ["examples,coverage,fuzzing", STATEFUL];
const STATEFUL: &str = "stateful";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_operation_does_what_the_document_says() {
    let python = match python::interpreter() {
        Ok(_) if python::variable("MUSTER_TEST_ENGINE").as_deref() == Some("postgres") => {
            drop(writeln!(std::io::stdout(), "skipped: it runs on SQLite"));
            return;
        }
        Ok(python) => python,
        Err(reason) => {
            assert!(!db::required("python"), "{reason}");
            drop(writeln!(std::io::stdout(), "skipped: {reason}"));
            return;
        }
    };
    for phases in RUNS {
        let stage = Stage::set().await.unwrap();
        let report = ask(&python, &stage, phases).await;
        assert_eq!(report["complete"], true, "{phases}: {report:#}");
        assert_eq!(
            report["auth"]["reauth_broke"], false,
            "{phases}: {report:#}"
        );
        // The links lead to some operations only.
        if phases != STATEFUL {
            let operations = &report["operations"];
            assert_eq!(operations["selected"], operations["tested"], "{report:#}");
        }
        stage.clear().await.unwrap();
    }
}

/// Runs schemathesis; its own report says what it found.
async fn ask(python: &Path, stage: &Stage, phases: &str) -> Value {
    let examples = python::variable("MUSTER_TEST_EXAMPLES");
    let examples = examples.unwrap_or_else(|| EXAMPLES.to_string());
    let folder = stage.folder();
    let mut command = Command::new(python);
    command.current_dir(folder).kill_on_drop(true);
    command.args(["-m", "schemathesis.cli", "run", DOCUMENT]);
    command.args(["--url", stage.url(), "--checks", "all"]);
    command.args(["--phases", phases]);
    command.args(["--max-examples", &examples, "--no-color"]);
    command.args(["--generation-database", "none"]);
    command.args(["--report", "json", "--report-json-path", "report.json"]);
    // The same requests every time, unless somebody looks for more.
    let seed = python::variable("MUSTER_TEST_SEED");
    command.args(["--seed", seed.as_deref().unwrap_or(SEED)]);
    let clock = Clock::system();
    let ended = clock.timeout("test.schemathesis", LIMIT, command.output());
    let output = ended.await.unwrap().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    let why = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}\n{why}");
    drop(writeln!(std::io::stdout(), "{said}"));
    let report = std::fs::read(folder.join("report.json")).unwrap();
    serde_json::from_slice(&report).unwrap()
}
