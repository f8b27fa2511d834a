//! Extractors whose refusals name the field that is wrong.

use axum::body::Bytes;
use axum::extract::path::ErrorKind;
use axum::extract::rejection::PathRejection;
use axum::extract::{FromRequest, FromRequestParts, RawPathParams, Request};
use http::request::Parts;
use muster_base::limits;
use serde::de::DeserializeOwned;

use self::objects::Objects;
use crate::app::App;
use crate::error::Error;

mod objects;

/// A JSON body. The limit of the route applies while it is read.
#[derive(Clone, Debug)]
pub(crate) struct Json<T>(pub(crate) T);

impl<T: DeserializeOwned> FromRequest<App> for Json<T> {
    type Rejection = Error;

    async fn from_request(request: Request, app: &App) -> Result<Self, Error> {
        let bytes = Bytes::from_request(request, app)
            .await
            .map_err(|rejection| {
                if rejection.status() == http::StatusCode::PAYLOAD_TOO_LARGE {
                    return Error::new(rejection.status(), "The request is too large.");
                }
                Error::bad_request("The request body can't be read.")
            })?;
        parse(&bytes).map(Self)
    }
}

/// Reads a body, naming the field that does not fit.
pub(crate) fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Error> {
    if depth(bytes) > limits::JSON_DEPTH_MAX {
        let deep = format!("it may be nested {} levels deep", limits::JSON_DEPTH_MAX);
        return Err(Error::bad_request("The request body is nested too deeply.").detail(deep));
    }
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(Objects(&mut reader)).map_err(|error| {
        let path = error.path().to_string();
        refusal(&path, error.inner())
    })?;
    reader.end().map_err(|error| refusal(".", &error))?;
    Ok(value)
}

fn refusal(path: &str, error: &serde_json::Error) -> Error {
    match error.classify() {
        serde_json::error::Category::Data => {
            // `missing field` is reported at the object that lacks it.
            let words = error.to_string();
            let (words, _) = words.split_once(" at line ").unwrap_or((&words, ""));
            let missing = words
                .strip_prefix("missing field `")
                .and_then(|rest| rest.strip_suffix('`'));
            match (missing, path) {
                (Some(field), ".") => Error::invalid(field, "is required"),
                (Some(field), path) => Error::invalid(format!("{path}.{field}"), "is required"),
                (None, path) => Error::invalid(path, words),
            }
        }
        serde_json::error::Category::Io
        | serde_json::error::Category::Syntax
        | serde_json::error::Category::Eof => {
            Error::bad_request("The request body is not valid JSON.").detail(error.to_string())
        }
    }
}

/// How deep the brackets of a JSON text go, without building anything.
fn depth(bytes: &[u8]) -> usize {
    let (mut deepest, mut depth) = (0_usize, 0_usize);
    let (mut in_text, mut escaped) = (false, false);
    for byte in bytes {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_text => escaped = true,
            b'"' => in_text = !in_text,
            b'{' | b'[' if !in_text => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b'}' | b']' if !in_text => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

/// The parameters of a path; one that does not parse is a 400 that names it.
#[derive(Clone, Debug)]
pub(crate) struct Path<T>(pub(crate) T);

impl<T: DeserializeOwned + Send> FromRequestParts<App> for Path<T> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Error> {
        let found = axum::extract::Path::<T>::from_request_parts(parts, app).await;
        match found {
            Ok(axum::extract::Path(value)) => Ok(Self(value)),
            Err(rejection) => Err(bad_path(parts, app, &rejection).await),
        }
    }
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "foreign enums that will grow"
)]
async fn bad_path(parts: &mut Parts, app: &App, rejection: &PathRejection) -> Error {
    let Ok(names) = RawPathParams::from_request_parts(parts, app).await else {
        return Error::not_found();
    };
    let wrong = match rejection {
        PathRejection::FailedToDeserializePathParams(failure) => match failure.kind() {
            ErrorKind::ParseErrorAtIndex { index, .. } => names.iter().nth(*index),
            ErrorKind::ParseErrorAtKey { key, .. } | ErrorKind::DeserializeError { key, .. } => {
                names.iter().find(|(name, _)| name == key)
            }
            // An id says that it does not parse, but not where it stands.
            _ => names
                .iter()
                .find(|(_, value)| uuid::Uuid::try_parse(value).is_err()),
        },
        _ => None,
    };
    let name = wrong
        .or_else(|| names.iter().next())
        .map_or("path", |(name, _)| name);
    Error::invalid(name, "is not a valid id")
}

/// The query of a URL.
#[derive(Clone, Debug)]
pub(crate) struct Query<T>(pub(crate) T);

impl<T: DeserializeOwned> FromRequestParts<App> for Query<T> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, Error> {
        let read = axum::extract::Query::<T>::try_from_uri(&parts.uri);
        read.map(|axum::extract::Query(value)| Self(value))
            .map_err(|rejection| {
                let words = rejection.body_text();
                let words = words
                    .rsplit_once("query string: ")
                    .map_or(&*words, |(_, words)| words);
                match words.split_once(": ") {
                    Some((field, why)) if !field.contains(' ') => Error::invalid(field, why),
                    _ => Error::bad_request("The query is not valid.").detail(words),
                }
            })
    }
}

#[cfg(test)]
mod tests;
