use std::fs;
use std::path::{Path, PathBuf};

use super::*;

fn rust_files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            rust_files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

#[test]
fn every_statement_file_is_used_by_the_code() {
    let mut files = Vec::new();
    rust_files(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("src"),
        &mut files,
    );
    let code: String = files
        .iter()
        .map(|path| fs::read_to_string(path).unwrap())
        .collect();
    let unused: Vec<_> = ALL
        .iter()
        .map(Statement::name)
        .filter(|name| !code.contains(&format!("query!(\"{name}\")")))
        .collect();
    assert!(unused.is_empty(), "never used: {unused:#?}");
}

#[test]
fn names_say_verb_and_noun() {
    const VERBS: [&str; 9] = [
        "get_", "list_", "insert_", "update_", "upsert_", "delete_", "lock_", "acquire_", "count_",
    ];
    let odd: Vec<_> = ALL
        .iter()
        .map(Statement::name)
        .filter(|name| {
            let verb = name.split_once('/').unwrap().1;
            !VERBS
                .iter()
                .any(|known| format!("{verb}_").starts_with(known))
        })
        .collect();
    assert!(odd.is_empty(), "not `<table>/<verb>_<what>`: {odd:#?}");
}

#[test]
fn forbidden_words_are_not_used_in_common_texts() {
    const FORBIDDEN: [&str; 12] = [
        "::",
        "now()",
        "random()",
        "ilike",
        "lateral",
        "distinct on",
        "date_trunc",
        "generate_series",
        "percentile_cont",
        "array[",
        "->",
        "lower(",
    ];
    for statement in &ALL {
        if statement.sqlite.source == statement.postgres.source {
            let text = statement.sqlite.source.to_lowercase();
            for word in FORBIDDEN {
                assert!(!text.contains(word), "{} uses `{word}`", statement.name);
            }
        }
    }
}
