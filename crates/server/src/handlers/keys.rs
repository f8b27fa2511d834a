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
    Ok(Json(tokens.map(views::people::api_key).collect()))
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
    // A key can't make itself a stronger one.
    let own = &caller.0.key.scopes;
    if !own.iter().any(|held| held == "all" || *held == scope) {
        return Err(Error::forbidden(
            "This key may not make a key with that scope.",
        ));
    }
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
#[utoipa::path(get, path = "/users/{user}/keys/{key}", tag = "people",
    params(
        ("user" = String, Path, description = "`me`, an id or a user name"),
        ("key" = String, Path, description = "the first half of the token"),
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
        .map(|key| Json(views::people::api_key(key)))
        .ok_or_else(Error::not_found)
}

/// Delete a key of a person; its bearer is signed out.
#[utoipa::path(delete, path = "/users/{user}/keys/{key}", tag = "people",
    params(
        ("user" = String, Path, description = "`me`, an id or a user name"),
        ("key" = String, Path, description = "the first half of the token"),
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
