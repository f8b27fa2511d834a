//! The processes that a measurement needs.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::{Context, Result};
use muster_testkit::http::Client;
use muster_testkit::process::{Launch, Muster};
use serde_json::json;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Setup {
    /// The `muster` binary to measure
    #[arg(long)]
    pub(crate) exe: PathBuf,
    /// An empty `PostgreSQL` database (`postgres://…`); `SQLite` otherwise
    #[arg(long)]
    pub(crate) database_url: Option<String>,
}

impl Setup {
    pub(crate) const fn engine(&self) -> &'static str {
        if self.database_url.is_some() {
            "postgres"
        } else {
            "sqlite"
        }
    }

    pub(crate) async fn muster(&self, folder: &Path) -> Result<Muster> {
        Muster::start(Launch {
            exe: self.exe.clone(),
            data_dir: folder.to_owned(),
            database_url: self.database_url.clone(),
            args: vec!["--log".into(), "warn".into()],
            env: Vec::new(),
        })
        .await
    }
}

/// A scripted model in its own process, so that its time is not the server's.
pub(crate) struct Mock {
    pub(crate) url: String,
    _child: Child,
    _script: tempfile::NamedTempFile,
}

impl Mock {
    pub(crate) async fn start(exe: &Path, script: &str) -> Result<Self> {
        let file = tempfile::NamedTempFile::new()?;
        std::fs::write(file.path(), script)?;
        let mut child = Command::new(exe)
            .args(["scaletest", "llm-mock", "--script"])
            .arg(file.path())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let stdout = child.stdout.take().context("no standard output")?;
        let url = BufReader::new(stdout)
            .lines()
            .next_line()
            .await?
            .context("no address")?;
        Ok(Self {
            url,
            _child: child,
            _script: file,
        })
    }
}

/// Makes the scripted model the default one.
pub(crate) async fn use_model(client: &Client, url: &str) -> Result<()> {
    let base_url = format!("{url}/v1");
    let provider = json!({
        "provider": "openai-compat", "display_name": "Scripted", "base_url": base_url,
        "api_key": "none", "enabled": true,
    });
    client
        .post("/api/experimental/chats/providers", &provider)
        .await?;
    let config = json!({
        "provider": "openai-compat", "model": "scripted", "display_name": "Scripted",
        "enabled": true, "is_default": true, "context_limit": 200_000,
    });
    client
        .post("/api/experimental/chats/model-configs", &config)
        .await?;
    Ok(())
}
