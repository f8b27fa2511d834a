//! One uid per workspace, for servers that run as root.

use std::collections::BTreeSet;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use rustix::fs::{AtFlags, CWD, Dir, FileType, Mode, OFlags, Uid};

use super::{Error, error::AtStep};

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

/// Gives a folder and all below it to `uid` (and the gid of the same number).
///
/// Symbolic links are changed themselves, never followed, and folders are walked by
/// descriptor, so a link left behind by a workspace cannot lead this out of its tree.
///
/// # Errors
/// The first entry that cannot be changed.
pub fn own_tree(path: &Path, uid: u32) -> Result<(), Error> {
    let dir = rustix::fs::openat(CWD, path, dir_flags(), Mode::empty()).at("own the tree")?;
    rustix::fs::fchown(&dir, Some(Uid::from_raw(uid)), Some(gid(uid))).at("own the tree")?;
    let mut pending = vec![dir];
    while let Some(dir) = pending.pop() {
        for entry in Dir::read_from(&dir).at("own the tree")? {
            let entry = entry.at("own the tree")?;
            let name = entry.file_name();
            if matches!(name.to_bytes(), b"." | b"..") {
                continue;
            }
            let flags = AtFlags::SYMLINK_NOFOLLOW;
            let found = rustix::fs::statat(&dir, name, flags).at("own the tree")?;
            if found.st_uid != uid {
                rustix::fs::chownat(&dir, name, Some(Uid::from_raw(uid)), Some(gid(uid)), flags)
                    .at("own the tree")?;
            }
            if FileType::from_raw_mode(found.st_mode) == FileType::Directory {
                let path = std::ffi::OsStr::from_bytes(name.to_bytes());
                let below = rustix::fs::openat(&dir, path, dir_flags(), Mode::empty());
                pending.push(below.at("own the tree")?);
            }
        }
    }
    Ok(())
}

fn gid(uid: u32) -> rustix::fs::Gid {
    rustix::fs::Gid::from_raw(uid)
}

fn dir_flags() -> OFlags {
    OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lowest_free_uid_is_given_and_the_last_one_is_kept_for_probes() {
        let range = UidRange { first: 5, last: 8 };
        assert_eq!(range.allocate(&BTreeSet::new()).unwrap(), 5);
        assert_eq!(range.allocate(&BTreeSet::from([5, 6])).unwrap(), 7);
        let error = range.allocate(&BTreeSet::from([5, 6, 7])).unwrap_err();
        assert!(matches!(error, Error::UidsExhausted { first: 5, last: 8 }));
    }
}
