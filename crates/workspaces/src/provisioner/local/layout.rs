//! The folder of a workspace on the host.

use std::io::{self, ErrorKind};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use muster_agent::sandbox::{self, Inside};
use muster_base::WorkspaceId;

use super::seed::Seed;
use crate::AgentSpec;

/// Paths of one workspace.
#[derive(Clone, Debug)]
pub(super) struct Layout {
    id: WorkspaceId,
    dir: PathBuf,
}

impl Layout {
    pub(super) fn new(root: &Path, id: WorkspaceId) -> Self {
        Self {
            id,
            dir: root.join(id.to_string()),
        }
    }

    pub(super) const fn workspace_id(&self) -> WorkspaceId {
        self.id
    }

    pub(super) fn dir(&self) -> &Path {
        &self.dir
    }

    pub(super) fn home(&self) -> PathBuf {
        self.dir.join("home")
    }

    pub(super) fn run(&self) -> PathBuf {
        self.dir.join("run")
    }

    pub(super) fn link_socket(&self) -> PathBuf {
        self.run().join("link.sock")
    }

    pub(super) fn supervisor_socket(&self) -> PathBuf {
        self.run().join("super.sock")
    }

    pub(super) fn meta(&self) -> PathBuf {
        self.dir.join("meta.json")
    }

    /// Makes sure that the folder and what this process writes in it are its own. Those of
    /// earlier versions belonged to the workspace's user.
    pub(super) fn keep(&self) -> io::Result<()> {
        let uid = self.dir.metadata()?.uid();
        if uid != rustix::process::geteuid().as_raw() {
            drop(sandbox::take_folder(&self.dir, Some(uid))?);
            match std::fs::remove_file(self.meta().with_extension("json.new")) {
                Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        Ok(())
    }

    /// Makes the folder and a home. The home appears with its content in one step, so that a
    /// crash on the way leaves no half-filled one behind that would count as there.
    pub(super) fn make_home(&self, seed: Option<&Seed>) -> io::Result<()> {
        if let Some(root) = self.dir.parent() {
            // Workspaces of a root server run as other users, who must be able to pass.
            std::fs::DirBuilder::new()
                .recursive(true)
                .mode(0o711)
                .create(root)?;
        }
        make_dir(&self.dir)?;
        self.keep()?;
        make_dir(&self.run())?;
        let fresh = self.dir.join("home.new");
        remove_dir(&fresh)?;
        make_dir(&fresh)?;
        if let Some(seed) = seed {
            seed.fill(&fresh)?;
        }
        std::fs::rename(&fresh, self.home())
    }

    /// Removes the folder. It is renamed first, so that a removal that was cut short never
    /// looks like a workspace.
    pub(super) fn remove(&self) -> io::Result<()> {
        let doomed = self.dir.with_extension("deleted");
        match std::fs::rename(&self.dir, &doomed) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        remove_dir(&doomed)
    }

    /// The end of the supervisor's and the agent's logs.
    pub(super) fn last_log_lines(&self, lines: usize) -> io::Result<Vec<String>> {
        let mut all = Vec::new();
        let entries = match std::fs::read_dir(self.dir.join("log")) {
            Ok(entries) => entries,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(all),
            Err(error) => return Err(error),
        };
        for entry in entries {
            let entry = entry?;
            if !entry.file_type()?.is_file() {
                continue;
            }
            let bytes = std::fs::read(entry.path())?;
            let text = String::from_utf8_lossy(&bytes);
            all.extend(text.lines().map(str::to_owned));
        }
        let surplus = all.len().saturating_sub(lines);
        all.drain(..surplus);
        Ok(all)
    }
}

fn make_dir(path: &Path) -> io::Result<()> {
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
}

fn remove_dir(path: &Path) -> io::Result<()> {
    let removed = match std::fs::remove_dir_all(path) {
        // Some tools leave folders without the right to write behind (caches of modules).
        Err(error) if error.kind() == ErrorKind::PermissionDenied => {
            unlock(path)?;
            std::fs::remove_dir_all(path)
        }
        removed => removed,
    };
    match removed {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Takes all rights on a folder and those below it; nothing of the workspace runs any more.
fn unlock(dir: &Path) -> io::Result<()> {
    std::fs::set_permissions(dir, std::fs::Permissions::from_mode(0o700))?;
    for entry in std::fs::read_dir(dir)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            unlock(&entry.path())?;
        }
    }
    Ok(())
}

/// The agent's command line, with paths as the sandbox shows them.
pub(super) fn agent_arguments(inside: &Inside, spec: &AgentSpec) -> Vec<String> {
    let path = |path: &Path| path.to_string_lossy().into_owned();
    let directory = if spec.dir.is_empty() {
        path(&inside.home)
    } else {
        spec.dir.clone()
    };
    [
        "agent".to_owned(),
        "--link-socket".to_owned(),
        path(&inside.run.join("link.sock")),
        "--state-dir".to_owned(),
        path(&inside.state),
        "--directory".to_owned(),
        directory,
        "--token-stdin".to_owned(),
    ]
    .into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folder_with_read_only_folders_in_it_is_removed() {
        let folder = tempfile::tempdir().unwrap();
        let dir = folder.path().join("home");
        std::fs::create_dir_all(dir.join("a/b")).unwrap();
        std::fs::write(dir.join("a/b/file"), "x").unwrap();
        for name in ["a/b", "a"] {
            let mode = std::fs::Permissions::from_mode(0o555);
            std::fs::set_permissions(dir.join(name), mode).unwrap();
        }
        unlock(&dir).unwrap();
        let mode = std::fs::metadata(dir.join("a/b")).unwrap().permissions();
        assert_eq!(mode.mode() & 0o777, 0o700);
        remove_dir(&dir).unwrap();
        assert!(!dir.exists());
        remove_dir(&dir).unwrap();
    }
}
