//! `muster doctor` names the level and what is missing, with a remedy.

use std::process::Command;

use serde_json::Value;

use crate::launch::exe;

#[test]
fn every_failed_check_says_how_to_mend_it() {
    let folder = tempfile::tempdir().unwrap();
    let output = Command::new(exe())
        .args([
            "doctor",
            "--json",
            "--http-address",
            "127.0.0.1:0",
            "--data-dir",
        ])
        .arg(folder.path())
        .output()
        .unwrap();
    let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(output.status.success(), answer["ok"] == true);
    let checks = answer["checks"].as_array().unwrap();
    for name in [
        "data_folder",
        "address",
        "clock",
        "git",
        "landlock",
        "seccomp",
        "level_strict",
    ] {
        assert!(
            checks.iter().any(|check| check["name"] == name),
            "{name} is not checked"
        );
    }
    for check in checks.iter().filter(|check| check["ok"] == false) {
        assert_ne!(check["remedy"], "", "{check}");
    }
}

#[test]
fn data_folder_that_takes_no_file_is_named() {
    let output = Command::new(exe())
        .args([
            "doctor",
            "--http-address",
            "127.0.0.1:0",
            "--data-dir",
            "/proc/no",
        ])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(
        text.contains("MISSING data_folder") && text.contains("--data-dir"),
        "{text}"
    );
}
