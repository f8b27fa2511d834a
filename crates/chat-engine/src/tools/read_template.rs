//! `read_template`: what can be chosen for a workspace of a template.

use futures_util::future::BoxFuture;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Audience, CallContext, Class, Output, Tool, parse};

pub(super) struct ReadTemplate;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Args {
    template_id: String,
}

impl Tool for ReadTemplate {
    fn name(&self) -> &'static str {
        "read_template"
    }

    fn description(&self) -> &'static str {
        "Show a template with the parameters and presets that create_workspace accepts for it."
    }

    fn schema(&self) -> Value {
        json!({
            "type": "object",
            "properties": {
                "template_id": {"type": "string", "description": "Id from list_templates."}
            },
            "required": ["template_id"],
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
            let Args { template_id } = match parse(args) {
                Ok(args) => args,
                Err(output) => return output,
            };
            let owner = match context.turn.owner().await {
                Ok(owner) => owner,
                Err(error) => return Output::error(error.to_string()),
            };
            let access = &context.turn.shared.workspaces;
            match access.read_template(&owner, &template_id).await {
                Ok(template) => Output::json(&template),
                Err(error) => Output::error(error.to_string()),
            }
        })
    }
}
