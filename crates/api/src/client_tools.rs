//! Tools that the client of a chat runs itself.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

/// A tool that the client brings along. The model is offered it; a call of it waits for the
/// client's result.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct DynamicTool {
    /// 1 to 64 letters, digits, `_` and `-`; none of the names of the built-in tools.
    pub name: String,
    /// What the tool does and when to use it, for the model.
    #[serde(default)]
    pub description: String,
    /// JSON schema of the arguments: of `type` `object`.
    #[schema(value_type = Object)]
    pub input_schema: Value,
}

/// The answers to all calls that wait for the client.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct SubmitToolResultsRequest {
    pub results: Vec<SubmittedToolResult>,
}

/// The answer to one call.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct SubmittedToolResult {
    /// The call as `action_required` names it.
    pub tool_call_id: String,
    /// What the model reads: a text, or any other JSON; at most 64 KiB of it.
    pub output: Value,
    /// The tool failed, and `output` says how.
    #[serde(default)]
    #[cfg_attr(feature = "ts", ts(as = "Option<bool>", optional))]
    pub is_error: bool,
}
