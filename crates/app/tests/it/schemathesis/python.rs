//! The environment that `cargo xtask install` makes.

use std::path::{Path, PathBuf};

const WANTED: &str = include_str!("../../schemathesis/requirements.txt");

#[expect(
    clippy::disallowed_methods,
    reason = "a test reads the switches of the test run"
)]
pub(super) fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// The interpreter that has schemathesis in the version that is asked for.
pub(super) fn interpreter() -> Result<PathBuf, String> {
    let cache = variable("XDG_CACHE_HOME").map(PathBuf::from);
    let cache = cache.or_else(|| Some(Path::new(&variable("HOME")?).join(".cache")));
    let folder = cache
        .ok_or("there is no cache directory")?
        .join("muster/schemathesis");
    // `xtask install` writes down what it has installed.
    let installed = std::fs::read_to_string(folder.join("installed.txt")).unwrap_or_default();
    if installed == WANTED {
        Ok(folder.join("bin/python"))
    } else {
        Err("schemathesis is not installed (cargo xtask install)".to_owned())
    }
}
