//! `create_workspace`: the chat's own workspace, once per call (F22).

use std::collections::BTreeMap;

use futures_util::future::BoxFuture;
use muster_workspaces::CreateForChat;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Audience, CallContext, Class, Output, Tool, parse};

pub(super) struct CreateWorkspace;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Args {
    template_id: String,
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    parameters: BTreeMap<String, Value>,
}

impl Tool for CreateWorkspace {
    fn name(&self) -> &'static str {
        "create_workspace"
    }

    fn description(&self) -> &'static str {
        "Create a workspace from a template, attach it to this conversation and wait until it can \
         be used. A conversation that has a working workspace keeps it."
    }

    fn schema(&self) -> Value {
        json!({
            "type": "object",
            "properties": {
                "template_id": {"type": "string", "description": "Id from list_templates."},
                "name": {"type": "string", "description": "Name of the workspace; one is made up if it is left out."},
                "parameters": {"type": "object", "additionalProperties": {"type": "string"}, "description": "Values of the template's parameters by name."}
            },
            "required": ["template_id"],
            "additionalProperties": false
        })
    }

    fn class(&self) -> Class {
        Class::Keyed
    }

    fn audience(&self) -> Audience {
        Audience::Roots
    }

    fn call<'a>(&'a self, context: &'a CallContext, args: Value) -> BoxFuture<'a, Output> {
        Box::pin(async move {
            match parse(args) {
                Ok(args) => create(context, args).await,
                Err(output) => output,
            }
        })
    }
}

async fn create(context: &CallContext, args: Args) -> Output {
    let turn = &context.turn;
    let owner = match turn.owner().await {
        Ok(owner) => owner,
        Err(error) => return Output::error(error.to_string()),
    };
    let values = args.parameters.into_iter();
    let request = CreateForChat {
        chat_id: context.chat_id,
        owner_id: turn.chat.owner_id,
        effect_id: context.effect.id,
        template_id: args.template_id,
        name: args.name,
        parameters: values.map(|(name, value)| (name, as_text(value))).collect(),
        seed: turn.shared.workspace_seed.clone(),
    };
    let access = &turn.shared.workspaces;
    match access.create(&owner, turn.as_ref(), request).await {
        Ok(result) => Output::json(&result),
        Err(error) => Output::error(error.to_string()),
    }
}

/// Models write numbers and switches as such; parameter values are texts.
fn as_text(value: Value) -> String {
    match value {
        Value::String(text) => text,
        other @ (Value::Null
        | Value::Bool(_)
        | Value::Number(_)
        | Value::Array(_)
        | Value::Object(_)) => other.to_string(),
    }
}
