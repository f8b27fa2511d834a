//! The web UI: its packages, its build and its tests.

use std::fs;
use std::hash::{DefaultHasher, Hasher};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::binaries::Flaky;
use crate::out;
use crate::run::{self, cargo, has};
use crate::watch::{self, Ended};

/// The oldest Node that the build tools run on.
const NODE_MIN: (u32, u32) = (20, 19);
/// What the build is made from.
const INPUTS: [&str; 7] = [
    "src",
    "public",
    "build",
    "index.html",
    "vite.config.ts",
    "tsconfig.json",
    "package-lock.json",
];
/// A hash of the inputs that `dist` was made from.
const BUILT_FROM: &str = "dist/.built-from";
/// A hash of the list of packages that `node_modules` was made from.
const INSTALLED_FROM: &str = "node_modules/.installed-from";
/// Browser tests that say nothing for this long hang. A file of them says nothing until it ends.
const SILENCE: Duration = Duration::from_mins(20);
const CHROMIUM: [&str; 3] = ["chromium", "chromium-browser", "google-chrome"];

/// Why the UI can't be built here; `None` when it can.
pub(crate) fn obstacle() -> Option<String> {
    if !has("npm") {
        return Some("npm is not installed".to_owned());
    }
    let Ok(version) = run::output(Command::new("node").arg("--version")) else {
        return Some("Node is not installed".to_owned());
    };
    let (major, minor) = NODE_MIN;
    (parse(&version) < Some(NODE_MIN))
        .then(|| format!("Node {major}.{minor} or newer is needed, not {version}"))
}

/// `v20.19.1` as numbers.
fn parse(version: &str) -> Option<(u32, u32)> {
    let mut numbers = version.trim().strip_prefix('v')?.split('.');
    let major = numbers.next()?.parse().ok()?;
    Some((major, numbers.next()?.parse().ok()?))
}

/// Whether a browser for the browser tests is there.
pub(crate) fn has_chromium() -> bool {
    run::variable("MUSTER_CHROMIUM").is_some() || CHROMIUM.iter().any(|name| has(name))
}

/// Installs the packages of the lock file, unless they are there.
pub(crate) fn install() -> Result<()> {
    if obstacle().is_some() {
        return Ok(());
    }
    let lock = digest(&[folder().join("package-lock.json")])?;
    let mark = folder().join(INSTALLED_FROM);
    if fs::read_to_string(&mark).is_ok_and(|installed| installed == lock) {
        return Ok(());
    }
    npm(&["ci", "--no-audit", "--no-fund"])?;
    fs::write(&mark, lock).context("node_modules is not writable")
}

/// Builds the UI, unless the last build was made from the same files.
pub(crate) fn build() -> Result<()> {
    let inputs: Vec<_> = INPUTS.iter().map(|name| folder().join(name)).collect();
    let wanted = digest(&inputs)?;
    let mark = folder().join(BUILT_FROM);
    if fs::read_to_string(&mark).is_ok_and(|built| built == wanted) {
        return Ok(());
    }
    install()?;
    npm(&["run", "build"])?;
    fs::write(&mark, wanted).context("dist is not writable")
}

/// Builds the UI for `up`; without Node the server says by itself what is missing.
pub(crate) fn build_if_possible() -> Result<()> {
    if let Some(obstacle) = obstacle() {
        out::line(&format!("the web UI is left out: {obstacle}"));
        return Ok(());
    }
    out::step("web UI");
    build()
}

/// Types, lints, unit tests, budgets and the build.
pub(crate) fn test() -> Result<()> {
    if let Some(obstacle) = obstacle() {
        bail!("{obstacle}");
    }
    install()?;
    npm(&["run", "typecheck"])?;
    npm(&["run", "lint"])?;
    npm(&["run", "test"])?;
    npm(&["run", "size"])?;
    build()
}

/// Why the browser tests can't run here; `None` when they can.
pub(crate) fn browser_obstacle() -> Option<String> {
    if let Some(obstacle) = obstacle() {
        return Some(obstacle);
    }
    if !has_chromium() {
        return Some("no Chromium is installed".to_owned());
    }
    let server = run::target_dir().join("debug/muster");
    (!server.is_file()).then(|| "the server was not built".to_owned())
}

/// A real browser against a real server; both must be there, and the UI built. The hostile texts
/// take minutes of their own and run on request (`npm run e2e -- security`). What passed at its
/// second try only is named in `flaky`.
///
/// # Errors
/// The names of the tests that failed twice, a line each.
pub(crate) fn browser_test(flaky: &mut Flaky) -> Result<()> {
    if let Some(obstacle) = browser_obstacle() {
        bail!("{obstacle}");
    }
    install()?;
    build()?;
    let mut tests = Command::new("npm");
    tests.args(["run", "e2e", "--", "--exclude", "e2e/security/**"]);
    let mut failed = Vec::new();
    let ended = watch::lines(tests.current_dir(folder()), SILENCE, |line| {
        out::line(line);
        if let Some(test) = line.strip_prefix("FAILED ") {
            failed.push(test.to_owned());
        } else if let Some(test) = line.strip_prefix("FLAKY ") {
            flaky.push(test.to_owned());
        }
    })?;
    match ended {
        Ended::Exited { success: true } => Ok(()),
        Ended::Exited { success: false } => bail!("failed:\n{}", failed.join("\n")),
        Ended::Silent => bail!("killed after {} s without a word", SILENCE.as_secs()),
    }
}

/// Makes what the states look like now the baselines of their screenshots.
pub(crate) fn bless() -> Result<()> {
    build()?;
    run::run(&mut cargo(["build", "--package", "muster-app", "--locked"]))?;
    let mut states = Command::new("npm");
    states.args(["run", "e2e", "--", "states"]);
    states.env("MUSTER_BLESS_UI", "1").current_dir(folder());
    run::run(&mut states)?;
    out::line("Look at every changed picture in full size (target/web-shots) before you commit.");
    Ok(())
}

/// Measures the pages, or the first run, in a browser; `MUSTER_BIN` names another server than a
/// fresh release build.
pub(crate) fn bench(name: &str) -> Result<()> {
    install()?;
    build()?;
    let server = match run::variable("MUSTER_BIN") {
        Some(path) => PathBuf::from(path),
        None => {
            let build = ["build", "--release", "--package", "muster-app", "--locked"];
            run::run(&mut cargo(build))?;
            run::target_dir().join("release/muster")
        }
    };
    let mut bench = Command::new("npm");
    bench.args(["run", "bench", "--", name]);
    bench.env("MUSTER_BIN", server).current_dir(folder());
    run::run(&mut bench)
}

fn npm(words: &[&str]) -> Result<()> {
    run::run(Command::new("npm").args(words).current_dir(folder()))
}

fn folder() -> PathBuf {
    run::root().join("web")
}

/// A hash of the content and the names of files and folders.
fn digest(paths: &[PathBuf]) -> Result<String> {
    let mut hasher = DefaultHasher::new();
    for path in paths {
        add(&mut hasher, path)?;
    }
    Ok(format!("{:016x}", hasher.finish()))
}

fn add(hasher: &mut DefaultHasher, path: &Path) -> Result<()> {
    hasher.write(path.as_os_str().as_encoded_bytes());
    if path.is_dir() {
        let entries = fs::read_dir(path)?.map(|entry| Ok(entry?.path()));
        let mut entries = entries.collect::<Result<Vec<_>>>()?;
        entries.sort();
        return entries.iter().try_for_each(|entry| add(hasher, entry));
    }
    let content = fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    hasher.write(&content);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_and_compared() {
        assert_eq!(parse("v20.19.1\n"), Some((20, 19)));
        assert!(parse("v18.20.4") < Some(NODE_MIN));
        assert!(parse("v24.0.0") >= Some(NODE_MIN));
        assert!(parse("none") < Some(NODE_MIN));
    }
}
