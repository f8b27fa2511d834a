//! The only list of routes.
//!
//! A route without a `security(())` in its annotation needs a session; a test walks this list
//! and asks every route as nobody and as a stranger.

use axum::Router;
use axum::extract::DefaultBodyLimit;
use muster_base::limits;
use tower_http::timeout::RequestBodyTimeoutLayer;
use utoipa::OpenApi;
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouterExt};
use utoipa_axum::routes;

use crate::app::App;
use crate::error::Error;
use crate::handlers::{
    accounts, authcheck, chats, compaction, costs, debug, deployment, files, git, groups, health,
    invites, keys, login, messages, model_configs, models, offers, organization_members,
    organizations, preferences, prompt_history, prompts, providers, queue, reconcile, sharing,
    stream, terminal, titles, tool_results, usage_limits, users, watch, workspace_agents,
    workspaces,
};
use crate::{assets, openapi, stack};

/// The document's head.
#[derive(OpenApi)]
#[openapi(info(
    title = "Muster",
    description = "Routes below `/api/v2/chats` are also served below `/api/experimental/chats`."
))]
struct Document;

fn people_routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(deployment::build_info))
        .routes(routes!(deployment::health))
        .routes(routes!(deployment::config))
        .routes(routes!(users::get_first, users::create_first))
        .routes(routes!(login::login))
        .routes(routes!(login::login_link))
        .routes(routes!(login::logout))
        .routes(routes!(login::auth_methods))
        .routes(routes!(users::list, users::create))
        .routes(routes!(invites::list, invites::create))
        .routes(routes!(invites::delete))
        .routes(routes!(invites::accept))
        .routes(routes!(users::get, accounts::delete))
        .routes(routes!(organizations::list))
        .routes(routes!(organizations::get))
        .routes(routes!(organization_members::list))
        .routes(routes!(organization_members::page))
        .routes(routes!(
            organization_members::add,
            organization_members::remove
        ))
        .routes(routes!(authcheck::check))
        .merge(account_routes())
        .merge(key_routes())
        .merge(group_routes())
}

fn account_routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(accounts::update_profile))
        .routes(routes!(accounts::update_password))
        .routes(routes!(accounts::suspend))
        .routes(routes!(accounts::activate))
        .routes(routes!(accounts::list_roles))
        .routes(routes!(accounts::get_roles, accounts::update_roles))
        .routes(routes!(accounts::login_type))
        .routes(routes!(
            preferences::get_appearance,
            preferences::update_appearance
        ))
        .routes(routes!(
            preferences::get_preferences,
            preferences::update_preferences
        ))
}

fn key_routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(keys::list, keys::create))
        .routes(routes!(keys::list_tokens, keys::create_token))
        .routes(routes!(keys::token_config))
        .routes(routes!(keys::get_token))
        .routes(routes!(keys::get, keys::delete))
        .routes(routes!(keys::expire))
}

fn group_routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(groups::list))
        .routes(routes!(groups::get, groups::update, groups::delete))
        .routes(routes!(groups::list_of_organization, groups::create))
        .routes(routes!(groups::get_by_name))
}

fn workspace_routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(workspaces::list))
        .routes(routes!(workspaces::get))
        .routes(routes!(workspaces::list_builds))
        .routes(routes!(workspaces::get_build))
        .routes(routes!(workspace_agents::rpc))
        .routes(routes!(workspace_agents::manifest))
        .routes(routes!(terminal::open))
}

/// The chat routes, mounted twice.
fn chat_routes() -> OpenApiRouter<App> {
    let with_file = DefaultBodyLimit::max(limits::FILE_BYTES_MAX);
    let with_message = DefaultBodyLimit::max(limits::MESSAGE_BODY_BYTES_MAX);
    OpenApiRouter::new()
        .routes(routes!(chats::list, chats::create).layer(with_message))
        .routes(routes!(watch::follow))
        .routes(routes!(chats::by_workspace))
        .routes(routes!(chats::get, chats::update))
        .routes(routes!(chats::interrupt))
        .routes(routes!(reconcile::reconcile))
        .routes(routes!(titles::regenerate))
        .routes(routes!(sharing::get, sharing::update))
        .routes(routes!(messages::list, messages::send).layer(with_message))
        .routes(routes!(messages::edit).layer(with_message))
        .routes(routes!(prompt_history::list))
        .routes(routes!(tool_results::submit).layer(with_message))
        .routes(routes!(queue::delete))
        .routes(routes!(queue::promote))
        .routes(routes!(stream::follow))
        .routes(routes!(git::follow))
        .routes(routes!(git::diff))
        .routes(routes!(files::upload).layer(with_file))
        .routes(routes!(files::download))
        .routes(routes!(compaction::compact))
        .routes(routes!(compaction::clear))
        .routes(routes!(debug::list_runs))
        .routes(routes!(debug::get_run))
        .merge(config_routes())
        .merge(model_routes())
        .merge(usage_routes())
}

/// What people choose for their chats.
fn config_routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(prompts::get_system, prompts::put_system))
        .routes(routes!(prompts::get_user, prompts::put_user))
        .routes(routes!(debug::get_logging, debug::put_logging))
        .routes(routes!(debug::get_own_logging, debug::put_own_logging))
        .routes(routes!(debug::get_retention, debug::put_retention))
        .routes(routes!(compaction::list_thresholds))
        .routes(routes!(
            compaction::set_threshold,
            compaction::delete_threshold
        ))
}

fn model_routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(models::list))
        .routes(routes!(providers::list, providers::create))
        .routes(routes!(offers::list))
        .routes(routes!(providers::update, providers::delete))
        .routes(routes!(model_configs::list, model_configs::create))
        .routes(routes!(model_configs::update, model_configs::delete))
        .routes(routes!(model_configs::schema))
}

fn usage_routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(usage_limits::get, usage_limits::put))
        .routes(routes!(usage_limits::status))
        .routes(routes!(usage_limits::put_user, usage_limits::delete_user))
        .routes(routes!(usage_limits::put_group, usage_limits::delete_group))
        .routes(routes!(costs::of_user))
        .routes(routes!(costs::users))
        .routes(routes!(costs::of_chat))
}

/// Routes outside of the API.
fn process() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(health::live))
        .routes(routes!(health::ready))
        .routes(routes!(health::metrics))
}

fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::with_openapi(Document::openapi())
        .merge(process())
        .nest(
            "/api/v2",
            people_routes()
                .merge(workspace_routes())
                .merge(chat_routes()),
        )
}

/// The OpenAPI document.
pub(crate) fn document() -> utoipa::openapi::OpenApi {
    let mut document = routes().into_openapi();
    openapi::complete(&mut document);
    document
}

/// The whole service.
pub(crate) fn build(app: App) -> Router {
    let (documented, _) = routes().split_for_parts();
    let (again, _) = chat_routes().split_for_parts();
    let routes = documented
        .nest("/api/experimental", again)
        .fallback(assets::fallback)
        .method_not_allowed_fallback(async || {
            Error::new(
                http::StatusCode::METHOD_NOT_ALLOWED,
                "This route has no such method.",
            )
        })
        .layer(DefaultBodyLimit::max(limits::BODY_BYTES_MAX))
        .layer(RequestBodyTimeoutLayer::new(
            limits::HTTP_BODY_SILENCE_LIMIT,
        ));
    stack::wrap(routes, &app).with_state(app)
}
