//! Requests that another site makes with our visitor's cookie.
//!
//! An unsafe method that is authenticated by cookie must come from our own origin *and* carry
//! the header `X-CSRF-TOKEN`, whose value another site can't read. A token in a header needs
//! neither: no other site can set that header.

use hmac::{Hmac, KeyInit, Mac};
use http::header::{HOST, ORIGIN};
use http::{HeaderMap, Method, Uri};
use muster_base::Secret;
use sha2::Sha256;
use subtle::ConstantTimeEq;

/// The header that must equal the `csrf_token` cookie.
pub(crate) const HEADER: &str = "x-csrf-token";

/// Makes and checks CSRF tokens under a key of the deployment.
#[derive(Clone, Debug)]
pub(crate) struct Csrf(Secret<Vec<u8>>);

impl Csrf {
    pub(crate) const fn new(key: Secret<Vec<u8>>) -> Self {
        Self(key)
    }

    /// The token of a session. `None` never happens: HMAC takes keys of any length.
    pub(crate) fn token(&self, session: &str) -> Option<String> {
        let mut mac = Hmac::<Sha256>::new_from_slice(self.0.expose()).ok()?;
        mac.update(b"csrf\0");
        mac.update(session.as_bytes());
        Some(hex::encode(mac.finalize().into_bytes()))
    }

    /// Why a request that was authenticated by cookie is refused.
    pub(crate) fn refusal(
        &self,
        method: &Method,
        headers: &HeaderMap,
        session: &str,
        access_url: Option<&Uri>,
    ) -> Option<&'static str> {
        if method.is_safe() {
            return None;
        }
        if !is_same_origin(headers, access_url) {
            return Some("the request comes from another site");
        }
        let sent = headers
            .get(HEADER)
            .map_or(&b""[..], |value| value.as_bytes());
        let expected = self.token(session).unwrap_or_default();
        let same: bool = sent.ct_eq(expected.as_bytes()).into();
        (!same || expected.is_empty())
            .then_some("the header X-CSRF-TOKEN must equal the cookie csrf_token")
    }
}

/// Whether a browser says that the request comes from our own pages. A client that says
/// nothing at all is no browser, and has no cookies of a visitor.
pub(crate) fn is_same_origin(headers: &HeaderMap, access_url: Option<&Uri>) -> bool {
    if let Some(origin) = headers.get(ORIGIN) {
        let Ok(origin) = origin.to_str() else {
            return false;
        };
        let authority = origin.split_once("://").map(|(_, authority)| authority);
        let host = headers.get(HOST).and_then(|host| host.to_str().ok());
        let ours = access_url
            .and_then(Uri::authority)
            .map(http::uri::Authority::as_str);
        return authority.is_some() && (authority == host || authority == ours);
    }
    headers
        .get("sec-fetch-site")
        .is_none_or(|site| site == "same-origin" || site == "none")
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn check(method: &Method, pairs: &[(&'static str, &str)], allowed: bool) {
        let csrf = Csrf::new(Secret::new(vec![7; 32]));
        let token = csrf.token("session").unwrap();
        let pairs = pairs.iter().map(|(name, value)| {
            let value = value.replace("TOKEN", &token);
            let name = http::HeaderName::from_static(name);
            (name, HeaderValue::from_str(&value).unwrap())
        });
        let headers = HeaderMap::from_iter(pairs);
        let access: Uri = "https://muster.example".parse().unwrap();
        let refusal = csrf.refusal(method, &headers, "session", Some(&access));
        assert_eq!(
            refusal.is_none(),
            allowed,
            "{method} {headers:?}: {refusal:?}"
        );
    }

    #[test]
    fn unsafe_request_by_cookie_needs_our_origin_and_the_token() {
        let post = &Method::POST;
        check(&Method::GET, &[("origin", "https://evil.example")], true);
        check(post, &[], false);
        check(post, &[("x-csrf-token", "TOKEN")], true);
        check(post, &[("x-csrf-token", "TOKENx")], false);
        let token = ("x-csrf-token", "TOKEN");
        check(post, &[("origin", "https://evil.example"), token], false);
        check(post, &[("origin", "null"), token], false);
        check(post, &[("origin", "https://muster.example"), token], true);
        check(
            post,
            &[
                ("host", "127.0.0.1:7080"),
                ("origin", "http://127.0.0.1:7080"),
                token,
            ],
            true,
        );
        check(post, &[("sec-fetch-site", "cross-site"), token], false);
        check(post, &[("sec-fetch-site", "same-site"), token], false);
        check(post, &[("sec-fetch-site", "same-origin"), token], true);
    }

    #[test]
    fn token_of_another_session_does_not_fit() {
        let csrf = Csrf::new(Secret::new(vec![7; 32]));
        assert_ne!(csrf.token("a"), csrf.token("b"));
    }
}
