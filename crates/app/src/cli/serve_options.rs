//! Flags that `up` and `server` share, and how they become the server's settings.

use std::path::PathBuf;

use anyhow::{Context, Result};
use muster_server::{Config, Settings};

use crate::environment;

/// Every flag has a `MUSTER_…` twin in the environment; a config file lies below both.
/// Secrets (database URL, encryption keys, model keys) are never flags.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct ServeFlags {
    /// Where everything is kept
    #[arg(long)]
    pub(crate) data_dir: Option<PathBuf>,
    /// Where to listen
    #[arg(long)]
    pub(crate) http_address: Option<String>,
    /// How people reach the server, when not at the listening address
    #[arg(long)]
    access_url: Option<String>,
    /// Sandbox level that workspaces must reach: strict, landlock or any
    #[arg(long)]
    sandbox_require: Option<String>,
    /// How many chats run at once; 0 is no limit
    #[arg(long)]
    chat_slots: Option<usize>,
    /// How many subagents run at once; 0 is no limit
    #[arg(long)]
    subagent_slots: Option<usize>,
    /// Start on a schema that a newer release has extended
    #[arg(long)]
    allow_newer_schema: bool,
    /// Filter of the log, such as `info` or `muster_store=debug`
    #[arg(long)]
    log: Option<String>,
    /// TOML file with further settings
    #[arg(long)]
    config: Option<PathBuf>,
}

impl ServeFlags {
    /// Flags above the environment above the file above the defaults.
    pub(crate) fn config(&self) -> Result<Config> {
        let flags = Settings {
            data_dir: self.data_dir.clone(),
            http_address: self.http_address.clone(),
            access_url: self.access_url.clone(),
            sandbox_require: self.sandbox_require.clone(),
            chat_slots: self.chat_slots,
            subagent_slots: self.subagent_slots,
            allow_newer_schema: self.allow_newer_schema.then_some(true),
            log: self.log.clone(),
            ..Settings::default()
        };
        let environment = Settings::from_env(environment::variable)?;
        let file = match &self.config {
            Some(path) => {
                let text =
                    std::fs::read_to_string(path).with_context(|| path.display().to_string())?;
                Settings::from_toml(&text)?
            }
            None => Settings::default(),
        };
        Ok(flags
            .or(environment)
            .or(file)
            .into_config(environment::data_folder())?)
    }
}
