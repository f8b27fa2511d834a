//! Organizations.

use axum::Json;
use axum::extract::State;
use muster_api as api;

use crate::app::App;
use crate::auth::middleware::Caller;
use crate::error::Result;
use crate::views;

/// Every organization that the caller may see.
#[utoipa::path(get, path = "/organizations", tag = "people",
    responses((status = 200, body = Vec<api::Organization>)))]
pub(crate) async fn list(
    State(app): State<App>,
    caller: Caller,
) -> Result<Json<Vec<api::Organization>>> {
    let organizations = app.store.list_organizations(caller.actor()).await?;
    Ok(Json(
        organizations
            .iter()
            .map(views::people::organization)
            .collect(),
    ))
}
