//! What calls of models cost.

use axum::Json;
use axum::extract::State;
use muster_api as api;
use muster_base::limits::{COST_SPAN_DEFAULT, COST_USERS_PAGE_DEFAULT, COST_USERS_PAGE_MAX};
use muster_base::{ChatId, Micros, Span, UserId};
use muster_rbac::{Action, Object, ResourceKind, authorize};
use muster_store::Error as StoreError;
use muster_store::usage::SpenderFilter;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::app::App;
use crate::auth::middleware::Caller;
use crate::error::{Error, Result};
use crate::extract::{Path, Query};
use crate::handlers::users;
use crate::views;

/// Which stretch of time a report is of.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct SpanQuery {
    /// RFC 3339; 30 days before the end when absent.
    #[param(format = DateTime)]
    start_date: Option<String>,
    /// RFC 3339, not part of the stretch; now when absent.
    #[param(format = DateTime)]
    end_date: Option<String>,
}

/// Which people a report is of, and when.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct UsersQuery {
    /// RFC 3339; 30 days before the end when absent.
    #[param(format = DateTime)]
    start_date: Option<String>,
    /// RFC 3339, not part of the stretch; now when absent.
    #[param(format = DateTime)]
    end_date: Option<String>,
    /// Part of a user name or of a name.
    username: Option<String>,
    /// 1 to 100; 10 when absent.
    limit: Option<i64>,
    offset: Option<i64>,
}

/// What a person spent, by model and by chat.
#[utoipa::path(get, path = "/chats/cost/{user}/summary", tag = "usage",
    params(("user" = String, Path, description = "`me`, an id or a user name"), SpanQuery),
    responses(
        (status = 200, body = api::CostSummary),
        (status = 400, body = api::ErrorBody),
        (status = 403, body = api::ErrorBody),
        (status = 404, body = api::ErrorBody),
    ))]
pub(crate) async fn of_user(
    State(app): State<App>,
    caller: Caller,
    Path(user): Path<String>,
    Query(query): Query<SpanQuery>,
) -> Result<Json<api::CostSummary>> {
    let user = resolve(&app, &caller, &user).await?;
    let span = span(app.clock.now(), &query)?;
    let usage = app.store.get_user_usage(caller.actor(), user, span).await?;
    Ok(Json(views::usage::summary(&usage, span)))
}

/// The people who spent something, the most expensive first.
#[utoipa::path(get, path = "/chats/cost/users", tag = "usage", params(UsersQuery),
    responses(
        (status = 200, body = api::CostUsersPage),
        (status = 400, body = api::ErrorBody),
        (status = 403, body = api::ErrorBody),
    ))]
pub(crate) async fn users(
    State(app): State<App>,
    caller: Caller,
    Query(query): Query<UsersQuery>,
) -> Result<Json<api::CostUsersPage>> {
    may_read_others(&caller)?;
    let filter = filter(app.clock.now(), query)?;
    let span = filter.span;
    let (page, count) = app.store.list_spenders(caller.actor(), filter).await?;
    Ok(Json(api::CostUsersPage {
        start_date: span.start.into(),
        end_date: span.end.into(),
        count,
        users: page.iter().map(views::usage::by_user).collect(),
    }))
}

/// What a chat and its subagents cost since it began.
#[utoipa::path(get, path = "/chats/{chat}/cost", tag = "usage",
    params(("chat" = uuid::Uuid, Path)),
    responses((status = 200, body = api::ChatCost), (status = 404, body = api::ErrorBody)))]
pub(crate) async fn of_chat(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<ChatId>,
) -> Result<Json<api::ChatCost>> {
    let usage = app.store.get_chat_usage(caller.actor(), id).await?;
    Ok(Json(views::usage::chat_cost(id, &usage)))
}

/// The person that a path names. Of others nothing is said to whoever may not read what they
/// spent, not even whether they exist.
async fn resolve(app: &App, caller: &Caller, name: &str) -> Result<UserId> {
    let own = &caller.0.user;
    let is_own = name == "me"
        || name.eq_ignore_ascii_case(&own.username)
        || name.parse().is_ok_and(|id: UserId| id == own.id);
    if is_own {
        return Ok(own.id);
    }
    may_read_others(caller)?;
    let (user, _) = users::resolve(app, caller, name).await?;
    Ok(user.id)
}

fn may_read_others(caller: &Caller) -> Result<()> {
    let usage = Object::of(ResourceKind::Usage);
    authorize(caller.actor(), Action::Read, &usage).map_err(StoreError::from)?;
    Ok(())
}

fn filter(now: Micros, query: UsersQuery) -> Result<SpenderFilter> {
    let UsersQuery {
        start_date,
        end_date,
        username,
        limit,
        offset,
    } = query;
    let limit = limit.unwrap_or(COST_USERS_PAGE_DEFAULT);
    if !(1..=COST_USERS_PAGE_MAX).contains(&limit) {
        let rule = format!("must be between 1 and {COST_USERS_PAGE_MAX}");
        return Err(Error::invalid("limit", rule));
    }
    let offset = offset.unwrap_or(0);
    if offset < 0 {
        return Err(Error::invalid("offset", "must not be negative"));
    }
    let dates = SpanQuery {
        start_date,
        end_date,
    };
    Ok(SpenderFilter {
        span: span(now, &dates)?,
        search: username.filter(|part| !part.trim().is_empty()),
        limit,
        offset,
    })
}

fn span(now: Micros, query: &SpanQuery) -> Result<Span> {
    let end = match &query.end_date {
        Some(text) => date("end_date", text)?,
        None => now,
    };
    let start = match &query.start_date {
        Some(text) => date("start_date", text)?,
        None => end - COST_SPAN_DEFAULT,
    };
    if start >= end {
        return Err(Error::invalid("start_date", "must be before end_date"));
    }
    Ok(Span { start, end })
}

fn date(field: &str, text: &str) -> Result<Micros> {
    Micros::parse(text).map_err(|_no_time| Error::invalid(field, "is not a time of RFC 3339"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(start: Option<&str>, end: Option<&str>) -> Result<Span> {
        let query = SpanQuery {
            start_date: start.map(str::to_owned),
            end_date: end.map(str::to_owned),
        };
        span(Micros::parse("2026-03-31T12:00:00Z").unwrap(), &query)
    }

    #[track_caller]
    fn check(start: Option<&str>, end: Option<&str>, expected: [&str; 2]) {
        let [from, until] = expected.map(|text| Micros::parse(text).unwrap());
        let found = asked(start, end).unwrap();
        assert_eq!((found.start, found.end), (from, until));
    }

    #[test]
    fn report_looks_back_thirty_days_unless_told_otherwise() {
        check(None, None, ["2026-03-01T12:00:00Z", "2026-03-31T12:00:00Z"]);
        let end = "2026-03-03T00:00:00+02:00";
        check(
            None,
            Some(end),
            ["2026-01-31T22:00:00Z", "2026-03-02T22:00:00Z"],
        );
        let start = "2026-03-31T11:59:59.999999Z";
        check(Some(start), None, [start, "2026-03-31T12:00:00Z"]);
    }

    #[test]
    fn dates_that_are_none_or_reversed_are_refused() {
        for (start, end) in [
            (Some("yesterday"), None),
            (None, Some("2026-03-01")),
            (Some("2026-03-31T12:00:00Z"), None),
            (Some("2026-03-02T00:00:00Z"), Some("2026-03-01T00:00:00Z")),
        ] {
            let refused = asked(start, end).unwrap_err();
            assert_eq!(refused.status(), 400, "{start:?} {end:?}");
        }
    }
}
