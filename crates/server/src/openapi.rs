//! The committed snapshot of the OpenAPI document, `docs/openapi.json`.

use utoipa::openapi::path::Operation;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{ContentBuilder, OpenApi, PathItem, Ref, RefOr, ResponseBuilder};

use crate::router;

/// How a caller is known, as far as the document goes; cookies and bearers do as well.
const SCHEME: &str = "session";

/// Writes down what holds for every route: who asks is known by a token, and a refusal has one
/// form.
pub(crate) fn complete(document: &mut OpenApi) {
    let token = ApiKey::Header(ApiKeyValue::new("Coder-Session-Token"));
    let components = document.components.get_or_insert_default();
    components.add_security_scheme(SCHEME, SecurityScheme::ApiKey(token));
    let everywhere = SecurityRequirement::new(SCHEME, Vec::<String>::new());
    document.security = Some(vec![everywhere]);
    let refusal = ResponseBuilder::new()
        .description("refused, or failed")
        .content(
            "application/json",
            ContentBuilder::new()
                .schema(Some(RefOr::Ref(Ref::from_schema_name("ErrorBody"))))
                .build(),
        )
        .build();
    for operation in document.paths.paths.values_mut().flat_map(operations) {
        let responses = &mut operation.responses.responses;
        responses.insert("default".to_owned(), RefOr::T(refusal.clone()));
    }
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
