//! `muster keys`: the keys that seal secrets at rest.

use std::process::ExitCode;

use anyhow::{Context, Result};
use muster_base::Clock;
use muster_server::{ForgetOld, rotate_keys};

use super::serve_options::ServeFlags;
use crate::{logging, out};

#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// Seal all secrets with a fresh key
    ///
    /// With the key file of the data folder: end the server first; a fresh key is made and
    /// everything is sealed with it. With `MUSTER_ENCRYPTION_KEYS`: put a fresh key before the
    /// others, restart the servers, then run this; on PostgreSQL they may go on serving.
    Rotate(Rotate),
}

#[derive(Debug, clap::Args)]
pub(crate) struct Rotate {
    #[command(flatten)]
    flags: ServeFlags,
    /// Remove the old keys from the key file: older backups can't be read any more
    #[arg(long)]
    forget_old: bool,
}

pub(crate) async fn run(command: Command) -> Result<ExitCode> {
    let Command::Rotate(Rotate { flags, forget_old }) = command;
    let config = flags.config()?;
    logging::start(Some(config.log.as_deref().unwrap_or("warn")))?;
    let forget = if forget_old {
        ForgetOld::Yes
    } else {
        ForgetOld::No
    };
    let rotated = Box::pin(rotate_keys(&config, &Clock::system(), forget))
        .await
        .context(
            "not everything is sealed with a fresh key yet, but all keys that are needed are \
             still there; run it again when this is mended",
        )?;
    let count = rotated.resealed;
    out::line(format!(
        "Key {} seals now; {count} secrets were sealed again.",
        rotated.key_id
    ));
    if rotated.has_old_keys {
        out::line("No secret needs the other keys any more; older backups may.");
    }
    Ok(ExitCode::SUCCESS)
}
