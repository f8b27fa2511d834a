//! `muster scaletest llm-mock`: the scripted model alone.

use std::net::SocketAddr;
use std::path::PathBuf;

use anyhow::{Context, Result};
use muster_base::{Clock, TaskSet};
use muster_scripted_llm::{DEMO_SCRIPT, Options, Script, ScriptedModel};
use tokio::net::TcpListener;

use crate::out;

#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// Serve the scripted model on its own
    LlmMock(MockArgs),
}

#[derive(Debug, clap::Args)]
pub(crate) struct MockArgs {
    /// Where to listen
    #[arg(long, default_value = "127.0.0.1:0")]
    listen: SocketAddr,
    /// Script files; the first is the default (without one: the demo's)
    #[arg(long = "script")]
    scripts: Vec<PathBuf>,
    /// Answer requests that a real provider would refuse
    #[arg(long)]
    lenient: bool,
    /// Obey `[[script name k=v]]` in user messages
    #[arg(long)]
    directives: bool,
    /// Keep the last requests for /admin/requests
    #[arg(long)]
    capture: bool,
}

pub(crate) async fn run(command: Command, tasks: &TaskSet) -> Result<()> {
    let Command::LlmMock(args) = command;
    let mut options = Options::new(Script::parse(DEMO_SCRIPT)?, Clock::system());
    if !args.scripts.is_empty() {
        options.scripts = args.scripts.iter().map(load).collect::<Result<_>>()?;
    }
    options.strict = !args.lenient;
    options.directives = args.directives;
    options.capture = args.capture;
    let listener = TcpListener::bind(args.listen).await.context("listen")?;
    out::line(format!("http://{}", listener.local_addr()?));
    let model = ScriptedModel::new(options);
    muster_scripted_llm::serve(model, listener, tasks.drain().clone()).await?;
    Ok(())
}

fn load(path: &PathBuf) -> Result<Script> {
    let text = std::fs::read_to_string(path).with_context(|| path.display().to_string())?;
    Script::parse(&text).with_context(|| path.display().to_string())
}
