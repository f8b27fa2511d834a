//! Organizations.

use axum::Json;
use axum::extract::State;
use muster_api as api;
use muster_store::organizations::Organization;

use crate::app::App;
use crate::auth::middleware::Caller;
use crate::error::{Error, Result};
use crate::extract::Path;
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

/// One organization.
#[utoipa::path(get, path = "/organizations/{organization}", tag = "people",
    params(("organization" = String, Path, description = "an id or a name")),
    responses(
        (status = 200, body = api::Organization),
        (status = 404, body = api::ErrorBody),
    ))]
pub(crate) async fn get(
    State(app): State<App>,
    caller: Caller,
    Path(organization): Path<String>,
) -> Result<Json<api::Organization>> {
    let all = app.store.list_organizations(caller.actor()).await?;
    let found = find(&all, &organization)?;
    Ok(Json(views::people::organization(found)))
}

/// The organization that a path names, by id or name; `default` is the default one.
pub(crate) fn find<'o>(all: &'o [Organization], name: &str) -> Result<&'o Organization> {
    let found = all.iter().find(|one| {
        one.id.to_string() == name
            || one.name.eq_ignore_ascii_case(name)
            || (one.is_default && name == "default")
    });
    found.ok_or_else(Error::not_found)
}
