//! The committed snapshot of the OpenAPI document, `docs/openapi.json`.

use crate::router;

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
    fn committed_document_is_the_routes() {
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
