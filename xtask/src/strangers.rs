//! The Python packages that the scripted model is held against, in an environment of their own.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::out;
use crate::run::{self, has};

/// The packages and their versions.
const REQUIREMENTS: &str = "crates/scripted-llm/tests/strangers/requirements.txt";
/// A copy of the requirements that the environment was made for; the tests compare it.
const INSTALLED: &str = "installed.txt";

/// Whether there is a Python that can make an environment.
pub(crate) fn has_python() -> bool {
    has("python3")
        && Command::new("python3")
            .args(["-c", "import ensurepip, venv"])
            .output()
            .is_ok_and(|output| output.status.success())
}

/// Makes the environment, unless it is there in the right versions. Only in a
/// continuous-integration run is a machine without Python or network an error.
pub(crate) fn install() -> Result<()> {
    let done = make();
    match done {
        Err(error) if !run::in_ci() => {
            out::line(&format!("Python packages not installed: {error:#}"));
            Ok(())
        }
        done => done,
    }
}

fn make() -> Result<()> {
    let requirements = run::root().join(REQUIREMENTS);
    let wanted = fs::read_to_string(&requirements).context("no list of packages")?;
    let folder = folder().context("no cache directory")?;
    let mark = folder.join(INSTALLED);
    if fs::read_to_string(&mark).is_ok_and(|installed| installed == wanted) {
        return Ok(());
    }
    out::line("installing Python packages");
    run::run(
        Command::new("python3")
            .args(["-m", "venv", "--clear"])
            .arg(&folder),
    )?;
    run::run(
        Command::new(folder.join("bin/python"))
            .args(["-m", "pip", "install", "--quiet", "--requirement"])
            .arg(&requirements),
    )?;
    fs::write(&mark, wanted).context("the environment is not writable")
}

/// Where the environment is.
fn folder() -> Option<PathBuf> {
    let cache = run::variable("XDG_CACHE_HOME").map(PathBuf::from);
    let cache = cache.or_else(|| Some(Path::new(&run::variable("HOME")?).join(".cache")));
    Some(cache?.join("muster/strangers"))
}
