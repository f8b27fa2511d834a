//! People.

use axum::Json;
use axum::extract::State;
use axum::response::{AppendHeaders, IntoResponse, Response};
use http::StatusCode;
use http::header::SET_COOKIE;
use muster_api as api;
use muster_base::{Micros, OrganizationId, UserId, limits};
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
        (status = 429, body = api::ErrorBody),
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
    /// `status:active|dormant|suspended`, `role:<name>`, `last_seen_before:<time>`,
    /// `last_seen_after:<time>` and words of a name or the address.
    #[serde(default)]
    q: String,
    /// 0 is as absent: as many as a page may have.
    #[param(minimum = 0, maximum = 200)]
    limit: Option<i64>,
    #[param(minimum = 0)]
    offset: Option<i64>,
    /// Those after this person, in the order of the list.
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
    let limit = query.limit.unwrap_or(0);
    if !(0..=limits::USERS_PAGE_MAX).contains(&limit) {
        return Err(Error::invalid("limit", "is between 0 and 200"));
    }
    let offset = query.offset.unwrap_or(0);
    if offset < 0 {
        return Err(Error::invalid("offset", "must not be negative"));
    }
    let mut filter = UserFilter {
        after_id: query.after_id.map(UserId),
        limit: if limit == 0 {
            limits::USERS_PAGE_MAX
        } else {
            limit
        },
        offset,
        ..UserFilter::default()
    };
    let mut words = Vec::new();
    for word in query.q.split_whitespace() {
        match word.split_once(':') {
            Some((key, value)) => search_key(&mut filter, key, value.trim_matches('"'))?,
            None => words.push(word),
        }
    }
    filter.search = (!words.is_empty()).then(|| words.join(" "));
    Ok(filter)
}

fn search_key(filter: &mut UserFilter, key: &str, value: &str) -> Result<()> {
    let wrong = |why: &str| Error::invalid("q", why);
    let time = || Micros::parse(value).map_err(|_no_time| wrong("has a time that is none"));
    match key {
        "status" => {
            let status = UserStatus::parse(value);
            filter.status = Some(status.ok_or_else(|| wrong("names no status"))?);
        }
        "role" => {
            let role = value.parse();
            filter.role = Some(role.map_err(|_unknown| wrong("names no role"))?);
        }
        "last_seen_before" => filter.last_seen_before = Some(time()?),
        "last_seen_after" => filter.last_seen_after = Some(time()?),
        _ => {
            let known = "knows status:, role:, last_seen_before:, last_seen_after: and words";
            return Err(wrong(known));
        }
    }
    Ok(())
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
    // To hash a password is work that not everybody may order.
    app.store.may_create_users(caller.actor())?;
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
        roles: default_roles(app),
        login_type,
    })
}

/// What new people may do unless somebody says otherwise.
pub(crate) fn default_roles(app: &App) -> Vec<Role> {
    let agents = app
        .config
        .agents_access_default
        .then_some(Role::AgentsAccess);
    agents.into_iter().collect()
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
    let (user, organizations) = app.store.get_user(caller.actor(), id).await?;
    if user.deleted {
        return Err(Error::not_found());
    }
    Ok((user, organizations))
}

/// Checks what a person enters about a person.
pub(crate) fn check_person(
    email: &str,
    username: &str,
    name: &str,
    password: Option<&str>,
) -> Result<()> {
    check_fields([
        (
            "email",
            (!is_email(email)).then_some("is not an email address"),
        ),
        ("username", username_problem(username)),
        ("name", name_problem(name)),
        ("password", password.and_then(password::weakness)),
    ])
}

/// Checks how a person wants to be called.
pub(crate) fn check_profile(username: &str, name: &str) -> Result<()> {
    check_fields([
        ("username", username_problem(username)),
        ("name", name_problem(name)),
    ])
}

fn username_problem(username: &str) -> Option<&'static str> {
    (!is_username(username)).then_some("has 1 to 32 letters, digits and inner dashes")
}

fn name_problem(name: &str) -> Option<&'static str> {
    let long = name.chars().count() > limits::USER_NAME_CHARS_MAX;
    long.then_some("is too long")
}

/// Refuses the fields that have a problem, all at once.
pub(crate) fn check_fields<const N: usize>(
    problems: [(&'static str, Option<&'static str>); N],
) -> Result<()> {
    let wrong = problems
        .into_iter()
        .filter_map(|(field, problem)| Some(api::Validation::new(field, problem?)));
    let wrong: Vec<_> = wrong.collect();
    if wrong.is_empty() {
        return Ok(());
    }
    Err(Error::validations(wrong))
}

/// Why the address of a picture is refused.
pub(crate) fn avatar_problem(url: &str) -> Option<&'static str> {
    if url.len() > limits::AVATAR_URL_BYTES_MAX {
        return Some("is too long");
    }
    let known = ["/", "https://", "http://"];
    let fits = url.is_empty() || known.iter().any(|start| url.starts_with(start));
    let clean = !url.contains(|letter: char| letter.is_whitespace() || letter.is_control());
    (!fits || !clean).then_some("is not the address of a picture")
}

fn is_email(text: &str) -> bool {
    let clean = !text.contains(|letter: char| letter.is_whitespace() || letter.is_control());
    let parts = text.split_once('@');
    let full =
        parts.is_some_and(|(who, host)| !who.is_empty() && !host.is_empty() && !host.contains('@'));
    clean && full && text.len() <= limits::EMAIL_BYTES_MAX
}

/// Whether a text is a name for a path: ASCII letters, digits and inner dashes.
pub(crate) fn is_name(text: &str, chars_max: usize) -> bool {
    let letters = text
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    let edges = text.starts_with('-') || text.ends_with('-');
    letters && !edges && (1..=chars_max).contains(&text.len())
}

fn is_username(text: &str) -> bool {
    // These would be other things in a path.
    let reserved =
        ["me", "first", "roles", "invites"].contains(&text) || text.parse::<UserId>().is_ok();
    is_name(text, limits::USERNAME_CHARS_MAX) && !reserved
}
