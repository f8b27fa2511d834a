//! What people have chosen for themselves.

use axum::Json;
use axum::extract::State;
use muster_api as api;
use muster_base::UserId;
use muster_store::user_configs::{
    SANDBOX_NOTICE_DISMISSED, TASK_NOTIFICATION_ALERT_DISMISSED, TERMINAL_FONT, THEME_PREFERENCE,
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
    preferences(&app, &caller, user.id).await.map(Json)
}

async fn preferences(app: &App, caller: &Caller, user: UserId) -> Result<api::UserPreferences> {
    let key = TASK_NOTIFICATION_ALERT_DISMISSED;
    let alert = app.store.get_user_config(caller.actor(), user, key);
    let alert = alert.await?;
    let key = SANDBOX_NOTICE_DISMISSED;
    let notice = app.store.get_user_config(caller.actor(), user, key);
    Ok(api::UserPreferences {
        task_notification_alert_dismissed: alert.is_some_and(|text| text == "true"),
        // A word that an older release knew and this one does not is as no choice.
        sandbox_notice_dismissed: notice
            .await?
            .and_then(|level| serde_json::from_value(level.into()).ok()),
    })
}

/// Change what a person has chosen: what is absent stays.
#[utoipa::path(put, path = "/users/{user}/preferences", tag = "people",
    params(("user" = String, Path, description = "`me`, an id or a user name")),
    request_body = api::UpdatePreferencesRequest,
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
    extract::Json(body): extract::Json<api::UpdatePreferencesRequest>,
) -> Result<Json<api::UserPreferences>> {
    let (user, _) = users::resolve(&app, &caller, &user).await?;
    let alert = body.task_notification_alert_dismissed;
    let notice = body.sandbox_notice_dismissed.map(level_name);
    let values = [
        (
            TASK_NOTIFICATION_ALERT_DISMISSED,
            alert.map(|on| on.to_string()),
        ),
        (SANDBOX_NOTICE_DISMISSED, notice.map(str::to_owned)),
    ];
    for (key, value) in values {
        if let Some(value) = value {
            let written = app
                .store
                .set_user_config(caller.actor(), user.id, key, value);
            written.await?;
        }
    }
    preferences(&app, &caller, user.id).await.map(Json)
}

/// As it is on the wire.
const fn level_name(level: api::SandboxLevel) -> &'static str {
    match level {
        api::SandboxLevel::None => "none",
        api::SandboxLevel::Landlock => "landlock",
        api::SandboxLevel::Strict => "strict",
    }
}
