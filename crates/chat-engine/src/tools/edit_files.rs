//! `edit_files`: replaces texts in files.

use futures_util::future::BoxFuture;
use muster_agent_link::wire;
use serde_json::{Value, json};

use super::{CallContext, Class, Output, Tool, parse};

pub(super) struct EditFiles;

impl Tool for EditFiles {
    fn name(&self) -> &'static str {
        "edit_files"
    }

    fn description(&self) -> &'static str {
        "Replace texts in one or several files of the workspace. Each search text must occur \
         exactly once in its file unless replace_all is set; include enough lines around it. \
         Nothing is written unless every edit fits. Returns a diff per file."
    }

    fn schema(&self) -> Value {
        let edit = json!({
            "type": "object",
            "properties": {
                "search": {"type": "string", "description": "The text to find, as it stands in the file."},
                "replace": {"type": "string", "description": "The text to put in its place."},
                "replace_all": {"type": "boolean", "description": "Replace every occurrence."}
            },
            "required": ["search", "replace"],
            "additionalProperties": false
        });
        let file = json!({
            "type": "object",
            "properties": {
                "path": {"type": "string", "description": "Absolute path of the file."},
                "edits": {"type": "array", "items": edit, "minItems": 1, "description": "Edits in the order in which they are applied."}
            },
            "required": ["path", "edits"],
            "additionalProperties": false
        });
        json!({
            "type": "object",
            "properties": {
                "files": {"type": "array", "items": file, "minItems": 1, "description": "The files to change, each path once."}
            },
            "required": ["files"],
            "additionalProperties": false
        })
    }

    fn class(&self) -> Class {
        Class::Journaled
    }

    fn call<'a>(&'a self, context: &'a CallContext, args: Value) -> BoxFuture<'a, Output> {
        Box::pin(async move {
            let body: wire::EditFiles = match parse(args) {
                Ok(args) => args,
                Err(output) => return output,
            };
            let body = &body;
            let edited = context.journaled(|agent, link| {
                Box::pin(async move { agent.edit_files(&link, body).await })
            });
            match edited.await {
                Ok(edited) => Output::json(&edited),
                Err(output) => output,
            }
        })
    }
}
