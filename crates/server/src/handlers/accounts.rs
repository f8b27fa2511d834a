//! What happens to people after they were created.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use muster_api as api;
use muster_base::{Secret, limits};
use muster_rbac::{Action, Role, authorize_role};
use muster_store::users::{ChangeError, Sessions, UserStatus};

use crate::app::App;
use crate::auth::middleware::Caller;
use crate::auth::password::{self, Verdict};
use crate::auth::rate_limit::Key;
use crate::error::{Error, Result};
use crate::extract::{self, Path};
use crate::handlers::invites::parse_roles;
use crate::handlers::users;
use crate::views;

/// Delete a person. What they have made stays.
#[utoipa::path(delete, path = "/users/{user}", tag = "people",
    params(("user" = String, Path, description = "an id or a user name")),
    responses(
        (status = 200, body = api::Message),
        (status = 400, body = api::ErrorBody, description = "oneself, or the last owner"),
        (status = 403, body = api::ErrorBody),
        (status = 404, body = api::ErrorBody),
        (status = 417, body = api::ErrorBody, description = "they own workspaces"),
    ))]
pub(crate) async fn delete(
    State(app): State<App>,
    caller: Caller,
    Path(user): Path<String>,
) -> Result<Json<api::Message>> {
    let (user, _) = users::resolve(&app, &caller, &user).await?;
    app.store.delete_user(caller.actor(), user.id).await?;
    Ok(Json(api::Message::new("The user has been deleted.")))
}

/// Change how a person is called.
#[utoipa::path(put, path = "/users/{user}/profile", tag = "people",
    params(("user" = String, Path, description = "`me`, an id or a user name")),
    request_body = api::UpdateProfileRequest,
    responses(
        (status = 200, body = api::User),
        (status = 400, body = api::ErrorBody),
        (status = 403, body = api::ErrorBody),
        (status = 404, body = api::ErrorBody),
        (status = 409, body = api::ErrorBody, description = "the name is taken"),
    ))]
pub(crate) async fn update_profile(
    State(app): State<App>,
    caller: Caller,
    Path(user): Path<String>,
    extract::Json(body): extract::Json<api::UpdateProfileRequest>,
) -> Result<Json<api::User>> {
    let (user, _) = users::resolve(&app, &caller, &user).await?;
    let name = body.name.unwrap_or_default();
    users::check_profile(&body.username, &name)?;
    let changed = app
        .store
        .set_user_profile(caller.actor(), user.id, body.username, name);
    let (user, organizations) = changed.await?;
    Ok(Json(views::people::user(&user, &organizations)))
}

/// Change a password. Every other session of that person ends.
#[utoipa::path(put, path = "/users/{user}/password", tag = "people",
    params(("user" = String, Path, description = "`me`, an id or a user name")),
    request_body = api::UpdatePasswordRequest,
    responses(
        (status = 204),
        (status = 400, body = api::ErrorBody),
        (status = 403, body = api::ErrorBody),
        (status = 404, body = api::ErrorBody),
        (status = 429, body = api::ErrorBody),
    ))]
pub(crate) async fn update_password(
    State(app): State<App>,
    caller: Caller,
    Path(user): Path<String>,
    extract::Json(body): extract::Json<api::UpdatePasswordRequest>,
) -> Result<StatusCode> {
    let (user, _) = users::resolve(&app, &caller, &user).await?;
    let actor = caller.actor();
    let user = app.store.check_password_change(actor, user.id).await?;
    users::check_fields([("password", password::weakness(body.password.expose()))])?;
    let taken = app.rates.take(Key::Password(caller.0.user.id));
    taken.map_err(Error::too_many)?;
    let which = if user.id == caller.0.user.id {
        let old = body.old_password.map(api::SecretText::into_secret);
        check_old(&app, old, user.hashed_password).await?;
        Sessions::AllBut(caller.0.key.id.clone())
    } else {
        Sessions::All
    };
    let hash = app.passwords.hash(body.password.into_secret()).await?;
    app.store.set_password(actor, user.id, hash, which).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn check_old(app: &App, old: Option<Secret>, stored: Option<Secret>) -> Result<()> {
    let old = old.ok_or_else(|| Error::invalid("old_password", "is required"))?;
    if old.expose().len() > limits::PASSWORD_BYTES_MAX {
        return Err(Error::invalid("old_password", "is not the password"));
    }
    match app.passwords.verify(old, stored).await? {
        Verdict::Right | Verdict::Rehash(_) => Ok(()),
        Verdict::Wrong => Err(Error::invalid("old_password", "is not the password")),
    }
}

/// Keep a person out: their sessions end at once, their tokens sleep.
#[utoipa::path(put, path = "/users/{user}/status/suspend", tag = "people",
    params(("user" = String, Path, description = "an id or a user name")),
    responses(
        (status = 200, body = api::User),
        (status = 400, body = api::ErrorBody, description = "oneself, or the last owner"),
        (status = 403, body = api::ErrorBody),
        (status = 404, body = api::ErrorBody),
    ))]
pub(crate) async fn suspend(
    app: State<App>,
    caller: Caller,
    user: Path<String>,
) -> Result<Json<api::User>> {
    set_status(&app, &caller, &user.0, UserStatus::Suspended).await
}

/// Let a person in again.
#[utoipa::path(put, path = "/users/{user}/status/activate", tag = "people",
    params(("user" = String, Path, description = "an id or a user name")),
    responses(
        (status = 200, body = api::User),
        (status = 400, body = api::ErrorBody, description = "oneself"),
        (status = 403, body = api::ErrorBody),
        (status = 404, body = api::ErrorBody),
    ))]
pub(crate) async fn activate(
    app: State<App>,
    caller: Caller,
    user: Path<String>,
) -> Result<Json<api::User>> {
    set_status(&app, &caller, &user.0, UserStatus::Active).await
}

async fn set_status(
    app: &App,
    caller: &Caller,
    name: &str,
    status: UserStatus,
) -> Result<Json<api::User>> {
    let (user, _) = users::resolve(app, caller, name).await?;
    let changed = app.store.set_user_status(caller.actor(), user.id, status);
    let (user, organizations) = changed.await?;
    Ok(Json(views::people::user(&user, &organizations)))
}

/// The roles that people can be given.
#[utoipa::path(get, path = "/users/roles", tag = "people",
    responses((status = 200, body = Vec<api::AssignableRole>)))]
pub(crate) async fn list_roles(caller: Caller) -> Json<Vec<api::AssignableRole>> {
    let roles = Role::ASSIGNABLE.iter().map(|role| api::AssignableRole {
        name: role.to_string(),
        display_name: role.display_name().to_owned(),
        assignable: authorize_role(caller.actor(), Action::Assign, *role).is_ok(),
        built_in: true,
    });
    Json(roles.collect())
}

/// The roles of a person.
#[utoipa::path(get, path = "/users/{user}/roles", tag = "people",
    params(("user" = String, Path, description = "`me`, an id or a user name")),
    responses((status = 200, body = api::UserRoles), (status = 404, body = api::ErrorBody)))]
pub(crate) async fn get_roles(
    State(app): State<App>,
    caller: Caller,
    Path(user): Path<String>,
) -> Result<Json<api::UserRoles>> {
    let (user, organizations) = users::resolve(&app, &caller, &user).await?;
    let none = organizations.iter().map(|id| (id.0, Vec::new()));
    Ok(Json(api::UserRoles {
        roles: user.roles.iter().map(ToString::to_string).collect(),
        organization_roles: none.collect::<BTreeMap<_, _>>(),
    }))
}

/// Give a person exactly these roles.
#[utoipa::path(put, path = "/users/{user}/roles", tag = "people",
    params(("user" = String, Path, description = "an id or a user name")),
    request_body = api::UpdateRolesRequest,
    responses(
        (status = 200, body = api::User),
        (status = 400, body = api::ErrorBody, description = "oneself, or the last owner"),
        (status = 403, body = api::ErrorBody),
        (status = 404, body = api::ErrorBody),
    ))]
pub(crate) async fn update_roles(
    State(app): State<App>,
    caller: Caller,
    Path(user): Path<String>,
    extract::Json(body): extract::Json<api::UpdateRolesRequest>,
) -> Result<Json<api::User>> {
    let (user, _) = users::resolve(&app, &caller, &user).await?;
    let roles = parse_roles(&body.roles)?;
    let changed = app.store.set_user_roles(caller.actor(), user.id, roles);
    let (user, organizations) = changed.await?;
    Ok(Json(views::people::user(&user, &organizations)))
}

/// How a person signs in. Only they ask.
#[utoipa::path(get, path = "/users/{user}/login-type", tag = "people",
    params(("user" = String, Path, description = "`me`, an id or a user name")),
    responses(
        (status = 200, body = api::UserLoginType),
        (status = 403, body = api::ErrorBody),
        (status = 404, body = api::ErrorBody),
    ))]
pub(crate) async fn login_type(
    State(app): State<App>,
    caller: Caller,
    Path(user): Path<String>,
) -> Result<Json<api::UserLoginType>> {
    let (user, organizations) = users::resolve(&app, &caller, &user).await?;
    if user.id != caller.0.user.id {
        return Err(Error::forbidden("Only the user may ask for this."));
    }
    let login_type = views::people::user(&user, &organizations).login_type;
    Ok(Json(api::UserLoginType { login_type }))
}

impl From<ChangeError> for Error {
    fn from(error: ChangeError) -> Self {
        match error {
            ChangeError::Oneself => Self::bad_request("You can't do this to yourself."),
            ChangeError::LastOwner => {
                Self::bad_request("This is the last owner. Make somebody else an owner first.")
            }
            ChangeError::OwnsWorkspaces => Self::new(
                StatusCode::EXPECTATION_FAILED,
                "This user still owns workspaces. Delete them first.",
            ),
            ChangeError::NoPassword => {
                Self::bad_request("This user does not sign in with a password.")
            }
            ChangeError::UsernameTaken => {
                Self::conflict("A user with this name exists.").field("username", "is taken")
            }
            ChangeError::Store(error) => error.into(),
        }
    }
}
