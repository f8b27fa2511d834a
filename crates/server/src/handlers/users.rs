//! People.

use axum::Json;
use axum::extract::State;
use axum::response::{AppendHeaders, IntoResponse, Response};
use http::StatusCode;
use http::header::SET_COOKIE;
use muster_api as api;
use muster_base::{OrganizationId, UserId, limits};
use muster_rbac::{Actor, Purpose, Role};
use muster_store::users::{LoginType, NewUser, User, UserFilter, UserStatus};
use serde::Deserialize;
use utoipa::IntoParams;
use uuid::Uuid;

use crate::app::App;
use crate::auth::middleware::{Caller, ClientAddress};
use crate::auth::rate_limit::Key;
use crate::auth::{cookies, password};
use crate::error::{Error, Result};
use crate::extract::{self, Path, Query};
use crate::views;

/// Whether the first user exists.
#[utoipa::path(get, path = "/users/first", tag = "people", security(()),
    responses((status = 200), (status = 404, body = api::ErrorBody)))]
pub(crate) async fn get_first(State(app): State<App>) -> Result<Response> {
    if app.store.has_first_user().await? {
        let body = serde_json::json!({"message": "The first user has been created."});
        return Ok(Json(body).into_response());
    }
    Err(Error::new(
        StatusCode::NOT_FOUND,
        "The first user has not been created yet.",
    ))
}

/// Create the first user, who becomes the owner.
#[utoipa::path(post, path = "/users/first", tag = "people", security(()),
    request_body = api::CreateFirstUserRequest,
    responses(
        (status = 201, body = api::CreateFirstUserResponse),
        (status = 400, body = api::ErrorBody),
        (status = 409, body = api::ErrorBody, description = "there is one"),
    ))]
pub(crate) async fn create_first(
    State(app): State<App>,
    address: ClientAddress,
    extract::Json(body): extract::Json<api::CreateFirstUserRequest>,
) -> Result<(StatusCode, Json<api::CreateFirstUserResponse>)> {
    app.rates
        .take(Key::Address(address.0))
        .map_err(Error::too_many)?;
    let name = body.name.unwrap_or_default();
    check_person(
        &body.email,
        &body.username,
        &name,
        Some(body.password.expose()),
    )?;
    if app.store.has_first_user().await? {
        // Without this look first everybody could make us hash passwords.
        return Err(muster_store::users::CreateError::FirstUserExists.into());
    }
    let hash = app.passwords.hash(body.password.into_secret()).await?;
    let user = NewUser {
        id: UserId::new(&app.clock),
        username: body.username,
        email: body.email,
        name,
        hashed_password: Some(hash),
        status: UserStatus::Active,
        roles: vec![Role::Owner, Role::AgentsAccess],
        login_type: LoginType::Password,
    };
    let user_id = user.id.0;
    let setup = Actor::system(Purpose::Setup);
    let organization = app.store.create_first_user(&setup, user).await?;
    let body = api::CreateFirstUserResponse {
        user_id,
        organization_id: organization.0,
    };
    Ok((StatusCode::CREATED, Json(body)))
}

/// Which people a list shows.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListQuery {
    /// `status:active|dormant|suspended` and words of the name or address.
    #[serde(default)]
    q: String,
    limit: Option<i64>,
    offset: Option<i64>,
    after_id: Option<Uuid>,
}

/// A page of people.
#[utoipa::path(get, path = "/users", tag = "people", params(ListQuery),
    responses((status = 200, body = api::UsersPage), (status = 400, body = api::ErrorBody)))]
pub(crate) async fn list(
    State(app): State<App>,
    caller: Caller,
    Query(query): Query<ListQuery>,
) -> Result<Json<api::UsersPage>> {
    let filter = filter(&query)?;
    let (users, count) = app.store.list_users(caller.actor(), filter).await?;
    let users = users
        .iter()
        .map(|(user, of)| views::people::user(user, of))
        .collect();
    Ok(Json(api::UsersPage { users, count }))
}

fn filter(query: &ListQuery) -> Result<UserFilter> {
    let mut filter = UserFilter {
        after_id: query.after_id.map(UserId),
        limit: query
            .limit
            .filter(|limit| *limit > 0)
            .unwrap_or(limits::USERS_PAGE_MAX),
        offset: query.offset.unwrap_or(0),
        ..UserFilter::default()
    };
    let mut words = Vec::new();
    for word in query.q.split_whitespace() {
        match word.split_once(':') {
            Some(("status", status)) => {
                let status = UserStatus::parse(status);
                let status = status.ok_or_else(|| Error::invalid("q", "names no status"))?;
                filter.status = Some(status);
            }
            Some(_) => return Err(Error::invalid("q", "knows status: and free words")),
            None => words.push(word),
        }
    }
    filter.search = (!words.is_empty()).then(|| words.join(" "));
    Ok(filter)
}

/// Add a person.
#[utoipa::path(post, path = "/users", tag = "people",
    request_body = api::CreateUserRequest,
    responses(
        (status = 201, body = api::User),
        (status = 400, body = api::ErrorBody),
        (status = 409, body = api::ErrorBody, description = "the name or address is taken"),
    ))]
pub(crate) async fn create(
    State(app): State<App>,
    caller: Caller,
    extract::Json(body): extract::Json<api::CreateUserRequest>,
) -> Result<(StatusCode, Json<api::User>)> {
    let user = new_user(&app, body).await?;
    let user = app.store.create_user(caller.actor(), user).await?;
    let (user, organizations) = app.store.get_user(caller.actor(), user.id).await?;
    Ok((
        StatusCode::CREATED,
        Json(views::people::user(&user, &organizations)),
    ))
}

async fn new_user(app: &App, body: api::CreateUserRequest) -> Result<NewUser> {
    let name = body.name.unwrap_or_default();
    let login_type = body.login_type.unwrap_or(api::LoginType::Password);
    let password = body.password.as_ref().map(api::SecretText::expose);
    check_person(&body.email, &body.username, &name, password)?;
    let elsewhere = [app.organization_id.0];
    if body.organization_ids.is_some_and(|ids| ids != elsewhere) {
        return Err(Error::invalid(
            "organization_ids",
            "must name the default organization",
        ));
    }
    let (login_type, hashed_password) = match (login_type, body.password) {
        (api::LoginType::Password, Some(password)) => {
            let hash = app.passwords.hash(password.into_secret()).await?;
            (LoginType::Password, Some(hash))
        }
        (api::LoginType::Password, None) => {
            return Err(Error::invalid(
                "password",
                "is required for this login type",
            ));
        }
        (api::LoginType::None, None) => (LoginType::None, None),
        (api::LoginType::None, Some(_)) => {
            return Err(Error::invalid("password", "is not used by this login type"));
        }
        (api::LoginType::Github | api::LoginType::Oidc, _) => {
            return Err(Error::invalid("login_type", "is not set up on this server"));
        }
    };
    let agents = app
        .config
        .agents_access_default
        .then_some(Role::AgentsAccess);
    Ok(NewUser {
        id: UserId::new(&app.clock),
        username: body.username,
        email: body.email,
        name,
        hashed_password,
        status: match body.user_status {
            None | Some(api::UserStatus::Active) => UserStatus::Active,
            Some(api::UserStatus::Dormant) => UserStatus::Dormant,
            Some(api::UserStatus::Suspended) => UserStatus::Suspended,
        },
        roles: agents.into_iter().collect(),
        login_type,
    })
}

/// One person: `me`, an id or a user name.
#[utoipa::path(get, path = "/users/{user}", tag = "people",
    params(("user" = String, Path, description = "`me`, an id or a user name")),
    responses((status = 200, body = api::User), (status = 404, body = api::ErrorBody)))]
pub(crate) async fn get(
    State(app): State<App>,
    caller: Caller,
    Path(name): Path<String>,
) -> Result<Response> {
    let (user, organizations) = resolve(&app, &caller, &name).await?;
    let body = Json(views::people::user(&user, &organizations));
    if user.id != caller.0.user.id {
        return Ok(body.into_response());
    }
    // A page that asks who it is also gets the CSRF cookie anew.
    let csrf = app.csrf.token(&caller.0.key.id).unwrap_or_default();
    let cookie = cookies::csrf(&csrf, app.config.is_https());
    let headers = AppendHeaders(cookie.into_iter().map(|line| (SET_COOKIE, line)));
    Ok((headers, body).into_response())
}

/// The person that a path names.
pub(crate) async fn resolve(
    app: &App,
    caller: &Caller,
    name: &str,
) -> Result<(User, Vec<OrganizationId>)> {
    if name == "me" {
        return Ok((caller.0.user.clone(), caller.0.organizations.clone()));
    }
    let id = match name.parse::<UserId>() {
        Ok(id) => id,
        Err(_) => app.store.get_user_by_name(caller.actor(), name).await?.id,
    };
    Ok(app.store.get_user(caller.actor(), id).await?)
}

/// Checks what a person enters about a person.
fn check_person(email: &str, username: &str, name: &str, password: Option<&str>) -> Result<()> {
    let mut wrong = Vec::new();
    let mut check = |field: &str, problem: Option<&str>| {
        wrong.extend(problem.map(|problem| api::Validation::new(field, problem)));
    };
    check(
        "email",
        (!is_email(email)).then_some("is not an email address"),
    );
    let username_rule = "has 1 to 32 letters, digits and inner dashes";
    check(
        "username",
        (!is_username(username)).then_some(username_rule),
    );
    let long = name.chars().count() > limits::USER_NAME_CHARS_MAX;
    check("name", long.then_some("is too long"));
    check("password", password.and_then(password::weakness));
    if wrong.is_empty() {
        return Ok(());
    }
    Err(Error::validations(wrong))
}

fn is_email(text: &str) -> bool {
    let clean = !text.contains(|letter: char| letter.is_whitespace() || letter.is_control());
    let parts = text.split_once('@');
    let full =
        parts.is_some_and(|(who, host)| !who.is_empty() && !host.is_empty() && !host.contains('@'));
    clean && full && text.len() <= limits::EMAIL_BYTES_MAX
}

fn is_username(text: &str) -> bool {
    let letters = text
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    let edges = text.starts_with('-') || text.ends_with('-');
    let reserved = text == "me" || text == "first" || text.parse::<UserId>().is_ok();
    letters && !edges && !reserved && (1..=limits::USERNAME_CHARS_MAX).contains(&text.len())
}
