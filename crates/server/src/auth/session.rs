//! From a shown token to a person (F53).
//!
//! Two failures that must never be mixed up: [`Error::SignedOut`] says that *they* are not
//! signed in (401, and a browser forgets its session); [`Error::Backend`] says that *we* could
//! not find out (500, and everybody keeps their session).

use std::time::Duration;

use muster_base::{Clock, OrganizationId, limits};
use muster_rbac::{Actor, Purpose, Scopes};
use muster_store::api_keys::ApiKey;
use muster_store::users::{User, UserStatus};
use muster_store::{self as store, Store};

use crate::auth::token::Token;

/// Nobody can be named as the caller.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// No token, or one that is not valid.
    #[error("signed out")]
    SignedOut,
    /// The look-up failed.
    #[error("the session can't be looked up")]
    Backend(#[from] store::Error),
}

/// A caller who is who they say.
#[derive(Clone, Debug)]
pub(crate) struct Session {
    pub(crate) actor: Actor,
    pub(crate) user: User,
    pub(crate) organizations: Vec<OrganizationId>,
    pub(crate) key: ApiKey,
}

/// Finds the person behind a token.
pub(crate) async fn find(store: &Store, token: &Token) -> Result<Session, Error> {
    let authentication = Actor::system(Purpose::Authentication);
    let found = store.find_session(&authentication, token.id()).await?;
    let Some((key, user, organizations)) = found else {
        return Err(Error::SignedOut);
    };
    if !token.matches(&key.hashed_secret) || !is_usable(store.clock(), &key, &user) {
        return Err(Error::SignedOut);
    }
    let Ok(scopes) = Scopes::parse(key.scopes.iter().map(String::as_str)) else {
        return Err(store::Error::Corrupt { what: "key scopes" }.into());
    };
    let actor = Actor::user(user.id, user.roles.iter().copied(), scopes);
    Ok(Session {
        actor,
        user,
        organizations,
        key,
    })
}

/// Whether a key still opens anything.
fn is_usable(clock: &Clock, key: &ApiKey, user: &User) -> bool {
    let welcome = !user.deleted && user.status != UserStatus::Suspended;
    welcome && key.expires_at > clock.now()
}

/// Whether the key of that id, which was a good one before, still is.
pub(crate) async fn is_alive(store: &Store, id: &str) -> Result<bool, store::Error> {
    let authentication = Actor::system(Purpose::Authentication);
    let found = store.find_session(&authentication, id).await?;
    Ok(found.is_some_and(|(key, user, _)| is_usable(store.clock(), &key, &user)))
}

/// Notes that a session is in use, at most once an hour. A failure is logged and nothing else:
/// the request has every right to go on.
pub(crate) async fn touch(store: &Store, session: &Session, life: Duration) {
    let now = store.clock().now();
    if now.since(session.key.last_used) < limits::SESSION_TOUCH_PERIOD {
        return;
    }
    let expires_at = sliding_expiry(store.clock(), &session.key, life);
    let authentication = Actor::system(Purpose::Authentication);
    let touched = store
        .touch_session(&authentication, &session.key, expires_at)
        .await;
    if let Err(error) = touched {
        tracing::warn!(error = %error, user.id = %session.user.id, "session can't be touched");
    }
}

/// Browser sessions live on while they are used; tokens end when their maker said.
fn sliding_expiry(clock: &Clock, key: &ApiKey, life: Duration) -> muster_base::Micros {
    if key.token_name.is_some() {
        return key.expires_at;
    }
    key.expires_at.max(clock.now() + life)
}
