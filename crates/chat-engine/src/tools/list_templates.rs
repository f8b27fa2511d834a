//! `list_templates`: what a workspace can be made from.

use futures_util::future::BoxFuture;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Audience, CallContext, Class, Output, Tool, parse};

pub(super) struct ListTemplates;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Args {
    #[serde(default)]
    query: Option<String>,
}

impl Tool for ListTemplates {
    fn name(&self) -> &'static str {
        "list_templates"
    }

    fn description(&self) -> &'static str {
        "List the templates from which a workspace can be created."
    }

    fn schema(&self) -> Value {
        json!({
            "type": "object",
            "properties": {
                "query": {"type": "string", "description": "Words to look for in names and descriptions."}
            },
            "required": [],
            "additionalProperties": false
        })
    }

    fn class(&self) -> Class {
        Class::Pure
    }

    fn audience(&self) -> Audience {
        Audience::Roots
    }

    fn call<'a>(&'a self, context: &'a CallContext, args: Value) -> BoxFuture<'a, Output> {
        Box::pin(async move {
            let Args { query } = match parse(args) {
                Ok(args) => args,
                Err(output) => return output,
            };
            let owner = match context.turn.owner().await {
                Ok(owner) => owner,
                Err(error) => return Output::error(error.to_string()),
            };
            let access = &context.turn.shared.workspaces;
            match access.list_templates(&owner, query.as_deref()).await {
                Ok(list) => Output::json(&list),
                Err(error) => Output::error(error.to_string()),
            }
        })
    }
}
