//! The committed snapshot of the OpenAPI document, `docs/openapi.json`.

use utoipa::openapi::path::{Operation, ParameterIn};
use utoipa::openapi::security::{ApiKey, ApiKeyValue, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{ContentBuilder, OpenApi, PathItem, Ref, RefOr, Response, ResponseBuilder};

use crate::router;

mod apply;
mod rules;

/// How a caller is known, as far as the document goes; cookies and bearers do as well.
const SCHEME: &str = "session";

/// Writes down what holds for every route: who asks is known by a token, a refusal has one
/// form, and values have their limits.
pub(crate) fn complete(document: &mut OpenApi) {
    let token = ApiKey::Header(ApiKeyValue::new("Coder-Session-Token"));
    let components = document.components.get_or_insert_default();
    components.add_security_scheme(SCHEME, SecurityScheme::ApiKey(token));
    let everywhere = SecurityRequirement::new(SCHEME, Vec::<String>::new());
    document.security = Some(vec![everywhere]);
    // A rule of a field that is gone is found by a test.
    let _lost = apply::apply(document);
    for operation in document.paths.paths.values_mut().flat_map(operations) {
        let refusals = refusals(operation);
        let responses = &mut operation.responses.responses;
        for (status, why) in refusals {
            let refusal = || RefOr::T(refusal(why));
            responses.entry(status.to_owned()).or_insert_with(refusal);
        }
    }
}

/// What may happen to any request of this shape, beside what its own annotation says. There is
/// no `default`: a status that no annotation names is a mistake, and schemathesis finds it.
fn refusals(operation: &Operation) -> Vec<(&'static str, &'static str)> {
    let mut all = vec![
        ("500", "our mistake; the log has its request id"),
        ("503", "too busy, or still starting"),
    ];
    let is_public = operation.security.is_some();
    if !is_public {
        all.push(("401", "signed out"));
        all.push(("403", "not allowed, or not with this key"));
        all.push(("429", "too many requests"));
    }
    let mut parameters = operation.parameters.iter().flatten();
    let has_path = parameters.any(|parameter| match parameter {
        RefOr::T(parameter) => matches!(parameter.parameter_in, ParameterIn::Path),
        RefOr::Ref(_) => false,
    });
    if has_path {
        all.push(("404", "not there, or not for this caller"));
    }
    if operation.parameters.is_some() || operation.request_body.is_some() {
        all.push(("400", "the request is not valid"));
    }
    if operation.request_body.is_some() {
        all.push(("413", "the request is too large"));
    }
    all
}

fn refusal(why: &str) -> Response {
    ResponseBuilder::new()
        .description(why)
        .content(
            "application/json",
            ContentBuilder::new()
                .schema(Some(RefOr::Ref(Ref::from_schema_name("ErrorBody"))))
                .build(),
        )
        .build()
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    [
        &mut item.get,
        &mut item.put,
        &mut item.post,
        &mut item.delete,
        &mut item.patch,
    ]
    .into_iter()
    .flatten()
}

/// The document as it is committed.
///
/// # Errors
/// Never in practice: every part of it has a JSON form.
pub fn openapi_json() -> Result<String, serde_json::Error> {
    let mut text = serde_json::to_string_pretty(&router::document())?;
    text.push('\n');
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[expect(
        clippy::disallowed_methods,
        reason = "blessing is a developer's switch"
    )]
    fn generated_document_is_the_routes() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/openapi.json");
        let document = openapi_json().unwrap();
        if std::env::var_os("MUSTER_BLESS").is_some() {
            std::fs::create_dir_all(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs")).unwrap();
            std::fs::write(path, &document).unwrap();
        }
        let committed = std::fs::read_to_string(path).unwrap_or_default();
        assert!(
            committed == document,
            "routes changed: review them and run with MUSTER_BLESS=1"
        );
    }
}
