//! The one binary of Muster.
//!
//! Hidden subcommands come first, before any thread exists: the sandbox's steps restrict the
//! process they run in, and user namespaces can only be made by a single-threaded one.

mod cli;
mod client;
mod demo;
mod environment;
mod logging;
mod machine;
mod out;
mod serving;
mod session;

use std::ffi::OsString;
use std::process::ExitCode;

use anyhow::Result;
use clap::Parser;
use muster_base::TaskSet;
use tokio::runtime::{Builder, Runtime};
use tokio::signal::unix::{SignalKind, signal};

use crate::cli::{Cli, Command, agent};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Threads of an agent's runtime: many of them share one machine.
const AGENT_THREADS: usize = 2;

fn main() -> ExitCode {
    let words: Vec<OsString> = std::env::args_os().skip(1).collect();
    if let Some(code) = muster_agent::sandbox::dispatch(&words) {
        return code;
    }
    if let Some((name, rest)) = words.split_first()
        && name == agent::SHIM
    {
        return muster_agent::shim::main(rest.iter().cloned());
    }
    match run(Cli::parse().command) {
        Ok(code) => code,
        Err(error) => {
            out::remark(format!("muster: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> Result<ExitCode> {
    if let Command::Doctor(args) = &command {
        return cli::doctor::run(args);
    }
    // The TLS provider is chosen once for the whole process. A second choice is refused.
    let _already = rustls::crypto::ring::default_provider().install_default();
    let runtime = runtime(&command)?;
    runtime.block_on(async {
        let tasks = TaskSet::new();
        if command.serves() {
            drain_on_signal(&tasks)?;
        }
        dispatch(command, &tasks).await
    })
}

fn runtime(command: &Command) -> Result<Runtime> {
    let mut builder = Builder::new_multi_thread();
    if matches!(command, Command::Agent(_)) {
        builder.worker_threads(AGENT_THREADS);
    }
    Ok(builder.enable_all().build()?)
}

async fn dispatch(command: Command, tasks: &TaskSet) -> Result<ExitCode> {
    match command {
        Command::Up(args) => Box::pin(cli::up::run(args, tasks)).await,
        Command::Server(args) => Box::pin(cli::server::run(args, tasks)).await,
        Command::Agent(args) => {
            logging::start(None)?;
            agent::run(args, tasks).await
        }
        Command::Login(args) => cli::login::run(args).await.map(|()| ExitCode::SUCCESS),
        Command::Chat(args) => cli::chat::run(args).await,
        Command::Doctor(args) => cli::doctor::run(&args),
        Command::Keys(command) => cli::keys::run(command).await,
        Command::Scaletest(command) => cli::scaletest::run(command, tasks)
            .await
            .map(|()| ExitCode::SUCCESS),
    }
}

/// SIGTERM and SIGINT ask everything to end.
fn drain_on_signal(tasks: &TaskSet) -> Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let drain = tasks.drain().clone();
    // Outside the set: it lives as long as the process, and shutdown must not wait for it.
    TaskSet::new().spawn("signals", async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        drain.cancel();
    });
    Ok(())
}
