//! `muster agent`: the process inside a workspace.

use std::ffi::OsString;
use std::io::BufRead;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result};
use muster_agent::sandbox::{self, CommandPolicy, Level};
use muster_agent::{EXIT_TOKEN_DEAD, Endpoint, ExitReason, Options, Places};
use muster_base::{Clock, Secret, TaskSet};

use crate::{environment, out};

/// Hidden subcommand of the process shim.
pub(crate) const SHIM: &str = "proc-shim";

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Address of the server, for an agent on another machine
    #[arg(
        long,
        required_unless_present = "link_socket",
        conflicts_with = "link_socket"
    )]
    url: Option<String>,
    /// Unix socket of the server, for an agent on the server's machine
    #[arg(long)]
    link_socket: Option<PathBuf>,
    /// Where the effect journal and the processes are kept
    #[arg(long)]
    state_dir: PathBuf,
    /// Where commands start (the home folder by default)
    #[arg(long)]
    directory: Option<PathBuf>,
    /// Read the token from the first line of the input instead of `CODER_AGENT_TOKEN`
    #[arg(long)]
    token_stdin: bool,
}

pub(crate) async fn run(args: Args, tasks: &TaskSet) -> Result<ExitCode> {
    sandbox::harden_agent()?;
    let token = token(args.token_stdin)?;
    let options = options(args, token)?;
    let ended = muster_agent::run(options, Clock::system(), tasks.drain().clone()).await;
    Ok(match ended {
        ExitReason::Drained => ExitCode::SUCCESS,
        ExitReason::TokenDead => {
            out::remark("The server does not know this agent any more.");
            ExitCode::from(EXIT_TOKEN_DEAD)
        }
        ExitReason::VersionRefused => {
            out::remark("The server speaks another major version; install its own agent.");
            ExitCode::FAILURE
        }
        ExitReason::Replaced => {
            out::remark("Another agent has taken this one's place.");
            ExitCode::FAILURE
        }
        ExitReason::Failed(error) => return Err(error.into()),
    })
}

fn token(from_input: bool) -> Result<Secret> {
    let text = if from_input {
        let line = std::io::stdin().lock().lines().next();
        line.context("the input holds no token")??
    } else {
        environment::variable("CODER_AGENT_TOKEN").context("CODER_AGENT_TOKEN is not set")?
    };
    Ok(Secret::new(text.trim().to_owned()))
}

fn options(args: Args, token: Secret) -> Result<Options> {
    let home = PathBuf::from(environment::variable("HOME").context("HOME is not set")?);
    let exe = std::env::current_exe().context("this program's own path")?;
    let endpoint = match (args.link_socket, args.url) {
        (Some(socket), _) => Endpoint::Socket(socket),
        (None, Some(url)) => Endpoint::Url(url),
        (None, None) => anyhow::bail!("--url or --link-socket is needed"),
    };
    let policy = policy(&args.state_dir)?;
    let (command_wrapper, places) = match &policy {
        Some(policy) => (
            sandbox::command_wrapper(policy, &args.state_dir),
            places(policy, &args.state_dir),
        ),
        // An agent that somebody started by hand: its machine is the limit.
        None => (Vec::new(), Places::everything_but(args.state_dir.clone())),
    };
    Ok(Options {
        endpoint,
        token,
        directory: args.directory.unwrap_or_else(|| home.clone()),
        home,
        env: environment::all()
            .filter(|(name, _)| name != "CODER_AGENT_TOKEN")
            .collect(),
        command_wrapper,
        shim: vec![exe.into_os_string(), OsString::from(SHIM)],
        places,
        state_dir: args.state_dir,
    })
}

/// The policy that init wrote; a damaged one is an error, so that nothing runs unconfined.
fn policy(state: &Path) -> Result<Option<CommandPolicy>> {
    if !CommandPolicy::path(state).exists() {
        return Ok(None);
    }
    Ok(Some(CommandPolicy::load(state)?))
}

/// In a mount namespace everything visible is allowed; without one the policy's folders are.
fn places(policy: &CommandPolicy, state: &Path) -> Places {
    match policy.level {
        Level::Strict => Places::everything_but(state.to_owned()),
        Level::Landlock | Level::None => Places {
            read: policy.readable.clone(),
            write: policy.writable.clone(),
            denied: vec![state.to_owned()],
        },
    }
}
