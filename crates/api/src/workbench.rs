//! Live git changes and terminals of a workspace.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{ErrorBody, Time};

/// One text frame of `/chats/{chat}/stream/git` from the client.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum GitRequest {
    /// Also show the repositories that hold these absolute paths.
    Subscribe {
        #[serde(default)]
        paths: Vec<String>,
    },
    /// Look now; an answer comes even if nothing has changed.
    Refresh,
}

/// One text frame of `/chats/{chat}/stream/git` from the server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum GitFrame {
    /// Keeps proxies from closing an idle socket.
    Ping,
    /// The repositories that have changed since the last frame; all of them at first.
    Changes {
        /// When they were looked at.
        scanned_at: Time,
        repositories: Vec<GitRepository>,
    },
    /// The stream ends.
    Error { data: ErrorBody },
}

/// How a repository differs from its last commit.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct GitRepository {
    /// Absolute path of the working tree.
    pub repo_root: String,
    /// It is gone; nothing else is said about it then.
    pub removed: bool,
    /// Absent while no branch is checked out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub branch: Option<String>,
    /// The commit that is checked out; absent before the first one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub head: Option<String>,
    /// Where it is pushed to, without credentials.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remote_origin: Option<String>,
    /// The branch that this one follows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub upstream: Option<String>,
    /// Commits that the upstream lacks; absent without one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ahead: Option<u64>,
    /// Commits of the upstream that are missing here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub behind: Option<u64>,
    /// Uncommitted changes, new files included, of the files that are not `truncated`.
    pub unified_diff: String,
    /// Every changed file, as far as they are listed.
    pub files: Vec<GitFile>,
    /// Changed files beyond the list.
    pub files_omitted: u64,
}

/// One changed file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct GitFile {
    /// Below the repository's root.
    pub path: String,
    /// Its path before a rename.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub old_path: Option<String>,
    pub status: GitFileStatus,
    /// Lines added; absent where nobody has counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub added: Option<u64>,
    /// Lines removed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deleted: Option<u64>,
    /// It holds no text.
    pub binary: bool,
    /// Its diff is too long and left out.
    pub truncated: bool,
}

/// How a file differs from the last commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum GitFileStatus {
    /// New, and known to git.
    Added,
    /// New, and not known to git.
    Untracked,
    Deleted,
    Renamed,
    /// A merge has left it in conflict.
    Conflicted,
    Modified,
}

/// What a chat has changed; only `chat_id` where nobody can tell.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct ChatDiff {
    pub chat_id: Uuid,
    /// The git host that the diff comes from; absent for the workspace's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remote_origin: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub branch: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pull_request_url: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub diff: Option<String>,
}

/// One message of a terminal's client, as text or as bytes: keys, a new size, or both. The
/// terminal's output comes as binary messages.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct TerminalInput {
    /// What was typed or pasted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data: Option<String>,
    /// Rows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub height: Option<u16>,
    /// Columns.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub width: Option<u16>,
}
