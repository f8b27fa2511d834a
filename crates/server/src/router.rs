//! The only list of routes.
//!
//! A route without a `security(())` in its annotation needs a session; a test walks this list
//! and asks every route as nobody and as a stranger.

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::get;
use muster_base::limits;
use utoipa::OpenApi;
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouterExt};
use utoipa_axum::routes;

use crate::app::App;
use crate::error::Error;
use crate::handlers::{
    deployment, health, keys, login, model_configs, models, organizations, providers, users,
};
use crate::{assets, stack};

/// The document's head.
#[derive(OpenApi)]
#[openapi(info(
    title = "Muster",
    description = "Routes below `/api/v2/chats` are also served below `/api/experimental/chats`."
))]
struct Document;

/// The routes of `/api/v2`, the chat routes left out.
fn people() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(deployment::build_info))
        .routes(routes!(users::get_first, users::create_first))
        .routes(routes!(login::login))
        .routes(routes!(login::login_link))
        .routes(routes!(login::logout))
        .routes(routes!(login::auth_methods))
        .routes(routes!(users::list, users::create))
        .routes(routes!(users::get))
        .routes(routes!(keys::list_tokens, keys::create_token))
        .routes(routes!(keys::get, keys::delete))
        .routes(routes!(organizations::list))
}

/// The chat routes, mounted twice.
fn chats() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(models::list))
        .routes(routes!(providers::list, providers::create))
        .routes(routes!(providers::update, providers::delete))
        .routes(routes!(model_configs::list, model_configs::create))
        .routes(routes!(model_configs::update, model_configs::delete))
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
        .nest("/api/v2", people().merge(chats()))
}

/// The OpenAPI document.
pub(crate) fn document() -> utoipa::openapi::OpenApi {
    routes().into_openapi()
}

/// The whole service.
pub(crate) fn build(app: App) -> Router {
    let (documented, _) = routes().split_for_parts();
    let (again, _) = chats().split_for_parts();
    let routes = documented
        .nest("/api/experimental", again)
        .route("/", get(assets::page))
        .route("/login", get(assets::page))
        .route("/assets/{name}", get(assets::asset))
        .fallback(async || Error::not_found())
        .method_not_allowed_fallback(async || {
            Error::new(http::StatusCode::METHOD_NOT_ALLOWED, "This route has no such method.")
        })
        .layer(DefaultBodyLimit::max(limits::BODY_BYTES_MAX));
    stack::wrap(routes, &app).with_state(app)
}
