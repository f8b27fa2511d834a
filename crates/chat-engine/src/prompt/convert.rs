//! Stored parts ↔ a model's parts.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use bytes::Bytes;
use muster_base::limits::CONTEXT_FILE_BYTES_MAX;
use muster_base::sanitize;
use muster_chat_state::content::{self, Part as Stored};
use muster_llm::{Format, Native, Part, ToolContent};
use serde_json::{Value, json};

use super::fragment::Fragment;
use super::paste;

/// Where the model's name is kept beside a native block: reasoning goes back to its own only.
const MODEL_KEY: &str = "model";

/// Says beside the last part of an answer that the provider has paused.
const PAUSED_KEY: &str = "paused";

/// Marks an answer after which the model is to go on with the same messages. The mark is
/// stored, so that whoever owns the chat next goes on too.
pub(crate) fn mark_paused(parts: &mut [Stored]) {
    let Some(metadata) = parts.last_mut().and_then(Stored::provider_metadata_mut) else {
        return;
    };
    let metadata = metadata.get_or_insert_with(|| json!({}));
    if let Some(fields) = metadata.as_object_mut() {
        fields.insert(PAUSED_KEY.to_owned(), true.into());
    }
}

/// Whether the answer that ends with `part` was a pause.
pub(crate) fn is_paused(part: &Stored) -> bool {
    let metadata = part.provider_metadata();
    metadata.is_some_and(|metadata| metadata.get(PAUSED_KEY) == Some(&Value::Bool(true)))
}

/// A part of a model's answer as it is stored.
pub(crate) fn to_stored(part: Part) -> Stored {
    match part {
        Part::Text(part) => {
            let (native, provider_metadata) = split_native(part.native);
            Stored::Text(content::Text {
                text: part.text,
                native,
                provider_metadata,
            })
        }
        // Signature and encrypted content are inside the native block.
        Part::Reasoning(part) => {
            let (native, provider_metadata) = split_native(part.native);
            Stored::Reasoning(content::Reasoning {
                text: part.text,
                native,
                provider_metadata,
            })
        }
        Part::ToolCall(part) => Stored::ToolCall(stored_call(part)),
        Part::ToolResult(part) => Stored::ToolResult(stored_result(part)),
        Part::Source(part) => Stored::Source(content::Source {
            source_id: part.id,
            url: part.url,
            title: part.title,
            native: None,
            provider_metadata: None,
        }),
        Part::File(part) => Stored::File(content::File {
            media_type: part.media_type,
            data: match part.data {
                muster_llm::FileData::Bytes(bytes) => Some(BASE64.encode(bytes)),
                muster_llm::FileData::ProviderId(_) => None,
            },
            file_id: None,
            name: None,
            native: None,
            provider_metadata: None,
        }),
    }
}

/// A call as it is stored. Broken arguments are kept as the text that the model wrote.
pub(crate) fn stored_call(call: muster_llm::ToolCall) -> content::ToolCall {
    let args = match call.parsed_args() {
        Ok(args) => args,
        Err(_) => Value::String(call.args),
    };
    let (native, provider_metadata) = split_native(call.native);
    content::ToolCall {
        tool_call_id: call.id,
        tool_name: call.name,
        args: Some(args),
        provider_executed: call.provider_executed,
        native,
        provider_metadata,
        ..content::ToolCall::default()
    }
}

fn stored_result(result: muster_llm::ToolResult) -> content::ToolResult {
    let (native, provider_metadata) = split_native(result.native);
    let mut pieces = result.content;
    let is_media = pieces
        .iter()
        .any(|piece| matches!(piece, ToolContent::Media { .. }));
    let value = match pieces.len() {
        0 => None,
        1 => pieces.pop().map(stored_piece),
        _ => Some(Value::Array(pieces.into_iter().map(stored_piece).collect())),
    };
    content::ToolResult {
        tool_call_id: result.call_id,
        tool_name: result.name,
        result: value,
        is_error: result.is_error,
        is_media,
        provider_executed: result.provider_executed,
        native,
        provider_metadata,
        ..content::ToolResult::default()
    }
}

fn stored_piece(piece: ToolContent) -> Value {
    match piece {
        ToolContent::Text(text) => Value::String(text),
        ToolContent::Json(value) => value,
        ToolContent::Media {
            media_type,
            bytes,
            text,
        } => json!(content::Media {
            data: BASE64.encode(bytes),
            mime_type: media_type,
            text: text.unwrap_or_default(),
        }),
    }
}

fn split_native(native: Option<Native>) -> (Option<content::Native>, Option<Value>) {
    let Some(native) = native else {
        return (None, None);
    };
    let stored = content::Native {
        format: format_name(native.provider_format).to_owned(),
        json: native.json.to_string(),
    };
    (Some(stored), Some(json!({ MODEL_KEY: native.model })))
}

fn join_native(native: Option<&content::Native>, metadata: Option<&Value>) -> Option<Native> {
    let native = native?;
    let model = metadata.and_then(|metadata| metadata.get(MODEL_KEY));
    Some(Native {
        provider_format: format_of(&native.format)?,
        model: model.and_then(Value::as_str).unwrap_or("").to_owned(),
        json: serde_json::from_str(&native.json).ok()?,
    })
}

const fn format_name(format: Format) -> &'static str {
    match format {
        Format::AnthropicMessages => "anthropic_messages",
        Format::OpenaiChat => "openai_chat",
        Format::OpenaiResponses => "openai_responses",
        Format::Gemini => "gemini",
    }
}

/// A block of a format that this version does not know is dropped: its view remains.
fn format_of(name: &str) -> Option<Format> {
    let all = [
        Format::AnthropicMessages,
        Format::OpenaiChat,
        Format::OpenaiResponses,
        Format::Gemini,
    ];
    all.into_iter().find(|format| format_name(*format) == name)
}

/// A stored part as a model sees it; `None` for what no model is sent.
pub(crate) fn to_model(part: &Stored) -> Option<Part> {
    match part {
        Stored::Text(part) => Some(Part::Text(muster_llm::Text {
            text: part.text.clone(),
            native: join_native(part.native.as_ref(), part.provider_metadata.as_ref()),
        })),
        Stored::Reasoning(part) => Some(Part::Reasoning(muster_llm::Reasoning {
            text: part.text.clone(),
            native: join_native(part.native.as_ref(), part.provider_metadata.as_ref()),
            ..muster_llm::Reasoning::default()
        })),
        Stored::ToolCall(part) => Some(Part::ToolCall(model_call(part))),
        Stored::ToolResult(part) => Some(Part::ToolResult(model_result(part))),
        Stored::File(part) => model_file(part),
        Stored::FileReference(part) => Some(Part::text(reference_text(part))),
        Stored::ContextFile(part) => context_text(part).map(Part::text),
        Stored::Source(_) | Stored::Skill(_) => None,
    }
}

fn model_call(part: &content::ToolCall) -> muster_llm::ToolCall {
    let args = match &part.args {
        Some(Value::String(broken)) => broken.clone(),
        Some(args) => args.to_string(),
        None => "{}".to_owned(),
    };
    muster_llm::ToolCall {
        id: part.tool_call_id.clone(),
        name: part.tool_name.clone(),
        args,
        provider_executed: part.provider_executed,
        native: join_native(part.native.as_ref(), part.provider_metadata.as_ref()),
    }
}

fn model_result(part: &content::ToolResult) -> muster_llm::ToolResult {
    let content = match &part.result {
        Some(Value::Array(pieces)) if part.is_media => pieces.iter().map(media_piece).collect(),
        Some(value) if part.is_media => vec![media(value)],
        Some(Value::String(text)) => vec![ToolContent::Text(text.clone())],
        Some(value) => vec![ToolContent::Json(value.clone())],
        None => Vec::new(),
    };
    muster_llm::ToolResult {
        call_id: part.tool_call_id.clone(),
        name: part.tool_name.clone(),
        content,
        is_error: part.is_error,
        provider_executed: part.provider_executed,
        native: join_native(part.native.as_ref(), part.provider_metadata.as_ref()),
    }
}

/// One piece of a result that holds a medium among others.
fn media_piece(value: &Value) -> ToolContent {
    match value {
        Value::String(text) => ToolContent::Text(text.clone()),
        Value::Object(fields) if fields.contains_key("mime_type") => media(value),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
            ToolContent::Json(value.clone())
        }
    }
}

/// A medium stays a medium; what can't be read as one is at least not sent as base64 text.
fn media(value: &Value) -> ToolContent {
    let read = serde_json::from_value::<content::Media>(value.clone()).ok();
    let decoded = read.and_then(|media| {
        let bytes = BASE64.decode(&media.data).ok()?;
        Some((media, bytes))
    });
    match decoded {
        Some((media, bytes)) => ToolContent::Media {
            media_type: media.mime_type,
            bytes: bytes.into(),
            text: Some(media.text).filter(|text| !text.is_empty()),
        },
        None => ToolContent::Text("(a medium that can't be shown)".to_owned()),
    }
}

/// A file without its bytes is not sent.
fn model_file(part: &content::File) -> Option<Part> {
    let bytes = BASE64.decode(part.data.as_ref()?).ok()?;
    let name = part.name.as_deref();
    Some(file_part(name, &part.media_type, bytes.into()))
}

/// The bytes of a file as the model gets them.
pub(super) fn file_part(name: Option<&str>, media_type: &str, bytes: Bytes) -> Part {
    if let Some(text) = paste::inline(name.unwrap_or_default(), media_type, &bytes) {
        return Part::text(text);
    }
    // Every provider reads texts; few take this one for a text.
    let media_type = match media_type {
        "application/json" => "text/plain",
        other => other,
    };
    Part::File(muster_llm::File {
        media_type: media_type.to_owned(),
        name: name.map(str::to_owned),
        data: muster_llm::FileData::Bytes(bytes),
    })
}

/// Some lines of a file as a model reads them.
pub(crate) fn reference_text(part: &content::FileReference) -> String {
    let reference = Fragment::FileReference {
        name: &part.file_name,
        lines: (part.start_line, part.end_line),
        content: &part.content,
    };
    reference.render()
}

/// The limits of the write hold for the read too: an older version may have written the file.
fn context_text(part: &content::ContextFile) -> Option<String> {
    let mut content = sanitize(part.context_file_content.as_deref()?).text;
    let is_cut = content.len() > CONTEXT_FILE_BYTES_MAX;
    content.truncate(content.floor_char_boundary(CONTEXT_FILE_BYTES_MAX));
    let file = Fragment::WorkspaceContext {
        system: part.context_file_os.as_deref(),
        directory: part.context_file_directory.as_deref(),
        path: &part.context_file_path,
        is_truncated: part.context_file_truncated || is_cut,
        content: &content,
    };
    Some(file.render())
}

#[cfg(test)]
mod tests;
