//! The cookies of a browser session.

use http::header::COOKIE;
use http::{HeaderMap, HeaderValue};
use muster_base::Secret;

/// Name of the session cookie; on https it also carries the `__Host-` promise.
pub(crate) const SESSION: &str = "coder_session_token";
const HOST_SESSION: &str = "__Host-coder_session_token";
/// Readable by script: the page copies it into a header (see `csrf`).
pub(crate) const CSRF: &str = "csrf_token";

/// The session token that a browser sent; the stricter name wins.
pub(crate) fn session_token(headers: &HeaderMap) -> Option<Secret> {
    value(headers, HOST_SESSION)
        .or_else(|| value(headers, SESSION))
        .map(|token| Secret::new(token.to_owned()))
}

/// The value of a cookie.
pub(crate) fn value<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    let lines = headers.get_all(COOKIE).iter();
    let pairs = lines
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(';'));
    pairs
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(key, _)| *key == name)
        .map(|(_, value)| value.trim_matches('"'))
        .filter(|value| !value.is_empty())
}

/// `Set-Cookie` lines that open a browser session.
pub(crate) fn open(token: &str, csrf: &str, https: bool) -> Vec<HeaderValue> {
    let name = if https { HOST_SESSION } else { SESSION };
    [
        line(name, token, "; HttpOnly", https),
        line(CSRF, csrf, "", https),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// The `Set-Cookie` line of the CSRF cookie alone.
pub(crate) fn csrf(csrf: &str, https: bool) -> Option<HeaderValue> {
    line(CSRF, csrf, "", https)
}

/// `Set-Cookie` lines that end one, under whichever name it was opened.
pub(crate) fn clear(https: bool) -> Vec<HeaderValue> {
    let gone = "; Max-Age=0";
    [
        line(SESSION, "", &format!("{gone}; HttpOnly"), https),
        line(HOST_SESSION, "", &format!("{gone}; HttpOnly"), true),
        line(CSRF, "", gone, https),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn line(name: &str, value: &str, extra: &str, secure: bool) -> Option<HeaderValue> {
    let secure = if secure { "; Secure" } else { "" };
    let text = format!("{name}={value}; Path=/; SameSite=Lax{extra}{secure}");
    HeaderValue::from_str(&text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(cookie: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(COOKIE, HeaderValue::from_static(cookie))])
    }

    #[test]
    fn host_cookie_wins_over_the_plain_one() {
        let both = headers("coder_session_token=a; __Host-coder_session_token=b");
        assert_eq!(session_token(&both).unwrap().expose(), "b");
        let plain = headers("x=1;coder_session_token=a");
        assert_eq!(session_token(&plain).unwrap().expose(), "a");
        assert!(session_token(&headers("my_coder_session_token=a")).is_none());
    }

    #[test]
    fn session_cookie_is_out_of_reach_of_scripts() {
        let lines = open("t", "c", true);
        assert_eq!(
            lines,
            [
                "__Host-coder_session_token=t; Path=/; SameSite=Lax; HttpOnly; Secure",
                "csrf_token=c; Path=/; SameSite=Lax; Secure",
            ]
        );
    }
}
