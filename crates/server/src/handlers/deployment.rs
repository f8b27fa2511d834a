//! What this server is, how it is doing, and how it was told to be.

use axum::Json;
use axum::extract::State;
use muster_agent_link::wire::API_VERSION;
use muster_api as api;

use crate::app::App;
use crate::auth::middleware::Caller;
use crate::error::{Error, Result};
use crate::views;

/// Version and deployment, for anybody.
#[utoipa::path(get, path = "/buildinfo", tag = "deployment", security(()),
    responses((status = 200, body = api::BuildInfo)))]
pub(crate) async fn build_info(State(app): State<App>) -> Json<api::BuildInfo> {
    Json(api::BuildInfo {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        agent_api_version: API_VERSION.to_owned(),
        deployment_id: app.deployment_id,
        webpush_public_key: String::new(),
    })
}

/// How the deployment is doing, with what to do about what does not work.
#[utoipa::path(get, path = "/deployment/health", tag = "deployment",
    responses((status = 200, body = api::DeploymentHealth), (status = 403, body = api::ErrorBody)))]
pub(crate) async fn health(
    State(app): State<App>,
    caller: Caller,
) -> Result<Json<api::DeploymentHealth>> {
    let watch = app.clock.stopwatch();
    let deployment = app.store.get_deployment(caller.actor()).await?;
    let answer = watch.elapsed();
    let ready = app.store.ready().await.is_ok();
    let examine = app.examine.clone();
    let host = app.tasks.spawn_blocking(move || examine());
    let host = host.await.map_err(Error::internal)?;
    let mut checks = host.checks;
    checks.push(views::deployment::database_clock(ready));
    checks.push(views::deployment::reachable(&app));
    let health = views::deployment::health(&app, &deployment, answer, host.sandbox, checks);
    Ok(Json(health))
}

/// How the server was told to be. Secrets are masked.
#[utoipa::path(get, path = "/deployment/config", tag = "deployment",
    responses((status = 200, body = api::DeploymentConfig), (status = 403, body = api::ErrorBody)))]
pub(crate) async fn config(
    State(app): State<App>,
    caller: Caller,
) -> Result<Json<api::DeploymentConfig>> {
    app.store.check_deployment_config(caller.actor())?;
    Ok(Json(views::deployment::config(&app.config)))
}
