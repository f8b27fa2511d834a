//! API tokens.

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use muster_api as api;
use muster_base::{UserId, limits};
use muster_rbac::Scope;
use muster_store::api_keys::NewApiKey;
use muster_store::{self as store};

use crate::app::App;
use crate::auth::middleware::{Caller, ClientAddress};
use crate::auth::token::Token;
use crate::error::{Error, Result};
use crate::extract::{self, Path};
use crate::handlers::users;
use crate::views;

/// The tokens of a person.
#[utoipa::path(get, path = "/users/{user}/keys/tokens", tag = "people",
    params(("user" = String, Path, description = "`me`, an id or a user name")),
    responses((status = 200, body = Vec<api::ApiKey>), (status = 404, body = api::ErrorBody)))]
pub(crate) async fn list_tokens(
    State(app): State<App>,
    caller: Caller,
    Path(user): Path<String>,
) -> Result<Json<Vec<api::ApiKey>>> {
    let (user, _) = users::resolve(&app, &caller, &user).await?;
    let keys = app.store.list_api_keys(caller.actor(), user.id).await?;
    let tokens = keys.iter().filter(|key| key.token_name.is_some());
    let shown = tokens.map(|key| views::people::api_key(key, &caller.0.key));
    Ok(Json(shown.collect()))
}

/// A token of a person by its name.
#[utoipa::path(get, path = "/users/{user}/keys/tokens/{token_name}", tag = "people",
    params(
        ("user" = String, Path, description = "`me`, an id or a user name"),
        ("token_name" = String, Path),
    ),
    responses((status = 200, body = api::ApiKey), (status = 404, body = api::ErrorBody)))]
pub(crate) async fn get_token(
    State(app): State<App>,
    caller: Caller,
    Path((user, name)): Path<(String, String)>,
) -> Result<Json<api::ApiKey>> {
    let (user, _) = users::resolve(&app, &caller, &user).await?;
    let keys = app.store.list_api_keys(caller.actor(), user.id).await?;
    let found = keys
        .iter()
        .find(|key| key.token_name.as_ref() == Some(&name));
    found
        .map(|key| Json(views::people::api_key(key, &caller.0.key)))
        .ok_or_else(Error::not_found)
}

/// What the server allows for tokens.
#[utoipa::path(get, path = "/users/{user}/keys/tokens/tokenconfig", tag = "people",
    params(("user" = String, Path, description = "`me`, an id or a user name")),
    responses((status = 200, body = api::TokenConfig), (status = 404, body = api::ErrorBody)))]
pub(crate) async fn token_config(
    State(app): State<App>,
    caller: Caller,
    Path(user): Path<String>,
) -> Result<Json<api::TokenConfig>> {
    users::resolve(&app, &caller, &user).await?;
    let max = i64::try_from(limits::TOKEN_LIFE_MAX.as_nanos());
    Ok(Json(api::TokenConfig {
        max_token_lifetime: max.unwrap_or(i64::MAX),
    }))
}

/// The sessions and tokens of a person.
#[utoipa::path(get, path = "/users/{user}/keys", tag = "people",
    params(("user" = String, Path, description = "`me`, an id or a user name")),
    responses(
        (status = 200, body = Vec<api::ApiKey>),
        (status = 403, body = api::ErrorBody),
        (status = 404, body = api::ErrorBody),
    ))]
pub(crate) async fn list(
    State(app): State<App>,
    caller: Caller,
    Path(user): Path<String>,
) -> Result<Json<Vec<api::ApiKey>>> {
    let (user, _) = users::resolve(&app, &caller, &user).await?;
    let keys = app.store.list_api_keys(caller.actor(), user.id).await?;
    let shown = keys.iter();
    let shown = shown.map(|key| views::people::api_key(key, &caller.0.key));
    Ok(Json(shown.collect()))
}

/// Open a session for a client that is no browser. Its token is shown once.
#[utoipa::path(post, path = "/users/{user}/keys", tag = "people",
    params(("user" = String, Path, description = "`me`, an id or a user name")),
    responses(
        (status = 201, body = api::CreateTokenResponse),
        (status = 403, body = api::ErrorBody),
        (status = 404, body = api::ErrorBody),
    ))]
pub(crate) async fn create(
    State(app): State<App>,
    caller: Caller,
    address: ClientAddress,
    Path(user): Path<String>,
) -> Result<(StatusCode, Json<api::CreateTokenResponse>)> {
    let (user, _) = users::resolve(&app, &caller, &user).await?;
    check_scope(&caller, "all")?;
    let token = Token::generate()?;
    let key = NewApiKey {
        id: token.id().to_owned(),
        hashed_secret: token.hashed_secret(),
        user_id: user.id,
        login_type: user.login_type.as_str(),
        scopes: vec!["all".to_owned()],
        token_name: None,
        lifetime: app.config.session_life,
        ip: address.0.to_string(),
    };
    app.store.create_api_key(caller.actor(), key).await?;
    let key = token.reveal();
    Ok((StatusCode::CREATED, Json(api::CreateTokenResponse { key })))
}

/// Make a token. It is shown once.
#[utoipa::path(post, path = "/users/{user}/keys/tokens", tag = "people",
    params(("user" = String, Path, description = "`me`, an id or a user name")),
    request_body = api::CreateTokenRequest,
    responses(
        (status = 201, body = api::CreateTokenResponse),
        (status = 400, body = api::ErrorBody),
        (status = 409, body = api::ErrorBody, description = "a token of this name exists"),
    ))]
pub(crate) async fn create_token(
    State(app): State<App>,
    caller: Caller,
    address: ClientAddress,
    Path(user): Path<String>,
    extract::Json(body): extract::Json<api::CreateTokenRequest>,
) -> Result<(StatusCode, Json<api::CreateTokenResponse>)> {
    let (user, _) = users::resolve(&app, &caller, &user).await?;
    let token = Token::generate()?;
    let key = token_key(&caller, &token, user.id, body, address)?;
    match app.store.create_api_key(caller.actor(), key).await {
        Err(store::Error::Unique { .. }) => {
            Err(Error::conflict("A token of this name exists.").field("token_name", "is taken"))
        }
        other => {
            other?;
            let key = token.reveal();
            Ok((StatusCode::CREATED, Json(api::CreateTokenResponse { key })))
        }
    }
}

fn token_key(
    caller: &Caller,
    token: &Token,
    user_id: UserId,
    body: api::CreateTokenRequest,
    address: ClientAddress,
) -> Result<NewApiKey> {
    let name = body.token_name.unwrap_or_else(|| token.id().to_owned());
    if name.trim().is_empty() || name.chars().count() > limits::TOKEN_NAME_CHARS_MAX {
        return Err(Error::invalid("token_name", "has 1 to 64 characters"));
    }
    let scope = body.scope.unwrap_or_else(|| "all".to_owned());
    let known: Option<Scope> = scope.parse().ok();
    if known.is_none() {
        return Err(Error::invalid("scope", "names no scope"));
    }
    check_scope(caller, &scope)?;
    Ok(NewApiKey {
        id: token.id().to_owned(),
        hashed_secret: token.hashed_secret(),
        user_id,
        login_type: "token",
        scopes: vec![scope],
        token_name: Some(name),
        lifetime: lifetime(body.lifetime.unwrap_or(0))?,
        ip: address.0.to_string(),
    })
}

/// A key can't make itself a stronger one.
fn check_scope(caller: &Caller, wanted: &str) -> Result<()> {
    let own = &caller.0.key.scopes;
    if own.iter().any(|held| held == "all" || held == wanted) {
        return Ok(());
    }
    Err(Error::forbidden(
        "This key may not make a key with that scope.",
    ))
}

/// Nanoseconds, because existing clients send them.
fn lifetime(nanos: i64) -> Result<Duration> {
    let life = match u64::try_from(nanos) {
        Ok(0) => limits::TOKEN_LIFE_DEFAULT,
        Ok(nanos) => Duration::from_nanos(nanos),
        Err(_) => return Err(Error::invalid("lifetime", "must not be negative")),
    };
    if life < Duration::from_secs(1) || life > limits::TOKEN_LIFE_MAX {
        return Err(Error::invalid("lifetime", "is outside of what is allowed"));
    }
    Ok(life)
}

/// One key of a person.
#[utoipa::path(get, path = "/users/{user}/keys/{key_id}", tag = "people",
    params(
        ("user" = String, Path, description = "`me`, an id or a user name"),
        ("key_id" = String, Path, description = "the first half of the token"),
    ),
    responses((status = 200, body = api::ApiKey), (status = 404, body = api::ErrorBody)))]
pub(crate) async fn get(
    State(app): State<App>,
    caller: Caller,
    Path((user, key)): Path<(String, String)>,
) -> Result<Json<api::ApiKey>> {
    let (user, _) = users::resolve(&app, &caller, &user).await?;
    let keys = app.store.list_api_keys(caller.actor(), user.id).await?;
    let found = keys.iter().find(|one| one.id == key);
    found
        .map(|key| Json(views::people::api_key(key, &caller.0.key)))
        .ok_or_else(Error::not_found)
}

/// Delete a key of a person; its bearer is signed out.
#[utoipa::path(delete, path = "/users/{user}/keys/{key_id}", tag = "people",
    params(
        ("user" = String, Path, description = "`me`, an id or a user name"),
        ("key_id" = String, Path, description = "the first half of the token"),
    ),
    responses((status = 204), (status = 404, body = api::ErrorBody)))]
pub(crate) async fn delete(
    State(app): State<App>,
    caller: Caller,
    Path((user, key)): Path<(String, String)>,
) -> Result<StatusCode> {
    let (user, _) = users::resolve(&app, &caller, &user).await?;
    let keys = app.store.list_api_keys(caller.actor(), user.id).await?;
    if !keys.iter().any(|one| one.id == key) {
        return Err(Error::not_found());
    }
    app.store.delete_api_key(caller.actor(), &key).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// End a key of a person now; it stays in the list.
#[utoipa::path(put, path = "/users/{user}/keys/{key_id}/expire", tag = "people",
    params(
        ("user" = String, Path, description = "`me`, an id or a user name"),
        ("key_id" = String, Path, description = "the first half of the token"),
    ),
    responses(
        (status = 204),
        (status = 403, body = api::ErrorBody),
        (status = 404, body = api::ErrorBody),
    ))]
pub(crate) async fn expire(
    State(app): State<App>,
    caller: Caller,
    Path((user, key)): Path<(String, String)>,
) -> Result<StatusCode> {
    let (user, _) = users::resolve(&app, &caller, &user).await?;
    let keys = app.store.list_api_keys(caller.actor(), user.id).await?;
    if !keys.iter().any(|one| one.id == key) {
        return Err(Error::not_found());
    }
    app.store.expire_api_key(caller.actor(), &key).await?;
    Ok(StatusCode::NO_CONTENT)
}
