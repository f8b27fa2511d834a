//! The neutral parts of a message, each with the provider's own block beside its view.

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A provider's wire format; a native block may only go back to the format it came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// Anthropic Messages.
    AnthropicMessages,
    /// OpenAI Chat Completions, in every dialect.
    OpenaiChat,
    /// OpenAI Responses.
    OpenaiResponses,
    /// Gemini `generateContent`.
    Gemini,
}

/// The provider's own block, kept value for value.
///
/// It is present when it says more than the view (a signature, citations, an unknown field);
/// a block that the view rebuilds exactly is not stored twice.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Native {
    /// The format that `json` belongs to.
    pub provider_format: Format,
    /// The model that wrote the block: reasoning is replayed to its own model only.
    pub model: String,
    /// The block.
    pub json: Value,
}

/// One piece of a message.
#[derive(Clone, Debug, PartialEq)]
pub enum Part {
    /// Plain text.
    Text(Text),
    /// What the model thought before it answered.
    Reasoning(Reasoning),
    /// The model asks for a tool.
    ToolCall(ToolCall),
    /// What a tool gave back.
    ToolResult(ToolResult),
    /// A file for the model to look at.
    File(File),
    /// A page the model has cited. Never sent to a model.
    Source(Source),
}

impl Part {
    /// A text part without a native block.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(Text {
            text: text.into(),
            native: None,
        })
    }

    /// The provider's own block, if one is kept.
    #[must_use]
    pub const fn native(&self) -> Option<&Native> {
        match self {
            Self::Text(part) => part.native.as_ref(),
            Self::Reasoning(part) => part.native.as_ref(),
            Self::ToolCall(part) => part.native.as_ref(),
            Self::ToolResult(part) => part.native.as_ref(),
            Self::File(_) | Self::Source(_) => None,
        }
    }

    /// Forgets the provider's own block: what is left everybody takes.
    pub fn drop_native(&mut self) {
        match self {
            Self::Text(part) => part.native = None,
            Self::Reasoning(part) => part.native = None,
            Self::ToolCall(part) => part.native = None,
            Self::ToolResult(part) => part.native = None,
            Self::File(_) | Self::Source(_) => {}
        }
    }
}

/// Plain text.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Text {
    /// The text.
    pub text: String,
    /// The provider's own block.
    pub native: Option<Native>,
}

/// What the model thought. Sent back only to the model that wrote it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Reasoning {
    /// Readable text; may be a summary or empty.
    pub text: String,
    /// The provider's proof that the text is its own.
    pub signature: Option<String>,
    /// Content only the provider can read.
    pub encrypted: Option<String>,
    /// The provider withheld the text.
    pub redacted: bool,
    /// The provider's own block.
    pub native: Option<Native>,
}

/// A call of a tool.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ToolCall {
    /// Pairs the call with its result.
    pub id: String,
    /// The tool.
    pub name: String,
    /// The arguments exactly as the model wrote them: JSON text, or what should have been.
    pub args: String,
    /// The provider runs this tool itself.
    pub provider_executed: bool,
    /// The provider's own block.
    pub native: Option<Native>,
}

impl ToolCall {
    /// The arguments as JSON; no text at all means no arguments.
    ///
    /// # Errors
    /// When the model wrote broken JSON. The call stays valid: it is answered with an error
    /// result that quotes this error, so that the model can repair it.
    pub fn parsed_args(&self) -> Result<Value, serde_json::Error> {
        if self.args.trim().is_empty() {
            return Ok(Value::Object(serde_json::Map::new()));
        }
        serde_json::from_str(&self.args)
    }
}

/// The result of a tool call.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ToolResult {
    /// The call that this answers.
    pub call_id: String,
    /// The tool.
    pub name: String,
    /// What the tool gave back, in order.
    pub content: Vec<ToolContent>,
    /// The tool failed.
    pub is_error: bool,
    /// The provider ran the tool itself.
    pub provider_executed: bool,
    /// The provider's own block.
    pub native: Option<Native>,
}

/// One piece of a tool's result.
#[derive(Clone, Debug, PartialEq)]
pub enum ToolContent {
    /// Text.
    Text(String),
    /// Structured data; sent as compact JSON text.
    Json(Value),
    /// A picture or another medium. The model sees it as such, never as base64 text.
    Media {
        /// Media type, such as `image/png`.
        media_type: String,
        /// The content.
        bytes: Bytes,
        /// A description that goes with it.
        text: Option<String>,
    },
}

/// A file for the model to look at.
#[derive(Clone, Debug, PartialEq)]
pub struct File {
    /// Media type, such as `application/pdf`.
    pub media_type: String,
    /// File name.
    pub name: Option<String>,
    /// The content or where the provider has it.
    pub data: FileData,
}

/// The content of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FileData {
    /// The bytes themselves.
    Bytes(Bytes),
    /// The id under which the provider keeps the file.
    ProviderId(String),
}

/// A page the model has cited.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// The provider's id of the citation.
    pub id: Option<String>,
    /// Where the page is.
    pub url: String,
    /// What it is called.
    pub title: Option<String>,
}
