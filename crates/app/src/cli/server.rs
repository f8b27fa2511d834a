//! `muster server`: for operators; also offline work on its database.

use std::process::ExitCode;

use anyhow::Result;
use muster_base::TaskSet;
use muster_server::presets;

use super::serve_options::ServeFlags;
use crate::{environment, logging, out, serving};

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    flags: ServeFlags,
    /// Print a one-time link that signs in the first owner
    #[arg(long)]
    login_link: bool,
}

pub(crate) async fn run(args: Args, tasks: &TaskSet) -> Result<ExitCode> {
    let mut config = args.flags.config()?;
    logging::start(config.log.as_deref())?;
    config.presets = presets(environment::variable);
    let serving = Box::pin(serving::start(config, None, tasks)).await?;
    out::line(format!("Muster listens on {}", serving.handle.url()));
    if args.login_link {
        out::line(serving.handle.owner_login_link().await?.expose());
    }
    tasks.drain().cancelled().await;
    serving.handle.shutdown().await;
    tasks.wait().await;
    Ok(ExitCode::SUCCESS)
}
