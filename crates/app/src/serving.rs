//! A whole server in this process: configuration, sandbox driver, metrics.

use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result};
use metrics_exporter_prometheus::PrometheusBuilder;
use muster_agent::sandbox::{ProbeOptions, Report, probe};
use muster_base::{Clock, TaskSet};
use muster_server::{Config, Handle, Options, Server};
use muster_workspaces::provisioner::Driver;
use muster_workspaces::provisioner::local::{Local, LocalOptions, Seed};

use crate::{demo, machine};

/// Bounds of every latency histogram, in seconds.
const BUCKETS: [f64; 12] = [
    0.001, 0.005, 0.01, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0, 60.0,
];

/// A running server and what its machine can do.
#[derive(Debug)]
pub(crate) struct Serving {
    pub(crate) handle: Handle,
    pub(crate) sandbox: Report,
}

/// Starts a server. `seed` names what the homes of new workspaces begin with.
pub(crate) async fn start(config: Config, seed: Option<&str>, tasks: &TaskSet) -> Result<Serving> {
    let exe = std::env::current_exe().context("this program's own path")?;
    let sandbox = probe_machine(&config, &exe, tasks).await?;
    let mut local = LocalOptions::new(config.data_dir.clone(), exe);
    local.sandbox_require = config.sandbox_require;
    local
        .seeds
        .insert(demo::SEED.to_owned(), Seed::Fill(Arc::new(demo::seed)));
    let report = sandbox.clone();
    let (folder, required) = (config.data_dir.clone(), config.sandbox_require);
    let found = sandbox.clone();
    let recorder = PrometheusBuilder::new()
        .set_buckets(&BUCKETS)?
        .install_recorder()?;
    let mut options = Options::new(config, Clock::system());
    options.drivers = Box::new(move |store, registry| {
        let driver = Local::new(local, report, store.clone(), registry.clone());
        vec![Arc::new(driver) as Driver]
    });
    options.workspace_seed = seed.map(str::to_owned);
    options.metrics = Arc::new(move || recorder.render());
    options.examine = Arc::new(move || machine::examine(&folder, &found, required));
    let handle = Box::pin(Server::start(options)).await?;
    Ok(Serving { handle, sandbox })
}

/// Tries the sandbox levels, on a thread of its own: it blocks.
async fn probe_machine(config: &Config, exe: &Path, tasks: &TaskSet) -> Result<Report> {
    let scratch = config.data_dir.join("probe");
    private_folder(&scratch)?;
    let options = ProbeOptions::new(exe.to_owned(), scratch);
    let report = tasks.spawn_blocking(move || probe(&options)).await?;
    Ok(report)
}

/// Makes a folder, and those above it, that nobody else may enter.
pub(crate) fn private_folder(path: &Path) -> Result<()> {
    let mut folder = DirBuilder::new();
    folder
        .recursive(true)
        .mode(0o700)
        .create(path)
        .with_context(|| path.display().to_string())
}
