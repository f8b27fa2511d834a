//! One uid per workspace, for servers that run as root.

use std::collections::BTreeSet;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;

use rustix::fs::{AtFlags, Dir, FileType, Mode, Uid};

use super::folders::folder_flags;
use super::{Error, error::AtStep};

const STEP: &str = "own the tree";

/// Uids that belong to workspaces and to nobody else on the host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UidRange {
    /// First uid; also the gid.
    pub first: u32,
    /// Last uid. It is kept for probes and never given to a workspace.
    pub last: u32,
}

impl Default for UidRange {
    fn default() -> Self {
        Self {
            first: 200_000,
            last: 265_535,
        }
    }
}

impl UidRange {
    /// The lowest uid that is not in `taken`. The caller keeps a released uid in `taken` for
    /// a day, so that a late process of the old workspace can never meet the new one.
    ///
    /// # Errors
    /// [`Error::UidsExhausted`].
    pub fn allocate(self, taken: &BTreeSet<u32>) -> Result<u32, Error> {
        (self.first..self.last)
            .find(|uid| !taken.contains(uid))
            .ok_or(Error::UidsExhausted {
                first: self.first,
                last: self.last,
            })
    }
}

/// Gives a folder and all below it to `uid` (and the gid of the same number), once: the folder
/// itself comes last, and one that has its owner already is not walked again. A home may hold
/// more files than a start has time for.
///
/// Symbolic links are changed themselves, never followed, and folders are walked by
/// descriptor, so a link left behind by a workspace cannot lead this out of its tree.
///
/// # Errors
/// The first entry that cannot be changed.
pub(super) fn own_tree(root: &OwnedFd, uid: u32) -> Result<(), Error> {
    if rustix::fs::fstat(root).at(STEP)?.st_uid == uid {
        return Ok(());
    }
    let mut pending = vec![root.try_clone().at(STEP)?];
    while let Some(dir) = pending.pop() {
        for entry in Dir::read_from(&dir).at(STEP)? {
            let entry = entry.at(STEP)?;
            let name = entry.file_name();
            if matches!(name.to_bytes(), b"." | b"..") {
                continue;
            }
            let flags = AtFlags::SYMLINK_NOFOLLOW;
            let found = rustix::fs::statat(&dir, name, flags).at(STEP)?;
            if found.st_uid != uid {
                rustix::fs::chownat(&dir, name, Some(Uid::from_raw(uid)), Some(gid(uid)), flags)
                    .at(STEP)?;
            }
            if FileType::from_raw_mode(found.st_mode) == FileType::Directory {
                let path = std::ffi::OsStr::from_bytes(name.to_bytes());
                let below = rustix::fs::openat(&dir, path, folder_flags(), Mode::empty());
                pending.push(below.at(STEP)?);
            }
        }
    }
    rustix::fs::fchown(root, Some(Uid::from_raw(uid)), Some(gid(uid))).at(STEP)
}

fn gid(uid: u32) -> rustix::fs::Gid {
    rustix::fs::Gid::from_raw(uid)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tree_is_given_away_once() {
        use std::os::unix::fs::MetadataExt;
        if !rustix::process::geteuid().is_root() {
            return;
        }
        let folder = tempfile::tempdir().unwrap();
        let (file, deep) = (folder.path().join("file"), folder.path().join("a/b"));
        std::fs::create_dir_all(&deep).unwrap();
        std::fs::write(&file, "x").unwrap();
        std::os::unix::fs::symlink("/etc/passwd", deep.join("link")).unwrap();
        let own = || {
            let flags = folder_flags();
            let root = rustix::fs::open(folder.path(), flags, Mode::empty());
            own_tree(&root.unwrap(), 262_000).unwrap();
        };
        let owner = |path: &std::path::Path| std::fs::symlink_metadata(path).unwrap().uid();
        own();
        for path in [folder.path(), &file, &deep, &deep.join("link")] {
            assert_eq!(owner(path), 262_000, "{}", path.display());
        }
        assert_eq!(std::fs::metadata("/etc/passwd").unwrap().uid(), 0);
        let late = deep.join("late");
        std::fs::write(&late, "x").unwrap();
        own();
        assert_eq!(owner(&late), 0, "the tree was walked again");
    }

    #[test]
    fn the_lowest_free_uid_is_given_and_the_last_one_is_kept_for_probes() {
        let range = UidRange { first: 5, last: 8 };
        assert_eq!(range.allocate(&BTreeSet::new()).unwrap(), 5);
        assert_eq!(range.allocate(&BTreeSet::from([5, 6])).unwrap(), 7);
        let error = range.allocate(&BTreeSet::from([5, 6, 7])).unwrap_err();
        assert!(matches!(error, Error::UidsExhausted { first: 5, last: 8 }));
    }
}
