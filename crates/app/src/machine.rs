//! What is tried of the machine: by `muster doctor` before a server runs, and by a running
//! server for whoever asks how it is doing.

use std::net::{SocketAddr, TcpListener};
use std::path::Path;

use muster_agent::sandbox::{Level, Report};
use muster_api::{HealthCheck, SandboxHealth, SandboxLevel};
use muster_base::{Clock, Micros};
use muster_server::Host;
use muster_workspaces::SandboxRequirement;

use crate::environment;

/// A clock before this has never been set: 2026-01-01.
const EARLIEST: Micros = Micros(1_767_225_600_000_000);

/// What a running server tells of its machine. The sandbox is the one that was found at its
/// start: that is what its workspaces get, whatever was mended since.
pub(crate) fn examine(folder: &Path, report: &Report, required: SandboxRequirement) -> Host {
    let required = match required {
        SandboxRequirement::Any => SandboxLevel::None,
        SandboxRequirement::Landlock => SandboxLevel::Landlock,
        SandboxRequirement::Strict => SandboxLevel::Strict,
    };
    let level = match report.level {
        Level::None => SandboxLevel::None,
        Level::Landlock => SandboxLevel::Landlock,
        Level::Strict => SandboxLevel::Strict,
    };
    Host {
        sandbox: Some(SandboxHealth {
            level,
            required,
            ok: level >= required,
            layers: layers(report).collect(),
        }),
        checks: vec![data_folder(folder), clock(), git()],
    }
}

/// The sandbox's layers as checks.
pub(crate) fn layers(report: &Report) -> impl Iterator<Item = HealthCheck> {
    report.layers.iter().map(|layer| HealthCheck {
        name: layer.name.clone(),
        ok: layer.ok,
        detail: layer.detail.clone(),
        remedy: layer.remedy.clone(),
    })
}

fn check(name: &str, result: Result<String, String>, remedy: &str) -> HealthCheck {
    let (ok, detail) = match result {
        Ok(detail) => (true, detail),
        Err(detail) => (false, detail),
    };
    HealthCheck {
        name: name.to_owned(),
        ok,
        detail,
        remedy: remedy.to_owned(),
    }
}

/// Whether the folder takes a file.
pub(crate) fn data_folder(folder: &Path) -> HealthCheck {
    let shown = folder.display();
    // A folder that does not exist yet is fine if its nearest existing parent takes one.
    let existing = folder
        .ancestors()
        .find(|path| path.exists())
        .unwrap_or(folder);
    let probe = existing.join(format!(".muster-doctor-{}", std::process::id()));
    let written = std::fs::write(&probe, b"x").and_then(|()| std::fs::remove_file(&probe));
    let result = written
        .map(|()| shown.to_string())
        .map_err(|error| format!("{shown}: {error}"));
    check(
        "data_folder",
        result,
        "give a folder that you may write with --data-dir",
    )
}

/// Whether nobody listens there yet.
pub(crate) fn address(address: SocketAddr) -> HealthCheck {
    let result = TcpListener::bind(address)
        .map(|_| format!("{address} is free"))
        .map_err(|error| format!("{address}: {error}"));
    check(
        "address",
        result,
        "end the other program, or choose another with --http-address",
    )
}

/// Whether the clock was ever set.
pub(crate) fn clock() -> HealthCheck {
    let now = Clock::system().now();
    let result = if now >= EARLIEST {
        Ok(now.to_string())
    } else {
        Err(now.to_string())
    };
    check(
        "clock",
        result,
        "set the clock: sessions and certificates depend on it",
    )
}

/// Workspaces and their diffs need git.
pub(crate) fn git() -> HealthCheck {
    program("git", "install git: workspaces and their diffs need it")
}

fn program(name: &str, remedy: &str) -> HealthCheck {
    let path = environment::variable("PATH").unwrap_or_default();
    let found = std::env::split_paths(&path)
        .map(|folder| folder.join(name))
        .find(|p| p.is_file());
    let result = found
        .map(|path| path.display().to_string())
        .ok_or_else(|| "not found".to_owned());
    check(name, result, remedy)
}
