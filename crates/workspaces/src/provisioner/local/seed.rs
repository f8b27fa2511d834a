//! What a new home may begin with.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A function that fills a folder.
pub type Fill = Arc<dyn Fn(&Path) -> io::Result<()> + Send + Sync>;

/// Fills a new home.
#[derive(Clone)]
pub enum Seed {
    /// With a copy of this folder.
    Folder(PathBuf),
    /// By a function that is given the new home.
    Fill(Fill),
}

impl Seed {
    pub(super) fn fill(&self, home: &Path) -> io::Result<()> {
        match self {
            Self::Folder(from) => copy_dir(from, home),
            Self::Fill(fill) => fill(home),
        }
    }
}

/// Copies folders, files with their modes, and symbolic links as they are.
fn copy_dir(from: &Path, to: &Path) -> io::Result<()> {
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        let (kind, target) = (entry.file_type()?, to.join(entry.file_name()));
        if kind.is_dir() {
            std::fs::create_dir(&target)?;
            copy_dir(&entry.path(), &target)?;
        } else if kind.is_symlink() {
            std::os::unix::fs::symlink(std::fs::read_link(entry.path())?, &target)?;
        } else {
            std::fs::copy(entry.path(), &target)?;
        }
    }
    Ok(())
}

impl fmt::Debug for Seed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Folder(path) => f.debug_tuple("Folder").field(path).finish(),
            Self::Fill(_) => f.write_str("Fill"),
        }
    }
}
