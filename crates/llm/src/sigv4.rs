//! AWS Signature Version 4, as far as one request with a body in memory needs it.
//!
//! Host, date, session token and content type are signed, and so is the body's hash; other
//! headers are not, for proxies may add and change them.

use std::fmt::Write;

use hmac::{Hmac, KeyInit, Mac};
use http::{HeaderMap, HeaderName, HeaderValue, header};
use muster_base::{Micros, Secret};
use reqwest::Url;
use sha2::{Digest, Sha256};

use crate::auth::Outgoing;

const ALGORITHM: &str = "AWS4-HMAC-SHA256";
const TERMINATOR: &str = "aws4_request";
const DATE: HeaderName = HeaderName::from_static("x-amz-date");
const TOKEN: HeaderName = HeaderName::from_static("x-amz-security-token");

/// An access key pair for one service in one region.
#[derive(Debug)]
pub(crate) struct Signer {
    pub(crate) access_key: String,
    pub(crate) secret_key: Secret,
    /// The token of temporary credentials, as the header it is sent in.
    pub(crate) session: Option<HeaderValue>,
    pub(crate) region: String,
    pub(crate) service: &'static str,
}

impl Signer {
    /// Adds date, token and signature to a request that is complete otherwise.
    pub(crate) fn sign(&self, outgoing: &mut Outgoing<'_>, now: Micros) {
        let stamp = stamp(now);
        // A stamp is digits and two letters, so it always is a header value.
        if let Ok(value) = HeaderValue::try_from(&stamp) {
            outgoing.headers.insert(DATE, value);
        }
        if let Some(token) = &self.session {
            outgoing.headers.insert(TOKEN, token.clone());
        }
        let canonical = Canonical::of(
            outgoing.url,
            outgoing.method.as_str(),
            outgoing.headers,
            outgoing.body,
        );
        let authorization = self.authorization(&canonical, &stamp);
        if let Ok(mut value) = HeaderValue::try_from(authorization) {
            value.set_sensitive(true);
            outgoing.headers.insert(header::AUTHORIZATION, value);
        }
    }

    fn authorization(&self, canonical: &Canonical, stamp: &str) -> String {
        let day = stamp.split('T').next().unwrap_or_default();
        let Self {
            access_key,
            secret_key,
            session: _,
            region,
            service,
        } = self;
        let scope = format!("{day}/{region}/{service}/{TERMINATOR}");
        let hash = hex(&Sha256::digest(&canonical.text));
        let text = format!("{ALGORITHM}\n{stamp}\n{scope}\n{hash}");
        let steps = [day, region, service, TERMINATOR, &text];
        let first = format!("AWS4{}", secret_key.expose()).into_bytes();
        let signature = steps
            .into_iter()
            .fold(first, |key, step| keyed_hash(&key, step.as_bytes()));
        format!(
            "{ALGORITHM} Credential={access_key}/{scope}, SignedHeaders={}, Signature={}",
            canonical.signed_headers,
            hex(&signature)
        )
    }
}

/// The request in the one form that both sides hash.
#[derive(Debug)]
struct Canonical {
    text: String,
    signed_headers: String,
}

impl Canonical {
    fn of(url: &Url, method: &str, headers: &HeaderMap, body: &[u8]) -> Self {
        let mut signed = vec![("host", host(url))];
        for name in [header::CONTENT_TYPE, DATE, TOKEN] {
            let value = headers.get(&name).and_then(|value| value.to_str().ok());
            let known = match name.as_str() {
                "content-type" => "content-type",
                "x-amz-date" => "x-amz-date",
                _ => "x-amz-security-token",
            };
            signed.extend(value.map(|value| (known, value.trim().to_owned())));
        }
        Self::from_parts(method, url.path(), &query(url), signed, body)
    }

    /// `path` as it is sent; its escapes are escaped again, as every service but one wants.
    fn from_parts(
        method: &str,
        path: &str,
        query: &str,
        mut headers: Vec<(&'static str, String)>,
        body: &[u8],
    ) -> Self {
        headers.sort();
        let names: Vec<&str> = headers.iter().map(|(name, _)| *name).collect();
        let signed_headers = names.join(";");
        let mut text = format!("{method}\n{}\n{query}\n", escaped(path, true));
        for (name, value) in &headers {
            text.push_str(&format!("{name}:{value}\n"));
        }
        text.push_str(&format!(
            "\n{signed_headers}\n{}",
            hex(&Sha256::digest(body))
        ));
        Self {
            text,
            signed_headers,
        }
    }
}

/// The host as the client names it: with its port unless that is the usual one.
fn host(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port()
        .map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

fn query(url: &Url) -> String {
    let pairs = url.query_pairs();
    let mut pairs: Vec<String> = pairs
        .map(|(name, value)| format!("{}={}", escaped(&name, false), escaped(&value, false)))
        .collect();
    pairs.sort();
    pairs.join("&")
}

/// RFC 3986: everything but the unreserved characters is escaped, bytewise.
pub(crate) fn escaped(text: &str, keep_slash: bool) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                out.push(char::from(byte));
            }
            b'/' if keep_slash => out.push('/'),
            _ => {
                let _infallible = write!(out, "%{byte:02X}");
            }
        }
    }
    out
}

/// `20150830T123600Z`.
fn stamp(now: Micros) -> String {
    let text = now.to_string();
    let seconds = text.split(['.', 'Z']).next().unwrap_or_default();
    let digits = seconds.chars().filter(|c| !matches!(c, '-' | ':'));
    digits.chain(['Z']).collect()
}

fn keyed_hash(key: &[u8], data: &[u8]) -> Vec<u8> {
    // HMAC takes a key of any length, so there is always a code.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else {
        return Vec::new();
    };
    mac.update(data);
    mac.finalize().into_bytes().to_vec()
}

fn hex(bytes: &[u8]) -> String {
    let mut out = String::new();
    for byte in bytes {
        let _infallible = write!(out, "{byte:02x}");
    }
    out
}

#[cfg(test)]
mod tests;
