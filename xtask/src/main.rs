//! `cargo xtask …`: the only entry for people and machines.
//!
//! Depends on no product crate, so it builds in seconds. `cargo xtask help` lists the
//! commands; `CONTRIBUTING.md` says when to use which.

mod bench;
mod binaries;
mod check;
mod ci;
mod fuzz;
mod generate;
mod install;
mod layers;
mod metadata;
mod out;
mod report;
mod run;
mod schemathesis;
mod sim;
mod strangers;
mod test;
mod tidy;
mod up;
mod watch;
mod web;

use std::process::ExitCode;

use crate::run::Args;

const HELP: &str = "\
cargo xtask COMMAND

  up [ARGS…]              build, then run `muster up` (with --demo unless a model key is set)
  test [-p CRATE] [NAME]  everything that must pass before a landing
  test --bless-ui         make what the pages look like now the baselines of their screenshots
  ci                      test, plus generated files, docs, simulation and a release smoke run
  install                 what the tests need: Debian, Python and web packages
  tidy                    layers, sizes, bans, migrations, links (under a second)
  check [-p CRATE]        fmt and clippy
  gen [--check]           write (or compare) the generated documents
  sim --seed N --steps M  simulate two replicas, kills and lost notifications
  schemathesis [--examples N] [--seed S]  ask every operation of the API's document
  fuzz --inputs N [--seed S]  break recorded answers of all providers in N ways
  bench chat|lists|store|llm|crash|ui|first-run [ARGS…]  benchmarks and the full crash count
";

fn main() -> ExitCode {
    let mut words = Args::from_command_line();
    let result = match words.next().as_deref() {
        Some("up") => up::run(words),
        Some("test") => test::run(words),
        Some("ci") => ci::run(),
        Some("install") => install::run(),
        Some("tidy") => tidy::run(),
        Some("check") => check::run(words),
        Some("gen") => generate::run(words),
        Some("sim") => sim::run(words),
        Some("schemathesis") => schemathesis::run(words),
        Some("fuzz") => fuzz::run(words),
        Some("bench") => bench::run(words),
        Some("help") | None => {
            out::line(HELP);
            Ok(())
        }
        Some(other) => Err(anyhow::anyhow!("unknown command `{other}`\n\n{HELP}")),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            out::line(&format!("\nxtask: {error:#}"));
            ExitCode::FAILURE
        }
    }
}
