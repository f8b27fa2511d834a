//! How the tests start the binary that cargo has just built.

use std::path::{Path, PathBuf};
use std::process::Command;

use muster_testkit::process::Launch;

/// The binary of this build.
pub(crate) fn exe() -> PathBuf {
    PathBuf::from(env!("CARGO_BIN_EXE_muster"))
}

/// A server in this folder.
pub(crate) fn launch(data_dir: &Path, args: &[&str]) -> Launch {
    let args = args.iter().map(|word| (*word).to_owned()).collect();
    Launch {
        exe: exe(),
        data_dir: data_dir.to_owned(),
        database_url: None,
        args,
        env: Vec::new(),
    }
}

/// Another command of the binary, signed in by the server's own session file.
pub(crate) fn command(data_dir: &Path, words: &[&str]) -> Command {
    let mut command = Command::new(exe());
    command
        .args(words)
        .env("XDG_CONFIG_HOME", data_dir.join("config"));
    command
}

/// Whether sandboxes work here; says why a test is skipped otherwise.
pub(crate) fn has_sandbox() -> bool {
    let output = Command::new(exe())
        .args(["doctor", "--json"])
        .output()
        .unwrap();
    let answer: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let works = answer["level"] != "none";
    assert!(
        works || !muster_testkit::db::required("sandbox"),
        "no sandbox level works: {answer}"
    );
    works
}
