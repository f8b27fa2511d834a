//! Live git changes as clients see them.

use muster_agent_link::wire;
use muster_api as api;
use muster_base::ChatId;

pub(crate) fn git_frame(changes: wire::GitChanges) -> api::GitFrame {
    api::GitFrame::Changes {
        scanned_at: changes.scanned_at.into(),
        repositories: changes.repositories.into_iter().map(repository).collect(),
    }
}

fn repository(repository: wire::GitRepository) -> api::GitRepository {
    api::GitRepository {
        repo_root: repository.repo_root,
        removed: repository.removed,
        branch: repository.branch,
        head: repository.head,
        remote_origin: repository.remote_origin,
        upstream: repository.upstream,
        ahead: repository.ahead,
        behind: repository.behind,
        unified_diff: repository.unified_diff,
        files: repository.files.into_iter().map(file).collect(),
        files_omitted: repository.files_omitted,
    }
}

fn file(file: wire::GitFile) -> api::GitFile {
    api::GitFile {
        path: file.path,
        old_path: file.old_path,
        status: match file.status {
            wire::GitFileStatus::Added => api::GitFileStatus::Added,
            wire::GitFileStatus::Untracked => api::GitFileStatus::Untracked,
            wire::GitFileStatus::Deleted => api::GitFileStatus::Deleted,
            wire::GitFileStatus::Renamed => api::GitFileStatus::Renamed,
            wire::GitFileStatus::Conflicted => api::GitFileStatus::Conflicted,
            wire::GitFileStatus::Modified => api::GitFileStatus::Modified,
        },
        added: file.added,
        deleted: file.deleted,
        binary: file.binary,
        truncated: file.truncated,
    }
}

pub(crate) fn git_request(request: api::GitRequest) -> wire::GitRequest {
    match request {
        api::GitRequest::Subscribe { paths } => wire::GitRequest::Subscribe { paths },
        api::GitRequest::Refresh => wire::GitRequest::Refresh,
    }
}

pub(crate) fn terminal_input(input: api::TerminalInput) -> wire::PtyInput {
    wire::PtyInput {
        data: input.data,
        height: input.height,
        width: input.width,
    }
}

/// The one that has changed, of several; the first one if none has.
pub(crate) fn diff(chat: ChatId, changes: wire::GitChanges) -> api::ChatDiff {
    let mut repositories = changes.repositories;
    let changed = repositories.iter().position(|one| !one.files.is_empty());
    let at = changed.unwrap_or(0);
    if at >= repositories.len() {
        return nothing(chat);
    }
    let shown = repositories.swap_remove(at);
    api::ChatDiff {
        remote_origin: shown.remote_origin,
        branch: shown.branch,
        diff: Some(shown.unified_diff),
        ..nothing(chat)
    }
}

/// A chat about whose changes nobody can tell anything.
pub(crate) fn nothing(chat: ChatId) -> api::ChatDiff {
    api::ChatDiff {
        chat_id: chat.0,
        ..api::ChatDiff::default()
    }
}
