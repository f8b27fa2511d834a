//! The demo of `muster up --demo`: a repository with a failing test, and a scripted model that
//! knows how to fix it. Loop, workspace, tools and git are the real ones.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result};
use muster_api::{Chat, ModelConfig, Provider};
use muster_base::{Clock, TaskSet};
use muster_scripted_llm::{DEMO_SCRIPT, Options, Script, ScriptedModel};
use serde::{Deserialize, Serialize};
use serde_json::json;
use tokio::net::TcpListener;

use crate::client::Client;

/// The name under which the driver knows the repository.
pub(crate) const SEED: &str = "demo";

/// What the person in the demo asks.
const PROMPT: &str =
    "A test of the repository in ~/demo fails. Find out why, fix it, and show me the change.";

const FILES: [(&str, &str); 3] = [
    ("README.md", include_str!("../demo/README.md")),
    ("run-tests.sh", include_str!("../demo/run-tests.sh")),
    ("stats.sh", include_str!("../demo/stats.sh")),
];

/// What a later start needs to know, in `demo.json` of the data folder.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Remembered {
    /// Port of the scripted model: the stored provider points at it.
    model_port: Option<u16>,
    /// The chat that runs or ran.
    chat: Option<uuid::Uuid>,
}

/// Makes `~/demo` a git repository with one commit.
pub(crate) fn seed(home: &Path) -> io::Result<()> {
    let folder = home.join("demo");
    fs::create_dir_all(&folder)?;
    for (name, text) in FILES {
        fs::write(folder.join(name), text)?;
    }
    git(&folder, &["init", "--quiet", "--initial-branch", "main"])?;
    git(&folder, &["add", "--all"])?;
    let author = ["-c", "user.name=Muster", "-c", "user.email=demo@localhost"];
    git(
        &folder,
        &[
            &author[..],
            &["commit", "--quiet", "--message", "Add statistics"],
        ]
        .concat(),
    )
}

fn git(folder: &Path, words: &[&str]) -> io::Result<()> {
    let output = Command::new("git")
        .current_dir(folder)
        .args(words)
        // The host's own configuration may demand signatures or hooks.
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .stdin(Stdio::null())
        .output()?;
    if output.status.success() {
        return Ok(());
    }
    let words = String::from_utf8_lossy(&output.stderr).into_owned();
    Err(io::Error::other(format!("git: {words}")))
}

/// The scripted model and what is remembered of earlier starts.
#[derive(Debug)]
pub(crate) struct Demo {
    file: PathBuf,
    remembered: Remembered,
    base_url: String,
}

impl Demo {
    /// Serves the scripted model on loopback, at its old port where that is free. Must come
    /// before the server: a chat that was interrupted goes on at once.
    pub(crate) async fn start(data_dir: &Path, tasks: &TaskSet) -> Result<Self> {
        let file = data_dir.join("demo.json");
        let mut remembered: Remembered = match fs::read(&file) {
            Ok(bytes) => serde_json::from_slice(&bytes).unwrap_or_default(),
            Err(_) => Remembered::default(),
        };
        let old = remembered.model_port.unwrap_or(0);
        let listener = match TcpListener::bind(("127.0.0.1", old)).await {
            Ok(listener) => listener,
            Err(_) => TcpListener::bind("127.0.0.1:0")
                .await
                .context("the demo model's port")?,
        };
        let port = listener.local_addr()?.port();
        remembered.model_port = Some(port);
        let options = Options::new(Script::parse(DEMO_SCRIPT)?, Clock::system());
        let serving = muster_scripted_llm::serve(
            ScriptedModel::new(options),
            listener,
            tasks.drain().clone(),
        );
        tasks.spawn("demo.model", serving);
        Ok(Self {
            file,
            remembered,
            base_url: format!("http://127.0.0.1:{port}/v1"),
        })
    }

    /// The chat of an earlier start.
    pub(crate) fn chat(&self) -> Option<uuid::Uuid> {
        self.remembered.chat
    }

    /// Stores the scripted model as a provider with one model config, or mends its address.
    pub(crate) async fn configure(&mut self, client: &Client) -> Result<()> {
        let path = "/api/experimental/chats/providers";
        let providers: Vec<Provider> = client.get(path).await?;
        let stored = providers
            .iter()
            .find(|one| one.provider == "openai-compat" && !one.id.is_nil());
        let body = json!({"base_url": self.base_url, "enabled": true});
        match stored {
            Some(provider) if provider.display_name != MODEL_NAME => {}
            Some(provider) if provider.base_url.as_deref() == Some(self.base_url.as_str()) => {}
            Some(provider) => {
                let _mended: Provider = client
                    .patch(&format!("{path}/{}", provider.id), &body)
                    .await?;
            }
            None => self.create_model(client).await?,
        }
        self.save()
    }

    async fn create_model(&self, client: &Client) -> Result<()> {
        let provider = json!({
            "provider": "openai-compat", "display_name": MODEL_NAME, "base_url": self.base_url,
            "enabled": true,
        });
        let _provider: Provider = client
            .post("/api/experimental/chats/providers", &provider)
            .await?;
        let config = json!({
            "provider": "openai-compat", "model": "script:demo", "display_name": MODEL_NAME,
            "enabled": true, "is_default": true, "context_limit": 200_000,
        });
        let _config: ModelConfig = client
            .post("/api/experimental/chats/model-configs", &config)
            .await?;
        Ok(())
    }

    /// Starts the chat in its workspace.
    pub(crate) async fn ask(
        &mut self,
        client: &Client,
        workspace: uuid::Uuid,
    ) -> Result<uuid::Uuid> {
        let body = json!({
            "content": [{"type": "text", "text": PROMPT}], "workspace_id": workspace,
        });
        let chat: Chat = client.post("/api/v2/chats", &body).await?;
        self.remembered.chat = Some(chat.id);
        self.save()?;
        Ok(chat.id)
    }

    /// Written beside and renamed, so that a kill in between leaves the old file.
    fn save(&self) -> Result<()> {
        let draft = self.file.with_extension("new");
        fs::write(&draft, serde_json::to_vec(&self.remembered)?)?;
        fs::rename(&draft, &self.file)?;
        Ok(())
    }
}

/// Shown wherever the model is named, so that nobody takes it for a real one.
const MODEL_NAME: &str = "Demo model";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seeded_repository_has_one_commit_and_one_failing_test() {
        let home = tempfile::tempdir().unwrap();
        seed(home.path()).unwrap();
        let run = |program: &str, words: &[&str]| {
            let folder = home.path().join("demo");
            let output = Command::new(program)
                .args(words)
                .current_dir(folder)
                .output()
                .unwrap();
            String::from_utf8(output.stdout).unwrap()
        };
        assert_eq!(run("git", &["rev-list", "--count", "HEAD"]).trim(), "1");
        assert_eq!(run("git", &["status", "--porcelain"]), "");
        assert!(run("sh", &["run-tests.sh"]).ends_with("2 passed, 1 failed\n"));
    }
}
