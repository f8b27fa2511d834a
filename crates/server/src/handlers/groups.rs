//! Groups of people.

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use muster_api as api;
use muster_base::{GroupId, UserId, limits};
use muster_store::groups::{GroupChange, GroupFilter, GroupMembers, NewGroup};
use muster_store::organizations::Organization;
use serde::Deserialize;
use utoipa::IntoParams;
use uuid::Uuid;

use crate::app::App;
use crate::auth::middleware::Caller;
use crate::error::Result;
use crate::extract::{self, Path, Query};
use crate::handlers::{organizations, users};
use crate::views;

/// Which groups a list shows.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListQuery {
    /// An id or a name.
    organization: Option<String>,
    /// `me`, an id or a user name.
    has_member: Option<String>,
}

/// The groups that the caller may see.
#[utoipa::path(get, path = "/groups", tag = "people", params(ListQuery),
    responses((status = 200, body = Vec<api::Group>), (status = 404, body = api::ErrorBody)))]
pub(crate) async fn list(
    State(app): State<App>,
    caller: Caller,
    Query(query): Query<ListQuery>,
) -> Result<Json<Vec<api::Group>>> {
    let all = app.store.list_organizations(caller.actor()).await?;
    let organization = match &query.organization {
        Some(name) => Some(organizations::find(&all, name)?.id),
        None => None,
    };
    let member = match &query.has_member {
        Some(name) => Some(users::resolve(&app, &caller, name).await?.0.id),
        None => None,
    };
    let filter = GroupFilter {
        organization,
        member,
    };
    let groups = app.store.list_groups(caller.actor(), filter).await?;
    Ok(Json(views(&groups, &all)))
}

/// The groups of an organization that the caller may see.
#[utoipa::path(get, path = "/organizations/{organization}/groups", tag = "people",
    params(("organization" = String, Path, description = "an id or a name")),
    responses((status = 200, body = Vec<api::Group>), (status = 404, body = api::ErrorBody)))]
pub(crate) async fn list_of_organization(
    State(app): State<App>,
    caller: Caller,
    Path(organization): Path<String>,
) -> Result<Json<Vec<api::Group>>> {
    let all = app.store.list_organizations(caller.actor()).await?;
    let filter = GroupFilter {
        organization: Some(organizations::find(&all, &organization)?.id),
        member: None,
    };
    let groups = app.store.list_groups(caller.actor(), filter).await?;
    Ok(Json(views(&groups, &all)))
}

/// Make a group.
#[utoipa::path(post, path = "/organizations/{organization}/groups", tag = "people",
    params(("organization" = String, Path, description = "an id or a name")),
    request_body = api::CreateGroupRequest,
    responses(
        (status = 201, body = api::Group),
        (status = 400, body = api::ErrorBody),
        (status = 403, body = api::ErrorBody),
        (status = 404, body = api::ErrorBody),
        (status = 409, body = api::ErrorBody, description = "the name is taken"),
    ))]
pub(crate) async fn create(
    State(app): State<App>,
    caller: Caller,
    Path(organization): Path<String>,
    extract::Json(body): extract::Json<api::CreateGroupRequest>,
) -> Result<(StatusCode, Json<api::Group>)> {
    let all = app.store.list_organizations(caller.actor()).await?;
    let change = GroupChange {
        name: Some(body.name.clone()),
        display_name: body.display_name.clone(),
        avatar_url: body.avatar_url.clone(),
        quota_allowance: body.quota_allowance,
        ..GroupChange::default()
    };
    check(&change)?;
    let group = NewGroup {
        id: GroupId::new(&app.clock),
        organization_id: organizations::find(&all, &organization)?.id,
        name: body.name,
        display_name: body.display_name.unwrap_or_default(),
        avatar_url: body.avatar_url.unwrap_or_default(),
        quota_allowance: body.quota_allowance.unwrap_or(0),
    };
    let made = app.store.create_group(caller.actor(), group).await?;
    Ok((StatusCode::CREATED, Json(view(&made, &all))))
}

/// One group of an organization by its name.
#[utoipa::path(get, path = "/organizations/{organization}/groups/{group_name}", tag = "people",
    params(
        ("organization" = String, Path, description = "an id or a name"),
        ("group_name" = String, Path),
    ),
    responses((status = 200, body = api::Group), (status = 404, body = api::ErrorBody)))]
pub(crate) async fn get_by_name(
    State(app): State<App>,
    caller: Caller,
    Path((organization, name)): Path<(String, String)>,
) -> Result<Json<api::Group>> {
    let all = app.store.list_organizations(caller.actor()).await?;
    let organization = organizations::find(&all, &organization)?.id;
    let found = app
        .store
        .get_group_by_name(caller.actor(), organization, &name)
        .await?;
    Ok(Json(view(&found, &all)))
}

/// One group.
#[utoipa::path(get, path = "/groups/{group}", tag = "people",
    params(("group" = Uuid, Path)),
    responses(
        (status = 200, body = api::Group),
        (status = 400, body = api::ErrorBody),
        (status = 404, body = api::ErrorBody),
    ))]
pub(crate) async fn get(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<GroupId>,
) -> Result<Json<api::Group>> {
    let found = app.store.get_group(caller.actor(), id).await?;
    let all = app.store.list_organizations(caller.actor()).await?;
    Ok(Json(view(&found, &all)))
}

/// Change a group and who belongs to it.
#[utoipa::path(patch, path = "/groups/{group}", tag = "people",
    params(("group" = Uuid, Path)),
    request_body = api::PatchGroupRequest,
    responses(
        (status = 200, body = api::Group),
        (status = 400, body = api::ErrorBody),
        (status = 403, body = api::ErrorBody),
        (status = 404, body = api::ErrorBody),
        (status = 409, body = api::ErrorBody, description = "the name is taken"),
    ))]
pub(crate) async fn update(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<GroupId>,
    extract::Json(body): extract::Json<api::PatchGroupRequest>,
) -> Result<Json<api::Group>> {
    let people = |ids: Option<Vec<Uuid>>| ids.into_iter().flatten().map(UserId).collect();
    let change = GroupChange {
        name: body.name.set().filter(|name| !name.is_empty()),
        display_name: body.display_name.set(),
        avatar_url: body.avatar_url.set(),
        quota_allowance: body.quota_allowance.set(),
        add: people(body.add_users),
        remove: people(body.remove_users),
    };
    check(&change)?;
    let changed = app.store.update_group(caller.actor(), id, change).await?;
    let all = app.store.list_organizations(caller.actor()).await?;
    Ok(Json(view(&changed, &all)))
}

/// Delete a group; its members stay.
#[utoipa::path(delete, path = "/groups/{group}", tag = "people",
    params(("group" = Uuid, Path)),
    responses(
        (status = 200, body = api::Message),
        (status = 400, body = api::ErrorBody),
        (status = 403, body = api::ErrorBody),
        (status = 404, body = api::ErrorBody),
    ))]
pub(crate) async fn delete(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<GroupId>,
) -> Result<Json<api::Message>> {
    app.store.delete_group(caller.actor(), id).await?;
    Ok(Json(api::Message::new("The group has been deleted.")))
}

fn check(change: &GroupChange) -> Result<()> {
    let long = |text: Option<&String>, chars: usize| {
        text.is_some_and(|text| text.chars().count() > chars)
            .then_some("is too long")
    };
    let name_rule = "has 1 to 64 letters, digits and inner dashes";
    let name = change.name.as_ref();
    let avatar_url = change.avatar_url.as_ref();
    let many = |people: &Vec<UserId>| {
        let many = people.len() > limits::GROUP_MEMBERS_CHANGE_MAX;
        many.then_some("names too many people at once")
    };
    users::check_fields([
        (
            "name",
            name.filter(|name| !users::is_name(name, limits::GROUP_NAME_CHARS_MAX))
                .map(|_| name_rule),
        ),
        (
            "display_name",
            long(change.display_name.as_ref(), limits::USER_NAME_CHARS_MAX),
        ),
        (
            "avatar_url",
            avatar_url.and_then(|url| users::avatar_problem(url)),
        ),
        (
            "quota_allowance",
            change
                .quota_allowance
                .filter(|allowance| *allowance < 0)
                .map(|_| "must not be negative"),
        ),
        ("add_users", many(&change.add)),
        ("remove_users", many(&change.remove)),
    ])
}

fn views(groups: &[GroupMembers], organizations: &[Organization]) -> Vec<api::Group> {
    let views = groups.iter().map(|group| view(group, organizations));
    views.collect()
}

fn view(found: &GroupMembers, organizations: &[Organization]) -> api::Group {
    let id = found.group.organization_id;
    let organization = organizations.iter().find(|one| one.id == id);
    views::people::group(found, organization)
}
