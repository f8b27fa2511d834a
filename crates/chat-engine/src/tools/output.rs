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
            bound(&mut value);
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

/// Makes a value fit. Its texts are what is cut, so that a reader still finds every field; only
/// where the rest alone is too much, all of it becomes one text.
fn bound(value: &mut Value) {
    let mut room = Room {
        left: TOOL_OUTPUT_BYTES_MAX,
        is_cut: false,
    };
    match room.left.checked_sub(frame_bytes(value)) {
        Some(left) => {
            room.left = left;
            cut_texts(value, &mut room);
        }
        None => {
            let mut text = value.to_string();
            room.cut(&mut text);
            *value = Value::String(text);
        }
    }
}

/// What a value takes beside its texts.
fn frame_bytes(value: &Value) -> usize {
    match value {
        Value::Null | Value::Bool(_) => "false".len(),
        Value::Number(number) => number.to_string().len(),
        Value::String(_) => "\"\"".len(),
        Value::Array(items) => {
            let items = items.iter().map(|item| frame_bytes(item) + ",".len());
            "[]".len() + items.sum::<usize>()
        }
        Value::Object(fields) => {
            let fields = fields.iter();
            let fields = fields.map(|(key, it)| key.len() + "\"\":,".len() + frame_bytes(it));
            "{}".len() + fields.sum::<usize>()
        }
    }
}

fn cut_texts(value: &mut Value, room: &mut Room) {
    match value {
        Value::String(text) => room.cut(text),
        Value::Array(items) => items.iter_mut().for_each(|item| cut_texts(item, room)),
        Value::Object(fields) => fields.values_mut().for_each(|it| cut_texts(it, room)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// What texts may still use.
struct Room {
    left: usize,
    /// It was said that something is missing.
    is_cut: bool,
}

impl Room {
    fn cut(&mut self, text: &mut String) {
        if text.len() <= self.left {
            self.left -= text.len();
            return;
        }
        text.truncate(text.floor_char_boundary(self.left));
        self.left = 0;
        // Said once: a note at each of thousands would be much in itself.
        text.push_str(if self.is_cut { "…" } else { CUT_NOTE });
        self.is_cut = true;
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
        let room = TOOL_OUTPUT_BYTES_MAX - r#"{"a":"",}"#.len();
        let fits = "x".repeat(room);
        let value = stored(Output::json(&json!({ "a": fits }))).result.unwrap();
        assert_eq!(value["a"].as_str().unwrap().len(), room);
        let longer = format!("{fits}y");
        let value = stored(Output::json(&json!({ "a": longer })))
            .result
            .unwrap();
        assert!(value["a"].as_str().unwrap().ends_with(CUT_NOTE));
    }

    #[test]
    fn text_is_cut_between_characters() {
        let text = "x".repeat(TOOL_OUTPUT_BYTES_MAX - r#"["",]"#.len() - 1);
        let value = stored(Output::json(&json!([format!("{text}€")])));
        assert_eq!(value.result, Some(json!([format!("{text}{CUT_NOTE}")])));
    }

    #[test]
    fn what_is_no_text_has_its_limit_too() {
        let count = TOOL_OUTPUT_BYTES_MAX;
        let keys: Value = (0..count).map(|n| (n.to_string(), Value::Null)).collect();
        let most = TOOL_OUTPUT_BYTES_MAX + CUT_NOTE.len();
        for value in [json!(vec![1; count]), json!(vec![""; count]), keys] {
            let value = stored(Output::json(&value)).result.unwrap();
            let text = value.as_str().unwrap();
            assert!(text.len() == most && text.ends_with(CUT_NOTE));
        }
    }

    #[test]
    fn fields_behind_a_text_that_is_cut_stay() {
        let long = "x".repeat(TOOL_OUTPUT_BYTES_MAX);
        let value = json!({ "a": long, "exit_code": 7, "more": ["yy", "zz"] });
        let value = stored(Output::json(&value)).result.unwrap();
        assert_eq!(value["exit_code"], 7);
        assert_eq!(value["more"], json!(["…", "…"]));
    }

    #[test]
    fn unknown_outcome_is_marked_for_everyone() {
        let result = stored(Output::unknown(UNKNOWN_TEXT));
        assert_eq!(result.outcome, Some(Outcome::Unknown));
        assert!(result.is_error);
    }
}
