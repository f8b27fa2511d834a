//! The deployment's health and settings.

use std::fmt::Display;
use std::time::Duration;

use muster_api as api;
use muster_base::{Micros, limits};
use muster_store::Engine;
use muster_store::deployment::Deployment;
use muster_workspaces::SandboxRequirement;

use crate::app::App;
use crate::assets;
use crate::config::Config;
use crate::start::access_url;

/// The whole answer.
pub(crate) fn health(
    app: &App,
    deployment: &Deployment,
    answer: Duration,
    sandbox: Option<api::SandboxHealth>,
    checks: Vec<api::HealthCheck>,
) -> api::DeploymentHealth {
    let now = app.clock.now();
    let build = assets::build_id().and_then(|id| id.to_str().ok());
    let starts = sandbox.as_ref().is_none_or(|sandbox| sandbox.ok);
    api::DeploymentHealth {
        healthy: starts && checks.iter().all(|check| check.ok),
        checked_at: now.into(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        build: build.map(str::to_owned),
        access_url: access_url(&app.config, app.address),
        http_address: app.address.to_string(),
        database: api::DatabaseHealth {
            engine: match app.store.engine() {
                Engine::Sqlite => api::DatabaseEngine::Sqlite,
                Engine::Postgres => api::DatabaseEngine::Postgres,
            },
            version: deployment.engine_version.clone(),
            answer_us: i64::try_from(answer.as_micros()).unwrap_or(i64::MAX),
        },
        sandbox,
        checks,
        replicas: replicas(deployment, now),
    }
}

/// Whoever has missed its lease is dead to the others.
fn replicas(deployment: &Deployment, now: Micros) -> Vec<api::ReplicaHealth> {
    let oldest = now - limits::REPLICA_DEAD_AFTER;
    let replicas = deployment.replicas.iter();
    replicas
        .map(|replica| api::ReplicaHealth {
            id: replica.worker_id.0,
            started_at: replica.started_at.into(),
            heartbeat_at: replica.beat_at.into(),
            alive: replica.beat_at >= oldest,
        })
        .collect()
}

/// Leases and limits are only as good as the clock they are read from.
pub(crate) fn database_clock(ready: bool) -> api::HealthCheck {
    let (detail, remedy) = if ready {
        ("answers, and its time agrees with this machine's", "")
    } else {
        (
            "does not answer in time, or its time is not one to rely on",
            "synchronise the clocks of this machine and of the database's",
        )
    };
    api::HealthCheck {
        name: "database".to_owned(),
        ok: ready,
        detail: detail.to_owned(),
        remedy: remedy.to_owned(),
    }
}

/// An address that only means something on this machine is a dead link in people's hands.
pub(crate) fn reachable(app: &App) -> api::HealthCheck {
    let url = access_url(&app.config, app.address);
    let nowhere = app.config.access_url.is_none() && app.address.ip().is_unspecified();
    let (detail, remedy) = if nowhere {
        (
            format!("links and agents are given {url}, which is no address"),
            "say with --access-url how people reach the server",
        )
    } else {
        (url, "")
    };
    api::HealthCheck {
        name: "access_url".to_owned(),
        ok: !nowhere,
        detail,
        remedy: remedy.to_owned(),
    }
}

/// The settings in force, in the order of the documentation. A new field of `Config` does not
/// compile until it is shown here or left out on purpose.
pub(crate) fn config(config: &Config) -> api::DeploymentConfig {
    let Config {
        data_dir,
        http_address,
        access_url,
        database_url,
        encryption_keys,
        session_life,
        trusted_proxies: _,
        agents_access_default,
        allow_newer_schema,
        sandbox_require,
        chat_capacity,
        log,
        // Not settings of ours: what other variables of the environment say.
        presets: _,
        offers: _,
        local_models: _,
    } = config;
    let url = access_url.as_ref().map(ToString::to_string);
    let requirement = match sandbox_require {
        SandboxRequirement::Any => "any",
        SandboxRequirement::Landlock => "landlock",
        SandboxRequirement::Strict => "strict",
    };
    let options = vec![
        flag("data_dir", "Where everything is kept", &data_dir.display()),
        flag("http_address", "Where the server listens", &http_address),
        maybe("access_url", "How people and agents reach it", url),
        secret("database_url", "The database", database_url.is_some()),
        secret("encryption_keys", "Seal secrets", encryption_keys.is_some()),
        setting(
            "session_duration_secs",
            "Seconds that a session lasts after its last use",
            &session_life.as_secs(),
        ),
        setting(
            "proxy_trusted_origins",
            "Proxies whose word on addresses is believed",
            &config.proxies(),
        ),
        setting(
            "agents_access_default",
            "Whether every new person may have agents work",
            &agents_access_default,
        ),
        flag(
            "allow_newer_schema",
            "Start on a schema that a newer release has extended",
            &allow_newer_schema,
        ),
        flag(
            "sandbox_require",
            "The weakest isolation at which workspaces start",
            &requirement,
        ),
        flag(
            "chat_slots",
            "Chats that run at once; 0 is no limit",
            &chat_capacity.roots,
        ),
        flag(
            "subagent_slots",
            "Subagents that run at once; 0 is no limit",
            &chat_capacity.subagents,
        ),
        maybe("log", "Filter of the log", log.clone()),
    ];
    api::DeploymentConfig { options }
}

/// A setting of the file and the environment.
fn setting(name: &str, about: &str, value: &dyn Display) -> api::DeploymentOption {
    let value = value.to_string();
    api::DeploymentOption {
        name: name.to_owned(),
        about: about.to_owned(),
        flag: None,
        env: format!("MUSTER_{}", name.to_uppercase()),
        secret: false,
        set: !value.is_empty(),
        value: Some(value).filter(|value| !value.is_empty()),
    }
}

/// One that is a flag as well.
fn flag(name: &str, about: &str, value: &dyn Display) -> api::DeploymentOption {
    api::DeploymentOption {
        flag: Some(format!("--{}", name.replace('_', "-"))),
        ..setting(name, about, value)
    }
}

fn maybe(name: &str, about: &str, value: Option<String>) -> api::DeploymentOption {
    flag(name, about, &value.unwrap_or_default())
}

fn secret(name: &str, about: &str, set: bool) -> api::DeploymentOption {
    api::DeploymentOption {
        secret: true,
        set,
        ..setting(name, about, &"")
    }
}
