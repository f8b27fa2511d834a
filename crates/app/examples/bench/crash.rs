//! Kills the server, the agent, or both, at random points of chats full of side effects.
//!
//! Each chat makes a workspace and runs 50 commands, each of which appends one line to its own
//! file. In the end every file has exactly one line, every call one result, every message that
//! was once seen is still there, and nothing runs that should not.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use muster_agent::sandbox::SupervisorClient;
use muster_base::{Clock, Stopwatch};
use muster_testkit::http::Client;
use muster_testkit::process::{Muster, Process, family_of};
use serde_json::{Value, json};

use crate::setup::{Mock, Setup, use_model};

/// Commands of one chat.
const CALLS: usize = 50;
/// Kills of one chat: init gives up on an agent that dies ten times in five minutes.
const KILLS_PER_CHAT: usize = 8;
/// After a restart the chat must move on by then.
const RESUME_LIMIT: Duration = Duration::from_secs(5);
/// A chat that takes longer is stuck.
const CHAT_LIMIT: Duration = Duration::from_secs(180);
const POLL: Duration = Duration::from_millis(20);

const SCRIPT: &str = r#"
name = "crash"

[[on]]
step = 1
reply.call = [{ tool = "list_templates" }]

[[on]]
step = 2
reply.call = [{ tool = "create_workspace", args = { template_id = "{{result.0:/templates/0/id}}" } }]

[[on]]
reply.call = [{ tool = "execute", args = { command = "echo done >> ~/counter-{{step}}; sleep 0.05" } }]
reply.repeat = 52

[[on]]
else = true
reply.text = "All done."
"#;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    pub(crate) setup: Setup,
    /// Kills in all
    #[arg(long, default_value_t = 104)]
    pub(crate) kills: usize,
    /// Decides when and what is killed
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
}

/// Who is killed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Victim {
    Server,
    Agent,
    Both,
}

/// A small reproducible source of randomness (xorshift64).
struct Dice(u64);

impl Dice {
    const fn roll(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % sides
    }

    const fn victim(&mut self) -> Victim {
        match self.roll(3) {
            0 => Victim::Server,
            1 => Victim::Agent,
            _ => Victim::Both,
        }
    }
}

#[derive(Default)]
struct Tally {
    chats: usize,
    kills: [usize; 3],
    slowest_resume: Duration,
}

pub(crate) async fn run(args: Args) -> Result<Value> {
    let mock = Mock::start(&args.setup.exe, SCRIPT).await?;
    let folder = tempfile::tempdir()?;
    let mut muster = args.setup.muster(folder.path()).await?;
    use_model(&muster.client, &mock.url).await?;
    // Zero would stay zero for ever.
    let mut dice = Dice(args.seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
    let mut tally = Tally::default();
    while tally.kills.iter().sum::<usize>() < args.kills {
        let left = args.kills - tally.kills.iter().sum::<usize>();
        let kills = KILLS_PER_CHAT.min(left);
        let data = folder.path().to_owned();
        let mut run = Run {
            muster: &mut muster,
            data,
            dice: &mut dice,
            tally: &mut tally,
        };
        run.chat(kills)
            .await
            .with_context(|| format!("chat {}", tally.chats + 1))?;
        tally.chats += 1;
    }
    muster.stop().await?;
    Ok(json!({
        "bench": "crash",
        "engine": args.setup.engine(),
        "seed": args.seed,
        "chats": tally.chats,
        "calls": tally.chats * CALLS,
        "kills": {"server": tally.kills[0], "agent": tally.kills[1], "both": tally.kills[2]},
        "slowest_resume_ms": u64::try_from(tally.slowest_resume.as_millis()).unwrap_or(u64::MAX),
    }))
}

struct Run<'r> {
    muster: &'r mut Muster,
    data: PathBuf,
    dice: &'r mut Dice,
    tally: &'r mut Tally,
}

impl Run<'_> {
    async fn chat(&mut self, kills: usize) -> Result<()> {
        let clock = Clock::system();
        let watch = clock.stopwatch();
        let body = json!({"content": [{"type": "text", "text": "Count to fifty."}]});
        let chat = self.client().post("/api/v2/chats", &body).await?;
        let chat = chat
            .get("id")
            .and_then(Value::as_str)
            .context("no chat id")?
            .to_owned();
        let mut seen: Vec<Value> = Vec::new();
        for _ in 0..kills {
            let pause = Duration::from_millis(100 + self.dice.roll(700));
            clock.timer("bench.pause", pause).await;
            let victim = self.dice.victim();
            self.kill(victim, &chat).await?;
            let now = history(&self.client(), &chat).await?;
            ensure_prefix(&seen, &now)?;
            if victim != Victim::Agent {
                self.wait_for_progress(&clock, &chat, now.len()).await?;
            }
            seen = now;
        }
        self.wait_until_idle(&clock, &watch, &chat).await?;
        let last = history(&self.client(), &chat).await?;
        ensure_prefix(&seen, &last)?;
        ensure_answered(&last)?;
        self.check_effects(&chat).await
    }

    async fn kill(&mut self, victim: Victim, chat: &str) -> Result<()> {
        let slot = match victim {
            Victim::Server => 0,
            Victim::Agent => 1,
            Victim::Both => 2,
        };
        if victim != Victim::Server {
            let workspace = workspace_of(&self.client(), chat).await?;
            if let Some(id) = workspace {
                for agent in agents(&self.home(&id)).await {
                    signal(agent.pid, "-KILL")?;
                }
            }
        }
        if victim != Victim::Agent {
            self.muster.kill().await?;
            self.muster.restart().await?;
        }
        if let Some(count) = self.tally.kills.get_mut(slot) {
            *count += 1;
        }
        Ok(())
    }

    /// After a restart a new message must appear within the limit, unless the chat is done.
    async fn wait_for_progress(&mut self, clock: &Clock, chat: &str, had: usize) -> Result<()> {
        let watch = clock.stopwatch();
        loop {
            let status = status_of(&self.client(), chat).await?;
            if status == "waiting" || history(&self.client(), chat).await?.len() > had {
                self.tally.slowest_resume = self.tally.slowest_resume.max(watch.elapsed());
                return Ok(());
            }
            ensure!(
                status != "error",
                "the chat failed: {}",
                last_error(&self.client(), chat).await?
            );
            ensure!(
                watch.elapsed() < RESUME_LIMIT,
                "no progress {RESUME_LIMIT:?} after a restart"
            );
            clock.timer("bench.poll", POLL).await;
        }
    }

    async fn wait_until_idle(&self, clock: &Clock, watch: &Stopwatch, chat: &str) -> Result<()> {
        loop {
            match status_of(&self.client(), chat).await?.as_str() {
                "waiting" => return Ok(()),
                "error" => bail!(
                    "the chat failed: {}",
                    last_error(&self.client(), chat).await?
                ),
                _ => ensure!(watch.elapsed() < CHAT_LIMIT, "the chat is stuck"),
            }
            clock.timer("bench.poll", POLL).await;
        }
    }

    async fn check_effects(&self, chat: &str) -> Result<()> {
        let workspace = workspace_of(&self.client(), chat)
            .await?
            .context("no workspace")?;
        let home = self.home(&workspace);
        for step in 3..3 + CALLS {
            let counter = home.join(format!("home/counter-{step}"));
            let text = std::fs::read_to_string(&counter)
                .with_context(|| format!("{} never happened", counter.display()))?;
            ensure!(
                text == "done\n",
                "command {step} happened {} times",
                text.lines().count()
            );
        }
        let commands: Vec<Process> = family(&home)
            .await
            .into_iter()
            .filter(|process| process.words.iter().any(|word| word.contains("counter-")))
            .collect();
        ensure!(commands.is_empty(), "still running: {commands:?}");
        Ok(())
    }

    /// Watching a chat this closely is more than one person may ask.
    fn client(&self) -> Client {
        self.muster.client.unlimited()
    }

    fn home(&self, workspace: &str) -> PathBuf {
        self.data.join("workspaces").join(workspace)
    }
}

/// The supervisor of a workspace and everything below it.
async fn family(workspace: &Path) -> Vec<Process> {
    let socket = workspace.join("run/super.sock");
    match SupervisorClient::new(socket, Clock::system())
        .inspect()
        .await
    {
        Ok(Some(inspection)) => family_of(inspection.supervisor_pid),
        Ok(None) | Err(_) => Vec::new(),
    }
}

async fn agents(workspace: &Path) -> Vec<Process> {
    let is_agent = |process: &Process| process.words.get(1).is_some_and(|word| word == "agent");
    family(workspace)
        .await
        .into_iter()
        .filter(is_agent)
        .collect()
}

fn signal(pid: u32, signal: &str) -> Result<()> {
    // It may have ended by itself in the meantime.
    let _status = Command::new("kill")
        .args([signal, &pid.to_string()])
        .status()?;
    Ok(())
}

async fn get_chat(client: &Client, chat: &str) -> Result<Value> {
    client.get(&format!("/api/v2/chats/{chat}")).await
}

async fn status_of(client: &Client, chat: &str) -> Result<String> {
    let chat = get_chat(client, chat).await?;
    Ok(chat
        .get("status")
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned())
}

async fn last_error(client: &Client, chat: &str) -> Result<String> {
    Ok(get_chat(client, chat)
        .await?
        .get("last_error")
        .map(Value::to_string)
        .unwrap_or_default())
}

async fn workspace_of(client: &Client, chat: &str) -> Result<Option<String>> {
    let chat = get_chat(client, chat).await?;
    Ok(chat
        .get("workspace_id")
        .and_then(Value::as_str)
        .map(str::to_owned))
}

/// All messages, oldest first.
async fn history(client: &Client, chat: &str) -> Result<Vec<Value>> {
    let page = client
        .get(&format!("/api/v2/chats/{chat}/messages?limit=200"))
        .await?;
    let mut messages = page
        .get("messages")
        .and_then(Value::as_array)
        .cloned()
        .unwrap_or_default();
    messages.reverse();
    Ok(messages)
}

/// What was once committed stays, unchanged and in order.
fn ensure_prefix(before: &[Value], now: &[Value]) -> Result<()> {
    ensure!(
        now.len() >= before.len(),
        "{} messages were lost",
        before.len() - now.len()
    );
    for (was, is) in before.iter().zip(now) {
        ensure!(was == is, "a committed message changed: {was} became {is}");
    }
    Ok(())
}

/// Every call has exactly one result.
fn ensure_answered(messages: &[Value]) -> Result<()> {
    let ids = |kind: &str| -> Vec<String> {
        let parts = messages
            .iter()
            .filter_map(|m| m.get("content")?.as_array())
            .flatten();
        let wanted = parts.filter(|part| part.get("type").and_then(Value::as_str) == Some(kind));
        let mut ids: Vec<String> = wanted
            .filter_map(|part| part.get("tool_call_id")?.as_str().map(str::to_owned))
            .collect();
        ids.sort();
        ids
    };
    let (calls, results) = (ids("tool-call"), ids("tool-result"));
    ensure!(
        calls.len() == CALLS + 2,
        "{} calls instead of {}",
        calls.len(),
        CALLS + 2
    );
    ensure!(calls == results, "calls and results differ");
    Ok(())
}
