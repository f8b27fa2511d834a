//! What `cargo xtask bench` measures with real processes. Prints one JSON line per run.

mod chat;
mod crash;
mod lists;
mod people;
mod percentiles;
mod setup;
mod slow;
mod statements;

use std::process::ExitCode;

use clap::Parser;

#[derive(Debug, Parser)]
enum Bench {
    /// Turns per second, latency, processor time per turn
    Chat(chat::Args),
    /// Kills at random points; every side effect must have happened exactly once
    Crash(crash::Args),
    /// The list of chats among very many
    Lists(lists::Args),
    /// What a client that stops reading costs
    Slow(slow::Args),
}

#[tokio::main]
#[expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program that reports"
)]
async fn main() -> ExitCode {
    let report = match Bench::parse() {
        Bench::Chat(args) => chat::run(args).await,
        Bench::Crash(args) => crash::run(args).await,
        Bench::Lists(args) => lists::run(args).await,
        Bench::Slow(args) => slow::run(args).await,
    };
    match report {
        Ok(report) => {
            println!("{report}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}
