//! The Python packages that hold us to our word, in environments of their own: those that the
//! scripted model is held against, and schemathesis, which reads the document of the API.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::out;
use crate::run::{self, has};

/// An environment's folder and the packages in it with their versions.
struct Environment {
    name: &'static str,
    requirements: &'static str,
}

const STRANGERS: Environment = Environment {
    name: "strangers",
    requirements: "crates/scripted-llm/tests/strangers/requirements.txt",
};
const SCHEMATHESIS: Environment = Environment {
    name: "schemathesis",
    requirements: "crates/app/tests/schemathesis/requirements.txt",
};
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

/// Makes the environments, unless they are there in the right versions. Only in a
/// continuous-integration run is a machine without Python or network an error.
pub(crate) fn install() -> Result<()> {
    for environment in [&STRANGERS, &SCHEMATHESIS] {
        match make(environment) {
            Err(error) if !run::in_ci() => {
                let name = environment.name;
                out::line(&format!(
                    "Python packages ({name}) not installed: {error:#}"
                ));
            }
            done => done?,
        }
    }
    Ok(())
}

/// Makes the environment of schemathesis alone.
pub(crate) fn install_schemathesis() -> Result<()> {
    make(&SCHEMATHESIS)
}

fn make(environment: &Environment) -> Result<()> {
    let requirements = run::root().join(environment.requirements);
    let wanted = fs::read_to_string(&requirements).context("no list of packages")?;
    let folder = folder(environment).context("no cache directory")?;
    let mark = folder.join(INSTALLED);
    if fs::read_to_string(&mark).is_ok_and(|installed| installed == wanted) {
        return Ok(());
    }
    out::line(&format!(
        "installing Python packages ({})",
        environment.name
    ));
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
fn folder(environment: &Environment) -> Option<PathBuf> {
    let cache = run::variable("XDG_CACHE_HOME").map(PathBuf::from);
    let cache = cache.or_else(|| Some(Path::new(&run::variable("HOME")?).join(".cache")));
    Some(cache?.join("muster").join(environment.name))
}
