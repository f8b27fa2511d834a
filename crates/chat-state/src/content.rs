//! What a message holds: the stored form of its parts.
//!
//! Storage format and wire format are one (`content_version` 1): a JSON array of parts tagged by
//! `type`. Some fields are ours alone (the provider's own block, effect ids, the text of context
//! files); [`Part::public`] is the one function that removes them before a client sees a part.
//!
//! Knows nothing of providers and nothing of prompts: those conversions live above.

mod escape;
mod heads;

use std::collections::HashSet;

use muster_base::{AgentId, EffectId, FileId};
use serde::{Deserialize, Serialize};
use serde_json::Value;

pub(crate) use heads::{Head, heads, heads_of};

/// Version of the stored form that this code writes.
pub const CONTENT_VERSION: i64 = 1;

/// The provider's own block, kept value for value.
///
/// It is a string inside the document, because a database may reorder the keys of a JSON object
/// and a signature over the block would then no longer hold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Native {
    /// Which codec wrote it, such as `anthropic`.
    pub format: String,
    /// The block as JSON text.
    pub json: String,
}

/// One part of a message.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "kebab-case")]
pub enum Part {
    /// Words.
    Text(Text),
    /// What the model thought.
    Reasoning(Reasoning),
    /// The model asks for a tool.
    ToolCall(ToolCall),
    /// What a tool answered.
    ToolResult(ToolResult),
    /// Where the provider found something; never sent to a model.
    Source(Source),
    /// An upload or a picture.
    File(File),
    /// Lines of a file that the user points at.
    FileReference(FileReference),
    /// An instruction file of the workspace.
    ContextFile(ContextFile),
    /// A skill of the workspace.
    Skill(Skill),
}

/// Words of the user or the model.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Text {
    pub text: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub native: Option<Native>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider_metadata: Option<Value>,
}

/// Thoughts of the model; a signature or encrypted item is inside `native`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Reasoning {
    pub text: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub native: Option<Native>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider_metadata: Option<Value>,
}

/// One call of a tool.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ToolCall {
    /// The id by which its result names it; unique within one message.
    #[serde(default)]
    pub tool_call_id: String,
    #[serde(default)]
    pub tool_name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub args: Option<Value>,
    /// In the live stream only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub args_delta: Option<String>,
    /// The provider ran it; its result stands in the same message.
    #[serde(default, skip_serializing_if = "is_false")]
    pub provider_executed: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mcp_server_config_id: Option<String>,
    /// Decides whether the call's effect was already made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effect_id: Option<EffectId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub native: Option<Native>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider_metadata: Option<Value>,
}

/// What one call of a tool answered.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ToolResult {
    #[serde(default)]
    pub tool_call_id: String,
    #[serde(default)]
    pub tool_name: String,
    /// For a media result the JSON of [`Media`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub result: Option<Value>,
    /// In the live stream only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub result_delta: Option<String>,
    #[serde(default, skip_serializing_if = "is_false")]
    pub is_error: bool,
    #[serde(default, skip_serializing_if = "is_false")]
    pub is_media: bool,
    #[serde(default, skip_serializing_if = "is_false")]
    pub provider_executed: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mcp_server_config_id: Option<String>,
    /// Set when nobody can know what the call did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<Outcome>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub native: Option<Native>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider_metadata: Option<Value>,
}

/// How a call ended, where "it ran" or "it failed" would both be a guess.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The call may have taken effect.
    Unknown,
}

/// The one form of a picture or recording as a tool result, for writing and for reading.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Media {
    /// Base64.
    pub data: String,
    pub mime_type: String,
    /// What is said beside it.
    #[serde(default)]
    pub text: String,
}

/// A page that the provider consulted.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Source {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source_id: Option<String>,
    pub url: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub native: Option<Native>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider_metadata: Option<Value>,
}

/// A file: by reference to an upload, or with its bytes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct File {
    pub media_type: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file_id: Option<FileId>,
    /// Base64.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data: Option<String>,
    /// What the upload is called; ours alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub native: Option<Native>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider_metadata: Option<Value>,
}

/// Lines of a file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileReference {
    pub file_name: String,
    #[serde(default)]
    pub start_line: i64,
    #[serde(default)]
    pub end_line: i64,
    #[serde(default)]
    pub content: String,
}

/// An instruction file found in the workspace; a part without a path says "none there".
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContextFile {
    pub context_file_path: String,
    #[serde(default, skip_serializing_if = "is_false")]
    pub context_file_truncated: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub context_file_agent_id: Option<AgentId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub context_file_content: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub context_file_os: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub context_file_directory: Option<String>,
}

/// A skill that the agent may read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Skill {
    pub skill_name: String,
    pub skill_description: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub skill_directory: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub skill_meta_file: Option<String>,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde's skip_serializing_if passes a reference"
)]
const fn is_false(value: &bool) -> bool {
    !*value
}

impl Part {
    /// A plain text part.
    #[must_use]
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(Text {
            text: text.into(),
            native: None,
            provider_metadata: None,
        })
    }

    /// The call, if this part is one.
    #[must_use]
    pub const fn as_tool_call(&self) -> Option<&ToolCall> {
        if let Self::ToolCall(call) = self {
            Some(call)
        } else {
            None
        }
    }

    /// The result, if this part is one.
    #[must_use]
    pub const fn as_tool_result(&self) -> Option<&ToolResult> {
        if let Self::ToolResult(result) = self {
            Some(result)
        } else {
            None
        }
    }

    /// The provider's own block, where there is one.
    #[must_use]
    pub const fn native(&self) -> Option<&Native> {
        match self {
            Self::Text(part) => part.native.as_ref(),
            Self::Reasoning(part) => part.native.as_ref(),
            Self::ToolCall(part) => part.native.as_ref(),
            Self::ToolResult(part) => part.native.as_ref(),
            Self::Source(part) => part.native.as_ref(),
            Self::File(part) => part.native.as_ref(),
            Self::FileReference(_) | Self::ContextFile(_) | Self::Skill(_) => None,
        }
    }

    /// The part without the provider's own block: what anybody else is told.
    #[must_use]
    pub fn without_native(mut self) -> Self {
        match &mut self {
            Self::Text(part) => part.native = None,
            Self::Reasoning(part) => part.native = None,
            Self::ToolCall(part) => part.native = None,
            Self::ToolResult(part) => part.native = None,
            Self::Source(part) => part.native = None,
            Self::File(part) => part.native = None,
            Self::FileReference(_) | Self::ContextFile(_) | Self::Skill(_) => {}
        }
        self
    }

    /// The upload that this part names and whose bytes are elsewhere.
    #[must_use]
    pub const fn upload(&self) -> Option<FileId> {
        match self {
            Self::File(file) if file.data.is_none() => file.file_id,
            Self::File(_)
            | Self::Text(_)
            | Self::Reasoning(_)
            | Self::ToolCall(_)
            | Self::ToolResult(_)
            | Self::Source(_)
            | Self::FileReference(_)
            | Self::ContextFile(_)
            | Self::Skill(_) => None,
        }
    }

    /// What the engine keeps beside the part.
    #[must_use]
    pub const fn provider_metadata(&self) -> Option<&Value> {
        match self {
            Self::Text(part) => part.provider_metadata.as_ref(),
            Self::Reasoning(part) => part.provider_metadata.as_ref(),
            Self::ToolCall(part) => part.provider_metadata.as_ref(),
            Self::ToolResult(part) => part.provider_metadata.as_ref(),
            Self::Source(part) => part.provider_metadata.as_ref(),
            Self::File(part) => part.provider_metadata.as_ref(),
            Self::FileReference(_) | Self::ContextFile(_) | Self::Skill(_) => None,
        }
    }

    /// Where [`Part::provider_metadata`] is kept, for parts that have a place for it.
    pub const fn provider_metadata_mut(&mut self) -> Option<&mut Option<Value>> {
        match self {
            Self::Text(part) => Some(&mut part.provider_metadata),
            Self::Reasoning(part) => Some(&mut part.provider_metadata),
            Self::ToolCall(part) => Some(&mut part.provider_metadata),
            Self::ToolResult(part) => Some(&mut part.provider_metadata),
            Self::Source(part) => Some(&mut part.provider_metadata),
            Self::File(part) => Some(&mut part.provider_metadata),
            Self::FileReference(_) | Self::ContextFile(_) | Self::Skill(_) => None,
        }
    }

    /// The part as a client may see it: everything internal is gone.
    #[must_use]
    pub fn public(mut self) -> Self {
        match &mut self {
            Self::Text(part) => strip(&mut part.native, &mut part.provider_metadata),
            Self::Reasoning(part) => strip(&mut part.native, &mut part.provider_metadata),
            Self::ToolCall(part) => {
                strip(&mut part.native, &mut part.provider_metadata);
                part.effect_id = None;
            }
            Self::ToolResult(part) => strip(&mut part.native, &mut part.provider_metadata),
            Self::Source(part) => strip(&mut part.native, &mut part.provider_metadata),
            Self::File(part) => {
                strip(&mut part.native, &mut part.provider_metadata);
                part.name = None;
                if part.file_id.is_some() {
                    part.data = None;
                }
            }
            Self::FileReference(_) => {}
            Self::ContextFile(part) => {
                part.context_file_content = None;
                part.context_file_os = None;
                part.context_file_directory = None;
            }
            Self::Skill(part) => {
                part.skill_directory = None;
                part.skill_meta_file = None;
            }
        }
        self
    }
}

fn strip(native: &mut Option<Native>, provider_metadata: &mut Option<Value>) {
    *native = None;
    *provider_metadata = None;
}

/// The JSON text that is stored. U+0000, which no database takes, is escaped without loss.
///
/// # Errors
/// When a part can't be written as JSON.
pub fn encode(parts: &[Part]) -> Result<String, serde_json::Error> {
    let text = serde_json::to_string(parts)?;
    if escape::may_need_escape(&text) {
        let mut document = serde_json::from_str(&text)?;
        escape::escape(&mut document);
        return serde_json::to_string(&document);
    }
    Ok(text)
}

/// The parts of a stored JSON text.
///
/// # Errors
/// When the text is not a list of known parts.
pub fn decode(text: &str) -> Result<Vec<Part>, serde_json::Error> {
    if escape::may_be_escaped(text) {
        let mut document = serde_json::from_str(text)?;
        escape::unescape(&mut document);
        return serde_json::from_value(document);
    }
    serde_json::from_str(text)
}

/// A message's parts in stored form, built before a transaction begins.
#[derive(Clone, Debug)]
pub struct Content {
    text: String,
    heads: Vec<Head>,
    files: Vec<FileId>,
}

impl Content {
    /// Encodes parts.
    ///
    /// # Errors
    /// When a part can't be written as JSON.
    pub fn new(parts: &[Part]) -> Result<Self, serde_json::Error> {
        Ok(Self {
            text: encode(parts)?,
            heads: heads_of(parts),
            files: parts.iter().filter_map(Part::upload).collect(),
        })
    }

    /// The stored JSON text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    pub(crate) fn into_text(self) -> String {
        self.text
    }

    /// The uploads that it names.
    pub(crate) fn files(&self) -> &[FileId] {
        &self.files
    }

    pub(crate) fn heads(&self) -> Vec<Head> {
        self.heads.clone()
    }
}

/// Gives every local call of one message an id of its own, as its effect and result need.
pub fn unique_call_ids(parts: &mut [Part]) {
    let mut seen = HashSet::new();
    for part in parts {
        let Part::ToolCall(call) = part else {
            continue;
        };
        if call.provider_executed {
            continue;
        }
        let given = call.tool_call_id.clone();
        let mut copy = 1;
        while !seen.insert(call.tool_call_id.clone()) {
            copy += 1;
            call.tool_call_id = format!("{given}_{copy}");
        }
    }
}

#[cfg(test)]
mod tests;
