//! Model attempts.

use muster_api as api;
use muster_store::debug_runs::{DebugRun, DebugRunDetail, RunPurpose, RunStatus};

use super::{chats, messages};

/// An attempt of a list.
pub(crate) fn run(run: DebugRun) -> api::ChatDebugRun {
    api::ChatDebugRun {
        id: run.id.0,
        chat_id: run.chat_id.0,
        purpose: match run.purpose {
            RunPurpose::Chat => api::DebugRunPurpose::Chat,
            RunPurpose::Compaction => api::DebugRunPurpose::Compaction,
            RunPurpose::Title => api::DebugRunPurpose::Title,
            RunPurpose::Push => api::DebugRunPurpose::Push,
        },
        provider: run.provider,
        model: run.model,
        model_config_id: run.model_config_id.map(|id| id.0),
        history_version: run.history_version,
        generation_attempt: run.generation_attempt,
        status: match run.status {
            RunStatus::Completed => api::DebugRunStatus::Completed,
            RunStatus::Failed => api::DebugRunStatus::Failed,
            RunStatus::Cancelled => api::DebugRunStatus::Cancelled,
        },
        error: run.error.as_ref().map(chats::last_error),
        usage: messages::usage(&run.usage),
        status_code: run.status_code.and_then(|code| u16::try_from(code).ok()),
        started_at: run.started_at.into(),
        finished_at: run.finished_at.into(),
    }
}

/// An attempt with its bodies.
pub(crate) fn detail(detail: DebugRunDetail) -> api::ChatDebugRunDetail {
    let DebugRunDetail {
        run,
        request,
        response,
    } = detail;
    api::ChatDebugRunDetail {
        run: self::run(run),
        request: api::DebugRequest {
            url: request.url,
            body: request.text,
            truncated: request.is_truncated,
        },
        response: api::DebugResponse {
            body: response.text,
            truncated: response.is_truncated,
        },
    }
}
