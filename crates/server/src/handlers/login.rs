//! Signing in and out.

use axum::Json;
use axum::extract::State;
use axum::response::{AppendHeaders, IntoResponse, Response};
use http::StatusCode;
use http::header::SET_COOKIE;
use muster_api as api;
use muster_base::{UserId, limits};
use muster_rbac::{Actor, Purpose, Role};
use muster_store::api_keys::NewApiKey;
use muster_store::login_links::Redeem;
use muster_store::users::{LoginType, NewUser, User, UserStatus};

use crate::app::App;
use crate::auth::cookies;
use crate::auth::middleware::{Caller, ClientAddress};
use crate::auth::password::Verdict;
use crate::auth::rate_limit::Key;
use crate::auth::token::{self, Token};
use crate::error::{Error, Result};
use crate::extract;

/// Sign in by email address and password.
#[utoipa::path(post, path = "/users/login", tag = "people", security(()),
    request_body = api::LoginRequest,
    responses(
        (status = 201, body = api::LoginResponse),
        (status = 401, body = api::ErrorBody, description = "wrong, whatever was wrong"),
        (status = 403, body = api::ErrorBody, description = "this account signs in another way"),
        (status = 429, body = api::ErrorBody),
    ))]
pub(crate) async fn login(
    State(app): State<App>,
    address: ClientAddress,
    extract::Json(body): extract::Json<api::LoginRequest>,
) -> Result<Response> {
    app.rates
        .take(Key::Login(address.0))
        .map_err(Error::too_many)?;
    // What is nobody's address is not counted either: the counters are kept in memory.
    if body.email.len() > limits::EMAIL_BYTES_MAX {
        return Err(wrong());
    }
    app.logins.attempt(&body.email).map_err(Error::too_many)?;
    let user = check_password(&app, &body).await?;
    app.logins.forget(&body.email);
    let token = Token::generate()?;
    let key = session_key(&app, &token, user.id, "password", address);
    let authentication = Actor::system(Purpose::Authentication);
    app.store.open_session(&authentication, key).await?;
    signed_in(&app, &token)
}

/// One answer for every reason not to let somebody in.
fn wrong() -> Error {
    Error::new(
        StatusCode::UNAUTHORIZED,
        "Incorrect email address or password.",
    )
}

async fn check_password(app: &App, body: &api::LoginRequest) -> Result<User> {
    let authentication = Actor::system(Purpose::Authentication);
    let found = app.store.find_login(&authentication, &body.email).await;
    let found = found.map_err(Error::authentication_failed)?;
    let stored = found.as_ref().and_then(|user| user.hashed_password.clone());
    let password = body.password.clone().into_secret();
    // Always hash something: how long the answer takes must not tell who exists.
    let verdict = app.passwords.verify(password, stored).await?;
    let Some(user) = found.filter(|user| user.status != UserStatus::Suspended) else {
        return Err(wrong());
    };
    let method = match user.login_type {
        LoginType::Password => None,
        LoginType::Github => Some("GitHub"),
        LoginType::Oidc => Some("single sign-on"),
        LoginType::None => Some("a login link"),
    };
    if let Some(method) = method {
        return Err(Error::forbidden(format!(
            "This account signs in by {method}."
        )));
    }
    match verdict {
        Verdict::Wrong => return Err(wrong()),
        Verdict::Right => {}
        Verdict::Rehash(hash) => {
            let stored = app
                .store
                .rehash_password(&authentication, user.id, hash)
                .await;
            if let Err(error) = stored {
                tracing::warn!(error = %error, user.id = %user.id, "password can't be rehashed");
            }
        }
    }
    Ok(user)
}

pub(crate) fn session_key(
    app: &App,
    token: &Token,
    user_id: UserId,
    login_type: &'static str,
    address: ClientAddress,
) -> NewApiKey {
    NewApiKey {
        id: token.id().to_owned(),
        hashed_secret: token.hashed_secret(),
        user_id,
        login_type,
        scopes: vec!["all".to_owned()],
        token_name: None,
        lifetime: app.config.session_life,
        ip: address.0.to_string(),
    }
}

pub(crate) fn signed_in(app: &App, token: &Token) -> Result<Response> {
    let csrf = app.csrf.token(token.id()).unwrap_or_default();
    let cookies = cookies::open(&token.reveal(), &csrf, app.config.is_https());
    let headers = AppendHeaders(cookies.into_iter().map(|line| (SET_COOKIE, line)));
    let body = api::LoginResponse {
        session_token: token.reveal(),
    };
    Ok((StatusCode::CREATED, headers, Json(body)).into_response())
}

/// Sign in by a one-time link; the first one creates the owner.
#[utoipa::path(post, path = "/users/login-link", tag = "people", security(()),
    request_body = api::LoginLinkRequest,
    responses(
        (status = 201, body = api::LoginResponse),
        (status = 401, body = api::ErrorBody, description = "unknown, used or expired"),
        (status = 429, body = api::ErrorBody),
    ))]
pub(crate) async fn login_link(
    State(app): State<App>,
    address: ClientAddress,
    extract::Json(body): extract::Json<api::LoginLinkRequest>,
) -> Result<Response> {
    app.rates
        .take(Key::Login(address.0))
        .map_err(Error::too_many)?;
    let token = Token::generate()?;
    let owner = NewUser {
        id: UserId::new(&app.clock),
        username: "admin".to_owned(),
        email: "admin@localhost".to_owned(),
        name: String::new(),
        hashed_password: None,
        status: UserStatus::Active,
        roles: vec![Role::Owner, Role::AgentsAccess],
        login_type: LoginType::None,
    };
    let redeem = Redeem {
        secret_hash: token::hash(body.secret.expose()),
        session: session_key(&app, &token, owner.id, "link", address),
        first_owner: owner,
    };
    let setup = Actor::system(Purpose::Setup);
    app.store.redeem_login_link(&setup, redeem).await?;
    signed_in(&app, &token)
}

/// End this session.
#[utoipa::path(post, path = "/users/logout", tag = "people",
    responses((status = 200), (status = 401, body = api::ErrorBody)))]
pub(crate) async fn logout(State(app): State<App>, caller: Caller) -> Result<Response> {
    // A key may always end itself, whatever its scopes.
    let authentication = Actor::system(Purpose::Authentication);
    app.store
        .delete_api_key(&authentication, &caller.0.key.id)
        .await?;
    let cookies = cookies::clear(app.config.is_https());
    let headers = AppendHeaders(cookies.into_iter().map(|line| (SET_COOKIE, line)));
    Ok((headers, Json(serde_json::json!({"message": "Signed out."}))).into_response())
}

/// The ways to sign in.
#[utoipa::path(get, path = "/users/authmethods", tag = "people", security(()),
    responses((status = 200, body = api::AuthMethods)))]
pub(crate) async fn auth_methods() -> Json<api::AuthMethods> {
    let method = |enabled| api::AuthMethod { enabled };
    Json(api::AuthMethods {
        password: method(true),
        github: method(false),
        oidc: method(false),
    })
}

/// Makes the link that signs in, or creates, the first owner.
pub(crate) async fn owner_link(app: &App) -> Result<muster_base::Secret> {
    let secret = token::link_secret()?;
    let setup = Actor::system(Purpose::Setup);
    let hash = token::hash(secret.expose());
    app.store
        .create_login_link(&setup, None, hash, limits::LOGIN_LINK_LIFE)
        .await?;
    Ok(secret)
}
