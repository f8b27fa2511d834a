//! `muster doctor`: tries what Muster needs and says how to fix what is missing.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use muster_agent::sandbox::{Level, ProbeOptions, Report, probe};
use muster_api::HealthCheck;
use serde::Serialize;

use crate::{environment, machine, out};

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

#[derive(Debug, Serialize)]
struct Answer {
    ok: bool,
    level: Level,
    required: Level,
    checks: Vec<HealthCheck>,
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
    let essential = [
        machine::data_folder(&folder),
        machine::address(args.http_address),
        machine::clock(),
    ];
    let report = probe_here()?;
    let ok = essential.iter().all(|check| check.ok) && report.level >= required;
    let mut checks: Vec<HealthCheck> = essential.into();
    checks.push(machine::git());
    checks.extend(machine::layers(&report));
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
