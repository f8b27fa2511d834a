//! What `git/watch` says: one JSON object per line, both ways.

use muster_base::{Micros, limits};
use serde::{Deserialize, Serialize};

/// A line from the server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum GitRequest {
    /// Also show the repositories that hold these paths.
    Subscribe {
        /// Absolute.
        #[serde(default)]
        paths: Vec<String>,
    },
    /// Look now, and answer even if nothing has changed.
    Refresh,
}

/// A line from the agent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum GitEvent {
    /// The repositories that have changed since the last line; all of them at first.
    Changes(GitChanges),
    /// A kind that this version does not know.
    #[serde(other)]
    Unknown,
}

/// How repositories stand.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct GitChanges {
    /// When they were looked at.
    #[serde(default)]
    pub scanned_at: Micros,
    /// In the order of their paths. An empty list after a `refresh` says that nothing changed.
    #[serde(default)]
    pub repositories: Vec<GitRepository>,
}

/// One repository.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct GitRepository {
    /// Absolute path of its working tree.
    pub repo_root: String,
    /// It is gone; nothing else is said about it then.
    #[serde(default)]
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
    /// The branch that this one follows, for example `origin/main`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub upstream: Option<String>,
    /// Commits that the upstream lacks; absent without one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ahead: Option<u64>,
    /// Commits of the upstream that are missing here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub behind: Option<u64>,
    /// Uncommitted changes, new files included, of the files that are not `truncated`.
    #[serde(default)]
    pub unified_diff: String,
    /// Every changed file, as far as they are listed.
    #[serde(default)]
    pub files: Vec<GitFile>,
    /// Changed files beyond the list.
    #[serde(default)]
    pub files_omitted: u64,
}

/// One changed file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GitFile {
    /// Below the repository's root.
    pub path: String,
    /// Its path before a rename.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub old_path: Option<String>,
    /// How it differs.
    pub status: GitFileStatus,
    /// Lines added; absent where nobody has counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub added: Option<u64>,
    /// Lines removed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deleted: Option<u64>,
    /// It holds no text.
    #[serde(default)]
    pub binary: bool,
    /// Its diff is too long and left out.
    #[serde(default)]
    pub truncated: bool,
}

/// How a file differs from the last commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GitFileStatus {
    /// New, and known to git.
    Added,
    /// New, and not known to git.
    Untracked,
    /// Gone.
    Deleted,
    /// Under another name.
    Renamed,
    /// A merge has left it in conflict.
    Conflicted,
    /// Other content, mode or kind.
    #[serde(other)]
    Modified,
}

impl GitRepository {
    /// Only that it is gone.
    #[must_use]
    pub fn gone(repo_root: String) -> Self {
        Self {
            repo_root,
            removed: true,
            ..Self::default()
        }
    }

    /// Leaves all diffs out: the list of files stays.
    pub fn drop_diff(&mut self) {
        self.unified_diff = String::new();
        for file in &mut self.files {
            file.truncated = !file.binary;
        }
    }
}

impl GitChanges {
    /// The same within the limits of a message and of its lists: a workspace may say anything.
    #[must_use]
    pub fn bounded(mut self) -> Self {
        self.repositories.truncate(limits::GIT_REPOSITORIES_MAX);
        let mut left = limits::GIT_MESSAGE_BYTES_MAX;
        for repository in &mut self.repositories {
            let beyond = repository.files.len().saturating_sub(limits::GIT_FILES_MAX);
            repository.files.truncate(limits::GIT_FILES_MAX);
            repository.files_omitted = repository.files_omitted.saturating_add(beyond as u64);
            if repository.unified_diff.len() > limits::GIT_DIFF_BYTES_MAX.min(left) {
                repository.drop_diff();
            }
            left = left.saturating_sub(repository.unified_diff.len());
            let origin = repository.remote_origin.take();
            repository.remote_origin = origin.map(|origin| without_credentials(&origin));
        }
        self
    }
}

/// An address without user name and password; those of ssh keep the user, who is no secret.
#[must_use]
pub fn without_credentials(origin: &str) -> String {
    let Some((scheme, rest)) = origin.split_once("://") else {
        return origin.to_owned();
    };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    let Some((who, host)) = authority.rsplit_once('@') else {
        return origin.to_owned();
    };
    let user = who.split(':').next().unwrap_or_default();
    if scheme == "ssh" && !user.is_empty() {
        return format!("{scheme}://{user}@{host}{path}");
    }
    format!("{scheme}://{host}{path}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_shown_without_credentials() {
        let check = |origin, expected| assert_eq!(without_credentials(origin), expected);
        check("https://example.com/a/b.git", "https://example.com/a/b.git");
        check("https://me:token@example.com/a", "https://example.com/a");
        check("https://token@example.com/a@b", "https://example.com/a@b");
        check("https://a@b:c@example.com", "https://example.com");
        check("ssh://git:word@example.com/a", "ssh://git@example.com/a");
        check("git@example.com:a/b.git", "git@example.com:a/b.git");
        check("/srv/repo.git", "/srv/repo.git");
    }

    #[test]
    fn lists_and_diffs_at_their_limits_are_kept_and_what_is_beyond_is_counted() {
        let file = |number: usize| GitFile {
            path: number.to_string(),
            old_path: None,
            status: GitFileStatus::Modified,
            added: None,
            deleted: None,
            binary: false,
            truncated: false,
        };
        let repository = |diff: usize, files: usize| GitRepository {
            unified_diff: "x".repeat(diff),
            files: (0..files).map(file).collect(),
            ..GitRepository::default()
        };
        let fits = repository(limits::GIT_DIFF_BYTES_MAX, limits::GIT_FILES_MAX);
        let over = repository(limits::GIT_DIFF_BYTES_MAX + 1, limits::GIT_FILES_MAX + 2);
        let bounded = |repositories| {
            let changes = GitChanges {
                repositories,
                ..GitChanges::default()
            };
            changes.bounded().repositories
        };
        assert_eq!(bounded(vec![fits.clone()]), vec![fits.clone()]);
        let cut = bounded(vec![over]).remove(0);
        assert_eq!((cut.unified_diff.len(), cut.files_omitted), (0, 2));
        assert!(cut.files.iter().all(|file| file.truncated));
        // Two that fit alone do not fit together.
        let two = bounded(vec![fits.clone(), fits.clone()]);
        assert_eq!(two[1].unified_diff, "");
        let many = bounded(vec![GitRepository::default(); 30]);
        assert_eq!(many.len(), limits::GIT_REPOSITORIES_MAX);
    }

    #[test]
    fn unknown_lines_of_a_later_agent_are_skipped() {
        let read = |text| serde_json::from_str::<GitEvent>(text).unwrap();
        assert_eq!(read(r#"{"type":"sparkle","x":1}"#), GitEvent::Unknown);
        let changes = read(r#"{"type":"changes","repositories":[{"repo_root":"/a","new":1}]}"#);
        let GitEvent::Changes(changes) = changes else {
            panic!("{changes:?}");
        };
        assert_eq!(changes.repositories[0].repo_root, "/a");
    }
}
