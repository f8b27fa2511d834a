//! `muster scaletest llm-mock`: the scripted model alone.

use std::net::SocketAddr;
use std::path::PathBuf;

use anyhow::{Context, Result, ensure};
use muster_base::{Clock, Secret, TaskSet};
use muster_scripted_llm::{DEMO_SCRIPT, Options, Pace, Script, ScriptedModel};
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
    /// Refuse requests without the attribution headers
    #[arg(long)]
    attribution: bool,
    /// Write times into the texts: `@@r=…,f=…@@` first, `@@e=…@@` last
    #[arg(long)]
    stamps: bool,
    /// Compare each prompt with the one before it, for /admin/stats
    #[arg(long)]
    cache_prefix: bool,
    /// File with the token of the admin routes (without one: this machine only)
    #[arg(long)]
    admin_token_file: Option<PathBuf>,
    #[command(flatten)]
    pace: PaceArgs,
}

/// A pace for all scripts, in place of their own.
#[derive(Debug, clap::Args)]
struct PaceArgs {
    /// Delay before the first event, in milliseconds
    #[arg(long)]
    first_ms: Option<u64>,
    /// Delay between events with content, in milliseconds
    #[arg(long)]
    gap_ms: Option<u64>,
    /// Characters of one event
    #[arg(long)]
    chunk_chars: Option<usize>,
    /// One word per event
    #[arg(long)]
    words: bool,
}

impl PaceArgs {
    fn of(&self, script: Script) -> Script {
        let own = script.pace();
        let pace = Pace {
            first_ms: self.first_ms.unwrap_or(own.first_ms),
            gap_ms: self.gap_ms.unwrap_or(own.gap_ms),
            chunk_chars: self.chunk_chars.unwrap_or(own.chunk_chars),
            // A size in characters is a wish for no words.
            words: self.words || (own.words && self.chunk_chars.is_none()),
        };
        script.with_pace(pace)
    }
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
    options.attribution = args.attribution;
    options.stamps = args.stamps;
    options.cache_prefix = args.cache_prefix;
    options.admin_token = args.admin_token_file.as_ref().map(token).transpose()?;
    let scripts = std::mem::take(&mut options.scripts).into_iter();
    options.scripts = scripts.map(|script| args.pace.of(script)).collect();
    let listener = TcpListener::bind(args.listen).await.context("listen")?;
    out::line(format!("http://{}", listener.local_addr()?));
    let model = ScriptedModel::new(options);
    muster_scripted_llm::serve(model, listener, tasks.drain().clone()).await?;
    Ok(())
}

fn token(path: &PathBuf) -> Result<Secret> {
    let text = std::fs::read_to_string(path).with_context(|| path.display().to_string())?;
    let token = text.trim();
    ensure!(!token.is_empty(), "{} is empty", path.display());
    Ok(token.to_owned().into())
}

fn load(path: &PathBuf) -> Result<Script> {
    let text = std::fs::read_to_string(path).with_context(|| path.display().to_string())?;
    Script::parse(&text).with_context(|| path.display().to_string())
}
