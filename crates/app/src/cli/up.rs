//! `muster up`: everything on loopback, an admin link, and with `--demo` something to watch.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use muster_api::LoginResponse;
use muster_base::{Clock, Secret, TaskSet, UserId};
use muster_rbac::{Actor, Purpose};
use muster_server::{Config, LocalModels, presets};
use muster_store::workspace_builds::BuildReason;
use muster_workspaces::{BUILTIN_LOCAL, CreateWorkspace};
use serde_json::json;
use tokio::net::TcpStream;

use super::chat::{self, Output};
use super::serve_options::ServeFlags;
use crate::client::Client;
use crate::demo::{self, Demo};
use crate::serving::{self, Serving};
use crate::session::{self, Session};
use crate::{environment, logging, out};

/// A local model server must answer by then to be found.
const PROBE_LIMIT: Duration = Duration::from_millis(250);

/// Variables that hold a model key.
const KEYS: [&str; 2] = ["ANTHROPIC_API_KEY", "OPENAI_API_KEY"];

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    flags: ServeFlags,
    /// Watch an agent fix a failing test: no key, no network needed
    #[arg(long)]
    demo: bool,
    /// End when the demo has ended; the exit code is its result
    #[arg(long, requires = "demo")]
    exit_after_demo: bool,
    /// Use the model keys found in the environment
    #[arg(long)]
    use_env_keys: bool,
    /// Print one JSON line per event
    #[arg(long)]
    json: bool,
}

pub(crate) async fn run(args: Args, tasks: &TaskSet) -> Result<ExitCode> {
    let mut config = args.flags.config()?;
    let quiet = if args.json { "warn" } else { "error" };
    logging::start(Some(config.log.as_deref().unwrap_or(quiet)))?;
    if args.flags.http_address.is_none() {
        config.http_address = free_address(config.http_address)?;
    }
    let found = presets(environment::variable);
    if args.use_env_keys {
        config.presets = found;
    } else {
        // Offered in the browser; nothing is used before somebody says so.
        config.offers = found;
    }
    serving::private_folder(&config.data_dir)?;
    let demo = match args.demo {
        true => Some(Demo::start(&config.data_dir, tasks).await?),
        false => None,
    };
    let serving = Box::pin(serving::start(config.clone(), None, tasks)).await?;
    let result = Box::pin(serve(&args, &config, &serving, demo, tasks)).await;
    serving.handle.shutdown().await;
    tasks.shutdown().await;
    result
}

async fn serve(
    args: &Args,
    config: &Config,
    serving: &Serving,
    demo: Option<Demo>,
    tasks: &TaskSet,
) -> Result<ExitCode> {
    let client = sign_in(serving, config).await?;
    announce(args, serving).await?;
    if !args.json {
        offer_models(args, config).await;
    }
    if let Some(demo) = demo {
        let ended = tasks.drain().clone();
        let shown = Box::pin(show(args, serving, demo, &client));
        let shown = ended.run_until_cancelled(shown).await;
        let code = shown.unwrap_or(Ok(ExitCode::SUCCESS))?;
        if args.exit_after_demo {
            return Ok(code);
        }
    }
    tasks.drain().cancelled().await;
    Ok(ExitCode::SUCCESS)
}

/// The configured address, or the next free port after it.
fn free_address(wanted: SocketAddr) -> Result<SocketAddr> {
    const TRIES: u16 = 100;
    for offset in 0..TRIES {
        let mut address = wanted;
        address.set_port(wanted.port().saturating_add(offset));
        match TcpListener::bind(address) {
            Ok(_) => return Ok(address),
            Err(error) if error.kind() == io::ErrorKind::AddrInUse => {}
            Err(error) => return Err(error).with_context(|| address.to_string()),
        }
    }
    bail!("no free port from {wanted} on")
}

/// Signs this command line in as the first owner, by a login link like any other.
async fn sign_in(serving: &Serving, config: &Config) -> Result<Client> {
    let link = serving.handle.owner_login_link().await?;
    let (_, secret) = link
        .expose()
        .split_once("secret=")
        .context("a link without a secret")?;
    let url: url::Url = format!("http://{}", serving.handle.address()).parse()?;
    let body = json!({"secret": secret});
    let answer: LoginResponse = Client::new(url.clone(), None)?
        .post("/api/v2/users/login-link", &body)
        .await?;
    let session = Session {
        url,
        token: Secret::new(answer.session_token),
    };
    session.save(&session::file())?;
    session.save(&config.data_dir.join("cli-session.json"))?;
    session.client()
}

async fn announce(args: &Args, serving: &Serving) -> Result<()> {
    let link = serving.handle.owner_login_link().await?;
    let url = serving.handle.url();
    if args.json {
        out::event(&json!({
            "event": "ready", "url": url, "login_url": link.expose(),
            "sandbox": serving.sandbox.level,
        }));
        return Ok(());
    }
    out::line(format!("Muster is ready at {url}\n"));
    out::line(format!("  Sign in   {}", link.expose()));
    out::line("            (works once, for 15 minutes)");
    out::line(format!("  Sandbox   {}", serving.sandbox.level));
    for layer in serving.sandbox.missing() {
        out::line(format!(
            "            missing: {} ({})",
            layer.name, layer.detail
        ));
    }
    out::line("  Chat      muster chat \"…\"\n");
    Ok(())
}

/// Says which models are at hand; none is used without being asked for.
async fn offer_models(args: &Args, config: &Config) {
    for name in KEYS
        .iter()
        .filter(|name| environment::variable(name).is_some())
    {
        let text = if args.use_env_keys {
            "is used"
        } else {
            "is set; the page offers it, --use-env-keys uses it"
        };
        out::line(format!("  {name} {text}"));
    }
    let clock = Clock::system();
    for LocalModels { name, base_url } in &config.local_models {
        let url: Option<url::Url> = base_url.parse().ok();
        let Some(addresses) = url.and_then(|url| url.socket_addrs(|| None).ok()) else {
            continue;
        };
        let dial = TcpStream::connect(&*addresses);
        if matches!(
            clock.timeout("up.probe", PROBE_LIMIT, dial).await,
            Ok(Ok(_))
        ) {
            out::line(format!(
                "  {name} seems to run here: add it as provider openai-compat with base URL \
                 {base_url}"
            ));
        }
    }
}

/// Runs the demo, or shows how far the one of an earlier start has come.
async fn show(args: &Args, serving: &Serving, mut demo: Demo, client: &Client) -> Result<ExitCode> {
    demo.configure(client).await?;
    let chat = match demo.chat() {
        Some(chat) => chat,
        None => {
            let workspace = make_workspace(serving, client).await?;
            demo.ask(client, workspace).await?
        }
    };
    tell(args, chat, "running");
    let output = if args.json {
        Output::Silent
    } else {
        Output::Text
    };
    let code = chat::follow(client, &chat.to_string(), 0, output).await?;
    tell(
        args,
        chat,
        if code == ExitCode::SUCCESS {
            "waiting"
        } else {
            "error"
        },
    );
    Ok(code)
}

fn tell(args: &Args, chat: uuid::Uuid, state: &str) {
    if args.json {
        out::event(&json!({"event": "demo", "chat_id": chat, "state": state}));
    }
}

/// A workspace whose home holds the demo's repository.
async fn make_workspace(serving: &Serving, client: &Client) -> Result<uuid::Uuid> {
    let me: muster_api::User = client.get("/api/v2/users/me").await?;
    let owner_id = UserId(me.id);
    let actor = Actor::system(Purpose::Setup);
    let organization = serving.handle.organization_id();
    let templates = serving
        .handle
        .store()
        .list_templates(&actor, organization)
        .await?;
    let template = templates
        .iter()
        .find(|template| template.name == BUILTIN_LOCAL);
    let created = serving
        .handle
        .workspaces()
        .create(
            &actor,
            CreateWorkspace {
                owner_id,
                template_id: template.context("the built-in template is gone")?.id,
                name: "demo".to_owned(),
                parameters: std::collections::BTreeMap::new(),
                reason: BuildReason::Cli,
                effect_id: None,
                seed: Some(demo::SEED.to_owned()),
            },
        )
        .await?;
    Ok(created.workspace.id.0)
}
