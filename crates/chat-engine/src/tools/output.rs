//! What a call gives back.

use muster_agent_link as agent;
use muster_agent_link::wire::Code;
use muster_base::limits::TOOL_OUTPUT_BYTES_MAX;
use muster_chat_state::content::{self, Outcome};
use serde::Serialize;
use serde_json::{Value, json};

/// Said where nobody can know what a call did.
pub(crate) const UNKNOWN_TEXT: &str = "The result of this call is not known because the server \
     or the workspace restarted; check before repeating.";

/// Marks a text that was cut to its limit.
const CUT_NOTE: &str = "\n[the rest was cut off]";

/// How the call's effect ended, for the ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    /// It is over.
    Exited,
    /// A process goes on in the background.
    Detached,
    /// Nobody knows.
    Unknown,
}

/// The result of one call.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Output {
    pub(crate) value: Value,
    pub(crate) is_error: bool,
    pub(crate) is_media: bool,
    pub(crate) ending: Ending,
}

impl Output {
    /// A result that is JSON.
    pub(crate) fn json(value: &impl Serialize) -> Self {
        match serde_json::to_value(value) {
            Ok(value) => Self {
                value,
                is_error: false,
                is_media: false,
                ending: Ending::Exited,
            },
            Err(error) => Self::error(format!("The result can't be written as JSON: {error}")),
        }
    }

    /// A picture.
    pub(crate) fn media(media: &content::Media) -> Self {
        Self {
            is_media: true,
            ..Self::json(media)
        }
    }

    /// A failure that the model should read.
    pub(crate) fn error(message: impl Into<String>) -> Self {
        Self {
            value: json!({ "error": message.into() }),
            is_error: true,
            is_media: false,
            ending: Ending::Exited,
        }
    }

    /// Makes a result that says more than its failure into one.
    pub(crate) fn set_error(&mut self, message: &str) {
        self.is_error = true;
        if let Value::Object(fields) = &mut self.value {
            fields.insert("error".to_owned(), Value::from(message));
        }
    }

    /// Nobody knows what the call did; `reason` says why.
    pub(crate) fn unknown(reason: &str) -> Self {
        Self {
            value: json!({ "error": reason, "outcome": "unknown" }),
            is_error: true,
            is_media: false,
            ending: Ending::Unknown,
        }
    }

    /// A call to the agent failed.
    pub(crate) fn from_agent(error: &agent::Error) -> Self {
        match error.code() {
            Some(Code::EffectUnknown | Code::EffectConflict) => Self::unknown(UNKNOWN_TEXT),
            Some(_) | None => Self::error(error.to_string()),
        }
    }

    /// The same with another ending.
    pub(crate) fn ending(mut self, ending: Ending) -> Self {
        self.ending = ending;
        self
    }

    /// The stored form, within limits whatever the tool did.
    pub(crate) fn into_result(self, call: &content::ToolCall) -> content::ToolResult {
        let Self {
            mut value,
            is_error,
            is_media,
            ending,
        } = self;
        if !is_media {
            bound(&mut value, &mut { TOOL_OUTPUT_BYTES_MAX });
        }
        content::ToolResult {
            tool_call_id: call.tool_call_id.clone(),
            tool_name: call.tool_name.clone(),
            result: Some(value),
            is_error,
            is_media,
            outcome: (ending == Ending::Unknown).then_some(Outcome::Unknown),
            ..content::ToolResult::default()
        }
    }
}

/// Cuts texts until the whole fits; `left` is what may still be used.
fn bound(value: &mut Value, left: &mut usize) {
    match value {
        Value::String(text) => {
            if text.len() > *left {
                text.truncate(text.floor_char_boundary(*left));
                text.push_str(CUT_NOTE);
                *left = 0;
            } else {
                *left -= text.len();
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| bound(item, left)),
        Value::Object(fields) => fields.values_mut().for_each(|field| bound(field, left)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stored(output: Output) -> content::ToolResult {
        output.into_result(&content::ToolCall::default())
    }

    #[test]
    fn result_at_the_limit_is_whole_and_one_byte_more_is_cut() {
        let fits = "x".repeat(TOOL_OUTPUT_BYTES_MAX);
        let value = stored(Output::json(&json!({ "a": fits }))).result.unwrap();
        assert_eq!(value["a"].as_str().unwrap().len(), TOOL_OUTPUT_BYTES_MAX);
        let longer = format!("{fits}y");
        let value = stored(Output::json(&json!({ "a": longer })))
            .result
            .unwrap();
        assert!(value["a"].as_str().unwrap().ends_with(CUT_NOTE));
    }

    #[test]
    fn text_is_cut_between_characters() {
        let text = format!("{}€", "x".repeat(TOOL_OUTPUT_BYTES_MAX - 1));
        let value = stored(Output::json(&json!([text]))).result.unwrap();
        let expected = format!("{}{CUT_NOTE}", "x".repeat(TOOL_OUTPUT_BYTES_MAX - 1));
        assert_eq!(value, json!([expected]));
    }

    #[test]
    fn unknown_outcome_is_marked_for_everyone() {
        let result = stored(Output::unknown(UNKNOWN_TEXT));
        assert_eq!(result.outcome, Some(Outcome::Unknown));
        assert!(result.is_error);
    }
}
