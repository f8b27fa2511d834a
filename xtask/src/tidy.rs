//! Rules of the repository that no compiler knows. Also an ordinary test of this crate, so
//! that `cargo test` alone catches a breach.

mod links;
mod source;
mod sql;
mod traps;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::run::root;
use crate::{layers, metadata, out};

/// Crates that would bring a second TLS stack and a C build of half a minute.
const UNWANTED: [&str; 3] = ["aws-lc-sys", "native-tls", "openssl-sys"];

/// A text file of the repository.
pub(crate) struct File {
    /// Relative to the root, with forward slashes.
    path: String,
    text: String,
}

pub(crate) fn run() -> Result<()> {
    let findings = findings(&root())?;
    for finding in &findings {
        out::line(finding);
    }
    if findings.is_empty() {
        out::line("tidy");
        return Ok(());
    }
    bail!("{} findings", findings.len())
}

fn findings(root: &Path) -> Result<Vec<String>> {
    let files = files(root)?;
    let metadata = metadata::load()?;
    let mut found: Vec<String> = layers::violations(&metadata)?
        .lines()
        .map(str::to_owned)
        .collect();
    for package in &metadata.packages {
        let manifest = fs::read_to_string(&package.manifest_path)?;
        if !manifest.contains("[lints]\nworkspace = true") {
            found.push(format!(
                "{}: [lints] workspace = true is missing",
                package.name
            ));
        }
    }
    let lock = fs::read_to_string(root.join("Cargo.lock")).context("Cargo.lock")?;
    for unwanted in UNWANTED {
        if lock.contains(&format!("name = \"{unwanted}\"")) {
            found.push(format!(
                "Cargo.lock: {unwanted} came in; switch a default feature off"
            ));
        }
    }
    source::check(&files, &mut found);
    sql::check(&files, &mut found);
    links::check(root, &files, &mut found);
    traps::check(&files, &mut found);
    found.sort();
    Ok(found)
}

/// The files that the rules look at.
fn files(root: &Path) -> Result<Vec<File>> {
    let mut files = Vec::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder)? {
            let path = entry?.path();
            if path.is_dir() {
                if !skipped(&path) {
                    folders.push(path);
                }
            } else if let Some(file) = file(root, &path)? {
                files.push(file);
            }
        }
    }
    Ok(files)
}

fn skipped(folder: &Path) -> bool {
    let name = folder.file_name().unwrap_or_default().to_string_lossy();
    matches!(
        &*name,
        "target" | "node_modules" | "dist" | "generated" | ".git"
    )
}

fn file(root: &Path, path: &PathBuf) -> Result<Option<File>> {
    let known = ["rs", "sql", "md", "toml", "sh"];
    let ending = path
        .extension()
        .and_then(|ending| ending.to_str())
        .unwrap_or_default();
    if !known.contains(&ending) {
        return Ok(None);
    }
    let text = fs::read_to_string(path).with_context(|| path.display().to_string())?;
    let path = path
        .strip_prefix(root)?
        .to_string_lossy()
        .replace('\\', "/");
    Ok(Some(File { path, text }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repository_is_tidy() {
        let findings = findings(&root()).unwrap();
        assert!(findings.is_empty(), "{}", findings.join("\n"));
    }
}
