//! Who belongs to an organization.

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use muster_api as api;
use muster_base::{OrganizationId, limits};
use muster_store::organization_members::MemberFilter;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::app::App;
use crate::auth::middleware::Caller;
use crate::error::{Error, Result};
use crate::extract::{Path, Query};
use crate::handlers::{organizations, users};
use crate::views;

/// Which members.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct MembersQuery {
    /// Part of a name.
    q: Option<String>,
    /// At most 1,000, which is also the default.
    limit: Option<i64>,
    offset: Option<i64>,
}

impl MembersQuery {
    fn filter(self) -> Result<MemberFilter> {
        let most = limits::GROUP_MEMBERS_SHOWN_MAX;
        // Existing clients say 0 for "all of them".
        let limit = self.limit.filter(|limit| *limit != 0).unwrap_or(most);
        let offset = self.offset.unwrap_or(0);
        if limit < 0 || limit > most {
            return Err(Error::invalid("limit", format!("is at most {most}")));
        }
        if offset < 0 {
            return Err(Error::invalid("offset", "must not be negative"));
        }
        Ok(MemberFilter {
            search: self.q,
            limit,
            offset,
        })
    }
}

async fn find(app: &App, caller: &Caller, name: &str) -> Result<OrganizationId> {
    let all = app.store.list_organizations(caller.actor()).await?;
    Ok(organizations::find(&all, name)?.id)
}

/// The members of an organization by name: the first 1,000 of them.
#[utoipa::path(get, path = "/organizations/{organization}/members", tag = "people",
    params(("organization" = String, Path, description = "an id or a name")),
    responses(
        (status = 200, body = Vec<api::OrganizationMember>),
        (status = 404, body = api::ErrorBody),
    ))]
pub(crate) async fn list(
    State(app): State<App>,
    caller: Caller,
    Path(organization): Path<String>,
) -> Result<Json<Vec<api::OrganizationMember>>> {
    let id = find(&app, &caller, &organization).await?;
    let filter = MembersQuery::default().filter()?;
    let store = &app.store;
    let listed = store.list_organization_members(caller.actor(), id, filter);
    let (members, _) = listed.await?;
    let members = members.iter().map(views::people::organization_member);
    Ok(Json(members.collect()))
}

/// A page of the members of an organization by name.
#[utoipa::path(get, path = "/organizations/{organization}/paginated-members", tag = "people",
    params(("organization" = String, Path, description = "an id or a name"), MembersQuery),
    responses(
        (status = 200, body = api::OrganizationMembersPage),
        (status = 400, body = api::ErrorBody),
        (status = 404, body = api::ErrorBody),
    ))]
pub(crate) async fn page(
    State(app): State<App>,
    caller: Caller,
    Path(organization): Path<String>,
    Query(query): Query<MembersQuery>,
) -> Result<Json<api::OrganizationMembersPage>> {
    let id = find(&app, &caller, &organization).await?;
    let store = &app.store;
    let listed = store.list_organization_members(caller.actor(), id, query.filter()?);
    let (members, count) = listed.await?;
    let members = members.iter().map(views::people::organization_member);
    Ok(Json(api::OrganizationMembersPage {
        members: members.collect(),
        count,
    }))
}

/// Add somebody to an organization.
#[utoipa::path(post, path = "/organizations/{organization}/members/{user}", tag = "people",
    params(
        ("organization" = String, Path, description = "an id or a name"),
        ("user" = String, Path, description = "`me`, an id or a user name"),
    ),
    responses(
        (status = 200, body = api::OrganizationMember),
        (status = 403, body = api::ErrorBody),
        (status = 404, body = api::ErrorBody),
        (status = 409, body = api::ErrorBody, description = "a member already"),
    ))]
pub(crate) async fn add(
    State(app): State<App>,
    caller: Caller,
    Path((organization, user)): Path<(String, String)>,
) -> Result<Json<api::OrganizationMember>> {
    let id = find(&app, &caller, &organization).await?;
    let user = users::resolve(&app, &caller, &user).await?.0.id;
    let added = app.store.add_organization_member(caller.actor(), id, user);
    let member = added.await?;
    Ok(Json(views::people::organization_member(&member)))
}

/// Take somebody out of an organization, its groups, and what its people shared with them.
/// Their chats stay theirs.
#[utoipa::path(delete, path = "/organizations/{organization}/members/{user}", tag = "people",
    params(
        ("organization" = String, Path, description = "an id or a name"),
        ("user" = String, Path, description = "`me`, an id or a user name"),
    ),
    responses(
        (status = 204),
        (status = 400, body = api::ErrorBody, description = "oneself"),
        (status = 403, body = api::ErrorBody),
        (status = 404, body = api::ErrorBody),
    ))]
pub(crate) async fn remove(
    State(app): State<App>,
    caller: Caller,
    Path((organization, user)): Path<(String, String)>,
) -> Result<StatusCode> {
    let id = find(&app, &caller, &organization).await?;
    let user = users::resolve(&app, &caller, &user).await?.0.id;
    let store = &app.store;
    let removed = store.remove_organization_member(caller.actor(), id, user);
    removed.await?;
    Ok(StatusCode::NO_CONTENT)
}
