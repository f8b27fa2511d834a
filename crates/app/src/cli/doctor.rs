//! `muster doctor`: tries what Muster needs and says how to fix what is missing.

use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Result;
use muster_agent::sandbox::{Level, ProbeOptions, Report, probe};
use muster_base::{Clock, Micros};
use serde::Serialize;

use crate::{environment, out};

/// A clock before this has never been set: 2026-01-01.
const EARLIEST: Micros = Micros(1_767_225_600_000_000);

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The data folder to check
    #[arg(long, env = "MUSTER_DATA_DIR")]
    data_dir: Option<PathBuf>,
    /// The address to check
    #[arg(long, env = "MUSTER_HTTP_ADDRESS", default_value = "127.0.0.1:7080")]
    http_address: SocketAddr,
    /// The sandbox level that workspaces must reach: strict, landlock or any
    #[arg(long, env = "MUSTER_SANDBOX_REQUIRE", default_value = "landlock")]
    sandbox_require: String,
    /// Print one JSON document
    #[arg(long)]
    json: bool,
}

/// One line of the report.
#[derive(Debug, Serialize)]
struct Check {
    name: String,
    ok: bool,
    detail: String,
    /// What to do; empty when nothing is to be done.
    remedy: String,
}

#[derive(Debug, Serialize)]
struct Answer {
    ok: bool,
    level: Level,
    required: Level,
    checks: Vec<Check>,
}

/// Exit 1: Muster can't start workspaces at the required level, or can't start at all.
pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    let required = match args.sandbox_require.as_str() {
        "strict" => Level::Strict,
        "landlock" => Level::Landlock,
        "any" | "best_effort" => Level::None,
        other => anyhow::bail!("--sandbox-require: `{other}` is not strict, landlock or any"),
    };
    let folder = args
        .data_dir
        .clone()
        .unwrap_or_else(environment::data_folder);
    let essential = [data_folder(&folder), address(args.http_address), clock()];
    let report = probe_here()?;
    let ok = essential.iter().all(|check| check.ok) && report.level >= required;
    let mut checks: Vec<Check> = essential.into();
    checks.push(program(
        "git",
        "install git: workspaces and their diffs need it",
    ));
    checks.extend(layers(&report));
    let answer = Answer {
        ok,
        level: report.level,
        required,
        checks,
    };
    if args.json {
        out::event(&answer);
    } else {
        print(&answer);
    }
    Ok(if ok {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn print(answer: &Answer) {
    for check in &answer.checks {
        let mark = if check.ok { "ok     " } else { "MISSING" };
        out::line(format!("{mark} {:<16} {}", check.name, check.detail));
        if !check.ok && !check.remedy.is_empty() {
            out::line(format!("        → {}", check.remedy));
        }
    }
    out::line(format!(
        "\nSandbox level: {} (required: {}).",
        answer.level, answer.required
    ));
    if !answer.ok {
        out::line("Muster can't work here as configured; see the lines marked MISSING.");
    }
}

/// Runs the sandbox probe in a scratch folder.
fn probe_here() -> Result<Report> {
    let scratch = std::env::temp_dir().join(format!("muster-doctor-{}", std::process::id()));
    std::fs::create_dir_all(&scratch)?;
    let report = probe(&ProbeOptions::new(
        std::env::current_exe()?,
        scratch.clone(),
    ));
    std::fs::remove_dir_all(&scratch)?;
    Ok(report)
}

fn layers(report: &Report) -> impl Iterator<Item = Check> {
    report.layers.iter().map(|layer| Check {
        name: layer.name.clone(),
        ok: layer.ok,
        detail: layer.detail.clone(),
        remedy: layer.remedy.clone(),
    })
}

fn check(name: &str, result: Result<String, String>, remedy: &str) -> Check {
    let (ok, detail) = match result {
        Ok(detail) => (true, detail),
        Err(detail) => (false, detail),
    };
    Check {
        name: name.to_owned(),
        ok,
        detail,
        remedy: remedy.to_owned(),
    }
}

fn data_folder(folder: &Path) -> Check {
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

fn address(address: SocketAddr) -> Check {
    let result = TcpListener::bind(address)
        .map(|_| format!("{address} is free"))
        .map_err(|error| format!("{address}: {error}"));
    check(
        "address",
        result,
        "end the other program, or choose another with --http-address",
    )
}

fn clock() -> Check {
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

fn program(name: &str, remedy: &str) -> Check {
    let path = environment::variable("PATH").unwrap_or_default();
    let found = std::env::split_paths(&path)
        .map(|folder| folder.join(name))
        .find(|p| p.is_file());
    let result = found
        .map(|path| path.display().to_string())
        .ok_or_else(|| "not found".to_owned());
    check(name, result, remedy)
}
