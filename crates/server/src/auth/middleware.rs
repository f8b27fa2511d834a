//! The caller of a request, as handlers ask for them.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use axum::extract::{ConnectInfo, FromRequestParts};
use http::header::{AUTHORIZATION, UPGRADE};
use http::request::Parts;
use http::{HeaderMap, Uri};
use muster_base::Secret;
use muster_rbac::{Actor, Role};

use crate::app::App;
use crate::auth::rate_limit::Key;
use crate::auth::session::{self, Session};
use crate::auth::token::Token;
use crate::auth::{cookies, csrf};
use crate::error::Error;

/// The header that carries a token.
pub(crate) const TOKEN_HEADER: &str = "coder-session-token";
/// Owners may leave the rate limits alone with it.
const BYPASS_HEADER: &str = "x-coder-bypass-ratelimit";

/// Somebody who is signed in.
#[derive(Clone, Debug)]
pub(crate) struct Caller(pub(crate) Session);

impl Caller {
    pub(crate) const fn actor(&self) -> &Actor {
        &self.0.actor
    }

    /// Whether the rate limits are left alone for this request.
    pub(crate) fn is_unlimited(&self, headers: &HeaderMap) -> bool {
        is_unlimited(&self.0, headers)
    }
}

/// Where a request comes from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ClientAddress(pub(crate) IpAddr);

/// A shown token and whether it came as a cookie.
struct Shown {
    token: Secret,
    by_cookie: bool,
}

impl FromRequestParts<App> for Caller {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Error> {
        let address = ClientAddress::from_request_parts(parts, app).await?.0;
        let is_socket = parts.headers.contains_key(UPGRADE);
        let Some(shown) = shown(&parts.headers, &parts.uri, is_socket) else {
            return Err(refuse(app, address));
        };
        let Some(token) = Token::parse(shown.token.expose()) else {
            return Err(refuse(app, address));
        };
        let session = match session::find(&app.store, &token).await {
            Ok(session) => session,
            Err(session::Error::SignedOut) => return Err(refuse(app, address)),
            Err(session::Error::Backend(error)) => return Err(Error::authentication_failed(error)),
        };
        check_rate(app, &session, &parts.headers)?;
        if shown.by_cookie {
            check_site(app, parts, &session, is_socket)?;
        }
        session::touch(&app.store, &session, app.config.session_life).await;
        Ok(Self(session))
    }
}

/// Nobody in particular may not knock without end either.
fn refuse(app: &App, address: IpAddr) -> Error {
    match app.rates.take(Key::Address(address)) {
        Ok(()) => Error::signed_out(),
        Err(wait) => Error::too_many(wait),
    }
}

fn is_unlimited(session: &Session, headers: &HeaderMap) -> bool {
    let bypass = headers
        .get(BYPASS_HEADER)
        .is_some_and(|value| value == "true");
    bypass && session.actor.has_role(Role::Owner)
}

fn check_rate(app: &App, session: &Session, headers: &HeaderMap) -> Result<(), Error> {
    if is_unlimited(session, headers) {
        return Ok(());
    }
    let taken = app.rates.take(Key::User(session.user.id));
    taken.map_err(Error::too_many)
}

fn check_site(app: &App, parts: &Parts, session: &Session, is_socket: bool) -> Result<(), Error> {
    let access_url = app.config.access_url.as_ref();
    if is_socket {
        // A socket is opened by GET but is no safe request.
        return if csrf::is_same_origin(&parts.headers, access_url) {
            Ok(())
        } else {
            Err(Error::forbidden("The page that asks is not ours."))
        };
    }
    let refusal = app
        .csrf
        .refusal(&parts.method, &parts.headers, &session.key.id, access_url);
    refusal.map_or(Ok(()), |why| {
        Err(Error::bad_request("The request was refused for your safety.").detail(why))
    })
}

/// The token of a request: cookie, query (sockets only, since a query ends up in logs),
/// header, bearer.
fn shown(headers: &HeaderMap, uri: &Uri, is_socket: bool) -> Option<Shown> {
    if let Some(token) = cookies::session_token(headers) {
        return Some(Shown {
            token,
            by_cookie: true,
        });
    }
    let query = is_socket.then(|| query_token(uri)).flatten();
    let token = query.or_else(|| header_token(headers))?;
    Some(Shown {
        token: Secret::new(token.to_owned()),
        by_cookie: false,
    })
}

fn query_token(uri: &Uri) -> Option<&str> {
    let pairs = uri.query()?.split('&');
    let mut pairs = pairs.filter_map(|pair| pair.split_once('='));
    pairs
        .find(|(key, _)| *key == cookies::SESSION)
        .map(|(_, value)| value)
}

/// The token of `Coder-Session-Token` or of `Authorization: Bearer`.
pub(crate) fn header_token(headers: &HeaderMap) -> Option<&str> {
    let own = headers
        .get(TOKEN_HEADER)
        .and_then(|value| value.to_str().ok());
    own.or_else(|| {
        let line = headers.get(AUTHORIZATION)?.to_str().ok()?;
        let (scheme, token) = line.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
    })
}

impl FromRequestParts<App> for ClientAddress {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Error> {
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>();
        let peer = peer.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |info| info.0.ip());
        Ok(Self(app.config.client_address(peer, &parts.headers)))
    }
}
