//! What people have chosen for themselves.

use axum::Json;
use axum::extract::State;
use muster_api as api;
use muster_base::UserId;
use muster_store::user_configs::{
    TASK_NOTIFICATION_ALERT_DISMISSED, TERMINAL_FONT, THEME_PREFERENCE,
};

use crate::app::App;
use crate::auth::middleware::Caller;
use crate::error::{Error, Result};
use crate::extract::{self, Path};
use crate::handlers::users;

/// The fonts that the pages bring along; empty is the default one.
const FONTS: [&str; 6] = [
    "",
    "ibm-plex-mono",
    "fira-code",
    "source-code-pro",
    "jetbrains-mono",
    "geist-mono",
];
/// `auto` follows the system, as empty does.
const THEMES: [&str; 4] = ["", "auto", "dark", "light"];

/// The known themes, for the document.
pub(crate) fn themes() -> Vec<String> {
    THEMES.map(str::to_owned).into()
}

/// The known fonts, for the document.
pub(crate) fn fonts() -> Vec<String> {
    FONTS.map(str::to_owned).into()
}

/// How the pages look to a person.
#[utoipa::path(get, path = "/users/{user}/appearance", tag = "people",
    params(("user" = String, Path, description = "`me`, an id or a user name")),
    responses(
        (status = 200, body = api::UserAppearance),
        (status = 403, body = api::ErrorBody),
        (status = 404, body = api::ErrorBody),
    ))]
pub(crate) async fn get_appearance(
    State(app): State<App>,
    caller: Caller,
    Path(user): Path<String>,
) -> Result<Json<api::UserAppearance>> {
    let (user, _) = users::resolve(&app, &caller, &user).await?;
    appearance(&app, &caller, user.id).await.map(Json)
}

async fn appearance(app: &App, caller: &Caller, user: UserId) -> Result<api::UserAppearance> {
    let theme = app
        .store
        .get_user_config(caller.actor(), user, THEME_PREFERENCE);
    let theme_preference = theme.await?.unwrap_or_default();
    let font = app
        .store
        .get_user_config(caller.actor(), user, TERMINAL_FONT);
    Ok(api::UserAppearance {
        theme_preference,
        terminal_font: font.await?.unwrap_or_default(),
    })
}

/// Change how the pages look to a person.
#[utoipa::path(put, path = "/users/{user}/appearance", tag = "people",
    params(("user" = String, Path, description = "`me`, an id or a user name")),
    request_body = api::UpdateAppearanceRequest,
    responses(
        (status = 200, body = api::UserAppearance),
        (status = 400, body = api::ErrorBody),
        (status = 403, body = api::ErrorBody),
        (status = 404, body = api::ErrorBody),
    ))]
pub(crate) async fn update_appearance(
    State(app): State<App>,
    caller: Caller,
    Path(user): Path<String>,
    extract::Json(body): extract::Json<api::UpdateAppearanceRequest>,
) -> Result<Json<api::UserAppearance>> {
    let (user, _) = users::resolve(&app, &caller, &user).await?;
    // Both are checked before either is written.
    let theme = known("theme_preference", &THEMES, body.theme_preference)?;
    let font = known("terminal_font", &FONTS, body.terminal_font)?;
    for (key, value) in [(THEME_PREFERENCE, theme), (TERMINAL_FONT, font)] {
        if let Some(value) = value {
            let written = app
                .store
                .set_user_config(caller.actor(), user.id, key, value);
            written.await?;
        }
    }
    appearance(&app, &caller, user.id).await.map(Json)
}

/// The wanted value, if there is one, as long as it is among those that we know.
fn known(field: &str, all: &[&str], wanted: Option<String>) -> Result<Option<String>> {
    match wanted {
        Some(value) if !all.contains(&&*value) => Err(Error::invalid(field, "is none we know")),
        wanted => Ok(wanted),
    }
}

/// What a person has chosen beside that.
#[utoipa::path(get, path = "/users/{user}/preferences", tag = "people",
    params(("user" = String, Path, description = "`me`, an id or a user name")),
    responses(
        (status = 200, body = api::UserPreferences),
        (status = 403, body = api::ErrorBody),
        (status = 404, body = api::ErrorBody),
    ))]
pub(crate) async fn get_preferences(
    State(app): State<App>,
    caller: Caller,
    Path(user): Path<String>,
) -> Result<Json<api::UserPreferences>> {
    let (user, _) = users::resolve(&app, &caller, &user).await?;
    let key = TASK_NOTIFICATION_ALERT_DISMISSED;
    let dismissed = app.store.get_user_config(caller.actor(), user.id, key);
    Ok(Json(api::UserPreferences {
        task_notification_alert_dismissed: dismissed.await?.is_some_and(|text| text == "true"),
    }))
}

/// Change what a person has chosen.
#[utoipa::path(put, path = "/users/{user}/preferences", tag = "people",
    params(("user" = String, Path, description = "`me`, an id or a user name")),
    request_body = api::UserPreferences,
    responses(
        (status = 200, body = api::UserPreferences),
        (status = 400, body = api::ErrorBody),
        (status = 403, body = api::ErrorBody),
        (status = 404, body = api::ErrorBody),
    ))]
pub(crate) async fn update_preferences(
    State(app): State<App>,
    caller: Caller,
    Path(user): Path<String>,
    extract::Json(body): extract::Json<api::UserPreferences>,
) -> Result<Json<api::UserPreferences>> {
    let (user, _) = users::resolve(&app, &caller, &user).await?;
    let value = body.task_notification_alert_dismissed.to_string();
    let key = TASK_NOTIFICATION_ALERT_DISMISSED;
    let written = app
        .store
        .set_user_config(caller.actor(), user.id, key, value);
    written.await?;
    Ok(Json(body))
}
