//! The probe finds the level that the machine gives, and says what is missing.

use muster_agent::sandbox::{Backend, Error, Level, ProbeOptions, Report, probe};

use crate::machine::{exe, is_root, passable_folder};
use crate::{Case, Outcome, say};

pub(crate) fn cases() -> Vec<Case> {
    vec![
        Case::new("the probe reaches the best level by running it", || {
            best_level();
            Outcome::Passed
        }),
        Case::new(
            "without namespaces the probe falls back to landlock",
            || {
                let report = run(vec![(Level::Landlock, Backend::Own)]);
                assert_eq!(report.level, Level::Landlock, "{report:#?}");
                assert!(report.require(Level::Landlock).is_ok());
                let error = report.require(Level::Strict).unwrap_err();
                assert!(matches!(error, Error::Level { .. }));
                Outcome::Passed
            },
        ),
        Case::new(
            "a candidate that cannot start is reported with step and remedy",
            || {
                unreachable_program();
                Outcome::Passed
            },
        ),
    ]
}

fn run(candidates: Vec<(Level, Backend)>) -> Report {
    let scratch = passable_folder();
    let mut options = ProbeOptions::new(exe(), scratch.path().to_path_buf());
    options.candidates = candidates;
    let report = probe(&options);
    let left = std::fs::read_dir(scratch.path()).unwrap().count();
    assert_eq!(left, 0, "the probe left files behind");
    report
}

fn best_level() {
    let all = ProbeOptions::new(exe(), std::path::PathBuf::new()).candidates;
    let report = run(all);
    for layer in &report.layers {
        let mark = if layer.ok { "ok" } else { "--" };
        say(&format!("  {mark} {}: {}", layer.name, layer.detail));
    }
    assert_eq!(report.level, Level::Strict, "{report:#?}");
    assert_eq!(report.backend, Backend::Own);
    let uids = report.layers.iter().find(|layer| layer.name == "uid_range");
    assert_eq!(uids.map(|layer| layer.ok), Some(is_root()));
    let text = serde_json::to_string(&report).unwrap();
    assert_eq!(serde_json::from_str::<Report>(&text).unwrap(), report);
}

fn unreachable_program() {
    let scratch = passable_folder();
    let options = ProbeOptions::new("/nonexistent/muster".into(), scratch.path().to_path_buf());
    let report = probe(&options);
    assert_eq!(report.level, Level::None);
    let missing: Vec<&str> = report.missing().map(|layer| layer.name.as_str()).collect();
    assert!(missing.contains(&"level_strict") && missing.contains(&"level_landlock"));
    let error = report.require(Level::Landlock).unwrap_err();
    assert!(
        error.to_string().contains("start the supervisor"),
        "{error}"
    );
}
