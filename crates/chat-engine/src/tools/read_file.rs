//! `read_file`: numbered lines of a text file, or a picture.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use futures_util::future::BoxFuture;
use muster_agent_link::wire;
use muster_base::limits::TOOL_MEDIA_BYTES_MAX;
use muster_chat_state::content::Media;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{CallContext, Class, Output, Tool, parse};

/// Files that are shown as a picture, by the end of their name.
const PICTURES: [&str; 5] = [".png", ".jpg", ".jpeg", ".gif", ".webp"];

pub(super) struct ReadFile;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Args {
    path: String,
    #[serde(default)]
    offset: Option<u64>,
    #[serde(default)]
    limit: Option<u64>,
}

#[derive(Serialize)]
struct Lines {
    content: String,
    file_size: u64,
    total_lines: u64,
    lines_read: u64,
}

impl Tool for ReadFile {
    fn name(&self) -> &'static str {
        "read_file"
    }

    fn description(&self) -> &'static str {
        "Read a file of the workspace. Text comes back as numbered lines (`N<TAB>text`), at most \
         2000 lines and 32 KiB per call; use offset and limit to read a larger file in pieces. \
         Pictures come back as pictures."
    }

    fn schema(&self) -> Value {
        json!({
            "type": "object",
            "properties": {
                "path": {"type": "string", "description": "Absolute path of the file."},
                "offset": {"type": "integer", "minimum": 1, "description": "First line to read, counted from 1."},
                "limit": {"type": "integer", "minimum": 1, "description": "Number of lines to read."}
            },
            "required": ["path"],
            "additionalProperties": false
        })
    }

    fn class(&self) -> Class {
        Class::Pure
    }

    fn call<'a>(&'a self, context: &'a CallContext, args: Value) -> BoxFuture<'a, Output> {
        Box::pin(async move {
            match parse(args) {
                Ok(args) => read(context, args).await,
                Err(output) => output,
            }
        })
    }
}

async fn read(context: &CallContext, args: Args) -> Output {
    let path = args.path.to_ascii_lowercase();
    let is_picture = |end: &&str| path.ends_with(*end);
    if PICTURES.iter().any(is_picture) {
        return picture(context, args.path).await;
    }
    let agent = match context.agent().await {
        Ok(agent) => agent,
        Err(output) => return output,
    };
    let query = wire::ReadFileLines {
        path: args.path,
        offset: args.offset,
        limit: args.limit,
        ..wire::ReadFileLines::default()
    };
    match agent.read_file_lines(&context.link(), &query).await {
        Ok(lines) if lines.success => Output::json(&Lines {
            content: lines.content,
            file_size: lines.file_size,
            total_lines: lines.total_lines,
            lines_read: lines.lines_read,
        }),
        Ok(lines) => Output::error(lines.error.unwrap_or_default()),
        Err(error) => Output::from_agent(&error),
    }
}

async fn picture(context: &CallContext, path: String) -> Output {
    let agent = match context.agent().await {
        Ok(agent) => agent,
        Err(output) => return output,
    };
    let text = path.clone();
    let query = wire::ReadFile {
        path,
        limit: Some(TOOL_MEDIA_BYTES_MAX as u64 + 1),
        ..wire::ReadFile::default()
    };
    match agent.read_file(&context.link(), &query).await {
        Ok(file) if file.bytes.len() > TOOL_MEDIA_BYTES_MAX => {
            Output::error("The picture is larger than 10 MiB.")
        }
        Ok(file) => Output::media(&Media {
            data: BASE64.encode(&file.bytes),
            mime_type: file.media_type,
            text,
        }),
        Err(error) => Output::from_agent(&error),
    }
}
