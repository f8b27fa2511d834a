//! The list of chats among very many: two label filters, and a search of titles, through HTTP.

use std::path::Path;
use std::time::Duration;

use anyhow::{Result, ensure};
use muster_base::Clock;
use muster_testkit::process::Muster;
use muster_testkit::seed::{self, Chats, REPOS, TEAMS, Target};
use serde_json::{Value, json};

use crate::people::{Person, first_id, people};
use crate::percentiles::percentiles;
use crate::setup::Setup;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    setup: Setup,
    /// Chats in all
    #[arg(long, default_value_t = 100_000)]
    chats: usize,
    /// People who share them
    #[arg(long, default_value_t = 50)]
    owners: usize,
    /// Requests of each kind by each of them
    #[arg(long, default_value_t = 10)]
    rounds: usize,
}

pub(crate) async fn run(args: Args) -> Result<Value> {
    let folder = tempfile::tempdir()?;
    let mut muster = args.setup.muster(folder.path()).await?;
    // Nothing is asked of it: a list shows which model a chat used last.
    use_model_nowhere(&muster).await?;
    let organization = first_id(&muster.client.get("/api/v2/organizations").await?)?;
    let model = first_id(&muster.client.get("/api/v2/chats/model-configs").await?)?;
    let owners = people(&muster, args.owners).await?;
    let chats = Chats {
        owners: owners.iter().map(|owner| owner.id).collect(),
        organization,
        model,
        count: args.chats,
    };
    muster.kill().await?;
    let file = database_file(folder.path());
    let target = match &args.setup.database_url {
        Some(url) => Target::Postgres(url),
        None => Target::Sqlite(&file),
    };
    seed::chats(target, &chats).await?;
    muster.restart().await?;
    let labels = measure(&args, &owners, |round| {
        let (team, repo) = (round % TEAMS, round % REPOS);
        format!("label=team:t{team}&label=repo:r{repo}")
    });
    let labels = labels.await?;
    let titles = measure(&args, &owners, |round| format!("q={}", seed::word(round))).await?;
    let both = measure(&args, &owners, |round| {
        format!("q={}&label=team:t{}", seed::word(round), round % TEAMS)
    });
    let both = both.await?;
    let plain = measure(&args, &owners, |_| String::new()).await?;
    Ok(json!({
        "bench": "lists", "engine": args.setup.engine(), "chats": args.chats,
        "owners": args.owners, "two_labels": labels, "title": titles, "title_and_label": both,
        "newest": plain,
    }))
}

/// `SQLite`'s file in a data folder.
fn database_file(folder: &Path) -> std::path::PathBuf {
    folder.join("muster.db")
}

async fn use_model_nowhere(muster: &Muster) -> Result<()> {
    let provider = json!({
        "provider": "openai-compat", "display_name": "None", "enabled": true, "api_key": "none",
    });
    let client = &muster.client;
    client.post("/api/v2/chats/providers", &provider).await?;
    let config = json!({
        "provider": "openai-compat", "model": "none", "enabled": true, "is_default": true,
        "context_limit": 200_000,
    });
    client.post("/api/v2/chats/model-configs", &config).await?;
    Ok(())
}

/// Asks as everybody in turn, one request after the other.
async fn measure(args: &Args, owners: &[Person], query: impl Fn(usize) -> String) -> Result<Value> {
    let clock = Clock::system();
    let mut times: Vec<Duration> = Vec::new();
    let mut rows = 0;
    for round in 0..args.rounds {
        let path = format!("/api/v2/chats?{}", query(round));
        for owner in owners {
            let watch = clock.stopwatch();
            let list = owner.client.get(&path).await?;
            times.push(watch.elapsed());
            rows += list.as_array().map_or(0, Vec::len);
        }
    }
    ensure!(rows > 0, "nothing was found");
    let mut report = percentiles(times);
    if let Some(report) = report.as_object_mut() {
        report.insert(
            "rows_per_page".to_owned(),
            json!(rows / (args.rounds * owners.len()).max(1)),
        );
    }
    Ok(report)
}
