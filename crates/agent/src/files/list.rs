//! The entries of a directory.

use std::path::{Path, PathBuf};

use muster_agent_link::wire::{Directory, DirectoryEntry, ListDirectory, Relativity};
use muster_base::limits;
use rustix::fs::{AtFlags, Dir, FileType};

use super::Places;
use crate::Failure;

/// Lists a directory below the root or the home; folders first, then by name.
pub(crate) fn list_directory(
    places: &Places,
    home: &Path,
    call: &ListDirectory,
) -> Result<Directory, Failure> {
    let mut path = match call.relativity {
        Relativity::Root => PathBuf::from("/"),
        Relativity::Home => home.to_owned(),
    };
    path.extend(&call.path);
    let (dir, resolved) = places.directory(&path)?;
    let failed = |error: rustix::io::Errno| Failure::io(&path.display().to_string(), &error.into());
    let mut contents = Vec::new();
    for entry in Dir::read_from(&dir).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if name == "." || name == ".." {
            continue;
        }
        if contents.len() == limits::LIST_DIRECTORY_MAX {
            let message = format!("{} has too many entries to list", path.display());
            return Err(Failure::bad(message));
        }
        let is_dir = match entry.file_type() {
            FileType::Directory => true,
            // A link counts as what it points to; a dangling one as a file.
            FileType::Symlink | FileType::Unknown => {
                rustix::fs::statat(&dir, entry.file_name(), AtFlags::empty())
                    .is_ok_and(|stat| FileType::from_raw_mode(stat.st_mode).is_dir())
            }
            FileType::RegularFile
            | FileType::Fifo
            | FileType::Socket
            | FileType::CharacterDevice
            | FileType::BlockDevice => false,
        };
        contents.push(DirectoryEntry {
            absolute_path_string: resolved.join(&name).display().to_string(),
            name,
            is_dir,
        });
    }
    contents.sort_by(|a, b| (!a.is_dir, &a.name).cmp(&(!b.is_dir, &b.name)));
    let parts = resolved.iter().skip(1);
    Ok(Directory {
        absolute_path: parts
            .map(|part| part.to_string_lossy().into_owned())
            .collect(),
        absolute_path_string: resolved.display().to_string(),
        contents,
    })
}
