//! What the client's own tools answered.

use std::collections::HashSet;

use axum::extract::State;
use http::StatusCode;
use muster_api as api;
use muster_base::{ChatId, limits};
use muster_chat_state::content::{ToolCall, ToolResult};
use muster_chat_state::effects::EffectState;
use muster_chat_state::transitions::{CompleteRequiresAction, StepResult};
use muster_store::chats::ChatStatus;

use crate::app::App;
use crate::auth::middleware::Caller;
use crate::error::{Error, Result};
use crate::extract::{self, Path};

/// Answer the calls that wait for the client: all of them, each once.
#[utoipa::path(post, path = "/chats/{chat}/tool-results", tag = "chats",
    params(("chat" = uuid::Uuid, Path)),
    request_body = api::SubmitToolResultsRequest,
    responses(
        (status = 204),
        (status = 400, body = api::ErrorBody, description = "the results are not those of the calls"),
        (status = 404, body = api::ErrorBody),
        (status = 409, body = api::ErrorBody, description = "the chat waits for no results"),
        (status = 413, body = api::ErrorBody),
    ))]
pub(crate) async fn submit(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<ChatId>,
    extract::Json(body): extract::Json<api::SubmitToolResultsRequest>,
) -> Result<StatusCode> {
    let actor = caller.actor();
    let (chat, calls) = app.machine.pending_calls(actor, id).await?;
    if chat.status != ChatStatus::RequiresAction {
        return Err(Error::conflict("The chat waits for no tool results."));
    }
    let results = checked(&calls, body.results)?;
    let command = CompleteRequiresAction { results };
    app.machine.apply(actor, id, command).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The results in their stored form; what is wrong is named as `results[i]`.
fn checked(calls: &[ToolCall], given: Vec<api::SubmittedToolResult>) -> Result<Vec<StepResult>> {
    let mut answered = HashSet::new();
    let mut results = Vec::with_capacity(calls.len());
    for (index, result) in given.into_iter().enumerate() {
        let refused =
            |field: &str, rule: &str| Error::invalid(format!("results[{index}].{field}"), rule);
        let call = calls
            .iter()
            .find(|call| call.tool_call_id == result.tool_call_id);
        let Some(call) = call else {
            return Err(refused(
                "tool_call_id",
                "is no call that waits for a result",
            ));
        };
        if !answered.insert(call.tool_call_id.as_str()) {
            return Err(refused("tool_call_id", "is answered twice"));
        }
        let longest = limits::DYNAMIC_RESULT_BYTES_MAX;
        if result.output.to_string().len() > longest {
            return Err(refused("output", &format!("has at most {longest} bytes")));
        }
        results.push(stored(call, result)?);
    }
    let missing = calls
        .iter()
        .find(|call| !answered.contains(call.tool_call_id.as_str()));
    match missing {
        Some(call) => Err(Error::invalid(
            "results",
            format!("has no result of the call {}", call.tool_call_id),
        )),
        None => Ok(results),
    }
}

fn stored(call: &ToolCall, given: api::SubmittedToolResult) -> Result<StepResult> {
    let result = ToolResult {
        tool_call_id: call.tool_call_id.clone(),
        tool_name: call.tool_name.clone(),
        result: Some(given.output),
        is_error: given.is_error,
        ..ToolResult::default()
    };
    let settles = call.effect_id.map(|effect| (effect, EffectState::Exited));
    StepResult::new(result, settles).map_err(Error::internal)
}
