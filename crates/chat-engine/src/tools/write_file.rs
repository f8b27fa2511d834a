//! `write_file`: a whole file.

use futures_util::future::BoxFuture;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{CallContext, Class, Output, Tool, parse};

pub(super) struct WriteFile;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Args {
    path: String,
    content: String,
}

impl Tool for WriteFile {
    fn name(&self) -> &'static str {
        "write_file"
    }

    fn description(&self) -> &'static str {
        "Write a whole file of the workspace, creating it and its folders if they are missing. \
         An existing file is replaced; to change a part of one use edit_files."
    }

    fn schema(&self) -> Value {
        json!({
            "type": "object",
            "properties": {
                "path": {"type": "string", "description": "Absolute path of the file."},
                "content": {"type": "string", "description": "The whole new content."}
            },
            "required": ["path", "content"],
            "additionalProperties": false
        })
    }

    fn class(&self) -> Class {
        Class::Journaled
    }

    fn call<'a>(&'a self, context: &'a CallContext, args: Value) -> BoxFuture<'a, Output> {
        Box::pin(async move {
            let args: Args = match parse(args) {
                Ok(args) => args,
                Err(output) => return output,
            };
            let content = bytes::Bytes::from(args.content);
            let path = &args.path;
            let written = context.journaled(|agent, link| {
                let content = content.clone();
                Box::pin(async move { agent.write_file(&link, path, content).await })
            });
            match written.await {
                Ok(_) => Output::json(&json!({ "ok": true })),
                Err(output) => output,
            }
        })
    }
}
