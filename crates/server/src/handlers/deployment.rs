//! What this server is.

use axum::Json;
use axum::extract::State;
use muster_agent_link::wire::API_VERSION;
use muster_api as api;

use crate::app::App;

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
