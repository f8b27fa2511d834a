//! A server's end of a link, and agents that dial it.

use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use muster_agent::{Endpoint, ExitReason, Options, Places, run};
use muster_agent_link::wire::{ProcessOutput, ProcessStart};
use muster_agent_link::{
    AgentClient, Authenticate, CallContext, EffectTag, Error, Refusal, Registry, listen,
};
pub(crate) use muster_base::in_time;
use muster_base::{AgentId, ChatId, Clock, ConnectionId, EffectId, Secret, TaskSet};
use tokio::process::Child;
use tokio::task::JoinHandle;

use crate::roles;

pub(crate) const TOKEN: &str = "the-token-of-this-agent";
/// No command of a test runs longer.
const COMMAND_LIMIT: Duration = Duration::from_secs(20);

pub(crate) struct World {
    folder: tempfile::TempDir,
    pub(crate) clock: Clock,
    pub(crate) tasks: TaskSet,
    pub(crate) registry: Registry,
    pub(crate) agent_id: AgentId,
    pub(crate) chat_id: ChatId,
}

pub(crate) fn options(folder: &Path, token: Secret) -> Options {
    let home = folder.join("home");
    Options {
        endpoint: Endpoint::Socket(folder.join("link.sock")),
        token,
        state_dir: folder.join("state"),
        directory: home.clone(),
        home: home.clone(),
        env: vec![
            ("PATH".into(), "/usr/bin:/bin".into()),
            ("HOME".into(), home.into()),
        ],
        command_wrapper: Vec::new(),
        shim: roles::shim(),
        places: Places::everything_but(folder.join("state")),
    }
}

/// A server that listens, and no agent yet.
pub(crate) async fn world() -> World {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("home")).unwrap();
    let clock = Clock::system();
    let tasks = TaskSet::new();
    let world = World {
        registry: Registry::new(clock.clone(), tasks.clone()),
        agent_id: AgentId::new(&clock),
        chat_id: ChatId::new(&clock),
        folder,
        clock,
        tasks,
    };
    let agent_id = world.agent_id;
    let authenticate: Authenticate = Arc::new(move |token: Secret| {
        let known = token.expose() == TOKEN;
        Box::pin(async move {
            if known {
                Ok(agent_id)
            } else {
                Err(Refusal::TokenDead)
            }
        })
    });
    let (path, registry) = (
        world.folder.path().join("link.sock"),
        world.registry.clone(),
    );
    let listener = UnixListener::bind(path).unwrap();
    let drain = world.tasks.drain().clone();
    world.tasks.spawn("listen", async move {
        listen(listener, &registry, authenticate, drain)
            .await
            .unwrap();
    });
    world
}

impl World {
    pub(crate) fn home(&self) -> PathBuf {
        self.folder.path().join("home")
    }

    pub(crate) fn file(&self, name: &str) -> String {
        self.home().join(name).display().to_string()
    }

    pub(crate) fn state(&self) -> PathBuf {
        self.folder.path().join("state")
    }

    pub(crate) fn options(&self) -> Options {
        options(self.folder.path(), Secret::new(TOKEN.to_owned()))
    }

    /// An agent inside this process.
    pub(crate) async fn agent(&self) -> AgentClient {
        self.run_agent(self.options());
        in_time(self.registry.wait_client(self.agent_id, None)).await
    }

    pub(crate) fn run_agent(&self, options: Options) -> JoinHandle<Option<ExitReason>> {
        let (clock, drain) = (self.clock.clone(), self.tasks.drain().clone());
        self.tasks.spawn("agent", run(options, clock, drain))
    }

    /// An agent that can be killed.
    pub(crate) fn spawn_agent(&self) -> Child {
        let words = roles::agent();
        tokio::process::Command::new(&words[0])
            .args(&words[1..])
            .arg(self.folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .unwrap()
    }

    pub(crate) async fn linked(&self, than: Option<ConnectionId>) -> AgentClient {
        in_time(self.registry.wait_client(self.agent_id, than)).await
    }

    pub(crate) fn context(&self) -> CallContext {
        CallContext::of_chat(self.chat_id, Vec::new())
    }

    pub(crate) fn tag(&self) -> EffectTag {
        EffectTag {
            id: EffectId::new(&self.clock),
            hash: "hash".to_owned(),
        }
    }

    pub(crate) fn effect(&self) -> CallContext {
        self.context().with_effect(self.tag())
    }

    /// A start of `command`, and the context that carries its effect.
    pub(crate) fn command(&self, command: &str) -> (CallContext, ProcessStart) {
        let tag = self.tag();
        let start = ProcessStart {
            id: tag.id,
            command: command.to_owned(),
            workdir: None,
            env: std::collections::BTreeMap::new(),
            background: false,
            timeout_ms: None,
            chat_id: None,
        };
        (self.context().with_effect(tag), start)
    }

    /// Runs a command to its end.
    pub(crate) async fn execute(&self, client: &AgentClient, command: &str) -> ProcessOutput {
        let (context, start) = self.command(command);
        in_time(client.start_process(&context, &start))
            .await
            .unwrap();
        self.ended(client, start.id).await.unwrap()
    }

    pub(crate) async fn ended(
        &self,
        client: &AgentClient,
        id: EffectId,
    ) -> Result<ProcessOutput, Error> {
        let context = self.context();
        in_time(client.process_output(&context, id, Some(COMMAND_LIMIT))).await
    }

    pub(crate) async fn end(self) {
        in_time(self.tasks.shutdown()).await;
    }
}
