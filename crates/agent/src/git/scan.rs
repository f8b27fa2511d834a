//! One look at one repository.

use std::collections::HashMap;
use std::io;
use std::io::Read;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use muster_agent_link::wire::{GitFile, GitFileStatus, GitRepository, without_credentials};
use muster_base::{TaskSet, limits};

use super::command::Git;
use super::patch::{Section, of_new_file, sections};
use super::status;
use crate::files::{Access, Places};

/// Output of `git config` that is read.
const SETTING_BYTES_MAX: usize = 8 * 1024;

/// What a look needs.
#[derive(Debug)]
pub(crate) struct Scanner {
    pub(crate) git: Git,
    pub(crate) places: Places,
    pub(crate) tasks: TaskSet,
}

impl Scanner {
    /// How a repository stands; `None` if it is none any more.
    pub(crate) async fn look(self: &Arc<Self>, root: &Path) -> Option<GitRepository> {
        match self.try_look(root).await {
            Ok(repository) => Some(repository),
            Err(error) => {
                let repository = root.display();
                tracing::debug!(%repository, error = %error, "repository can't be read");
                None
            }
        }
    }

    async fn try_look(self: &Arc<Self>, root: &Path) -> io::Result<GitRepository> {
        let status = [
            "status",
            "--porcelain=v2",
            "--branch",
            "-z",
            "--untracked-files=all",
        ];
        let output = self
            .git
            .run(root, &status, limits::GIT_STATUS_BYTES_MAX)
            .await?;
        let mut status = status::parse(&output.bytes);
        let omitted = status.files.len().saturating_sub(limits::GIT_FILES_MAX) as u64;
        status.files.truncate(limits::GIT_FILES_MAX);
        let mut repository = status.into_repository(root.display().to_string());
        repository.files_omitted = omitted.saturating_add(u64::from(output.cut));
        repository.remote_origin = self.origin(root).await;
        let tracked = |file: &GitFile| file.status != GitFileStatus::Untracked;
        let mut diff = Diff::default();
        if repository.files.iter().any(tracked) {
            let patch = self.patch(root, repository.head.is_some()).await?;
            let text = String::from_utf8_lossy(&patch.bytes);
            diff.tracked(&mut repository.files, sections(&text, patch.cut));
        }
        self.add_new_files(root, &mut repository, &mut diff).await;
        repository.unified_diff = diff.text;
        Ok(repository)
    }

    /// All changes against the last commit, staged or not; against nothing before the first.
    async fn patch(&self, root: &Path, has_head: bool) -> io::Result<super::command::Output> {
        let empty;
        let base = if has_head {
            "HEAD"
        } else {
            let asked = ["hash-object", "-t", "tree", "/dev/null"];
            let output = self.git.run(root, &asked, SETTING_BYTES_MAX).await?;
            empty = String::from_utf8_lossy(&output.bytes).trim().to_owned();
            &empty
        };
        let args = [
            "diff",
            "--no-ext-diff",
            "--no-textconv",
            "--no-color",
            "--find-renames",
            "--submodule=short",
            "--src-prefix=a/",
            "--dst-prefix=b/",
            base,
            "--",
        ];
        self.git.run(root, &args, limits::GIT_PATCH_BYTES_MAX).await
    }

    async fn origin(&self, root: &Path) -> Option<String> {
        let args = ["config", "--get", "remote.origin.url"];
        // Fails when there is none.
        let output = self.git.run(root, &args, SETTING_BYTES_MAX).await.ok()?;
        let origin = String::from_utf8_lossy(&output.bytes).trim().to_owned();
        (!origin.is_empty()).then(|| without_credentials(&origin))
    }

    /// Git makes no diffs of files that it does not know; we read those ourselves.
    async fn add_new_files(
        self: &Arc<Self>,
        root: &Path,
        repository: &mut GitRepository,
        diff: &mut Diff,
    ) {
        let (scanner, root) = (self.clone(), root.to_path_buf());
        let (mut files, mut given) = (std::mem::take(&mut repository.files), std::mem::take(diff));
        let work = move || {
            let untracked = |file: &&mut GitFile| file.status == GitFileStatus::Untracked;
            for file in files.iter_mut().filter(untracked) {
                match scanner.read_new(&root.join(&file.path), &file.path) {
                    New::Text(section) => given.add(file, &section),
                    New::Binary => file.binary = true,
                    New::TooLong => file.truncated = true,
                    New::Unreadable => {}
                }
            }
            (files, given)
        };
        if let Ok((files, given)) = self.tasks.spawn_blocking(work).await {
            repository.files = files;
            *diff = given;
        }
    }

    fn read_new(&self, path: &PathBuf, name: &str) -> New {
        let Ok(metadata) = std::fs::symlink_metadata(path) else {
            return New::Unreadable;
        };
        if metadata.is_symlink() {
            let Ok(target) = std::fs::read_link(path) else {
                return New::Unreadable;
            };
            let target = target.display().to_string();
            return of_new_file(name, "120000", target.as_bytes()).map_or(New::Binary, New::Text);
        }
        if !metadata.is_file() {
            return New::Unreadable;
        }
        if metadata.len() > limits::GIT_FILE_BYTES_MAX {
            return New::TooLong;
        }
        let executable = metadata.permissions().mode() & 0o111 != 0;
        let mode = if executable { "100755" } else { "100644" };
        let mut content = Vec::new();
        // Through the places that file calls may touch: a path can become a link under us.
        let opened = self.places.locate(path, Access::Read);
        let read = opened.and_then(|place| place.open_existing()).map(|file| {
            file.take(limits::GIT_FILE_BYTES_MAX)
                .read_to_end(&mut content)
        });
        match read {
            Ok(Ok(_)) => of_new_file(name, mode, &content).map_or(New::Binary, New::Text),
            Ok(Err(_)) | Err(_) => New::Unreadable,
        }
    }
}

/// A file that git does not know.
enum New {
    Text(Section<'static>),
    Binary,
    TooLong,
    Unreadable,
}

/// The diff of a repository as it grows, within its limits.
#[derive(Debug, Default)]
struct Diff {
    text: String,
}

impl Diff {
    fn tracked(&mut self, files: &mut [GitFile], sections: Vec<Section<'_>>) {
        let mut by_path: HashMap<String, Section<'_>> = sections
            .into_iter()
            .map(|section| (section.path.clone(), section))
            .collect();
        for file in files {
            match by_path.remove(&file.path) {
                Some(section) => self.add(file, &section),
                // Behind the limit of what was read. Untracked ones follow.
                None => file.truncated = file.status != GitFileStatus::Untracked,
            }
        }
    }

    fn add(&mut self, file: &mut GitFile, section: &Section<'_>) {
        file.binary = section.binary;
        if section.binary {
            return;
        }
        file.added = Some(section.added);
        file.deleted = Some(section.deleted);
        let fits = section.text.len() <= limits::GIT_FILE_DIFF_BYTES_MAX
            && self.text.len() + section.text.len() <= limits::GIT_DIFF_BYTES_MAX;
        file.truncated = !fits;
        if fits {
            self.text.push_str(&section.text);
        }
    }
}
