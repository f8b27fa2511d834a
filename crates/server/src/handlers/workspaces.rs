//! Workspaces: what a client needs to show them.

use axum::Json;
use axum::extract::State;
use muster_api as api;
use muster_base::{BuildId, WorkspaceId, limits};
use muster_rbac::{Actor, Purpose};
use muster_store::workspace_builds::BuildAndJob;
use muster_store::workspaces::Workspace;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::app::App;
use crate::auth::middleware::Caller;
use crate::error::{Error, Result};
use crate::extract::{Path, Query};
use crate::views;

/// Which page.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct PageQuery {
    limit: Option<i64>,
    offset: Option<i64>,
}

impl PageQuery {
    fn range(&self) -> Result<(i64, i64)> {
        let limit = self.limit.filter(|limit| *limit != 0);
        let limit = limit.unwrap_or(limits::WORKSPACES_PAGE_MAX);
        let offset = self.offset.unwrap_or(0);
        if limit < 0 || offset < 0 {
            return Err(Error::invalid(
                "limit",
                "limit and offset must not be negative",
            ));
        }
        Ok((limit, offset))
    }
}

/// A page of the workspaces that the caller may see.
#[utoipa::path(get, path = "/workspaces", tag = "workspaces", params(PageQuery),
    responses((status = 200, body = api::WorkspacesPage), (status = 400, body = api::ErrorBody)))]
pub(crate) async fn list(
    State(app): State<App>,
    caller: Caller,
    Query(query): Query<PageQuery>,
) -> Result<Json<api::WorkspacesPage>> {
    let (limit, offset) = query.range()?;
    let listed = app.store.list_workspaces(caller.actor(), limit, offset);
    let (workspaces, count) = listed.await?;
    let mut shown = Vec::with_capacity(workspaces.len());
    for workspace in &workspaces {
        shown.push(show(&app, &caller, workspace).await?);
    }
    Ok(Json(api::WorkspacesPage {
        workspaces: shown,
        count,
    }))
}

/// One workspace.
#[utoipa::path(get, path = "/workspaces/{workspace}", tag = "workspaces",
    params(("workspace" = uuid::Uuid, Path)),
    responses((status = 200, body = api::Workspace), (status = 404, body = api::ErrorBody)))]
pub(crate) async fn get(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<WorkspaceId>,
) -> Result<Json<api::Workspace>> {
    let workspace = app.store.get_workspace(caller.actor(), id).await?;
    if workspace.deleted {
        return Err(Error::not_found());
    }
    show(&app, &caller, &workspace).await.map(Json)
}

async fn show(app: &App, caller: &Caller, workspace: &Workspace) -> Result<api::Workspace> {
    let template = app
        .store
        .get_template(caller.actor(), workspace.template_id)
        .await?;
    let owner = owner(app, workspace).await?;
    let latest = match app
        .store
        .get_latest_build(caller.actor(), workspace.id)
        .await
    {
        Err(muster_store::Error::NotFound { .. }) => None,
        other => Some(other?),
    };
    let mut workspace = workspace.clone();
    if let Some(latest) = &latest
        && latest.build.isolation.is_some()
    {
        // The build was read after the workspace and may know more.
        workspace.isolation.clone_from(&latest.build.isolation);
    }
    let build = match latest {
        Some(build) => Some(show_build(app, caller, &workspace, &owner, &build).await?),
        None => None,
    };
    Ok(views::workspaces::workspace(
        &workspace, &owner, &template, build,
    ))
}

/// Whoever may read a workspace may know whose it is.
async fn owner(app: &App, workspace: &Workspace) -> Result<String> {
    let authentication = Actor::system(Purpose::Authentication);
    let (owner, _) = app
        .store
        .get_user(&authentication, workspace.owner_id)
        .await?;
    Ok(owner.username)
}

async fn show_build(
    app: &App,
    caller: &Caller,
    workspace: &Workspace,
    owner: &str,
    build: &BuildAndJob,
) -> Result<api::WorkspaceBuild> {
    let listed = app.store.list_build_agents(caller.actor(), build.build.id);
    let (resources, agents) = listed.await?;
    let clock = views::workspaces::Now {
        now: app.clock.now(),
        inactive_after: app.workspaces.agent_inactive_after(),
    };
    let resources = views::workspaces::resources(&resources, &agents, clock);
    Ok(views::workspaces::build(workspace, owner, build, resources))
}

/// A page of a workspace's builds, newest first.
#[utoipa::path(get, path = "/workspaces/{workspace}/builds", tag = "workspaces",
    params(("workspace" = uuid::Uuid, Path), PageQuery),
    responses(
        (status = 200, body = Vec<api::WorkspaceBuild>),
        (status = 404, body = api::ErrorBody),
    ))]
pub(crate) async fn list_builds(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<WorkspaceId>,
    Query(query): Query<PageQuery>,
) -> Result<Json<Vec<api::WorkspaceBuild>>> {
    let (limit, offset) = query.range()?;
    let workspace = app.store.get_workspace(caller.actor(), id).await?;
    let owner = owner(&app, &workspace).await?;
    let builds = app
        .store
        .list_builds(caller.actor(), id, limit, offset)
        .await?;
    let mut shown = Vec::with_capacity(builds.len());
    for build in &builds {
        shown.push(show_build(&app, &caller, &workspace, &owner, build).await?);
    }
    Ok(Json(shown))
}

/// One build.
#[utoipa::path(get, path = "/workspacebuilds/{build}", tag = "workspaces",
    params(("build" = uuid::Uuid, Path)),
    responses((status = 200, body = api::WorkspaceBuild), (status = 404, body = api::ErrorBody)))]
pub(crate) async fn get_build(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<BuildId>,
) -> Result<Json<api::WorkspaceBuild>> {
    let (workspace, build) = app.store.get_build(caller.actor(), id).await?;
    let owner = owner(&app, &workspace).await?;
    show_build(&app, &caller, &workspace, &owner, &build)
        .await
        .map(Json)
}
