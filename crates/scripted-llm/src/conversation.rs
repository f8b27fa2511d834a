//! A request as the rules see it, whatever wire it came over.

use serde_json::Value;

/// The parts of a model request that a script can ask about.
#[derive(Clone, Debug, Default)]
pub(crate) struct Conversation {
    pub(crate) model: String,
    pub(crate) stream: bool,
    /// The client asks for usage in the stream (Chat Completions makes it optional).
    pub(crate) stream_usage: bool,
    pub(crate) system: String,
    pub(crate) messages: Vec<Message>,
    pub(crate) tools: Vec<String>,
    /// The answer must fit a schema.
    pub(crate) structured: bool,
    /// The schema, where the request carries one.
    pub(crate) schema: Option<Value>,
    /// Tools are on offer but must not be called.
    pub(crate) no_calls: bool,
    /// All items, those of the responses that the request continues first (Responses).
    pub(crate) items: Vec<Value>,
    /// What else the answer is to hold (Responses).
    pub(crate) include: Vec<String>,
    /// Beta features that the request's headers name.
    pub(crate) beta: String,
    /// Bytes of the request's body.
    pub(crate) bytes: usize,
}

#[derive(Clone, Debug)]
pub(crate) enum Message {
    User { text: String },
    Assistant { text: String, calls: Vec<Call> },
    Results(Vec<ToolResult>),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Call {
    pub(crate) id: String,
    pub(crate) name: String,
}

#[derive(Clone, Debug)]
pub(crate) struct ToolResult {
    pub(crate) call_id: String,
    pub(crate) text: String,
    pub(crate) error: bool,
    pub(crate) media: bool,
}

impl Conversation {
    /// User messages so far.
    pub(crate) fn turn(&self) -> usize {
        self.messages
            .iter()
            .filter(|message| matches!(message, Message::User { .. }))
            .count()
    }

    /// Assistant messages since the last user message, plus one.
    pub(crate) fn step(&self) -> usize {
        1 + self
            .this_turn()
            .filter(|m| matches!(m, Message::Assistant { .. }))
            .count()
    }

    /// Assistant messages with calls since the last user message.
    pub(crate) fn rounds_of_calls(&self) -> usize {
        self.this_turn()
            .filter(|m| matches!(m, Message::Assistant { calls, .. } if !calls.is_empty()))
            .count()
    }

    fn this_turn(&self) -> impl Iterator<Item = &Message> {
        self.messages
            .iter()
            .rev()
            .take_while(|m| !matches!(m, Message::User { .. }))
    }

    pub(crate) fn last_user_text(&self) -> &str {
        let texts = self
            .messages
            .iter()
            .rev()
            .filter_map(|message| match message {
                Message::User { text } => Some(text.as_str()),
                Message::Assistant { .. } | Message::Results(_) => None,
            });
        texts.into_iter().next().unwrap_or_default()
    }

    /// The results the request ends with; empty unless it answers tool calls.
    pub(crate) fn last_results(&self) -> &[ToolResult] {
        match self.messages.last() {
            Some(Message::Results(results)) => results,
            Some(Message::User { .. } | Message::Assistant { .. }) | None => &[],
        }
    }

    /// The name of the tool that a result belongs to.
    pub(crate) fn tool_of(&self, result: &ToolResult) -> &str {
        let calls = self
            .messages
            .iter()
            .rev()
            .flat_map(|message| match message {
                Message::Assistant { calls, .. } => calls.as_slice(),
                Message::User { .. } | Message::Results(_) => &[],
            });
        calls
            .into_iter()
            .find(|call| call.id == result.call_id)
            .map(|call| call.name.as_str())
            .unwrap_or_default()
    }

    /// Whether the request asks for something that answers leave out otherwise.
    pub(crate) fn includes(&self, wanted: &str) -> bool {
        self.include.iter().any(|asked| asked == wanted)
    }

    /// A rough size in tokens: four bytes each.
    pub(crate) const fn tokens(&self) -> usize {
        self.bytes / 4
    }

    /// The last results brought pictures, which came in a message of their own.
    pub(crate) fn mark_media(&mut self) {
        if let Some(Message::Results(results)) = self.messages.last_mut() {
            results.iter_mut().for_each(|result| result.media = true);
        }
    }

    /// Adds results, joining those that the same step answered.
    pub(crate) fn push_results(&mut self, mut results: Vec<ToolResult>) {
        if let Some(Message::Results(earlier)) = self.messages.last_mut() {
            earlier.append(&mut results);
        } else {
            self.messages.push(Message::Results(results));
        }
    }
}

/// The text of a content field that is a string or a list of typed blocks.
pub(crate) fn text_of(content: &Value) -> String {
    match content {
        Value::String(text) => text.clone(),
        Value::Array(blocks) => {
            let texts = blocks
                .iter()
                .filter_map(|block| block.get("text")?.as_str());
            texts.collect::<Vec<_>>().join("\n")
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => String::new(),
    }
}

/// A string field, empty when it is absent or no string.
pub(crate) fn text_field<'a>(value: &'a Value, field: &str) -> &'a str {
    value.get(field).and_then(Value::as_str).unwrap_or_default()
}

/// An array field, empty when it is absent or no array.
pub(crate) fn list_field<'a>(value: &'a Value, field: &str) -> &'a [Value] {
    value
        .get(field)
        .and_then(Value::as_array)
        .map_or(&[], Vec::as_slice)
}
