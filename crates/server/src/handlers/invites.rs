//! Invitations.

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use muster_api as api;
use muster_base::{InviteId, UserId};
use muster_rbac::{Actor, Purpose, Role};
use muster_store::invites::{Accept, InviteError};
use muster_store::users::{LoginType, NewUser, UserStatus};

use crate::app::App;
use crate::auth::middleware::{Caller, ClientAddress};
use crate::auth::rate_limit::Key;
use crate::auth::token::{self, Token};
use crate::error::{Error, Result};
use crate::extract::{self, Path};
use crate::handlers::login::{session_key, signed_in};
use crate::handlers::users::{check_person, default_roles};
use crate::views;

/// The invitations that nobody has used yet.
#[utoipa::path(get, path = "/users/invites", tag = "people",
    responses((status = 200, body = Vec<api::Invite>), (status = 403, body = api::ErrorBody)))]
pub(crate) async fn list(State(app): State<App>, caller: Caller) -> Result<Json<Vec<api::Invite>>> {
    let invites = app.store.list_invites(caller.actor()).await?;
    Ok(Json(invites.iter().map(views::people::invite).collect()))
}

/// Invite somebody by a one-time link that lives for seven days.
#[utoipa::path(post, path = "/users/invites", tag = "people",
    request_body = api::CreateInviteRequest,
    responses(
        (status = 201, body = api::CreateInviteResponse),
        (status = 400, body = api::ErrorBody),
        (status = 403, body = api::ErrorBody),
        (status = 409, body = api::ErrorBody, description = "too many are open"),
    ))]
pub(crate) async fn create(
    State(app): State<App>,
    caller: Caller,
    extract::Json(body): extract::Json<api::CreateInviteRequest>,
) -> Result<(StatusCode, Json<api::CreateInviteResponse>)> {
    let roles = match body.roles {
        Some(names) => parse_roles(&names)?,
        None => default_roles(&app),
    };
    let secret = token::link_secret()?;
    let hash = token::hash(secret.expose());
    let invite = app.store.create_invite(caller.actor(), roles, hash).await?;
    let body = api::CreateInviteResponse {
        invite: views::people::invite(&invite),
        secret: secret.expose().to_owned(),
    };
    Ok((StatusCode::CREATED, Json(body)))
}

/// The roles that a request names, each once and in the order of the policy.
pub(crate) fn parse_roles(names: &[String]) -> Result<Vec<Role>> {
    let roles: Result<Vec<Role>, _> = names.iter().map(|name| name.parse()).collect();
    let roles = roles.map_err(|_unknown| Error::invalid("roles", "names no role"))?;
    let known = Role::ASSIGNABLE.iter().copied();
    Ok(known.filter(|role| roles.contains(role)).collect())
}

/// Withdraw an invitation.
#[utoipa::path(delete, path = "/users/invites/{invite}", tag = "people",
    params(("invite" = uuid::Uuid, Path)),
    responses(
        (status = 204),
        (status = 403, body = api::ErrorBody),
        (status = 404, body = api::ErrorBody),
    ))]
pub(crate) async fn delete(
    State(app): State<App>,
    caller: Caller,
    Path(invite): Path<InviteId>,
) -> Result<StatusCode> {
    app.store.delete_invite(caller.actor(), invite).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Follow an invitation: make an account and sign in.
#[utoipa::path(post, path = "/users/invites/accept", tag = "people", security(()),
    request_body = api::AcceptInviteRequest,
    responses(
        (status = 201, body = api::LoginResponse),
        (status = 400, body = api::ErrorBody),
        (status = 401, body = api::ErrorBody, description = "unknown, used, withdrawn or expired"),
        (status = 409, body = api::ErrorBody, description = "the name or address is taken"),
        (status = 429, body = api::ErrorBody),
    ))]
pub(crate) async fn accept(
    State(app): State<App>,
    address: ClientAddress,
    extract::Json(body): extract::Json<api::AcceptInviteRequest>,
) -> Result<Response> {
    app.rates
        .take(Key::Login(address.0))
        .map_err(Error::too_many)?;
    let secret_hash = token::hash(body.secret.expose());
    let token = Token::generate()?;
    let user = new_user(&app, body).await?;
    let accept = Accept {
        secret_hash,
        session: session_key(&app, &token, user.id, "password", address),
        user,
    };
    let setup = Actor::system(Purpose::Setup);
    app.store.accept_invite(&setup, accept).await?;
    signed_in(&app, &token)
}

async fn new_user(app: &App, body: api::AcceptInviteRequest) -> Result<NewUser> {
    let name = body.name.unwrap_or_default();
    let password = Some(body.password.expose());
    check_person(&body.email, &body.username, &name, password)?;
    let hash = app.passwords.hash(body.password.into_secret()).await?;
    Ok(NewUser {
        id: UserId::new(&app.clock),
        username: body.username,
        email: body.email,
        name,
        hashed_password: Some(hash),
        status: UserStatus::Active,
        roles: Vec::new(),
        login_type: LoginType::Password,
    })
}

impl From<InviteError> for Error {
    fn from(error: InviteError) -> Self {
        match error {
            InviteError::Invalid => Self::new(
                StatusCode::UNAUTHORIZED,
                "This invitation is not valid any more. Ask for a new one.",
            ),
            InviteError::TooMany => {
                Self::conflict("Too many invitations are open. Withdraw one first.")
            }
            InviteError::Create(error) => error.into(),
            InviteError::Store(error) => error.into(),
        }
    }
}
