//! Files of the workspace: read by line or raw, listed, written and edited exactly once.

mod edit;
mod lines;
mod list;
pub(crate) mod place;
mod plan;

pub(crate) use lines::read_lines;
pub(crate) use list::list_directory;
pub(crate) use place::{Access, Places};
pub(crate) use plan::{Writer, recover};

/// MIME type by a file's extension; images matter, because they reach the model as media.
pub(crate) fn media_type(path: &std::path::Path) -> &'static str {
    let extension = path
        .extension()
        .and_then(std::ffi::OsStr::to_str)
        .unwrap_or_default();
    match extension.to_ascii_lowercase().as_str() {
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "gif" => "image/gif",
        "webp" => "image/webp",
        "svg" => "image/svg+xml",
        "pdf" => "application/pdf",
        "json" => "application/json",
        "html" | "htm" => "text/html",
        "md" => "text/markdown",
        "txt" | "log" | "toml" | "yaml" | "yml" | "rs" | "py" | "go" | "js" | "ts" | "c" | "h"
        | "sh" | "csv" | "css" => "text/plain",
        _ => "application/octet-stream",
    }
}
