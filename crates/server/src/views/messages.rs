//! Messages and parts.

use muster_api as api;
use muster_chat_state::content::{self, Outcome, Part};
use muster_store::chat_messages::{Message, Role, Usage};
use muster_store::chat_queue::QueuedMessage;

use crate::error::{Error, Result};

/// A durable message.
pub(crate) fn message(message: &Message) -> Result<api::ChatMessage> {
    Ok(api::ChatMessage {
        id: message.id.0,
        chat_id: message.chat_id.0,
        created_by: message.created_by.map(|id| id.0),
        model_config_id: message.model_config_id.map(|id| id.0),
        created_at: message.created_at.into(),
        role: role(message.role),
        content: parts(&message.content)?,
        usage: usage(&message.usage),
    })
}

/// A waiting message.
pub(crate) fn queued(message: &QueuedMessage) -> Result<api::QueuedMessage> {
    Ok(api::QueuedMessage {
        id: message.id.0,
        chat_id: message.chat_id.0,
        content: parts(&message.content)?,
        model_config_id: message.model_config_id.map(|id| id.0),
        created_at: message.created_at.into(),
    })
}

/// A person's message as text alone; `None` where it has no text.
pub(crate) fn prompt(message: &Message) -> Result<Option<api::ChatPrompt>> {
    let parts = content::decode(&message.content).map_err(Error::internal)?;
    let texts: Vec<String> = parts.into_iter().filter_map(text).collect();
    Ok((!texts.is_empty()).then(|| api::ChatPrompt {
        id: message.id.0,
        text: texts.join("\n"),
        created_at: message.created_at.into(),
    }))
}

fn text(part: Part) -> Option<String> {
    match part {
        Part::Text(part) => Some(part.text),
        Part::Reasoning(_)
        | Part::ToolCall(_)
        | Part::ToolResult(_)
        | Part::Source(_)
        | Part::File(_)
        | Part::FileReference(_)
        | Part::ContextFile(_)
        | Part::Skill(_) => None,
    }
}

fn parts(stored: &str) -> Result<Vec<api::ChatMessagePart>> {
    let parts = content::decode(stored).map_err(Error::internal)?;
    Ok(parts.into_iter().map(part).collect())
}

pub(crate) const fn role(role: Role) -> api::MessageRole {
    match role {
        Role::System => api::MessageRole::System,
        Role::User => api::MessageRole::User,
        Role::Assistant => api::MessageRole::Assistant,
        Role::Tool => api::MessageRole::Tool,
    }
}

pub(crate) fn usage(usage: &Usage) -> Option<api::TokenUsage> {
    let shown = api::TokenUsage {
        input_tokens: usage.input_tokens,
        output_tokens: usage.output_tokens,
        total_tokens: usage.total_tokens,
        reasoning_tokens: usage.reasoning_tokens,
        cache_creation_tokens: usage.cache_creation_tokens,
        cache_read_tokens: usage.cache_read_tokens,
        context_limit: usage.context_limit,
    };
    (shown != api::TokenUsage::default()).then_some(shown)
}

/// A stored part without what is ours alone; an absent flag means no.
pub(crate) fn part(part: Part) -> api::ChatMessagePart {
    let named = |text: String| (!text.is_empty()).then_some(text);
    let flag = |set: bool| set.then_some(true);
    match part.public() {
        Part::Text(part) => api::ChatMessagePart::Text { text: part.text },
        Part::Reasoning(part) => api::ChatMessagePart::Reasoning { text: part.text },
        Part::ToolCall(part) => api::ChatMessagePart::ToolCall {
            tool_call_id: named(part.tool_call_id),
            tool_name: named(part.tool_name),
            args: part.args,
            args_delta: part.args_delta,
            provider_executed: flag(part.provider_executed),
            mcp_server_config_id: part.mcp_server_config_id,
        },
        Part::ToolResult(part) => api::ChatMessagePart::ToolResult {
            tool_call_id: named(part.tool_call_id),
            tool_name: named(part.tool_name),
            result: part.result,
            result_delta: part.result_delta,
            is_error: flag(part.is_error),
            is_media: flag(part.is_media),
            provider_executed: flag(part.provider_executed),
            mcp_server_config_id: part.mcp_server_config_id,
            outcome: part.outcome.map(|outcome| match outcome {
                Outcome::Unknown => "unknown".to_owned(),
            }),
        },
        Part::Source(part) => api::ChatMessagePart::Source {
            source_id: part.source_id,
            url: part.url,
            title: part.title,
        },
        Part::File(part) => api::ChatMessagePart::File {
            media_type: part.media_type,
            file_id: part.file_id.map(|id| id.0),
            data: part.data,
        },
        Part::FileReference(part) => api::ChatMessagePart::FileReference {
            file_name: part.file_name,
            start_line: part.start_line,
            end_line: part.end_line,
            content: part.content,
        },
        Part::ContextFile(part) => api::ChatMessagePart::ContextFile {
            context_file_path: part.context_file_path,
            context_file_truncated: flag(part.context_file_truncated),
            context_file_agent_id: part.context_file_agent_id.map(|id| id.0),
        },
        Part::Skill(part) => api::ChatMessagePart::Skill {
            skill_name: part.skill_name,
            skill_description: part.skill_description,
        },
    }
}
